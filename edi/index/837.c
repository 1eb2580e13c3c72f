/* SPDX-License-Identifier: ISC */
#include "edi/index/parts.h"

/* 837: a claim lasts from its CLM to the next CLM, HL or SE. */

enum { HEADER_TAGS = 1 };              /* of no use after the first claim */

const uint32_t index_837_tags[] = {
	SEGMENT_TAG('N', 'M', '1'), SEGMENT_TAG('B', 'H', 'T'),
	TAG_HL, TAG_CLM,
	SEGMENT_TAG('R', 'E', 'F'), SEGMENT_TAG('S', 'B', 'R'),
	SEGMENT_TAG2('L', 'X'), SEGMENT_TAG('S', 'V', '1'),
	SEGMENT_TAG('S', 'V', '2'), SEGMENT_TAG('S', 'V', '3'),
	TAG_SE, 0,
};

static void __attribute__((noinline))
index_837_header(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->set;
	struct slice purpose = segment_element(s, 2);
	struct slice type = segment_element(s, 6);
	size_t n = 0;

	INDEX_COPY(r, segment_element(s, 3), reference);
	INDEX_COPY(r, segment_element(s, 4), date);
	INDEX_COPY(r, segment_element(s, 5), time);
	if (purpose.n <= 2 && type.n <= 2) {
		memcpy(r->status, purpose.p ? purpose.p : "", purpose.n);
		n = purpose.n;
		r->status[n++] = ':';
		memcpy(r->status + n, type.p ? type.p : "", type.n);
	}
}

static void
index_837_line_end(struct index *x, uint64_t end)
{
	if (x->line.kind && x->line.trace[0] != '\0')
		index_close(x, &x->line, end);
	x->line.kind = 0;
}

void
index_837_end(struct index *x, uint64_t end)
{
	if (x->line.kind)
		index_837_line_end(x, end);
	if (x->part.kind && x->digests)
		hash128_end(&x->hash, x->part.digest);
	if (x->part.kind)
		index_close(x, &x->part, end);
}

static void __attribute__((noinline))
index_837_claim(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct index_record *r = &x->part;

	index_837_end(x, s->offset);
	index_begin(x, r, INDEX_CLAIM, s, ordinal);
	hash128_begin(&x->hash);
	INDEX_COPY(r, segment_element(s, 1), claim);
	r->amount = index_amount(segment_element(s, 2));
	INDEX_COPY(r, segment_component(s, 5, 3), status);
	memcpy(r->reference, x->set.reference, sizeof(r->reference));
	index_add(&x->set.amount, r->amount);
	if (x->set.included++ == 0)
		index_want_tags(x, index_837_tags + HEADER_TAGS);
	x->secondary = false;
	x->line_named = false;
}

/* A line is begun in earnest only when its REF*6R comes. */
static void __attribute__((noinline))
index_837_line(struct index *x, const struct segment *s, uint32_t ordinal)
{
	if (x->line.kind)
		index_837_line_end(x, s->offset);
	x->set.accepted++;
	x->secondary = true;
	if (x->part.kind == 0 || !index_wants(x, INDEX_LINE))
		return;
	x->line.kind = INDEX_LINE;
	x->line.cut = 0;
	x->line.segment = ordinal;
	x->line.offset = s->offset;
	x->line.trace[0] = '\0';
	x->charge_n = 0;
}

/* What a line has from its claim is copied once a claim. */
static void __attribute__((noinline))
index_837_line_trace(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->line;

	if (!x->line_named) {
		x->line_named = true;
		r->interchange = x->part.interchange;
		r->group = x->part.group;
		r->set = x->part.set;
		memcpy(r->claim, x->part.claim, sizeof(r->claim));
		memcpy(r->reference, x->part.reference, sizeof(r->reference));
	}
	r->amount = index_amount(slice(x->charge, x->charge_n));
	INDEX_COPY(r, segment_element(s, 2), trace);
}

/* Most lines' charges are never asked for: only the text is kept. */
static void
index_837_charge(struct index *x, struct slice s)
{
	enum { SHORT = 16 };   /* so many may be read: SEGMENT_SLACK */

	x->charge_n = s.n <= sizeof(x->charge) ? (uint8_t)s.n : 0;
	if (s.n - 1 < SHORT)
		memcpy(x->charge, s.p, SHORT);
	else if (x->charge_n > 0)
		memcpy(x->charge, s.p, x->charge_n);
}

static void __attribute__((noinline))
index_837_reference(struct index *x, const struct segment *s)
{
	struct slice qualifier = segment_element(s, 1);

	if (qualifier.n != 2)
		return;
	if (x->line.kind) {
		if (qualifier.p[0] == '6' && qualifier.p[1] == 'R')
			index_837_line_trace(x, s);
	} else if (!x->secondary) {
		if (qualifier.p[0] == 'D' && qualifier.p[1] == '9')
			INDEX_COPY(&x->part, segment_element(s, 2), trace);
		else if (qualifier.p[0] == 'F' && qualifier.p[1] == '8')
			INDEX_COPY(&x->part, segment_element(s, 2),
			    payer_claim);
	}
}

/* Loop 1000A; before the first claim nothing else is a 41. */
static void __attribute__((noinline))
index_837_name(struct index *x, const struct segment *s)
{
	if (index_element_is(s, 1, "41"))
		INDEX_COPY(&x->set, segment_element(s, 9), payer_claim);
}

static inline void
index_837_take(struct index *x, const struct segment *s, uint32_t ordinal)
{
	switch (s->tag) {
	case SEGMENT_TAG('R', 'E', 'F'):
		if (x->part.kind && (x->line.kind || !x->secondary))
			index_837_reference(x, s);
		break;
	case SEGMENT_TAG2('L', 'X'):
		index_837_line(x, s, ordinal);
		break;
	case SEGMENT_TAG('S', 'V', '1'):
	case SEGMENT_TAG('S', 'V', '3'):
		if (x->line.kind)
			index_837_charge(x, segment_element(s, 2));
		break;
	case SEGMENT_TAG('S', 'V', '2'):
		if (x->line.kind)
			index_837_charge(x, segment_element(s, 3));
		break;
	case SEGMENT_TAG('N', 'M', '1'):
		if (x->set.included == 0)
			index_837_name(x, s);
		break;
	case SEGMENT_TAG('S', 'B', 'R'):
		x->secondary = true;
		break;
	case TAG_CLM:
		index_837_claim(x, s, ordinal);
		break;
	case TAG_HL:
	case TAG_SE:
		index_837_end(x, s->offset);
		break;
	case SEGMENT_TAG('B', 'H', 'T'):
		index_837_header(x, s);
		break;
	}
}

void
index_837(struct index *x, const struct segment *s, uint32_t ordinal)
{
	index_837_take(x, s, ordinal);
	if (x->digests && x->part.kind)
		index_digest(&x->hash, s);
}
