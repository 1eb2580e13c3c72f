/* SPDX-License-Identifier: ISC */
/*
 * Nothing is sent twice, also when a clerk drops a corrected batch whole:
 * each claim of a file is compared with those that went to this partner
 * before, and with those before it in the file. A claim went when its outgoing
 * file was recorded, was not cancelled, and no answer has rejected it.
 *
 * Two files must not look at the same time and then both go: so one file of a
 * partner at a time is between this look and the rows of its claims, and one
 * that was checked before a crash, whose rows are yet to come, goes first.
 * What such a file saw before the crash it must see again: what was recorded
 * later does not count for it.
 *
 * A look-up costs some 10 us, a file may have a million claims: a step does
 * not do more than SLICE of them.
 */
#include "daemon/intake_plan.h"

#include "base/clock.h"
#include "base/io.h"
#include "daemon/report_answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	DUPLICATES_SLICE = 256,    /* records of a manifest in one step */
	DUPLICATES_ROWS = 64,      /* earlier claims of one number */
};

/* Claims of this file by what they say; claim 0: a free place. */
struct seen {
	uint64_t key[2];
	uint32_t claim;
};

struct duplicates {
	struct engine *g;
	const struct store_file *f;        /* the file that is looked at */
	uint8_t severity[DUPLICATE_KINDS];
	int64_t until;                     /* what is later does not count */
	struct manifest_reader *reader;
	uint32_t claims;                   /* so far */
	struct seen *seen;
	size_t seen_cap;
	/* earlier claims of the present one's number, newest first */
	struct store_claim row[DUPLICATES_ROWS];
	unsigned rows;
	/* the file of the last of them, for they come in runs */
	struct store_file of;
	char name[STORE_NAME];             /* what the clerk called it */
	bool of_live;
	int list;
	struct plan_duplicates out;
	int rc;                            /* of ours; the store's is e.code */
	struct err error;
};

/* ---- within the file ---------------------------------------------------- */

static struct seen *
seen_place(struct duplicates *d, const uint64_t key[2])
{
	size_t i = (size_t)key[0] & (d->seen_cap - 1);

	while (d->seen[i].claim && (d->seen[i].key[0] != key[0] ||
	    d->seen[i].key[1] != key[1]))
		i = (i + 1) & (d->seen_cap - 1);
	return &d->seen[i];
}

static bool
seen_grow(struct duplicates *d)
{
	struct seen *old = d->seen;
	size_t cap = d->seen_cap;

	d->seen_cap = cap ? cap * 2 : 256;
	d->seen = calloc(d->seen_cap, sizeof(*d->seen));
	if (!d->seen) {
		d->seen = old;
		d->seen_cap = cap;
		return false;
	}
	for (size_t i = 0; i < cap; i++)
		if (old[i].claim)
			*seen_place(d, old[i].key) = old[i];
	free(old);
	return true;
}

/* The claim of this file that says the same, 0: this is the first. */
static uint32_t
seen_before(struct duplicates *d, const struct index_record *x)
{
	char half[17] = "";
	uint64_t key[2];
	struct seen *s;

	for (unsigned i = 0; i < 2; i++) {
		memcpy(half, x->digest + 16 * i, 16);
		key[i] = strtoull(half, NULL, 16);
	}
	if (d->claims >= d->seen_cap / 2 && !seen_grow(d)) {
		d->rc = err_set(&d->error, -ENOMEM,
		    "out of memory to look for duplicates");
		return 0;
	}
	s = seen_place(d, key);
	if (s->claim)
		return s->claim;
	*s = (struct seen){ { key[0], key[1] }, d->claims };
	return 0;
}

/* ---- what went before --------------------------------------------------- */

static void
duplicates_store_failed(struct duplicates *d)
{
	d->rc = d->error.code;
	engine_fail(d->g, &d->error);
}

