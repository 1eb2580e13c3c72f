/* SPDX-License-Identifier: ISC */
#include "edi/walk/place.h"

/* Segments that are not plainly where the guide says. */

/* What has no node is for everybody. */
static void __attribute__((cold))
tell_unplaced(struct walk *w)
{
	const struct walk_segment seg = {
		.segment = w->now.segment,
		.frame = &w->frames[w->top].place,
		.ordinal = w->now.ordinal,
	};

	TELL(w, on_segment, l_->ctx, &seg);
}

/* Before one more of a child: of what is wrong with it, one is said. */
static void __attribute__((cold))
say_count(struct walk *w, const struct frame *f, uint16_t child, bool late)
{
	const struct guide_child *c = &f->body->children[child];
	const struct guide_loop *loop = c->loop ? c->loop : f->place.loop;
	uint8_t usage = c->loop ? c->loop->usage : c->segment->usage;
	uint8_t doubt = c->loop ? c->loop->doubt : c->segment->doubt;
	uint32_t max = c->loop ? c->loop->max : c->segment->max;

	if (usage == USAGE_NOT_USED)
		walk_say(w, FINDING_SEGMENT_NOT_USED,
		    doubt & DOUBT_USAGE ? SEVERITY_WARNING : 0, loop, 0);
	else if (f->counts[child] >= max)
		walk_say(w, c->loop ? FINDING_LOOP_OVER_MAX :
		    FINDING_SEGMENT_OVER_MAX,
		    doubt & DOUBT_MAX ? SEVERITY_WARNING : 0, loop, 0);
	else if (late)
		walk_say(w, FINDING_SEGMENT_OUT_OF_ORDER, 0, loop, 0);
}

/* Too late, too often, or not used; a late segment changes nothing around. */
static void __attribute__((cold, noinline))
place_badly(struct walk *w, const struct match *m)
{
	struct frame *f = &w->frames[m->depth];
	const struct match_place c = match_place_of(f->body, m->child, 0);
	bool late = m->fit == FIT_OUT_OF_ORDER;

	if (!late || c.is_loop) {
		end_loops_to(w, m->depth);
		w->lost = -1;
	}
	if (!late)
		advance(w, f, &c);
	say_count(w, f, m->child, late);
	settle(w, f, &c, m->by_id);
}

/* Give the segment the place that was found for it. */
static void
place(struct walk *w, const struct match *m)
{
	struct frame *f = &w->frames[m->depth];
	struct match_place c;

	if (m->fit != FIT_GOOD) {
		place_badly(w, m);
		return;
	}
	c = match_place_of(f->body, m->child, 0);
	place_well(w, f, &c, m->by_id);
}

/* The first segment of a required loop is missing: begin it without. */
static void
place_implied(struct walk *w, const struct match *loop, uint16_t child)
{
	struct frame *f = &w->frames[loop->depth];
	const struct match_place c = match_place_of(f->body,
	    loop->child, 0);
	struct match m = { loop->depth + 1, child, FIT_GOOD, false };
	struct gap at;

	end_loops_to(w, loop->depth);
	advance(w, f, &c);
	f = enter(w, f, loop->child, count(f, &c));
	at = walk_here(w);
	walk_say_missing(w, &f->body->children[0], &at);
	place(w, &m);
}

/* No child has this id and qualifier: what the id alone tells. */
static void
place_by_id(struct walk *w)
{
	bool loops;
	struct match m = walk_match_id(w, w->now.segment, &loops);

	if (m.fit == FIT_GOOD) {
		place(w, &m);
		return;
	}
	if (m.depth < 0) {
		if (!walk_match_lost(w, w->now.segment))
			walk_say_unplaced(w);
		tell_unplaced(w);
		return;
	}
	/* One of several loops: what is in it will not be asked for. */
	if (loops) {
		end_loops_to(w, m.depth);
		w->lost = m.depth;
	}
	walk_say_qualifier(w, m.depth);
	tell_unplaced(w);
}

void
walk_place_with_care(struct walk *w)
{
	struct match m = walk_match(w, w->now.segment), loop;
	uint16_t child;

	if (m.fit >= FIT_FULL || (m.fit != FIT_NONE && m.depth == w->top))
		place(w, &m);
	else if (walk_match_lost(w, w->now.segment))
		tell_unplaced(w);
	else if (walk_match_implied(w, w->now.segment, &loop, &child))
		place_implied(w, &loop, child);
	else if (m.fit != FIT_NONE)
		place(w, &m);
	else
		place_by_id(w);
}
