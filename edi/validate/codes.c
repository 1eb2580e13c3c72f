/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes.h"
#include "base/arena.h"
#include "edi/calendar.h"

#include <stdlib.h>

enum { CHECK_SETS = 4, CHECK_ALTERNATIVES = 12, CHECKS_ARENA = 4 << 20 };

/* The sets that one qualifier names. */
struct check_choice {
	uint64_t qualifier;              /* packed; 0: no qualifier needed */
	const struct code_step *steps;   /* what is plainly of them */
	uint8_t step_count, count;
	const struct code_set *sets[CHECK_SETS];
};

/* One element (or component) whose codes come from outside. */
struct check {
	uint8_t element, component;
	uint16_t number;
	uint8_t count;
	bool last;                       /* of its element */
	const struct check_choice *choices;
};

/* The same while it is made. */
struct check_draft {
	uint8_t count;
	struct check_choice choices[CHECK_ALTERNATIVES];
};

/* What a segment tells of days and patients, and in which element. */
enum check_told { TOLD_SET_DATE, TOLD_LEVEL, TOLD_PATIENT, TOLD_SERVICE };

struct check_day {
	uint32_t tag;
	uint8_t told, element;
};

struct check_list {
	uint32_t count;
	bool address;
	const struct check_day *day;     /* NULL: none */
	struct check *checks;
};

/* A code found in a list, waiting for its day. */
struct check_pending {
	struct code_found found;
	char value[CODE_MAX];
	uint32_t line;                   /* serial of its line's frame, or 0 */
	uint32_t segment, tag, claim;
	uint64_t offset;
	const struct check *check;
	const struct guide_loop *loop;
};

