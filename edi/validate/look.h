/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_LOOK_H
#define EDI_VALIDATE_LOOK_H

/*
 * What can be told of a whole segment without looking at its elements one by
 * one: by vectors where the processor has SSE2, else plainly. Vectors read up
 * to SEGMENT_SLACK past the end of a segment and never judge what lies there.
 */

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "edi/validate/core.h"

enum { COMPONENTS_MAX = 32 };

/*
 * Which elements are there, and of which the length is not plainly right.
 * Eight at a time, each with its separator; what is read past the last is cut
 * off.
 */
#ifdef __SSE2__
static inline __m128i
lengths_of(const uint32_t *mark)
{
	return _mm_sub_epi32(_mm_loadu_si128((const __m128i *)(mark + 1)),
	    _mm_loadu_si128((const __m128i *)mark));
}

/* Of eight: those that are there, and above them those of a wrong length. */
static inline uint32_t
measure_eight(const int16_t *lengths, const uint32_t *mark)
{
	const __m128i *limits = (const __m128i *)lengths;
	__m128i n = _mm_packs_epi32(lengths_of(mark), lengths_of(mark + 4));
	__m128i bad = _mm_or_si128(
	    _mm_cmpgt_epi16(_mm_loadu_si128(limits), n),
	    _mm_cmpgt_epi16(n, _mm_loadu_si128(limits + 1)));

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(
	    _mm_cmpgt_epi16(n, _mm_set1_epi16(1)), bad));
}

static inline __attribute__((always_inline)) uint32_t
measure(const struct guide_plan *p, const uint32_t *mark, unsigned n,
    uint32_t *odd)
{
	uint32_t eight = measure_eight(p->lengths, mark);
	uint32_t present = eight & 0xff, wrong = eight >> 8;

	for (unsigned i = 8; i < n; i += 8) {
		eight = measure_eight(p->lengths + 2 * i, mark + i);
		present |= (eight & 0xff) << i;
		wrong |= eight >> 8 << i;
	}
	present &= (uint32_t)((UINT64_C(1) << n) - 1);
	*odd = wrong & present;
	return present;
}
#else
static inline uint32_t
measure(const struct guide_plan *p, const uint32_t *mark, unsigned n,
    uint32_t *odd)
{
	uint32_t present = 0, wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		const int16_t *min = &p->lengths[i / 8 * 16 + i % 8];
		int len = (int)(mark[i + 1] - mark[i]);

		present |= (uint32_t)(len > 1) << i;
		wrong |= (uint32_t)((len < min[0]) | (len > min[8])) << i;
	}
	*odd = wrong & present;
	return present;
}
#endif

static inline struct slice
element_at(const struct segment *s, size_t i)
{
	return slice(s->base + s->mark[i] + 1,
	    s->mark[i + 1] - s->mark[i] - 1);
}

/* ---- components ---------------------------------------------------------- */

/* The components of one element, laid out as the elements of a segment. */
struct parts {
	struct segment s;
	uint32_t at[COMPONENTS_MAX + 1];
};

/* How many there are; what is beyond COMPONENTS_MAX is not noted. */
static inline unsigned
split(struct slice value, char separator, struct parts *to)
{
	unsigned n = 1;

	to->s.base = value.p - 1;
	to->s.mark = to->at;
	to->at[0] = 0;
	if (value.n <= 16) {
		uint32_t at = segment_separators(value, separator);

		for (; at != 0; at &= at - 1)
			to->at[n++] = (uint32_t)__builtin_ctz(at) + 1;
	} else {
		for (uint32_t i = 0; i < value.n; i++)
			if (value.p[i] == separator && n++ < COMPONENTS_MAX)
				to->at[n - 1] = i + 1;
	}
	to->at[n < COMPONENTS_MAX ? n : COMPONENTS_MAX] =
	    (uint32_t)value.n + 1;
	return n;
}

#endif
