/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_DRAFT_H
#define EDI_RECORD_DRAFT_H

/* A kind of record while its file is read: record_kind.c, record_row.c. */

#include "base/arena.h"
#include "edi/guide_text.h"
#include "edi/record.h"

enum { RECORD_SHAPES = 64 };

/* A loop of the guide where it stands. */
struct record_place {
	const struct guide_loop *loop;
	uint16_t parent;                  /* index of the loop around it */
	struct record_field *base;        /* the object of its members */
	bool own;                         /* which is nobody else's */
};

struct record_shape {
	struct slice name, lines;
	unsigned number;
};

struct record_draft {
	struct record_kind *kind;
	struct record_place *places;      /* by guide_loop.index */
	struct record_shape shapes[RECORD_SHAPES];
	unsigned shape_count;
	struct arena *arena;
	struct err *e;
	/* where the file is */
	struct record_place *place;       /* NULL: not in a loop yet */
	struct record_map *map;
	struct record_field *base;        /* of the map's rows */
	const struct guide_segment *segment;
	bool lenient;                     /* a shape: what is unused is left */
	bool again;                       /* members that are there already */
	bool claims;                      /* the guide has claims */
};

/*
 * A member by its name with dots and, for a list, [] at the end; objects on
 * the way are made. NULL with e filled: it is there already, or too deep.
 */
struct record_field *record_draft_member(struct record_draft *d,
    const struct guide_line *l, struct record_field *from, struct slice name,
    struct record_path *path);

/* Element lines below a segment, or the lines of its shape. */
int record_draft_row(struct record_draft *d, struct guide_text *t,
    struct guide_line *l);

/* Every element that the guide uses is in a row, or says nothing. */
int record_draft_complete(struct record_draft *d);

#endif
