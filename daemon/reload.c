/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "daemon/notify.h"
#include "daemon/supervisor_inner.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RELOAD_TEXT = 64 * 1024 };

/* ---- which processes are to run ----------------------------------------- */

static struct slot *
reload_find(const struct supervisor *s, const struct role *role,
    unsigned index, const char *partner)
{
	for (unsigned i = 0; i < s->slot_count; i++) {
		struct slot *l = s->slots[i];

		if (l->role == role && l->index == index &&
		    strcmp(l->partner, partner) == 0)
			return l;
	}
	return NULL;
}

static int
reload_want(struct supervisor *s, enum role_kind kind, unsigned index,
    const char *partner, struct err *e)
{
	const struct role *role = role_get(kind);
	struct slot **slots, *l = reload_find(s, role, index, partner);

	/* One that is still ending is wanted again: never two of a kind. */
	if (l) {
		l->wanted = true;
		return 0;
	}
	l = slot_new(s, role, index, partner, e);
	if (!l)
		return e->code;
	slots = realloc(s->slots, (s->slot_count + 1) * sizeof(*slots));
	if (!slots) {
		slot_free(l);
		return err_set(e, -ENOMEM, "out of memory for processes");
	}
	s->slots = slots;
	s->slots[s->slot_count++] = l;
	return 0;
}

static bool
reload_wants(const struct supervisor *s, const struct slot *l)
{
	switch (l->role->kind) {
	case ROLE_WORKER:
		return l->index < s->config->workers;
	case ROLE_COURIER:
		return config_partner(s->config, l->partner) != NULL;
	default:
		return true;
	}
}

/* Those that are too many end by themselves; they are forgotten when reaped. */
static void
reload_drop(struct supervisor *s)
{
	for (unsigned i = s->slot_count; i-- > 1;) {
		struct slot *l = s->slots[i];

		if (reload_wants(s, l))
			continue;
		l->wanted = false;
		slot_ask(l);
		if (l->pid != 0)
			continue;
		s->slots[i] = s->slots[--s->slot_count];
		slot_free(l);
	}
}

int
reload_slots(struct supervisor *s, struct err *e)
{
	int rc = reload_want(s, ROLE_ENGINE, 0, "", e);

	reload_drop(s);
	for (unsigned i = 0; i < s->config->workers && rc == 0; i++)
		rc = reload_want(s, ROLE_WORKER, i, "", e);
	for (unsigned i = 0; i < s->config->partner_count && rc == 0; i++)
		rc = reload_want(s, ROLE_COURIER, 0,
		    s->config->partners[i].name, e);
	return rc;
}

/* ---- what changed ------------------------------------------------------- */

static bool
reload_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
reload_same_list(char *const *a, unsigned na, char *const *b, unsigned nb)
{
	if (na != nb)
		return false;
	for (unsigned i = 0; i < na; i++)
		if (!reload_same(a[i], b[i]))
			return false;
	return true;
}

/* The connection: what a courier holds. The rest is the engine's. */
static bool
reload_same_sftp(const struct config_sftp *a, const struct config_sftp *b)
{
	return reload_same(a->host, b->host) &&
	    reload_same(a->user, b->user) && a->port == b->port &&
	    reload_same(a->identity_file, b->identity_file) &&
	    reload_same(a->password_file, b->password_file) &&
	    reload_same(a->known_hosts, b->known_hosts) &&
	    reload_same(a->upload_dir, b->upload_dir) &&
	    reload_same_list(a->download_dirs, a->download_count,
	    b->download_dirs, b->download_count) &&
	    a->after == b->after && reload_same(a->move_dir, b->move_dir) &&
	    a->connect_timeout == b->connect_timeout &&
	    a->idle_timeout == b->idle_timeout &&
	    a->job_timeout == b->job_timeout &&
	    reload_same_list(a->ssh_options, a->ssh_option_count,
	    b->ssh_options, b->ssh_option_count);
}

/* What the engine cannot change under way: it starts anew, the others too. */
static bool
reload_same_places(const struct config *a, const struct config *b)
{
	return reload_same(a->store_dir, b->store_dir) &&
	    reload_same(a->spool_dir, b->spool_dir) &&
	    reload_same(a->control_socket, b->control_socket) &&
	    reload_same(a->control_group, b->control_group);
}

static void
reload_couriers(struct supervisor *s, const struct config *old)
{
	for (unsigned i = 1; i < s->slot_count; i++) {
		struct slot *l = s->slots[i];
		const struct config_partner *a, *b;

		if (l->role->kind != ROLE_COURIER || !l->wanted)
			continue;
		a = config_partner(old, l->partner);
		b = config_partner(s->config, l->partner);
		if (a && b && !reload_same_sftp(&a->sftp, &b->sftp))
			slot_ask(l);
	}
}

/* They hold the old guides and rules, and end when their file is done. */
static void
reload_workers(struct supervisor *s)
{
	for (unsigned i = 1; i < s->slot_count; i++)
		if (s->slots[i]->role->kind == ROLE_WORKER &&
		    s->slots[i]->wanted)
			slot_ask(s->slots[i]);
}

