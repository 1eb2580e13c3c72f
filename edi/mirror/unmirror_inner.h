/* SPDX-License-Identifier: ISC */
#ifndef EDI_MIRROR_UNMIRROR_INNER_H
#define EDI_MIRROR_UNMIRROR_INNER_H

/* What unmirror.c and unmirror_segment.c share; for nobody else. */

#include "base/json_read.h"
#include "edi/mirror.h"
#include "edi/mirror/inner.h"

/* What a character is to the interchange: bits of unmirror->class. */
enum {
	CLASS_ELEMENT = 1, CLASS_TERMINATOR = 2, CLASS_COMPONENT = 4,
	CLASS_REPETITION = 8,
};

/* A key that is an element or a component, and its value. */
struct member {
	struct slice key;
	struct json_string string;    /* when it is one */
	struct slice raw;             /* else */
	bool is_string;
	uint32_t position;
};

/* An object as it was read; what is not there has a NULL p. */
struct item {
	struct json_string segment, name, before, text, suffix, guide, type;
	struct slice delimiters, trailing;
	bool content;
	uint32_t first, count;        /* of unmirror->members */
};

struct unmirror {
	struct err error;             /* the first; sticks */
	struct guides *guides;
	mirror_write *write;
	void *ctx;
	struct buf line;              /* a line not all of which is there */
	struct buf out;
	uint64_t number;              /* of the line */
	struct member *members;       /* a stack: composites above segments */
	uint32_t member_count, member_room;
	uint8_t class[256];
	char element, component, repetition;
	bool has_component, has_repetition;
	struct buf tail;              /* terminator and suffix */
	bool fresh;                   /* nothing stands before */
	bool begun;                   /* an ISA was written */
	bool ended;                   /* the last line was an end */
	const struct guide *guide, *envelope;
	char version[36];             /* GS08 */
};

/* The line is wrong, at a key or (NULL) altogether; returns false. */
bool unmirror_bad(struct unmirror *u, const struct slice *key,
    const char *fmt, ...) __attribute__((format(printf, 3, 4), cold));

bool unmirror_push(struct unmirror *u, const struct member *m);

/* The value of a member that is neither content nor a name of ours. */
bool unmirror_value(struct unmirror *u, struct json_read *r,
    struct member *m);

/* Append a segment, what stands before it included. */
bool unmirror_segment(struct unmirror *u, struct item *i);

/* Append what the string holds, decoded. */
bool unmirror_text(struct unmirror *u, struct buf *to,
    const struct json_string *s);

/* What a segment or an end stands after: said, or regular. */
bool unmirror_before(struct unmirror *u, const struct item *i);

#endif
