/* SPDX-License-Identifier: ISC */
#include "edi/record/value.h"

#include "edi/calendar.h"
#include "edi/money.h"

/* ---- trees -------------------------------------------------------------- */

struct record_value *
record_object(struct arena *a, const struct record_field *f)
{
	return arena_alloc(a, sizeof(struct record_value) +
	    f->count * sizeof(struct record_value *));
}

/* The member in a slot: a path is short, and its last is known. */
static const struct record_field *
member(const struct record_field *f, unsigned slot)
{
	f = f->first;
	while (slot-- > 0)
		f = f->next;
	return f;
}

struct record_value **
record_cell(struct arena *a, struct record_value *from,
    const struct record_field *at, const struct record_path *path)
{
	struct record_value **cell = &from->cell[path->slot[0]];

	for (unsigned i = 1; i < path->count; i++) {
		at = member(at, path->slot[i - 1]);
		if (!*cell && !(*cell = record_object(a, at)))
			return NULL;
		cell = &(*cell)->cell[path->slot[i]];
	}
	return cell;
}

struct record_value *
record_find(const struct record_value *from, const struct record_path *path)
{
	struct record_value *v = NULL;

	for (unsigned i = 0; i < path->count; i++) {
		v = from->cell[path->slot[i]];
		if (!v)
			return NULL;
		from = v;
	}
	return v;
}

void
record_append(struct record_value **cell, struct record_value *v)
{
	if (*cell) {
		(*cell)->last->next = v;
		(*cell)->last = v;
		return;
	}
	*cell = v;
	v->last = v;
}

/* ---- dates and times ---------------------------------------------------- */

/* Characters of `from` by a picture: a letter takes the next, else itself. */
static struct slice
paint(const char *picture, const char *from, char *room)
{
	size_t n = 0;

	for (; picture[n]; n++)
		room[n] = picture[n] == 'd' ? *from++ : picture[n];
	return slice(room, n);
}

static bool
is_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool
date_from(struct slice s, char *room, struct slice *to)
{
	if (!calendar_date8(s))
		return false;
	*to = paint("dddd-dd-dd", s.p, room);
	return true;
}

static bool
time_from(struct slice s, char *room, struct slice *to)
{
	static const char *const pictures[] = { "dd:dd", NULL, "dd:dd:dd",
		"dd:dd:dd.d", "dd:dd:dd.dd" };

	if (!calendar_time(s))
		return false;
	*to = paint(pictures[s.n - 4], s.p, room);
	return true;
}

static bool
period_from(struct slice s, struct slice format, char *room, struct slice *to)
{
	struct slice day = slice(s.p, s.n < 8 ? s.n : 8);

	if (!calendar_date8(day))
		return false;
	if (slice_is(format, "D8") && s.n == 8) {
		*to = paint("dddd-dd-dd", s.p, room);
		return true;
	}
	if (slice_is(format, "DT") && s.n == 12 &&
	    calendar_time(slice(s.p + 8, 4))) {
		*to = paint("dddd-dd-ddTdd:dd", s.p, room);
		return true;
	}
	if (!slice_is(format, "RD8") || s.n != 17 || s.p[8] != '-' ||
	    !calendar_date8(slice(s.p + 9, 8)))
		return false;
	paint("dddd-dd-dd/", s.p, room);
	*to = slice(room, 11 + paint("dddd-dd-dd", s.p + 9, room + 11).n);
	return true;
}

/* Take the digits out, by the same picture. */
static bool
unpaint(const char *picture, struct slice s, char *room, struct slice *to)
{
	size_t n = 0;

	if (s.n != strlen(picture))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (picture[i] == 'd')
			room[n++] = s.p[i];
		else if (picture[i] != s.p[i])
			return false;
	}
	*to = slice(room, n);
	return is_digits(*to);
}

static const char *
date_to(struct slice s, char *room, struct slice *to)
{
	if (unpaint("dddd-dd-dd", s, room, to) && calendar_date8(*to))
		return NULL;
	return "is no date: write 2026-01-31";
}

static const char *
time_to(struct slice s, char *room, struct slice *to)
{
	if ((unpaint("dd:dd", s, room, to) ||
	    unpaint("dd:dd:dd", s, room, to) ||
	    unpaint("dd:dd:dd.d", s, room, to) ||
	    unpaint("dd:dd:dd.dd", s, room, to)) && calendar_time(*to))
		return NULL;
	return "is no time of day: write 18:05 or 18:05:30";
}

static const char *
period_to(struct slice s, char *room, struct slice *to, const char **format)
{
	struct slice second;

	*format = "D8";
	if (s.n == 10)
		return date_to(s, room, to);
	if (s.n == 21 && s.p[10] == '/' && !date_to(slice(s.p, 10), room,
	    to) && !date_to(slice(s.p + 11, 10), room + 9, &second)) {
		room[8] = '-';
		*to = slice(room, 17);
		*format = "RD8";
		return NULL;
	}
	*format = "DT";
	if (unpaint("dddd-dd-ddTdd:dd", s, room, to) &&
	    calendar_date8(slice(room, 8)) && calendar_time(slice(room + 8,
	    4)))
		return NULL;
	return "is no date or period: write 2026-01-31, or "
	    "2026-01-05/2026-01-12, or 2026-01-31T13:45";
}

