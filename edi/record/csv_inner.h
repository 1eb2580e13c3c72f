/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_CSV_INNER_H
#define EDI_RECORD_CSV_INNER_H

/* What the heading of a table comes to: record/csv_head.c, record/csv.c. */

#include "base/arena.h"
#include "edi/record/csv.h"
#include "edi/record/member.h"

struct record_column {
	struct record_member member;
	char name[RECORD_MEMBER_NAME];  /* of the member, for faults */
	int cell;                       /* in the row; -1: a constant */
	const char *value;              /* of a constant */
	int when;                       /* the cell that asks for it; -1: any */
	unsigned order;                 /* of constants */
	bool row;                       /* of the row's own item */
};

struct record_head {
	const struct record_kind *kind;
	struct record_column *columns;  /* in the order of members, then
	                                   constants */
	unsigned count;
	unsigned cells;                 /* of the heading */
	int id;                         /* the cell of claim.id, or -1 */
	unsigned id_column;
	int type;                       /* the cell of `type`, or -1 */
	const struct record_column *row;  /* one that is of the row's item .. */
	unsigned row_depth;             /* and the step of its list */
	bool *unnamed;                  /* by cell: its heading is empty */
};

/*
 * names: the cells of the heading. 0, or -EILSEQ with row, column and words.
 * What the head points to is the arena's.
 */
int record_head_make(struct record_head *h, struct arena *a,
    const struct record_kind *k, const struct slice *names, unsigned count,
    uint64_t row, struct err *e);

/* The cell of the column `type`; -1: there is none. */
int record_head_type(const struct slice *names, unsigned count);

/* Without blanks around. */
struct slice record_cell_trim(struct slice s);

#endif
