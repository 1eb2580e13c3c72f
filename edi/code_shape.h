/* SPDX-License-Identifier: ISC */
#ifndef EDI_CODE_SHAPE_H
#define EDI_CODE_SHAPE_H

/*
 * What a code looks like. A shape is a text: alternatives divided by '|', each
 * a row of classes: 9 digit, A letter, X letter or digit, H letter or digit
 * without I and O; any other character, and any after a quote ('), stands for
 * itself; {n,m} repeats what is before it n to m times, both one digit.
 *
 * A matcher is a shape made ready, for those that are asked of every segment.
 */

#include "base/slice.h"

enum { CODE_SHAPE_MAX = 12, CODE_PATTERNS = 8 };

/* Is the text a shape at all? */
bool code_shape_valid(struct slice shape);

/* The shape must be valid. Repetition is greedy, and never goes back. */
bool code_shape_matches(const char *shape, struct slice s);

/* One row of classes, of which the last may be missing. */
struct code_pattern {
	uint8_t min, max;
	uint8_t class[CODE_SHAPE_MAX];   /* 0: the literal */
	char literal[CODE_SHAPE_MAX];
};

struct code_matcher {
	unsigned count;
	struct code_pattern patterns[CODE_PATTERNS];
};

/* False: the shape has more alternatives, or is longer, than there is room. */
bool code_matcher_make(struct code_matcher *m, const char *shape);

extern const uint8_t code_byte_class[256];

static inline bool
code_pattern_has(const struct code_pattern *p, struct slice s)
{
	if (s.n < p->min || s.n > p->max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (p->class[i] ? !(code_byte_class[(unsigned char)s.p[i]] &
		    p->class[i]) : s.p[i] != p->literal[i])
			return false;
	return true;
}

static inline bool
code_matcher_has(const struct code_matcher *m, struct slice s)
{
	for (unsigned i = 0; i < m->count; i++)
		if (code_pattern_has(&m->patterns[i], s))
			return true;
	return false;
}

#endif
