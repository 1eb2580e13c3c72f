/* SPDX-License-Identifier: ISC */
#include "base/csv.h"

#include <inttypes.h>
#include <stdlib.h>

enum csv_state {
	CSV_CELL,          /* where a cell begins */
	CSV_PLAIN,         /* in a cell without quotes */
	CSV_QUOTED,        /* between quotes */
	CSV_QUOTE,         /* after a quote in quotes: the last, or doubled */
};

struct csv {
	csv_on_row *on_row;
	void *ctx;
	enum csv_state state;
	char separator;            /* '\0': not known yet */
	bool after_cr;             /* a LF that follows is no row */
	bool had_quotes;           /* "": a row with one empty cell */
	unsigned mark;             /* bytes of the mark seen; 3: past it */
	uint64_t number;
	struct buf row;            /* the cells' bytes, one after the other */
	size_t *ends;              /* where in row each cell ends */
	struct slice *cells;
	unsigned count, room;      /* of both */
	struct err error;
};

struct csv *
csv_new(csv_on_row *on_row, void *ctx)
{
	struct csv *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->on_row = on_row;
	c->ctx = ctx;
	c->number = 1;
	buf_init(&c->row, CSV_ROW_BYTES);
	return c;
}

void
csv_free(struct csv *c)
{
	if (!c)
		return;
	buf_free(&c->row);
	free(c->ends);
	free(c->cells);
	free(c);
}

static int
csv_wrong(struct csv *c, const char *what)
{
	return err_set(&c->error, -EILSEQ, "row %" PRIu64 ", column %u: %s",
	    c->number, c->count + 1, what);
}

/* ---- rows ---------------------------------------------------------------- */

static bool
csv_grow(struct csv *c)
{
	unsigned room = c->room ? 2 * c->room : 16;
	size_t *ends = realloc(c->ends, room * sizeof(*ends));
	struct slice *cells;

	if (ends)
		c->ends = ends;
	cells = realloc(c->cells, room * sizeof(*cells));
	if (cells)
		c->cells = cells;
	if (ends && cells)
		c->room = room;
	return ends && cells;
}

static int
csv_end_cell(struct csv *c)
{
	if (c->count == CSV_CELLS)
		return csv_wrong(c, "more columns than can be read (1024)");
	if (c->count == c->room && !csv_grow(c))
		return err_set(&c->error, -ENOMEM, "out of memory");
	c->ends[c->count++] = c->row.n;
	c->state = CSV_CELL;
	return 0;
}

/* Nothing in it at all: no row for anybody, but one that counts. */
static bool
csv_is_blank(const struct csv *c)
{
	return c->count == 1 && c->ends[0] == 0 && !c->had_quotes;
}

static int
csv_row_end(struct csv *c)
{
	struct csv_row row;
	size_t at = 0;

	if (csv_end_cell(c) < 0)
		return c->error.code;
	for (unsigned i = 0; i < c->count; i++) {
		c->cells[i] = slice(c->row.p ? c->row.p + at : NULL,
		    c->ends[i] - at);
		at = c->ends[i];
	}
	row = (struct csv_row){ c->cells, c->count, c->number };
	if (!csv_is_blank(c) && c->on_row(c->ctx, &row, &c->error) < 0)
		return c->error.code;
	if (c->separator == '\0' && !csv_is_blank(c))
		c->separator = ',';
	buf_reset(&c->row);
	c->count = 0;
	c->had_quotes = false;
	c->number++;
	return 0;
}

static int
csv_add(struct csv *c, const char *p, size_t n)
{
	if (buf_add(&c->row, p, n))
		return 0;
	return c->row.n + n > CSV_ROW_BYTES ?
	    csv_wrong(c, "the row is longer than 1 MB; is a quote never "
	    "closed?") : err_set(&c->error, -ENOMEM, "out of memory");
}

static bool
csv_is_separator(struct csv *c, char b)
{
	if (c->separator == '\0' && (b == ',' || b == ';' || b == '\t'))
		c->separator = b;
	return b == c->separator && b != '\0';
}

/* ---- bytes --------------------------------------------------------------- */

