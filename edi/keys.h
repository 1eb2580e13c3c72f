/* SPDX-License-Identifier: ISC */
#ifndef EDI_KEYS_H
#define EDI_KEYS_H

/*
 * A set of control numbers with a maximum, to tell a number that comes again.
 * It grows as it fills, takes no memory while it is empty, and says when it is
 * full rather than growing on.
 */

#include "base/slice.h"

enum keys_added {
	KEYS_NEW,
	KEYS_AGAIN,   /* it was there; *value is the first one's */
	KEYS_FULL,    /* the maximum is reached, or memory is short */
};

struct key {
	uint64_t high, low;
};

struct keys {
	struct keys_slot *slot;
	uint32_t used, cap, max;
};

void keys_init(struct keys *k, uint32_t max);
void keys_free(struct keys *k);

/* Empty, but keep the memory of a small set. */
void keys_clear(struct keys *k);

/* Add with the value of the newcomer; the first one's value is kept. */
enum keys_added keys_add(struct keys *k, struct key key, uint32_t *value);

/* Is it there? Then *value is filled. */
bool keys_find(const struct keys *k, struct key key, uint32_t *value);

/* A key that is not (0, 0) of up to 15 bytes of text; longer is cut. */
struct key key_of_text(struct slice s);

#endif
