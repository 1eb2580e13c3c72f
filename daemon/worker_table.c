/* SPDX-License-Identifier: ISC */
/* Claim records that come as a table. */
#include "daemon/worker_records.h"

#include "base/csv.h"
#include "base/io.h"
#include "spool/digest.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TABLE_BLOCK = 128 * 1024 };

struct table {
	const struct records_text *t;
	struct record_csv *records;   /* or */
	struct csv *rows;             /* only its form is looked at */
	bool broken;
	bool some;                    /* a byte that is no blank */
	char last;                    /* byte */
	char block[TABLE_BLOCK];
};

static int
table_on_record(void *ctx, uint64_t row, struct slice json, struct err *e)
{
	const struct records_text *t = ((struct table *)ctx)->t;

	return t->on_record(t->ctx, json, row, e);
}

static void
table_on_refused(void *ctx, uint64_t row, const struct record_fault *f)
{
	const struct records_text *t = ((struct table *)ctx)->t;

	if (t->on_refused)
		t->on_refused(t->ctx, row, f);
}

static const struct record_csv_ops table_ops = {
	.on_record = table_on_record, .on_refused = table_on_refused,
};

static int
table_on_row(void *ctx, const struct csv_row *row, struct err *e)
{
	(void)ctx;
	(void)row;
	(void)e;
	return 0;
}

static int
table_take(struct table *x, size_t n, struct err *e)
{
	for (size_t i = 0; i < n && !x->some; i++)
		x->some = !strchr(" \t\r\n\xef\xbb\xbf", x->block[i]) ||
		    x->block[i] == '\0';
	x->last = x->block[n - 1];
	if (x->broken)
		return 0;             /* only its hash is still of use */
	return x->records ? record_csv_feed(x->records, x->block, n, e) :
	    csv_feed(x->rows, x->block, n, e);
}

static int
table_feed(struct table *x, struct manifest_end *end,
    char wrong[static RECORDS_WRONG], struct err *e)
{
	const struct records_text *t = x->t;
	ssize_t n;
	int rc;

	for (end->size = 0;; end->size += (uint64_t)n) {
		n = io_pread(t->in, x->block, sizeof(x->block),
		    (off_t)end->size, "the file", e);
		if (n <= 0)
			return (int)n;
		if (t->max_bytes && end->size + (uint64_t)n > t->max_bytes)
			return err_set(e, -EFBIG, "the file is larger than "
			    "%" PRIu64 " bytes", t->max_bytes);
		if (t->digest)
			digest_add(t->digest, x->block, (size_t)n);
		rc = table_take(x, (size_t)n, e);
		if (rc == -EILSEQ) {
			slice_copy(slice_str(e->text), wrong, RECORDS_WRONG);
			x->broken = true;
		} else if (rc < 0)
			return rc;
	}
}

/*
 * A row without its line end may be cut in the midst of a number; a quote
 * that is never closed may be too.
 */
static int
table_finish(struct table *x, struct manifest_end *end,
    char wrong[static RECORDS_WRONG], struct err *e)
{
	int rc;

	end->framing = !x->some ? SCAN_EMPTY : x->broken ? SCAN_BROKEN :
	    x->last != '\n' && x->last != '\r' ? SCAN_INCOMPLETE :
	    SCAN_COMPLETE;
	if (end->framing != SCAN_COMPLETE)
		return 0;
	rc = x->records ? record_csv_finish(x->records, e) :
	    csv_finish(x->rows, e);
	if (rc != -EILSEQ)
		return rc;
	slice_copy(slice_str(e->text), wrong, RECORDS_WRONG);
	end->framing = SCAN_INCOMPLETE;
	return 0;
}

int
table_read(const struct records_text *t, struct manifest_end *end,
    char wrong[static RECORDS_WRONG], struct err *e)
{
	struct table *x = calloc(1, sizeof(*x));
	int rc = -ENOMEM;

	if (x && t->kinds)
		x->records = record_csv_new(t->kinds, NULL, &table_ops, x);
	else if (x)
		x->rows = csv_new(table_on_row, x);
	if (!x || (!x->records && !x->rows)) {
		err_set(e, rc, "out of memory to read a table");
		goto out;
	}
	x->t = t;
	rc = table_feed(x, end, wrong, e);
	if (rc == 0)
		rc = table_finish(x, end, wrong, e);
out:
	if (x) {
		record_csv_free(x->records);
		csv_free(x->rows);
	}
	free(x);
	return rc;
}

/* ---- some of its rows --------------------------------------------------- */

struct parting {
	struct table_claim *at;
	uint32_t count, next;
	uint64_t rows;                /* written */
	struct csv_out out;
	int (*flush)(void *ctx, struct err *e);
	void *ctx;
	char block[TABLE_BLOCK];
};

static int
part_row(struct parting *p, const struct csv_row *row, struct err *e)
{
	size_t most = row->count + 1;

	for (unsigned i = 0; i < row->count; i++)
		most += 2 * row->cells[i].n + 3;
	if (p->out.to->n + most > RECORDS_TEXT && p->out.to->n > 0) {
		int rc = p->flush(p->ctx, e);

		if (rc < 0)
			return rc;
	}
	for (unsigned i = 0; i < row->count; i++)
		csv_cell(&p->out, row->cells[i]);
	csv_end_row(&p->out);
	p->rows++;
	return p->out.to->failed ?
	    err_set(e, -ENOMEM, "out of memory for a table") : 0;
}

/* The first row is the heading; claims stand in the order of their rows. */
static int
part_on_row(void *ctx, const struct csv_row *row, struct err *e)
{
	struct parting *p = ctx;
	struct table_claim *c;

	if (p->rows == 0)
		return part_row(p, row, e);
	while (p->next < p->count && p->at[p->next].end <= row->number)
		p->next++;
	c = p->next < p->count ? &p->at[p->next] : NULL;
	if (!c || row->number < c->number)
		return 0;
	if (c->row == 0)
		c->row = p->rows + 1;
	return part_row(p, row, e);
}

int
table_part(int in, struct table_claim *at, uint32_t count, struct buf *text,
    int (*flush)(void *ctx, struct err *e), void *ctx, struct err *e)
{
	struct parting *p = calloc(1, sizeof(*p));
	struct csv *rows = p ? csv_new(part_on_row, p) : NULL;
	int rc = -ENOMEM;
	ssize_t n = 1;

	if (!rows) {
		free(p);
		return err_set(e, rc, "out of memory for a table");
	}
	p->at = at;
	p->count = count;
	p->out = (struct csv_out){ .to = text, .raw = true };
	p->flush = flush;
	p->ctx = ctx;
	rc = 0;
	for (off_t at_byte = 0; rc == 0 && n > 0; at_byte += n) {
		n = io_pread(in, p->block, sizeof(p->block), at_byte,
		    "the file", e);
		rc = n < 0 ? (int)n : n > 0 ?
		    csv_feed(rows, p->block, (size_t)n, e) :
		    csv_finish(rows, e);
	}
	csv_free(rows);
	free(p);
	return rc;
}
