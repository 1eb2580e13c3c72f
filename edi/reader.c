/* SPDX-License-Identifier: ISC */
#include "edi/reader/core.h"

#include <assert.h>
#include <stdlib.h>

enum {
	/* Indexed at a time: stays in the L1 cache. */
	CHUNK = READER_WINDOW / 16,
	MARKS = READER_WINDOW / 2,  /* a longest segment and two chunks */
	KEEP = CHUNK / 8,           /* so few marks are cheaply moved */
};

_Static_assert(MARKS > READER_SEGMENT_MAX + 2 * CHUNK + MARKS_SLACK,
    "the marks of one segment and of the next chunk fit");

static void
ends_forget(struct reader *r)
{
	r->marks.ends = 0;
	r->end_at = r->plain_stop = r->marks.end;
}

static void
marks_forget(struct reader *r)
{
	r->marks.n = 0;
	r->marks.odd_from = r->marks.odd_to = 0;
	r->marks.fresh = true;
	r->mark = r->marks.at;
	ends_forget(r);
	r->indexed = r->start;
}

struct reader *
reader_new(void)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->window = calloc(1, READER_WINDOW + MARKS_SLACK);
	r->marks.at = malloc(MARKS * sizeof(uint32_t));
	r->marks.end = malloc((CHUNK + MARKS_SLACK) * sizeof(uint32_t));
	r->find = marks_choose("auto");
	if (!r->window || !r->marks.at || !r->marks.end) {
		reader_free(r);
		return NULL;
	}
	marks_forget(r);
	return r;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	free(r->window);
	free(r->marks.at);
	free(r->marks.end);
	free(r);
}

void
reader_reset(struct reader *r)
{
	r->start = r->end = 0;
	r->base = 0;
	r->delimiters = (struct delimiters){ 0 };
	r->broken = READER_SEGMENT;
	r->inside = r->begun = r->quick = r->seeking = false;
	r->finished = r->bom = r->indented = false;
	marks_forget(r);
}

bool
reader_use_index(struct reader *r, const char *name)
{
	marks_find *find = marks_choose(name);

	if (find != NULL)
		r->find = find;
	return find != NULL;
}

bool
reader_saw_bom(const struct reader *r)
{
	return r->bom;
}

uint64_t
reader_offset(const struct reader *r)
{
	return r->base + r->start;
}

struct slice
reader_rest(const struct reader *r)
{
	return slice(r->window + r->start, r->end - r->start);
}

/* ---- bytes in ------------------------------------------------------------ */

static uint32_t
less(uint32_t a, uint32_t b)
{
	return a > b ? a - b : 0;
}

/* Bring what is not handed out yet to the front of the window. */
static void
window_move(struct reader *r)
{
	uint32_t by = r->start;
	struct marks *m = &r->marks;

	ends_forget(r);
	memmove(r->window, r->window + by, r->end - by);
	for (uint32_t i = (uint32_t)(r->mark - m->at); i < m->n; i++)
		m->at[i] -= by;
	m->odd_from = less(m->odd_from, by);
	m->odd_to = less(m->odd_to, by);
	r->indexed = less(r->indexed, by);
	r->end -= by;
	r->start = 0;
	r->base += by;
}

void
reader_space(struct reader *r, char **p, size_t *n)
{
	if (r->broken != READER_SEGMENT)
		r->start = r->indexed = r->end;
	if (r->start == r->end || READER_WINDOW - r->end < READER_WINDOW / 2)
		window_move(r);
	assert(r->end < READER_WINDOW);
	*p = r->window + r->end;
	*n = READER_WINDOW - r->end;
}

void
reader_commit(struct reader *r, size_t n)
{
	assert(n <= READER_WINDOW - r->end && !r->finished);
	r->end += (uint32_t)n;
}

void
reader_finish(struct reader *r)
{
	r->finished = true;
}

/* ---- the marks ----------------------------------------------------------- */

static uint32_t
marks_left(const struct reader *r)
{
	return (uint32_t)(r->marks.at + r->marks.n - r->mark);
}

static bool
ends_left(const struct reader *r)
{
	return r->end_at < r->marks.end + r->marks.ends;
}

