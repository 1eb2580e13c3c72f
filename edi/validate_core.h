/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_CORE_H
#define EDI_VALIDATE_CORE_H

/* The inside of the validator. */

#include "edi/validate.h"

enum { VALIDATE_NODES = 1024, VALIDATE_GROUPS = 8 };

struct validator {
	struct walk *walk;
	const struct guide *guide;
	const struct walk_segment *now;
	unsigned element, component, repeat;   /* being checked, for findings */
	bool has_component, has_repetition;    /* separators in the segment */
	uint32_t once[VALIDATE_NODES];         /* qualifiers seen, by node */
	uint64_t adjustments[VALIDATE_GROUPS]; /* CAS01 of those not full */
	unsigned adjustment_count;
};

/* A finding at the element that is being checked; el and fmt may be NULL. */
void validate_say(struct validator *v, enum finding_id id,
    const struct guide_element *el, struct slice value, uint8_t severity,
    const char *fmt, ...) __attribute__((format(printf, 6, 7), cold));

/* validate_element.c: one element or component that is not empty. */
void validate_value(struct validator *v, const struct guide_element *el,
    struct slice value);

/* validate_period.c: DE 1251 by the qualifier before it. */
void validate_period(struct validator *v, const struct guide_element *el,
    struct slice format, struct slice value);

/* validate_syntax.c: the notes of a segment (composite NULL) or composite. */
void validate_syntax(struct validator *v, const struct guide_element *composite,
    const struct guide_syntax *notes, unsigned count, uint32_t present);

/* validate_habit.c: elements that speak of each other. */
void validate_habits(struct validator *v, const struct walk_segment *s);

#endif
