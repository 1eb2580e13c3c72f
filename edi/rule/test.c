/* SPDX-License-Identifier: ISC */
/*
 * Comparisons of a path with what is known beforehand, made ready so that each
 * value is judged when it comes.
 */
#include "edi/rule/inner.h"

/* Codes that are found by comparing packed texts alone. */
static bool
rule_test_is_plain(const struct rule_node *n)
{
	if (n->op == RULE_EQ || n->op == RULE_NE)
		return n->b->op == RULE_WORD && !n->b->numeric &&
		    n->b->word.n <= 8;
	if (n->op != RULE_IN && n->op != RULE_NOT_IN)
		return false;
	for (unsigned i = 0; i < n->list_count; i++)
		if (n->list[i].n > 8)
			return false;
	return true;
}

/* What a text that fits a pattern may begin with. */
static void
rule_shape_add(struct rule_shape *s, const struct code_pattern *p)
{
	for (unsigned c = 0; c < 256; c++)
		if (code_pattern_takes(p, 0, (char)c))
			s->first[c / 64] |= 1ull << c % 64;
	for (unsigned n = p->min; n <= p->max; n++)
		s->lengths |= 1u << n;
}

/* Most values are told by how they begin. False: out of memory. */
static bool
rule_test_shape(struct rule_test *t, struct arena *a)
{
	const struct code_matcher *m = t->node->shape;

	if (t->node->op != RULE_MATCHES || !m)
		return true;
	t->shape = arena_alloc(a, sizeof(*t->shape));
	for (unsigned i = 0; t->shape && i < m->count; i++)
		rule_shape_add(t->shape, &m->patterns[i]);
	return t->shape != NULL;
}

bool
rule_test_make(struct rule_test *t, struct arena *a)
{
	const struct rule_node *n = t->node;
	const struct slice *list;

	t->plain = rule_test_is_plain(n);
	if (!t->plain && n->b && n->b->numeric)
		t->order = rule_orders(n->op);
	if (!t->plain)
		return rule_test_shape(t, a);
	list = n->list_count ? n->list : &n->b->word;
	t->count = (uint16_t)(n->list_count ? n->list_count : 1);
	t->none = n->op == RULE_NE || n->op == RULE_NOT_IN;
	t->codes = arena_array(a, t->count, sizeof(*t->codes));
	for (unsigned i = 0; t->codes && i < t->count; i++)
		t->codes[i] = digits_pack(list[i]);
	return t->codes != NULL;
}

static bool
rule_literal_same(const struct rule_node *a, const struct rule_node *b)
{
	return a->op == b->op && a->number == b->number &&
	    a->numeric == b->numeric && slice_eq(a->word, b->word);
}

bool
rule_test_same(const struct rule_node *a, const struct rule_node *b)
{
	if (a == b)
		return true;
	if (a->op != b->op || a->list_count != b->list_count ||
	    !slice_eq(a->word, b->word) || !a->b != !b->b)
		return false;
	for (unsigned i = 0; i < a->list_count; i++)
		if (!slice_eq(a->list[i], b->list[i]))
			return false;
	return !a->b || rule_literal_same(a->b, b->b);
}

/* ---- what a slot wants -------------------------------------------------- */

static void
slot_codes(struct rule_slot *s, const struct rule_test *t)
{
	for (unsigned i = 0; i < t->count; i++)
		s->codes[s->code_count++] = (struct rule_code){
			.code = t->codes[i], .hit = t->hit };
}

/* What a value may begin with that passes; of some tests, with anything. */
static void
slot_first(struct rule_slot *s, const struct rule_test *t)
{
	const bool codes = t->plain && !t->none;

	for (unsigned i = 0; i < 4 && !t->order; i++)
		s->first[i] |= t->shape ? t->shape->first[i] :
		    codes ? 0 : ~0ull;
	for (unsigned i = 0; codes && i < t->count; i++) {
		uint64_t c = t->codes[i];

		while (c > 0xff)
			c >>= 8;
		s->first[c / 64] |= 1ull << c % 64;
	}
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

bool
rule_slot_tests(struct rule_slot *s, struct arena *a)
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
	for (const struct rule_test *t = s->tests; t; t = t->next)
		slot_first(s, t);
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
