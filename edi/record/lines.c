/* SPDX-License-Identifier: ISC */
#include "edi/record/draft.h"

#include "edi/segment.h"

static int
read_shape(struct record_draft *d, struct guide_text *t, struct guide_line *l)
{
	struct record_shape *s = &d->shapes[d->shape_count];
	struct guide_line next;
	const char *end = t->p;

	if (d->shape_count == RECORD_SHAPES)
		return guide_line_error(l, d->e, "too many shapes");
	s->name = guide_line_word(l);
	s->number = l->number;
	while (guide_text_next(t, &next)) {
		if (next.indent <= l->indent) {
			guide_text_unread(t, &next);
			break;
		}
		end = t->p;
	}
	s->lines.p = l->rest.p + l->rest.n;
	s->lines.n = (size_t)(end - s->lines.p);
	d->shape_count++;
	return 0;
}

static int
loop_at(struct record_draft *d, struct guide_line *l,
    struct record_place *p, struct slice name, bool settable)
{
	struct record_loop *to = &d->kind->loops[p->loop->index];
	struct record_field *from = d->places[p->parent].base;

	to->named = true;
	to->from_root = name.n > 0 && name.p[0] == '/';
	if (to->from_root) {
		name = slice(name.p + 1, name.n - 1);
		from = d->kind->root;
	}
	if (!from)
		return guide_line_error(l, d->e, "the loop around %s comes "
		    "first", p->loop->id);
	p->own = name.n > 0 && !record_draft_find(from, name);
	p->base = record_draft_member(d, l, from, name, &to->path);
	if (!p->base)
		return -EINVAL;
	if (p->loop->max > 1 && !p->base->list && !to->chain)
		return guide_line_error(l, d->e, "loop %s may come again: "
		    "name it as a list", p->loop->id);
	p->base->list &= !to->chain;
	if (p->own && !p->base->title)
		p->base->title = p->loop->name;
	p->base->settable |= settable;
	if (p->own && p->loop->usage == USAGE_REQUIRED && !to->chain)
		p->base->required = true;
	return record_draft_other(d, p->base);
}

static int
name_loop(struct record_draft *d, struct guide_line *l, struct slice id,
    struct slice name, bool assumed)
{
	int rc;

	d->place = NULL;
	if (slice_is(id, "set"))
		id = slice(NULL, 0);
	for (unsigned i = 0; i < d->kind->guide->loop_count; i++) {
		struct record_place *p = &d->places[i];

		if (!p->loop || !slice_is(id, p->loop->id))
			continue;
		if ((rc = loop_at(d, l, p, name, assumed)) < 0)
			return rc;
		if (!d->place)
			d->place = p;
	}
	return d->place ? 0 : guide_line_error(l, d->e, "no such loop");
}

static int read_below(struct record_draft *d, struct guide_text *t);

/* Of several loops (2200D,2200E) the lines below are each one's. */
static int
read_loop(struct record_draft *d, struct guide_text *t, struct guide_line *l)
{
	struct slice ids = guide_line_word(l), name = guide_line_word(l);
	struct slice word = guide_line_word(l);
	struct guide_text below = *t;
	int rc = 0;

	if (word.n > 0 && !slice_is(word, "default"))
		return guide_line_error(l, d->e, "expected: default");
	while (ids.n > 0 && rc == 0) {
		below = *t;
		rc = name_loop(d, l, guide_list_item(&ids), name, word.n > 0);
		if (rc == 0)
			rc = read_below(d, &below);
		d->again = true;
	}
	d->again = false;
	*t = below;
	return rc;
}

/* "REF[0B,1G]" of the loop's segments: all its codes, or some of them. */
static bool
fits(const struct guide_segment *g, uint32_t tag, struct slice codes)
{
	const struct guide_element *el;

	if (g->tag != tag)
		return false;
	if (codes.n == 0)
		return true;
	if (g->key[0] == 0)
		return false;
	el = &g->elements[g->key[0] - 1];
	if (g->key_component[0])
		el = &el->components[g->key_component[0] - 1];
	return el->codes && guide_codes_has(el->codes, guide_list_item(&codes));
}

static uint32_t
key_codes(const struct guide_segment *g)
{
	const struct guide_element *el;

	if (g->key[0] == 0)
		return UINT32_MAX;
	el = &g->elements[g->key[0] - 1];
	if (g->key_component[0])
		el = &el->components[g->key_component[0] - 1];
	return el->codes ? el->codes->count : UINT32_MAX;
}

