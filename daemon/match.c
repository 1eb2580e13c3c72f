/* SPDX-License-Identifier: ISC */
#include "daemon/match.h"

#include "base/clock.h"

#include <stdlib.h>

enum { MATCH_CANDIDATES = 64, MATCH_SETS = 16 };

struct match {
	struct engine *g;
	struct store_file of;
	struct index_record payment;    /* the BPR and TRN of this 835 set */
	bool has_payment;
	/* the last things found: answers come in bunches */
	struct match_found last;        /* by group */
	struct match_found sets[MATCH_SETS];   /* by row; sets do not change */
	uint64_t batch;                 /* set row of this 277 batch, 0 */
	char batch_reference[INDEX_ID];
};

/* ---- candidates --------------------------------------------------------- */

struct match_claims {
	struct store_claim at[MATCH_CANDIDATES];
	unsigned count;
};

static bool
match_on_claim(void *ctx, const struct store_claim *c)
{
	struct match_claims *to = ctx;

	to->at[to->count++] = *c;
	return to->count < MATCH_CANDIDATES;
}

struct match_files {
	struct store_file at[8];
	unsigned count;
};

static bool
match_on_file(void *ctx, const struct store_file *f)
{
	struct match_files *to = ctx;

	if (f->kind == FILE_OUTGOING)
		to->at[to->count++] = *f;
	return to->count < 8;
}

struct match_groups {
	const struct index_record *r;
	struct store_group at;
};

/* GS06 is unique for a pair of identities: GS01 and GS08 only confirm it. */
static bool
match_on_group(void *ctx, const struct store_group *g)
{
	struct match_groups *to = ctx;

	if (to->r->functional_id[0] &&
	    strcmp(to->r->functional_id, g->functional_id) != 0)
		return true;
	to->at = *g;
	return false;
}

static bool
match_on_set(void *ctx, const struct store_set *s)
{
	*(struct store_set *)ctx = *s;
	return false;
}

static bool
match_ok(struct engine *g, int rc, const struct err *e)
{
	if (rc < 0 && rc != -ENOENT)
		engine_fail(g, e);
	return rc == 0;
}

/* ---- what belongs to a row ---------------------------------------------- */

static bool
match_fill_file(struct engine *g, const struct store_id *id,
    struct match_found *to)
{
	to->found = engine_get(g, id, &to->outgoing);
	return to->found;
}

static bool
match_fill_set(struct engine *g, uint64_t row, struct match_found *to)
{
	struct err e = ERR_NONE;

	if (!match_ok(g, store_get_set(g->store, row, &to->set, &e), &e))
		return false;
	if (!match_ok(g, store_get_group(g->store, to->set.group, &to->group,
	    &e), &e))
		return false;
	return match_fill_file(g, &to->set.file, to);
}

/* ---- by kind ------------------------------------------------------------ */

/* A payment is of many claims of few sets: those are not read each time. */
static bool
match_fill_claim(struct match *m, uint64_t row, struct match_found *to)
{
	struct match_found *kept = &m->sets[row % MATCH_SETS];

	if (!kept->found || kept->set.row != row) {
		*kept = (struct match_found){ .found = false };
		if (!match_fill_set(m->g, row, kept)) {
			kept->found = false;
			return false;
		}
	}
	*to = *kept;
	return true;
}

/* ISA13 comes round after 999999999: the date and time then decide. */
static bool
match_same_time(struct engine *g, const struct store_file *f,
    const struct index_record *r)
{
	struct store_file parent;
	char date[9], time[7];

	if (!engine_get(g, &f->parent, &parent))
		return false;
	clock_x12(parent.created, date, time);
	return strcmp(date + 2, r->date) == 0 &&
	    strncmp(time, r->time, 4) == 0;
}

static void
match_ta1(struct match *m, const struct index_record *r,
    struct match_found *to)
{
	struct match_files files = { .count = 0 };
	struct err e = ERR_NONE;
	unsigned best = 0;

	if (!match_ok(m->g, store_find_interchange(m->g->store, m->of.partner,
	    r->control, match_on_file, &files, &e), &e) || files.count == 0)
		return;
	for (unsigned i = 0; files.count > 1 && i < files.count; i++)
		if (match_same_time(m->g, &files.at[i], r)) {
			best = i;
			break;
		}
	to->outgoing = files.at[best];
	to->found = true;
}

static void
match_999_group(struct match *m, const struct index_record *r,
    struct match_found *to)
{
	struct match_groups groups = { .r = r };
	struct err e = ERR_NONE;

