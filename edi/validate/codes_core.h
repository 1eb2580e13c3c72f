/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_CODES_CORE_H
#define EDI_VALIDATE_CODES_CORE_H

/*
 * The inside of the code checker: which elements of a segment have codes from
 * outside, made once a guide and segment node. All of it lies in an arena.
 */

#include "base/arena.h"
#include "edi/validate/codes.h"

enum { CHECK_SETS = 4, CHECK_ALTERNATIVES = 12 };

/* The sets that one qualifier names. */
struct check_choice {
	uint64_t qualifier;              /* packed; 0: no qualifier needed */
	const struct code_step *steps;   /* what is plainly of them, or NULL */
	uint8_t count;
	const struct code_set *sets[CHECK_SETS];
};

/* One element (or component) whose codes come from outside. */
struct check {
	uint32_t element;                /* UINT32_MAX: the end */
	uint8_t component;
	uint8_t left;                    /* so many more are of its element */
	uint8_t count;
	uint8_t qualifier_n;             /* the first choice's, and its: */
	uint32_t qualifier, mask;        /* as it lies in memory */
	const struct code_step *steps;   /* of the first choice */
	const struct check_choice *choices;
	uint16_t number;
};

/* What a segment tells of days and patients, and in which element. */
enum check_told { TOLD_SET_DATE, TOLD_LEVEL, TOLD_PATIENT, TOLD_SERVICE };

struct check_day {
	uint32_t tag;
	uint8_t told, element;
};

struct check_list {
	uint32_t count;
	bool address;
	bool plain;                      /* checks_are_plain() can tell */
	const struct check_day *day;     /* NULL: none */
	struct check *checks;
};

/* NULL: out of memory. dated: what is told of days is wanted. */
struct check_list *check_list_new(struct arena *a, const struct codes *codes,
    const struct guide_segment *node, bool dated);

/* What a segment tells; NULL: nothing. */
const struct check_day *check_day_of(uint32_t tag);

#endif
