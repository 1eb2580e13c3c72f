/* SPDX-License-Identifier: ISC */
#include "edi/validate/cob.h"
#include "edi/money.h"

#include <stdio.h>
#include <stdlib.h>

enum { COB_ID = 81 };              /* NM109 and SVD01 are at most 80 */

/* Where a finding points to. */
struct cob_place {
	uint32_t segment;
	uint64_t offset;
};

struct cob_payer {
	char id[COB_ID];           /* 2330B NM109 */
	bool decided;              /* AMT*D is there */
	bool not_covered;          /* AMT*A8 is there */
	bool lines;                /* some 2430 names it */
	int64_t paid;              /* AMT*D */
	int64_t claim_adjustments; /* CAS of 2320 */
	int64_t line_paid;         /* sum of SVD02 */
	int64_t line_adjustments;  /* CAS of its 2430s */
	struct cob_place amount;
};

/* A charge, which most claims are never asked for: text where that is short. */
struct cob_charge {
	bool known;                /* cents are */
	uint8_t n;
	char text[16];
	int64_t cents;
};

enum cob_level { COB_ELSEWHERE, COB_CLAIM, COB_PAYER, COB_LINE, COB_DECISION };

struct cob_checker {
	struct walk *walk;
	bool active;                     /* in a set of claims */
	const struct guide_loop *loop;   /* the loop met last, and what it is */
	enum cob_level level;
	struct cob_charge charge;  /* CLM02 */
	struct cob_charge line_charge;   /* SV102, SV203 or SV302 .. */
	uint32_t line;             /* .. of the line of this serial; 0: none */
	char line_payer[COB_ID];   /* SVD01 of the present 2430 */
	int64_t line_paid, line_adjustments;
	bool bundled;              /* SVD06: paid with another line */
	struct cob_place decision;
	unsigned count;
	bool too_many;
	struct cob_payer payers[COB_PAYERS];
};

