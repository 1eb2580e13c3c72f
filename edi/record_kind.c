/* SPDX-License-Identifier: ISC */
#include "edi/record_draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "edi/record_embed.h"
#include "edi/segment.h"

enum { KINDS = 16, KIND_MEMORY = 4 << 20 };

struct record_kinds {
	struct guides *guides;
	struct arena arena;
	struct record_kind *kinds[KINDS];
};

const char *
record_type_text(enum record_type t)
{
	static const char *const names[RECORD_TYPES] = {
		"object", "text", "code", "date", "time", "period", "money",
		"number", "bool",
	};

	return names[t];
}

bool
record_is_frame(const struct guide_segment *g)
{
	return g->tag == SEGMENT_TAG2('S', 'T') ||
	    g->tag == SEGMENT_TAG2('S', 'E') ||
	    g->tag == SEGMENT_TAG2('H', 'L') || record_is_bracket(g) ||
	    (g->tag == SEGMENT_TAG2('L', 'X') &&
	    (g->elements[0].flags & GUIDE_COUNTS));
}

static int
no_memory(struct record_draft *d)
{
	return err_set(d->e, -ENOMEM, "out of memory for kinds of record");
}

/* ---- members ------------------------------------------------------------- */

static struct record_field *
find_member(const struct record_field *parent, struct slice name)
{
	for (struct record_field *f = parent->first; f; f = f->next)
		if (slice_is(name, f->name))
			return f;
	return NULL;
}

static struct slice
key_of(struct record_draft *d, struct slice name)
{
	char *p = arena_alloc(d->arena, name.n + 3);

	if (!p)
		return slice(NULL, 0);
	p[0] = '"';
	memcpy(p + 1, name.p, name.n);
	memcpy(p + 1 + name.n, "\":", 2);
	return slice(p, name.n + 3);
}

static struct record_field *
add_member(struct record_draft *d, struct record_field *parent,
    struct slice name)
{
	struct record_field *f = arena_alloc(d->arena, sizeof(*f));

	if (!f || !(f->name = arena_copy(d->arena, name)))
		return NULL;
	f->key = key_of(d, name);
	f->parent = parent;
	f->level = -1;
	f->slot = parent->count++;
	if (parent->last)
		parent->last->next = f;
	else
		parent->first = f;
	parent->last = f;
	if (parent->count > d->kind->object_max)
		d->kind->object_max = parent->count;
	return f;
}

/* An object that can hold more, and a path that can go deeper. */
static bool
room_for(const struct record_field *parent, const struct record_path *path)
{
	return parent->type == RECORD_OBJECT &&
	    parent->count < RECORD_MEMBERS &&
	    path->count < RECORD_PATH;
}

static struct slice
cut_name(struct slice *names)
{
	const char *dot = memchr(names->p, '.', names->n);
	size_t n = dot ? (size_t)(dot - names->p) : names->n;
	struct slice name = slice(names->p, n);

	*names = dot ? slice(dot + 1, names->n - n - 1) : slice(NULL, 0);
	return name;
}

static bool
cut_list(struct slice *name)
{
	if (name->n < 3 || name->p[name->n - 2] != '[')
		return false;
	name->n -= 2;
	return true;
}

struct record_field *
record_draft_member(struct record_draft *d, const struct guide_line *l,
    struct record_field *from, struct slice names, struct record_path *path)
{
	bool list = cut_list(&names);

	path->count = 0;
	path->field = from;
	while (names.n > 0) {
		struct slice name = cut_name(&names);
		struct record_field *f;

		if (name.n == 0 || !room_for(from, path)) {
			guide_line_error(l, d->e, "too deep, or no object");
			return NULL;
		}
		f = find_member(from, name);
		if (!f && !(f = add_member(d, from, name))) {
			no_memory(d);
			return NULL;
		}
		path->slot[path->count++] = f->slot;
		path->field = from = f;
	}
	from->list |= list;
	return from;
}

