/* SPDX-License-Identifier: ISC */
/* Answers, events and partners. */
#include "spool/memory.h"

/* Is everything there that an answer says it belongs to? */
static int
memory_answer_check(struct memory_store *m, const struct store_answer *a,
    struct err *e)
{
	if ((!store_id_none(&a->outgoing) &&
	    memory_file(m, &a->outgoing, NULL) == NULL) ||
	    (a->group != 0 &&
	    memory_numbered(m, TABLE_GROUP, a->group) == NULL) ||
	    (a->set != 0 && memory_numbered(m, TABLE_SET, a->set) == NULL) ||
	    (a->matched_claim != 0 &&
	    memory_numbered(m, TABLE_CLAIM, a->matched_claim) == NULL))
		return err_set(e, -ENOENT, "what an answer belongs to is not "
		    "there");
	return 0;
}

int
memory_answer_add(struct store *s, struct store_answer *a, struct err *e)
{
	struct memory_store *m = memory_of(s);
	struct store_answer row = *a;
	int rc = memory_answer_check(m, a, e);

	if (rc < 0)
		return rc;
	if (memory_file(m, &a->file, NULL) == NULL)
		return err_set(e, -ENOENT, "there is no such file");
	row.row = m->table[TABLE_ANSWER].n + 1;
	rc = memory_add(m, TABLE_ANSWER, &row, e);
	if (rc == 0)
		a->row = row.row;
	return rc;
}

int
memory_answer_match(struct store *s, const struct store_answer *a,
    struct err *e)
{
	struct memory_store *m = memory_of(s);
	const struct store_answer *stored = memory_numbered(m, TABLE_ANSWER,
	    a->row);
	struct store_answer row;
	int rc = memory_answer_check(m, a, e);

	if (rc < 0)
		return rc;
	if (stored == NULL)
		return err_set(e, -ENOENT, "there is no such answer");
	row = *stored;
	row.outgoing = a->outgoing;
	row.group = a->group;
	row.set = a->set;
	row.matched_claim = a->matched_claim;
	return memory_change(m, TABLE_ANSWER, (size_t)a->row - 1, &row, e);
}

static bool
memory_speaks_of(struct memory_store *m, const struct store_answer *a,
    const struct store_claim *c)
{
	const struct memory_set *t = memory_numbered(m, TABLE_SET, c->set);

	if (a->matched_claim != 0)
		return a->matched_claim == c->row;
	if (a->set != 0)
		return a->set == c->set;
	if (a->group != 0)
		return t != NULL && a->group == t->row.group;
	return !store_id_none(&a->outgoing) &&
	    store_id_equal(&a->outgoing, &c->file);
}

int
memory_claim_answers(struct store *s, const struct store_claim *c,
    store_on_answer *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = 0; i < m->table[TABLE_ANSWER].n; i++) {
		const struct store_answer *a = memory_row(m, TABLE_ANSWER, i);

		if (memory_speaks_of(m, a, c) && !on(ctx, a))
			break;
	}
	return 0;
}

int
memory_file_answers(struct store *s, const struct store_id *outgoing,
    enum answer_kind kind, store_on_answer *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = 0; i < m->table[TABLE_ANSWER].n; i++) {
		const struct store_answer *a = memory_row(m, TABLE_ANSWER, i);

		if (!store_id_none(outgoing) &&
		    store_id_equal(&a->outgoing, outgoing) &&
		    (kind == 0 || kind == a->kind) && !on(ctx, a))
			break;
	}
	return 0;
}

int
memory_unmatched(struct store *s, store_on_answer *on, void *ctx,
    struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = 0; i < m->table[TABLE_ANSWER].n; i++) {
		const struct store_answer *a = memory_row(m, TABLE_ANSWER, i);

		if (store_id_none(&a->outgoing) && a->group == 0 &&
		    a->set == 0 && a->matched_claim == 0 && !on(ctx, a))
			break;
	}
	return 0;
}

/* ---- events and partners ----------------------------------------------- */

int
memory_event_add(struct store *s, const struct store_event *v, struct err *e)
{
	struct memory_store *m = memory_of(s);
	struct store_event row = *v;

	row.row = m->table[TABLE_EVENT].n + 1;
	return memory_add(m, TABLE_EVENT, &row, e);
}

int
memory_events(struct store *s, const struct store_id *file,
    store_on_event *on, void *ctx, struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = 0; i < m->table[TABLE_EVENT].n; i++) {
		const struct store_event *v = memory_row(m, TABLE_EVENT, i);

		if ((file == NULL || (!store_id_none(file) &&
		    store_id_equal(file, &v->file))) && !on(ctx, v))
			break;
	}
	return 0;
}

static struct store_partner *
memory_partner(struct memory_store *m, const char *name, size_t *at)
{
	for (size_t i = 0; i < m->table[TABLE_PARTNER].n; i++) {
		struct store_partner *p = memory_row(m, TABLE_PARTNER, i);

		if (strcmp(p->name, name) == 0) {
			*at = i;
			return p;
		}
	}
	return NULL;
}

int
memory_partner_get(struct store *s, const char *name,
    struct store_partner *p, struct err *e)
{
	size_t at;
	const struct store_partner *stored = memory_partner(memory_of(s),
	    name, &at);

	if (stored == NULL)
		return err_set(e, -ENOENT, "there is no such partner");
	*p = *stored;
	return 0;
}

int
memory_partner_put(struct store *s, const struct store_partner *p,
    struct err *e)
{
	struct memory_store *m = memory_of(s);
	size_t at;

	if (memory_partner(m, p->name, &at) == NULL)
		return memory_add(m, TABLE_PARTNER, p, e);
	return memory_change(m, TABLE_PARTNER, at, p, e);
}
