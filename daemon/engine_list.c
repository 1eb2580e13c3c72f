/* SPDX-License-Identifier: ISC */
/* What x12ctl looks at. */
#include "daemon/engine_control.h"

#include "base/json.h"
#include "daemon/answer.h"
#include "daemon/engine_overdue.h"
#include "daemon/engine_show.h"
#include "daemon/report_answer.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- counts ------------------------------------------------------------- */

enum tally_kind {
	TALLY_QUEUED, TALLY_WAITING, TALLY_SENDING, TALLY_SENT,
	TALLY_UNKNOWN, TALLY_HELD, TALLY_INCOMPLETE, TALLY_REJECTED,
	TALLY_PARKED, TALLY_BROKEN, TALLIES,
};

static const char *const tally_names[TALLIES] = { "queued", "waiting",
	"sending", "sent", "unknown", "held", "incomplete", "rejected",
	"parked", "broken" };

/* Which count a state goes into; what is not here is in none. */
static const struct {
	enum file_kind kind;
	enum file_state state;
	enum tally_kind tally;
	bool waits;
} tally_states[] = {
	{ FILE_DROPPED, STATE_CLAIMING, TALLY_QUEUED, true },
	{ FILE_DROPPED, STATE_CLAIMED, TALLY_QUEUED, true },
	{ FILE_DROPPED, STATE_CHECKED, TALLY_QUEUED, true },
	{ FILE_DROPPED, STATE_WAITING, TALLY_WAITING, true },
	{ FILE_DROPPED, STATE_INCOMPLETE, TALLY_INCOMPLETE, false },
	{ FILE_DROPPED, STATE_REJECTED, TALLY_REJECTED, false },
	{ FILE_OUTGOING, STATE_READY, TALLY_QUEUED, true },
	{ FILE_OUTGOING, STATE_HELD, TALLY_HELD, true },
	{ FILE_OUTGOING, STATE_SENDING, TALLY_SENDING, true },
	{ FILE_OUTGOING, STATE_COMMITTING, TALLY_SENDING, true },
	{ FILE_OUTGOING, STATE_SENT, TALLY_SENT, false },
	{ FILE_OUTGOING, STATE_UNKNOWN, TALLY_UNKNOWN, true },
	{ FILE_FETCHED, STATE_PARKED, TALLY_PARKED, false },
	{ FILE_FETCHED, STATE_BROKEN, TALLY_BROKEN, false },
};
enum { TALLY_STATES = sizeof(tally_states) / sizeof(tally_states[0]) };

struct tally {
	uint64_t n[TALLIES];
	int64_t oldest;
};

struct tallies {
	struct engine *g;
	struct tally *of;        /* one a peer, in their order */
	struct tally all;
	uint64_t stray;          /* unfinished, of partners not configured */
};

static void
tally_add(struct tally *t, unsigned row, uint64_t n, int64_t oldest)
{
	t->n[tally_states[row].tally] += n;
	if (tally_states[row].waits && (!t->oldest || oldest < t->oldest))
		t->oldest = oldest;
}

static void
tally_on_count(void *ctx, const char *partner, enum file_kind kind,
    enum file_state state, uint64_t n, int64_t oldest)
{
	struct tallies *t = ctx;
	struct peer *p = t->g->peers;
	size_t i = 0;

	for (; p && strcmp(p->name, partner) != 0; p = p->next)
		i++;
	for (unsigned row = 0; row < TALLY_STATES; row++) {
		if (tally_states[row].kind != kind ||
		    tally_states[row].state != state)
			continue;
		tally_add(&t->all, row, n, oldest);
		if (tally_states[row].waits && (!p || !p->config))
			t->stray += n;
		if (i < t->g->peer_count)
			tally_add(&t->of[i], row, n, oldest);
	}
}

