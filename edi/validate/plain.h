/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_PLAIN_H
#define EDI_VALIDATE_PLAIN_H

/*
 * What is plainly right: nearly all that stands in segments, told with few
 * instructions and no call. "No" says nothing yet: validate_closely() decides.
 * Values lie in a segment, hold a character at least, and have a length that
 * measure() or plain_part() has found plain.
 */

#include "edi/calendar.h"
#include "edi/validate/look.h"

static inline bool
plain_code(const struct guide_check *c, const char *p, size_t n)
{
	return guide_code_has_slot(c->codes, c->shift, digits_load(p, n));
}

/*
 * Digits, and one point where c->points has one; no zero in front that says
 * nothing. With its eight characters it is within the limits of an amount,
 * whatever they are in the guide.
 */
static inline bool
plain_number(const struct guide_check *c, const char *p, size_t n)
{
	const uint64_t zeros = 0x3030303030303030;
	uint64_t x = digits_load(p, n) ^ zeros >> 8 * (8 - n);
	uint64_t point = (((x + 0x7676767676767676) | x) &
	    0x8080808080808080) >> 7;

	if (p[0] == '0' && n > 1 && p[1] != '.')
		return false;
	return (point & ~c->points) == 0 && (point & (point - 1)) == 0 &&
	    (x & point * 0xff) == point * ('.' ^ '0');
}

static inline bool
plain_count(const char *p, size_t n, uint32_t expected)
{
	uint64_t packed = digits_load(p, n);

	return digits_only(packed, (unsigned)n) && p[0] != '0' &&
	    digits_value(packed) == expected;
}

/* The element before it, which tells how the date is written. */
static inline bool
plain_format(const struct segment *s, unsigned i)
{
	const char *p = s->base + s->mark[i - 1];

	return s->mark[i] - s->mark[i - 1] == 3 && p[1] == 'D' &&
	    p[2] == '8';
}

static inline bool
plain_day(const struct guide_check *c, const struct segment *s, unsigned i,
    uint32_t count)
{
	struct slice value = element_at(s, i);

	if (c->kind == CHECK_COUNT)
		return plain_count(value.p, value.n, count);
	return calendar_plain_day(digits_load(value.p, 8)) &&
	    (c->kind == CHECK_DATE || plain_format(s, i));
}

/* ---- separators ---------------------------------------------------------- */

#ifdef __SSE2__
static inline __m128i
plain_equal(const char *p, const char *what)
{
	return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p),
	    _mm_load_si128((const __m128i *)what));
}

/* A bit for each of sixteen characters that is a separator. */
static inline uint32_t
plain_any(const struct validate_separators *v, const char *p)
{
	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(
	    plain_equal(p, v->component), plain_equal(p, v->repetition)));
}

/* A bit for each that divides components, and for each blank or repetition. */
static inline uint32_t
plain_components(const struct validate_separators *v, const char *p,
    uint32_t *odd)
{
	__m128i x = _mm_loadu_si128((const __m128i *)p);

	*odd = (uint32_t)_mm_movemask_epi8(_mm_or_si128(
	    plain_equal(p, v->repetition),
	    _mm_cmpeq_epi8(x, _mm_set1_epi8(' '))));
	return (uint32_t)_mm_movemask_epi8(plain_equal(p, v->component));
}
#else
static inline uint32_t
plain_components(const struct validate_separators *v, const char *p,
    uint32_t *odd)
{
	uint32_t found = 0;

	*odd = 0;
	for (unsigned i = 0; i < 16; i++) {
		found |= (uint32_t)(p[i] == v->of.component) << i;
		*odd |= (uint32_t)((p[i] == v->of.repetition) |
		    (p[i] == ' ')) << i;
	}
	return found;
}

static inline uint32_t
plain_any(const struct validate_separators *v, const char *p)
{
	uint32_t found = 0;

	for (unsigned i = 0; i < 16; i++)
		found |= (uint32_t)((p[i] == v->of.component) |
		    (p[i] == v->of.repetition)) << i;
	return found;
}
#endif

/* No blank at either end, and no separator in it. */
static inline bool
plain_text(const struct validate_separators *v, const char *p, size_t n)
{
	if (p[0] == ' ' || p[n - 1] == ' ')
		return false;
	for (; n > 16; p += 16, n -= 16)
		if (plain_any(v, p) != 0)
			return false;
	return (plain_any(v, p) & ((1u << n) - 1)) == 0;
}

/* ---- composites ---------------------------------------------------------- */

static inline bool
plain_part(const struct guide_check *c, const char *p, size_t n)
{
	if (n < c->min || n > c->max)
		return false;
	return c->kind == CHECK_CODE ? plain_code(c, p, n) :
	    c->kind == CHECK_NUMBER ? plain_number(c, p, n) :
	    c->kind <= CHECK_KEY;
}

/* Of 31 characters at most: none of its components is empty, or odd. */
static inline bool
plain_composite(const struct validate_separators *v,
    const struct guide_checks *checks, const char *p, size_t n)
{
	const struct guide_check *c = checks->each;
	uint32_t odd, at = plain_components(v, p, &odd), end = 1u << n;

	if (n > 16) {
		uint32_t more;

		at |= plain_components(v, p + 16, &more) << 16;
		odd |= more << 16;
	}
	at = (at & (end - 1)) | end;
	if ((at & (at << 1 | 1)) | (odd & (end - 1)))
		return false;
	for (unsigned start = 0; at != 0; at &= at - 1, c++) {
		unsigned stop = (unsigned)__builtin_ctz(at);

		if (!plain_part(c, p + start, stop - start))
			return false;
		start = stop + 1;
	}
	return checks->whole >> (c - checks->each) & 1;
}

#endif
