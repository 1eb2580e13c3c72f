/* SPDX-License-Identifier: ISC */
/*
 * Most conditions are few of a few forms, and nearly all checks hold. What can
 * be told of them from counts and sums alone is told here, without walking the
 * tree: that a rule is not due, or that its check holds. Whatever else is
 * rule_true()'s to say, so nothing here can make a finding.
 */
#include "edi/rule/inner.h"

static const uint64_t always = 1;

/* ---- gates -------------------------------------------------------------- */

/* What is so when the node is true. False: it is not so simple. */
static bool
quick_fact(const struct rule_bound *r, const struct rule_node *n,
    struct rule_fact *to)
{
	if (!n->test && n->op != RULE_PATH)
		return false;
	*to = n->test ? r->tests[n->test - 1]->hit :
	    r->slots[n->index]->there;
	return true;
}

static struct rule_gate
quick_one(struct rule_fact f)
{
	return (struct rule_gate){ .a = &f.of->word, .a_bit = f.bit,
		.b = &f.of->word };
}

/* Open exactly when the node is true. False: it is not so simple. */
static bool
quick_gate(const struct rule_bound *r, const struct rule_node *n,
    struct rule_gate *to)
{
	struct rule_fact a, b;

	if (quick_fact(r, n, &a)) {
		*to = quick_one(a);
		return true;
	}
	if (n->op == RULE_NOT) {
		if (!quick_gate(r, n->a, to))
			return false;
		to->none = !to->none;
		return true;
	}
	if (n->op != RULE_OR || !quick_fact(r, n->a, &a) ||
	    !quick_fact(r, n->b, &b))
		return false;
	*to = (struct rule_gate){ .a = &a.of->word, .a_bit = a.bit,
		.b = &b.of->word, .b_bit = b.bit };
	return true;
}

static bool
quick_is_order(enum rule_op op)
{
	return op >= RULE_EQ && op <= RULE_GE;
}

static bool
quick_add(struct rule_bound *r, const struct rule_gate *g)
{
	if (r->gate_count == RULE_GATES)
		return false;
	r->gates[r->gate_count++] = *g;
	return true;
}

/* Gates that are open when the node is true. True: only then. */
static bool
quick_gates(struct rule_bound *r, const struct rule_node *n)
{
	struct rule_gate g;
	bool all;

	if (n->op == RULE_AND && !n->test) {
		all = quick_gates(r, n->a);
		return quick_gates(r, n->b) && all;
	}
	if (quick_gate(r, n, &g))
		return quick_add(r, &g);
	if (quick_is_order(n->op) && n->a->op == RULE_PATH &&
	    quick_gate(r, n->a, &g))
		quick_add(r, &g);
	return false;
}

/* ---- numbers ------------------------------------------------------------ */

static struct rule_term
quick_term(int kind, const int64_t *value, struct rule_fact known)
{
	return (struct rule_term){ .kind = kind, .value = value,
		.known = &known.of->word, .known_bit = known.bit };
}

static struct rule_term
quick_day(const int64_t *value, const uint64_t *known)
{
	return (struct rule_term){ .kind = TERM_VALUE, .value = value,
		.known = known, .known_bit = 1 };
}

/* False: not to be told so simply. */
static bool
quick_leaf(struct rule_book *k, const struct rule_bound *r,
    const struct rule_node *n, bool minus, struct rule_term *to)
{
	const struct rule_node *path = n->op == RULE_PATH ? n : n->a;
	const struct rule_slot *s = path ? r->slots[path->index] : NULL;

	switch (n->op) {
	case RULE_NUMBER:
		*to = quick_day(&n->number, &always);
		break;
	case RULE_TODAY:
		*to = quick_day(&k->today, &k->today_known);
		break;
	case RULE_SET_DATE:
		*to = quick_day(&k->set_date, &k->set_date_known);
		break;
	case RULE_SUM:
		*to = quick_term(TERM_SUM, &s->sum, s->there);
		break;
	case RULE_LOWEST:
		*to = quick_term(TERM_VALUE, &s->low, s->numbers);
		break;
	case RULE_HIGHEST:
		*to = quick_term(TERM_VALUE, &s->high, s->numbers);
		break;
	case RULE_FROM:
		*to = quick_term(TERM_VALUE, &s->from, s->from_known);
		break;
	case RULE_TO:
		*to = quick_term(TERM_VALUE, &s->to, s->to_known);
		break;
	case RULE_LENGTH:
		*to = quick_term(TERM_VALUE, &s->length, s->there);
		break;
	case RULE_COUNT:
		*to = quick_term(TERM_SUM, &s->count, s->there);
		break;
	case RULE_DISTINCT:
		*to = quick_term(TERM_DISTINCT, NULL, s->there);
		break;
	case RULE_PATH:
		*to = quick_term(TERM_FIRST, NULL, s->there);
		break;
	default:
		return false;
	}
	to->minus = minus;
	to->slot = s;
	return true;
}

