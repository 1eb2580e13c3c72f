/* SPDX-License-Identifier: ISC */
#include "base/digits.h"
#include "edi/calendar.h"
#include "edi/validate/look.h"

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
		if (g->checks.required & ~present & 1u << i)
			say_missing(v, &g->elements[i]);
		else if (g->checks.unused & present & 1u << i)
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

/* ---- the short check ---------------------------------------------------- */

/* Also within the limits of an amount, whatever they are in the guide. */
static inline bool
is_plain_number(const struct guide_check *c, struct slice value)
{
	struct digits_amount a;
	unsigned digits;

	if (value.n > 8)
		return false;
	a = digits_amount(digits_load(value.p, value.n));
	digits = (unsigned)value.n - a.point;
	return digits_only(a.digits, digits) && digits >= c->min &&
	    digits <= c->max && a.decimals <= c->decimals &&
	    !(value.p[0] == '0' && value.n > 1 && value.p[1] != '.');
}

/*
 * Of the parts that are present, those that are not plainly right: the long
 * check has to tell. `odd` are those whose length or whose ends are unusual.
 */
static inline __attribute__((always_inline)) uint32_t
not_plain(const struct validator *v, const struct guide_checks *c,
    const struct segment *s, uint32_t present, uint32_t odd)
{
	uint32_t ask = odd;
	uint32_t codes = c->codes | (v->now->by_id ? c->keys : 0);

	for (uint32_t m = present & codes; m != 0; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctz(m);

		if (!guide_check_code(&c->each[i], element_at(s, i)))
			ask |= 1u << i;
	}
	for (uint32_t m = present & c->numbers; m != 0; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctz(m);

		if (!is_plain_number(&c->each[i], element_at(s, i)))
			ask |= 1u << i;
	}
	return ask;
}

/* ---- composites --------------------------------------------------------- */

static void
check_component(struct validator *v, const struct guide_element *composite,
    const struct segment *parts, unsigned i)
{
	const struct guide_element *el = &composite->components[i];
	struct slice value = element_at(parts, i);

	v->component = i + 1;
	if (el->flags & GUIDE_PERIOD)
		validate_period(v, el, element_at(parts, i - 1), value);
	validate_value(v, el, value);
}

/* Components that are required and empty, or not used and filled. */
static void __attribute__((cold))
say_component_usage(struct validator *v, const struct guide_element *el,
    const struct segment *parts, uint32_t present)
{
	for (unsigned i = 0; i < el->component_count; i++) {
		v->component = i + 1;
		if (el->checks.required & ~present & 1u << i)
			say_missing(v, &el->components[i]);
		else if (el->checks.unused & present & 1u << i)
			say_not_used(v, &el->components[i],
			    element_at(parts, i));
	}
}

static void __attribute__((cold))
say_component_count(struct validator *v, const struct guide_element *el,
    struct slice value, unsigned n)
{
	v->component = n;
	if (n > el->component_count)
		validate_say(v, FINDING_COMPONENTS_TOO_MANY, el, value, 0,
		    "%s has %u components at most", el->name,
		    el->component_count);
	else
		validate_say(v, FINDING_TRAILING_COMPONENT, el, value, 0,
		    NULL);
}

static void
check_composite(struct validator *v, const struct guide_element *el,
    struct slice value, char separator)
{
	struct parts parts;
	unsigned n = split(value, separator, &parts);
	uint32_t present, ask;

	if (n > el->component_count || (n > 1 &&
	    value.p[value.n - 1] == separator)) {
		say_component_count(v, el, value, n);
		n = n < el->component_count ? n : el->component_count;
	}
	present = measure(&el->checks, parts.at, n, &ask);
	if (v->has_blank)
		ask |= blank_ends(&parts.s, present & el->checks.text);
	ask = not_plain(v, &el->checks, &parts.s, present, ask) |
	    (present & el->checks.other);
	for (; ask != 0; ask &= ask - 1)
		check_component(v, el, &parts.s, (unsigned)__builtin_ctz(ask));
	if ((el->checks.required & ~present) | (el->checks.unused & present))
		say_component_usage(v, el, &parts.s, present);
	v->component = 0;
	if (el->syntax_count > 0)
		validate_syntax(v, el, el->syntax, el->syntax_count, present);
}

/* ---- elements ----------------------------------------------------------- */

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

/* LX01 counts the lines of its claim. */
static void
check_count(struct validator *v, const struct guide_element *el,
    struct slice value)
{
	uint64_t number;

	if (slice_u64(value, &number) && number != v->now->frame->instance)
		validate_say(v, FINDING_NUMBER_SEQUENCE, el, value, 0,
		    "expected %u", v->now->frame->instance);
}

