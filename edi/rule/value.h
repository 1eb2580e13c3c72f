/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_VALUE_H
#define EDI_RULE_VALUE_H

/*
 * What a slot takes of one value. All of it is inline, for its caller knows
 * what the slot wants, and nothing else is to be asked.
 */

#include "base/digits.h"
#include "edi/money.h"
#include "edi/rule/inner.h"

#define INLINE static inline __attribute__((always_inline))

/* A value, while slots take it. */
struct reading {
	struct slice value;
	uint64_t packed;         /* 0: it is not short */
	int64_t cents;
	bool numeric;
};

INLINE void
reading_number(struct reading *r)
{
	if (r->value.n == 1) {
		r->cents = (int64_t)(r->packed - '0') * 100;
		r->numeric = r->packed - '0' <= 9;
	} else {
		r->numeric = money_parse_short(r->value, &r->cents) ||
		    money_parse(r->value, &r->cents);
	}
}

/* ---- tests -------------------------------------------------------------- */

INLINE void
take_codes(const struct rule_slot *s, const struct reading *r)
{
	const struct rule_code *end = s->codes + s->code_count;

	for (const struct rule_code *c = s->codes; c < end; c++)
		if (c->code == r->packed)
			rule_note(c->hit);
}

INLINE void
take_orders(const struct rule_slot *s, const struct reading *r)
{
	const struct rule_order *end = s->orders + s->order_count;

	for (const struct rule_order *o = s->orders; o < end; o++)
		if (r->numeric ? ((uint64_t)r->cents - (uint64_t)o->low <=
		    o->span) != o->none : rule_passes(o->node, r->value))
			rule_note(o->hit);
}

/* No test has a code or a shape that begins as the value does. */
INLINE bool
tests_pass_none(const struct rule_slot *s, struct slice value)
{
	const unsigned char c = (unsigned char)*value.p;

	return !(s->first[c / 64] >> c % 64 & 1);
}

INLINE bool
shape_may_be(const struct rule_shape *s, struct slice value)
{
	const unsigned char c = (unsigned char)*value.p;

	return value.n < 32 && s->lengths >> value.n & 1 &&
	    s->first[c / 64] >> c % 64 & 1;
}

INLINE bool
test_passes(const struct rule_test *t, const struct reading *r)
{
	if (!t->plain)
		return (!t->shape || shape_may_be(t->shape, r->value)) &&
		    rule_passes(t->node, r->value);
	for (unsigned i = 0; i < t->count; i++)
		if (t->codes[i] == r->packed)
			return !t->none;
	return t->none;
}

INLINE void
take_tests(const struct rule_slot *s, const struct reading *r)
{
	for (unsigned i = 0; i < s->test_count; i++)
		if (!rule_holds(s->others[i]->hit) &&
		    test_passes(s->others[i], r))
			rule_note(s->others[i]->hit);
}

/* ---- values ------------------------------------------------------------- */

/* Eight digits as a number in hundredths, as all numbers are. */
INLINE void
take_day(uint64_t packed, int64_t *to, struct rule_fact known)
{
	*to = (int64_t)digits_value(packed) * 100;
	if (digits_only(packed, 8))
		rule_note(known);
}

/* Length, first and last day of the first value. */
INLINE void
take_first(struct rule_slot *s, const struct reading *r)
{
	const struct slice v = r->value;

	s->length = (int64_t)v.n * 100;
	if (v.n == 8) {
		take_day(r->packed, &s->from, s->from_known);
		s->to = s->from;
		if (rule_holds(s->from_known))
			rule_note(s->to_known);
	} else if (v.n > 8) {
		take_day(digits_pack(slice(v.p, 8)), &s->from, s->from_known);
		take_day(digits_pack(slice(v.p + v.n - 8, 8)), &s->to,
		    s->to_known);
	}
}

INLINE void
take_extremes(struct rule_slot *s, int64_t cents)
{
	if (!rule_holds(s->numbers)) {
		rule_note(s->numbers);
		s->low = s->high = cents;
	}
	s->low = cents < s->low ? cents : s->low;
	s->high = cents > s->high ? cents : s->high;
}

INLINE void
take_value(struct rule_slot *s, const struct reading *r)
{
	if (r->packed == 0 || s->value_count >= s->value_cap || s->overflow) {
		rule_slot_keep(s, r->value, r->numeric, r->cents);
		return;
	}
	s->values[s->value_count++] = (struct rule_value){ .key = r->packed,
		.n = (uint32_t)r->value.n, .numeric = r->numeric,
		.cents = r->cents };
}

/* What a slot keeps begins with its first value. */
INLINE void
take_begin(struct rule_slot *s, const struct reading *r, unsigned wants)
{
	if (wants & RULE_WANT_COUNT)
		s->count = 0;
	if (wants & RULE_WANT_FIRST)
		take_first(s, r);
	if (wants & RULE_WANT_SUM)
		s->sum = 0;
	if (wants & RULE_WANT_KEPT) {
		s->value_count = 0;
		if (s->text.n > 0 || s->overflow)
			buf_reset(&s->text);
	}
	if (wants & (RULE_WANT_KEPT | RULE_WANT_SUM))
		s->overflow = false;
}

/* there: it took something before. That it has, now, is for the caller. */
INLINE void
take(struct rule_slot *s, bool there, const struct reading *r, unsigned wants)
{
	if (wants & RULE_WANT_BEGIN && !there)
		take_begin(s, r, wants);
	if (wants & RULE_WANT_COUNT)
		s->count += 100;
	if (wants & RULE_WANT_ORDERS)
		take_orders(s, r);
	if (wants & RULE_WANT_TESTS ? !tests_pass_none(s, r->value) :
	    (wants & RULE_WANT_CODES) != 0) {
		if (wants & RULE_WANT_CODES)
			take_codes(s, r);
		if (wants & RULE_WANT_TESTS)
			take_tests(s, r);
	}
	if (wants & RULE_WANT_SUM && r->numeric &&
	    __builtin_add_overflow(s->sum, r->cents, &s->sum))
		s->overflow = true;
	if (wants & RULE_WANT_EXTREMES && r->numeric)
		take_extremes(s, r->cents);
	if (wants & RULE_WANT_KEPT)
		take_value(s, r);
}

#endif
