/* SPDX-License-Identifier: ISC */
#include "edi/record/draft.h"

#include <stdio.h>

#include "edi/record/fill.h"

/*
 * The rows of a segment: 02 amount, 01-2 procedure.code, 03..07 remarks[],
 * 03^ service_types[], 02..19/3 reasons[] with +0 reason below it.
 */

/* ---- positions ----------------------------------------------------------- */

/* "02", "01-2", "03^", "03..07", "01-3..6", "02..12-2", "02..19/3", "+1-2". */
static bool
parse_position(struct slice s, struct record_row *to)
{
	const char *cut = memchr(s.p, '/', s.n);
	unsigned low, high;
	uint64_t stride = 1;

	if (s.n > 1 && s.p[s.n - 1] == '^') {
		to->kind = ROW_REPEATS;
		s.n--;
	}
	if (cut && !slice_u64(slice(cut + 1, s.n - 1 - (size_t)(cut - s.p)),
	    &stride))
		return false;
	if (cut)
		s.n = (size_t)(cut - s.p);
	if ((cut = memchr(s.p, '-', s.n)) != NULL) {
		if (!guide_parse_range(slice(cut + 1,
		    s.n - 1 - (size_t)(cut - s.p)), &low, &high))
			return false;
		to->component = (uint8_t)low;
		to->component_last = (uint8_t)high;
		s.n = (size_t)(cut - s.p);
	}
	if (!guide_parse_range(s, &low, &high) || high > 32 || stride > 32)
		return false;
	to->first = (uint8_t)low;
	to->last = (uint8_t)high;
	to->stride = (uint8_t)stride;
	return true;
}

/* ---- what a value is ---------------------------------------------------- */

static bool
yes_or_no(const struct guide_codes *codes)
{
	for (uint32_t i = 0; i < codes->count; i++)
		if (!slice_is(codes->text[i], "Y") &&
		    !slice_is(codes->text[i], "N"))
			return false;
	return true;
}

static enum record_type
type_of(const struct guide_element *el)
{
	static const uint8_t plain[] = {
		[GUIDE_AN] = RECORD_TEXT, [GUIDE_ID] = RECORD_CODE,
		[GUIDE_N] = RECORD_NUMBER, [GUIDE_R] = RECORD_NUMBER,
		[GUIDE_DT] = RECORD_DATE, [GUIDE_TM] = RECORD_TIME,
		[GUIDE_B] = RECORD_TEXT, [GUIDE_COMPOSITE] = RECORD_TEXT,
	};

	if (el->flags & GUIDE_PERIOD)
		return RECORD_PERIOD;
	if (el->flags & GUIDE_AMOUNT)
		return RECORD_MONEY;
	if (el->codes && yes_or_no(el->codes))
		return RECORD_BOOL;
	return el->codes ? RECORD_CODE : plain[el->type];
}

/* A period whose format the guide leaves no choice of is a date, or a time. */
static enum record_type
value_type(const struct record_draft *d, const struct record_row *r,
    const struct guide_element *el)
{
	enum record_type type = type_of(el);
	struct slice format;

	if (type != RECORD_PERIOD)
		return type;
	format = record_constant(record_element_at(d->segment, r->component ?
	    r->first : r->first - 1u, r->component ? r->component - 1u : 0));
	if (slice_is(format, "D8"))
		return RECORD_DATE;
	return slice_is(format, "TM") ? RECORD_TIME : type;
}

/* "2110/SVC/01-2", "2100/DTM[036]/02", of the set itself "BPR/02". */
static const char *
place_text(struct record_draft *d, const struct record_row *r)
{
	char text[64], part[8] = "", code[24] = "";
	const char *loop = d->place->loop->id;

	if (r->component > 0)
		snprintf(part, sizeof(part), "-%u", r->component);
	if (d->map->code_count > 0)
		snprintf(code, sizeof(code), "[%.*s]",
		    SLICE_ARG(d->map->codes[0]));
	snprintf(text, sizeof(text), "%s%s%s%s/%02u%s", loop, *loop ? "/" : "",
	    d->segment->id, code, r->first, part);
	return arena_copy(d->arena, slice_str(text));
}

/* One map of several for the segment: REF[EI] where SY may stand instead. */
static bool
one_of_several(const struct record_draft *d)
{
	const struct guide_segment *g = d->segment;
	const struct guide_element *el;

	if (d->map->code_count == 0 || g->key[0] == 0)
		return false;
	el = record_element_at(g, g->key[0], g->key_component[0]);
	return el->codes && el->codes->count > d->map->code_count;
}

