/* SPDX-License-Identifier: ISC */
#ifndef EDI_CODE_SHAPE_H
#define EDI_CODE_SHAPE_H

/*
 * What a code looks like. A shape is a text: alternatives divided by '|', each
 * a row of classes: 9 digit, A letter, X letter or digit, H letter or digit
 * without I and O; any other character, and any after a quote ('), stands for
 * itself; {n,m} repeats what is before it n to m times, both one digit.
 *
 * A matcher is a shape made ready, for those that are asked of every segment.
 */

#include "base/digits.h"

enum { CODE_SHAPE_MAX = 12, CODE_PATTERNS = 8 };

/* Is the text a shape at all? */
bool code_shape_valid(struct slice shape);

/* The shape must be valid. Repetition is greedy, and never goes back. */
bool code_shape_matches(const char *shape, struct slice s);

/*
 * One row of classes, of which the last may be missing. Eight characters are
 * told at once: in a word of them, the first highest, the high bit of a byte
 * says that a digit, a letter, or this character may stand there.
 */
enum { CODE_WORDS = 2 };

struct code_pattern {
	uint8_t min, max;
	bool fixed;                    /* has H, or characters themselves */
	uint64_t digit[CODE_WORDS], letter[CODE_WORDS];
	uint64_t no_io[CODE_WORDS];    /* letters, but not I and O */
	uint64_t same[CODE_WORDS], text[CODE_WORDS];
};

struct code_matcher {
	unsigned count;
	struct code_pattern patterns[CODE_PATTERNS];
};

/* A text made ready to be held against patterns. */
struct code_text {
	size_t n;
	uint64_t text[CODE_WORDS], digit[CODE_WORDS], letter[CODE_WORDS];
	uint64_t all[CODE_WORDS];      /* its characters */
};

/* False: the shape has more alternatives, or is longer, than there is room. */
bool code_matcher_make(struct code_matcher *m, const char *shape);

#define CODE_LOW7  0x7f7f7f7f7f7f7f7fULL
#define CODE_HIGHS 0x8080808080808080ULL
#define CODE_EACH(byte) ((byte) * 0x0101010101010101ULL)

static inline void
code_text_word(struct code_text *t, unsigned i, struct slice s)
{
	unsigned shift = 8 * (8 - (unsigned)s.n);
	uint64_t x = digits_pack(s) << shift, low = x & CODE_LOW7;
	uint64_t zero = low ^ CODE_EACH('0');

	t->text[i] = x;
	t->all[i] = CODE_HIGHS << shift;
	t->digit[i] = ~((zero + CODE_EACH(0x80 - 10)) | x) & CODE_HIGHS;
	t->letter[i] = (low + CODE_EACH(0x80 - 'A')) &
	    ~(low + CODE_EACH(0x80 - 'Z' - 1)) & ~x & CODE_HIGHS;
}

/* Of 1 to CODE_SHAPE_MAX characters. */
static inline void
code_text_make(struct code_text *t, struct slice s)
{
	t->n = s.n;
	code_text_word(t, 0, slice(s.p, s.n < 8 ? s.n : 8));
	if (s.n > 8)
		code_text_word(t, 1, slice(s.p + 8, s.n - 8));
	else
		t->text[1] = t->all[1] = t->digit[1] = t->letter[1] = 0;
}

/* The high bit of each byte that is zero. */
static inline uint64_t
code_zeros(uint64_t x)
{
	return ~(((x & CODE_LOW7) + CODE_LOW7) | x) & CODE_HIGHS;
}

/* What else may stand there, and what may not, by the pattern's characters. */
static __attribute__((noinline, unused)) uint64_t
code_word_fixed(const struct code_pattern *p, const struct code_text *t,
    unsigned i, uint64_t good)
{
	uint64_t io = code_zeros(t->text[i] ^ CODE_EACH('I')) |
	    code_zeros(t->text[i] ^ CODE_EACH('O'));

	return (good & ~(p->no_io[i] & io)) |
	    (p->same[i] & code_zeros(t->text[i] ^ p->text[i]));
}

static inline bool
code_word_has(const struct code_pattern *p, const struct code_text *t,
    unsigned i)
{
	uint64_t good = (t->digit[i] & p->digit[i]) |
	    (t->letter[i] & p->letter[i]);

	if (__builtin_expect(p->fixed, 0))
		good = code_word_fixed(p, t, i, good);
	return (t->all[i] & ~good) == 0;
}

static inline bool
code_text_has(const struct code_matcher *m, const struct code_text *t)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct code_pattern *p = &m->patterns[i];

		if (t->n >= p->min && t->n <= p->max &&
		    code_word_has(p, t, 0) &&
		    (t->n <= 8 || code_word_has(p, t, 1)))
			return true;
	}
	return false;
}

static inline bool
code_matcher_has(const struct code_matcher *m, struct slice s)
{
	struct code_text t;

	if (s.n - 1 >= CODE_SHAPE_MAX)
		return false;
	code_text_make(&t, s);
	return code_text_has(m, &t);
}

#endif
