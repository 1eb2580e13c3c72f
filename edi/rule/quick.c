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
	q->terms = arena_array(&k->arena, left + right, sizeof(*q->terms));
	if (!q->terms)
		return false;
	memcpy(q->terms, terms, (left + right) * sizeof(*terms));
	q->left = (uint8_t)left;
	q->right = (uint8_t)right;
	q->order = rule_orders(n->op);
	q->kind = left == 1 && right == 1 && terms[0].kind <= TERM_SUM &&
	    terms[1].kind <= TERM_SUM ? QUICK_PAIR : QUICK_NUMBERS;
	return true;
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

	if (t->kind <= TERM_SUM) {
		*to = known ? *t->value : 0;
		return known || t->kind == TERM_SUM ? QUICK_SOME : QUICK_NONE;
	}
	if (t->kind == TERM_DISTINCT) {
		*to = rule_slot_distinct(slot) * 100;
		return QUICK_SOME;
	}
	/* The first of several values, or any of them: let the tree say. */
	if (!known || slot->value_count == 0)
		return QUICK_NONE;
	*to = slot->values[0].cents;
	return slot->value_count == 1 && slot->values[0].numeric ?
	    QUICK_SOME : QUICK_UNSURE;
}

/* Most of many terms are sums of what is not there. */
static inline bool
quick_is_nothing(const struct rule_term *t)
{
	return t->kind == TERM_SUM && !(*t->known & t->known_bit);
}

static inline enum quick
quick_side(const struct rule_term *t, unsigned n, int64_t *to)
{
	enum quick q = quick_value(t, to);

	for (unsigned i = 1; i < n && q == QUICK_SOME; i++) {
		int64_t v;

		if (quick_is_nothing(&t[i]))
			continue;
		q = quick_value(&t[i], &v);
		if (q == QUICK_SOME && (t[i].minus ?
		    __builtin_sub_overflow(*to, v, to) :
		    __builtin_add_overflow(*to, v, to)))
			q = QUICK_UNSURE;
	}
	return q;
}

bool
rule_numbers_hold(const struct rule_quick *q)
{
	int64_t a = 0, b = 0;
	enum quick left, right;

	left = quick_side(q->terms, q->left, &a);
	right = quick_side(q->terms + q->left, q->right, &b);
	if (left == QUICK_UNSURE || right == QUICK_UNSURE)
		return false;
	return (left == QUICK_SOME && right == QUICK_SOME &&
	    rule_in_order(q->order, a, b)) != q->opposite;
}
