/* SPDX-License-Identifier: ISC */
/*
 * One remote file: FETCHING is recorded, its bytes are downloaded into the
 * store's care and inspected; only when all of it is there are they kept and
 * FETCHED is recorded. Otherwise the row is forgotten: the partner has it.
 */
#include "daemon/inbound.h"

#include "transport/sftp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* What is not X12 may still be growing: the next poll sees. */
enum { INBOUND_SETTLE_MS = 10000 };

/* ---- download ----------------------------------------------------------- */

void
inbound_drop_fetch(struct engine *g, struct peer *p, const char *why)
{
	struct err e = ERR_NONE;

	if (p->in.fd >= 0)
		close(p->in.fd);
	p->in.fd = -1;
	if (store_bytes_discard(g->store, &p->in.file.id, &e) < 0)
		engine_log(g, LOG_WARNING, "not_discarded",
		    log_file(&p->in.file), log_err(&e));
	engine_forget(g, &p->in.file, why);
}

static void
inbound_too_large(struct engine *g, struct peer *p)
{
	/* Told when it is seen first, and once in a while. */
	engine_event(g, NULL, p->name, "refused",
	    "a remote file of %" PRIu64 " bytes is over max_file_bytes",
	    p->in.remote.size);
	engine_log(g, LOG_ERR, "too_large", log_partner(p),
	    log_int(LOGKEY_SIZE, (int64_t)p->in.remote.size));
	inbound_put_off(g, p, p->in.file.directory, &p->in.remote,
	    (int64_t)24 * 3600 * 1000, false);
	inbound_next(g, p);
}

void
inbound_fetch(struct engine *g, struct peer *p)
{
	const struct remote *r = &p->in.remote;
	struct store_file *f = &p->in.file;
	struct courier_request m = { .kind = COURIER_DOWNLOAD,
	    .size = g->config->max_file_bytes };
	struct err e = ERR_NONE;

	*f = (struct store_file){ .kind = FILE_FETCHED, .size = r->size,
	    .remote_mtime = r->mtime };
	store_id_new(&f->id, g->now);
	snprintf(f->partner, sizeof(f->partner), "%s", p->name);
	snprintf(f->name, sizeof(f->name), "%s", r->name);
	snprintf(f->directory, sizeof(f->directory), "%s",
	    p->config->sftp.download_dirs[p->in.directory]);
	if (r->size > g->config->max_file_bytes) {
		inbound_too_large(g, p);
		return;
	}
	if (store_bytes_create(g->store, &f->id, &p->in.fd, &e) < 0) {
		p->in.fd = -1;
		engine_disk_full(g, &e);
		inbound_end(g, p, ENGINE_RETRY_MAX_MS);
		return;
	}
	if (!engine_add(g, f, STATE_FETCHING))
		return;
	memcpy(m.directory, f->directory, sizeof(m.directory));
	memcpy(m.name, f->name, sizeof(m.name));
	p->in.stage = IN_DOWNLOAD;
	p->in.job = engine_courier(g, p, &m, NULL, p->in.fd);
}

/* ---- inspection --------------------------------------------------------- */

static void
inbound_record(struct store_file *f, const struct manifest_end *end)
{
	f->size = end->size;
	f->claims = end->claims;
	memcpy(f->sha256, end->sha256, sizeof(f->sha256));
}

/* Not all of it is there yet, as far as anyone can tell. */
static bool
inbound_wait(struct engine *g, struct peer *p, const struct manifest_end *end)
{
	int64_t delay = INBOUND_SETTLE_MS;

	if (end->framing == SCAN_COMPLETE || p->in.remote.force)
		return false;
	if (end->framing == SCAN_INCOMPLETE || end->framing == SCAN_EMPTY)
		delay = g->config->incomplete_after;
	inbound_put_off(g, p, p->in.file.directory, &p->in.remote, delay,
	    true);
	inbound_drop_fetch(g, p, "not whole yet: left at the partner");
	inbound_next(g, p);
	return true;
}

static void
inbound_keep(struct engine *g, struct peer *p, struct job *j, int rc,
    const struct manifest_end *end)
{
	struct err e = ERR_NONE;

	if (store_bytes_keep(g->store, &p->in.file.id, p->in.fd, &e) < 0) {
		inbound_drop_fetch(g, p, e.text);
		engine_disk_full(g, &e);
		inbound_end(g, p, ENGINE_RETRY_MAX_MS);
		return;
	}
	close(p->in.fd);
	p->in.fd = -1;
	if (rc == 0)
		inbound_record(&p->in.file, end);
	if (!engine_move(g, &p->in.file, STATE_FETCHED, "%" PRIu64 " bytes, "
	    "durable here", p->in.file.size))
		return;
	j->file = p->in.file;
	inbound_process(g, j, rc);
}