static int
tally_take(struct control_call *c, struct tallies *t)
{
	struct err e = ERR_NONE;
	int rc;

	*t = (struct tallies){ .g = c->g };
	t->of = calloc(c->g->peer_count + 1, sizeof(*t->of));
	if (!t->of)
		return control_refuse(c, 2, "out of memory");
	rc = store_file_count(c->g->store, tally_on_count, t, &e);
	return rc < 0 ? control_store_failed(c, &e) : 0;
}

/* ---- partners and status ------------------------------------------------ */

static void
show_partner(struct buf *out, const struct peer *p, const struct tally *t)
{
	char usage[2] = { p->config->usage, '\0' };
	struct json j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "partner");
	jsonw_kstr(&j, "name", p->name);
	jsonw_kstr_opt(&j, "title", p->config->title ? p->config->title : "");
	jsonw_kstr_opt(&j, "usage", usage);
	jsonw_kstr_opt(&j, "host", p->config->sftp.host ?
	    p->config->sftp.host : "");
	jsonw_kbool(&j, "paused", engine_peer_paused(p));
	jsonw_kstr_opt(&j, "reason", p->config->paused && !p->record.paused ?
	    "paused in its configuration" : p->record.reason);
	jsonw_kint_opt(&j, "since", p->record.since);
	jsonw_kint_opt(&j, "failures", p->record.failures);
	jsonw_kint_opt(&j, "last_poll", p->record.last_poll);
	jsonw_kint_opt(&j, "next_poll", p->record.next_poll);
	jsonw_kstr(&j, "courier", p->courier_up ? "up" : "down");
	for (unsigned i = 0; i < TALLIES; i++)
		jsonw_kint_opt(&j, tally_names[i], (int64_t)t->n[i]);
	jsonw_kint_opt(&j, "oldest", t->oldest);
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
}

static void
show_partners(struct control_call *c, const struct tallies *t,
    const struct peer *only)
{
	size_t i = 0;

	for (const struct peer *p = c->g->peers; p; p = p->next, i++)
		if (p->config && (!only || only == p))
			show_partner(c->out, p, &t->of[i]);
}

int
control_show_partners(struct control_call *c, const struct peer *only)
{
	struct tallies t;
	int rc = tally_take(c, &t);

	if (rc == 0)
		show_partners(c, &t, only);
	free(t.of);
	return rc;
}

static bool
control_on_unmatched_count(void *ctx, const struct store_answer *a)
{
	(void)a;
	++*(uint64_t *)ctx;
	return true;
}

int
control_status(struct control_call *c)
{
	uint64_t partners = 0, paused = 0, unmatched = 0;
	struct err e = ERR_NONE;
	struct tallies t;
	struct json j;
	int rc = tally_take(c, &t);

	if (rc == 0 && store_unmatched(c->g->store,
	    control_on_unmatched_count, &unmatched, &e) < 0)
		rc = control_store_failed(c, &e);
	if (rc != 0)
		goto out;
	for (const struct peer *p = c->g->peers; p; p = p->next) {
		partners += p->config != NULL;
		paused += p->config && engine_peer_paused(p);
	}
	jsonw_init(&j, c->out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "status");
	jsonw_kstr(&j, "version", X12D_VERSION);
	jsonw_kint(&j, "pid", getpid());
	jsonw_kint(&j, "started", c->g->started);
	jsonw_kint(&j, "now", c->g->now);
	jsonw_kint(&j, "partners", (int64_t)partners);
	jsonw_kint_opt(&j, "paused", (int64_t)paused);
	jsonw_kint_opt(&j, "unmatched", (int64_t)unmatched);
	jsonw_kint_opt(&j, "attention", (int64_t)(t.all.n[TALLY_UNKNOWN] +
	    t.all.n[TALLY_PARKED] + t.all.n[TALLY_BROKEN]));
	jsonw_kint_opt(&j, "stray", (int64_t)t.stray);
	jsonw_kint_opt(&j, "overdue", (int64_t)overdue_count(c->g));
	jsonw_kstr_opt(&j, "reason", c->g->recover_at ?
	    "the store has failed and is being tried again; the log "
	    "says why" :
	    c->g->full_told ? "a disk is full: intake has stopped" : "");
	jsonw_object_end(&j);
	buf_add_char(c->out, '\n');
	show_partners(c, &t, NULL);
out:
	free(t.of);
	return rc;
}

