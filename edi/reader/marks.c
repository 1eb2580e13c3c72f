/* SPDX-License-Identifier: ISC */
#include "edi/reader/marks.h"

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

/* Loops that are to be none. */
#ifdef __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

/*
 * Positions of the set bits are told a byte of the mask at a time: its (up to
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

/* What the processors do each in a way of their own: how many were put. */
struct tools {
	/* The positions of the set bits, from `at` on. */
	uint32_t (*put)(uint32_t *to, uint32_t at, uint64_t bits);
	/* The places of `ends` among `all`, from `n` on. */
	uint32_t (*put_ends)(uint32_t *to, uint32_t n, uint64_t all,
	    uint64_t ends);
};

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

INLINE void
take_block(struct marks *m, uint32_t at, const struct block *b,
    struct tools tools)
{
	uint64_t all = b->element | b->terminator;
	uint64_t odd = (b->odd & ~b->line) | stray_lines(m, b);

	m->ends += tools.put_ends(m->end + m->ends, m->n, all, b->terminator);
	if (__builtin_expect((odd & ~all) != 0, 0))
		take_odd(m, at);
	m->n += tools.put(m->at + m->n, at, all);
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

/*
 * Which of the marks are terminators: as many as stand before each. Four are
 * written at once; more in 64 bytes are rare.
 */
INLINE uint32_t
put_ends_portable(uint32_t *to, uint32_t n, uint64_t all, uint64_t ends)
{
	uint32_t count = count_portable(ends);

	for (uint32_t done = 0; done < count; done += 4)
		for (uint32_t i = 0; i < 4; i++, ends &= ends - 1)
			to[done + i] = n +
			    count_portable(all & ((ends & -ends) - 1));
	return count;
}

INLINE uint32_t
put_portable(uint32_t *to, uint32_t at, uint64_t bits)
{
	uint32_t *start = to;

	for (; bits != 0; at += 8, bits >>= 8) {
		for (unsigned i = 0; i < 8; i++)
			to[i] = at + (places[bits & 0xff] >> i * 8 & 0xff);
		to += counts[bits & 0xff];
	}
	return (uint32_t)(to - start);
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
	FIND_LOOP(LOAD, ((struct tools){ put_portable,
	    put_ends_portable }));
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

INLINE uint32_t
put_sse2(uint32_t *to, uint32_t at, uint64_t bits)
{
	const __m128i zero = _mm_setzero_si128(), eight = _mm_set1_epi32(8);
	__m128i base = _mm_set1_epi32((int)at);
	uint32_t *start = to;

	for (unsigned i = 0; i < 8; i++, bits >>= 8) {
		__m128i words = _mm_unpacklo_epi8(_mm_loadl_epi64(
		    (const __m128i *)&places[bits & 0xff]), zero);

		_mm_storeu_si128((__m128i *)to, _mm_add_epi32(base,
		    _mm_unpacklo_epi16(words, zero)));
		_mm_storeu_si128((__m128i *)(to + 4), _mm_add_epi32(base,
		    _mm_unpackhi_epi16(words, zero)));
		base = _mm_add_epi32(base, eight);
		to += counts[bits & 0xff];
	}
	return (uint32_t)(to - start);
}

static void
find_sse2(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m128i e = _mm_set1_epi8(element);
	const __m128i t = _mm_set1_epi8(terminator);

#define LOAD(b, p) load_sse2(b, p, e, t)
	FIND_LOOP(LOAD, ((struct tools){ put_sse2, put_ends_portable }));
#undef LOAD
}

/* ---- AVX2, with the bit instructions of the same age --------------------- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* One more than a byte: below 0x21, signed, what is odd. */
AVX2 INLINE void
load_avx2(struct block *b, const char *p, __m256i element, __m256i terminator)
{
	const __m256i low = _mm256_set1_epi8(0x21), one = _mm256_set1_epi8(1);
	const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
	__m256i x = _mm256_loadu_si256((const __m256i *)p);
	__m256i y = _mm256_loadu_si256((const __m256i *)(p + 32));

#define BITS(v, w) ((uint64_t)(uint32_t)_mm256_movemask_epi8(v) | \
	(uint64_t)(uint32_t)_mm256_movemask_epi8(w) << 32)
#define EQUAL(z) BITS(_mm256_cmpeq_epi8(x, z), _mm256_cmpeq_epi8(y, z))
	b->element = EQUAL(element);
	b->terminator = EQUAL(terminator);
	b->odd = BITS(_mm256_cmpgt_epi8(low, _mm256_add_epi8(x, one)),
	    _mm256_cmpgt_epi8(low, _mm256_add_epi8(y, one)));
	b->line = b->odd != 0 ? EQUAL(lf) | EQUAL(cr) : 0;
#undef EQUAL
#undef BITS
}

AVX2 INLINE uint32_t
put_ends_avx2(uint32_t *to, uint32_t n, uint64_t all, uint64_t ends)
{
	uint32_t count = (uint32_t)__builtin_popcountll(ends);

	ends = _pext_u64(ends, all);
	for (uint32_t done = 0; done < count; done += 4)
		UNROLL
		for (uint32_t i = 0; i < 4; i++, ends &= ends - 1)
			to[done + i] = n + (uint32_t)_tzcnt_u64(ends);
	return count;
}

AVX2 INLINE uint32_t
put_avx2(uint32_t *to, uint32_t at, uint64_t bits)
{
	__m256i base = _mm256_set1_epi32((int)at);
	uint32_t *start = to;

	UNROLL
	for (unsigned i = 0; i < 8; i++, bits >>= 8) {
		__m256i places_of = _mm256_cvtepu8_epi32(_mm_loadl_epi64(
		    (const __m128i *)&places[bits & 0xff]));

		_mm256_storeu_si256((__m256i *)to,
		    _mm256_add_epi32(base, places_of));
		base = _mm256_add_epi32(base, _mm256_set1_epi32(8));
		to += counts[bits & 0xff];
	}
	return (uint32_t)(to - start);
}

AVX2 static void
find_avx2(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m256i e = _mm256_set1_epi8(element);
	const __m256i t = _mm256_set1_epi8(terminator);

#define LOAD(b, p) load_avx2(b, p, e, t)
	FIND_LOOP(LOAD, ((struct tools){ put_avx2, put_ends_avx2 }));
#undef LOAD
}

static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt");
}