/* The segment begun keeps its marks; those of before make room. */
static void
marks_compact(struct reader *r)
{
	struct marks *m = &r->marks;
	uint32_t left = marks_left(r);

	ends_forget(r);
	if (m->odd_to <= r->start)
		m->odd_from = m->odd_to = 0;
	if (left > KEEP && m->n + CHUNK + MARKS_SLACK <= MARKS)
		return;
	memmove(m->at, r->mark, left * sizeof(*m->at));
	m->n = left;
	r->mark = m->at;
}

static void
marks_more(struct reader *r)
{
	uint32_t to = r->end;

	marks_compact(r);
	if (r->indexed < r->start)
		r->indexed = r->start;
	if (to - r->indexed > CHUNK)
		to = r->indexed + CHUNK;
	r->find(&r->marks, r->window, r->indexed, to, r->delimiters.element,
	    r->delimiters.terminator);
	r->indexed = to;
}

void
reader_marks_drop(struct reader *r)
{
	const uint32_t *at = r->marks.at;

	while (ends_left(r) && at[*r->end_at] < r->start)
		r->mark = at + *r->end_at++ + 1;
}

/* ---- the ids that are plain ---------------------------------------------- */

static void
ids_forget(struct reader *r)
{
	memset(r->ids, 0, sizeof(r->ids));
	r->ids[0].text = 1;  /* no bytes of this place */
}

void
reader_begin(struct reader *r, const struct delimiters *d)
{
	if (r->delimiters.element != d->element)
		ids_forget(r);
	r->delimiters = *d;
	marks_forget(r);
}

/* What the scan has to look at, or the reader itself, is never plain. */
static bool
may_be_plain(uint32_t tag)
{
	static const uint32_t never[] = {
		TAG_ISA, TAG_IEA,
		TAG_GS, TAG_GE,
		TAG_ST, TAG_SE,
		TAG_HL, 0,
	};
	size_t i = 0;

	while (never[i] != tag && never[i] != 0)
		i++;
	return never[i] != tag;
}

/* This one was taken by quick_next(): from now on its like are plain. */
static void
ids_learn(struct reader *r, const struct segment *g)
{
	uint32_t text = reader_id_text(r, g->base + g->start);
	struct reader_id *id = reader_id(r, text);

	if (id->text != text && g->count > 0 && may_be_plain(g->tag))
		*id = (struct reader_id){ text, g->tag };
}

/* ---- segments out -------------------------------------------------------- */

/* segment_tag() of n bytes, of which four may be read. */
static inline uint32_t
tag_of(const char *p, uint32_t n)
{
	static const uint8_t id_char[256] = {
		['0' ... '9'] = 1, ['A' ... 'Z'] = 1,
	};
	const unsigned char *u = (const unsigned char *)p;
	unsigned two = n == 2;
	unsigned good = id_char[u[0]] & id_char[u[1]] &
	    (id_char[u[2]] | two) & (n - 2 < 2);
	uint32_t tag;

	/* No branch: which ids have two characters cannot be predicted. */
	memcpy(&tag, p, sizeof(tag));
	return be32toh(tag) >> 8 & ~(0xffu & -two) & -good;
}

/* Fill *to with the segment at start, whose terminator is the mark last. */
static inline void
fill(const struct reader *r, struct segment *to, uint32_t start,
    const uint32_t *last)
{
	const uint32_t *mark = r->mark;
	char *window = r->window;

	to->base = window;
	to->mark = mark;
	to->start = start;
	to->count = (uint32_t)(last - mark);
	to->tag = tag_of(window + start, mark[0] - start);
	to->flags = start < r->marks.odd_to ? SEGMENT_ODD : 0;
	to->offset = r->base + start;
	to->delimiters = &r->delimiters;
}

/*
 * Nearly every segment: it begins with a capital that is not that of ISA and
 * IEA, right after the terminator before it or after one line end. It is not
 * too long, for its terminator is not the first of the chunk. False: look at
 * it closely.
 */
static inline bool
quick_next(struct reader *r, struct segment *to)
{
	static const uint8_t quick_char[256] = {
		['A' ... 'H'] = 1, ['J' ... 'Z'] = 1,
	};
	const uint32_t *last;
	uint32_t start = r->start;

	if (!r->quick || r->end_at == r->marks.end || !ends_left(r))
		return false;
	if (!quick_char[(unsigned char)r->window[start]]) {
		start += r->window[start] == '\r';
		start += r->window[start] == '\n';
		if (!quick_char[(unsigned char)r->window[start]])
			return false;
	}
	last = r->marks.at + *r->end_at++;
	fill(r, to, start, last);
	r->mark = last + 1;
	r->start = *last + 1;
	return true;
}

