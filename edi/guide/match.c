/* SPDX-License-Identifier: ISC */
#include "edi/guide/match.h"

#include <stdlib.h>

#include "edi/guide/draft.h"

enum {
	CODES_MAX = 1024,
	PATH_SLOTS = 1024,      /* the standard has 112 segments */
	PATH_TRIES = 48,
};

static int
match_compare(const void *a, const void *b)
{
	const struct match_code *x = a, *y = b;

	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	return (int)x->child - (int)y->child;
}

static uint32_t
max_of(const struct guide_child *c)
{
	uint8_t usage = c->loop ? c->loop->usage : c->segment->usage;

	if (usage == USAGE_NOT_USED)
		return 0;
	return c->loop ? c->loop->max : c->segment->max;
}

static int
group_codes(struct draft *d, const struct guide_child *children,
    struct match_group *g)
{
	struct match_code codes[CODES_MAX], *own;
	unsigned n = 0;

	g->any = MATCH_NONE;
	for (unsigned i = 0; i < g->child_count; i++) {
		uint16_t child = g->children[i];
		const struct guide_segment *s = children[child].segment;
		const struct guide_element *key = guide_segment_key(s, 0);

		if (!key || !key->codes) {
			g->any = child;
			g->any_rank = children[child].rank;
			g->any_max = max_of(&children[child]);
			continue;
		}
		g->element = s->key[0];
		g->component = s->key_component[0];
		g->has_long |= key->codes->packed_count < key->codes->count;
		g->has_second |= s->key[1] > 0;
		for (uint32_t c = 0; c < key->codes->packed_count; c++) {
			if (n == CODES_MAX)
				return err_set(d->e, -EINVAL,
				    "too many codes for one segment id");
			codes[n++] = (struct match_code){
				key->codes->packed[c],
				max_of(&children[child]), child,
				children[child].rank };
		}
	}
	qsort(codes, n, sizeof(*codes), match_compare);
	own = arena_array(d->arena, n + 1, sizeof(*own));
	if (!own)
		return draft_no_memory(d);
	memcpy(own, codes, n * sizeof(*codes));
	g->codes = own;
	g->code_count = (uint16_t)n;
	return 0;
}

static struct match_group *
group_for(struct guide_match *m, uint32_t tag)
{
	uint32_t h = match_hash(tag);

	while (m->groups[h & m->mask].tag != 0 &&
	    m->groups[h & m->mask].tag != tag)
		h++;
	return &m->groups[h & m->mask];
}

static int
group_add(struct draft *d, const struct guide_body *body,
    struct match_group *g, uint16_t child)
{
	uint16_t *children = (uint16_t *)g->children;

	g->tag = body->children[child].segment->tag;
	if (!children) {
		children = arena_array(d->arena, body->count,
		    sizeof(*children));
		g->children = children;
	}
	if (!children)
		return draft_no_memory(d);
	children[g->child_count++] = child;
	return 0;
}

/* Twice as many places as children, at least: most tags miss at once. */
int
draft_match(struct draft *d, struct guide_body *body)
{
	uint32_t size = 8;
	struct guide_match *m;
	int rc = 0;

	while (size < 2u * body->count)
		size *= 2;
	m = arena_alloc(d->arena, sizeof(*m) + size * sizeof(*m->groups));
	if (!m || !(m->tags = arena_array(d->arena, size, sizeof(*m->tags))))
		return draft_no_memory(d);
	m->mask = size - 1;
	for (uint16_t i = 0; i < body->count && rc == 0; i++)
		rc = group_add(d, body, group_for(m,
		    body->children[i].segment->tag), i);
	for (uint32_t i = 0; i < size; i++)
		m->tags[i] = m->groups[i].tag;
	for (uint32_t i = 0; i < size && rc == 0; i++)
		if (m->groups[i].tag != 0)
			rc = group_codes(d, body->children, &m->groups[i]);
	body->match = m;
	return rc;
}

/* ---- the usual way ------------------------------------------------------- */

static void *
alloc_lines(struct draft *d, size_t n)
{
	const size_t line = _Alignof(struct match_step);
	char *p = arena_alloc(d->arena, n + line);

	return p ? p + (-(uintptr_t)p & (line - 1)) : NULL;
}

/* The step of a group, but for its depth and what is further out. */
struct match_usual {
	struct match_step step;
	struct match_more more;
};

/* A child that may follow: what begins a loop came, but for that of the set. */
static bool
may_follow(const struct guide_body *b, uint16_t child, bool is_set)
{
	return (child > 0 || is_set) && max_of(&b->children[child]) > 0;
}

