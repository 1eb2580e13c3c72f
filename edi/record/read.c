/* SPDX-License-Identifier: ISC */
#include "edi/record/read.h"

#include <stdio.h>

#include "base/json_read.h"

struct reading {
	struct json_read json;
	struct arena *arena;
	const struct record_form *form;
	struct record_fault *fault;
	bool loose;
	char path[RECORD_FAULT_FIELD];
	size_t n;
};

static bool
fault(struct reading *r, const char *text)
{
	if (r->fault->text[0] == '\0') {
		snprintf(r->fault->text, sizeof(r->fault->text), "%s", text);
		memcpy(r->fault->field, r->path, r->n);
		r->fault->field[r->n] = '\0';
	}
	return false;
}

/* ---- where we are ------------------------------------------------------- */

/* What is too long for a path is left out of it. */
static void
push(struct reading *r, const char *p, size_t n)
{
	if (n >= sizeof(r->path) - r->n)
		return;
	memcpy(r->path + r->n, p, n);
	r->n += n;
}

static size_t
push_name(struct reading *r, const char *name)
{
	size_t before = r->n, n = strlen(name);

	if (n + 1 >= sizeof(r->path) - r->n)
		return before;
	push(r, ".", r->n > 0);
	push(r, name, n);
	return before;
}

static size_t
push_index(struct reading *r, unsigned i)
{
	char text[16], *p = text + sizeof(text);
	size_t before = r->n;

	*--p = ']';
	do
		*--p = (char)('0' + i % 10);
	while ((i /= 10) > 0);
	*--p = '[';
	push(r, p, (size_t)(text + sizeof(text) - p));
	return before;
}

/* ---- texts -------------------------------------------------------------- */

/* Latin letters without what stands on them, from U+00C0; '?': none. */
static const char latin[] =
	"AAAAAAACEEEEIIIIDNOOOOO?OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO?OUUUUYTY";

static char
plain(uint32_t c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	if (c == '\n' || c == '\r' || c == '\t' || c == 0xa0)
		return ' ';
	if (c >= ' ' && c < 0x7f)
		return (char)c;
	if (c >= 0xc0 && c <= 0xff && latin[c - 0xc0] != '?')
		return latin[c - 0xc0];
	if (c == 0x2018 || c == 0x2019)
		return '\'';
	if (c == 0x201c || c == 0x201d)
		return '"';
	return c >= 0x2010 && c <= 0x2014 ? '-' : '\0';
}

static bool
is_delimiter(const struct delimiters *d, char c)
{
	return c == d->element || c == d->component || c == d->repetition ||
	    c == d->terminator;
}

static bool
is_basic(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    memchr(" !\"&'()*+,-./:;?=", c, 17);
}

