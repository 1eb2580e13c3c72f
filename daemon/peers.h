/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_PEERS_H
#define DAEMON_PEERS_H

/*
 * The engine's workers and couriers, as sockets: who is there, who is idle,
 * what came from whom. Nothing is queued here: a worker holds one job, and the
 * kernel's queue of a courier's socket is its queue; one that takes nothing
 * more is reported through on_broken, for its successor will. What a peer says
 * is checked before anybody sees it; one that sends nonsense is hung up on and
 * reported.
 */

#include "daemon/message.h"
#include "daemon/role.h"

struct event_base;
struct json;
struct buf;

struct peers;

struct peers_ops {
	void (*on_work)(void *ctx, const struct work_reply *m);
	void (*on_worker_lost)(void *ctx, uint64_t job);
	/* The worker is gone and had not read it: no fault of the file's. */
	void (*on_work_unread)(void *ctx, uint64_t job);
	/* A worker is idle that was not. */
	void (*on_worker_up)(void *ctx);
	void (*on_courier)(void *ctx, const char *partner,
	    const struct courier_reply *m);
	void (*on_courier_up)(void *ctx, const char *partner);
	void (*on_courier_lost)(void *ctx, const char *partner);
	/* To be killed: it sent nonsense, or is late with its answer. */
	void (*on_broken)(void *ctx, enum role_kind kind, int32_t pid,
	    const char *why);
};

/* NULL: out of memory. ops and ctx must outlive the peers. */
struct peers *peers_new(struct event_base *base, const struct peers_ops *ops,
    void *ctx);
void peers_free(struct peers *p);

/* One that the supervisor started; takes over sock, also when it fails. */
int peers_add(struct peers *p, const struct role_message *m, int sock,
    struct err *e) __attribute__((warn_unused_result));

/* As struct engine_effects has them. */
bool peers_work(struct peers *p, const struct work_request *m,
    const int *fds, unsigned nfds, int64_t now);
bool peers_courier(struct peers *p, const char *partner,
    const struct courier_request *m, const int *fds, unsigned nfds);

/* Report workers whose job began before `since` (monotonic ms). */
void peers_check(struct peers *p, int64_t since);

/* A "process" line for each, as docs/control.md has it. */
void peers_status(const struct peers *p, struct buf *out);

#endif
