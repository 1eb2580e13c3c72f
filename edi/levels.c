/* SPDX-License-Identifier: ISC */
#include "edi/levels.h"

void
levels_init(struct levels *l)
{
	*l = (struct levels){ .serials = 0 };
	for (unsigned k = 0; k < LEVEL_KINDS; k++)
		buf_init(&l->level[k].text, LEVELS_TEXT);
}

void
levels_free(struct levels *l)
{
	for (unsigned k = 0; k < LEVEL_KINDS; k++)
		buf_free(&l->level[k].text);
}

/* The levels inside of this one end. */
static void
levels_close(struct levels *l, unsigned kind)
{
	for (unsigned k = kind; k < LEVEL_KINDS; k++)
		l->level[k].serial = 0;
	l->in_claim = false;
}

static void
levels_open(struct levels *l, enum level_kind kind, struct slice number)
{
	struct level *to = &l->level[kind];

	levels_close(l, kind);
	buf_reset(&to->text);
	to->segments = 0;
	to->serial = ++l->serials;
	slice_copy(number, to->number, sizeof(to->number));
	l->innermost = kind;
}

static int
levels_add(struct levels *l, const struct segment *s, struct err *e)
{
	struct level *to = &l->level[l->innermost];

	buf_add_slice(&to->text, segment_text(s));
	buf_add_char(&to->text, s->delimiters->terminator);
	/* An ISA comes before anything tells of the line ends. */
	if (l->innermost != LEVEL_INTERCHANGE)
		buf_add_str(&to->text, l->suffix);
	to->segments++;
	return to->text.failed ? err_set(e, -EILSEQ, "byte %llu: what stands "
	    "above a claim is too long", (unsigned long long)s->offset) : 0;
}

/* Line ends, from how far the next segment is. */
static void
levels_tell_suffix(struct levels *l, const struct segment *s)
{
	uint64_t gap = s->offset - l->after_isa;

	strcpy(l->suffix, gap == 0 ? "" : gap == 1 ? "\n" : "\r\n");
	l->after_isa = 0;
}

static int
levels_on_hl(struct levels *l, const struct segment *s, struct err *e)
{
	struct slice code = segment_element(s, 3);
	struct slice above = segment_element(s, 2);
	enum level_kind kind = slice_is(code, "20") ? LEVEL_PROVIDER :
	    slice_is(code, "22") ? LEVEL_SUBSCRIBER :
	    slice_is(code, "23") ? LEVEL_PATIENT : LEVEL_KINDS;
	const struct level *parent = &l->level[kind - 1];
	bool sound = kind != LEVEL_KINDS;

	if (sound && kind != LEVEL_PROVIDER)
		sound = parent->serial && slice_is(above, parent->number);
	if (!sound)
		return err_set(e, -EILSEQ, "byte %llu: the levels (HL) are "
		    "not billing provider, subscriber, patient, one below the "
		    "other; `x12 validate` says more",
		    (unsigned long long)s->offset);
	levels_open(l, kind, segment_element(s, 1));
	if (kind == LEVEL_PROVIDER)
		l->provider[0] = '\0';
	if (kind != LEVEL_PATIENT)
		l->payer[0] = '\0';
	return LEVELS_NOTHING;
}

/* Who is billed, and who bills, as parts are told apart. */
static void
levels_on_name(struct levels *l, const struct segment *s)
{
	struct slice who = segment_element(s, 1), id = segment_element(s, 9);
	struct slice name = segment_element(s, 3);

	if (l->innermost == LEVEL_PROVIDER && slice_is(who, "85")) {
		l->provider_id = id.n > 0;
		slice_copy(id.n > 0 ? id : name, l->provider, LEVELS_ID);
	} else if (l->innermost == LEVEL_SUBSCRIBER && slice_is(who, "PR")) {
		l->payer_id = id.n > 0;
		slice_copy(id.n > 0 ? id : name, l->payer, LEVELS_ID);
	}
}

static int
levels_in_set(struct levels *l, const struct segment *s, struct err *e)
{
	if (s->tag == TAG_HL)
		return levels_on_hl(l, s, e);
	if (s->tag == TAG_SE) {
		levels_close(l, LEVEL_SET);
		return LEVELS_NOTHING;
	}
	if (s->tag == TAG_CLM) {
		if (l->innermost < LEVEL_SUBSCRIBER)
			return err_set(e, -EILSEQ, "byte %llu: a claim stands "
			    "below no subscriber",
			    (unsigned long long)s->offset);
		l->in_claim = true;
		return LEVELS_CLAIM;
	}
	if (l->in_claim)
		return LEVELS_IN_CLAIM;
	if (s->tag == SEGMENT_TAG('N', 'M', '1'))
		levels_on_name(l, s);
	return levels_add(l, s, e);
}

int
levels_on_segment(struct levels *l, const struct scan *scan,
    const struct segment *s, uint32_t ordinal, struct err *e)
{
	const struct scan_set *set = scan_set(scan);

	if (l->after_isa)
		levels_tell_suffix(l, s);
	if (s->tag == TAG_ISA) {
		l->delimiters = *s->delimiters;
		l->after_isa = s->offset + segment_text(s).n + 1;
		levels_open(l, LEVEL_INTERCHANGE, segment_element(s, 13));
		return levels_add(l, s, e);
	}
	if (s->tag == TAG_GS && ordinal == 0) {
		levels_open(l, LEVEL_GROUP, segment_element(s, 6));
		return levels_add(l, s, e);
	}
	if (ordinal == 0 || !set)
		return LEVELS_NOTHING;
	if (scan_group(scan)->implied)
		return err_set(e, -EILSEQ, "byte %llu: a set stands outside "
		    "of a group", (unsigned long long)s->offset);
	if (ordinal == 1) {
		levels_open(l, LEVEL_SET, segment_element(s, 2));
		l->is_837 = !l->whole && strcmp(set->id, "837") == 0;
		if (l->is_837)
			return levels_add(l, s, e);
	}
	return l->is_837 ? levels_in_set(l, s, e) : LEVELS_OTHER;
}