/* ---- AVX-512: a block is one vector, its positions are compressed -------- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl," \
	"avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,popcnt")))

AVX512 INLINE void
load_avx512(struct block *b, const char *p, __m512i element,
    __m512i terminator)
{
	__m512i x = _mm512_loadu_si512(p);

	b->element = _mm512_cmpeq_epi8_mask(x, element);
	b->terminator = _mm512_cmpeq_epi8_mask(x, terminator);
	b->odd = _mm512_cmpgt_epu8_mask(_mm512_sub_epi8(x,
	    _mm512_set1_epi8(' ')), _mm512_set1_epi8('~' - ' '));
	b->line = b->odd == 0 ? 0 :
	    _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\n')) |
	    _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\r'));
}

/* Sixteen of the bytes, each more by n. */
AVX512 INLINE void
widen_avx512(uint32_t *to, __m128i bytes, __m512i n)
{
	_mm512_storeu_si512(to, _mm512_add_epi32(n,
	    _mm512_cvtepu8_epi32(bytes)));
}

/* The first `sure` of 64 are written without asking how many there are. */
AVX512 INLINE uint32_t
compress_avx512(uint32_t *to, uint32_t from, uint64_t bits, uint32_t sure)
{
	static const uint8_t each[64] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
		32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
		48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
	};
	const __m512i n = _mm512_set1_epi32((int)from);
	__m512i places_of = _mm512_maskz_compress_epi8(bits,
	    _mm512_loadu_si512(each));
	uint32_t count = (uint32_t)__builtin_popcountll(bits);

	widen_avx512(to, _mm512_castsi512_si128(places_of), n);
	if (sure < 32 && count <= 16)
		return count;
	widen_avx512(to + 16, _mm512_extracti32x4_epi32(places_of, 1), n);
	if (count <= 32)
		return count;
	widen_avx512(to + 32, _mm512_extracti32x4_epi32(places_of, 2), n);
	widen_avx512(to + 48, _mm512_extracti32x4_epi32(places_of, 3), n);
	return count;
}

AVX512 INLINE uint32_t
put_avx512(uint32_t *to, uint32_t at, uint64_t bits)
{
	return compress_avx512(to, at, bits, 32);
}

AVX512 INLINE uint32_t
put_ends_avx512(uint32_t *to, uint32_t n, uint64_t all, uint64_t ends)
{
	return compress_avx512(to, n, _pext_u64(ends, all), 16);
}

AVX512 static void
find_avx512(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m512i e = _mm512_set1_epi8(element);
	const __m512i t = _mm512_set1_epi8(terminator);

#define LOAD(b, p) load_avx512(b, p, e, t)
	FIND_LOOP(LOAD, ((struct tools){ put_avx512, put_ends_avx512 }));
#undef LOAD
}

static bool
has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512vbmi") &&
	    __builtin_cpu_supports("avx512vbmi2");
}

#endif

marks_find *
marks_choose(const char *name)
{
	bool best = strcmp(name, "auto") == 0;

#if defined(__x86_64__)
	if ((best || strcmp(name, "avx512") == 0) && has_avx512())
		return find_avx512;
	if ((best || strcmp(name, "avx2") == 0) && has_avx2())
		return find_avx2;
	if (best || strcmp(name, "sse2") == 0)
		return find_sse2;
#endif
	if (best || strcmp(name, "portable") == 0)
		return find_portable;
	return NULL;
}
