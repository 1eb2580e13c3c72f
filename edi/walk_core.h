/* SPDX-License-Identifier: ISC */
#ifndef EDI_WALK_CORE_H
#define EDI_WALK_CORE_H

/* The inside of a walk, shared by walk.c, walk_match.c and walk_report.c. */

#include "edi/guide_match.h"
#include "edi/walk.h"

struct frame {
	struct walk_frame place;       /* first: a listener sees only this */
	const struct guide_body *body;
	const struct guide_match *match;   /* of the body */
	uint16_t rank;                 /* of the child that came last */
	uint16_t required;             /* of body->required: not yet passed */
	uint16_t required_rank;        /* of that child; UINT16_MAX: none */
	bool skipped;                  /* a required child was passed over */
	uint64_t hl;                   /* HL01, packed; 0: none */
	uint32_t *counts;              /* of each child */
	struct gap *gaps;              /* where each was passed over */
};

/* The segment that came where a required child is missing. */
struct gap {
	uint64_t offset;
	uint32_t ordinal;
};

struct listener {
	const struct walk_ops *ops;
	void *ctx;
};

struct walk {
	struct scan *scan;
	struct guides *guides;
	unsigned snip;
	const struct guide *guide;     /* of this set, or NULL */
	const struct guide *envelope;
	int top;                       /* innermost frame; -1: none */
	int lost;                      /* see walk_match_code(); -1: not */
	uint32_t serial, claim, claims;
	unsigned listener_count;
	const struct segment *now;
	uint32_t ordinal;
	uint32_t *counts;              /* of all frames */
	struct gap *gaps;
	struct listener listeners[WALK_LISTENERS];
	struct frame frames[WALK_DEPTH];
};

/* How well a segment fits the child of a frame. */
enum fit { FIT_NONE, FIT_OUT_OF_ORDER, FIT_FULL, FIT_GOOD };

struct match {
	int depth;
	uint16_t child;
	uint8_t fit;
	bool by_id;            /* its qualifier is not one of the child's */
};

/* walk_match.c */

/* By id and qualifier. */
struct match walk_match(const struct walk *w, const struct segment *s);

/*
 * In a required loop that has not begun, and whose first segment is missing:
 * the frame's depth and the loop's place in it; and the place in the loop.
 */
bool walk_match_implied(const struct walk *w, const struct segment *s,
    struct match *loop, uint16_t *child);

/*
 * By id alone. FIT_NONE with depth >= 0: several would do, none is sure; the
 * depth is of the frame they are children of, and loops tells whether any of
 * them is a loop.
 */
struct match walk_match_id(const struct walk *w, const struct segment *s,
    bool *loops);

/* A segment inside of what could not be told: in a loop of a frame. */
bool walk_match_lost(const struct walk *w, const struct segment *s);

/* The value of the qualifier that a frame's children of this id have. */
struct slice walk_key(const struct walk *w, const struct segment *s,
    int depth, unsigned *element, unsigned *component);

/* walk_report.c */
void walk_say_missing(struct walk *w, const struct guide_child *c,
    const struct gap *at);
void walk_say_unplaced(struct walk *w);
void walk_say_qualifier(struct walk *w, int depth);
void walk_say(struct walk *w, enum finding_id id, uint8_t severity,
    const struct guide_loop *loop, unsigned element);

#endif
