/* SPDX-License-Identifier: ISC */
#ifndef EDI_MIRROR_LINE_H
#define EDI_MIRROR_LINE_H

/*
 * The lines of a mirror: which loops have a line of their own, what is open
 * in the present one, and when it is full. Loops open in the text only when a
 * segment is put into them, so that a line can end anywhere and its loops go
 * on in the next. For edi/mirror.c alone.
 */

#include "edi/mirror.h"
#include "edi/mirror/inner.h"
#include "edi/walk.h"

struct mirror_line {
	struct buf out;               /* whole lines, and the present one */
	size_t start;                 /* of the present line */
	mirror_write *write;
	void *ctx;
	uint8_t top;                  /* loops begun in the set */
	uint8_t from, opened;         /* loops of the present line; 0: none */
	struct {
		const struct guide_loop *loop;
		bool own;             /* it has lines of its own */
		bool seen;            /* something of it was written */
	} loops[WALK_DEPTH + 1];      /* from 1, by depth */
};

void mirror_line_init(struct mirror_line *l, mirror_write *write, void *ctx);
void mirror_line_free(struct mirror_line *l);

void mirror_line_loop(struct mirror_line *l, const struct guide_loop *loop,
    unsigned depth);
void mirror_line_loop_end(struct mirror_line *l, unsigned depth);

/* Open what is not open, so that one more item may be written. */
void mirror_line_item(struct mirror_line *l);
/* After an item: end the line when it is long. */
void mirror_line_split(struct mirror_line *l);
/* End the line of the loops; they go on in another one. */
void mirror_line_close(struct mirror_line *l);
/* A line that holds no loop is complete but for its brace. */
void mirror_line_end(struct mirror_line *l);

/* Write out what is complete: when it is much, or all of it. */
int mirror_line_flush(struct mirror_line *l, struct err *e);
int mirror_line_write(struct mirror_line *l, struct err *e);

#endif
