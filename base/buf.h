/* SPDX-License-Identifier: ISC */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing buffer, born with its maximum. The buffer owns its bytes until
 * buf_free(). An append that would pass the maximum, or find no memory, sets
 * `failed`, appends nothing, and every later append fails too: build first,
 * check once.
 */

#include "base/slice.h"

struct buf {
	char *p;
	size_t n, cap, max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);

/* Forget the bytes, keep the memory, forgive the failure. */
void buf_reset(struct buf *b);

bool buf_add(struct buf *b, const void *p, size_t n);
bool buf_add_str(struct buf *b, const char *s);
bool buf_add_u64(struct buf *b, uint64_t v);   /* in decimal */
bool buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for n more bytes at b->p + b->n, or NULL; the caller adds to b->n. */
char *buf_space(struct buf *b, size_t n);

/* Drop n bytes from the front. */
void buf_drop(struct buf *b, size_t n);

static inline bool
buf_add_slice(struct buf *b, struct slice s)
{
	return buf_add(b, s.p, s.n);
}

static inline bool
buf_add_char(struct buf *b, char c)
{
	char *to = b->n + 2 <= b->cap && b->n < b->max && !b->failed ?
	    b->p + b->n : buf_space(b, 1);

	if (!to)
		return false;
	*to = c;
	b->n++;
	return true;
}

static inline struct slice
buf_slice(const struct buf *b)
{
	return slice(b->p, b->n);
}

/* NUL-ended view, valid until the next append; "" when empty or failed. */
const char *buf_str(struct buf *b);

#endif
