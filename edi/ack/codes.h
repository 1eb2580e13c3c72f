/* SPDX-License-Identifier: ISC */
#ifndef EDI_ACK_CODES_H
#define EDI_ACK_CODES_H

/*
 * What the codes in acknowledgements say, in our own words, and what a biller
 * does about them. The rows are edi/ack/codes.def. The same code means
 * different things in different elements, so a look-up may give several rows.
 */

#include "base/slice.h"

struct ack_code {
	const char *element;   /* "TA105", "IK403", "STC01-1", "CLP02" */
	const char *code;
	const char *meaning;
	const char *advice;    /* what to do, or "" */
};

extern const struct ack_code ack_codes[];   /* ends with a NULL element */

/* NULL when there is no such row. */
const struct ack_code *ack_code_find(const char *element, struct slice code);

#endif
