/* SPDX-License-Identifier: ISC */
#include "edi/validate/codes_core.h"

#include <stdlib.h>

enum { CHECKS_ARENA = 4 << 20 };

/* Made when it is first asked for. NULL: out of memory. */
static const struct check_list *
checks_of(struct code_checker *k, const struct guide_segment *node)
{
	struct check_list *list = k->lists ? &k->lists[node->index] : NULL;

	if (list && (list->made || check_list_make(k, node, list)))
		return list;
	k->failed = true;
	return NULL;
}

/* Of an N4: outside the US and Canada 02 and 03 are not of our lists. */
static bool
checks_foreign(const struct segment *s)
{
	struct slice country = segment_element(s, 4);

	return country.n > 0 && !slice_is(country, "US");
}

/* The qualifier is the element, or the component, before the value. */
static void __attribute__((noinline))
checks_one(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value)
{
	const struct check_choice *choice = c->choices;
	uint64_t packed = qualifier.n - 1 < 8 ?
	    digits_load(qualifier.p, qualifier.n) : 0;

	for (unsigned i = 0; i < c->count; i++, choice++) {
		if (choice->qualifier != 0 && choice->qualifier != packed)
			continue;
		if (!choice->steps || !code_steps_have(choice->steps, value))
			checks_ask(k, s, c, choice, value);
		return;
	}
}

/* Of a composite of any length. */
static void __attribute__((noinline))
checks_component(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice value)
{
	const char separator = s->segment->delimiters->component;
	struct slice part = segment_part(value, separator, c->component);

	if (part.n > 0)
		checks_one(k, s, c, c->component > 1 ?
		    segment_part(value, separator, c->component - 1u) :
		    segment_element(s->segment, c->element - 1u), part);
}

/* ---- a segment ---------------------------------------------------------- */

/*
 * Twice the same: first only to see that all is plainly right, which it nearly
 * always is; if not, or where there are lists, to ask.
 */
enum check_way { CHECK_PLAINLY, CHECK_ASKING };

#define INLINE static inline __attribute__((always_inline))

INLINE bool
check_value(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice qualifier, struct slice value,
    enum check_way way)
{
	uint32_t x;

	if (way == CHECK_ASKING) {
		checks_one(k, s, c, qualifier, value);
		return true;
	}
	if (c->qualifier_n > 0) {
		if (qualifier.n != c->qualifier_n)
			return false;
		memcpy(&x, qualifier.p, sizeof(x));
		if ((x ^ c->qualifier) & c->mask)
			return false;
	}
	return code_steps_have(c->steps, value);
}

/* The last check of the composite that begins with this one; NULL: not so. */
INLINE const struct check *
check_composite(struct code_checker *k, const struct walk_segment *s,
    const struct check *c, struct slice value, enum check_way way)
{
	const struct check *last = c + c->left;
	struct slice before = slice(value.p, 0), part;
	const char *start = value.p;
	uint32_t at;

	if (value.n > 16) {
		for (; way == CHECK_ASKING && c <= last; c++)
			checks_component(k, s, c, value);
		return way == CHECK_ASKING ? last : NULL;
	}
	/* checks_prepare() sees to it that nobody else asks for that. */
	if (way == CHECK_ASKING)
		before = segment_element(s->segment, c->element - 1u);
	at = segment_separators(value, s->segment->delimiters->component) |
	    1u << value.n;
	for (unsigned place = 1;; place++, before = part) {
		part = slice(start, (size_t)(value.p + __builtin_ctz(at) -
		    start));
		at &= at - 1;
		if (place == c->component) {
			if (part.n > 0 &&
			    !check_value(k, s, c, before, part, way))
				return NULL;
			if (c++ == last)
				return last;
		}
		if (at == 0)
			return last;
		start = part.p + part.n + 1;
	}
}

INLINE bool
check_segment(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list, enum check_way way)
{
	const struct segment *g = s->segment;
	const struct check *c = list->checks;

	for (; c->element <= g->count; c++) {
		const uint32_t *mark = g->mark + c->element;
		struct slice value = slice(g->base + mark[-1] + 1,
		    mark[0] - mark[-1] - 1);

		if (value.n == 0)
			continue;
		if (c->component > 0)
			c = check_composite(k, s, c, value, way);
		else if (!check_value(k, s, c, segment_element(g,
		    c->element - 1u), value, way))
			return false;
		if (!c)
			return false;
	}
	return true;
}

/* ---- events of the walk ------------------------------------------------- */

static void
checks_on_set(void *ctx, const struct guide *g)
{
	struct code_checker *k = ctx;

	checks_forget_days(k);
	if (!g || g == k->guide)
		return;
	k->dated = codes_have_lists(k->codes);
	memset(k->known, 0, sizeof(k->known));
	arena_reset(&k->arena);
	k->made = NULL;
	k->guide = g;
	k->lists = arena_array(&k->arena, g->segment_count,
	    sizeof(*k->lists));
}

static bool
checks_minds(void *ctx, const struct guide_segment *node)
{
	struct code_checker *k = ctx;
	const struct check_list *list = checks_of(k, node);

	return !list || list->count > 0 || list->day;
}

/* Claims and lines say which codes wait for one day. */
static unsigned
checks_minds_loop(void *ctx, const struct guide_loop *loop)
{
	const struct code_checker *k = ctx;

	(void)loop;
	return k->dated ? WALK_BEGIN | WALK_END : 0;
}

static void __attribute__((noinline))
checks_with_care(struct code_checker *k, const struct walk_segment *s,
    const struct check_list *list)
{
	const struct check_day *day = list ? list->day :
	    k->dated ? check_day_of(s->segment->tag) : NULL;

	if (day)
		checks_tell(k, day, s->segment);
	if (list && !(list->address && checks_foreign(s->segment)))
		check_segment(k, s, list, CHECK_ASKING);
}

static void
checks_on_segment(void *ctx, const struct walk_segment *s)
{
	struct code_checker *k = ctx;
	const struct check_list *list = NULL;

	/* A TA1 is of another guide, the envelope's. */
	if (s->ordinal == 0)
		return;
	if (s->node && k->lists && k->lists[s->node->index].made)
		list = &k->lists[s->node->index];
	if (!list || !list->plain || !check_segment(k, s, list, CHECK_PLAINLY))
		checks_with_care(k, s, list);
}

static const struct walk_ops checks_ops = {
	.minds = checks_minds,
	.minds_loop = checks_minds_loop,
	.on_set = checks_on_set,
	.on_loop_begin = checks_on_loop_begin,
	.on_segment = checks_on_segment,
	.on_loop_end = checks_on_loop_end,
};

struct code_checker *
code_checker_new(struct walk *w, const struct codes *c)
{
	struct code_checker *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->walk = w;
	k->codes = c;
	arena_init(&k->arena, CHECKS_ARENA);
	walk_add(w, &checks_ops, k);
	return k;
}

void
code_checker_free(struct code_checker *k)
{
	if (k)
		arena_free(&k->arena);
	free(k);
}

bool
code_checker_failed(const struct code_checker *k)
{
	return k->failed;
}
