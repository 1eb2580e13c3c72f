/* SPDX-License-Identifier: ISC */
/*
 * Which record a claim of the X12 came from. The X12 tells its claims in the
 * order of their providers and patients, the batch its records in the order of
 * the lines: what both have is the claim's number.
 */
#include "daemon/worker_records.h"

#include <stdlib.h>

struct places {
	struct manifest_writer *writer;
	struct index_record *at;      /* of one flush, in their order */
	uint32_t *by_claim;           /* their ordinals, sorted */
	uint32_t count, cap;
	bool sorted;
};

struct places *
places_new(struct manifest_writer *w)
{
	struct places *p = calloc(1, sizeof(*p));

	if (p)
		p->writer = w;
	return p;
}

void
places_free(struct places *p)
{
	if (!p)
		return;
	free(p->at);
	free(p->by_claim);
	free(p);
}

bool
places_add(struct places *p, const struct index_record *r)
{
	if (p->count == p->cap) {
		uint32_t cap = p->cap ? p->cap * 2 : 1024;
		void *at = reallocarray(p->at, cap, sizeof(*p->at));

		if (!at)
			return false;
		p->at = at;
		p->cap = cap;
	}
	p->at[p->count++] = *r;
	p->sorted = false;
	return true;
}

void
places_flush(struct places *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		manifest_write(p->writer, MANIFEST_RECORD, &p->at[i]);
	p->count = 0;
	p->sorted = false;
}

static int
places_compare(const void *a, const void *b, void *ctx)
{
	const struct places *p = ctx;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	int order = strcmp(p->at[i].claim, p->at[k].claim);

	return order ? order : i < k ? -1 : i > k;
}

static bool
places_sort(struct places *p)
{
	void *by = reallocarray(p->by_claim, p->count + 1,
	    sizeof(*p->by_claim));

	if (!by)
		return false;
	p->by_claim = by;
	for (uint32_t i = 0; i < p->count; i++)
		p->by_claim[i] = i;
	qsort_r(p->by_claim, p->count, sizeof(*p->by_claim), places_compare,
	    p);
	return p->sorted = true;
}

/* The first one of that number that has no record yet. */
bool
places_tell(struct places *p, struct slice claim, uint64_t record)
{
	uint32_t lo = 0, hi = p->count;

	if (!p->sorted && !places_sort(p))
		return false;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const char *at = p->at[p->by_claim[mid]].claim;
		size_t n = strlen(at);
		int order = memcmp(at, claim.p, n < claim.n ? n : claim.n);

		if (order < 0 || (order == 0 && n < claim.n))
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->count; lo++) {
		struct index_record *r = &p->at[p->by_claim[lo]];

		if (!slice_is(claim, r->claim))
			break;
		if (r->kind != INDEX_CLAIM || r->received)
			continue;
		r->received = (uint32_t)record;
		break;
	}
	return true;
}
