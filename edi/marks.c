/* SPDX-License-Identifier: ISC */
#include "edi/marks.h"

#include <endian.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* One bit a byte of a block of 64. */
struct block {
	uint64_t element, terminator;
	uint64_t line;       /* CR, LF */
	uint64_t odd;        /* below blank or above tilde, line ends too */
};

#define INLINE static inline __attribute__((always_inline))

/*
 * The positions of the set bits, a byte of the mask at a time: its (up to
 * eight) positions come from a table, all eight are written, and the next
 * byte writes over those that were none. No branch depends on the data: text
 * has about one delimiter in five bytes, which no processor can predict.
 */
#define L0 0x0ULL
#define L1 0x0ULL
#define L2 0x1ULL
#define L3 0x100ULL
#define L4 0x2ULL
#define L5 0x200ULL
#define L6 0x201ULL
#define L7 0x20100ULL
#define L8 0x3ULL
#define L9 0x300ULL
#define L10 0x301ULL
#define L11 0x30100ULL
#define L12 0x302ULL
#define L13 0x30200ULL
#define L14 0x30201ULL
#define L15 0x3020100ULL
/* The bits of the high half stand behind those of the low half. */
#define PLACES(low, high, n) \
	((low) | ((high) + 0x04040404ULL) << (n) * 8)
#define ROW(h) \
	PLACES(L0, h, 0), PLACES(L1, h, 1), PLACES(L2, h, 1), \
	PLACES(L3, h, 2), PLACES(L4, h, 1), PLACES(L5, h, 2), \
	PLACES(L6, h, 2), PLACES(L7, h, 3), PLACES(L8, h, 1), \
	PLACES(L9, h, 2), PLACES(L10, h, 2), PLACES(L11, h, 3), \
	PLACES(L12, h, 2), PLACES(L13, h, 3), PLACES(L14, h, 3), \
	PLACES(L15, h, 4)

static const uint64_t places[256] = {
	ROW(L0), ROW(L1), ROW(L2), ROW(L3), ROW(L4), ROW(L5), ROW(L6), ROW(L7),
	ROW(L8), ROW(L9), ROW(L10), ROW(L11), ROW(L12), ROW(L13), ROW(L14),
	ROW(L15),
};

#define SIXTEEN(n) \
	(n), (n) + 1, (n) + 1, (n) + 2, (n) + 1, (n) + 2, (n) + 2, (n) + 3, \
	(n) + 1, (n) + 2, (n) + 2, (n) + 3, (n) + 2, (n) + 3, (n) + 3, (n) + 4

static const uint8_t counts[256] = {
	SIXTEEN(0), SIXTEEN(1), SIXTEEN(1), SIXTEEN(2), SIXTEEN(1), SIXTEEN(2),
	SIXTEEN(2), SIXTEEN(3), SIXTEEN(1), SIXTEEN(2), SIXTEEN(2), SIXTEEN(3),
	SIXTEEN(2), SIXTEEN(3), SIXTEEN(3), SIXTEEN(4),
};

/* What the processors do each in a way of their own. */
struct tools {
	void (*put)(uint32_t *to, uint32_t at, uint64_t places);
	uint32_t (*count)(uint64_t bits);
};

INLINE uint32_t
put_bits(uint32_t *to, uint32_t at, uint64_t bits, struct tools tools)
{
	uint32_t *start = to;

	for (unsigned i = 0; i < 8; i++, at += 8, bits >>= 8) {
		tools.put(to, at, places[bits & 0xff]);
		to += counts[bits & 0xff];
	}
	return (uint32_t)(to - start);
}

/*
 * Line ends in one run with the terminator before them are the sender's line
 * ends. Adding the first bit of a run to the run clears it by carrying.
 */
INLINE uint64_t
stray_lines(struct marks *m, const struct block *b)
{
	uint64_t first = (b->terminator << 1 | m->fresh) & b->line;
	uint64_t stray = b->line & (b->line + first);

	m->fresh = (b->terminator | (b->line & ~stray)) >> 63;
	return stray;
}

INLINE void
take_odd(struct marks *m, uint32_t at)
{
	if (m->odd_to == 0)
		m->odd_from = at;
	m->odd_to = at + 64;
}

/*
 * Which of the marks are terminators: as many as stand before each. Four are
 * written at once; more in 64 bytes are rare.
 */
