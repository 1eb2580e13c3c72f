/* SPDX-License-Identifier: ISC */
#include "spool/memory.h"

static const struct store_block *
memory_block(struct memory_store *m, const struct store_block *key)
{
	for (size_t i = 0; i < m->table[TABLE_BLOCK].n; i++) {
		const struct store_block *b = memory_row(m, TABLE_BLOCK, i);

		if (b->kind == key->kind &&
		    store_id_equal(&b->file, &key->file) &&
		    strcmp(b->scope, key->scope) == 0)
			return b;
	}
	return NULL;
}

int
memory_block_get(struct store *s, struct store_block *b, struct err *e)
{
	const struct store_block *stored = memory_block(memory_of(s), b);

	if (stored == NULL)
		return err_set(e, -ENOENT, "there are no such numbers");
	*b = *stored;
	return 0;
}

int
memory_block_add(struct store *s, const struct store_block *b, struct err *e)
{
	if (memory_block(memory_of(s), b) != NULL)
		return err_set(e, -EEXIST, "there are such numbers");
	return memory_add(memory_of(s), TABLE_BLOCK, b, e);
}

static struct memory_counter *
memory_counter(struct memory_store *m, const char *scope,
    enum number_kind kind, size_t *at)
{
	for (size_t i = 0; i < m->table[TABLE_COUNTER].n; i++) {
		struct memory_counter *c = memory_row(m, TABLE_COUNTER, i);

		if (c->kind == kind && strcmp(c->scope, scope) == 0) {
			*at = i;
			return c;
		}
	}
	return NULL;
}

int
memory_counter_get(struct store *s, const char *scope, enum number_kind kind,
    uint64_t *next, struct err *e)
{
	size_t at;
	const struct memory_counter *c = memory_counter(memory_of(s), scope,
	    kind, &at);

	(void)e;
	*next = c == NULL ? 1 : c->next;
	return 0;
}

int
memory_counter_put(struct store *s, const char *scope, enum number_kind kind,
    uint64_t next, struct err *e)
{
	struct memory_counter row = { .kind = kind, .next = next };
	size_t at;

	slice_copy(slice_str(scope), row.scope, sizeof(row.scope));
	if (memory_counter(memory_of(s), scope, kind, &at) == NULL)
		return memory_add(memory_of(s), TABLE_COUNTER, &row, e);
	return memory_change(memory_of(s), TABLE_COUNTER, at, &row, e);
}
