/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_VALUE_H
#define EDI_RECORD_VALUE_H

/*
 * A record in memory: a tree of values shaped by its kind's fields, and the
 * two ways of writing one value: as in X12 and as in the record. Memory is an
 * arena's; the texts are in it too, or wherever the maker says.
 */

#include "base/arena.h"
#include "edi/record.h"

struct record_value {
	struct record_value *next, *last;  /* of a list; last: in its head */
	struct slice text;                 /* of a value */
	struct record_value *cell[];       /* of an object, by slot */
};

enum { RECORD_VALUE_TEXT = 32 };           /* a converted value */

/* An object of the field's shape; NULL: out of memory. */
struct record_value *record_object(struct arena *a,
    const struct record_field *f);

/*
 * Where the path ends: the cell of its member. Objects on the way are made.
 * NULL: out of memory.
 */
struct record_value **record_cell(struct arena *a, struct record_value *from,
    const struct record_field *at, const struct record_path *path);

/* The same without making: NULL when it is not there. */
struct record_value *record_find(const struct record_value *from,
    const struct record_path *path);

/* Put at the end of the list; of a cell that is no list: in it. */
void record_append(struct record_value **cell, struct record_value *v);

/*
 * From X12 to the record. The format is of a period (D8, RD8, ..). A converted
 * value is in room. False: it cannot be said as this type and come back.
 */
bool record_from_x12(enum record_type type, struct slice x12,
    struct slice format, char room[static RECORD_VALUE_TEXT],
    struct slice *to);

/*
 * And back; *format is set for a period. NULL: done, else what is wrong, in
 * words that follow the name of the field.
 */
const char *record_to_x12(enum record_type type, struct slice text,
    char room[static RECORD_VALUE_TEXT], struct slice *to,
    const char **format);

#endif
