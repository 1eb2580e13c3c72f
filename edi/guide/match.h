/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_MATCH_H
#define EDI_GUIDE_MATCH_H

/*
 * From a segment to the child of a loop that it may be: by id to a group, by
 * the value of its qualifier to the children of that group. Built at load,
 * one a body; for the walk.
 */

#include "edi/guide.h"

enum { MATCH_NONE = 0xffff };

/* With what the walk asks of the child, so that it need not look there. */
struct match_code {
	uint64_t code;             /* guide_pack() of the qualifier's value */
	uint32_t max;              /* 0: not used */
	uint16_t child, rank;
};

/* The children that begin with one segment id; tag 0: none. */
struct match_group {
	uint32_t tag;
	uint32_t any_max;
	uint8_t element, component;    /* where the qualifier stands; 0: none */
	bool has_long;                 /* a code of more than 8 characters */
	bool has_second;               /* a second element tells them apart */
	bool is_plain;                 /* neither */
	uint16_t any, any_rank;        /* the child without a qualifier */
	uint16_t child_count, code_count;
	const uint16_t *children;      /* in the order of the guide */
	const struct match_code *codes;    /* ascending; equal ones in order */
};

/* Groups by a hash of their tag, probing; never full. */
struct guide_match {
	uint32_t mask;
	uint32_t *tags;                /* of the groups: most miss at once */
	struct match_group groups[];
};

static inline uint32_t
match_hash(uint32_t tag)
{
	return tag * 2654435761u >> 16;
}

static inline const struct match_group *
guide_match_find(const struct guide_match *m, uint32_t tag)
{
	for (uint32_t h = match_hash(tag);; h++) {
		uint32_t there = m->tags[h & m->mask];

		/* First: a tag of 0, which is no id, finds nothing. */
		if (there == 0)
			return NULL;
		if (there == tag)
			return &m->groups[h & m->mask];
	}
}

/* NULL: the loop has no child that begins with this segment id. */
static inline const struct match_group *
guide_match_group(const struct guide_body *b, uint32_t tag)
{
	return guide_match_find(b->match, tag);
}

#endif
