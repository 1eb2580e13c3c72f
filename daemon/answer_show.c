/* SPDX-License-Identifier: ISC */
#include "daemon/answer.h"

#include "base/json.h"
#include "daemon/engine_control.h"
#include "daemon/report_answer.h"

/* What the events of an acknowledgement tell: its code, and when it went. */
struct shown {
	char status[2];
	int64_t sent;
};

static bool
shown_on_event(void *ctx, const struct store_event *v)
{
	struct shown *s = ctx;

	/* The first one is "R: acknowledges ID": see answer_partner.c. */
	if (!s->status[0] && v->evidence[1] == ':')
		s->status[0] = v->evidence[0];
	if (strcmp(v->what, state_text(STATE_SENT)) == 0)
		s->sent = v->at;
	return true;
}

static bool
shown_on_file(void *ctx, const struct store_file *f)
{
	struct files *to = ctx;

	if (to->count == 16)
		return false;
	to->at[to->count++] = *f;
	return true;
}

static void
shown_write(struct buf *out, const struct store_file *f,
    const struct shown *s)
{
	enum answer_kind kind = strcmp(f->type, "TA1") == 0 ? ANSWER_TA1 :
	    ANSWER_999_GROUP;
	struct json j;

	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "acknowledged");
	jsonw_kint(&j, "at", s->sent ? s->sent : f->created);
	jsonw_kstr(&j, "file", engine_id(&f->parent).text);
	jsonw_kstr(&j, "outgoing", engine_id(&f->id).text);
	jsonw_kstr(&j, "x12", f->type);
	jsonw_kstr_opt(&j, "status", s->status);
	jsonw_kstr(&j, "word", answer_word(kind, s->status));
	jsonw_kstr(&j, "state", state_text(f->state));
	jsonw_kint_opt(&j, "sent", s->sent);
	jsonw_kint_opt(&j, "isa13", (int64_t)f->isa_control);
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
}

int
answer_show(struct control_call *c, const struct store_id *fetched,
    struct err *e)
{
	struct store_file_filter filter = { .kind = FILE_OUTGOING,
	    .parent = fetched };
	struct store_file at[16];
	struct files files = { at, 0 };
	int rc = store_file_list(c->g->store, &filter, shown_on_file, &files,
	    e);

	for (size_t i = 0; i < files.count && rc == 0; i++) {
		struct shown s = { "", 0 };

		rc = store_events(c->g->store, &at[i].id, shown_on_event, &s,
		    e);
		if (rc == 0)
			shown_write(c->out, &at[i], &s);
	}
	return rc;
}
