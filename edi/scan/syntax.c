/* SPDX-License-Identifier: ISC */
#include "edi/scan/core.h"

/* Which element a byte of the segment lies in; 0: the id. */
static unsigned
element_of(const struct segment *g, uint32_t at)
{
	unsigned low = 0, high = g->count + 1;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (g->mark[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_delimiter(const struct delimiters *d, char c)
{
	return c == d->element || c == d->component || c == d->terminator ||
	    (d->repetition != '\0' && c == d->repetition);
}

/* One finding a kind and segment, at the first such byte. */
static void
check_characters(struct scan *s, const struct segment *g)
{
	bool line = false, control = false, high = false;
	uint32_t stop = g->mark[g->count];

	for (uint32_t at = g->start; at < stop; at++) {
		unsigned char c = (unsigned char)g->base[at];
		bool is_line = c == '\n' || c == '\r';

		if ((c >= ' ' && c < 0x7f) ||
		    is_delimiter(g->delimiters, (char)c))
			continue;
		unsigned element = element_of(g, at);

		if (is_line && !line)
			scan_say(s, FINDING_LINE_END_IN_SEGMENT, element, NULL);
		else if (c >= 0x80 && !high)
			scan_say(s, FINDING_CHARACTER_NOT_ASCII, element, NULL);
		else if (!is_line && c < 0x80 && !control)
			scan_say(s, FINDING_CHARACTER_CONTROL, element, NULL);
		line |= is_line;
		high |= c >= 0x80;
		control |= !is_line && c < 0x80;
	}
}

void
syntax_check(struct scan *s, const struct segment *g)
{
	uint32_t n = g->count;
	bool isa = g->tag == TAG_ISA;  /* ISA16 is one */

	if (g->flags & SEGMENT_INDENTED)
		scan_say(s, FINDING_SEGMENT_INDENTED, 0, NULL);
	if (g->flags & SEGMENT_ODD)
		check_characters(s, g);
	if (g->flags & SEGMENT_UNTERMINATED &&
	    g->delimiters->terminator != '\n' &&
	    g->delimiters->terminator != '\r')
		scan_say(s, FINDING_TERMINATOR_MISSING_AT_END, 0, NULL);
	if (n == 0)
		scan_say(s, FINDING_SEGMENT_EMPTY, 0, NULL);
	else if (g->tag == 0)
		scan_say(s, FINDING_SEGMENT_ID, 0, NULL);
	if (n > 0 && g->mark[n] - g->mark[n - 1] == 1 && !isa)
		scan_say(s, FINDING_TRAILING_SEPARATOR, n < 256 ? n : 0, NULL);
}
