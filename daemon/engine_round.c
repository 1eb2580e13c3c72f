/* SPDX-License-Identifier: ISC */
/*
 * A round: one transaction of the store, and what is done after its commit.
 */
#include "daemon/engine_inner.h"

#include "transport/sftp.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENGINE_LINE = 2048 };

struct engine_id
engine_id(const struct store_id *id)
{
	struct engine_id to = { "" };

	store_id_text(id, to.text);
	return to;
}

/* ---- after the commit --------------------------------------------------- */

struct after *
engine_after(struct engine *g,
    void (*run)(struct engine *, struct after *), struct peer *p)
{
	struct after *a = calloc(1, sizeof(*a));
	struct err e;

	if (!a) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
		return NULL;
	}
	a->run = run;
	a->peer = p;
	a->fd = -1;
	*g->after_end = a;
	g->after_end = &a->next;
	return a;
}

static void
after_free(struct after *a)
{
	if (a->owns_fd && a->fd >= 0)
		close(a->fd);
	free(a->text);
	free(a);
}

void
engine_drop_after(struct engine *g)
{
	struct after *a;

	while ((a = g->after)) {
		g->after = a->next;
		after_free(a);
	}
	g->after_end = &g->after;
}

static void
after_log(struct engine *g, struct after *a)
{
	g->effects.log(g->effects.ctx, a->priority, a->text);
}

void
engine_log_fields(struct engine *g, int priority, const char *event,
    const struct log_field *fields, size_t n)
{
	struct after *a = engine_after(g, after_log, NULL);

	if (!a)
		return;
	a->priority = priority;
	a->text = malloc(ENGINE_LINE);
	if (a->text)
		log_format(a->text, ENGINE_LINE, event, fields, n);
	else
		a->run = NULL;
}

/* ---- requests to couriers ----------------------------------------------- */

static void
courier_refused(struct engine *g, struct after *a, const char *why)
{
	struct courier_reply m = { .outcome = OUTCOME_FAILED, .job = a->job,
	    .fault = SFTP_LOCAL };

	slice_copy(slice_str(why), m.text, sizeof(m.text));
	engine_on_courier(g, a->peer->name, &m, g->now);
}

static void
after_courier(struct engine *g, struct after *a)
{
	struct err e = ERR_NONE;
	int fd = a->fd;

	if (!store_id_none(&a->id) &&
	    store_bytes_open(g->store, &a->id, &fd, &e) < 0) {
		courier_refused(g, a, e.text);
		return;
	}
	if (!g->effects.courier(g->effects.ctx, a->peer->name, &a->request,
	    fd < 0 ? NULL : &fd, fd < 0 ? 0 : 1)) {
		a->peer->courier_up = false;
		engine_courier_gone(g, a->peer);
	}
	if (!store_id_none(&a->id))
		close(fd);
}

uint64_t
engine_courier(struct engine *g, struct peer *p,
    const struct courier_request *m, const struct store_id *bytes, int fd)
{
	struct after *a = engine_after(g, after_courier, p);

	if (!a)
		return 0;
	a->request = *m;
	a->request.job = a->job = g->next_job++;
	a->fd = fd;
	if (bytes)
		a->id = *bytes;
	return a->job;
}

/* ---- the transaction ---------------------------------------------------- */

bool
engine_begin(struct engine *g)
{
	struct err e = ERR_NONE;

	if (g->failed)
		return false;
	if (g->open)
		return true;
	if (store_begin(g->store, &e) < 0) {
		engine_fail(g, &e);
		return false;
	}
	g->open = true;
	return true;
}

void
engine_fail(struct engine *g, const struct err *e)
{
	if (!g->failed)
		g->error = *e;
	g->failed = true;
}

/* Undone: what was in memory may not be true, so all of it goes. */
static void
engine_undo(struct engine *g)
{
	struct log_field why = log_err(&g->error);
	int64_t delay;
	char line[ENGINE_LINE];

	if (g->open)
		store_rollback(g->store);
	g->open = g->failed = false;
	engine_drop_after(g);
	engine_clear(g);
	delay = engine_backoff(g, ENGINE_RETRY_MS, ENGINE_RETRY_MAX_MS,
	    g->failures++);
	g->recover_at = g->now + delay;
	if (g->failures == 1) {
		log_format(line, sizeof(line), "store_failed", &why, 1);
		g->effects.log(g->effects.ctx, LOG_CRIT, line);
	}
}

/* What follows a commit may write: then it begins the next round. */
static void
engine_run_after(struct engine *g)
{
	struct after *a = g->after, *next;

	g->after = NULL;
	g->after_end = &g->after;
	for (; a; a = next) {
		next = a->next;
		if (a->run && (!g->failed || a->run == after_log))
			a->run(g, a);
		after_free(a);
	}
}

