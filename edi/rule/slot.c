/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a path's values. Most rules ask little: whether there was
 * one, whether one was of some codes, a sum. So a value is judged when it
 * comes, and copied only where a rule must compare it with another one.
 */
#include "edi/rule/inner.h"

#include "base/digits.h"

#include <stdlib.h>

bool
rule_fact_new(struct rule_facts **scope, struct arena *a, struct rule_fact *to)
{
	struct rule_facts *f = *scope;

	if (!f || f->used == RULE_FACTS) {
		f = arena_alloc(a, sizeof(*f));
		if (!f)
			return false;
		rule_forget(f);
		f->next = *scope;
		*scope = f;
	}
	*to = (struct rule_fact){ f, 1ull << f->used++ };
	return true;
}

const struct rule_since *
rule_since(struct rule_fact f)
{
	const struct rule_since *s = f.of->now - 1;

	while (s->before & f.bit)
		s--;
	return s;
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

uint64_t
rule_key(struct slice text)
{
	if (text.n <= RULE_SHORT)
		return digits_pack(text);
	return digits_pack(slice(text.p, 8)) * 31 +
	    digits_pack(slice(text.p + text.n - 8, 8));
}

void
rule_slot_keep(struct rule_slot *s, struct slice value, bool numeric,
    int64_t cents)
{
	if (s->overflow)
		return;
	if (!rule_slot_room(s) || (value.n > RULE_SHORT &&
	    !buf_add_slice(&s->text, value))) {
		s->overflow = true;
		return;
	}
	s->values[s->value_count++] = (struct rule_value){
		.key = rule_key(value), .cents = cents, .numeric = numeric,
		.at = (uint32_t)(s->text.n - (value.n > RULE_SHORT ?
		    value.n : 0)),
		.n = (uint32_t)value.n,
	};
}

static bool
rule_value_same(const struct rule_slot *s, const struct rule_value *a,
    const struct rule_value *b)
{
	return a->key == b->key && a->n == b->n && (a->n <= RULE_SHORT ||
	    slice_eq(rule_slot_text(s, a), rule_slot_text(s, b)));
}

int64_t
rule_slot_distinct(const struct rule_slot *s)
{
	const uint32_t count = rule_slot_kept(s);
	int64_t n = 0;

	if (count <= 1)
		return count;
	for (unsigned i = 0; i < count; i++) {
		unsigned j = 0;

		while (j < i && !rule_value_same(s, &s->values[j],
		    &s->values[i]))
			j++;
		n += j == i;
	}
	return n;
}

bool
rule_slot_differs(const struct rule_slot *s)
{
	const uint32_t count = rule_slot_kept(s);
	const struct rule_value *v = s->values;

	if (rule_slot_count(s) != (int64_t)count * 100)
		return false;
	for (unsigned i = 1; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			if (v[i].key == v[j].key)
				return rule_slot_distinct(s) == count;
	return true;
}
