/* SPDX-License-Identifier: ISC */
#include "edi/codes/shape.h"

enum { CLASS_DIGIT = 1, CLASS_LETTER = 2, CLASS_EITHER = 4, CLASS_H = 8 };

#define DIGIT (CLASS_DIGIT | CLASS_EITHER | CLASS_H)
#define LETTER (CLASS_LETTER | CLASS_EITHER | CLASS_H)

static const uint8_t byte_class[256] = {
	['0' ... '9'] = DIGIT, ['A' ... 'H'] = LETTER,
	['I'] = CLASS_LETTER | CLASS_EITHER, ['J' ... 'N'] = LETTER,
	['O'] = CLASS_LETTER | CLASS_EITHER, ['P' ... 'Z'] = LETTER,
};

/* One class and how often it may come. */
struct atom {
	uint8_t class;
	char literal;
	uint8_t least, most;
};

/* Read one, of a valid shape; the place behind it. */
static const char *
atom_read(const char *p, struct atom *a)
{
	bool quoted = *p == '\'';
	char c = quoted ? *++p : *p;

	a->literal = c;
	a->class = quoted ? 0 : c == '9' ? CLASS_DIGIT :
	    c == 'A' ? CLASS_LETTER : c == 'X' ? CLASS_EITHER :
	    c == 'H' ? CLASS_H : 0;
	a->least = a->most = 1;
	if (*++p == '{') {
		a->least = (uint8_t)(p[1] - '0');
		a->most = (uint8_t)(p[3] - '0');
		p += 5;
	}
	return p;
}

static bool
atom_has(const struct atom *a, char c)
{
	return a->class ? byte_class[(unsigned char)c] & a->class :
	    c == a->literal;
}

static bool
is_repeat(const char *p, const char *end)
{
	return end - p >= 5 && p[1] >= '0' && p[1] <= '9' && p[2] == ',' &&
	    p[3] >= p[1] && p[3] >= '1' && p[3] <= '9' && p[4] == '}';
}

bool
code_shape_valid(struct slice shape)
{
	const char *p = shape.p, *end = shape.p + shape.n;
	bool something = false;

	for (; p < end; p++) {
		if (*p == '|') {
			if (!something)
				return false;
			something = false;
			continue;
		}
		if (*p == '\0' || *p == '{' || *p == '}')
			return false;
		if (*p == '\'' && (++p == end || *p == '|' || *p == '\0'))
			return false;
		something = true;
		if (p + 1 < end && p[1] == '{') {
			if (!is_repeat(p + 1, end))
				return false;
			p += 5;
		}
	}
	return something;
}

static bool
alternative_has(const char *p, const char *end, struct slice s)
{
	size_t i = 0;

	while (p < end) {
		struct atom a;
		size_t n = 0;

		p = atom_read(p, &a);
		while (n < a.most && i < s.n && atom_has(&a, s.p[i])) {
			i++;
			n++;
		}
		if (n < a.least)
			return false;
	}
	return i == s.n;
}

bool
code_shape_matches(const char *shape, struct slice s)
{
	for (;;) {
		const char *end = strchrnul(shape, '|');

		if (alternative_has(shape, end, s))
			return true;
		if (*end == '\0')
			return false;
		shape = end + 1;
	}
}

/* ---- made ready --------------------------------------------------------- */

/* What may stand at a place: one range, or two. */
static void
pattern_place(struct code_pattern *p, const struct atom *a)
{
	static const struct {
		char from[2], to[2];
	} ranges[] = {
		[CLASS_DIGIT] = { "00", "99" },
		[CLASS_LETTER] = { "AA", "ZZ" },
		[CLASS_EITHER] = { "0A", "9Z" },
		[CLASS_H] = { "0A", "9Z" },
	};

	for (unsigned i = 0; i < 2; i++) {
		p->from[i][p->max] = (uint8_t)(a->class ?
		    ranges[a->class].from[i] : a->literal);
		p->to[i][p->max] = (uint8_t)(a->class ?
		    ranges[a->class].to[i] : a->literal);
	}
	p->no_io |= (uint16_t)((a->class == CLASS_H) << p->max++);
}

static bool
pattern_add(struct code_pattern *p, const struct atom *a, unsigned times)
{
	if (p->max + times > CODE_SHAPE_MAX)
		return false;
	for (; times > 0; times--)
		pattern_place(p, a);
	return true;
}

/* A pattern for each way to repeat what is not the last class. */
static bool
matcher_add(struct code_matcher *m, const struct code_pattern *begun,
    const char *p, const char *end)
{
	struct code_pattern here;
	struct atom a;

	p = atom_read(p, &a);
	if (p == end) {
		if (m->count == CODE_PATTERNS)
			return false;
		here = *begun;
		here.min = (uint8_t)(here.max + a.least);
		here.span = a.most - a.least;
		m->patterns[m->count++] = here;
		return pattern_add(&m->patterns[m->count - 1], &a, a.most);
	}
	for (unsigned n = a.least; n <= a.most; n++) {
		here = *begun;
		if (!pattern_add(&here, &a, n) ||
		    !matcher_add(m, &here, p, end))
			return false;
	}
	return true;
}

bool
code_matcher_make(struct code_matcher *m, const char *shape)
{
	static const struct code_pattern empty;

	m->count = 0;
	for (;;) {
		const char *end = strchrnul(shape, '|');

		if (!matcher_add(m, &empty, shape, end))
			return false;
		if (*end == '\0')
			return true;
		shape = end + 1;
	}
}
