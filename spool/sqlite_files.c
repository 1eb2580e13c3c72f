/* SPDX-License-Identifier: ISC */
#include "spool/sqlite.h"

#include <assert.h>

int
sqlite_file_add(struct store *s, const struct store_file *f, struct err *e)
{
	struct sqlite_store *q = sqlite_of(s);
	int rc = sqlite_write(q, SQL_FILE_ADD, file_fields, f, NULL, e);

	if (rc == 0 && sqlite3_changes(q->db) == 0)
		rc = err_set(e, -ENOENT, "there is no such parent");
	return rc;
}

int
sqlite_file_get(struct store *s, const struct store_id *id,
    struct store_file *f, struct err *e)
{
	return sqlite_read(sqlite_of(s), SQL_FILE_GET, arg_id(id),
	    file_fields, f, sizeof(*f), "file", e);
}

int
sqlite_file_put(struct store *s, const struct store_file *f,
    enum file_state from, struct err *e)
{
	struct sqlite_store *q = sqlite_of(s);
	struct sqlite_arg state = arg_int(from);
	struct store_file stored;
	int rc = sqlite_write(q, SQL_FILE_PUT, file_fields, f, &state, e);

	if (rc < 0 || sqlite3_changes(q->db) > 0)
		return rc;
	rc = sqlite_file_get(s, &f->id, &stored, e);
	return rc < 0 ? rc : err_set(e, -ESTALE, "the file is %s, not %s",
	    state_text(stored.state), state_text(from));
}

int
sqlite_file_remove(struct store *s, const struct store_id *id, struct err *e)
{
	return sqlite_run(sqlite_of(s), SQL_FILE_REMOVE, ARGS(arg_id(id)), e);
}

static int
sqlite_each_file(struct sqlite_cursor *c, store_on_file *on, void *ctx,
    struct err *e)
{
	struct store_file f;
	int rc;

	while ((rc = sqlite_next(c, file_fields, &f, sizeof(f), e)) > 0)
		if (!on(ctx, &f))
			break;
	return sqlite_end(c, rc);
}

/* The statement whose index finds the fewest. */
static enum sql
sqlite_list_statement(const struct store_file_filter *f)
{
	enum sql up = SQL_FILE_ALL;

	if (f->parent != NULL)
		up = SQL_FILE_BY_PARENT;
	else if (f->batch != NULL)
		up = SQL_FILE_BY_BATCH;
	else if (f->sha256 != NULL && f->sha256[0] != '\0')
		up = SQL_FILE_BY_SHA256;
	else if (f->partner != NULL && f->name != NULL)
		up = SQL_FILE_BY_NAME;
	else if (f->partner != NULL && f->kind != 0 && f->state != 0)
		up = SQL_FILE_BY_PARTNER_STATE;
	else if (f->kind != 0 && f->state != 0 && f->due != 0 &&
	    f->partner == NULL && f->name == NULL && f->directory == NULL)
		up = SQL_FILE_BY_DUE;
	else if (f->kind != 0 && f->state != 0)
		up = SQL_FILE_BY_STATE;
	return f->newest_first ? up + 1 : up;
}

int
sqlite_file_list(struct store *s, const struct store_file_filter *f,
    store_on_file *on, void *ctx, struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), sqlite_list_statement(f),
	    ARGS(arg_some(f->kind), arg_some(f->state), arg_text(f->partner),
	    arg_id(f->parent), arg_text(f->sha256), arg_text(f->name),
	    arg_text(f->directory), arg_some(f->due),
	    arg_int(f->limit == 0 ? -1 : (int64_t)f->limit),
	    arg_id(f->batch)), e);

	return rc < 0 ? rc : sqlite_each_file(&c, on, ctx, e);
}

int
sqlite_find_interchange(struct store *s, const char *partner,
    uint64_t isa_control, store_on_file *on, void *ctx, struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_INTERCHANGE_FIND,
	    ARGS(arg_text(partner), arg_int((int64_t)isa_control)), e);

	return rc < 0 ? rc : sqlite_each_file(&c, on, ctx, e);
}

/* A row of the count, in the order of its columns. */
struct sqlite_count {
	char partner[STORE_PARTNER];
	uint32_t kind, state;
	uint64_t n;
	int64_t oldest;
};

#define F(type, member) { FIELD_##type, \
	offsetof(struct sqlite_count, member), \
	sizeof(((struct sqlite_count *)0)->member) }

static const struct field count_fields[] = {
	F(TEXT, partner), F(U32, kind), F(U32, state), F(U64, n),
	F(I64, oldest), { FIELD_END, 0, 0 },
};

int
sqlite_file_count(struct store *s, store_on_count *on, void *ctx,
    struct err *e)
{
	struct sqlite_cursor c;
	struct sqlite_count n;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_FILE_COUNT, NULL, 0, e);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_next(&c, count_fields, &n, sizeof(n), e)) > 0)
		on(ctx, n.partner, n.kind, n.state, n.n, n.oldest);
	return sqlite_end(&c, rc);
}
