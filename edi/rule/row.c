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
			s->orders[s->order_count++] = (struct rule_order){
				.number = t->node->b->number,
				.order = t->order, .node = t->node,
				.hit = t->hit };
		else
			s->others[s->test_count++] = t;
	s->wants |= (s->code_count ? RULE_WANT_CODES : 0) |
	    (s->order_count ? RULE_WANT_ORDERS : 0) |
	    (s->test_count ? RULE_WANT_TESTS : 0);
	return true;
}

/* ---- links -------------------------------------------------------------- */

/* While a row is made. */
struct row_maker {
	struct rule_condition conditions[RULE_CONDITIONS];
	unsigned condition_count, link_count;
	struct row_link {
		uint32_t place;          /* element and component */
		struct rule_link link;
	} *links;
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
	struct rule_link link = { .there = l->slot->there, .slot = l->slot,
		.kind = rule_kind(l->slot->wants) };
	unsigned e = p->element, c;

	if (!row_asks(m, l, &link.asks))
		return false;
	do {
		c = p->component;
		do
			m->links[m->link_count++] = (struct row_link){
				.place = e << 8 | c, .link = link };
		while (++c <= p->last_component);
	} while (++e <= p->last_element);
	return true;
}

static int
row_compare(const void *a, const void *b)
{
	const struct row_link *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* ---- places ------------------------------------------------------------- */

static struct rule_place *
row_place(struct rule_place *to, uint32_t place, const struct rule_link *links)
{
	*to = (struct rule_place){ .element = place >> 8,
		.component = (uint8_t)place, .links = links };
	return to;
}

/* How many parts of its element follow each place. */
static void
row_rests(struct rule_place *places, unsigned n)
{
	for (unsigned i = n; i-- > 1;)
		if (places[i].element == places[i - 1].element)
			places[i - 1].rest = (uint8_t)(places[i].rest + 1);
}

static void
row_places(struct row_maker *m, struct rule_place *places,
    struct rule_link *links)
{
	struct rule_place *p = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < m->link_count; i++) {
		const struct row_link *l = &m->links[i];
		unsigned wants = l->link.slot->wants;

		if (l->place & 0xff && (!p || p->element != l->place >> 8))
			p = row_place(&places[n++], l->place & ~0xffu, links);
		if (!p || p->element != l->place >> 8 ||
		    p->component != (uint8_t)l->place)
			p = row_place(&places[n++], l->place, links);
		*links++ = l->link;
		p->link_count++;
		p->value |= (wants & ~(unsigned)(RULE_WANT_COUNT |
		    RULE_WANT_FIRST)) != 0;
		p->number |= (wants & RULE_WANT_NUMBERS) != 0;
	}
	row_rests(places, n);
	places[n].element = RULE_ROW_END;
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

static bool
row_make(struct rule_book *k, uint16_t segment, struct row_maker *m)
{
	const struct rule_listener *first = k->by_segment[segment], *l;
	struct rule_condition *conditions;
	struct rule_place *places;
	struct rule_link *links;
	unsigned n = 0;

	for (l = first; l; l = l->next)
		n += row_values(l->slot->path);
	places = arena_array(&k->arena, 2 * n + 1, sizeof(*places));
	links = arena_array(&k->arena, n + 1, sizeof(*links));
	m->links = calloc(n + 1, sizeof(*m->links));
	if (!places || !links || !m->links)
		return false;
	for (l = first; l; l = l->next)
		if (!row_add(m, l))
			return false;
	conditions = arena_array(&k->arena, m->condition_count + 1,
	    sizeof(*conditions));
	if (!conditions)
		return false;
	memcpy(conditions, m->conditions,
	    m->condition_count * sizeof(*conditions));
	qsort(m->links, n, sizeof(*m->links), row_compare);
	row_places(m, places, links);
	k->rows[segment] = (struct rule_row){ .places = places,
		.conditions = conditions, .unsure = row_unsure(m),
		.condition_count = (uint8_t)m->condition_count };
	return true;
}

/*
 * A body that stands in two places may be met outside of a slot's scope; mark
 * what listens to its segments. All else is sure that its scope is open.
 */
static void
row_scopes(struct rule_book *k, const struct guide_loop *loop)
{
	bool *open = &k->scope_open[k->same[loop->index]->index];
	const bool before = *open;

	*open = true;
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];

		if (c->loop) {
			row_scopes(k, c->loop);
			continue;
		}
		for (struct rule_listener *l =
		    k->by_segment[c->segment->index]; l; l = l->next)
			if (!k->scope_open[l->slot->scope->index])
				l->check_scope = true;
	}
	*open = before;
}

/* ---- what may be due ---------------------------------------------------- */

/* Can the look take the gate, too? */
static bool
look_add(struct rule_look *l, const struct rule_gate *g)
{
	const bool both = g->b_bit != 0;
	const uint64_t bits = g->a_bit | g->b_bit, want = g->none ? 0 : bits;

	if ((both && (!g->none || g->a != g->b)) ||
	    (l->mask && l->word != g->a) || (l->want ^ want) & l->mask & bits)
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

	row_scopes(k, k->guide->root);
	for (unsigned i = 0; good && i < k->slot_count; i++)
		good = slot_tests(k->slots[i], &k->arena);
	for (uint16_t i = 0; good && i < k->guide->segment_count; i++) {
		struct row_maker m = { .link_count = 0 };

		good = row_make(k, i, &m);
		free(m.links);
	}
	for (uint16_t i = 0; good && i < k->guide->loop_count; i++)
		good = due_row(k, i);
	return good;
}
