/* SPDX-License-Identifier: ISC */
#ifndef EDI_SHEET_H
#define EDI_SHEET_H

/*
 * Records as rows of a table, for spreadsheets: claims, service lines,
 * remittance lines, adjustments, statuses. A sheet is data: its columns, the
 * members that they are, and a word on each; code and documents (docs/csv/)
 * have this one source. Columns are only ever added, at the end.
 *
 * Money is a plain decimal with two places, a date is ISO 8601. The rows of
 * `remittance` add up to the payments of the 835, those of `adjustments` to
 * the difference between charged and paid.
 *
 * A sheet's state is the caller's; memory: the rows of one record.
 */

#include "base/csv.h"
#include "edi/record/member.h"
#include "edi/record/out.h"

struct sheet_column {
	const char *name;
	const char *paths;    /* the first that is there: "a.b|c.d"; "=name" is
	                         reckoned here */
	const char *help;
};

/* Rows for each item of a list; path "": one row for a record. */
struct sheet_rows {
	const char *level;    /* "line" */
	const char *path;     /* "claim.lines" */
	bool once;            /* told again with each claim below it */
};

struct sheet {
	const char *name, *title;
	const char *sets;     /* kinds of record: "837P 837I 837D" */
	const struct sheet_rows *rows;
	const struct sheet_column *columns;
	unsigned row_count, column_count;
	bool amounts;         /* rows add up: what lines do not say is a row */
};

/* 0, 1, ..; NULL at the end. */
const struct sheet *sheet(unsigned i);

/* Does the sheet have rows of this kind of record? */
bool sheet_is_of(const struct sheet *s, const struct record_kind *k);

struct sheet_maker;

/* raw: texts that look like formulas are left as they are. NULL: no memory. */
struct sheet_maker *sheet_maker_new(const struct sheet *s, bool raw);
void sheet_maker_free(struct sheet_maker *m);

/* The names of the columns, then rows, onto the buffer. */
void sheet_heading(struct sheet_maker *m, struct buf *to);
void sheet_add(struct sheet_maker *m, const char *file,
    const struct record_whole *t, struct buf *to);

/* Rows so far; amounts that are no numbers to reckon with. */
uint64_t sheet_row_count(const struct sheet_maker *m);
uint64_t sheet_unfit_count(const struct sheet_maker *m);

/* Markdown: the columns. */
void sheet_table(struct buf *to, const struct sheet *s);

#endif
