/* SPDX-License-Identifier: ISC */
#include "edi/secondary/inner.h"

enum { SEGMENT_REASONS = 6 };

static struct secondary_reason *
find_reason(struct secondary_reasons *all, struct slice group,
    struct slice reason)
{
	for (unsigned i = 0; i < all->count; i++)
		if (slice_eq(all->r[i].group, group) &&
		    slice_eq(all->r[i].reason, reason))
			return &all->r[i];
	return NULL;
}

static void
add_reason(struct secondary_reasons *all, struct slice group,
    struct record_at at)
{
	struct slice reason = record_get_text(at, "reason");
	struct secondary_reason *r = find_reason(all, group, reason);
	int64_t amount;

	if (!record_get_money(at, "amount", &amount) || amount == 0)
		return;
	if (r) {
		r->amount += amount;
		return;
	}
	if (all->count == SECONDARY_REASONS) {
		all->too_many = true;
		return;
	}
	all->r[all->count++] = (struct secondary_reason){ group, reason,
		record_get_text(at, "quantity"), amount, false };
}

void
secondary_take_reasons(struct secondary_reasons *all, struct record_at of)
{
	struct record_at a = record_get(of, "adjustments");

	for (; a.value; a = secondary_next(a)) {
		struct slice group = record_get_text(a, "group");
		struct record_at r = record_get(a, "reasons");

		for (; r.value; r = secondary_next(r))
			add_reason(all, group, r);
	}
}

int64_t
secondary_sum(const struct secondary_reasons *all, const char *group)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < all->count; i++)
		if (slice_is(all->r[i].group, group))
			sum += all->r[i].amount;
	return sum;
}

/* A segment takes six reasons of a group. */
static void
write_group(struct record_tree *t, struct secondary_reasons *all,
    struct slice group, struct record_at to)
{
	struct record_at segment = { NULL, NULL };
	unsigned n = 0;

	for (unsigned i = 0; i < all->count; i++) {
		struct secondary_reason *r = &all->r[i];
		struct record_at at;

		if (r->written || !slice_eq(r->group, group))
			continue;
		r->written = true;
		if (r->amount == 0)
			continue;
		if (n++ % SEGMENT_REASONS == 0) {
			segment = record_open(t, to, "adjustments");
			record_put(t, segment, "group", group);
		}
		at = record_open(t, segment, "reasons");
		record_put(t, at, "reason", r->reason);
		record_put_money(t, at, "amount", r->amount);
		record_put(t, at, "quantity", r->quantity);
	}
}

void
secondary_write_reasons(struct record_tree *t, struct secondary_reasons *all,
    struct record_at to)
{
	for (unsigned i = 0; i < all->count; i++)
		if (!all->r[i].written)
			write_group(t, all, all->r[i].group, to);
}