	if (m->last.found && m->last.group.control == r->control &&
	    (!r->functional_id[0] || strcmp(r->functional_id,
	    m->last.group.functional_id) == 0)) {
		*to = m->last;
		return;
	}
	if (!match_ok(m->g, store_find_group(m->g->store, m->of.partner,
	    r->control, match_on_group, &groups, &e), &e) ||
	    groups.at.row == 0)
		return;
	to->group = groups.at;
	if (match_fill_file(m->g, &to->group.file, to))
		m->last = *to;
}

static void
match_999_set(struct match *m, const struct index_record *r,
    struct match_found *to)
{
	struct err e = ERR_NONE;

	match_999_group(m, r, to);
	if (!to->found)
		return;
	/* A set of ours with no such number: then it is not our group. */
	to->found = match_ok(m->g, store_find_set(m->g->store, to->group.row,
	    r->set_control, match_on_set, &to->set, &e), &e) &&
	    to->set.row != 0;
}

static void
match_277_batch(struct match *m, const struct index_record *r,
    struct match_found *to)
{
	struct store_set set = { .row = 0 };
	struct err e = ERR_NONE;

	memcpy(m->batch_reference, r->reference, sizeof(m->batch_reference));
	m->batch = 0;
	if (!r->reference[0] || !match_ok(m->g, store_find_reference(
	    m->g->store, m->of.partner, r->reference, match_on_set, &set,
	    &e), &e) || set.row == 0)
		return;
	m->batch = set.row;
	match_fill_set(m->g, set.row, to);
}

/*
 * Of the claims with that CLM01, the newest first: one of the set that the
 * partner speaks of goes before all others, then one of the same amount.
 */
static const struct store_claim *
match_best(const struct match_claims *claims, uint64_t set, int64_t amount)
{
	const struct store_claim *best = NULL;
	unsigned best_score = 0;

	for (unsigned i = 0; i < claims->count; i++) {
		const struct store_claim *c = &claims->at[i];
		unsigned score = 1 + (set && c->set == set ? 2 : 0) +
		    (c->amount == amount ? 1 : 0);

		if (score > best_score) {
			best = c;
			best_score = score;
		}
	}
	return best;
}

/*
 * The best of them that was sent, with what belongs to it. Claims that were put
 * aside here are known too, but nobody answers to those.
 */
static const struct store_claim *
match_pick(struct match *m, struct match_claims *claims, uint64_t set,
    int64_t amount, struct match_found *to)
{
	const struct store_claim *c;

	while ((c = match_best(claims, set, amount))) {
		size_t i = (size_t)(c - claims->at);

		if (!match_fill_claim(m, c->set, to))
			return NULL;
		if (to->outgoing.kind == FILE_OUTGOING)
			return c;
		*to = (struct match_found){ .found = false };
		memmove(claims->at + i, claims->at + i + 1,
		    (--claims->count - i) * sizeof(*c));
	}
	return NULL;
}

static bool
match_claims(struct engine *g, const char *partner, const char *claim,
    struct match_claims *to)
{
	struct err e = ERR_NONE;

	to->count = 0;
	return claim[0] && match_ok(g, store_find_claim(g->store, partner,
	    claim, match_on_claim, to, &e), &e) && to->count > 0;
}

static void
match_277_claim(struct match *m, const struct index_record *r,
    struct match_found *to, uint64_t *row)
{
	struct match_claims claims;
	const struct store_claim *c;

	/* Some indexes of a 277 tell the batch only with its claims. */
	if (r->reference[0] && strcmp(r->reference, m->batch_reference) != 0) {
		struct match_found batch = { .found = false };

		match_277_batch(m, r, &batch);
	}
	if (!match_claims(m->g, m->of.partner, r->claim, &claims))
		return;
	c = match_pick(m, &claims, m->batch, r->amount, to);
	if (c)
		*row = c->row;
}

/*
 * A payer pays claims that went through another partner too (a clearing
 * house): then the amount must agree, for account numbers are short.
 */
static void
match_835_claim(struct match *m, const struct index_record *r,
    struct match_found *to, uint64_t *row)
{
	struct match_claims claims;
	const struct store_claim *c = NULL;

	if (match_claims(m->g, m->of.partner, r->claim, &claims))
		c = match_pick(m, &claims, 0, r->amount, to);
	if (!c && match_claims(m->g, NULL, r->claim, &claims)) {
		c = match_pick(m, &claims, 0, r->amount, to);
		if (c && c->amount != r->amount) {
			*to = (struct match_found){ .found = false };
			c = NULL;
		}
	}
	if (c)
		*row = c->row;
}

/* ---- one record --------------------------------------------------------- */

static const uint8_t match_kinds[INDEX_KINDS] = {
	[INDEX_TA1] = ANSWER_TA1,
	[INDEX_999_GROUP] = ANSWER_999_GROUP,
	[INDEX_999_SET] = ANSWER_999_SET,
	[INDEX_277_BATCH] = ANSWER_277_BATCH,
	[INDEX_277_CLAIM] = ANSWER_277_CLAIM,
	[INDEX_835_CLAIM] = ANSWER_835_CLAIM,
};

