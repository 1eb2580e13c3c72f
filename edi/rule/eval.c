/* SPDX-License-Identifier: ISC */
/*
 * A condition is judged on the values of its paths. A path may have many
 * values; a comparison is true when it is true for any of them, and false when
 * there is none: what is absent is neither equal nor different.
 */
#include "edi/money.h"
#include "edi/rule/inner.h"

/* One side of a comparison: the values of a path, one number, or one text. */
struct rule_side {
	const struct rule_slot *slot;
	struct rule_value one;
	struct slice word;
};

static struct rule_slot *
rule_slot(const struct rule_scene *s, const struct rule_node *path)
{
	return s->bound->slots[path->index];
}

static unsigned
rule_side_count(const struct rule_side *x)
{
	return x->slot ? rule_slot_kept(x->slot) : 1;
}

static const struct rule_value *
rule_side_value(const struct rule_side *x, unsigned i)
{
	return x->slot ? &x->slot->values[i] : &x->one;
}

static bool
rule_side_same(const struct rule_side *x, const struct rule_value *a,
    const struct rule_side *y, const struct rule_value *b)
{
	if (a->key != b->key || a->n != b->n || a->n <= RULE_SHORT)
		return a->key == b->key && a->n == b->n;
	return slice_eq(x->slot ? rule_slot_text(x->slot, a) : x->word,
	    y->slot ? rule_slot_text(y->slot, b) : y->word);
}

/* A slot that had too many values, since its scope began. */
static void
rule_notice_overflow(struct rule_scene *s, const struct rule_slot *slot)
{
	s->overflow |= rule_holds(slot->there) && slot->overflow;
}

/* ---- functions of a path ------------------------------------------------ */

static bool
rule_function_value(struct rule_scene *s, const struct rule_node *n,
    int64_t *to)
{
	struct rule_slot *slot = rule_slot(s, n->a);

	rule_notice_overflow(s, slot);
	switch (n->op) {
	case RULE_SUM:
		*to = rule_slot_sum(slot);
		return true;
	case RULE_COUNT:
		*to = rule_slot_count(slot);
		return true;
	case RULE_DISTINCT:
		*to = rule_slot_distinct(slot) * 100;
		return true;
	case RULE_LOWEST:
	case RULE_HIGHEST:
		*to = n->op == RULE_LOWEST ? slot->low : slot->high;
		return rule_holds(slot->numbers);
	case RULE_FROM:
	case RULE_TO:
		*to = n->op == RULE_FROM ? slot->from : slot->to;
		return rule_holds(n->op == RULE_FROM ? slot->from_known :
		    slot->to_known);
	case RULE_LENGTH:
		*to = slot->length;
		return rule_holds(slot->there);
	default:
		return false;
	}
}

/* ---- numbers ------------------------------------------------------------ */

static bool
rule_first(struct rule_scene *s, const struct rule_node *path, int64_t *to)
{
	const struct rule_slot *slot = rule_slot(s, path);

	rule_notice_overflow(s, slot);
	if (rule_slot_kept(slot) == 0 || !slot->values[0].numeric)
		return false;
	*to = slot->values[0].cents;
	return true;
}

/* A number of its own, or the first value of a path; false: there is none. */
static bool
rule_number(struct rule_scene *s, const struct rule_node *n, int64_t *to)
{
	int64_t a, b;

	switch (n->op) {
	case RULE_NUMBER:
		*to = n->number;
		return true;
	case RULE_TODAY:
		*to = (int64_t)(s->today ? s->today : s->set_date) * 100;
		return *to != 0;
	case RULE_SET_DATE:
		*to = (int64_t)s->set_date * 100;
		return *to != 0;
	case RULE_PATH:
		return rule_first(s, n, to);
	case RULE_ADD:
	case RULE_SUB:
		if (!rule_number(s, n->a, &a) || !rule_number(s, n->b, &b))
			return false;
		return n->op == RULE_ADD ?
		    !__builtin_add_overflow(a, b, to) :
		    !__builtin_sub_overflow(a, b, to);
	default:
		return rule_function_value(s, n, to);
	}
}

