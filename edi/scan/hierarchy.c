/* SPDX-License-Identifier: ISC */
#include "edi/scan/core.h"

#include <stdlib.h>

struct hierarchy_level {
	uint64_t offset;
	uint32_t segment;
	char stated;             /* HL04: '0', '1', or '\0' */
	bool parent;             /* a later HL names it */
};

void
hierarchy_begin(struct hierarchy *h)
{
	enum { KEEP = 4096 };

	if (h->cap > KEEP)
		hierarchy_free(h);
	if (h->numbers.max == 0)
		keys_init(&h->numbers, SCAN_LEVELS_MAX);
	keys_clear(&h->numbers);
	h->n = 0;
	h->next = 1;
	h->regular = true;
	h->full = false;
}

void
hierarchy_free(struct hierarchy *h)
{
	free(h->level);
	h->level = NULL;
	h->n = h->cap = 0;
	keys_free(&h->numbers);
}

static bool
grow(struct hierarchy *h)
{
	uint32_t cap = h->cap > 0 ? h->cap * 2 : 64;
	struct hierarchy_level *level;

	if (cap > SCAN_LEVELS_MAX)
		return false;
	level = realloc(h->level, cap * sizeof(*level));
	if (level == NULL)
		return false;
	h->level = level;
	h->cap = cap;
	return true;
}

/*
 * Real numbers count 1, 2, 3 and need no table. The first that does not puts
 * all of them into one, so that parents are still found.
 */
static bool
add_number(struct hierarchy *h, uint64_t number)
{
	uint32_t ordinal = h->n;

	if (h->regular && number == ordinal)
		return true;
	if (h->regular)
		for (uint32_t i = 1; i < ordinal; i++) {
			uint32_t value = i;

			if (keys_add(&h->numbers, (struct key){ 0, i },
			    &value) == KEYS_FULL)
				return false;
		}
	h->regular = false;
	return keys_add(&h->numbers, (struct key){ 0, number }, &ordinal) !=
	    KEYS_FULL;
}

/* The ordinal of the level with that number, 0: none. */
static uint32_t
find_number(const struct hierarchy *h, uint64_t number)
{
	uint32_t ordinal = 0;

	if (h->regular)
		return number <= h->n ? (uint32_t)number : 0;
	if (!keys_find(&h->numbers, (struct key){ 0, number }, &ordinal))
		return 0;
	return ordinal;
}

static void
check_parent(struct scan *s, const struct segment *g)
{
	struct hierarchy *h = &s->hierarchy;
	struct slice text = segment_element(g, 2);
	uint64_t number;
	uint32_t parent = 0;

	if (text.n == 0)
		return;
	if (slice_u64(text, &number))
		parent = find_number(h, number);
	if (parent == 0)
		scan_say(s, FINDING_HL_PARENT, 2, NULL);
	else
		h->level[parent - 1].parent = true;
}

static void
give_up(struct scan *s)
{
	s->hierarchy.full = true;
	scan_say(s, FINDING_HL_UNCHECKED, 0, "more than %u",
	    s->hierarchy.n);
}

void
hierarchy_check(struct scan *s, const struct segment *g)
{
	struct hierarchy *h = &s->hierarchy;
	struct slice stated = segment_element(g, 4);
	uint64_t number = 0;

	if (h->full)
		return;
	if (h->n == h->cap && !grow(h)) {
		give_up(s);
		return;
	}
	check_parent(s, g);
	if (!slice_u64(segment_element(g, 1), &number) || number != h->next) {
		scan_say(s, FINDING_HL_NUMBER, 1, "the next is %llu",
		    (unsigned long long)h->next);
		number = number > 0 ? number : h->next;
	}
	h->next = number + 1;  /* a gap is said once, where it is */
	h->level[h->n++] = (struct hierarchy_level){ .offset = g->offset,
		.segment = s->ordinal,
		.stated = stated.n == 1 ? stated.p[0] : '\0' };
	if (!add_number(h, number))
		give_up(s);
}

static void
say_at(struct scan *s, enum finding_id id, const struct hierarchy_level *l)
{
	struct finding f = { .offset = l->offset, .segment = l->segment,
		.id = "HL", .element = 4 };

	scan_report(s, &finding_defs[id], &f);
}

void
hierarchy_end(struct scan *s)
{
	const struct hierarchy *h = &s->hierarchy;

	if (h->full)
		return;
	for (uint32_t i = 0; i < h->n; i++) {
		const struct hierarchy_level *l = &h->level[i];

		if (l->stated == '1' && !l->parent)
			say_at(s, FINDING_HL_CHILD_MISSING, l);
		else if (l->stated == '0' && l->parent)
			say_at(s, FINDING_HL_CHILD_UNSTATED, l);
	}
}