/* Does more than one short code, of the element itself, tell a child? */
static bool
needs_care(const struct guide_body *b, const struct match_group *g,
    bool is_set)
{
	for (unsigned i = 0; i < g->child_count; i++) {
		const struct guide_segment *s =
		    b->children[g->children[i]].segment;
		const struct guide_element *key = guide_segment_key(s, 0);

		if (key && key->codes &&
		    may_follow(b, g->children[i], is_set) &&
		    (s->key[1] > 0 || g->component > 1 ||
		    key->codes->packed_count < key->codes->count))
			return true;
	}
	return false;
}

struct match_place
match_place_of(const struct guide_body *b, uint16_t child, uint64_t code)
{
	const struct guide_child *c = &b->children[child];

	return (struct match_place){ .code = code, .segment = c->segment,
		.max = max_of(c), .due = c->due, .before = c->before,
		.child = child, .rank = c->rank, .node = c->segment->index,
		.is_loop = c->loop != NULL };
}

/* The codes of those that may follow: one, or many by a hash. */
static int
usual_codes(struct draft *d, const struct guide_body *b,
    const struct match_group *g, bool is_set, struct match_usual *u)
{
	unsigned bits = 1, n = 0;
	struct match_place *codes;

	for (unsigned i = 0; i < g->code_count; i++)
		if (may_follow(b, g->codes[i].child, is_set) && n++ == 0)
			u->step.first = match_place_of(b,
			    g->codes[i].child, g->codes[i].code);
	if (n == 0)
		return 0;
	u->step.how = n == 1 ? MATCH_ONE : MATCH_MANY;
	u->step.element = g->element;
	u->step.is_part = g->component > 0;
	while (1u << bits < 2 * n)
		bits++;
	u->more.shift = (uint8_t)(64 - bits);
	u->more.codes = codes = arena_array(d->arena, (1u << bits) + n + 1,
	    sizeof(*codes));
	if (!codes)
		return draft_no_memory(d);
	for (unsigned i = 0; i < g->code_count; i++) {
		const struct match_code *from = &g->codes[i];
		struct match_place *c = codes +
		    (match_codes(&u->more, from->code) - codes);

		if (!may_follow(b, from->child, is_set))
			continue;
		while (c->code != 0)
			c++;
		*c = match_place_of(b, from->child, from->code);
	}
	return 0;
}

static int
usual_group(struct draft *d, const struct guide_body *b,
    struct match_group *g, bool is_set)
{
	struct match_usual *u = alloc_lines(d, sizeof(*u));
	struct match_place any = { .max = 0 };
	int rc;

	if (!u)
		return draft_no_memory(d);
	if (g->any != MATCH_NONE && may_follow(b, g->any, is_set))
		any = match_place_of(b, g->any, 0);
	u->step.tag = g->tag;
	if (needs_care(b, g, is_set))
		u->step.how = MATCH_CARE;
	else if ((rc = usual_codes(d, b, g, is_set, u)) < 0)
		return rc;
	if (u->step.how == MATCH_ANY)
		u->step.first = any;
	else
		u->more.any = any;
	if (u->step.how != MATCH_ANY || any.max > 0)
		g->usual = u;
	return 0;
}

/* Once a body: the set's own is nobody else's. */
static int
usual_groups(struct draft *d, const struct guide_body *b, bool is_set)
{
	struct guide_match *m = (struct guide_match *)b->match;
	int rc = 0;

	if (m->has_usual)
		return 0;
	m->has_usual = true;
	for (uint32_t i = 0; i <= m->mask && rc == 0; i++)
		if (m->groups[i].tag != 0)
			rc = usual_group(d, b, &m->groups[i], is_set);
	return rc;
}

static struct match_step *
step_for(struct match_path *p, uint32_t tag)
{
	uint32_t h = match_slot(p, tag);

	while (p->steps[h & p->mask].tag != 0 &&
	    p->steps[h & p->mask].tag != tag)
		h++;
	return &p->steps[h & p->mask];
}

/* A step of a way, before what may stand further out. */
static int
step_put(struct draft *d, const struct match_usual *u, uint8_t depth,
    const struct match_step *next, struct match_step *to)
{
	*to = u->step;
	to->depth = depth;
	if (next || u->step.how == MATCH_MANY || u->more.any.max > 0) {
		struct match_more *more = arena_alloc(d->arena, sizeof(*more));

		if (!more)
			return draft_no_memory(d);
		*more = u->more;
		more->next = next;
		to->more = more;
	}
	return 0;
}

