/* SPDX-License-Identifier: ISC */
/*
 * While rules are bound, lists say which slots listen to a segment. When all
 * are there, a row of steps is made of each, in the order of the elements.
 */
#include "base/digits.h"
#include "edi/rule/inner.h"

#include <stdlib.h>

/* ---- steps -------------------------------------------------------------- */

/* While a row is made. */
struct row_maker {
	const struct guide_segment *segment;
	struct row_link {
		uint32_t place;          /* element and component */
		unsigned asks;
		struct rule_slot *slot;
	} *links;
	unsigned link_count;
	struct rule_step *steps, *first;     /* first: of the last place */
	unsigned step_count;
};

/* A range is so many values. */
static unsigned
row_values(const struct rule_path *p)
{
	return (p->last_element > p->element ?
	    p->last_element - p->element + 1u : 1u) *
	    (p->last_component > p->component ?
	    p->last_component - p->component + 1u : 1u);
}

/* What must be asked; by_id: of a segment whose code is any. */
static unsigned
row_asks(const struct rule_listener *l, bool by_id)
{
	return ((by_id && l->slot->path->code.n > 0) || l->check_code ?
	    RULE_ASK_CODE : 0) | (l->check_scope ? RULE_ASK_SCOPE : 0);
}

static void
row_add(struct row_maker *m, const struct rule_listener *l, bool by_id)
{
	const struct rule_path *p = l->slot->path;
	struct row_link link = { .slot = l->slot, .asks = row_asks(l, by_id) };
	unsigned e = p->element, c;

	do {
		c = p->component;
		do {
			link.place = e << 8 | c;
			m->links[m->link_count++] = link;
		} while (++c <= p->last_component);
	} while (++e <= p->last_element);
}

/*
 * By place; there first what makes the most of the value and asks nothing, for
 * those that follow to use.
 */
static int
row_compare(const void *a, const void *b)
{
	const struct row_link *x = a, *y = b;
	const int makes = (int)rule_makes(y->slot->wants) -
	    (int)rule_makes(x->slot->wants);

	if (x->place != y->place)
		return x->place > y->place ? 1 : -1;
	if (makes != 0)
		return makes;
	return (x->asks != 0) - (y->asks != 0);
}

static struct rule_step *
row_step(struct row_maker *m, uint32_t place, enum rule_find find)
{
	struct rule_step *s = &m->steps[m->step_count++];

	*s = (struct rule_step){ .element = place >> 8, .find = (uint8_t)find,
		.component = (uint8_t)place };
	if (find != RULE_FIND_SAME)
		m->first = s;
	return s;
}

/* The value is found by a step that takes nothing. */
static void
row_bare(struct row_maker *m, const struct row_link *l, enum rule_find find)
{
	struct rule_step *s = row_step(m, l->place, find);

	s->op = rule_makes(l->slot->wants) > 0 ? rule_op_ready(find) :
	    rule_op(find, 0);
	s->facts = l->slot->there.of;
}

/* The one code of a bracket that tells the segment by its first element. */
static uint64_t
row_code(const struct row_maker *m, const struct rule_path *p)
{
	return m->segment->key[0] == 0 && p->code.n <= 8 &&
	    !memchr(p->code.p, ',', p->code.n) ? digits_pack(p->code) : 0;
}

/* The next step is only of some segments. */
static void
row_ask(struct row_maker *m, const struct row_link *l)
{
	struct rule_step *s = row_step(m, l->place, RULE_FIND_SAME);

	s->op = rule_op_ask;
	s->asks = l->asks;
	s->slot = l->slot;
	if (l->asks == RULE_ASK_CODE)
		s->bits = row_code(m, l->slot->path);
}

/* The step of the place that notes facts of this word, too; or NULL. */
static struct rule_step *
row_noting(struct row_maker *m, const struct row_link *l)
{
	struct rule_step *end = m->steps + m->step_count, *s;

	for (s = m->first; s && s < end; s++)
		if (s->op == rule_op_ask)
			s++;
		else if (s->facts == l->slot->there.of &&
		    s->element == l->place >> 8)
			return s;
	return NULL;
}

