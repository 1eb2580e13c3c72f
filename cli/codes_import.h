/* SPDX-License-Identifier: ISC */
#ifndef CLI_CODES_IMPORT_H
#define CLI_CODES_IMPORT_H

/*
 * Official code list files, line by line, into a code_builder. One row of the
 * table a layout; a layout reads one line and says what it was. Nothing of a
 * licensed text is kept: codes, dates and flags only.
 */

#include "edi/codes/table.h"

#include <stdio.h>

enum import_line {
	IMPORT_CODE,      /* a code was added */
	IMPORT_SKIP,      /* a heading, a continuation, another set's row */
	IMPORT_BAD,       /* cannot be read */
	IMPORT_MEMORY,
};

struct import {
	struct code_builder *builder;
	const char *set;              /* such as "icd10cm" */
	uint32_t from;                /* start of codes that carry no date */
	unsigned columns[8];          /* of a CSV: see import_csv_head() */
	bool headed;
};

struct import_layout {
	const char *name;             /* "icd10-order" */
	const char *sets;             /* which sets it may hold, by blanks */
	const char *what;             /* the official file, for --help */
	bool full_list;               /* what is missing has ended */
	enum import_line (*line)(struct import *x, char *line, size_t n);
};

extern const struct import_layout import_layouts[];   /* ends with NULL */
const struct import_layout *import_layout_find(const char *name);

/* The layout that official files of a set come in; NULL: only "csv". */
const struct import_layout *import_layout_of(const char *set);

struct import_counts {
	uint64_t lines, codes, skipped, bad;
	uint64_t first_bad;           /* its line number */
};

/* Read a whole file; 0, or negative when the world failed. */
int import_file(struct import *x, const struct import_layout *layout,
    FILE *from, const char *name, struct import_counts *counts,
    struct err *e) __attribute__((warn_unused_result));

#endif
