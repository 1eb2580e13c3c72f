/* SPDX-License-Identifier: ISC */
#include "edi/record/write.h"

#include <assert.h>
#include <stdio.h>

#include "edi/record/segment.h"

enum { PART_MAX = 8 << 20, ORIGINS_MAX = 1 << 20, OTHER_MARKS = 64 };

struct writing {
	const struct record_kind *kind;
	const struct record_value *root;
	struct arena *arena;
	struct buf out, origins;
	struct writer w;
	struct record_fault *fault;
	struct record_pen pen;
	const char *trail;
	uint32_t others;
};

/* A loop with the object of its members. */
struct spot {
	const struct guide_loop *loop;
	const struct record_value *object;
	const struct record_field *field;
	unsigned number;              /* 1, 2, .. of a list */
};

static bool
wrong(struct writing *x, const char *text)
{
	snprintf(x->fault->text, sizeof(x->fault->text), "%s", text);
	return false;
}

static bool
broken(const struct writing *x)
{
	return x->fault->text[0] != '\0';
}

/* ---- trails ------------------------------------------------------------- */

/* above.path[index]; index below 0: no list. */
static const char *
trail_of(struct writing *x, const char *above, const struct record_field *f,
    const struct record_field *from, long index)
{
	char path[RECORD_FAULT_FIELD], text[RECORD_FAULT_FIELD];
	const size_t cap = sizeof(text);
	const char *copy;
	size_t n;

	record_field_path(f, from, path, sizeof(path));
	n = record_path_add(text, 0, cap, above);
	n = record_path_add(text, n, cap, above[0] && path[0] ? "." : "");
	n = record_path_add(text, n, cap, path);
	if (index >= 0)
		n = record_path_index(text, n, cap, (unsigned)index);
	copy = arena_copy(x->arena, slice(text, n));
	return copy ? copy : "";
}

static bool
add_origin(struct writing *x, const struct record_map *m, unsigned index)
{
	struct record_origin o = { m, x->trail, index };

	return buf_add(&x->origins, &o, sizeof(o)) ||
	    wrong(x, "has too many segments");
}

/* ---- segments without a name -------------------------------------------- */

static struct slice
member_text(const struct record_value *v, unsigned slot)
{
	return v->cell[slot] ? v->cell[slot]->text : slice(NULL, 0);
}

static bool
parse_other(struct writing *x, const struct record_value *v,
    struct delimiters *d, uint32_t *marks, struct segment *to)
{
	struct slice text = member_text(v, 1), own = member_text(v, 2);
	char *p = arena_alloc(x->arena, text.n + SEGMENT_SLACK + 1);
	uint32_t n = 0;

	*d = (struct delimiters){ '*', ':', '^', '~' };
	if (own.n == 3)
		*d = (struct delimiters){ own.p[0], own.p[1], own.p[2] == ' ' ?
			'\0' : own.p[2], '\0' };
	if (!p)
		return wrong(x, "is too large");
	for (size_t i = 0; i < text.n; i++) {
		p[i] = text.p[i];
		if (p[i] == x->w.d.terminator)
			return wrong(x, "other: a segment holds the "
			    "terminator");
		if (p[i] == d->element && n == OTHER_MARKS)
			return wrong(x, "other: a segment is too long");
		if (p[i] == d->element)
			marks[n++] = (uint32_t)i;
	}
	marks[n] = (uint32_t)text.n;
	*to = (struct segment){ .base = p, .mark = marks, .count = n,
		.tag = segment_tag(slice(p, marks[0])), .delimiters = d };
	return true;
}

/* Is the segment of `other` one of this node's? */
static bool
is_of(const struct guide_segment *g, const struct segment *s)
{
	const struct guide_element *el;
	struct slice v;

	if (g->tag != s->tag)
		return false;
	if (g->key[0] == 0)
		return true;
	el = &g->elements[g->key[0] - 1];
	v = segment_element(s, g->key[0]);
	if (g->key_component[0]) {
		el = &el->components[g->key_component[0] - 1];
		v = slice_part(v, s->delimiters->component,
		    g->key_component[0]);
	}
	return !el->codes || guide_codes_has(el->codes, v);
}

