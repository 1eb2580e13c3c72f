/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a path's values. Most rules ask little: whether there was
 * one, whether one was of some codes, a sum. So a value is judged when it
 * comes, and copied only where a rule must compare it with another one.
 */
#include "edi/rule/inner.h"

#include "base/digits.h"

#include <stdlib.h>

void
rule_slot_clear(struct rule_slot *s)
{
	s->kept = false;
	s->value_count = 0;
	s->sum = 0;
	s->overflow = false;
	if (s->text.n > 0)
		buf_reset(&s->text);
}

void *
rule_word(struct rule_words **list, unsigned n, struct arena *a)
{
	struct rule_words *w = *list;
	uint32_t at = w ? (w->used + n - 1) / n * n : RULE_WORDS;

	if (at + n > RULE_WORDS) {
		w = arena_alloc(a, sizeof(*w));
		if (!w)
			return NULL;
		w->next = *list;
		*list = w;
		at = 0;
	}
	w->used = at + n;
	return &w->word[at];
}

/* ---- tests -------------------------------------------------------------- */

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

bool
rule_test_make(struct rule_test *t, struct arena *a)
{
	const struct rule_node *n = t->node;
	const struct slice *list;

	t->plain = rule_test_is_plain(n);
	if (!t->plain && n->b && n->b->numeric)
		t->order = rule_orders(n->op);
	if (!t->plain)
		return true;
	list = n->list_count ? n->list : &n->b->word;
	t->count = (uint16_t)(n->list_count ? n->list_count : 1);
	t->none = n->op == RULE_NE || n->op == RULE_NOT_IN;
	t->codes = arena_array(a, t->count, sizeof(*t->codes));
	for (unsigned i = 0; t->codes && i < t->count; i++)
		t->codes[i] = digits_pack(list[i]);
	t->code = digits_pack(list[0]);
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

/* ---- values ------------------------------------------------------------- */

static bool
rule_slot_room(struct rule_slot *s)
{
	uint32_t cap = s->value_cap ? 2 * s->value_cap : 8;
	struct rule_value *values;

	if (s->value_count < s->value_cap)
		return true;
	if (s->value_count >= RULE_VALUES)
		return false;
	values = reallocarray(s->values, cap, sizeof(*values));
	if (!values)
		return false;
	s->values = values;
	s->value_cap = cap;
	return true;
}

/* The same for texts that are the same; mostly different for others. */
static inline uint64_t
rule_slot_key(struct slice value)
{
	if (value.n <= 8)
		return digits_pack(value);
	return digits_pack(slice(value.p, 8)) * 31 +
	    digits_pack(slice(value.p + value.n - 8, 8));
}

void
rule_slot_keep(struct rule_slot *s, struct slice value, bool numeric,
    int64_t cents)
{
	if (s->overflow)
		return;
	if (!rule_slot_room(s) || !buf_add_slice(&s->text, value)) {
		s->overflow = true;
		return;
	}
	s->values[s->value_count++] = (struct rule_value){
		.at = (uint32_t)(s->text.n - value.n),
		.n = (uint32_t)value.n, .numeric = numeric, .cents = cents,
		.key = rule_slot_key(value),
	};
}

int64_t
rule_slot_distinct(const struct rule_slot *s)
{
	int64_t n = 0;

	for (unsigned i = 0; i < s->value_count; i++) {
		unsigned j = 0;

		while (j < i && (s->values[j].key != s->values[i].key ||
		    !slice_eq(rule_slot_value(s, j), rule_slot_value(s, i))))
			j++;
		n += j == i;
	}
	return n;
}
