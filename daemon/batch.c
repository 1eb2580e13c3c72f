/* SPDX-License-Identifier: ISC */
#include "daemon/batch.h"

#include "base/clock.h"
#include "base/io.h"
#include "daemon/intake_plan.h"
#include "daemon/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BATCH_CLAIMS = 100000,     /* of one interchange, whatever the rule */
	BATCH_FILES = 20000,
	BATCH_FINDINGS = 100,      /* of one file in its report */
	BATCH_CHILD = 1,           /* ordinal below its first file */
};

/* The files of a batch that a worker makes; belongs to the job. */
struct batch_plan {
	const struct config *config;
	struct files members;      /* whole rows, in the order of the lines */
	char why[80];
};

/* ---- what waits --------------------------------------------------------- */

static void
waiting_of(const struct store_file *f, struct waiting *to)
{
	*to = (struct waiting){ .id = f->id, .claims = f->claims,
	    .size = f->size, .charge = f->charge, .created = f->created,
	    .released = f->next_try };
	memcpy(to->type, f->type, sizeof(to->type));
}

bool
batch_load(struct engine *g, struct peer *p)
{
	struct store_file_filter filter = { .kind = FILE_DROPPED,
	    .state = STATE_WAITING, .partner = p->name };
	struct batching *b = &p->batch;
	struct err e = ERR_NONE;
	struct files files;

	if (!b->stale)
		return true;
	if (!engine_files(g, &filter, &files))
		return false;
	free(b->files);
	b->count = 0;
	b->files = calloc(files.count + 1, sizeof(*b->files));
	if (!b->files) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
	} else
		for (; b->count < files.count; b->count++)
			waiting_of(&files.at[b->count], &b->files[b->count]);
	engine_files_free(&files);
	b->stale = g->failed;
	b->wake = g->now;
	return !g->failed;
}

void
batch_forget_zone(struct peer *p)
{
	zone_free(p->batch.zone);
	p->batch.zone = NULL;
	p->batch.zone_of = NULL;
}

void
batch_free(struct peer *p)
{
	batch_forget_zone(p);
	free(p->batch.files);
	p->batch = (struct batching){ .stale = true };
}

const struct zone *
batch_zone(struct engine *g, struct peer *p)
{
	const struct config_batch *rule = &p->config->batch;
	struct err e = ERR_NONE;

	if (p->batch.zone_of == rule->zone)
		return p->batch.zone;
	batch_forget_zone(p);
	p->batch.zone_of = rule->zone;
	p->batch.zone = zone_open(rule->zone, &e);
	if (!p->batch.zone)        /* it was there when it was configured */
		engine_log(g, LOG_ERR, "no_zone", log_partner(p),
		    log_err(&e));
	return p->batch.zone;
}

bool
batch_is(struct engine *g, const struct store_file *f)
{
	struct store_file_filter in = { .batch = &f->id, .limit = 1 };
	struct files files;
	bool is;

	if (f->kind != FILE_DROPPED || !engine_files(g, &in, &files))
		return false;
	is = files.count > 0;
	engine_files_free(&files);
	return is;
}

bool
batch_waits(struct engine *g, const struct store_file *f)
{
	struct store_file batch;

	if (f->kind != FILE_DROPPED || f->state == STATE_WAITING)
		return f->kind == FILE_DROPPED;
	return f->state == STATE_BATCHED && engine_get(g, &f->batch, &batch) &&
	    (batch.state == STATE_CLAIMED || batch.state == STATE_CHECKED);
}

/* ---- a batch is begun --------------------------------------------------- */

static void
batch_plan_free(void *plan)
{
	struct batch_plan *b = plan;

	engine_files_free(&b->members);
	free(b);
}

/*
 * The row of one that leaves. A damaged file must not stop the others: it stays
 * behind, and is told each time.
 */
static bool
batch_member(struct engine *g, const struct peer *p,
    const struct store_id *id, struct store_file *to)
{
	if (!engine_get(g, id, to))
		return false;
	if (store_bytes_exist(g->store, id))
		return true;
	engine_log(g, LOG_CRIT, "bytes_unreadable", log_file(to),
	    log_partner(p), log_reason("its records are gone from the store "
	    "and are not sent; drop them again, or bring the store back"));
	return false;
}

