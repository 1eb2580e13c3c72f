/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

enum { ARENA_BLOCK = 64 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t n, cap;
	alignas(max_align_t) char p[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

static void
arena_free_from(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_free(struct arena *a)
{
	arena_free_from(a->blocks);
	*a = (struct arena){ .max = a->max };
}

void
arena_reset(struct arena *a)
{
	if (a->blocks) {
		arena_free_from(a->blocks->next);
		a->blocks->next = NULL;
		a->blocks->n = 0;
	}
	a->used = 0;
}

static struct arena_block *
arena_block_new(struct arena *a, size_t n)
{
	size_t cap = n > ARENA_BLOCK ? n : ARENA_BLOCK;
	struct arena_block *b = malloc(sizeof(*b) + cap);

	if (!b)
		return NULL;
	*b = (struct arena_block){ .next = a->blocks, .cap = cap };
	a->blocks = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b = a->blocks;
	void *p;

	if (n > SIZE_MAX - align)
		return NULL;
	n = (n + align - 1) / align * align;
	if (n > a->max || a->used > a->max - n)
		return NULL;
	if ((!b || b->cap - b->n < n) && !(b = arena_block_new(a, n)))
		return NULL;
	p = b->p + b->n;
	b->n += n;
	a->used += n;
	return memset(p, 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		return NULL;
	return arena_alloc(a, n);
}

char *
arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (p && s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}
