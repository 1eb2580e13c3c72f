/* SPDX-License-Identifier: ISC */
#include "edi/validate/look.h"

/*
 * The elements of a segment in which something is not plainly right: each as
 * the guide says it, in the order in which findings are told.
 */

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
			validate_missing(v, &el->components[i]);
		else if (el->checks.unused & present & 1u << i)
			validate_not_used(v, &el->components[i],
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
	uint32_t present = 0, ask;

	if (n > el->component_count || (n > 1 &&
	    value.p[value.n - 1] == separator)) {
		say_component_count(v, el, value, n);
		n = n < el->component_count ? n : el->component_count;
	}
	for (unsigned i = 0; i < n; i++)
		if (parts.at[i + 1] - parts.at[i] > 1)
			present |= 1u << i;
	/* Its qualifiers have told what the segment is, unless by its id. */
	ask = present & ~el->checks.unused &
	    ~(v->now->by_id ? 0 : el->checks.keys);
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

/* ---- the segment -------------------------------------------------------- */

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
static void
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

void
validate_closely(struct validator *v, uint32_t present)
{
	const struct guide_segment *g = v->now->node;
	const struct segment *s = v->now->segment;
	const struct delimiters *d = s->delimiters;
	struct slice text = segment_text(s);
	uint32_t ask = present & ~g->checks.unused;

	v->has_component = memchr(text.p, d->component, text.n) != NULL;
	v->has_repetition = d->repetition != '\0' &&
	    memchr(text.p, d->repetition, text.n) != NULL;
	if (!v->has_repetition) {
		/* Qualifiers have told what it is, but not by its id. */
		if (!v->now->by_id)
			ask &= ~g->checks.keys;
		if (v->has_component) {
			check_composites(v, g, s,
			    ask & g->checks.composites);
			ask &= ~g->checks.composites;
		}
	}
	check_elements(v, g, s, ask);
}
