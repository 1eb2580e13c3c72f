/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_SUPERVISOR_INNER_H
#define DAEMON_SUPERVISOR_INNER_H

/*
 * The parts of the supervisor among themselves: supervisor.c has the loop and
 * the order of start and stop, slot.c one process that is to run, reload.c
 * another configuration.
 */

#include "base/buf.h"
#include "daemon/supervisor.h"
#include "kit/kit.h"

#include <event2/event.h>
#include <sys/types.h>

enum {
	SLOT_DELAY_FIRST = 100,       /* ms before a role is started again */
	SLOT_DELAY_MOST = 30 * 1000,
	SLOT_HEALTHY = 60 * 1000,     /* lived that long: forget failures */
	SLOT_PATIENCE = 30 * 1000,    /* asked to end that long ago: kill */
	SLOT_PATIENCE_WORKER = 10 * 60 * 1000,  /* it ends its file first */
	SUPERVISOR_PEERS_MS = 5000,   /* couriers and workers may finish */
	SUPERVISOR_STOP_MS = 10000,   /* all of it; then SIGKILL */
};

/* One process that is to run. */
struct slot {
	struct supervisor *s;
	const struct role *role;
	unsigned index;               /* of a worker */
	char partner[CONFIG_NAME];    /* of a courier */
	pid_t pid;                    /* 0: does not run */
	int sock;                     /* our end of its descriptor 3, or -1 */
	struct event *readable, *timer;
	int64_t started;              /* monotonic */
	int64_t delay;                /* before the next start */
	bool wanted;                  /* false: not again once it is gone */
	bool asked;                   /* we asked it to end: no failure */
};

struct supervisor {
	const char *config_path;
	struct config *config;
	int snapshot;
	struct kit_lists lists;       /* for workers */
	struct log log;
	struct event_base *base;
	struct event *on_child, *on_stop[2], *on_hup, *peers_timer,
	    *stop_timer;
	struct slot **slots;          /* the engine's is the first */
	unsigned slot_count;
	bool engine_ready, was_ready, stopping;
	int status;                   /* of the exit */
};

/* ---- supervisor.c ---- */
/* All of it, with what its partners name; NULL as config_load(). */
struct config *supervisor_read(const char *path, struct config_sink sink,
    struct err *e);
void supervisor_stop(struct supervisor *s);
void supervisor_notify(struct supervisor *s, int state, const char *status);
void supervisor_on_engine(evutil_socket_t fd, short what, void *ctx);
/* A role ended: start again, give up, or go on stopping. */
void supervisor_on_gone(struct supervisor *s, struct slot *l, int status);
void supervisor_start_peers(struct supervisor *s);

/* ---- slot.c ---- */
struct slot *slot_new(struct supervisor *s, const struct role *role,
    unsigned index, const char *partner, struct err *e);
void slot_free(struct slot *l);
void slot_start(struct slot *l);
void slot_start_later(struct slot *l);
/* Ask it to end: a worker after its file, a courier as soon as it may. */
void slot_ask(struct slot *l);
void slot_kill(struct slot *l);
/* It was reaped: close what was its. */
void slot_gone(struct slot *l, int status);
/* The delay before the next start after a life of lived ms. */
int64_t slot_next_delay(int64_t delay, int64_t lived, bool asked);
int slot_tell(struct slot *l, const struct role_message *m, int fd,
    struct err *e) __attribute__((warn_unused_result));

/* ---- reload.c ---- */
/* Slots as the configuration wants them; new ones are not started yet. */
int reload_slots(struct supervisor *s, struct err *e)
    __attribute__((warn_unused_result));
/* asked: x12ctl waits for an answer through the engine. */
void reload_run(struct supervisor *s, bool asked);

#endif
