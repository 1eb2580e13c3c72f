/* SPDX-License-Identifier: ISC */

/*
 * The engine's process: sockets, timers, signals and clock around struct
 * engine, which knows none of them. After every round of events the engine
 * takes one step, and with it commits what the round brought.
 */

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "daemon/control.h"
#include "daemon/engine.h"
#include "daemon/peers.h"
#include "daemon/role.h"
#include "daemon/watch.h"

#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ENGINE_TICK_MS = 10 * 1000,      /* look after outboxes and workers */
	ENGINE_JOB_MS = 5 * 60 * 1000,   /* a worker may take so long */
	ENGINE_SLEEP_MS = 60 * 1000,     /* wall time may jump: look again */
	ENGINE_REPLY = 16 << 20,         /* bytes for one x12ctl */
	ENGINE_RELOADS = 8,              /* x12ctl that wait for a reload */
};

struct role_engine {
	struct role_context *c;
	struct event_base *base;
	struct event *on_supervisor, *on_term, *tick, *due;
	struct config *config;
	struct store *store;
	struct engine *engine;
	struct peers *peers;
	struct watch *watch;
	struct control *control;
	uint64_t reloads[ENGINE_RELOADS];
	bool look;              /* the step may have made new outboxes */
	bool stop;
	int status;
};

static void
role_tell(struct role_engine *g, const struct role_message *m)
{
	struct err e = ERR_NONE;

	if (message_send(ROLE_FD_SUPERVISOR, m, sizeof(*m), NULL, 0, &e) < 0)
		log_event(&g->c->log, LOG_ERR, "supervisor_not_told",
		    log_err(&e));
}

/* ---- peers to engine ---------------------------------------------------- */

static void
engine_role_on_work(void *ctx, const struct work_reply *m)
{
	struct role_engine *g = ctx;

	engine_on_work(g->engine, m, clock_wall());
}

static void
engine_role_on_worker_lost(void *ctx, uint64_t job)
{
	struct role_engine *g = ctx;

	engine_on_worker_lost(g->engine, job, clock_wall());
}

static void
engine_role_on_work_unread(void *ctx, uint64_t job)
{
	struct role_engine *g = ctx;

	engine_on_work_unread(g->engine, job, clock_wall());
}

/* The step after this round finds it idle. */
static void
engine_role_on_worker_up(void *ctx)
{
	(void)ctx;
}

static void
engine_role_on_courier(void *ctx, const char *partner,
    const struct courier_reply *m)
{
	struct role_engine *g = ctx;

	engine_on_courier(g->engine, partner, m, clock_wall());
}

static void
engine_role_on_courier_up(void *ctx, const char *partner)
{
	struct role_engine *g = ctx;

	engine_on_courier_up(g->engine, partner, clock_wall());
}

static void
engine_role_on_courier_lost(void *ctx, const char *partner)
{
	struct role_engine *g = ctx;

	engine_on_courier_lost(g->engine, partner, clock_wall());
}

static void
engine_role_on_broken(void *ctx, enum role_kind kind, int32_t pid,
    const char *why)
{
	struct role_engine *g = ctx;
	struct role_message m = { .word = ROLE_STUCK, .kind = kind,
	    .pid = pid };

	log_event(&g->c->log, LOG_ERR, "peer_broken",
	    log_str(LOGKEY_ROLE, role_get(kind)->name),
	    log_int(LOGKEY_PID, pid), log_str(LOGKEY_REASON, why));
	role_tell(g, &m);
}

static const struct peers_ops engine_peers_ops = {
	.on_work = engine_role_on_work,
	.on_worker_lost = engine_role_on_worker_lost,
	.on_work_unread = engine_role_on_work_unread,
	.on_worker_up = engine_role_on_worker_up,
	.on_courier = engine_role_on_courier,
	.on_courier_up = engine_role_on_courier_up,
	.on_courier_lost = engine_role_on_courier_lost,
	.on_broken = engine_role_on_broken,
};

/* ---- engine to peers ---------------------------------------------------- */

static bool
engine_role_work(void *ctx, const struct work_request *m, const int *fds,
    unsigned nfds)
{
	struct role_engine *g = ctx;

	return peers_work(g->peers, m, fds, nfds, clock_monotonic());
}

static bool
engine_role_courier(void *ctx, const char *partner,
    const struct courier_request *m, const int *fds, unsigned nfds)
{
	struct role_engine *g = ctx;

	return peers_courier(g->peers, partner, m, fds, nfds);
}

static void
engine_role_log(void *ctx, int priority, const char *line)
{
	struct role_engine *g = ctx;

	log_line(&g->c->log, priority, line);
}

/* ---- x12ctl ------------------------------------------------------------- */

static void
engine_role_end(struct buf *out, const char *error, int rc)
{
	struct json j;

	if (error) {
		jsonw_init(&j, out);
		jsonw_object(&j);
		jsonw_kstr(&j, "type", "error");
		jsonw_kstr(&j, "text", error);
		jsonw_object_end(&j);
		buf_add_char(out, '\n');
	}
	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "end");
	jsonw_kint(&j, "rc", rc);
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
}

