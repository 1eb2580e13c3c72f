/* SPDX-License-Identifier: ISC */
/*
 * Some claims of a dropped file are bad: a worker takes them out, the rest is
 * what gets control numbers and envelopes, and the bad ones are put aside as a
 * file of their own. Everything follows from the dropped bytes, so a restart
 * at any point does the same again; the bad claims are put aside last, and
 * recorded in the same transaction as the rest.
 */
#include "daemon/intake_plan.h"

#include "base/io.h"
#include "daemon/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the verdict on both parts ------------------------------------------ */

/* Nothing is lost, one part is in order, and the other is really bad. */
static bool
split_holds(const struct plan *whole, const struct manifest_end *rest,
    const struct manifest_end *bad)
{
	return rest->framing == SCAN_COMPLETE && rest->rejects == 0 &&
	    rest->claims > 0 && bad->framing == SCAN_COMPLETE &&
	    bad->rejects > 0 && bad->claims > 0 &&
	    (uint64_t)rest->claims + bad->claims == whole->end.claims;
}

static int
split_read(const struct job *j, struct manifest_end *bad, bool *holds,
    struct err *e)
{
	static const struct manifest_sink none;
	struct manifest_end rest;
	int rc = manifest_read(j->part[JOB_REST_MANIFEST], &none, &rest, e);

	*holds = false;
	if (rc < 0 || rest.framing != SCAN_COMPLETE)
		return rc;
	rc = manifest_read(j->part[JOB_BAD_MANIFEST], &none, bad, e);
	*holds = rc == 0 && split_holds(j->plan, &rest, bad);
	return rc;
}

static void
split_take(int *to, int *from)
{
	if (*to >= 0)
		close(*to);
	*to = *from;
	*from = -1;
}

/* From here on the job is one of the rest. */
static int
split_turn(struct job *j, const struct manifest_end *bad, struct err *e)
{
	struct plan *whole = j->plan, *rest;

	split_take(&j->in, &j->part[JOB_REST]);
	split_take(&j->manifest, &j->part[JOB_REST_MANIFEST]);
	rest = plan_read(j, j->peer->config, e);
	if (!rest)
		return e->code;
	rest->bad.of = whole->end.claims;
	rest->bad.before = whole->dups.rejects;
	rest->dups.warnings = whole->dups.warnings;
	rest->bad.end = *bad;
	split_take(&rest->bad.bytes, &j->part[JOB_BAD]);
	split_take(&rest->bad.manifest, &j->part[JOB_BAD_MANIFEST]);
	plan_free(whole);
	j->plan = rest;
	return 0;
}

static void
intake_on_split(struct engine *g, struct job *j, int rc, const char *text)
{
	struct manifest_end bad = { .framing = SCAN_BROKEN };
	struct err e = ERR_NONE;
	bool holds = false;

	if (!j->peer->config)
		return;
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else
		rc = split_read(j, &bad, &holds, &e);
	if (rc == 0 && holds)
		rc = split_turn(j, &bad, &e);
	if (rc < 0 && job_passing(rc)) {
		engine_disk_full(g, &e);
		engine_later(g, &j->file.id, ENGINE_RETRY_MS);
	} else if (rc == 0 && holds)
		intake_go_on(g, j);
	else
		intake_reject_findings(g, j);
}

void
intake_split(struct engine *g, struct job *j)
{
	struct err e = ERR_NONE;

	for (unsigned i = 0; i < JOB_PARTS; i++) {
		j->part[i] = engine_scratch(g, &e);
		if (j->part[i] < 0) {
			engine_disk_full(g, &e);
			engine_later(g, &j->file.id, ENGINE_RETRY_MS);
			return;
		}
	}
	j->request.kind = WORK_CARVE;
	j->request.duplicates = ((struct plan *)j->plan)->dups.count;
	j->done = intake_on_split;
	job_queue(g, j);
}

