/* SPDX-License-Identifier: ISC */

/*
 * The courier's process: the engine's socket, the supervisor's, and a loop
 * around struct courier. Replies are sent on a blocking socket: when the engine
 * is behind, the courier waits for it and holds nothing in memory.
 */

#include "daemon/courier.h"
#include "daemon/role.h"

#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	COURIER_FINISH_MS = 4000,     /* after SIGTERM, for what is under way */
	COURIER_LOOK_MS = 50,
	COURIER_REAP_MS = 2000,       /* for the ssh child */
};

struct role_courier {
	struct role_context *c;
	struct event_base *base;
	struct event *on_engine, *on_supervisor, *on_term, *look;
	struct config *config;
	struct courier *courier;
	char self[PATH_MAX];          /* the askpass program */
	unsigned looks;               /* after SIGTERM */
	int status;
};

static void
courier_role_end(struct role_courier *r, int status)
{
	r->status = status;
	event_base_loopbreak(r->base);
}

static void
courier_role_on_reply(void *ctx, const struct courier_reply *m)
{
	struct role_courier *r = ctx;
	struct err e = ERR_NONE;
	int rc = message_send(ROLE_FD_ENGINE, m, sizeof(*m), NULL, 0, &e);

	if (rc == 0)
		return;
	if (rc != -EPIPE)
		log_event(&r->c->log, LOG_ERR, "engine_not_told",
		    log_str(LOGKEY_PARTNER, r->c->partner), log_err(&e));
	courier_role_end(r, rc == -EPIPE ? ROLE_EXIT_DONE :
	    ROLE_EXIT_FAILED);
}

static void
courier_role_on_engine(evutil_socket_t sock, short what, void *ctx)
{
	struct role_courier *r = ctx;
	struct courier_request m;
	struct err e = ERR_NONE;
	int fds[MESSAGE_FDS], rc;
	unsigned nfds;

	(void)what;
	rc = message_receive(sock, &m, sizeof(m), fds, &nfds, &e);
	if (rc == 1 && nfds <= 1 && courier_request_valid(&m)) {
		courier_do(r->courier, &m, nfds == 1 ? fds[0] : -1);
		return;
	}
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	courier_role_end(r, rc == 0 ? ROLE_EXIT_DONE : ROLE_EXIT_FAILED);
}

/* It never speaks: it is gone. */
static void
courier_role_on_supervisor(evutil_socket_t sock, short what, void *ctx)
{
	(void)sock;
	(void)what;
	courier_role_end(ctx, ROLE_EXIT_DONE);
}

/* ---- stopping: finish what is under way, take nothing new --------------- */

static void
courier_role_on_look(evutil_socket_t fd, short what, void *ctx)
{
	struct role_courier *r = ctx;

	(void)fd;
	(void)what;
	if (r->courier && (courier_pending(r->courier) == 0 ||
	    ++r->looks > COURIER_FINISH_MS / COURIER_LOOK_MS))
		courier_role_end(r, ROLE_EXIT_DONE);
}

static void
courier_role_on_term(evutil_socket_t fd, short what, void *ctx)
{
	struct role_courier *r = ctx;
	struct timeval t = { 0, COURIER_LOOK_MS * 1000 };

	(void)fd;
	(void)what;
	event_del(r->on_engine);
	if (courier_pending(r->courier) == 0 || event_add(r->look, &t) < 0)
		courier_role_end(r, ROLE_EXIT_DONE);
}

/* ---- beginning and end -------------------------------------------------- */

static int
courier_role_events(struct role_courier *r, struct err *e)
{
	struct event **all[] = { &r->on_engine, &r->on_supervisor,
	    &r->on_term };

	r->base = event_base_new();
	if (!r->base)
		goto memory;
	r->on_engine = event_new(r->base, ROLE_FD_ENGINE,
	    EV_READ | EV_PERSIST, courier_role_on_engine, r);
	r->on_supervisor = event_new(r->base, ROLE_FD_SUPERVISOR, EV_READ,
	    courier_role_on_supervisor, r);
	r->on_term = evsignal_new(r->base, SIGTERM, courier_role_on_term, r);
	r->look = event_new(r->base, -1, EV_PERSIST, courier_role_on_look, r);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!*all[i] || event_add(*all[i], NULL) < 0)
			goto memory;
	if (r->look)
		return 0;
memory:
	return err_set(e, -ENOMEM, "cannot make the event loop");
}

static int
courier_role_begin(struct role_courier *r, struct err *e)
{
	const struct config_partner *partner;
	ssize_t n = readlink("/proc/self/exe", r->self, sizeof(r->self) - 1);

	if (n < 0)
		return err_sys(e, "cannot find this program");
	r->self[n] = '\0';
	r->config = config_load_snapshot(ROLE_FD_CONFIG, e);
	if (!r->config)
		return e->code;
	partner = config_partner(r->config, r->c->partner);
	if (!partner)
		return err_set(e, -ENOENT, "no such partner");
	if (courier_role_events(r, e) < 0)
		return e->code;
	r->courier = courier_new(r->base, partner, r->self,
	    courier_role_on_reply, r, e);
	return r->courier ? 0 : e->code;
}

/* The loop reaps the ssh child: until its events are gone, and ours is left. */
static void
courier_role_reap(struct role_courier *r)
{
	struct timeval t = { 0, COURIER_LOOK_MS * 1000 };

	courier_free(r->courier);
	if (event_add(r->look, &t) < 0)
		return;
	r->courier = NULL;
	for (unsigned i = 0; i < COURIER_REAP_MS / COURIER_LOOK_MS &&
	    event_base_get_num_events(r->base, EVENT_BASE_COUNT_ADDED) > 1;
	    i++)
		event_base_loop(r->base, EVLOOP_ONCE);
}

static void
courier_role_free(struct role_courier *r)
{
	struct event *all[] = { r->on_engine, r->on_supervisor, r->on_term };

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i])
			event_free(all[i]);
	if (r->courier)
		courier_role_reap(r);
	if (r->look)
		event_free(r->look);
	if (r->base)
		event_base_free(r->base);
	config_free(r->config);
}

int
role_courier_main(struct role_context *c)
{
	struct role_courier r = { .c = c, .status = ROLE_EXIT_FAILED };
	struct err e = ERR_NONE;

	if (courier_role_begin(&r, &e) == 0)
		event_base_dispatch(r.base);
	else
		log_event(&c->log, LOG_ERR, "cannot_start",
		    log_str(LOGKEY_PARTNER, c->partner), log_err(&e));
	courier_role_free(&r);
	return r.status;
}
