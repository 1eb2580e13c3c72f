/* SPDX-License-Identifier: ISC */
/*
 * While rules are bound, each slot gets its lists. When all are there, what a
 * walk runs along is made of them: rows of places for the segments, rows of
 * what may be due for the loops.
 */
#include "edi/rule/inner.h"

#include <stdlib.h>

/* ---- what a slot wants -------------------------------------------------- */

static void
slot_codes(struct rule_slot *s, const struct rule_test *t)
{
	for (unsigned i = 0; i < t->count; i++)
		s->codes[s->code_count++] = (struct rule_code){
			.code = t->codes[i], .hit = t->hit };
}

/* Numbers are far from the ends of their type: see money_parse(). */
static struct rule_order
slot_order(const struct rule_test *t)
{
	const int64_t number = t->node->b->number;
	const bool none = t->order == (RULE_LESS | RULE_MORE);
	const unsigned in = none ? RULE_SAME : t->order;
	const int64_t low = in & RULE_LESS ? INT64_MIN :
	    number + !(in & RULE_SAME);
	const int64_t high = in & RULE_MORE ? INT64_MAX :
	    number - !(in & RULE_SAME);

	return (struct rule_order){ .low = low, .none = none,
		.span = (uint64_t)high - (uint64_t)low,
		.node = t->node, .hit = t->hit };
}

/* Tests of a kind stand together. False: out of memory. */
static bool
slot_tests(struct rule_slot *s, struct arena *a)
{
	unsigned codes = 0, tests = 0;

	for (const struct rule_test *t = s->tests; t; t = t->next) {
		codes += t->plain && !t->none ? t->count : 0;
		tests++;
	}
	s->codes = arena_array(a, codes + 1, sizeof(*s->codes));
	s->orders = arena_array(a, tests + 1, sizeof(*s->orders));
	s->others = arena_array(a, tests + 1, sizeof(*s->others));
	if (!s->codes || !s->orders || !s->others)
		return false;
	for (struct rule_test *t = s->tests; t; t = t->next)
		if (t->plain && !t->none)
			slot_codes(s, t);
		else if (t->order)
			s->orders[s->order_count++] = slot_order(t);
		else
			s->others[s->test_count++] = t;
	s->wants |= (s->code_count ? RULE_WANT_CODES : 0) |
	    (s->order_count ? RULE_WANT_ORDERS : 0) |
	    (s->test_count ? RULE_WANT_TESTS : 0);
	return true;
}

/* ---- steps -------------------------------------------------------------- */

/* While a row is made. */
struct row_maker {
	struct rule_condition conditions[RULE_CONDITIONS];
	unsigned condition_count;
	struct row_link {
		uint32_t place;          /* element and component */
		uint32_t asks;
		struct rule_slot *slot;
	} *links;
	unsigned link_count;
	struct rule_step *steps, *first;     /* first: of the place */
	unsigned step_count;
};

/* The bit of a condition, which other links may have, too; 0: no room. */
static uint32_t
row_condition(struct row_maker *m, struct rule_condition c)
{
	unsigned i = 0;

	while (i < m->condition_count && (m->conditions[i].path != c.path ||
	    m->conditions[i].scope != c.scope ||
	    m->conditions[i].by_id != c.by_id))
		i++;
	if (i == RULE_CONDITIONS)
		return 0;
	if (i == m->condition_count)
		m->conditions[m->condition_count++] = c;
	return 1u << i;
}

/* A path of the row that has the same bracket, or the path itself. */
static const struct rule_path *
row_bracket(const struct row_maker *m, const struct rule_path *p)
{
	for (unsigned i = 0; i < m->condition_count; i++) {
		const struct rule_path *other = m->conditions[i].path;

		if (other && slice_eq(other->code, p->code))
			return other;
	}
	return p;
}

/* False: more conditions than there is room for. */
static bool
row_asks(struct row_maker *m, const struct rule_listener *l, uint32_t *asks)
{
	uint32_t code = 0, scope = 0;

	if (l->slot->path->code.n > 0) {
		code = row_condition(m, (struct rule_condition){
			.path = row_bracket(m, l->slot->path),
			.by_id = !l->check_code });
		if (!code)
			return false;
	}
	if (l->check_scope) {
		scope = row_condition(m, (struct rule_condition){
			.scope = l->slot->scope->index });
		if (!scope)
			return false;
	}
	*asks = code | scope;
	return true;
}

