/* SPDX-License-Identifier: ISC */
/* Statements: prepared once, bound and read by tables of fields. */
#include "spool/sqlite.h"

#include <assert.h>

static const char *const sql_texts[SQL_COUNT] = {
#define SQL(name, text) [SQL_##name] = text,
#include "spool/sql.def"
#undef SQL
};

/* ---- errors ------------------------------------------------------------ */

static const struct {
	int code;          /* of SQLite, extended or not */
	int rc;
	const char *hint;
} sqlite_errors[] = {
	{ SQLITE_CONSTRAINT_PRIMARYKEY, -EEXIST, "" },
	{ SQLITE_CONSTRAINT_UNIQUE, -EEXIST, "" },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, -ENOENT, "" },
	{ SQLITE_CONSTRAINT, -EINVAL, "" },
	{ SQLITE_FULL, -ENOSPC, "; make room on the store's file system" },
	{ SQLITE_NOMEM, -ENOMEM, "" },
	{ SQLITE_BUSY, -EBUSY, "; another program has the database open" },
	{ SQLITE_LOCKED, -EBUSY, "" },
	{ SQLITE_READONLY, -EROFS, "" },
	{ SQLITE_CORRUPT, -EUCLEAN, "; the store is damaged: keep its "
	    "directory as it is and restore a backup beside it" },
	{ SQLITE_NOTADB, -EUCLEAN, "; the store is damaged: keep its "
	    "directory as it is and restore a backup beside it" },
};

int
sqlite_err(struct sqlite_store *q, const char *what, struct err *e)
{
	int code = sqlite3_extended_errcode(q->db);
	int saved = errno, system = sqlite3_system_errno(q->db);
	const char *hint = "";

	/* A commit that fails does not tell; sqlite_step() cleared errno. */
	if (system == 0 && (code & 0xff) == SQLITE_IOERR)
		system = saved;
	int rc = system > 0 ? -system : -EIO;

	for (size_t i = 0; i < sizeof(sqlite_errors) /
	    sizeof(sqlite_errors[0]); i++)
		if (sqlite_errors[i].code == code ||
		    sqlite_errors[i].code == (code & 0xff)) {
			rc = sqlite_errors[i].rc;
			hint = sqlite_errors[i].hint;
			break;
		}
	/* SQLite's texts name tables and columns, never values. */
	return err_set(e, rc, "store %s: %s: %s%s%s%s", q->dir, what,
	    sqlite3_errmsg(q->db), rc == -system ? ": " : "",
	    rc == -system ? strerror(system) : "", hint);
}

/* ---- running ----------------------------------------------------------- */

int
sqlite_exec(struct sqlite_store *q, const char *sql, struct err *e)
{
	if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_err(q, "cannot set up the database", e);
	return 0;
}

int
sqlite_pragma(struct sqlite_store *q, const char *sql, int64_t *value,
    struct err *e)
{
	sqlite3_stmt *stmt;
	int rc = 0;

