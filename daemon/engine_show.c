/* SPDX-License-Identifier: ISC */
#include "daemon/engine_show.h"

#include "base/json.h"
#include "daemon/match.h"
#include "daemon/report_answer.h"

static void
show_begin(struct json *j, struct buf *out, const char *type)
{
	jsonw_init(j, out);
	jsonw_object(j);
	jsonw_kstr(j, "type", type);
}

static void
show_finish(struct json *j)
{
	jsonw_object_end(j);
	buf_add_char(j->out, '\n');
}

static void
show_id(struct json *j, const char *key, const struct store_id *id)
{
	if (!store_id_none(id))
		jsonw_kstr(j, key, engine_id(id).text);
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
	jsonw_kstr(&j, "kind", file_kind_text(f->kind));
	jsonw_kstr(&j, "state", state_text(f->state));
	jsonw_kstr(&j, "partner", f->partner);
	jsonw_kstr_opt(&j, "name", f->name);
	jsonw_kstr_opt(&j, "directory", f->directory);
	jsonw_kint_opt(&j, "size", (int64_t)f->size);
	jsonw_kstr_opt(&j, "sha256", f->sha256);
	jsonw_kint(&j, "created", f->created);
	jsonw_kint(&j, "changed", f->changed);
	if (f->state != STATE_SENT)
		jsonw_kint_opt(&j, "next_try", show_time(f->next_try));
	else
		jsonw_kint_opt(&j, "answer_due", show_time(f->next_try));
	jsonw_kint_opt(&j, "attempts", f->attempts);
	jsonw_kint_opt(&j, "ordinal", f->ordinal);
	jsonw_kint_opt(&j, "isa13", (int64_t)f->isa_control);
	jsonw_kstr_opt(&j, "usage", usage);
	jsonw_kstr_opt(&j, "x12", f->type);
	jsonw_kint_opt(&j, "claims", f->claims);
	jsonw_kint_opt(&j, "charge", f->charge);
	show_id(&j, "batch", &f->batch);
	if (f->settled)
		jsonw_kbool(&j, "settled", true);
	jsonw_kstr_opt(&j, "reason", f->reason);
	jsonw_kstr_opt(&j, "overdue", overdue ? overdue : "");
	show_finish(&j);
}

void
show_event(struct buf *out, const struct store_event *v)
{
	struct json j;

	show_begin(&j, out, "event");
	jsonw_kint(&j, "at", v->at);
	jsonw_kstr(&j, "what", v->what);
	show_id(&j, "file", &v->file);
	jsonw_kstr_opt(&j, "partner", v->partner);
	jsonw_kstr_opt(&j, "evidence", v->evidence);
	show_finish(&j);
}

void
show_set(struct buf *out, const struct store_set *t,
    const struct store_group *g)
{
	struct json j;

	show_begin(&j, out, "set");
	show_id(&j, "file", &t->file);
	jsonw_kint_opt(&j, "gs06", (int64_t)g->control);
	jsonw_kstr_opt(&j, "functional_id", g->functional_id);
	jsonw_kstr_opt(&j, "version", g->version);
	jsonw_kstr_opt(&j, "st01", t->id);
	jsonw_kstr_opt(&j, "st02", t->control);
	jsonw_kstr_opt(&j, "bht03", t->reference);
	jsonw_kstr_opt(&j, "original_bht03", t->original_reference);
	jsonw_kint_opt(&j, "claims", t->claims);
	show_finish(&j);
}

void
show_answer(struct buf *out, const struct store_answer *a)
{
	struct json j;

	show_begin(&j, out, "answer");
	jsonw_kstr(&j, "kind", match_kind_text(a->kind));
	jsonw_kint(&j, "at", a->created);
	show_id(&j, "file", &a->file);
	jsonw_kstr(&j, "partner", a->partner);
	jsonw_kstr_opt(&j, "status", a->status);
	jsonw_kstr_opt(&j, "code", a->code);
	jsonw_kstr(&j, "word", answer_word(a->kind, a->status));
	jsonw_kint_opt(&j, "amount", a->amount);
	jsonw_kint_opt(&j, "paid", a->paid);
	jsonw_kstr_opt(&j, "reference", a->reference);
	jsonw_kstr_opt(&j, "claim", a->claim);
	jsonw_kstr_opt(&j, "payer_claim", a->payer_claim);
	jsonw_kint_opt(&j, "control", (int64_t)a->control);
	jsonw_kstr_opt(&j, "set_control", a->set_control);
	jsonw_kint_opt(&j, "segment", a->segment);
	jsonw_kbool(&j, "matched", !store_id_none(&a->outgoing));
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
	jsonw_kstr(&j, "claim", c->claim);
	jsonw_kstr(&j, "partner", c->partner);
	show_id(&j, "file", &c->file);
	show_id(&j, "parent", &file->parent);
	jsonw_kstr(&j, "state", state_text(file->state));
	jsonw_kstr(&j, "status", status);
	jsonw_kint_opt(&j, "amount", c->amount);
	jsonw_kstr_opt(&j, "frequency", c->frequency);
	jsonw_kstr_opt(&j, "trace", c->trace);
	jsonw_kint_opt(&j, "ordinal", c->ordinal);
	jsonw_kint_opt(&j, "segment", c->segment);
	jsonw_kint(&j, "created", c->created);
	jsonw_kint_opt(&j, "isa13", (int64_t)file->isa_control);
	jsonw_kint_opt(&j, "gs06", (int64_t)g->control);
	jsonw_kstr_opt(&j, "st02", t->control);
	jsonw_kstr_opt(&j, "bht03", t->reference);
	jsonw_kstr_opt(&j, "original_bht03", t->original_reference);
	show_finish(&j);
}

void
show_error(struct buf *out, const char *text)
{
	struct json j;

	show_begin(&j, out, "error");
	jsonw_kstr(&j, "text", text);
	show_finish(&j);
}

void
show_end(struct buf *out, int rc)
{
	struct json j;

	show_begin(&j, out, "end");
	jsonw_kint(&j, "rc", rc);
	show_finish(&j);
}
