/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_CSV_H
#define EDI_RECORD_CSV_H

/*
 * Records from a table: the first row names the columns, each further row is a
 * service line of a claim (docs/csv.md). A column is a member of the record by
 * its name ("claim.charge"), or one of the short names of record/alias.h. A
 * list without a number is the row's own: "claim.lines.charge" is the charge of
 * this row's line. Rows one after the other with the same claim.id are one
 * claim; what they say of the claim must be the same, or left empty.
 *
 * Each claim comes out as the line of JSON that record/batch.h takes, with the
 * number of its first row, as a spreadsheet counts it; the same number stands
 * in its source.row. A claim with a cell that cannot be taken is refused, with
 * the row and the column, and the rest goes on.
 *
 * What spoils the table as a whole (an unknown column, no kind, broken quotes)
 * is -EILSEQ with row and column in words, and sticks. Cells are never in an
 * error's text.
 *
 * Memory: a row and a claim, bounded.
 */

#include "base/csv.h"
#include "edi/record/read.h"

struct record_csv_ops {
	/* The line has no newline and lives during the call. */
	int (*on_record)(void *ctx, uint64_t row, struct slice json,
	    struct err *e);
	/* row: the faulty one; fault->field: its column. */
	void (*on_refused)(void *ctx, uint64_t row,
	    const struct record_fault *fault);
};

struct record_csv;

/*
 * kind: of all records; NULL: a column `type` says it, the same in all rows.
 * NULL: out of memory.
 */
struct record_csv *record_csv_new(struct record_kinds *k, const char *kind,
    const struct record_csv_ops *ops, void *ctx);
void record_csv_free(struct record_csv *c);

int record_csv_feed(struct record_csv *c, const char *p, size_t n,
    struct err *e) __attribute__((warn_unused_result));
int record_csv_finish(struct record_csv *c, struct err *e)
    __attribute__((warn_unused_result));

/* A heading to begin with: the columns that most tables of the kind have. */
void record_csv_template(struct buf *to, const struct record_kind *k);

/* Markdown: the short names, and the members they are. */
void record_csv_table(struct buf *to);

#endif