static unsigned
write_others(struct writing *x, const struct spot *at,
    const struct guide_segment *g)
{
	unsigned n = 0;

	for (const struct record_value *v = at->object ?
	    at->object->cell[0] : NULL; v && !broken(x); v = v->next) {
		uint32_t marks[OTHER_MARKS + 1];
		struct delimiters d;
		struct segment s;

		if (!slice_is(member_text(v, 0), at->loop->id) ||
		    !parse_other(x, v, &d, marks, &s) || !is_of(g, &s))
			continue;
		writer_copy(&x->w, &s);
		if (writer_error(&x->w) != WRITER_OK)
			wrong(x, "other: a segment holds one of the "
			    "delimiters");
		add_origin(x, NULL, 0);
		x->others++;
		n++;
	}
	return n;
}

static uint32_t
count_others(const struct record_field *f, const struct record_value *v)
{
	uint32_t n = 0;

	for (f = f->first; f; f = f->next) {
		if (f->type != RECORD_OBJECT)
			continue;
		for (const struct record_value *m = v->cell[f->slot]; m;
		    m = m->next)
			n += strcmp(f->name, "other") == 0 ? 1 :
			    count_others(f, m);
	}
	return n;
}

/* ---- segments ----------------------------------------------------------- */

static bool
write_one(struct writing *x, const struct record_map *m,
    const struct record_value *object, bool forced, unsigned index)
{
	char path[RECORD_FAULT_FIELD];
	enum record_made made;
	unsigned chunk = 0;
	bool some = false;

	do {
		made = record_segment(&x->w, m, object, forced, chunk++,
		    &x->pen);
		if (made == RECORD_MADE && add_origin(x, m, index))
			some = true;
	} while (made == RECORD_MADE && m->flat && !broken(x));
	if (made == RECORD_FAULTY) {
		struct record_origin o = { m, x->trail, index };

		snprintf(path, sizeof(path), "%s", x->fault->field);
		record_origin_field(&o, 0, 0, x->fault->field);
		if (path[0])
			snprintf(x->fault->field + strlen(x->fault->field),
			    sizeof(x->fault->field) -
			    strlen(x->fault->field), "%s%s",
			    x->fault->field[0] ? "." : "", path);
	}
	return some;
}

static bool
write_node(struct writing *x, const struct spot *at,
    const struct guide_segment *g, bool forced)
{
	const struct record_map *m = x->kind->maps[g->index];
	bool some = false;

	forced |= m && m->assumed && g->usage == USAGE_REQUIRED;
	for (; m && at->object && !broken(x); m = m->next) {
		const struct record_value *v = m->path.count > 0 ?
		    record_find(at->object, &m->path) : at->object;
		bool list = m->path.count > 0 && m->path.field->list;

		for (unsigned i = 0; v && !broken(x); i++) {
			some |= write_one(x, m, v, list, i);
			v = list ? v->next : NULL;
		}
	}
	if (!broken(x) && write_others(x, at, g) > 0)
		return true;
	if (!some && forced && !broken(x))
		write_one(x, x->kind->maps[g->index], NULL, true, 0);
	return some;
}

/* ---- loops -------------------------------------------------------------- */

static bool write_range(struct writing *x, const struct spot *at,
    unsigned from, unsigned to);

/* One instance; undone when it says nothing and nobody asked for it. */
static bool
write_instance(struct writing *x, const struct spot *at, bool asked)
{
	struct writer before = x->w;
	size_t out = x->out.n, origins = x->origins.n;
	bool some = write_range(x, at, 0, at->loop->body->count);

	if (some || asked || broken(x))
		return some || asked;
	x->w = before;
	x->out.n = out;
	x->origins.n = origins;
	return false;
}

