/* SPDX-License-Identifier: ISC */
#include "edi/reader/isa.h"

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

bool
isa_stands(const char *p)
{
	return memcmp(p, "ISA", 3) == 0 && !is_alnum(p[3]) &&
	    !is_line_end(p[3]) && p[3] != ' ';
}

/* ISA11 is the repetition separator from version 00402 on, 'U' before. */
static char
repetition_of(const char *isa, const uint32_t *mark,
    const struct delimiters *d)
{
	struct slice version = slice(isa + mark[11] + 1,
	    mark[12] - mark[11] - 1);
	char c = isa[mark[10] + 1];

	if (mark[11] - mark[10] != 2 || is_alnum(c) || c == ' ')
		return '\0';
	if (version.n != 5 || memcmp(version.p, "00402", 5) < 0)
		return '\0';
	if (c == d->element || c == d->component || c == d->terminator)
		return '\0';
	return c;
}

/*
 * "ISA16 left empty" looks like a component separator that is followed by a
 * line end, or by the next segment. p is the byte after the 16th separator;
 * at least ISA_LOOK bytes are there unless the stream ends before.
 */
static bool
isa16_is_empty(const char *p, size_t n, char element)
{
	const char *q = p + 1, *end = p + n;

	if (is_alnum(*p) || is_line_end(*p))
		return is_line_end(*p);
	while (q < end && is_line_end(*q))
		q++;
	if (end - q < 4 || !((memcmp(q, "GS", 2) == 0 && q[2] == element) ||
	    (memcmp(q, "TA1", 3) == 0 && q[3] == element)))
		return false;
	if (q == p + 1)
		return true;
	/* A line end follows: is it the terminator, or does *p come again? */
	while (q < end && !is_line_end(*q))
		q++;
	return q < end && q[-1] == *p;
}

static enum isa_found
find_delimiters(struct isa *to, const char *p, size_t n)
{
	struct delimiters d = { .element = p[3] };
	const uint32_t *mark = to->mark;
	uint32_t last = mark[ISA_ELEMENTS - 1], end = last + 2;

	n -= last + 1;
	if (isa16_is_empty(p + last + 1, n < ISA_LOOK ? n : ISA_LOOK,
	    d.element))
		end = last + 1;
	else
		d.component = p[last + 1];
	d.terminator = p[end];
	if (is_alnum(d.component) || is_alnum(d.terminator) ||
	    d.terminator == d.element || d.terminator == ' ')
		return ISA_BAD;
	d.repetition = repetition_of(p, mark, &d);
	to->mark[ISA_ELEMENTS] = end;
	to->delimiters = d;
	to->control_length = mark[13] - mark[12] - 1;
	return ISA_FOUND;
}

enum isa_found
isa_find(struct isa *to, const char *p, size_t n, bool whole)
{
	uint32_t at = 3, count = 0;

	for (; at < n && at < ISA_MAX && count < ISA_ELEMENTS; at++)
		if (p[at] == p[3])
			to->mark[count++] = at;
	if (count < ISA_ELEMENTS && at == ISA_MAX)
		return ISA_BAD;
	if (n - at < ISA_LOOK && !whole)
		return ISA_MORE;
	if (count < ISA_ELEMENTS || n - at < 2)
		return ISA_CUT;
	return find_delimiters(to, p, n);
}
