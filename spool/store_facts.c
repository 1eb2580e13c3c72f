/* SPDX-License-Identifier: ISC */
/* What is in the files, answers, events, partners: checked, and whole. */
#include "spool/store_ops.h"

#include <assert.h>

/* Run one op in a transaction, the caller's or its own. */
#define STORE_WRITE(s, op, arg, e) do { \
	bool own_; \
	int rc_ = store_enter(s, &own_, e); \
 \
	if (rc_ < 0) \
		return rc_; \
	return store_leave(s, own_, (s)->ops->op(s, arg, e), e); \
} while (0)

/* Run one op that calls back. */
#define STORE_LIST(s, call) do { \
	(s)->listing++; \
	int rc_ = (s)->ops->call; \
 \
	(s)->listing--; \
	return rc_; \
} while (0)

int
store_group_add(struct store *s, struct store_group *g, struct err *e)
{
	assert(g->row == 0);
	fields_check(group_fields, g);
	STORE_WRITE(s, group_add, g, e);
}

int
store_set_add(struct store *s, struct store_set *t, struct err *e)
{
	assert(t->row == 0 && t->group != 0);
	fields_check(set_fields, t);
	STORE_WRITE(s, set_add, t, e);
}

int
store_claim_add(struct store *s, struct store_claim *c, struct err *e)
{
	assert(c->row == 0 && c->set != 0);
	fields_check(claim_fields, c);
	STORE_WRITE(s, claim_add, c, e);
}

int
store_answer_add(struct store *s, struct store_answer *a, struct err *e)
{
	assert(a->row == 0);
	fields_check(answer_fields, a);
	STORE_WRITE(s, answer_add, a, e);
}

int
store_answer_match(struct store *s, const struct store_answer *a,
    struct err *e)
{
	assert(a->row != 0);
	fields_check(answer_fields, a);
	STORE_WRITE(s, answer_match, a, e);
}

int
store_event_add(struct store *s, const struct store_event *v, struct err *e)
{
	fields_check(event_fields, v);
	STORE_WRITE(s, event_add, v, e);
}

int
store_partner_put(struct store *s, const struct store_partner *p,
    struct err *e)
{
	assert(p->name[0] != '\0');
	fields_check(partner_fields, p);
	STORE_WRITE(s, partner_put, p, e);
}

int
store_partner_get(struct store *s, const char *name, struct store_partner *p,
    struct err *e)
{
	int rc;

	memset(p, 0, sizeof(*p));
	if (!slice_copy(slice_str(name), p->name, sizeof(p->name)))
		return err_set(e, -ENAMETOOLONG, "a partner's name of %zu "
		    "bytes is too long", strlen(name));
	rc = s->ops->partner_get(s, name, p, e);
	if (rc == -ENOENT) {
		memset(p, 0, sizeof(*p));
		slice_copy(slice_str(name), p->name, sizeof(p->name));
		if (e != NULL)
			*e = ERR_NONE;
		rc = 0;
	}
	return rc;
}

int
store_find_interchange(struct store *s, const char *partner,
    uint64_t isa_control, store_on_file *on, void *ctx, struct err *e)
{
	STORE_LIST(s, find_interchange(s, partner, isa_control, on, ctx, e));
}

int
store_find_group(struct store *s, const char *partner, uint64_t control,
    store_on_group *on, void *ctx, struct err *e)
{
	STORE_LIST(s, find_group(s, partner, control, on, ctx, e));
}

int
store_find_set(struct store *s, uint64_t group, const char *control,
    store_on_set *on, void *ctx, struct err *e)
{
	STORE_LIST(s, find_set(s, group, control, on, ctx, e));
}

int
store_file_sets(struct store *s, const struct store_id *file,
    store_on_set *on, void *ctx, struct err *e)
{
	STORE_LIST(s, file_sets(s, file, on, ctx, e));
}

int
store_find_reference(struct store *s, const char *partner,
    const char *reference, store_on_set *on, void *ctx, struct err *e)
{
	STORE_LIST(s, find_reference(s, partner, reference, on, ctx, e));
}

int
store_find_claim(struct store *s, const char *partner, const char *claim,
    store_on_claim *on, void *ctx, struct err *e)
{
	STORE_LIST(s, find_claim(s, partner, claim, on, ctx, e));
}

int
store_get_group(struct store *s, uint64_t row, struct store_group *g,
    struct err *e)
{
	return s->ops->get_group(s, row, g, e);
}

int
store_get_set(struct store *s, uint64_t row, struct store_set *t,
    struct err *e)
{
	return s->ops->get_set(s, row, t, e);
}

int
store_claim_answers(struct store *s, const struct store_claim *c,
    store_on_answer *on, void *ctx, struct err *e)
{
	STORE_LIST(s, claim_answers(s, c, on, ctx, e));
}

int
store_file_answers(struct store *s, const struct store_id *outgoing,
    enum answer_kind kind, store_on_answer *on, void *ctx, struct err *e)
{
	STORE_LIST(s, file_answers(s, outgoing, kind, on, ctx, e));
}

int
store_unmatched(struct store *s, store_on_answer *on, void *ctx,
    struct err *e)
{
	STORE_LIST(s, unmatched(s, on, ctx, e));
}

int
store_events(struct store *s, const struct store_id *file,
    store_on_event *on, void *ctx, struct err *e)
{
	STORE_LIST(s, events(s, file, on, ctx, e));
}