static inline void
check_element(struct validator *v, const struct guide_segment *g,
    const struct segment *s, unsigned i, struct slice value)
{
	const struct guide_element *el = &g->elements[i];

	v->element = i + 1;
	v->component = 0;
	v->repeat = el->repeat > 1;
	if (el->flags & GUIDE_PERIOD)
		validate_period(v, el, segment_element(s, i), value);
	else if (el->flags & GUIDE_COUNTS)
		check_count(v, el, value);
	if (v->has_repetition &&
	    memchr(value.p, s->delimiters->repetition, value.n))
		check_repeated(v, el, value, s->delimiters->repetition);
	else
		check_one(v, el, value);
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

/* ---- events ------------------------------------------------------------- */

static void
validator_on_set(void *ctx, const struct guide *g)
{
	struct validator *v = ctx;

	v->guide = g;
	v->amount_digits = g ? g->amount_digits : 0;
	v->amount_decimals = g ? g->amount_decimals : 0;
}

/* The usual ones of those that only the long check knows: a date, a count. */
static inline bool
is_plain_other(const struct validator *v, const struct guide_check *c,
    const struct segment *s, unsigned i)
{
	struct slice value = element_at(s, i);

	if (c->flags & GUIDE_PERIOD) {
		struct slice format = element_at(s, i - 1);

		return format.n == 2 && format.p[0] == 'D' &&
		    format.p[1] == '8' && value.n == 8 && c->max >= 8 &&
		    calendar_date8(value);
	}
	if (c->flags & GUIDE_COUNTS) {
		uint32_t number = 0;

		if (value.n > 6 || value.p[0] == '0')
			return false;
		for (size_t k = 0; k < value.n; k++) {
			unsigned digit = (unsigned char)(value.p[k] - '0');

			if (digit > 9)
				return false;
			number = number * 10 + digit;
		}
		return number == v->now->frame->instance;
	}
	return false;
}

/* Of those, the ones that are not plainly right. */
static inline uint32_t
other_not_plain(const struct validator *v, const struct guide_segment *g,
    const struct segment *s, uint32_t others)
{
	uint32_t ask = 0;

	for (uint32_t m = others; m != 0; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctz(m);

		if (!is_plain_other(v, &g->checks.each[i], s, i))
			ask |= 1u << i;
	}
	return ask;
}

/* All elements of the mask by the long check. */
static void
check_elements(struct validator *v, const struct guide_segment *g,
    const struct segment *s, uint32_t mask)
{
	for (; mask != 0; mask &= mask - 1) {
		unsigned i = (unsigned)__builtin_ctz(mask);

		check_element(v, g, s, i, element_at(s, i));
	}
}

/* The usual case: none of them repeats. */
static inline void
check_composites(struct validator *v, const struct guide_segment *g,
    const struct segment *s, uint32_t mask)
{
	v->repeat = 0;
	for (; mask != 0; mask &= mask - 1) {
		unsigned i = (unsigned)__builtin_ctz(mask);

		v->element = i + 1;
		check_composite(v, &g->elements[i], element_at(s, i),
		    s->delimiters->component);
	}
}

static void
validator_on_segment(void *ctx, const struct walk_segment *ws)
{
	struct validator *v = ctx;
	const struct guide_segment *g = ws->node;
	const struct segment *s = ws->segment;
	uint32_t present, ask;
	struct look look;
	unsigned n;

	if (!g)
		return;
	v->now = ws;
	n = s->count < g->count ? s->count : g->count;
	present = measure(&g->checks, s->mark, n, &ask);
	look = look_over(s);
	if (look.blank)
		ask |= blank_ends(s, present & g->checks.text);
	ask = not_plain(v, &g->checks, s, present, ask);
	ask |= other_not_plain(v, g, s, present & g->checks.other);
	v->has_blank = look.blank;
	v->has_component = look.component;
	v->has_repetition = look.repetition;
	if (look.repetition) {
		ask = present & ~g->checks.unused;
	} else if (look.component) {
		ask |= present & g->checks.text;
		check_composites(v, g, s, present & g->checks.composites);
	} else {
		ask |= present & g->checks.composites;
	}
	if (ask != 0)
		check_elements(v, g, s, ask);
	if ((g->checks.required & ~present) | (g->checks.unused & present))
		say_usage(v, g, s, present);
	if (s->count > g->count)
		say_too_many(v, g, s);
	v->component = v->repeat = 0;
	validate_syntax(v, NULL, g->syntax, g->syntax_count, present);
	if (g->once && g->index < VALIDATE_NODES)
		check_once(v, ws);
	if (validate_has_habits(g->tag))
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