/* False: the side has no value at all. */
static bool
rule_side_of(struct rule_scene *s, const struct rule_node *n,
    struct rule_side *to)
{
	to->slot = NULL;
	to->word = slice(NULL, 0);
	if (n->op == RULE_PATH) {
		to->slot = rule_slot(s, n);
		rule_notice_overflow(s, to->slot);
		return rule_slot_kept(to->slot) > 0;
	}
	if (n->op == RULE_WORD) {
		to->word = n->word;
		to->one.key = rule_key(n->word);
		to->one.n = (uint32_t)n->word.n;
		to->one.numeric = n->numeric;
		to->one.cents = n->number;
		return true;
	}
	to->one.numeric = true;
	return rule_number(s, n, &to->one.cents);
}

/* ---- comparisons -------------------------------------------------------- */

static bool
rule_order(enum rule_op op, int64_t a, int64_t b)
{
	switch (op) {
	case RULE_EQ:
		return a == b;
	case RULE_NE:
		return a != b;
	case RULE_LT:
		return a < b;
	case RULE_LE:
		return a <= b;
	case RULE_GT:
		return a > b;
	default:
		return a >= b;
	}
}

/* As numbers where both are, else as texts, which have no order. */
static bool
rule_pair(enum rule_op op, const struct rule_side *x, unsigned i,
    const struct rule_side *y, unsigned j)
{
	const struct rule_value *a = rule_side_value(x, i);
	const struct rule_value *b = rule_side_value(y, j);

	if (a->numeric && b->numeric)
		return rule_order(op, a->cents, b->cents);
	if ((!x->slot && !x->word.p) || (!y->slot && !y->word.p))
		return op == RULE_NE;
	return (op == RULE_EQ || op == RULE_NE) &&
	    rule_side_same(x, a, y, b) == (op == RULE_EQ);
}

/* One number, not any of several values. */
static bool
rule_is_number(const struct rule_node *n)
{
	return n->op != RULE_PATH && n->op != RULE_WORD;
}

static bool
rule_comparison(struct rule_scene *s, const struct rule_node *n)
{
	struct rule_side x, y;
	int64_t a, b;

	if (rule_is_number(n->a) && rule_is_number(n->b))
		return rule_number(s, n->a, &a) && rule_number(s, n->b, &b) &&
		    rule_order(n->op, a, b);
	if (!rule_side_of(s, n->a, &x) || !rule_side_of(s, n->b, &y))
		return false;
	for (unsigned i = 0; i < rule_side_count(&x); i++)
		for (unsigned j = 0; j < rule_side_count(&y); j++)
			if (rule_pair(n->op, &x, i, &y, j))
				return true;
	return false;
}

static bool
rule_listed(const struct rule_node *n, struct slice value)
{
	for (unsigned i = 0; i < n->list_count; i++)
		if (n->list[i].n == value.n && *n->list[i].p == *value.p &&
		    slice_eq(n->list[i], value))
			return true;
	return false;
}

/* The same as rule_pair() says of one value and a literal. */
static bool
rule_passes_literal(const struct rule_node *n, struct slice value)
{
	const struct rule_node *b = n->b;
	int64_t cents;

	if (b->numeric && money_parse(value, &cents))
		return rule_order(n->op, cents, b->number);
	if (b->op == RULE_NUMBER)
		return n->op == RULE_NE;
	return (n->op == RULE_EQ || n->op == RULE_NE) &&
	    slice_eq(value, b->word) == (n->op == RULE_EQ);
}

bool
rule_passes(const struct rule_node *n, struct slice value)
{
	switch (n->op) {
	case RULE_IN:
	case RULE_NOT_IN:
		return rule_listed(n, value) == (n->op == RULE_IN);
	case RULE_MATCHES:
		return n->shape ? code_matcher_has(n->shape, value) :
		    code_shape_matches(n->word.p, value);
	default:
		return rule_passes_literal(n, value);
	}
}

bool
rule_true(struct rule_scene *s, const struct rule_node *n)
{
	int64_t v;

	if (n->test)
		return rule_holds(s->bound->tests[n->test - 1]->hit);
	switch (n->op) {
	case RULE_AND:
		return rule_true(s, n->a) && rule_true(s, n->b);
	case RULE_OR:
		return rule_true(s, n->a) || rule_true(s, n->b);
	case RULE_NOT:
		return !rule_true(s, n->a);
	case RULE_PATH:
		return rule_holds(rule_slot(s, n)->there);
	case RULE_EQ:
	case RULE_NE:
	case RULE_LT:
	case RULE_LE:
	case RULE_GT:
	case RULE_GE:
		return rule_comparison(s, n);
	default:
		return rule_number(s, n, &v) && v != 0;
	}
}
