/* SPDX-License-Identifier: ISC */
#include "base/zone.h"

#include "base/io.h"
#include "base/slice.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define DAY INT64_C(86400)
#define MINUTE INT64_C(60)

enum { ZONE_BYTES = 1 << 20, ZONE_HEAD = 44 };

/* A day of the year, as the footer of a file says it. */
struct zone_date {
	char kind;              /* 'M': week of a month; 'J', 'n': day */
	int month, week, day;   /* of 'M'; day alone of the others */
	int32_t second;         /* local, may be less than 0 or past a day */
};

/* What holds after the last change that is in the table. */
struct zone_rule {
	bool known, changes;
	int32_t offset, summer; /* seconds east of Greenwich */
	struct zone_date begin, end;
};

struct zone {
	uint32_t count;         /* changes in the table */
	int64_t *when;          /* seconds since 1970 UTC, ascending */
	int32_t *offset;        /* from then on */
	int32_t first;          /* before the first */
	struct zone_rule rule;
};

/* ---- the calendar ------------------------------------------------------- */

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
static int64_t
day_of(int64_t year, int month, int day)
{
	int64_t era, of_era, of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static int64_t
year_of(int64_t day)
{
	int64_t year = 1970 + day / 366;

	while (day >= day_of(year + 1, 1, 1))
		year++;
	while (day < day_of(year, 1, 1))
		year--;
	return year;
}

static int
weekday_of(int64_t day)
{
	int w = (int)((day + 4) % 7);   /* 1970-01-01 was a Thursday */

	return w < 0 ? w + 7 : w;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- the footer: "EST5EDT,M3.2.0,M11.1.0" ------------------------------- */

static bool
footer_name(const char **p)
{
	const char *at = *p;

	if (*at == '<') {
		at = strchr(at, '>');
		if (!at)
			return false;
		*p = at + 1;
		return true;
	}
	while ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z'))
		at++;
	if (at - *p < 3)
		return false;
	*p = at;
	return true;
}

static bool
footer_number(const char **p, int lo, int hi, int *to)
{
	int n = 0, digits = 0;

	for (; **p >= '0' && **p <= '9' && digits < 4; (*p)++, digits++)
		n = n * 10 + (**p - '0');
	*to = n;
	return digits > 0 && n >= lo && n <= hi;
}

/* [+-]hh[:mm[:ss]] */
static bool
footer_time(const char **p, int32_t *to)
{
	int sign = **p == '-' ? -1 : 1, h, m = 0, s = 0;

	if (**p == '-' || **p == '+')
		++*p;
	if (!footer_number(p, 0, 167, &h))
		return false;
	if (**p == ':' && (++*p, !footer_number(p, 0, 59, &m)))
		return false;
	if (**p == ':' && (++*p, !footer_number(p, 0, 59, &s)))
		return false;
	*to = sign * (h * 3600 + m * 60 + s);
	return true;
}

static bool
footer_date(const char **p, struct zone_date *d)
{
	d->kind = **p == 'M' || **p == 'J' ? *(*p)++ : 'n';
	d->second = 2 * 3600;
	if (d->kind != 'M') {
		if (!footer_number(p, d->kind == 'J', 365, &d->day))
			return false;
	} else if (!footer_number(p, 1, 12, &d->month) || *(*p)++ != '.' ||
	    !footer_number(p, 1, 5, &d->week) || *(*p)++ != '.' ||
	    !footer_number(p, 0, 6, &d->day))
		return false;
	return **p != '/' || (++*p, footer_time(p, &d->second));
}

/* The signs of a footer are of hours west of Greenwich. */
static bool
footer_read(const char *p, struct zone_rule *r)
{
	int32_t west;

	if (!*p)
		return true;            /* the table is all there is */
	if (!footer_name(&p) || !footer_time(&p, &west))
		return false;
	r->known = true;
	r->offset = -west;
	if (!*p)
		return true;
	if (!footer_name(&p))
		return false;
	r->summer = r->offset + 3600;
	if (*p && *p != ',') {
		if (!footer_time(&p, &west))
			return false;
		r->summer = -west;
	}
	r->changes = true;
	return *p++ == ',' && footer_date(&p, &r->begin) && *p++ == ',' &&
	    footer_date(&p, &r->end) && !*p;
}

/* ---- the file ----------------------------------------------------------- */

static int64_t
big_endian(const char *p, unsigned n)
{
	uint64_t v = (unsigned char)*p & 0x80 ? ~UINT64_C(0) : 0;

	while (n-- > 0)
		v = v << 8 | (unsigned char)*p++;
	return (int64_t)v;
}

/* The counts of a block, in the order of the file. */
enum { ISUT, ISSTD, LEAPS, TIMES, TYPES, CHARS, COUNTS };

/* Bytes of the block after its head; -1: this is no head. */
static int64_t
block_size(struct slice b, unsigned width, uint32_t count[COUNTS])
{
	if (b.n < ZONE_HEAD || memcmp(b.p, "TZif", 4) != 0)
		return -1;
	for (unsigned i = 0; i < COUNTS; i++)
		count[i] = (uint32_t)big_endian(b.p + 20 + 4 * i, 4);
	for (unsigned i = 0; i < COUNTS; i++)
		if (count[i] > ZONE_BYTES)
			return -1;
	return (int64_t)count[TIMES] * (width + 1) + (int64_t)count[TYPES] *
	    6 + count[CHARS] + (int64_t)count[LEAPS] * (width + 4) +
	    count[ISSTD] + count[ISUT];
}

static bool
zone_table(struct zone *z, const char *p, const uint32_t count[COUNTS])
{
	const char *types = p + (size_t)count[TIMES] * 8;
	const char *kinds = types + count[TIMES];

	z->count = count[TIMES];
	z->when = calloc(z->count + 1, sizeof(*z->when));
	z->offset = calloc(z->count + 1, sizeof(*z->offset));
	if (!z->when || !z->offset || count[TYPES] == 0)
		return false;
	z->first = (int32_t)big_endian(kinds, 4);
	for (uint32_t i = 0; i < z->count; i++) {
		unsigned type = (unsigned char)types[i];

		if (type >= count[TYPES])
			return false;
		z->when[i] = big_endian(p + (size_t)i * 8, 8);
		z->offset[i] = (int32_t)big_endian(kinds + type * 6, 4);
		if (i > 0 && z->when[i] <= z->when[i - 1])
			return false;
	}
	for (uint32_t i = 0; i < z->count; i++)
		if (z->offset[i] <= -DAY || z->offset[i] >= DAY)
			return false;
	return true;
}

/* Two blocks, the first of 32 bits for old readers; then "\nFOOTER\n". */
static bool
zone_parse(struct zone *z, struct slice b)
{
	uint32_t count[COUNTS];
	int64_t n = block_size(b, 4, count);
	char footer[128];
	const char *end;

	if (n < 0 || b.p[4] < '2' || (uint64_t)n > b.n - ZONE_HEAD)
		return false;
	b = slice(b.p + ZONE_HEAD + n, b.n - ZONE_HEAD - (size_t)n);
	n = block_size(b, 8, count);
	if (n < 0 || (uint64_t)n > b.n - ZONE_HEAD ||
	    !zone_table(z, b.p + ZONE_HEAD, count))
		return false;
	b = slice(b.p + ZONE_HEAD + n, b.n - ZONE_HEAD - (size_t)n);
	if (b.n < 2 || b.p[0] != '\n')
		return false;
	end = memchr(b.p + 1, '\n', b.n - 1);
	return end && slice_copy(slice(b.p + 1, (size_t)(end - b.p - 1)),
	    footer, sizeof(footer)) && footer_read(footer, &z->rule);
}

bool
zone_name(const char *name)
{
	if (strlen(name) > 60 || name[0] == '\0' || name[0] == '/' ||
	    strstr(name, ".."))
		return false;
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
	    "xyz0123456789_+-/") == strlen(name);
}

struct zone *
zone_open(const char *name, struct err *e)
{
	struct zone *z = calloc(1, sizeof(*z));
	char path[PATH_MAX], *bytes;
	size_t n;
	int rc;

	if (!z) {
		err_set(e, -ENOMEM, "out of memory for a time zone");
		return NULL;
	}
	if (strcmp(name, "UTC") == 0) {
		z->rule.known = true;
		return z;
	}
	snprintf(path, sizeof(path), ZONE_DIR "/%s", name);
	rc = zone_name(name) ? io_slurp(path, ZONE_BYTES, &bytes, &n, e) :
	    err_set(e, -ENOENT, "there is no such time zone");
	if (rc == 0) {
		bool good = zone_parse(z, slice(bytes, n));

		free(bytes);
		if (good)
			return z;
		err_set(e, -EBADMSG, "%s: is no time zone that can be read",
		    path);
	}
	zone_free(z);
	return NULL;
}

void
zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->when);
	free(z->offset);
	free(z);
}

