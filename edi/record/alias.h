/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_ALIAS_H
#define EDI_RECORD_ALIAS_H

/*
 * The columns that a biller's table has, by short names: each is a member of
 * the record, and says what goes without saying there (the type of a code).
 * One table for all kinds; a kind has those whose members it has.
 */

#include "edi/record.h"

struct record_alias {
	const char *name;      /* a # is a number from 1 .. numbers */
	const char *path;      /* and here it is counted from 0 */
	const char *also;      /* another member .. */
	const char *value;     /* that has this value, unless it is given */
	unsigned first, last;  /* of the numbers; 0: the name has none */
	const char *help;
};

enum { RECORD_ALIAS_NAME = 80 };

/* 0, 1, ..; NULL at the end. Their order is that of the template. */
const struct record_alias *record_alias(unsigned i);

/*
 * The alias of that name, and its number; NULL: there is none.
 */
const struct record_alias *record_alias_find(struct slice name,
    unsigned *number);

/* A text of the alias with its number in place of the #; in [#] one less. */
void record_alias_text(const char *text, unsigned number,
    char to[static RECORD_ALIAS_NAME]);

#endif
