/* SPDX-License-Identifier: ISC */
#include "edi/ack/parts.h"

#include <stdio.h>
#include <stdlib.h>

/* Which segment names the business unit of a set (CTX01 of the 999). */
static const struct ack_unit {
	char set[4];
	uint32_t tag;
	const char *qualifier;       /* of element 1; NULL: any */
	uint8_t element;
	const char *name;
} ack_units[] = {
	{ "837", TAG_CLM, NULL, 1, "CLM01" },
	{ "835", SEGMENT_TAG('T', 'R', 'N'), NULL, 2, "TRN02" },
	{ "276", SEGMENT_TAG('T', 'R', 'N'), NULL, 2, "TRN02" },
	{ "277", SEGMENT_TAG('T', 'R', 'N'), NULL, 2, "TRN02" },
	{ "270", SEGMENT_TAG('T', 'R', 'N'), NULL, 2, "TRN02" },
	{ "271", SEGMENT_TAG('T', 'R', 'N'), NULL, 2, "TRN02" },
	{ "278", SEGMENT_TAG('T', 'R', 'N'), NULL, 2, "TRN02" },
	{ "820", SEGMENT_TAG('E', 'N', 'T'), NULL, 1, "ENT01" },
	{ "834", SEGMENT_TAG('R', 'E', 'F'), "0F", 2,
	    "SUBSCRIBER NUMBER REF02" },
};

bool
ack_notes_init(struct ack_notes *n, uint32_t max)
{
	memset(n, 0, sizeof(*n));
	n->unit_tag = ACK_NO_UNIT;
	n->max = max;
	n->cap = max + ACK_PENDING;
	buf_init(&n->pool, (size_t)n->cap * (ACK_BAD_DATA + 1 + 64));
	n->note = calloc(n->cap, sizeof(*n->note));
	return n->note && buf_add_char(&n->pool, '\0');
}

void
ack_notes_free(struct ack_notes *n)
{
	free(n->note);
	buf_free(&n->pool);
}

void
ack_notes_begin(struct ack_notes *n, const char *set)
{
	size_t rows = sizeof(ack_units) / sizeof(ack_units[0]), i = 0;

	while (i < rows && strcmp(ack_units[i].set, set) != 0)
		i++;
	n->unit = i < rows ? &ack_units[i] : NULL;
	n->unit_tag = i < rows ? ack_units[i].tag : ACK_NO_UNIT;
	n->count = n->pending = n->contexts = n->claims = 0;
	buf_reset(&n->pool);
	buf_add_char(&n->pool, '\0');
}

/* A NUL-ended copy in the pool; 0 when there is no room. */
static uint32_t
keep(struct ack_notes *n, struct slice s)
{
	size_t at = n->pool.n;

	if (s.n == 0 || n->pool.max - at < s.n + 1)
		return 0;
	if (!buf_add_slice(&n->pool, s) || !buf_add_char(&n->pool, '\0'))
		return 0;
	return (uint32_t)at;
}

bool
ack_notes_add(struct ack_notes *n, const struct finding *f,
    const struct delimiters *d)
{
	struct ack_note *note;

	if (n->count == n->cap)
		return false;
	note = &n->note[n->count];
	*note = (struct ack_note){ .ack = f->def->ack, .severity = f->severity,
		.element = f->element, .component = f->component,
		.repeat = f->repeat, .element_number = f->element_number,
		.segment = f->segment, .claim = f->claim, .order = n->count,
		.trigger = f->trigger };
	memcpy(note->id, f->id, sizeof(note->id));
	memcpy(note->loop, f->loop, sizeof(note->loop));
	/* An invalid character is never sent back. */
	if (f->value.n > 0 && strcmp(note->ack.ik403, "6") != 0) {
		struct slice v = f->value;

		if (v.n > ACK_BAD_DATA)
			v.n = ACK_BAD_DATA;
		if (ack_echoes(d, v))
			note->value = keep(n, v);
	}
	n->count++;
	n->pending++;
	return true;
}

/* Few of the values are ever written: they are cleaned then. */
static void
begin_context(struct ack_notes *n, const char *name, struct slice value,
    uint32_t ordinal)
{
	struct ack_context *c = &n->context[n->contexts++ % ACK_CONTEXTS];

	c->segment = ordinal;
	c->name = name;
	c->n = value.n < sizeof(c->value) ? (uint8_t)value.n :
	    sizeof(c->value);
	if (c->n > 0)
		memcpy(c->value, value.p, c->n);
}

void
ack_notes_enter(struct ack_notes *n, const struct segment *s,
    uint32_t ordinal)
{
	const struct ack_unit *u = n->unit;

	if (s->tag != n->unit_tag) {
		begin_context(n, NULL, slice(NULL, 0), ordinal);
		return;
	}
	if (u->qualifier && !slice_is(segment_element(s, 1), u->qualifier))
		return;
	n->claims += s->tag == TAG_CLM;
	begin_context(n, u->name, segment_element(s, u->element), ordinal);
}

/* The context that a segment stands in, among those still remembered. */
static const struct ack_context *
context_of(const struct ack_notes *n, uint32_t segment)
{
	uint32_t back = n->contexts < ACK_CONTEXTS ? n->contexts : ACK_CONTEXTS;

	for (uint32_t i = 1; i <= back; i++) {
		const struct ack_context *c =
		    &n->context[(n->contexts - i) % ACK_CONTEXTS];

		if (c->segment <= segment)
			return c;
	}
	return NULL;
}

void
ack_note_settle(struct ack_notes *n, struct ack_note *note, bool present,
    const struct delimiters *d)
{
	const struct ack_context *c =
	    context_of(n, present ? UINT32_MAX : note->segment);
	char value[36], text[64];
	int len;

	note->settled = true;
	if (!c || !c->name ||
	    ack_clean(d, slice(c->value, c->n), value, sizeof(value)).n == 0)
		return;
	len = snprintf(text, sizeof(text), "%s%c%s", c->name, '\0', value);
	note->context = keep(n, slice(text, (size_t)len));
}

void
ack_notes_settled(struct ack_notes *n)
{
	uint32_t to = n->count - n->pending;

	for (uint32_t i = to; i < n->count; i++)
		if (!n->note[i].unsaid)
			n->note[to++] = n->note[i];
	n->count = to;
	n->pending = 0;
	if (n->count > n->max)
		n->count = n->max;
}

static int
compare(const void *x, const void *y)
{
	const struct ack_note *a = x, *b = y;

#define BY(field) \
	if (a->field != b->field) \
		return a->field < b->field ? -1 : 1
	BY(segment);
	BY(element);
	BY(component);
	BY(repeat);
	BY(order);
#undef BY
	return 0;
}

void
ack_notes_sort(struct ack_notes *n)
{
	qsort(n->note, n->count, sizeof(*n->note), compare);
}
