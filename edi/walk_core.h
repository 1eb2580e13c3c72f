/* SPDX-License-Identifier: ISC */
#ifndef EDI_WALK_CORE_H
#define EDI_WALK_CORE_H

/* The inside of a walk, shared by walk.c, walk_match.c and walk_report.c. */

#include "edi/guide/match.h"
#include "edi/walk.h"

struct frame {
	struct walk_frame place;       /* first: a listener sees only this */
	const struct guide_body *body;
	const struct guide_match *match;   /* of the body */
	uint16_t rank;                 /* of the child that came last */
	uint16_t required;             /* of body->required: not yet passed */
	uint16_t required_rank;        /* of that child; UINT16_MAX: none */
	bool skipped;                  /* a required child was passed over */
	uint8_t ends;                  /* who is told of its end */
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

/* Who minds the segments of a node: a bit a listener, once that is known. */
enum { WALK_NODES = 1024, WALK_MINDS_KNOWN = 1 << WALK_LISTENERS };

/* The same of a loop's begin, and WALK_LISTENERS bits higher of its end. */
enum {
	WALK_LOOPS = 512,
	WALK_LOOP_KNOWN = 1 << 2 * WALK_LISTENERS,
	WALK_LISTENER_BITS = WALK_MINDS_KNOWN - 1,
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
	const struct guide *minds_guide;       /* that minds are of */
	uint16_t minds[WALK_NODES];            /* by guide_segment.index */
	uint32_t loop_minds[WALK_LOOPS];       /* by guide_loop.index */
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

/* How well the child of a frame would take one more. */
static inline enum fit
fit_of(const struct frame *f, uint16_t child, uint16_t rank, uint32_t max)
{
	/* What begins a loop comes once in it. */
	if (child == 0 && f->place.depth > 0 && f->counts[0] > 0)
		return FIT_NONE;
	if (rank < f->rank)
		return FIT_OUT_OF_ORDER;
	return f->counts[child] < max ? FIT_GOOD : FIT_FULL;
}

/* The child of a group that the segment plainly is; NULL: none, or ask. */
static inline __attribute__((always_inline)) bool
walk_match_group(const struct frame *f, const struct match_group *g,
    const struct segment *s, struct match *m)
{
	const struct match_code *c = g->codes, *end = c + g->code_count;
	struct slice v = segment_element(s, g->element);
	uint64_t code;

	if (g->component > 0 && v.n > 0)
		v = segment_part(v, s->delimiters->component, g->component);
	if (g->element > 0 && v.n <= 8) {
		code = guide_pack(v);
		while (c < end && c->code < code)
			c++;
		for (; c < end && c->code == code; c++)
			if (fit_of(f, c->child, c->rank, c->max) == FIT_GOOD) {
				m->child = c->child;
				return true;
			}
	}
	m->child = g->any;
	return g->any != MATCH_NONE &&
	    fit_of(f, g->any, g->any_rank, g->any_max) == FIT_GOOD;
}

/*
 * The usual case of walk_match(): a place that is in order and has room, told
 * by one qualifier that does not repeat. False: ask walk_match().
 */
static inline bool
walk_match_plainly(const struct walk *w, const struct segment *s,
    struct match *m)
{
	for (int depth = w->top; depth >= 0; depth--) {
		const struct frame *f = &w->frames[depth];
		const struct match_group *g = guide_match_find(f->match,
		    s->tag);

		if (!g)
			continue;
		if (!g->is_plain || (g->component > 0 &&
		    s->delimiters->repetition != '\0' &&
		    memchr(s->base + s->mark[0], s->delimiters->repetition,
		    s->mark[s->count] - s->mark[0])))
			return false;
		if (walk_match_group(f, g, s, m)) {
			m->depth = depth;
			m->fit = FIT_GOOD;
			m->by_id = false;
			return true;
		}
	}
	return false;
}

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
