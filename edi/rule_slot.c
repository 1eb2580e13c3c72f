/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a path's values. Most rules ask little: whether there was
 * one, whether one was of some codes, a sum. So a value is judged when it
 * comes, and copied only where a rule must compare it with another one.
 */
#include "edi/money.h"
#include "edi/rule_inner.h"

#include <stdlib.h>

void
rule_slot_clear(struct rule_slot *s)
{
	for (struct rule_test *t = s->tests; t; t = t->next)
		t->hit = 0;
	s->count = s->value_count = 0;
	s->sum = 0;
	s->overflow = s->numbers = false;
	if (s->text.n > 0)
		buf_reset(&s->text);
}

/* Eight digits as a number in hundredths, as all numbers; -1: they are none. */
static int64_t
rule_slot_day(const char *p)
{
	int64_t day = 0;

	for (unsigned i = 0; i < 8; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		day = day * 10 + (p[i] - '0');
	}
	return day * 100;
}

void
rule_slot_days(struct rule_slot *s, struct slice value)
{
	s->from = s->to = -1;
	if (value.n < 8)
		return;
	s->from = rule_slot_day(value.p);
	s->to = value.n == 8 ? s->from :
	    rule_slot_day(value.p + value.n - 8);
}

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

static void
rule_slot_keep(struct rule_slot *s, struct slice value,
    const struct rule_value *v)
{
	if (s->overflow)
		return;
	if (!rule_slot_room(s) || !buf_add_slice(&s->text, value)) {
		s->overflow = true;
		return;
	}
	s->values[s->value_count] = *v;
	s->values[s->value_count++].at = (uint32_t)(s->text.n - value.n);
}

static void
rule_slot_number(struct rule_slot *s, int64_t cents)
{
	if (s->wants & RULE_WANT_SUM &&
	    __builtin_add_overflow(s->sum, cents, &s->sum))
		s->overflow = true;
	if (!s->numbers || cents < s->low)
		s->low = cents;
	if (!s->numbers || cents > s->high)
		s->high = cents;
	s->numbers = true;
}

void
rule_slot_take(struct rule_slot *s, struct slice value, uint32_t segment,
    uint64_t offset)
{
	struct rule_value v = { .n = (uint32_t)value.n, .segment = segment,
		.offset = offset };

	for (struct rule_test *t = s->tests; t; t = t->next)
		if (t->hit == 0)
			t->hit = rule_passes(t->node, value);
	if (s->wants & (RULE_WANT_VALUES | RULE_WANT_SUM |
	    RULE_WANT_EXTREMES)) {
		v.numeric = money_parse(value, &v.cents);
		if (v.numeric)
			rule_slot_number(s, v.cents);
	}
	if (s->wants & (RULE_WANT_VALUES | RULE_WANT_TEXTS))
		rule_slot_keep(s, value, &v);
}
