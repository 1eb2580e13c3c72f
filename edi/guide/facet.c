/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"


enum { EXTERNALS_MAX = 16 };

int
draft_no_memory(struct draft *d)
{
	return err_set(d->e, -ENOMEM, "no memory for a guide");
}

/* "$ City Name" in the loop "Billing Provider Name". */
const char *
draft_name(struct draft *d, struct slice name, const char *subject)
{
	const char *at = name.n > 0 ? memchr(name.p, '$', name.n) : NULL;
	size_t head, n;
	char *p;

	if (!at)
		return arena_copy(d->arena, name);
	n = strlen(subject);
	if (n > 5 && memcmp(subject + n - 5, " Name", 5) == 0)
		n -= 5;
	head = (size_t)(at - name.p);
	p = arena_alloc(d->arena, name.n + n);
	if (!p)
		return NULL;
	memcpy(p, name.p, head);
	memcpy(p + head, subject, n);
	memcpy(p + head + n, at + 1, name.n - head - 1);
	return p;
}

/* ---- words -------------------------------------------------------------- */

/* Take a "?" off the end. */
static bool
doubtful(struct slice *word)
{
	if (word->n < 2 || word->p[word->n - 1] != '?')
		return false;
	word->n--;
	return true;
}

static const struct guide_codes *
list_find(const struct guide_scope *scope, struct slice name)
{
	for (; scope; scope = scope->up)
		for (struct guide_list *l = scope->lists; l; l = l->next)
			if (slice_is(name, l->name))
				return l->codes;
	return NULL;
}

static const struct guide_group *
group_find(const struct guide_scope *scope, struct slice name)
{
	for (; scope; scope = scope->up)
		for (struct guide_group *g = scope->groups; g; g = g->next)
			if (slice_is(name, g->name))
				return g;
	return NULL;
}

/* "A,B" or "@list". */
int
facets_codes(struct draft *d, const struct guide_line *l, struct slice list,
    const struct guide_codes **to)
{
	struct slice items[DRAFT_WORDS];
	uint32_t n = 0;

	if (list.n > 0 && list.p[0] == '@') {
		*to = list_find(&d->scope, slice(list.p + 1, list.n - 1));
		return *to ? 0 : guide_line_error(l, d->e,
		    "no list %.*s", SLICE_ARG(list));
	}
	while (list.n > 0) {
		if (n == DRAFT_WORDS)
			return guide_line_error(l, d->e, "too many codes");
		items[n++] = guide_list_item(&list);
	}
	if (n == 0)
		return guide_line_error(l, d->e, "an empty code list");
	*to = guide_codes_new(d->arena, NULL, items, n);
	return *to ? 0 : draft_no_memory(d);
}

/* "icd10cm(ABF)" */
static int
external_item(struct draft *d, const struct guide_line *l, struct slice item,
    struct guide_external *to)
{
	const char *open = memchr(item.p, '(', item.n);
	struct slice set = item, qualifier = slice("", 0);

	if (open) {
		set.n = (size_t)(open - item.p);
		qualifier = slice(open + 1, item.n - set.n - 1);
		if (qualifier.n < 2 || qualifier.p[qualifier.n - 1] != ')')
			return guide_line_error(l, d->e, "bad external set");
		qualifier.n--;
	}
	to->set = arena_copy(d->arena, set);
	to->qualifier = arena_copy(d->arena, qualifier);
	return to->set && to->qualifier ? 0 : draft_no_memory(d);
}

int
facets_external(struct draft *d, const struct guide_line *l, struct slice word,
    struct facets *f)
{
	const struct guide_group *g = group_find(&d->scope, word);
	struct guide_external *sets;

	f->has_external = true;
	if (g) {
		f->external = g->sets;
		f->external_count = g->count;
		return 0;
	}
	sets = arena_array(d->arena, EXTERNALS_MAX, sizeof(*sets));
	if (!sets)
		return draft_no_memory(d);
	while (word.n > 0) {
		struct slice item = guide_list_item(&word);
		int rc;

		if (item.n == 0 || f->external_count == EXTERNALS_MAX)
			return guide_line_error(l, d->e, "bad external set");
		rc = external_item(d, l, item, &sets[f->external_count++]);
		if (rc < 0)
			return rc;
	}
	f->external = sets;
	return 0;
}

static bool
facet_usage(struct slice word, struct facets *f)
{
	bool doubt = doubtful(&word);

	if (word.n != 1 || !memchr("RSNQ", word.p[0], 4))
		return false;
	f->has_usage = true;
	f->key = word.p[0] == 'Q';
	f->usage = word.p[0] == 'N' ? USAGE_NOT_USED :
	    word.p[0] == 'S' ? USAGE_SITUATIONAL : USAGE_REQUIRED;
	if (doubt)
		f->doubt |= DOUBT_USAGE;
	return true;
}

