/* SPDX-License-Identifier: ISC */
#include "edi/record/fill.h"

/*
 * First all values are found and converted, then all of them are put in
 * place: a segment that cannot be said wholly is not said at all.
 */

enum { FILL_VALUES = 128, FILL_ROOM = 64 };

struct found {
	const struct record_row *row, *sub;
	unsigned element;
	struct slice text;
};

struct fill {
	const struct record_map *map;
	const struct segment *s;
	struct slice at[33];              /* elements */
	uint32_t taken[33];               /* bit 0: all; else components */
	struct found found[FILL_VALUES];
	unsigned count, rooms;
	char room[FILL_ROOM][RECORD_VALUE_TEXT];
};

static struct slice
part(const struct fill *f, unsigned element, unsigned component)
{
	struct slice v = f->at[element];

	return component == 0 || v.n == 0 ? v :
	    segment_part(v, f->s->delimiters->component, component);
}

const struct record_map *
record_map_for(const struct record_map *m, const struct segment *s)
{
	for (; m; m = m->next) {
		const struct guide_segment *g = m->segment;
		struct slice v;

		if (m->code_count == 0)
			return m;
		v = segment_element(s, g->key[0]);
		if (g->key_component[0])
			v = slice_part(v, s->delimiters->component,
			    g->key_component[0]);
		for (unsigned i = 0; i < m->code_count; i++)
			if (slice_eq(m->codes[i], v))
				return m;
	}
	return NULL;
}

/* ---- finding ------------------------------------------------------------ */

/* The format of a period stands in the element (component) before it. */
static struct slice
format_of(const struct fill *f, unsigned element, unsigned component)
{
	return component > 0 ? part(f, element, component - 1u) :
	    f->at[element - 1];
}

static bool
take(struct fill *f, const struct record_row *row,
    const struct record_row *sub, unsigned element, unsigned component,
    const struct record_field *field)
{
	struct slice v = part(f, element, component);
	struct found *to = &f->found[f->count];

	if (v.n == 0)
		return true;
	if (f->count == FILL_VALUES || f->rooms == FILL_ROOM)
		return false;
	*to = (struct found){ row, sub, element, v };
	if (field->type > RECORD_CODE && !record_from_x12(field->type, v,
	    format_of(f, element, component), f->room[f->rooms++], &to->text))
		return false;
	f->taken[element] |= (uint32_t)1 << component;
	f->count++;
	return true;
}

/* A value for each repetition; an empty one cannot be said. */
static bool
take_repeats(struct fill *f, const struct record_row *r)
{
	char again = f->s->delimiters->repetition;
	struct slice v = f->at[r->first];
	unsigned n = v.n == 0 ? 0 : again ? slice_parts(v, again) : 1;

	for (unsigned i = 1; i <= n; i++) {
		struct slice one = n > 1 ? slice_part(v, again, i) : v;

		if (one.n == 0 || f->count == FILL_VALUES)
			return false;
		f->found[f->count++] = (struct found){ r, NULL, r->first,
			one };
	}
	f->taken[r->first] |= 1;
	return true;
}

/* A list has no gaps: what follows one cannot be said. */
static bool
take_group(struct fill *f, const struct record_row *r)
{
	bool gap = false;

	for (unsigned at = r->first; at <= r->last && at <= f->s->count;
	    at += r->stride) {
		unsigned before = f->count;

		for (const struct record_row *s = r->sub; s; s = s->next) {
			unsigned i = at + s->first - r->first;

			if (i <= r->last && !take(f, r, s, i, s->component,
			    s->path.field))
				return false;
		}
		if (gap && f->count > before)
			return false;
		gap |= f->count == before;
	}
	return true;
}

static bool
take_list(struct fill *f, const struct record_row *r)
{
	unsigned last = r->component_last > r->component ?
	    r->component_last : r->component;
	bool gap = false;

	for (unsigned i = r->first; i <= r->last; i++) {
		if (f->at[i].n == 0) {
			gap = true;
			continue;
		}
		for (unsigned c = r->component; c <= last; c++) {
			unsigned before = f->count;

			if (!take(f, r, NULL, i, c, r->path.field) ||
			    (gap && f->count > before))
				return false;
			gap |= f->count == before;
		}
	}
	return true;
}

