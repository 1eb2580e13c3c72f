/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_CORE_H
#define EDI_VALIDATE_CORE_H

/* The inside of the validator. */

#include "edi/segment.h"
#include "edi/validate.h"

enum {
	VALIDATE_NODES = 1024, VALIDATE_GROUPS = 8, VALIDATE_SEEN_BITS = 6,
};

/* Sixteen times each separator, as vectors compare them. */
struct validate_separators {
	char component[16], repetition[16];
	struct delimiters of;
} __attribute__((aligned(16)));

/* A composite of eight characters at most that was found plainly right. */
struct validate_seen {
	uint64_t value;                /* packed */
	const char *what;              /* its guide_parts, and its length */
};

struct validator {
	struct validate_separators separators;
	struct walk *walk;
	const struct guide *guide;
	const struct walk_segment *now;
	unsigned element, component, repeat;   /* being checked, for findings */
	bool has_component, has_repetition;    /* separators in the segment */
	unsigned amount_digits, amount_decimals;   /* of the guide; 0: any */
	uint32_t once[VALIDATE_NODES];         /* qualifiers seen, by node */
	struct validate_seen seen[1 << VALIDATE_SEEN_BITS];
	uint64_t adjustments[VALIDATE_GROUPS]; /* CAS01 of those not full */
	unsigned adjustment_count;
};

/* A finding at the element that is being checked; el and fmt may be NULL. */
void validate_say(struct validator *v, enum finding_id id,
    const struct guide_element *el, struct slice value, uint8_t severity,
    const char *fmt, ...) __attribute__((format(printf, 6, 7), cold));

/* What is required and empty, or not used and filled. */
void validate_missing(struct validator *v, const struct guide_element *el)
    __attribute__((cold));
void validate_not_used(struct validator *v, const struct guide_element *el,
    struct slice value) __attribute__((cold));

/*
 * validate/closely.c: all elements that are there, when some of them are not
 * plainly right.
 */
void validate_closely(struct validator *v, uint32_t present)
    __attribute__((cold));

/* validate/element.c: one element or component that is not empty. */
void validate_value(struct validator *v, const struct guide_element *el,
    struct slice value);

/* A number: its length is that of its digits. */
struct validate_number {
	unsigned digits, decimals;
	bool valid, point, padded;
};

static inline struct validate_number
validate_number(struct slice s)
{
	struct validate_number n = { 0 };
	size_t sign = s.n > 0 && s.p[0] == '-', at = 0;
	unsigned points = 0;

	for (size_t i = sign; i < s.n; i++) {
		bool point = s.p[i] == '.';

		n.digits += (unsigned char)(s.p[i] - '0') <= 9;
		points += point;
		at = point ? i : at;
	}
	n.point = points > 0;
	n.decimals = n.point ? (unsigned)(s.n - at - 1) : 0;
	n.valid = points <= 1 && n.digits > 0 &&
	    n.digits + points + sign == s.n;
	n.padded = s.n > sign + 1 && s.p[sign] == '0' &&
	    s.p[sign + 1] != '.';
	return n;
}

/* validate/period.c: DE 1251 by the qualifier before it. */
void validate_period(struct validator *v, const struct guide_element *el,
    struct slice format, struct slice value);

/* validate/syntax.c: a note that may not hold. */
void validate_note(struct validator *v, const struct guide_element *composite,
    const struct guide_syntax *note, uint32_t present);

/* The notes of a segment (composite NULL) or composite. */
static inline void
validate_syntax(struct validator *v, const struct guide_element *composite,
    const struct guide_syntax *notes, unsigned count, uint32_t present)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t all = notes[i].all, have = present & all;

		/* Nothing of it is there, or all: most notes hold then. */
		if (notes[i].kind != 'R' && (!(have & notes[i].trigger) ||
		    (have == all && notes[i].kind != 'E')))
			continue;
		validate_note(v, composite, &notes[i], present);
	}
}

/* validate/habit.c: elements that speak of each other. */
void validate_habits(struct validator *v, const struct walk_segment *s,
    uint32_t present);

#endif