static bool
duplicates_on_row(void *ctx, const struct store_claim *c)
{
	struct duplicates *d = ctx;

	if (c->created <= d->until)
		d->row[d->rows++] = *c;
	return d->rows < DUPLICATES_ROWS;
}

/* Its file: one that went, or may have gone, and not this one's own. */
static bool
duplicates_file_live(struct duplicates *d, const struct store_id *id)
{
	struct store_file parent;

	if (store_id_equal(&d->of.id, id))
		return d->of_live;
	if (!engine_get(d->g, id, &d->of)) {
		d->of = (struct store_file){ .id = *id };
		return d->of_live = false;
	}
	d->of_live = (d->of.kind == FILE_OUTGOING ?
	    d->of.state != STATE_CANCELLED : batch_waits(d->g, &d->of)) &&
	    !store_id_equal(&d->of.parent, &d->f->id);
	d->name[0] = '\0';
	if (d->of_live && engine_get(d->g, &d->of.parent, &parent))
		memcpy(d->name, parent.name, sizeof(d->name));
	return d->of_live;
}

struct duplicates_answers {
	struct claim_standing standing;
	int64_t until;
};

static bool
duplicates_on_answer(void *ctx, const struct store_answer *a)
{
	struct duplicates_answers *s = ctx;

	if (a->created <= s->until)
		standing_add(&s->standing, a);
	return true;
}

static bool
duplicates_row_live(struct duplicates *d, const struct store_claim *row)
{
	struct duplicates_answers s = { .until = d->until };

	if (!duplicates_file_live(d, &row->file) || d->rc < 0)
		return false;
	if (store_claim_answers(d->g->store, row, duplicates_on_answer, &s,
	    &d->error) < 0) {
		duplicates_store_failed(d);
		return false;
	}
	return !answer_rejects(s.standing.kind, s.standing.status);
}

static bool
duplicates_same(const struct store_claim *row, const struct index_record *x)
{
	return strcmp(row->frequency, x->status) == 0 &&
	    row->amount == x->amount && (row->digest[0] == '\0' ||
	    strcmp(row->digest, x->digest) == 0);
}

/*
 * The claim that this one repeats, or of which it takes the number. What a
 * void (frequency 8) has taken back may come again.
 */
static const struct store_claim *
duplicates_find(struct duplicates *d, const struct index_record *x,
    enum duplicate_kind *kind)
{
	const struct store_claim *other = NULL;

	d->rows = 0;
	if (store_find_claim(d->g->store, d->f->partner, x->claim,
	    duplicates_on_row, d, &d->error) < 0) {
		duplicates_store_failed(d);
		return NULL;
	}
	*kind = DUPLICATE_CLAIM;
	for (unsigned i = 0; i < d->rows && d->rc == 0; i++) {
		const struct store_claim *row = &d->row[i];

		if (!duplicates_row_live(d, row))
			continue;
		if (duplicates_same(row, x))
			return row;
		if (strcmp(row->frequency, "8") == 0)
			break;
		if (!other)
			other = row;
	}
	*kind = DUPLICATE_NUMBER;
	return other && strcmp(x->status, "1") == 0 ? other : NULL;
}

/* ---- the list ----------------------------------------------------------- */

static void
duplicates_add(struct duplicates *d, const struct index_record *x,
    struct duplicate *to)
{
	to->claim = d->claims;
	to->interchange = x->interchange;
	to->ordinal = x->ordinal;
	to->segment = x->segment;
	to->offset = x->offset;
	to->record = x->received;
	to->severity = d->severity[to->kind];
	if (to->severity == SEVERITY_OFF)
		return;
	if (io_write(d->list, (const char *)to, sizeof(*to),
	    "a list of duplicates", &d->error) < 0) {
		d->rc = d->error.code;
		return;
	}
	d->out.count++;
	if (to->severity == SEVERITY_REJECT)
		d->out.rejects++;
	else
		d->out.warnings++;
}