/* A row of terms, from left to right; 0: it is none, or too long. */
static unsigned
quick_terms(struct rule_book *k, const struct rule_bound *r,
    const struct rule_node *n, struct rule_term *to, unsigned room)
{
	bool sum = n->op == RULE_ADD || n->op == RULE_SUB;
	unsigned before = sum ? quick_terms(k, r, n->a, to, room) : 0;

	if ((sum && before == 0) || before == room)
		return 0;
	return quick_leaf(k, r, sum ? n->b : n, n->op == RULE_SUB,
	    &to[before]) ? before + 1 : 0;
}

uint8_t
rule_orders(enum rule_op op)
{
	static const uint8_t orders[] = {
		[RULE_EQ - RULE_EQ] = RULE_SAME,
		[RULE_NE - RULE_EQ] = RULE_LESS | RULE_MORE,
		[RULE_LT - RULE_EQ] = RULE_LESS,
		[RULE_LE - RULE_EQ] = RULE_LESS | RULE_SAME,
		[RULE_GT - RULE_EQ] = RULE_MORE,
		[RULE_GE - RULE_EQ] = RULE_MORE | RULE_SAME,
	};

	return quick_is_order(op) ? orders[op - RULE_EQ] : 0;
}

/* A group that has room for the sum. */
static struct rule_sums *
quick_group(struct rule_amount *to, const struct rule_term *t)
{
	struct rule_sums *g = to->sums, *end = g + to->sums_count;

	while (g < end && (g->word != t->known || g->mask & t->known_bit))
		g++;
	if (g == end)
		to->sums_count++;
	g->word = t->known;
	g->mask |= t->known_bit;
	return g;
}

/* Room for the sums of a group. False: out of memory. */
static bool
quick_group_room(struct arena *a, struct rule_sums *g)
{
	g->lowest = (unsigned)__builtin_ctzll(g->mask);
	g->of = arena_array(a, RULE_FACTS - g->lowest -
	    (unsigned)__builtin_clzll(g->mask), sizeof(*g->of));
	return g->of != NULL;
}

/* Sums are told from the rest. False: out of memory. */
static bool
quick_amount(struct rule_book *k, const struct rule_term *t, unsigned n,
    struct rule_amount *to)
{
	struct rule_sums *group[RULE_TERMS];

	to->terms = arena_array(&k->arena, n, sizeof(*to->terms));
	to->sums = arena_array(&k->arena, n, sizeof(*to->sums));
	if (!to->terms || !to->sums)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (t[i].kind == TERM_SUM)
			group[i] = quick_group(to, &t[i]);
		else
			to->terms[to->term_count++] = t[i];
	for (unsigned i = 0; i < to->sums_count; i++)
		if (!quick_group_room(&k->arena, &to->sums[i]))
			return false;
	for (unsigned i = 0; i < n; i++)
		if (t[i].kind == TERM_SUM)
			group[i]->of[(unsigned)__builtin_ctzll(
			    t[i].known_bit) - group[i]->lowest] =
			    (struct rule_addend){ t[i].value, t[i].minus };
	return true;
}

/* Whether count and distinct of one path are the same is asked often. */
static bool
quick_differ(const struct rule_term *a, const struct rule_term *b)
{
	return a->kind == TERM_SUM && a->value == &a->slot->count &&
	    b->kind == TERM_DISTINCT && a->slot == b->slot;
}

