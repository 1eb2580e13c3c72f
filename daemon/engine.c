/* SPDX-License-Identifier: ISC */
/*
 * The engine's life: recovery, and the step that does what is due.
 */
#include "daemon/engine_inner.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- time and chance ---------------------------------------------------- */

/* xorshift64*: jitter needs no secret, and tests want it to repeat. */
static uint64_t
engine_random(struct engine *g)
{
	g->random ^= g->random >> 12;
	g->random ^= g->random << 25;
	g->random ^= g->random >> 27;
	return g->random * 0x2545f4914f6cdd1dULL;
}

int64_t
engine_backoff(struct engine *g, int64_t first, int64_t max,
    unsigned failures)
{
	int64_t delay = first > 0 ? first : 1000;

	while (failures-- > 0 && delay < max)
		delay *= 2;
	if (delay > max && max > 0)
		delay = max;
	return delay - (int64_t)(engine_random(g) % (uint64_t)(delay / 5 + 1));
}

void
engine_later(struct engine *g, const struct store_id *id, int64_t delay)
{
	struct later *l = calloc(1, sizeof(*l));
	struct err e = ERR_NONE;

	if (!l) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
		return;
	}
	l->id = *id;
	l->when = g->now + delay;
	l->next = g->later;
	g->later = l;
}

void
engine_disk_full(struct engine *g, const struct err *e)
{
	g->intake_stop = g->now + ENGINE_RETRY_MS;
	if (g->full_told_at == 0 ||
	    g->now - g->full_told_at >= ENGINE_TELL_MS) {
		engine_log(g, LOG_CRIT, "intake_stopped", log_err(e));
		g->full_told_at = g->now;
	}
	g->full_told = true;
}

/* ---- recovery ----------------------------------------------------------- */

static void
engine_recover_kind(struct engine *g, struct peer *p, enum file_kind kind,
    enum file_state state)
{
	struct store_file_filter filter = { .kind = kind, .state = state,
	    .partner = p->name };
	struct files files;

	if (!engine_files(g, &filter, &files))
		return;
	for (size_t i = 0; i < files.count && !g->failed; i++)
		engine_take_up(g, &files.at[i]);
	engine_files_free(&files);
}

/* Take up everything of a partner that was in hand. */
void
engine_recover_peer(struct engine *g, struct peer *p)
{
	static const struct {
		enum file_kind kind;
		enum file_state state;
	} in_hand[] = {
		{ FILE_DROPPED, STATE_CLAIMING },
		{ FILE_DROPPED, STATE_CLAIMED },
		{ FILE_DROPPED, STATE_CHECKED },
		{ FILE_OUTGOING, STATE_SENDING },
		{ FILE_FETCHED, STATE_FETCHING },
		{ FILE_FETCHED, STATE_FETCHED },
		{ FILE_FETCHED, STATE_MATCHED },
		{ FILE_FETCHED, STATE_PARKED },
		{ FILE_FETCHED, STATE_DUPLICATE },
		{ FILE_FETCHED, STATE_BROKEN },
	};
	struct err e = ERR_NONE;

	if (store_partner_get(g->store, p->name, &p->record, &e) < 0) {
		engine_fail(g, &e);
		return;
	}
	snprintf(p->record.name, sizeof(p->record.name), "%s", p->name);
	/* A clock that was put back must not make it wait for the old time. */
	if (p->record.next_poll > g->now + p->config->poll_interval)
		p->record.next_poll = g->now;
	engine_make_dirs(g, p);
	for (size_t i = 0; i < sizeof(in_hand) / sizeof(in_hand[0]); i++)
		engine_recover_kind(g, p, in_hand[i].kind, in_hand[i].state);
	p->intake.hinted = true;
	p->batch.stale = true;
	p->out.look = p->out.doubts = true;
}

/* ---- taking up ---------------------------------------------------------- */

void
engine_take_up(struct engine *g, struct store_file *f)
{
	struct peer *p = engine_peer(g, f->partner);

	if (!p || !p->config)
		return;
	if (f->kind == FILE_DROPPED)
		intake_take_up(g, p, f);
	else if (f->kind == FILE_FETCHED)
		inbound_take_up(g, p, f);
	else
		outbound_take_up(g, p, f);
}

static void
engine_do_later(struct engine *g)
{
	struct later **at = &g->later, *l;
	struct store_file f;

	while ((l = *at)) {
		if (l->when > g->now) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		g->progress = true;
		if (engine_get(g, &l->id, &f))
			engine_take_up(g, &f);
		free(l);
	}
}

void
engine_forget_peer(struct engine *g, struct peer *p)
{
	job_drop_of(g, p);
	duplicates_clear(p);
	intake_free(p);
	outbound_free(p);
	inbound_free(g, p);
	batch_free(p);
}

void
engine_clear(struct engine *g)
{
	struct later *l;

	job_drop_all(g);
	while ((l = g->later)) {
		g->later = l->next;
		free(l);
	}
	for (struct peer *p = g->peers; p; p = p->next)
		engine_forget_peer(g, p);
	overdue_free(g);
}

