/* SPDX-License-Identifier: ISC */
/* The second pass: every segment into the parts that it belongs to. */
#include "edi/carve/core.h"

#include <inttypes.h>

static void
carve_fail(struct carve *c, int code, const char *why)
{
	if (!c->failed)
		c->failed = err_set(&c->error, code, "%s", why);
}

void
carve_begin(struct carve *c, carve_on_bytes *on, void *ctx)
{
	c->on = on;
	c->ctx = ctx;
	c->in_set = c->is_837 = false;
}

/* The next decision of a kind; 0, and a failure, when there is none left. */
static unsigned
carve_next(struct carve *c, const struct buf *flags, size_t *at)
{
	if (*at < flags->n)
		return (unsigned char)flags->p[(*at)++];
	carve_fail(c, -EBADMSG, "the file is not as it was inspected");
	return 0;
}

static void
carve_flush(struct carve *c, unsigned part)
{
	struct buf *b = &c->out[part].text;

	if (!c->failed && b->n > 0)
		c->failed = c->on(c->ctx, part, buf_slice(b), &c->error);
	buf_reset(b);
}

/* A line a segment, so that a person can correct it. */
static void
carve_end_segment(struct carve *c, unsigned part, const struct segment *s)
{
	struct carve_out *o = &c->out[part];
	char end = s->delimiters->terminator;

	buf_add_char(&o->text, end);
	if (end != '\n' && end != '\r')
		buf_add_char(&o->text, '\n');
	o->segments++;
	if (o->text.failed)
		carve_fail(c, -ENOMEM, "out of memory to take claims apart");
	else if (o->text.n >= CARVE_FLUSH)
		carve_flush(c, part);
}

static void
carve_copy(struct carve *c, const struct segment *s, unsigned mask)
{
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		if (mask & CARVE_KEEP(p)) {
			buf_add_slice(&c->out[p].text, segment_text(s));
			carve_end_segment(c, p, s);
		}
}

/* SE, GE, IEA: a new count; the control number stays. */
static void
carve_trailer(struct carve *c, const struct segment *s, unsigned part,
    uint32_t count)
{
	struct buf *b = &c->out[part].text;
	char separator = s->delimiters->element;

	buf_add_slice(b, segment_id(s));
	buf_addf(b, "%c%" PRIu32 "%c", separator, count, separator);
	buf_add_slice(b, segment_element(s, 2));
	carve_end_segment(c, part, s);
}

/* HL02 that was wrong, and not just empty, names its own level. */
static void
carve_parent(struct carve *c, const struct segment *s, unsigned part,
    bool odd)
{
	enum carve_kind kind = carve_level_kind(s);
	struct carve_out *o = &c->out[part];

	if (odd && (kind == CARVE_PROVIDER || segment_element(s, 2).n == 0))
		buf_add_slice(&o->text, segment_element(s, 2));
	else if (kind > CARVE_PROVIDER)
		buf_addf(&o->text, "%" PRIu32, odd ? o->number[kind] :
		    o->number[kind - 1]);
}

static void
carve_level(struct carve *c, const struct segment *s, unsigned part,
    unsigned flags)
{
	enum carve_kind kind = carve_level_kind(s);
	struct carve_out *o = &c->out[part];
	char separator = s->delimiters->element;

	if (part == CARVE_REST)
		flags &= CARVE_CHILD(CARVE_REST);
	o->levels += flags & CARVE_ODD_NUMBER ? 2 : 1;
	o->number[kind] = o->levels;
	buf_addf(&o->text, "HL%c%" PRIu32 "%c", separator, o->levels,
	    separator);
	carve_parent(c, s, part, flags & CARVE_ODD_PARENT);
	buf_add_char(&o->text, separator);
	buf_add_slice(&o->text, segment_element(s, 3));
	buf_add_char(&o->text, separator);
	if (flags & CARVE_ODD_CHILD)
		buf_add_slice(&o->text, segment_element(s, 4));
	else
		buf_add_char(&o->text, flags & CARVE_CHILD(part) ? '1' : '0');
	carve_end_segment(c, part, s);
}

