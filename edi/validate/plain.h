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

/* The first of the elements of a mask, which is not empty. */
static inline size_t
first_of(uint32_t mask)
{
	return (unsigned)__builtin_ctz(mask);
}

static inline bool
plain_code(const uint64_t *slots, const char *p, size_t n)
{
	return guide_slots_have(slots, digits_load(p, n));
}

/* What begins with a sign, a point, or a zero; the sign is taken off. */
static inline bool
plain_start(const char **p, size_t *n)
{
	bool sign = **p == '-';

	*p += sign;
	*n -= sign;
	return *n == 1 || (*n > 1 && (**p != '0' || (*p)[1] == '.'));
}

/*
 * Digits, and one point where it is not barred; no zero in front that says
 * nothing. With its eight characters it is within the limits of an amount,
 * whatever they are in the guide.
 */
static inline __attribute__((always_inline)) bool
plain_number(uint64_t barred, const char *p, size_t n)
{
	const uint64_t zeros = 0x3030303030303030;
	const uint64_t points = 0x2e2e2e2e2e2e2e2e;
	uint64_t x, odd;

	if (p[0] <= '0' && !plain_start(&p, &n))
		return false;
	x = digits_load(p, n) ^ zeros >> ((0 - 8 * n) & 63);
	odd = (((x + 0x7676767676767676) | x) & 0x8080808080808080) >> 7;
	return ((odd & (barred | (odd - 1))) |
	    ((x ^ points ^ zeros) & ((odd << 8) - odd))) == 0;
}

static inline bool
plain_count(const char *p, size_t n, uint32_t expected)
{
	uint64_t packed = digits_load(p, n);

	return digits_only(packed, (unsigned)n) && p[0] != '0' &&
	    digits_value(packed) == expected;
}

/* A day and a time, or two days, the second not before the first. */
static __attribute__((noinline, unused)) bool
plain_period(struct slice format, struct slice value)
{
	const char *p = value.p;

	if (!calendar_plain_day(digits_load(p, 8)))
		return false;
	switch (value.n) {
	case 8:
		return slice_is(format, "D8");
	case 12:
		return slice_is(format, "DT") && calendar_time(slice(p + 8, 4));
	case 17:
		return slice_is(format, "RD8") && p[8] == '-' &&
		    calendar_plain_day(digits_load(p + 9, 8)) &&
		    memcmp(p, p + 9, 8) <= 0;
	default:
		return false;
	}
}

/* The element before it tells how the date is written. */
static inline bool
plain_format(const struct segment *s, size_t i)
{
	const uint32_t *mark = s->mark + i;
	const char *p = s->base + mark[-1];

	if (mark[0] - mark[-1] == 3 && mark[1] - mark[0] == 9 &&
	    p[1] == 'D' && p[2] == '8')
		return true;
	return plain_period(element_at(s, i - 1), element_at(s, i));
}

static inline bool
plain_day(const struct segment *s, size_t i, bool period)
{
	return calendar_plain_day(digits_load(element_at(s, i).p, 8)) &&
	    (!period || plain_format(s, i));
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

/* No separator in it. What lies behind its end is shifted out. */
static __attribute__((noinline, unused)) bool
plain_long_text(const struct validate_separators *v, const char *p, size_t n)
{
	for (; n > 16; p += 16, n -= 16)
		if (plain_any(v, p) != 0)
			return false;
	return plain_any(v, p) << (32 - n) == 0;
}

/* And no blank at either end. */
static inline bool
plain_text(const struct validate_separators *v, const char *p, size_t n)
{
	if (p[0] == ' ' || p[n - 1] == ' ')
		return false;
	return n > 16 ? plain_long_text(v, p, n) :
	    plain_any(v, p) << (32 - n) == 0;
}

/* ---- composites ---------------------------------------------------------- */

static struct slice
part_before(const char *composite, const char *p, char separator)
{
	const char *end = p - 1;

	for (p = end; p > composite && p[-1] != separator; p--)
		;
	return slice(p, (size_t)(end - p));
}

/* A component at p that is no plain text; its length is plain. */
static __attribute__((noinline, unused)) bool
plain_part(const struct guide_part *c, const char *composite, const char *p,
    size_t n, char separator)
{
	switch (c->kind) {
	case PLAIN_TEXT:
	case PLAIN_KEY:
		return true;
	case PLAIN_CODE:
		return plain_code(c->fact.codes, p, n);
	case PLAIN_NUMBER:
		return plain_number(c->fact.barred, p, n);
	case PLAIN_DATE:
		return calendar_plain_day(digits_load(p, 8));
	case PLAIN_PERIOD:
		return plain_period(part_before(composite, p, separator),
		    slice(p, n));
	default:
		return false;
	}
}

/* The same as below, where some components are empty, but not the last. */
static __attribute__((noinline, unused)) bool
plain_sparse_composite(const struct guide_parts *parts, const char *p,
    uint32_t at, char separator)
{
	uint32_t present = 0;
	size_t start = 0, n = 0;

	for (unsigned i = 0; at != 0; at &= at - 1, i++) {
		const struct guide_part *c = &parts->each[i];

		if (i == parts->count)
			return false;
		n = first_of(at) - start;
		if (n > 0 && (n - c->min > c->span ||
		    !plain_part(c, p, p + start, n, separator)))
			return false;
		present |= (uint32_t)(n > 0) << i;
		start += n + 1;
	}
	if (n == 0 || (parts->checks->required & ~present))
		return false;
	for (unsigned i = 0; i < parts->checks->note_count; i++)
		if (!guide_note_holds(&parts->checks->notes[i], present))
			return false;
	return true;
}

/*
 * A composite of 31 characters at most, each component as its kind says. No
 * blank stands in it, and nothing repeats.
 */
static __attribute__((noinline, unused)) bool
plain_composite(const struct validate_separators *v,
    const struct guide_parts *parts, const char *p, size_t n)
{
	const struct guide_part *c = parts->each;
	uint32_t odd, at = plain_components(v, p, &odd), end = 1u << n;
	size_t start = 0;

	if (n > 16) {
		uint32_t more;

		at |= plain_components(v, p + 16, &more) << 16;
		odd |= more << 16;
	}
	if (odd & (end - 1))
		return false;
	at = (at & (end - 1)) | end;
	if (at & (at << 1 | 1))
		return plain_sparse_composite(parts, p, at,
		    v->of.component);
	for (; at != 0; at &= at - 1, c++) {
		size_t stop = first_of(at);

		if (stop - start - c->min > c->span)
			return false;
		if (c->kind == PLAIN_CODE) {
			if (!plain_code(c->fact.codes, p + start,
			    stop - start))
				return false;
		} else if (c->kind != PLAIN_TEXT &&
		    !plain_part(c, p, p + start, stop - start,
		    v->of.component)) {
			return false;
		}
		start = stop + 1;
	}
	return parts->whole >> (c - parts->each) & 1;
}

#endif