/* A link to the segment, or one to the value that was found last. */
static void
row_link(struct row_maker *m, const struct row_link *l, enum rule_find find)
{
	struct rule_slot *slot = l->slot;
	struct rule_step *s = NULL;

	if (l->asks)
		row_ask(m, l);
	else if (!slot->wants && (find == RULE_FIND_SAME ||
	    find == RULE_FIND_HERE))
		s = row_noting(m, l);
	if (!s) {
		s = row_step(m, l->place, find);
		s->op = rule_op(find, slot->wants);
		s->slot = slot;
		s->facts = slot->there.of;
		s->own = (uint8_t)__builtin_ctzll(slot->there.bit);
	}
	s->bits |= slot->there.bit;
	/* What comes of its own accord must not join a step that asks. */
	if (l->asks && find == RULE_FIND_HERE)
		m->first = NULL;
}

/*
 * How many steps of its value and its element follow each step, and how many
 * parts it is from the part before it.
 */
static void
row_rests(struct rule_step *steps, unsigned n)
{
	unsigned part = 1;

	for (struct rule_step *s = steps; s < steps + n; s++) {
		if (s->find == RULE_FIND_COMPOSITE)
			part = 1;
		if (s->find != RULE_FIND_PART)
			continue;
		s->onward = (uint8_t)(s->component - part);
		part = s->component;
	}
	for (unsigned i = n; i-- > 1;) {
		struct rule_step *s = &steps[i - 1], *next = &steps[i];

		if (next->element == s->element)
			s->rest = (uint16_t)(next->rest + 1);
		if (next->find == RULE_FIND_SAME)
			s->same = (uint16_t)(next->same + 1);
	}
}

/* The links of a place, all n of them. */
static void
row_place(struct row_maker *m, const struct row_link *l, unsigned n,
    enum rule_find find)
{
	if (find != RULE_FIND_HERE && l->asks) {
		row_bare(m, l, find);
		find = RULE_FIND_SAME;
	}
	for (unsigned i = 0; i < n; i++) {
		row_link(m, &l[i], find);
		if (find != RULE_FIND_HERE)
			find = RULE_FIND_SAME;
	}
}

static enum rule_find
row_find(const struct row_maker *m, unsigned i, unsigned n)
{
	const uint32_t place = m->links[i].place;

	if (place >> 8 == 0)
		return RULE_FIND_HERE;
	if (place & 0xff)
		return RULE_FIND_PART;
	return i + n < m->link_count &&
	    m->links[i + n].place >> 8 == place >> 8 ?
	    RULE_FIND_COMPOSITE : RULE_FIND_ELEMENT;
}

static void
row_steps(struct row_maker *m)
{
	uint32_t element = 0;
	unsigned n;

	for (unsigned i = 0; i < m->link_count; i += n) {
		const struct row_link *l = &m->links[i];
		enum rule_find find;

		for (n = 1; i + n < m->link_count && l[n].place == l->place;)
			n++;
		find = row_find(m, i, n);
		if (find == RULE_FIND_PART && l->place >> 8 != element) {
			row_step(m, l->place & ~0xffu, RULE_FIND_COMPOSITE);
			m->first->op = rule_op(RULE_FIND_COMPOSITE, 0);
			m->first->facts = l->slot->there.of;
		}
		row_place(m, l, n, find);
		element = l->place >> 8;
	}
	row_rests(m->steps, m->step_count);
	row_step(m, 0, RULE_FIND_HERE)->op = rule_op_end;
}

static void
row_fact(struct rule_facts **facts, struct rule_fact f)
{
	while (*facts && *facts != f.of)
		facts++;
	*facts = f.of;
}

/* All that steps may note. False: out of memory. */
static bool
row_facts(struct rule_book *k, const struct rule_listener *first,
    struct rule_row *row)
{
	const struct rule_listener *l;
	unsigned n = 1;

