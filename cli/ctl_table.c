/* SPDX-License-Identifier: ISC */
#include "cli/ctl_table.h"

#include "edi/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { CELL_MAX = 4096, COLUMNS_MAX = 20, SHORT_ID = 8 };

const char *
ctl_string(json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

int64_t
ctl_number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void
ctl_clean(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		/* 0xC2 0x80..0x9F are control characters too (C1). */
		if (c == 0xc2 && (unsigned char)text[1] >= 0x80 &&
		    (unsigned char)text[1] < 0xa0) {
			buf_add_char(out, '?');
			text++;
		} else
			buf_add_char(out, c < ' ' || c == 0x7f ? '?' :
			    (char)c);
	}
}

/* ---- values ------------------------------------------------------------- */

static void
value_text(json_t *v, struct buf *to)
{
	ctl_clean(to, json_string_value(v) ? json_string_value(v) : "");
}

static void
value_number(json_t *v, struct buf *to)
{
	buf_addf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
}

static void
value_time(json_t *v, struct buf *to)
{
	time_t t = (time_t)(json_integer_value(v) / 1000);
	struct tm tm;
	char text[32];

	if (t > 0 && localtime_r(&t, &tm) && strftime(text, sizeof(text),
	    "%Y-%m-%d %H:%M:%S", &tm) > 0)
		buf_add_str(to, text);
}

static void
value_money(json_t *v, struct buf *to)
{
	char text[MONEY_TEXT];

	money_decimal(json_integer_value(v), text);
	buf_add_str(to, text);
}

static void
value_size(json_t *v, struct buf *to)
{
	json_int_t n = json_integer_value(v);

	if (n < 10000)
		buf_addf(to, "%" JSON_INTEGER_FORMAT " B", n);
	else if (n < 10000000)
		buf_addf(to, "%" JSON_INTEGER_FORMAT " KB", n / 1000);
	else
		buf_addf(to, "%" JSON_INTEGER_FORMAT " MB", n / 1000000);
}

static void
value_yes(json_t *v, struct buf *to)
{
	buf_add_str(to, json_is_true(v) ? "yes" : "");
}

static void
value_short_id(json_t *v, struct buf *to)
{
	const char *s = json_string_value(v);
	size_t n = s ? strlen(s) : 0;

	if (s)
		ctl_clean(to, n > SHORT_ID ? s + n - SHORT_ID : s);
}

static const struct {
	void (*put)(json_t *v, struct buf *to);
	bool right;
} ctl_forms[] = {
	[CTL_TEXT] = { value_text, false },
	[CTL_NUMBER] = { value_number, true },
	[CTL_TIME] = { value_time, false },
	[CTL_MONEY] = { value_money, true },
	[CTL_SIZE] = { value_size, true },
	[CTL_YES] = { value_yes, false },
	[CTL_SHORT_ID] = { value_short_id, false },
};

void
ctl_value(json_t *object, const char *key, enum ctl_form form,
    struct buf *to)
{
	json_t *v = json_object_get(object, key);

	if (v)
		ctl_forms[form].put(v, to);
}

/* ---- the table ---------------------------------------------------------- */

/* Columns on a terminal: a byte that continues a character takes none. */
static size_t
cell_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static const char *
cell(json_t *row, const struct ctl_column *c, struct buf *scratch)
{
	buf_reset(scratch);
	ctl_value(row, c->key, c->form, scratch);
	return buf_str(scratch);
}

static void
table_pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, ' ');
}

static void
table_put(struct buf *out, const char *text, size_t width, bool right,
    bool last)
{
	size_t n = cell_width(text), pad = width > n ? width - n : 0;

	if (right)
		table_pad(out, pad);
	buf_add_str(out, text);
	if (!right && !last)
		table_pad(out, pad);
	buf_add_str(out, last ? "\n" : "  ");
}

void
ctl_table(struct buf *out, const struct ctl_column *columns, size_t n,
    json_t *const *rows, size_t count)
{
	size_t width[COLUMNS_MAX] = { 0 }, last = 0;
	struct buf scratch;

	buf_init(&scratch, CELL_MAX);
	for (size_t c = 0; c < n && c < COLUMNS_MAX; c++) {
		for (size_t r = 0; r < count; r++) {
			size_t w = cell_width(cell(rows[r], &columns[c],
			    &scratch));

			width[c] = w > width[c] ? w : width[c];
		}
		if (width[c] == 0)
			continue;       /* nothing in it */
		if (width[c] < strlen(columns[c].title))
			width[c] = strlen(columns[c].title);
		last = c;
	}
	for (size_t c = 0; c <= last && c < n; c++)
		if (width[c] > 0)
			table_put(out, columns[c].title, width[c],
			    ctl_forms[columns[c].form].right, c == last);
	for (size_t r = 0; r < count; r++)
		for (size_t c = 0; c <= last && c < n; c++)
			if (width[c] > 0)
				table_put(out, cell(rows[r], &columns[c],
				    &scratch), width[c],
				    ctl_forms[columns[c].form].right,
				    c == last);
	buf_free(&scratch);
}