/* Is the member there whenever its object is? See docs/records.md. */
static bool
always(const struct record_draft *d, const struct record_row *r,
    const struct guide_element *el)
{
	const struct guide_element *whole = &d->segment->elements[r->first - 1];
	bool own_list = d->map->path.count > 0 && d->base->list;

	return el->usage == USAGE_REQUIRED && !one_of_several(d) &&
	    whole->usage == USAGE_REQUIRED && r->when == 0 && !r->otherwise &&
	    (d->segment->usage == USAGE_REQUIRED || own_list) &&
	    (d->place->loop->usage == USAGE_REQUIRED || d->place->own ||
	    d->place->base->list);
}

static void
mark_required(struct record_draft *d, struct record_field *f,
    const struct record_field *stop)
{
	while (f && f != stop && f != d->kind->root) {
		f->required = true;
		f = (struct record_field *)(uintptr_t)f->parent;
	}
}

static void
mark_value(struct record_draft *d, const struct record_row *r,
    struct record_field *f, const struct guide_element *el)
{
	const struct record_field *stop = d->base;

	if (!always(d, r, el))
		return;
	if (d->segment->usage == USAGE_REQUIRED)
		stop = d->place->base;
	mark_required(d, f, stop);
}

/* The same member of another loop that is named with the first. */
static int
share_field(struct record_draft *d, const struct guide_line *l,
    const struct record_row *r, const struct guide_element *el,
    struct record_field *f)
{
	if (f->type != value_type(d, r, el))
		return guide_line_error(l, d->e, "%s is of another type in "
		    "loop %s", f->name, d->place->loop->id);
	if (el->usage != USAGE_REQUIRED)
		f->required = false;
	if (!el->codes || !f->codes || el->codes->count != f->codes->count)
		f->codes = NULL;
	return 0;
}

static int
set_field(struct record_draft *d, const struct guide_line *l,
    struct record_row *r, struct record_field *f, bool group)
{
	const struct guide_element *el = record_element_at(d->segment, r->first,
	    r->component);

	if (d->again && f->element)
		return share_field(d, l, r, el, f);
	if (f->type != RECORD_OBJECT || f->first)
		return guide_line_error(l, d->e, "%s has a place", f->name);
	f->element = el;
	f->codes = el->codes;
	f->type = (uint8_t)value_type(d, r, el);
	f->title = el->name;
	f->place = place_text(d, r);
	if (!f->place)
		return err_set(d->e, -ENOMEM, "out of memory");
	if (!group)
		mark_value(d, r, f, el);
	return 0;
}

/* ---- one line ----------------------------------------------------------- */

/* ?02=1: only where element 02 is 1; =19: what is meant when it is absent. */
static int
read_condition(struct record_draft *d, struct guide_line *l,
    struct record_row *r)
{
	struct slice word;

	while ((word = guide_line_word(l)).n > 0) {
		uint64_t when = 0;

		if (word.n > 4 && word.p[0] == '?' && word.p[3] == '=' &&
		    slice_u64(slice(word.p + 1, 2), &when) && when > 0) {
			r->when = (uint8_t)when;
			r->code = arena_copy(d->arena,
			    slice(word.p + 4, word.n - 4));
		} else if (word.n > 1 && word.p[0] == '=') {
			r->otherwise = arena_copy(d->arena,
			    slice(word.p + 1, word.n - 1));
		} else {
			return guide_line_error(l, d->e, "expected ?02=CODE "
			    "or =VALUE");
		}
	}
	return 0;
}

static void
append(struct record_row **to, struct record_row *r)
{
	while (*to)
		to = &(*to)->next;
	*to = r;
}

/* Required, and of these codes, where all objects of the group agree. */
static void
group_facts(struct record_draft *d, const struct record_row *group,
    const struct record_row *r, struct record_field *f)
{
	const struct guide_element *el = record_element_at(d->segment,
	    r->first, 0);

	f->required = el->usage == USAGE_REQUIRED &&
	    record_element_at(d->segment, r->first, r->component)->usage ==
	    USAGE_REQUIRED;
	for (unsigned i = r->first; i <= group->last; i += group->stride) {
		el = record_element_at(d->segment, i, r->component);
		if (el && el->codes && f->codes &&
		    (el->codes->count != f->codes->count ||
		    !guide_codes_has(f->codes, el->codes->text[0])))
			f->codes = NULL;
		if (el && !el->codes)
			f->codes = NULL;
	}
}

/* +0 reason, +0-1 type: below a group, counted from its first element. */
static int
read_sub(struct record_draft *d, struct guide_line *l,
    struct record_row *group, struct record_field *object)
{
	struct record_row *r = arena_alloc(d->arena, sizeof(*r));
	struct slice word = guide_line_word(l);
	struct record_field *f;
	int rc;

