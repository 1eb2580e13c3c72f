/* SPDX-License-Identifier: ISC */
/* What x12ctl sees of records that wait, and says of them. */
#include "daemon/engine_control.h"

#include "base/json.h"
#include "daemon/batch.h"
#include "daemon/engine_show.h"

#include <inttypes.h>

static void
show_batch(struct buf *out, const struct peer *p, const struct batch_group *of,
    const struct batch_release *r)
{
	struct json j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "batch");
	jsonw_kstr(&j, "partner", p->name);
	jsonw_kstr(&j, "x12", of->type);
	jsonw_kint(&j, "files", (int64_t)of->files);
	jsonw_kint(&j, "claims", (int64_t)of->claims);
	jsonw_kint_opt(&j, "charge", of->charge);
	jsonw_kint(&j, "size", (int64_t)of->bytes);
	jsonw_kint(&j, "oldest", of->oldest);
	if (r->when != ENGINE_NEVER)
		jsonw_kint(&j, "due", r->when);
	jsonw_kstr(&j, "why", r->why);
	if (p->batch.busy)
		jsonw_kbool(&j, "making", true);
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
}

typedef void batch_on_group(struct control_call *c, struct peer *p,
    const struct batch_group *of, const struct batch_release *r);

/* type: only of that kind, or NULL. Returns how many there were. */
static unsigned
batch_each(struct control_call *c, struct peer *p, const char *type,
    batch_on_group *on)
{
	struct batch_group of = { .type = NULL };
	unsigned n = 0;

	if (!batch_load(c->g, p))
		return 0;
	while (batch_group(p->batch.files, p->batch.count, of.type, &of)) {
		struct batch_release r;

		if (type && strcmp(type, of.type) != 0)
			continue;
		batch_rule(&p->config->batch, batch_zone(c->g, p),
		    p->batch.files, p->batch.count, &of, c->g->now, &r);
		on(c, p, &of, &r);
		n++;
	}
	return n;
}

static void
batch_on_list(struct control_call *c, struct peer *p,
    const struct batch_group *of, const struct batch_release *r)
{
	show_batch(c->out, p, of, r);
}

/* Which files, and how much is in each: nothing of a patient. */
static void
batch_on_preview(struct control_call *c, struct peer *p,
    const struct batch_group *of, const struct batch_release *r)
{
	struct batch_release all = *r;

	show_batch(c->out, p, of, r);
	if (!r->due) {
		all.by_hand = false;
		all.before = INT64_MAX;
	}
	for (size_t i = 0; i < p->batch.count && !c->out->failed; i++) {
		struct store_file f;

		if (batch_has(&p->batch.files[i], of, &all) &&
		    engine_get(c->g, &p->batch.files[i].id, &f))
			show_file(c->out, &f, NULL);
	}
}

/* Recorded with each file: what was promised survives a crash. */
static void
batch_on_release(struct control_call *c, struct peer *p,
    const struct batch_group *of, const struct batch_release *r)
{
	struct batch_release now = { .due = true, .when = c->g->now,
	    .why = "released by hand" };

	(void)r;
	for (size_t i = 0; i < p->batch.count; i++) {
		struct store_file f;

		if (strcmp(p->batch.files[i].type, of->type) != 0 ||
		    !engine_get(c->g, &p->batch.files[i].id, &f) ||
		    f.state != STATE_WAITING)
			continue;
		f.next_try = c->g->now;
		if (!engine_update(c->g, &f) || !engine_event(c->g, &f.id,
		    f.partner, "released", "by uid %u", c->uid))
			return;
	}
	engine_log(c->g, LOG_NOTICE, "release", log_partner(p),
	    log_str(LOGKEY_TYPE, of->type),
	    log_int(LOGKEY_COUNT, (int64_t)of->files),
	    log_int(LOGKEY_UID, c->uid));
	show_batch(c->out, p, of, &now);
}

static int
batch_list(struct control_call *c, struct peer *only)
{
	for (struct peer *p = c->g->peers; p; p = p->next)
		if (p->config && (!only || only == p))
			batch_each(c, p, NULL, batch_on_list);
	return 0;
}

static const struct {
	const char *word;
	batch_on_group *on;
	bool writes;
} batch_words[] = {
	{ "preview", batch_on_preview, false },
	{ "release", batch_on_release, true },
};

int
control_batch(struct control_call *c)
{
	const char *word = c->argc > 1 ? c->argv[1] : "";
	const char *name = c->argc > 2 ? c->argv[2] : word;
	struct peer *p = *name ? engine_peer(c->g, name) : NULL;

	for (size_t i = 0; i < sizeof(batch_words) / sizeof(batch_words[0]);
	    i++) {
		if (strcmp(word, batch_words[i].word) != 0 || c->argc < 3)
			continue;
		if (!p || !p->config)
			return control_refuse(c, 1, "no such partner is "
			    "configured");
		if (batch_words[i].writes && c->g->recover_at)
			return control_refuse(c, 2, "the store has failed "
			    "and is being tried again; look at the log");
		if (batch_each(c, p, c->argc > 3 ? c->argv[3] : NULL,
		    batch_words[i].on) == 0 && !c->g->failed)
			return control_refuse(c, 1, "no records wait");
		p->batch.stale = p->batch.stale || batch_words[i].writes;
		return c->g->failed ? control_store_failed(c, &c->g->error) :
		    0;
	}
	if (c->argc > 2)
		return control_refuse(c, 2, "use: batch [NAME] | preview NAME "
		    "[KIND] | release NAME [KIND]");
	if (*name && (!p || !p->config))
		return control_refuse(c, 1, "there is no such partner");
	return batch_list(c, p);
}

/* It waits for a partner that is not configured any more. */
static void
show_stray(struct buf *out, const struct store_file *f)
{
	struct json j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "batch");
	jsonw_kstr(&j, "partner", f->partner);
	jsonw_kstr(&j, "x12", f->type);
	jsonw_kstr(&j, "why", "its partner is configured again");
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
}

bool
batch_show_of(struct control_call *c, const struct store_file *f)
{
	struct peer *p = engine_peer(c->g, f->partner);

	if (f->state == STATE_WAITING && (!p || !p->config)) {
		show_stray(c->out, f);
		return true;
	}
	return f->state == STATE_WAITING && p && p->config &&
	    batch_each(c, p, f->type, batch_on_list) > 0;
}
