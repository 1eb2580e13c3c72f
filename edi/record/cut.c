/* SPDX-License-Identifier: ISC */
#include "edi/record/cut.h"

#include "base/buf.h"
#include "base/json_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum cut_place {
	CUT_BEGIN,      /* nothing but blanks so far */
	CUT_BETWEEN,    /* of a document: not in a record */
	CUT_RECORD,
	CUT_STRING,     /* in a record, between quotes */
	CUT_ESCAPE,     /* after its backslash */
	CUT_AFTER,      /* behind the end of a list */
	CUT_BROKEN,
};

struct record_cut {
	enum record_cut_form form;
	record_cut_on *on;
	void *ctx;
	enum cut_place place;
	unsigned depth;          /* brackets of the record that are open */
	bool list, some;         /* [..]; a byte that is no blank was seen */
	bool wants;              /* of a list: a record must come now */
	bool item;               /* .. or: one was there, a comma may come */
	uint64_t number;
	struct buf record;       /* what came of it so far */
	unsigned mark;           /* bytes of a byte order mark seen */
	char wrong[96];
};

struct record_cut *
record_cut_new(enum record_cut_form form, record_cut_on *on, void *ctx)
{
	struct record_cut *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->form = form;
	c->on = on;
	c->ctx = ctx;
	buf_init(&c->record, RECORD_CUT_MAX);
	return c;
}

void
record_cut_free(struct record_cut *c)
{
	if (!c)
		return;
	buf_free(&c->record);
	free(c);
}

const char *
record_cut_wrong(const struct record_cut *c)
{
	return c->wrong;
}

static void
cut_break(struct record_cut *c, const char *why)
{
	snprintf(c->wrong, sizeof(c->wrong), "%s %" PRIu64 " %s",
	    c->form == RECORD_CUT_LINES ? "line" : "record", c->number, why);
	c->place = CUT_BROKEN;
	buf_reset(&c->record);
}

static bool
is_blank(char x)
{
	return x == ' ' || x == '\t' || x == '\r' || x == '\n';
}

static bool
cut_keep(struct record_cut *c, struct slice s)
{
	if (buf_add_slice(&c->record, s))
		return true;
	cut_break(c, "is longer than 4 MB");
	return false;
}

static int
cut_give(struct record_cut *c, struct err *e)
{
	int rc = c->on(c->ctx, buf_slice(&c->record), c->number, e);

	buf_reset(&c->record);
	return rc;
}

/* ---- lines -------------------------------------------------------------- */

static bool
all_blank(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_blank(s.p[i]))
			return false;
	return true;
}

static int
cut_line(struct record_cut *c, struct err *e)
{
	if (all_blank(buf_slice(&c->record))) {
		buf_reset(&c->record);
		return 0;
	}
	c->some = true;
	return cut_give(c, e);
}

static int
cut_lines(struct record_cut *c, struct slice s, struct err *e)
{
	int rc = 0;

	while (s.n > 0 && rc == 0 && c->place != CUT_BROKEN) {
		const char *end = memchr(s.p, '\n', s.n);
		size_t n = end ? (size_t)(end - s.p) : s.n;

		if (c->place == CUT_BEGIN) {
			c->number++;
			c->place = CUT_RECORD;
		}
		if (!cut_keep(c, slice(s.p, n)) || !end)
			break;
		rc = cut_line(c, e);
		c->place = CUT_BEGIN;
		s = slice(s.p + n + 1, s.n - n - 1);
	}
	return rc;
}

/* ---- a document --------------------------------------------------------- */

/* A byte outside of records. */
static void
cut_between(struct record_cut *c, char x)
{
	if (is_blank(x))
		return;
	if (c->place == CUT_BEGIN && x == '[')
		c->list = true;
	else if (x == '{' && c->place != CUT_AFTER && !(c->list && c->item)) {
		c->number++;
		c->depth = 1;
		c->wants = false;
		c->place = CUT_RECORD;
		cut_keep(c, slice("{", 1));
		return;
	} else if (x == ',' && c->list && c->item)
		c->wants = true;
	else if (x == ']' && c->list && !c->wants &&
	    c->place == CUT_BETWEEN) {
		c->place = CUT_AFTER;
		return;
	} else {
		c->number++;
		cut_break(c, "is no JSON object");
		return;
	}
	c->item = false;
	c->place = CUT_BETWEEN;
}

