/* SPDX-License-Identifier: ISC */
#include "edi/walk/core.h"

/* The value of a qualifier, of the first repetition of its element. */
static struct slice
component_qualifier(const struct segment *s, struct slice v,
    unsigned component)
{
	if (s->delimiters->repetition != '\0') {
		const char *p = v.n ? memchr(v.p, s->delimiters->repetition,
		    v.n) : NULL;

		if (p)
			v.n = (size_t)(p - v.p);
	}
	return slice_part(v, s->delimiters->component, component);
}

static inline struct slice
qualifier(const struct segment *s, unsigned element, unsigned component)
{
	struct slice v = segment_element(s, element);

	return component == 0 ? v : component_qualifier(s, v, component);
}

/* A segment that needs a second element to be told from its siblings. */
static bool
second_key_fits(const struct guide_segment *g, const struct segment *s)
{
	const struct guide_element *el = guide_segment_key(g, 1);

	return !el || !el->codes || guide_codes_has(el->codes,
	    qualifier(s, g->key[1], g->key_component[1]));
}

static inline void
consider(const struct frame *f, uint16_t child, uint16_t rank, uint32_t max,
    struct match *best)
{
	enum fit fit = fit_of(f, child, rank, max);

	if (fit > best->fit) {
		best->fit = (uint8_t)fit;
		best->child = child;
		best->depth = f->place.depth;
	}
}

/* The same by looking at the child. */
static enum fit
fit_of_child(const struct frame *f, uint16_t child)
{
	const struct guide_child *c = &f->body->children[child];
	uint8_t usage = c->loop ? c->loop->usage : c->segment->usage;
	uint32_t max = c->loop ? c->loop->max : c->segment->max;

	return fit_of(f, child, c->rank, usage == USAGE_NOT_USED ? 0 : max);
}

/* Codes longer than guide_pack() takes: look at each child. */
static void
consider_long(const struct frame *f, const struct match_group *g,
    const struct segment *s, struct slice value, struct match *best)
{
	for (unsigned i = 0; i < g->child_count; i++) {
		const struct guide_segment *seg =
		    f->body->children[g->children[i]].segment;
		const struct guide_element *el = guide_segment_key(seg, 0);

		if (!el)
			continue;
		if (el->codes && guide_codes_has(el->codes, value) &&
		    second_key_fits(seg, s) &&
		    fit_of_child(f, g->children[i]) > best->fit)
			*best = (struct match){ f->place.depth,
				g->children[i], (uint8_t)fit_of_child(f,
				g->children[i]), false };
	}
}

/* Children whose qualifier has the value; codes are disjoint but for a few. */
static inline void
consider_code(const struct frame *f, const struct match_group *g,
    const struct segment *s, uint64_t code, struct match *best)
{
	const struct match_code *c = g->codes, *end = c + g->code_count;

	while (c < end && c->code < code)
		c++;
	for (; c < end && c->code == code; c++)
		if (!g->has_second || second_key_fits(
		    f->body->children[c->child].segment, s))
			consider(f, c->child, c->rank, c->max, best);
}

static inline __attribute__((always_inline)) void
match_frame(const struct frame *f, const struct match_group *g,
    const struct segment *s, struct match *best)
{
	if (g->element > 0) {
		struct slice v = qualifier(s, g->element, g->component);

		if (v.n <= 8)
			consider_code(f, g, s, guide_pack(v), best);
		else if (g->has_long)
			consider_long(f, g, s, v, best);
	}
	if (g->any != MATCH_NONE && best->fit < FIT_GOOD)
		consider(f, g->any, g->any_rank, g->any_max, best);
}

struct match
walk_match(const struct walk *w, const struct segment *s)
{
	struct match first = { -1, 0, FIT_NONE, false };

	for (int depth = w->top; depth >= 0; depth--) {
		const struct frame *f = &w->frames[depth];
		const struct match_group *g = guide_match_group(f->body,
		    s->tag);
		struct match here = { -1, 0, FIT_NONE, false };

		if (!g)
			continue;
		match_frame(f, g, s, &here);
		if (here.fit == FIT_GOOD)
			return here;
		if (first.fit == FIT_NONE)
			first = here;
	}
	return first;
}

/*
 * True when nothing that the loop requires, but for what begins it, would be
 * missing too. An HL shows its level whatever is missing.
 */
