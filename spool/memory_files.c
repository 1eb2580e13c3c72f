/* SPDX-License-Identifier: ISC */
#include "spool/memory.h"

#include <stdlib.h>

/* A file that was removed is a row without an id. */
struct store_file *
memory_file(struct memory_store *m, const struct store_id *id, size_t *at)
{
	for (size_t i = 0; i < m->table[TABLE_FILE].n; i++) {
		struct store_file *f = memory_row(m, TABLE_FILE, i);

		if (store_id_equal(&f->id, id) && !store_id_none(id)) {
			if (at != NULL)
				*at = i;
			return f;
		}
	}
	return NULL;
}

int
memory_file_add(struct store *s, const struct store_file *f, struct err *e)
{
	struct memory_store *m = memory_of(s);

	if (memory_file(m, &f->id, NULL) != NULL)
		return err_set(e, -EEXIST, "there is such a file");
	if (!store_id_none(&f->parent) &&
	    memory_file(m, &f->parent, NULL) == NULL)
		return err_set(e, -ENOENT, "there is no such parent");
	return memory_add(m, TABLE_FILE, f, e);
}

int
memory_file_get(struct store *s, const struct store_id *id,
    struct store_file *f, struct err *e)
{
	const struct store_file *stored = memory_file(memory_of(s), id, NULL);

	if (stored == NULL)
		return err_set(e, -ENOENT, "there is no such file");
	*f = *stored;
	return 0;
}

int
memory_file_put(struct store *s, const struct store_file *f,
    enum file_state from, struct err *e)
{
	struct memory_store *m = memory_of(s);
	struct store_file row = *f;
	const struct store_file *stored;
	size_t at;

	stored = memory_file(m, &f->id, &at);
	if (stored == NULL)
		return err_set(e, -ENOENT, "there is no such file");
	if (stored->state != from)
		return err_set(e, -ESTALE, "the file is %s, not %s",
		    state_text(stored->state), state_text(from));
	row.parent = stored->parent;
	row.kind = stored->kind;
	row.created = stored->created;
	return memory_change(m, TABLE_FILE, at, &row, e);
}

int
memory_file_remove(struct store *s, const struct store_id *id, struct err *e)
{
	struct memory_store *m = memory_of(s);
	struct store_file gone = { 0 };
	size_t at;

	if (memory_file(m, id, &at) == NULL)
		return 0;
	return memory_change(m, TABLE_FILE, at, &gone, e);
}

/* ---- lists ------------------------------------------------------------- */

static bool
memory_text_is(const char *want, const char *have)
{
	return want == NULL || strcmp(want, have) == 0;
}

static bool
memory_file_fits(const struct store_file *f,
    const struct store_file_filter *want)
{
	return (want->kind == 0 || want->kind == f->kind) &&
	    (want->state == 0 || want->state == f->state) &&
	    memory_text_is(want->partner, f->partner) &&
	    (want->parent == NULL || (!store_id_none(want->parent) &&
	    store_id_equal(want->parent, &f->parent))) &&
	    (want->batch == NULL || (!store_id_none(want->batch) &&
	    store_id_equal(want->batch, &f->batch))) &&
	    memory_text_is(want->sha256, f->sha256) &&
	    memory_text_is(want->name, f->name) &&
	    memory_text_is(want->directory, f->directory) &&
	    (want->due == 0 || f->next_try <= want->due);
}

static int
memory_by_id(const void *a, const void *b)
{
	const struct store_file *const *f = a, *const *g = b;

	return memcmp((*f)->id.b, (*g)->id.b, sizeof((*f)->id.b));
}

static int
memory_by_state(const void *a, const void *b)
{
	const struct store_file *const *f = a, *const *g = b;
	int order = strcmp((*f)->partner, (*g)->partner);

	if (order == 0)
		order = (int)(*f)->kind - (int)(*g)->kind;
	if (order == 0)
		order = (int)(*f)->state - (int)(*g)->state;
	return order == 0 ? memory_by_id(a, b) : order;
}

/* The files that fit, in order; *files is the caller's to free. */
static int
memory_select(struct memory_store *m, const struct store_file_filter *want,
    int (*order)(const void *, const void *), const struct store_file ***files,
    size_t *n, struct err *e)
{
	size_t all = m->table[TABLE_FILE].n;
	const struct store_file **list = calloc(all + 1, sizeof(*list));

	if (list == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	*n = 0;
	for (size_t i = 0; i < all; i++) {
		const struct store_file *f = memory_row(m, TABLE_FILE, i);

		if (!store_id_none(&f->id) && memory_file_fits(f, want))
			list[(*n)++] = f;
	}
	qsort(list, *n, sizeof(*list), order);
	*files = list;
	return 0;
}

int
memory_file_list(struct store *s, const struct store_file_filter *want,
    store_on_file *on, void *ctx, struct err *e)
{
	const struct store_file **files;
	size_t n;
	int rc = memory_select(memory_of(s), want, memory_by_id, &files, &n,
	    e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (want->limit != 0 && i == want->limit)
			break;
		if (!on(ctx, files[want->newest_first ? n - 1 - i : i]))
			break;
	}
	free(files);
	return 0;
}

int
memory_file_count(struct store *s, store_on_count *on, void *ctx,
    struct err *e)
{
	static const struct store_file_filter any;
	const struct store_file **files;
	size_t n, end;
	int rc = memory_select(memory_of(s), &any, memory_by_state, &files,
	    &n, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i = end) {
		const struct store_file *f = files[i];

		for (end = i + 1; end < n && f->kind == files[end]->kind &&
		    f->state == files[end]->state &&
		    strcmp(f->partner, files[end]->partner) == 0; end++)
			;
		on(ctx, f->partner, f->kind, f->state, end - i, f->created);
	}
	free(files);
	return 0;
}

int
memory_find_interchange(struct store *s, const char *partner,
    uint64_t isa_control, store_on_file *on, void *ctx, struct err *e)
{
	const struct store_file_filter want = { .kind = FILE_OUTGOING,
	    .partner = partner };
	const struct store_file **files;
	size_t n;
	int rc = memory_select(memory_of(s), &want, memory_by_id, &files, &n,
	    e);

	if (rc < 0)
		return rc;
	while (n-- > 0)
		if (files[n]->isa_control == isa_control && !on(ctx, files[n]))
			break;
	free(files);
	return 0;
}