/* A number that reads otherwise is another number. */
static bool
identifies(const struct guide_element *el)
{
	static const uint16_t numbers[] = {
		67,      /* identification code */
		127,     /* reference identification */
		234,     /* product or service */
		364,     /* telephone, electronic mail */
		508,     /* account */
		1028,    /* the claim's own */
		1271,    /* a code of some list */
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (el->number == numbers[i])
			return true;
	return false;
}

/*
 * What a partner takes of a text; '\0': nothing like it. A delimiter is
 * told of when the segment is written, where all values are looked at.
 */
static char
fitted(const struct reading *r, const struct record_field *f, char c)
{
	const struct record_form *form = r->form;

	if (f->type != RECORD_TEXT && f->type != RECORD_CODE)
		return c;
	if (c != '\0' && (!form->basic || is_basic(c)) &&
	    (!form->replace || !is_delimiter(&form->delimiters, c)))
		return c;
	if (form->replace && f->type == RECORD_TEXT && !identifies(f->element))
		return ' ';
	return form->basic && c != '\0' && !is_basic(c) ? '\0' : c;
}

/* Characters that every partner takes as they are; how many. */
static size_t
take_usual(struct slice *raw, char *to)
{
	static const bool usual[256] = {
		['A' ... 'Z'] = true, ['0' ... '9'] = true, [' '] = true,
		['&'] = true, ['\''] = true, ['('] = true, [')'] = true,
		['+'] = true, [','] = true, ['-'] = true, ['.'] = true,
		['/'] = true,
	};
	size_t n = 0;

	for (; n < raw->n && usual[(unsigned char)raw->p[n]]; n++)
		to[n] = raw->p[n];
	*raw = slice(raw->p + n, raw->n - n);
	return n;
}

/* Without an element: a segment of `other`, whose bytes are kept. */
static bool
read_text(struct reading *r, const struct record_field *f, struct slice *to)
{
	bool as_is = !f->element;
	struct json_string s;
	uint32_t code;
	char *p;
	size_t n = 0;

	if (json_read_kind(&r->json) != JSON_STRING)
		return fault(r, "must be a text");
	if (!json_read_string(&r->json, &s))
		return fault(r, "is no text that JSON can hold: letters "
		    "beyond ASCII must be UTF-8, and there may be no line "
		    "end or tab in it");
	p = arena_alloc(r->arena, s.raw.n + 1);
	if (!p)
		return fault(r, "is too large");
	/* Where delimiters are replaced, each is looked at. */
	while (n += r->form->replace ? 0 : take_usual(&s.raw, p + n),
	    json_read_code(&s.raw, &code)) {
		bool kept = code < 0x7f && (as_is || (r->form->keep_case &&
		    code >= 'a' && code <= 'z'));
		char c = kept ? (char)code : plain(code);

		if (!as_is)
			c = fitted(r, f, c);
		if (c == '\0')
			return fault(r, "holds a character that X12, or the "
			    "partner's character set, does not have; use "
			    "plain letters");
		p[n++] = c;
	}
	if (s.raw.n > 0)
		return fault(r, "is no valid text");
	for (; n > 0 && p[0] == ' ' && !as_is; n--)
		p++;
	while (n > 0 && p[n - 1] == ' ' && !as_is)
		n--;
	*to = slice(p, n);
	return true;
}

static bool
read_word(struct reading *r, const struct record_field *f, struct slice *to)
{
	enum json_kind kind = json_read_kind(&r->json);

	if (f->type == RECORD_BOOL) {
		if (kind != JSON_WORD)
			return fault(r, "must be true or false");
	} else if (kind != JSON_NUMBER) {
		return fault(r, "must be a number");
	}
	return json_read_skip(&r->json, to) || fault(r, "is no JSON");
}

/* ---- values ------------------------------------------------------------- */

static bool read_object(struct reading *r, const struct record_field *f,
    struct record_value *to, bool root);

static bool
is_null(struct reading *r)
{
	struct json_read save = r->json;
	struct slice raw;

	if (json_read_kind(&r->json) == JSON_WORD &&
	    json_read_skip(&r->json, &raw) && slice_is(raw, "null"))
		return true;
	r->json = save;
	return false;
}

static bool
read_value(struct reading *r, const struct record_field *f,
    struct record_value **cell)
{
	struct record_value *v;
	struct slice text = { NULL, 0 };

	if (is_null(r))
		return true;
	v = record_object(r->arena, f);
	if (!v)
		return fault(r, "is too large");
	if (f->type == RECORD_OBJECT) {
		if (!read_object(r, f, v, false))
			return false;
		record_append(cell, v);
		return true;
	}
	if (f->type == RECORD_NUMBER || f->type == RECORD_BOOL ?
	    !read_word(r, f, &text) :
	    !read_text(r, f, &text))
		return false;
	v->text = text;
	if (text.n > 0)
		record_append(cell, v);
	return true;
}

static bool
read_list(struct reading *r, const struct record_field *f,
    struct record_value **cell)
{
	bool first;

	if (json_read_kind(&r->json) != JSON_ARRAY)
		return is_null(r) || fault(r, "must be a list: [ .. ]");
	if (!json_read_open(&r->json, '[', &first))
		return fault(r, "is no JSON");
	for (unsigned i = 0; json_read_item(&r->json, &first); i++) {
		size_t before = push_index(r, i);

		if (!read_value(r, f, cell))
			return false;
		r->n = before;
	}
	return !r->json.wrong || fault(r, "is no JSON");
}

/* A field's key is its name between quotes, and a colon. */
static inline bool
is_named(const struct record_field *f, struct slice name)
{
	return f->key.n == name.n + 3 &&
	    memcmp(f->key.p + 1, name.p, name.n) == 0;
}

/* Most records have their members in our order: the one after `last` first. */
static const struct record_field *
find(const struct record_field *f, const struct record_field *last,
    struct slice name)
{
	if (last && last->next && is_named(last->next, name))
		return last->next;
	for (f = f->first; f; f = f->next)
		if (is_named(f, name))
			return f;
	return NULL;
}

static bool
read_member(struct reading *r, const struct record_field *m,
    struct record_value *to, struct slice key, bool root)
{
	struct slice ignored;
	size_t before;
	bool ok;

	if (root && (slice_is(key, "type") || slice_is(key, "source")))
		return json_read_skip(&r->json, &ignored) ||
		    fault(r, "is no JSON");
	if (!m && r->loose)
		return json_read_skip(&r->json, &ignored) ||
		    fault(r, "is no JSON");
	if (!m)
		return fault(r, "has a member that this kind of record does "
		    "not have; see `x12 records table`");
	before = push_name(r, m->name);
	if (to->cell[m->slot])
		return fault(r, "stands there twice");
	ok = m->list ? read_list(r, m, &to->cell[m->slot]) :
	    read_value(r, m, &to->cell[m->slot]);
	r->n = before;
	return ok;
}

static bool
read_object(struct reading *r, const struct record_field *f,
    struct record_value *to, bool root)
{
	const struct record_field *m = NULL;
	struct json_string key;
	bool first;

	if (json_read_kind(&r->json) != JSON_OBJECT)
		return fault(r, "must be an object: { .. }");
	if (!json_read_open(&r->json, '{', &first))
		return fault(r, "is no JSON");
	while (json_read_member(&r->json, &first, &key)) {
		m = find(f, m, key.raw);
		if (!read_member(r, m, to, key.raw, root))
			return false;
	}
	return !r->json.wrong || fault(r, "is no JSON");
}

struct slice
record_read_type(struct slice line)
{
	struct slice type = { NULL, 0 }, ignored;
	struct json_string key, value;
	struct json_read r;
	bool first;

	json_read_init(&r, line);
	if (!json_read_open(&r, '{', &first))
		return type;
	while (json_read_member(&r, &first, &key)) {
		if (!slice_is(key.raw, "type")) {
			json_read_skip(&r, &ignored);
			continue;
		}
		if (json_read_string(&r, &value))
			type = value.raw;
		break;
	}
	return type;
}

static struct record_value *
read_line(struct arena *a, const struct record_kind *k, struct slice line,
    const struct record_form *form, bool loose, struct record_fault *f)
{
	struct reading r = { .arena = a, .form = form, .fault = f,
		.loose = loose };
	struct record_value *root = record_object(a, k->root);

	*f = (struct record_fault){ "", "", NULL };
	json_read_init(&r.json, line);
	if (!root)
		fault(&r, "is too large");
	else if (read_object(&r, k->root, root, true) &&
	    !json_read_end(&r.json))
		fault(&r, "is no JSON: something stands after the object");
	return f->text[0] ? NULL : root;
}

struct record_value *
record_read(struct arena *a, const struct record_kind *k, struct slice line,
    const struct record_form *form, struct record_fault *f)
{
	return read_line(a, k, line, form, false, f);
}

struct record_value *
record_read_loose(struct arena *a, const struct record_kind *k,
    struct slice line, const struct record_form *form,
    struct record_fault *f)
{
	return read_line(a, k, line, form, true, f);
}
