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

/* Positions of the set bits. Eight at a time: most blocks have about 12. */
INLINE void
put_bits(uint32_t *to, uint32_t at, uint64_t bits, unsigned n)
{
	for (unsigned done = 0; done < n; done += 8, to += 8)
		for (unsigned i = 0; i < 8; i++) {
			to[i] = at + (uint32_t)__builtin_ctzll(bits | 1ULL << 63);
			bits &= bits - 1;
		}
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

INLINE void
take_block(struct marks *m, uint32_t at, const struct block *b)
{
	uint64_t all = b->element | b->terminator;
	uint64_t odd = (b->odd & ~b->line) | stray_lines(m, b);

	for (uint64_t t = b->terminator; t != 0; t &= t - 1)
		m->end[m->ends++] = m->n +
		    (uint32_t)__builtin_popcountll(all & ((t & -t) - 1));
	if (__builtin_expect((odd & ~all) != 0, 0))
		take_odd(m, at);
	unsigned n = (unsigned)__builtin_popcountll(all);

	put_bits(m->at + m->n, at, all, n);
	m->n += n;
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
take_last(struct marks *m, uint32_t at, struct block *b, uint32_t n)
{
	bool before = m->fresh;

	cut_block(b, n);
	take_block(m, at, b);
	uint64_t first = (b->terminator << 1 | before) & b->line;
	uint64_t run = b->line & ~(b->line + first);

	m->fresh = (b->terminator | run) >> (n - 1) & 1;
}

#define FIND_LOOP(load) \
	do { \
		struct block b; \
		uint32_t at = from; \
		for (; to - at >= 64; at += 64) { \
			load(&b, base + at); \
			take_block(m, at, &b); \
		} \
		if (at < to) { \
			load(&b, base + at); \
			take_last(m, at, &b, to - at); \
		} \
	} while (0)

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
		uint64_t line = zeros(x ^ '\n' * ONES) | zeros(x ^ '\r' * ONES);

		b->element |= gather(zeros(x ^ w->element)) << i * 8;
		b->terminator |= gather(zeros(x ^ w->terminator)) << i * 8;
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
	FIND_LOOP(LOAD);
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

static void
find_sse2(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m128i e = _mm_set1_epi8(element);
	const __m128i t = _mm_set1_epi8(terminator);

#define LOAD(b, p) load_sse2(b, p, e, t)
	FIND_LOOP(LOAD);
#undef LOAD
}

/* ---- AVX2, with the bit instructions of the same age --------------------- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt")))

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

AVX2 static void
find_avx2(struct marks *m, const char *base, uint32_t from, uint32_t to,
    char element, char terminator)
{
	const __m256i e = _mm256_set1_epi8(element);
	const __m256i t = _mm256_set1_epi8(terminator);

#define LOAD(b, p) load_avx2(b, p, e, t)
	FIND_LOOP(LOAD);
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
