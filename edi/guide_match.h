/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_MATCH_H
#define EDI_GUIDE_MATCH_H

/*
 * From a segment to the child of a loop that it may be: by id to a group, by
 * the value of its qualifier to the children of that group. Built at load,
 * one a body; for the walk.
 */

#include "edi/guide.h"

enum { MATCH_SLOTS = 128, MATCH_NONE = 0xffff };

struct match_code {
	uint64_t code;             /* guide_pack() of the qualifier's value */
	uint16_t child;
};

/* The children that begin with one segment id. */
struct match_group {
	uint32_t tag;
	uint8_t element, component;    /* where the qualifier stands; 0: none */
	bool has_long;                 /* a code of more than 8 characters */
	bool has_second;               /* a second element tells them apart */
	uint16_t any;                  /* the child without a qualifier */
	uint16_t child_count, code_count;
	const uint16_t *children;      /* in the order of the guide */
	const struct match_code *codes;    /* ascending; equal ones in order */
};

struct guide_match {
	uint16_t group_count;
	uint8_t slots[MATCH_SLOTS];    /* hash of a tag to group + 1, probing */
	const struct match_group *groups;
};

static inline unsigned
match_hash(uint32_t tag)
{
	return (tag * 2654435761u) >> 25;
}

/* NULL: the loop has no child that begins with this segment id. */
static inline const struct match_group *
guide_match_group(const struct guide_body *b, uint32_t tag)
{
	const struct guide_match *m = b->match;

	for (unsigned h = match_hash(tag); m->slots[h] != 0;
	    h = (h + 1) % MATCH_SLOTS)
		if (m->groups[m->slots[h] - 1].tag == tag)
			return &m->groups[m->slots[h] - 1];
	return NULL;
}

#endif