bool
engine_commit(struct engine *g)
{
	struct err e = ERR_NONE;

	if (!g->failed && g->open) {
		/* Also a commit that fails ends its transaction. */
		g->open = false;
		if (store_commit(g->store, &e) < 0)
			engine_fail(g, &e);
	}
	if (!g->failed && g->failures > 0 && g->wrote) {
		engine_log(g, LOG_NOTICE, "store_well",
		    log_int(LOGKEY_COUNT, g->failures));
		g->failures = 0;
	}
	g->wrote = false;
	if (!g->failed)
		engine_run_after(g);
	if (g->failed)
		engine_undo(g);
	return g->recover_at == 0;
}

/* ---- writing ------------------------------------------------------------ */

static bool
engine_wrote(struct engine *g, int rc, const struct err *e)
{
	if (rc < 0) {
		engine_fail(g, e);
		return false;
	}
	return g->wrote = true;
}

bool
engine_add(struct engine *g, struct store_file *f, enum file_state s)
{
	f->created = g->now;
	return engine_add_made(g, f, s);
}

bool
engine_add_made(struct engine *g, struct store_file *f, enum file_state s)
{
	struct err e = ERR_NONE;

	f->state = s;
	f->changed = g->now;
	return engine_begin(g) &&
	    engine_wrote(g, store_file_add(g->store, f, &e), &e);
}

bool
engine_move(struct engine *g, struct store_file *f, enum file_state to,
    const char *evidence, ...)
{
	char text[STORE_REASON];
	struct err e = ERR_NONE;
	va_list ap;

	va_start(ap, evidence);
	vsnprintf(text, sizeof(text), evidence, ap);
	va_end(ap);
	return engine_begin(g) && engine_wrote(g,
	    store_file_move(g->store, f, to, text, g->now, &e), &e);
}

bool
engine_update(struct engine *g, struct store_file *f)
{
	struct err e = ERR_NONE;

	return engine_begin(g) &&
	    engine_wrote(g, store_file_update(g->store, f, &e), &e);
}

bool
engine_forget(struct engine *g, struct store_file *f, const char *why)
{
	struct err e = ERR_NONE;

	return engine_begin(g) && engine_wrote(g,
	    store_file_forget(g->store, &f->id, why, g->now, &e), &e);
}

bool
engine_event(struct engine *g, const struct store_id *file,
    const char *partner, const char *what, const char *evidence, ...)
{
	struct store_event v = { .at = g->now };
	struct err e = ERR_NONE;
	va_list ap;

	if (file)
		v.file = *file;
	snprintf(v.partner, sizeof(v.partner), "%s", partner ? partner : "");
	snprintf(v.what, sizeof(v.what), "%s", what);
	va_start(ap, evidence);
	vsnprintf(v.evidence, sizeof(v.evidence), evidence, ap);
	va_end(ap);
	return engine_begin(g) &&
	    engine_wrote(g, store_event_add(g->store, &v, &e), &e);
}

bool
engine_peer_save(struct engine *g, struct peer *p)
{
	struct err e = ERR_NONE;

	return engine_begin(g) && engine_wrote(g,
	    store_partner_put(g->store, &p->record, &e), &e);
}

/* ---- reading ------------------------------------------------------------ */

bool
engine_get(struct engine *g, const struct store_id *id, struct store_file *f)
{
	struct err e = ERR_NONE;
	int rc = store_file_get(g->store, id, f, &e);

	if (rc < 0 && rc != -ENOENT)
		engine_fail(g, &e);
	return rc == 0;
}

struct files_more {
	struct files *to;
	size_t cap;
	bool failed;
};

static bool
files_on_file(void *ctx, const struct store_file *f)
{
	struct files_more *m = ctx;

	if (m->to->count == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 16;
		void *at = reallocarray(m->to->at, cap, sizeof(*m->to->at));

		if (!at) {
			m->failed = true;
			return false;
		}
		m->to->at = at;
		m->cap = cap;
	}
	m->to->at[m->to->count++] = *f;
	return true;
}

bool
engine_files(struct engine *g, const struct store_file_filter *filter,
    struct files *to)
{
	struct files_more m = { .to = to };
	struct err e = ERR_NONE;
	int rc;

	*to = (struct files){ NULL, 0 };
	rc = store_file_list(g->store, filter, files_on_file, &m, &e);
	if (rc == 0 && m.failed)
		rc = err_set(&e, -ENOMEM, "out of memory");
	if (rc < 0) {
		engine_fail(g, &e);
		engine_files_free(to);
	}
	return rc == 0;
}

void
engine_files_free(struct files *f)
{
	free(f->at);
	*f = (struct files){ NULL, 0 };
}
