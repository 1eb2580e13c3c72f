/* SPDX-License-Identifier: ISC */
/*
 * A dropped file is ours: its bytes are looked at once more, for they are what
 * counts, and it is decided whether it goes on or is put aside with a report.
 */
#include "daemon/intake_plan.h"

#include "base/clock.h"
#include "daemon/answer.h"
#include "daemon/report.h"

#include <inttypes.h>
#include <stdlib.h>

static void intake_on_checked(struct engine *g, struct job *j, int rc,
    const char *text);

void
intake_inspect(struct engine *g, struct peer *p, const struct store_file *f)
{
	struct job *j;

	if (intake_form(f->name) != FORM_X12) {
		intake_records(g, p, f);
		return;
	}
	j = job_of_bytes(g, p, f, intake_on_checked);
	if (!j)
		return;
	j->request.checks = 1;
	job_queue(g, j);
}

/* ---- put aside ---------------------------------------------------------- */

static void
intake_put_aside_answered(struct engine *g, struct job *j, const void *arg)
{
	intake_put_aside(g, j, arg);
}

void
intake_put_aside(struct engine *g, struct job *j, const struct verdict *v)
{
	const struct plan *plan = j->plan;
	struct answer_verdict told = { .then = intake_put_aside_answered,
	    .arg = v, .size = sizeof(*v),
	    .ta105 = v->to == STATE_DUPLICATE ? "025" :
		plan ? plan_ta105(plan) : NULL };
	struct report r = {
		.directory = v->to == STATE_INCOMPLETE ? "incomplete" :
		    "rejected",
		.outcome = v->outcome, .advice = v->advice,
		.manifest = j->manifest };
	struct err e = ERR_NONE;

	if (answer_clerk(g, j, &told))
		return;
	if (plan) {
		r.own = plan->own;
		r.own_count = plan->own_count;
		r.end = plan->end;
		r.end.rejects += plan->dups.rejects;
		r.end.warnings += plan->dups.warnings;
		r.duplicates = plan->dups.list;
		r.duplicate_count = plan->dups.count;
		r.findings = true;
	}
	if (report_aside(g, j->peer, &j->file, &r, &e) < 0) {
		engine_disk_full(g, &e);
		engine_later(g, &j->file.id, ENGINE_RETRY_MS);
		return;
	}
	if (!engine_move(g, &j->file, v->to, "%s", v->outcome))
		return;
	engine_log(g, LOG_WARNING, state_text(v->to), log_file(&j->file),
	    log_partner(j->peer), log_int(LOGKEY_SIZE, (int64_t)j->file.size),
	    log_int(LOGKEY_REJECTS, r.end.rejects + r.own_count),
	    log_reason(v->outcome));
}

void
intake_reject(struct engine *g, struct job *j, const char *outcome,
    const char *advice)
{
	struct verdict v = { .to = STATE_REJECTED };

	snprintf(v.outcome, sizeof(v.outcome), "%s", outcome);
	snprintf(v.advice, sizeof(v.advice), "%s", advice);
	intake_put_aside(g, j, &v);
}

/* ---- was it here before? ------------------------------------------------ */

static bool intake_all_cancelled(struct engine *g,
    const struct store_id *parent);

/* Will nothing of it ever go, of an outgoing file or of records? */
static bool
intake_gone(struct engine *g, const struct store_file *f)
{
	return f->state == STATE_CANCELLED || f->state == STATE_REJECTED ||
	    (f->state == STATE_BATCHED && intake_all_cancelled(g, &f->batch));
}

static bool
intake_all_cancelled(struct engine *g, const struct store_id *parent)
{
	struct store_file_filter filter = { .parent = parent };
	struct files files;
	bool all = true;

	if (!engine_files(g, &filter, &files))
		return false;
	for (size_t i = 0; i < files.count; i++)
		all = all && intake_gone(g, &files.at[i]);
	all = all && files.count > 0;
	engine_files_free(&files);
	return all;
}

bool
intake_seen_before(struct engine *g, const struct store_file *f,
    struct store_file *before)
{
	static const enum file_state taken[] = { STATE_CHECKED,
	    STATE_ENVELOPED, STATE_UNPACKED };
	bool seen = false;

	for (size_t i = 0; i < 3 && !seen; i++) {
		struct store_file_filter filter = { .kind = FILE_DROPPED,
		    .partner = f->partner, .sha256 = f->sha256,
		    .state = taken[i] };
		struct files files;

		if (!engine_files(g, &filter, &files))
			return false;
		for (size_t k = 0; k < files.count && !seen; k++) {
			*before = files.at[k];
			seen = !store_id_equal(&before->id, &f->id) &&
			    !intake_all_cancelled(g, &before->id);
		}
		engine_files_free(&files);
	}
	return seen;
}

