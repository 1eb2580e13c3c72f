/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_MEMBER_H
#define EDI_RECORD_MEMBER_H

/*
 * A member of a record by its name from the record down: "claim.id",
 * "claim.diagnoses[0].code", as `x12 records table` writes it, with the number
 * of an item in a list, from 0. A list without a number is whatever the user
 * of the name makes of it.
 */

#include "edi/record.h"

enum {
	RECORD_MEMBER_DEPTH = 12,
	RECORD_MEMBER_ITEMS = 1000,  /* of a list that can be named */
	RECORD_MEMBER_NAME = 80,     /* bytes of a name, with NUL */
};

enum {
	RECORD_INDEX_NONE = -1,      /* no list, or a list without a number */
	RECORD_INDEX_ALL = -2,       /* [] */
};

struct record_step {
	const struct record_field *field;
	int index;
};

struct record_member {
	struct record_step steps[RECORD_MEMBER_DEPTH];
	unsigned depth;
};

/* What a name is not: in words, with the name that was probably meant. */
struct record_member_fault {
	char text[240];
};

bool record_member_find(const struct record_kind *k, struct slice name,
    struct record_member *to, struct record_member_fault *fault);

#endif
