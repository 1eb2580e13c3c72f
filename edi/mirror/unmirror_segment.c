/* SPDX-License-Identifier: ISC */
/* A segment of JSON to bytes. */
#include "edi/mirror/unmirror_inner.h"

#include "edi/reader/isa.h"
#include "edi/reader.h"

#include <stdlib.h>

/* A segment while it is written; element 0: its elements, else components. */
struct place {
	const struct item *item;
	uint32_t tag;
	uint32_t element;
};

/* ---- values -------------------------------------------------------------- */

bool
unmirror_text(struct unmirror *u, struct buf *to, const struct json_string *s)
{
	if (s->plain ? buf_add_slice(to, s->raw) : mirror_decode(to, s->raw))
		return true;
	return unmirror_bad(u, NULL, to->failed ? "a value is too long" :
	    "a string holds half of a surrogate pair");
}

/* A string into the segment; what it may not hold would change the segment. */
static bool
add_value(struct unmirror *u, struct slice key, const struct json_string *s,
    unsigned forbidden)
{
	size_t from = u->out.n;
	unsigned found = 0;

	if (!unmirror_text(u, &u->out, s))
		return false;
	for (size_t i = from; i < u->out.n; i++)
		found |= u->class[(unsigned char)u->out.p[i]];
	if (found & forbidden)
		return unmirror_bad(u, &key,
		    "the value holds one of the interchange's delimiters");
	return true;
}

/* ---- positions ----------------------------------------------------------- */

/* Digits at the front, taken; 0 when there are none or too many. */
static uint32_t
take_number(struct slice *s)
{
	uint32_t v = 0;
	size_t i = 0;

	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		v = v * 10 + (uint32_t)(s->p[i] - '0');
		if (v > READER_SEGMENT_MAX)
			return 0;
	}
	*s = slice(s->p + i, s->n - i);
	return v;
}

static bool
ends_id(struct slice rest)
{
	return rest.n == 0 || rest.p[0] == '_';
}

/* "03", "03_last_name", and of element 1 "01-2", "01-2_procedure_code". */
static uint32_t
position_in(struct slice rest, uint32_t element)
{
	uint32_t number = take_number(&rest);

	if (element == 0)
		return ends_id(rest) ? number : 0;
	if (number != element || rest.n < 2 || rest.p[0] != '-')
		return 0;
	rest = slice(rest.p + 1, rest.n - 1);
	number = take_number(&rest);
	return ends_id(rest) ? number : 0;
}

/* The same after the segment's id, when it is one; or a number alone. */
static uint32_t
position_by_id(const struct place *at, struct slice key)
{
	struct slice id = at->item->segment.raw;
	uint32_t number = 0;

	if (at->tag == 0)
		number = position_in(key, at->element);
	else if (key.n > id.n && memcmp(key.p, id.p, id.n) == 0)
		number = position_in(slice(key.p + id.n, key.n - id.n),
		    at->element);
	if (number > 0)
		return number;
	number = take_number(&key);
	return key.n == 0 ? number : 0;
}

