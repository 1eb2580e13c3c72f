/* SPDX-License-Identifier: ISC */
#ifndef EDI_CODES_H
#define EDI_CODES_H

/*
 * External code sets (SNIP type 5): is this a code of the set, and was it in
 * force on that day? Shapes are built in (edi/codes/sets.def) and always
 * checked; lists come from a directory of code tables that the operator
 * imported, one file SET.codes each. A set without a list is checked by shape
 * alone. A stale list never rejects: a code that a list does not have, on a day
 * more than a year after the list was made, is a warning (CODE_STALE).
 */

#include "edi/codes/shape.h"
#include "edi/codes/table.h"
#include "edi/finding.h"

struct code_set {
	const char *name;              /* as the guides name it: "icd10cm" */
	const char *title;
	const char *shape;             /* see edi/codes/shape.h */
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
 * it must outlive the codes. To be done before anything is asked. -EBADMSG: of
 * a set that we do not know.
 */
int codes_add(struct codes *c, struct code_table *t, const char *what,
    struct err *e) __attribute__((warn_unused_result));

/* The list of a set, or NULL. */
const struct code_table *codes_table(const struct codes *c,
    const struct code_set *set);

/* Is there any list? Without one codes_judge() has never anything to say. */
bool codes_have_lists(const struct codes *c);

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

/*
 * The same for who asks of every segment: what is plainly a code of one of the
 * sets, whatever the day. Made once; "no" only says that codes_find() must
 * tell.
 */
enum { CODE_STEPS = 8, CODE_PAIRS = 64 };

enum code_then { CODE_THEN_FINE, CODE_THEN_NPI, CODE_THEN_PAIR, CODE_THEN_IO };

struct code_step {
	struct code_pattern pattern;
	const uint64_t *pairs;           /* a bit for each two characters */
	uint8_t then;                    /* enum code_then */
	bool last;
};

/* How many steps; 0: codes_find() must always tell. */
unsigned codes_steps(const struct codes *c, const struct code_set *const *sets,
    unsigned n, struct code_step to[static CODE_STEPS]);

/*
 * Luhn (ISO 7812) over "80840", the prefix of US health ids, and ten digits.
 * Those of odd places count twice; nine is one less than ten, so of a doubled
 * digit of five or more the last digit plus one is the sum of its two.
 */
static inline bool
code_npi_digits(const char *p)
{
	const uint64_t odd = 0x00ff00ff00ff00ff, ones = 0x0101010101010101;
	unsigned a = (unsigned)(p[8] - '0'), b = (unsigned)(p[9] - '0');
	uint64_t x, twice;

	memcpy(&x, p, sizeof(x));
	x = le64toh(x) & 0x0f0f0f0f0f0f0f0f;
	twice = x & odd;
	x += twice + ((twice + (odd & 0x7b * ones)) >> 7 & odd & ones);
	return ((x * ones >> 56) + 2 * a + (a >= 5) + b + 24) % 10 == 0 &&
	    (*p == '1' || *p == '2');
}

static inline unsigned
code_pair_bit(char c)
{
	return (unsigned char)c % 64;
}

static inline bool
code_pair_has(const uint64_t pairs[static CODE_PAIRS], const char *p)
{
	return pairs[code_pair_bit(p[0])] >> code_pair_bit(p[1]) & 1;
}

/* Of a value of a segment; there is a step. */
static inline __attribute__((always_inline)) bool
code_steps_have(const struct code_step *step, struct slice value)
{
	while (!code_pattern_nearly_has(&step->pattern, value))
		if (step++->last)
			return false;
	if (step->then == CODE_THEN_FINE)
		return true;
	if (step->then == CODE_THEN_NPI)
		return code_npi_digits(value.p);
	if (step->then == CODE_THEN_PAIR)
		return code_pair_has(step->pairs, value.p);
	return !code_pattern_has_io(&step->pattern, value);
}

/* What a verdict is called; NULL for CODE_VALID. */
const struct finding_def *code_verdict_finding(enum code_verdict v);

/* NPI: ten digits, the first 1 or 2, Luhn over "80840" and the NPI. */
bool code_npi_valid(struct slice s);

#endif
