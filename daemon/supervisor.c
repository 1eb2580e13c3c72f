/* SPDX-License-Identifier: ISC */
#include "daemon/supervisor.h"

#include "daemon/notify.h"
#include "daemon/supervisor_inner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void
supervisor_notify(struct supervisor *s, int state, const char *status)
{
	struct err e = ERR_NONE;

	if (notify_send((enum notify_state)state, status, &e) < 0)
		log_event(&s->log, LOG_WARNING, "notify_failed", log_err(&e));
}

/* ---- starting ----------------------------------------------------------- */

void
supervisor_start_peers(struct supervisor *s)
{
	for (unsigned i = 1; i < s->slot_count; i++)
		if (!event_pending(s->slots[i]->timer, EV_TIMEOUT, NULL))
			slot_start(s->slots[i]);
}

static void
supervisor_on_ready(struct supervisor *s)
{
	char status[80];

	s->engine_ready = s->was_ready = true;
	snprintf(status, sizeof(status), "%u workers, %u partners",
	    s->config->workers, s->config->partner_count);
	supervisor_notify(s, NOTIFY_READY, status);
	log_event(&s->log, LOG_NOTICE, "ready",
	    log_str(LOGKEY_VERSION, X12D_VERSION),
	    log_int(LOGKEY_WORKERS, s->config->workers),
	    log_int(LOGKEY_PARTNERS, s->config->partner_count));
	supervisor_start_peers(s);
}

/* A worker without an answer, or a peer that sent nonsense. */
static void
supervisor_on_stuck(struct supervisor *s, const struct role_message *m)
{
	for (unsigned i = 1; i < s->slot_count; i++)
		if (s->slots[i]->pid > 0 && s->slots[i]->pid == m->pid)
			slot_kill(s->slots[i]);
}

void
supervisor_on_engine(evutil_socket_t fd, short what, void *ctx)
{
	struct slot *l = ctx;
	struct supervisor *s = l->s;
	struct role_message m;
	struct err e = ERR_NONE;
	int fds[MESSAGE_FDS], rc;
	unsigned nfds;

	(void)what;
	rc = message_receive(fd, &m, sizeof(m), fds, &nfds, &e);
	if (rc == -EAGAIN)
		return;
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	if (rc <= 0 || !role_message_valid(&m)) {
		/* It hung up; SIGCHLD follows, or is made to. */
		event_del(l->readable);
		slot_kill(l);
		return;
	}
	if (m.word == ROLE_READY)
		supervisor_on_ready(s);
	else if (m.word == ROLE_RELOAD)
		reload_run(s, true);
	else if (m.word == ROLE_STUCK)
		supervisor_on_stuck(s, &m);
}

/* ---- ending ------------------------------------------------------------- */

static bool
supervisor_peers_run(const struct supervisor *s)
{
	for (unsigned i = 1; i < s->slot_count; i++)
		if (s->slots[i]->pid != 0)
			return true;
	return false;
}

static void
supervisor_after(struct event *timer, int ms)
{
	struct timeval t = { ms / 1000, (ms % 1000) * 1000 };

	event_add(timer, &t);
}

/* Couriers and workers first: the engine records how they ended. */
static void
supervisor_stop_more(struct supervisor *s)
{
	struct slot *engine = s->slots[0];

	if (supervisor_peers_run(s))
		return;
	if (engine->pid == 0)
		event_base_loopbreak(s->base);
	else if (!engine->asked)
		slot_ask(engine);
}

void
supervisor_stop(struct supervisor *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	log_event(&s->log, LOG_NOTICE, "stopping");
	supervisor_notify(s, NOTIFY_STOPPING, "");
	supervisor_after(s->peers_timer, SUPERVISOR_PEERS_MS);
	supervisor_after(s->stop_timer, SUPERVISOR_STOP_MS);
	for (unsigned i = 0; i < s->slot_count; i++) {
		event_del(s->slots[i]->timer);
		if (i > 0)
			slot_ask(s->slots[i]);
	}
	supervisor_stop_more(s);
}

static void
supervisor_on_peers_late(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)fd;
	(void)what;
	for (unsigned i = 1; i < s->slot_count; i++)
		slot_kill(s->slots[i]);
}

static void
supervisor_on_stop_late(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < s->slot_count; i++)
		slot_kill(s->slots[i]);
}

/* Workers and couriers of a dead engine have nobody to work for. */
static void
supervisor_engine_gone(struct supervisor *s, int status)
{
	s->engine_ready = false;
	for (unsigned i = 1; i < s->slot_count; i++) {
		slot_ask(s->slots[i]);
		if (s->slots[i]->role->kind == ROLE_WORKER)
			slot_kill(s->slots[i]);
	}
	if (!s->was_ready && WIFEXITED(status) &&
	    WEXITSTATUS(status) == ROLE_EXIT_CANNOT) {
		s->status = ROLE_EXIT_CANNOT;
		supervisor_stop(s);
	}
}

static void
supervisor_forget(struct supervisor *s, struct slot *l)
{
	for (unsigned i = 1; i < s->slot_count; i++) {
		if (s->slots[i] != l)
			continue;
		s->slots[i] = s->slots[--s->slot_count];
		slot_free(l);
		return;
	}
}

void
supervisor_on_gone(struct supervisor *s, struct slot *l, int status)
{
	slot_gone(l, status);
	if (l == s->slots[0])
		supervisor_engine_gone(s, status);
	if (s->stopping)
		supervisor_stop_more(s);
	else if (l->wanted)
		slot_start_later(l);
	else
		supervisor_forget(s, l);
}