static bool
write_child(struct writing *x, const struct spot *above,
    const struct guide_loop *loop)
{
	const struct record_loop *l = &x->kind->loops[loop->index];
	const struct record_field *from = l->from_root ? x->kind->root :
	    above->field;
	const struct record_value *v = l->from_root ? x->root : above->object;
	struct spot at = { loop, v, from, 1 };
	const char *trail = x->trail, *base = l->from_root ? "" : trail;
	bool some = false;

	if (l->path.count == 0)
		return write_instance(x, &at, false);
	v = v ? record_find(v, &l->path) : NULL;
	at.field = l->path.field;
	for (; v && !broken(x); v = v->next, at.number++) {
		at.object = v;
		x->trail = trail_of(x, base, at.field, from,
		    at.field->list ? (long)at.number - 1 : -1);
		some |= write_instance(x, &at, true);
	}
	x->trail = trail;
	return some;
}

static void
write_number(struct writing *x, const struct guide_segment *g, unsigned n)
{
	if (g->tag != SEGMENT_TAG2('L', 'X'))
		return;
	writer_begin(&x->w, "LX");
	writer_uint(&x->w, n);
	writer_end(&x->w);
	add_origin(x, NULL, 0);
}

/* LS before, LE after the loops beside it, where there are such. */
static void
write_bracket(struct writing *x, const struct spot *at, unsigned i)
{
	const struct guide_child *c = &at->loop->body->children[i];
	const struct guide_loop *l = c[c->segment->id[1] == 'S' ? 1 : -1].loop;

	if (!l || !at->object || !record_find(at->object,
	    &x->kind->loops[l->index].path))
		return;
	writer_begin(&x->w, c->segment->id);
	writer_element(&x->w, record_constant(&c->segment->elements[0]));
	writer_end(&x->w);
	add_origin(x, NULL, 0);
}

static bool
write_range(struct writing *x, const struct spot *at, unsigned from,
    unsigned to)
{
	bool some = false;

	for (unsigned i = from; i < to && !broken(x); i++) {
		const struct guide_child *c = &at->loop->body->children[i];

		if (c->loop && i > 0) {
			if (!x->kind->loops[c->loop->index].chain)
				some |= write_child(x, at, c->loop);
		} else if (record_is_bracket(c->segment)) {
			write_bracket(x, at, i);
			some |= write_others(x, at, c->segment) > 0;
		} else if (record_is_frame(c->segment)) {
			write_number(x, c->segment, at->number);
		} else {
			some |= write_node(x, at, c->segment, i == 0);
		}
	}
	return some;
}

/* ---- levels ------------------------------------------------------------- */

/* The place of the first child that leads to claims; count: none. */
static unsigned
chain_child(const struct record_kind *k, const struct guide_loop *loop)
{
	/* The first child begins the loop; the set begins with its ST. */
	unsigned i = 1;

	for (; i < loop->body->count; i++) {
		const struct guide_loop *c = loop->body->children[i].loop;

		if (c && k->loops[c->index].chain)
			break;
	}
	return i;
}

static bool
is_there(const struct writing *x, const struct guide_loop *loop)
{
	const struct record_path *p = &x->kind->loops[loop->index].path;

	return p->count > 0 && record_find(x->root, p);
}

/* Where the record goes on: of two ways the one that is longer. */
static const struct guide_loop *
next_level(const struct writing *x, const struct guide_loop *loop)
{
	const struct guide_loop *found = NULL;

	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_loop *c = loop->body->children[i].loop;

		if (!c || c == loop || !x->kind->loops[c->index].chain ||
		    !is_there(x, c))
			continue;
		if (!found || found->is_claim)
			found = c;
	}
	return found;
}

static bool
finish_part(struct writing *x, struct record_part *p, size_t early)
{
	char *bytes = arena_alloc(x->arena, x->out.n + 1);

	p->count = (uint32_t)(x->origins.n / sizeof(*p->origins));
	p->origins = arena_array(x->arena, p->count + 1, sizeof(*p->origins));
	if (!bytes || !p->origins || x->out.failed)
		return wrong(x, "is too large");
	if (x->out.n > 0)
		memcpy(bytes, x->out.p, x->out.n);
	if (x->origins.n > 0)
		memcpy(p->origins, x->origins.p, x->origins.n);
	p->early = slice(bytes, early);
	p->late = slice(bytes + early, x->out.n - early);
	p->gap = x->pen.gap < early ? x->pen.gap : 0;
	x->pen.gap = 0;
	buf_reset(&x->out);
	buf_reset(&x->origins);
	return true;
}

