/* SPDX-License-Identifier: ISC */
#ifndef EDI_SEGMENT_H
#define EDI_SEGMENT_H

/*
 * One segment as the reader saw it: a view of the reader's window, valid until
 * the next call of reader_next(). Elements are counted as in the standard:
 * CLM01 is element 1. An element that is absent and one that is empty are the
 * same empty slice; segment->count tells how many were written.
 */

#include "base/slice.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The four delimiters of an interchange, taken from its ISA. */
struct delimiters {
	char element;     /* ISA byte 4 */
	char component;   /* ISA16 */
	char repetition;  /* ISA11 from 00402 on; '\0': none */
	char terminator;  /* the byte after ISA16 */
};

/*
 * As many bytes after the terminator, and as many marks after the last, may be
 * read (not judged), so that vectors need no tail.
 */
enum { SEGMENT_SLACK = 15 };

struct segment {
	const char *base;      /* the window that the marks count from */
	const uint32_t *mark;  /* mark[i]: separator before element i + 1;
	                          mark[count]: the terminator */
	uint32_t start;        /* first byte of the segment id */
	uint32_t count;        /* elements, without the id */
	uint32_t tag;          /* the id, as SEGMENT_TAG() packs it; 0: bad */
	uint32_t flags;        /* SEGMENT_..: what the reader noticed */
	uint64_t offset;       /* of the segment id in the stream, bytes */
	const struct delimiters *delimiters;
};

enum {
	SEGMENT_INDENTED = 1,      /* blanks stood before its id */
	SEGMENT_ODD = 2,           /* may hold a byte that is not printable */
	SEGMENT_UNTERMINATED = 4,  /* an IEA that the stream ends with */
};

/* "CLM" packed into a number, so that a switch can tell segments apart. */
#define SEGMENT_TAG(a, b, c) \
	((uint32_t)(unsigned char)(a) << 16 | \
	 (uint32_t)(unsigned char)(b) << 8 | (uint32_t)(unsigned char)(c))
#define SEGMENT_TAG2(a, b) SEGMENT_TAG(a, b, 0)

/* The segments that are asked for by name everywhere. */
enum {
	TAG_ISA = SEGMENT_TAG('I', 'S', 'A'),
	TAG_IEA = SEGMENT_TAG('I', 'E', 'A'),
	TAG_GS = SEGMENT_TAG2('G', 'S'),
	TAG_GE = SEGMENT_TAG2('G', 'E'),
	TAG_ST = SEGMENT_TAG2('S', 'T'),
	TAG_SE = SEGMENT_TAG2('S', 'E'),
	TAG_TA1 = SEGMENT_TAG('T', 'A', '1'),
	TAG_HL = SEGMENT_TAG2('H', 'L'),
	TAG_CLM = SEGMENT_TAG('C', 'L', 'M'),
};

/* The tag of "CLM" or "N3" (2 or 3 characters, else 0). */
uint32_t segment_tag(struct slice id);

/* The id that a tag packs, NUL-ended. */
void segment_tag_text(uint32_t tag, char to[static 4]);

static inline struct slice
segment_id(const struct segment *s)
{
	return slice(s->base + s->start, s->mark[0] - s->start);
}

/* The whole segment, without its terminator. */
static inline struct slice
segment_text(const struct segment *s)
{
	return slice(s->base + s->start, s->mark[s->count] - s->start);
}

/* Element i (1 is the first), empty when it was not written. */
static inline struct slice
segment_element(const struct segment *s, unsigned i)
{
	if (i == 0 || i > s->count)
		return slice(NULL, 0);
	return slice(s->base + s->mark[i - 1] + 1,
	    s->mark[i] - s->mark[i - 1] - 1);
}

/*
 * Component c (1 is the first) of a composite, or repetition r (1 is the
 * first) of a repeating element; empty when it was not written.
 */
struct slice slice_part(struct slice s, char separator, unsigned i);

/* How many parts the separator makes: 1 for an empty slice. */
unsigned slice_parts(struct slice s, char separator);

/*
 * A bit for each separator in a value of 16 bytes at most, by a vector where
 * the processor has one: the value must lie in a segment (SEGMENT_SLACK).
 */
static inline uint32_t
segment_separators(struct slice s, char separator)
{
#ifdef __SSE2__
	const __m128i x = _mm_loadu_si128((const __m128i *)s.p);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x,
	    _mm_set1_epi8(separator))) & ((1u << s.n) - 1);
#else
	uint32_t at = 0;

	for (size_t i = 0; i < s.n; i++)
		at |= (uint32_t)(s.p[i] == separator) << i;
	return at;
#endif
}

/* slice_part() of a value that lies in a segment and is not empty. */
static inline struct slice
segment_part(struct slice s, char separator, unsigned i)
{
	unsigned start = 0;
	uint32_t at;

	if (s.n > 16)
		return slice_part(s, separator, i);
	for (at = segment_separators(s, separator); --i > 0; at &= at - 1) {
		if (at == 0)
			return slice(NULL, 0);
		start = (unsigned)__builtin_ctz(at) + 1;
	}
	return slice(s.p + start, (at ? (unsigned)__builtin_ctz(at) :
	    (unsigned)s.n) - start);
}

/* Component c of element i. */
struct slice segment_component(const struct segment *s, unsigned i,
    unsigned c);

#endif
