/* SPDX-License-Identifier: ISC */
#include "edi/standard.h"

#include <stdlib.h>

#include "edi/segment.h"

enum {
	ELEMENTS_MAX = 640, COMPOSITES_MAX = 40, SEGMENTS_MAX = 256,
	WORDS_MAX = 640, POSITIONS_MAX = 32, NOTES_MAX = 24,
};

struct standard {
	struct arena *arena;
	struct err *e;
	unsigned element_count, composite_count, segment_count, known_count;
	struct standard_element elements[ELEMENTS_MAX];      /* by number */
	struct standard_composite composites[COMPOSITES_MAX];
	struct standard_segment segments[SEGMENTS_MAX];      /* by tag */
	uint32_t known[SEGMENTS_MAX];
};

/* ---- small parts -------------------------------------------------------- */

bool
guide_parse_type(struct slice word, uint8_t *type, uint8_t *decimals)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {
		{ "AN", GUIDE_AN }, { "ID", GUIDE_ID }, { "R", GUIDE_R },
		{ "DT", GUIDE_DT }, { "TM", GUIDE_TM }, { "B", GUIDE_B },
	};

	*decimals = 0;
	if (word.n == 2 && word.p[0] == 'N' && word.p[1] >= '0' &&
	    word.p[1] <= '9') {
		*type = GUIDE_N;
		*decimals = (uint8_t)(word.p[1] - '0');
		return true;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (slice_is(word, types[i].name)) {
			*type = types[i].type;
			return true;
		}
	return false;
}

const char *
guide_key(struct arena *a, struct slice name)
{
	char *key = arena_alloc(a, name.n + 1);
	size_t n = 0;

	if (!key)
		return NULL;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 'a' - 'A');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			key[n++] = c;
		else if (c != '\'' && n > 0 && key[n - 1] != '_')
			key[n++] = '_';
	}
	while (n > 0 && key[n - 1] == '_')
		n--;
	key[n] = '\0';
	return key;
}

static int
packed_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

const struct guide_codes *
guide_codes_new(struct arena *a, const char *name, const struct slice *items,
    uint32_t count)
{
	struct guide_codes *codes = arena_alloc(a, sizeof(*codes));
	struct slice *text = arena_array(a, count, sizeof(*text));
	uint64_t *packed = arena_array(a, count, sizeof(*packed));
	uint32_t n = 0;

	if (!codes || !text || !packed)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		text[i] = items[i];
		if (items[i].n <= 8)
			packed[n++] = guide_pack(items[i]);
	}
	qsort(packed, n, sizeof(*packed), packed_compare);
	*codes = (struct guide_codes){
		.name = name, .count = count, .text = text,
		.packed_count = n, .packed = packed,
	};
	return codes;
}

unsigned
guide_read_words(struct guide_text *t, unsigned indent, struct slice *words,
    unsigned max)
{
	struct guide_line l;
	unsigned n = 0;

	while (guide_text_next(t, &l)) {
		if (l.indent <= indent) {
			guide_text_unread(t, &l);
			break;
		}
		while (l.rest.n > 0) {
			struct slice item = guide_line_word(&l);

			if (n < max)
				words[n] = guide_list_item(&item);
			n++;
		}
	}
	return n;
}

/* ---- look up ------------------------------------------------------------ */

static int
element_compare(const void *key, const void *row)
{
	unsigned number = *(const unsigned *)key;
	const struct standard_element *el = row;

	return number < el->number ? -1 : number > el->number;
}

const struct standard_element *
standard_element(const struct standard *s, unsigned number)
{
	return bsearch(&number, s->elements, s->element_count,
	    sizeof(*s->elements), element_compare);
}

const struct standard_segment *
standard_segment(const struct standard *s, uint32_t tag)
{
	for (unsigned i = 0; i < s->segment_count; i++)
		if (s->segments[i].tag == tag)
			return &s->segments[i];
	return NULL;
}

const struct standard_composite *
standard_composite(const struct standard *s, struct slice id)
{
	for (unsigned i = 0; i < s->composite_count; i++)
		if (slice_is(id, s->composites[i].id))
			return &s->composites[i];
	return NULL;
}