INLINE void
put_ends(struct marks *m, uint64_t all, uint64_t t, struct tools tools)
{
	uint32_t n = tools.count(t);

	for (uint32_t done = 0; done < n; done += 4)
		for (uint32_t i = 0; i < 4; i++, t &= t - 1)
			m->end[m->ends + done + i] = m->n +
			    tools.count(all & ((t & -t) - 1));
	m->ends += n;
}

INLINE void
take_block(struct marks *m, uint32_t at, const struct block *b,
    struct tools tools)
{
	uint64_t all = b->element | b->terminator;
	uint64_t odd = (b->odd & ~b->line) | stray_lines(m, b);

	put_ends(m, all, b->terminator, tools);
	if (__builtin_expect((odd & ~all) != 0, 0))
		take_odd(m, at);
	m->n += put_bits(m->at + m->n, at, all, tools);
}

INLINE void
cut_block(struct block *b, uint32_t n)
{
	uint64_t keep = (1ULL << n) - 1;

	b->element &= keep;
	b->terminator &= keep;
	b->line &= keep;
	b->odd &= keep;
}

/*
 * After a cut block the byte before the next one is bit n - 1 of it, which
 * stray_lines() does not look at.
 */
INLINE void
take_last(struct marks *m, uint32_t at, struct block *b, uint32_t n,
    struct tools tools)
{
	bool before = m->fresh;

	cut_block(b, n);
	take_block(m, at, b, tools);
	uint64_t first = (b->terminator << 1 | before) & b->line;
	uint64_t run = b->line & ~(b->line + first);

	m->fresh = (b->terminator | run) >> (n - 1) & 1;
}

#define FIND_LOOP(load, tools) \
	do { \
		struct block b; \
		uint32_t at = from; \
		for (; to - at >= 64; at += 64) { \
			load(&b, base + at); \
			take_block(m, at, &b, tools); \
		} \
		if (at < to) { \
			load(&b, base + at); \
			take_last(m, at, &b, to - at, tools); \
		} \
	} while (0)

INLINE uint32_t
count_portable(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + (x >> 2 & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (uint32_t)(x * 0x0101010101010101ULL >> 56);
}

INLINE void
put_portable(uint32_t *to, uint32_t at, uint64_t eight)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = at + (uint32_t)(eight >> i * 8 & 0xff);
}

/* ---- portable: eight bytes in a word ------------------------------------ */

#define ONES  0x0101010101010101ULL
#define LOW7  0x7f7f7f7f7f7f7f7fULL
#define HIGHS 0x8080808080808080ULL

/* The high bit of each byte that is zero, exactly. */
INLINE uint64_t
zeros(uint64_t x)
{
	return ~(((x & LOW7) + LOW7) | x | LOW7);
}

/* The high bits of eight bytes as eight bits, first byte lowest. */
INLINE uint64_t
gather(uint64_t highs)
{
	return ((highs >> 7) * 0x0102040810204080ULL) >> 56;
}

struct words {
	uint64_t element, terminator;
};

INLINE void
load_words(struct block *b, const char *p, const struct words *w)
{
	memset(b, 0, sizeof(*b));
	for (unsigned i = 0; i < 8; i++) {
		uint64_t x;

		memcpy(&x, p + i * 8, 8);
		x = le64toh(x);
		uint64_t low = ~((x & LOW7) + 0x60 * ONES) & HIGHS;
		uint64_t odd = low | (x & HIGHS) | zeros(x ^ LOW7);

		b->element |= gather(zeros(x ^ w->element)) << i * 8;
		b->terminator |= gather(zeros(x ^ w->terminator)) << i * 8;
		if (odd == 0)
			continue;
		uint64_t line = zeros(x ^ '\n' * ONES) | zeros(x ^ '\r' * ONES);

		b->line |= gather(line) << i * 8;
		b->odd |= gather(odd) << i * 8;
	}
}

static void
find_portable(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	struct words w = { (unsigned char)element * ONES,
		(unsigned char)terminator * ONES };

#define LOAD(b, p) load_words(b, p, &w)
	FIND_LOOP(LOAD, ((struct tools){ put_portable, count_portable }));
#undef LOAD
}

#if defined(__x86_64__)

/* ---- SSE2: every x86-64 has it ------------------------------------------- */

