/* SPDX-License-Identifier: ISC */
/*
 * A dropped file of records. A worker tries each of them; the good ones become
 * a file of their own, one a line, which waits for its batch (batch.c). It
 * holds all that the batch needs, so what was refused today stays refused,
 * whatever the settings say tomorrow. The bad ones are put aside as those of
 * an X12 file are (intake_split.c).
 */
#include "daemon/intake_plan.h"

#include "base/clock.h"
#include "base/json.h"
#include "edi/money.h"

#include <inttypes.h>
#include <stdlib.h>

enum { RECORDS_CHILD = 0xffff };      /* ordinal of the waiting file */

/* ---- what a worker is told ---------------------------------------------- */

static void
records_contact(struct json *j, const struct config_records *r)
{
	const struct { const char *type, *value; } numbers[] = {
		{ "TE", r->contact_phone }, { "EM", r->contact_email },
	};

	if (!r->contact_name && !r->contact_phone && !r->contact_email)
		return;
	jsonw_key(j, "contacts");
	jsonw_array(j);
	jsonw_object(j);
	if (r->contact_name)
		jsonw_kstr(j, "name", r->contact_name);
	jsonw_key(j, "numbers");
	jsonw_array(j);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!numbers[i].value)
			continue;
		jsonw_object(j);
		jsonw_kstr(j, "type", numbers[i].type);
		jsonw_kstr(j, "value", numbers[i].value);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
	jsonw_array_end(j);
}

/* A record that says only what all of the partner's have in common. */
static void
records_defaults(const struct config_partner *c, char to[static WORK_DEFAULTS])
{
	const struct config_records *r = &c->records;
	struct json j;
	struct buf b;

	buf_init(&b, WORK_DEFAULTS - 1);
	jsonw_init(&j, &b);
	jsonw_object(&j);
	jsonw_key(&j, "submitter");
	jsonw_object(&j);
	if (r->submitter_name)
		jsonw_kstr(&j, "name", r->submitter_name);
	jsonw_kstr(&j, "id", c->submitter ? c->submitter : c->gs_sender);
	records_contact(&j, r);
	jsonw_object_end(&j);
	jsonw_key(&j, "receiver");
	jsonw_object(&j);
	if (r->receiver_name)
		jsonw_kstr(&j, "name", r->receiver_name);
	jsonw_kstr(&j, "id", c->gs_receiver);
	jsonw_object_end(&j);
	jsonw_object_end(&j);
	snprintf(to, WORK_DEFAULTS, "%s", b.failed ? "" : buf_str(&b));
	buf_free(&b);
}

void
records_request(const struct config_partner *c, int64_t when,
    struct work_request *m)
{
	struct work_envelope *v = &m->envelope;

	*v = (struct work_envelope){ .sender = c->sender,
	    .receiver = c->receiver, .ack_requested = c->ack_requested,
	    .usage = c->usage };
	memcpy(v->gs_sender, c->gs_sender, sizeof(v->gs_sender));
	memcpy(v->gs_receiver, c->gs_receiver, sizeof(v->gs_receiver));
	memcpy(v->partner, c->name, sizeof(v->partner));
	m->limits = (struct work_limits){
	    .set_claims = c->records.set_claims,
	    .patient_claims = c->records.patient_claims,
	    .claim_lines = c->records.claim_lines,
	    .basic = c->records.basic, .replace = c->records.replace };
	clock_x12(when, v->date, v->time);
	records_defaults(c, m->defaults);
}

/* ---- the good ones will wait -------------------------------------------- */

/* Its bytes are records one a line, and its name says so. */
static void
records_name(const char *name, char *to, size_t cap)
{
	enum { STEM = 200 };

	snprintf(to, cap, "%.*s%s", STEM, name,
	    intake_form(name) == FORM_NDJSON && strlen(name) <= STEM ? "" :
	    ".ndjson");
}

static void
records_describe(const struct job *j, struct store_file *f)
{
	const struct plan *p = j->plan;
	char charge[MONEY_TEXT];

	money_decimal(p->end.charge, charge);
	*f = (struct store_file){ .parent = j->file.id, .kind = FILE_DROPPED,
	    .created = j->file.created, .usage = j->file.usage,
	    .claims = p->end.records, .charge = p->end.charge };
	memcpy(f->partner, j->file.partner, sizeof(f->partner));
	memcpy(f->type, j->file.type, sizeof(f->type));
	records_name(j->file.name, f->name, sizeof(f->name));
	snprintf(f->reason, sizeof(f->reason), "%" PRIu32 " records of "
	    "%" PRIu32 " billing provider%s, charged %s, wait for their "
	    "batch", p->end.records, p->end.providers,
	    p->end.providers == 1 ? "" : "s", charge);
}

