/* SPDX-License-Identifier: ISC */
#ifndef EDI_PIECE_H
#define EDI_PIECE_H

/*
 * An interchange made of claims, or whole sets, of another. A claim brings the
 * levels that it stands below (edi/levels.h); what the piece has open already
 * is not written again. HL01, HL02, HL04, SE01, GE01 and IEA01 are new,
 * everything else is copied byte for byte, control numbers too unless another
 * ISA13 is asked for.
 *
 * A piece that meets another interchange ends the one it has: it then holds
 * two. Bytes leave by on_bytes, at an offset from the piece's beginning; that
 * a subscriber has a patient after all is told later, as one byte at an
 * earlier offset. Memory: PIECE_FLUSH and a level.
 */

#include "edi/levels.h"

enum { PIECE_FLUSH = 16 * 1024 };

typedef int piece_on_bytes(void *ctx, uint64_t offset, struct slice bytes,
    struct err *e);

struct piece {
	piece_on_bytes *on;
	void *ctx;
	struct buf text;         /* not yet handed out */
	uint64_t flushed;        /* offset of text */
	uint32_t isa13;          /* of the next interchange, 0: the original */
	uint32_t open[LEVEL_KINDS];   /* serials; 0: not open */
	char number[LEVEL_PROVIDER][LEVELS_CONTROL];
	uint32_t hl[LEVEL_KINDS];     /* HL01 of the open ones */
	uint32_t groups, sets, segments, levels;
	uint64_t child;          /* offset of the subscriber's HL04 */
	uint32_t claims, interchanges;
	struct delimiters delimiters;
	char suffix[3];
	int failed;
	struct err error;
};

void piece_init(struct piece *p, piece_on_bytes *on, void *ctx);
void piece_free(struct piece *p);

/* A claim begins: what it stands below. Its segments follow, CLM first. */
void piece_claim(struct piece *p, const struct levels *l);

/* A set begins, other than of claims: its segments follow, ST first. */
void piece_set(struct piece *p, const struct levels *l);

/* A segment as it was read. An SE is not to be written: the piece does. */
void piece_segment(struct piece *p, const struct segment *s);

/* The trailers, and what is left; the first failure, if there was one. */
int piece_finish(struct piece *p, struct err *e)
    __attribute__((warn_unused_result));

#endif
