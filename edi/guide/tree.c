/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"

#include <ctype.h>

#include "edi/segment.h"

/* ---- finding what is there ---------------------------------------------- */

static struct draft_shared *
shared_find(struct draft *d, struct slice id)
{
	for (struct draft_shared *s = d->shared; s; s = s->next)
		if (slice_is(id, s->id))
			return s;
	return NULL;
}

/* The next placement of a loop, at any depth of a body; first when NULL. */
static struct draft_loop *
loop_next(const struct draft_body *b, struct slice id,
    struct draft_loop **after)
{
	for (struct draft_node *n = b->first; n; n = n->next) {
		struct draft_loop *found;

		if (!n->loop)
			continue;
		if (slice_is(id, n->loop->loop->id)) {
			if (!*after)
				return n->loop;
			if (*after == n->loop)
				*after = NULL;
		}
		if (n->loop->body &&
		    (found = loop_next(n->loop->body, id, after)) != NULL)
			return found;
	}
	return NULL;
}

/* Placements anywhere: of a shared loop there are several. */
static struct draft_loop *
loop_anywhere(struct draft *d, struct slice id, struct draft_loop *after)
{
	struct draft_loop *found = loop_next(d->root->body, id, &after);

	for (struct draft_shared *s = d->shared; s && !found; s = s->next)
		found = loop_next(s->body, id, &after);
	return found;
}

static bool
has_key(const struct guide_segment *s, struct slice code)
{
	const struct guide_element *el = guide_segment_key(s, 0);

	return el && el->codes && guide_codes_has(el->codes, code);
}

/* The segment that a changing line names; -EINVAL when it is not one. */
static int
segment_find(struct draft *d, const struct draft_body *b, uint32_t tag,
    struct slice code, const struct guide_line *l, struct guide_segment **to)
{
	unsigned n = 0;

	for (struct draft_node *i = b->first; i; i = i->next)
		if (i->segment && i->segment->tag == tag &&
		    (code.n == 0 || has_key(i->segment, code))) {
			*to = i->segment;
			n++;
		}
	if (n == 1)
		return 0;
	return guide_line_error(l, d->e, n == 0 ?
	    "the guide has no such segment here" :
	    "several segments of this id: name one by a code, as in REF[G1]");
}

/* ---- making ------------------------------------------------------------- */

static struct draft_node *
node_new(struct draft *d, struct draft_body *b, const struct guide_line *l)
{
	struct draft_node *n = arena_alloc(d->arena, sizeof(*n));

	if (!n)
		return NULL;
	n->area = b == d->root->body ? d->area : 0;
	n->line = *l;
	if (b->last)
		b->last->next = n;
	else
		b->first = n;
	b->last = n;
	b->count++;
	return n;
}

/* In an open guide what the standard has may be used. */
static int
open_elements(struct draft *d, struct guide_element *el, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct guide_element *own;

		if (el[i].usage == USAGE_NOT_USED)
			el[i].usage = USAGE_SITUATIONAL;
		if (el[i].component_count == 0)
			continue;
		own = draft_own_components(d, &el[i]);
		if (!own)
			return draft_no_memory(d);
		open_elements(d, own, el[i].component_count);
	}
	return 0;
}

static int
segment_new(struct draft *d, struct draft_body *b, uint32_t tag,
    const struct guide_line *l, struct guide_segment **to)
{
	const struct standard_segment *base = standard_segment(d->standard,
	    tag);
	struct guide_segment *s = arena_alloc(d->arena, sizeof(*s));
	struct guide_element *el;
	struct draft_node *n;

	if (!base)
		return guide_line_error(l, d->e,
		    "the standard has no such segment");
	el = arena_array(d->arena, base->count, sizeof(*el));
	n = node_new(d, b, l);
	if (!s || !el || !n)
		return draft_no_memory(d);
	memcpy(el, base->elements, base->count * sizeof(*el));
	s->tag = tag;
	memcpy(s->id, base->id, sizeof(s->id));
	s->usage = USAGE_REQUIRED;
	s->count = base->count;
	s->elements = el;
	s->syntax = base->syntax;
	s->syntax_count = base->syntax_count;
	s->max = 1;
	s->name = base->name;
	s->key_name = base->key_name;
	n->segment = *to = s;
	return d->open ? open_elements(d, el, s->count) : 0;
}

