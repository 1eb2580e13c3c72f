/* SPDX-License-Identifier: ISC */
#include "base/json_read.h"

#include "base/utf8.h"

void
json_read_init(struct json_read *r, struct slice bytes)
{
	*r = (struct json_read){ .p = bytes.p, .end = bytes.p + bytes.n };
}

static bool
wrong(struct json_read *r, const char *why)
{
	if (!r->wrong)
		r->wrong = why;
	return false;
}

static inline void
skip_blanks(struct json_read *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	    *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

/* Take the character when it comes next. */
static inline bool
take(struct json_read *r, char c)
{
	skip_blanks(r);
	if (r->wrong || r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

enum json_kind
json_read_kind(struct json_read *r)
{
	static const uint8_t kinds[256] = {
		['{'] = JSON_OBJECT, ['['] = JSON_ARRAY, ['"'] = JSON_STRING,
		['-'] = JSON_NUMBER, ['0' ... '9'] = JSON_NUMBER,
		['t'] = JSON_WORD, ['f'] = JSON_WORD, ['n'] = JSON_WORD,
	};

	skip_blanks(r);
	if (r->wrong || r->p == r->end)
		return JSON_NOTHING;
	return kinds[(unsigned char)*r->p];
}

bool
json_read_open(struct json_read *r, char bracket, bool *first)
{
	*first = true;
	if (!take(r, bracket))
		return wrong(r, bracket == '{' ? "an object must stand here" :
		    "an array must stand here");
	if (++r->depth > JSON_READ_DEPTH)
		return wrong(r, "nested too deeply");
	return true;
}

/* The comma before all but the first; false at the end. */
static bool
next(struct json_read *r, bool *first, char bracket)
{
	bool was_first = *first;

	*first = false;
	if (take(r, bracket)) {
		r->depth--;
		return false;
	}
	if (was_first)
		return !r->wrong;
	return take(r, ',') || wrong(r, "a comma or the closing bracket is "
	    "missing");
}

bool
json_read_member(struct json_read *r, bool *first, struct json_string *key)
{
	return next(r, first, '}') && json_read_string(r, key) &&
	    (take(r, ':') || wrong(r, "a colon is missing"));
}

bool
json_read_item(struct json_read *r, bool *first)
{
	return next(r, first, ']');
}

/* ---- strings ------------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits; -1 when they are not. */
static int32_t
hex4(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* A backslash stands at p: the length of the escape, 0 when it is none. */
static size_t
escape_length(const char *p, const char *end)
{
	if (end - p < 2)
		return 0;
	if (p[1] == 'u')
		return hex4(p + 2, end) < 0 ? 0 : 6;
	return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) ? 2 : 0;
}

bool
json_read_string(struct json_read *r, struct json_string *to)
{
	static const bool printable[256] = {
		[' ' ... '!'] = true, ['#' ... '['] = true,
		[']' ... 0x7f] = true,
	};
	const char *p, *end = r->end;

	if (!take(r, '"'))
		return wrong(r, "a string must stand here");
	to->plain = true;
	for (p = r->p;;) {
		size_t n = 0;

		while (p < end && printable[(unsigned char)*p])
			p++;
		if (p == end)
			return wrong(r, "a string has no end");
		if (*p == '"')
			break;
		to->plain = false;
		if (*p == '\\')
			n = escape_length(p, end);
		else if ((unsigned char)*p >= 0x80)
			n = utf8_length(p, (size_t)(end - p));
		if (n == 0) {
			r->p = p;
			return wrong(r, *p == '\\' ? "no such escape" :
			    (unsigned char)*p >= 0x80 ? "this is not UTF-8" :
			    "a control character in a string");
		}
		p += n;
	}
	to->raw = slice(r->p, (size_t)(p - r->p));
	r->p = p + 1;
	return true;
}

/* The code point of valid UTF-8. */
static uint32_t
utf8_code(const char *p, size_t n)
{
	static const uint8_t mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (unsigned char)p[0] & mask[n];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)p[i] & 0x3f);
	return code;
}

static bool
read_escape(struct slice *raw, uint32_t *code)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *p = raw->p, *end = raw->p + raw->n;
	size_t n = escape_length(p, end);
	int32_t low;

	if (n == 0)
		return false;
	*code = n == 2 ? (uint32_t)bytes[strchr(names, p[1]) - names] :
	    (uint32_t)hex4(p + 2, end);
	if (*code >= 0xdc00 && *code <= 0xdfff)
		return false;
	if (*code >= 0xd800 && *code <= 0xdbff) {
		if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
			return false;
		low = hex4(p + 8, end);
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		*code = 0x10000 + ((*code - 0xd800) << 10) +
		    (uint32_t)(low - 0xdc00);
		n = 12;
	}
	*raw = slice(p + n, raw->n - n);
	return true;
}

bool
json_read_code(struct slice *raw, uint32_t *code)
{
	size_t n;

	if (raw->n == 0)
		return false;
	if (raw->p[0] == '\\')
		return read_escape(raw, code);
	n = utf8_length(raw->p, raw->n);
	if (n == 0)
		return false;
	*code = utf8_code(raw->p, n);
	*raw = slice(raw->p + n, raw->n - n);
	return true;
}

/* ---- any value ----------------------------------------------------------- */

static const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static bool
skip_number(struct json_read *r)
{
	const char *p = r->p, *end = r->end, *q;
	bool zero;

	p += *p == '-';
	zero = p < end && *p == '0';
	q = zero ? p + 1 : skip_digits(p, end);
	if (q == p)
		return wrong(r, "this is no number");
	if (q < end && *q == '.') {
		p = q + 1;
		q = skip_digits(p, end);
		if (q == p)
			return wrong(r, "this is no number");
	}
	if (q < end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		p += p < end && (*p == '+' || *p == '-');
		q = skip_digits(p, end);
		if (q == p)
			return wrong(r, "this is no number");
	}
	r->p = q;
	return true;
}

static bool
skip_word(struct json_read *r)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(r->end - r->p) >= n &&
		    memcmp(r->p, words[i], n) == 0) {
			r->p += n;
			return true;
		}
	}
	return wrong(r, "no value begins so");
}

/* As deep as JSON_READ_DEPTH, which json_read_open() sees to. */
static bool
skip_value(struct json_read *r)
{
	struct json_string s;
	bool first;

	switch (json_read_kind(r)) {
	case JSON_OBJECT:
		if (json_read_open(r, '{', &first))
			while (json_read_member(r, &first, &s))
				if (!skip_value(r))
					break;
		return !r->wrong;
	case JSON_ARRAY:
		if (json_read_open(r, '[', &first))
			while (json_read_item(r, &first))
				if (!skip_value(r))
					break;
		return !r->wrong;
	case JSON_STRING:
		return json_read_string(r, &s);
	case JSON_NUMBER:
		return skip_number(r);
	case JSON_WORD:
		return skip_word(r);
	case JSON_NOTHING:
		break;
	}
	return wrong(r, "a value is missing");
}

bool
json_read_skip(struct json_read *r, struct slice *raw)
{
	const char *from;

	skip_blanks(r);
	from = r->p;
	if (!skip_value(r))
		return false;
	*raw = slice(from, (size_t)(r->p - from));
	return true;
}

bool
json_read_end(struct json_read *r)
{
	skip_blanks(r);
	if (!r->wrong && r->p < r->end)
		wrong(r, "something stands after the value");
	return !r->wrong;
}
