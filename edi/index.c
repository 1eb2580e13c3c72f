/* SPDX-License-Identifier: ISC */
#include "edi/index/parts.h"

#include <stdlib.h>

static const char *const index_names[INDEX_KINDS] = {
	[INDEX_CLAIM] = "claim",
	[INDEX_LINE] = "line",
	[INDEX_TA1] = "ta1",
	[INDEX_999_GROUP] = "999_group",
	[INDEX_999_SET] = "999_set",
	[INDEX_277_BATCH] = "277_batch",
	[INDEX_277_PROVIDER] = "277_provider",
	[INDEX_277_CLAIM] = "277_claim",
	[INDEX_277_LINE] = "277_line",
	[INDEX_835_PAYMENT] = "835_payment",
	[INDEX_835_CLAIM] = "835_claim",
	[INDEX_835_PROVIDER] = "835_provider",
	[INDEX_SET] = "set",
};

const char *
index_kind_text(enum index_kind k)
{
	return k > 0 && k < INDEX_KINDS ? index_names[k] : "";
}

int64_t
index_long_amount(struct slice s)
{
	int64_t cents;

	return money_parse(s, &cents) ? cents : 0;
}

uint32_t
index_number(struct slice s)
{
	uint64_t n;

	if (!slice_u64(s, &n))
		return 0;
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

void
index_begin(struct index *x, struct index_record *r, enum index_kind k,
    const struct segment *s, uint32_t ordinal)
{
	memset(r, 0, sizeof(*r));
	r->kind = (uint8_t)k;
	r->interchange = x->set.interchange;
	r->group = x->set.group;
	r->set = x->set.set;
	r->segment = ordinal;
	r->offset = s->offset;
}

void
index_emit(struct index *x, struct index_record *r)
{
	if (r->kind == 0)
		return;
	r->ordinal = ++x->count[r->kind];
	if (index_wants(x, r->kind))
		x->sink.on_record(x->sink.ctx, r);
	r->kind = 0;
}

void
index_close(struct index *x, struct index_record *r, uint64_t end)
{
	r->length = end - r->offset;
	index_emit(x, r);
}

/* A set of another kind: its header may still have a BHT. */
static void
index_other(struct index *x, const struct segment *s, uint32_t ordinal)
{
	(void)ordinal;
	if (s->tag == SEGMENT_TAG('B', 'H', 'T') && x->set.reference[0] == '\0')
		INDEX_COPY(&x->set, segment_element(s, 3), reference);
}

static void
index_other_end(struct index *x, uint64_t end)
{
	(void)x;
	(void)end;
}

static const struct {
	char id[4];
	const uint32_t *tags;          /* that it wants; NULL: all */
	void (*on_segment)(struct index *x, const struct segment *s,
	    uint32_t ordinal);
	void (*on_end)(struct index *x, uint64_t end);
} index_sets[] = {
	{ "837", index_837_tags, index_837, index_837_end },
	{ "835", index_835_tags, index_835, index_835_end },
	{ "277", NULL, index_277, index_277_end },
	{ "999", NULL, index_999, index_999_end },
	{ "997", NULL, index_999, index_999_end },
	{ "", NULL, index_other, index_other_end },
};

void
index_want_tags(struct index *x, const uint32_t *tags)
{
	x->tags = tags && !x->digests ? 0 : UINT64_MAX;
	for (; tags && *tags != 0; tags++)
		x->tags |= index_tag(*tags);
}

static void
index_set(struct index *x, const struct segment *s)
{
	const struct scan_interchange *interchange = scan_interchange(x->scan);
	const struct scan_group *group = scan_group(x->scan);
	const struct scan_set *set = scan_set(x->scan);
	size_t i = 0;

	memset(x->count, 0, sizeof(x->count));
	memset(&x->set, 0, sizeof(x->set));
	x->set.kind = INDEX_SET;
	x->set.interchange = interchange ? interchange->ordinal : 0;
	x->set.group = group ? group->ordinal : 0;
	x->set.set = set->ordinal;
	x->set.segment = 1;
	x->set.offset = s->offset;
	INDEX_COPY(&x->set, slice_str(group ? group->functional_id : ""),
	    functional_id);
	INDEX_COPY(&x->set, slice_str(set->version), version);
	INDEX_COPY(&x->set, slice_str(set->id), set_id);
	INDEX_COPY(&x->set, slice_str(set->control), set_control);
	x->part.kind = x->line.kind = 0;
	x->reference[0] = x->trace[0] = '\0';
	x->level = 0;
	x->statuses = 0;
	x->status_only = memcmp(set->version, "005010X214", 10) != 0;
	while (index_sets[i].id[0] != '\0' &&
	    strcmp(index_sets[i].id, set->id) != 0)
		i++;
	index_want_tags(x, index_sets[i].tags);
	x->on_segment = index_sets[i].on_segment;
	x->on_end = index_sets[i].on_end;
}

static void
index_ta1(struct index *x, const struct segment *s)
{
	const struct scan_interchange *interchange = scan_interchange(x->scan);
	struct index_record r;

	index_begin(x, &r, INDEX_TA1, s, 0);
	r.interchange = interchange ? interchange->ordinal : 0;
	r.group = r.set = 0;
	slice_u64(segment_element(s, 1), &r.control);
	INDEX_COPY(&r, segment_element(s, 2), date);
	INDEX_COPY(&r, segment_element(s, 3), time);
	INDEX_COPY(&r, segment_element(s, 4), status);
	INDEX_COPY(&r, segment_element(s, 5), code);
	r.length = segment_text(s).n + 1;
	index_emit(x, &r);
}

/* Outside of a set: only an ST or a TA1 matters. */
static void
index_outside(struct index *x, const struct segment *s, uint32_t ordinal)
{
	if (s->tag == TAG_TA1)
		index_ta1(x, s);
	else if (ordinal == 1 && scan_set(x->scan))
		index_set(x, s);
	else if (s->tag == TAG_ISA)
		memset(x->count, 0, sizeof(x->count));
}

void
index_on_segment(struct index *x, const struct segment *s, uint32_t ordinal)
{
	if (x->tags & index_tag(s->tag))
		x->on_segment(x, s, ordinal);
}

void
index_on_set_end(struct index *x, const struct scan_set *set)
{
	if (x->on_segment == index_outside)
		return;
	x->on_end(x, set->offset + set->length);
	x->set.received = set->segments;
	x->set.length = set->length;
	index_emit(x, &x->set);
	x->tags = UINT64_MAX;
	x->on_segment = index_outside;
}

struct index *
index_new(const struct scan *s, struct index_sink sink)
{
	struct index *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->scan = s;
	x->sink = sink;
	x->kinds = UINT32_MAX;
	x->tags = UINT64_MAX;
	x->on_segment = index_outside;
	return x;
}

void
index_free(struct index *x)
{
	free(x);
}

void
index_want(struct index *x, uint32_t kinds)
{
	x->kinds = kinds;
}

void
index_want_digests(struct index *x)
{
	x->digests = true;
}
