/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SPOOL_TWINS_H
#define TESTS_SPOOL_TWINS_H

/*
 * What the store's tests share: a fresh store of either kind, and rows that
 * are ready to be added. Include after cmocka.h.
 */

#include "spool/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1700000000000)
#define HASH_A \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

enum twin { TWIN_SQLITE, TWIN_MEMORY };

struct place {
	enum twin twin;
	char dir[64];        /* temporary, holds the store and an outbox */
	char store_dir[80];
	int outbox;
	struct store *s;
	struct err e;
};

#define assert_ok(p, call) do { \
	int rc_ = (call); \
 \
	if (rc_ != 0) \
		print_error("%d: %s\n", rc_, (p)->e.text); \
	assert_int_equal(rc_, 0); \
} while (0)

static inline struct store_id
id_of(int64_t now)
{
	struct store_id id;

	store_id_new(&id, now);
	return id;
}

static inline void
place_open(struct place *p)
{
	p->s = p->twin == TWIN_SQLITE ? store_open(p->store_dir, &p->e) :
	    store_open_memory(&p->e);
	if (p->s == NULL)
		print_error("%s\n", p->e.text);
	assert_non_null(p->s);
}

static inline void
place_reopen(struct place *p)
{
	store_close(p->s);
	place_open(p);
}

static inline struct place *
place_new(enum twin twin, const char *below)
{
	struct place *p = calloc(1, sizeof(*p));
	char path[80];

	assert_non_null(p);
	p->twin = twin;
	snprintf(p->dir, sizeof(p->dir), "%s/x12d-spool-XXXXXX", below);
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->store_dir, sizeof(p->store_dir), "%s/store", p->dir);
	snprintf(path, sizeof(path), "%s/outbox", p->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	p->outbox = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->outbox >= 0);
	place_open(p);
	return p;
}

static inline void
place_free(struct place *p)
{
	char command[96];

	store_close(p->s);
	close(p->outbox);
	snprintf(command, sizeof(command), "rm -rf '%s'", p->dir);
	assert_int_equal(system(command), 0);
	free(p);
}

/* A file in the outbox. */
static inline void
place_drop(struct place *p, const char *name, const char *text)
{
	int fd = openat(p->outbox, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline bool
place_has(struct place *p, const char *name)
{
	return faccessat(p->outbox, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The bytes of an id are exactly this text. */
static inline void
assert_bytes(struct place *p, const struct store_id *id, const char *text)
{
	char got[256];
	ssize_t n;
	int fd;

	assert_true(store_bytes_exist(p->s, id));
	assert_ok(p, store_bytes_open(p->s, id, &fd, &p->e));
	n = read(fd, got, sizeof(got));
	close(fd);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static inline struct store_file
file_of(enum file_kind kind, enum file_state state, const char *partner)
{
	struct store_file f = { .kind = kind, .state = state, .created = NOW,
	    .changed = NOW };

	store_id_new(&f.id, NOW);
	snprintf(f.partner, sizeof(f.partner), "%s", partner);
	return f;
}

static inline struct store_file
place_add(struct place *p, enum file_kind kind, enum file_state state,
    const char *partner)
{
	struct store_file f = file_of(kind, state, partner);

	assert_ok(p, store_file_add(p->s, &f, &p->e));
	return f;
}

/* ---- what a callback was told ------------------------------------------- */

struct event_list {
	unsigned n;
	struct store_event v[16];
};

static inline bool
on_event(void *ctx, const struct store_event *v)
{
	struct event_list *l = ctx;

	assert_true(l->n < 16);
	l->v[l->n++] = *v;
	return true;
}

struct id_list {
	unsigned n, stop_after;
	struct store_id id[16];
};

static inline bool
on_file(void *ctx, const struct store_file *f)
{
	struct id_list *l = ctx;

	assert_true(l->n < 16);
	l->id[l->n++] = f->id;
	return l->n != l->stop_after;
}

/* ---- the twins --------------------------------------------------------- */

static inline int
setup_sqlite(void **state)
{
	*state = place_new(TWIN_SQLITE, "/tmp");
	return 0;
}

static inline int
teardown(void **state)
{
	place_free(*state);
	return 0;
}

static inline int
setup_memory(void **state)
{
	*state = place_new(TWIN_MEMORY, "/tmp");
	return 0;
}

#define TWINS(f) \
	{ #f " (sqlite)", f, setup_sqlite, teardown, NULL }, \
	{ #f " (memory)", f, setup_memory, teardown, NULL },

#endif
