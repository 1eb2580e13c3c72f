/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_JSON_H
#define CLI_PAYER_JSON_H

/*
 * Records of the simulated payer, said by forms: the shape of an object, with
 * what comes next in the arguments. Values come from somebody else's file, so
 * they are cut to their length and cleaned of what cannot be written.
 */

#include "base/json.h"
#include "edi/segment.h"

struct payer_json {
	struct json json;
	struct delimiters delimiters;  /* which no value may hold */
};

void payer_json_init(struct payer_json *j, struct buf *out,
    const struct delimiters *d);

/*
 * "{id:t38 charge:m lines:[" opens an object, says two members and opens a
 * list; a later form goes on. After a name, or alone in a list:
 *
 *	s	const char *		m	int64_t, cents
 *	t38	the same, cleaned	d	const char *, CCYYMMDD
 *	r	struct slice, JSON	n	const char *, a number
 *
 * What is NULL, empty or no such thing is left out, with its name.
 */
void payer_say(struct payer_json *j, const char *form, ...);

/* The member of an object as JSON; empty: there is none. */
struct slice payer_member(struct slice object, const char *name);

/* A member that is a text; cut at the end of its room. */
const char *payer_member_text(struct slice object, const char *name,
    char *to, size_t cap);

/* The items of a list, one after the other: *rest begins as the list. */
bool payer_item(struct slice *rest, struct slice *item);

#endif