	if (!r)
		return err_set(d->e, -ENOMEM, "out of memory");
	if (word.n < 2 || word.p[0] != '+' ||
	    !parse_position(slice(word.p + 1, word.n - 1), r))
		return guide_line_error(l, d->e, "expected: +N NAME");
	r->first = r->last = (uint8_t)(r->first + group->first);
	if (!record_element_at(d->segment, r->first, r->component))
		return guide_line_error(l, d->e, "no such element");
	word = guide_line_word(l);
	if ((rc = read_condition(d, l, r)) < 0)
		return rc;
	f = record_draft_member(d, l, object, word, &r->path);
	if (!f)
		return -EINVAL;
	append(&group->sub, r);
	rc = set_field(d, l, r, f, true);
	if (rc == 0)
		group_facts(d, group, r, f);
	return rc;
}

static int
read_group(struct record_draft *d, struct guide_text *t,
    const struct guide_line *l, struct record_row *r,
    struct record_field *object)
{
	struct guide_line sub;
	int rc = 0;

	r->kind = ROW_GROUP;
	object->title = object->title ? object->title : d->segment->name;
	while (rc == 0 && guide_text_next(t, &sub)) {
		if (sub.indent <= l->indent) {
			guide_text_unread(t, &sub);
			break;
		}
		rc = read_sub(d, &sub, r, object);
	}
	return rc;
}

static bool
used(const struct record_draft *d, const struct record_row *r)
{
	const struct guide_element *el = record_element_at(d->segment,
	    r->first, 0);

	if (!el || el->usage == USAGE_NOT_USED || r->last > d->segment->count)
		return false;
	el = record_element_at(d->segment, r->first, r->component);
	return el && el->usage != USAGE_NOT_USED;
}

static void
skip_below(struct guide_text *t, const struct guide_line *l)
{
	struct guide_line sub;

	while (guide_text_next(t, &sub)) {
		if (sub.indent <= l->indent) {
			guide_text_unread(t, &sub);
			return;
		}
	}
}

static enum record_row_kind
kind_of(const struct record_row *r)
{
	if (r->kind == ROW_REPEATS)
		return ROW_REPEATS;
	if (r->first < r->last)
		return ROW_LIST;
	return r->component < r->component_last ? ROW_PARTS : ROW_VALUE;
}

/* Of ?02=1 the guide may leave no choice: then it is no question. */
static bool
can_be(const struct record_draft *d, const struct record_row *r)
{
	const struct guide_element *el;

	if (r->when == 0)
		return true;
	el = record_element_at(d->segment, r->when, 0);
	return el && el->codes && guide_codes_has(el->codes,
	    slice_str(r->code));
}

/* In a shape: a code that the guide leaves no choice of needs no member. */
static bool
needless(const struct record_draft *d, const struct record_row *r)
{
	const struct guide_segment *g = d->segment;
	const struct guide_element *el = record_element_at(g, r->first,
	    r->component);

	return d->lenient && r->component == 0 && r->first == r->last &&
	    record_constant(el).n > 0 && (el->usage == USAGE_REQUIRED ||
	    record_paired(g->syntax, g->syntax_count, r->first, UINT32_MAX));
}

static bool
can_repeat(const struct record_draft *d, const struct record_row *r,
    struct slice name)
{
	const struct guide_element *el = record_element_at(d->segment,
	    r->first, 0);

	return r->first == r->last && r->component == 0 &&
	    el->component_count == 0 && type_of(el) <= RECORD_CODE &&
	    name.n > 2 && name.p[name.n - 1] == ']';
}

int
record_draft_row(struct record_draft *d, struct guide_text *t,
    struct guide_line *l)
{
	struct record_row *r = arena_alloc(d->arena, sizeof(*r));
	struct slice name;
	struct record_field *f;
	bool group;
	int rc;

	if (!r)
		return err_set(d->e, -ENOMEM, "out of memory");
	if (!parse_position(guide_line_word(l), r))
		return guide_line_error(l, d->e, "expected: POSITION NAME");
	name = guide_line_word(l);
	if ((rc = read_condition(d, l, r)) < 0)
		return rc;
	if (!used(d, r) || !can_be(d, r) || needless(d, r)) {
		skip_below(t, l);
		return d->lenient ? 0 : guide_line_error(l, d->e,
		    "the guide does not use it");
	}
	r->kind = (uint8_t)kind_of(r);
	if (r->kind == ROW_REPEATS && !can_repeat(d, r, name))
		return guide_line_error(l, d->e, "^ is for a list of texts");
	group = r->kind == ROW_LIST && r->component == 0 &&
	    (r->stride > 1 || d->segment->elements[r->first -
	    1].component_count > 0);
	f = record_draft_member(d, l, d->base, name, &r->path);
	if (!f)
		return -EINVAL;
	append(&d->map->rows, r);
	if (group)
		return read_group(d, t, l, r, f);
	return set_field(d, l, r, f, r->kind != ROW_VALUE);
}
