/* SPDX-License-Identifier: ISC */
/*
 * What x12ctl asks: a table of words, each with what it does. Reading ones
 * only read the store; writing ones leave an event that says who asked.
 */
#include "daemon/engine_control.h"

#include "base/json.h"
#include "daemon/engine_show.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- errors ------------------------------------------------------------- */

int
control_refuse(struct control_call *c, int rc, const char *text)
{
	show_error(c->out, text);
	return rc;
}

int
control_store_failed(struct control_call *c, const struct err *e)
{
	return control_refuse(c, 2, e->text);
}

/* ---- which file is meant? ----------------------------------------------- */

struct control_search {
	const char *end;
	struct store_file at;
	unsigned found;
};

static bool
control_on_candidate(void *ctx, const struct store_file *f)
{
	struct control_search *s = ctx;
	struct engine_id id = engine_id(&f->id);
	size_t n = strlen(s->end), m = strlen(id.text);

	if (n > m || strcasecmp(id.text + m - n, s->end) != 0)
		return true;
	s->at = *f;
	return ++s->found < 2;
}

/* A whole id, or the last six or more characters of one. 0: found. */
int
control_find(struct control_call *c, const char *id, struct store_file *f)
{
	struct store_file_filter all = { .kind = 0 };
	struct control_search s = { .end = id };
	struct err e = ERR_NONE;
	struct store_id whole;
	int rc;

	if (store_id_parse(id, &whole)) {
		rc = store_file_get(c->g->store, &whole, f, &e);
		if (rc == -ENOENT)
			return control_refuse(c, 1, "there is no such file");
		return rc < 0 ? control_store_failed(c, &e) : 0;
	}
	if (strlen(id) < 6)
		return control_refuse(c, 2, "an id has 26 characters; the "
		    "last 6 or more of them do when they are unique");
	rc = store_file_list(c->g->store, &all, control_on_candidate, &s, &e);
	if (rc < 0)
		return control_store_failed(c, &e);
	if (s.found != 1)
		return control_refuse(c, 1, s.found ? "more than one file has "
		    "an id that ends so; give more of it" :
		    "there is no such file");
	*f = s.at;
	return 0;
}

/* ---- operators' decisions ----------------------------------------------- */

struct decision {
	const char *word;
	enum file_kind kind;
	enum file_state from, to;
	const char *what;            /* for the event's evidence */
};

static const struct decision decisions[] = {
	{ "hold", FILE_OUTGOING, STATE_READY, STATE_HELD, "held" },
	{ "release", FILE_OUTGOING, STATE_HELD, STATE_READY, "released" },
	{ "release", FILE_FETCHED, STATE_PARKED, STATE_DELIVERED, "seen" },
	{ "release", FILE_FETCHED, STATE_BROKEN, STATE_DELIVERED, "seen" },
	{ "retry", FILE_OUTGOING, STATE_UNKNOWN, STATE_READY,
	    "to be sent again under the same control numbers" },
	{ "cancel", FILE_DROPPED, STATE_WAITING, STATE_CANCELLED,
	    "taken back" },
	{ "cancel", FILE_OUTGOING, STATE_READY, STATE_CANCELLED,
	    "cancelled" },
	{ "cancel", FILE_OUTGOING, STATE_HELD, STATE_CANCELLED,
	    "cancelled" },
	{ "cancel", FILE_OUTGOING, STATE_UNKNOWN, STATE_CANCELLED,
	    "cancelled" },
};

static bool
control_batching(struct control_call *c, const struct store_file *f)
{
	const struct peer *p = engine_peer(c->g, f->partner);

	return p && p->batch.busy;
}

/* `retry` of what waits anyway: now. */
static bool
control_hurry(struct control_call *c, const char *word, struct store_file *f)
{
	if (strcmp(word, "retry") != 0 || f->kind != FILE_OUTGOING ||
	    f->state != STATE_READY)
		return false;
	f->next_try = 0;
	return engine_update(c->g, f) && engine_event(c->g, &f->id,
	    f->partner, "retry", "asked for by uid %u", c->uid);
}

static bool
control_decide(struct control_call *c, const char *word,
    struct store_file *f)
{
	for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++) {
		const struct decision *d = &decisions[i];

		if (f->kind != d->kind || f->state != d->from ||
		    strcmp(d->word, word) != 0)
			continue;
		/* A worker makes the batch that it is in. */
		if (f->state == STATE_WAITING && control_batching(c, f))
			continue;
		/* What is not settled is still in hand. */
		if (f->kind == FILE_FETCHED && !f->settled)
			continue;
		f->next_try = 0;
		return engine_move(c->g, f, d->to, "%s by uid %u", d->what,
		    c->uid);
	}
	return control_hurry(c, word, f);
}

