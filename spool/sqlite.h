/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_SQLITE_H
#define SPOOL_SQLITE_H

/*
 * The embedded store: facts in one SQLite database, bytes in files beside it.
 * Nothing outside spool/sqlite_*.c knows of SQLite.
 */

#include "spool/bytes.h"
#include "spool/store_ops.h"

#include <sqlite3.h>

enum sql {
#define SQL(name, text) SQL_##name,
#include "spool/sql.def"
#undef SQL
	SQL_COUNT
};

struct sqlite_store {
	struct store base;
	sqlite3 *db;
	sqlite3_stmt *cached[SQL_COUNT];
	struct bytes *bytes;
	int dirfd, lock;
	char *dir;             /* for errors: it is the operator's own */
};

/* Every op gets the store that begins an sqlite_store. */
static inline struct sqlite_store *
sqlite_of(struct store *s)
{
	return (struct sqlite_store *)s;
}

/* What SQLite just said, as an errno value with text. */
int sqlite_err(struct sqlite_store *q, const char *what, struct err *e);

/* Create or upgrade the tables, refuse what is not ours. */
int sqlite_upgrade(struct sqlite_store *q, struct err *e);

/* One simple statement that is not worth caching. */
int sqlite_exec(struct sqlite_store *q, const char *sql, struct err *e);
int sqlite_pragma(struct sqlite_store *q, const char *sql, int64_t *value,
    struct err *e);

/* ---- arguments and rows ------------------------------------------------ */

struct sqlite_arg {
	enum { ARG_NULL, ARG_INT, ARG_TEXT, ARG_ID } type;
	int64_t i;
	const void *p;
};

static inline struct sqlite_arg
arg_int(int64_t i)
{
	return (struct sqlite_arg){ ARG_INT, i, NULL };
}

/* Zero is NULL: any. */
static inline struct sqlite_arg
arg_some(int64_t i)
{
	return (struct sqlite_arg){ i == 0 ? ARG_NULL : ARG_INT, i, NULL };
}

/* NULL is NULL; the text must outlive the statement's run. */
static inline struct sqlite_arg
arg_text(const char *p)
{
	return (struct sqlite_arg){ p == NULL ? ARG_NULL : ARG_TEXT, 0, p };
}

static inline struct sqlite_arg
arg_id(const struct store_id *id)
{
	return (struct sqlite_arg){ id == NULL ? ARG_NULL : ARG_ID, 0, id };
}

#define ARGS(...) (const struct sqlite_arg[]){ __VA_ARGS__ }, \
	sizeof((const struct sqlite_arg[]){ __VA_ARGS__ }) / \
	sizeof(struct sqlite_arg)

/* A running statement. A second run of the same one gets a copy of it. */
struct sqlite_cursor {
	struct sqlite_store *q;
	enum sql id;
	sqlite3_stmt *stmt;
};

int sqlite_open(struct sqlite_cursor *c, struct sqlite_store *q, enum sql id,
    const struct sqlite_arg *args, size_t n, struct err *e);
/* 1: there is a row; 0: no more; negative: failed. */
int sqlite_step(struct sqlite_cursor *c, struct err *e);
/* The same, and read it into a struct by its fields. */
int sqlite_next(struct sqlite_cursor *c, const struct field *fields,
    void *row, size_t size, struct err *e);
/* Returns rc, but 0 for what is positive. */
int sqlite_end(struct sqlite_cursor *c, int rc);

/* Run a statement that returns nothing. */
int sqlite_run(struct sqlite_store *q, enum sql id,
    const struct sqlite_arg *args, size_t n, struct err *e);
/* Run it with the fields of a struct as ?1.., then one more argument. */
int sqlite_write(struct sqlite_store *q, enum sql id,
    const struct field *fields, const void *row,
    const struct sqlite_arg *last, struct err *e);
/* Read one row: -ENOENT with `what` when there is none. */
int sqlite_read(struct sqlite_store *q, enum sql id, struct sqlite_arg key,
    const struct field *fields, void *row, size_t size, const char *what,
    struct err *e);

/* ---- the ops, by subject ----------------------------------------------- */

int sqlite_file_add(struct store *s, const struct store_file *f,
    struct err *e);
int sqlite_file_get(struct store *s, const struct store_id *id,
    struct store_file *f, struct err *e);
int sqlite_file_put(struct store *s, const struct store_file *f,
    enum file_state from, struct err *e);
int sqlite_file_remove(struct store *s, const struct store_id *id,
    struct err *e);
int sqlite_file_list(struct store *s, const struct store_file_filter *f,
    store_on_file *on, void *ctx, struct err *e);
int sqlite_file_count(struct store *s, store_on_count *on, void *ctx,
    struct err *e);
int sqlite_find_interchange(struct store *s, const char *partner,
    uint64_t isa_control, store_on_file *on, void *ctx, struct err *e);

int sqlite_block_get(struct store *s, struct store_block *b, struct err *e);
int sqlite_block_add(struct store *s, const struct store_block *b,
    struct err *e);
int sqlite_counter_get(struct store *s, const char *scope,
    enum number_kind kind, uint64_t *next, struct err *e);
int sqlite_counter_put(struct store *s, const char *scope,
    enum number_kind kind, uint64_t next, struct err *e);

int sqlite_group_add(struct store *s, struct store_group *g, struct err *e);
int sqlite_set_add(struct store *s, struct store_set *t, struct err *e);
int sqlite_claim_add(struct store *s, struct store_claim *c, struct err *e);
int sqlite_find_group(struct store *s, const char *partner, uint64_t control,
    store_on_group *on, void *ctx, struct err *e);
int sqlite_file_sets(struct store *s, const struct store_id *file,
    store_on_set *on, void *ctx, struct err *e);
int sqlite_find_set(struct store *s, uint64_t group, const char *control,
    store_on_set *on, void *ctx, struct err *e);
int sqlite_find_reference(struct store *s, const char *partner,
    const char *reference, store_on_set *on, void *ctx, struct err *e);
int sqlite_find_claim(struct store *s, const char *partner, const char *claim,
    store_on_claim *on, void *ctx, struct err *e);
int sqlite_get_group(struct store *s, uint64_t row, struct store_group *g,
    struct err *e);
int sqlite_get_set(struct store *s, uint64_t row, struct store_set *t,
    struct err *e);

int sqlite_answer_add(struct store *s, struct store_answer *a,
    struct err *e);
int sqlite_answer_match(struct store *s, const struct store_answer *a,
    struct err *e);
int sqlite_claim_answers(struct store *s, const struct store_claim *c,
    store_on_answer *on, void *ctx, struct err *e);
int sqlite_file_answers(struct store *s, const struct store_id *outgoing,
    enum answer_kind kind, store_on_answer *on, void *ctx, struct err *e);
int sqlite_unmatched(struct store *s, store_on_answer *on, void *ctx,
    struct err *e);

int sqlite_event_add(struct store *s, const struct store_event *v,
    struct err *e);
int sqlite_events(struct store *s, const struct store_id *file,
    store_on_event *on, void *ctx, struct err *e);
int sqlite_partner_get(struct store *s, const char *name,
    struct store_partner *p, struct err *e);
int sqlite_partner_put(struct store *s, const struct store_partner *p,
    struct err *e);

#endif
