/* SPDX-License-Identifier: ISC */
#include "edi/validate_core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMPONENTS_MAX = 32 };

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

/* ---- what is empty, and what should be -------------------------------------- */

static void __attribute__((cold))
say_missing(struct validator *v, const struct guide_element *el)
{
	validate_say(v, el->flags & GUIDE_MANDATORY ?
	    FINDING_ELEMENT_MANDATORY : FINDING_ELEMENT_MISSING, el,
	    slice(NULL, 0), el->doubt & DOUBT_USAGE ? SEVERITY_WARNING : 0,
	    "%s", el->name);
}

static void __attribute__((cold))
say_not_used(struct validator *v, const struct guide_element *el,
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
		if (g->required & ~present & 1u << i)
			say_missing(v, &g->elements[i]);
		else if (g->unused & present & 1u << i)
			say_not_used(v, &g->elements[i],
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

/* ---- composites ----------------------------------------------------------- */

static unsigned
split(struct slice s, char separator, struct slice *parts, unsigned max)
{
	unsigned n = 0;

	for (;;) {
		const char *p = s.n ? memchr(s.p, separator, s.n) : NULL;
		size_t len = p ? (size_t)(p - s.p) : s.n;

		if (n < max)
			parts[n] = slice(s.p, len);
		n++;
		if (!p)
			return n;
		s = slice(p + 1, s.n - len - 1);
	}
}

static void
check_component(struct validator *v, const struct guide_element *composite,
    const struct slice *parts, unsigned i)
{
	const struct guide_element *el = &composite->components[i];

	v->component = i + 1;
	if (el->usage == USAGE_NOT_USED) {
		say_not_used(v, el, parts[i]);
		return;
	}
	if (el->flags & GUIDE_PERIOD)
		validate_period(v, el, parts[i - 1], parts[i]);
	validate_value(v, el, parts[i]);
}

static void
check_composite(struct validator *v, const struct guide_element *el,
    struct slice value, char separator)
{
	struct slice parts[COMPONENTS_MAX];
	unsigned n = split(value, separator, parts, COMPONENTS_MAX);
	uint32_t present = 0;

	if (n > el->component_count) {
		v->component = el->component_count + 1u;
		validate_say(v, FINDING_COMPONENTS_TOO_MANY, el, value, 0,
		    "%s has %u components at most", el->name,
		    el->component_count);
		n = el->component_count;
	} else if (n > 1 && parts[n - 1].n == 0) {
		v->component = n;
		validate_say(v, FINDING_TRAILING_COMPONENT, el, value, 0,
		    NULL);
	}
	for (unsigned i = 0; i < el->component_count; i++) {
		if (i < n && parts[i].n > 0) {
			present |= 1u << i;
			check_component(v, el, parts, i);
		} else if (el->components[i].usage == USAGE_REQUIRED) {
			v->component = i + 1;
			say_missing(v, &el->components[i]);
		}
	}
	v->component = 0;
	if (el->syntax_count > 0)
		validate_syntax(v, el, el->syntax, el->syntax_count, present);
}

/* ---- elements --------------------------------------------------------------- */

static inline void
check_one(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	const struct delimiters *d = v->now->segment->delimiters;

	if (el->type == GUIDE_COMPOSITE) {
		check_composite(v, el, value, d->component);
		return;
	}
	if (v->has_component && memchr(value.p, d->component, value.n)) {
		v->component = 2;
		validate_say(v, FINDING_COMPONENTS_TOO_MANY, el, value, 0,
		    "%s has no components", el->name);
		v->component = 0;
		return;
	}
	validate_value(v, el, value);
}

/* An element with repetition separators in it. */
static void
check_repeated(struct validator *v, const struct guide_element *el,
    struct slice value, char separator)
{
	unsigned n = 0;
	bool more = true;

	while (more) {
		const char *p = value.n ? memchr(value.p, separator, value.n) :
		    NULL;
		size_t len = p ? (size_t)(p - value.p) : value.n;

		v->repeat = ++n;
		more = p != NULL;
		if (n == el->repeat + 1u) {
			validate_say(v, FINDING_ELEMENT_REPEATED, el, value, 0,
			    "%s may occur %u time%s", el->name, el->repeat,
			    el->repeat == 1 ? "" : "s");
			break;
		}
		if (len == 0)
			validate_say(v, FINDING_REPEAT_EMPTY, el, value, 0,
			    NULL);
		else
			check_one(v, el, slice(value.p, len));
		if (more)
			value = slice(p + 1, value.n - len - 1);
	}
	v->repeat = 0;
}

static inline void
check_element(struct validator *v, const struct guide_segment *g,
    const struct segment *s, unsigned i, struct slice value)
{
	const struct guide_element *el = &g->elements[i];

	v->element = i + 1;
	v->component = 0;
	v->repeat = el->repeat > 1;
	if (el->flags & (GUIDE_PERIOD | GUIDE_COUNTS)) {
		uint64_t number;

		if (el->flags & GUIDE_PERIOD)
			validate_period(v, el, segment_element(s, i), value);
		else if (slice_u64(value, &number) &&
		    number != v->now->frame->instance)
			validate_say(v, FINDING_NUMBER_SEQUENCE, el, value, 0,
			    "expected %u", v->now->frame->instance);
	}
	if (v->has_repetition &&
	    memchr(value.p, s->delimiters->repetition, value.n))
		check_repeated(v, el, value, s->delimiters->repetition);
	else
		check_one(v, el, value);
}

/* ---- qualifiers that may come once ----------------------------------------- */

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

/* ---- events --------------------------------------------------------------- */

static void
validator_on_set(void *ctx, const struct guide *g)
{
	struct validator *v = ctx;

	v->guide = g;
}

/* One look for both separators, so that most elements need none. */
static inline void
look_for_separators(struct validator *v, const struct segment *s)
{
	struct slice text = segment_text(s);
	const struct delimiters *d = s->delimiters;

	v->has_component = memchr(text.p, d->component, text.n) != NULL;
	v->has_repetition = d->repetition != '\0' &&
	    memchr(text.p, d->repetition, text.n) != NULL;
}

static void
validator_on_segment(void *ctx, const struct walk_segment *ws)
{
	struct validator *v = ctx;
	const struct guide_segment *g = ws->node;
	const struct segment *s = ws->segment;
	uint32_t present = 0;
	unsigned n;

	if (!g)
		return;
	v->now = ws;
	look_for_separators(v, s);
	n = s->count < g->count ? s->count : g->count;
	for (unsigned i = 0; i < n; i++) {
		uint32_t start = s->mark[i] + 1, end = s->mark[i + 1];

		if (start == end)
			continue;
		present |= 1u << i;
		if (!(g->unused & 1u << i))
			check_element(v, g, s, i,
			    slice(s->base + start, end - start));
	}
	if ((g->required & ~present) | (g->unused & present))
		say_usage(v, g, s, present);
	if (s->count > g->count)
		say_too_many(v, g, s);
	if (g->syntax_count > 0) {
		v->component = v->repeat = 0;
		validate_syntax(v, NULL, g->syntax, g->syntax_count, present);
	}
	if (g->key[0] > 0 && g->index < VALIDATE_NODES &&
	    g->elements[g->key[0] - 1].flags & GUIDE_ONCE)
		check_once(v, ws);
	validate_habits(v, ws);
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