/* One byte of a record: where does it lead? Line ends become blanks. */
static void
cut_inside(struct record_cut *c, char x)
{
	if (c->place == CUT_ESCAPE)
		c->place = CUT_STRING;
	else if (c->place == CUT_STRING)
		c->place = x == '\\' ? CUT_ESCAPE : x == '"' ? CUT_RECORD :
		    CUT_STRING;
	else if (x == '"')
		c->place = CUT_STRING;
	else if (x == '{' || x == '[')
		c->depth++;
	else if (x == '}' || x == ']')
		c->depth--;
}

static int
cut_document(struct record_cut *c, struct slice s, struct err *e)
{
	size_t begin = 0, i;
	int rc = 0;

	for (i = 0; i < s.n && rc == 0 && c->place != CUT_BROKEN; i++) {
		bool inside = c->place == CUT_RECORD ||
		    c->place == CUT_STRING || c->place == CUT_ESCAPE;

		if (!inside) {
			cut_between(c, s.p[i]);
			c->some |= !is_blank(s.p[i]);
			begin = i + 1;
			continue;
		}
		cut_inside(c, s.p[i]);
		if (s.p[i] == '\n' || s.p[i] == '\r') {
			cut_keep(c, slice(s.p + begin, i - begin));
			if (c->place != CUT_BROKEN)
				cut_keep(c, slice(" ", 1));
			begin = i + 1;
		} else if (c->depth == 0) {
			if (!cut_keep(c, slice(s.p + begin, i + 1 - begin)))
				break;
			rc = cut_give(c, e);
			begin = i + 1;
			c->item = true;
			c->place = CUT_BETWEEN;
		}
	}
	if (rc == 0 && c->place != CUT_BROKEN && i > begin)
		cut_keep(c, slice(s.p + begin, i - begin));
	return rc;
}

/* ---- both --------------------------------------------------------------- */

int
record_cut_feed(struct record_cut *c, struct slice s, struct err *e)
{
	static const char bom[] = "\xef\xbb\xbf";

	while (s.n > 0 && c->mark < 3 && s.p[0] == bom[c->mark]) {
		c->mark++;
		s = slice(s.p + 1, s.n - 1);
	}
	if (s.n == 0 || c->place == CUT_BROKEN)
		return 0;
	c->mark = 3;
	return c->form == RECORD_CUT_LINES ? cut_lines(c, s, e) :
	    cut_document(c, s, e);
}

/* A last line without its newline may be whole, or cut. */
static int
cut_last_line(struct record_cut *c, enum record_cut_end *end, struct err *e)
{
	struct json_read r;
	struct slice raw;

	if (c->place != CUT_RECORD || all_blank(buf_slice(&c->record)))
		return 0;
	json_read_init(&r, buf_slice(&c->record));
	if (json_read_skip(&r, &raw) && json_read_end(&r))
		return cut_line(c, e);
	*end = RECORD_CUT_INCOMPLETE;
	return 0;
}

int
record_cut_finish(struct record_cut *c, enum record_cut_end *end,
    struct err *e)
{
	int rc = 0;

	*end = RECORD_CUT_COMPLETE;
	if (c->place == CUT_BROKEN)
		*end = RECORD_CUT_BROKEN;
	else if (c->form == RECORD_CUT_LINES)
		rc = cut_last_line(c, end, e);
	else if (c->place == CUT_RECORD || c->place == CUT_STRING ||
	    c->place == CUT_ESCAPE || (c->list && c->place != CUT_AFTER))
		*end = RECORD_CUT_INCOMPLETE;
	if (*end == RECORD_CUT_COMPLETE && !c->some)
		*end = RECORD_CUT_EMPTY;
	return rc;
}
