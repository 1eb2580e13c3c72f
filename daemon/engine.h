/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

/*
 * The engine decides: what a file's next state is, when it is sent, what an
 * answer belongs to. It owns the store, parses no X12 and speaks to no
 * network. It has no loop of its own and knows no clock: a role process, or a
 * test, tells it what happened and what time it is, and it answers with
 * requests through its effects. An event is a hint, the store is the truth:
 * after engine_new() everything that was in hand is taken up again.
 */

#include "base/buf.h"
#include "config/config.h"
#include "daemon/message.h"
#include "spool/store.h"

struct engine;

struct engine_effects {
	/*
	 * Give work to any idle worker. Descriptors stay the engine's and may
	 * be closed after the call. false: all are busy, ask again when
	 * engine_on_work() or engine_step() is called.
	 */
	bool (*work)(void *ctx, const struct work_request *m, const int *fds,
	    unsigned nfds);
	/* The same for the courier of a partner. false: not running. */
	bool (*courier)(void *ctx, const char *partner,
	    const struct courier_request *m, const int *fds, unsigned nfds);
	/* One line for the operator: never a value of the patient's. */
	void (*log)(void *ctx, int priority, const char *line);
	void *ctx;
};

/* The configuration must outlive the engine, or be replaced by reload. */
struct engine *engine_new(struct store *store, const struct config *config,
    const struct engine_effects *effects, int64_t now, struct err *e);
void engine_free(struct engine *g);
void engine_reload(struct engine *g, const struct config *config);

/* What happened. now: wall time in ms. */
void engine_on_work(struct engine *g, const struct work_reply *m,
    int64_t now);
void engine_on_worker_lost(struct engine *g, uint64_t job, int64_t now);
/* It died, or was ended, before it read the request. */
void engine_on_work_unread(struct engine *g, uint64_t job, int64_t now);
void engine_on_courier(struct engine *g, const char *partner,
    const struct courier_reply *m, int64_t now);
void engine_on_courier_up(struct engine *g, const char *partner, int64_t now);
void engine_on_courier_lost(struct engine *g, const char *partner,
    int64_t now);
/* Something changed in an outbox (NULL: look at all of them). */
void engine_on_outbox(struct engine *g, const char *partner, int64_t now);

/*
 * Do what is due; the wall time when there is something to do next. The role
 * calls it once after every round of events: it is also what commits.
 */
int64_t engine_step(struct engine *g, int64_t now);

/*
 * One request of x12ctl, answered as JSON, one object a line, into out.
 * Arguments are words; writing ones ("partner pause") name who asked.
 */
void engine_control(struct engine *g, int argc, const char *const *argv,
    uint32_t uid, int64_t now, struct buf *out);

#endif