/* ---- numbers ------------------------------------------------------------ */

/* A sign, digits, a point and digits, of which one must be. */
struct decimal {
	bool negative;
	struct slice whole, part;    /* without zeros that say nothing */
};

static bool
decimal_parse(struct slice s, struct decimal *d)
{
	const char *point;

	*d = (struct decimal){ .negative = s.n > 0 && s.p[0] == '-' };
	if (d->negative)
		s = slice(s.p + 1, s.n - 1);
	point = s.n ? memchr(s.p, '.', s.n) : NULL;
	d->whole = slice(s.p, point ? (size_t)(point - s.p) : s.n);
	if (point)
		d->part = slice(point + 1, s.n - d->whole.n - 1);
	if (d->whole.n + d->part.n == 0 || !is_digits(d->whole) ||
	    !is_digits(d->part))
		return false;
	while (d->whole.n > 0 && d->whole.p[0] == '0')
		d->whole = slice(d->whole.p + 1, d->whole.n - 1);
	while (d->part.n > 0 && d->part.p[d->part.n - 1] == '0')
		d->part.n--;
	if (d->whole.n + d->part.n == 0)
		d->negative = false;
	return d->whole.n + d->part.n + 4 <= RECORD_VALUE_TEXT;
}

/* zero: what stands before the point of a number below one. */
static struct slice
decimal_text(const struct decimal *d, bool zero, char *room)
{
	size_t n = 0;

	if (d->negative)
		room[n++] = '-';
	if (d->whole.n == 0 && (zero || d->part.n == 0))
		room[n++] = '0';
	for (size_t i = 0; i < d->whole.n; i++)
		room[n++] = d->whole.p[i];
	if (d->part.n > 0)
		room[n++] = '.';
	for (size_t i = 0; i < d->part.n; i++)
		room[n++] = d->part.p[i];
	return slice(room, n);
}

static bool
money_from(struct slice s, char *room, struct slice *to)
{
	struct decimal d;

	if (!decimal_parse(s, &d) || d.part.n > 2)
		return false;
	*to = decimal_text(&d, true, room);
	if (d.part.n == 0)
		room[to->n++] = '.';
	for (size_t i = d.part.n; i < 2; i++)
		room[to->n++] = '0';
	return true;
}

static bool
number_from(struct slice s, char *room, struct slice *to)
{
	struct decimal d;

	if (!decimal_parse(s, &d))
		return false;
	*to = decimal_text(&d, true, room);
	return true;
}

static const char *
number_to(struct slice s, unsigned places, char *room, struct slice *to)
{
	struct decimal d;

	if (!decimal_parse(s, &d) || (places && d.part.n > places))
		return places ? "is no amount: write 120.50" :
		    "is no number: write 12 or 1.5";
	*to = decimal_text(&d, false, room);
	return NULL;
}

/* ---- by type ------------------------------------------------------------ */

static bool
bool_from(struct slice s, struct slice *to)
{
	if (slice_is(s, "Y"))
		*to = SLICE_LIT("true");
	else if (slice_is(s, "N"))
		*to = SLICE_LIT("false");
	else
		return false;
	return true;
}

bool
record_from_x12(enum record_type type, struct slice x12, struct slice format,
    char room[static RECORD_VALUE_TEXT], struct slice *to)
{
	*to = x12;
	switch (type) {
	case RECORD_DATE:
		return date_from(x12, room, to);
	case RECORD_TIME:
		return time_from(x12, room, to);
	case RECORD_PERIOD:
		return period_from(x12, format, room, to);
	case RECORD_MONEY:
		return money_from(x12, room, to);
	case RECORD_NUMBER:
		return number_from(x12, room, to);
	case RECORD_BOOL:
		return bool_from(x12, to);
	default:
		return true;
	}
}

const char *
record_to_x12(enum record_type type, struct slice text,
    char room[static RECORD_VALUE_TEXT], struct slice *to,
    const char **format)
{
	*to = text;
	switch (type) {
	case RECORD_DATE:
		return date_to(text, room, to);
	case RECORD_TIME:
		return time_to(text, room, to);
	case RECORD_PERIOD:
		return period_to(text, room, to, format);
	case RECORD_MONEY:
		return number_to(text, 2, room, to);
	case RECORD_NUMBER:
		return number_to(text, 0, room, to);
	case RECORD_BOOL:
		*to = slice_is(text, "true") ? SLICE_LIT("Y") : SLICE_LIT("N");
		return NULL;
	default:
		return NULL;
	}
}
