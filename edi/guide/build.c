/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "edi/segment.h"

/* ---- shared loops ------------------------------------------------------- */

static int resolve(struct draft *d, struct draft_body *b);

static int
resolve_loop(struct draft *d, struct draft_loop *loop,
    const struct guide_line *l)
{
	if (loop->body)
		return resolve(d, loop->body);
	for (struct draft_shared *s = d->shared; s; s = s->next)
		if (strcmp(s->id, loop->loop->id) == 0) {
			bool first = !s->used;

			s->used = true;
			loop->body = s->body;
			loop->loop->name = s->name;
			loop->loop->is_claim |= s->is_claim;
			return first ? resolve(d, s->body) : 0;
		}
	return guide_line_error(l, d->e, "no shared loop %s", loop->loop->id);
}

static int
resolve(struct draft *d, struct draft_body *b)
{
	int rc = 0;

	for (struct draft_node *n = b->first; n && rc == 0; n = n->next)
		if (n->loop)
			rc = resolve_loop(d, n->loop, &n->line);
	return rc;
}

/* ---- names for programs ------------------------------------------------- */

static int
number_key(struct draft *d, const char **key, unsigned n)
{
	char *own;

	if (n == 1)
		return 0;
	own = arena_alloc(d->arena, strlen(*key) + 12);
	if (!own)
		return draft_no_memory(d);
	sprintf(own, "%s_%u", *key, n);
	*key = own;
	return 0;
}

static bool
has_same_keys(const struct guide_element *el, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(el[j].key, el[i].key) == 0)
				return true;
	return false;
}

/* Names in one segment differ, those in use having the first choice. */
static int
unique_keys(struct draft *d, struct guide_element *el, unsigned count)
{
	unsigned same[64] = { 0 };
	int rc = 0;

	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < count; j++) {
			bool used_i = el[i].usage != USAGE_NOT_USED;
			bool used_j = el[j].usage != USAGE_NOT_USED;

			if (strcmp(el[j].key, el[i].key) == 0 &&
			    (used_j == used_i ? j <= i : used_j))
				same[i]++;
		}
	for (unsigned i = 0; i < count && rc == 0; i++)
		rc = number_key(d, &el[i].key, same[i]);
	return rc;
}

/* ---- what a segment must hold to ---------------------------------------- */

static bool
codes_disjoint(const struct guide_codes *a, const struct guide_codes *b)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (guide_codes_has(b, a->text[i]))
			return false;
	return true;
}

static bool
distinct(const struct guide_segment *a, const struct guide_segment *b)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct guide_element *x = guide_segment_key(a, i);
		const struct guide_element *y = guide_segment_key(b, i);

		if (!x || !y || !x->codes || !y->codes)
			return false;
		if (a->key[i] != b->key[i] ||
		    a->key_component[i] != b->key_component[i])
			return false;
		if (codes_disjoint(x->codes, y->codes))
			return true;
	}
	return false;
}

static const struct guide_segment *
first_segment(const struct draft_node *n)
{
	if (n->segment)
		return n->segment;
	n = n->loop->body->first;
	return n ? n->segment : NULL;
}

/* Siblings of one id must differ in their qualifiers. */
static int
check_siblings(struct draft *d, const struct draft_body *b)
{
	bool set = b == d->root->body;

	/* What begins a loop is matched from outside of it. */
	for (struct draft_node *n = set ? b->first : b->first->next; n;
	    n = n->next)
		for (struct draft_node *m = n->next; m; m = m->next) {
			const struct guide_segment *x = first_segment(n);
			const struct guide_segment *y = first_segment(m);

			if (x->tag == y->tag && !distinct(x, y))
				return guide_line_error(&m->line, d->e,
				    "cannot be told from its sibling %s of "
				    "line %u", x->id, n->line.number);
		}
	return 0;
}

static int
check_loop(struct draft *d, const struct draft_loop *loop,
    const struct guide_line *l)
{
	const struct draft_node *first = loop->body->first;

	if (!first || !first->segment)
		return guide_line_error(l, d->e,
		    "a loop begins with a segment");
	if (first->segment->max != 1)
		return guide_line_error(&first->line, d->e,
		    "the segment that begins a loop comes once");
	return 0;
}

