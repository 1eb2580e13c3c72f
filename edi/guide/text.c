/* SPDX-License-Identifier: ISC */
#include "edi/guide/text.h"

#include <stdarg.h>
#include <stdio.h>

void
guide_text_init(struct guide_text *t, struct slice text, const char *what)
{
	t->what = what;
	t->p = text.p;
	t->end = text.p + text.n;
	t->number = 0;
}

static struct slice
trim(struct slice s)
{
	while (s.n > 0 && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' ' ||
	    s.p[s.n - 1] == '\t'))
		s.n--;
	while (s.n > 0 && s.p[0] == ' ')
		s = slice(s.p + 1, s.n - 1);
	return s;
}

bool
guide_text_next(struct guide_text *t, struct guide_line *to)
{
	while (t->p < t->end) {
		const char *start = t->p;
		const char *nl = memchr(start, '\n', (size_t)(t->end - start));
		struct slice s = slice(start,
		    (size_t)((nl ? nl : t->end) - start));

		t->p = nl ? nl + 1 : t->end;
		t->number++;
		to->rest = trim(s);
		if (to->rest.n == 0 || to->rest.p[0] == '#')
			continue;
		to->what = t->what;
		to->number = t->number;
		to->indent = (unsigned)(to->rest.p - start);
		return true;
	}
	return false;
}

void
guide_text_unread(struct guide_text *t, const struct guide_line *l)
{
	t->p = l->rest.p - l->indent;
	t->number = l->number - 1;
}

static size_t
word_length(struct slice s)
{
	bool quoted = false;
	size_t n = 0;

	while (n < s.n && (quoted || s.p[n] != ' ')) {
		if (s.p[n] == '"')
			quoted = !quoted;
		n++;
	}
	return n;
}

struct slice
guide_line_peek(const struct guide_line *l)
{
	return slice(l->rest.p, word_length(l->rest));
}

struct slice
guide_line_word(struct guide_line *l)
{
	struct slice word = guide_line_peek(l);

	l->rest = trim(slice(l->rest.p + word.n, l->rest.n - word.n));
	return word;
}

struct slice
guide_list_item(struct slice *list)
{
	bool quoted = false;
	size_t n = 0;
	struct slice item;

	while (n < list->n && (quoted || list->p[n] != ',')) {
		if (list->p[n] == '"')
			quoted = !quoted;
		n++;
	}
	item = slice(list->p, n);
	if (n < list->n)
		n++;
	*list = slice(list->p + n, list->n - n);
	if (item.n >= 2 && item.p[0] == '"' && item.p[item.n - 1] == '"')
		item = slice(item.p + 1, item.n - 2);
	return item;
}

int
guide_line_error(const struct guide_line *l, struct err *e, const char *fmt,
    ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, -EINVAL, "%s:%u: %s", l->what, l->number, text);
}

bool
guide_parse_range(struct slice s, unsigned *low, unsigned *high)
{
	uint64_t a = 0, b;
	size_t dots = 0;

	while (dots < s.n && s.p[dots] != '.')
		dots++;
	if (dots > 0 && !slice_u64(slice(s.p, dots), &a))
		return false;
	if (dots == s.n) {
		*low = *high = (unsigned)a;
		return s.n > 0 && a < 100000;
	}
	if (dots + 2 >= s.n || s.p[dots + 1] != '.' ||
	    !slice_u64(slice(s.p + dots + 2, s.n - dots - 2), &b))
		return false;
	*low = (unsigned)a;
	*high = (unsigned)b;
	return a <= b && b < 100000;
}
