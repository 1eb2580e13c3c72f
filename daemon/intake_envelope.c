/* SPDX-License-Identifier: ISC */
/*
 * A valid file gets its control numbers, then each of its interchanges is
 * written in the partner's envelope. The bytes of each are kept; the rows of
 * all of them are recorded in one transaction at the end. A restart in between
 * does it again with the same numbers, the same date and the same ids, so that
 * the same bytes come out.
 */
#include "daemon/intake_plan.h"

#include "base/clock.h"
#include "base/io.h"
#include "daemon/intake_record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static void intake_on_enveloped(struct engine *g, struct job *j, int rc,
    const char *text);

/* ---- numbers ------------------------------------------------------------ */

static int
plan_number(struct engine *g, struct job *j, enum number_kind kind,
    const char *scope, uint32_t count, uint64_t *first, struct err *e)
{
	return store_numbers_reserve(g->store, scope, kind, count,
	    &j->file.id, j->file.sha256, g->now, first, e);
}

void
plan_scopes(const struct config_partner *c, char isa[static STORE_SCOPE],
    char gs[static STORE_SCOPE])
{
	snprintf(isa, STORE_SCOPE, "%s/%s/%s/%s", c->sender.qualifier,
	    c->sender.id, c->receiver.qualifier, c->receiver.id);
	snprintf(gs, STORE_SCOPE, "%s/%s", c->gs_sender, c->gs_receiver);
}

static int
plan_numbers(struct engine *g, struct job *j, struct err *e)
{
	const struct config_partner *c = j->peer->config;
	struct plan *p = j->plan;
	char isa[STORE_SCOPE], gs[STORE_SCOPE];
	int rc;

	plan_scopes(c, isa, gs);
	rc = plan_number(g, j, NUMBER_ISA13, isa, p->count, &p->isa_first, e);
	if (rc == 0)
		rc = plan_number(g, j, NUMBER_GS06, gs, p->groups,
		    &p->gs_first, e);
	if (rc == 0)
		rc = plan_number(g, j, NUMBER_ST02, gs, p->sets, &p->st_first,
		    e);
	/* A 277CA echoes BHT03 with no identity beside it: unique for ever. */
	if (rc == 0)
		rc = plan_number(g, j, NUMBER_BHT03, "BHT03", p->sets,
		    &p->bht_first, e);
	return rc;
}

/* ---- one interchange ---------------------------------------------------- */

/*
 * The same for the same interchange of the same file, and of nothing else, in
 * the order of the interchanges. Of the parent's 80 bits of chance the last 48
 * may be counted up within a millisecond: those stay. Another variant is for
 * bytes that came out otherwise, after the settings were changed.
 */
struct store_id
plan_child(const struct store_id *parent, uint32_t ordinal, uint8_t variant)
{
	struct store_id id = *parent;

	id.b[6] ^= 0x80;
	id.b[8] = (uint8_t)(ordinal >> 8);
	id.b[9] = (uint8_t)ordinal;
	id.b[7] ^= variant;
	return id;
}

static void
plan_request(const struct job *j, struct work_envelope *env)
{
	const struct config_partner *c = j->peer->config;
	const struct plan *p = j->plan;
	const struct plan_interchange *i = &p->at[p->next];

	*env = (struct work_envelope){ .interchange = p->next + 1,
	    .offset = i->offset, .length = i->length, .sender = c->sender,
	    .receiver = c->receiver, .ack_requested = c->ack_requested,
	    .usage = c->usage, .isa_control = p->isa_first + p->next,
	    .gs_first = p->gs_first, .st_first = p->st_first,
	    .bht_first = p->bht_first };
	snprintf(env->gs_sender, sizeof(env->gs_sender), "%s", c->gs_sender);
	snprintf(env->gs_receiver, sizeof(env->gs_receiver), "%s",
	    c->gs_receiver);
	snprintf(env->date, sizeof(env->date), "%s", p->date);
	snprintf(env->time, sizeof(env->time), "%s", p->time);
	snprintf(env->bht_template, sizeof(env->bht_template), "%s",
	    c->bht_template);
	snprintf(env->partner, sizeof(env->partner), "%s", c->name);
	for (uint32_t k = 0; k < p->next; k++) {
		env->gs_first += p->at[k].groups;
		env->st_first += p->at[k].sets;
		env->bht_first += p->at[k].sets;
	}
}

/*
 * Where its bytes go: into the store, or, when they were kept before a crash,
 * aside, to be compared with those.
 */
static int
plan_output(struct engine *g, struct plan_interchange *i, struct err *e)
{
	int fd = -1, rc = store_bytes_create(g->store, &i->id, &fd, e);

	i->kept_before = rc == -EEXIST;
	if (i->kept_before)
		return engine_scratch(g, e);
	return rc < 0 ? rc : fd;
}

static void
intake_try_later(struct engine *g, struct job *j, const struct err *e)
{
	engine_disk_full(g, e);
	engine_later(g, &j->file.id, ENGINE_RETRY_MS);
}

