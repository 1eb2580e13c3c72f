/* SPDX-License-Identifier: ISC */
#include "edi/walk/place.h"

/* What a loop is asked at its end, and at its begin when that is unusual. */

/*
 * Required children that should have come before, and did not: they may still
 * come late, so only the place is noted.
 */
void
walk_pass_over(struct walk *w, struct frame *f, uint32_t passed)
{
	const struct gap at = walk_here(w);

	f->due &= ~passed;
	f->skipped = true;
	for (; passed; passed &= passed - 1)
		f->gaps[f->body->required[__builtin_ctz(passed)]] = at;
}

/* At the end of a loop: what never came. */
static void __attribute__((cold))
say_skipped(struct walk *w, const struct frame *f)
{
	for (unsigned i = 0; i < f->body->required_count; i++) {
		uint16_t child = f->body->required[i];

		if (f->counts[child] == 0)
			walk_say_missing(w, &f->body->children[child],
			    &f->gaps[child]);
	}
}

/* Once a loop and guide. */
unsigned
walk_loop_minds_ask(struct walk *w, const struct guide_loop *loop)
{
	unsigned minds = WALK_LOOP_KNOWN;

	for (unsigned i = 0; i < w->listener_count; i++) {
		const struct listener *l = &w->listeners[i];
		unsigned its = l->ops->minds_loop ?
		    l->ops->minds_loop(l->ctx, loop) : WALK_BEGIN | WALK_END;

		if (l->ops->on_loop_begin && (its & WALK_BEGIN))
			minds |= 1u << i;
		if (l->ops->on_loop_end && (its & WALK_END))
			minds |= 1u << (i + WALK_LISTENERS);
	}
	if (loop->index < WALK_LOOPS)
		w->loop_minds[loop->index] = minds;
	return minds;
}

/* Once a node and guide. */
unsigned
walk_minds_ask(struct walk *w, const struct guide_segment *node)
{
	unsigned minds = WALK_MINDS_KNOWN;

	for (unsigned i = 0; i < w->listener_count; i++) {
		const struct listener *l = &w->listeners[i];

		if (l->ops->on_segment != NULL && (l->ops->minds == NULL ||
		    l->ops->minds(l->ctx, node)))
			minds |= 1u << i;
	}
	if (node->index < WALK_NODES)
		w->minds[node->index] = (uint16_t)minds;
	return minds;
}

static inline void
end_loop(struct walk *w)
{
	struct frame *f = &w->frames[w->top];

	if (__builtin_expect(f->due != 0, 0))
		walk_pass_over(w, f, f->due);
	if (__builtin_expect(f->skipped, 0))
		say_skipped(w, f);
	TELL_THOSE(w, f->ends, on_end, &f->place);
	if (f->path->is_claim)
		w->claim = 0;
	if (w->lost >= w->top)
		w->lost = -1;
	w->top--;
}

void
walk_end_loops(struct walk *w, int depth)
{
	do
		end_loop(w);
	while (w->top > depth);
}

/* HL01 is kept to be found by HL02, which must name the level above. */
void
walk_enter_level(struct walk *w, struct frame *f)
{
	struct slice id = segment_element(w->now.segment, 1);
	struct slice parent = segment_element(w->now.segment, 2);
	const struct frame *above = f - 1;

	f->hl = id.n > 0 && id.n <= 8 ? guide_pack(id) : 0;
	while (above > w->frames && !above->place.loop->is_hl)
		above--;
	if (above->hl != 0 && parent.n > 0 && parent.n <= 8 &&
	    guide_pack(parent) != above->hl)
		walk_say(w, FINDING_HL_LEVEL, 0, NULL, 2);
}