static bool
comes_first(const struct guide_body *b, uint16_t child)
{
	if (b->children[child].loop && b->children[child].loop->is_hl)
		return true;
	for (unsigned i = 0; i < b->required_count; i++) {
		uint16_t r = b->required[i];

		if (r != 0 && b->children[r].rank < b->children[child].rank)
			return false;
	}
	return true;
}

/* The place of a segment in a loop that has not begun. */
static bool
fits_inside(const struct guide_loop *loop, const struct segment *s,
    uint16_t *child)
{
	uint32_t counts[WALK_CHILDREN] = { 1 };
	struct frame f = { .body = loop->body, .counts = counts };
	const struct match_group *g = guide_match_group(loop->body, s->tag);
	struct match best = { -1, 0, FIT_NONE, false };

	f.place.depth = 1;
	if (g)
		match_frame(&f, g, s, &best);
	*child = best.child;
	return best.fit == FIT_GOOD && comes_first(loop->body, best.child);
}

bool
walk_match_implied(const struct walk *w, const struct segment *s,
    struct match *loop, uint16_t *child)
{
	for (int depth = w->top; depth >= 0; depth--) {
		const struct frame *f = &w->frames[depth];

		for (uint16_t i = 0; i < f->body->count; i++) {
			const struct guide_child *c = &f->body->children[i];

			if (!c->loop || c->loop->usage != USAGE_REQUIRED ||
			    c->rank < f->rank || f->counts[i] > 0 ||
			    !fits_inside(c->loop, s, child))
				continue;
			*loop = (struct match){ depth, i, FIT_GOOD, false };
			return true;
		}
	}
	return false;
}

/* An HL belongs under the level that its HL02 names, whatever HL03 says. */
static int
hl_parent_depth(const struct walk *w, const struct segment *s)
{
	struct slice parent = segment_element(s, 2);

	if (parent.n == 0 || parent.n > 8)
		return 0;
	for (int depth = w->top; depth > 0; depth--)
		if (w->frames[depth].hl == guide_pack(parent))
			return depth;
	return -1;
}

static bool
wanted(const struct frame *f, uint16_t child)
{
	const struct guide_child *c = &f->body->children[child];

	return f->counts[child] == 0 &&
	    (c->loop ? c->loop->usage : c->segment->usage) == USAGE_REQUIRED;
}

/* Of the children of one id with room, in order: the only or the due one. */
static bool
choose(const struct frame *f, const struct match_group *g, struct match *m,
    bool *loops)
{
	unsigned n = 0;
	bool due = false;

	for (unsigned i = 0; i < g->child_count; i++) {
		uint16_t child = g->children[i];

		if (fit_of_child(f, child) != FIT_GOOD)
			continue;
		n++;
		*loops |= f->body->children[child].loop != NULL;
		if (n == 1 || (!due && wanted(f, child)))
			m->child = child;
		due |= wanted(f, child);
	}
	m->depth = n > 0 ? f->place.depth : -1;
	m->fit = n == 1 || due ? FIT_GOOD : FIT_NONE;
	return n > 0;
}

struct match
walk_match_id(const struct walk *w, const struct segment *s, bool *loops)
{
	struct match m = { -1, 0, FIT_NONE, true };
	int from = w->top, to = 0;

	*loops = false;
	if (s->tag == TAG_HL &&
	    hl_parent_depth(w, s) >= 0)
		from = to = hl_parent_depth(w, s);
	for (int depth = from; depth >= to; depth--) {
		const struct frame *f = &w->frames[depth];
		const struct match_group *g = guide_match_group(f->body,
		    s->tag);

		if (g && choose(f, g, &m, loops))
			break;
	}
	return m;
}

bool
walk_match_lost(const struct walk *w, const struct segment *s)
{
	const struct guide_body *b;

	if (w->lost < 0 || w->lost > w->top)
		return false;
	b = w->frames[w->lost].body;
	for (unsigned i = 0; i < b->count; i++)
		if (b->children[i].loop &&
		    guide_match_group(b->children[i].loop->body, s->tag))
			return true;
	return false;
}

struct slice
walk_key(const struct walk *w, const struct segment *s, int depth,
    unsigned *element, unsigned *component)
{
	const struct match_group *g = guide_match_group(
	    w->frames[depth].body, s->tag);

	*element = g ? g->element : 1;
	*component = g ? g->component : 0;
	return qualifier(s, *element, *component);
}
