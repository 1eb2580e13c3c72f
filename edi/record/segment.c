/* SPDX-License-Identifier: ISC */
#include "edi/record/segment.h"

#include <stdio.h>

#include "edi/record/fill.h"

/* Elements and components as they will be written; 0 is the element. */
enum { PARTS = 16, ELEMENTS = 33, ROOMS = 96 };

struct making {
	const struct record_map *map;
	struct slice at[ELEMENTS][PARTS];
	const struct record_value *more[ELEMENTS];   /* repetitions */
	char room[ROOMS][RECORD_VALUE_TEXT];
	unsigned rooms;
	bool begun, some;
	struct record_pen *pen;
	unsigned gap;                /* element; 0: none */
};

/*
 * Empty, once there is something to be put: most of the segments that a record
 * may have it has not. Of an element without components only itself is used.
 */
static void
begin(struct making *m)
{
	const struct guide_segment *g = m->map->segment;

	if (m->begun)
		return;
	m->begun = true;
	for (unsigned i = 0; i <= g->count; i++) {
		unsigned parts = i > 0 && g->elements[i - 1].component_count ?
		    PARTS : 1;

		memset(m->at[i], 0, parts * sizeof(m->at[i][0]));
		m->more[i] = NULL;
	}
}

size_t
record_path_add(char *to, size_t n, size_t cap, const char *text)
{
	size_t more = strlen(text), room = cap - 1 - n;

	if (more > room)
		more = room;
	memcpy(to + n, text, more);
	to[n + more] = '\0';
	return n + more;
}

size_t
record_path_index(char *to, size_t n, size_t cap, unsigned index)
{
	char text[16], *p = text + sizeof(text);

	*--p = '\0';
	*--p = ']';
	do
		*--p = (char)('0' + index % 10);
	while ((index /= 10) > 0);
	*--p = '[';
	return record_path_add(to, n, cap, p);
}

static size_t
field_path(const struct record_field *f, const struct record_field *above,
    char *to, size_t cap)
{
	size_t n;

	if (!f || f == above || !f->parent)
		return 0;
	n = field_path(f->parent, above, to, cap);
	return record_path_add(to, record_path_add(to, n, cap, n > 0 ? "." :
	    ""), cap, f->name);
}

void
record_field_path(const struct record_field *f,
    const struct record_field *above, char *to, size_t cap)
{
	to[0] = '\0';
	field_path(f, above, to, cap);
}

static bool
wrong(struct making *m, const struct record_field *f, const char *text)
{
	/* From the segment's object; the caller knows where that is. */
	struct record_fault *to = m->pen->fault;

	record_field_path(f, m->map->path.field, to->field,
	    sizeof(to->field));
	snprintf(to->text, sizeof(to->text), "%s", text);
	return false;
}

/* ---- members to elements ------------------------------------------------ */

static bool
has_delimiter(const struct delimiters *d, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == d->element || s.p[i] == d->component ||
		    s.p[i] == d->repetition || s.p[i] == d->terminator)
			return true;
	return false;
}

static const struct guide_element *
element_before(const struct making *m, unsigned element, unsigned component)
{
	const struct guide_element *e = m->map->segment->elements;

	return component ? &e[element - 1].components[component - 2] :
	    &e[element - 2];
}

static bool
put(struct making *m, const struct record_field *f, struct slice text,
    unsigned element, unsigned component)
{
	const char *format = NULL, *why;
	struct slice *to = &m->at[element][component];
	struct slice *before = component ? to - 1 : &m->at[element - 1][0];

	begin(m);
	if (m->rooms == ROOMS)
		return wrong(m, f, "has too many values");
	why = record_to_x12(f->type, text, m->room[m->rooms++], to, &format);
	if (why)
		return wrong(m, f, why);
	if (has_delimiter(&m->pen->form->delimiters, *to))
		return wrong(m, f, "holds one of the delimiters of X12; write "
		    "it without");
	m->some = true;
	if (f->element->flags & GUIDE_PERIOD)
		*before = format ? slice_str(format) : record_constant(
		    element_before(m, element, component));
	return true;
}

static bool
put_one(struct making *m, const struct record_row *r,
    const struct record_value *v)
{
	struct slice code;

	if (!v)
		return true;
	begin(m);
	if (r->when) {
		code = slice_str(r->code);
		if (m->at[r->when][0].n > 0 &&
		    !slice_eq(m->at[r->when][0], code))
			return wrong(m, r->path.field, "contradicts another "
			    "member: a person has last_name, an organization "
			    "has name");
		m->at[r->when][0] = code;
	}
	return put(m, r->path.field, v->text, r->first, r->component);
}

/* How many objects or values one segment takes. */
static unsigned
capacity(const struct record_row *r)
{
	return r->kind == ROW_PARTS ?
	    r->component_last - r->component + 1u :
	    (r->last - r->first) / r->stride + 1u;
}

static bool
put_item(struct making *m, const struct record_row *r, unsigned i,
    const struct record_value *v)
{
	if (r->kind == ROW_PARTS)
		return put(m, r->path.field, v->text, r->first,
		    r->component + i);
	if (r->kind == ROW_LIST)
		return put(m, r->path.field, v->text, r->first + i,
		    r->component);
	for (const struct record_row *s = r->sub; s; s = s->next) {
		const struct record_value *x = record_find(v, &s->path);

		if (x && !put(m, s->path.field, x->text,
		    s->first + i * r->stride, s->component))
			return false;
	}
	return true;
}

