/* SPDX-License-Identifier: ISC */
/*
 * What the links of a segment take of it. A row of links is in the order of
 * the elements, so that each value is found, packed and parsed once, whatever
 * slots want it.
 */
#include "base/digits.h"
#include "edi/money.h"
#include "edi/rule/inner.h"

#define INLINE static inline __attribute__((always_inline))

/* A value, while slots take it. */
struct rule_reading {
	const struct walk_segment *s;
	struct slice value;
	uint64_t packed;         /* of eight characters at most */
	bool numeric;
	int64_t cents;
};

INLINE void
reading_set(struct rule_reading *r, struct slice value, unsigned needs)
{
	r->value = value;
	if (needs & RULE_NEED_PACKED)
		r->packed = value.n <= 8 ? digits_pack(value) : 0;
	r->numeric = needs & RULE_NEED_NUMBER && value.n > 0 &&
	    money_parse(value, &r->cents);
}

/* ---- slots -------------------------------------------------------------- */

INLINE bool
test_passes(const struct rule_test *t, const struct rule_reading *r)
{
	if (t->order && r->numeric)
		return rule_in_order(t->order, r->cents, t->node->b->number);
	if (!t->plain)
		return rule_passes(t->node, r->value);
	if (r->value.n > 8)
		return t->none;
	if (t->code == r->packed)
		return !t->none;
	for (unsigned i = 1; i < t->count; i++)
		if (t->codes[i] == r->packed)
			return !t->none;
	return t->none;
}

/* Eight digits as a number in hundredths, as all numbers are. */
INLINE bool
take_day(const char *p, int64_t *to)
{
	uint64_t packed = digits_pack(slice(p, 8));

	*to = (int64_t)digits_value(packed) * 100;
	return digits_only(packed, 8);
}

/* Length, first and last day of the first value. */
INLINE void
take_first(struct rule_slot *s, struct slice value)
{
	s->length = (int64_t)value.n * 100;
	if (value.n < 8)
		return;
	*s->from_known = take_day(value.p, &s->from);
	*s->to_known = take_day(value.p + value.n - 8, &s->to);
}

INLINE void
take_number(struct rule_slot *s, int64_t cents)
{
	if (*s->numbers == 0) {
		*s->numbers = 1;
		s->low = s->high = cents;
	}
	s->low = cents < s->low ? cents : s->low;
	s->high = cents > s->high ? cents : s->high;
	if (s->wants & RULE_WANT_SUM &&
	    __builtin_add_overflow(s->sum, cents, &s->sum))
		s->overflow = true;
}

/* Tests and values. */
INLINE void
take_more(struct rule_slot *s, const struct rule_reading *r)
{
	for (struct rule_test *t = s->tests; t; t = t->next)
		if (*t->hit == 0)
			*t->hit = test_passes(t, r);
	if (s->wants & RULE_WANT_KEPT && !s->kept) {
		s->kept = true;
		s->next_kept = *s->list;
		*s->list = s;
	}
	if (s->wants & RULE_WANT_NUMBERS && r->numeric)
		take_number(s, r->cents);
	if (s->wants & (RULE_WANT_VALUES | RULE_WANT_TEXTS))
		rule_slot_keep(s, r->value, s->wants & RULE_WANT_NUMBERS &&
		    r->numeric, r->cents);
}

INLINE bool
take_place(struct rule_seen *seen, uint32_t segment, uint64_t offset)
{
	if (seen->count++ > 0)
		return false;
	seen->segment = segment;
	seen->offset = offset;
	return true;
}

INLINE void
take(struct rule_slot *s, struct rule_seen *seen,
    const struct rule_reading *r, uint32_t segment, uint64_t offset)
{
	if (take_place(seen, segment, offset) && s->wants & RULE_WANT_FIRST)
		take_first(s, r->value);
	if (s->needs)
		take_more(s, r);
}

void
rule_slot_add(struct rule_slot *s, struct slice value, uint32_t segment,
    uint64_t offset)
{
	struct rule_reading r = { .s = NULL };

	reading_set(&r, value, s->needs);
	take(s, s->seen, &r, segment, offset);
}

/* ---- segments ----------------------------------------------------------- */