static void
inbound_on_inspected(struct engine *g, struct job *j, int rc,
    const char *text)
{
	struct peer *p = j->peer;
	struct manifest_end end = { .framing = SCAN_BROKEN };
	struct err e = ERR_NONE;

	if (p->in.stage != IN_INSPECT ||
	    !store_id_equal(&p->in.file.id, &j->file.id))
		return;
	if (rc < 0)
		err_set(&e, rc, "%s", text);
	else
		rc = job_manifest(j, NULL, &end, &e);
	if (rc < 0 && job_passing(rc)) {
		inbound_drop_fetch(g, p, e.text);
		engine_disk_full(g, &e);
		inbound_end(g, p, ENGINE_RETRY_MAX_MS);
	} else if (rc < 0 || !inbound_wait(g, p, &end))
		inbound_keep(g, p, j, rc, &end);
}

static void
inbound_on_downloaded(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	struct job *j;
	int fd;

	p->in.job = 0;
	/* As many bytes as the partner listed, or it was being written. */
	if (m->size != p->in.remote.size) {
		inbound_drop_fetch(g, p, "its size changed while it was "
		    "fetched: left at the partner");
		inbound_next(g, p);
		return;
	}
	fd = fcntl(p->in.fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0) {
		inbound_drop_fetch(g, p, "no descriptor to inspect it with");
		inbound_end(g, p, ENGINE_RETRY_MS);
		return;
	}
	j = job_new(g, p, fd, &p->in.file, inbound_on_inspected);
	if (!j)
		return;
	p->in.stage = IN_INSPECT;
	j->request.checks = 1;
	job_queue(g, j);
}

static void
inbound_on_not_downloaded(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	p->in.job = 0;
	inbound_drop_fetch(g, p, m->text);
	switch (m->fault) {
	case SFTP_MISSING:
	case SFTP_DENIED:
	case SFTP_REFUSED:
	case SFTP_TOO_LARGE:
		/* The fault of this file: the others may come. */
		engine_log(g, LOG_WARNING, "not_fetched", log_partner(p),
		    log_int(LOGKEY_SIZE, (int64_t)p->in.remote.size),
		    log_reason(m->text));
		inbound_put_off(g, p, p->in.file.directory, &p->in.remote,
		    p->config->retry_max, false);
		inbound_next(g, p);
		break;
	case SFTP_LOCAL:
		engine_disk_full(g, &(struct err){ -EIO, "the courier could "
		    "not write what it fetched" });
		inbound_end(g, p, ENGINE_RETRY_MAX_MS);
		break;
	default:
		if (m->outcome == OUTCOME_FAILED)
			engine_partner_failed(g, p, m->fault, m->text);
		inbound_end(g, p, p->out.not_before - g->now);
	}
}

/* ---- settlement --------------------------------------------------------- */

bool
inbound_settled(struct engine *g, struct store_file *f, const char *evidence)
{
	f->settled = true;
	if (f->state == STATE_MATCHED || f->state == STATE_DUPLICATE)
		return engine_move(g, f, STATE_DELIVERED, "%s", evidence);
	return engine_update(g, f) &&
	    engine_event(g, &f->id, f->partner, "settled", "%s", evidence);
}

void
inbound_settle(struct engine *g, struct peer *p)
{
	const struct store_file *f = &p->in.file;
	struct courier_request m = { .kind = COURIER_SETTLE,
	    .size = f->size };

	if (p->config->sftp.after == CONFIG_AFTER_LEAVE) {
		inbound_forget_unsettled(p, &f->id);
		if (inbound_settled(g, &p->in.file,
		    "left at the partner, as configured"))
			inbound_next(g, p);
		return;
	}
	memcpy(m.directory, f->directory, sizeof(m.directory));
	memcpy(m.name, f->name, sizeof(m.name));
	p->in.stage = IN_SETTLE;
	p->in.job = engine_courier(g, p, &m, NULL, -1);
}

static void
inbound_on_settled(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	struct store_file *f = &p->in.file;

	p->in.job = 0;
	/* It may have been matched meanwhile. */
	if (!engine_get(g, &p->in.file.id, f))
		return;
	if (m->outcome == OUTCOME_SETTLED) {
		inbound_forget_unsettled(p, &f->id);
		if (inbound_settled(g, f, "removed or moved at the partner, "
		    "or gone there already"))
			inbound_next(g, p);
		return;
	}
	/* It stays in the list of unsettled ones: the next poll tries again. */
	if (g->now - p->in.unsettled_told >= ENGINE_TELL_MS) {
		engine_log(g, LOG_WARNING, "not_settled", log_file(f),
		    log_partner(p), log_reason(m->text));
		p->in.unsettled_told = g->now;
	}
	if (m->fault == SFTP_DENIED || m->fault == SFTP_REFUSED ||
	    m->fault == SFTP_EXISTS || m->fault == SFTP_MISSING) {
		inbound_next(g, p);
		return;
	}
	if (m->outcome == OUTCOME_FAILED)
		engine_partner_failed(g, p, m->fault, m->text);
	inbound_end(g, p, p->out.not_before - g->now);
}

void
inbound_on_fetch_reply(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	if (p->in.stage == IN_SETTLE)
		inbound_on_settled(g, p, m);
	else if (p->in.stage != IN_DOWNLOAD)
		return;
	else if (m->outcome == OUTCOME_DOWNLOADED)
		inbound_on_downloaded(g, p, m);
	else
		inbound_on_not_downloaded(g, p, m);
}