static bool
write_part(struct writing *x, const struct guide_loop *loop,
    struct record_part *p)
{
	const struct record_loop *l = &x->kind->loops[loop->index];
	unsigned middle = chain_child(x->kind, loop);
	struct spot at = { loop, x->root, x->kind->root, 1 };
	size_t early;

	p->loop = loop;
	x->trail = "";
	if (l->path.count > 0) {
		at.object = record_find(x->root, &l->path);
		at.field = l->path.field;
		x->trail = trail_of(x, "", at.field, x->kind->root, -1);
	}
	write_range(x, &at, 0, middle);
	early = x->out.n;
	p->early_count = (uint32_t)(x->origins.n / sizeof(*p->origins));
	write_range(x, &at, middle, loop->body->count);
	return !broken(x) && finish_part(x, p, early);
}

bool
record_write(struct arena *a, const struct record_kind *k,
    const struct record_value *root, const struct record_form *form,
    struct record_parts *to, struct record_fault *fault)
{
	struct writing x = { .kind = k, .root = root, .arena = a,
		.fault = fault, .pen = { form, fault, 0 } };
	const struct guide_loop *loop = k->guide->root;

	*fault = (struct record_fault){ "", "", NULL };
	*to = (struct record_parts){ .count = 0 };
	buf_init(&x.out, PART_MAX);
	buf_init(&x.origins, ORIGINS_MAX * sizeof(struct record_origin));
	writer_init(&x.w, &x.out, form->delimiters, form->suffix);
	for (; loop && !broken(&x); loop = next_level(&x, loop)) {
		assert(to->count < RECORD_LEVELS);
		to->claim = k->loops[loop->index].ends;
		write_part(&x, loop, &to->part[to->count++]);
		if (loop->is_claim)
			break;
	}
	if (!broken(&x) && x.others != count_others(k->root, root))
		wrong(&x, "other: the guide has no place for one of its "
		    "segments");
	buf_free(&x.out);
	buf_free(&x.origins);
	return !broken(&x);
}

/* ---- findings ----------------------------------------------------------- */

static const struct record_row *
row_at(const struct record_map *m, unsigned element, unsigned component)
{
	const struct record_row *near = NULL;

	for (const struct record_row *r = m->rows; r; r = r->next) {
		if (element < r->first || element > r->last)
			continue;
		if (component == 0 || r->kind == ROW_GROUP ||
		    (component >= r->component &&
		    component <= r->component_last))
			return r;
		near = near ? near : r;
	}
	return near;
}

void
record_origin_field(const struct record_origin *o, unsigned element,
    unsigned component, char to[static RECORD_FAULT_FIELD])
{
	char path[RECORD_FAULT_FIELD] = "", text[2 * RECORD_FAULT_FIELD + 16];
	const struct record_row *r = o->map && element ? row_at(o->map,
	    element, component) : NULL;
	const struct record_map *m = o->map;
	char at[16] = "";
	int n;

	if (m && m->path.count > 0) {
		const struct record_field *above = m->path.field;

		for (unsigned i = 0; i < m->path.count; i++)
			above = above->parent;
		record_field_path(m->path.field, above, path, sizeof(path));
		if (m->path.field->list)
			snprintf(at, sizeof(at), "[%u]", o->index);
	}
	n = snprintf(text, sizeof(text), "%s%s%s%s", o->trail, o->trail[0] &&
	    path[0] ? "." : "", path, at);
	path[0] = '\0';
	if (r) {
		const struct record_field *above = r->path.field;

		for (unsigned i = 0; i < r->path.count; i++)
			above = above->parent;
		record_field_path(r->path.field, above, path, sizeof(path));
	}
	snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", n > 0 && path[0] ?
	    "." : "", path);
	text[RECORD_FAULT_FIELD - 1] = '\0';
	memcpy(to, text, RECORD_FAULT_FIELD);
}