/* A range is so many values. */
static unsigned
row_values(const struct rule_path *p)
{
	return (p->last_element > p->element ?
	    p->last_element - p->element + 1u : 1u) *
	    (p->last_component > p->component ?
	    p->last_component - p->component + 1u : 1u);
}

static bool
row_add(struct row_maker *m, const struct rule_listener *l)
{
	const struct rule_path *p = l->slot->path;
	struct row_link link = { .slot = l->slot };
	unsigned e = p->element, c;

	if (!row_asks(m, l, &link.asks))
		return false;
	do {
		c = p->component;
		do {
			link.place = e << 8 | c;
			m->links[m->link_count++] = link;
		} while (++c <= p->last_component);
	} while (++e <= p->last_element);
	return true;
}

/* By place, and what wants more than facts first. */
static int
row_compare(const void *a, const void *b)
{
	const struct row_link *x = a, *y = b;

	if (x->place != y->place)
		return x->place > y->place ? 1 : -1;
	return (y->slot->wants != 0) - (x->slot->wants != 0);
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

/* The step of the place that notes facts of this word, too; or NULL. */
static struct rule_step *
row_noting(struct row_maker *m, const struct row_link *l)
{
	struct rule_step *end = m->steps + m->step_count;

	for (struct rule_step *s = m->first; s < end; s++)
		if (s->facts == l->slot->there.of && s->asks == l->asks)
			return s;
	return NULL;
}

static unsigned
row_making(unsigned wants)
{
	unsigned make = wants & ~(unsigned)RULE_WANT_COUNT ?
	    RULE_MAKE_PACKED : 0;

	return wants & RULE_WANT_NUMBERS ? make | RULE_MAKE_NUMBER : make;
}

/* Add a link to the steps of its place, which is the last so far. */
static void
row_link(struct row_maker *m, const struct row_link *l, enum rule_find find)
{
	struct rule_slot *slot = l->slot;
	struct rule_step *s = find == RULE_FIND_SAME && !slot->wants ?
	    row_noting(m, l) : NULL;

	if (!s)
		s = row_step(m, l->place, find);
	s->asks = l->asks;
	s->facts = slot->there.of;
	s->bits |= slot->there.bit;
	m->first->make |= (uint8_t)row_making(slot->wants);
	if (!slot->wants)
		return;
	s->slot = slot;
	s->kind = rule_kind(slot->wants);
	s->own = (uint8_t)__builtin_ctzll(slot->there.bit);
}

/* How many steps of its place and its element follow each step. */
static void
row_rests(struct rule_step *steps, unsigned n)
{
	for (unsigned i = n; i-- > 1;) {
		struct rule_step *s = &steps[i - 1], *next = &steps[i];

		if (next->element == s->element)
			s->rest = (uint16_t)(next->rest + 1);
		if (next->find == RULE_FIND_SAME)
			s->same = (uint16_t)(next->same + 1);
	}
}

/* An element whose parts are looked at is found first. */
static void
row_composite(struct row_maker *m, const struct row_link *l)
{
	struct rule_step *s = m->first;

	if (!s || s->element != l->place >> 8)
		row_step(m, l->place & ~0xffu, RULE_FIND_COMPOSITE)->facts =
		    l->slot->there.of;
	else if (s->find == RULE_FIND_ELEMENT)
		s->find = RULE_FIND_COMPOSITE;
}

static void
row_steps(struct row_maker *m)
{
	uint32_t place = UINT32_MAX;

	for (unsigned i = 0; i < m->link_count; i++) {
		const struct row_link *l = &m->links[i];
		const bool part = (l->place & 0xff) != 0;

		if (part && l->place != place)
			row_composite(m, l);
		row_link(m, l, l->place == place ? RULE_FIND_SAME :
		    part ? RULE_FIND_PART : RULE_FIND_ELEMENT);
		place = l->place;
	}
	row_rests(m->steps, m->step_count);
	row_step(m, 0, RULE_FIND_ELEMENT)->element = RULE_ROW_END;
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
row_facts(struct rule_book *k, const struct row_maker *m, struct rule_row *row)
{
	unsigned n = 1;

	for (unsigned i = 0; i < m->link_count; i++) {
		n += 4;
		for (struct rule_test *t = m->links[i].slot->tests; t;
		    t = t->next)
			n++;
	}
	row->facts = arena_array(&k->arena, n, sizeof(*row->facts));
	for (unsigned i = 0; row->facts && i < m->link_count; i++) {
		const struct rule_slot *s = m->links[i].slot;

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

/* Is anything to be asked of every segment? */
static bool
row_unsure(const struct row_maker *m)
{
	for (unsigned i = 0; i < m->condition_count; i++)
		if (!m->conditions[i].by_id)
			return true;
	return false;
}

/* All is known: lay it out. False: out of memory. */
static bool
row_finish(struct rule_book *k, struct row_maker *m, struct rule_row *row)
{
	struct rule_condition *conditions = arena_array(&k->arena,
	    m->condition_count + 1, sizeof(*conditions));

	/* An element may have a step of its own before those of its parts. */
	m->steps = arena_array(&k->arena, 2 * m->link_count + 1,
	    sizeof(*m->steps));
	if (!conditions || !m->steps || !row_facts(k, m, row))
		return false;
	qsort(m->links, m->link_count, sizeof(*m->links), row_compare);
	row_steps(m);
	memcpy(conditions, m->conditions,
	    m->condition_count * sizeof(*conditions));
	row->steps = m->steps;
	row->conditions = conditions;
	row->condition_count = (uint8_t)m->condition_count;
	row->unsure = row_unsure(m);
	return true;
}

static bool
row_make(struct rule_book *k, uint16_t segment)
{
	const struct rule_listener *first = k->by_segment[segment], *l;
	struct row_maker m = { .link_count = 0 };
	bool good = true;
	unsigned n = 0;

	for (l = first; l; l = l->next)
		n += row_values(l->slot->path);
	m.links = calloc(n + 1, sizeof(*m.links));
	for (l = first; m.links && good && l; l = l->next)
		good = row_add(&m, l);
	good = good && m.links && row_finish(k, &m, &k->rows[segment]);
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

/* ---- what may be due ---------------------------------------------------- */

/* Can the look take the gate, too? */
static bool
look_add(struct rule_look *l, const struct rule_gate *g)
{
	const bool both = g->b_bit != 0;
	const uint64_t bits = g->a_bit | g->b_bit, want = g->none ? 0 : bits;

	if ((both && (!g->none || g->a != g->b)) ||
	    (l->mask && l->word != g->a) ||
	    (l->want ^ want) & l->mask & bits)
		return false;
	l->word = g->a;
	l->mask |= bits;
	l->want |= want;
	return true;
}

/* What can be told of one word of facts is taken out of the rule's gates. */
static struct rule_look
look_make(struct rule_bound *r)
{
	static const uint64_t none = 0;
	struct rule_look l = { .word = &none };
	uint8_t n = 0;

	for (unsigned i = 0; i < r->gate_count; i++)
		if (!look_add(&l, &r->gates[i]))
			r->gates[n++] = r->gates[i];
	r->gate_count = n;
	return l;
}

/* What is looked at of every rule that may be due, close together. */
static struct rule_due
due_make(struct rule_bound *r)
{
	const struct rule_info *i = &r->rule->info;
	struct rule_due d = { .bound = r };

	r->always = i->from == 0 && i->until == 0;
	d.first = look_make(r);
	d.second = look_make(r);
	return d;
}

static bool
due_row(struct rule_book *k, uint16_t loop)
{
	struct rule_bound *r;
	struct rule_due *row;
	unsigned n = 0;

	for (r = k->by_at[loop]; r; r = r->next_here)
		n++;
	row = arena_array(&k->arena, n + 1, sizeof(*row));
	if (!row)
		return false;
	k->due[loop] = row;
	for (r = k->by_at[loop]; r; r = r->next_here)
		*row++ = due_make(r);
	return true;
}

bool
rule_rows_make(struct rule_book *k)
{
	bool good = true;

	scopes_ask(k, k->guide->root);
	loops_mind(k);
	for (unsigned i = 0; good && i < k->slot_count; i++)
		good = slot_tests(k->slots[i], &k->arena);
	for (uint16_t i = 0; good && i < k->guide->segment_count; i++)
		good = row_make(k, i);
	for (uint16_t i = 0; good && i < k->guide->loop_count; i++)
		good = due_row(k, i);
	return good;
}
