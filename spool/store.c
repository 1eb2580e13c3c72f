/* SPDX-License-Identifier: ISC */
/* Transactions, files and bytes: what is the same for every kind of store. */
#include "spool/store_ops.h"

#include <assert.h>

/* ---- transactions ------------------------------------------------------ */

int
store_begin(struct store *s, struct err *e)
{
	assert(!s->open && s->listing == 0);
	int rc = s->ops->begin(s, e);

	s->open = rc == 0;
	s->spoiled = false;
	return rc;
}

int
store_commit(struct store *s, struct err *e)
{
	assert(s->open && s->listing == 0);
	if (s->spoiled) {
		store_rollback(s);
		return err_set(e, -ECANCELED, "the transaction was taken back "
		    "because a write in it failed");
	}
	s->open = false;
	return s->ops->commit(s, e);
}

void
store_rollback(struct store *s)
{
	assert(s->open);
	s->ops->rollback(s);
	s->open = false;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->open)
		store_rollback(s);
	s->ops->close(s);
}

/* The answers no that change nothing; every other failure spoils. */
static bool
store_refused(int rc)
{
	static const int refusals[] = { -ENOENT, -EEXIST, -ESTALE, -EBADMSG,
	    -ENAMETOOLONG, -EOVERFLOW };

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (rc == refusals[i])
			return true;
	return false;
}

int
store_enter(struct store *s, bool *own, struct err *e)
{
	assert(s->listing == 0);
	*own = !s->open;
	if (*own)
		return store_begin(s, e);
	if (s->spoiled)
		return err_set(e, -ECANCELED, "an earlier write of the "
		    "transaction failed");
	return 0;
}

int
store_leave(struct store *s, bool own, int rc, struct err *e)
{
	if (own && s->open) {
		if (rc == 0)
			return store_commit(s, e);
		store_rollback(s);
	} else if (rc < 0 && !store_refused(rc)) {
		s->spoiled = true;
	}
	return rc;
}

/* ---- files ------------------------------------------------------------- */

/* What happened to a file, as an event; refuses evidence that is too long. */
static int
store_file_event(struct store *s, const struct store_file *f,
    const char *what, const char *evidence, int64_t at, struct err *e)
{
	struct store_event v = { .at = at, .file = f->id };

	slice_copy(slice_str(f->partner), v.partner, sizeof(v.partner));
	slice_copy(slice_str(what), v.what, sizeof(v.what));
	slice_copy(slice_str(evidence), v.evidence, sizeof(v.evidence));
	return s->ops->event_add(s, &v, e);
}

/* The caller's words, or those of the table of states. */
static int
store_evidence(const char *given, const char *known, char *to, struct err *e)
{
	if (given == NULL || *given == '\0')
		given = known;
	if (!slice_copy(slice_str(given), to, STORE_REASON))
		return err_set(e, -ENAMETOOLONG, "evidence of %zu bytes is "
		    "too long", strlen(given));
	return 0;
}

int
store_file_add(struct store *s, const struct store_file *f, struct err *e)
{
	const char *known = state_evidence(f->kind, STATE_NONE, f->state);
	char evidence[STORE_REASON];
	bool own;

	assert(known != NULL && !store_id_none(&f->id));
	fields_check(file_fields, f);
	int rc = store_evidence(f->reason, known, evidence, e);

	if (rc < 0 || (rc = store_enter(s, &own, e)) < 0)
		return rc;
	rc = s->ops->file_add(s, f, e);
	if (rc == 0)
		rc = store_file_event(s, f, state_text(f->state), evidence,
		    f->created, e);
	return store_leave(s, own, rc, e);
}

int
store_file_get(struct store *s, const struct store_id *id,
    struct store_file *f, struct err *e)
{
	return s->ops->file_get(s, id, f, e);
}

int
store_file_move(struct store *s, struct store_file *f, enum file_state to,
    const char *evidence, int64_t now, struct err *e)
{
	const char *known = state_evidence(f->kind, f->state, to);
	struct store_file moved = *f;
	bool own;

	assert(known != NULL && to != STATE_NONE);
	fields_check(file_fields, f);
	int rc = store_evidence(evidence, known, moved.reason, e);

	if (rc < 0 || (rc = store_enter(s, &own, e)) < 0)
		return rc;
	moved.state = to;
	moved.changed = now;
	rc = s->ops->file_put(s, &moved, f->state, e);
	if (rc == 0)
		rc = store_file_event(s, &moved, state_text(to), moved.reason,
		    now, e);
	rc = store_leave(s, own, rc, e);
	if (rc == 0)
		*f = moved;
	return rc;
}

