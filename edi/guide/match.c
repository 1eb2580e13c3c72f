/* SPDX-License-Identifier: ISC */
#include "edi/guide/match.h"

#include <stdlib.h>

#include "edi/guide/draft.h"

enum { CODES_MAX = 1024 };

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
	g->is_plain = !g->has_long && !g->has_second;
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