/* ---- the queue ---------------------------------------------------------- */

static const struct {
	enum file_kind kind;
	enum file_state state;
} unfinished[] = {
	{ FILE_DROPPED, STATE_CLAIMING }, { FILE_DROPPED, STATE_CLAIMED },
	{ FILE_DROPPED, STATE_CHECKED }, { FILE_DROPPED, STATE_WAITING },
	{ FILE_OUTGOING, STATE_READY },
	{ FILE_OUTGOING, STATE_HELD }, { FILE_OUTGOING, STATE_SENDING },
	{ FILE_OUTGOING, STATE_COMMITTING },
	{ FILE_OUTGOING, STATE_UNKNOWN }, { FILE_FETCHED, STATE_FETCHING },
	{ FILE_FETCHED, STATE_FETCHED }, { FILE_FETCHED, STATE_MATCHED },
	{ FILE_FETCHED, STATE_DUPLICATE }, { FILE_FETCHED, STATE_PARKED },
	{ FILE_FETCHED, STATE_BROKEN },
};

struct queue_more {
	struct control_call *c;
	struct files files;
	size_t cap;
	bool failed, overdue_only;
};

static bool
queue_add(void *ctx, const struct store_file *f)
{
	struct queue_more *q = ctx;

	if (q->files.count == q->cap) {
		size_t cap = q->cap ? q->cap * 2 : 64;
		void *at = reallocarray(q->files.at, cap, sizeof(*f));

		if (!at) {
			q->failed = true;
			return false;
		}
		q->files.at = at;
		q->cap = cap;
	}
	q->files.at[q->files.count++] = *f;
	return true;
}

