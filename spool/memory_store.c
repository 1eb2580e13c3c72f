/* SPDX-License-Identifier: ISC */
/* Rows, transactions, opening. */
#include "spool/memory.h"

#include <assert.h>
#include <stdlib.h>

/* ---- rows -------------------------------------------------------------- */

void *
memory_grow(void *rows, size_t n, size_t *cap, size_t size)
{
	size_t room = *cap == 0 ? 16 : *cap * 2;

	if (n < *cap)
		return rows;
	rows = reallocarray(rows, room, size);
	if (rows != NULL)
		*cap = room;
	return rows;
}

int
memory_add(struct memory_store *m, enum memory_table_name t, const void *row,
    struct err *e)
{
	struct memory_table *table = &m->table[t];
	char *rows = memory_grow(table->rows, table->n, &table->cap,
	    table->size);

	if (rows == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	table->rows = rows;
	memcpy(memory_row(m, t, table->n), row, table->size);
	table->n++;
	return 0;
}

int
memory_change(struct memory_store *m, enum memory_table_name t, size_t i,
    const void *row, struct err *e)
{
	struct memory_table *table = &m->table[t];
	struct memory_undo *undo;

	if (i < table->before) {
		undo = memory_grow(m->undo, m->undos, &m->undo_cap,
		    sizeof(*undo));
		if (undo == NULL)
			return err_set(e, -ENOMEM, "out of memory");
		m->undo = undo;
		undo += m->undos;
		undo->row = malloc(table->size);
		if (undo->row == NULL)
			return err_set(e, -ENOMEM, "out of memory");
		memcpy(undo->row, memory_row(m, t, i), table->size);
		undo->table = t;
		undo->at = i;
		m->undos++;
	}
	memcpy(memory_row(m, t, i), row, table->size);
	return 0;
}

void *
memory_numbered(struct memory_store *m, enum memory_table_name t,
    uint64_t row)
{
	return row == 0 || row > m->table[t].n ? NULL :
	    memory_row(m, t, (size_t)row - 1);
}

/* ---- transactions ------------------------------------------------------ */

static int
memory_begin(struct store *s, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		m->table[t].before = m->table[t].n;
	return 0;
}

static void
memory_forget(struct memory_store *m)
{
	while (m->undos > 0)
		free(m->undo[--m->undos].row);
}

static int
memory_commit(struct store *s, struct err *e)
{
	(void)e;
	memory_forget(memory_of(s));
	return 0;
}

static void
memory_rollback(struct store *s)
{
	struct memory_store *m = memory_of(s);

	/* Backwards: the oldest copy of a row is the one that counts. */
	for (size_t i = m->undos; i-- > 0; ) {
		struct memory_undo *u = &m->undo[i];

		memcpy(memory_row(m, u->table, u->at), u->row,
		    m->table[u->table].size);
	}
	memory_forget(m);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		m->table[t].n = m->table[t].before;
}

/* ---- opening ----------------------------------------------------------- */

static void
memory_close(struct store *s)
{
	struct memory_store *m = memory_of(s);

	memory_forget(m);
	memory_bytes_free(m);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		free(m->table[t].rows);
	free(m->undo);
	free(m);
}

static const struct store_ops memory_ops = {
	.close = memory_close,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.file_add = memory_file_add,
	.file_get = memory_file_get,
	.file_put = memory_file_put,
	.file_remove = memory_file_remove,
	.file_list = memory_file_list,
	.file_count = memory_file_count,
	.bytes_create = memory_bytes_create,
	.bytes_keep = memory_bytes_keep,
	.bytes_discard = memory_bytes_discard,
	.bytes_open = memory_bytes_open,
	.bytes_exist = memory_bytes_exist,
	.bytes_adopt = memory_bytes_adopt,
	.bytes_each = memory_bytes_each,
	.block_get = memory_block_get,
	.block_add = memory_block_add,
	.counter_get = memory_counter_get,
	.counter_put = memory_counter_put,
	.group_add = memory_group_add,
	.set_add = memory_set_add,
	.claim_add = memory_claim_add,
	.find_interchange = memory_find_interchange,
	.find_group = memory_find_group,
	.find_set = memory_find_set,
	.file_sets = memory_file_sets,
	.find_reference = memory_find_reference,
	.find_claim = memory_find_claim,
	.get_group = memory_get_group,
	.get_set = memory_get_set,
	.answer_add = memory_answer_add,
	.answer_match = memory_answer_match,
	.claim_answers = memory_claim_answers,
	.file_answers = memory_file_answers,
	.unmatched = memory_unmatched,
	.event_add = memory_event_add,
	.events = memory_events,
	.partner_get = memory_partner_get,
	.partner_put = memory_partner_put,
};

static const size_t row_sizes[TABLE_COUNT] = {
	[TABLE_FILE] = sizeof(struct store_file),
	[TABLE_COUNTER] = sizeof(struct memory_counter),
	[TABLE_BLOCK] = sizeof(struct store_block),
	[TABLE_GROUP] = sizeof(struct memory_group),
	[TABLE_SET] = sizeof(struct memory_set),
	[TABLE_CLAIM] = sizeof(struct store_claim),
	[TABLE_ANSWER] = sizeof(struct store_answer),
	[TABLE_EVENT] = sizeof(struct store_event),
	[TABLE_PARTNER] = sizeof(struct store_partner),
};

struct store *
store_open_memory(struct err *e)
{
	struct memory_store *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	m->base.ops = &memory_ops;
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		m->table[t].size = row_sizes[t];
	return &m->base;
}
