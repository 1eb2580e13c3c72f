/* SPDX-License-Identifier: ISC */
#ifndef EDI_WALK_CORE_H
#define EDI_WALK_CORE_H

/* The inside of a walk, shared by edi/walk.c and the files of edi/walk/. */

#include "edi/guide/match.h"
#include "edi/walk.h"

/* What every segment asks comes first, and fills one line of the cache. */
struct frame {
	_Alignas(64) const struct match_path *path;
	uint32_t *counts;              /* of each child */
	uint32_t due;                  /* required, not come, not passed */
	uint16_t rank;                 /* of the child that came last */
	bool skipped;                  /* a required child was passed over */
	uint8_t ends;                  /* who is told of its end */
	uint8_t depth;                 /* as in place */
	const struct guide_body *body;
	struct gap *gaps;              /* where each was passed over */
	uint64_t hl;                   /* HL01, packed; 0: none */
	struct walk_frame place;       /* what a listener sees of it */
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
	int lost;                      /* see walk_match_lost(); -1: not */
	uint32_t serial, claim, claims;
	unsigned listener_count;
	struct walk_segment now;       /* its segment NULL: between them */
	uint32_t *counts;              /* of all frames */
	struct gap *gaps;
	struct listener listeners[WALK_LISTENERS];
	/* The same by what is told most. */
	void *ctx[WALK_LISTENERS];
	void (*on_segment[WALK_LISTENERS])(void *ctx,
	    const struct walk_segment *s);
	void (*on_begin[WALK_LISTENERS])(void *ctx,
	    const struct walk_frame *f);
	void (*on_end[WALK_LISTENERS])(void *ctx, const struct walk_frame *f);
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

#define INLINE static inline __attribute__((always_inline))

/* The element's value, or its first component; 0 when that is no short code. */
INLINE uint64_t
usual_code(const struct match_step *t, const struct segment *s)
{
	struct slice v = segment_element(s, t->element);

	if (t->is_part && v.n > 0) {
		uint32_t at;

		v.n = v.n < 16 ? v.n : 16;
		at = segment_separators(v, s->delimiters->component);
		v.n = at ? (unsigned)__builtin_ctz(at) : v.n;
	}
	return v.n - 1 < 8 ? digits_load(v.p, v.n) : 0;
}

INLINE bool
usual_fits(const struct frame *f, const struct match_place *c)
{
	return c->rank >= f->rank && f->counts[c->child] < c->max;
}

/* A repetition may have hidden the end of the code. */
INLINE bool
usual_repeats(const struct match_step *t, const struct segment *s)
{
	struct slice v = segment_element(s, t->element);

	return t->is_part && v.n > 0 && s->delimiters->repetition != '\0' &&
	    memchr(v.p, s->delimiters->repetition, v.n);
}

/* By its code; NULL: it has none of those, or there is no room. */
INLINE const struct match_place *
usual_match(const struct match_step *t, const struct frame *f,
    const struct segment *s)
{
	uint64_t code = usual_code(t, s);
	const struct match_place *c = &t->first;

	if (t->how == MATCH_ONE)
		return c->code == code && usual_fits(f, c) ? c : NULL;
	for (c = match_codes(t->more, code); c->code != 0; c++)
		if (c->code == code && usual_fits(f, c))
			return c;
	return NULL;
}

/*
 * The usual case of walk_match(): a place that is in order and has room, told
 * by one short code or by the id alone. NULL: ask walk_match().
 */
INLINE const struct match_place *
walk_match_usual(struct walk *w, const struct segment *s, struct frame **in)
{
	const struct match_step *t = match_step_find(
	    w->frames[w->top].path, s->tag);

	while (t && t->how != MATCH_CARE) {
		struct frame *f = *in = &w->frames[t->depth];
		const struct match_place *c = &t->first;

		if (t->how == MATCH_ANY) {
			if (usual_fits(f, c))
				return c;
		} else {
			if ((c = usual_match(t, f, s)))
				return c;
			if (usual_repeats(t, s))
				return NULL;
			if (t->more && usual_fits(f, &t->more->any))
				return &t->more->any;
		}
		t = t->more ? t->more->next : NULL;
	}
	return NULL;
}

/* edi/walk/match.c */

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

/* edi/walk/report.c */
void walk_say_missing(struct walk *w, const struct guide_child *c,
    const struct gap *at);
void walk_say_unplaced(struct walk *w);
void walk_say_qualifier(struct walk *w, int depth);
void walk_say(struct walk *w, enum finding_id id, uint8_t severity,
    const struct guide_loop *loop, unsigned element);

#endif