bool
standard_knows(const struct standard *s, uint32_t tag)
{
	for (unsigned i = 0; i < s->known_count; i++)
		if (s->known[i] == tag)
			return true;
	return standard_segment(s, tag) != NULL;
}

/* ---- reading ------------------------------------------------------------ */

static int
no_memory(struct standard *s)
{
	return err_set(s->e, -ENOMEM, "no memory for the base standard");
}

static bool
element_number(struct slice word, unsigned *number)
{
	uint64_t n;
	bool control = word.n > 0 && word.p[0] == 'I';

	if (control)
		word = slice(word.p + 1, word.n - 1);
	if (!slice_u64(word, &n) || n == 0 || n > 9999)
		return false;
	*number = (unsigned)n + (control ? STANDARD_CONTROL : 0);
	return true;
}

/* element NUMBER TYPE MIN..MAX NAME, and its codes below. */
static int
read_element(struct standard *s, struct guide_text *t, struct guide_line *l)
{
	struct standard_element *el = &s->elements[s->element_count];
	struct slice words[WORDS_MAX];
	unsigned number, low, high, n;

	if (s->element_count == ELEMENTS_MAX)
		return guide_line_error(l, s->e, "too many elements");
	if (!element_number(guide_line_word(l), &number) ||
	    (s->element_count > 0 && number <= el[-1].number))
		return guide_line_error(l, s->e,
		    "elements have numbers, in ascending order");
	if (!guide_parse_type(guide_line_word(l), &el->type, &el->decimals) ||
	    !guide_parse_range(guide_line_word(l), &low, &high))
		return guide_line_error(l, s->e,
		    "expected: element NUMBER TYPE MIN..MAX NAME");
	el->number = (uint16_t)number;
	el->min = (uint16_t)low;
	el->max = (uint16_t)high;
	el->name = arena_copy(s->arena, l->rest);
	el->key = guide_key(s->arena, l->rest);
	n = guide_read_words(t, l->indent, words, WORDS_MAX);
	if (n > WORDS_MAX)
		return guide_line_error(l, s->e, "too many codes");
	if (n > 0)
		el->codes = guide_codes_new(s->arena, NULL, words, n);
	if (!el->name || !el->key || (n > 0 && !el->codes))
		return no_memory(s);
	s->element_count++;
	return 0;
}

/* "98!" or "C056!x10" into one position of a segment or composite. */
static int
read_position(struct standard *s, const struct guide_line *l,
    struct slice word, struct guide_element *to)
{
	const struct standard_composite *c;
	const struct standard_element *el;
	unsigned number, repeat = 1, high;
	size_t n = word.n;

	for (size_t i = 1; i < n; i++)
		if (word.p[i] == 'x') {
			if (!guide_parse_range(slice(word.p + i + 1,
			    n - i - 1), &repeat, &high))
				return guide_line_error(l, s->e, "bad repeat");
			n = i;
		}
	to->usage = USAGE_NOT_USED;
	if (n > 0 && word.p[n - 1] == '!') {
		to->flags |= GUIDE_MANDATORY;
		to->usage = USAGE_REQUIRED;
		n--;
	}
	word.n = n;
	to->repeat = (uint16_t)repeat;
	if ((c = standard_composite(s, word)) != NULL) {
		to->type = GUIDE_COMPOSITE;
		to->components = c->components;
		to->component_count = c->count;
		to->syntax = c->syntax;
		to->syntax_count = c->syntax_count;
		to->composite = c->id;
		to->name = c->name;
		to->key = c->key;
		return 0;
	}
	if (!element_number(word, &number) ||
	    (el = standard_element(s, number)) == NULL)
		return guide_line_error(l, s->e, "no element %.*s",
		    SLICE_ARG(word));
	to->number = el->number;
	to->type = el->type;
	to->decimals = el->decimals;
	to->min = el->min;
	to->max = to->standard_max = el->max;
	to->known = el->codes;
	to->name = el->name;
	to->key = el->key;
	if (el->number == 782)
		to->flags |= GUIDE_AMOUNT;
	return 0;
}