int
control_change(struct control_call *c)
{
	struct store_file f;
	struct peer *p;
	char text[200];
	int rc = control_find(c, c->argv[1], &f);

	if (rc != 0)
		return rc;
	if (!control_decide(c, c->argv[0], &f)) {
		if (c->g->failed)
			return control_store_failed(c, &c->g->error);
		snprintf(text, sizeof(text), "a file that is %s in state %s "
		    "cannot take `%s`", file_kind_text(f.kind),
		    state_text(f.state), c->argv[0]);
		return control_refuse(c, 1, text);
	}
	engine_log(c->g, LOG_NOTICE, c->argv[0], log_file(&f),
	    log_str(LOGKEY_PARTNER, f.partner),
	    log_str(LOGKEY_STATE, state_text(f.state)),
	    log_int(LOGKEY_UID, c->uid));
	if ((p = engine_peer(c->g, f.partner))) {
		p->out.look = true;
		p->batch.stale = true;
		if (strcmp(c->argv[0], "retry") == 0)
			p->out.not_before = 0;
	}
	show_file(c->out, &f, NULL);
	return 0;
}

/* ---- partners ----------------------------------------------------------- */

static int
control_pause(struct control_call *c, struct peer *p)
{
	char why[STORE_REASON];

	snprintf(why, sizeof(why), "by uid %u%s%.300s", c->uid,
	    c->argc > 3 ? ": " : "", c->argc > 3 ? c->argv[3] : "");
	/* A person's word stays when the fault is gone. */
	p->record.paused = false;
	engine_pause(c->g, p, "operator", why);
	return 0;
}

static int
control_resume(struct control_call *c, struct peer *p)
{
	char why[40];

	snprintf(why, sizeof(why), "by uid %u", c->uid);
	engine_resume(c->g, p, why);
	if (p->config->paused)
		return control_refuse(c, 1, "its configuration says `paused`: "
		    "change it there and reload");
	return 0;
}

static int
control_poll(struct control_call *c, struct peer *p)
{
	(void)c;
	p->record.next_poll = 0;
	p->out.not_before = 0;
	return 0;
}

static const struct {
	const char *word;
	int (*change)(struct control_call *c, struct peer *p);
} partner_words[] = {
	{ "pause", control_pause },
	{ "resume", control_resume },
	{ "poll", control_poll },
};

static int
control_partner(struct control_call *c)
{
	const char *word = c->argc > 1 ? c->argv[1] : "list";
	struct peer *p = NULL;
	int rc;

	if (c->argc > 2 && (!(p = engine_peer(c->g, c->argv[2])) ||
	    !p->config))
		return control_refuse(c, 1, "there is no such partner");
	if (strcmp(word, "list") == 0)
		return control_show_partners(c, p);
	for (size_t i = 0; i < sizeof(partner_words) /
	    sizeof(partner_words[0]); i++) {
		if (strcmp(word, partner_words[i].word) != 0)
			continue;
		if (!p)
			return control_refuse(c, 2, "which partner?");
		rc = partner_words[i].change(c, p);
		return rc ? rc : control_show_partners(c, p);
	}
	return control_refuse(c, 2, "use: partner list [NAME] | pause NAME "
	    "[REASON] | resume NAME | poll NAME");
}

/* ---- the table ---------------------------------------------------------- */

static const struct {
	const char *word;
	int least, most;             /* words, itself counted */
	int (*answer)(struct control_call *c);
} requests[] = {
	{ "status", 1, 1, control_status },
	{ "queue", 1, 2, control_queue },
	{ "show", 2, 2, control_show },
	{ "claim", 2, 3, control_claim },
	{ "unmatched", 1, 1, control_unmatched },
	{ "overdue", 1, 2, control_overdue },
	{ "partner", 1, 4, control_partner },
	{ "batch", 1, 4, control_batch },
	{ "hold", 2, 2, control_change },
	{ "release", 2, 2, control_change },
	{ "retry", 2, 2, control_change },
	{ "cancel", 2, 2, control_change },
};

void
engine_control(struct engine *g, int argc, const char *const *argv,
    uint32_t uid, int64_t now, struct buf *out)
{
	struct control_call c = { .g = g, .argc = argc, .argv = argv,
	    .uid = uid, .out = out };
	int rc = 2;

	g->now = now;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (argc < 1 || strcmp(argv[0], requests[i].word) != 0)
			continue;
		if (argc < requests[i].least || argc > requests[i].most)
			rc = control_refuse(&c, 2,
			    "too few or too many words; see x12ctl(1)");
		else if (g->recover_at && requests[i].answer == control_change)
			rc = control_refuse(&c, 2, "the store has failed and "
			    "is being tried again; look at the log");
		else
			rc = requests[i].answer(&c);
		show_end(out, rc);
		return;
	}
	control_refuse(&c, 2, "there is no such request; see x12ctl(1)");
	show_end(out, rc);
}
