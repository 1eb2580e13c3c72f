/* SPDX-License-Identifier: ISC */
#include "edi/record/draft.h"

#include <stdio.h>

static bool
row_has(const struct record_row *r, unsigned element, unsigned component)
{
	bool in = element >= r->first && element <= r->last;

	if (r->kind == ROW_GROUP) {
		for (const struct record_row *s = r->sub; s && in; s = s->next)
			if ((element - s->first) % r->stride == 0 &&
			    element >= s->first && s->component == component)
				return true;
		return false;
	}
	return in && (r->component == component ||
	    (component > r->component && component <= r->component_last));
}

static bool
has_row(const struct record_map *m, unsigned element, unsigned component)
{
	for (const struct record_row *r = m->rows; r; r = r->next)
		if (row_has(r, element, component))
			return true;
	return false;
}

/* Its value follows from the guide, from a format, or from ?02=1. */
static bool
follows(const struct record_map *m, unsigned element, unsigned component)
{
	const struct guide_segment *g = m->segment;
	const struct guide_element *el = record_element_at(g, element,
	    component);
	const struct guide_element *next = record_element_at(g, component ?
	    element : element + 1, component ? component + 1 : 0);

	if (record_constant(el).n > 0)
		return true;
	if (next && (next->flags & GUIDE_PERIOD))
		return true;
	if (m->code_count == 1 && g->key[0] == element &&
	    g->key_component[0] == component)
		return true;
	for (const struct record_row *r = m->rows; r; r = r->next)
		if (r->when == element && component == 0)
			return true;
	return false;
}

static int
check_element(struct record_draft *d, const struct record_map *m,
    unsigned element, unsigned component)
{
	const struct guide_element *el = record_element_at(m->segment, element,
	    component);

	if (el->usage == USAGE_NOT_USED || has_row(m, element, component) ||
	    follows(m, element, component))
		return 0;
	return err_set(d->e, -EINVAL, "%s.record: %s[%.*s] element %u-%u (%s) "
	    "has no member", d->kind->name, m->segment->id,
	    m->code_count ? (int)m->codes[0].n : 0,
	    m->code_count ? m->codes[0].p : "", element, component, el->name);
}

/* Nothing that the guide asks for is left to the record. */
static bool
is_assumed(const struct record_map *m)
{
	bool some = false;

	for (const struct record_row *r = m->rows; r; r = r->next) {
		some |= r->otherwise != NULL;
		if (r->path.field->element && !r->otherwise &&
		    r->path.field->element->usage == USAGE_REQUIRED)
			return false;
	}
	return some;
}

static int
check_map(struct record_draft *d, struct record_map *m)
{
	const struct guide_segment *g = m->segment;
	int rc = 0;

	m->keyed = g->key[0] > 0 && has_row(m, g->key[0],
	    g->key_component[0]);
	m->assumed = is_assumed(m);
	m->flat = g->max > 1 && m->rows && !m->rows->next &&
	    (m->rows->kind == ROW_LIST || m->rows->kind == ROW_GROUP) &&
	    (m->path.count == 0 || !m->path.field->list);
	if (g->max > 1 && !m->flat && m->code_count != 1 &&
	    !(m->path.count > 0 && m->path.field->list))
		return err_set(d->e, -EINVAL, "%s.record: %s may come again: "
		    "name it as a list", d->kind->name, g->id);
	for (unsigned i = 1; i <= g->count && rc == 0; i++) {
		const struct guide_element *el = &g->elements[i - 1];

		if (el->usage == USAGE_NOT_USED)
			continue;
		if (el->component_count == 0)
			rc = check_element(d, m, i, 0);
		for (unsigned c = 1; c <= el->component_count && rc == 0; c++)
			rc = check_element(d, m, i, c);
	}
	return rc;
}

static int
check_loop(struct record_draft *d, const struct guide_loop *loop)
{
	int rc = 0;

	for (unsigned i = 0; i < loop->body->count && rc == 0; i++) {
		const struct guide_child *c = &loop->body->children[i];
		struct record_map *m = d->kind->maps[c->segment->index];

		if (c->loop || record_is_frame(c->segment))
			continue;
		if (!m)
			rc = err_set(d->e, -EINVAL, "%s.record: loop %s: %s "
			    "(%s) has no line", d->kind->name, loop->id,
			    c->segment->id, c->segment->name);
		for (; m && rc == 0; m = m->next)
			rc = check_map(d, m);
	}
	return rc;
}

int
record_draft_complete(struct record_draft *d)
{
	int rc = 0;

	for (unsigned i = 0; i < d->kind->guide->loop_count && rc == 0; i++)
		if (d->places[i].loop)
			rc = check_loop(d, d->places[i].loop);
	return rc;
}
