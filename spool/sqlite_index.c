/* SPDX-License-Identifier: ISC */
/* Groups, sets and claims. */
#include "spool/sqlite.h"

/* Insert a row and tell its number; nothing inserted: its file is not there. */
static int
sqlite_insert(struct store *s, enum sql id, const struct field *fields,
    const void *from, uint64_t *row, struct err *e)
{
	struct sqlite_store *q = sqlite_of(s);
	int rc = sqlite_write(q, id, fields, from, NULL, e);

	if (rc < 0)
		return rc;
	if (sqlite3_changes(q->db) == 0)
		return err_set(e, -ENOENT, "there is no such file");
	*row = (uint64_t)sqlite3_last_insert_rowid(q->db);
	return 0;
}

int
sqlite_group_add(struct store *s, struct store_group *g, struct err *e)
{
	return sqlite_insert(s, SQL_GROUP_ADD, group_fields, g, &g->row, e);
}

int
sqlite_set_add(struct store *s, struct store_set *t, struct err *e)
{
	return sqlite_insert(s, SQL_SET_ADD, set_fields, t, &t->row, e);
}

int
sqlite_claim_add(struct store *s, struct store_claim *c, struct err *e)
{
	return sqlite_insert(s, SQL_CLAIM_ADD, claim_fields, c, &c->row, e);
}

int
sqlite_get_group(struct store *s, uint64_t row, struct store_group *g,
    struct err *e)
{
	return sqlite_read(sqlite_of(s), SQL_GROUP_GET, arg_int((int64_t)row),
	    group_fields, g, sizeof(*g), "functional group", e);
}

int
sqlite_get_set(struct store *s, uint64_t row, struct store_set *t,
    struct err *e)
{
	return sqlite_read(sqlite_of(s), SQL_SET_GET, arg_int((int64_t)row),
	    set_fields, t, sizeof(*t), "transaction set", e);
}

int
sqlite_find_group(struct store *s, const char *partner, uint64_t control,
    store_on_group *on, void *ctx, struct err *e)
{
	struct sqlite_cursor c;
	struct store_group g;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_GROUP_FIND,
	    ARGS(arg_text(partner), arg_int((int64_t)control)), e);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_next(&c, group_fields, &g, sizeof(g), e)) > 0)
		if (!on(ctx, &g))
			break;
	return sqlite_end(&c, rc);
}

static int
sqlite_each_set(struct sqlite_cursor *c, store_on_set *on, void *ctx,
    struct err *e)
{
	struct store_set t;
	int rc;

	while ((rc = sqlite_next(c, set_fields, &t, sizeof(t), e)) > 0)
		if (!on(ctx, &t))
			break;
	return sqlite_end(c, rc);
}

int
sqlite_find_set(struct store *s, uint64_t group, const char *control,
    store_on_set *on, void *ctx, struct err *e)
{
	bool all = control[0] == '\0';
	const struct sqlite_arg args[] = { arg_int((int64_t)group),
	    arg_text(control) };
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), all ? SQL_SET_ALL :
	    SQL_SET_FIND, args, all ? 1 : 2, e);

	return rc < 0 ? rc : sqlite_each_set(&c, on, ctx, e);
}

int
sqlite_file_sets(struct store *s, const struct store_id *file,
    store_on_set *on, void *ctx, struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_SET_OF_FILE,
	    ARGS(arg_id(file)), e);

	return rc < 0 ? rc : sqlite_each_set(&c, on, ctx, e);
}

int
sqlite_find_reference(struct store *s, const char *partner,
    const char *reference, store_on_set *on, void *ctx, struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_SET_REFERENCE,
	    ARGS(arg_text(partner), arg_text(reference)), e);

	return rc < 0 ? rc : sqlite_each_set(&c, on, ctx, e);
}

int
sqlite_find_claim(struct store *s, const char *partner, const char *claim,
    store_on_claim *on, void *ctx, struct err *e)
{
	struct sqlite_cursor c;
	struct store_claim row;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_CLAIM_FIND,
	    ARGS(arg_text(partner), arg_text(claim)), e);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_next(&c, claim_fields, &row, sizeof(row), e)) > 0)
		if (!on(ctx, &row))
			break;
	return sqlite_end(&c, rc);
}
