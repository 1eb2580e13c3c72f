/* SPDX-License-Identifier: ISC */
#include "edi/record/draft.h"

int
record_draft_no_memory(struct record_draft *d)
{
	return err_set(d->e, -ENOMEM, "out of memory for kinds of record");
}

/* ---- members ------------------------------------------------------------- */

struct record_field *
record_draft_find(const struct record_field *parent, struct slice name)
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
		f = record_draft_find(from, name);
		if (!f && !(f = add_member(d, from, name))) {
			record_draft_no_memory(d);
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
int
record_draft_other(struct record_draft *d, struct record_field *to)
{
	static const char *const names[] = { "loop", "segment", "delimiters" };
	struct record_field *f;

	if (record_draft_find(to, SLICE_LIT("other")))
		return 0;
	f = add_member(d, to, SLICE_LIT("other"));
	if (!f)
		return record_draft_no_memory(d);
	f->list = true;
	f->title = "Segments without a name";
	for (unsigned i = 0; i < 3; i++) {
		struct record_field *m = add_member(d, f, slice_str(names[i]));

		if (!m)
			return record_draft_no_memory(d);
		m->type = RECORD_TEXT;
		m->required = i < 2;
	}
	return 0;
}

int
record_draft_prepare(struct record_draft *d, struct arena *work)
{
	const struct guide *g = d->kind->guide;

	d->kind->root = arena_alloc(d->arena, sizeof(*d->kind->root));
	d->kind->loops = arena_array(d->arena, g->loop_count,
	    sizeof(*d->kind->loops));
	d->kind->maps = arena_array(d->arena, g->segment_count,
	    sizeof(*d->kind->maps));
	d->places = arena_array(work, g->loop_count, sizeof(*d->places));
	if (!d->kind->root || !d->kind->loops || !d->kind->maps || !d->places)
		return record_draft_no_memory(d);
	d->claims = has_claims(g->root);
	gather(d, g->root, g->root->index, 0);
	d->places[g->root->index].base = d->kind->root;
	return record_draft_other(d, d->kind->root);
}

/* ---- the levels ---------------------------------------------------------- */

/* What a level of the set says must not be said by another. */
int
record_draft_levels(struct record_draft *d)
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