/* Bytes first, rows last: cut anywhere, a restart does the same again. */
static int
records_keep(struct engine *g, struct job *j, struct store_file *f,
    struct err *e)
{
	struct stat st;
	int rc;

	records_describe(j, f);
	if (fstat(j->part[JOB_REST], &st) < 0)
		return err_sys(e, "cannot look at records");
	f->size = (uint64_t)st.st_size;
	rc = plan_keep(g, &j->file.id, RECORDS_CHILD, j->part[JOB_REST],
	    &f->id, e);
	return rc < 0 ? rc : intake_split_aside(g, j, e);
}

static void
records_unpack(struct engine *g, struct job *j)
{
	const struct plan *p = j->plan;
	struct err e = ERR_NONE;
	struct store_file f;

	if (records_keep(g, j, &f, &e) < 0) {
		engine_disk_full(g, &e);
		engine_later(g, &j->file.id, ENGINE_RETRY_MS);
		return;
	}
	if (!engine_add_made(g, &f, STATE_WAITING) ||
	    !intake_rows(g, &f, j->manifest, p->end.sets) ||
	    !intake_split_record(g, j) ||
	    !engine_move(g, &j->file, STATE_UNPACKED, "%" PRIu32 " records "
	    "wait as %s", p->end.records, engine_id(&f.id).text))
		return;
	engine_log(g, LOG_INFO, "waiting", log_file(&f), log_partner(j->peer),
	    log_str(LOGKEY_PARENT, engine_id(&f.parent).text),
	    log_str(LOGKEY_TYPE, f.type),
	    log_int(LOGKEY_CLAIMS, p->end.records),
	    log_int(LOGKEY_SIZE, (int64_t)j->file.size));
	j->peer->batch.stale = true;
}

/* ---- the verdict -------------------------------------------------------- */

static void
verdict_cut(const struct engine *g, const struct plan *plan,
    struct verdict *v)
{
	v->to = STATE_INCOMPLETE;
	snprintf(v->outcome, sizeof(v->outcome), "incomplete: the end is "
	    "missing; %" PRIu64 " bytes, unchanged for %" PRId64 " s",
	    plan->end.size, g->config->incomplete_after / 1000);
	snprintf(v->advice, sizeof(v->advice), "The last record has no end. "
	    "Nothing of the file was sent. Write it again from your billing "
	    "program and put the whole file into the outbox, best under "
	    "another name that is renamed when it is complete.");
}

static void
verdict_no_records(const struct plan *plan, struct verdict *v)
{
	bool empty = plan->end.framing == SCAN_EMPTY ||
	    (plan->end.framing == SCAN_COMPLETE && plan->end.rejects == 0);

	v->to = STATE_REJECTED;
	snprintf(v->outcome, sizeof(v->outcome), "rejected: %s%s%s", empty ?
	    "there is no record in it" : "not a file of records",
	    plan->end.what[0] ? "; " : "", plan->end.what);
	snprintf(v->advice, sizeof(v->advice), "Nothing was sent. Put claim "
	    "records into the outbox: JSON objects, each with a \"type\" "
	    "(.json, .ndjson), or a table with a column `type` (.csv). Files "
	    "that are X12 have names that end in none of these.");
}

static bool
records_may_split(const struct config_partner *c, const struct plan *p)
{
	return c->bad_claims == CONFIG_BAD_CLAIMS_SPLIT &&
	    p->own_count == 0 && p->end.records > 0 && !p->end.whole;
}

static void
records_judge(struct engine *g, struct job *j, struct verdict *v)
{
	const struct plan *p = j->plan;
	struct store_file before;

	*v = (struct verdict){ .to = STATE_UNPACKED };
	if (p->end.framing == SCAN_INCOMPLETE)
		verdict_cut(g, p, v);
	else if (p->end.framing != SCAN_COMPLETE ||
	    (p->end.records == 0 && p->end.rejects == 0))
		verdict_no_records(p, v);
	else if (p->own_count > 0 || (p->end.rejects > 0 &&
	    !records_may_split(j->peer->config, p)))
		verdict_findings(p, v);
	else if (intake_seen_before(g, &j->file, &before))
		verdict_duplicate(&before, v);
	else if (p->dups.rejects > 0 && (!records_may_split(
	    j->peer->config, p) || p->dups.rejects >= p->end.records))
		verdict_sent_before(p, v);
}

