/* SPDX-License-Identifier: ISC */
/*
 * What a claim says, in 128 bits: its segments with delimiters of our own, and
 * without separators that nothing follows. Two claims of one digest are the
 * same claim, in whatever envelope, line form and delimiters they came.
 */
#include "edi/index/parts.h"

enum {
	DIGEST_SEGMENT = 0x1c, DIGEST_ELEMENT = 0x1d, DIGEST_REPEAT = 0x1e,
	DIGEST_PART = 0x1f,
	DIGEST_ID = 3, DIGEST_STEP = 16, DIGEST_CHUNK = 16 * DIGEST_STEP,
};

/*
 * So many bytes with our delimiters; as in all vectors, what is read past a
 * segment (SEGMENT_SLACK) is not used.
 */
#ifdef __SSE2__
static inline __m128i
digest_blend(__m128i to, __m128i text, char from, char ours)
{
	__m128i is = _mm_cmpeq_epi8(text, _mm_set1_epi8(from));

	return _mm_or_si128(_mm_andnot_si128(is, to),
	    _mm_and_si128(is, _mm_set1_epi8(ours)));
}

static inline void
digest_step(char *to, const char *p, const struct delimiters *d)
{
	__m128i text = _mm_loadu_si128((const __m128i *)p), x = text;

	if (d->repetition != '\0')
		x = digest_blend(x, text, d->repetition, DIGEST_REPEAT);
	x = digest_blend(x, text, d->component, DIGEST_PART);
	x = digest_blend(x, text, d->element, DIGEST_ELEMENT);
	_mm_storeu_si128((__m128i *)to, x);
}
#else
static inline void
digest_step(char *to, const char *p, const struct delimiters *d)
{
	for (size_t i = 0; i < DIGEST_STEP; i++)
		to[i] = p[i] == d->element ? DIGEST_ELEMENT :
		    p[i] == d->component ? DIGEST_PART :
		    p[i] == d->repetition && d->repetition ? DIGEST_REPEAT :
		    p[i];
}
#endif

static inline void
digest_steps(char *to, struct slice s, const struct delimiters *d)
{
	for (size_t i = 0; i < s.n; i += DIGEST_STEP)
		digest_step(to + i, s.p + i, d);
}

static void __attribute__((noinline))
digest_long(struct hash128 *h, struct slice id, struct slice s,
    const struct delimiters *d)
{
	const char end = DIGEST_SEGMENT;
	char text[DIGEST_CHUNK];

	hash128_add(h, id.p, id.n);
	while (s.n > 0) {
		size_t n = s.n < sizeof(text) ? s.n : sizeof(text);

		digest_steps(text, slice(s.p, n), d);
		hash128_add(h, text, n);
		s = slice(s.p + n, s.n - n);
	}
	hash128_add(h, &end, 1);
}

void
index_digest(struct hash128 *h, const struct segment *s)
{
	char text[DIGEST_ID + DIGEST_CHUNK + 1];
	struct slice id = segment_id(s), elements;
	unsigned n = s->count;

	while (n > 0 && segment_element(s, n).n == 0)
		n--;
	elements = slice(s->base + s->mark[0], s->mark[n] - s->mark[0]);
	if (id.n > DIGEST_ID || elements.n > DIGEST_CHUNK) {
		digest_long(h, id, elements, s->delimiters);
		return;
	}
	memcpy(text, id.p, id.n);
	digest_steps(text + id.n, elements, s->delimiters);
	text[id.n + elements.n] = DIGEST_SEGMENT;
	hash128_add(h, text, id.n + elements.n + 1);
}