/* P0304: the kind, then two digits a position. */
static bool
read_note(struct slice word, struct guide_syntax *to)
{
	if (word.n < 5 || word.n % 2 == 0 || !memchr("PRECL", word.p[0], 5))
		return false;
	to->kind = word.p[0];
	for (size_t i = 1; i < word.n; i += 2) {
		uint64_t at;

		if (!slice_u64(slice(word.p + i, 2), &at) || at < 1 || at > 31)
			return false;
		if (i == 1)
			to->first = (uint8_t)at;
		else
			to->rest |= 1u << (at - 1);
		to->all |= 1u << (at - 1);
	}
	to->trigger = to->kind == 'R' ? UINT32_MAX :
	    to->kind == 'C' || to->kind == 'L' ? 1u << (to->first - 1) :
	    to->all;
	return true;
}

struct body {
	struct guide_element *elements;
	struct guide_syntax *syntax;
	unsigned count, syntax_count, key, key_component;
};

/* "03" or "01-1" */
static bool
read_key(struct slice word, struct body *b)
{
	const char *dash = word.n > 0 ? memchr(word.p, '-', word.n) : NULL;
	size_t n = dash ? (size_t)(dash - word.p) : word.n;
	uint64_t element, component = 0;

	if (!slice_u64(slice(word.p, n), &element) || element == 0 ||
	    element > POSITIONS_MAX)
		return false;
	if (dash && (!slice_u64(slice(dash + 1, word.n - n - 1),
	    &component) || component == 0 || component > POSITIONS_MAX))
		return false;
	b->key = (unsigned)element;
	b->key_component = (unsigned)component;
	return true;
}

/* The qualifier is one of the positions; a segment without any has none. */
static bool
key_stands(const struct body *b)
{
	return b->count == 0 || (b->key <= b->count && b->key_component <=
	    b->elements[b->key - 1].component_count);
}