static bool
find_position(struct unmirror *u, const struct place *at, struct member *m)
{
	bool envelope = at->tag == TAG_ISA || at->tag == TAG_IEA ||
	    at->tag == TAG_GS || at->tag == TAG_GE || at->tag == TAG_TA1;
	int position = (int)position_by_id(at, m->key);

	if (position == 0)
		position = mirror_position(envelope ? u->envelope : u->guide,
		    at->item->segment.raw, at->item->name.raw, m->key,
		    at->element);
	if (position < 0)
		return unmirror_bad(u, &m->key,
		    "is the name of several elements: use its id");
	if (position == 0)
		return unmirror_bad(u, &m->key,
		    "there is no such element in this segment");
	m->position = (uint32_t)position;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

/* Members in the order of their positions, each once. */
static bool
arrange(struct unmirror *u, const struct place *at, uint32_t first,
    uint32_t count)
{
	struct member *m;
	bool ascending = true;

	if (count == 0)
		return true;    /* perhaps there are no members at all */
	m = u->members + first;
	for (uint32_t i = 0; i < count; i++) {
		if (!find_position(u, at, &m[i]))
			return false;
		ascending &= i == 0 || m[i].position > m[i - 1].position;
	}
	if (ascending)
		return true;
	qsort(m, count, sizeof(*m), compare);
	for (uint32_t i = 1; i < count; i++)
		if (m[i].position == m[i - 1].position)
			return unmirror_bad(u, &m[i].key, "comes twice");
	return true;
}

/* ---- elements ------------------------------------------------------------ */

static bool
add_separators(struct unmirror *u, char c, uint32_t n)
{
	char *p = buf_space(&u->out, n);

	if (!p)
		return unmirror_bad(u, NULL, "a segment is too long");
	memset(p, c, n);
	u->out.n += n;
	return true;
}

static bool
read_trailing(struct unmirror *u, struct slice raw, uint32_t *n)
{
	static const struct slice key = { "trailing", 8 };
	uint64_t v = 0;

	if (raw.p && (!slice_u64(raw, &v) || v > READER_SEGMENT_MAX))
		return unmirror_bad(u, &key, "must be a count of separators");
	*n = (uint32_t)v;
	return true;
}

static const unsigned whole = CLASS_ELEMENT | CLASS_TERMINATOR |
    CLASS_COMPONENT | CLASS_REPETITION;

/* The members of a composite, without "trailing", onto the stack. */
static bool
collect(struct unmirror *u, struct json_read *r, struct slice *trailing)
{
	struct json_string key;
	bool first;

	if (!json_read_open(r, '{', &first))
		return false;
	while (json_read_member(r, &first, &key)) {
		struct member m = { .key = key.raw };

		if (!unmirror_value(u, r, &m))
			return false;
		if (slice_is(key.raw, "trailing") && !m.is_string)
			*trailing = m.raw;
		else if (!m.is_string)
			return unmirror_bad(u, &key.raw, "must be a string");
		else if (!unmirror_push(u, &m))
			return false;
	}
	return !r->wrong;
}

/* One component alone needs no separator. */
static bool
add_component_separators(struct unmirror *u, uint32_t n)
{
	if (n > 0 && !u->has_component)
		return unmirror_bad(u, NULL, "a composite, but the "
		    "interchange has no component separator");
	return add_separators(u, u->component, n);
}

static bool
add_components(struct unmirror *u, const struct place *at, uint32_t first,
    struct slice raw_trailing)
{
	uint32_t position = 1, trailing = 0, count = u->member_count - first;

	if (!arrange(u, at, first, count) ||
	    !read_trailing(u, raw_trailing, &trailing))
		return false;
	for (uint32_t i = first; i < first + count; i++) {
		struct member m = u->members[i];

		if (!add_component_separators(u, m.position - position) ||
		    !add_value(u, m.key, &m.string, whole))
			return false;
		position = m.position;
	}
	return add_component_separators(u, trailing);
}

static bool
add_composite(struct unmirror *u, struct place at, struct json_read *r,
    const struct member *m)
{
	struct slice trailing = { 0 };
	uint32_t first = u->member_count;
	bool ok;

	at.element = m->position;
	ok = collect(u, r, &trailing) &&
	    add_components(u, &at, first, trailing);
	u->member_count = first;
	return ok;
}

static bool
add_occurrence(struct unmirror *u, const struct place *at,
    struct json_read *r, const struct member *m)
{
	struct json_string s;

	switch (json_read_kind(r)) {
	case JSON_OBJECT:
		return add_composite(u, *at, r, m);
	case JSON_STRING:
		return json_read_string(r, &s) &&
		    add_value(u, m->key, &s, whole);
	default:
		return unmirror_bad(u, &m->key,
		    "must be a string, an object or an array");
	}
}

static bool
add_repeats(struct unmirror *u, const struct place *at, struct json_read *r,
    const struct member *m)
{
	bool first;
	uint32_t n = 0;

	if (!json_read_open(r, '[', &first))
		return false;
	for (; json_read_item(r, &first); n++) {
		if (n > 0 && !u->has_repetition)
			return unmirror_bad(u, &m->key, "is repeated, but the "
			    "interchange has no repetition separator");
		if (n > 0 && !add_separators(u, u->repetition, 1))
			return false;
		if (!add_occurrence(u, at, r, m))
			return false;
	}
	if (n == 0)
		return unmirror_bad(u, &m->key, "must not be empty");
	return !r->wrong;
}

/* Separators are counted there: what follows the last of them is free. */
static bool
add_isa_element(struct unmirror *u, const struct member *m)
{
	if (!m->is_string)
		return unmirror_bad(u, &m->key, "must be a string");
	return add_value(u, m->key, &m->string,
	    m->position == ISA_ELEMENTS ? 0 : CLASS_ELEMENT);
}

static bool
add_element(struct unmirror *u, const struct place *at, const struct member *m)
{
	struct json_read r;

	if (at->tag == TAG_ISA)
		return add_isa_element(u, m);
	if (m->is_string)
		return add_value(u, m->key, &m->string, whole);
	/* Read before: it cannot be wrong JSON. */
	json_read_init(&r, m->raw);
	return json_read_kind(&r) == JSON_ARRAY ? add_repeats(u, at, &r, m) :
	    add_occurrence(u, at, &r, m);
}

static bool
add_elements(struct unmirror *u, const struct place *at)
{
	const struct item *i = at->item;
	uint32_t position = 0, trailing = 0;

	if (!arrange(u, at, i->first, i->count) ||
	    !read_trailing(u, i->trailing, &trailing))
		return false;
	for (uint32_t n = 0; n < i->count; n++) {
		/* The stack may move while components are put on it. */
		struct member m = u->members[i->first + n];

		if (!add_separators(u, u->element, m.position - position) ||
		    !add_element(u, at, &m))
			return false;
		position = m.position;
	}
	if (at->tag == TAG_ISA && position + trailing != ISA_ELEMENTS)
		return unmirror_bad(u, NULL, "an ISA has 16 elements");
	return add_separators(u, u->element, trailing);
}

/* ---- delimiters ---------------------------------------------------------- */

/* One character, or none where that is allowed. */
static bool
read_delimiter(struct unmirror *u, struct slice key,
    const struct json_string *s, char *to, bool *has)
{
	struct buf b;
	bool ok;

	buf_init(&b, 8);
	ok = unmirror_text(u, &b, s);
	if (ok && (b.n > 1 || (b.n == 0 && !has)))
		ok = unmirror_bad(u, &key, "must be one character");
	if (ok)
		*to = b.n > 0 ? b.p[0] : '\0';
	if (ok && has)
		*has = b.n > 0;
	buf_free(&b);
	return ok;
}

static bool
read_delimiters(struct unmirror *u, struct slice raw, char *terminator)
{
	struct json_read r;
	struct json_string key, value;
	bool first;
	unsigned seen = 0;
	const struct {
		const char *key;
		char *to;
		bool *has;
	} rows[] = {
		{ "element", &u->element, NULL },
		{ "terminator", terminator, NULL },
		{ "component", &u->component, &u->has_component },
		{ "repetition", &u->repetition, &u->has_repetition },
	};

	if (!raw.p)
		return unmirror_bad(u, NULL, "an ISA must have \"delimiters\"");
	json_read_init(&r, raw);
	if (!json_read_open(&r, '{', &first))
		return unmirror_bad(u, NULL,
		    "\"delimiters\" must be an object");
	while (json_read_member(&r, &first, &key)) {
		unsigned i = 0;

		while (i < 4 && !slice_is(key.raw, rows[i].key))
			i++;
		if (i == 4 || json_read_kind(&r) != JSON_STRING)
			return unmirror_bad(u, &key.raw, i == 4 ?
			    "there is no such delimiter" : "must be a string");
		if (!json_read_string(&r, &value) || !read_delimiter(u,
		    key.raw, &value, rows[i].to, rows[i].has))
			return false;
		seen |= 1u << i;
	}
	return seen == 15 || unmirror_bad(u, NULL, "\"delimiters\" must have "
	    "element, component, repetition and terminator");
}

static void
classify(struct unmirror *u, char terminator)
{
	memset(u->class, 0, sizeof(u->class));
	u->class[(unsigned char)u->element] |= CLASS_ELEMENT;
	u->class[(unsigned char)terminator] |= CLASS_TERMINATOR;
	/* What the reader takes for none cannot be in the way. */
	u->has_component &= u->component != '\0';
	if (u->has_component)
		u->class[(unsigned char)u->component] |= CLASS_COMPONENT;
	if (u->has_repetition)
		u->class[(unsigned char)u->repetition] |= CLASS_REPETITION;
}

static bool
begin_interchange(struct unmirror *u, const struct item *i)
{
	char terminator = '\0';

	if (!read_delimiters(u, i->delimiters, &terminator))
		return false;
	classify(u, terminator);
	buf_reset(&u->tail);
	buf_add_char(&u->tail, terminator);
	u->begun = true;
	return !i->suffix.raw.p || unmirror_text(u, &u->tail, &i->suffix);
}

/* ---- segments ------------------------------------------------------------ */

bool
unmirror_before(struct unmirror *u, const struct item *i)
{
	if (i->before.raw.p)
		return unmirror_text(u, &u->out, &i->before);
	if (!u->fresh)
		buf_add_slice(&u->out, buf_slice(&u->tail));
	return true;
}

/* What follows the n-th separator; there are as many. */
static struct slice
after(struct slice s, char separator, unsigned n)
{
	const char *p = s.p, *end = s.p + s.n;

	while (n-- > 0)
		p = (const char *)memchr(p, separator, (size_t)(end - p)) + 1;
	return slice(p, (size_t)(end - p));
}

/* ISA11 and ISA16 say the same as "delimiters". */
static bool
check_isa(struct unmirror *u, struct slice isa)
{
	struct slice repetition = slice_part(isa, u->element, 12);
	struct slice component = after(isa, u->element, ISA_ELEMENTS);
	bool good = u->has_component ? component.n == 1 &&
	    component.p[0] == u->component : component.n == 0 ||
	    (component.n == 1 && component.p[0] == '\0');

	if (good && (!u->has_repetition || (repetition.n == 1 &&
	    repetition.p[0] == u->repetition)))
		return true;
	return unmirror_bad(u, NULL, "\"delimiters\" are not those that "
	    "ISA11 and ISA16 name");
}

/* Which guide gives the names from here on. */
static void
notice(struct unmirror *u, const struct place *at, struct slice text)
{
	const struct json_string *guide = &at->item->guide;
	struct slice version;

	if (at->tag == TAG_GS) {
		slice_copy(slice_part(text, u->element, 9), u->version,
		    sizeof(u->version));
		return;
	}
	version = guide->raw.n > 0 ? guide->raw :
	    slice_part(text, u->element, 4);
	if (version.n == 0)
		version = slice_str(u->version);
	u->guide = guides_find(u->guides, version,
	    slice_part(text, u->element, 2), NULL);
}

/* The three letters alone, which the reader takes for no header. */
static bool
is_bare_isa(const struct unmirror *u, const struct item *i)
{
	return u->begun && !i->delimiters.p && i->count == 0 &&
	    !i->trailing.p;
}

bool
unmirror_segment(struct unmirror *u, struct item *i)
{
	struct place at = { .item = i, .tag = segment_tag(i->segment.raw) };
	static const struct slice key = { "segment", 7 };
	struct slice text;
	size_t from;

	if (at.tag == TAG_ISA && is_bare_isa(u, i))
		at.tag = 0;
	if (!u->begun && at.tag != TAG_ISA)
		return unmirror_bad(u, NULL, "an ISA segment must come first");
	if (!unmirror_before(u, i) ||
	    (at.tag == TAG_ISA && !begin_interchange(u, i)))
		return false;
	from = u->out.n;
	if (!add_value(u, key, &i->segment, at.tag == TAG_ISA ? CLASS_ELEMENT :
	    CLASS_ELEMENT | CLASS_TERMINATOR) || !add_elements(u, &at))
		return false;
	u->fresh = false;
	text = slice(u->out.p + from, u->out.n - from);
	if (text.n > READER_SEGMENT_MAX)
		return unmirror_bad(u, NULL, "the segment is too long");
	if (at.tag == TAG_ISA)
		return check_isa(u, text);
	if (at.tag == TAG_GS || at.tag == TAG_ST)
		notice(u, &at, text);
	return true;
}
