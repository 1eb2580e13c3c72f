/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_PRINT_H
#define EDI_RECORD_PRINT_H

/* A record's values as JSON. */

#include "base/buf.h"
#include "edi/record/value.h"

/*
 * The members of an object, without its braces; true when something was
 * written. A comma comes first when `comma` says so.
 */
bool record_print_members(struct buf *out, const struct record_field *f,
    const struct record_value *object, const struct record_field *leave_out,
    bool comma);

/* A member: its name and its value, a list or not. */
void record_print_member(struct buf *out, const struct record_field *f,
    const struct record_value *v);

/* The objects of a list, with commas between; returns how many. */
unsigned record_print_items(struct buf *out, const struct record_field *f,
    const struct record_value *v, bool comma);

#endif
