/* SPDX-License-Identifier: ISC */
#include "edi/index/parts.h"

/*
 * 277: the same tree in the claim acknowledgment (X214) and in the answer to
 * a status request (X212): source, receiver, provider, patient (or subscriber
 * and dependent). An STC speaks of the level, or the line, that it stands in;
 * the REFs that name a claim come after it, so STCs wait for the end of theirs.
 */

static const struct {
	char level[3];
	uint8_t kind;
} index_277_levels[] = {
	{ "21", INDEX_277_BATCH },
	{ "19", INDEX_277_PROVIDER },
	{ "PT", INDEX_277_CLAIM },
	{ "22", INDEX_277_CLAIM },
	{ "23", INDEX_277_CLAIM },
};

static struct index_record *
index_277_present(struct index *x)
{
	return x->line.kind ? &x->line : &x->part;
}

static void
index_277_emit(struct index *x, const struct index_record *of,
    const struct index_status *t)
{
	struct index_record r = *of;

	r.segment = t->segment;
	r.cut |= t->cut;
	memcpy(r.status, t->status, sizeof(r.status));
	memcpy(r.code, t->code, sizeof(r.code));
	memcpy(r.more, t->more, sizeof(r.more));
	memcpy(r.date, t->date, sizeof(r.date));
	if (r.kind != INDEX_277_LINE)
		r.amount = t->amount;
	if (r.kind == INDEX_277_CLAIM || r.kind == INDEX_277_LINE)
		r.paid = t->paid;
	index_emit(x, &r);
}

/* One record for each STC that the present level or line has. */
static void
index_277_flush(struct index *x, uint64_t end)
{
	struct index_record *r = index_277_present(x);

	r->length = end - r->offset;
	for (unsigned i = 0; i < x->statuses; i++)
		index_277_emit(x, r, &x->status[i]);
	x->statuses = 0;
}

void
index_277_end(struct index *x, uint64_t end)
{
	if (x->part.kind)
		index_277_flush(x, end);
	x->part.kind = x->line.kind = 0;
}

static void
index_277_level(struct index *x, const struct segment *s)
{
	struct slice level = segment_element(s, 3);

	index_277_end(x, s->offset);
	x->level = 0;
	for (size_t i = 0; i < sizeof(index_277_levels) /
	    sizeof(index_277_levels[0]); i++)
		if (slice_is(level, index_277_levels[i].level))
			x->level = index_277_levels[i].kind;
}

static void
index_277_begin(struct index *x, const struct segment *s, uint32_t ordinal)
{
	index_277_end(x, s->offset);
	if (x->level == 0)
		return;
	index_begin(x, &x->part, x->level, s, ordinal);
	memcpy(x->part.reference, x->reference, sizeof(x->part.reference));
}

static void
index_277_trace(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct slice id = segment_element(s, 2);

	index_277_begin(x, s, ordinal);
	if (x->level == INDEX_277_BATCH) {
		INDEX_COPY(&x->part, id, reference);
		memcpy(x->reference, x->part.reference, sizeof(x->reference));
	} else if (x->level == INDEX_277_CLAIM) {
		INDEX_COPY(&x->part, id, claim);
		x->set.included++;
	}
}

/* A composite status with ':' between its parts, whatever the file has. */
static uint8_t
index_277_composite(const struct segment *s, unsigned element, char *to,
    size_t cap)
{
	struct slice e = segment_element(s, element);
	uint8_t cut = !slice_copy(e, to, cap);
	char separator = s->delimiters->component;

	for (char *p = to; *p != '\0'; p++)
		if (*p == separator)
			*p = ':';
	return cut;
}

