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

static inline bool
has_blank_end(struct slice s)
{
	return s.p[0] == ' ' || s.p[s.n - 1] == ' ';
}

/* What a look over the whole segment finds in it. */
struct look {
	bool component, repetition, blank;
};

/*
 * Whether there are separators or blanks in the segment, so that most elements
 * need not be asked. The first 16 bytes may reach past the segment.
 */
#ifdef __SSE2__
static inline struct look
look_over(const struct segment *s)
{
	const struct delimiters *d = s->delimiters;
	const __m128i cs = _mm_set1_epi8(d->component);
	const __m128i rs = _mm_set1_epi8(d->repetition);
	const __m128i bs = _mm_set1_epi8(' ');
	const char *p = s->base + s->start, *end = s->base + s->mark[s->count];
	uint32_t within = end - p < 16 ? (1u << (end - p)) - 1 : 0xffff;
	__m128i x = _mm_loadu_si128((const __m128i *)p);
	__m128i c = _mm_cmpeq_epi8(x, cs), r = _mm_cmpeq_epi8(x, rs);
	__m128i b = _mm_cmpeq_epi8(x, bs);

	/* The last sixteen are looked at with some of those before. */
	for (p += 16; p < end; p += 16) {
		const char *q = end - p < 16 ? end - 16 : p;

		x = _mm_loadu_si128((const __m128i *)q);
		c = _mm_or_si128(c, _mm_cmpeq_epi8(x, cs));
		r = _mm_or_si128(r, _mm_cmpeq_epi8(x, rs));
		b = _mm_or_si128(b, _mm_cmpeq_epi8(x, bs));
	}
	return (struct look){
		((uint32_t)_mm_movemask_epi8(c) & within) != 0,
		((uint32_t)_mm_movemask_epi8(r) & within) != 0 &&
		    d->repetition != '\0',
		((uint32_t)_mm_movemask_epi8(b) & within) != 0,
	};
}
#else
static inline struct look
look_over(const struct segment *s)
{
	struct slice text = segment_text(s);
	const struct delimiters *d = s->delimiters;

	return (struct look){
		memchr(text.p, d->component, text.n) != NULL,
		d->repetition != '\0' &&
		    memchr(text.p, d->repetition, text.n) != NULL,
		memchr(text.p, ' ', text.n) != NULL,
	};
}
#endif

/*
 * Which elements are there, and of which text the length is wrong. Eight at a
 * time; what is read past the last is cut off.
 */
#ifdef __SSE2__
static inline __m128i
lengths_of(const uint32_t *mark)
{
	return _mm_sub_epi32(_mm_sub_epi32(
	    _mm_loadu_si128((const __m128i *)(mark + 1)),
	    _mm_loadu_si128((const __m128i *)mark)), _mm_set1_epi32(1));
}

static inline uint32_t
measure(const struct guide_checks *c, const uint32_t *mark, unsigned n,
    uint32_t *odd)
{
	uint32_t present = 0, wrong = 0;
	uint32_t within = (uint32_t)((UINT64_C(1) << n) - 1);

	for (unsigned i = 0; i < n; i += 8) {
		__m128i len = _mm_packs_epi32(lengths_of(mark + i),
		    lengths_of(mark + i + 4));
		__m128i min = _mm_loadu_si128((const __m128i *)(c->min + i));
		__m128i max = _mm_loadu_si128((const __m128i *)(c->max + i));
		__m128i bad = _mm_or_si128(_mm_cmplt_epi16(len, min),
		    _mm_cmpgt_epi16(len, max));
		uint32_t both = (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(
		    _mm_cmpgt_epi16(len, _mm_setzero_si128()), bad));

		present |= (both & 0xff) << i;
		wrong |= both >> 8 << i;
	}
	present &= within;
	*odd = wrong & present;
	return present;
}
#else
static inline uint32_t
measure(const struct guide_checks *c, const uint32_t *mark, unsigned n,
    uint32_t *odd)
{
	uint32_t present = 0, wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		int len = (int)(mark[i + 1] - mark[i] - 1);

		present |= (uint32_t)(len != 0) << i;
		wrong |= (uint32_t)((len < c->min[i]) | (len > c->max[i])) <<
		    i;
	}
	*odd = wrong & present;
	return present;
}
#endif

static inline struct slice
element_at(const struct segment *s, unsigned i)
{
	return slice(s->base + s->mark[i] + 1,
	    s->mark[i + 1] - s->mark[i] - 1);
}

/* Of the text, what begins or ends with a blank. */
static uint32_t
blank_ends(const struct segment *s, uint32_t text)
{
	uint32_t odd = 0;

	for (; text != 0; text &= text - 1) {
		unsigned i = (unsigned)__builtin_ctz(text);

		if (has_blank_end(element_at(s, i)))
			odd |= 1u << i;
	}
	return odd;
}

/* ---- components ---------------------------------------------------------- */

/* The components of one element, laid out as the elements of a segment. */
struct parts {
	struct segment s;
	uint32_t at[COMPONENTS_MAX + 9];   /* measure() reads eight at a time */
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