/* ---- the guide's loops -------------------------------------------------- */

static bool
has_claims(const struct guide_loop *loop)
{
	bool some = loop->is_claim;

	for (unsigned i = 0; i < loop->body->count && !some; i++)
		some = loop->body->children[i].loop &&
		    has_claims(loop->body->children[i].loop);
	return some;
}

/* Without claims (270, 271) a record is about the innermost HL level. */
static bool
gather(struct record_draft *d, const struct guide_loop *loop, uint16_t parent,
    uint8_t level)
{
	struct record_loop *to = &d->kind->loops[loop->index];
	bool chain = loop->is_claim || (!d->claims && loop->is_hl);

	d->places[loop->index].loop = loop;
	d->places[loop->index].parent = parent;
	to->ends = chain;
	to->level = level;
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];
		const struct guide_loop *child = c->loop;

		if (child && i > 0)
			d->kind->loops[child->index].bracketed = !c[-1].loop &&
			    record_is_bracket(c[-1].segment);
		if (child && gather(d, child, loop->index,
		    (uint8_t)(level + 1)))
			chain = true;
	}
	to->chain = chain;
	return chain;
}

/* Segments that have no name here: with their loop, as they were. */
static int
add_other(struct record_draft *d, struct record_field *to)
{
	static const char *const names[] = { "loop", "segment", "delimiters" };
	struct record_field *f;

	if (find_member(to, SLICE_LIT("other")))
		return 0;
	f = add_member(d, to, SLICE_LIT("other"));
	if (!f)
		return no_memory(d);
	f->list = true;
	f->title = "Segments without a name";
	for (unsigned i = 0; i < 3; i++) {
		struct record_field *m = add_member(d, f, slice_str(names[i]));

		if (!m)
			return no_memory(d);
		m->type = RECORD_TEXT;
		m->required = i < 2;
	}
	return 0;
}

static int
prepare(struct record_draft *d, struct arena *work)
{
	const struct guide *g = d->kind->guide;

	d->kind->root = arena_alloc(d->arena, sizeof(*d->kind->root));
	d->kind->loops = arena_array(d->arena, g->loop_count,
	    sizeof(*d->kind->loops));
	d->kind->maps = arena_array(d->arena, g->segment_count,
	    sizeof(*d->kind->maps));
	d->places = arena_array(work, g->loop_count, sizeof(*d->places));
	if (!d->kind->root || !d->kind->loops || !d->kind->maps || !d->places)
		return no_memory(d);
	d->claims = has_claims(g->root);
	gather(d, g->root, g->root->index, 0);
	d->places[g->root->index].base = d->kind->root;
	return add_other(d, d->kind->root);
}

/* ---- lines -------------------------------------------------------------- */

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
	p->own = name.n > 0 && !find_member(from, name);
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
	return add_other(d, p->base);
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
		return no_memory(d);
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

/* What defaults may say, a record need not say: nothing of it. */
static void
relax(struct record_field *f, bool settable)
{
	for (f = f->first; f; f = f->next) {
		relax(f, settable || f->settable);
		f->required &= !settable && !f->settable;
	}
}