	if (sqlite3_prepare_v2(q->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return sqlite_err(q, "cannot ask the database", e);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*value = sqlite3_column_int64(stmt, 0);
	else
		rc = sqlite_err(q, "cannot ask the database", e);
	sqlite3_finalize(stmt);
	return rc;
}

static int
sqlite_bind(sqlite3_stmt *stmt, int at, const struct sqlite_arg *a)
{
	switch (a->type) {
	case ARG_INT:
		return sqlite3_bind_int64(stmt, at, a->i);
	case ARG_TEXT:
		return sqlite3_bind_text(stmt, at, a->p, -1, SQLITE_STATIC);
	case ARG_ID:
		return sqlite3_bind_blob(stmt, at, a->p,
		    sizeof(struct store_id), SQLITE_STATIC);
	default:
		return sqlite3_bind_null(stmt, at);
	}
}

static int
sqlite_prepare(struct sqlite_cursor *c, struct err *e)
{
	sqlite3_stmt **cached = &c->q->cached[c->id];

	if (*cached != NULL && !sqlite3_stmt_busy(*cached)) {
		c->stmt = *cached;
		return 0;
	}
	if (sqlite3_prepare_v3(c->q->db, sql_texts[c->id], -1,
	    *cached == NULL ? SQLITE_PREPARE_PERSISTENT : 0, &c->stmt,
	    NULL) != SQLITE_OK)
		return sqlite_err(c->q, "cannot prepare a statement", e);
	if (*cached == NULL)
		*cached = c->stmt;
	return 0;
}

int
sqlite_open(struct sqlite_cursor *c, struct sqlite_store *q, enum sql id,
    const struct sqlite_arg *args, size_t n, struct err *e)
{
	c->q = q;
	c->id = id;
	c->stmt = NULL;
	int rc = sqlite_prepare(c, e);

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (sqlite_bind(c->stmt, (int)i + 1, &args[i]) != SQLITE_OK)
			rc = sqlite_err(q, "cannot bind", e);
	return rc < 0 ? sqlite_end(c, rc) : 0;
}

int
sqlite_step(struct sqlite_cursor *c, struct err *e)
{
	errno = 0;
	int rc = sqlite3_step(c->stmt);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return sqlite_err(c->q, "a statement failed", e);
}

int
sqlite_end(struct sqlite_cursor *c, int rc)
{
	if (c->stmt != NULL && c->stmt == c->q->cached[c->id]) {
		sqlite3_reset(c->stmt);
		sqlite3_clear_bindings(c->stmt);
	} else {
		sqlite3_finalize(c->stmt);
	}
	c->stmt = NULL;
	return rc < 0 ? rc : 0;
}

/* ---- structs ----------------------------------------------------------- */

static struct sqlite_arg
sqlite_field_arg(const struct field *f, const void *row)
{
	const char *p = (const char *)row + f->at;

	if (f->type == FIELD_ID)
		return arg_id(store_id_none((const void *)p) ? NULL :
		    (const void *)p);
	if (f->type == FIELD_TEXT)
		return arg_text(p);
	if (f->type == FIELD_ROW)
		return arg_some(field_int(f, row));
	return arg_int(field_int(f, row));
}

/* False: it is not of the type or the length that we write. */
static bool
sqlite_read_field(sqlite3_stmt *stmt, int column, const struct field *f,
    void *row)
{
	char *p = (char *)row + f->at;
	int type = sqlite3_column_type(stmt, column);
	size_t n;

	if (type == SQLITE_NULL)
		return f->type == FIELD_ID || f->type == FIELD_ROW;
	if (f->type == FIELD_ID) {
		n = (size_t)sqlite3_column_bytes(stmt, column);
		if (type == SQLITE_BLOB && n == f->size)
			memcpy(p, sqlite3_column_blob(stmt, column), n);
		return type == SQLITE_BLOB && n == f->size;
	}
	if (f->type == FIELD_TEXT) {
		const unsigned char *t = sqlite3_column_text(stmt, column);

		n = (size_t)sqlite3_column_bytes(stmt, column);
		if (t != NULL && n < f->size)
			memcpy(p, t, n);
		return t != NULL && n < f->size;
	}
	field_set_int(f, row, sqlite3_column_int64(stmt, column));
	return type == SQLITE_INTEGER;
}

int
sqlite_next(struct sqlite_cursor *c, const struct field *fields, void *row,
    size_t size, struct err *e)
{
	int rc = sqlite_step(c, e);

	if (rc <= 0)
		return rc;
	memset(row, 0, size);
	for (int i = 0; fields[i].type != FIELD_END; i++)
		if (!sqlite_read_field(c->stmt, i, &fields[i], row))
			return err_set(e, -EUCLEAN, "store %s: a row has what "
			    "x12d never writes (column %s); the database was "
			    "changed by something else", c->q->dir,
			    sqlite3_column_name(c->stmt, i));
	return 1;
}

int
sqlite_run(struct sqlite_store *q, enum sql id,
    const struct sqlite_arg *args, size_t n, struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, q, id, args, n, e);

	return rc < 0 ? rc : sqlite_end(&c, sqlite_step(&c, e));
}

int
sqlite_write(struct sqlite_store *q, enum sql id, const struct field *fields,
    const void *row, const struct sqlite_arg *last, struct err *e)
{
	struct sqlite_arg args[32];
	size_t n = 0;

	for (; fields[n].type != FIELD_END; n++) {
		assert(n + 1 < sizeof(args) / sizeof(args[0]));
		args[n] = sqlite_field_arg(&fields[n], row);
	}
	if (last != NULL)
		args[n++] = *last;
	return sqlite_run(q, id, args, n, e);
}

int
sqlite_read(struct sqlite_store *q, enum sql id, struct sqlite_arg key,
    const struct field *fields, void *row, size_t size, const char *what,
    struct err *e)
{
	struct sqlite_cursor c;
	int rc = sqlite_open(&c, q, id, &key, 1, e);

	if (rc < 0)
		return rc;
	rc = sqlite_next(&c, fields, row, size, e);
	if (rc == 0)
		rc = err_set(e, -ENOENT, "there is no such %s", what);
	return sqlite_end(&c, rc);
}