static enum cob_level
cob_loop_level(const struct guide_loop *loop)
{
	static const struct {
		char loop[sizeof(loop->id)];
		enum cob_level level;
	} rows[] = {
		{ "2300", COB_CLAIM }, { "2320", COB_PAYER },
		{ "2330B", COB_PAYER }, { "2400", COB_LINE },
		{ "2430", COB_DECISION },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (memcmp(loop->id, rows[i].loop, sizeof(loop->id)) == 0)
			return rows[i].level;
	return COB_ELSEWHERE;
}

static inline enum cob_level
cob_level(struct cob_checker *k, const struct walk_frame *f)
{
	if (k->loop != f->loop) {
		k->loop = f->loop;
		k->level = k->active ? cob_loop_level(f->loop) :
		    COB_ELSEWHERE;
	}
	return k->level;
}

static int64_t
cob_amount(const struct segment *s, unsigned element)
{
	struct slice value = segment_element(s, element);
	int64_t cents;

	return money_parse_short(value, &cents) ||
	    money_parse(value, &cents) ? cents : 0;
}

/* Of a segment, where sixteen bytes may be read (SEGMENT_SLACK). */
static inline void
cob_charge_keep(struct cob_charge *c, struct slice value)
{
	c->n = 0;
	if (value.n - 1 >= sizeof(c->text)) {
		c->known = money_parse(value, &c->cents);
		return;
	}
	memcpy(c->text, value.p, sizeof(c->text));
	c->n = (uint8_t)value.n;
}

static bool
cob_charge_is(const struct cob_charge *c, int64_t sum)
{
	int64_t cents = c->cents;
	bool known = c->n > 0 ? money_parse(slice(c->text, c->n), &cents) :
	    c->known;

	return !known || cents == sum;
}

static void
cob_charge_clear(struct cob_charge *c)
{
	c->known = false;
	c->n = 0;
}

/* Up to six adjustments a CAS: amounts in 03, 06, .. 18. */
static int64_t
cob_adjustments(const struct segment *s)
{
	int64_t sum = 0;

	for (unsigned i = 3; i <= 18; i += 3)
		sum += cob_amount(s, i);
	return sum;
}

static struct cob_payer *
cob_present(struct cob_checker *k)
{
	return k->count > 0 && !k->too_many ? &k->payers[k->count - 1] : NULL;
}

static struct cob_payer *
cob_find(struct cob_checker *k, const char *id)
{
	for (unsigned i = 0; i < k->count; i++)
		if (strcmp(k->payers[i].id, id) == 0)
			return &k->payers[i];
	return NULL;
}

/* ---- taking in ---------------------------------------------------------- */

static void __attribute__((noinline))
cob_take_payer(struct cob_checker *k, const struct walk_segment *w)
{
	const struct segment *s = w->segment;
	struct cob_payer *p = cob_present(k);

	if (!p)
		return;
	if (s->tag == SEGMENT_TAG('C', 'A', 'S')) {
		p->claim_adjustments += cob_adjustments(s);
	} else if (s->tag == SEGMENT_TAG('N', 'M', '1')) {
		slice_copy(segment_element(s, 9), p->id, sizeof(p->id));
	} else if (s->tag == SEGMENT_TAG('A', 'M', 'T')) {
		if (slice_is(segment_element(s, 1), "A8"))
			p->not_covered = true;
		if (!slice_is(segment_element(s, 1), "D"))
			return;
		p->decided = true;
		p->paid = cob_amount(s, 2);
		p->amount = (struct cob_place){ w->ordinal, s->offset };
	}
}

static void __attribute__((noinline))
cob_take_decision(struct cob_checker *k, const struct walk_segment *w)
{
	const struct segment *s = w->segment;

	if (s->tag == SEGMENT_TAG('C', 'A', 'S')) {
		k->line_adjustments += cob_adjustments(s);
	} else if (s->tag == SEGMENT_TAG('S', 'V', 'D')) {
		slice_copy(segment_element(s, 1), k->line_payer,
		    sizeof(k->line_payer));
		k->line_paid = cob_amount(s, 2);
		k->bundled = segment_element(s, 6).n > 0;
		k->decision = (struct cob_place){ w->ordinal, s->offset };
	}
}

/* What counts, and in which loops. */
static bool
cob_counts(enum cob_level level, uint32_t tag)
{
	static const struct {
		enum cob_level level;
		uint32_t tag;
	} rows[] = {
		{ COB_CLAIM, TAG_CLM },
		{ COB_PAYER, SEGMENT_TAG('C', 'A', 'S') },
		{ COB_PAYER, SEGMENT_TAG('N', 'M', '1') },
		{ COB_PAYER, SEGMENT_TAG('A', 'M', 'T') },
		{ COB_LINE, SEGMENT_TAG('S', 'V', '1') },
		{ COB_LINE, SEGMENT_TAG('S', 'V', '2') },
		{ COB_LINE, SEGMENT_TAG('S', 'V', '3') },
		{ COB_DECISION, SEGMENT_TAG('C', 'A', 'S') },
		{ COB_DECISION, SEGMENT_TAG('S', 'V', 'D') },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].level == level && rows[i].tag == tag)
			return true;
	return false;
}

/* Does it stand in such a loop? */
static bool
cob_finds(const struct guide_loop *loop, const struct guide_segment *node)
{
	enum cob_level level = cob_loop_level(loop);

	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];

		if (c->loop ? cob_finds(c->loop, node) :
		    c->segment == node && cob_counts(level, node->tag))
			return true;
	}
	return false;
}

static bool
cob_minds(void *ctx, const struct guide_segment *node)
{
	const struct cob_checker *k = ctx;

	return k->active && cob_finds(walk_guide(k->walk)->root, node);
}

static void
cob_on_segment(void *ctx, const struct walk_segment *w)
{
	struct cob_checker *k = ctx;

	if (!w->node)
		return;
	switch (cob_level(k, w->frame)) {
	case COB_CLAIM:
		cob_charge_keep(&k->charge, segment_element(w->segment, 2));
		break;
	case COB_PAYER:
		cob_take_payer(k, w);
		break;
	case COB_LINE:
		k->line = w->frame->serial;
		cob_charge_keep(&k->line_charge, segment_element(w->segment,
		    w->segment->tag == SEGMENT_TAG('S', 'V', '2') ? 3 : 2));
		break;
	case COB_DECISION:
		cob_take_decision(k, w);
		break;
	case COB_ELSEWHERE:
		break;
	}
}

/* ---- judging ------------------------------------------------------------ */

