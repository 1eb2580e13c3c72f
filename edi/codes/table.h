/* SPDX-License-Identifier: ISC */
#ifndef EDI_CODES_TABLE_H
#define EDI_CODES_TABLE_H

/*
 * One external code set (ICD-10-CM, HCPCS, CARC, ..) as a file that is mapped
 * into memory: rows of fixed width, sorted by code and start date, found by
 * binary search. It is made by `x12 codes import` from the official file.
 *
 * A table is checked in full when it is opened (size, order, dates, CRC), so a
 * damaged file is refused with an error and can never mislead or crash. The
 * mapping is private and read-only; rows handed out live as long as the table.
 * A code may have several rows, one for each period in which it was valid.
 */

#include "base/buf.h"
#include "base/err.h"

enum {
	CODE_MAX = 12,                 /* longest code: 11 digits of an NDC */
	CODE_SET_NAME = 24,
	CODE_ROWS_MAX = 4 * 1000 * 1000,
	CODE_NO_END = 99991231,
};

enum code_flags {
	CODE_HEADER = 1,               /* a category: not billable itself */
};

struct code_row {
	char code[CODE_MAX];           /* NUL-padded */
	uint32_t start, end;           /* CCYYMMDD, both included */
	uint8_t flags;
	char sex;                      /* 'M', 'F', or '\0': either */
	uint8_t age_min, age_max;      /* years; age_max 255: no limit */
};

struct code_table;

struct code_table *code_table_open(const char *path, struct err *e);
/* The same of an open file, which stays the caller's; path: for messages. */
struct code_table *code_table_map(int fd, const char *path, struct err *e);
/* The same from bytes (for fuzzing); they must outlive the table. */
struct code_table *code_table_attach(const void *p, size_t n, struct err *e);
void code_table_close(struct code_table *t);

const char *code_table_set(const struct code_table *t);
uint32_t code_table_as_of(const struct code_table *t);   /* newest import */
size_t code_table_count(const struct code_table *t);
const struct code_row *code_table_row(const struct code_table *t, size_t i);

/* The first row of a code and how many it has; NULL: not in the set. */
const struct code_row *code_table_find(const struct code_table *t,
    struct slice code, size_t *count);

/* ---- making one --------------------------------------------------------- */

struct code_builder;

struct code_builder *code_builder_new(const char *set, uint32_t as_of);
void code_builder_free(struct code_builder *b);

/* false: out of memory, over CODE_ROWS_MAX rows, or the code is too long. */
bool code_builder_add(struct code_builder *b, const struct code_row *row);

/*
 * Merge with an older table of the same set: periods that are only there are
 * kept; with full_list, codes that the new list no longer has end on the day
 * before as_of. NULL: nothing older.
 */
bool code_builder_merge(struct code_builder *b, const struct code_table *old,
    bool full_list);

/* Sort, join touching periods, and write the whole file image. */
int code_builder_write(struct code_builder *b, struct buf *out,
    struct err *e) __attribute__((warn_unused_result));
size_t code_builder_count(const struct code_builder *b);

#endif
