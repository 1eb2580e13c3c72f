/* SPDX-License-Identifier: ISC */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

/*
 * A JSON reader (RFC 8259) over bytes that the caller owns: values are pulled
 * one by one, nothing is copied, nothing is allocated. Strict: UTF-8 only, no
 * comments, no commas too many, JSON_READ_DEPTH levels at most.
 *
 *	json_read_init(&r, bytes);
 *	json_read_open(&r, '{');
 *	while (json_read_member(&r, &m, &key))
 *		json_read_skip(&r, &value);
 *	if (!json_read_end(&r))
 *		... r.wrong says why, r.p where
 *
 * The first fault sticks: every later call fails, so one look at the end is
 * enough.
 */

#include "base/slice.h"

enum { JSON_READ_DEPTH = 64 };

enum json_kind {
	JSON_NOTHING,      /* the end of the bytes, or no value begins so */
	JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_WORD,
};

struct json_read {
	const char *p, *end;
	const char *wrong;  /* NULL: all is well */
	unsigned depth;
};

/* What stands between the quotes, escapes and all. */
struct json_string {
	struct slice raw;
	bool plain;         /* printable ASCII without an escape */
};

void json_read_init(struct json_read *r, struct slice bytes);

/* What the next value is; takes nothing but blanks. */
enum json_kind json_read_kind(struct json_read *r);

/* '{' or '['. *first is the state of the loop over members or items. */
bool json_read_open(struct json_read *r, char bracket, bool *first);
/* False at the closing bracket, which it takes, and after a fault. */
bool json_read_member(struct json_read *r, bool *first,
    struct json_string *key);
bool json_read_item(struct json_read *r, bool *first);

bool json_read_string(struct json_read *r, struct json_string *to);
/* Any value at all; its bytes. */
bool json_read_skip(struct json_read *r, struct slice *raw);
/* True when nothing but blanks is left and nothing was wrong. */
bool json_read_end(struct json_read *r);

/*
 * The next code point of a string's bytes as json_read_string() gave them;
 * takes them from *raw. False at the end, and at half a surrogate pair, of
 * which raw->n > 0 tells.
 */
bool json_read_code(struct slice *raw, uint32_t *code);

#endif