static bool
take_row(struct fill *f, const struct record_row *r)
{
	/* What the row speaks of was not written. */
	if (r->first > f->s->count)
		return true;
	if (r->kind == ROW_GROUP)
		return take_group(f, r);
	if (r->kind == ROW_REPEATS)
		return take_repeats(f, r);
	if (r->kind == ROW_VALUE && r->when && !slice_is(f->at[r->when],
	    r->code))
		return true;
	if (!take_list(f, r))
		return false;
	if (r->when && f->at[r->first].n > 0)
		f->taken[r->when] |= 1;
	return true;
}

/* ---- is anything left? -------------------------------------------------- */

bool
record_paired(const struct guide_syntax *notes, unsigned count, unsigned i,
    uint32_t present)
{
	for (unsigned n = 0; n < count; n++)
		if (notes[n].kind == 'P' &&
		    (notes[n].all & (uint32_t)1 << (i - 1)) &&
		    (notes[n].all & present & ~((uint32_t)1 << (i - 1))))
			return true;
	return false;
}

static uint32_t
present(const struct fill *f)
{
	uint32_t bits = 0;

	for (unsigned i = 1; i <= f->s->count && i <= 32; i++)
		bits |= f->at[i].n > 0 ? (uint32_t)1 << (i - 1) : 0;
	return bits;
}

/* A value that the way back makes by itself. */
static bool
follows(const struct fill *f, unsigned element, unsigned component,
    const struct guide_element *el, const struct guide_element *next,
    struct slice v)
{
	const struct guide_segment *g = f->map->segment;

	if (f->map->code_count == 1 && g->key[0] == element &&
	    g->key_component[0] == component)
		return slice_eq(v, f->map->codes[0]);
	if (next && (next->flags & GUIDE_PERIOD)) {
		if (record_constant(el).n > 0 &&
		    !slice_eq(v, record_constant(el)))
			return false;
		return component > 0 ? part(f, element, component + 1).n > 0 :
		    f->at[element + 1].n > 0;
	}
	if (!slice_eq(v, record_constant(el)))
		return false;
	return el->usage == USAGE_REQUIRED || (component == 0 &&
	    record_paired(g->syntax, g->syntax_count, element, present(f)));
}

static bool
parts_left(const struct fill *f, unsigned i, const struct guide_element *el)
{
	unsigned count = slice_parts(f->at[i],
	    f->s->delimiters->component);

	for (unsigned c = 1; c <= count; c++) {
		struct slice v = part(f, i, c);

		if (v.n == 0 || (c < 32 && f->taken[i] & (uint32_t)1 << c))
			continue;
		if (c > el->component_count || !follows(f, i, c,
		    &el->components[c - 1], c < el->component_count ?
		    &el->components[c] : NULL, v))
			return true;
	}
	return false;
}

static bool
left(const struct fill *f)
{
	const struct guide_segment *g = f->map->segment;

	for (unsigned i = 1; i <= f->s->count; i++) {
		const struct guide_element *el;

		if (f->at[i].n == 0 || (f->taken[i] & 1))
			continue;
		if (i > g->count)
			return true;
		el = &g->elements[i - 1];
		if (el->component_count > 0 ? parts_left(f, i, el) :
		    !follows(f, i, 0, el, i < g->count ?
		    &g->elements[i] : NULL, f->at[i]))
			return true;
	}
	return false;
}

/* ---- putting in place --------------------------------------------------- */

static struct record_value *
value(struct arena *a, struct slice text)
{
	struct record_value *v = arena_alloc(a, sizeof(*v) + text.n);

	if (!v)
		return NULL;
	memcpy(v->cell, text.p, text.n);
	v->text = slice((const char *)v->cell, text.n);
	return v;
}

static bool
put(struct arena *a, struct record_value *object,
    const struct record_field *at, const struct record_path *path,
    struct record_value *v)
{
	struct record_value **cell = v ? record_cell(a, object, at, path) :
	    NULL;

	if (!cell)
		return false;
	record_append(cell, v);
	return true;
}

