/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_CODES_CORE_H
#define EDI_VALIDATE_CODES_CORE_H

/*
 * The inside of the code checker: which elements of a segment have codes from
 * outside, made once a guide and segment node, in an arena (codes_list.c); what
 * is asked of them, segment by segment (codes.c); and those that wait for their
 * day (codes_wait.c).
 */

#include "base/arena.h"
#include "edi/validate/codes.h"

enum { CHECK_SETS = 4, CHECK_ALTERNATIVES = 12, CHECKS_KNOWN_BITS = 11,
	CHECKS_KNOWN = 1 << CHECKS_KNOWN_BITS };

/* The sets that one qualifier names. */
struct check_choice {
	uint64_t qualifier;              /* packed; 0: no qualifier needed */
	const struct code_step *steps;   /* what is plainly of them, or NULL */
	const struct check_choice *like; /* the first of the same sets */
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
	struct check *checks;
	const struct check_day *day;     /* NULL: none */
	uint16_t count;
	bool made, address;
	bool plain;                      /* no lists, no days: CHECK_PLAINLY */
};

/* A code as one thing to compare; what is behind it is zero. */
struct check_text {
	char text[15];
	uint8_t n;
};

/* A code that was found to be one of the choice's, not long ago. */
struct check_known {
	struct check_text text;
	const struct check_choice *choice;
	struct code_found found;
};

/* A code found in a list, waiting for its day. */
struct check_pending {
	struct code_found found;
	struct check_text text;
	uint32_t line;                   /* serial of its line's frame, or 0 */
	uint32_t segment, tag, claim;
	uint64_t offset;
	const struct check *check;
	const struct guide_loop *loop;
};

struct code_checker {
	bool failed;                     /* out of memory */
	bool dated;                      /* there are lists, which have days */
	struct walk *walk;
	const struct codes *codes;
	const struct guide *guide;       /* that the lists are made for */
	struct check_list *lists;        /* by segment node; NULL: failed */
	const struct check_made *made;   /* choices so far */
	struct arena arena;
	uint32_t set_date, claim_date, line_date, first_line_date;
	uint32_t birth;                  /* of the patient, CCYYMMDD */
	char sex;
	uint8_t claim_depth;             /* 0: not in a claim */
	uint32_t line;                   /* serial of the line's frame, or 0 */
	unsigned pending_count;
	struct check_pending pending[CODES_PENDING + 1];
	struct check_known known[CHECKS_KNOWN];
};

/* False: out of memory. */
bool check_list_make(struct code_checker *k, const struct guide_segment *node,
    struct check_list *list);

/* What a segment tells; NULL: nothing. */
const struct check_day *check_day_of(uint32_t tag);

/* codes_wait.c: ask the sets of a choice, now or when the day is known. */
void checks_ask(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, const struct check_choice *choice,
    struct slice value);

/* The segment tells of a day or a patient. */
void checks_tell(struct code_checker *k, const struct check_day *day,
    const struct segment *s);

/* A new set; loops: when days begin to hold, and when what waits is judged. */
void checks_forget_days(struct code_checker *k);
void checks_on_loop_begin(void *ctx, const struct walk_frame *f);
void checks_on_loop_end(void *ctx, const struct walk_frame *f);

#endif