/* ---- instants ----------------------------------------------------------- */

/* Local seconds since 1970 at which a date of that year begins. */
static int64_t
date_local(const struct zone_date *d, int64_t year)
{
	int64_t first = day_of(year, 1, 1), day;
	bool leap = day_of(year + 1, 1, 1) - first == 366;

	if (d->kind == 'n')
		day = first + d->day;
	else if (d->kind == 'J')
		day = first + d->day - 1 + (leap && d->day > 59);
	else {
		int64_t next = d->month == 12 ? day_of(year + 1, 1, 1) :
		    day_of(year, d->month + 1, 1);

		day = day_of(year, d->month, 1);
		day += (d->day - weekday_of(day) + 7) % 7 + 7 * (d->week - 1);
		while (day >= next)
			day -= 7;
	}
	return day * DAY + d->second;
}

static int32_t
rule_offset(const struct zone_rule *r, int64_t t)
{
	int64_t year, begin, end;

	if (!r->changes)
		return r->offset;
	year = year_of(floor_div(t + r->offset, DAY));
	begin = date_local(&r->begin, year) - r->offset;
	end = date_local(&r->end, year) - r->summer;
	if (begin < end ? t >= begin && t < end : t >= begin || t < end)
		return r->summer;
	return r->offset;
}

/* Seconds east of Greenwich at an instant, in seconds. */
static int32_t
zone_offset(const struct zone *z, int64_t t)
{
	uint32_t lo = 0, hi = z->count;

	if (z->count == 0 || t < z->when[0])
		return z->count == 0 && z->rule.known ?
		    rule_offset(&z->rule, t) : z->first;
	if (t >= z->when[z->count - 1] && z->rule.known)
		return rule_offset(&z->rule, t);
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (z->when[mid] <= t)
			lo = mid;
		else
			hi = mid;
	}
	return z->offset[lo];
}

