/* SPDX-License-Identifier: ISC */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/*
 * Many small things that die together. Memory comes in blocks, up to the
 * maximum the arena was born with; an allocation past it returns NULL.
 * What it returns is zeroed, aligned for any type, and owned by the arena.
 */

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used, max;
};

void arena_init(struct arena *a, size_t max);
void arena_free(struct arena *a);

/* Forget everything, keep one block for reuse. */
void arena_reset(struct arena *a);

void *arena_alloc(struct arena *a, size_t n);
void *arena_array(struct arena *a, size_t count, size_t size);

/* A NUL-ended copy. */
char *arena_copy(struct arena *a, struct slice s);

#endif
