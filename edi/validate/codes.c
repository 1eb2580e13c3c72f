/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes.h"
#include "base/arena.h"
#include "edi/calendar.h"

#include <stdlib.h>

enum { CHECK_SETS = 4, CHECK_ALTERNATIVES = 12, CHECKS_ARENA = 4 << 20 };

/* The sets that one qualifier names. */
struct check_choice {
	uint64_t qualifier;              /* packed; 0: no qualifier needed */
	const struct code_set *sets[CHECK_SETS];
	uint8_t count;
};

/* One element (or component) whose codes come from outside. */
struct check {
	uint8_t element, component;
	uint16_t number;
	uint8_t count;
	const struct check_choice *choices;
};

/* The same while it is made. */
struct check_draft {
	uint8_t count;
	struct check_choice choices[CHECK_ALTERNATIVES];
};

struct check_list {
	uint32_t count;
	bool days;                       /* the segment tells a day, or who */
	bool address;
	struct check *checks;
};

/* A code found in a list, waiting for its day. */
struct check_pending {
	struct code_found found;
	char value[CODE_MAX];
	uint32_t line;                   /* serial of its line's frame, or 0 */
	struct finding where;
};

struct code_checker {
	bool failed;                     /* out of memory */
	struct walk *walk;
	const struct codes *codes;
	bool active;                     /* in a set of that guide: */
	const struct guide *guide;       /* that the lists are made for */
	struct check_list **lists;       /* by segment node; NULL: not yet */
	struct arena arena;
	uint32_t set_date, claim_date, line_date, first_line_date;
	uint32_t birth;                  /* of the patient, CCYYMMDD */
	char sex;
	uint8_t claim_depth;             /* 0: not in a claim */
	uint32_t line;                   /* serial of the line's frame, or 0 */
	unsigned pending_count;
	struct check_pending pending[CODES_PENDING];
};

/* ---- which elements to look at ------------------------------------------ */

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
checks_share(struct code_checker *k, const struct check_list *list,
    const struct check_draft *draft)
{
	size_t n = draft->count * sizeof(*draft->choices);
	struct check_choice *copy;

	for (uint32_t i = 0; i < list->count; i++)
		if (list->checks[i].count == draft->count &&
		    memcmp(list->checks[i].choices, draft->choices, n) == 0)
			return list->checks[i].choices;
	copy = arena_alloc(&k->arena, n);
	if (copy)
		memcpy(copy, draft->choices, n);
	return copy;
}

static bool
checks_add(struct code_checker *k, struct check_list *list,
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
	to->element = (uint8_t)element;
	to->component = (uint8_t)component;
	to->number = e->number;
	to->count = draft.count;
	to->choices = checks_share(k, list, &draft);
	list->count += to->choices != NULL;
	return to->choices != NULL;
}

static unsigned
checks_room(const struct guide_segment *node)
{
	unsigned n = 0;

	for (unsigned i = 0; i < node->count; i++)
		n += 1 + node->elements[i].component_count;
	return n;
}

static bool
checks_tells_days(uint32_t tag)
{
	return tag == SEGMENT_TAG('B', 'H', 'T') ||
	    tag == SEGMENT_TAG('B', 'P', 'R') ||
	    tag == SEGMENT_TAG2('H', 'L') ||
	    tag == SEGMENT_TAG('D', 'M', 'G') ||
	    tag == SEGMENT_TAG('D', 'T', 'P') ||
	    tag == SEGMENT_TAG('D', 'T', 'M');
}

/* NULL: out of memory. */
static struct check_list *
checks_make(struct code_checker *k, const struct guide_segment *node)
{
	struct check_list *list = arena_alloc(&k->arena, sizeof(*list));

	if (!list)
		return NULL;
	list->days = checks_tells_days(node->tag);
	list->address = node->tag == SEGMENT_TAG2('N', '4');
	list->checks = arena_array(&k->arena, checks_room(node),
	    sizeof(*list->checks));
	if (!list->checks)
		return NULL;
	for (unsigned i = 0; i < node->count; i++) {
		const struct guide_element *e = &node->elements[i];

		if (!checks_add(k, list, e, i + 1, 0))
			return NULL;
		for (unsigned c = 0; c < e->component_count; c++)
			if (!checks_add(k, list, &e->components[c], i + 1,
			    c + 1))
				return NULL;
	}
	return list;
}

static const struct check_list * __attribute__((noinline))
checks_first(struct code_checker *k, const struct guide_segment *node)
{
	struct check_list *list = k->lists ? checks_make(k, node) : NULL;

	k->failed |= !list;
	if (list)
		k->lists[node->index] = list;
	return list;
}

static inline const struct check_list *
checks_of(struct code_checker *k, const struct guide_segment *node)
{
	return k->lists && k->lists[node->index] ? k->lists[node->index] :
	    checks_first(k, node);
}

/* ---- judging ------------------------------------------------------------ */