/* Signed, bytes from 0x80 on are below blank too. */
INLINE void
load_sse2(struct block *b, const char *p, __m128i element, __m128i terminator)
{
	const __m128i blank = _mm_set1_epi8(0x20), del = _mm_set1_epi8(0x7f);
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	memset(b, 0, sizeof(*b));
	for (unsigned i = 0; i < 4; i++) {
		__m128i x = _mm_loadu_si128((const __m128i *)(p + i * 16));
		__m128i odd = _mm_or_si128(_mm_cmplt_epi8(x, blank),
		    _mm_cmpeq_epi8(x, del));
		__m128i line = _mm_or_si128(_mm_cmpeq_epi8(x, lf),
		    _mm_cmpeq_epi8(x, cr));
#define BITS(v) ((uint64_t)(uint32_t)_mm_movemask_epi8(v) << i * 16)
		b->element |= BITS(_mm_cmpeq_epi8(x, element));
		b->terminator |= BITS(_mm_cmpeq_epi8(x, terminator));
		b->line |= BITS(line);
		b->odd |= BITS(odd);
#undef BITS
	}
}

INLINE void
put_sse2(uint32_t *to, uint32_t at, uint64_t eight)
{
	const __m128i zero = _mm_setzero_si128();
	__m128i base = _mm_set1_epi32((int)at);
	__m128i words = _mm_unpacklo_epi8(_mm_cvtsi64_si128((int64_t)eight),
	    zero);

	_mm_storeu_si128((__m128i *)to,
	    _mm_add_epi32(base, _mm_unpacklo_epi16(words, zero)));
	_mm_storeu_si128((__m128i *)(to + 4),
	    _mm_add_epi32(base, _mm_unpackhi_epi16(words, zero)));
}

static void
find_sse2(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m128i e = _mm_set1_epi8(element);
	const __m128i t = _mm_set1_epi8(terminator);

#define LOAD(b, p) load_sse2(b, p, e, t)
	FIND_LOOP(LOAD, ((struct tools){ put_sse2, count_portable }));
#undef LOAD
}

/* ---- AVX2, with the bit instructions of the same age --------------------- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

AVX2 INLINE void
load_avx2(struct block *b, const char *p, __m256i element, __m256i terminator)
{
	const __m256i blank = _mm256_set1_epi8(0x20);
	const __m256i del = _mm256_set1_epi8(0x7f);
	const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');

	memset(b, 0, sizeof(*b));
	for (unsigned i = 0; i < 2; i++) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(p + i * 32));
		__m256i odd = _mm256_or_si256(_mm256_cmpgt_epi8(blank, x),
		    _mm256_cmpeq_epi8(x, del));
		__m256i line = _mm256_or_si256(_mm256_cmpeq_epi8(x, lf),
		    _mm256_cmpeq_epi8(x, cr));
#define BITS(v) ((uint64_t)(uint32_t)_mm256_movemask_epi8(v) << i * 32)
		b->element |= BITS(_mm256_cmpeq_epi8(x, element));
		b->terminator |= BITS(_mm256_cmpeq_epi8(x, terminator));
		b->line |= BITS(line);
		b->odd |= BITS(odd);
#undef BITS
	}
}

AVX2 INLINE uint32_t
count_avx2(uint64_t x)
{
	return (uint32_t)__builtin_popcountll(x);
}

AVX2 INLINE void
put_avx2(uint32_t *to, uint32_t at, uint64_t eight)
{
	__m256i places_of = _mm256_cvtepu8_epi32(
	    _mm_cvtsi64_si128((int64_t)eight));

	_mm256_storeu_si256((__m256i *)to,
	    _mm256_add_epi32(_mm256_set1_epi32((int)at), places_of));
}

AVX2 static void
find_avx2(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m256i e = _mm256_set1_epi8(element);
	const __m256i t = _mm256_set1_epi8(terminator);

#define LOAD(b, p) load_avx2(b, p, e, t)
	FIND_LOOP(LOAD, ((struct tools){ put_avx2, count_avx2 }));
#undef LOAD
}

static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt");
}

#endif

marks_find *
marks_choose(const char *name)
{
	bool best = strcmp(name, "auto") == 0;

#if defined(__x86_64__)
	if ((best || strcmp(name, "avx2") == 0) && has_avx2())
		return find_avx2;
	if (best || strcmp(name, "sse2") == 0)
		return find_sse2;
#endif
	if (best || strcmp(name, "portable") == 0)
		return find_portable;
	return NULL;
}