/* A bracket names one code where the guide's segment takes several. */
static bool
link_fits(const struct rule_link *l, const struct walk_segment *s)
{
	const struct rule_path *p = l->slot->path;

	if (p->code.n == 0)
		return true;
	if (s->node->key[0] == 0)
		return rule_path_code(p, segment_element(s->segment, 1));
	for (unsigned i = 0; i < 2; i++) {
		struct slice key = s->node->key_component[i] ?
		    segment_component(s->segment, s->node->key[i],
		    s->node->key_component[i]) :
		    segment_element(s->segment, s->node->key[i]);

		if (rule_path_code(p, key))
			return true;
	}
	return false;
}

/* What a link speaks of, empty when it is absent; of a range, not that. */
INLINE struct slice
link_value(const struct rule_link *l, const struct segment *s)
{
	struct slice value;

	if (l->element == 0 || l->flags & RULE_LINK_RANGE)
		return segment_id(s);
	value = segment_element(s, l->element);
	if (l->component == 0 || value.n == 0)
		return value;
	return segment_part(value, s->delimiters->component, l->component);
}

/* Components from..to of an element. */
static void
take_parts(struct rule_reading *r, const struct rule_link *l,
    struct slice value)
{
	const char separator = r->s->segment->delimiters->component;

	for (unsigned i = l->component; i <= l->last_component; i++) {
		struct slice part = segment_part(value, separator, i);

		if (part.n == 0)
			continue;
		reading_set(r, part, l->slot->needs);
		take(l->slot, l->seen, r, r->s->ordinal,
		    r->s->segment->offset);
	}
}

/* Elements from..to of which nothing is asked but how many there are. */
static void
count_range(struct rule_reading *r, const struct rule_link *l)
{
	const struct segment *s = r->s->segment;
	uint32_t n = 0;

	for (unsigned i = l->element; i <= l->last_element && i <= s->count;
	    i++)
		n += s->mark[i] - s->mark[i - 1] > 1;
	if (n == 0)
		return;
	take_place(l->seen, r->s->ordinal, s->offset);
	l->seen->count += n - 1;
}

static void
take_range(struct rule_reading *r, const struct rule_link *l)
{
	const struct segment *s = r->s->segment;

	if (l->component == 0 && l->flags & RULE_LINK_COUNT) {
		count_range(r, l);
		return;
	}
	for (unsigned i = l->element; i <= l->last_element && i <= s->count;
	    i++) {
		struct slice value = segment_element(s, i);

		if (value.n == 0)
			continue;
		if (l->component > 0) {
			take_parts(r, l, value);
			continue;
		}
		reading_set(r, value, l->slot->needs);
		take(l->slot, l->seen, r, r->s->ordinal, s->offset);
	}
}

/* The links that are not of one value of a segment, whatever its code is. */
static void __attribute__((noinline))
take_with_care(struct rule_reading *r, const struct rule_link *l)
{
	const struct walk_segment *s = r->s;

	if ((l->flags & RULE_LINK_CODE || s->by_id) && !link_fits(l, s))
		return;
	if (l->flags & RULE_LINK_RANGE)
		take_range(r, l);
	else
		take(l->slot, l->seen, r, s->ordinal, s->segment->offset);
}

void
rule_links_take(const struct rule_link *row, const struct walk_segment *s,
    const bool *scope_open)
{
	struct rule_reading r = { .s = s };
	const uint32_t count = s->segment->count, ordinal = s->ordinal;
	const uint64_t offset = s->segment->offset;
	uint32_t place = UINT32_MAX;

	for (const struct rule_link *l = row; l->seen; l++) {
		if (l->place != place) {
			/* The rest of the row stands behind the last one. */
			if (l->element > count)
				return;
			place = l->place;
			reading_set(&r, link_value(l, s->segment), l->needs);
		}
		if (r.value.n == 0 || !scope_open[l->scope])
			continue;
		if (l->flags & (RULE_LINK_RANGE | RULE_LINK_CODE) || s->by_id)
			take_with_care(&r, l);
		else if (l->flags & RULE_LINK_COUNT)
			take_place(l->seen, ordinal, offset);
		else
			take(l->slot, l->seen, &r, ordinal, offset);
	}
}