/* The rows of those that leave: no more than the rule has in one batch. */
static bool
batch_members(struct engine *g, struct peer *p, const struct batch_group *of,
    const struct batch_release *r, struct files *to)
{
	const struct config_batch *rule = &p->config->batch;
	uint64_t claims = 0, bytes = 0;
	uint64_t most = rule->claims ? rule->claims : BATCH_CLAIMS;
	uint64_t room = rule->bytes ? rule->bytes : g->config->max_file_bytes;

	to->at = calloc(of->files < BATCH_FILES ? of->files : BATCH_FILES,
	    sizeof(*to->at));
	for (size_t i = 0; to->at && i < p->batch.count &&
	    to->count < BATCH_FILES; i++) {
		const struct waiting *f = &p->batch.files[i];

		if (!batch_has(f, of, r))
			continue;
		if (to->count > 0 && (claims >= most || bytes >= room ||
		    bytes + f->size > g->config->max_file_bytes ||
		    to->count == p->batch.limit))
			break;
		if (!batch_member(g, p, &f->id, &to->at[to->count]))
			continue;
		to->count++;
		claims += f->claims;
		bytes += f->size;
	}
	return to->count > 0;
}

/* Their records, one after the other: each ends in a newline. */
static int
batch_gather(struct engine *g, const struct files *members, struct err *e)
{
	int to = engine_scratch(g, e), rc = to < 0 ? to : 0;

	for (size_t i = 0; rc == 0 && i < members->count; i++) {
		int64_t n;
		int from;

		rc = store_bytes_open(g->store, &members->at[i].id, &from, e);
		if (rc < 0)
			break;
		n = io_copy(from, to, "records", e);
		rc = n < 0 ? (int)n : 0;
		close(from);
	}
	if (rc < 0 && to >= 0)
		close(to);
	return rc < 0 ? rc : to;
}

static void batch_on_made(struct engine *g, struct job *j, int rc,
    const char *text);

static void
batch_wait(struct engine *g, struct peer *p, const struct err *e)
{
	engine_disk_full(g, e);
	p->batch.not_before = g->now + ENGINE_RETRY_MS;
}

static void
batch_queue(struct engine *g, struct peer *p, struct batch_plan *plan,
    const struct batch_group *of)
{
	struct err e = ERR_NONE;
	struct store_file f = { .kind = FILE_DROPPED, .created = g->now };
	int in = batch_gather(g, &plan->members, &e), out;
	struct job *j;

	out = in < 0 ? in : engine_scratch(g, &e);
	if (out < 0) {
		if (in >= 0)
			close(in);
		batch_wait(g, p, &e);
		batch_plan_free(plan);
		return;
	}
	memcpy(f.type, of->type, sizeof(f.type));
	j = job_new(g, p, in, &f, batch_on_made);
	if (!j) {
		close(out);
		batch_plan_free(plan);
		return;
	}
	j->out = out;
	j->plan = plan;
	j->plan_free = batch_plan_free;
	j->request.kind = WORK_BATCH;
	records_request(p->config, g->now, &j->request);
	p->batch.busy = true;
	job_queue(g, j);
}

static void
batch_begin(struct engine *g, struct peer *p, const struct batch_group *of,
    const struct batch_release *r)
{
	struct batch_plan *plan = calloc(1, sizeof(*plan));
	struct err e = ERR_NONE;

	if (!plan) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
		return;
	}
	plan->config = g->config;
	memcpy(plan->why, r->why, sizeof(plan->why));
	if (batch_members(g, p, of, r, &plan->members))
		batch_queue(g, p, plan, of);
	else {
		/* Nothing of it can leave now: not at once again. */
		batch_plan_free(plan);
		p->batch.stale = true;
		p->batch.not_before = g->now + ENGINE_RETRY_MAX_MS;
	}
}

/* ---- it cannot be ------------------------------------------------------- */

/* Of the lines that were refused: those of one file, numbered as there. */
struct batch_refusals {
	const struct files *members;
	size_t member;
	uint64_t first, next;      /* lines of the member */
	struct manifest_finding *at;
	unsigned count;
	uint32_t all;
};

