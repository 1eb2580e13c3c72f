/* SPDX-License-Identifier: ISC */
#ifndef EDI_TRANSACTION_H
#define EDI_TRANSACTION_H

/*
 * The kinds of transaction set by their usual short names: "837P" is the set
 * 837 under the guides 005010X222 with any errata letters. A kind that is not
 * in the table is not an error: it has no short name beyond its ST01.
 */

#include "base/slice.h"

struct transaction {
	const char *type;           /* "837P" */
	const char *set_id;         /* ST01 */
	const char *version;        /* GS08 or ST03 begins so */
	const char *functional_id;  /* GS01 */
	const char *name;           /* "professional claim" */
	bool acknowledgement;       /* itself never acknowledged by a 999 */
};

/* NULL when it is not known; an unknown version finds the bare set. */
const struct transaction *transaction_find(struct slice set_id,
    struct slice version);

/* transaction_find()'s type, or the ST01 itself, NUL-ended. */
void transaction_type(struct slice set_id, struct slice version,
    char to[static 8]);

#endif