static bool
put_repeats(struct making *m, const struct record_row *r,
    const struct record_value *v)
{
	if (!v)
		return true;
	begin(m);
	for (const struct record_value *x = v; x; x = x->next)
		if (has_delimiter(&m->pen->form->delimiters,
		    x->text))
			return wrong(m, r->path.field, "holds one of the "
			    "delimiters of X12; write it without");
	m->more[r->first] = v->next;
	return put(m, r->path.field, v->text, r->first, 0);
}

static bool
put_list(struct making *m, const struct record_row *r,
    const struct record_value *v, unsigned chunk)
{
	unsigned room = capacity(r);

	for (unsigned i = 0; v && i < chunk * room; i++)
		v = v->next;
	for (unsigned i = 0; v; v = v->next, i++) {
		if (i == room)
			return m->map->flat ? true : wrong(m, r->path.field,
			    "has too many values");
		if (!put_item(m, r, i, v))
			return false;
	}
	return true;
}

static bool
put_rows(struct making *m, const struct record_value *object,
    unsigned chunk)
{
	for (const struct record_row *r = m->map->rows; r && object;
	    r = r->next) {
		const struct record_value *v = record_find(object, &r->path);

		if (r->kind == ROW_VALUE ? !put_one(m, r, v) :
		    r->kind == ROW_REPEATS ? !put_repeats(m, r, v) :
		    !put_list(m, r, v, chunk))
			return false;
	}
	return true;
}

/* ---- what follows ------------------------------------------------------- */

static bool
has_parts(const struct making *m, unsigned i)
{
	for (unsigned c = 1; c < PARTS; c++)
		if (m->at[i][c].n > 0)
			return true;
	return false;
}

static uint32_t
present(const struct making *m)
{
	uint32_t bits = 0;

	for (unsigned i = 1; i <= m->map->segment->count; i++)
		if (m->at[i][0].n > 0)
			bits |= (uint32_t)1 << (i - 1);
	return bits;
}

static void
follow_parts(struct making *m, unsigned i, const struct guide_element *el)
{
	if (!has_parts(m, i))
		return;
	for (unsigned c = 1; c <= el->component_count && c < PARTS; c++)
		if (m->at[i][c].n == 0 &&
		    el->components[c - 1].usage == USAGE_REQUIRED)
			m->at[i][c] = record_constant(&el->components[c - 1]);
}

/* What a record need not say: a code, or of the set that is made. */
static void
assume(struct making *m)
{
	for (const struct record_row *r = m->map->rows; r; r = r->next) {
		struct slice *to = &m->at[r->first][r->component];

		if (!r->otherwise || to->n > 0)
			continue;
		if (strcmp(r->otherwise, "$date") == 0)
			*to = slice_str(m->pen->form->date);
		else if (strcmp(r->otherwise, "$time") == 0)
			*to = slice_str(m->pen->form->time);
		else
			*to = slice_str(r->otherwise);
		if (strcmp(r->otherwise, "$reference") == 0) {
			*to = SLICE_LIT("0");
			m->gap = r->first;
		}
	}
}

static void
follow(struct making *m)
{
	const struct guide_segment *g = m->map->segment;

	if (m->map->code_count == 1 && g->key[0])
		m->at[g->key[0]][g->key_component[0]] = m->map->codes[0];
	for (unsigned i = 1; i <= g->count; i++) {
		const struct guide_element *el = &g->elements[i - 1];

		if (el->component_count > 0)
			follow_parts(m, i, el);
		else if (m->at[i][0].n == 0 && (el->usage == USAGE_REQUIRED ||
		    (el->usage == USAGE_SITUATIONAL && record_paired(
		    g->syntax, g->syntax_count, i, present(m)))))
			m->at[i][0] = record_constant(el);
	}
}

static void
write_out(struct writer *w, struct making *m)
{
	const struct guide_segment *g = m->map->segment;

	writer_begin(w, g->id);
	for (unsigned i = 1; i <= g->count; i++) {
		unsigned parts = g->elements[i - 1].component_count;

		if (parts == 0) {
			writer_element(w, m->at[i][0]);
			if (i == m->gap)
				m->pen->gap = w->out->n - 1;
			for (const struct record_value *v = m->more[i]; v;
			    v = v->next)
				writer_repeat(w, v->text);
			continue;
		}
		writer_composite(w);
		for (unsigned c = 1; c <= parts && c < PARTS; c++)
			writer_component(w, m->at[i][c]);
		writer_composite_end(w);
	}
	writer_end(w);
}

enum record_made
record_segment(struct writer *w, const struct record_map *map,
    const struct record_value *object, bool forced, unsigned chunk,
    struct record_pen *pen)
{
	struct making m;

	m.map = map;
	m.rooms = 0;
	m.begun = m.some = false;
	m.pen = pen;
	m.gap = 0;
	if (!put_rows(&m, object, chunk))
		return RECORD_FAULTY;
	if (!m.some && !forced)
		return RECORD_NOTHING;
	begin(&m);
	assume(&m);
	follow(&m);
	write_out(w, &m);
	if (writer_error(w) == WRITER_OK)
		return RECORD_MADE;
	snprintf(pen->fault->text, sizeof(pen->fault->text),
	    "cannot be written");
	return RECORD_FAULTY;
}
