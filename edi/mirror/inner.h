/* SPDX-License-Identifier: ISC */
#ifndef EDI_MIRROR_INNER_H
#define EDI_MIRROR_INNER_H

/* What the files of the mirror share; for nobody else. */

#include "base/arena.h"
#include "base/buf.h"
#include "edi/guide.h"
#include "edi/segment.h"

/* ---- mirror/text.c: bytes as JSON strings -------------------------------- */

enum { MIRROR_WORST = 6 };  /* bytes of JSON for one byte, at most */

/*
 * Bytes that are not UTF-8 are U+EF80 to U+EFFF, 0xEF00 and the byte; so are
 * those of these code points themselves. Room for MIRROR_WORST * n bytes;
 * returns the end.
 */
char *mirror_encode(char *to, const char *p, size_t n);

/* A whole string with its quotes. */
void mirror_add_string(struct buf *to, struct slice s);

/*
 * A string as it stands in JSON, back to bytes. False: half a surrogate pair,
 * or out of room.
 */
bool mirror_decode(struct buf *to, struct slice raw);

/* ---- mirror/name.c: the keys of a guide, made once ----------------------- */

/* ,"NM103_subscriber_last_name": */
struct mirror_name {
	const char *p;
	uint32_t n;
};

struct mirror_element {
	struct mirror_name name;
	bool repeats;
	uint8_t count;                   /* of its components; 0: simple */
	const struct mirror_name *components;
};

struct mirror_node {
	struct mirror_name head;         /* "segment":"NM1","name":"…" */
	unsigned count;
	const struct mirror_element *elements;
};

struct mirror_names;

struct mirror_names *mirror_names_new(void);
void mirror_names_free(struct mirror_names *n);

/* The keys of a segment of this guide; NULL: out of memory. */
const struct mirror_node *mirror_names_of(struct mirror_names *n,
    const struct guide *g, const struct guide_segment *s);

/*
 * The position that a name has in the segments of this id (and of this name,
 * unless it is empty) of a guide, 0: none, -1: not the same in all. When
 * element is not 0, it is the name of a component of that element.
 */
int mirror_position(const struct guide *g, struct slice id,
    struct slice segment_name, struct slice key, unsigned element);

/* ---- mirror/segment.c ---------------------------------------------------- */

/*
 * Append "segment":.. and what is in it, without the braces. node NULL: ids
 * only. False: out of memory.
 */
bool mirror_add_segment(struct buf *to, const struct segment *s,
    const struct mirror_node *node);

#endif