static void
cob_report(struct cob_checker *k, enum finding_id id, const char *loop,
    const char *segment, const struct cob_place *at)
{
	struct finding where = { .segment = at->segment, .offset = at->offset,
		.element = 2, .element_number = 782 };

	slice_copy(slice_str(loop), where.loop, sizeof(where.loop));
	slice_copy(slice_str(segment), where.id, sizeof(where.id));
	walk_report(k->walk, &finding_defs[id], &where);
}

static void
cob_end_decision(struct cob_checker *k, const struct walk_frame *f)
{
	struct cob_payer *p = cob_find(k, k->line_payer);
	const struct walk_frame *line = walk_frame(k->walk, f->depth - 1);

	if (line && line->serial == k->line && !k->bundled &&
	    !cob_charge_is(&k->line_charge, k->line_paid +
	    k->line_adjustments))
		cob_report(k, FINDING_COB_LINE_BALANCE, "2430", "SVD",
		    &k->decision);
	if (!p)
		return;
	p->lines = true;
	p->line_paid += k->line_paid;
	p->line_adjustments += k->line_adjustments;
}

static void
cob_end_claim(struct cob_checker *k)
{
	for (unsigned i = 0; i < k->count; i++) {
		const struct cob_payer *p = &k->payers[i];

		if (!p->decided || p->not_covered)
			continue;
		if (p->lines && p->paid !=
		    p->line_paid - p->claim_adjustments)
			cob_report(k, FINDING_COB_PAID_BALANCE, "2320", "AMT",
			    &p->amount);
		else if (!cob_charge_is(&k->charge, p->paid +
		    p->claim_adjustments + p->line_adjustments))
			cob_report(k, FINDING_COB_CLAIM_BALANCE, "2320",
			    "AMT", &p->amount);
	}
}

static void
cob_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	struct cob_checker *k = ctx;

	switch (cob_level(k, f)) {
	case COB_CLAIM:
		k->count = 0;
		k->too_many = false;
		k->line = 0;
		cob_charge_clear(&k->charge);
		break;
	case COB_PAYER:
		if (strcmp(f->loop->id, "2320") != 0)
			break;
		k->too_many = k->count == COB_PAYERS;
		if (!k->too_many)
			k->payers[k->count++] =
			    (struct cob_payer){ .decided = false };
		break;
	case COB_DECISION:
		k->line_payer[0] = '\0';
		k->line_paid = k->line_adjustments = 0;
		k->bundled = false;
		break;
	case COB_LINE:
	case COB_ELSEWHERE:
		break;
	}
}

static void
cob_on_loop_end(void *ctx, const struct walk_frame *f)
{
	struct cob_checker *k = ctx;
	enum cob_level level = cob_level(k, f);

	if (level == COB_DECISION)
		cob_end_decision(k, f);
	else if (level == COB_CLAIM && !k->too_many)
		cob_end_claim(k);
}

/* Only the claim guides have these loops with this meaning. */
static void
cob_on_set(void *ctx, const struct guide *g)
{
	struct cob_checker *k = ctx;

	k->loop = NULL;
	k->active = g && strcmp(g->set, "837") == 0;
	k->count = 0;
	k->too_many = false;
	k->line = 0;
	cob_charge_clear(&k->charge);
}

static unsigned
cob_minds_loop(void *ctx, const struct guide_loop *loop)
{
	const struct cob_checker *k = ctx;
	enum cob_level level = k->active ? cob_loop_level(loop) :
	    COB_ELSEWHERE;

	if (level == COB_CLAIM || level == COB_DECISION)
		return WALK_BEGIN | WALK_END;
	return level == COB_PAYER ? WALK_BEGIN : 0;
}

static const struct walk_ops cob_ops = {
	.minds = cob_minds,
	.minds_loop = cob_minds_loop,
	.on_set = cob_on_set,
	.on_loop_begin = cob_on_loop_begin,
	.on_segment = cob_on_segment,
	.on_loop_end = cob_on_loop_end,
};

struct cob_checker *
cob_checker_new(struct walk *w)
{
	struct cob_checker *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->walk = w;
	walk_add(w, &cob_ops, k);
	return k;
}

void
cob_checker_free(struct cob_checker *k)
{
	free(k);
}
