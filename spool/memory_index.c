/* SPDX-License-Identifier: ISC */
/* Groups, sets and claims. */
#include "spool/memory.h"

static int
memory_missing(const char *what, struct err *e)
{
	return err_set(e, -ENOENT, "there is no such %s", what);
}

int
memory_group_add(struct store *s, struct store_group *g, struct err *e)
{
	struct memory_store *m = memory_of(s);
	const struct store_file *f = memory_file(m, &g->file, NULL);
	struct memory_group row = { .row = *g };
	int rc;

	if (f == NULL)
		return memory_missing("file", e);
	memcpy(row.partner, f->partner, sizeof(row.partner));
	row.row.row = m->table[TABLE_GROUP].n + 1;
	rc = memory_add(m, TABLE_GROUP, &row, e);
	if (rc == 0)
		g->row = row.row.row;
	return rc;
}

int
memory_set_add(struct store *s, struct store_set *t, struct err *e)
{
	struct memory_store *m = memory_of(s);
	const struct store_file *f = memory_file(m, &t->file, NULL);
	struct memory_set row = { .row = *t };
	int rc;

	if (f == NULL)
		return memory_missing("file", e);
	if (memory_numbered(m, TABLE_GROUP, t->group) == NULL)
		return memory_missing("functional group", e);
	memcpy(row.partner, f->partner, sizeof(row.partner));
	row.row.row = m->table[TABLE_SET].n + 1;
	rc = memory_add(m, TABLE_SET, &row, e);
	if (rc == 0)
		t->row = row.row.row;
	return rc;
}

int
memory_claim_add(struct store *s, struct store_claim *c, struct err *e)
{
	struct memory_store *m = memory_of(s);
	struct store_claim row = *c;
	int rc;

	if (memory_numbered(m, TABLE_SET, c->set) == NULL)
		return memory_missing("transaction set", e);
	row.row = m->table[TABLE_CLAIM].n + 1;
	rc = memory_add(m, TABLE_CLAIM, &row, e);
	if (rc == 0)
		c->row = row.row;
	return rc;
}

int
memory_get_group(struct store *s, uint64_t row, struct store_group *g,
    struct err *e)
{
	const struct memory_group *stored = memory_numbered(memory_of(s),
	    TABLE_GROUP, row);

	if (stored == NULL)
		return memory_missing("functional group", e);
	*g = stored->row;
	return 0;
}

int
memory_get_set(struct store *s, uint64_t row, struct store_set *t,
    struct err *e)
{
	const struct memory_set *stored = memory_numbered(memory_of(s),
	    TABLE_SET, row);

	if (stored == NULL)
		return memory_missing("transaction set", e);
	*t = stored->row;
	return 0;
}

static bool
memory_any(const char *want, const char *have)
{
	return want == NULL || strcmp(want, have) == 0;
}

int
memory_find_group(struct store *s, const char *partner, uint64_t control,
    store_on_group *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = m->table[TABLE_GROUP].n; i-- > 0; ) {
		const struct memory_group *g = memory_row(m, TABLE_GROUP, i);

		if (g->row.control == control &&
		    memory_any(partner, g->partner) && !on(ctx, &g->row))
			break;
	}
	return 0;
}

int
memory_find_set(struct store *s, uint64_t group, const char *control,
    store_on_set *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = m->table[TABLE_SET].n; i-- > 0; ) {
		const struct memory_set *t = memory_row(m, TABLE_SET, i);

		if (t->row.group == group && (control[0] == '\0' ||
		    strcmp(control, t->row.control) == 0) && !on(ctx, &t->row))
			break;
	}
	return 0;
}

int
memory_file_sets(struct store *s, const struct store_id *file,
    store_on_set *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = 0; i < m->table[TABLE_SET].n; i++) {
		const struct memory_set *t = memory_row(m, TABLE_SET, i);

		if (store_id_equal(&t->row.file, file) && !on(ctx, &t->row))
			break;
	}
	return 0;
}

int
memory_find_reference(struct store *s, const char *partner,
    const char *reference, store_on_set *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = m->table[TABLE_SET].n; i-- > 0; ) {
		const struct memory_set *t = memory_row(m, TABLE_SET, i);

		if (strcmp(reference, t->row.reference) == 0 &&
		    memory_any(partner, t->partner) && !on(ctx, &t->row))
			break;
	}
	return 0;
}

int
memory_find_claim(struct store *s, const char *partner, const char *claim,
    store_on_claim *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = m->table[TABLE_CLAIM].n; i-- > 0; ) {
		const struct store_claim *c = memory_row(m, TABLE_CLAIM, i);

		if (strcmp(claim, c->claim) == 0 &&
		    memory_any(partner, c->partner) && !on(ctx, c))
			break;
	}
	return 0;
}
