/* SPDX-License-Identifier: ISC */
#include "daemon/engine_show.h"

#include "base/json.h"
#include "daemon/match.h"
#include "daemon/report_answer.h"

static void
show_begin(struct json *j, struct buf *out, const char *type)
{
	json_init(j, out);
	json_object(j);
	json_kstr(j, "type", type);
}

static void
show_finish(struct json *j)
{
	json_object_end(j);
	buf_add_char(j->out, '\n');
}

static void
show_id(struct json *j, const char *key, const struct store_id *id)
{
	if (!store_id_none(id))
		json_kstr(j, key, engine_id(id).text);
}

static int64_t
show_time(int64_t t)
{
	return t == ENGINE_NEVER ? 0 : t;
}

void
show_file(struct buf *out, const struct store_file *f, const char *overdue)
{
	char usage[2] = { f->usage, '\0' };
	struct json j;

	show_begin(&j, out, "file");
	show_id(&j, "id", &f->id);
	show_id(&j, "parent", &f->parent);
	json_kstr(&j, "kind", file_kind_text(f->kind));
	json_kstr(&j, "state", state_text(f->state));
	json_kstr(&j, "partner", f->partner);
	json_kstr_opt(&j, "name", f->name);
	json_kstr_opt(&j, "directory", f->directory);
	json_kint_opt(&j, "size", (int64_t)f->size);
	json_kstr_opt(&j, "sha256", f->sha256);
	json_kint(&j, "created", f->created);
	json_kint(&j, "changed", f->changed);
	if (f->state != STATE_SENT)
		json_kint_opt(&j, "next_try", show_time(f->next_try));
	else
		json_kint_opt(&j, "answer_due", show_time(f->next_try));
	json_kint_opt(&j, "attempts", f->attempts);
	json_kint_opt(&j, "ordinal", f->ordinal);
	json_kint_opt(&j, "isa13", (int64_t)f->isa_control);
	json_kstr_opt(&j, "usage", usage);
	json_kstr_opt(&j, "x12", f->type);
	json_kint_opt(&j, "claims", f->claims);
	json_kint_opt(&j, "charge", f->charge);
	show_id(&j, "batch", &f->batch);
	if (f->settled)
		json_kbool(&j, "settled", true);
	json_kstr_opt(&j, "reason", f->reason);
	json_kstr_opt(&j, "overdue", overdue ? overdue : "");
	show_finish(&j);
}

void
show_event(struct buf *out, const struct store_event *v)
{
	struct json j;

	show_begin(&j, out, "event");
	json_kint(&j, "at", v->at);
	json_kstr(&j, "what", v->what);
	show_id(&j, "file", &v->file);
	json_kstr_opt(&j, "partner", v->partner);
	json_kstr_opt(&j, "evidence", v->evidence);
	show_finish(&j);
}

void
show_set(struct buf *out, const struct store_set *t,
    const struct store_group *g)
{
	struct json j;

	show_begin(&j, out, "set");
	show_id(&j, "file", &t->file);
	json_kint_opt(&j, "gs06", (int64_t)g->control);
	json_kstr_opt(&j, "functional_id", g->functional_id);
	json_kstr_opt(&j, "version", g->version);
	json_kstr_opt(&j, "st01", t->id);
	json_kstr_opt(&j, "st02", t->control);
	json_kstr_opt(&j, "bht03", t->reference);
	json_kstr_opt(&j, "original_bht03", t->original_reference);
	json_kint_opt(&j, "claims", t->claims);
	show_finish(&j);
}

void
show_answer(struct buf *out, const struct store_answer *a)
{
	struct json j;

	show_begin(&j, out, "answer");
	json_kstr(&j, "kind", match_kind_text(a->kind));
	json_kint(&j, "at", a->created);
	show_id(&j, "file", &a->file);
	json_kstr(&j, "partner", a->partner);
	json_kstr_opt(&j, "status", a->status);
	json_kstr_opt(&j, "code", a->code);
	json_kstr(&j, "word", answer_word(a->kind, a->status));
	json_kint_opt(&j, "amount", a->amount);
	json_kint_opt(&j, "paid", a->paid);
	json_kstr_opt(&j, "reference", a->reference);
	json_kstr_opt(&j, "claim", a->claim);
	json_kstr_opt(&j, "payer_claim", a->payer_claim);
	json_kint_opt(&j, "control", (int64_t)a->control);
	json_kstr_opt(&j, "set_control", a->set_control);
	json_kint_opt(&j, "segment", a->segment);
	json_kbool(&j, "matched", !store_id_none(&a->outgoing));
	show_id(&j, "outgoing", &a->outgoing);
	show_finish(&j);
}

void
show_claim(struct buf *out, const struct store_claim *c,
    const struct store_file *file, const struct store_set *t,
    const struct store_group *g, const char *status)
{
	struct json j;

	show_begin(&j, out, "claim");
	json_kstr(&j, "claim", c->claim);
	json_kstr(&j, "partner", c->partner);
	show_id(&j, "file", &c->file);
	show_id(&j, "parent", &file->parent);
	json_kstr(&j, "state", state_text(file->state));
	json_kstr(&j, "status", status);
	json_kint_opt(&j, "amount", c->amount);
	json_kstr_opt(&j, "frequency", c->frequency);
	json_kstr_opt(&j, "trace", c->trace);
	json_kint_opt(&j, "ordinal", c->ordinal);
	json_kint_opt(&j, "segment", c->segment);
	json_kint(&j, "created", c->created);
	json_kint_opt(&j, "isa13", (int64_t)file->isa_control);
	json_kint_opt(&j, "gs06", (int64_t)g->control);
	json_kstr_opt(&j, "st02", t->control);
	json_kstr_opt(&j, "bht03", t->reference);
	json_kstr_opt(&j, "original_bht03", t->original_reference);
	show_finish(&j);
}

void
show_error(struct buf *out, const char *text)
{
	struct json j;

	show_begin(&j, out, "error");
	json_kstr(&j, "text", text);
	show_finish(&j);
}

void
show_end(struct buf *out, int rc)
{
	struct json j;

	show_begin(&j, out, "end");
	json_kint(&j, "rc", rc);
	show_finish(&j);
}
