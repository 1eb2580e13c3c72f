/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_FIELDS_H
#define SPOOL_FIELDS_H

/*
 * The structs of store.h as tables of fields, in the order of their columns.
 * Stores read and write rows by these tables, and what callers hand in is
 * checked by them once. A table ends with FIELD_END.
 */

#include "spool/store.h"

enum field_type {
	FIELD_END,
	FIELD_ID,      /* struct store_id; none is NULL */
	FIELD_TEXT,    /* char[], NUL-ended */
	FIELD_ROW,     /* uint64_t, 0 is NULL */
	FIELD_U64,     /* at most INT64_MAX */
	FIELD_I64,
	FIELD_U32,
	FIELD_ENUM,
	FIELD_BOOL,
	FIELD_CHAR,    /* one character as its number */
};

struct field {
	enum field_type type;
	size_t at, size;
};

extern const struct field file_fields[];
extern const struct field group_fields[];
extern const struct field set_fields[];
extern const struct field claim_fields[];
extern const struct field answer_fields[];
extern const struct field event_fields[];
extern const struct field partner_fields[];

/* Asserts that texts end and numbers fit: what does not is our fault. */
void fields_check(const struct field *f, const void *row);

/* Integers of any width as one, and back; NULL columns are 0. */
int64_t field_int(const struct field *f, const void *row);
void field_set_int(const struct field *f, void *row, int64_t v);

#endif
