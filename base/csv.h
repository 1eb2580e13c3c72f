/* SPDX-License-Identifier: ISC */
#ifndef BASE_CSV_H
#define BASE_CSV_H

/*
 * Tables as text (RFC 4180), both ways, a row at a time.
 *
 * The reader takes bytes in pieces of any size and calls back for each row;
 * what it says does not depend on where the pieces are cut. Cells may stand in
 * quotes, and then hold separators, line ends and doubled quotes. A row ends in
 * CR LF, LF or CR. A byte order mark of UTF-8 is skipped. The separator, a
 * comma, a semicolon or a tab, is the first of them that the first row has
 * outside of quotes. A quote inside a cell that does not begin with one is
 * a quote.
 *
 * Rows are numbered as a spreadsheet numbers them: from 1, blank ones too;
 * blank ones are not handed out. Cells are bytes as they were, of whatever
 * encoding; they live during the call.
 *
 * What cannot be followed (a quote that is never closed, text after a closing
 * quote, a row or a cell that is too large, UTF-16) is -EILSEQ, with the row
 * and the column in words; it sticks.
 *
 * Memory: one row, bounded.
 */

#include "base/buf.h"
#include "base/err.h"

enum {
	CSV_CELLS = 1024,          /* of a row */
	CSV_ROW_BYTES = 1 << 20,
};

struct csv_row {
	const struct slice *cells;
	unsigned count;
	uint64_t number;
};

/* A negative answer ends the reading, with *e filled. */
typedef int csv_on_row(void *ctx, const struct csv_row *row, struct err *e);

struct csv;

/* NULL: out of memory. */
struct csv *csv_new(csv_on_row *on_row, void *ctx);
void csv_free(struct csv *c);

int csv_feed(struct csv *c, const char *p, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* The end: of the last row, which may lack its line end. */
int csv_finish(struct csv *c, struct err *e)
    __attribute__((warn_unused_result));

/* ---- writing ------------------------------------------------------------- */

/*
 * Cells onto a buffer, with commas; a row ends in a newline. A text that a
 * spreadsheet would run as a formula (it begins with = + - @ or a tab) gets an
 * apostrophe before it, unless it is a number or `raw` says to leave it.
 */
struct csv_out {
	struct buf *to;
	bool raw;
	bool some;             /* of this row */
};

void csv_cell(struct csv_out *o, struct slice text);
void csv_end_row(struct csv_out *o);

#endif
