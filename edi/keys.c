/* SPDX-License-Identifier: ISC */
#include "edi/keys.h"

#include <stdlib.h>

enum { SMALL = 1024 };

struct keys_slot {
	struct key key;
	uint32_t value, used;
};

void
keys_init(struct keys *k, uint32_t max)
{
	*k = (struct keys){ .max = max };
}

void
keys_free(struct keys *k)
{
	free(k->slot);
	k->slot = NULL;
	k->used = k->cap = 0;
}

void
keys_clear(struct keys *k)
{
	if (k->used == 0)
		return;
	if (k->cap > SMALL) {
		keys_free(k);
		return;
	}
	memset(k->slot, 0, k->cap * sizeof(*k->slot));
	k->used = 0;
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

/*
 * The address of the table is part of the hash, so that nobody can choose
 * numbers that all fall into one place. What is found never depends on it.
 */
static struct keys_slot *
place(const struct keys *k, struct key key)
{
	uint64_t h = mix(key.low ^ (uint64_t)(uintptr_t)k->slot) + key.high;

	for (h = mix(h);; h++) {
		struct keys_slot *s = &k->slot[h & (k->cap - 1)];

		if (!s->used || (s->key.low == key.low &&
		    s->key.high == key.high))
			return s;
	}
}

static bool
grow(struct keys *k)
{
	struct keys old = *k;

	k->cap = old.cap > 0 ? old.cap * 2 : 64;
	k->slot = calloc(k->cap, sizeof(*k->slot));
	if (k->slot == NULL) {
		*k = old;
		return false;
	}
	for (uint32_t i = 0; i < old.cap; i++)
		if (old.slot[i].used)
			*place(k, old.slot[i].key) = old.slot[i];
	free(old.slot);
	return true;
}

enum keys_added
keys_add(struct keys *k, struct key key, uint32_t *value)
{
	struct keys_slot *s;

	if (keys_find(k, key, value))
		return KEYS_AGAIN;
	if (k->used == k->max)
		return KEYS_FULL;
	if (k->used * 2 >= k->cap && !grow(k))
		return KEYS_FULL;
	s = place(k, key);
	*s = (struct keys_slot){ key, *value, 1 };
	k->used++;
	return KEYS_NEW;
}

bool
keys_find(const struct keys *k, struct key key, uint32_t *value)
{
	const struct keys_slot *s;

	if (k->cap == 0)
		return false;
	s = place(k, key);
	if (s->used)
		*value = s->value;
	return s->used;
}

struct key
key_of_text(struct slice s)
{
	struct key key;
	char text[sizeof(key)] = { 0 };
	size_t n = s.n < sizeof(text) ? s.n : sizeof(text) - 1;

	if (n > 0)
		memcpy(text, s.p, n);
	text[sizeof(text) - 1] = (char)n;
	memcpy(&key, text, sizeof(key));
	return key;
}