/* The parts of the job become those of the plan. */
static int
records_bad(struct job *j, struct err *e)
{
	static const struct manifest_sink none;
	struct plan *p = j->plan;

	if (p->end.rejects == 0)
		return 0;
	p->bad.of = p->end.records + p->end.rejects;
	p->bad.bytes = j->part[JOB_BAD];
	p->bad.manifest = j->part[JOB_BAD_MANIFEST];
	j->part[JOB_BAD] = j->part[JOB_BAD_MANIFEST] = -1;
	p->end.claims = p->end.records;
	return manifest_read(p->bad.manifest, &none, &p->bad.end, e);
}

static void records_again(struct job *j);

static int
records_settle(struct engine *g, struct job *j, struct err *e)
{
	const struct plan *p = j->plan;
	struct store_file *f = &j->file;
	struct verdict v;

	f->size = p->end.size;
	f->claims = p->end.records + p->end.rejects;
	f->charge = p->end.charge;
	f->usage = j->peer->config->usage;
	snprintf(f->sha256, sizeof(f->sha256), "%s", p->end.sha256);
	snprintf(f->type, sizeof(f->type), "%s", p->type);
	records_judge(g, j, &v);
	if (g->failed)
		return 0;
	if (v.to != STATE_UNPACKED) {
		intake_put_aside(g, j, &v);
		return 0;
	}
	if (p->dups.rejects > 0) {
		records_again(j);
		job_queue(g, j);
		return 0;
	}
	if (records_bad(j, e) < 0)
		return e->code;
	records_unpack(g, j);
	return 0;
}

/* Have the settings changed while the worker was at it? */
static bool
records_as_asked(const struct job *j)
{
	struct work_request now = j->request;

	records_request(j->peer->config, j->file.created, &now);
	return memcmp(&now.envelope, &j->request.envelope,
	    sizeof(now.envelope)) == 0 && memcmp(&now.limits,
	    &j->request.limits, sizeof(now.limits)) == 0 &&
	    strcmp(now.defaults, j->request.defaults) == 0;
}

void
records_decide(struct engine *g, struct job *j)
{
	struct err e = ERR_NONE;
	int rc;

	if (!records_as_asked(j)) {
		engine_later(g, &j->file.id, 0);
		return;
	}
	rc = records_settle(g, j, &e);
	if (rc < 0)
		intake_not_processed(g, j, rc, &e);
}

static int
records_read_plan(struct job *j, int rc, const char *text, struct err *e)
{
	if (j->plan)
		plan_free(j->plan);
	j->plan = NULL;
	if (rc < 0)
		return err_set(e, rc, "%s", text);
	j->plan = plan_read(j, j->peer->config, e);
	j->plan_free = plan_free;
	return j->plan ? 0 : e->code;
}

/* Tried without what went before: the rest is as if that had been dropped. */
static void
records_on_again(struct engine *g, struct job *j, int rc, const char *text)
{
	struct err e = ERR_NONE;

	if (!j->peer->config)
		return;
	rc = records_read_plan(j, rc, text, &e);
	if (rc < 0)
		intake_not_processed(g, j, rc, &e);
	else
		records_decide(g, j);
}

static void
records_again(struct job *j)
{
	j->request.duplicates = ((const struct plan *)j->plan)->dups.count;
	j->done = records_on_again;
}

static void
records_on_tried(struct engine *g, struct job *j, int rc, const char *text)
{
	struct err e = ERR_NONE;

	if (!j->peer->config)
		return;        /* its partner is gone: when it is back */
	rc = records_read_plan(j, rc, text, &e);
	if (rc < 0)
		intake_not_processed(g, j, rc, &e);
	else
		duplicates_begin(g, j);
}

void
intake_records(struct engine *g, struct peer *p, const struct store_file *f)
{
	static const enum job_part parts[] = { JOB_REST, JOB_BAD_MANIFEST,
	    JOB_BAD };
	struct job *j = job_of_bytes(g, p, f, records_on_tried);
	struct err e = ERR_NONE;

	if (!j)
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		j->part[parts[i]] = engine_scratch(g, &e);
		if (j->part[parts[i]] < 0) {
			job_free(j);
			engine_disk_full(g, &e);
			engine_later(g, &f->id, ENGINE_RETRY_MS);
			return;
		}
	}
	j->answered = true;      /* no TA1 or 999 speaks of records */
	j->request.kind = WORK_RECORDS;
	j->request.form = intake_form(f->name);
	records_request(p->config, f->created, &j->request);
	job_queue(g, j);
}
