/* SPDX-License-Identifier: ISC */
#include "edi/validate/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
validate_say(struct validator *v, enum finding_id id,
    const struct guide_element *el, struct slice value, uint8_t severity,
    const char *fmt, ...)
{
	struct finding f = {
		.severity = severity, .element = (uint8_t)v->element,
		.component = (uint8_t)v->component,
		.repeat = (uint16_t)v->repeat, .value = value,
		.element_number = el ? el->number : 0,
	};
	va_list ap;

	slice_copy(slice_str(v->now->frame->loop->id), f.loop,
	    sizeof(f.loop));
	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(f.detail, sizeof(f.detail), fmt, ap);
		va_end(ap);
	}
	walk_report(v->walk, &finding_defs[id], &f);
}

/* ---- what is empty, and what should be ---------------------------------- */

void
validate_missing(struct validator *v, const struct guide_element *el)
{
	validate_say(v, el->flags & GUIDE_MANDATORY ?
	    FINDING_ELEMENT_MANDATORY : FINDING_ELEMENT_MISSING, el,
	    slice(NULL, 0), el->doubt & DOUBT_USAGE ? SEVERITY_WARNING : 0,
	    "%s", el->name);
}

void
validate_not_used(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	validate_say(v, FINDING_ELEMENT_NOT_USED, el, value,
	    el->doubt & DOUBT_USAGE ? SEVERITY_WARNING : 0, "%s", el->name);
}

/* Elements that are required and empty, or not used and filled. */
static void __attribute__((cold))
say_usage(struct validator *v, const struct guide_segment *g,
    const struct segment *s, uint32_t present)
{
	v->component = v->repeat = 0;
	for (unsigned i = 0; i < g->count; i++) {
		v->element = i + 1;
		if (g->checks.required & ~present & 1u << i)
			validate_missing(v, &g->elements[i]);
		else if (g->checks.unused & present & 1u << i)
			validate_not_used(v, &g->elements[i],
			    segment_element(s, i + 1));
	}
}

static void __attribute__((cold))
say_too_many(struct validator *v, const struct guide_segment *g,
    const struct segment *s)
{
	for (unsigned i = g->count + 1; i <= s->count; i++)
		if (segment_element(s, i).n > 0) {
			v->element = i > UINT8_MAX ? UINT8_MAX : i;
			v->component = v->repeat = 0;
			validate_say(v, FINDING_ELEMENTS_TOO_MANY, NULL,
			    segment_element(s, i), 0,
			    "%s has %u elements at most", g->id, g->count);
			return;
		}
}

/* ---- qualifiers that may come once -------------------------------------- */

static void
check_once(struct validator *v, const struct walk_segment *ws)
{
	const struct guide_segment *g = ws->node;
	const struct guide_element *el = &g->elements[g->key[0] - 1];
	struct slice code = segment_element(ws->segment, g->key[0]);
	uint32_t *seen = &v->once[g->index];

	if (ws->instance == 1)
		*seen = 0;
	for (uint32_t i = 0; i < el->codes->count && i < 32; i++) {
		if (!slice_eq(el->codes->text[i], code))
			continue;
		v->element = g->key[0];
		v->component = v->repeat = 0;
		if (*seen & 1u << i)
			validate_say(v, FINDING_QUALIFIER_TWICE, el, code, 0,
			    "%s", g->name);
		*seen |= 1u << i;
	}
}

/* ---- elements among themselves ------------------------------------------ */

static void
check_notes(struct validator *v, const struct walk_segment *ws,
    uint32_t present)
{
	const struct guide_segment *g = ws->node;
	const struct guide_checks *c = &g->checks;
	bool used_well = !((c->required & ~present) | (c->unused & present));

	if (!used_well)
		say_usage(v, g, ws->segment, present);
	if (ws->segment->count > g->count)
		say_too_many(v, g, ws->segment);
	v->component = v->repeat = 0;
	if (used_well)
		validate_syntax(v, NULL, c->notes, c->note_count, present);
	else
		validate_syntax(v, NULL, g->syntax, g->syntax_count, present);
	if (g->once && g->index < VALIDATE_NODES)
		check_once(v, ws);
}

static void __attribute__((noinline))
check_notes_and_habits(struct validator *v, const struct walk_segment *ws,
    uint32_t present)
{
	check_notes(v, ws, present);
	validate_habits(v, ws, present);
}

/* Those that are there are not the usual ones, or they are always asked. */
static void __attribute__((noinline))
check_together(struct validator *v, const struct walk_segment *ws,
    uint32_t present)
{
	const struct guide_plan *p = ws->node->plan;

	if (((present ^ p->usual) & p->sound) != 0 ||
	    ws->segment->count > p->count)
		check_notes_and_habits(v, ws, present);
	else
		validate_habits(v, ws, present);
}

