/* SPDX-License-Identifier: ISC */
#include "edi/calendar.h"

static bool
digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static unsigned
two(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* The month is one from 1 to 12. */
static unsigned
month_days(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (unsigned)(month == 2 && leap);
}

static bool
day_exists(unsigned year, unsigned month, unsigned day)
{
	/* The 28 days that every month has. */
	if (month - 1 < 12 && day - 1 < 28)
		return true;
	return month >= 1 && month <= 12 && day >= 1 &&
	    day <= month_days(year, month);
}

bool
calendar_valid(uint32_t day)
{
	return day >= 19000101 && day <= 99991231 &&
	    day_exists(day / 10000, day / 100 % 100, day % 100);
}

uint32_t
calendar_before(uint32_t day)
{
	unsigned year = day / 10000, month = day / 100 % 100;

	if (day % 100 > 1)
		return day - 1;
	if (--month == 0) {
		month = 12;
		year--;
	}
	return year * 10000 + month * 100 + month_days(year, month);
}

bool
calendar_day(struct slice s, uint32_t *day)
{
	uint64_t packed;
	uint32_t v;

	if (s.n != 8)
		return false;
	packed = digits_pack(s);
	v = digits_value(packed);
	if (!digits_only(packed, 8) || !calendar_valid(v))
		return false;
	*day = v;
	return true;
}

bool
calendar_date8(struct slice s)
{
	uint64_t packed;
	uint32_t day;

	if (s.n != 8)
		return false;
	packed = digits_pack(s);
	if (calendar_plain_day(packed))
		return true;
	day = digits_value(packed);
	return digits_only(packed, 8) &&
	    day_exists(day / 10000, day / 100 % 100, day % 100);
}

bool
calendar_date6(struct slice s)
{
	return s.n == 6 && digits(s) &&
	    day_exists(2000 + two(s.p), two(s.p + 2), two(s.p + 4));
}

bool
calendar_time(struct slice s)
{
	if (!digits(s) || s.n < 4 || s.n > 8 || s.n == 5)
		return false;
	return two(s.p) < 24 && two(s.p + 2) < 60 &&
	    (s.n == 4 || two(s.p + 4) < 60);
}