/* ---- put aside ---------------------------------------------------------- */

/*
 * claims.837 becomes claims.bad-claims.837. Records of a document are written
 * one a line.
 */
static void
split_name(const char *name, char *to, size_t cap)
{
	enum { STEM = 200, SUFFIX = 16 };
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name || strlen(dot) > SUFFIX)
		dot = name + strlen(name);
	snprintf(to, cap, "%.*s.bad-claims%s",
	    dot - name < STEM ? (int)(dot - name) : STEM, name,
	    intake_form(name) == FORM_JSON ? ".ndjson" : dot);
}

/* The same bytes may have been kept before a crash; others get another id. */
static int
plan_keep_as(struct engine *g, const struct store_id *id, int from,
    struct err *e)
{
	int fd = -1, rc = store_bytes_create(g->store, id, &fd, e);
	int64_t n;

	if (rc == -EEXIST) {
		rc = store_bytes_open(g->store, id, &fd, e);
		if (rc == 0)
			rc = plan_compare(fd, from, e);
	} else if (rc == 0) {
		n = lseek(from, 0, SEEK_SET) < 0 ?
		    err_sys(e, "cannot read claims") :
		    io_copy(from, fd, "claims", e);
		rc = n < 0 ? (int)n : store_bytes_keep(g->store, id, fd, e);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

int
plan_keep(struct engine *g, const struct store_id *parent, uint32_t ordinal,
    int from, struct store_id *id, struct err *e)
{
	int rc = -EEXIST;

	for (unsigned v = 0; v < UINT8_MAX && rc == -EEXIST; v++) {
		*id = plan_child(parent, ordinal, (uint8_t)v);
		rc = plan_keep_as(g, id, from, e);
	}
	return rc;
}

static void
split_describe(const struct job *j, struct store_file *f)
{
	const struct plan *p = j->plan;

	*f = (struct store_file){ .parent = j->file.id, .kind = FILE_DROPPED,
	    .created = j->file.created, .size = p->bad.end.size,
	    .usage = j->file.usage, .claims = p->bad.end.claims };
	memcpy(f->partner, j->file.partner, sizeof(f->partner));
	memcpy(f->type, j->file.type, sizeof(f->type));
	memcpy(f->sha256, p->bad.end.sha256, sizeof(f->sha256));
	split_name(j->file.name, f->name, sizeof(f->name));
	snprintf(f->reason, sizeof(f->reason),
	    "rejected: %" PRIu32 " of %" PRIu32 " claims must be corrected; "
	    "%" PRIu32 " went on", p->bad.end.claims, p->bad.of,
	    p->end.claims);
}

int
intake_split_aside(struct engine *g, struct job *j, struct err *e)
{
	struct plan *p = j->plan;
	struct store_file *f = &p->bad.file;
	struct report r = { .directory = "rejected", .outcome = f->reason,
	    .manifest = p->bad.manifest, .findings = true,
	    .end = p->bad.end };
	char advice[600];
	int rc;

	if (p->bad.bytes < 0)
		return 0;
	split_describe(j, f);
	rc = plan_keep(g, &j->file.id, 0, p->bad.bytes, &f->id, e);
	if (rc < 0)
		return rc;
	snprintf(advice, sizeof(advice), "The good claims of the dropped file "
	    "(our id %s) go to the partner. This file is made of the others, "
	    "each with its provider and subscriber; places are those in this "
	    "file. Correct what is listed, here or in your billing program, "
	    "and put these claims into the outbox; what says that it went "
	    "before needs nothing. When the whole file comes again, its good "
	    "claims are known and stay behind.",
	    engine_id(&j->file.id).text);
	r.advice = advice;
	return report_aside(g, j->peer, f, &r, e);
}

/* ---- record ------------------------------------------------------------- */

/*
 * Rows of what never goes out have none of the numbers that partners answer
 * with. All sets stand below one group: a manifest may tell of several
 * interchanges.
 */
struct split_record {
	struct store *store;
	const struct store_file *f;
	struct store_group group;
	uint64_t *sets;
	uint32_t count, cap, at;
	int rc;
	struct err error;
};

static void
split_on_set(void *ctx, const struct index_record *x)
{
	struct split_record *r = ctx;
	struct store_set row = { .group = r->group.row, .file = r->f->id,
	    .claims = x->included };

	if (r->rc < 0 || x->kind != INDEX_SET || r->count == r->cap)
		return;
	memcpy(row.id, x->set_id, sizeof(row.id));
	memcpy(row.original_reference, x->reference,
	    sizeof(row.original_reference));
	r->rc = store_set_add(r->store, &row, &r->error);
	r->sets[r->count++] = row.row;
}

static void
split_on_claim(void *ctx, const struct index_record *x)
{
	struct split_record *r = ctx;
	struct store_claim row = { .file = r->f->id, .amount = x->amount,
	    .ordinal = x->ordinal, .segment = x->segment,
	    .offset = x->offset, .length = x->length,
	    .created = r->f->created };

	r->at += x->kind == INDEX_SET;      /* it comes after its claims */
	if (r->rc < 0 || x->kind != INDEX_CLAIM || r->at >= r->count)
		return;
	row.set = r->sets[r->at];
	memcpy(row.partner, r->f->partner, sizeof(row.partner));
	memcpy(row.claim, x->claim, sizeof(row.claim));
	memcpy(row.frequency, x->status, sizeof(row.frequency));
	memcpy(row.trace, x->trace, sizeof(row.trace));
	memcpy(row.digest, x->digest, sizeof(row.digest));
	r->rc = store_claim_add(r->store, &row, &r->error);
}

static int
split_rows(struct split_record *r, int manifest, uint32_t sets_most)
{
	struct manifest_sink sets = { .on_record = split_on_set, .ctx = r };
	struct manifest_sink claims = { .on_record = split_on_claim,
	    .ctx = r };
	struct manifest_end end;

	r->cap = sets_most;
	r->sets = calloc(r->cap + 1, sizeof(*r->sets));
	if (!r->sets)
		return r->rc = err_set(&r->error, -ENOMEM, "out of memory");
	r->rc = store_group_add(r->store, &r->group, &r->error);
	if (r->rc == 0)
		r->rc = manifest_read(manifest, &sets, &end, &r->error);
	if (r->rc == 0)
		r->rc = manifest_read(manifest, &claims, &end, &r->error);
	return r->rc;
}

bool
intake_rows(struct engine *g, const struct store_file *f, int manifest,
    uint32_t sets)
{
	struct split_record r = { .store = g->store, .f = f,
	    .group = { .file = f->id, .functional_id = "HC" } };

	if (split_rows(&r, manifest, sets) < 0)
		engine_fail(g, &r.error);
	free(r.sets);
	return !g->failed;
}

bool
intake_split_record(struct engine *g, struct job *j)
{
	struct plan *p = j->plan;
	struct store_file *f = &p->bad.file;

	if (p->bad.bytes < 0)
		return true;
	if (!engine_add(g, f, STATE_REJECTED) ||
	    !engine_event(g, &j->file.id, f->partner, "split",
	    "%" PRIu32 " of %" PRIu32 " claims put aside as %s",
	    p->bad.end.claims, p->bad.of, engine_id(&f->id).text))
		return false;
	intake_rows(g, f, p->bad.manifest, p->bad.end.sets);
	engine_log(g, LOG_WARNING, "rejected", log_file(f),
	    log_partner(j->peer),
	    log_str(LOGKEY_PARENT, engine_id(&f->parent).text),
	    log_int(LOGKEY_CLAIMS, f->claims),
	    log_int(LOGKEY_REJECTS, p->bad.end.rejects),
	    log_reason(f->reason));
	return !g->failed;
}