static void
engine_recover(struct engine *g)
{
	g->recover_at = 0;
	for (struct peer *p = g->peers; p && !g->failed; p = p->next)
		if (p->config)
			engine_recover_peer(g, p);
	g->next_overdue = g->now;
}

/* ---- the step ----------------------------------------------------------- */

/* Intake takes turns, so that one full outbox does not starve the others. */
static void
engine_do_intake(struct engine *g)
{
	struct peer *p = g->turn ? g->turn : g->peers;

	for (unsigned i = 0; i < g->peer_count && !g->failed; i++) {
		if (p->config)
			intake_step(g, p);
		p = p->next ? p->next : g->peers;
	}
	if (p)
		g->turn = p->next ? p->next : g->peers;
}

static void
engine_do_all(struct engine *g)
{
	engine_do_later(g);
	if (g->now >= g->intake_stop)
		engine_do_intake(g);
	for (struct peer *p = g->peers; p && !g->failed; p = p->next) {
		if (!p->config)
			continue;
		batch_step(g, p);
		outbound_step(g, p);
		inbound_step(g, p);
	}
	duplicates_step(g);
	match_retry(g);
	overdue_step(g);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
engine_intake_wake(const struct engine *g, const struct peer *p)
{
	int64_t wake = p->intake.hinted || p->intake.dir ? g->now :
	    p->intake.next_scan;

	if (duplicates_busy(p))
		return g->now;
	if (!job_room(g))
		return ENGINE_NEVER;    /* a job that is done wakes it */
	return wake < g->intake_stop ? g->intake_stop : wake;
}

static int64_t
engine_wake(const struct engine *g)
{
	int64_t wake = sooner(g->next_overdue, match_wake(g));

	for (const struct later *l = g->later; l; l = l->next)
		wake = sooner(wake, l->when);
	for (const struct peer *p = g->peers; p; p = p->next) {
		if (!p->config)
			continue;
		wake = sooner(wake, engine_intake_wake(g, p));
		wake = sooner(wake, batch_wake(g, p));
		wake = sooner(wake, outbound_wake(g, p));
		wake = sooner(wake, inbound_wake(g, p));
	}
	return wake < g->now ? g->now : wake;
}

int64_t
engine_step(struct engine *g, int64_t now)
{
	g->now = now;
	g->steps++;
	g->workers_busy = false;
	if (g->recover_at > now)
		return g->recover_at;
	/* What no worker could take before: one may have come up since. */
	job_give(g);
	for (unsigned i = 0; i < ENGINE_ROUNDS; i++) {
		if (g->recover_at)
			engine_recover(g);
		engine_do_all(g);
		if (!g->progress && !g->open && !g->after && !g->failed)
			return engine_wake(g);
		g->progress = false;
		if (!engine_commit(g))
			return g->recover_at;
		job_give(g);
	}
	return now;
}

/* ---- what happened ------------------------------------------------------ */

void
engine_on_outbox(struct engine *g, const char *partner, int64_t now)
{
	g->now = now;
	for (struct peer *p = g->peers; p; p = p->next)
		if (!partner || strcmp(p->name, partner) == 0)
			p->intake.hinted = true;
}

void
engine_courier_gone(struct engine *g, struct peer *p)
{
	p->courier_up = false;
	outbound_on_lost(g, p);
	inbound_on_lost(g, p);
}

void
engine_on_courier_up(struct engine *g, const char *partner, int64_t now)
{
	struct peer *p = engine_peer(g, partner);

	g->now = now;
	if (!p)
		return;
	p->courier_up = true;
	p->out.look = true;
}

void
engine_on_courier_lost(struct engine *g, const char *partner, int64_t now)
{
	struct peer *p = engine_peer(g, partner);

	g->now = now;
	if (p)
		engine_courier_gone(g, p);
}

void
engine_on_courier(struct engine *g, const char *partner,
    const struct courier_reply *m, int64_t now)
{
	struct peer *p = engine_peer(g, partner);

	g->now = now;
	if (!p || m->job == 0)
		return;
	g->progress = true;
	if (m->job == p->out.job)
		outbound_on_reply(g, p, m);
	else if (m->job == p->in.job)
		inbound_on_reply(g, p, m);
}

/* ---- life --------------------------------------------------------------- */

struct engine *
engine_new(struct store *store, const struct config *config,
    const struct engine_effects *effects, int64_t now, struct err *e)
{
	struct engine *g = calloc(1, sizeof(*g));

	if (!g) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	g->store = store;
	g->effects = *effects;
	g->now = g->started = now;
	/* Never the number of a job of an engine before. */
	g->next_job = (uint64_t)now << 20 | 1;
	g->random = (uint64_t)now * 2 + 1;
	g->jobs_end = &g->jobs;
	g->after_end = &g->after;
	if (!engine_set_config(g, config)) {
		err_set(e, -ENOMEM, "out of memory");
		engine_free(g);
		return NULL;
	}
	g->recover_at = now > 0 ? now : 1;
	return g;
}

void
engine_free(struct engine *g)
{
	struct peer *p;

	if (!g)
		return;
	if (g->open)
		store_rollback(g->store);
	engine_drop_after(g);
	engine_clear(g);
	while ((p = g->peers)) {
		g->peers = p->next;
		free(p);
	}
	free(g);
}