static bool
quick_numbers(struct rule_book *k, struct rule_bound *r,
    const struct rule_node *n)
{
	struct rule_quick *q = &r->quick;
	struct rule_term terms[RULE_TERMS];
	unsigned left, right = 0;

	left = quick_terms(k, r, n->a, terms, RULE_TERMS);
	if (left > 0)
		right = quick_terms(k, r, n->b, terms + left,
		    RULE_TERMS - left);
	if (right == 0)
		return true;
	q->order = rule_orders(n->op);
	q->kind = QUICK_NUMBERS;
	memcpy(q->pair, terms, sizeof(q->pair));
	if (left == 1 && right == 1 && terms[0].kind <= TERM_SUM &&
	    terms[1].kind <= TERM_SUM)
		q->kind = QUICK_PAIR;
	else if (left == 1 && right == 1 && n->op == RULE_EQ && !q->opposite &&
	    quick_differ(&terms[0], &terms[1]))
		q->kind = QUICK_DIFFER;
	if (q->kind != QUICK_NUMBERS)
		return true;
	return quick_amount(k, terms, left, &q->left) &&
	    quick_amount(k, terms + left, right, &q->right);
}

static bool
quick_check(struct rule_book *k, struct rule_bound *r,
    const struct rule_node *n)
{
	if (quick_gate(r, n, &r->quick.gate)) {
		r->quick.kind = QUICK_GATE;
		return true;
	}
	while (n->op == RULE_NOT && !n->test) {
		r->quick.opposite = !r->quick.opposite;
		n = n->a;
	}
	return n->test || !quick_is_order(n->op) || quick_numbers(k, r, n);
}

bool
rule_quick_make(struct rule_book *k, struct rule_bound *r)
{
	const struct rule *rule = r->rule;
	struct rule_gate g;

	if (rule->forbid) {
		g = quick_one(r->slots[rule->forbid->index]->there);
		quick_add(r, &g);
	}
	r->gates_all = !rule->when || quick_gates(r, rule->when);
	if (rule->need) {
		r->quick.kind = QUICK_GATE;
		r->quick.gate =
		    quick_one(r->slots[rule->need->index]->there);
	}
	return !rule->check || quick_check(k, r, rule->check);
}

/* ---- judging ------------------------------------------------------------ */

enum quick { QUICK_NONE, QUICK_SOME, QUICK_UNSURE };

static inline enum quick
quick_value(const struct rule_term *t, int64_t *to)
{
	const bool known = (*t->known & t->known_bit) != 0;
	const struct rule_slot *slot = t->slot;

	if (t->kind == TERM_DISTINCT) {
		*to = rule_slot_distinct(slot) * 100;
		return QUICK_SOME;
	}
	if (!known)
		return QUICK_NONE;
	if (t->kind == TERM_VALUE) {
		*to = *t->value;
		return QUICK_SOME;
	}
	/* The first of several values, or any of them: let the tree say. */
	if (slot->value_count != 1)
		return slot->value_count == 0 ? QUICK_NONE : QUICK_UNSURE;
	*to = slot->values[0].cents;
	return slot->values[0].numeric ? QUICK_SOME : QUICK_UNSURE;
}

/* False: too much for a number. */
static inline bool
quick_add_sums(const struct rule_sums *g, int64_t *to)
{
	/* Of many sums, most are of what is not there. */
	for (uint64_t left = *g->word & g->mask; left; left &= left - 1) {
		const struct rule_addend *t = &g->of[
		    (unsigned)__builtin_ctzll(left) - g->lowest];

		if (t->minus ? __builtin_sub_overflow(*to, *t->value, to) :
		    __builtin_add_overflow(*to, *t->value, to))
			return false;
	}
	return true;
}

static inline __attribute__((always_inline)) enum quick
quick_side(const struct rule_amount *a, int64_t *to)
{
	const struct rule_term *t = a->terms, *end = t + a->term_count;
	const struct rule_sums *g = a->sums, *last = g + a->sums_count;
	int64_t all = 0, v;

	for (; t < end; t++) {
		enum quick q = quick_value(t, &v);

		if (q != QUICK_SOME)
			return q;
		if (t->minus ? __builtin_sub_overflow(all, v, &all) :
		    __builtin_add_overflow(all, v, &all))
			return QUICK_UNSURE;
	}
	for (; g < last; g++)
		if (!quick_add_sums(g, &all))
			return QUICK_UNSURE;
	*to = all;
	return QUICK_SOME;
}

bool
rule_numbers_hold(const struct rule_quick *q)
{
	int64_t a = 0, b = 0;
	enum quick left = quick_side(&q->left, &a);
	enum quick right = quick_side(&q->right, &b);

	if (left == QUICK_UNSURE || right == QUICK_UNSURE)
		return false;
	return (left == QUICK_SOME && right == QUICK_SOME &&
	    rule_in_order(q->order, a, b)) != q->opposite;
}