struct zone_time
zone_local(const struct zone *z, int64_t instant)
{
	int64_t t = floor_div(instant, 1000);
	int64_t local = t + zone_offset(z, t);
	int64_t day = floor_div(local, DAY);

	return (struct zone_time){ .day = (int32_t)day,
	    .second = (int32_t)(local - day * DAY),
	    .weekday = (uint8_t)weekday_of(day) };
}

/*
 * Clocks go on with the instants but where the offset changes: so the first
 * instant that shows the time, or a later one, is looked for from a little
 * before it could be. No zone is further than a day from Greenwich, and the
 * clocks are put by less than a day.
 */
int64_t
zone_instant(const struct zone *z, int32_t day, int32_t second)
{
	int64_t local = day * DAY + second;
	int32_t before = zone_offset(z, local - DAY);
	int32_t after = zone_offset(z, local + DAY);
	int64_t a = local - before, b = local - after, lo, hi;

	if (zone_offset(z, a) == before)
		return a * 1000;        /* the change is still to come */
	if (zone_offset(z, b) == after)
		return b * 1000;
	/* Skipped: the instant of the change, which is between the two. */
	lo = (a < b ? a : b) - 1;
	hi = a < b ? b : a;
	while (hi - lo > 1) {
		int64_t mid = lo + (hi - lo) / 2;

		if (mid + zone_offset(z, mid) >= local)
			hi = mid;
		else
			lo = mid;
	}
	return hi * 1000;
}