static void
supervisor_on_child(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;
	int status;
	pid_t pid;

	(void)fd;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		unsigned i = 0;

		while (i < s->slot_count && s->slots[i]->pid != pid)
			i++;
		if (i < s->slot_count)
			supervisor_on_gone(s, s->slots[i], status);
	}
}

/* ---- the process -------------------------------------------------------- */

static void
supervisor_on_term(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	supervisor_stop(ctx);
}

static void
supervisor_on_hup(evutil_socket_t fd, short what, void *ctx)
{
	struct supervisor *s = ctx;

	(void)fd;
	(void)what;
	if (!s->stopping)
		reload_run(s, false);
}

static int
supervisor_events(struct supervisor *s, struct err *e)
{
	struct event **all[] = { &s->on_child, &s->on_stop[0], &s->on_stop[1],
	    &s->on_hup };

	s->base = event_base_new();
	if (!s->base)
		goto memory;
	s->on_child = evsignal_new(s->base, SIGCHLD, supervisor_on_child, s);
	s->on_stop[0] = evsignal_new(s->base, SIGTERM, supervisor_on_term, s);
	s->on_stop[1] = evsignal_new(s->base, SIGINT, supervisor_on_term, s);
	s->on_hup = evsignal_new(s->base, SIGHUP, supervisor_on_hup, s);
	s->peers_timer = evtimer_new(s->base, supervisor_on_peers_late, s);
	s->stop_timer = evtimer_new(s->base, supervisor_on_stop_late, s);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!*all[i] || event_add(*all[i], NULL) < 0)
			goto memory;
	if (s->peers_timer && s->stop_timer)
		return 0;
memory:
	return err_set(e, -ENOMEM, "cannot make the event loop");
}

static void
supervisor_free(struct supervisor *s)
{
	struct event *all[] = { s->on_child, s->on_stop[0], s->on_stop[1],
	    s->on_hup, s->peers_timer, s->stop_timer };

	for (unsigned i = 0; i < s->slot_count; i++)
		slot_free(s->slots[i]);
	free(s->slots);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i])
			event_free(all[i]);
	if (s->base)
		event_base_free(s->base);
	config_free(s->config);
	kit_lists_close(&s->lists);
	if (s->snapshot >= 0)
		close(s->snapshot);
}

/* For people: each problem as FILE:LINE:COLUMN: text, as compilers say it. */
static void
supervisor_on_problem(void *ctx, const struct config_problem *p)
{
	unsigned *count = ctx;

	++*count;
	if (p->line > 0)
		fprintf(stderr, "%s:%d:%d: %s\n", p->file, p->line,
		    p->column, p->text);
	else
		fprintf(stderr, "%s: %s\n", p->file, p->text);
}

struct config *
supervisor_read(const char *path, struct config_sink sink, struct err *e)
{
	struct config *c = config_load(path, sink, e);

	if (!c || kits_check(c, sink, e) == 0)
		return c;
	config_free(c);
	return NULL;
}

static struct config *
supervisor_load(const char *path, unsigned *problems)
{
	struct config_sink sink = { supervisor_on_problem, problems };
	struct err e = ERR_NONE;
	struct config *c = supervisor_read(path, sink, &e);

	if (!c && e.code < 0)
		fprintf(stderr, "x12d: %s\n", e.text);
	else if (!c)
		fprintf(stderr, "x12d: %u mistake%s in the configuration\n",
		    *problems, *problems == 1 ? "" : "s");
	return c;
}

int
supervisor_check_config(const char *path)
{
	unsigned problems = 0;
	struct config *c = supervisor_load(path, &problems);

	if (!c)
		return problems > 0 ? 1 : 2;
	config_check_files(c, (struct config_sink){ supervisor_on_problem,
	    &problems });
	if (problems == 0)
		printf("%s: good, %u partner%s\n", path, c->partner_count,
		    c->partner_count == 1 ? "" : "s");
	config_free(c);
	return problems > 0;
}

static int
supervisor_begin(struct supervisor *s, struct err *e)
{
	int rc = role_enter(role_get(ROLE_SUPERVISOR), e);

	if (rc == 0)
		rc = supervisor_events(s, e);
	if (rc == 0)
		rc = s->snapshot = config_snapshot(s->config, e);
	if (rc >= 0)
		rc = kit_lists_open(s->config, &s->lists, e);
	return rc < 0 ? rc : reload_slots(s, e);
}

int
supervisor_run(const char *path)
{
	struct supervisor s = { .config_path = path, .snapshot = -1,
	    .lists.fd = { -1 } };
	struct err e = ERR_NONE;
	unsigned problems = 0;

	log_init(&s.log, "supervisor");
	s.config = supervisor_load(path, &problems);
	if (!s.config)
		return ROLE_EXIT_CANNOT;
	s.log.debug = s.config->log_debug;
	if (supervisor_begin(&s, &e) < 0) {
		log_event(&s.log, LOG_ERR, "cannot_start", log_err(&e));
		s.status = ROLE_EXIT_CANNOT;
	} else {
		slot_start(s.slots[0]);
		event_base_dispatch(s.base);
		log_event(&s.log, LOG_NOTICE, "stopped");
	}
	supervisor_free(&s);
	return s.status;
}
