/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes_core.h"

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

/* Choices come again and again: one copy stays in the cache. */
struct check_made {
	const struct check_made *next;
	unsigned count;
	struct check_choice choices[];
};

static bool
checks_same_sets(const struct check_choice *a, const struct check_choice *b)
{
	return memcmp(a->sets, b->sets, sizeof(a->sets)) == 0;
}

static const struct check_made *
checks_made(const struct code_checker *k, const struct check_draft *draft)
{
	const struct check_made *m = k->made;
	unsigned n = 0;

	for (; m; m = m->next) {
		for (n = 0; n < draft->count && n < m->count &&
		    m->choices[n].qualifier == draft->choices[n].qualifier &&
		    checks_same_sets(&m->choices[n], &draft->choices[n]); n++)
			;
		if (n == draft->count && n == m->count)
			return m;
	}
	return NULL;
}

/* False: out of memory. */
static bool
checks_make_steps(struct code_checker *k, struct check_choice *choice)
{
	struct code_step steps[CODE_STEPS], *copy;
	unsigned n;

	for (const struct check_made *m = k->made; m; m = m->next)
		for (unsigned i = 0; i < m->count; i++)
			if (checks_same_sets(&m->choices[i], choice)) {
				choice->like = m->choices[i].like;
				choice->steps = choice->like->steps;
				return true;
			}
	choice->like = choice;
	n = codes_steps(k->codes, choice->sets, choice->count, steps);
	if (n == 0)
		return true;
	copy = arena_array(&k->arena, n, sizeof(*copy));
	if (copy)
		memcpy(copy, steps, n * sizeof(*copy));
	choice->steps = copy;
	return copy != NULL;
}

/* NULL: out of memory. */
static const struct check_made *
checks_make(struct code_checker *k, const struct check_draft *draft)
{
	struct check_made *m = arena_alloc(&k->arena, sizeof(*m) +
	    draft->count * sizeof(*m->choices));

	for (; m && m->count < draft->count; m->count++) {
		m->choices[m->count] = draft->choices[m->count];
		if (!checks_make_steps(k, &m->choices[m->count]))
			return NULL;
	}
	if (m) {
		m->next = k->made;
		k->made = m;
	}
	return m;
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
checks_add(struct code_checker *k, struct check_list *list,
    const struct guide_element *e, unsigned element, unsigned component)
{
	struct check *to = &list->checks[list->count];
	const struct check_made *m;
	struct check_draft draft;

	if (e->external_count == 0)
		return true;
	memset(&draft, 0, sizeof(draft));
	checks_fill(&draft, e);
	if (draft.count == 0)
		return true;
	m = checks_made(k, &draft);
	if (!m && !(m = checks_make(k, &draft)))
		return false;
	*to = (struct check){ .element = element,
		.component = (uint8_t)component, .number = e->number,
		.count = draft.count, .choices = m->choices };
	list->plain &= checks_prepare(to);
	list->count++;
	for (struct check *c = to; c > list->checks &&
	    c[-1].element == element; c--)
		c[-1].left++;
	return true;
}

/* How many at most, and the end. */
static unsigned
checks_room(const struct guide_segment *node)
{
	unsigned n = 1;

	for (unsigned i = 0; i < node->count; i++) {
		const struct guide_element *e = &node->elements[i];

		n += e->external_count > 0;
		for (unsigned c = 0; c < e->component_count; c++)
			n += e->components[c].external_count > 0;
	}
	return n;
}

bool
check_list_make(struct code_checker *k, const struct guide_segment *node,
    struct check_list *list)
{
	list->day = k->dated ? check_day_of(node->tag) : NULL;
	list->plain = !list->day;
	list->address = node->tag == SEGMENT_TAG2('N', '4');
	list->checks = arena_array(&k->arena, checks_room(node),
	    sizeof(*list->checks));
	if (!list->checks)
		return false;
	for (unsigned i = 0; i < node->count; i++) {
		const struct guide_element *e = &node->elements[i];

		if (!checks_add(k, list, e, i + 1, 0))
			return false;
		for (unsigned c = 0; c < e->component_count; c++)
			if (!checks_add(k, list, &e->components[c], i + 1,
			    c + 1))
				return false;
	}
	list->checks[list->count].element = UINT32_MAX;
	return list->made = true;
}

const struct check_day *
check_day_of(uint32_t tag)
{
	static const struct check_day days[] = {
		{ SEGMENT_TAG('B', 'H', 'T'), TOLD_SET_DATE, 4 },
		{ SEGMENT_TAG('B', 'P', 'R'), TOLD_SET_DATE, 16 },
		{ TAG_HL, TOLD_LEVEL, 0 },
		{ SEGMENT_TAG('D', 'M', 'G'), TOLD_PATIENT, 2 },
		{ SEGMENT_TAG('D', 'T', 'P'), TOLD_SERVICE, 3 },
		{ SEGMENT_TAG('D', 'T', 'M'), TOLD_SERVICE, 2 },
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
		if (days[i].tag == tag)
			return &days[i];
	return NULL;
}