/* The bracket of a new segment: its qualifier and what that may be. */
static int
segment_key(struct draft *d, struct guide_segment *s, struct slice codes,
    bool doubt, struct guide_line *l)
{
	const struct standard_segment *base = standard_segment(d->standard,
	    s->tag);
	struct facets f = { .has_usage = true, .usage = USAGE_REQUIRED,
	    .has_codes = true, .doubt = doubt ? DOUBT_CODES : 0 };
	struct guide_element *el =
	    (struct guide_element *)&s->elements[base->key - 1];
	int rc;

	if (base->key > base->count)
		return guide_line_error(l, d->e, "a segment without elements "
		    "has no codes");
	if ((rc = facets_codes(d, l, codes, &f.codes)) < 0)
		return rc;
	s->key[0] = base->key;
	s->key_component[0] = base->key_component;
	if (base->key_component > 0) {
		struct guide_element *own = draft_own_components(d, el);

		if (!own)
			return draft_no_memory(d);
		el->usage = USAGE_REQUIRED;
		el = &own[base->key_component - 1];
	}
	el->flags |= GUIDE_KEY;
	return draft_element_apply(d, l, el, &f, "");
}

/* ---- lines -------------------------------------------------------------- */

static int
shape_apply(struct draft *d, struct guide_segment *s, struct slice name,
    const struct guide_line *l, const char *subject)
{
	for (const struct guide_scope *c = &d->scope; c; c = c->up)
		for (struct guide_shape *h = c->shapes; h; h = h->next) {
			struct guide_text t = h->text;
			struct guide_line line;
			int rc = 0;

			if (!slice_is(name, h->name) || h->tag != s->tag)
				continue;
			while (rc == 0 && guide_text_next(&t, &line))
				rc = draft_element_line(d, s, &line, subject);
			return rc;
		}
	return guide_line_error(l, d->e, "no shape %.*s for %s",
	    SLICE_ARG(name), s->id);
}

static int
segment_facets(struct draft *d, struct guide_segment *s,
    const struct guide_line *l, const struct facets *f, const char *subject)
{
	int rc;

	if ((rc = draft_usage(d, l, &s->usage, &s->doubt, f)) < 0 ||
	    (rc = draft_max(d, l, &s->max, &s->doubt, f)) < 0)
		return rc;
	if (f->position != 0) {
		if (d->mode != DRAFT_GUIDE)
			return guide_line_error(l, d->e,
			    "a position cannot be changed");
		s->position = f->position;
	}
	if (f->once && s->key[0] > 0)
		((struct guide_element *)s->elements)[s->key[0] - 1].flags |=
		    GUIDE_ONCE;
	if (f->name.n > 0) {
		s->name = draft_name(d, f->name, subject);
		if (!s->name || !(s->key_name = guide_key(d->arena,
		    slice_str(s->name))))
			return draft_no_memory(d);
	}
	return f->shape.n ? shape_apply(d, s, f->shape, l, subject) : 0;
}

/* REF[0B,1G]? to its id, its codes, and whether they are doubtful. */
static uint32_t
split_segment(struct slice word, struct slice *codes, bool *doubt)
{
	const char *open = memchr(word.p, '[', word.n);

	*codes = slice(NULL, 0);
	*doubt = word.n > 0 && word.p[word.n - 1] == '?';
	if (*doubt)
		word.n--;
	if (open) {
		if (word.p[word.n - 1] != ']')
			return 0;
		*codes = slice(open + 1, word.n -
		    (size_t)(open - word.p) - 2);
		word.n = (size_t)(open - word.p);
	}
	return segment_tag(word);
}

static int
segment_line(struct draft *d, struct guide_text *t, struct guide_line *l,
    struct draft_loop *loop)
{
	unsigned indent = l->indent;
	const char *subject = loop->loop->name;
	struct guide_segment *s = NULL;
	struct guide_line line;
	struct slice codes;
	struct facets f;
	bool doubt;
	uint32_t tag = split_segment(guide_line_word(l), &codes, &doubt);
	int rc;

	if (tag == 0)
		return guide_line_error(l, d->e, "expected a segment");
	if (d->mode == DRAFT_GUIDE) {
		rc = segment_new(d, loop->body, tag, l, &s);
		if (rc == 0 && codes.n > 0)
			rc = segment_key(d, s, codes, doubt, l);
	} else {
		rc = segment_find(d, loop->body, tag,
		    codes.n ? guide_list_item(&codes) : codes, l, &s);
	}
	if (rc < 0 || (rc = facets_read(d, l, &f)) < 0 ||
	    (rc = segment_facets(d, s, l, &f, subject)) < 0)
		return rc;
	while (rc == 0 && guide_text_next(t, &line)) {
		if (line.indent <= indent) {
			guide_text_unread(t, &line);
			break;
		}
		rc = draft_element_line(d, s, &line, subject);
	}
	return rc;
}

static int
loop_new(struct draft *d, struct draft_body *b, struct slice id,
    const struct guide_line *l, const struct facets *f,
    struct draft_loop **to)
{
	struct draft_loop *loop = arena_alloc(d->arena, sizeof(*loop));
	struct guide_loop *g = arena_alloc(d->arena, sizeof(*g));
	struct draft_node *n = node_new(d, b, l);