/* A required element inside of one that is not used would never be asked. */
static int
check_elements(struct draft *d, const struct draft_node *n)
{
	const struct guide_segment *s = n->segment;

	for (unsigned i = 0; i < s->count; i++) {
		const struct guide_element *el = &s->elements[i];

		if ((el->flags & GUIDE_MANDATORY) &&
		    el->usage != USAGE_REQUIRED)
			return guide_line_error(&n->line, d->e,
			    "element %u is mandatory in the standard", i + 1);
		if (d->mode != DRAFT_GUIDE)
			continue;  /* a change may take away what had codes */
		if (el->codes && el->usage == USAGE_NOT_USED)
			return guide_line_error(&n->line, d->e,
			    "element %u has codes but is not used", i + 1);
		for (unsigned c = 0; c < el->component_count; c++)
			if (el->components[c].codes &&
			    el->usage == USAGE_NOT_USED)
				return guide_line_error(&n->line, d->e,
				    "components of element %u, which is not "
				    "used", i + 1);
	}
	return 0;
}

/* ---- order -------------------------------------------------------------- */

static unsigned
position_of(const struct draft_node *n)
{
	return n->segment ? n->segment->position : n->loop->loop->position;
}

/* Equal positions share a rank; HL levels come in the order of lines. */
static int
rank_children(struct draft *d, const struct draft_body *b,
    struct guide_child *children)
{
	unsigned last = 0, area = 0, i = 0;
	uint16_t rank = 0;

	for (struct draft_node *n = b->first; n; n = n->next, i++) {
		unsigned position = position_of(n);

		if (position == 0 && !(n->loop && n->loop->loop->is_hl))
			return guide_line_error(&n->line, d->e,
			    "the position in the standard is missing");
		if (n->area != area)
			last = 0;
		if (position != 0 && position < last)
			return guide_line_error(&n->line, d->e,
			    "positions must ascend: %u after %u", position,
			    last);
		if (position == 0 || position != last || n->area != area)
			rank++;
		children[i].rank = rank;
		area = n->area;
		last = position != 0 ? position : last;
	}
	return 0;
}

/* ---- the body of a loop ------------------------------------------------- */

static int build_body(struct draft *d, struct draft_body *b);

static int
close_composite(struct draft *d, struct guide_element *el,
    const struct guide_element *before)
{
	struct guide_element *own;
	int rc = 0;

	/* They may be the standard's, which other guides share. */
	if (has_same_keys(el->components, el->component_count)) {
		own = draft_own_components(d, el);
		rc = own ? unique_keys(d, own, el->component_count) :
		    draft_no_memory(d);
	}
	return rc < 0 ? rc : draft_checks_composite(d, el, before);
}

static int
close_segment(struct draft *d, struct draft_node *n)
{
	struct guide_segment *s = n->segment;
	struct guide_element *el = (struct guide_element *)s->elements;
	int rc = check_elements(d, n);

	s->index = d->guide->segment_count++;
	for (unsigned i = 0; i < s->count && rc == 0; i++)
		if (el[i].components && el[i].usage != USAGE_NOT_USED)
			rc = close_composite(d, &el[i],
			    i > 0 ? &el[i - 1] : NULL);
	if (rc < 0 || (rc = unique_keys(d, el, s->count)) < 0)
		return rc;
	s->once = s->key[0] > 0 && el[s->key[0] - 1].flags & GUIDE_ONCE;
	return draft_checks_segment(d, s);
}

static int
close_loop(struct draft *d, struct draft_loop *loop,
    const struct guide_line *l)
{
	struct guide_loop *g = loop->loop;
	int rc = check_loop(d, loop, l);

	if (rc < 0)
		return rc;
	g->index = d->guide->loop_count++;
	g->is_hl = loop->body->first->segment->tag == TAG_HL;
	if (!g->key_name)
		g->key_name = guide_key(d->arena, slice_str(g->name));
	if (!g->key_name)
		return draft_no_memory(d);
	if (loop->body->building || d->depth == GUIDE_DEPTH)
		return guide_line_error(l, d->e, "loops nest too deep");
	if (!loop->body->built) {
		loop->body->building = true;
		d->depth++;
		if ((rc = build_body(d, loop->body)) < 0)
			return rc;
		d->depth--;
		loop->body->building = false;
	}
	g->body = loop->body->built;
	return 0;
}

static const char **
node_key(const struct draft_node *n)
{
	return n->loop ? &n->loop->loop->key_name : &n->segment->key_name;
}

/* The same name twice in a loop: _2, _3. */
static int
sibling_keys(struct draft *d, const struct draft_body *b)
{
	unsigned *same = arena_array(d->arena, b->count, sizeof(*same));
	unsigned i = 0;
	int rc = 0;

	if (!same)
		return draft_no_memory(d);
	for (struct draft_node *n = b->first; n; n = n->next, i++) {
		struct draft_node *m = b->first;

		for (unsigned j = 0; j <= i; j++, m = m->next)
			if (!m->loop == !n->loop &&
			    strcmp(*node_key(n), *node_key(m)) == 0)
				same[i]++;
	}
	i = 0;
	for (struct draft_node *n = b->first; n && rc == 0; n = n->next)
		rc = number_key(d, node_key(n), same[i++]);
	return rc;
}

