/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes_core.h"
#include "edi/calendar.h"

#include <stdlib.h>

enum { CHECKS_ARENA = 4 << 20 };

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

static const struct check_list * __attribute__((noinline))
checks_first(struct code_checker *k, const struct guide_segment *node)
{
	struct check_list *list = k->lists ? check_list_new(&k->arena,
	    k->codes, node, k->dated) : NULL;

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

static void
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
static void
checks_one(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value)
{
	const struct check_choice *choice = c->choices;
	uint64_t packed = qualifier.n <= 8 ? guide_pack(qualifier) : 0;

	for (unsigned i = 0; i < c->count; i++, choice++) {
		if (choice->qualifier != 0 && choice->qualifier != packed)
			continue;
		if (!choice->steps || !code_steps_have(choice->steps, value))
			checks_ask(k, s, c, choice, value);
		return;
	}
}

static void
checks_component(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice value)
{
	const char separator = s->segment->delimiters->component;
	struct slice part = segment_part(value, separator, c->component);

	if (part.n > 0)
		checks_one(k, s, c, c->component > 1 ?
		    segment_part(value, separator, c->component - 1u) :
		    segment_element(s->segment, c->element - 1u), part);
}

static void __attribute__((noinline))
checks_segment(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list)
{
	const struct segment *g = s->segment;

	for (unsigned i = 0; i < list->count; i++) {
		const struct check *c = &list->checks[i];
		struct slice value = segment_element(g, c->element);

		if (c->element > g->count)
			return;
		if (value.n > 0 && c->component > 0)
			checks_component(k, s, c, value);
		else if (value.n > 0)
			checks_one(k, s, c, segment_element(g,
			    c->element - 1u), value);
	}
}

/* ---- what is plainly right ---------------------------------------------- */

static inline __attribute__((always_inline)) bool
check_qualifier_is(const struct check *c, const char *p, size_t n)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return n == c->qualifier_n && ((x ^ c->qualifier) & c->mask) == 0;
}

/* The last check of the composite that begins with this one; NULL: ask. */
static inline __attribute__((always_inline)) const struct check *
composite_is_plain(const struct check *c, struct slice value, char separator)
{
	const struct check *last = c + c->left;
	unsigned start = 0, end, before = 0, place = 1;
	uint32_t at;

	if (value.n > 16)
		return NULL;
	at = segment_separators(value, separator) | 1u << value.n;
	for (;; place++) {
		end = (unsigned)__builtin_ctz(at);
		at &= at - 1;
		if (place == c->component) {
			if (end > start && ((c->qualifier_n > 0 &&
			    !check_qualifier_is(c, value.p + before,
			    start - 1 - before)) || !code_steps_have(c->steps,
			    slice(value.p + start, end - start))))
				return NULL;
			if (c++ == last)
				return last;
		}
		if (at == 0)
			return last;
		before = start;
		start = end + 1;
	}
}

/* Nearly all are. False: checks_with_care() must tell. */
static inline __attribute__((always_inline)) bool
checks_are_plain(const struct check_list *list, const struct segment *s)
{
	const struct check *c = list->checks;

	for (; c->element <= s->count; c++) {
		const uint32_t *mark = s->mark + c->element;
		struct slice value = slice(s->base + mark[-1] + 1,
		    mark[0] - mark[-1] - 1);

		if (value.n == 0)
			continue;
		if (c->component > 0) {
			c = composite_is_plain(c, value,
			    s->delimiters->component);
			if (!c)
				return false;
			continue;
		}
		if ((c->qualifier_n > 0 && !check_qualifier_is(c, s->base +
		    mark[-2] + 1, mark[-1] - mark[-2] - 1)) ||
		    !code_steps_have(c->steps, value))
			return false;
	}
	return true;
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

static void __attribute__((noinline))
checks_with_care(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list)
{
	const struct check_day *day = list ? list->day :
	    k->dated ? check_day_of(s->segment->tag) : NULL;

	if (day)
		checks_tell(k, day, s->segment);
	if (list && !(list->address && checks_foreign(s->segment)))
		checks_segment(k, s, list);
}

static void
checks_on_segment(void *ctx, const struct walk_segment *s)
{
	struct code_checker *k = ctx;
	const struct check_list *list = NULL;

	/* A TA1 is of another guide, the envelope's. */
	if (s->ordinal == 0)
		return;
	if (s->node && k->lists)
		list = k->lists[s->node->index];
	if (!list || !list->plain || !checks_are_plain(list, s->segment))
		checks_with_care(k, s, list);
}

static const struct walk_ops checks_ops = {
	.minds = checks_minds,
	.minds_loop = checks_minds_loop,
	.on_set = checks_on_set,
	.on_loop_begin = checks_on_loop_begin,
	.on_segment = checks_on_segment,
	.on_loop_end = checks_on_loop_end,
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
