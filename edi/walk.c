/* SPDX-License-Identifier: ISC */
#include "edi/walk_core.h"

#include <assert.h>
#include <stdlib.h>

enum { TAG_HL = SEGMENT_TAG2('H', 'L'), TAG_TA1 = SEGMENT_TAG('T', 'A', '1') };

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

/* ---- loops -------------------------------------------------------------- */

static struct gap
here(const struct walk *w)
{
	const struct segment *s = w->now.segment;

	return (struct gap){ s ? s->offset : 0, w->now.ordinal };
}

/*
 * Required children that should have come before, and did not: they may still
 * come late, so only the place is noted.
 */
static void __attribute__((cold, noinline))
pass_over(struct walk *w, struct frame *f, uint32_t passed)
{
	const struct gap at = here(w);

	f->due &= ~passed;
	f->skipped = true;
	for (; passed; passed &= passed - 1)
		f->gaps[f->body->required[__builtin_ctz(passed)]] = at;
}

/* One more of a child, which comes after all of lower rank. */
static inline void
advance(struct walk *w, struct frame *f, const struct match_place *c)
{
	if (__builtin_expect((f->due & c->before) != 0, 0))
		pass_over(w, f, f->due & c->before);
	f->rank = c->rank;
}

/* How many there are with this one. */
static inline uint32_t
count(struct frame *f, const struct match_place *c)
{
	f->due &= ~c->due;
	return ++f->counts[c->child];
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
static unsigned __attribute__((cold, noinline))
loop_minds_ask(struct walk *w, const struct guide_loop *loop)
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

static inline unsigned
loop_minds_of(struct walk *w, const struct match_path *path)
{
	unsigned minds = path->index < WALK_LOOPS ?
	    w->loop_minds[path->index] : 0;

	return minds != 0 ? minds : loop_minds_ask(w, path->loop);
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
	const struct gap at = here(w);
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

INLINE void
end_loop(struct walk *w)
{
	struct frame *f = &w->frames[w->top];

	if (__builtin_expect(f->due != 0, 0))
		pass_over(w, f, f->due);
	if (__builtin_expect(f->skipped, 0))
		say_skipped(w, f);
	TELL_THOSE(w, f->ends, on_end, &f->place);
	if (f->path->is_claim)
		w->claim = 0;
	if (w->lost >= w->top)
		w->lost = -1;
	w->top--;
}

static void __attribute__((noinline))
end_loops(struct walk *w, int depth)
{
	do
		end_loop(w);
	while (w->top > depth);
}

static inline void
end_loops_to(struct walk *w, int depth)
{
	if (w->top > depth)
		end_loops(w, depth);
}

/* ---- segments ----------------------------------------------------------- */

/* Once a node and guide. */
static unsigned __attribute__((cold, noinline))
minds_ask(struct walk *w, const struct guide_segment *node)
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

static inline unsigned
minds_of(struct walk *w, const struct match_place *c)
{
	unsigned minds = c->node < WALK_NODES ? w->minds[c->node] : 0;

	return minds != 0 ? minds : minds_ask(w, c->segment);
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

/* HL01 is kept to be found by HL02, which must name the level above. */
static void
enter_level(struct walk *w, struct frame *f)
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
			enter_level(w, f);
		child = 0;
		instance = 1;
	}
	tell_segment(w, c, f, child, instance, by_id);
}

/* What the way would have said of a child. */
static struct match_place
place_of(const struct frame *f, uint16_t child)
{
	const struct guide_child *c = &f->body->children[child];

	return (struct match_place){ .segment = c->segment, .due = c->due,
		.before = c->before, .child = child, .rank = c->rank,
		.node = c->segment->index, .is_loop = c->loop != NULL };
}

/* Too late, too often, or not used; a late segment changes nothing around. */
static void __attribute__((cold, noinline))
place_badly(struct walk *w, const struct match *m)
{
	struct frame *f = &w->frames[m->depth];
	const struct match_place c = place_of(f, m->child);
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

INLINE void
place_well(struct walk *w, struct frame *f, const struct match_place *c,
    bool by_id)
{
	end_loops_to(w, f->depth);
	w->lost = -1;
	advance(w, f, c);
	settle(w, f, c, by_id);
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
	c = place_of(f, m->child);
	place_well(w, f, &c, m->by_id);
}

/* The first segment of a required loop is missing: begin it without. */
static void
place_implied(struct walk *w, const struct match *loop, uint16_t child)
{
	struct frame *f = &w->frames[loop->depth];
	const struct match_place c = place_of(f, loop->child);
	struct match m = { loop->depth + 1, child, FIT_GOOD, false };
	struct gap at;

	end_loops_to(w, loop->depth);
	advance(w, f, &c);
	f = enter(w, f, loop->child, count(f, &c));
	at = here(w);
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

static void __attribute__((noinline))
place_with_care(struct walk *w)
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

/* Nearly every segment is where the guide says. */
static inline void
place_segment(struct walk *w)
{
	struct frame *f = NULL;
	const struct match_place *c = walk_match_usual(w, w->now.segment, &f);

	if (__builtin_expect(c != NULL, 1))
		place_well(w, f, c, false);
	else
		place_with_care(w);
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
