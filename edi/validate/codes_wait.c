/* SPDX-License-Identifier: ISC */
/* Codes of lists wait for the day and the patient that they are judged for. */
#include "edi/calendar.h"
#include "edi/validate/codes_core.h"

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
	const struct check_choice *like = choice->like;
	struct check_known *known = keep ? checks_known(k, &p->text, like) :
	    NULL;
	enum code_verdict v;

	if (keep && known->choice == like && memcmp(&known->text, &p->text,
	    sizeof(p->text)) == 0) {
		p->found = known->found;
		return CODE_VALID;
	}
	v = codes_find(k->codes, choice->sets, choice->count, value,
	    &p->found);
	if (keep && v == CODE_VALID)
		*known = (struct check_known){ p->text, like, p->found };
	return v;
}

void
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

void
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

/* ---- sets and loops ----------------------------------------------------- */

void
checks_forget_days(struct code_checker *k)
{
	k->set_date = k->claim_date = k->line_date = k->first_line_date = 0;
	k->birth = 0;
	k->sex = '\0';
	k->claim_depth = 0;
	k->line = 0;
	k->pending_count = 0;
}

void
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

void
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
