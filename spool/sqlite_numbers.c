/* SPDX-License-Identifier: ISC */
#include "spool/sqlite.h"

#define F(type, member) { FIELD_##type, offsetof(struct store_block, member), \
	sizeof(((struct store_block *)0)->member) }

/* What is read of a block whose key is known. */
static const struct field block_fields[] = {
	F(TEXT, sha256), F(U64, first), F(U32, count), F(I64, at),
	{ FIELD_END, 0, 0 },
};

int
sqlite_block_get(struct store *s, struct store_block *b, struct err *e)
{
	struct store_block key = *b;
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_BLOCK_GET,
	    ARGS(arg_text(key.scope), arg_int(key.kind), arg_id(&key.file)),
	    e);

	if (rc < 0)
		return rc;
	rc = sqlite_next(&c, block_fields, b, sizeof(*b), e);
	if (rc == 0)
		rc = err_set(e, -ENOENT, "there are no such numbers");
	memcpy(b->scope, key.scope, sizeof(b->scope));
	b->kind = key.kind;
	b->file = key.file;
	return sqlite_end(&c, rc);
}

int
sqlite_block_add(struct store *s, const struct store_block *b, struct err *e)
{
	return sqlite_run(sqlite_of(s), SQL_BLOCK_ADD, ARGS(
	    arg_text(b->scope), arg_int(b->kind), arg_id(&b->file),
	    arg_text(b->sha256), arg_int((int64_t)b->first),
	    arg_int(b->count), arg_int(b->at)), e);
}

int
sqlite_counter_get(struct store *s, const char *scope, enum number_kind kind,
    uint64_t *next, struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, sqlite_of(s), SQL_COUNTER_GET,
	    ARGS(arg_text(scope), arg_int(kind)), e);

	if (rc < 0)
		return rc;
	rc = sqlite_step(&c, e);
	*next = rc > 0 ? (uint64_t)sqlite3_column_int64(c.stmt, 0) : 1;
	return sqlite_end(&c, rc);
}

int
sqlite_counter_put(struct store *s, const char *scope, enum number_kind kind,
    uint64_t next, struct err *e)
{
	return sqlite_run(sqlite_of(s), SQL_COUNTER_PUT, ARGS(
	    arg_text(scope), arg_int(kind), arg_int((int64_t)next)), e);
}