static void
index_277_add_status(struct index *x, const struct segment *s,
    uint32_t ordinal)
{
	struct index_status *t;

	if (x->part.kind == 0)
		index_277_begin(x, s, ordinal);
	if (x->part.kind == 0)
		return;
	if (x->statuses == INDEX_STATUSES) {
		index_277_present(x)->cut = 1;
		index_277_flush(x, s->offset);
	}
	t = &x->status[x->statuses++];
	memset(t, 0, sizeof(*t));
	t->segment = ordinal;
	t->cut = index_277_composite(s, 1, t->status, sizeof(t->status)) |
	    index_277_composite(s, 10, t->more[0], sizeof(t->more[0])) |
	    index_277_composite(s, 11, t->more[1], sizeof(t->more[1]));
	t->cut |= !slice_copy(segment_element(s, 3), t->code, sizeof(t->code));
	t->cut |= !slice_copy(segment_element(s, 2), t->date, sizeof(t->date));
	t->amount = index_amount(segment_element(s, 4));
	t->paid = index_amount(segment_element(s, 5));
	if (x->statuses == 1 && x->part.kind == INDEX_277_CLAIM &&
	    x->line.kind == 0)
		index_add(&x->set.amount, t->amount);
}

static void
index_277_line(struct index *x, const struct segment *s, uint32_t ordinal)
{
	if (x->part.kind != INDEX_277_CLAIM)
		return;
	index_277_flush(x, s->offset);
	x->line = x->part;
	x->line.kind = INDEX_277_LINE;
	x->line.cut = 0;
	x->line.segment = ordinal;
	x->line.offset = s->offset;
	x->line.trace[0] = '\0';
	x->line.amount = index_amount(segment_element(s, 2));
	x->set.accepted++;
}

static void
index_277_reference(struct index *x, const struct segment *s)
{
	struct index_record *r = index_277_present(x);
	struct slice id = segment_element(s, 2);

	if (r->kind == INDEX_277_LINE) {
		if (index_element_is(s, 1, "FJ"))
			INDEX_COPY(r, id, trace);
	} else if (r->kind != INDEX_277_CLAIM) {
		return;
	} else if (index_element_is(s, 1, "1K")) {
		INDEX_COPY(r, id, payer_claim);
	} else if (index_element_is(s, 1, "D9") && !x->status_only) {
		INDEX_COPY(r, id, trace);
	} else if (index_element_is(s, 1, "EJ") && x->status_only) {
		memcpy(r->trace, r->claim, sizeof(r->trace));
		INDEX_COPY(r, id, claim);
	}
}

/* Totals of a batch or a provider. */
static void
index_277_total(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->part;
	struct slice value = segment_element(s, 2);

	if (r->kind != INDEX_277_BATCH && r->kind != INDEX_277_PROVIDER)
		return;
	if (index_element_is(s, 1, "90") || index_element_is(s, 1, "QA"))
		r->accepted = index_number(value);
	else if (index_element_is(s, 1, "AA") || index_element_is(s, 1, "QC"))
		r->refused = index_number(value);
	else if (index_element_is(s, 1, "YU"))
		r->paid = index_amount(value);
}

void
index_277(struct index *x, const struct segment *s, uint32_t ordinal)
{
	switch (s->tag) {
	case SEGMENT_TAG('S', 'T', 'C'):
		index_277_add_status(x, s, ordinal);
		break;
	case SEGMENT_TAG('R', 'E', 'F'):
		index_277_reference(x, s);
		break;
	case SEGMENT_TAG('T', 'R', 'N'):
		index_277_trace(x, s, ordinal);
		break;
	case SEGMENT_TAG('S', 'V', 'C'):
		index_277_line(x, s, ordinal);
		break;
	case SEGMENT_TAG('Q', 'T', 'Y'):
	case SEGMENT_TAG('A', 'M', 'T'):
		index_277_total(x, s);
		break;
	case TAG_HL:
		index_277_level(x, s);
		break;
	case TAG_SE:
		index_277_end(x, s->offset);
		break;
	case SEGMENT_TAG('B', 'H', 'T'):
		INDEX_COPY(&x->set, segment_element(s, 3), reference);
		INDEX_COPY(&x->set, segment_element(s, 4), date);
		INDEX_COPY(&x->set, segment_element(s, 5), time);
		break;
	}
}