	if (!loop || !g || !n)
		return draft_no_memory(d);
	if (id.n == 0 || !slice_copy(id, g->id, sizeof(g->id)))
		return guide_line_error(l, d->e, "bad loop id");
	g->usage = USAGE_REQUIRED;
	g->max = 1;
	g->position = f->position;
	g->is_claim = f->claim;
	g->name = g->id;
	loop->loop = g;
	if (!f->shared) {
		loop->body = arena_alloc(d->arena, sizeof(*loop->body));
		if (!loop->body)
			return draft_no_memory(d);
	}
	n->loop = *to = loop;
	return 0;
}

static int
loop_facets(struct draft *d, struct guide_loop *loop,
    const struct guide_line *l, const struct facets *f)
{
	int rc;

	if ((rc = draft_usage(d, l, &loop->usage, &loop->doubt, f)) < 0 ||
	    (rc = draft_max(d, l, &loop->max, &loop->doubt, f)) < 0)
		return rc;
	if (f->name.n > 0 && (!(loop->name = draft_name(d, f->name, "")) ||
	    !(loop->key_name = guide_key(d->arena, f->name))))
		return draft_no_memory(d);
	return 0;
}

/* A loop that is there, wherever it is placed. */
static int
loop_change(struct draft *d, struct guide_text *t, const struct guide_line *l,
    struct slice id, const struct facets *f)
{
	struct draft_loop *loop = loop_anywhere(d, id, NULL);
	struct draft_shared *shared = shared_find(d, id);
	struct draft_loop place;
	int rc;

	if (!loop)
		return guide_line_error(l, d->e, "the guide has no loop %.*s",
		    SLICE_ARG(id));
	place = *loop;
	if (shared)
		place.body = shared->body;
	for (; loop; loop = loop_anywhere(d, id, loop))
		if ((rc = loop_facets(d, loop->loop, l, f)) < 0)
			return rc;
	return draft_children(d, t, l->indent, &place);
}

static int
loop_line(struct draft *d, struct guide_text *t, struct guide_line *l,
    struct draft_body *b)
{
	struct draft_loop *loop = NULL;
	struct slice id;
	struct facets f;
	int rc;

	guide_line_word(l);
	id = guide_line_word(l);
	if ((rc = facets_read(d, l, &f)) < 0)
		return rc;
	if (d->mode != DRAFT_GUIDE)
		return loop_change(d, t, l, id, &f);
	if ((rc = loop_new(d, b, id, l, &f, &loop)) < 0 ||
	    (rc = loop_facets(d, loop->loop, l, &f)) < 0)
		return rc;
	return f.shared ? 0 : draft_children(d, t, l->indent, loop);
}

int
draft_root_line(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	struct slice word = guide_line_peek(l);

	if (slice_is(word, "loop"))
		return loop_line(d, t, l, d->root->body);
	if (word.n >= 2 && isupper((unsigned char)word.p[0]))
		return segment_line(d, t, l, d->root);
	return guide_line_error(l, d->e,
	    "\"%.*s\" is not a statement of a guide", SLICE_ARG(word));
}

int
draft_children(struct draft *d, struct guide_text *t, unsigned indent,
    struct draft_loop *loop)
{
	struct guide_line l;
	int rc = 0;

	if (++d->depth > DRAFT_DEPTH)
		return err_set(d->e, -EINVAL, "%s:%u: loops nest too deep",
		    t->what, t->number);
	while (rc == 0 && guide_text_next(t, &l)) {
		if (l.indent <= indent) {
			guide_text_unread(t, &l);
			break;
		}
		rc = slice_is(guide_line_peek(&l), "loop") ?
		    loop_line(d, t, &l, loop->body) :
		    segment_line(d, t, &l, loop);
	}
	d->depth--;
	return rc;
}

/* shared ID [claim] NAME, and the loop's children below. */
int
draft_shared_line(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	struct draft_shared *s = arena_alloc(d->arena, sizeof(*s));
	struct guide_loop loop = { 0 };
	struct draft_loop place;
	struct slice id = guide_line_word(l);
	struct facets f;
	int rc;

	if (!s || !(s->body = arena_alloc(d->arena, sizeof(*s->body))))
		return draft_no_memory(d);
	if (id.n == 0 || !slice_copy(id, s->id, sizeof(s->id)) ||
	    shared_find(d, id))
		return guide_line_error(l, d->e, "bad shared loop");
	if ((rc = facets_read(d, l, &f)) < 0)
		return rc;
	s->line = *l;
	s->is_claim = f.claim;
	s->name = loop.name = arena_copy(d->arena, f.name);
	if (!s->name)
		return draft_no_memory(d);
	s->next = d->shared;
	d->shared = s;
	place = (struct draft_loop){ &loop, s->body };
	return draft_children(d, t, l->indent, &place);
}