	for (l = first; l; l = l->next) {
		n += 4;
		for (struct rule_test *t = l->slot->tests; t; t = t->next)
			n++;
	}
	row->facts = arena_array(&k->arena, n, sizeof(*row->facts));
	for (l = first; row->facts && l; l = l->next) {
		const struct rule_slot *s = l->slot;

		row_fact(row->facts, s->there);
		for (struct rule_test *t = s->tests; t; t = t->next)
			row_fact(row->facts, t->hit);
		if (s->numbers.of)
			row_fact(row->facts, s->numbers);
		if (s->from_known.of) {
			row_fact(row->facts, s->from_known);
			row_fact(row->facts, s->to_known);
		}
	}
	return row->facts != NULL;
}

/* False: out of memory. */
static bool
row_make(struct rule_book *k, const struct guide_segment *segment, bool by_id,
    struct rule_row *row)
{
	const struct rule_listener *first = k->by_segment[segment->index], *l;
	struct row_maker m = { .segment = segment };
	unsigned n = 0;
	bool good;

	for (l = first; l; l = l->next)
		n += row_values(l->slot->path);
	m.links = calloc(n + 1, sizeof(*m.links));
	/* Each may have a question before it, and a step that finds it. */
	m.steps = arena_array(&k->arena, 4 * n + 1, sizeof(*m.steps));
	good = m.links && m.steps && row_facts(k, first, row);
	for (l = first; good && l; l = l->next)
		row_add(&m, l, by_id);
	if (good) {
		qsort(m.links, n, sizeof(*m.links), row_compare);
		row_steps(&m);
		row->steps = m.steps;
	}
	free(m.links);
	return good;
}

/* ---- loops -------------------------------------------------------------- */

/* It may be met outside of the slot's scope: that will be asked. */
static void
scope_ask(struct rule_book *k, struct rule_listener *l)
{
	const uint16_t scope = l->slot->scope->index;

	if (k->scope_open[scope])
		return;
	l->check_scope = true;
	for (unsigned i = 0; i < k->guide->loop_count; i++)
		if (k->same[i]->index == scope)
			k->minds[i] = WALK_BEGIN | WALK_END;
}

/*
 * A body that stands in two places may be met outside of a slot's scope; mark
 * what listens to its segments. All else is sure that its scope is open.
 */
static void
scopes_ask(struct rule_book *k, const struct guide_loop *loop)
{
	bool *open = &k->scope_open[k->same[loop->index]->index];
	const bool before = *open;
	struct rule_listener *l;

	*open = true;
	for (l = k->by_loop[loop->index]; l; l = l->next)
		scope_ask(k, l);
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];

		if (c->loop) {
			scopes_ask(k, c->loop);
			continue;
		}
		for (l = k->by_segment[c->segment->index]; l; l = l->next)
			scope_ask(k, l);
	}
	*open = before;
}

/* Which loops are to be told of, beside those that scope_ask() found. */
static void
loops_mind(struct rule_book *k)
{
	for (unsigned i = 0; i < k->guide->loop_count; i++) {
		if (k->by_loop[i])
			k->minds[i] |= WALK_BEGIN;
		if (k->by_at[i] || k->facts[k->same[i]->index])
			k->minds[i] |= WALK_END;
		for (const struct rule_bound *r = k->by_at[i]; r;
		    r = r->next_here)
			for (unsigned j = 0; r->shared && j < r->depth; j++)
				k->minds[r->chain[j]->index] =
				    WALK_BEGIN | WALK_END;
	}
}

/* ---- rows --------------------------------------------------------------- */

/* Each segment of the guide is met in some loop. */
static bool
rows_of(struct rule_book *k, const struct guide_loop *loop)
{
	bool good = true;

	for (unsigned i = 0; good && i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];
		const uint16_t at = c->loop ? 0 : c->segment->index;

		if (c->loop)
			good = rows_of(k, c->loop);
		else if (!k->rows[at].steps)
			good = row_make(k, c->segment, false, &k->rows[at]) &&
			    row_make(k, c->segment, true, &k->rows_by_id[at]);
	}
	return good;
}

bool
rule_rows_make(struct rule_book *k)
{
	bool good = true;

	scopes_ask(k, k->guide->root);
	loops_mind(k);
	for (unsigned i = 0; good && i < k->slot_count; i++)
		good = rule_slot_tests(k->slots[i], &k->arena);
	return good && rows_of(k, k->guide->root);
}
