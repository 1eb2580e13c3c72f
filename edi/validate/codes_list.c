/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes_core.h"

struct check_maker {
	struct arena *arena;
	const struct codes *codes;
};

/* The same while it is made. */
struct check_draft {
	uint8_t count;
	struct check_choice choices[CHECK_ALTERNATIVES];
};

static uint64_t
checks_pack(const char *qualifier)
{
	struct slice s = slice_str(qualifier);

	return s.n <= 8 ? guide_pack(s) : 0;
}

static struct check_choice *
checks_choice(struct check_draft *k, uint64_t qualifier)
{
	for (unsigned i = 0; i < k->count; i++)
		if (k->choices[i].qualifier == qualifier)
			return &k->choices[i];
	if (k->count == CHECK_ALTERNATIVES)
		return NULL;
	k->choices[k->count].qualifier = qualifier;
	return &k->choices[k->count++];
}

/* The guide's external sets that we know, by qualifier. */
static void
checks_fill(struct check_draft *k, const struct guide_element *e)
{
	for (unsigned i = 0; i < e->external_count; i++) {
		const struct guide_external *x = &e->external[i];
		const struct code_set *set = code_set_find(slice_str(x->set));
		struct check_choice *choice = set ?
		    checks_choice(k, checks_pack(x->qualifier)) : NULL;

		if (choice && choice->count < CHECK_SETS)
			choice->sets[choice->count++] = set;
	}
}

/* HI has the same choices twelve times: one copy stays in the cache. */
static const struct check_choice *
checks_shared(const struct check_list *list, const struct check_draft *draft)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct check *c = &list->checks[i];
		unsigned n = 0;

		while (n < draft->count && n < c->count &&
		    c->choices[n].qualifier == draft->choices[n].qualifier &&
		    memcmp(c->choices[n].sets, draft->choices[n].sets,
		    sizeof(c->choices[n].sets)) == 0)
			n++;
		if (n == draft->count && n == c->count)
			return c->choices;
	}
	return NULL;
}

static bool
checks_make_steps(struct check_maker *k, struct check_choice *choice)
{
	struct code_step steps[CODE_STEPS], *copy;
	unsigned n = codes_steps(k->codes, choice->sets, choice->count, steps);

	if (n == 0)
		return true;
	copy = arena_array(k->arena, n, sizeof(*copy));
	if (copy)
		memcpy(copy, steps, n * sizeof(*copy));
	choice->steps = copy;
	return copy != NULL;
}

/* NULL: out of memory. */
static const struct check_choice *
checks_copy(struct check_maker *k, const struct check_draft *draft)
{
	struct check_choice *copy = arena_array(k->arena, draft->count,
	    sizeof(*copy));

	for (unsigned i = 0; copy && i < draft->count; i++) {
		copy[i] = draft->choices[i];
		if (!checks_make_steps(k, &copy[i]))
			return NULL;
	}
	return copy;
}

/* The first choice, as CHECK_PLAINLY asks for it; false: it cannot. */
static bool
checks_prepare(struct check *c)
{
	const struct check_choice *first = c->choices;
	uint64_t text, mask;
	unsigned n = 0;

	while (n < 8 && first->qualifier >> 8 * n != 0)
		n++;
	text = n > 0 ? htobe64(first->qualifier << 8 * (8 - n)) : 0;
	mask = n > 0 ? htobe64(UINT64_MAX << 8 * (8 - n)) : 0;
	memcpy(&c->qualifier, &text, sizeof(c->qualifier));
	memcpy(&c->mask, &mask, sizeof(c->mask));
	c->qualifier_n = (uint8_t)n;
	c->steps = first->steps;
	/* The qualifier is the element, or the component, before. */
	return first->steps && (n == 0 || (n <= sizeof(c->qualifier) &&
	    (c->component > 1 || (c->component == 0 && c->element > 1))));
}

static bool
checks_add(struct check_maker *k, struct check_list *list,
    const struct guide_element *e, unsigned element, unsigned component)
{
	struct check *to = &list->checks[list->count];
	struct check_draft draft;

	if (e->external_count == 0)
		return true;
	memset(&draft, 0, sizeof(draft));
	checks_fill(&draft, e);
	if (draft.count == 0)
		return true;
	to->element = element;
	to->component = (uint8_t)component;
	to->number = e->number;
	to->count = draft.count;
	to->choices = checks_shared(list, &draft);
	if (!to->choices)
		to->choices = checks_copy(k, &draft);
	if (!to->choices)
		return false;
	list->plain &= checks_prepare(to);
	list->count++;
	for (struct check *c = to; c > list->checks &&
	    c[-1].element == element; c--)
		c[-1].left++;
	return true;
}

static unsigned
checks_room(const struct guide_segment *node)
{
	unsigned n = 1;

	for (unsigned i = 0; i < node->count; i++)
		n += 1 + node->elements[i].component_count;
	return n;
}

struct check_list *
check_list_new(struct arena *a, const struct codes *codes,
    const struct guide_segment *node, bool dated)
{
	struct check_maker k = { a, codes };
	struct check_list *list = arena_alloc(a, sizeof(*list));

	if (!list)
		return NULL;
	list->day = dated ? check_day_of(node->tag) : NULL;
	list->plain = !list->day;
	list->address = node->tag == SEGMENT_TAG2('N', '4');
	list->checks = arena_array(a, checks_room(node),
	    sizeof(*list->checks));
	if (!list->checks)
		return NULL;
	for (unsigned i = 0; i < node->count; i++) {
		const struct guide_element *e = &node->elements[i];

		if (!checks_add(&k, list, e, i + 1, 0))
			return NULL;
		for (unsigned c = 0; c < e->component_count; c++)
			if (!checks_add(&k, list, &e->components[c], i + 1,
			    c + 1))
				return NULL;
	}
	list->checks[list->count].element = UINT32_MAX;
	return list;
}

const struct check_day *
check_day_of(uint32_t tag)
{
	static const struct check_day days[] = {
		{ SEGMENT_TAG('B', 'H', 'T'), TOLD_SET_DATE, 4 },
		{ SEGMENT_TAG('B', 'P', 'R'), TOLD_SET_DATE, 16 },
		{ SEGMENT_TAG2('H', 'L'), TOLD_LEVEL, 0 },
		{ SEGMENT_TAG('D', 'M', 'G'), TOLD_PATIENT, 2 },
		{ SEGMENT_TAG('D', 'T', 'P'), TOLD_SERVICE, 3 },
		{ SEGMENT_TAG('D', 'T', 'M'), TOLD_SERVICE, 2 },
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
		if (days[i].tag == tag)
			return &days[i];
	return NULL;
}
