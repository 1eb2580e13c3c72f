/* SPDX-License-Identifier: ISC */
#include "edi/piece.h"

#include <inttypes.h>
#include <stdio.h>

enum { PIECE_ISA13 = 13 };

void
piece_init(struct piece *p, piece_on_bytes *on, void *ctx)
{
	*p = (struct piece){ .on = on, .ctx = ctx };
	buf_init(&p->text, PIECE_FLUSH + LEVELS_TEXT + (64 << 10));
}

void
piece_free(struct piece *p)
{
	buf_free(&p->text);
}

static void
piece_hand(struct piece *p, uint64_t offset, struct slice bytes)
{
	if (p->failed == 0 && bytes.n > 0)
		p->failed = p->on(p->ctx, offset, bytes, &p->error);
}

static void
piece_flush(struct piece *p)
{
	if (p->text.failed && p->failed == 0)
		p->failed = err_set(&p->error, -ENOMEM, "out of memory");
	piece_hand(p, p->flushed, buf_slice(&p->text));
	p->flushed += p->text.n;
	buf_reset(&p->text);
}

static void
piece_end_segment(struct piece *p)
{
	buf_add_char(&p->text, p->delimiters.terminator);
	buf_add_str(&p->text, p->suffix);
	p->segments++;
	if (p->text.n >= PIECE_FLUSH)
		piece_flush(p);
}

/* ---- trailers ----------------------------------------------------------- */

static void
piece_trailer(struct piece *p, const char *id, uint32_t count,
    enum level_kind kind)
{
	buf_addf(&p->text, "%s%c%" PRIu32 "%c%s", id, p->delimiters.element,
	    count, p->delimiters.element, p->number[kind]);
	piece_end_segment(p);
}

/* End what is open at this kind and inside of it. */
static void
piece_close(struct piece *p, enum level_kind kind)
{
	if (kind <= LEVEL_SET && p->open[LEVEL_SET])
		piece_trailer(p, "SE", p->segments + 1, LEVEL_SET);
	if (kind <= LEVEL_GROUP && p->open[LEVEL_GROUP])
		piece_trailer(p, "GE", p->sets, LEVEL_GROUP);
	if (kind <= LEVEL_INTERCHANGE && p->open[LEVEL_INTERCHANGE])
		piece_trailer(p, "IEA", p->groups, LEVEL_INTERCHANGE);
	for (unsigned k = kind; k < LEVEL_KINDS; k++)
		p->open[k] = 0;
}

/* ---- headers ------------------------------------------------------------ */

/* The ISA with another ISA13, which has nine digits. */
static void
piece_number_isa(struct piece *p, struct slice isa)
{
	char *number = p->number[LEVEL_INTERCHANGE];
	unsigned element = 0;
	size_t i = 0;

	snprintf(number, LEVELS_CONTROL, "%09" PRIu32,
	    p->isa13++ % 1000000000);
	while (i < isa.n && element < PIECE_ISA13)
		element += isa.p[i++] == p->delimiters.element;
	buf_add(&p->text, isa.p, i);
	buf_add_str(&p->text, number);
	while (i < isa.n && isa.p[i] != p->delimiters.element)
		i++;
	buf_add(&p->text, isa.p + i, isa.n - i);
}

static void
piece_open_interchange(struct piece *p, const struct levels *l)
{
	struct slice isa = buf_slice(&l->level[LEVEL_INTERCHANGE].text);

	p->delimiters = l->delimiters;
	memcpy(p->suffix, l->suffix, sizeof(p->suffix));
	p->groups = 0;
	p->interchanges++;
	if (p->isa13)
		piece_number_isa(p, isa);
	else
		buf_add_slice(&p->text, isa);
	buf_add_str(&p->text, p->suffix);
}

/* HL01, HL02, HL03; HL04 is 0 until there is something below. */
static void
piece_open_hl(struct piece *p, enum level_kind kind)
{
	static const char *const codes[] = { [LEVEL_PROVIDER] = "20",
	    [LEVEL_SUBSCRIBER] = "22", [LEVEL_PATIENT] = "23" };
	char e = p->delimiters.element;

	p->hl[kind] = ++p->levels;
	buf_addf(&p->text, "HL%c%" PRIu32 "%c", e, p->levels, e);
	if (kind != LEVEL_PROVIDER)
		buf_addf(&p->text, "%" PRIu32, p->hl[kind - 1]);
	buf_addf(&p->text, "%c%s%c%c", e, codes[kind], e,
	    kind == LEVEL_PROVIDER ? '1' : '0');
	if (kind == LEVEL_SUBSCRIBER)
		p->child = p->flushed + p->text.n - 1;
	piece_end_segment(p);
}

/* The subscriber has a patient: its HL04, wherever that is by now. */
static void
piece_tell_child(struct piece *p)
{
	if (p->child >= p->flushed)
		p->text.p[p->child - p->flushed] = '1';
	else
		piece_hand(p, p->child, slice("1", 1));
}

static void
piece_open(struct piece *p, const struct levels *l, enum level_kind kind)
{
	const struct level *from = &l->level[kind];

	piece_close(p, kind);
	p->open[kind] = from->serial;
	if (kind < LEVEL_PROVIDER)
		memcpy(p->number[kind], from->number, sizeof(from->number));
	if (kind == LEVEL_INTERCHANGE) {
		piece_open_interchange(p, l);
		return;
	}
	if (kind == LEVEL_GROUP) {
		p->groups++;
		p->sets = 0;
	} else if (kind == LEVEL_SET) {
		p->sets++;
		p->segments = p->levels = 0;
	} else {
		if (kind == LEVEL_PATIENT && !p->text.failed)
			piece_tell_child(p);
		piece_open_hl(p, kind);
	}
	buf_add_slice(&p->text, buf_slice(&from->text));
	p->segments += from->segments;
	if (p->text.n >= PIECE_FLUSH)
		piece_flush(p);
}

/* What the source has open down to a kind, and this piece has not. */
static void
piece_follow(struct piece *p, const struct levels *l, enum level_kind last)
{
	for (unsigned k = 0; k <= last; k++)
		if (l->level[k].serial && p->open[k] != l->level[k].serial)
			piece_open(p, l, k);
	/* Own claims after a patient's: the patient ends. */
	for (unsigned k = last + 1; k < LEVEL_KINDS; k++)
		p->open[k] = 0;
}

void
piece_claim(struct piece *p, const struct levels *l)
{
	piece_follow(p, l, l->innermost);
	p->claims++;
}

void
piece_set(struct piece *p, const struct levels *l)
{
	piece_follow(p, l, LEVEL_SET);
}

void
piece_segment(struct piece *p, const struct segment *s)
{
	buf_add_slice(&p->text, segment_text(s));
	piece_end_segment(p);
}

int
piece_finish(struct piece *p, struct err *e)
{
	piece_close(p, LEVEL_INTERCHANGE);
	piece_flush(p);
	if (p->failed)
		*e = p->error;
	return p->failed;
}
