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

static bool
day_exists(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

bool
calendar_date8(struct slice s)
{
	return s.n == 8 && digits(s) &&
	    day_exists(two(s.p) * 100 + two(s.p + 2), two(s.p + 4),
	    two(s.p + 6));
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