static int
required_children(struct draft *d, struct guide_body *body)
{
	struct guide_child *children = (struct guide_child *)body->children;
	uint16_t *required = arena_array(d->arena, GUIDE_REQUIRED,
	    sizeof(*required));

	if (!required)
		return draft_no_memory(d);
	for (uint16_t i = 0; i < body->count; i++) {
		struct guide_child *c = &children[i];

		c->before = i > 0 && children[i - 1].rank == c->rank ?
		    children[i - 1].before : body->due;
		if ((c->loop ? c->loop->usage : c->segment->usage) !=
		    USAGE_REQUIRED)
			continue;
		if (body->required_count == GUIDE_REQUIRED)
			return err_set(d->e, -EINVAL,
			    "too many required children in a loop");
		c->due = 1u << body->required_count;
		body->due |= c->due;
		required[body->required_count++] = i;
	}
	body->required = required;
	return 0;
}

static int
build_body(struct draft *d, struct draft_body *b)
{
	struct guide_body *body = arena_alloc(d->arena, sizeof(*body));
	struct guide_child *children = arena_array(d->arena, b->count + 1,
	    sizeof(*children));
	unsigned i = 0;
	int rc = 0;

	if (!body || !children)
		return draft_no_memory(d);
	for (struct draft_node *n = b->first; n && rc == 0; n = n->next, i++) {
		rc = n->loop ? close_loop(d, n->loop, &n->line) :
		    close_segment(d, n);
		if (rc == 0)
			children[i] = (struct guide_child){
			    .segment = first_segment(n),
			    .loop = n->loop ? n->loop->loop : NULL };
	}
	if (rc < 0 || (rc = rank_children(d, b, children)) < 0 ||
	    (rc = check_siblings(d, b)) < 0 || (rc = sibling_keys(d, b)) < 0)
		return rc;
	if (b->count > GUIDE_CHILDREN)
		return err_set(d->e, -EINVAL, "too many children in a loop");
	body->count = b->count;
	body->children = children;
	b->built = body;
	if ((rc = required_children(d, body)) < 0)
		return rc;
	return draft_match(d, body);
}

static int
tag_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Every segment id below, but for shared loops: they are collected once. */
static void
collect_own(const struct draft *d, const struct draft_body *b, uint32_t *tags,
    uint16_t *n)
{
	for (const struct draft_node *i = b->first; i; i = i->next) {
		bool shared = false;

		if (i->segment) {
			tags[(*n)++] = i->segment->tag;
			continue;
		}
		for (struct draft_shared *s = d->shared; s; s = s->next)
			shared |= s->body == i->loop->body;
		if (!shared)
			collect_own(d, i->loop->body, tags, n);
	}
}

static int
build_tags(struct draft *d)
{
	struct guide *g = d->guide;
	uint32_t *tags, *unused;
	uint16_t n = 0;

	tags = arena_array(d->arena, g->segment_count + 1u,
	    sizeof(*tags));
	unused = arena_array(d->arena, d->unused_count + 1, sizeof(*unused));
	if (!tags || !unused)
		return draft_no_memory(d);
	for (struct draft_shared *s = d->shared; s; s = s->next)
		collect_own(d, s->body, tags, &n);
	collect_own(d, d->root->body, tags, &n);
	qsort(tags, n, sizeof(*tags), tag_compare);
	g->tags = tags;
	g->tag_count = n;
	memcpy(unused, d->unused, d->unused_count * sizeof(*unused));
	qsort(unused, d->unused_count, sizeof(*unused), tag_compare);
	g->unused = unused;
	g->unused_count = (uint16_t)d->unused_count;
	return 0;
}

int
draft_build(struct draft *d)
{
	struct guide_line whole = { "guide", 0, 0, { NULL, 0 } };
	int rc;

	if (!d->guide->id || !d->root->body->first)
		return guide_line_error(&whole, d->e, "the guide is empty");
	if ((rc = resolve(d, d->root->body)) < 0)
		return rc;
	for (struct draft_shared *s = d->shared; s; s = s->next)
		if (!s->used)
			return guide_line_error(&s->line, d->e,
			    "the shared loop %s is placed nowhere", s->id);
	d->guide->root = d->root->loop;
	rc = close_loop(d, d->root, &d->root->body->first->line);
	if (rc == 0)
		rc = build_tags(d);
	return rc < 0 ? rc : draft_paths(d);
}
