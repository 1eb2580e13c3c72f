/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_FILL_H
#define EDI_RECORD_FILL_H

/* One segment of X12 into the objects of a record. */

#include "edi/record/value.h"
#include "edi/segment.h"

enum record_filled {
	RECORD_FILLED,
	RECORD_OTHER,      /* something in it has no name or no such type */
	RECORD_NO_MEMORY,
};

/*
 * The map for this segment, by its qualifier; NULL: there is none.
 */
const struct record_map *record_map_for(const struct record_map *m,
    const struct segment *s);

/*
 * base: the loop's object, whose shape is at. All of the segment, or nothing
 * of it, comes to stand there.
 */
enum record_filled record_fill(struct arena *a, const struct record_map *m,
    const struct segment *s, struct record_value *base,
    const struct record_field *at);

/* True when a syntax note asks for it because of another: P0506. */
bool record_paired(const struct guide_syntax *notes, unsigned count,
    unsigned i, uint32_t present);

#endif
