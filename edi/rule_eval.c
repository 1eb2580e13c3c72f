/* SPDX-License-Identifier: ISC */
/*
 * A condition is judged on the values of its paths. A path may have many
 * values; a comparison is true when it is true for any of them, and false when
 * there is none: what is absent is neither equal nor different.
 */
#include "edi/code_table.h"
#include "edi/codes.h"
#include "edi/money.h"
#include "edi/rule_inner.h"

/* One side of a comparison: some texts, or one number. */
struct rule_side {
	bool number;
	int64_t cents;
	const struct rule_slot *slot;    /* texts of a path */
	struct slice word;               /* or this one */
};

static struct rule_slot *
rule_slot(const struct rule_scene *s, const struct rule_node *path)
{
	return s->bound->slots[path->index];
}

static unsigned
rule_side_count(const struct rule_side *x)
{
	return x->slot ? x->slot->value_count : 1;
}

static struct slice
rule_side_text(const struct rule_side *x, unsigned i)
{
	return x->slot ? rule_slot_value(x->slot, i) : x->word;
}

static bool
rule_side_number(const struct rule_side *x, unsigned i, int64_t *cents)
{
	if (x->number) {
		*cents = x->cents;
		return true;
	}
	return money_parse(rule_side_text(x, i), cents);
}

/* ---- functions of a path ------------------------------------------------ */

static int64_t
rule_distinct(const struct rule_slot *slot)
{
	int64_t n = 0;

	for (unsigned i = 0; i < slot->value_count; i++) {
		unsigned j = 0;

		while (j < i && !slice_eq(rule_slot_value(slot, j),
		    rule_slot_value(slot, i)))
			j++;
		n += j == i;
	}
	return n;
}

/* The lowest or highest number; false when there is none. */
static bool
rule_extreme(const struct rule_slot *slot, bool highest, int64_t *to)
{
	bool found = false;

	for (unsigned i = 0; i < slot->value_count; i++) {
		int64_t v;

		if (!money_parse(rule_slot_value(slot, i), &v))
			continue;
		if (!found || (highest ? v > *to : v < *to))
			*to = v;
		found = true;
	}
	return found;
}

/* Eight digits at one end of the first value, as a number. */
static bool
rule_day(const struct rule_slot *slot, bool last, int64_t *to)
{
	struct slice s;

	if (slot->value_count == 0)
		return false;
	s = rule_slot_value(slot, 0);
	if (s.n < 8)
		return false;
	return money_parse(slice(last ? s.p + s.n - 8 : s.p, 8), to);
}

static bool
rule_function_value(struct rule_scene *s, const struct rule_node *n,
    int64_t *to)
{
	struct rule_slot *slot = rule_slot(s, n->a);

	s->overflow |= slot->overflow;
	switch (n->op) {
	case RULE_SUM:
		*to = slot->sum;
		return true;
	case RULE_COUNT:
		*to = (int64_t)slot->count * 100;
		return true;
	case RULE_DISTINCT:
		*to = rule_distinct(slot) * 100;
		return true;
	case RULE_LOWEST:
	case RULE_HIGHEST:
		return rule_extreme(slot, n->op == RULE_HIGHEST, to);
	case RULE_FROM:
	case RULE_TO:
		return rule_day(slot, n->op == RULE_TO, to);
	case RULE_LENGTH:
		if (slot->value_count > 0)
			*to = (int64_t)slot->values[0].n * 100;
		return slot->value_count > 0;
	default:
		return false;
	}
}

/* ---- numbers ------------------------------------------------------------ */

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
		s->overflow |= rule_slot(s, n)->overflow;
		return rule_slot(s, n)->value_count > 0 &&
		    money_parse(rule_slot_value(rule_slot(s, n), 0), to);
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
	*to = (struct rule_side){ .word = n->word };
	if (n->op == RULE_PATH) {
		to->slot = rule_slot(s, n);
		s->overflow |= to->slot->overflow;
		return to->slot->value_count > 0;
	}
	if (n->op == RULE_WORD)
		return true;
	to->number = true;
	return rule_number(s, n, &to->cents);
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
	int64_t a, b;

	if (rule_side_number(x, i, &a) && rule_side_number(y, j, &b))
		return rule_order(op, a, b);
	if (x->number || y->number)
		return op == RULE_NE;
	return (op == RULE_EQ || op == RULE_NE) &&
	    slice_eq(rule_side_text(x, i), rule_side_text(y, j)) ==
	    (op == RULE_EQ);
}

static bool
rule_comparison(struct rule_scene *s, const struct rule_node *n)
{
	struct rule_side x, y;

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
		if (slice_eq(n->list[i], value))
			return true;
	return false;
}

/* in, not in, matches: true for any value. */
static bool
rule_membership(struct rule_scene *s, const struct rule_node *n)
{
	struct rule_side x;

	if (!rule_side_of(s, n->a, &x) || x.number)
		return false;
	for (unsigned i = 0; i < rule_side_count(&x); i++) {
		struct slice value = rule_side_text(&x, i);
		bool is = n->op == RULE_MATCHES ?
		    code_shape_matches(n->word.p, value) :
		    rule_listed(n, value) == (n->op == RULE_IN);

		if (is)
			return true;
	}
	return false;
}

bool
rule_true(struct rule_scene *s, const struct rule_node *n)
{
	switch (n->op) {
	case RULE_AND:
		return rule_true(s, n->a) && rule_true(s, n->b);
	case RULE_OR:
		return rule_true(s, n->a) || rule_true(s, n->b);
	case RULE_NOT:
		return !rule_true(s, n->a);
	case RULE_PATH:
		return rule_slot(s, n)->count > 0;
	case RULE_IN:
	case RULE_NOT_IN:
	case RULE_MATCHES:
		return rule_membership(s, n);
	case RULE_EQ:
	case RULE_NE:
	case RULE_LT:
	case RULE_LE:
	case RULE_GT:
	case RULE_GE:
		return rule_comparison(s, n);
	default: {
		int64_t v;

		return rule_number(s, n, &v) && v != 0;
	}
	}
}