static void
engine_role_refuse(struct role_engine *g, uint64_t client, const char *why)
{
	struct buf out;

	buf_init(&out, 4096);
	engine_role_end(&out, why, 2);
	control_reply(g->control, client, buf_slice(&out));
	buf_free(&out);
}

/* The supervisor reads files; its answer comes as ROLE_RELOADED. */
static void
engine_role_reload(struct role_engine *g, uint64_t client)
{
	struct role_message m = { .word = ROLE_RELOAD };

	for (unsigned i = 0; i < ENGINE_RELOADS; i++) {
		if (g->reloads[i] != 0)
			continue;
		g->reloads[i] = client;
		role_tell(g, &m);
		return;
	}
	engine_role_refuse(g, client, "reloads are under way; try again");
}

static void
engine_role_on_reloaded(struct role_engine *g, int rc, int fd)
{
	struct err e = ERR_NONE;
	struct buf out;
	char *room;
	ssize_t n;

	buf_init(&out, 256 * 1024);
	room = buf_space(&out, 128 * 1024);
	n = room ? io_pread(fd, room, 128 * 1024, 0, "an answer", &e) : 0;
	if (n > 0)
		out.n += (size_t)n;
	engine_role_end(&out, NULL, rc == 0 ? 0 : 1);
	/* One request, one answer, in order. */
	control_reply(g->control, g->reloads[0], buf_slice(&out));
	memmove(g->reloads, g->reloads + 1,
	    sizeof(g->reloads) - sizeof(g->reloads[0]));
	g->reloads[ENGINE_RELOADS - 1] = 0;
	buf_free(&out);
}

static void
engine_role_status(const struct role_engine *g, struct buf *out)
{
	struct json j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "process");
	jsonw_kstr(&j, "role", "engine");
	jsonw_kint(&j, "pid", getpid());
	jsonw_kstr(&j, "state", "up");
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
	peers_status(g->peers, out);
}

static void
engine_role_on_request(void *ctx, uint64_t client, int argc,
    const char *const *argv, uid_t uid)
{
	struct role_engine *g = ctx;
	struct buf out;

	if (argc == 1 && strcmp(argv[0], "reload") == 0) {
		engine_role_reload(g, client);
		return;
	}
	buf_init(&out, ENGINE_REPLY);
	if (argc == 1 && strcmp(argv[0], "status") == 0)
		engine_role_status(g, &out);
	engine_control(g->engine, argc, argv, (uint32_t)uid, clock_wall(),
	    &out);
	if (out.failed)
		engine_role_refuse(g, client,
		    "the answer is too long; ask for less");
	else
		control_reply(g->control, client, buf_slice(&out));
	buf_free(&out);
}

/* ---- the supervisor ----------------------------------------------------- */

static void
engine_role_stop(struct role_engine *g, int status)
{
	g->stop = true;
	g->status = status;
}

static void
engine_role_on_config(struct role_engine *g, int fd)
{
	struct err e = ERR_NONE;
	struct config *config = config_load_snapshot(fd, &e);

	if (!config) {
		/* Workers have it already: so must we, by starting anew. */
		log_event(&g->c->log, LOG_ERR, "snapshot_refused",
		    log_err(&e));
		engine_role_stop(g, ROLE_EXIT_FAILED);
		return;
	}
	engine_reload(g->engine, config);
	config_free(g->config);
	g->config = config;
	g->c->log.debug = config->log_debug;
	g->look = true;
}

/* The descriptor is ours to close, unless it became a peer's. */
static void
engine_role_take(struct role_engine *g, const struct role_message *m, int fd)
{
	struct err e = ERR_NONE;

	if (m->word == ROLE_PEER && (m->kind == ROLE_WORKER ||
	    m->kind == ROLE_COURIER)) {
		if (peers_add(g->peers, m, fd, &e) < 0)
			log_event(&g->c->log, LOG_ERR, "peer_not_taken",
			    log_err(&e));
		return;
	}
	if (m->word == ROLE_CONFIG)
		engine_role_on_config(g, fd);
	else if (m->word == ROLE_RELOADED)
		engine_role_on_reloaded(g, m->rc, fd);
	close(fd);
}

static void
engine_role_on_supervisor(evutil_socket_t sock, short what, void *ctx)
{
	struct role_engine *g = ctx;
	struct role_message m;
	struct err e = ERR_NONE;
	int fds[MESSAGE_FDS], rc;
	unsigned nfds;

	(void)what;
	rc = message_receive(sock, &m, sizeof(m), fds, &nfds, &e);
	if (rc == -EAGAIN)
		return;
	if (rc == 1 && nfds == 1 && role_message_valid(&m)) {
		engine_role_take(g, &m, fds[0]);
		return;
	}
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	/* It is gone, or is no x12d: end with what is committed. */
	engine_role_stop(g, rc == 0 ? ROLE_EXIT_DONE : ROLE_EXIT_FAILED);
}

/* ---- time and signals --------------------------------------------------- */

static void
engine_role_on_outbox(void *ctx, const char *partner)
{
	struct role_engine *g = ctx;

	engine_on_outbox(g->engine, partner, clock_wall());
}

