/* SPDX-License-Identifier: ISC */
/*
 * The poll: what a partner has for us, and what to do with each name of it.
 */
#include "daemon/inbound.h"

#include "transport/sftp.h"

#include <stdlib.h>
#include <unistd.h>

enum { INBOUND_SOON_MS = 10000, RETRY_NOBODY_MS = 60000 };

static const char *
inbound_directory(const struct peer *p)
{
	return p->config->sftp.download_dirs[p->in.directory];
}

/* ---- files that are left for later -------------------------------------- */

static struct putoff **
inbound_find_putoff(struct peer *p, const char *directory, const char *name)
{
	struct putoff **at = &p->in.putoff;

	while (*at && (strcmp((*at)->name, name) != 0 ||
	    strcmp((*at)->directory, directory) != 0))
		at = &(*at)->next;
	return at;
}

static void
putoff_free(struct peer *p, struct putoff **at)
{
	struct putoff *o = *at;

	*at = o->next;
	free(o->directory);
	free(o->name);
	free(o);
	p->in.putoffs--;
}

static struct putoff *
putoff_new(struct engine *g, struct peer *p, const char *directory,
    const char *name)
{
	struct putoff *o = calloc(1, sizeof(*o)), **at = &p->in.putoff;

	if (!o)
		return NULL;
	o->directory = strdup(directory);
	o->name = strdup(name);
	if (!o->directory || !o->name) {
		free(o->directory);
		free(o->name);
		free(o);
		return NULL;
	}
	o->since = g->now;
	/* Too many: the oldest is forgotten, and so only looked at again. */
	if (p->in.putoffs >= INBOUND_PUTOFF)
		putoff_free(p, at);
	while (*at)
		at = &(*at)->next;
	*at = o;
	p->in.putoffs++;
	return o;
}

void
inbound_put_off(struct engine *g, struct peer *p, const char *directory,
    const struct remote *r, int64_t delay, bool part)
{
	struct putoff *o = *inbound_find_putoff(p, directory, r->name);

	/* Without memory for it, it is fetched once more in the next poll. */
	if (!o && !(o = putoff_new(g, p, directory, r->name)))
		return;
	if (o->size != r->size || o->mtime != r->mtime)
		o->since = g->now;
	o->size = r->size;
	o->mtime = r->mtime;
	o->due = o->since + delay;
	o->part = part;
}

/* ---- files that are here and still there -------------------------------- */

void
inbound_unsettled(struct engine *g, struct peer *p,
    const struct store_file *f)
{
	struct unsettled *u = calloc(1, sizeof(*u));
	struct err e;

	if (u) {
		u->directory = strdup(f->directory);
		u->name = strdup(f->name);
	}
	if (!u || !u->directory || !u->name) {
		err_set(&e, -ENOMEM, "out of memory");
		engine_fail(g, &e);
		if (u) {
			free(u->directory);
			free(u->name);
		}
		free(u);
		return;
	}
	u->id = f->id;
	u->size = f->size;
	u->mtime = f->remote_mtime;
	u->next = p->in.unsettled;
	p->in.unsettled = u;
}

static void
unsettled_free(struct unsettled **at)
{
	struct unsettled *u = *at;

	*at = u->next;
	free(u->directory);
	free(u->name);
	free(u);
}

void
inbound_forget_unsettled(struct peer *p, const struct store_id *id)
{
	for (struct unsettled **at = &p->in.unsettled; *at;
	    at = &(*at)->next)
		if (store_id_equal(&(*at)->id, id)) {
			unsettled_free(at);
			return;
		}
}

/* ---- one listing -------------------------------------------------------- */

