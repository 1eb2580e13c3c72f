/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_MATCH_H
#define EDI_GUIDE_MATCH_H

/*
 * From a segment to the child of a loop that it may be: by id to a group, by
 * the value of its qualifier to the children of that group. Built at load,
 * one a body; for the walk.
 *
 * And from a segment to its place when nothing is unusual: one table for each
 * way from the set to a loop, of all that may follow in it or further out.
 */

#include "edi/guide.h"

enum { MATCH_NONE = 0xffff };

/* With what the walk asks of the child, so that it need not look there. */
struct match_code {
	uint64_t code;             /* guide_pack() of the qualifier's value */
	uint32_t max;              /* 0: not used */
	uint16_t child, rank;
};

struct match_usual;

/* The children that begin with one segment id; tag 0: none. */
struct match_group {
	uint32_t tag;
	uint32_t any_max;
	uint8_t element, component;    /* where the qualifier stands; 0: none */
	bool has_long;                 /* a code of more than 8 characters */
	bool has_second;               /* a second element tells them apart */
	uint16_t any, any_rank;        /* the child without a qualifier */
	uint16_t child_count, code_count;
	const uint16_t *children;      /* in the order of the guide */
	const struct match_usual *usual;   /* NULL: no child may follow */
	const struct match_code *codes;    /* ascending; equal ones in order */
};

/* Groups by a hash of their tag, probing; never full. */
struct guide_match {
	uint32_t mask;
	bool has_usual;
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

/* ---- the usual way ------------------------------------------------------- */

enum match_how {
	MATCH_ANY,                 /* the id alone tells */
	MATCH_ONE,                 /* there is one code */
	MATCH_MANY,
	MATCH_CARE,                /* none of these: the groups above tell */
};

/* A child, with all that the walk asks of it when it takes its place. */
struct match_place {
	uint64_t code;             /* its qualifier's, packed; 0: none needed */
	const struct guide_segment *segment;
	uint32_t max;              /* 0: not used */
	uint32_t due, before;      /* as in guide_child */
	uint16_t child, rank;
	uint16_t node;             /* segment->index */
	bool is_loop;
};

struct match_place match_place_of(const struct guide_body *b, uint16_t child,
    uint64_t code);

/*
 * Where a segment id may stand at one depth; without what begins the loop, for
 * that came, and without what the guide does not use. The usual answer is in
 * it, in one line of the cache.
 */
struct match_step {
	_Alignas(64) uint32_t tag;
	uint8_t depth;
	uint8_t how;               /* enum match_how */
	uint8_t element;
	bool is_part;              /* of the element, its first component */
	struct match_place first;  /* of MATCH_ANY and MATCH_ONE */
	const struct match_more *more;     /* NULL: nothing */
};

/* Of the codes there are as many zeros more as end every search. */
struct match_more {
	const struct match_place *codes;   /* by hash; equal ones in order */
	const struct match_step *next;     /* further out, or NULL */
	struct match_place any;    /* whatever the code; max 0: none */
	uint8_t shift;             /* of a code's hash */
};

/*
 * The way to a loop, with what the walk asks of it when it begins, in another
 * line; the steps are by a hash of their tag.
 */
struct match_path {
	uint32_t mask, count;
	uint32_t factor, shift;    /* of the hash: few tags meet in it */
	const struct guide_loop *loop;
	const struct guide_body *body;
	const struct match_path **in;      /* by child; NULL: a segment */
	uint32_t due;              /* required: with its first segment come */
	uint16_t rank;             /* of that segment */
	uint16_t children, index;  /* body->count, loop->index */
	bool is_claim, is_hl;
	struct match_step steps[];
};

enum { MATCH_PATHS = 1024 };

static inline const struct match_place *
match_codes(const struct match_more *more, uint64_t code)
{
	return more->codes + (code * 0x9e3779b97f4a7c15u >> more->shift);
}

static inline uint32_t
match_slot(const struct match_path *p, uint32_t tag)
{
	return tag * p->factor >> p->shift;
}

/* NULL, or one in which nothing fits: nowhere. */
static inline const struct match_step *
match_step_find(const struct match_path *p, uint32_t tag)
{
	for (uint32_t h = match_slot(p, tag);; h++) {
		const struct match_step *t = &p->steps[h & p->mask];

		if (t->tag == tag)
			return t;
		if (t->tag == 0)
			return NULL;
	}
}

#endif