static void
engine_role_on_term(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	engine_role_stop(ctx, ROLE_EXIT_DONE);
}

static void
engine_role_on_due(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;      /* the step that follows every round does it */
}

static void
engine_role_on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct role_engine *g = ctx;

	(void)fd;
	(void)what;
	watch_set(g->watch, g->config);
	peers_check(g->peers, clock_monotonic() - ENGINE_JOB_MS);
}

static int
engine_role_after(struct event *timer, int64_t ms)
{
	struct timeval t = { ms / 1000, (ms % 1000) * 1000 };

	return event_add(timer, &t);
}

/* One round of events, one step, and the alarm for the next. */
static bool
engine_role_round(struct role_engine *g)
{
	int64_t now, due;

	if (event_base_loop(g->base, EVLOOP_ONCE) < 0)
		return false;
	now = clock_wall();
	due = engine_step(g->engine, now) - now;
	if (g->look)
		watch_set(g->watch, g->config);
	if (due < 0 || g->look)
		due = 0;
	g->look = false;
	if (due > ENGINE_SLEEP_MS)
		due = ENGINE_SLEEP_MS;
	return engine_role_after(g->due, due) == 0;
}

/* ---- beginning and end -------------------------------------------------- */

static int
engine_role_events(struct role_engine *g, struct err *e)
{
	struct timeval tick = { ENGINE_TICK_MS / 1000, 0 };

	g->base = event_base_new();
	if (!g->base)
		goto memory;
	g->on_supervisor = event_new(g->base, ROLE_FD_SUPERVISOR,
	    EV_READ | EV_PERSIST, engine_role_on_supervisor, g);
	g->on_term = evsignal_new(g->base, SIGTERM, engine_role_on_term, g);
	g->tick = event_new(g->base, -1, EV_PERSIST, engine_role_on_tick, g);
	g->due = evtimer_new(g->base, engine_role_on_due, g);
	g->peers = peers_new(g->base, &engine_peers_ops, g);
	if (!g->on_supervisor || event_add(g->on_supervisor, NULL) < 0 ||
	    !g->on_term || event_add(g->on_term, NULL) < 0 ||
	    !g->tick || event_add(g->tick, &tick) < 0 || !g->due || !g->peers)
		goto memory;
	g->watch = watch_new(g->base, engine_role_on_outbox, g, e);
	return g->watch ? 0 : e->code;
memory:
	return err_set(e, -ENOMEM, "cannot make the event loop");
}

static int
engine_role_socket(struct role_engine *g, struct err *e)
{
	const char *path = g->config->control_socket;
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (slash && slash != path &&
	    slice_copy(slice(path, (size_t)(slash - path)), dir,
	    sizeof(dir)) && io_mkdirs(dir, 0755, e) < 0)
		return e->code;
	g->control = control_new(g->base, path, g->config->control_group,
	    engine_role_on_request, g, e);
	return g->control ? 0 : e->code;
}

/*
 * The socket before the store: whoever holds it is the one x12d of this
 * configuration. Requests wait in it until the loop begins.
 */
static int
engine_role_begin(struct role_engine *g, struct err *e)
{
	struct role_message ready = { .word = ROLE_READY };
	struct engine_effects effects = { .work = engine_role_work,
	    .courier = engine_role_courier, .log = engine_role_log,
	    .ctx = g };

	g->config = config_load_snapshot(ROLE_FD_CONFIG, e);
	if (!g->config)
		return e->code;
	g->c->log.debug = g->config->log_debug;
	if (engine_role_events(g, e) < 0 || engine_role_socket(g, e) < 0)
		return e->code;
	g->store = store_open(g->config->store_dir, e);
	if (!g->store)
		return e->code;
	g->engine = engine_new(g->store, g->config, &effects, clock_wall(),
	    e);
	if (!g->engine)
		return e->code;
	g->look = true;
	role_tell(g, &ready);
	return engine_role_after(g->due, 0);
}

static void
engine_role_free(struct role_engine *g)
{
	struct event *all[] = { g->on_supervisor, g->on_term, g->tick,
	    g->due };

	control_free(g->control);
	watch_free(g->watch);
	peers_free(g->peers);
	engine_free(g->engine);
	store_close(g->store);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i])
			event_free(all[i]);
	if (g->base)
		event_base_free(g->base);
	config_free(g->config);
}

int
role_engine_main(struct role_context *c)
{
	struct role_engine g = { .c = c };
	struct err e = ERR_NONE;

	if (engine_role_begin(&g, &e) < 0) {
		log_event(&c->log, LOG_ERR, "cannot_start", log_err(&e));
		engine_role_stop(&g, ROLE_EXIT_CANNOT);
	}
	while (!g.stop && engine_role_round(&g))
		;
	/* The last words of couriers and workers are in their sockets. */
	if (g.engine && event_base_loop(g.base, EVLOOP_NONBLOCK) >= 0)
		engine_step(g.engine, clock_wall());
	engine_role_free(&g);
	return g.stop ? g.status : ROLE_EXIT_FAILED;
}