static void
batch_on_finding(void *ctx, const struct manifest_finding *f)
{
	struct batch_refusals *r = ctx;

	if (f->record < r->first || f->record >= r->next)
		return;
	r->all++;
	if (r->count == BATCH_FINDINGS)
		return;
	r->at[r->count] = *f;
	r->at[r->count++].record -= r->first - 1;
}

static void
batch_put_aside(struct engine *g, struct peer *p, struct store_file *f,
    const struct batch_refusals *r, const char *outcome)
{
	struct report report = { .directory = "rejected", .outcome = outcome,
	    .own = r->at, .own_count = r->count, .manifest = -1,
	    .end = { .claims = f->claims, .size = f->size,
	        .findings_left_out = r->all - r->count },
	    .advice = "These records were good when they were dropped, and "
	    "cannot be written now, since the partner's settings, the guides "
	    "or the rules have changed. None of them was sent. Correct them, "
	    "or have the settings corrected, and put this file into the "
	    "outbox again." };
	struct err e = ERR_NONE;

	f->next_try = 0;
	if (report_aside(g, p, f, &report, &e) < 0)
		batch_wait(g, p, &e);
	else if (engine_move(g, f, STATE_REJECTED, "%s", outcome))
		engine_log(g, LOG_WARNING, "rejected", log_file(f),
		    log_partner(p), log_int(LOGKEY_CLAIMS, f->claims),
		    log_int(LOGKEY_REJECTS, r->all), log_reason(outcome));
}

/* Files with a record that is refused are put aside; the rest tries again. */
static void
batch_refuse(struct engine *g, struct job *j)
{
	struct batch_plan *plan = j->plan;
	struct batch_refusals r = { .members = &plan->members, .next = 1 };
	struct manifest_sink sink = { .on_finding = batch_on_finding,
	    .ctx = &r };
	struct err e = ERR_NONE;
	struct manifest_end end;

	r.at = calloc(BATCH_FINDINGS, sizeof(*r.at));
	if (!r.at) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
	}
	for (size_t i = 0; i < plan->members.count && !g->failed; i++) {
		struct store_file *f = &plan->members.at[i];
		char outcome[120];

		r.first = r.next;
		r.next += f->claims;
		r.count = r.all = 0;
		if (job_manifest(j, &sink, &end, &e) < 0)
			engine_fail(g, &e);
		if (g->failed || r.all == 0)
			continue;
		snprintf(outcome, sizeof(outcome), "rejected: %" PRIu32
		    " record%s cannot be written any more", r.all,
		    r.all == 1 ? "" : "s");
		batch_put_aside(g, j->peer, f, &r, outcome);
	}
	free(r.at);
}

/* Workers died of it, or gave up: which of the files is it? */
static void
batch_narrow(struct engine *g, struct job *j, const struct err *why)
{
	struct batch_plan *plan = j->plan;
	const struct batch_refusals none = { .count = 0 };

	engine_log(g, LOG_ERR, "not_batched", log_partner(j->peer),
	    log_int(LOGKEY_COUNT, (int64_t)plan->members.count),
	    log_err(why));
	if (plan->members.count > 1) {
		j->peer->batch.limit = (plan->members.count + 1) / 2;
		return;
	}
	j->peer->batch.limit = 0;
	batch_put_aside(g, j->peer, &plan->members.at[0], &none,
	    "rejected: it could not be processed");
}

/* ---- it is made --------------------------------------------------------- */

static void
batch_describe(const struct job *j, const struct manifest_end *end,
    struct store_file *f)
{
	const struct batch_plan *plan = j->plan;
	const struct work_envelope *v = &j->request.envelope;

	*f = j->file;
	f->size = end->size;
	f->claims = end->records;
	f->usage = v->usage;
	memcpy(f->sha256, end->sha256, sizeof(f->sha256));
	snprintf(f->partner, sizeof(f->partner), "%s", j->peer->name);
	snprintf(f->name, sizeof(f->name), "batch_%s_%s_%s.x12", f->type,
	    v->date, v->time);
	for (size_t i = 0; i < plan->members.count; i++)
		f->charge += plan->members.at[i].charge;
	snprintf(f->reason, sizeof(f->reason), "a batch of %zu file%s, %"
	    PRIu32 " claims: %s", plan->members.count,
	    plan->members.count == 1 ? "" : "s", f->claims, plan->why);
}