struct code_checker {
	bool failed;                     /* out of memory */
	bool dated;                      /* there are lists, which have days */
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
checks_make_steps(struct code_checker *k, struct check_choice *choice)
{
	struct code_step steps[CODE_STEPS], *copy;
	unsigned n = codes_steps(k->codes, choice->sets, choice->count, steps);

	copy = arena_array(&k->arena, n, sizeof(*copy));
	if (copy)
		memcpy(copy, steps, n * sizeof(*copy));
	choice->steps = copy;
	choice->step_count = (uint8_t)n;
	return copy != NULL;
}

/* NULL: out of memory. */
static const struct check_choice *
checks_copy(struct code_checker *k, const struct check_draft *draft)
{
	struct check_choice *copy = arena_array(&k->arena, draft->count,
	    sizeof(*copy));

	for (unsigned i = 0; copy && i < draft->count; i++) {
		copy[i] = draft->choices[i];
		if (!checks_make_steps(k, &copy[i]))
			return NULL;
	}
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
	to->last = true;
	to->choices = checks_shared(list, &draft);
	if (!to->choices)
		to->choices = checks_copy(k, &draft);
	if (!to->choices)
		return false;
	if (list->count++ > 0 && to[-1].element == element)
		to[-1].last = false;
	return true;
}

static unsigned
checks_room(const struct guide_segment *node)
{
	unsigned n = 0;

	for (unsigned i = 0; i < node->count; i++)
		n += 1 + node->elements[i].component_count;
	return n;
}

/* Without lists there are no days to judge for. */
static const struct check_day *
checks_day(const struct code_checker *k, uint32_t tag)
{
	static const struct check_day days[] = {
		{ SEGMENT_TAG('B', 'H', 'T'), TOLD_SET_DATE, 4 },
		{ SEGMENT_TAG('B', 'P', 'R'), TOLD_SET_DATE, 16 },
		{ SEGMENT_TAG2('H', 'L'), TOLD_LEVEL, 0 },
		{ SEGMENT_TAG('D', 'M', 'G'), TOLD_PATIENT, 2 },
		{ SEGMENT_TAG('D', 'T', 'P'), TOLD_SERVICE, 3 },
		{ SEGMENT_TAG('D', 'T', 'M'), TOLD_SERVICE, 2 },
	};

	for (size_t i = 0; k->dated && i < sizeof(days) / sizeof(*days); i++)
		if (days[i].tag == tag)
			return &days[i];
	return NULL;
}

/* NULL: out of memory. */
static struct check_list *
checks_make(struct code_checker *k, const struct guide_segment *node)
{
	struct check_list *list = arena_alloc(&k->arena, sizeof(*list));

	if (!list)
		return NULL;
	list->day = checks_day(k, node->tag);
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
    const struct check_pending *p, struct slice value)
{
	const struct finding_def *def = code_verdict_finding(v);
	struct finding where = { .segment = p->segment, .offset = p->offset,
		.element = p->check->element, .component = p->check->component,
		.element_number = p->check->number, .claim = p->claim,
		.value = value };

	if (!def)
		return;
	segment_tag_text(p->tag, where.id);
	if (p->loop)
		slice_copy(slice_str(p->loop->id), where.loop,
		    sizeof(where.loop));
	walk_report(k->walk, def, &where);
}

static void
checks_judge(struct code_checker *k, const struct check_pending *p,
    uint32_t date)
{
	struct code_context x = { .date = date, .sex = k->sex,
		.age = checks_age(k->birth, date) };

	checks_report(k, codes_judge(&p->found, &x), p, slice_str(p->value));
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
checks_hold(struct code_checker *k, struct check_pending *p,
    struct slice value)
{
	slice_copy(value, p->value, sizeof(p->value));
	if (k->claim_depth == 0)
		checks_judge(k, p, k->set_date);
	else if (k->pending_count == CODES_PENDING)
		checks_judge(k, p, 0);
	else
		k->pending[k->pending_count++] = *p;
}

/* Not plainly right. */
static void __attribute__((noinline))
checks_ask(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, const struct check_choice *choice,
    struct slice value)
{
	struct check_pending p = { .line = k->line, .segment = s->ordinal,
		.tag = s->segment->tag, .claim = walk_claim(k->walk),
		.offset = s->segment->offset, .check = c,
		.loop = s->frame ? s->frame->loop : NULL };
	enum code_verdict v = codes_find(k->codes, choice->sets, choice->count,
	    value, &p.found);

	if (v != CODE_VALID)
		checks_report(k, v, &p, value);
	else if (p.found.table)
		checks_hold(k, &p, value);
}

/* Of an N4: outside the US and Canada 02 and 03 are not of our lists. */
static bool
checks_foreign(const struct segment *s)
{
	struct slice country = segment_element(s, 4);

	return country.n > 0 && !slice_is(country, "US");
}

/* The qualifier is the element, or the component, before the value. */
static inline __attribute__((always_inline)) void
checks_one(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value)
{
	const struct check_choice *choice = c->choices, *end = choice +
	    c->count;
	uint64_t packed = 0;

	if (choice->qualifier != 0 && qualifier.n - 1 < 8)
		packed = digits_load(qualifier.p, qualifier.n);
	for (; choice < end; choice++) {
		if (choice->qualifier != 0 && choice->qualifier != packed)
			continue;
		if (!code_steps_have(choice->steps, choice->step_count, value))
			checks_ask(k, s, c, choice, value);
		return;
	}
}

/* All checks of a composite; the last of them. */
static inline __attribute__((always_inline)) const struct check *
checks_composite(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice value)
{
	const char separator = s->segment->delimiters->component;

	for (;; c++) {
		struct slice part = segment_part(value, separator,
		    c->component);

		if (part.n > 0)
			checks_one(k, s, c, c->component > 1 ?
			    segment_part(value, separator, c->component - 1u) :
			    segment_element(s->segment, c->element - 1u),
			    part);
		if (c->last)
			return c;
	}
}

static void
checks_segment(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list)
{
	const struct segment *g = s->segment;
	const struct check *c = list->checks, *end = c + list->count;

	for (; c < end && c->element <= g->count; c++) {
		struct slice value = segment_element(g, c->element);

		if (value.n == 0)
			continue;
		if (c->component == 0)
			checks_one(k, s, c, segment_element(g,
			    c->element - 1u), value);
		else
			c = checks_composite(k, s, c, value);
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
checks_tell(struct code_checker *k, const struct check_day *day,
    const struct segment *s)
{
	struct slice when = segment_element(s, day->element), sex;

	switch (day->told) {
	case TOLD_SET_DATE:
		k->set_date = checks_date(when, false);
		break;
	case TOLD_LEVEL:
		k->birth = 0;
		k->sex = '\0';
		break;
	case TOLD_PATIENT:
		sex = segment_element(s, 3);
		k->birth = checks_date(when, false);
		k->sex = sex.n == 1 && (*sex.p == 'M' || *sex.p == 'F') ?
		    *sex.p : '\0';
		break;
	case TOLD_SERVICE:
		checks_service_day(k, segment_element(s, 1), when);
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
	k->dated = codes_have_lists(k->codes);
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

	return !list || list->count > 0 || list->day;
}

/* Claims and lines say which codes wait for one day. */
static unsigned
checks_minds_loop(void *ctx, const struct guide_loop *loop)
{
	const struct code_checker *k = ctx;

	(void)loop;
	return k->dated ? WALK_BEGIN | WALK_END : 0;
}

static void
checks_on_segment(void *ctx, const struct walk_segment *s)
{
	struct code_checker *k = ctx;
	const struct check_list *list;
	const struct check_day *day;

	/* A TA1 is of another guide, the envelope's. */
	if (!k->active || s->ordinal == 0)
		return;
	list = s->node ? checks_of(k, s->node) : NULL;
	day = list ? list->day : checks_day(k, s->segment->tag);
	if (day)
		checks_tell(k, day, s->segment);
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
	.minds_loop = checks_minds_loop,
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
