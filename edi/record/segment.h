/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_SEGMENT_H
#define EDI_RECORD_SEGMENT_H

/* One segment of X12 from the objects of a record. */

#include "edi/record/read.h"
#include "edi/writer.h"

enum record_made {
	RECORD_MADE,
	RECORD_NOTHING,      /* no member of it is there */
	RECORD_FAULTY,       /* what and which field: in the fault */
};

struct record_pen {
	const struct record_form *form;
	struct record_fault *fault;
	size_t gap;          /* where in the bytes one character stands for
	                        the set's reference, or 0 */
};

/*
 * object: of the map's path, or NULL. forced: write it though no member is
 * there. *chunk counts the segments of a flat map: 0 first, and again while
 * RECORD_MADE comes back.
 */
enum record_made record_segment(struct writer *w, const struct record_map *m,
    const struct record_value *object, bool forced, unsigned chunk,
    struct record_pen *pen);

/* The codes of one of several maps, and "" of the rest. */
void record_field_path(const struct record_field *f,
    const struct record_field *above, char *to, size_t cap);

/*
 * Put text behind the first n characters of a path that has room for cap with
 * its NUL, cutting what does not fit; and an index in its brackets. How long
 * the path is now.
 */
size_t record_path_add(char *to, size_t n, size_t cap, const char *text);
size_t record_path_index(char *to, size_t n, size_t cap, unsigned index);

#endif