static void
duplicates_tell_sent(struct duplicates *d, const struct store_claim *row,
    struct duplicate *to)
{
	char when[CLOCK_TEXT];
	bool sent;

	if (!duplicates_file_live(d, &row->file))
		return;
	sent = d->of.state == STATE_SENT;
	clock_format(sent ? d->of.changed : d->of.created, when);
	snprintf(to->detail, sizeof(to->detail), "%s %.10s in %.39s, our id "
	    "%s", sent ? "sent" : "taken", when, d->name,
	    engine_id(&d->of.parent).text);
}

static void
duplicates_on_record(void *ctx, const struct index_record *x)
{
	struct duplicates *d = ctx;
	struct duplicate to = { .kind = DUPLICATE_CLAIM };
	const struct store_claim *row;
	enum duplicate_kind kind;
	uint32_t before;

	if (d->rc < 0 || x->kind != INDEX_CLAIM)
		return;
	d->claims++;
	before = seen_before(d, x);
	if (d->rc < 0)
		return;
	if (before) {
		snprintf(to.detail, sizeof(to.detail), "the same as claim %"
		    PRIu32 " of this file", before);
		duplicates_add(d, x, &to);
		return;
	}
	row = duplicates_find(d, x, &kind);
	if (!row || d->rc < 0)
		return;
	to.kind = (uint8_t)kind;
	duplicates_tell_sent(d, row, &to);
	duplicates_add(d, x, &to);
}

/* ---- one file ----------------------------------------------------------- */

void
duplicates_free(struct duplicates *d)
{
	if (!d)
		return;
	manifest_close(d->reader);
	free(d->seen);
	if (d->list >= 0)
		close(d->list);
	free(d);
}

static struct duplicates *
duplicates_new(struct engine *g, struct job *j, struct err *e)
{
	struct duplicates *d = calloc(1, sizeof(*d));

	if (!d) {
		err_set(e, -ENOMEM, "out of memory to look for duplicates");
		return NULL;
	}
	d->g = g;
	d->f = &j->file;
	d->until = j->file.state == STATE_CHECKED ? j->file.changed :
	    INT64_MAX;
	for (unsigned k = 0; k < DUPLICATE_KINDS; k++)
		d->severity[k] = duplicate_severity(j->peer->config, k);
	d->list = engine_scratch(g, e);
	d->reader = d->list < 0 ? NULL : manifest_open(j->manifest, e);
	if (d->reader)
		return d;
	duplicates_free(d);
	return NULL;
}

/* 1: there is more to do; 0: done; negative. */
static int
duplicates_slice(struct engine *g, struct job *j, struct err *e)
{
	struct plan *p = j->plan;
	struct manifest_sink sink = { .on_record = duplicates_on_record };
	struct manifest_end end;
	int rc;

	if (!p->seeking)
		p->seeking = duplicates_new(g, j, e);
	if (!p->seeking)
		return e->code;
	sink.ctx = p->seeking;
	rc = manifest_step(p->seeking->reader, &sink, DUPLICATES_SLICE, &end,
	    e);
	if (rc >= 0 && p->seeking->rc < 0) {
		*e = p->seeking->error;
		rc = p->seeking->rc;
	}
	if (rc == 0) {
		p->dups = p->seeking->out;
		p->dups.list = p->seeking->list;
		p->seeking->list = -1;
	}
	return rc;
}

/* ---- one file of a partner at a time ------------------------------------ */

static void
duplicates_unpark(struct job *j)
{
	j->parked = j->queued = false;
	j->next = NULL;
}

