/* SPDX-License-Identifier: ISC */
/*
 * Control numbers. A block is bound to the bytes it is for before it is used,
 * so that asking again gives the same numbers; what is not used is a gap.
 */
#include "spool/store_ops.h"

#include <assert.h>

/* DE I12 and 28 have nine digits; BHT03 has room for more than a number. */
#define NUMBER_LAST UINT64_C(999999999)
#define NUMBER_LAST_BHT03 UINT64_C(999999999999999999)

static const struct {
	uint64_t last;
	bool wraps;
} number_rules[] = {
	[NUMBER_ISA13] = { NUMBER_LAST, true },
	[NUMBER_GS06] = { NUMBER_LAST, true },
	[NUMBER_ST02] = { NUMBER_LAST, true },
	[NUMBER_BHT03] = { NUMBER_LAST_BHT03, false },
};

static int
number_refuse(const struct store_block *had, const char *what, struct err *e)
{
	char text[STORE_ID_TEXT];

	store_id_text(&had->file, text);
	return err_set(e, -EBADMSG, "file %s had %u control number%s from "
	    "%llu for %s", text, had->count, had->count == 1 ? "" : "s",
	    (unsigned long long)had->first, what);
}

static int
number_take(struct store *s, struct store_block *b, struct err *e)
{
	uint64_t last = number_rules[b->kind].last;
	uint64_t next;
	int rc = s->ops->counter_get(s, b->scope, b->kind, &next, e);

	if (rc < 0)
		return rc;
	if (next > last || last - next + 1 < b->count) {
		if (!number_rules[b->kind].wraps)
			return err_set(e, -EOVERFLOW, "no control numbers are "
			    "left after %llu", (unsigned long long)next - 1);
		next = 1;
	}
	b->first = next;
	rc = s->ops->block_add(s, b, e);
	if (rc == 0)
		rc = s->ops->counter_put(s, b->scope, b->kind,
		    next + b->count, e);
	return rc;
}

static int
number_reserve(struct store *s, struct store_block *b, struct err *e)
{
	struct store_block had = *b;
	int rc = s->ops->block_get(s, &had, e);

	if (rc == -ENOENT)
		return number_take(s, b, e);
	if (rc < 0)
		return rc;
	if (strcmp(had.sha256, b->sha256) != 0)
		return number_refuse(&had, "other bytes", e);
	if (had.count != b->count)
		return number_refuse(&had, "these bytes, not another count",
		    e);
	b->first = had.first;
	return 0;
}

int
store_numbers_reserve(struct store *s, const char *scope,
    enum number_kind kind, uint32_t count, const struct store_id *file,
    const char *sha256, int64_t now, uint64_t *first, struct err *e)
{
	struct store_block b = { .kind = kind, .file = *file, .count = count,
	    .at = now };
	bool own;

	assert(kind >= NUMBER_ISA13 && kind <= NUMBER_BHT03);
	assert(count > 0 && !store_id_none(file) && strlen(sha256) == 64);
	if (!slice_copy(slice_str(scope), b.scope, sizeof(b.scope)))
		return err_set(e, -ENAMETOOLONG, "a scope of control numbers "
		    "of %zu bytes is too long", strlen(scope));
	if (count > number_rules[kind].last)
		return err_set(e, -EOVERFLOW, "%u control numbers at once are "
		    "more than there are", count);
	memcpy(b.sha256, sha256, sizeof(b.sha256));
	int rc = store_enter(s, &own, e);

	if (rc < 0)
		return rc;
	rc = store_leave(s, own, number_reserve(s, &b, e), e);
	if (rc == 0)
		*first = b.first;
	return rc;
}