/* Whole years from birth to the day; -1 when either is not known. */
static int
checks_age(uint32_t birth, uint32_t date)
{
	return birth == 0 || date < birth ? -1 : (int)((date - birth) / 10000);
}

static void
checks_report(struct code_checker *k, enum code_verdict v,
    const struct finding *where)
{
	const struct finding_def *def = code_verdict_finding(v);

	if (def)
		walk_report(k->walk, def, where);
}

static void
checks_judge(struct code_checker *k, const struct check_pending *p,
    uint32_t date)
{
	struct code_context x = { .date = date, .sex = k->sex,
		.age = checks_age(k->birth, date) };
	struct finding where = p->where;

	where.value = slice_str(p->value);
	checks_report(k, codes_judge(&p->found, &x), &where);
}

/* The day for what belongs to no line. */
static uint32_t
checks_claim_day(const struct code_checker *k)
{
	if (k->claim_date)
		return k->claim_date;
	return k->first_line_date ? k->first_line_date : k->set_date;
}

/* Judge all that waits from `from` on, which is the newest part. */
static void
checks_settle(struct code_checker *k, unsigned from, uint32_t date)
{
	for (unsigned i = from; i < k->pending_count; i++)
		checks_judge(k, &k->pending[i], date);
	k->pending_count = from;
}

static void
checks_hold(struct code_checker *k, const struct code_found *found,
    struct slice value, const struct finding *where)
{
	struct check_pending p = { .found = *found, .line = k->line,
		.where = *where };

	slice_copy(value, p.value, sizeof(p.value));
	if (k->claim_depth == 0)
		checks_judge(k, &p, k->set_date);
	else if (k->pending_count == CODES_PENDING)
		checks_judge(k, &p, 0);
	else
		k->pending[k->pending_count++] = p;
}

static void
checks_found(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, enum code_verdict v,
    const struct code_found *found, struct slice value)
{
	struct finding where = { .segment = s->ordinal,
		.offset = s->segment->offset, .element = c->element,
		.component = c->component, .element_number = c->number,
		.value = value };

	segment_tag_text(s->segment->tag, where.id);
	if (s->frame)
		slice_copy(slice_str(s->frame->loop->id), where.loop,
		    sizeof(where.loop));
	where.claim = walk_claim(k->walk);
	if (v == CODE_VALID)
		checks_hold(k, found, value, &where);
	else
		checks_report(k, v, &where);
}

static void
checks_value(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, const struct check_choice *choice,
    struct slice value)
{
	struct code_found found;
	enum code_verdict v = codes_find(k->codes, choice->sets, choice->count,
	    value, &found);

	if (v != CODE_VALID || found.table)
		checks_found(k, s, c, v, &found, value);
}

/* Of an N4: outside the US and Canada 02 and 03 are not of our lists. */
static bool
checks_foreign(const struct segment *s)
{
	struct slice country = segment_element(s, 4);

	return country.n > 0 && !slice_is(country, "US");
}

static inline const struct check_choice *
checks_choose(const struct check *c, struct slice qualifier)
{
	uint64_t packed;

	if (c->choices[0].qualifier == 0)
		return &c->choices[0];
	packed = qualifier.n > 0 && qualifier.n <= 8 ? guide_pack(qualifier) :
	    0;
	for (unsigned i = 0; i < c->count; i++)
		if (c->choices[i].qualifier == 0 ||
		    c->choices[i].qualifier == packed)
			return &c->choices[i];
	return NULL;
}

static inline void
checks_one(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value)
{
	const struct check_choice *choice = value.n > 0 ?
	    checks_choose(c, qualifier) : NULL;

	if (choice)
		checks_value(k, s, c, choice, value);
}

/* A component beside the qualifier that is the one before it. */
static inline void
checks_component(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice value)
{
	const char separator = s->segment->delimiters->component;
	struct slice part = segment_part(value, separator, c->component);

	if (part.n > 0)
		checks_one(k, s, c, c->choices[0].qualifier == 0 ? part :
		    c->component > 1 ? segment_part(value, separator,
		    c->component - 1u) : segment_element(s->segment,
		    c->element - 1u), part);
}

static void
checks_segment(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list)
{
	const struct segment *g = s->segment;

	for (unsigned i = 0; i < list->count; i++) {
		const struct check *c = &list->checks[i];
		struct slice value;

		if (c->element > g->count)
			return;
		value = segment_element(g, c->element);
		if (value.n == 0)
			continue;
		if (c->component > 0)
			checks_component(k, s, c, value);
		else
			checks_one(k, s, c, segment_element(g,
			    c->element - 1u), value);
	}
}

/* ---- days and patients -------------------------------------------------- */

/* The first (or last) eight digits of a D8 or RD8; 0: no date. */
static uint32_t
checks_date(struct slice s, bool last)
{
	uint32_t day = 0;

	if (s.n > 8 && last)
		s = slice(s.p + s.n - 8, 8);
	else if (s.n > 8)
		s.n = 8;
	calendar_day(s, &day);
	return day;
}

