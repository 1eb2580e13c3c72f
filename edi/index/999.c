/* SPDX-License-Identifier: ISC */
#include "edi/index/parts.h"

/* 999 and 997: a group (AK1 .. AK9), and in it sets (AK2 .. IK5 or AK5). */

static void
index_999_group(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct index_record *r = &x->part;

	index_999_end(x, s->offset);
	index_begin(x, r, INDEX_999_GROUP, s, ordinal);
	INDEX_COPY(r, segment_element(s, 1), functional_id);
	slice_u64(segment_element(s, 2), &r->control);
	INDEX_COPY(r, segment_element(s, 3), version);
	x->set.control = r->control;
}

static void
index_999_set(struct index *x, const struct segment *s, uint32_t ordinal)
{
	struct index_record *r = &x->line;

	if (r->kind)
		index_close(x, r, s->offset);
	index_begin(x, r, INDEX_999_SET, s, ordinal);
	r->control = x->part.control;
	memcpy(r->functional_id, x->part.functional_id,
	    sizeof(r->functional_id));
	INDEX_COPY(r, segment_element(s, 1), set_id);
	INDEX_COPY(r, segment_element(s, 2), set_control);
	INDEX_COPY(r, segment_element(s, 3), version);
	if (r->version[0] == '\0')
		memcpy(r->version, x->part.version, sizeof(r->version));
	x->set.included++;
}

static void
index_999_set_end(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->line;

	if (r->kind == 0)
		return;
	INDEX_COPY(r, segment_element(s, 1), status);
	INDEX_COPY(r, segment_element(s, 2), code);
	index_close(x, r, s->offset + segment_text(s).n + 1);
}

static void
index_999_group_end(struct index *x, const struct segment *s)
{
	struct index_record *r = &x->part;

	if (x->line.kind)
		index_close(x, &x->line, s->offset);
	if (r->kind == 0)
		return;
	INDEX_COPY(r, segment_element(s, 1), status);
	r->included = index_number(segment_element(s, 2));
	r->received = index_number(segment_element(s, 3));
	r->accepted = index_number(segment_element(s, 4));
	INDEX_COPY(r, segment_element(s, 5), code);
	index_close(x, r, s->offset + segment_text(s).n + 1);
}

void
index_999_end(struct index *x, uint64_t end)
{
	if (x->line.kind)
		index_close(x, &x->line, end);
	if (x->part.kind)
		index_close(x, &x->part, end);
}

void
index_999(struct index *x, const struct segment *s, uint32_t ordinal)
{
	switch (s->tag) {
	case SEGMENT_TAG('I', 'K', '3'):
	case SEGMENT_TAG('A', 'K', '3'):
		if (x->line.kind)
			x->line.refused++;
		break;
	case SEGMENT_TAG('A', 'K', '2'):
		index_999_set(x, s, ordinal);
		break;
	case SEGMENT_TAG('I', 'K', '5'):
	case SEGMENT_TAG('A', 'K', '5'):
		index_999_set_end(x, s);
		break;
	case SEGMENT_TAG('A', 'K', '1'):
		index_999_group(x, s, ordinal);
		break;
	case SEGMENT_TAG('A', 'K', '9'):
		index_999_group_end(x, s);
		break;
	case TAG_SE:
		index_999_end(x, s->offset);
		break;
	}
}