static bool
facet_max(struct slice word, struct facets *f)
{
	uint64_t n = GUIDE_UNBOUNDED;
	bool doubt = doubtful(&word);

	if (word.n < 2 || word.p[0] != 'x')
		return false;
	word = slice(word.p + 1, word.n - 1);
	if (!slice_is(word, "*") && (!slice_u64(word, &n) || n == 0 ||
	    n >= GUIDE_UNBOUNDED))
		return false;
	f->has_max = true;
	f->max = (uint32_t)n;
	if (doubt)
		f->doubt |= DOUBT_MAX;
	return true;
}

static bool
facet_range(struct slice word, struct facets *f)
{
	bool doubt = doubtful(&word);

	if (!word.p || !memchr(word.p, '.', word.n) ||
	    !guide_parse_range(word, &f->low, &f->high))
		return false;
	f->has_range = true;
	f->has_low = word.p[0] != '.';
	if (doubt)
		f->doubt |= DOUBT_LENGTH;
	return true;
}

static bool
facet_word(struct slice word, struct facets *f)
{
	const struct {
		const char *word;
		bool *flag;
	} words[] = {
		{ "counts", &f->counts }, { "once", &f->once },
		{ "claim", &f->claim }, { "shared", &f->shared },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_is(word, words[i].word))
			return *words[i].flag = true;
	return false;
}

/* A word that begins with = % : or /; 0 when it is none. */
static int
facet_sign(struct draft *d, struct guide_line *l, struct slice word,
    struct facets *f)
{
	struct slice rest = slice(word.p + 1, word.n - 1);
	uint64_t n;
	int rc = 0;

	switch (word.p[0]) {
	case '=':
		if (doubtful(&rest))
			f->doubt |= DOUBT_CODES;
		f->has_codes = true;
		rc = facets_codes(d, l, rest, &f->codes);
		break;
	case '%':
		rc = facets_external(d, l, rest, f);
		break;
	case ':':
		f->has_type = guide_parse_type(rest, &f->type, &f->decimals);
		if (!f->has_type)
			f->shape = rest;
		break;
	case '/':
		if (!slice_u64(rest, &n) || n == 0 || n > UINT16_MAX)
			return guide_line_error(l, d->e, "bad position");
		f->position = (uint16_t)n;
		break;
	default:
		return 0;
	}
	return rc < 0 ? rc : 1;
}

int
facets_read(struct draft *d, struct guide_line *l, struct facets *f)
{
	*f = (struct facets){ 0 };
	if (facet_usage(guide_line_peek(l), f))
		guide_line_word(l);
	while (l->rest.n > 0) {
		struct slice word = guide_line_peek(l);
		int rc = facet_sign(d, l, word, f);

		if (rc < 0)
			return rc;
		if (rc == 0 && !facet_max(word, f) && !facet_range(word, f) &&
		    !facet_word(word, f))
			break;
		guide_line_word(l);
	}
	f->name = l->rest;
	return 0;
}

/* ---- applying ----------------------------------------------------------- */

int
draft_usage(struct draft *d, const struct guide_line *l, uint8_t *usage,
    uint8_t *doubt, const struct facets *f)
{
	if (!f->has_usage)
		return 0;
	if (d->mode == DRAFT_COMPANION && f->usage != *usage &&
	    *usage != USAGE_SITUATIONAL)
		return guide_line_error(l, d->e, "a companion guide cannot "
		    "change what the guide requires or does not use");
	*usage = f->usage;
	*doubt = (uint8_t)((*doubt & ~DOUBT_USAGE) | (f->doubt & DOUBT_USAGE));
	return 0;
}

int
draft_max(struct draft *d, const struct guide_line *l, uint32_t *max,
    uint8_t *doubt, const struct facets *f)
{
	if (!f->has_max)
		return 0;
	if (d->mode == DRAFT_COMPANION && f->max > *max)
		return guide_line_error(l, d->e,
		    "a companion guide cannot allow more repeats");
	*max = f->max;
	*doubt = (uint8_t)((*doubt & ~DOUBT_MAX) | (f->doubt & DOUBT_MAX));
	return 0;
}

static int
apply_range(struct draft *d, const struct guide_line *l,
    struct guide_element *el, const struct facets *f)
{
	unsigned low = f->has_low ? f->low : el->min;

	if (!f->has_range)
		return 0;
	if (f->high > el->standard_max || low < el->min || low > f->high ||
	    (d->mode == DRAFT_COMPANION && f->high > el->max))
		return guide_line_error(l, d->e,
		    "lengths must lie within %u..%u", (unsigned)el->min,
		    (unsigned)(d->mode == DRAFT_COMPANION ? el->max :
		    el->standard_max));
	el->min = (uint16_t)low;
	el->max = (uint16_t)f->high;
	el->doubt = (uint8_t)((el->doubt & ~DOUBT_LENGTH) |
	    (f->doubt & DOUBT_LENGTH));
	return 0;
}