/* A new object of the group where its elements begin anew. */
static bool
put_grouped(struct arena *a, struct record_value *object,
    const struct record_field *at, const struct found *x, unsigned *stride,
    struct record_value **item)
{
	unsigned now = (x->element - x->row->first) / x->row->stride + 1;

	if (now != *stride) {
		*stride = now;
		*item = record_object(a, x->row->path.field);
		if (!put(a, object, at, &x->row->path, *item))
			return false;
	}
	return put(a, *item, x->row->path.field, &x->sub->path,
	    value(a, x->text));
}

static bool
put_all(struct arena *a, const struct fill *f, struct record_value *object,
    const struct record_field *at)
{
	const struct record_row *row = NULL;
	struct record_value *item = NULL;
	unsigned stride = 0;

	for (unsigned i = 0; i < f->count; i++) {
		const struct found *x = &f->found[i];

		if (x->row != row)
			stride = 0;
		row = x->row;
		if (x->sub ? !put_grouped(a, object, at, x, &stride, &item) :
		    !put(a, object, at, &row->path, value(a, x->text)))
			return false;
	}
	return true;
}

/* A member that holds one value holds it already? */
static bool
taken_before(const struct fill *f, const struct record_value *object)
{
	for (unsigned i = 0; i < f->count && object; i++) {
		const struct record_row *r = f->found[i].row;

		if (!r->path.field->list && record_find(object, &r->path))
			return true;
	}
	return false;
}

/* Repetitions where a member holds one value? */
static bool
has_repeats(const struct fill *f)
{
	for (unsigned i = 1; i <= f->s->count; i++) {
		const struct record_row *r = f->map->rows;

		if (f->at[i].n == 0 || !memchr(f->at[i].p,
		    f->s->delimiters->repetition, f->at[i].n))
			continue;
		while (r && (r->kind != ROW_REPEATS || r->first != i))
			r = r->next;
		if (!r)
			return true;
	}
	return false;
}

/* Nothing but what follows from the guide: no member would bring it back. */
static bool
says_nothing(const struct fill *f)
{
	const struct record_map *m = f->map;

	return f->count == 0 && !m->opens &&
	    !(m->path.count > 0 && m->path.field->list);
}

static enum record_filled
commit(struct arena *a, const struct fill *f, struct record_value *base,
    const struct record_field *at)
{
	const struct record_map *m = f->map;
	struct record_value *object = base, **cell;

	if (m->path.count > 0) {
		cell = record_cell(a, base, at, &m->path);
		if (!cell)
			return RECORD_NO_MEMORY;
		if (!m->path.field->list && taken_before(f, *cell))
			return RECORD_OTHER;
		object = *cell;
		if (!object || m->path.field->list) {
			object = record_object(a, m->path.field);
			if (!object)
				return RECORD_NO_MEMORY;
			record_append(cell, object);
		}
		at = m->path.field;
	} else if (taken_before(f, base)) {
		return RECORD_OTHER;
	}
	return put_all(a, f, object, at) ? RECORD_FILLED : RECORD_NO_MEMORY;
}

enum record_filled
record_fill(struct arena *a, const struct record_map *m,
    const struct segment *s, struct record_value *base,
    const struct record_field *at)
{
	struct slice text = segment_text(s);
	unsigned room = m->segment->count;       /* what rows may speak of */
	struct fill f;

	if (s->count > 32)
		return RECORD_OTHER;
	if (room < s->count)
		room = s->count;
	f.map = m;
	f.s = s;
	f.count = f.rooms = 0;
	f.at[0] = slice(NULL, 0);
	for (unsigned i = 1; i <= s->count; i++)
		f.at[i] = segment_element(s, i);
	memset(&f.at[s->count + 1], 0, (room - s->count) * sizeof(f.at[0]));
	memset(f.taken, 0, (room + 1) * sizeof(f.taken[0]));
	if (s->delimiters->repetition && memchr(text.p,
	    s->delimiters->repetition, text.n) && has_repeats(&f))
		return RECORD_OTHER;
	for (const struct record_row *r = m->rows; r; r = r->next)
		if (!take_row(&f, r))
			return RECORD_OTHER;
	if (left(&f) || says_nothing(&f))
		return RECORD_OTHER;
	return commit(a, &f, base, at);
}
