/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

static void
clock_split(int64_t wall, struct tm *tm)
{
	time_t s = (time_t)(wall / 1000);

	gmtime_r(&s, tm);
}

void
clock_format(int64_t wall, char to[static CLOCK_TEXT])
{
	char day[24];
	struct tm tm;

	clock_split(wall, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(to, CLOCK_TEXT, "%.19s.%03uZ", day,
	    (unsigned)(wall % 1000) % 1000);
}

void
clock_x12(int64_t wall, char date[static 9], char time[static 7])
{
	struct tm tm;

	clock_split(wall, &tm);
	strftime(date, 9, "%Y%m%d", &tm);
	strftime(time, 7, "%H%M%S", &tm);
}