/* ---- the verdict -------------------------------------------------------- */

static void
verdict_incomplete(struct engine *g, const struct plan *plan,
    struct verdict *v)
{
	v->to = STATE_INCOMPLETE;
	snprintf(v->outcome, sizeof(v->outcome), "incomplete: the end is "
	    "missing; %" PRIu64 " bytes, %" PRIu32 " whole transaction sets, "
	    "unchanged for %" PRId64 " s", plan->end.size, plan->end.sets,
	    g->config->incomplete_after / 1000);
	snprintf(v->advice, sizeof(v->advice), "The file stops before its "
	    "last trailer segment (IEA). Nothing of it was sent. Write it "
	    "again from your billing program and put the whole file into the "
	    "outbox, best under another name that is renamed when it is "
	    "complete.");
}

static void
verdict_not_x12(const struct plan *plan, struct verdict *v)
{
	bool empty = plan->end.size == 0;

	v->to = STATE_REJECTED;
	if (empty)
		snprintf(v->outcome, sizeof(v->outcome),
		    "rejected: the file is empty");
	else
		snprintf(v->outcome, sizeof(v->outcome),
		    "rejected: not X12%s%s",
		    plan->end.what[0] ? "; it looks like " : "",
		    plan->end.what);
	snprintf(v->advice, sizeof(v->advice), "%s Nothing was sent. "
	    "Put an X12 file as plain text into the outbox; it begins with "
	    "the letters ISA.", empty ? "There is nothing in it." :
	    "This is not a file of claims.");
}

void
verdict_findings(const struct plan *plan, struct verdict *v)
{
	uint32_t n = plan->end.rejects + plan->own_count;

	v->to = STATE_REJECTED;
	if (plan->end.framing == SCAN_BROKEN)
		snprintf(v->outcome, sizeof(v->outcome), "rejected: it cannot "
		    "be followed to its end%s%s", plan->end.what[0] ? "; " :
		    "", plan->end.what);
	else
		snprintf(v->outcome, sizeof(v->outcome),
		    "rejected: %" PRIu32 " finding%s must be corrected", n,
		    n == 1 ? "" : "s");
	snprintf(v->advice, sizeof(v->advice), "Nothing of the file was sent. "
	    "Correct what is listed here in your billing program, write the "
	    "file again and put it into the outbox.");
}

/* Alone or besides findings: claims that are not to go again. */
void
verdict_sent_before(const struct plan *plan, struct verdict *v)
{
	char more[80] = "";

	v->to = STATE_REJECTED;
	if (plan->end.rejects > 0)
		snprintf(more, sizeof(more), ", and %" PRIu32 " finding%s must "
		    "be corrected", plan->end.rejects,
		    plan->end.rejects == 1 ? "" : "s");
	snprintf(v->outcome, sizeof(v->outcome), "rejected: %" PRIu32 " of %"
	    PRIu32 " claims went to the partner before%s",
	    plan->dups.rejects, plan->end.claims, more);
	snprintf(v->advice, sizeof(v->advice), "Nothing of the file was sent. "
	    "It is listed here which claims went before, when, and in which "
	    "file. Put only the others into the outbox%s. A claim that must "
	    "go once more is sent with frequency code 7, or after the first "
	    "one was cancelled or rejected.",
	    plan->end.rejects > 0 ? ", corrected" : "");
}

static void
verdict_bad(const struct plan *plan, struct verdict *v)
{
	(plan->dups.rejects > 0 ? verdict_sent_before :
	    verdict_findings)(plan, v);
}

void
verdict_duplicate(const struct store_file *before, struct verdict *v)
{
	char when[CLOCK_TEXT];

	clock_format(before->created, when);
	v->to = STATE_DUPLICATE;
	snprintf(v->outcome, sizeof(v->outcome), "duplicate: the same bytes "
	    "were taken as %s at %s", engine_id(&before->id).text, when);
	snprintf(v->advice, sizeof(v->advice), "This file was put into the "
	    "outbox before, byte for byte; the first one is on its way or "
	    "was sent, and this one was not sent again. There is nothing to "
	    "do, unless the first one must be sent once more: then ask for "
	    "`x12ctl show %s`.", engine_id(&before->id).text);
}

void
intake_reject_findings(struct engine *g, struct job *j)
{
	struct verdict v = { .to = STATE_REJECTED };

	verdict_bad(j->plan, &v);
	intake_put_aside(g, j, &v);
}

/*
 * Claims are condemned, or went before, and nothing that the whole file or the
 * partner's settings have against it is known: the others may go.
 */
