/* SPDX-License-Identifier: ISC */
/* Wall-clock times of places, on ordinary days and when clocks are put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct zone *
zone_of(const char *name)
{
	struct err e = ERR_NONE;
	struct zone *z = zone_open(name, &e);

	if (!z)
		fail_msg("%s: %s", name, e.text);
	return z;
}

/* "2026-03-08T07:00:00Z" in ms. */
static int64_t
utc(const char *text)
{
	struct tm tm = { 0 };

	assert_int_equal(sscanf(text, "%d-%d-%dT%d:%d:%dZ", &tm.tm_year,
	    &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec),
	    6);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return (int64_t)timegm(&tm) * 1000;
}

struct row {
	const char *zone, *day;
	int hour, minute;
	const char *instant;
};

static const struct row rows[] = {
	{ "UTC", "2026-11-21", 17, 0, "2026-11-21T17:00:00Z" },
	{ "America/New_York", "2026-01-15", 17, 0, "2026-01-15T22:00:00Z" },
	{ "America/New_York", "2026-07-15", 17, 0, "2026-07-15T21:00:00Z" },
	/* 8 March 2026: 02:00 becomes 03:00. */
	{ "America/New_York", "2026-03-08", 1, 59, "2026-03-08T06:59:00Z" },
	{ "America/New_York", "2026-03-08", 2, 30, "2026-03-08T07:00:00Z" },
	{ "America/New_York", "2026-03-08", 3, 0, "2026-03-08T07:00:00Z" },
	{ "America/New_York", "2026-03-08", 9, 0, "2026-03-08T13:00:00Z" },
	/* 1 November 2026: 01:00 to 02:00 comes twice. */
	{ "America/New_York", "2026-11-01", 0, 59, "2026-11-01T04:59:00Z" },
	{ "America/New_York", "2026-11-01", 1, 30, "2026-11-01T05:30:00Z" },
	{ "America/New_York", "2026-11-01", 2, 0, "2026-11-01T07:00:00Z" },
	{ "America/New_York", "2026-11-01", 17, 0, "2026-11-01T22:00:00Z" },
	/* Long after the table's end: the footer's rule. */
	{ "America/New_York", "2099-07-01", 12, 0, "2099-07-01T16:00:00Z" },
	{ "America/New_York", "2099-12-01", 12, 0, "2099-12-01T17:00:00Z" },
	{ "America/Phoenix", "2026-07-15", 17, 0, "2026-07-16T00:00:00Z" },
	{ "Pacific/Honolulu", "2026-07-15", 17, 0, "2026-07-16T03:00:00Z" },
	/* The south: summer goes over the new year. */
	{ "Australia/Sydney", "2026-01-01", 9, 0, "2025-12-31T22:00:00Z" },
	{ "Australia/Sydney", "2050-01-01", 9, 0, "2049-12-31T22:00:00Z" },
	{ "Australia/Sydney", "2050-07-01", 9, 0, "2050-06-30T23:00:00Z" },
	{ "Europe/Dublin", "2060-07-01", 9, 0, "2060-07-01T08:00:00Z" },
	{ "Asia/Kathmandu", "2026-01-01", 0, 0, "2025-12-31T18:15:00Z" },
};

static void
zone_knows_when_clocks_show_a_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct zone *z = zone_of(r->zone);
		char midnight[32];
		int64_t got;

		snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", r->day);
		got = zone_instant(z, (int32_t)(utc(midnight) / 86400000),
		    r->hour * 3600 + r->minute * 60);
		if (got != utc(r->instant))
			fail_msg("%s %s %02d:%02d is off by %lld s", r->zone,
			    r->day, r->hour, r->minute,
			    (long long)(got - utc(r->instant)) / 1000);
		zone_free(z);
	}
}

/* Against the C library, hour by hour through two years, and in 2040. */
static void
compare(const char *name, const char *from, int hours)
{
	struct zone *z = zone_of(name);

	setenv("TZ", name, 1);
	tzset();
	for (int i = 0; i < hours; i++) {
		int64_t at = utc(from) + i * INT64_C(3600000);
		time_t t = (time_t)(at / 1000);
		struct zone_time got = zone_local(z, at);
		struct tm tm;

		localtime_r(&t, &tm);
		assert_int_equal(got.second, tm.tm_hour * 3600 +
		    tm.tm_min * 60 + tm.tm_sec);
		assert_int_equal(got.weekday, tm.tm_wday);
		assert_int_equal(got.day, (t + tm.tm_gmtoff) / 86400);
	}
	zone_free(z);
}

static void
zone_agrees_with_the_c_library(void **state)
{
	static const char *const names[] = { "UTC", "America/New_York",
	    "America/Chicago", "America/Los_Angeles", "America/Phoenix",
	    "Europe/Dublin", "Australia/Lord_Howe", "America/Santiago",
	    "Asia/Kolkata", "Etc/GMT+5" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		compare(names[i], "2026-01-01T00:00:00Z", 2 * 366 * 24);
		compare(names[i], "2040-01-01T00:00:00Z", 366 * 24);
	}
}

static void
what_is_no_zone_is_refused(void **state)
{
	static const char *const names[] = { "", "Mars/Olympus", "/etc/passwd",
	    "../../../etc/passwd", "America", "tzdata.zi", "a b" };
	struct err e = ERR_NONE;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		e = ERR_NONE;
		assert_null(zone_open(names[i], &e));
		assert_true(e.code < 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zone_knows_when_clocks_show_a_time),
		cmocka_unit_test(zone_agrees_with_the_c_library),
		cmocka_unit_test(what_is_no_zone_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