int
store_file_update(struct store *s, const struct store_file *f, struct err *e)
{
	struct store_file stored, merged = *f;
	bool own;

	fields_check(file_fields, f);
	int rc = store_enter(s, &own, e);

	if (rc < 0)
		return rc;
	rc = s->ops->file_get(s, &f->id, &stored, e);
	if (rc == 0) {
		merged.changed = stored.changed;
		memcpy(merged.reason, stored.reason, sizeof(merged.reason));
		rc = s->ops->file_put(s, &merged, f->state, e);
	}
	return store_leave(s, own, rc, e);
}

static int
store_forget(struct store *s, const struct store_id *id,
    const char *evidence, int64_t now, struct err *e)
{
	char text[STORE_ID_TEXT], words[STORE_REASON];
	struct store_file f;
	int rc = s->ops->file_get(s, id, &f, e);

	if (rc < 0)
		return rc;
	store_id_text(id, text);
	const char *known = state_evidence(f.kind, f.state, STATE_NONE);

	if (known == NULL)
		return err_set(e, -ESTALE, "file %s is %s: it is not to be "
		    "forgotten", text, state_text(f.state));
	if (s->ops->bytes_exist(s, id))
		return err_set(e, -EEXIST, "file %s has its bytes here: it is "
		    "not to be forgotten", text);
	rc = store_evidence(evidence, known, words, e);
	if (rc == 0)
		rc = s->ops->file_remove(s, id, e);
	if (rc == 0)
		rc = store_file_event(s, &f, "forgotten", words, now, e);
	return rc;
}

int
store_file_forget(struct store *s, const struct store_id *id,
    const char *evidence, int64_t now, struct err *e)
{
	bool own;
	int rc = store_enter(s, &own, e);

	if (rc < 0)
		return rc;
	return store_leave(s, own, store_forget(s, id, evidence, now, e), e);
}

int
store_file_list(struct store *s, const struct store_file_filter *filter,
    store_on_file *on, void *ctx, struct err *e)
{
	s->listing++;
	int rc = s->ops->file_list(s, filter, on, ctx, e);

	s->listing--;
	return rc;
}

int
store_file_count(struct store *s, store_on_count *on, void *ctx,
    struct err *e)
{
	s->listing++;
	int rc = s->ops->file_count(s, on, ctx, e);

	s->listing--;
	return rc;
}

/* ---- bytes ------------------------------------------------------------- */

int
store_bytes_create(struct store *s, const struct store_id *id, int *fd,
    struct err *e)
{
	assert(!store_id_none(id));
	*fd = -1;
	return s->ops->bytes_create(s, id, fd, e);
}

int
store_bytes_keep(struct store *s, const struct store_id *id, int fd,
    struct err *e)
{
	return s->ops->bytes_keep(s, id, fd, e);
}

int
store_bytes_discard(struct store *s, const struct store_id *id,
    struct err *e)
{
	return s->ops->bytes_discard(s, id, e);
}

int
store_bytes_open(struct store *s, const struct store_id *id, int *fd,
    struct err *e)
{
	*fd = -1;
	return s->ops->bytes_open(s, id, fd, e);
}

bool
store_bytes_exist(struct store *s, const struct store_id *id)
{
	return s->ops->bytes_exist(s, id);
}

int
store_bytes_adopt(struct store *s, const struct store_id *id, int dirfd,
    const char *name, struct err *e)
{
	assert(!store_id_none(id));
	/* One component: a path could leave the directory. */
	assert(*name != '\0' && strchr(name, '/') == NULL);
	return s->ops->bytes_adopt(s, id, dirfd, name, e);
}

struct store_orphan_search {
	struct store *store;
	store_on_orphan *on;
	void *ctx;
	int rc;
	struct err *err;
};

static bool
store_on_kept(void *ctx, const struct store_id *id)
{
	struct store_orphan_search *o = ctx;
	struct store_file f;
	int rc = o->store->ops->file_get(o->store, id, &f, o->err);

	if (rc == -ENOENT)
		return o->on(o->ctx, id);
	if (rc < 0)
		o->rc = rc;
	return rc == 0;
}

int
store_orphans(struct store *s, store_on_orphan *on, void *ctx, struct err *e)
{
	struct err ignored = ERR_NONE;
	struct store_orphan_search o = { .store = s, .on = on, .ctx = ctx,
	    .err = e == NULL ? &ignored : e };

	s->listing++;
	int rc = s->ops->bytes_each(s, store_on_kept, &o, e);

	s->listing--;
	return rc < 0 ? rc : o.rc;
}
