/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

/*
 * A page for people, as plain text of 100 columns or as one HTML file that
 * needs nothing else and runs nothing: headings, boxes of lines side by side,
 * tables. What comes of a file is escaped. All goes onto the caller's buffer at
 * once, so a page may be as long as it likes.
 */

#include "base/buf.h"

enum { PAGE_WIDTH = 100 };

struct page_column {
	const char *title;
	unsigned width;        /* of the text; they and blanks are 100 */
	bool right;            /* numbers */
};

enum page_row {
	PAGE_ROW,              /* plain */
	PAGE_ROW_HEAD,         /* what the rows below belong to */
	PAGE_ROW_MORE,         /* more of the row before */
	PAGE_ROW_HEAD_MORE,
	PAGE_ROW_TOTAL,
};

struct page {
	struct buf *to;
	bool html;
	const struct page_column *columns;
	unsigned column_count, cell;
	bool box_begun;
	struct buf row;        /* of text, before its blanks are cut */
};

void page_begin(struct page *p, struct buf *to, bool html);
void page_end(struct page *p);

/* A document of its own: a remittance, a claim. */
void page_document(struct page *p, const char *what, struct slice number);
void page_document_end(struct page *p);
void page_heading(struct page *p, const char *text);

void page_boxes(struct page *p);
void page_box(struct page *p, const char *label);
void page_line(struct page *p, struct slice text);
void page_box_end(struct page *p);
void page_boxes_end(struct page *p);

/* The columns must outlive the table. */
void page_table(struct page *p, const struct page_column *columns,
    unsigned count);
void page_row(struct page *p, enum page_row kind);
void page_cell(struct page *p, struct slice text);
/* Cells that are not there are empty. */
void page_row_end(struct page *p);
/* One text over all columns. */
void page_note(struct page *p, struct slice text);
void page_table_end(struct page *p);

/* A sentence; good: as it should be. */
void page_verdict(struct page *p, bool good, struct slice text);

#endif