static void
intake_envelope_next(struct engine *g, struct job *j)
{
	struct plan *p = j->plan;
	struct plan_interchange *i = &p->at[p->next];
	struct err e = ERR_NONE;

	i->id = plan_child(&j->file.id, p->next + 1, i->variant);
	if (j->out >= 0)
		close(j->out);
	j->out = plan_output(g, i, &e);
	if (j->out < 0) {
		intake_try_later(g, j, &e);
		return;
	}
	j->request.kind = WORK_ENVELOPE;
	plan_request(j, &j->request.envelope);
	j->done = intake_on_enveloped;
	job_queue(g, j);
}

void
intake_reserve(struct engine *g, struct job *j)
{
	struct plan *p = j->plan;
	struct err e = ERR_NONE;
	int rc;

	if (!engine_begin(g))
		return;
	rc = plan_numbers(g, j, &e);
	if (rc == -EBADMSG || rc == -EOVERFLOW) {
		intake_reject(g, j, "rejected: no control numbers for it",
		    "The control numbers of this file do not fit it any more. "
		    "Nothing of it was sent. Write it again from your billing "
		    "program.");
		return;
	}
	if (rc < 0) {
		engine_fail(g, &e);
		return;
	}
	p->config = g->config;
	clock_x12(j->file.created, p->date, p->time);
	p->kept = engine_scratch(g, &e);
	if (p->kept < 0)
		intake_try_later(g, j, &e);
	else
		intake_envelope_next(g, j);
}

/* ---- one is done -------------------------------------------------------- */

int
plan_compare(int a, int b, struct err *e)
{
	char one[32 * 1024], two[sizeof(one)];
	ssize_t n, m;

	for (off_t at = 0;; at += n) {
		n = io_pread(a, one, sizeof(one), at, "an interchange", e);
		m = io_pread(b, two, sizeof(two), at, "an interchange", e);
		if (n < 0 || m < 0)
			return n < 0 ? (int)n : (int)m;
		if (n != m || memcmp(one, two, (size_t)n) != 0)
			return err_set(e, -EEXIST, "an interchange that was "
			    "written before came out otherwise");
		if (n == 0)
			return 0;
	}
}

static int
plan_keep_bytes(struct engine *g, struct job *j, struct err *e)
{
	const struct plan *p = j->plan;
	const struct plan_interchange *i = &p->at[p->next];
	int fd = -1, rc;

	if (!i->kept_before)
		return store_bytes_keep(g->store, &i->id, j->out, e);
	rc = store_bytes_open(g->store, &i->id, &fd, e);
	if (rc < 0)
		return rc;
	rc = plan_compare(fd, j->out, e);
	close(fd);
	return rc;
}

static int
plan_keep_manifest(struct job *j, struct err *e)
{
	struct plan *p = j->plan;
	struct plan_interchange *i = &p->at[p->next];
	int64_t n;

	i->manifest = lseek(p->kept, 0, SEEK_END);
	if (i->manifest < 0 || lseek(j->manifest, 0, SEEK_SET) < 0)
		return err_sys(e, "cannot keep a manifest");
	n = io_copy(j->manifest, p->kept, "a manifest", e);
	i->manifest_length = n;
	return n < 0 ? (int)n : 0;
}

/* The worker's own fault or the clerk's: the file cannot go out so. */
static void
intake_unfit_for_envelope(struct engine *g, struct job *j,
    const struct manifest_end *end)
{
	struct plan *p = j->plan;

	p->own_count = 0;
	p->end.rejects = end->rejects;
	p->end.findings_left_out = end->findings_left_out;
	intake_reject(g, j, "rejected: it cannot be put into the partner's "
	    "envelope", "Nothing of the file was sent. Correct what is listed "
	    "here in your billing program, write the file again and put it "
	    "into the outbox.");
}

static void
intake_on_enveloped(struct engine *g, struct job *j, int rc,
    const char *text)
{
	struct plan *p = j->plan;
	struct manifest_end end = { .framing = SCAN_BROKEN };
	struct err e = ERR_NONE;

	if (!j->peer->config)
		return;
	/* Its numbers may be of identities that are no longer configured. */
	if (p->config != g->config) {
		engine_later(g, &j->file.id, 0);
		return;
	}
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else
		rc = job_manifest(j, NULL, &end, &e);
	if (rc == 0 && (end.framing != SCAN_COMPLETE || end.rejects > 0 ||
	    end.interchanges != 1)) {
		intake_unfit_for_envelope(g, j, &end);
		return;
	}
	if (rc == 0)
		rc = intake_record_check(j, &end, &e);
	if (rc == 0)
		rc = plan_keep_bytes(g, j, &e);
	if (rc == 0)
		rc = plan_keep_manifest(j, &e);
	if (rc == -EEXIST && p->at[p->next].variant < UINT8_MAX) {
		p->at[p->next].variant++;
		intake_envelope_next(g, j);
	} else if (rc < 0 && job_passing(rc))
		intake_try_later(g, j, &e);
	else if (rc < 0) {
		engine_log(g, LOG_ERR, "not_enveloped", log_file(&j->file),
		    log_partner(j->peer), log_err(&e));
		intake_reject(g, j, "rejected: it could not be put into the "
		    "partner's envelope", "Nothing of the file was sent. Send "
		    "our id to the maintainers.");
	} else {
		p->at[p->next].end = end;
		if (++p->next < p->count)
			intake_envelope_next(g, j);
		else
			intake_record(g, j);
	}
}
