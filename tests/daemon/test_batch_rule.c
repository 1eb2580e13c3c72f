/* SPDX-License-Identifier: ISC */
/* When records leave, on ordinary days and on those when clocks are put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/batch.h"

#include <stdlib.h>
#include <time.h>

#define AT(...) .at = { __VA_ARGS__ }, \
	.at_count = sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)
#define DAYS(...) .days = { __VA_ARGS__ }, \
	.day_count = sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)
#define MINUTE INT64_C(60000)

/* "2026-03-08T07:00Z" in ms; "": never. */
static int64_t
utc(const char *text)
{
	struct tm tm = { 0 };

	if (!*text)
		return ENGINE_NEVER;
	assert_int_equal(sscanf(text, "%d-%d-%dT%d:%dZ", &tm.tm_year,
	    &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min), 5);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return (int64_t)timegm(&tm) * 1000;
}

struct row {
	struct config_batch rule;
	const char *now, *last, *next;
};

static const struct row rows[] = {
	{ { .zone = "UTC", AT("09:00", "16:30") }, "2026-11-21T10:00Z",
	    "2026-11-21T09:00Z", "2026-11-21T16:30Z" },
	{ { .zone = "UTC", AT("09:00", "16:30") }, "2026-11-21T08:59Z",
	    "2026-11-20T16:30Z", "2026-11-21T09:00Z" },
	/* On the minute it is now, and the next is another. */
	{ { .zone = "UTC", AT("09:00") }, "2026-11-21T09:00Z",
	    "2026-11-21T09:00Z", "2026-11-22T09:00Z" },
	/* Over a weekend: 21 November 2026 is a Saturday. */
	{ { .zone = "UTC", AT("17:00"), DAYS("mon", "tue", "wed", "thu",
	    "fri") }, "2026-11-21T10:00Z", "2026-11-20T17:00Z",
	    "2026-11-23T17:00Z" },
	{ { .zone = "UTC", AT("17:00"), DAYS("sat") }, "2026-11-21T17:01Z",
	    "2026-11-21T17:00Z", "2026-11-28T17:00Z" },
	/* It is Friday evening there when it is Saturday here. */
	{ { .zone = "America/Los_Angeles", AT("18:00"), DAYS("fri") },
	    "2026-11-21T01:00Z", "2026-11-14T02:00Z", "2026-11-21T02:00Z" },
	/* The day on which the clocks go from 02:00 to 03:00. */
	{ { .zone = "America/New_York", AT("02:30") }, "2026-03-08T06:59Z",
	    "2026-03-07T07:30Z", "2026-03-08T07:00Z" },
	{ { .zone = "America/New_York", AT("17:00") }, "2026-03-07T23:00Z",
	    "2026-03-07T22:00Z", "2026-03-08T21:00Z" },
	/* 01:30 comes twice: the first counts, and only that. */
	{ { .zone = "America/New_York", AT("01:30") }, "2026-11-01T05:31Z",
	    "2026-11-01T05:30Z", "2026-11-02T06:30Z" },
	{ { .zone = "America/New_York", AT("01:30") }, "2026-11-01T06:30Z",
	    "2026-11-01T05:30Z", "2026-11-02T06:30Z" },
	/* Too late for the cut-off: the next but one. */
	{ { .zone = "UTC", AT("09:00", "16:30"), .cutoff = 15 * MINUTE },
	    "2026-11-21T08:50Z", "2026-11-20T16:30Z", "2026-11-21T16:30Z" },
};

static void
times_of_the_day_are_those_of_the_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct err e = ERR_NONE;
		struct zone *z = zone_open(r->rule.zone, &e);
		int64_t now = utc(r->now);

		assert_non_null(z);
		if (batch_last_at(&r->rule, z, now) != utc(r->last) ||
		    batch_next_at(&r->rule, z, now, now) != utc(r->next))
			fail_msg("row %zu: last %lld, next %lld", i,
			    (long long)batch_last_at(&r->rule, z, now),
			    (long long)batch_next_at(&r->rule, z, now, now));
		zone_free(z);
	}
}