static void
duplicates_done(struct engine *g, struct job *j, int rc, struct err *e)
{
	const struct plan *p = j->plan;

	duplicates_unpark(j);
	g->progress = true;
	if (rc == 0 && p->dups.count > 0 && j->file.state != STATE_CHECKED) {
		engine_event(g, &j->file.id, j->peer->name, "duplicates",
		    "%" PRIu32 " claims that went before, or numbers of "
		    "such: %" PRIu32 " rejects, %" PRIu32 " warnings",
		    p->dups.count, p->dups.rejects, p->dups.warnings);
		engine_log(g, LOG_NOTICE, "duplicates", log_file(&j->file),
		    log_partner(j->peer),
		    log_int(LOGKEY_REJECTS, p->dups.rejects),
		    log_int(LOGKEY_WARNINGS, p->dups.warnings));
	}
	if (g->failed)
		;               /* the round is undone, and it comes again */
	else if (rc == 0)
		intake_decide(g, j);
	else
		intake_not_processed(g, j, rc, e);
	if (!j->queued)
		job_free(j);
}

/* Is there one whose claims went on, and whose rows are yet to come? */
static bool
duplicates_must_wait(struct engine *g, const struct job *j)
{
	struct store_file_filter filter = { .kind = FILE_DROPPED,
	    .state = STATE_CHECKED, .partner = j->peer->name };
	struct files files;
	bool wait = false;

	if (j->file.state == STATE_CHECKED)
		return false;
	if (!engine_files(g, &filter, &files))
		return true;
	for (size_t i = 0; i < files.count && !wait; i++)
		wait = !store_id_equal(&files.at[i].id, &j->file.id) &&
		    store_bytes_exist(g->store, &files.at[i].id);
	engine_files_free(&files);
	return wait;
}

/* What was checked before comes first, then the others in their order. */
static struct job **
duplicates_pick(struct engine *g, struct peer *p)
{
	struct job **at = &p->intake.waiting;

	while (*at && (*at)->file.state != STATE_CHECKED)
		at = &(*at)->next;
	if (*at)
		return at;
	at = &p->intake.waiting;
	return *at && !duplicates_must_wait(g, *at) ? at : NULL;
}

static void
duplicates_peer(struct engine *g, struct peer *p)
{
	struct job **at, *j = p->intake.deciding;
	struct err e = ERR_NONE;
	int rc;

	if (!j && p->intake.waiting) {
		at = duplicates_pick(g, p);
		if (!at || g->failed)
			return;
		j = p->intake.deciding = *at;
		*at = j->next;
		j->next = NULL;
	}
	if (!j || !j->parked || p->intake.slice == g->steps)
		return;
	p->intake.slice = g->steps;
	if (!p->config) {
		duplicates_unpark(j);      /* its partner is gone */
		job_free(j);
		return;
	}
	rc = duplicates_slice(g, j, &e);
	if (rc <= 0 && !g->failed)
		duplicates_done(g, j, rc, &e);
}

void
duplicates_step(struct engine *g)
{
	for (struct peer *p = g->peers; p && !g->failed; p = p->next)
		duplicates_peer(g, p);
}

bool
duplicates_busy(const struct peer *p)
{
	return p->intake.deciding && p->intake.deciding->parked;
}

void
duplicates_begin(struct engine *g, struct job *j)
{
	const struct config_partner *c = j->peer->config;
	const struct plan *p = j->plan;
	struct job **at = &j->peer->intake.waiting;

	if (c->duplicate_claims == CONFIG_DUPLICATES_OFF ||
	    p->end.framing != SCAN_COMPLETE || p->end.claims == 0 ||
	    batch_is(g, &j->file)) {
		intake_decide(g, j);
		return;
	}
	j->parked = j->queued = true;      /* ours until it is decided */
	j->next = NULL;
	while (*at)
		at = &(*at)->next;
	*at = j;
	g->progress = true;
}

/* A job is gone: the next one's turn. */
void
duplicates_release(struct job *j)
{
	if (j->peer && j->peer->intake.deciding == j)
		j->peer->intake.deciding = NULL;
}

void
duplicates_clear(struct peer *p)
{
	struct job *j;

	while ((j = p->intake.waiting)) {
		p->intake.waiting = j->next;
		job_free(j);
	}
	if (duplicates_busy(p))
		job_free(p->intake.deciding);
}