static int
remote_compare(const void *a, const void *b)
{
	const struct remote *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct remote *
inbound_listed(const struct peer *p, const char *name)
{
	struct remote key = { .size = 0 };

	if (p->in.count == 0)
		return NULL;
	snprintf(key.name, sizeof(key.name), "%s", name);
	return bsearch(&key, p->in.entries, p->in.count,
	    sizeof(*p->in.entries), remote_compare);
}

/*
 * What is here and no longer listed has been settled, by us before a crash or
 * by the partner; what is listed with other bytes under its name, too.
 */
static void
inbound_match_unsettled(struct engine *g, struct peer *p)
{
	struct unsettled **at = &p->in.unsettled, *u;

	while ((u = *at) && !g->failed) {
		struct remote *r;
		struct store_file f;

		if (strcmp(u->directory, inbound_directory(p)) != 0) {
			at = &u->next;
			continue;
		}
		r = inbound_listed(p, u->name);
		if (r && r->size == u->size && r->mtime == u->mtime) {
			r->settle = true;
			r->id = u->id;
			at = &u->next;
			continue;
		}
		if (!r && p->in.truncated) {
			at = &u->next;
			continue;
		}
		if (engine_get(g, &u->id, &f))
			inbound_settled(g, &f, r ? "the partner has another "
			    "file under its name" : "the partner does not "
			    "list it any more");
		unsettled_free(at);
	}
}

/*
 * The newest file of that name is this one, and it is left there on purpose or
 * still in hand (after a restart it is not in the list of unsettled ones before
 * it is in the inbox).
 */
static bool
inbound_known(struct engine *g, struct peer *p, const struct remote *r)
{
	struct store_file_filter filter = { .kind = FILE_FETCHED,
	    .partner = p->name, .directory = inbound_directory(p),
	    .name = r->name, .newest_first = true, .limit = 1 };
	struct files files;
	bool known = false;

	if (!engine_files(g, &filter, &files))
		return true;
	if (files.count > 0)
		known = files.at[0].size == r->size &&
		    files.at[0].remote_mtime == r->mtime &&
		    (p->config->sftp.after == CONFIG_AFTER_LEAVE ||
		    !files.at[0].settled);
	engine_files_free(&files);
	return known;
}

static bool
inbound_wanted(struct engine *g, struct peer *p, struct remote *r)
{
	struct putoff **at = inbound_find_putoff(p, inbound_directory(p),
	    r->name);

	if (r->settle)
		return true;
	if (*at && (*at)->size == r->size && (*at)->mtime == r->mtime) {
		if (g->now < (*at)->due)
			return false;
		r->force = (*at)->part;
	}
	return !inbound_known(g, p, r);
}

/* The files that were put off and are gone there. */
static void
inbound_sweep_putoffs(struct peer *p)
{
	struct putoff **at = &p->in.putoff;

	while (*at)
		if (strcmp((*at)->directory, inbound_directory(p)) == 0 &&
		    !p->in.truncated && !inbound_listed(p, (*at)->name))
			putoff_free(p, at);
		else
			at = &(*at)->next;
}

static void
inbound_on_listed(struct engine *g, struct peer *p)
{
	size_t kept = 0;

	if (p->in.count > 0)
		qsort(p->in.entries, p->in.count, sizeof(*p->in.entries),
		    remote_compare);
	inbound_match_unsettled(g, p);
	inbound_sweep_putoffs(p);
	for (size_t i = 0; i < p->in.count && !g->failed; i++)
		if (inbound_wanted(g, p, &p->in.entries[i]))
			p->in.entries[kept++] = p->in.entries[i];
	p->in.count = kept;
	p->in.next = 0;
	engine_partner_well(g, p);
	inbound_next(g, p);
}

static void
inbound_on_entry(struct peer *p, const struct courier_reply *m)
{
	struct remote *r;

	/* Names come from the partner: nothing that is a way somewhere. */
	if (!m->name[0] || strchr(m->name, '/') || intake_ignored(m->name) ||
	    strlen(m->name) >= sizeof(r->name))
		return;
	if (p->in.count == p->in.cap) {
		size_t cap = p->in.cap ? p->in.cap * 2 : 32;
		void *at = cap > INBOUND_ENTRIES ? NULL :
		    reallocarray(p->in.entries, cap, sizeof(*r));

		if (!at) {
			p->in.truncated = true;    /* the rest next time */
			return;
		}
		p->in.entries = at;
		p->in.cap = cap;
	}
	r = &p->in.entries[p->in.count++];
	*r = (struct remote){ .size = m->size, .mtime = m->mtime };
	snprintf(r->name, sizeof(r->name), "%s", m->name);
}

static void
inbound_list(struct engine *g, struct peer *p)
{
	struct courier_request m = { .kind = COURIER_LIST };

	p->in.count = p->in.next = 0;
	p->in.truncated = false;
	p->in.stage = IN_LIST;
	snprintf(m.directory, sizeof(m.directory), "%s",
	    inbound_directory(p));
	p->in.job = engine_courier(g, p, &m, NULL, -1);
}

static void
inbound_list_failed(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	/* More than one listing may hold: the rest when these are gone. */
	if (m->fault == SFTP_TOO_LARGE) {
		engine_log(g, LOG_ERR, "listing_cut", log_partner(p),
		    log_int(LOGKEY_COUNT, (int64_t)p->in.count),
		    log_reason(m->text));
		p->in.truncated = true;
		inbound_on_listed(g, p);
		return;
	}
	/* One directory that is not there does not hide the others. */
	if (m->fault == SFTP_MISSING || m->fault == SFTP_DENIED) {
		engine_log(g, LOG_ERR, "not_listed", log_partner(p),
		    log_reason(m->text));
		p->in.count = p->in.next = 0;
		inbound_next(g, p);
		return;
	}
	if (m->outcome == OUTCOME_FAILED)
		engine_partner_failed(g, p, m->fault, m->text);
	inbound_end(g, p, p->out.not_before - g->now);
}

/* ---- the poll ----------------------------------------------------------- */

/* After a send the first answers come soon: look often, then less and less. */
static int64_t
inbound_interval(struct peer *p)
{
	int64_t soon = (int64_t)INBOUND_SOON_MS << p->in.eager;

	if (!p->config)
		return RETRY_NOBODY_MS;
	if (p->in.eager == 0 || soon >= p->config->poll_interval) {
		p->in.eager = 0;
		return p->config->poll_interval;
	}
	p->in.eager++;
	return soon;
}

void
inbound_expect(struct engine *g, struct peer *p)
{
	p->in.eager = 1;
	if (p->record.next_poll > g->now + INBOUND_SOON_MS)
		p->record.next_poll = g->now + INBOUND_SOON_MS;
}

void
inbound_end(struct engine *g, struct peer *p, int64_t delay)
{
	int64_t interval = inbound_interval(p);

	p->in.stage = IN_IDLE;
	p->in.job = 0;
	free(p->in.entries);
	p->in.entries = NULL;
	p->in.count = p->in.cap = p->in.next = 0;
	p->record.last_poll = g->now;
	/* Up to a fifth sooner: two hundred partners do not poll as one. */
	p->record.next_poll = g->now + (delay > 0 ? delay :
	    engine_backoff(g, interval, interval, 0));
	engine_peer_save(g, p);
}

void
inbound_next(struct engine *g, struct peer *p)
{
	p->in.stage = IN_NEXT;
	p->in.job = 0;
	g->progress = true;
}

static void
inbound_do_next(struct engine *g, struct peer *p)
{
	if (engine_peer_paused(p))
		inbound_end(g, p, 0);
	else if (p->in.next < p->in.count) {
		p->in.remote = p->in.entries[p->in.next++];
		if (!p->in.remote.settle)
			inbound_fetch(g, p);
		else if (engine_get(g, &p->in.remote.id, &p->in.file))
			inbound_settle(g, p);
	} else if (++p->in.directory < p->config->sftp.download_count)
		inbound_list(g, p);
	else
		inbound_end(g, p, 0);
}

static bool
inbound_due(const struct engine *g, const struct peer *p)
{
	return p->in.stage == IN_IDLE && p->courier_up &&
	    !engine_peer_paused(p) && p->config->sftp.download_count > 0 &&
	    g->now >= p->record.next_poll && g->now >= p->out.not_before;
}

void
inbound_step(struct engine *g, struct peer *p)
{
	while (p->in.stage == IN_NEXT && !g->failed)
		inbound_do_next(g, p);
	if (!inbound_due(g, p))
		return;
	p->in.directory = 0;
	inbound_list(g, p);
}

int64_t
inbound_wake(const struct engine *g, const struct peer *p)
{
	(void)g;
	if (p->in.stage != IN_IDLE || !p->courier_up ||
	    engine_peer_paused(p) || p->config->sftp.download_count == 0)
		return ENGINE_NEVER;
	return p->record.next_poll > p->out.not_before ?
	    p->record.next_poll : p->out.not_before;
}

void
inbound_on_reply(struct engine *g, struct peer *p,
    const struct courier_reply *m)
{
	if (!p->config)
		return;
	if (p->in.stage != IN_LIST)
		inbound_on_fetch_reply(g, p, m);
	else if (m->outcome == OUTCOME_ENTRY)
		inbound_on_entry(p, m);
	else if (m->outcome == OUTCOME_LISTED)
		inbound_on_listed(g, p);
	else
		inbound_list_failed(g, p, m);
}

void
inbound_on_lost(struct engine *g, struct peer *p)
{
	p->in.job = 0;
	if (p->in.stage == IN_IDLE || p->in.stage == IN_INSPECT ||
	    p->in.stage == IN_NEXT)
		return;
	if (p->in.stage == IN_DOWNLOAD)
		inbound_drop_fetch(g, p, "the courier was lost");
	inbound_end(g, p, ENGINE_RETRY_MS);
}

void
inbound_free(struct engine *g, struct peer *p)
{
	(void)g;
	if (p->in.fd >= 0)
		close(p->in.fd);
	free(p->in.entries);
	while (p->in.putoff)
		putoff_free(p, &p->in.putoff);
	while (p->in.unsettled)
		unsettled_free(&p->in.unsettled);
	p->in = (struct inbound){ .fd = -1 };
}