/* ---- elements one by one ------------------------------------------------ */

static void __attribute__((cold, noinline))
learn_separators(struct validator *v, const struct delimiters *d)
{
	struct validate_separators *to = &v->separators;

	to->of = *d;
	memset(to->component, d->component, sizeof(to->component));
	memset(to->repetition, d->repetition, sizeof(to->repetition));
	memset(v->seen, 0, sizeof(v->seen));
}

/* Few composites are short, and those come again and again. */
static inline __attribute__((always_inline)) bool
plain_short_composite(struct validator *v, const struct guide_parts *parts,
    struct slice value)
{
	uint64_t packed = digits_load(value.p, value.n);
	const char *what = (const char *)parts + value.n;
	struct validate_seen *seen = &v->seen[packed *
	    UINT64_C(0x9e3779b97f4a7c15) >> (64 - VALIDATE_SEEN_BITS)];

	if (seen->value == packed && seen->what == what)
		return true;
	if (!plain_composite(&v->separators, parts, value.p, value.n))
		return false;
	*seen = (struct validate_seen){ packed, what };
	return true;
}

/*
 * Are the elements that are there plainly right, each by what the guide has
 * made ready for its kind? Their lengths are.
 */
static inline __attribute__((always_inline)) bool
plain_elements(struct validator *v, const struct guide_plan *p,
    const struct walk_segment *ws, uint32_t present)
{
	const struct segment *s = ws->segment;

	for (uint32_t m = present & p->text; m != 0; m &= m - 1) {
		struct slice value = element_at(s, first_of(m));

		if (!plain_text(&v->separators, value.p, value.n))
			return false;
	}
	for (uint32_t m = present & p->codes; m != 0; m &= m - 1) {
		size_t i = first_of(m);
		struct slice value = element_at(s, i);

		if (!plain_code(p->facts[i].codes, value.p, value.n))
			return false;
	}
	if (!(present & p->rest))
		return true;
	for (uint32_t m = present & p->numbers; m != 0; m &= m - 1) {
		size_t i = first_of(m);
		struct slice value = element_at(s, i);

		if (!plain_number(p->facts[i].barred, value.p, value.n))
			return false;
	}
	for (uint32_t m = present & p->days; m != 0; m &= m - 1) {
		size_t i = first_of(m);

		if (!plain_day(s, i, p->facts[i].period != 0))
			return false;
	}
	for (uint32_t m = present & p->composites; m != 0; m &= m - 1) {
		size_t i = first_of(m);
		const struct guide_parts *parts = p->facts[i].parts;
		struct slice value = element_at(s, i);

		if (!(value.n <= 8 ?
		    plain_short_composite(v, parts, value) :
		    plain_composite(&v->separators, parts, value.p, value.n)))
			return false;
	}
	for (uint32_t m = present & p->counts; m != 0; m &= m - 1) {
		struct slice value = element_at(s, first_of(m));

		if (!plain_count(value.p, value.n, ws->frame->instance))
			return false;
	}
	return true;
}

/* More elements than the guide knows. */
static void __attribute__((cold, noinline))
check_overlong(struct validator *v, const struct walk_segment *ws)
{
	uint32_t present = 0;

	for (unsigned i = 0; i < ws->node->count; i++)
		if (element_at(ws->segment, i).n > 0)
			present |= 1u << i;
	v->now = ws;
	validate_closely(v, present);
	check_together(v, ws, present);
}

static void
validator_on_segment(void *ctx, const struct walk_segment *ws)
{
	struct validator *v = ctx;
	const struct segment *s = ws->segment;
	const struct guide_plan *p;
	uint32_t present, odd;

	if (!ws->node)
		return;
	p = ws->node->plan;
	v->now = ws;
	if (s->count > p->count) {
		check_overlong(v, ws);
		return;
	}
	if (memcmp(&v->separators.of, s->delimiters,
	    sizeof(v->separators.of)) != 0)
		learn_separators(v, s->delimiters);
	present = measure(p, s->mark, s->count, &odd);
	if (odd != 0 || ws->by_id || !plain_elements(v, p, ws, present))
		validate_closely(v, present);
	if (((present ^ p->usual) & p->asked) != 0)
		check_together(v, ws, present);
}

/* ---- events ------------------------------------------------------------- */

static void
validator_on_set(void *ctx, const struct guide *g)
{
	struct validator *v = ctx;

	v->guide = g;
	v->amount_digits = g ? g->amount_digits : 0;
	v->amount_decimals = g ? g->amount_decimals : 0;
}

static const struct walk_ops ops = {
	.on_set = validator_on_set,
	.on_segment = validator_on_segment,
};

struct validator *
validator_new(struct walk *w)
{
	struct validator *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->walk = w;
	walk_add(w, &ops, v);
	return v;
}

void
validator_free(struct validator *v)
{
	free(v);
}