/* ---- the reload --------------------------------------------------------- */

struct reload {
	struct supervisor *s;
	struct buf lines;       /* for x12ctl: JSON */
	unsigned problems;
	bool restart;           /* the engine cannot take it under way */
};

static void
reload_on_problem(void *ctx, const struct config_problem *p)
{
	struct reload *r = ctx;
	struct json j;

	r->problems++;
	log_event(&r->s->log, LOG_ERR, "configuration_problem",
	    log_str(LOGKEY_PATH, p->file), log_int(LOGKEY_LINE, p->line),
	    log_int(LOGKEY_COLUMN, p->column), log_str(LOGKEY_REASON, p->text));
	jsonw_init(&j, &r->lines);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "problem");
	jsonw_kstr(&j, "file", p->file);
	jsonw_kint_opt(&j, "line", p->line);
	jsonw_kint_opt(&j, "column", p->column);
	jsonw_kstr(&j, "text", p->text);
	jsonw_object_end(&j);
	buf_add_char(&r->lines, '\n');
}

static void
reload_say_error(struct reload *r, const char *text)
{
	struct json j;

	jsonw_init(&j, &r->lines);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "error");
	jsonw_kstr(&j, "text", text);
	jsonw_object_end(&j);
	buf_add_char(&r->lines, '\n');
}

static int
reload_text(struct reload *r, struct err *e)
{
	int fd = memfd_create("x12d-reload", MFD_CLOEXEC);
	size_t n = r->lines.failed ? 0 : r->lines.n;

	if (fd < 0)
		return err_sys(e, "cannot make a file in memory");
	if (n > 0 && pwrite(fd, r->lines.p, n, 0) != (ssize_t)n) {
		close(fd);
		return err_set(e, -EIO, "cannot write a file in memory");
	}
	return fd;
}

static void
reload_answer(struct reload *r, int rc)
{
	struct role_message m = { .word = ROLE_RELOADED, .rc = rc };
	struct err e = ERR_NONE;
	int fd = reload_text(r, &e);

	if (fd < 0 || slot_tell(r->s->slots[0], &m, fd, &e) < 0)
		log_event(&r->s->log, LOG_WARNING, "reload_not_answered",
		    log_err(&e));
	if (fd >= 0)
		close(fd);
}

/* The engine first: what it cannot take, nobody gets. */
static int
reload_take(struct reload *r, struct config *config, struct err *e)
{
	struct role_message m = { .word = ROLE_CONFIG };
	struct supervisor *s = r->s;
	struct config *old = s->config;
	struct kit_lists lists;
	int snapshot = config_snapshot(config, e), rc = 0;

	if (snapshot < 0)
		return snapshot;
	rc = kit_lists_open(config, &lists, e);
	if (rc < 0) {
		close(snapshot);
		return rc;
	}
	r->restart = !reload_same_places(old, config);
	if (!r->restart && s->slots[0]->pid != 0)
		rc = slot_tell(s->slots[0], &m, snapshot, e);
	if (rc < 0) {
		kit_lists_close(&lists);
		close(snapshot);
		return rc;
	}
	close(s->snapshot);
	s->snapshot = snapshot;
	kit_lists_close(&s->lists);
	s->lists = lists;
	s->config = config;
	s->log.debug = config->log_debug;
	reload_couriers(s, old);
	reload_workers(s);
	config_free(old);
	rc = reload_slots(s, e);
	if (rc < 0)     /* the next reload makes the missing ones */
		log_event(&s->log, LOG_ERR, "slots_missing", log_err(e));
	supervisor_start_peers(s);
	return 0;
}

static bool
reload_try(struct reload *r)
{
	struct supervisor *s = r->s;
	struct err e = ERR_NONE;
	struct config *config = supervisor_read(s->config_path,
	    (struct config_sink){ reload_on_problem, r }, &e);

	if (config && reload_take(r, config, &e) == 0)
		return true;
	if (config)
		config_free(config);
	if (e.code < 0) {
		log_event(&s->log, LOG_ERR, "reload_failed", log_err(&e));
		reload_say_error(r, e.text);
	} else
		reload_say_error(r,
		    "the configuration has mistakes; the old one stays");
	return false;
}

void
reload_run(struct supervisor *s, bool asked)
{
	struct reload r = { .s = s };
	bool done;

	buf_init(&r.lines, RELOAD_TEXT);
	supervisor_notify(s, NOTIFY_RELOADING, "");
	done = reload_try(&r);
	log_event(&s->log, done ? LOG_NOTICE : LOG_ERR,
	    done ? "reloaded" : "reload_refused",
	    log_int(LOGKEY_COUNT, r.problems),
	    log_int(LOGKEY_WORKERS, s->config->workers),
	    log_int(LOGKEY_PARTNERS, s->config->partner_count));
	if (asked)
		reload_answer(&r, done ? 0 : 1);
	if (done && r.restart)
		slot_ask(s->slots[0]);
	supervisor_notify(s, NOTIFY_READY, done ? "reloaded" :
	    "the new configuration has mistakes; the old one stays");
	buf_free(&r.lines);
}