/* Of several with that code (PWK) the one with the fewest. */
static const struct guide_segment *
find_segment(const struct record_draft *d, struct slice id,
    struct slice codes)
{
	const struct guide_body *b = d->place->loop->body;
	const struct guide_segment *found = NULL;

	for (unsigned i = 0; i < b->count; i++) {
		const struct guide_segment *g = b->children[i].segment;

		if ((b->children[i].loop && i > 0) ||
		    !fits(g, segment_tag(id), codes))
			continue;
		if (!found || (codes.n && key_codes(g) < key_codes(found)))
			found = g;
	}
	return found;
}

static int
add_map(struct record_draft *d, struct guide_line *l, struct slice codes)
{
	struct record_map **to = &d->kind->maps[d->segment->index];

	while (*to)
		to = &(*to)->next;
	d->map = *to = arena_alloc(d->arena, sizeof(**to));
	if (!d->map)
		return record_draft_no_memory(d);
	d->map->segment = d->segment;
	d->map->opens = d->place->loop->body->children[0].segment ==
	    d->segment && d->kind->loops[d->place->loop->index].path.count;
	while (codes.n > 0) {
		const unsigned max = sizeof(d->map->codes) /
		    sizeof(*d->map->codes);

		if (d->map->code_count == max)
			return guide_line_error(l, d->e, "too many codes");
		d->map->codes[d->map->code_count++] = guide_list_item(&codes);
	}
	return 0;
}

/* A shape's lines as if they stood here, but what the guide leaves out. */
static int
use_shape(struct record_draft *d, struct guide_line *l, struct slice name)
{
	for (unsigned i = 0; i < d->shape_count; i++) {
		struct guide_text t;
		struct guide_line row;
		int rc = 0;

		if (!slice_eq(d->shapes[i].name, name))
			continue;
		guide_text_init(&t, d->shapes[i].lines, "shape");
		t.number = d->shapes[i].number;
		d->lenient = true;
		while (rc == 0 && guide_text_next(&t, &row))
			rc = record_draft_row(d, &t, &row);
		d->lenient = false;
		return rc;
	}
	return guide_line_error(l, d->e, "no such shape");
}

static int
read_segment(struct record_draft *d, struct guide_line *l)
{
	struct slice word = guide_line_word(l), id = word, codes = { NULL, 0 };
	const char *bracket = memchr(word.p, '[', word.n);
	int rc;

	if (bracket && word.p[word.n - 1] == ']') {
		id.n = (size_t)(bracket - word.p);
		codes = slice(bracket + 1, word.n - id.n - 2);
	}
	if (!d->place || !(d->segment = find_segment(d, id, codes)))
		return guide_line_error(l, d->e, "no such segment here");
	if ((rc = add_map(d, l, codes)) < 0)
		return rc;
	word = guide_line_peek(l);
	word = word.n > 0 && word.p[0] == ':' ? slice("", 0) :
	    guide_line_word(l);
	d->base = record_draft_member(d, l, d->place->base, word,
	    &d->map->path);
	if (!d->base)
		return -EINVAL;
	if (word.n > 0 && !d->base->title)
		d->base->title = d->segment->name;
	word = guide_line_word(l);
	return word.n > 0 ? use_shape(d, l, slice(word.p + 1, word.n - 1)) : 0;
}

static int
read_below(struct record_draft *d, struct guide_text *t)
{
	struct guide_line l;
	int rc = 0;

	d->segment = NULL;
	while (rc == 0 && guide_text_next(t, &l)) {
		if (l.indent == 0) {
			guide_text_unread(t, &l);
			break;
		}
		if (l.indent <= 2)
			rc = read_segment(d, &l);
		else
			rc = d->segment ? record_draft_row(d, t, &l) :
			    guide_line_error(&l, d->e, "of which segment?");
	}
	return rc;
}

static int
read_line(struct record_draft *d, struct guide_text *t, struct guide_line *l)
{
	struct slice word = guide_line_word(l);

	if (slice_is(word, "shape"))
		return read_shape(d, t, l);
	if (slice_is(word, "loop"))
		return read_loop(d, t, l);
	return guide_line_error(l, d->e, "expected: loop or shape");
}

int
record_draft_read(struct record_draft *d, struct slice text, const char *what)
{
	struct guide_text t;
	struct guide_line l;
	int rc = 0;

	guide_text_init(&t, text, what);
	while (rc == 0 && guide_text_next(&t, &l))
		rc = read_line(d, &t, &l);
	return rc;
}
