/* SPDX-License-Identifier: ISC */
#ifndef EDI_CODES_H
#define EDI_CODES_H

/*
 * External code sets (SNIP type 5): is this a code of the set, and was it in
 * force on that day? Shapes are built in (edi/code_sets.def) and always
 * checked; lists come from a directory of code tables that the operator
 * imported, one file SET.codes each. A set without a list is checked by shape
 * alone. A stale list never rejects: a code that a list does not have, on a day
 * more than a year after the list was made, is a warning (CODE_STALE).
 */

#include "edi/code_shape.h"
#include "edi/code_table.h"
#include "edi/finding.h"

struct code_set {
	const char *name;              /* as the guides name it: "icd10cm" */
	const char *title;
	const char *shape;             /* see edi/code_shape.h */
	const char *example;
	bool (*extra)(struct slice s); /* beyond the shape, or NULL */
	const char *const *list;       /* built-in list, NULL-ended, or NULL */
};

/* NULL: not a set that we know; such codes are not checked. */
const struct code_set *code_set_find(struct slice name);
const struct code_set *code_set_row(size_t i);   /* NULL at the end */

enum code_verdict {
	CODE_VALID,
	CODE_SHAPE,          /* cannot be a code of this set */
	CODE_CHECK_DIGIT,    /* NPI: the check digit is wrong */
	CODE_UNKNOWN,        /* not in the list */
	CODE_STALE,          /* not in the list, but it is too old to say */
	CODE_NOT_YET,        /* in the list, not in force on that day */
	CODE_ENDED,
	CODE_NOT_BILLABLE,   /* a category: a longer code is needed */
	CODE_SEX,            /* not for a patient of this sex */
	CODE_AGE,
};

/* Who and when a code is judged for; zero where it is not known. */
struct code_context {
	uint32_t date;       /* of service, CCYYMMDD; 0: any day */
	char sex;            /* 'M', 'F' or '\0' */
	int age;             /* years on that day; -1: not known */
};

struct codes;

/* dir NULL: shapes and built-in lists only. */
struct codes *codes_open(const char *dir, struct err *e);
void codes_close(struct codes *c);

/*
 * Use a table that was opened elsewhere, in place of an older one of its set;
 * it must outlive the codes. -EBADMSG: of a set that we do not know.
 */
int codes_add(struct codes *c, struct code_table *t, const char *what,
    struct err *e) __attribute__((warn_unused_result));

/* The list of a set, or NULL. */
const struct code_table *codes_table(const struct codes *c,
    const struct code_set *set);

enum code_verdict codes_check(const struct codes *c,
    const struct code_set *set, struct slice value,
    const struct code_context *context);

/*
 * The same in two steps, for who learns the day only later: codes_find() judges
 * what needs no day, for a code that may be of any of n sets (HC names HCPCS
 * and CPT); on CODE_VALID, found->table tells whether codes_judge() is still to
 * be asked. `found` outlives the value.
 */
struct code_found {
	const struct code_table *table;  /* NULL: nothing more to judge */
	const struct code_row *row;      /* its periods; NULL: not listed */
	size_t count;
};
enum code_verdict codes_find(const struct codes *c,
    const struct code_set *const *sets, unsigned n, struct slice value,
    struct code_found *found);
enum code_verdict codes_judge(const struct code_found *found,
    const struct code_context *context);

/* What a verdict is called; NULL for CODE_VALID. */
const struct finding_def *code_verdict_finding(enum code_verdict v);

/* NPI: ten digits, the first 1 or 2, Luhn over "80840" and the NPI. */
bool code_npi_valid(struct slice s);

#endif