static enum reader_status
hand_out(struct reader *r, struct segment *to, uint32_t last)
{
	struct marks *m = &r->marks;
	uint32_t start = r->start, stop = m->at[last];

	if (stop - start > READER_SEGMENT_MAX)
		return READER_TOO_LONG;
	fill(r, to, start, m->at + last);
	r->mark = m->at + last + 1;
	r->start = stop + 1;
	/* The ISA ended with LF, the other lines end with CR LF. */
	if (r->delimiters.terminator == '\n' && stop > start &&
	    r->window[stop - 1] == '\r')
		m->at[last]--;
	if (r->indented)
		to->flags |= SEGMENT_INDENTED;
	r->indented = false;
	if (to->tag == TAG_IEA)
		r->inside = false;
	/* Three letters and a terminator name no separator: no header. */
	if (to->tag == TAG_ISA)
		to->tag = 0;
	r->quick = r->inside && r->plain;
	return READER_SEGMENT;
}

/*
 * The stream ends with an IEA that only lacks its terminator: nothing is
 * missing, its control number is as long as that of the ISA.
 */
static bool
rest_is_iea(const struct reader *r, uint32_t *stop)
{
	const struct marks *m = &r->marks;
	const char *p = r->window + r->start;

	*stop = r->end;
	while (*stop > r->start &&
	    reader_is_blank(r, (unsigned char)r->window[*stop - 1]))
		--*stop;
	return marks_left(r) == 2 && memcmp(p, "IEA", 3) == 0 &&
	    *r->mark == r->start + 3 &&
	    r->isa.control_length > 0 &&
	    *stop - m->at[m->n - 1] - 1 == r->isa.control_length;
}

/* All is indexed, and there is no terminator. */
static enum reader_status
no_terminator(struct reader *r, struct segment *to)
{
	uint32_t stop;

	if (r->end - r->start > READER_SEGMENT_MAX)
		return READER_TOO_LONG;
	if (!r->finished)
		return READER_MORE;
	if (!r->inside || !rest_is_iea(r, &stop))
		return READER_CUT;
	r->marks.at[r->marks.n++] = stop;
	hand_out(r, to, r->marks.n - 1);
	to->flags |= SEGMENT_UNTERMINATED;
	r->start = r->indexed = r->end;
	return READER_SEGMENT;
}

void
reader_resync(struct reader *r)
{
	if (r->broken != READER_NOT_X12)
		return;
	r->broken = READER_SEGMENT;
	r->seeking = true;
}

static enum reader_status
next(struct reader *r, struct segment *to)
{
	for (;;) {
		if ((r->seeking && !reader_seek(r)) || !reader_skip_blanks(r))
			return r->finished ? READER_END : READER_MORE;
		if (!r->inside || r->window[r->start] == 'I') {
			enum reader_status s = reader_at_head(r, to);

			if (s == READER_END)
				return READER_SEGMENT;
			if (s != READER_SEGMENT)
				return s;
			if (r->start == r->end)
				continue;
		}
		reader_marks_drop(r);
		if (ends_left(r))
			return hand_out(r, to, *r->end_at++);
		if (r->indexed >= r->end)
			return no_terminator(r, to);
		if (less(r->indexed, r->start) > READER_SEGMENT_MAX)
			return READER_TOO_LONG;
		marks_more(r);
	}
}

/* The chunk may have changed, and what the ends in it are. */
static enum reader_status
close_look(struct reader *r, struct segment *to)
{
	enum reader_status s;

	if (r->broken != READER_SEGMENT)
		return r->broken;
	s = next(r, to);
	if (s > READER_END) {
		r->broken = s;
		r->quick = false;
	}
	r->plain_stop = r->quick && r->end_at > r->marks.end ?
	    r->marks.end + r->marks.ends : r->marks.end;
	return s;
}

enum reader_status
reader_next_closely(struct reader *r, struct segment *to)
{
	if (!quick_next(r, to))
		return close_look(r, to);
	ids_learn(r, to);
	return READER_SEGMENT;
}

enum reader_status
reader_next(struct reader *r, struct segment *to)
{
	reader_prepare(r, to);
	return reader_next_plain(r, to) ? READER_SEGMENT :
	    reader_next_closely(r, to);
}
