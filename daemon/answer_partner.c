/* SPDX-License-Identifier: ISC */
/*
 * A fetched file is acknowledged: each TA1, 999 or 997 that is due becomes an
 * outgoing file of its own.
 */
#include "daemon/answer.h"

#include "base/clock.h"
#include "base/io.h"
#include "daemon/inbound.h"
#include "daemon/intake_plan.h"
#include "edi/ack.h"
#include "spool/digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- is anything due? --------------------------------------------------- */

/* How many numbers the acknowledgements of a file take, at most. */
struct due {
	const struct config_acknowledge *settings;
	bool modern, legacy;     /* of the present interchange: 999, 997 */
	uint32_t isa, gs;
};

/* As the acknowledgements themselves have it: see edi/ack.c. */
static bool
due_is_acknowledgement(const struct scan_group *g)
{
	return g->implied || strcmp(g->functional_id, "FA") == 0 ||
	    (strcmp(g->functional_id, "HN") == 0 &&
	    strncmp(g->version, "005010X214", 10) == 0);
}

static void
due_on_group(void *ctx, const struct manifest_group *m)
{
	struct due *d = ctx;

	if (due_is_acknowledgement(&m->group))
		return;
	if (strncmp(m->group.version, "004", 3) == 0)
		d->legacy = true;
	else
		d->modern = true;
	d->gs += d->settings->functional != CONFIG_ACK_NEVER;
}

static void
due_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct due *d = ctx;
	enum config_ack ta1 = d->settings->ta1;
	unsigned kinds = (unsigned)d->modern + d->legacy;

	/* It held nothing but acknowledgements, or nothing at all. */
	if (kinds > 0) {
		d->isa += ta1 == CONFIG_ACK_ALWAYS ||
		    ta1 == CONFIG_ACK_ERRORS ||
		    (ta1 == CONFIG_ACK_REQUESTED && i->ack_requested == '1');
		if (d->settings->functional != CONFIG_ACK_NEVER)
			d->isa += kinds;
	}
	d->modern = d->legacy = false;
}

static bool
answer_is_due(struct engine *g, const struct job *j, struct due *d)
{
	struct manifest_sink sink = { .on_interchange = due_on_interchange,
	    .on_group = due_on_group, .ctx = d };
	struct store_file_filter children = { .kind = FILE_OUTGOING,
	    .parent = &j->file.id, .limit = 1 };
	struct manifest_end end;
	struct files files;
	struct err e = ERR_NONE;
	bool before;

	d->settings = &j->peer->config->acknowledge;
	/* A manifest that cannot be read: it is broken, and was told so. */
	if (job_manifest(j, &sink, &end, &e) < 0 || d->isa == 0 ||
	    !j->file.sha256[0] ||
	    !engine_files(g, &children, &files))
		return false;
	before = files.count > 0;
	engine_files_free(&files);
	return !before;
}

/* ---- the bytes ---------------------------------------------------------- */

static int
part_digest(const struct answer_part *p, int fd, char sha256[static 65],
    struct err *e)
{
	struct digest *d = digest_new();
	char block[32 * 1024];
	ssize_t n = 0;

	if (!d)
		return err_set(e, -ENOMEM, "out of memory");
	for (uint64_t at = 0; at < p->length && n >= 0; at += (uint64_t)n) {
		n = io_pread(fd, block, sizeof(block), (off_t)at,
		    "an acknowledgement", e);
		if (n == 0)
			n = err_set(e, -EBADMSG, "an acknowledgement is cut");
		if (n > 0)
			digest_add(d, block, (size_t)n);
	}
	digest_end(d, sha256);
	digest_free(d);
	return n < 0 ? (int)n : 0;
}

/* The same bytes may have been kept before a crash: 0; others: -EEXIST. */
static int
part_is_kept(struct engine *g, const struct job *j,
    const struct answer_part *p, const struct store_id *id, struct err *e)
{
	int fd = -1, copy = engine_scratch(g, e), rc;

	if (copy < 0)
		return copy;
	rc = answer_copy(j, p, copy, e);
	if (rc == 0)
		rc = store_bytes_open(g->store, id, &fd, e);
	if (rc == 0)
		rc = plan_compare(fd, copy, e);
	if (fd >= 0)
		close(fd);
	close(copy);
	return rc;
}

