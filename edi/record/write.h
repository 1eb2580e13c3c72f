/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_WRITE_H
#define EDI_RECORD_WRITE_H

/*
 * The tree of a record to segments: a part for each level of the set, from
 * the set's own header to the claim. HL, ST and SE are not in the parts:
 * record/batch.h puts records together and writes them.
 */

#include "edi/record/read.h"
#include "edi/writer.h"

/* Whose member a segment says: for findings about it. */
struct record_origin {
	const struct record_map *map;    /* NULL: of `other`, or of no member */
	const char *trail;               /* "claim.lines[2]" */
	uint32_t index;                  /* in a list of segments */
};

struct record_part {
	const struct guide_loop *loop;
	struct slice early, late;        /* before and after what is below */
	struct record_origin *origins;   /* of the segments, early first */
	uint32_t early_count, count;
	size_t gap;                      /* in early: see record/segment.h */
};

struct record_parts {
	struct record_part part[RECORD_LEVELS];
	unsigned count;
	bool claim;                      /* the last part is a claim */
};

/*
 * All memory is the arena's. False: *fault says why, and nothing of the record
 * is to be used. A delimiter in data is a fault.
 */
bool record_write(struct arena *a, const struct record_kind *k,
    const struct record_value *root, const struct record_form *form,
    struct record_parts *to, struct record_fault *fault);

/* The member that an element of such a segment is. */
void record_origin_field(const struct record_origin *o, unsigned element,
    unsigned component, char to[static RECORD_FAULT_FIELD]);

#endif