/* Each minute of a year: every release is due once, and as it was told. */
static void
every_day_has_its_release(void **state)
{
	const struct config_batch rule = { .zone = "America/New_York",
	    AT("01:30", "02:30", "16:30") };
	struct err e = ERR_NONE;
	struct zone *z = zone_open(rule.zone, &e);
	int64_t now = utc("2026-01-01T00:00Z"), told = 0;
	unsigned releases = 0;

	(void)state;
	for (; now < utc("2027-01-01T00:00Z"); now += MINUTE) {
		int64_t last = batch_last_at(&rule, z, now);

		if (told && last != batch_last_at(&rule, z, now - MINUTE)) {
			assert_true(last == told && last == now);
			releases++;
		}
		told = batch_next_at(&rule, z, now, now);
		assert_true(told > now);
	}
	/* 02:30 of 8 March is 03:00, when the clocks skip it. */
	assert_int_equal(releases, 3 * 365);
	zone_free(z);
}

struct state {
	struct config_batch rule;
	struct waiting files[3];
	int64_t now;
	struct batch_release r;
};

static void
ask(struct state *s)
{
	struct err e = ERR_NONE;
	struct zone *z = zone_open("UTC", &e);
	struct batch_group g;

	s->rule.zone = "UTC";
	assert_true(batch_group(s->files, 3, NULL, &g));
	assert_string_equal(g.type, "837I");
	assert_true(batch_group(s->files, 3, g.type, &g));
	assert_string_equal(g.type, "837P");
	assert_int_equal(g.files, 2);
	assert_int_equal(g.claims, 30);
	batch_rule(&s->rule, z, s->files, 3, &g, s->now, &s->r);
	zone_free(z);
}

/* Two files of 837P, taken at 09:00 and 09:10, and one of another kind. */
static void
the_first_rule_that_holds_releases(void **state)
{
	const int64_t nine = utc("2026-11-21T09:00Z");
	const struct state start = { .now = nine + 15 * MINUTE, .files = {
	    { .type = "837P", .claims = 10, .size = 100, .created = nine },
	    { .type = "837I", .claims = 99, .size = 9999, .created = nine },
	    { .type = "837P", .claims = 20, .size = 200,
	        .created = nine + 10 * MINUTE } } };
	struct state s = start;

	(void)state;
	ask(&s);                             /* nothing said: five minutes */
	assert_true(s.r.due);
	s.rule.age = 20 * MINUTE;
	ask(&s);
	assert_true(!s.r.due && s.r.when == nine + 20 * MINUTE);
	s.rule.claims = 31;
	ask(&s);
	assert_false(s.r.due);
	s.rule.claims = 30;
	ask(&s);
	assert_true(s.r.due);
	s.rule.claims = 0;
	s.rule.bytes = 301;
	ask(&s);
	assert_false(s.r.due);
	s.rule.bytes = 300;
	ask(&s);
	assert_true(s.r.due);

	s = start;
	s.rule.by_hand = true;
	s.now += 1000 * MINUTE;
	ask(&s);
	assert_true(!s.r.due && s.r.when == ENGINE_NEVER);
	s.files[1].released = s.now;         /* of the other kind */
	ask(&s);
	assert_false(s.r.due);
	s.files[2].released = s.now;
	ask(&s);
	assert_true(s.r.due && s.r.by_hand);

	/* At 09:05: what came before goes, the rest waits for the next. */
	s = start;
	s.rule.at[0] = "09:05";
	s.rule.at_count = 1;
	ask(&s);
	assert_true(s.r.due);
	assert_true(batch_has(&s.files[0], &(struct batch_group){
	    .type = "837P" }, &s.r));
	assert_false(batch_has(&s.files[2], &(struct batch_group){
	    .type = "837P" }, &s.r));
	s.rule.cutoff = 10 * MINUTE;         /* too late for both */
	ask(&s);
	assert_false(s.r.due);
	assert_true(s.r.when == nine + (24 * 60 + 5) * MINUTE);
	assert_string_equal(s.r.why, "it is 09:05 in UTC");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_the_day_are_those_of_the_place),
		cmocka_unit_test(every_day_has_its_release),
		cmocka_unit_test(the_first_rule_that_holds_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