static int
part_keep(struct engine *g, const struct job *j, const struct answer_part *p,
    const struct store_id *id, char sha256[static 65], struct err *e)
{
	int fd = -1, rc = store_bytes_create(g->store, id, &fd, e);

	if (rc == -EEXIST) {
		rc = part_is_kept(g, j, p, id, e);
		if (rc == 0)
			rc = store_bytes_open(g->store, id, &fd, e);
	} else if (rc == 0) {
		rc = answer_copy(j, p, fd, e);
		if (rc == 0)
			rc = store_bytes_keep(g->store, id, fd, e);
	}
	if (rc == 0)
		rc = part_digest(p, fd, sha256, e);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* ---- the outgoing files ------------------------------------------------- */

/* The remote name is chosen once, so that each try has the same. */
static bool
part_name(const struct job *j, const struct answer_part *p,
    struct store_file *f)
{
	const struct config_partner *c = j->peer->config;
	const struct work_answer *m = &j->request.answer;
	struct engine_id id = engine_id(&f->id);
	struct config_name_values v = { .partner = c->name, .date = m->date,
	    .time = m->time, .type = p->type, .id = id.text,
	    .isa13 = p->control, .gs06 = p->group };

	return config_name(c->acknowledge.file_name ?
	    c->acknowledge.file_name : c->file_name, &v, f->name,
	    sizeof(f->name)) && f->name[0] && !strchr(f->name, '/');
}

/* Its bytes are kept under an id of their own. */
static int
part_file(struct engine *g, const struct job *j, uint32_t k,
    struct store_file *f, struct err *e)
{
	const struct answer_part *p = &j->answer->parts.at[k];
	int rc = -EEXIST;

	if (!p->status)
		return err_set(e, -EBADMSG, "an acknowledgement that says "
		    "nothing");
	*f = (struct store_file){ .parent = j->file.id,
	    .kind = FILE_OUTGOING, .size = p->length, .ordinal = k + 1,
	    .isa_control = p->control, .usage = j->peer->config->usage };
	memcpy(f->partner, j->file.partner, sizeof(f->partner));
	memcpy(f->type, p->type, sizeof(f->type));
	snprintf(f->reason, sizeof(f->reason), "%c: acknowledges %s",
	    p->status, engine_id(&j->file.id).text);
	for (unsigned v = 0; v <= UINT8_MAX && rc == -EEXIST; v++) {
		f->id = plan_child(&j->file.id, k + 1, (uint8_t)v);
		rc = part_keep(g, j, p, &f->id, f->sha256, e);
	}
	if (rc == 0 && !part_name(j, p, f))
		rc = err_set(e, -EINVAL, "the partner's file_name makes no "
		    "usable name for a %s", p->type);
	return rc;
}

/* ---- their rows --------------------------------------------------------- */

/* An acknowledging interchange has one group; TA1s have none. */
struct answer_rows {
	struct engine *g;
	const struct store_file *files;
	uint64_t *groups;
	uint32_t count;
	int rc;
	struct err error;
};

static void
rows_on_group(void *ctx, const struct manifest_group *m)
{
	struct answer_rows *r = ctx;
	struct store_group row = { .control = m->group.control };
	uint32_t k = m->interchange - 1;

	if (r->rc < 0 || k >= r->count)
		return;
	row.file = r->files[k].id;
	row.isa_control = r->files[k].isa_control;
	memcpy(row.functional_id, m->group.functional_id,
	    sizeof(row.functional_id));
	memcpy(row.version, m->group.version, sizeof(row.version));
	memcpy(row.sender, m->group.sender, sizeof(row.sender));
	memcpy(row.receiver, m->group.receiver, sizeof(row.receiver));
	r->rc = store_group_add(r->g->store, &row, &r->error);
	r->groups[k] = row.row;
}

static void
rows_on_set(void *ctx, const struct index_record *x)
{
	struct answer_rows *r = ctx;
	struct store_set row = { .row = 0 };
	uint32_t k = x->interchange - 1;

	if (r->rc < 0 || x->kind != INDEX_SET || k >= r->count)
		return;
	row.file = r->files[k].id;
	row.group = r->groups[k];
	memcpy(row.id, x->set_id, sizeof(row.id));
	memcpy(row.control, x->set_control, sizeof(row.control));
	r->rc = store_set_add(r->g->store, &row, &r->error);
}

/* By these an answer to the acknowledgement is matched. */
static void
answer_add_rows(struct engine *g, const struct job *j,
    const struct store_file *files, uint32_t count)
{
	struct answer_rows r = { .g = g, .files = files, .count = count };
	struct manifest_sink groups = { .on_group = rows_on_group,
	    .ctx = &r };
	struct manifest_sink sets = { .on_record = rows_on_set, .ctx = &r };
	int fd = j->part[JOB_ANSWER_MANIFEST];
	struct manifest_end end;

	r.groups = calloc(count + 1, sizeof(*r.groups));
	if (!r.groups)
		r.rc = err_set(&r.error, -ENOMEM, "out of memory");
	if (r.rc == 0)
		r.rc = manifest_read(fd, &groups, &end, &r.error);
	if (r.rc == 0)
		r.rc = manifest_read(fd, &sets, &end, &r.error);
	if (r.rc < 0)
		engine_fail(g, &r.error);
	free(r.groups);
}

/* What the partner sent is not right: it is the partner's to mend. */
static void
answer_log(struct engine *g, const struct job *j, const struct store_file *f,
    const struct answer_part *p)
{
	char status[2] = { p->status, '\0' };
	bool rejects = p->status != 'A' && p->status != 'E';

	engine_log(g, rejects ? LOG_WARNING : LOG_INFO, "acknowledged",
	    log_file(&j->file), log_partner(j->peer),
	    log_str(LOGKEY_TYPE, f->type), log_str(LOGKEY_STATUS, status),
	    log_int(LOGKEY_ISA13, (int64_t)f->isa_control),
	    log_reason(!rejects ? "" : "what the partner sent breaks its "
	    "guide; our acknowledgement says where: tell the partner"));
}

static void
answer_record(struct engine *g, struct job *j, struct store_file *files)
{
	const struct answer_parts *parts = &j->answer->parts;

	if (!engine_begin(g))
		return;
	for (uint32_t k = 0; k < parts->count; k++) {
		if (!engine_add(g, &files[k], STATE_READY) ||
		    !engine_event(g, &j->file.id, j->peer->name,
		    "acknowledged", "%s %c, to be sent as %s, ISA13 %" PRIu64,
		    files[k].type, parts->at[k].status,
		    engine_id(&files[k].id).text, files[k].isa_control))
			return;
		answer_log(g, j, &files[k], &parts->at[k]);
	}
	answer_add_rows(g, j, files, parts->count);
	j->peer->out.look = true;
}

/* ---- the job ------------------------------------------------------------ */

static void
answer_try_later(struct engine *g, struct job *j, const struct err *e)
{
	engine_disk_full(g, e);
	engine_later(g, &j->file.id, ENGINE_RETRY_MS);
}

/* It came, and is delivered; only its acknowledgement cannot be made. */
static void
answer_give_up(struct engine *g, struct job *j, const struct err *e)
{
	engine_log(g, LOG_ERR, "not_acknowledged", log_file(&j->file),
	    log_partner(j->peer), log_err(e));
	if (engine_event(g, &j->file.id, j->peer->name, "not_acknowledged",
	    "%s", e->text))
		inbound_deliver(g, j);
}

static int
answer_make_files(struct engine *g, struct job *j, struct store_file **files,
    struct err *e)
{
	uint32_t count = j->answer->parts.count;
	int rc = 0;

	*files = calloc(count + 1, sizeof(**files));
	if (!*files)
		return err_set(e, -ENOMEM, "out of memory");
	for (uint32_t k = 0; k < count && rc == 0; k++)
		rc = part_file(g, j, k, &(*files)[k], e);
	return rc;
}

static void
answer_on_written(struct engine *g, struct job *j, int rc, const char *text)
{
	struct store_file *files = NULL;
	struct err e = ERR_NONE;

	if (!j->peer->config)
		return;        /* its partner is gone: when it is back */
	/* Its numbers may be of identities that are no longer configured. */
	if (j->answer->config != g->config) {
		engine_later(g, &j->file.id, 0);
		return;
	}
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else
		rc = answer_read(j, &e);
	if (rc == 0)
		rc = answer_make_files(g, j, &files, &e);
	if (rc < 0 && job_passing(rc))
		answer_try_later(g, j, &e);
	else if (rc < 0)
		answer_give_up(g, j, &e);
	else {
		answer_record(g, j, files);
		if (!g->failed)
			inbound_deliver(g, j);
	}
	free(files);
}

static void
answer_request(struct job *j, const struct due *d)
{
	static const uint8_t when[] = {
		[CONFIG_ACK_NEVER] = ACK_NEVER,
		[CONFIG_ACK_REQUESTED] = ACK_IF_ASKED,
		[CONFIG_ACK_ERRORS] = ACK_ON_ERROR,
		[CONFIG_ACK_ALWAYS] = ACK_ALWAYS,
	};
	const struct config_partner *c = j->peer->config;
	struct work_answer *m = &j->request.answer;

	*m = (struct work_answer){ .ta1 = when[c->acknowledge.ta1],
	    .functional = when[c->acknowledge.functional],
	    .usage = c->usage, .self = c->sender, .partner = c->receiver,
	    .isa_count = d->isa, .gs_count = d->gs };
	memcpy(m->gs_self, c->gs_sender, sizeof(m->gs_self));
	memcpy(m->gs_partner, c->gs_receiver, sizeof(m->gs_partner));
}

void
answer_partner(struct engine *g, struct job *j)
{
	static const struct answer_verdict none;
	struct due d = { .isa = 0 };
	struct err e = ERR_NONE;
	char isa[STORE_SCOPE], gs[STORE_SCOPE];
	int rc;

	if (!answer_is_due(g, j, &d)) {
		inbound_deliver(g, j);
		return;
	}
	if (!answer_new(g, j, &none))
		return;
	answer_request(j, &d);
	plan_scopes(j->peer->config, isa, gs);
	rc = answer_start(g, j, isa, gs, -1, answer_on_written, &e);
	if (rc < 0 && !g->failed && job_passing(rc))
		answer_try_later(g, j, &e);
	else if (rc < 0 && !g->failed)
		answer_give_up(g, j, &e);
}
