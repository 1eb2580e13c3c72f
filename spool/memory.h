/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_MEMORY_H
#define SPOOL_MEMORY_H

/*
 * The store's twin in memory, for tests: rows in arrays, bytes in the heap,
 * searches are linear. A transaction can be taken back: appended rows are cut
 * off again, and what was changed was copied before.
 */

#include "spool/bytes.h"
#include "spool/store_ops.h"

enum memory_table_name {
	TABLE_FILE, TABLE_COUNTER, TABLE_BLOCK, TABLE_GROUP, TABLE_SET,
	TABLE_CLAIM, TABLE_ANSWER, TABLE_EVENT, TABLE_PARTNER, TABLE_COUNT,
};

struct memory_table {
	size_t size, n, cap;   /* of a row; rows; room */
	size_t before;         /* rows when the transaction began */
	char *rows;
};

struct memory_undo {
	enum memory_table_name table;
	size_t at;
	void *row;
};

struct memory_bytes {
	struct store_id id;
	int fd;                /* being written, or -1: kept */
	char *p;
	size_t n;
};

struct memory_store {
	struct store base;
	struct memory_table table[TABLE_COUNT];
	struct memory_undo *undo;
	size_t undos, undo_cap;
	struct memory_bytes *bytes;
	size_t bytes_n, bytes_cap;
};

/* A partner is kept with the groups and sets of its files, to find them by. */
struct memory_group {
	struct store_group row;
	char partner[STORE_PARTNER];
};

struct memory_set {
	struct store_set row;
	char partner[STORE_PARTNER];
};

struct memory_counter {
	char scope[STORE_SCOPE];
	enum number_kind kind;
	uint64_t next;
};

static inline struct memory_store *
memory_of(struct store *s)
{
	return (struct memory_store *)s;
}

static inline void *
memory_row(struct memory_store *m, enum memory_table_name t, size_t i)
{
	return m->table[t].rows + i * m->table[t].size;
}

/* Append a copy of row. Rows are numbered from 1. */
int memory_add(struct memory_store *m, enum memory_table_name t,
    const void *row, struct err *e);
/* Write over row i; a rollback brings the old one back. */
int memory_change(struct memory_store *m, enum memory_table_name t, size_t i,
    const void *row, struct err *e);
/* NULL: there is no row of this number. */
void *memory_numbered(struct memory_store *m, enum memory_table_name t,
    uint64_t row);
/* Room for one more in an array of any kind; the array, or NULL. */
void *memory_grow(void *rows, size_t n, size_t *cap, size_t size);

/* The file of an id, and where it stands; NULL: there is none. */
struct store_file *memory_file(struct memory_store *m,
    const struct store_id *id, size_t *at);

/* ---- the ops, by subject ----------------------------------------------- */

void memory_bytes_free(struct memory_store *m);
int memory_bytes_create(struct store *s, const struct store_id *id, int *fd,
    struct err *e);
int memory_bytes_keep(struct store *s, const struct store_id *id, int fd,
    struct err *e);
int memory_bytes_discard(struct store *s, const struct store_id *id,
    struct err *e);
int memory_bytes_open(struct store *s, const struct store_id *id, int *fd,
    struct err *e);
bool memory_bytes_exist(struct store *s, const struct store_id *id);
int memory_bytes_adopt(struct store *s, const struct store_id *id, int dirfd,
    const char *name, struct err *e);
int memory_bytes_each(struct store *s, store_on_orphan *on, void *ctx,
    struct err *e);

int memory_file_add(struct store *s, const struct store_file *f,
    struct err *e);
int memory_file_get(struct store *s, const struct store_id *id,
    struct store_file *f, struct err *e);
int memory_file_put(struct store *s, const struct store_file *f,
    enum file_state from, struct err *e);
int memory_file_remove(struct store *s, const struct store_id *id,
    struct err *e);
int memory_file_list(struct store *s, const struct store_file_filter *f,
    store_on_file *on, void *ctx, struct err *e);
int memory_file_count(struct store *s, store_on_count *on, void *ctx,
    struct err *e);
int memory_find_interchange(struct store *s, const char *partner,
    uint64_t isa_control, store_on_file *on, void *ctx, struct err *e);

int memory_block_get(struct store *s, struct store_block *b, struct err *e);
int memory_block_add(struct store *s, const struct store_block *b,
    struct err *e);
int memory_counter_get(struct store *s, const char *scope,
    enum number_kind kind, uint64_t *next, struct err *e);
int memory_counter_put(struct store *s, const char *scope,
    enum number_kind kind, uint64_t next, struct err *e);

int memory_group_add(struct store *s, struct store_group *g, struct err *e);
int memory_set_add(struct store *s, struct store_set *t, struct err *e);
int memory_claim_add(struct store *s, struct store_claim *c, struct err *e);
int memory_find_group(struct store *s, const char *partner, uint64_t control,
    store_on_group *on, void *ctx, struct err *e);
int memory_file_sets(struct store *s, const struct store_id *file,
    store_on_set *on, void *ctx, struct err *e);
int memory_find_set(struct store *s, uint64_t group, const char *control,
    store_on_set *on, void *ctx, struct err *e);
int memory_find_reference(struct store *s, const char *partner,
    const char *reference, store_on_set *on, void *ctx, struct err *e);
int memory_find_claim(struct store *s, const char *partner, const char *claim,
    store_on_claim *on, void *ctx, struct err *e);
int memory_get_group(struct store *s, uint64_t row, struct store_group *g,
    struct err *e);
int memory_get_set(struct store *s, uint64_t row, struct store_set *t,
    struct err *e);

int memory_answer_add(struct store *s, struct store_answer *a,
    struct err *e);
int memory_answer_match(struct store *s, const struct store_answer *a,
    struct err *e);
int memory_claim_answers(struct store *s, const struct store_claim *c,
    store_on_answer *on, void *ctx, struct err *e);
int memory_file_answers(struct store *s, const struct store_id *outgoing,
    enum answer_kind kind, store_on_answer *on, void *ctx, struct err *e);
int memory_unmatched(struct store *s, store_on_answer *on, void *ctx,
    struct err *e);

int memory_event_add(struct store *s, const struct store_event *v,
    struct err *e);
int memory_events(struct store *s, const struct store_id *file,
    store_on_event *on, void *ctx, struct err *e);
int memory_partner_get(struct store *s, const char *name,
    struct store_partner *p, struct err *e);
int memory_partner_put(struct store *s, const struct store_partner *p,
    struct err *e);

#endif