/* ---- the envelope ------------------------------------------------------- */

static void
carve_on_isa(struct carve *c, const struct segment *s)
{
	c->in_interchange = carve_next(c, &c->interchanges, &c->interchange);
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		c->out[p].groups = 0;
	carve_copy(c, s, c->in_interchange);
}

static void
carve_on_gs(struct carve *c, const struct segment *s)
{
	c->in_group = carve_next(c, &c->groups, &c->group);
	for (unsigned p = 0; p < CARVE_PARTS; p++) {
		c->out[p].sets = 0;
		c->out[p].groups += (c->in_group & CARVE_KEEP(p)) != 0;
	}
	carve_copy(c, s, c->in_group);
}

static void
carve_on_st(struct carve *c, const struct segment *s)
{
	c->of_set = c->mask = carve_next(c, &c->sets, &c->set);
	for (unsigned p = 0; p < CARVE_PARTS; p++) {
		c->out[p].segments = c->out[p].levels = 0;
		c->out[p].sets += (c->of_set & CARVE_KEEP(p)) != 0;
	}
	carve_copy(c, s, c->of_set);
}

static void
carve_on_se(struct carve *c, const struct segment *s)
{
	if (c->of_set & CARVE_WHOLE)
		carve_copy(c, s, c->of_set);
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		if ((c->of_set & CARVE_KEEP(p)) && !(c->of_set & CARVE_WHOLE))
			carve_trailer(c, s, p, c->out[p].segments + 1);
	c->mask = 0;
}

static void
carve_on_ge(struct carve *c, const struct segment *s)
{
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		if (c->in_group & CARVE_KEEP(p))
			carve_trailer(c, s, p, c->out[p].sets);
}

static void
carve_on_iea(struct carve *c, const struct segment *s)
{
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		if (c->in_interchange & CARVE_KEEP(p))
			carve_trailer(c, s, p, c->out[p].groups);
}

/* ---- the inside of a set ------------------------------------------------ */

static void
carve_on_node(struct carve *c, const struct segment *s)
{
	unsigned flags = carve_next(c, &c->nodes, &c->at);

	/* Levels alone are nothing to send: the set says so. */
	c->mask = flags & c->of_set & CARVE_KEEP_ANY;
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		if ((c->mask & CARVE_KEEP(p)) && s->tag == TAG_HL)
			carve_level(c, s, p, flags);
	if (s->tag == TAG_CLM)
		carve_copy(c, s, c->mask);
}

static const struct carve_row {
	uint32_t tag;
	void (*write)(struct carve *c, const struct segment *s);
} carve_rows[] = {
	{ TAG_ISA, carve_on_isa }, { TAG_GS, carve_on_gs },
	{ TAG_ST, carve_on_st }, { TAG_SE, carve_on_se },
	{ TAG_GE, carve_on_ge }, { TAG_IEA, carve_on_iea },
};

void
carve_write(struct carve *c, const struct segment *s, uint32_t ordinal)
{
	if (c->failed)
		return;
	for (size_t i = 0; i < sizeof(carve_rows) / sizeof(carve_rows[0]);
	    i++)
		if (carve_rows[i].tag == s->tag) {
			carve_rows[i].write(c, s);
			return;
		}
	/* A TA1 stays where the claims that may go are. */
	if (ordinal == 0)
		carve_copy(c, s, c->in_interchange & CARVE_KEEP(CARVE_REST));
	else if ((s->tag == TAG_HL || s->tag == TAG_CLM) &&
	    !(c->of_set & CARVE_WHOLE))
		carve_on_node(c, s);
	else
		carve_copy(c, s, c->mask);
}

bool
carve_went(const struct carve *c, enum carve_part part)
{
	return c->mask & CARVE_KEEP(part);
}

int
carve_finish(struct carve *c, struct err *e)
{
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		carve_flush(c, p);
	if (c->interchange != c->interchanges.n || c->group != c->groups.n ||
	    c->set != c->sets.n || c->at != c->nodes.n)
		carve_fail(c, -EBADMSG, "the file is not as it was inspected");
	if (c->failed && e)
		*e = c->error;
	return c->failed;
}
