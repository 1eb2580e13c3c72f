/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a table: rows that do not depend on where the pieces are cut,
 * and that come back the same when they are written. As claims: lines of JSON
 * that the reader of records can read, or refusals.
 */
#include "base/json_read.h"
#include "edi/record/csv.h"

#include <inttypes.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Length and bytes of each cell: nothing can look like something else. */
static int
on_row(void *ctx, const struct csv_row *row, struct err *e)
{
	struct buf *to = ctx;

	(void)e;
	if (row->count == 0 || row->number == 0)
		abort();
	buf_add(to, &row->count, sizeof(row->count));
	for (unsigned i = 0; i < row->count; i++) {
		buf_add(to, &row->cells[i].n, sizeof(row->cells[i].n));
		buf_add_slice(to, row->cells[i]);
	}
	return 0;
}

static int
on_row_again(void *ctx, const struct csv_row *row, struct err *e)
{
	struct csv_out out = { .to = ctx, .raw = true };

	(void)e;
	for (unsigned i = 0; i < row->count; i++)
		csv_cell(&out, row->cells[i]);
	/* One empty cell alone would be a blank row. */
	if (row->count == 1 && row->cells[0].n == 0)
		buf_add_str(out.to, "\"\"");
	csv_end_row(&out);
	return 0;
}

static int
read_rows(struct slice s, size_t piece, csv_on_row *row, struct buf *to)
{
	struct csv *c = csv_new(row, to);
	int rc = 0;

	if (!c)
		abort();
	for (size_t i = 0; i < s.n && rc == 0; i += piece)
		rc = csv_feed(c, s.p + i, s.n - i < piece ? s.n - i : piece,
		    NULL);
	if (rc == 0)
		rc = csv_finish(c, NULL);
	csv_free(c);
	return rc;
}

static void
rows(struct slice s, size_t piece)
{
	static struct buf whole, cut, text;
	int rc;

	if (whole.max == 0) {
		buf_init(&whole, 1 << 24);
		buf_init(&cut, 1 << 24);
		buf_init(&text, 1 << 24);
	}
	buf_reset(&whole);
	buf_reset(&cut);
	buf_reset(&text);
	rc = read_rows(s, s.n + 1, on_row, &whole);
	if (read_rows(s, piece, on_row, &cut) != rc ||
	    !slice_eq(buf_slice(&whole), buf_slice(&cut)))
		abort();
	if (rc != 0)
		return;
	/* Written with commas, behind a first row that says so. */
	buf_add_str(&text, "a,b\n");
	read_rows(s, s.n + 1, on_row_again, &text);
	buf_reset(&cut);
	if (read_rows(buf_slice(&text), piece, on_row, &cut) != 0 ||
	    cut.n < whole.n || !slice_eq(slice(cut.p + cut.n - whole.n,
	    whole.n), buf_slice(&whole)))
		abort();
}

static int
on_record(void *ctx, uint64_t row, struct slice json, struct err *e)
{
	struct json_read r;
	struct slice all;

	(void)ctx;
	(void)e;
	json_read_init(&r, json);
	if (row == 0 || !json_read_skip(&r, &all) || !json_read_end(&r) ||
	    record_read_type(json).n == 0)
		abort();
	return 0;
}

static void
on_refused(void *ctx, uint64_t row, const struct record_fault *f)
{
	(void)ctx;
	if (row == 0 || f->text[0] == '\0')
		abort();
}

static void
records(struct record_kinds *k, const char *kind, struct slice s,
    size_t piece)
{
	static const struct record_csv_ops ops = { on_record, on_refused };
	struct record_csv *c = record_csv_new(k, kind, &ops, NULL);
	struct err e = ERR_NONE;
	int rc = 0;

	if (!c)
		abort();
	for (size_t i = 0; i < s.n && rc == 0; i += piece)
		rc = record_csv_feed(c, s.p + i, s.n - i < piece ? s.n - i :
		    piece, &e);
	if (rc == 0)
		rc = record_csv_finish(c, &e);
	if (rc != 0 && (rc != -EILSEQ || e.text[0] == '\0'))
		abort();
	record_csv_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guides *guides;
	static struct record_kinds *kinds;
	struct slice s;
	size_t piece;

	/* Parsed once for all runs: guides never change. */
	if (!guides) {
		guides = guides_new();
		kinds = guides ? record_kinds_new(guides) : NULL;
		if (!kinds)
			abort();
	}
	if (size == 0)
		return 0;
	s = slice((const char *)data + 1, size - 1);
	piece = data[0] & 0x3f ? data[0] & 0x3f : s.n + 1;
	if (data[0] & 0x80)
		rows(s, piece);
	else
		records(kinds, data[0] & 0x40 ? NULL : "837P", s, piece);
	return 0;
}
