/* SPDX-License-Identifier: ISC */
#include "edi/walk/place.h"

#include <stdlib.h>

struct walk *
walk_new(struct scan *s, struct guides *g,
    const struct walk_settings *settings)
{
	struct walk *w = aligned_alloc(_Alignof(struct walk), sizeof(*w));

	if (!w)
		return NULL;
	memset(w, 0, sizeof(*w));
	/* A loop clears its own when it begins. */
	w->counts = reallocarray(NULL, WALK_DEPTH * WALK_CHILDREN,
	    sizeof(*w->counts));
	w->gaps = reallocarray(NULL, WALK_DEPTH * WALK_CHILDREN,
	    sizeof(*w->gaps));
	if (!w->counts || !w->gaps) {
		walk_free(w);
		return NULL;
	}
	for (unsigned i = 0; i < WALK_DEPTH; i++) {
		w->frames[i].counts = w->counts + i * WALK_CHILDREN;
		w->frames[i].gaps = w->gaps + i * WALK_CHILDREN;
	}
	w->scan = s;
	w->guides = g;
	w->snip = settings ? settings->snip : WALK_SNIP_ALL;
	w->top = w->lost = -1;
	return w;
}

void
walk_free(struct walk *w)
{
	if (!w)
		return;
	free(w->counts);
	free(w->gaps);
	free(w);
}

void
walk_add(struct walk *w, const struct walk_ops *ops, void *ctx)
{
	assert(w->listener_count < WALK_LISTENERS);
	w->ctx[w->listener_count] = ctx;
	w->on_segment[w->listener_count] = ops->on_segment;
	w->on_begin[w->listener_count] = ops->on_loop_begin;
	w->on_end[w->listener_count] = ops->on_loop_end;
	w->listeners[w->listener_count++] = (struct listener){ ops, ctx };
}

const struct guide *
walk_guide(const struct walk *w)
{
	return w->guide;
}

const struct walk_frame *
walk_frame(const struct walk *w, int depth)
{
	if (depth < 0)
		depth = w->top;
	return depth >= 0 && depth <= w->top ? &w->frames[depth].place : NULL;
}

uint32_t
walk_claim(const struct walk *w)
{
	return w->claim;
}

uint32_t
walk_claims(const struct walk *w)
{
	return w->claims;
}

/* ---- segments ----------------------------------------------------------- */

/* Of a set whose guide is unknown. */
static void __attribute__((cold, noinline))
tell_strangers(struct walk *w)
{
	const struct walk_segment seg = { .segment = w->now.segment,
		.ordinal = w->now.ordinal };

	for (unsigned i = 0; i < w->listener_count; i++)
		if (w->listeners[i].ops->strangers)
			w->listeners[i].ops->on_segment(w->listeners[i].ctx,
			    &seg);
}

/* Nearly every segment is where the guide says. */
static inline void
place_segment(struct walk *w)
{
	struct frame *f = NULL;
	const struct match_place *c = walk_match_usual(w, w->now.segment, &f);

	if (__builtin_expect(c != NULL, 1))
		place_well(w, f, c, false);
	else
		walk_place_with_care(w);
}

/* A TA1 stands outside of sets; its place is in the envelope's guide. */
static void __attribute__((cold, noinline))
envelope_segment(struct walk *w)
{
	struct walk_frame none = { 0 };
	struct walk_segment seg = { .segment = w->now.segment, .frame = &none };
	struct guide_place at;

	if (!w->envelope)
		w->envelope = guides_find(w->guides, SLICE_LIT("00501"),
		    SLICE_LIT("ISA"), NULL);
	if (!w->envelope || !guide_find(w->envelope, "TA1", &at))
		return;
	none.loop = w->envelope->root;
	seg.node = at.segment;
	seg.instance = 1;
	TELL(w, on_segment, l_->ctx, &seg);
}

/* ---- from the scan ------------------------------------------------------ */

void
walk_on_set(struct walk *w, const struct scan_set *set)
{
	w->guide = guides_find(w->guides, slice_str(set->version),
	    slice_str(set->id), NULL);
	w->top = w->lost = -1;
	w->serial = w->claim = w->claims = 0;
	w->now.segment = NULL;
	w->now.ordinal = 1;
	if (!w->guide)
		walk_report(w, &finding_defs[FINDING_GUIDE_UNKNOWN], NULL);
	if (w->guide != w->minds_guide) {
		memset(w->minds, 0, sizeof(w->minds));
		memset(w->loop_minds, 0, sizeof(w->loop_minds));
	}
	w->minds_guide = w->guide;
	TELL(w, on_set, l_->ctx, w->guide);
	if (w->guide)
		begin_loop(w, w->frames, w->guide->path, 1);
}

void
walk_on_segment(struct walk *w, const struct segment *s, uint32_t ordinal)
{
	w->now.segment = s;
	w->now.ordinal = ordinal;
	if (ordinal == 0) {
		if (s->tag == TAG_TA1)
			envelope_segment(w);
	} else if (w->top >= 0) {
		place_segment(w);
	} else {
		tell_strangers(w);
	}
	w->now.segment = NULL;
}

void
walk_on_set_end(struct walk *w, const struct scan_set *set)
{
	w->now.ordinal = set->segments;
	end_loops_to(w, -1);
	TELL(w, on_set_end, l_->ctx);
	w->guide = NULL;
	w->claim = 0;
}
