/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_DRAFT_H
#define EDI_RECORD_DRAFT_H

/*
 * A kind of record while its file is read: its members and levels
 * (record/draft.c), the lines of loops and segments (record/lines.c), those of
 * elements (record/row.c), and whether all is there (record/complete.c).
 */

#include "base/arena.h"
#include "edi/guide/text.h"
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

int record_draft_no_memory(struct record_draft *d);

/* Fields, loops and places of the guide; what is needed while reading: work. */
int record_draft_prepare(struct record_draft *d, struct arena *work);

/* All lines of a file. */
int record_draft_read(struct record_draft *d, struct slice text,
    const char *what);

/* What a level of the set says is not said by another. */
int record_draft_levels(struct record_draft *d);

/* The member, or NULL; and `other` for an object that has none yet. */
struct record_field *record_draft_find(const struct record_field *parent,
    struct slice name);
int record_draft_other(struct record_draft *d, struct record_field *to);

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

/* An element, or a component of one; NULL: the segment has no such place. */
static inline const struct guide_element *
record_element_at(const struct guide_segment *g, unsigned element,
    unsigned component)
{
	const struct guide_element *el;

	if (element == 0 || element > g->count)
		return NULL;
	el = &g->elements[element - 1];
	if (component == 0)
		return el;
	return component <= el->component_count ?
	    &el->components[component - 1] : NULL;
}

/* Every element that the guide uses is in a row, or says nothing. */
int record_draft_complete(struct record_draft *d);

#endif
