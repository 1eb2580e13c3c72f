/* SPDX-License-Identifier: ISC */
#ifndef EDI_CODES_SHAPE_H
#define EDI_CODES_SHAPE_H

/*
 * What a code looks like. A shape is a text: alternatives divided by '|', each
 * a row of classes: 9 digit, A letter, X letter or digit, H letter or digit
 * without I and O; any other character, and any after a quote ('), stands for
 * itself; {n,m} repeats what is before it n to m times, both one digit.
 *
 * A matcher is a shape made ready, for those that are asked of every segment.
 */

#include "base/digits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { CODE_SHAPE_MAX = 12, CODE_PATTERNS = 8 };

/* Is the text a shape at all? */
bool code_shape_valid(struct slice shape);

/* The shape must be valid. Repetition is greedy, and never goes back. */
bool code_shape_matches(const char *shape, struct slice s);

/*
 * One row of classes, of which the last may be missing. A character is of one
 * of two ranges, or of their union without I and O; all are told at once.
 */
enum { CODE_PLACES = 16 };

struct code_pattern {
	_Alignas(16) uint8_t from[2][CODE_PLACES];
	_Alignas(16) uint8_t to[2][CODE_PLACES];
	uint16_t no_io;                /* a bit a place */
	uint8_t min, max, span;        /* span: max - min */
};

struct code_matcher {
	unsigned count;
	struct code_pattern patterns[CODE_PATTERNS];
};

/* False: the shape has more alternatives, or is longer, than there is room. */
bool code_matcher_make(struct code_matcher *m, const char *shape);

/* One character at a place, from 0. */
static inline bool
code_pattern_takes(const struct code_pattern *p, unsigned place, char character)
{
	uint8_t c = (uint8_t)character;

	if (p->no_io >> place & 1 && (c == 'I' || c == 'O'))
		return false;
	return (c >= p->from[0][place] && c <= p->to[0][place]) ||
	    (c >= p->from[1][place] && c <= p->to[1][place]);
}

/*
 * A bit for each place where the text has what the pattern wants; I and O may
 * still be wrong.
 */
#ifdef __SSE2__
static inline __m128i
code_pattern_range(const struct code_pattern *p, unsigned i, __m128i x)
{
	__m128i from = _mm_load_si128((const __m128i *)p->from[i]);
	__m128i to = _mm_load_si128((const __m128i *)p->to[i]);

	return _mm_cmpeq_epi8(x, _mm_max_epu8(_mm_min_epu8(x, to), from));
}

static inline uint32_t
code_pattern_places(const struct code_pattern *p, const char *text, size_t n)
{
	__m128i x = _mm_loadu_si128((const __m128i *)text);
	__m128i good = _mm_or_si128(code_pattern_range(p, 0, x),
	    code_pattern_range(p, 1, x));

	(void)n;
	return (uint32_t)_mm_movemask_epi8(good);
}
#else
static inline uint32_t
code_pattern_places(const struct code_pattern *p, const char *text, size_t n)
{
	uint32_t good = 0;

	for (unsigned i = 0; i < n; i++)
		good |= (uint32_t)code_pattern_takes(p, i, text[i]) << i;
	return good;
}
#endif

static inline bool
code_pattern_has_io(const struct code_pattern *p, struct slice s)
{
	for (unsigned i = 0; i < s.n; i++)
		if (!code_pattern_takes(p, i, s.p[i]))
			return true;
	return false;
}

/*
 * But for I and O. CODE_PLACES bytes may be read: as in a value of a segment.
 * There are no places beyond the longest.
 */
static inline __attribute__((always_inline)) bool
code_pattern_nearly_has(const struct code_pattern *p, struct slice s)
{
	const unsigned n = (unsigned)s.n;

	return n - p->min <= p->span &&
	    (~code_pattern_places(p, s.p, n) & ((1u << n) - 1)) == 0;
}

/* The same of any text and any of the patterns. */
static inline bool
code_matcher_has(const struct code_matcher *m, struct slice s)
{
	char text[CODE_PLACES] = "";

	if (s.n - 1 >= CODE_SHAPE_MAX)
		return false;
	memcpy(text, s.p, s.n);
	s.p = text;
	for (unsigned i = 0; i < m->count; i++) {
		const struct code_pattern *p = &m->patterns[i];

		if (code_pattern_nearly_has(p, s) &&
		    (p->no_io == 0 || !code_pattern_has_io(p, s)))
			return true;
	}
	return false;
}

#endif
