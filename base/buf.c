/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "base/digits.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

static bool
buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	while (cap < need)
		cap *= 2;
	p = realloc(b->p, cap);
	if (!p)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

char *
buf_space(struct buf *b, size_t n)
{
	/* One byte more than asked, so that buf_str() can always end it. */
	if (b->failed || n > b->max || b->n > b->max - n ||
	    (b->n + n + 1 > b->cap && !buf_grow(b, b->n + n + 1))) {
		b->failed = true;
		return NULL;
	}
	return b->p + b->n;
}

bool
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_space(b, n);

	if (!to)
		return false;
	if (n > 0)
		memcpy(to, p, n);
	b->n += n;
	return true;
}

bool
buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_add_u64(struct buf *b, uint64_t v)
{
	char text[DIGITS_TEXT];
	struct slice s = digits_text(v, text);

	return buf_add(b, s.p, s.n);
}

bool
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	to = buf_space(b, (size_t)n);
	if (!to)
		return false;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return true;
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n < b->n)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

const char *
buf_str(struct buf *b)
{
	if (b->failed || b->n == 0)
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