static void
match_find(struct match *m, enum answer_kind kind,
    const struct index_record *r, struct match_found *to, uint64_t *row)
{
	switch (kind) {
	case ANSWER_TA1:
		match_ta1(m, r, to);
		break;
	case ANSWER_999_GROUP:
		match_999_group(m, r, to);
		break;
	case ANSWER_999_SET:
		match_999_set(m, r, to);
		break;
	case ANSWER_277_BATCH:
		match_277_batch(m, r, to);
		break;
	case ANSWER_277_CLAIM:
		match_277_claim(m, r, to, row);
		break;
	case ANSWER_835_CLAIM:
		match_835_claim(m, r, to, row);
		break;
	}
}

static void
match_link(struct store_answer *a, const struct match_found *f, uint64_t row)
{
	a->outgoing = f->outgoing.id;
	a->group = f->group.row;
	a->set = f->set.row;
	a->matched_claim = row;
}

static void
match_describe(const struct match *m, enum answer_kind kind,
    const struct index_record *r, struct store_answer *a)
{
	const char *reference = r->reference;

	*a = (struct store_answer){ .kind = kind, .file = m->of.id,
	    .amount = r->amount, .paid = r->paid, .control = r->control,
	    .segment = r->segment, .created = m->g->now };
	if (kind == ANSWER_835_CLAIM && !reference[0] && m->has_payment)
		reference = m->payment.reference;
	if (kind == ANSWER_277_CLAIM && !reference[0])
		reference = m->batch_reference;
	memcpy(a->partner, m->of.partner, sizeof(a->partner));
	memcpy(a->status, r->status, sizeof(a->status));
	memcpy(a->code, r->code, sizeof(a->code));
	memcpy(a->reference, reference, sizeof(a->reference));
	memcpy(a->claim, r->claim, sizeof(a->claim));
	memcpy(a->payer_claim, r->payer_claim, sizeof(a->payer_claim));
	memcpy(a->set_control, r->set_control, sizeof(a->set_control));
	memcpy(a->functional_id, r->functional_id, sizeof(a->functional_id));
}

bool
match_record(struct match *m, const struct index_record *r,
    struct store_answer *a, struct match_found *found)
{
	enum answer_kind kind = match_kinds[r->kind];
	uint64_t row = 0;

	if (r->kind == INDEX_835_PAYMENT) {
		m->payment = *r;
		m->has_payment = true;
	}
	if (r->kind == INDEX_SET)
		m->has_payment = false;
	if (kind == 0 || m->g->failed)
		return false;
	*found = (struct match_found){ .found = false };
	match_describe(m, kind, r, a);
	match_find(m, kind, r, found, &row);
	if (kind == ANSWER_277_CLAIM && !a->reference[0])
		memcpy(a->reference, m->batch_reference,
		    sizeof(a->reference));
	if (found->found)
		match_link(a, found, row);
	return !m->g->failed;
}

const struct index_record *
match_payment(const struct match *m)
{
	return m->has_payment ? &m->payment : NULL;
}

struct match *
match_new(struct engine *g, const struct store_file *of)
{
	struct match *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->g = g;
	m->of = *of;
	return m;
}

void
match_free(struct match *m)
{
	free(m);
}

/* ---- parked answers ----------------------------------------------------- */

bool
match_again(struct engine *g, struct store_answer *a)
{
	struct match m = { .g = g };
	struct match_found found = { .found = false };
	struct index_record r = { .kind = 0, .amount = a->amount,
	    .control = a->control };
	uint64_t row = 0;

	memcpy(m.of.partner, a->partner, sizeof(m.of.partner));
	memcpy(r.claim, a->claim, sizeof(r.claim));
	memcpy(r.reference, a->reference, sizeof(r.reference));
	memcpy(r.set_control, a->set_control, sizeof(r.set_control));
	memcpy(r.functional_id, a->functional_id, sizeof(r.functional_id));
	match_find(&m, a->kind, &r, &found, &row);
	if (!found.found || g->failed)
		return false;
	match_link(a, &found, row);
	return true;
}

const char *
match_kind_text(enum answer_kind k)
{
	static const char *const texts[] = {
		[ANSWER_TA1] = "ta1",
		[ANSWER_999_GROUP] = "999_group",
		[ANSWER_999_SET] = "999_set",
		[ANSWER_277_BATCH] = "277_batch",
		[ANSWER_277_CLAIM] = "277_claim",
		[ANSWER_835_CLAIM] = "835_claim",
	};

	return texts[k];
}
