/* SPDX-License-Identifier: ISC */
#ifndef EDI_WALK_PLACE_H
#define EDI_WALK_PLACE_H

/*
 * What becomes of a segment whose place is known: loops end and begin, and
 * those are told who mind. Inline, for nearly every segment goes this way; for
 * edi/walk.c, loop.c and care.c.
 */

#include "edi/walk/core.h"

#include <assert.h>

#define TELL(w, op, ...) \
	do { \
		for (unsigned i_ = 0; i_ < (w)->listener_count; i_++) { \
			const struct listener *l_ = &(w)->listeners[i_]; \
			if (l_->ops->op != NULL) \
				l_->ops->op(__VA_ARGS__); \
		} \
	} while (0)

/*
 * The listeners that have a bit, in their order. The first have a call of
 * their own each, for a processor learns where a call goes.
 */
#define TELL_ONE(w, bits, op, what, i) \
	do { \
		if ((bits) & 1u << (i)) \
			(w)->op[i]((w)->ctx[i], what); \
	} while (0)

#define TELL_THOSE(w, bits, op, what) \
	do { \
		const unsigned those_ = (bits); \
		TELL_ONE(w, those_, op, what, 0); \
		TELL_ONE(w, those_, op, what, 1); \
		TELL_ONE(w, those_, op, what, 2); \
		TELL_ONE(w, those_, op, what, 3); \
		for (unsigned i_ = 4; those_ >> i_; i_++) \
			TELL_ONE(w, those_, op, what, i_); \
	} while (0)

/* edi/walk/loop.c */
void walk_pass_over(struct walk *w, struct frame *f, uint32_t passed)
    __attribute__((cold));
unsigned walk_loop_minds_ask(struct walk *w, const struct guide_loop *loop)
    __attribute__((cold));
unsigned walk_minds_ask(struct walk *w, const struct guide_segment *node)
    __attribute__((cold));
void walk_end_loops(struct walk *w, int depth);
void walk_enter_level(struct walk *w, struct frame *f);

/* edi/walk/care.c: a segment whose place is not plain. */
void walk_place_with_care(struct walk *w);

/* ---- loops -------------------------------------------------------------- */

static inline struct gap
walk_here(const struct walk *w)
{
	const struct segment *s = w->now.segment;

	return (struct gap){ s ? s->offset : 0, w->now.ordinal };
}

/* One more of a child, which comes after all of lower rank. */
static inline void
advance(struct walk *w, struct frame *f, const struct match_place *c)
{
	if (__builtin_expect((f->due & c->before) != 0, 0))
		walk_pass_over(w, f, f->due & c->before);
	f->rank = c->rank;
}

/* How many there are with this one. */
static inline uint32_t
count(struct frame *f, const struct match_place *c)
{
	f->due &= ~c->due;
	return ++f->counts[c->child];
}

static inline unsigned
loop_minds_of(struct walk *w, const struct match_path *path)
{
	unsigned minds = path->index < WALK_LOOPS ?
	    w->loop_minds[path->index] : 0;

	return minds != 0 ? minds : walk_loop_minds_ask(w, path->loop);
}

/* The counts of a body, sixteen at a time. */
static inline void
clear_counts(struct frame *f)
{
	uint32_t *p = f->counts, *end = p + f->path->children;

	do {
		memset(p, 0, 16 * sizeof(*p));
		p += 16;
	} while (p < end);
}

/* f is the next frame: the one inside of the innermost. */
INLINE void
begin_loop(struct walk *w, struct frame *f, const struct match_path *path,
    uint32_t instance)
{
	const struct gap at = walk_here(w);
	int depth = ++w->top;
	unsigned minds;

	assert(depth < WALK_DEPTH);
	f->body = path->body;
	f->path = path;
	f->due = path->due;
	f->rank = path->rank;
	f->skipped = false;
	f->ends = 0;
	f->hl = 0;
	f->place.loop = path->loop;
	f->place.instance = instance;
	f->place.serial = w->serial++;
	f->place.segment = at.ordinal;
	f->place.offset = at.offset;
	f->depth = f->place.depth = (uint8_t)depth;
	clear_counts(f);
	if (path->is_claim)
		w->claim = ++w->claims;
	if (depth == 0)
		return;
	f->counts[0] = 1;
	minds = loop_minds_of(w, path);
	f->ends = (uint8_t)(minds >> WALK_LISTENERS);
	TELL_THOSE(w, minds & WALK_LISTENER_BITS, on_begin, &f->place);
}

static inline void
end_loops_to(struct walk *w, int depth)
{
	if (w->top > depth)
		walk_end_loops(w, depth);
}

/* ---- segments ----------------------------------------------------------- */

static inline unsigned
minds_of(struct walk *w, const struct match_place *c)
{
	unsigned minds = c->node < WALK_NODES ? w->minds[c->node] : 0;

	return minds != 0 ? minds : walk_minds_ask(w, c->segment);
}

static inline void
tell_segment(struct walk *w, const struct match_place *c,
    const struct frame *f, uint16_t child, uint32_t instance, bool by_id)
{
	w->now.node = c->segment;
	w->now.frame = &f->place;
	w->now.instance = instance;
	w->now.child = child;
	w->now.by_id = by_id;
	TELL_THOSE(w, minds_of(w, c) & WALK_LISTENER_BITS, on_segment,
	    &w->now);
}

/* Begin the loop that is a child of the innermost frame. */
INLINE struct frame *
enter(struct walk *w, struct frame *f, uint16_t child, uint32_t instance)
{
	begin_loop(w, f + 1, f->path->in[child], instance);
	return f + 1;
}

/* The segment has its place: begin its loop, and tell. */
INLINE void
settle(struct walk *w, struct frame *f, const struct match_place *c,
    bool by_id)
{
	uint32_t instance = count(f, c);
	uint16_t child = c->child;

	if (c->is_loop) {
		f = enter(w, f, child, instance);
		if (f->path->is_hl)
			walk_enter_level(w, f);
		child = 0;
		instance = 1;
	}
	tell_segment(w, c, f, child, instance, by_id);
}

INLINE void
place_well(struct walk *w, struct frame *f, const struct match_place *c,
    bool by_id)
{
	end_loops_to(w, f->depth);
	w->lost = -1;
	advance(w, f, c);
	settle(w, f, c, by_id);
}

#endif