/* What a level of the set says must not be said by another. */
static int
set_levels(struct record_draft *d)
{
	for (unsigned i = 0; i < d->kind->guide->loop_count; i++) {
		struct record_place *p = &d->places[i];
		const struct record_field *f = p->base;
		unsigned level = i;
		bool claim;

		if (!p->loop)
			continue;
		if (!f)
			return err_set(d->e, -EINVAL, "%s.record: loop %s has "
			    "no line", d->kind->name, p->loop->id);
		while (!d->kind->loops[level].chain)
			level = d->places[level].parent;
		claim = d->places[level].loop->is_claim;
		level = d->kind->loops[level].level;
		while (f->parent && f->parent != d->kind->root)
			f = f->parent;
		if (f->parent && f->level >= 0 && f->level != (int8_t)level &&
		    !claim && !d->kind->loops[i].chain)
			return err_set(d->e, -EINVAL, "%s.record: %s is of "
			    "two levels", d->kind->name, f->name);
		if (f->parent)
			((struct record_field *)(uintptr_t)f)->level =
			    (int8_t)level;
	}
	for (struct record_field *f = d->kind->root->first; f; f = f->next) {
		if (strcmp(f->name, "type") == 0 ||
		    strcmp(f->name, "source") == 0)
			return err_set(d->e, -EINVAL, "%s.record: every "
			    "record has a %s of its own", d->kind->name,
			    f->name);
		if (f->level < 0)
			f->level = 0;
	}
	return 0;
}

static int
read_all(struct record_draft *d, struct slice text, const char *what)
{
	struct guide_text t;
	struct guide_line l;
	int rc = 0;

	guide_text_init(&t, text, what);
	while (rc == 0 && guide_text_next(&t, &l))
		rc = read_line(d, &t, &l);
	return rc;
}

/* The first two lines, before the guide is known: record, title. */
static int
load(struct record_kinds *k, unsigned i, const struct record_file *file,
    const struct guide *g, struct err *e)
{
	struct record_kind *kind = arena_alloc(&k->arena, sizeof(*kind));
	struct record_draft d = { .kind = kind, .arena = &k->arena, .e = e };
	char what[24];
	int rc;

	if (!kind)
		return no_memory(&d);
	snprintf(what, sizeof(what), "%s.record", file->name);
	kind->name = file->name;
	kind->title = file->title;
	kind->guide = g;
	rc = prepare(&d, &k->arena);
	if (rc == 0)
		rc = read_all(&d, record_file_common(), "common.record");
	if (rc == 0)
		rc = read_all(&d, file->text, what);
	if (rc == 0)
		rc = set_levels(&d);
	if (rc == 0)
		rc = record_draft_complete(&d);
	if (rc < 0)
		return rc;
	relax(kind->root, false);
	k->kinds[i] = kind;
	return rc;
}

/* ---- the kinds ---------------------------------------------------------- */

struct record_kinds *
record_kinds_new(struct guides *g)
{
	struct record_kinds *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->guides = g;
	arena_init(&k->arena, KINDS * (size_t)KIND_MEMORY);
	return k;
}

void
record_kinds_free(struct record_kinds *k)
{
	if (!k)
		return;
	arena_free(&k->arena);
	free(k);
}

const char *
record_kind_name(unsigned i)
{
	struct record_file file;

	return record_file(i, &file) ? file.name : NULL;
}

static const struct record_kind *
kind_at(struct record_kinds *k, unsigned i, const struct record_file *file,
    const struct guide *g, struct err *e)
{
	*e = ERR_NONE;
	if (!k->kinds[i] && load(k, i, file, g, e) < 0)
		return NULL;
	return k->kinds[i];
}

const struct record_kind *
record_kind_of(struct record_kinds *k, const struct guide *g, struct err *e)
{
	struct record_file file;

	*e = ERR_NONE;
	for (unsigned i = 0; i < KINDS && record_file(i, &file); i++)
		if (strcmp(g->id, file.guide) == 0 &&
		    strcmp(g->set, file.set) == 0)
			return kind_at(k, i, &file, g, e);
	return NULL;
}

const struct record_kind *
record_kind_named(struct record_kinds *k, struct slice name, struct err *e)
{
	struct record_file file;

	*e = ERR_NONE;
	for (unsigned i = 0; i < KINDS && record_file(i, &file); i++) {
		const struct guide *g;

		if (!slice_is(name, file.name))
			continue;
		g = guides_find(k->guides, slice_str(file.guide),
		    slice_str(file.set), e);
		return g ? kind_at(k, i, &file, g, e) : NULL;
	}
	return NULL;
}
