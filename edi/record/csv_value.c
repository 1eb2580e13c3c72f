/* SPDX-License-Identifier: ISC */
#include "edi/record/csv_value.h"

#include <stdio.h>

#include "base/utf8.h"

/* ---- texts --------------------------------------------------------------- */

static bool
is_utf8(struct slice s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s.p, s.n);

		if (n == 0)
			return false;
		s = slice(s.p + n, s.n - n);
	}
	return true;
}

static size_t
count_digits(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* 1.23457E+11: what a spreadsheet makes of a long number. */
static bool
is_rounded(struct slice s)
{
	size_t n = count_digits(s);

	if (n != 1 || s.n < 6 || s.p[1] != '.')
		return false;
	s = slice(s.p + 2, s.n - 2);
	n = count_digits(s);
	return n > 0 && s.n > n + 2 && s.p[n] == 'E' && s.p[n + 1] == '+' &&
	    count_digits(slice(s.p + n + 2, s.n - n - 2)) == s.n - n - 2;
}

/* ---- days ---------------------------------------------------------------- */

struct day {
	unsigned year, month, day;
};

/* Up to `most` digits; false when there are none. */
static bool
take_number(struct slice *s, size_t least, size_t most, unsigned *to)
{
	size_t n = count_digits(*s);

	if (n < least)
		return false;
	n = n < most ? n : most;
	*to = 0;
	for (size_t i = 0; i < n; i++)
		*to = *to * 10 + (unsigned)(s->p[i] - '0');
	*s = slice(s->p + n, s->n - n);
	return true;
}

static bool
take_char(struct slice *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = slice(s->p + 1, s->n - 1);
	return true;
}

/* 1/31/2026, 20260131 or 2026-01-31; takes it from *s. */
static bool
take_day(struct slice *s, struct day *d)
{
	struct slice save = *s;

	if (take_number(s, 1, 2, &d->month) && take_char(s, '/') &&
	    take_number(s, 1, 2, &d->day) && take_char(s, '/') &&
	    take_number(s, 4, 4, &d->year))
		return true;
	*s = save;
	if (count_digits(*s) == 8)
		return take_number(s, 4, 4, &d->year) &&
		    take_number(s, 2, 2, &d->month) &&
		    take_number(s, 2, 2, &d->day);
	return take_number(s, 4, 4, &d->year) && take_char(s, '-') &&
	    take_number(s, 2, 2, &d->month) && take_char(s, '-') &&
	    take_number(s, 2, 2, &d->day);
}

/* The record's form; what is no day is left as it is, to be refused. */
static bool
days(struct slice s, char to[static 32])
{
	struct day from, until;
	bool more;

	if (!take_day(&s, &from))
		return false;
	more = take_char(&s, '/') || take_char(&s, '-');
	if ((more && !take_day(&s, &until)) || s.n > 0)
		return false;
	if (more)
		snprintf(to, 32, "%04u-%02u-%02u/%04u-%02u-%02u",
		    from.year % 10000, from.month % 100, from.day % 100,
		    until.year % 10000, until.month % 100, until.day % 100);
	else
		snprintf(to, 32, "%04u-%02u-%02u", from.year % 10000,
		    from.month % 100, from.day % 100);
	return true;
}

/* ---- numbers ------------------------------------------------------------- */

/* As JSON has them: a digit before the point, no zeros in front. */
static bool
number(struct slice s, char to[static 32])
{
	bool negative = take_char(&s, '-');
	size_t whole = count_digits(s), part = 0, zeros = 0;

	if (whole < s.n && s.p[whole] == '.')
		part = count_digits(slice(s.p + whole + 1, s.n - whole - 1));
	if (whole + part == 0 || whole + part > 20 ||
	    whole + (s.n > whole) + part != s.n)
		return false;
	while (zeros < whole && s.p[zeros] == '0')
		zeros++;
	snprintf(to, 32, "%s%.*s%s%.*s", negative ? "-" : "",
	    zeros == whole ? 1 : (int)(whole - zeros),
	    zeros == whole ? "0" : s.p + zeros, part ? "." : "", (int)part,
	    part ? s.p + whole + 1 : "");
	return true;
}

static const char *
truth(struct slice s)
{
	static const char *const yes[] = { "Y", "YES", "TRUE", "1" };
	static const char *const no[] = { "N", "NO", "FALSE", "0" };
	char word[8];

	if (!slice_copy(s, word, sizeof(word)))
		return NULL;
	for (char *p = word; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(word, yes[i]) == 0)
			return "true";
		if (strcmp(word, no[i]) == 0)
			return "false";
	}
	return NULL;
}

/* ---- by type ------------------------------------------------------------- */

const char *
record_csv_value(struct arena *a, const struct record_field *f,
    struct slice s, struct slice *to)
{
	char room[32];
	const char *p;

	if (!is_utf8(s))
		return "is no UTF-8; save the table as CSV in UTF-8";
	if (f->type == RECORD_BOOL) {
		if (!(p = truth(s)))
			return "must be Y or N";
		s = slice_str(p);
	} else if (f->type == RECORD_NUMBER) {
		if (!number(s, room))
			return "is no number: write 12 or 1.5";
		s = slice_str(room);
	} else if (f->type == RECORD_DATE || f->type == RECORD_PERIOD) {
		if (days(s, room))
			s = slice_str(room);
	} else if (is_rounded(s)) {
		return "is a number that a spreadsheet has rounded; make the "
		    "column text and enter it again";
	}
	p = arena_copy(a, s);
	*to = slice(p, p ? s.n : 0);
	return p ? NULL : "is too long";
}
