/* SPDX-License-Identifier: ISC */
/*
 * Partners: which there are, whether they are paused, and what a new
 * configuration changes.
 */
#include "daemon/engine_inner.h"

#include "base/io.h"

#include <stdlib.h>

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
bool
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

bool
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

		/* In mid-work, or with answers of then: the store knows. */
		if (!p->config != !was)
			engine_forget_peer(g, p);
		if (p->config && !was && !g->recover_at)
			engine_recover_peer(g, p);
		else if (p->config)
			engine_make_dirs(g, p);
		if (p->config && was && p->record.paused &&
		    strncmp(p->record.reason, "operator:", 9) != 0 &&
		    !engine_same_connection(&was->sftp, &p->config->sftp))
			engine_resume(g, p, "its settings were changed");
		p->out.look = true;
		/* The rule may be another, and the zone's name is gone. */
		batch_forget_zone(p);
		p->batch.stale = true;
	}
}
