/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes_core.h"
#include "edi/calendar.h"

#include <stdlib.h>

enum { CHECKS_ARENA = 4 << 20, CHECKS_KNOWN_BITS = 9,
	CHECKS_KNOWN = 1 << CHECKS_KNOWN_BITS };

/* A code as one thing to compare; what is behind it is zero. */
struct check_text {
	char text[15];
	uint8_t n;
};

/* A code that was found to be one of the choice's, not long ago. */
struct check_known {
	struct check_text text;
	const struct check_choice *choice;
	struct code_found found;
};

/* A code found in a list, waiting for its day. */
struct check_pending {
	struct code_found found;
	struct check_text text;
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
	struct check_pending pending[CODES_PENDING + 1];
	struct check_known known[CHECKS_KNOWN];
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

static void __attribute__((cold))
checks_report(struct code_checker *k, enum code_verdict v,
    const struct check_pending *p, struct slice value)
{
	struct finding where = { .segment = p->segment, .offset = p->offset,
		.element = (uint8_t)p->check->element,
		.component = p->check->component,
		.element_number = p->check->number, .claim = p->claim,
		.value = value };

	segment_tag_text(p->tag, where.id);
	if (p->loop)
		slice_copy(slice_str(p->loop->id), where.loop,
		    sizeof(where.loop));
	walk_report(k->walk, code_verdict_finding(v), &where);
}

static void
checks_judge(struct code_checker *k, const struct check_pending *p,
    uint32_t date)
{
	struct code_context x = { .date = date, .sex = k->sex,
		.age = checks_age(k->birth, date) };
	enum code_verdict v = codes_judge(&p->found, &x);

	if (v != CODE_VALID)
		checks_report(k, v, p, slice(p->text.text, p->text.n));
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

/* False: it is too long to be kept. */
static inline bool
check_text_set(struct check_text *t, struct slice value)
{
	static const char mask[2 * sizeof(*t)] = { [0 ... sizeof(*t) - 1] =
		(char)0xff };
	uint64_t text[2], keep[2];

	if (value.n >= sizeof(t->text))
		return false;
	memcpy(text, value.p, sizeof(text));
	memcpy(keep, mask + sizeof(*t) - value.n, sizeof(keep));
	text[0] &= keep[0];
	text[1] &= keep[1];
	memcpy(t, text, sizeof(*t));
	t->n = (uint8_t)value.n;
	return true;
}

/* Where the code is, if it is known. */
static inline struct check_known *
checks_known(struct code_checker *k, const struct check_text *t,
    const struct check_choice *choice)
{
	uint64_t text[2], hash;

	memcpy(text, t, sizeof(text));
	hash = (text[0] ^ text[1] * 0x9e3779b97f4a7c15 ^
	    (uint64_t)(uintptr_t)choice) * 0xd6e8feb86659fd93;
	return &k->known[hash >> (64 - CHECKS_KNOWN_BITS)];
}

/*
 * codes_find() for sets with lists, which are searched once for what comes
 * again and again.
 */
static enum code_verdict
checks_find(struct code_checker *k, const struct check_choice *choice,
    struct slice value, struct check_pending *p)
{
	bool keep = k->dated && check_text_set(&p->text, value);
	struct check_known *known = keep ? checks_known(k, &p->text, choice) :
	    NULL;
	enum code_verdict v;

	if (keep && known->choice == choice && memcmp(&known->text, &p->text,
	    sizeof(p->text)) == 0) {
		p->found = known->found;
		return CODE_VALID;
	}
	v = codes_find(k->codes, choice->sets, choice->count, value,
	    &p->found);
	if (keep && v == CODE_VALID)
		*known = (struct check_known){ p->text, choice, p->found };
	return v;
}

static void
checks_ask(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, const struct check_choice *choice,
    struct slice value)
{
	/* There is always one more than may wait. */
	struct check_pending *p = &k->pending[k->pending_count];
	enum code_verdict v = checks_find(k, choice, value, p);

	p->line = k->line;
	p->segment = s->ordinal;
	p->tag = s->segment->tag;
	p->claim = walk_claim(k->walk);
	p->offset = s->segment->offset;
	p->check = c;
	p->loop = s->frame ? s->frame->loop : NULL;
	if (v != CODE_VALID)
		checks_report(k, v, p, value);
	else if (p->found.table && k->claim_depth == 0)
		checks_judge(k, p, k->set_date);
	else if (p->found.table && k->pending_count == CODES_PENDING)
		checks_judge(k, p, 0);
	else if (p->found.table)
		k->pending_count++;
}

/* Of an N4: outside the US and Canada 02 and 03 are not of our lists. */
static bool
checks_foreign(const struct segment *s)
{
	struct slice country = segment_element(s, 4);

	return country.n > 0 && !slice_is(country, "US");
}

/* The qualifier is the element, or the component, before the value. */
static void __attribute__((noinline))
checks_one(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value)
{
	const struct check_choice *choice = c->choices;
	uint64_t packed = qualifier.n - 1 < 8 ?
	    digits_load(qualifier.p, qualifier.n) : 0;

	for (unsigned i = 0; i < c->count; i++, choice++) {
		if (choice->qualifier != 0 && choice->qualifier != packed)
			continue;
		if (!choice->steps || !code_steps_have(choice->steps, value))
			checks_ask(k, s, c, choice, value);
		return;
	}
}

/* Of a composite of any length. */
static void __attribute__((noinline))
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

/* ---- a segment ---------------------------------------------------------- */

/*
 * Twice the same: first only to see that all is plainly right, which it nearly
 * always is; if not, or where there are lists, to ask.
 */
enum check_way { CHECK_PLAINLY, CHECK_ASKING };

#define INLINE static inline __attribute__((always_inline))

INLINE bool
check_value(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value,
    enum check_way way)
{
	uint32_t x;

	if (way == CHECK_ASKING) {
		checks_one(k, s, c, qualifier, value);
		return true;
	}
	if (c->qualifier_n > 0) {
		if (qualifier.n != c->qualifier_n)
			return false;
		memcpy(&x, qualifier.p, sizeof(x));
		if ((x ^ c->qualifier) & c->mask)
			return false;
	}
	return code_steps_have(c->steps, value);
}

/* The last check of the composite that begins with this one; NULL: not so. */
INLINE const struct check *
check_composite(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice value, enum check_way way)
{
	const struct check *last = c + c->left;
	struct slice before = slice(value.p, 0), part;
	const char *start = value.p;
	uint32_t at;

	if (value.n > 16) {
		for (; way == CHECK_ASKING && c <= last; c++)
			checks_component(k, s, c, value);
		return way == CHECK_ASKING ? last : NULL;
	}
	/* checks_prepare() sees to it that nobody else asks for that. */
	if (way == CHECK_ASKING)
		before = segment_element(s->segment, c->element - 1u);
	at = segment_separators(value, s->segment->delimiters->component) |
	    1u << value.n;
	for (unsigned place = 1;; place++, before = part) {
		part = slice(start, (size_t)(value.p + __builtin_ctz(at) -
		    start));
		at &= at - 1;
		if (place == c->component) {
			if (part.n > 0 &&
			    !check_value(k, s, c, before, part, way))
				return NULL;
			if (c++ == last)
				return last;
		}
		if (at == 0)
			return last;
		start = part.p + part.n + 1;
	}
}

INLINE bool
check_segment(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list, enum check_way way)
{
	const struct segment *g = s->segment;
	const struct check *c = list->checks;

	for (; c->element <= g->count; c++) {
		const uint32_t *mark = g->mark + c->element;
		struct slice value = slice(g->base + mark[-1] + 1,
		    mark[0] - mark[-1] - 1);

		if (value.n == 0)
			continue;
		if (c->component > 0)
			c = check_composite(k, s, c, value, way);
		else if (!check_value(k, s, c, segment_element(g,
		    c->element - 1u), value, way))
			return false;
		if (!c)
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
	memset(k->known, 0, sizeof(k->known));
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
		check_segment(k, s, list, CHECK_ASKING);
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
	if (!list || !list->plain || !check_segment(k, s, list, CHECK_PLAINLY))
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
