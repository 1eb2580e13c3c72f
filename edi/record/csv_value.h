/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_CSV_VALUE_H
#define EDI_RECORD_CSV_VALUE_H

/* A cell as the value of a record's member. */

#include "base/arena.h"
#include "edi/record.h"

/*
 * Dates may also be written 1/31/2026 and 20260131, true and false as Y and N;
 * all else is the cell's text. The value is the arena's. NULL: done, else what
 * is wrong, in words that follow the name of the column.
 */
const char *record_csv_value(struct arena *a, const struct record_field *f,
    struct slice cell, struct slice *to);

#endif
