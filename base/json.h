/* SPDX-License-Identifier: ISC */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/*
 * A JSON writer onto a growing buffer. No tree is built: what is said is
 * appended at once, commas come by themselves. Bytes that are not UTF-8 are
 * written as U+00XX escapes (Latin-1), so any X12 gives valid JSON.
 * Nesting is at most JSON_DEPTH; deeper is our fault. Ownership: the buffer
 * is the caller's, and buf->failed tells whether all of it fitted. The names
 * begin with jsonw_, for Jansson, which x12ctl links, has json_object() too.
 */

#include "base/buf.h"

enum { JSON_DEPTH = 63 };

struct json {
	struct buf *out;
	uint64_t comma;  /* one bit a level: something stands before */
	unsigned depth;
	bool after_key;
};

void jsonw_init(struct json *j, struct buf *out);
void jsonw_object(struct json *j);
void jsonw_object_end(struct json *j);
void jsonw_array(struct json *j);
void jsonw_array_end(struct json *j);
void jsonw_key(struct json *j, const char *key);
void jsonw_slice(struct json *j, struct slice s);
void jsonw_str(struct json *j, const char *s);
void jsonw_int(struct json *j, int64_t v);
/* A number, or another word of JSON, as it is. */
void jsonw_word(struct json *j, struct slice word);
void jsonw_bool(struct json *j, bool v);
void jsonw_null(struct json *j);

/* Key and value at once; the _opt forms leave out what is empty or zero. */
void jsonw_kstr(struct json *j, const char *key, const char *s);
void jsonw_kstr_opt(struct json *j, const char *key, const char *s);
void jsonw_kslice(struct json *j, const char *key, struct slice s);
void jsonw_kint(struct json *j, const char *key, int64_t v);
void jsonw_kint_opt(struct json *j, const char *key, int64_t v);
void jsonw_kbool(struct json *j, const char *key, bool v);

#endif