static int
read_body_line(struct standard *s, struct guide_line *l, struct body *b)
{
	struct slice word = guide_line_peek(l);

	if (slice_is(word, "key")) {
		guide_line_word(l);
		return read_key(guide_line_word(l), b) ? 0 :
		    guide_line_error(l, s->e, "bad key");
	}
	if (slice_is(word, "note")) {
		guide_line_word(l);
		while (l->rest.n > 0)
			if (b->syntax_count == NOTES_MAX ||
			    !read_note(guide_line_word(l),
			    &b->syntax[b->syntax_count++]))
				return guide_line_error(l, s->e, "bad note");
		return 0;
	}
	while (l->rest.n > 0) {
		int rc;

		if (b->count == POSITIONS_MAX)
			return guide_line_error(l, s->e, "too many elements");
		rc = read_position(s, l, guide_line_word(l),
		    &b->elements[b->count++]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The lines below a composite or a segment: key, note, positions. */
static int
read_body(struct standard *s, struct guide_text *t,
    const struct guide_line *head, struct body *b)
{
	struct guide_element elements[POSITIONS_MAX] = { 0 };
	struct guide_syntax syntax[NOTES_MAX] = { 0 };
	struct guide_line l;
	int rc = 0;

	*b = (struct body){ elements, syntax, 0, 0, 1, 0 };
	while (rc == 0 && guide_text_next(t, &l)) {
		if (l.indent <= head->indent) {
			guide_text_unread(t, &l);
			break;
		}
		rc = read_body_line(s, &l, b);
	}
	if (rc < 0)
		return rc;
	if (!key_stands(b))
		return guide_line_error(head, s->e,
		    "the key is no position of it");
	b->elements = arena_array(s->arena, b->count + 1, sizeof(*elements));
	b->syntax = arena_array(s->arena, b->syntax_count + 1,
	    sizeof(*syntax));
	if (!b->elements || !b->syntax)
		return no_memory(s);
	memcpy(b->elements, elements, b->count * sizeof(*elements));
	memcpy(b->syntax, syntax, b->syntax_count * sizeof(*syntax));
	return 0;
}

/* DE 1251 has the format that a DE 1250 before it names. */
static void
mark_periods(struct body *b)
{
	for (unsigned i = 1; i < b->count; i++)
		if (b->elements[i].number == 1251 &&
		    b->elements[i - 1].number == 1250)
			b->elements[i].flags |= GUIDE_PERIOD;
}

static int
read_composite(struct standard *s, struct guide_text *t, struct guide_line *l)
{
	struct standard_composite *c = &s->composites[s->composite_count];
	struct body b;
	int rc;

	if (s->composite_count == COMPOSITES_MAX ||
	    !slice_copy(guide_line_word(l), c->id, sizeof(c->id)))
		return guide_line_error(l, s->e, "bad composite");
	c->name = arena_copy(s->arena, l->rest);
	c->key = guide_key(s->arena, l->rest);
	if (!c->name || !c->key)
		return no_memory(s);
	if ((rc = read_body(s, t, l, &b)) < 0)
		return rc;
	mark_periods(&b);
	c->components = b.elements;
	c->count = (uint8_t)b.count;
	c->syntax = b.syntax;
	c->syntax_count = (uint8_t)b.syntax_count;
	s->composite_count++;
	return 0;
}

static int
read_segment(struct standard *s, struct guide_text *t, struct guide_line *l)
{
	struct standard_segment *seg = &s->segments[s->segment_count];
	struct slice id = guide_line_word(l);
	struct body b;
	int rc;

	seg->tag = segment_tag(id);
	if (s->segment_count == SEGMENTS_MAX || seg->tag == 0 ||
	    standard_segment(s, seg->tag))
		return guide_line_error(l, s->e, "bad segment");
	slice_copy(id, seg->id, sizeof(seg->id));
	seg->name = arena_copy(s->arena, l->rest);
	seg->key_name = guide_key(s->arena, l->rest);
	if (!seg->name || !seg->key_name)
		return no_memory(s);
	if ((rc = read_body(s, t, l, &b)) < 0)
		return rc;
	mark_periods(&b);
	seg->elements = b.elements;
	seg->count = (uint8_t)b.count;
	seg->syntax = b.syntax;
	seg->syntax_count = (uint8_t)b.syntax_count;
	seg->key = (uint8_t)b.key;
	seg->key_component = (uint8_t)b.key_component;
	s->segment_count++;
	return 0;
}

static int
read_known(struct standard *s, struct guide_text *t, struct guide_line *l)
{
	struct slice words[SEGMENTS_MAX];
	unsigned n = guide_read_words(t, l->indent, words, SEGMENTS_MAX);

	if (n > SEGMENTS_MAX)
		return guide_line_error(l, s->e, "too many segments");
	for (unsigned i = 0; i < n; i++)
		s->known[s->known_count++] = segment_tag(words[i]);
	return 0;
}

static int
read_standard(struct standard *s, struct guide_text *t, struct guide_line *l)
{
	(void)t;
	if (!slice_is(guide_line_word(l), "005010"))
		return guide_line_error(l, s->e, "only 005010 is known");
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct standard *s, struct guide_text *t,
	    struct guide_line *l);
} statements[] = {
	{ "standard", read_standard },
	{ "element", read_element },
	{ "composite", read_composite },
	{ "segment", read_segment },
	{ "known", read_known },
};

static int
read_statement(struct standard *s, struct guide_text *t, struct guide_line *l)
{
	struct slice word = guide_line_word(l);

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		if (slice_is(word, statements[i].word))
			return statements[i].read(s, t, l);
	return guide_line_error(l, s->e, "\"%.*s\" is not a statement of a "
	    "standard", SLICE_ARG(word));
}

struct standard *
standard_load(struct arena *a, struct slice text, const char *what,
    struct err *e)
{
	struct standard *s = arena_alloc(a, sizeof(*s));
	struct guide_text t;
	struct guide_line l;

	if (!s) {
		err_set(e, -ENOMEM, "no memory for the base standard");
		return NULL;
	}
	s->arena = a;
	s->e = e;
	guide_text_init(&t, text, what);
	while (guide_text_next(&t, &l))
		if (read_statement(s, &t, &l) < 0)
			return NULL;
	return s;
}
