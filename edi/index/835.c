/* SPDX-License-Identifier: ISC */
#include "edi/index/parts.h"

/* 835: one payment, its claims, and what is adjusted for the provider. */

const uint32_t index_835_tags[] = {
	SEGMENT_TAG('B', 'P', 'R'), SEGMENT_TAG('T', 'R', 'N'),
	SEGMENT_TAG2('N', '1'), SEGMENT_TAG2('L', 'X'),
	SEGMENT_TAG('C', 'L', 'P'), SEGMENT_TAG('C', 'A', 'S'),
	SEGMENT_TAG('S', 'V', 'C'), SEGMENT_TAG('P', 'L', 'B'),
	TAG_SE, 0,
};

void
index_835_end(struct index *x, uint64_t end)
{
	if (x->part.kind)
		index_close(x, &x->part, end);
}

static void __attribute__((noinline))
index_835_payment(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct index_record *r = &x->part;

	index_835_end(x, s->offset);
	index_begin(x, r, INDEX_835_PAYMENT, s, ordinal);
	r->amount = index_amount(segment_element(s, 2));
	INDEX_COPY(r, segment_element(s, 3), code);
	INDEX_COPY(r, segment_element(s, 4), status);
	INDEX_COPY(r, segment_element(s, 16), date);
}

static void __attribute__((noinline))
index_835_trace(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->part;

	if (r->kind != INDEX_835_PAYMENT)
		return;
	INDEX_COPY(r, segment_element(s, 2), reference);
	INDEX_COPY(r, segment_element(s, 3), trace);
	memcpy(x->reference, r->reference, sizeof(x->reference));
	memcpy(x->trace, r->trace, sizeof(x->trace));
	memcpy(x->set.reference, r->reference, sizeof(x->set.reference));
}

static void __attribute__((noinline))
index_835_claim(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct index_record *r = &x->part;

	index_835_end(x, s->offset);
	index_begin(x, r, INDEX_835_CLAIM, s, ordinal);
	INDEX_COPY(r, segment_element(s, 1), claim);
	INDEX_COPY(r, segment_element(s, 2), status);
	r->amount = index_amount(segment_element(s, 3));
	r->paid = index_amount(segment_element(s, 4));
	r->patient = index_amount(segment_element(s, 5));
	INDEX_COPY(r, segment_element(s, 7), payer_claim);
	memcpy(r->reference, x->reference, sizeof(r->reference));
	memcpy(r->trace, x->trace, sizeof(r->trace));
	index_add(&x->set.amount, r->amount);
	index_add(&x->set.paid, r->paid);
	x->set.included++;
}

static int
index_835_group(struct slice s)
{
	static const char groups[INDEX_CAS][2] = {
		[INDEX_CO] = { 'C', 'O' }, [INDEX_OA] = { 'O', 'A' },
		[INDEX_PI] = { 'P', 'I' }, [INDEX_PR] = { 'P', 'R' },
	};

	for (int i = 0; s.n == 2 && i < INDEX_CAS; i++)
		if (memcmp(s.p, groups[i], 2) == 0)
			return i;
	return -1;
}

static void __attribute__((noinline))
index_835_adjustment(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->part;
	struct slice group_code = segment_element(s, 1);
	int group = index_835_group(group_code);
	int64_t sum = 0, *adjusted = group >= 0 ? &r->adjusted[group] : &sum;

	if (r->kind != INDEX_835_CLAIM)
		return;
	if (r->code[0] == '\0')
		INDEX_COPY(r, group_code, code);
	for (unsigned i = 2; i <= s->count && i <= 17; i += 3) {
		index_add(adjusted, index_amount(segment_element(s, i + 1)));
		if (r->more[1][0] != '\0')
			continue;
		if (r->more[0][0] == '\0')
			INDEX_COPY(r, segment_element(s, i), more[0]);
		else
			INDEX_COPY(r, segment_element(s, i), more[1]);
	}
}

static void __attribute__((noinline))
index_835_provider(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct index_record r;

	index_835_end(x, s->offset);
	for (unsigned i = 3; i <= s->count && i <= 13; i += 2) {
		index_begin(x, &r, INDEX_835_PROVIDER, s, ordinal);
		INDEX_COPY(&r, segment_component(s, i, 1), status);
		INDEX_COPY(&r, segment_component(s, i, 2), trace);
		r.amount = index_amount(segment_element(s, i + 1));
		INDEX_COPY(&r, segment_element(s, 2), date);
		memcpy(r.reference, x->reference, sizeof(r.reference));
		r.length = segment_text(s).n + 1;
		index_emit(x, &r);
	}
}

void
index_835(struct index *x, const struct segment *s, uint32_t ordinal)
{
	switch (s->tag) {
	case SEGMENT_TAG('S', 'V', 'C'):
		x->set.accepted++;
		break;
	case SEGMENT_TAG('C', 'A', 'S'):
		index_835_adjustment(x, s);
		break;
	case SEGMENT_TAG('C', 'L', 'P'):
		index_835_claim(x, s, ordinal);
		break;
	case SEGMENT_TAG('P', 'L', 'B'):
		index_835_provider(x, s, ordinal);
		break;
	case SEGMENT_TAG('B', 'P', 'R'):
		index_835_payment(x, s, ordinal);
		break;
	case SEGMENT_TAG('T', 'R', 'N'):
		index_835_trace(x, s);
		break;
	case SEGMENT_TAG2('N', '1'):
	case SEGMENT_TAG2('L', 'X'):
	case TAG_SE:
		index_835_end(x, s->offset);
		break;
	}
}