/* DTP*472 and DTM*472: the day of service; DTP*434: the statement's end. */
static void
checks_service_day(struct code_checker *k, struct slice what,
    struct slice when)
{
	uint32_t date;

	if (slice_is(what, "472")) {
		date = checks_date(when, false);
		if (k->line == 0)
			k->claim_date = date;
		else
			k->line_date = date;
		if (k->line && date && (!k->first_line_date ||
		    date < k->first_line_date))
			k->first_line_date = date;
	} else if (slice_is(what, "434")) {
		k->claim_date = checks_date(when, true);
	}
}

static void
checks_days(struct code_checker *k, const struct segment *s)
{
	switch (s->tag) {
	case SEGMENT_TAG('B', 'H', 'T'):
		k->set_date = checks_date(segment_element(s, 4), false);
		break;
	case SEGMENT_TAG('B', 'P', 'R'):
		k->set_date = checks_date(segment_element(s, 16), false);
		break;
	case SEGMENT_TAG2('H', 'L'):
		k->birth = 0;
		k->sex = '\0';
		break;
	case SEGMENT_TAG('D', 'M', 'G'): {
		struct slice sex = segment_element(s, 3);

		k->birth = checks_date(segment_element(s, 2), false);
		k->sex = sex.n == 1 && (*sex.p == 'M' || *sex.p == 'F') ?
		    *sex.p : '\0';
		break;
	}
	case SEGMENT_TAG('D', 'T', 'P'):
		checks_service_day(k, segment_element(s, 1),
		    segment_element(s, 3));
		break;
	case SEGMENT_TAG('D', 'T', 'M'):
		checks_service_day(k, segment_element(s, 1),
		    segment_element(s, 2));
		break;
	}
}

/* ---- events of the walk ------------------------------------------------- */

static void
checks_on_set(void *ctx, const struct guide *g)
{
	struct code_checker *k = ctx;

	k->set_date = k->claim_date = k->line_date = k->first_line_date = 0;
	k->birth = 0;
	k->sex = '\0';
	k->claim_depth = 0;
	k->line = 0;
	k->pending_count = 0;
	k->active = g != NULL;
	if (!g || g == k->guide)
		return;
	arena_reset(&k->arena);
	k->guide = g;
	k->lists = arena_array(&k->arena, g->segment_count,
	    sizeof(struct check_list *));
}

static void
checks_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	struct code_checker *k = ctx;

	if (f->loop->is_claim) {
		k->claim_depth = f->depth;
		k->claim_date = k->first_line_date = 0;
	} else if (k->claim_depth && f->depth == k->claim_depth + 1) {
		k->line = f->serial;
		k->line_date = 0;
	}
}

static void
checks_on_loop_end(void *ctx, const struct walk_frame *f)
{
	struct code_checker *k = ctx;
	unsigned from = k->pending_count;

	if (k->claim_depth == 0)
		return;
	if (f->depth == k->claim_depth) {
		checks_settle(k, 0, checks_claim_day(k));
		k->claim_depth = 0;
	} else if (f->serial == k->line) {
		/* A line without a day of its own has the claim's. */
		while (k->line_date && from > 0 &&
		    k->pending[from - 1].line == f->serial)
			from--;
		checks_settle(k, from, k->line_date);
		k->line = 0;
	}
}

static bool
checks_minds(void *ctx, const struct guide_segment *node)
{
	struct code_checker *k = ctx;
	const struct check_list *list = checks_of(k, node);

	return !list || list->count > 0 || checks_tells_days(node->tag);
}

static void
checks_on_segment(void *ctx, const struct walk_segment *s)
{
	struct code_checker *k = ctx;
	const struct check_list *list;

	/* A TA1 is of another guide, the envelope's. */
	if (!k->active || s->ordinal == 0)
		return;
	list = s->node ? checks_of(k, s->node) : NULL;
	if (!list || list->days)
		checks_days(k, s->segment);
	if (list && list->count > 0 &&
	    !(list->address && checks_foreign(s->segment)))
		checks_segment(k, s, list);
}

static void
checks_on_set_end(void *ctx)
{
	((struct code_checker *)ctx)->active = false;
}

static const struct walk_ops checks_ops = {
	.minds = checks_minds,
	.on_set = checks_on_set,
	.on_loop_begin = checks_on_loop_begin,
	.on_segment = checks_on_segment,
	.on_loop_end = checks_on_loop_end,
	.on_set_end = checks_on_set_end,
};

struct code_checker *
code_checker_new(struct walk *w, const struct codes *c)
{
	struct code_checker *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->walk = w;
	k->codes = c;
	arena_init(&k->arena, CHECKS_ARENA);
	walk_add(w, &checks_ops, k);
	return k;
}

void
code_checker_free(struct code_checker *k)
{
	if (k)
		arena_free(&k->arena);
	free(k);
}

bool
code_checker_failed(const struct code_checker *k)
{
	return k->failed;
}