/* Outside of quotes, or where they may have ended. */
static int
csv_byte(struct csv *c, char b)
{
	if (csv_is_separator(c, b))
		return csv_end_cell(c);
	if (b == '\r' || b == '\n') {
		c->after_cr = b == '\r';
		return csv_row_end(c);
	}
	if (b == '\0')
		return csv_wrong(c, "a byte of zero; is the file UTF-16? "
		    "Save it as CSV in UTF-8");
	if (b == '"' && c->state == CSV_CELL) {
		c->state = CSV_QUOTED;
		c->had_quotes = true;
		return 0;
	}
	if (b == '"' && c->state == CSV_QUOTE) {
		c->state = CSV_QUOTED;
		return csv_add(c, "\"", 1);
	}
	if (c->state == CSV_QUOTE)
		return csv_wrong(c, "text after the closing quote; a quote "
		    "inside of quotes is doubled");
	c->state = CSV_PLAIN;
	return csv_add(c, &b, 1);
}

/* As many bytes as mean nothing but themselves; how many. */
static size_t
csv_run(const struct csv *c, const char *p, size_t n)
{
	const char *quote;
	size_t i = 0;

	if (c->state == CSV_QUOTED) {
		quote = memchr(p, '"', n);
		return quote ? (size_t)(quote - p) : n;
	}
	if (c->state != CSV_PLAIN)
		return 0;
	while (i < n && p[i] != ',' && p[i] != ';' && p[i] != '\t' &&
	    p[i] != '\r' && p[i] != '\n' && p[i] != '\0')
		i++;
	return i;
}

/* Bytes of the mark are taken as they come; what is no mark is text. */
static int
csv_mark(struct csv *c, char b)
{
	static const char mark[] = "\xef\xbb\xbf";
	unsigned seen = c->mark;

	if (b == mark[seen]) {
		c->mark++;
		return 0;
	}
	c->mark = 3;
	if (seen > 0) {
		c->state = CSV_PLAIN;
		if (csv_add(c, mark, seen) < 0)
			return c->error.code;
	}
	return csv_byte(c, b);
}

static int
csv_step(struct csv *c, const char *p, size_t n, size_t *taken)
{
	size_t run = c->mark < 3 ? 0 : csv_run(c, p, n);

	*taken = run > 0 ? run : 1;
	if (c->after_cr) {
		c->after_cr = false;
		if (*p == '\n' && run == 0)
			return 0;
	}
	if (run > 0)
		return csv_add(c, p, run);
	if (c->mark < 3)
		return csv_mark(c, *p);
	if (c->state == CSV_QUOTED) {
		c->state = CSV_QUOTE;
		return 0;
	}
	return csv_byte(c, *p);
}

static int
csv_answer(const struct csv *c, struct err *e)
{
	if (c->error.code != 0 && e)
		*e = c->error;
	return c->error.code;
}

int
csv_feed(struct csv *c, const char *p, size_t n, struct err *e)
{
	size_t taken;

	while (n > 0 && c->error.code == 0) {
		csv_step(c, p, n, &taken);
		p += taken;
		n -= taken;
	}
	return csv_answer(c, e);
}

int
csv_finish(struct csv *c, struct err *e)
{
	if (c->error.code != 0)
		return csv_answer(c, e);
	if (c->mark > 0 && c->mark < 3)
		csv_wrong(c, "no text in UTF-8");
	else if (c->state == CSV_QUOTED)
		csv_wrong(c, "the file ends inside of quotes");
	else if (c->count > 0 || c->row.n > 0 || c->state != CSV_CELL)
		csv_row_end(c);
	return csv_answer(c, e);
}

/* ---- writing ------------------------------------------------------------- */

/* A sign, digits, a point: nothing to run. */
static bool
csv_is_number(struct slice s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else if (s.p[i] != '.' && (i > 0 || (s.p[i] != '-' &&
		    s.p[i] != '+')))
			return false;
	}
	return digits > 0;
}

static bool
csv_is_formula(struct slice s)
{
	return s.n > 0 && s.p[0] != '\0' && strchr("=+-@\t\r\n", s.p[0]) &&
	    !csv_is_number(s);
}

static bool
csv_needs_quotes(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == ',' || c == ';' || c == '"' || (unsigned char)c < ' ')
			return true;
	}
	return s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

void
csv_cell(struct csv_out *o, struct slice s)
{
	bool guard = !o->raw && csv_is_formula(s);

	if (o->some)
		buf_add_char(o->to, ',');
	o->some = true;
	if (!csv_needs_quotes(s)) {
		if (guard)
			buf_add_char(o->to, '\'');
		buf_add_slice(o->to, s);
		return;
	}
	buf_add_str(o->to, guard ? "\"'" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_add_char(o->to, '"');
		buf_add_char(o->to, s.p[i]);
	}
	buf_add_char(o->to, '"');
}

void
csv_end_row(struct csv_out *o)
{
	buf_add_char(o->to, '\n');
	o->some = false;
}