static bool
batch_record(struct engine *g, struct job *j, struct store_file *f)
{
	struct batch_plan *plan = j->plan;

	if (!engine_add(g, f, STATE_CLAIMED))
		return false;
	for (size_t i = 0; i < plan->members.count; i++) {
		struct store_file *m = &plan->members.at[i];

		m->batch = f->id;
		m->next_try = 0;
		if (!engine_move(g, m, STATE_BATCHED, "in batch %s",
		    engine_id(&f->id).text))
			return false;
	}
	engine_log(g, LOG_INFO, "batched", log_file(f), log_partner(j->peer),
	    log_str(LOGKEY_TYPE, f->type),
	    log_int(LOGKEY_COUNT, (int64_t)plan->members.count),
	    log_int(LOGKEY_CLAIMS, f->claims),
	    log_int(LOGKEY_SIZE, (int64_t)f->size), log_reason(plan->why));
	return true;
}

static int
batch_keep(struct engine *g, struct job *j, const struct manifest_end *end,
    struct err *e)
{
	struct batch_plan *plan = j->plan;
	struct store_file f;
	int rc;

	batch_describe(j, end, &f);
	rc = plan_keep(g, &plan->members.at[0].id, BATCH_CHILD, j->out,
	    &f.id, e);
	if (rc < 0)
		return rc;
	if (batch_record(g, j, &f))
		intake_inspect(g, j->peer, &f);
	return 0;
}

static void
batch_on_made(struct engine *g, struct job *j, int rc, const char *text)
{
	const struct batch_plan *plan = j->plan;
	struct manifest_end end = { .framing = SCAN_BROKEN };
	struct batching *b = &j->peer->batch;
	struct err e = ERR_NONE;

	b->busy = false;
	b->stale = true;
	/* Made for settings that do not hold any more: once again. */
	if (!j->peer->config || plan->config != g->config)
		return;
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else
		rc = job_manifest(j, NULL, &end, &e);
	if (rc == 0 && end.rejects > 0) {
		batch_refuse(g, j);
		return;
	}
	if (rc == 0 && (end.framing != SCAN_COMPLETE || end.records == 0))
		rc = err_set(&e, -EBADMSG, "a batch without records");
	if (rc == 0)
		rc = batch_keep(g, j, &end, &e);
	if (rc < 0 && job_passing(rc))
		batch_wait(g, j->peer, &e);
	else if (rc < 0)
		batch_narrow(g, j, &e);
}

/* ---- the step ----------------------------------------------------------- */

static int64_t
batch_look(struct engine *g, struct peer *p)
{
	struct batching *b = &p->batch;
	const char *type = NULL;
	struct batch_group of;
	int64_t wake = ENGINE_NEVER;

	while (batch_group(b->files, b->count, type, &of)) {
		struct batch_release r;

		batch_rule(&p->config->batch, batch_zone(g, p), b->files,
		    b->count, &of, g->now, &r);
		if (r.due) {
			batch_begin(g, p, &of, &r);
			return g->now;
		}
		if (r.when < wake)
			wake = r.when;
		type = of.type;
	}
	b->limit = b->count == 0 ? 0 : b->limit;
	return wake;
}

void
batch_step(struct engine *g, struct peer *p)
{
	struct batching *b = &p->batch;

	if (b->busy || g->now < b->not_before || !job_room(g))
		return;
	if (!batch_load(g, p) || g->now < b->wake)
		return;
	b->wake = batch_look(g, p);
}

int64_t
batch_wake(const struct engine *g, const struct peer *p)
{
	const struct batching *b = &p->batch;
	int64_t wake = b->stale ? g->now : b->wake;

	if (b->busy || !job_room(g))
		return ENGINE_NEVER;    /* a job that is done wakes it */
	return wake < b->not_before ? b->not_before : wake;
}
