/* SPDX-License-Identifier: ISC */
#include "edi/mirror/inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MAX = 64 << 20, NAME_MAX_LENGTH = 256 };

struct names_of_guide {
	struct names_of_guide *next;
	const struct guide *guide;
	const struct mirror_node **nodes;  /* by guide_segment.index */
};

/* Few guides are met in a stream; the last one found is looked at first. */
struct mirror_names {
	struct arena arena;
	struct names_of_guide *guides;
};

struct mirror_names *
mirror_names_new(void)
{
	struct mirror_names *n = calloc(1, sizeof(*n));

	if (n)
		arena_init(&n->arena, NAMES_MAX);
	return n;
}

void
mirror_names_free(struct mirror_names *n)
{
	if (!n)
		return;
	arena_free(&n->arena);
	free(n);
}

static bool __attribute__((format(printf, 3, 4)))
make(struct mirror_names *n, struct mirror_name *to, const char *fmt, ...)
{
	char text[NAME_MAX_LENGTH];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		return false;
	to->n = (uint32_t)len;
	to->p = arena_copy(&n->arena, slice(text, (size_t)len));
	return to->p != NULL;
}

static bool
make_components(struct mirror_names *n, struct mirror_element *to,
    const char *id, unsigned position, const struct guide_element *e)
{
	struct mirror_name *c;

	c = arena_array(&n->arena, e->component_count, sizeof(*c));
	if (!c)
		return false;
	for (unsigned i = 0; i < e->component_count; i++)
		if (!make(n, &c[i], ",\"%s%02u-%u_%s\":", id, position, i + 1,
		    e->components[i].key))
			return false;
	to->components = c;
	to->count = e->component_count;
	return true;
}

static bool
make_elements(struct mirror_names *n, struct mirror_node *node,
    const struct guide_segment *s)
{
	struct mirror_element *e;

	e = arena_array(&n->arena, s->count, sizeof(*e));
	if (!e)
		return s->count == 0;
	for (unsigned i = 0; i < s->count; i++) {
		const struct guide_element *g = &s->elements[i];

		e[i].repeats = g->repeat > 1;
		if (!make(n, &e[i].name, ",\"%s%02u_%s\":", s->id, i + 1,
		    g->key) || (g->component_count > 0 &&
		    !make_components(n, &e[i], s->id, i + 1, g)))
			return false;
	}
	node->elements = e;
	node->count = s->count;
	return true;
}

static const struct mirror_node *
make_node(struct mirror_names *n, const struct guide_segment *s)
{
	struct mirror_node *node = arena_alloc(&n->arena, sizeof(*node));

	if (!node || !make(n, &node->head, "\"segment\":\"%s\",\"name\":\"%s\"",
	    s->id, s->key_name) || !make_elements(n, node, s))
		return NULL;
	return node;
}

static struct names_of_guide *
names_for(struct mirror_names *n, const struct guide *g)
{
	struct names_of_guide **at = &n->guides, *of;

	while ((of = *at) != NULL && of->guide != g)
		at = &of->next;
	if (of) {
		*at = of->next;
	} else {
		of = arena_alloc(&n->arena, sizeof(*of));
		if (!of)
			return NULL;
		of->guide = g;
		of->nodes = arena_array(&n->arena, g->segment_count,
		    sizeof(*of->nodes));
		if (!of->nodes)
			return NULL;
	}
	of->next = n->guides;
	n->guides = of;
	return of;
}

const struct mirror_node *
mirror_names_of(struct mirror_names *n, const struct guide *g,
    const struct guide_segment *s)
{
	struct names_of_guide *of = n->guides;

	if (!of || of->guide != g)
		of = names_for(n, g);
	if (!of)
		return NULL;
	if (!of->nodes[s->index])
		of->nodes[s->index] = make_node(n, s);
	return of->nodes[s->index];
}

/* ---- from a name to its position ----------------------------------------- */

struct wanted {
	struct slice id, segment_name, key;
	unsigned element;
};

static int
position_in(const struct guide_element *e, unsigned count, struct slice key)
{
	for (unsigned i = 0; i < count; i++)
		if (e[i].key && slice_is(key, e[i].key))
			return (int)i + 1;
	return 0;
}

static int
position_in_segment(const struct guide_segment *s, const struct wanted *w)
{
	const struct guide_element *e;

	if (!slice_is(w->id, s->id) || (w->segment_name.n > 0 &&
	    !slice_is(w->segment_name, s->key_name)))
		return 0;
	if (w->element == 0)
		return position_in(s->elements, s->count, w->key);
	if (w->element > s->count)
		return 0;
	e = &s->elements[w->element - 1];
	return position_in(e->components, e->component_count, w->key);
}

static int
position_in_loop(const struct guide_loop *l, const struct wanted *w)
{
	int found = 0;

	for (unsigned i = 0; i < l->body->count; i++) {
		const struct guide_child *c = &l->body->children[i];
		int at = c->loop ? position_in_loop(c->loop, w) :
		    position_in_segment(c->segment, w);

		if (at < 0 || (at > 0 && found > 0 && at != found))
			return -1;
		if (at > 0)
			found = at;
	}
	return found;
}

int
mirror_position(const struct guide *g, struct slice id,
    struct slice segment_name, struct slice key, unsigned element)
{
	const struct wanted w = { id, segment_name, key, element };

	return g ? position_in_loop(g->root, &w) : 0;
}
