/* SPDX-License-Identifier: ISC */
/*
 * The engine's life: partners, recovery, and the step that does what is due.
 */
#include "daemon/engine_inner.h"

#include "base/io.h"

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

/* ---- partners ----------------------------------------------------------- */

struct peer *
engine_peer(struct engine *g, const char *name)
{
	for (struct peer *p = g->peers; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

bool
engine_peer_paused(const struct peer *p)
{
	return !p->config || p->config->paused || p->record.paused;
}

void
engine_pause(struct engine *g, struct peer *p, const char *kind,
    const char *why)
{
	if (p->record.paused)
		return;
	p->record.paused = true;
	p->record.since = g->now;
	snprintf(p->record.reason, sizeof(p->record.reason), "%s: %s", kind,
	    why);
	engine_peer_save(g, p);
	engine_event(g, NULL, p->name, "paused", "%s", p->record.reason);
	engine_log(g, strcmp(kind, "operator") == 0 ? LOG_NOTICE : LOG_ERR,
	    "partner_paused", log_partner(p), log_reason(p->record.reason));
}

/* Where clerks put files in and find files. */
static bool
engine_make_dirs(struct engine *g, struct peer *p)
{
	static const char *const dirs[] = { "outbox", "inbox", "rejected",
	    "incomplete" };
	struct err e = ERR_NONE;
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", g->config->spool_dir,
		    dirs[i], p->name);
		if (io_mkdirs(path, 0770, &e) < 0) {
			engine_log(g, LOG_ERR, "no_directory", log_partner(p),
			    log_err(&e));
			return false;
		}
	}
	return true;
}

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
static void
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
	p->out.look = p->out.doubts = true;
}

static struct peer *
engine_add_peer(struct engine *g, const char *name)
{
	struct peer *p = calloc(1, sizeof(*p)), **at = &g->peers;

	if (!p)
		return NULL;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->in.fd = -1;
	p->out.wake = ENGINE_NEVER;
	while (*at)
		at = &(*at)->next;
	*at = p;
	g->peer_count++;
	return p;
}

static bool
engine_set_config(struct engine *g, const struct config *config)
{
	g->config = config;
	for (struct peer *p = g->peers; p; p = p->next)
		p->config = NULL;
	for (unsigned i = 0; i < config->partner_count; i++) {
		const struct config_partner *c = &config->partners[i];
		struct peer *p = engine_peer(g, c->name);

		if (!p)
			p = engine_add_peer(g, c->name);
		if (!p)
			return false;
		p->config = c;
	}
	return true;
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
engine_clear(struct engine *g)
{
	struct later *l;

	job_drop_all(g);
	while ((l = g->later)) {
		g->later = l->next;
		free(l);
	}
	for (struct peer *p = g->peers; p; p = p->next) {
		intake_free(p);
		outbound_free(p);
		inbound_free(g, p);
	}
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
		outbound_step(g, p);
		inbound_step(g, p);
	}
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
		wake = sooner(wake, outbound_wake(g, p));
		wake = sooner(wake, inbound_wake(g, p));
	}
	return wake < g->now ? g->now : wake;
}

int64_t
engine_step(struct engine *g, int64_t now)
{
	g->now = now;
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

static bool
same(const char *a, const char *b)
{
	return (!a || !b) ? a == b : strcmp(a, b) == 0;
}

/* Would a connection be tried otherwise now than when it was refused? */
static bool
engine_same_connection(const struct config_sftp *a,
    const struct config_sftp *b)
{
	bool equal = same(a->host, b->host) && same(a->user, b->user) &&
	    a->port == b->port && same(a->identity_file, b->identity_file) &&
	    same(a->password_file, b->password_file) &&
	    same(a->known_hosts, b->known_hosts) &&
	    same(a->upload_dir, b->upload_dir) &&
	    a->ssh_option_count == b->ssh_option_count;

	for (unsigned i = 0; equal && i < a->ssh_option_count; i++)
		equal = same(a->ssh_options[i], b->ssh_options[i]);
	return equal;
}

void
engine_resume(struct engine *g, struct peer *p, const char *why)
{
	p->record.paused = false;
	p->record.reason[0] = '\0';
	p->record.since = 0;
	p->record.failures = 0;
	p->record.next_poll = 0;
	p->out.not_before = 0;
	p->told = false;
	outbound_hurry(g, p);
	engine_peer_save(g, p);
	engine_event(g, NULL, p->name, "resumed", "%s", why);
	engine_log(g, LOG_NOTICE, "partner_resumed", log_partner(p),
	    log_reason(why));
}

void
engine_reload(struct engine *g, const struct config *config)
{
	const struct config *old = g->config;

	if (!engine_set_config(g, config)) {
		struct err e = { -ENOMEM, "out of memory" };

		engine_fail(g, &e);
	}
	for (struct peer *p = g->peers; p && !g->failed; p = p->next) {
		const struct config_partner *was = config_partner(old, p->name);

		if (p->config && !was && !g->recover_at)
			engine_recover_peer(g, p);
		else if (p->config)
			engine_make_dirs(g, p);
		if (p->config && was && p->record.paused &&
		    strncmp(p->record.reason, "operator:", 9) != 0 &&
		    !engine_same_connection(&was->sftp, &p->config->sftp))
			engine_resume(g, p, "its settings were changed");
		p->out.look = true;
	}
}