static int
apply_codes(struct draft *d, const struct guide_line *l,
    struct guide_element *el, const struct facets *f)
{
	if (!f->has_codes)
		return 0;
	for (uint32_t i = 0; i < f->codes->count; i++) {
		struct slice code = f->codes->text[i];

		if (code.n < el->min || code.n > el->max)
			return guide_line_error(l, d->e, "the code %.*s does "
			    "not fit %u..%u characters", SLICE_ARG(code),
			    (unsigned)el->min, (unsigned)el->max);
		if (d->mode == DRAFT_COMPANION && el->codes &&
		    !guide_codes_has(el->codes, code))
			return guide_line_error(l, d->e, "the guide does not "
			    "have the code %.*s here", SLICE_ARG(code));
	}
	el->codes = f->codes;
	el->doubt = (uint8_t)((el->doubt & ~DOUBT_CODES) |
	    (f->doubt & DOUBT_CODES));
	return 0;
}

static int
apply_repeat(struct draft *d, const struct guide_line *l,
    struct guide_element *el, const struct facets *f)
{
	if (!f->has_max)
		return 0;
	if (f->max > el->repeat)
		return guide_line_error(l, d->e,
		    "the standard repeats this %u times", el->repeat);
	el->repeat = (uint16_t)f->max;
	return 0;
}

int
draft_element_apply(struct draft *d, const struct guide_line *l,
    struct guide_element *el, const struct facets *f, const char *subject)
{
	int rc;

	if (f->has_usage && f->usage != USAGE_REQUIRED &&
	    (el->flags & GUIDE_MANDATORY))
		return guide_line_error(l, d->e,
		    "the standard makes this element mandatory");
	if ((rc = draft_usage(d, l, &el->usage, &el->doubt, f)) < 0 ||
	    (rc = apply_repeat(d, l, el, f)) < 0 ||
	    (rc = apply_range(d, l, el, f)) < 0 ||
	    (rc = apply_codes(d, l, el, f)) < 0)
		return rc;
	if (f->has_type)
		el->type = f->type;
	if (f->has_external) {
		el->external = f->external;
		el->external_count = f->external_count;
	}
	if (f->counts)
		el->flags |= GUIDE_COUNTS;
	if (f->name.n > 0) {
		el->name = draft_name(d, f->name, subject);
		if (!el->name ||
		    !(el->key = guide_key(d->arena, slice_str(el->name))))
			return draft_no_memory(d);
	}
	return 0;
}

struct guide_element *
draft_own_components(struct draft *d, struct guide_element *el)
{
	struct guide_element *own;

	own = arena_array(d->arena, el->component_count, sizeof(*own));
	if (own)
		memcpy(own, el->components,
		    el->component_count * sizeof(*own));
	el->components = own;
	return own;
}

static int
apply_components(struct draft *d, const struct guide_line *l,
    struct guide_element *el, struct slice range, const struct facets *f,
    const char *subject)
{
	unsigned low, high;
	struct guide_element *own;

	if (!guide_parse_range(range, &low, &high) || low == 0 ||
	    high > el->component_count)
		return guide_line_error(l, d->e, "no such component");
	if (!(own = draft_own_components(d, el)))
		return draft_no_memory(d);
	for (unsigned c = low; c <= high; c++) {
		int rc = draft_element_apply(d, l, &own[c - 1], f, subject);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A second element that tells the segment from its siblings. */
static int
apply_key(struct draft *d, const struct guide_line *l,
    struct guide_segment *s, unsigned element, struct slice component)
{
	unsigned low = 0, high = 0;

	if (s->key[0] == 0)
		return guide_line_error(l, d->e,
		    "Q belongs to a segment with codes in brackets");
	if (component.n > 0 && (!guide_parse_range(component, &low, &high) ||
	    low == 0 || low > s->elements[element - 1].component_count))
		return guide_line_error(l, d->e, "no such component");
	s->key[1] = (uint8_t)element;
	s->key_component[1] = (uint8_t)low;
	return 0;
}

/* "02..12-1 R =ABF,BF  Name" */
int
draft_element_line(struct draft *d, struct guide_segment *s,
    struct guide_line *l, const char *subject)
{
	struct slice at = guide_line_word(l), component = { NULL, 0 };
	const char *dash = memchr(at.p, '-', at.n);
	unsigned low, high;
	struct facets f;
	int rc;

	if (dash) {
		component = slice(dash + 1,
		    at.n - (size_t)(dash - at.p) - 1);
		at.n = (size_t)(dash - at.p);
	}
	if (!guide_parse_range(at, &low, &high) || low == 0 ||
	    high > s->count)
		return guide_line_error(l, d->e, "%s has no element %.*s",
		    s->id, SLICE_ARG(at));
	if ((rc = facets_read(d, l, &f)) < 0)
		return rc;
	if (f.key && (rc = apply_key(d, l, s, low, component)) < 0)
		return rc;
	for (unsigned i = low; i <= high && rc == 0; i++) {
		struct guide_element *el =
		    (struct guide_element *)&s->elements[i - 1];

		rc = component.n > 0 ?
		    apply_components(d, l, el, component, &f, subject) :
		    draft_element_apply(d, l, el, &f, subject);
	}
	return rc;
}
