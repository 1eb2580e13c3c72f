/* SPDX-License-Identifier: ISC */
#include "edi/validate/core.h"

#include "edi/segment.h"

/*
 * What every guide says of a segment's elements among themselves, and no
 * syntax note of the standard says. Which segments, and which elements make
 * it worth to ask, is told by a table in edi/guide/check.c.
 */

static struct slice
element(const struct walk_segment *s, unsigned i)
{
	return segment_element(s->segment, i);
}

static bool
uses(const struct walk_segment *s, unsigned i)
{
	return i <= s->node->count &&
	    s->node->elements[i - 1].usage != USAGE_NOT_USED;
}

static void __attribute__((cold))
say(struct validator *v, enum finding_id id, unsigned i)
{
	const struct guide_element *el = &v->now->node->elements[i - 1];

	v->element = i;
	v->component = v->repeat = 0;
	validate_say(v, id, el, element(v->now, i), 0, "%s", el->name);
}

static void __attribute__((cold, noinline))
say_names(struct validator *v, const struct walk_segment *s)
{
	for (unsigned i = 4; i <= 7; i++)
		if (element(s, i).n > 0 && uses(s, i))
			say(v, FINDING_NAME_OF_ORGANIZATION, i);
}

/* NM102 2 is an organization: it has NM103 alone. */
static void
name(struct validator *v, const struct walk_segment *s)
{
	struct slice type = element(s, 2);

	if (type.n == 1 && type.p[0] == '2')
		say_names(v, s);
}

/* N402 and N403 in the United States and Canada, N404 and N407 elsewhere. */
static void __attribute__((noinline))
address(struct validator *v, const struct walk_segment *s)
{
	struct slice country = element(s, 4);
	bool us = country.n == 0 || slice_is(country, "US");

	if (us || slice_is(country, "CA")) {
		if (element(s, 2).n == 0 && uses(s, 2))
			say(v, FINDING_ADDRESS_STATE, 2);
		if (element(s, 3).n == 0 && uses(s, 3))
			say(v, FINDING_ADDRESS_ZIP, 3);
		if (element(s, 7).n > 0 && uses(s, 7))
			say(v, FINDING_ADDRESS_SUBDIVISION, 7);
	}
	if (us && country.n > 0 && uses(s, 4))
		say(v, FINDING_ADDRESS_COUNTRY, 4);
}

/* An extension belongs to the telephone number before it. */
static void __attribute__((noinline))
contact(struct validator *v, const struct walk_segment *s)
{
	static const char *const telephones[] = { "TE", "WP", "HP", "CP", "BN",
		"AP", "NP" };

	for (unsigned i = 3; i <= 7; i += 2) {
		bool after = false;

		if (!slice_is(element(s, i), "EX"))
			continue;
		for (unsigned t = 0; t < 7 && i > 3; t++)
			after |= slice_is(element(s, i - 2), telephones[t]);
		if (!after)
			say(v, FINDING_CONTACT_EXTENSION, i);
	}
}

static void __attribute__((cold, noinline))
say_group(struct validator *v)
{
	say(v, FINDING_ADJUSTMENT_GROUP_SPLIT, 1);
}

/* A CAS takes six adjustments before its group comes again. */
static void
adjustment(struct validator *v, const struct walk_segment *s,
    uint32_t present)
{
	unsigned n = s->instance == 1 ? 0 : v->adjustment_count;
	struct slice group = element(s, 1);
	uint64_t code;

	v->adjustment_count = n;
	if (group.n == 0 || group.n > 8)
		return;
	code = digits_load(group.p, group.n);
	for (unsigned i = 0; i < n; i++)
		if (v->adjustments[i] == code) {
			say_group(v);
			return;
		}
	if (!(present & 1u << 16) && n < VALIDATE_GROUPS) {
		v->adjustments[n] = code;
		v->adjustment_count = n + 1;
	}
}

void
validate_habits(struct validator *v, const struct walk_segment *s,
    uint32_t present)
{
	switch (s->node->plan->habit) {
	case HABIT_ADJUSTMENT:
		adjustment(v, s, present);
		break;
	case HABIT_NAME:
		name(v, s);
		break;
	case HABIT_ADDRESS:
		address(v, s);
		break;
	case HABIT_CONTACT:
		contact(v, s);
		break;
	default:
		break;
	}
}
