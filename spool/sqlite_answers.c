/* SPDX-License-Identifier: ISC */
#include "spool/sqlite.h"

int
sqlite_answer_add(struct store *s, struct store_answer *a, struct err *e)
{
	struct sqlite_store *q = sqlite_of(s);
	int rc = sqlite_write(q, SQL_ANSWER_ADD, answer_fields, a, NULL, e);

	if (rc == 0 && sqlite3_changes(q->db) == 0)
		return err_set(e, -ENOENT, "there is no such file");
	if (rc == 0)
		a->row = (uint64_t)sqlite3_last_insert_rowid(q->db);
	return rc;
}

int
sqlite_answer_match(struct store *s, const struct store_answer *a,
    struct err *e)
{
	struct sqlite_store *q = sqlite_of(s);
	int rc = sqlite_write(q, SQL_ANSWER_MATCH, answer_fields, a, NULL, e);

	if (rc == 0 && sqlite3_changes(q->db) == 0)
		rc = err_set(e, -ENOENT, "there is no such answer or "
		    "file");
	return rc;
}

static int
sqlite_each_answer(struct store *s, enum sql id,
    const struct sqlite_arg *args, size_t n, store_on_answer *on, void *ctx,
    struct err *e)
{
	struct sqlite_cursor c;
	struct store_answer a;
	int rc = sqlite_open(&c, sqlite_of(s), id, args, n, e);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_next(&c, answer_fields, &a, sizeof(a), e)) > 0)
		if (!on(ctx, &a))
			break;
	return sqlite_end(&c, rc);
}

int
sqlite_claim_answers(struct store *s, const struct store_claim *c,
    store_on_answer *on, void *ctx, struct err *e)
{
	return sqlite_each_answer(s, SQL_ANSWER_OF_CLAIM,
	    ARGS(arg_int((int64_t)c->row), arg_int((int64_t)c->set),
	    arg_id(&c->file)), on, ctx, e);
}

int
sqlite_file_answers(struct store *s, const struct store_id *outgoing,
    enum answer_kind kind, store_on_answer *on, void *ctx, struct err *e)
{
	const struct sqlite_arg args[] = { arg_id(outgoing), arg_int(kind) };

	return sqlite_each_answer(s, kind == 0 ? SQL_ANSWER_OF_FILE :
	    SQL_ANSWER_OF_FILE_KIND, args, kind == 0 ? 1 : 2, on, ctx, e);
}

int
sqlite_unmatched(struct store *s, store_on_answer *on, void *ctx,
    struct err *e)
{
	return sqlite_each_answer(s, SQL_ANSWER_UNMATCHED, NULL, 0, on, ctx,
	    e);
}