static int
path_fill(struct draft *d, struct match_path *p, const struct match_path *up,
    uint8_t depth)
{
	const struct guide_match *m = p->body->match;
	int rc = 0;

	for (uint32_t i = 0; up && i <= up->mask; i++)
		if (up->steps[i].tag != 0)
			*step_for(p, up->steps[i].tag) = up->steps[i];
	for (uint32_t i = 0; i <= m->mask && rc == 0; i++) {
		const struct match_usual *u = m->groups[i].usual;
		struct match_step *t;

		if (!u)
			continue;
		t = step_for(p, u->step.tag);
		rc = step_put(d, u, depth, up ? match_step_find(up,
		    u->step.tag) : NULL, t);
	}
	return rc;
}

/* What may come in a loop: its own, and what its outer loops have. */
static uint32_t
path_tags(const struct guide_body *b, const struct match_path *up,
    uint32_t *tags)
{
	const struct guide_match *m = b->match;
	uint32_t n = 0;

	for (uint32_t i = 0; up && i <= up->mask; i++)
		if (up->steps[i].tag != 0)
			tags[n++] = up->steps[i].tag;
	for (uint32_t i = 0; i <= m->mask; i++)
		if (m->groups[i].usual &&
		    !(up && match_step_find(up, m->groups[i].tag)))
			tags[n++] = m->groups[i].tag;
	return n;
}

/* How many tags find their slot taken: `most` when it is as many or more. */
static uint32_t
meetings(const struct match_path *p, const uint32_t *tags, uint32_t most)
{
	uint64_t taken[PATH_SLOTS / 64] = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->count && n < most; i++) {
		uint32_t h = match_slot(p, tags[i]);

		n += taken[h / 64] >> h % 64 & 1;
		taken[h / 64] |= 1ULL << h % 64;
	}
	return n;
}

/* Of some factors one by which few tags meet. */
static void
choose_factor(struct match_path *p, const uint32_t *tags)
{
	uint32_t factor = 2654435761u, best = factor, least = UINT32_MAX;

	for (unsigned i = 0; i < PATH_TRIES && least > p->count / 16; i++) {
		uint32_t n;

		p->factor = factor;
		n = meetings(p, tags, least);
		if (n < least) {
			least = n;
			best = factor;
		}
		factor = factor * 1664525 + 1013904222;  /* odd again */
	}
	p->factor = best;
}

static struct match_path *
path_new(struct draft *d, const struct guide_loop *loop,
    const struct match_path *up)
{
	const struct guide_body *b = loop->body;
	uint32_t *tags = arena_array(d->arena, (up ? up->count : 0) +
	    b->count, sizeof(*tags));
	const struct match_path **in = arena_array(d->arena, b->count,
	    sizeof(struct match_path *));
	uint32_t count = tags ? path_tags(b, up, tags) : 0, bits = 3;
	struct match_path *p;

	while (1u << bits < 2 * count)
		bits++;
	p = alloc_lines(d, sizeof(*p) + (sizeof(*p->steps) << bits));
	if (!p || !in || !tags || 1u << bits > PATH_SLOTS)
		return NULL;
	p->mask = (1u << bits) - 1;
	p->shift = 32 - bits;
	p->count = count;
	choose_factor(p, tags);
	p->loop = loop;
	p->body = b;
	p->in = in;
	p->due = up ? b->due & ~b->children[0].due : b->due;
	p->rank = up ? b->children[0].rank : 0;
	p->children = b->count;
	p->index = loop->index;
	p->is_claim = loop->is_claim;
	p->is_hl = loop->is_hl;
	return p;
}

/* The way to a loop, and to all in it. */
static int
build_path(struct draft *d, const struct guide_loop *loop,
    const struct match_path *up, uint8_t depth, const struct match_path **to)
{
	const struct guide_body *b = loop->body;
	struct match_path *p;
	int rc = usual_groups(d, b, up == NULL);

	if (rc == 0 && d->paths++ == MATCH_PATHS)
		return err_set(d->e, -EINVAL, "too many loops in loops");
	if (rc < 0)
		return rc;
	if (!(p = path_new(d, loop, up)))
		return draft_no_memory(d);
	*to = p;
	rc = path_fill(d, p, up, depth);
	for (unsigned i = 0; i < b->count && rc == 0; i++)
		if (b->children[i].loop)
			rc = build_path(d, b->children[i].loop, p,
			    (uint8_t)(depth + 1), &p->in[i]);
	return rc;
}

int
draft_paths(struct draft *d)
{
	d->paths = 0;
	return build_path(d, d->guide->root, NULL, 0, &d->guide->path);
}