static int
queue_compare(const void *a, const void *b)
{
	const struct store_file *x = a, *y = b;

	return memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

/* Sent files whose answers are late belong to what is not finished. */
static int
queue_take(struct queue_more *q, const char *partner, struct err *e)
{
	struct store_file_filter late = { .kind = FILE_OUTGOING,
	    .state = STATE_SENT, .partner = partner, .due = q->c->g->now };
	int rc = store_file_list(q->c->g->store, &late, queue_add, q, e);

	for (size_t i = 0; !q->overdue_only && rc == 0 &&
	    i < sizeof(unfinished) / sizeof(unfinished[0]); i++) {
		struct store_file_filter filter = {
			.kind = unfinished[i].kind, .partner = partner,
			.state = unfinished[i].state };

		rc = store_file_list(q->c->g->store, &filter, queue_add, q,
		    e);
	}
	if (rc == 0 && q->failed)
		rc = err_set(e, -ENOMEM, "out of memory");
	return rc;
}

static void
queue_show(struct queue_more *q)
{
	struct engine *g = q->c->g;

	if (q->files.count > 0)
		qsort(q->files.at, q->files.count, sizeof(*q->files.at),
		    queue_compare);
	for (size_t i = 0; i < q->files.count && !q->c->out->failed; i++) {
		const struct store_file *f = &q->files.at[i];
		const struct peer *p = engine_peer(g, f->partner);
		char text[64] = "";

		if (f->state == STATE_SENT) {
			if (p && p->config)
				overdue_text(overdue_look(g, p->config, f,
				    g->now).missing, text, sizeof(text));
			if (!text[0])
				continue;
		}
		show_file(q->c->out, f, text);
	}
}

static int
control_queue_of(struct control_call *c, bool overdue_only)
{
	struct queue_more q = { .c = c, .overdue_only = overdue_only };
	const char *partner = c->argc > 1 ? c->argv[1] : NULL;
	struct err e = ERR_NONE;
	int rc = 0;

	if (partner && !engine_peer(c->g, partner))
		return control_refuse(c, 1, "there is no such partner");
	if (queue_take(&q, partner, &e) < 0)
		rc = control_store_failed(c, &e);
	else
		queue_show(&q);
	free(q.files.at);
	return rc;
}

int
control_queue(struct control_call *c)
{
	return control_queue_of(c, false);
}

int
control_overdue(struct control_call *c)
{
	return control_queue_of(c, true);
}

/* ---- one file ----------------------------------------------------------- */

bool
control_on_event(void *ctx, const struct store_event *v)
{
	struct control_call *c = ctx;

	show_event(c->out, v);
	return !c->out->failed;
}

bool
control_on_answer(void *ctx, const struct store_answer *a)
{
	struct control_call *c = ctx;

	show_answer(c->out, a);
	return !c->out->failed;
}

static bool
control_on_set(void *ctx, const struct store_set *t)
{
	struct control_call *c = ctx;
	struct store_group g = { .row = 0 };
	struct err e = ERR_NONE;

	if (store_get_group(c->g->store, t->group, &g, &e) == 0)
		show_set(c->out, t, &g);
	return !c->out->failed;
}

static int
control_show_one(struct control_call *c, const struct store_file *f)
{
	struct store *s = c->g->store;
	struct err e = ERR_NONE;
	int rc;

	show_file(c->out, f, NULL);
	rc = store_events(s, &f->id, control_on_event, c, &e);
	if (rc == 0 && f->kind == FILE_OUTGOING)
		rc = store_file_sets(s, &f->id, control_on_set, c, &e);
	if (rc == 0 && f->kind == FILE_OUTGOING)
		rc = store_file_answers(s, &f->id, 0, control_on_answer, c,
		    &e);
	if (rc == 0 && f->kind == FILE_FETCHED)
		rc = answer_show(c, &f->id, &e);
	return rc < 0 ? control_store_failed(c, &e) : 0;
}

/* The files that came of one: its children, and the batch it is in. */
static int
control_below(struct queue_more *q, const struct store_file *f,
    struct err *e)
{
	struct store *s = q->c->g->store;
	struct store_file_filter children = { .parent = &f->id };
	struct store_file batch;
	int rc = 0;

	if (f->kind != FILE_DROPPED)
		return 0;
	if (!store_id_none(&f->batch)) {
		rc = store_file_get(s, &f->batch, &batch, e);
		if (rc == 0)
			queue_add(q, &batch);
	}
	if (rc == 0)
		rc = store_file_list(s, &children, queue_add, q, e);
	if (rc == 0 && q->failed)
		rc = err_set(e, -ENOMEM, "out of memory");
	return rc;
}

int
control_show(struct control_call *c)
{
	struct queue_more q = { .c = c };
	struct store_file f;
	struct err e = ERR_NONE;
	int rc = control_find(c, c->argv[1], &f);

	if (rc == 0)
		rc = control_show_one(c, &f);
	if (rc != 0 || f.kind == FILE_OUTGOING)
		return rc;
	/* What came of a file stands below it, and then below that. */
	if (control_below(&q, &f, &e) < 0)
		rc = control_store_failed(c, &e);
	for (size_t i = 0; rc == 0 && i < q.files.count; i++) {
		struct store_file child = q.files.at[i];

		rc = control_show_one(c, &child);
		if (rc == 0 && control_below(&q, &child, &e) < 0)
			rc = control_store_failed(c, &e);
	}
	free(q.files.at);
	return rc;
}

int
control_unmatched(struct control_call *c)
{
	struct err e = ERR_NONE;

	return store_unmatched(c->g->store, control_on_answer, c, &e) < 0 ?
	    control_store_failed(c, &e) : 0;
}
