/* SPDX-License-Identifier: ISC */
/*
 * What a fetched file is: the same again, broken, or answers. Answers are
 * matched and recorded in the transaction that leaves FETCHED.
 */
#include "daemon/inbound.h"

#include "daemon/answer.h"
#include "daemon/match.h"
#include "daemon/report_answer.h"
#include "edi/transaction.h"

#include <inttypes.h>

/* ---- recording answers -------------------------------------------------- */

struct recording {
	struct engine *g;
	struct store_file *f;
	struct match *match;
	bool has_ta1;
	uint32_t answers, unmatched, rejects;
	struct store_answer batch;       /* of a 277, waiting for its claims */
	bool batch_waits;
	struct store_id answered;        /* the last outgoing file */
};

static void
recording_add(struct recording *d, struct store_answer *a)
{
	struct err e = ERR_NONE;

	if (!d->g->failed && store_answer_add(d->g->store, a, &e) < 0)
		engine_fail(d->g, &e);
	d->answers++;
	if (store_id_none(&a->outgoing))
		d->unmatched++;
	if (answer_rejects(a->kind, a->status))
		d->rejects++;
}

/*
 * A batch whose BHT03 we do not know belongs to where its claims belong, if
 * any does.
 */
static void
recording_batch(struct recording *d, const struct store_answer *claim)
{
	if (!d->batch_waits)
		return;
	if (claim) {
		d->batch.outgoing = claim->outgoing;
		d->batch.group = claim->group;
		d->batch.set = claim->set;
	}
	d->batch_waits = false;
	recording_add(d, &d->batch);
}

static void
recording_answer(struct recording *d, struct store_answer *a, bool found)
{
	if (a->kind != ANSWER_277_CLAIM)
		recording_batch(d, NULL);
	else if (found)
		recording_batch(d, a);
	if (a->kind == ANSWER_277_BATCH && !found) {
		d->batch = *a;
		d->batch_waits = true;
		return;
	}
	recording_add(d, a);
	/* An 835 names claims by a number that is used again: no evidence. */
	if (!found || a->kind == ANSWER_835_CLAIM ||
	    store_id_equal(&d->answered, &a->outgoing))
		return;
	d->answered = a->outgoing;
	outbound_answered(d->g, &a->outgoing, match_kind_text(a->kind));
}

static void
recording_on_record(void *ctx, const struct index_record *r)
{
	struct recording *d = ctx;
	struct match_found found;
	struct store_answer a;

	if (d->g->failed)
		return;
	if (r->kind == INDEX_TA1)
		d->has_ta1 = true;
	if (r->kind == INDEX_SET && !d->f->type[0])
		transaction_type(slice_str(r->set_id),
		    slice_str(r->version), d->f->type);
	if (match_record(d->match, r, &a, &found))
		recording_answer(d, &a, found.found);
}

static void
inbound_record_answers(struct engine *g, struct job *j, struct recording *d)
{
	struct manifest_sink sink = { .on_record = recording_on_record,
	    .ctx = d };
	struct manifest_end end;
	struct err e = ERR_NONE;

	d->match = match_new(g, &j->file);
	if (!d->match) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
		return;
	}
	if (job_manifest(j, &sink, &end, &e) < 0)
		engine_fail(g, &e);
	recording_batch(d, NULL);
	match_free(d->match);
	if (!d->f->type[0])
		snprintf(d->f->type, sizeof(d->f->type), "%s",
		    d->has_ta1 ? "TA1" : "X12");
}

/* ---- the decision ------------------------------------------------------- */

static bool
inbound_seen_before(struct engine *g, const struct store_file *f,
    struct store_id *before)
{
	struct store_file_filter filter = { .kind = FILE_FETCHED,
	    .partner = f->partner, .sha256 = f->sha256, .limit = 2 };
	struct files files;
	bool seen = false;

	if (!f->sha256[0] || !engine_files(g, &filter, &files))
		return false;
	for (size_t i = 0; i < files.count && !seen; i++) {
		*before = files.at[i].id;
		seen = !store_id_equal(before, &f->id) &&
		    files.at[i].state != STATE_FETCHING;
	}
	engine_files_free(&files);
	return seen;
}

/* Applied once: the first of the same bytes is in the inbox. */
static void
inbound_is_duplicate(struct engine *g, struct job *j,
    const struct store_id *before)
{
	struct store_file *f = &j->file;

	if (!engine_move(g, f, STATE_DUPLICATE, "the same bytes were fetched "
	    "as %s", engine_id(before).text))
		return;
	engine_log(g, LOG_NOTICE, "duplicate", log_file(f),
	    log_partner(j->peer), log_reason(f->reason));
	inbound_delivered(g, j->peer, f);
}

static void
inbound_is_broken(struct engine *g, struct job *j, int rc,
    const struct manifest_end *end)
{
	struct store_file *f = &j->file;

	if (f->state == STATE_FETCHED) {
		if (rc < 0)
			engine_move(g, f, STATE_BROKEN,
			    "it could not be processed");
		else
			engine_move(g, f, STATE_BROKEN, "not a whole X12 "
			    "file: %s%s%s", scan_framing_text(end->framing),
			    end->what[0] ? ", " : "", end->what);
		engine_log(g, LOG_ERR, "broken", log_file(f),
		    log_partner(j->peer),
		    log_int(LOGKEY_SIZE, (int64_t)f->size),
		    log_reason(f->reason));
	}
	answer_partner(g, j);
}