static bool
intake_may_split(const struct config_partner *c, const struct plan *plan)
{
	return c->bad_claims == CONFIG_BAD_CLAIMS_SPLIT &&
	    plan->end.framing == SCAN_COMPLETE &&
	    (plan->end.rejects > 0 || plan->dups.rejects > 0) &&
	    plan->dups.rejects < plan->end.claims &&
	    plan->end.claims > 1 && plan->own_count == 0 && plan->count > 0;
}

/* *split: it goes on without some of its claims. */
static void
intake_judge(struct engine *g, const struct config_partner *c,
    const struct store_file *f, const struct plan *plan, struct verdict *v,
    bool *split)
{
	struct store_file before;

	*split = intake_may_split(c, plan);
	*v = (struct verdict){ .to = STATE_CHECKED };
	if (plan->end.framing == SCAN_INCOMPLETE)
		verdict_incomplete(g, plan, v);
	else if (plan->end.framing == SCAN_EMPTY ||
	    plan->end.framing == SCAN_NOT_X12)
		verdict_not_x12(plan, v);
	else if (!*split && (plan->end.framing == SCAN_BROKEN ||
	    plan->end.rejects > 0 || plan->own_count > 0 ||
	    plan->count == 0))
		verdict_bad(plan, v);
	else if (intake_seen_before(g, f, &before))
		verdict_duplicate(&before, v);
	else if (!*split && plan->dups.rejects > 0)
		verdict_sent_before(plan, v);
}

void
intake_go_on(struct engine *g, struct job *j)
{
	const struct plan *plan = j->plan;
	struct store_file *f = &j->file;
	char apart[80] = "";

	if (f->state == STATE_CHECKED) {
		intake_reserve(g, j);
		return;
	}
	if (plan->bad.bytes >= 0)
		snprintf(apart, sizeof(apart), "; %" PRIu32 " of %" PRIu32
		    " claims are bad and stay behind", plan->bad.end.claims,
		    plan->bad.of);
	if (!engine_move(g, f, STATE_CHECKED, "valid: %" PRIu32 " claims in "
	    "%" PRIu32 " transaction sets, %" PRIu32 " warnings%s",
	    plan->end.claims, plan->end.sets,
	    plan->end.warnings + plan->dups.warnings, apart))
		return;
	engine_log(g, LOG_INFO, "checked", log_file(f), log_partner(j->peer),
	    log_str(LOGKEY_TYPE, f->type),
	    log_int(LOGKEY_CLAIMS, plan->end.claims),
	    log_int(LOGKEY_SIZE, (int64_t)f->size),
	    log_int(LOGKEY_WARNINGS, plan->end.warnings));
	intake_reserve(g, j);
}

void
intake_decide(struct engine *g, struct job *j)
{
	const struct plan *plan = j->plan;
	struct store_file *f = &j->file;
	bool split = plan->end.rejects > 0 || plan->dups.rejects > 0;
	struct verdict v = { .to = STATE_CHECKED };

	if (intake_form(f->name) != FORM_X12) {
		records_decide(g, j);
		return;
	}

	f->size = plan->end.size;
	f->claims = plan->end.claims;
	f->usage = j->peer->config->usage;
	snprintf(f->sha256, sizeof(f->sha256), "%s", plan->end.sha256);
	snprintf(f->type, sizeof(f->type), "%s", plan->type);
	/* Decided before a crash: so it stays. */
	if (f->state != STATE_CHECKED)
		intake_judge(g, j->peer->config, f, plan, &v, &split);
	if (g->failed)
		return;
	if (v.to != STATE_CHECKED)
		intake_put_aside(g, j, &v);
	else if (split)
		intake_split(g, j);
	else
		intake_go_on(g, j);
}

static void
intake_on_checked(struct engine *g, struct job *j, int rc, const char *text)
{
	struct err e = ERR_NONE;

	if (!j->peer->config)
		return;        /* its partner is gone: when it is back */
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else {
		j->plan = plan_read(j, j->peer->config, &e);
		j->plan_free = plan_free;
		rc = j->plan ? 0 : e.code;
	}
	if (rc == 0)
		duplicates_begin(g, j);
	else
		intake_not_processed(g, j, rc, &e);
}

void
intake_not_processed(struct engine *g, struct job *j, int rc,
    const struct err *e)
{
	if (job_passing(rc)) {
		engine_disk_full(g, e);
		engine_later(g, &j->file.id, ENGINE_RETRY_MS);
	} else {
		engine_log(g, LOG_ERR, "not_processed", log_file(&j->file),
		    log_partner(j->peer), log_err(e));
		intake_reject(g, j, "rejected: it could not be processed",
		    "The program could not read this file. Nothing of it was "
		    "sent. Write it again from your billing program; if that "
		    "does not help, send our id to the maintainers.");
	}
}
