/* SPDX-License-Identifier: ISC */
#include "edi/reader/core.h"

/* What is no ordinary segment: an ISA, and what stands between segments. */

/* ---- the interchange header ---------------------------------------------- */

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

static enum reader_status
isa_next(struct reader *r, struct segment *to)
{
	static const enum reader_status status[] = {
		[ISA_FOUND] = READER_SEGMENT, [ISA_MORE] = READER_MORE,
		[ISA_CUT] = READER_CUT, [ISA_BAD] = READER_BAD_ISA,
	};
	uint32_t start = r->start;
	struct isa *isa = &r->isa;
	enum isa_found found = isa_find(isa, r->window + start,
	    r->end - start, r->finished);

	if (found != ISA_FOUND)
		return status[found];
	for (unsigned i = 0; i <= ISA_ELEMENTS; i++)
		isa->mark[i] += start;
	*to = (struct segment){
		.base = r->window, .mark = isa->mark, .start = start,
		.count = ISA_ELEMENTS, .tag = TAG_ISA,
		.flags = SEGMENT_ODD | (r->indented ? SEGMENT_INDENTED : 0),
		.offset = r->base + start, .delimiters = &r->delimiters,
	};
	r->start = isa->mark[ISA_ELEMENTS] + 1;
	r->inside = r->begun = true;
	r->plain = (unsigned char)isa->delimiters.terminator > ' ' ||
	    (isa->delimiters.terminator >= 0x1c &&
	    isa->delimiters.terminator <= 0x1f);
	r->quick = r->plain;
	r->indented = false;
	reader_begin(r, &isa->delimiters);
	return READER_SEGMENT;
}

/* ---- between segments ---------------------------------------------------- */

bool
reader_is_blank(const struct reader *r, unsigned char c)
{
	if (c > ' ')
		return false;
	if (r->begun && c == (unsigned char)r->delimiters.element)
		return false;
	return c == ' ' || (c >= '\t' && c <= '\r') ||
	    (!r->inside && (c == '\0' || c == 0x1a));
}

bool
reader_skip_blanks(struct reader *r)
{
	uint32_t start = r->start;

	for (; r->start < r->end; r->start++) {
		char c = r->window[r->start];

		if (!reader_is_blank(r, (unsigned char)c))
			break;
		r->indented = !is_line_end(c);
	}
	if (r->start != start)
		reader_marks_drop(r);
	if (r->indented)
		r->quick = false;
	return r->start < r->end;
}

/* How many bytes of text stand here: all, or as many as there are. */
static bool
stands(const struct reader *r, const char *text, size_t n, bool *whole)
{
	size_t there = r->end - r->start;

	*whole = there >= n;
	return memcmp(r->window + r->start, text, *whole ? n : there) == 0;
}

static bool
skip_bom(struct reader *r, bool *wait)
{
	bool whole;

	if (!stands(r, "\xef\xbb\xbf", 3, &whole))
		return false;
	if (!whole) {
		*wait = !r->finished;
		return false;
	}
	r->bom = true;
	r->start += 3;
	return true;
}

static bool
is_capital_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* Two or three capitals or digits and a separator, with four bytes there. */
static bool
looks_like_segment(const struct reader *r)
{
	const char *p = r->window + r->start;
	size_t n = r->end - r->start, i = 0;

	while (i < n && i < 4 && is_capital_or_digit(p[i]))
		i++;
	return r->begun && (i == 2 || i == 3) && i < n &&
	    p[i] == r->delimiters.element;
}

enum reader_status
reader_at_head(struct reader *r, struct segment *to)
{
	bool whole, wait = false;
	char c = r->window[r->start + 3];  /* MARKS_SLACK lets us look */
	uint32_t n = r->end - r->start;

	if (stands(r, "ISA", 3, &whole)) {
		if (n < 4 && !r->finished)
			return READER_MORE;
		if (n < 4)
			return READER_CUT;
		if (isa_stands(r->window + r->start) &&
		    !(r->inside && c == r->delimiters.terminator)) {
			enum reader_status s = isa_next(r, to);

			return s == READER_SEGMENT ? READER_END : s;
		}
	}
	if (r->inside)
		return READER_SEGMENT;
	if (skip_bom(r, &wait))
		return reader_skip_blanks(r) ? reader_at_head(r, to) :
		    READER_SEGMENT;
	if (wait || (n < 4 && !r->finished))
		return READER_MORE;
	return looks_like_segment(r) ? READER_SEGMENT : READER_NOT_X12;
}

bool
reader_seek(struct reader *r)
{
	const char *w = r->window;
	uint32_t at = r->start + 1;

	for (; at + 3 < r->end; at++)
		if (isa_stands(w + at) && !is_capital_or_digit(w[at - 1]))
			break;
	r->seeking = at + 3 >= r->end;
	r->start = !r->seeking ? at : r->finished ? r->end : at - 1;
	return !r->seeking;
}