/* The partner's own fault against the guides: taken all the same, but told. */
static bool
inbound_note_findings(struct engine *g, const struct store_file *f,
    const struct manifest_end *end)
{
	if (end->rejects == 0 && end->warnings == 0)
		return true;
	return engine_event(g, &f->id, f->partner, "findings", "%" PRIu32
	    " rejects and %" PRIu32 " warnings against the partner's guides "
	    "and rules", end->rejects, end->warnings);
}

static void
inbound_is_answer(struct engine *g, struct job *j,
    const struct manifest_end *end)
{
	struct store_file *f = &j->file;
	struct recording d = { .g = g, .f = f };
	enum file_state to;

	if (f->state == STATE_FETCHED) {
		if (!engine_begin(g))
			return;
		inbound_record_answers(g, j, &d);
		to = d.unmatched ? STATE_PARKED : STATE_MATCHED;
		if (g->failed || !inbound_note_findings(g, f, end) ||
		    !engine_move(g, f, to, "%" PRIu32 " answers, "
		    "%" PRIu32 " of them to nothing of ours", d.answers,
		    d.unmatched))
			return;
		engine_log(g, d.unmatched || d.rejects ? LOG_WARNING :
		    LOG_INFO, state_text(to), log_file(f),
		    log_partner(j->peer), log_str(LOGKEY_TYPE, f->type),
		    log_int(LOGKEY_SIZE, (int64_t)f->size),
		    log_int(LOGKEY_ANSWERS, d.answers),
		    log_int(LOGKEY_UNMATCHED, d.unmatched),
		    log_int(LOGKEY_REJECTS, d.rejects));
	}
	answer_partner(g, j);
}

void
inbound_process(struct engine *g, struct job *j, int rc)
{
	struct manifest_end end = { .framing = SCAN_BROKEN };
	struct store_id before;
	struct err e = ERR_NONE;

	if (rc == 0)
		rc = job_manifest(j, NULL, &end, &e);
	if (j->file.state == STATE_FETCHED &&
	    inbound_seen_before(g, &j->file, &before))
		inbound_is_duplicate(g, j, &before);
	else if (g->failed)
		return;
	else if (rc < 0 || end.framing != SCAN_COMPLETE)
		inbound_is_broken(g, j, rc, &end);
	else
		inbound_is_answer(g, j, &end);
}

/* ---- after a start ------------------------------------------------------ */

static void
inbound_on_again(struct engine *g, struct job *j, int rc, const char *text)
{
	struct manifest_end end;
	struct err e = ERR_NONE;

	(void)text;
	if (!j->peer->config)
		return;
	if (rc == 0)
		rc = job_manifest(j, NULL, &end, &e);
	if (rc < 0 && job_passing(rc)) {
		engine_later(g, &j->file.id, ENGINE_RETRY_MAX_MS);
		return;
	}
	if (j->file.state == STATE_FETCHING) {
		/* Kept, and then the row could not be written. */
		if (rc == 0) {
			j->file.size = end.size;
			j->file.claims = end.claims;
			memcpy(j->file.sha256, end.sha256,
			    sizeof(j->file.sha256));
		}
		if (!engine_move(g, &j->file, STATE_FETCHED, "%" PRIu64
		    " bytes, durable here", j->file.size))
			return;
	}
	inbound_process(g, j, rc);
}

static bool
inbound_on_event(void *ctx, const struct store_event *v)
{
	bool *in_inbox = ctx;

	*in_inbox = strcmp(v->what, "inbox") == 0;
	return !*in_inbox;
}

static void
inbound_again(struct engine *g, struct peer *p, struct store_file *f)
{
	struct err e = ERR_NONE;
	bool in_inbox = f->state == STATE_DUPLICATE;
	struct job *j;

	if (!in_inbox && store_events(g->store, &f->id, inbound_on_event,
	    &in_inbox, &e) < 0) {
		engine_fail(g, &e);
		return;
	}
	if (in_inbox) {
		inbound_delivered(g, p, f);
		return;
	}
	j = job_of_bytes(g, p, f, inbound_on_again);
	if (!j)
		return;
	j->request.checks = 1;
	job_queue(g, j);
}

void
inbound_take_up(struct engine *g, struct peer *p, struct store_file *f)
{
	struct err e = ERR_NONE;

	if (f->settled) {
		if (f->state == STATE_MATCHED || f->state == STATE_DUPLICATE)
			inbound_settled(g, f, "settled before");
	} else if (f->state != STATE_FETCHING ||
	    store_bytes_exist(g->store, &f->id))
		inbound_again(g, p, f);
	else if (store_bytes_discard(g->store, &f->id, &e) < 0)
		engine_fail(g, &e);
	else
		engine_forget(g, f, "cut short by a restart: the partner "
		    "has it still");
}
