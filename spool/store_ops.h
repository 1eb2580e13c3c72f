/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_STORE_OPS_H
#define SPOOL_STORE_OPS_H

/*
 * Behind spool/store.h: what a kind of store has to do. spool/store*.c checks
 * arguments, keeps transactions whole, records events and knows the rules of
 * states and control numbers, once for all kinds. An op changes rows within a
 * transaction that is open, and nothing when it refuses.
 */

#include "spool/fields.h"
#include "spool/store.h"

/* A block of control numbers and the file that it belongs to. */
struct store_block {
	char scope[STORE_SCOPE];
	enum number_kind kind;
	struct store_id file;
	char sha256[65];
	uint64_t first;
	uint32_t count;
	int64_t at;
};

struct store_ops {
	void (*close)(struct store *s);
	int (*begin)(struct store *s, struct err *e);
	/* Whatever commit returns, the transaction is over. */
	int (*commit)(struct store *s, struct err *e);
	void (*rollback)(struct store *s);

	int (*file_add)(struct store *s, const struct store_file *f,
	    struct err *e);
	int (*file_get)(struct store *s, const struct store_id *id,
	    struct store_file *f, struct err *e);
	/*
	 * Write all fields of f but id, parent, kind and created, if the
	 * state is `from`: else -ESTALE.
	 */
	int (*file_put)(struct store *s, const struct store_file *f,
	    enum file_state from, struct err *e);
	int (*file_remove)(struct store *s, const struct store_id *id,
	    struct err *e);
	int (*file_list)(struct store *s, const struct store_file_filter *f,
	    store_on_file *on, void *ctx, struct err *e);
	int (*file_count)(struct store *s, store_on_count *on, void *ctx,
	    struct err *e);

	int (*bytes_create)(struct store *s, const struct store_id *id,
	    int *fd, struct err *e);
	int (*bytes_keep)(struct store *s, const struct store_id *id, int fd,
	    struct err *e);
	int (*bytes_discard)(struct store *s, const struct store_id *id,
	    struct err *e);
	int (*bytes_open)(struct store *s, const struct store_id *id, int *fd,
	    struct err *e);
	bool (*bytes_exist)(struct store *s, const struct store_id *id);
	int (*bytes_adopt)(struct store *s, const struct store_id *id,
	    int dirfd, const char *name, struct err *e);
	/* Every id that has kept bytes. */
	int (*bytes_each)(struct store *s, store_on_orphan *on, void *ctx,
	    struct err *e);

	/* Key: scope, kind, file. -ENOENT, -EEXIST. */
	int (*block_get)(struct store *s, struct store_block *b,
	    struct err *e);
	int (*block_add)(struct store *s, const struct store_block *b,
	    struct err *e);
	/* The next number; 1 when there was none. */
	int (*counter_get)(struct store *s, const char *scope,
	    enum number_kind kind, uint64_t *next, struct err *e);
	int (*counter_put)(struct store *s, const char *scope,
	    enum number_kind kind, uint64_t next, struct err *e);

	int (*group_add)(struct store *s, struct store_group *g,
	    struct err *e);
	int (*set_add)(struct store *s, struct store_set *t, struct err *e);
	int (*claim_add)(struct store *s, struct store_claim *c,
	    struct err *e);
	int (*find_interchange)(struct store *s, const char *partner,
	    uint64_t isa_control, store_on_file *on, void *ctx,
	    struct err *e);
	int (*find_group)(struct store *s, const char *partner,
	    uint64_t control, store_on_group *on, void *ctx, struct err *e);
	int (*find_set)(struct store *s, uint64_t group, const char *control,
	    store_on_set *on, void *ctx, struct err *e);
	int (*file_sets)(struct store *s, const struct store_id *file,
	    store_on_set *on, void *ctx, struct err *e);
	int (*find_reference)(struct store *s, const char *partner,
	    const char *reference, store_on_set *on, void *ctx,
	    struct err *e);
	int (*find_claim)(struct store *s, const char *partner,
	    const char *claim, store_on_claim *on, void *ctx, struct err *e);
	int (*get_group)(struct store *s, uint64_t row, struct store_group *g,
	    struct err *e);
	int (*get_set)(struct store *s, uint64_t row, struct store_set *t,
	    struct err *e);

	int (*answer_add)(struct store *s, struct store_answer *a,
	    struct err *e);
	int (*answer_match)(struct store *s, const struct store_answer *a,
	    struct err *e);
	int (*claim_answers)(struct store *s, const struct store_claim *c,
	    store_on_answer *on, void *ctx, struct err *e);
	int (*file_answers)(struct store *s, const struct store_id *outgoing,
	    enum answer_kind kind, store_on_answer *on, void *ctx,
	    struct err *e);
	int (*unmatched)(struct store *s, store_on_answer *on, void *ctx,
	    struct err *e);

	int (*event_add)(struct store *s, const struct store_event *v,
	    struct err *e);
	int (*events)(struct store *s, const struct store_id *file,
	    store_on_event *on, void *ctx, struct err *e);
	int (*partner_get)(struct store *s, const char *name,
	    struct store_partner *p, struct err *e);
	int (*partner_put)(struct store *s, const struct store_partner *p,
	    struct err *e);
};

/* Every kind of store begins with this. */
struct store {
	const struct store_ops *ops;
	bool open;         /* within a transaction */
	bool spoiled;      /* a write in it failed: it cannot be committed */
	unsigned listing;  /* callbacks are running: no write */
};

/*
 * Around what writes: join the caller's transaction or open one of its own,
 * then end that one, or note that the caller's is spoiled. store_leave()
 * returns rc, or what went wrong in committing.
 */
int store_enter(struct store *s, bool *own, struct err *e);
int store_leave(struct store *s, bool own, int rc, struct err *e);

#endif
