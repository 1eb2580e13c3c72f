/* SPDX-License-Identifier: ISC */
/*
 * The whole journey, with a crash of the engine at its k-th effect, for every
 * k: nothing is lost, nothing is sent twice, nothing is delivered twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_rig.h"

/* A crash leaves what the engine had in hand. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

enum { CRASHES = 40 };   /* of one journey */

struct way {
	const char *name;
	bool memory;      /* the store */
	bool early;       /* before the effect, not after it */
	bool done;        /* couriers finish what they had in hand */
	bool takes;       /* the partner's programs take a file at once */
};

static void
journey_begin(struct rig *r)
{
	static char text[RIG_TEXT];
	char *bytes;
	struct err e;
	size_t n;

	rig_partner(r, "acme")->answers = true;
	rig_drop_claims(r, "acme", "a.837", "A");
	assert_int_equal(io_slurp("tests/data/claims/two_interchanges.837",
	    1 << 20, &bytes, &n, &e), 0);
	rig_drop(r, "acme", "b.837", bytes, n);
	free(bytes);
	rig_drop(r, "acme", "note.txt", "not x12", 7);
	rig_claims(text, "C", 1, 'P');
	rig_drop(r, "acme", "c.837", text, strlen(text));
}

/* What must hold at any moment, crashed or not. */
static void
journey_check_always(struct rig *r)
{
	struct rig_partner *p = rig_partner(r, "acme");
	bool seen[10] = { false };

	for (unsigned i = 0; i < p->count; i++) {
		char isa13[64];
		unsigned long n;

		if (strcmp(p->files[i].dir, "/out") == 0 ||
		    strstr(p->files[i].name, ".part"))
			continue;
		rig_element(p->files[i].bytes, "ISA", 13, isa13);
		n = strtoul(isa13, NULL, 10);
		assert_in_range(n, 1, 9);
		assert_false(seen[n]);
		seen[n] = true;
	}
	assert_true(p->commits <= 3);
}

static unsigned
finals(const struct rig_partner *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += strcmp(p->files[i].dir, "/out") != 0 &&
		    !strstr(p->files[i].name, ".part");
	return n;
}

static void
journey_check_end(struct rig *r)
{
	struct rig_partner *p = rig_partner(r, "acme");
	unsigned sent = rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, NULL);
	char *said;

	journey_check_always(r);
	/* Nothing lost: each dropped file has come to an end. */
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    NULL), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, 0, NULL), 4);
	assert_int_equal(rig_files(r, "rejected", "acme", ""), 6);
	assert_true(rig_there(r, "rejected", "acme", "note.txt"));
	/* Nothing sent twice, and what was sent is known as sent. */
	assert_int_equal(p->commits, 3);
	assert_int_equal(finals(p), 3);
	assert_int_equal(sent, 3);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 3);
	/* Every answer is here once, and gone there. */
	assert_int_equal(rig_count(p, "/out"), 0);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, STATE_DELIVERED,
	    NULL), 12);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, 0, NULL), 12);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 12);
	assert_int_equal(rig_files(r, "inbox", "acme", ".jsonl"), 12);
	said = RIG_ASK(r, "queue");
	assert_null(strstr(said, "\"type\":\"file\""));
	free(said);
	said = RIG_ASK(r, "claim", "A-1");
	assert_non_null(strstr(said, "\"status\":\"partly paid\""));
	free(said);
}

/* The engine is gone; what do the couriers do with what they have? */
static void
journey_recover(struct rig *r, const struct way *w)
{
	struct rig_partner *p = rig_partner(r, "acme");

	for (unsigned i = 0; w->done && i < p->job_count; i++) {
		const struct courier_request *m = &p->jobs[i].m;
		uint64_t size;

		if (m->kind != COURIER_LIST)
			rig_happen(r, p, m, p->jobs[i].fd, &size);
	}
	journey_check_always(r);
	rig_restart(r);
}

/* Returns false when the journey ended before the k-th effect. */
static bool
journey(const struct way *w, unsigned k, unsigned every)
{
	struct rig *volatile r = rig_new(w->memory);
	volatile unsigned crashes = 0;
	bool crashed;

	rig_pump(r);
	r->crash_early = w->early;
	rig_partner(r, "acme")->takes = w->takes;
	r->effects = 0;
	r->crash_at = k;
	if (setjmp(r->crashed) != 0) {
		crashes++;
		r->crash_at = every && crashes < CRASHES ?
		    r->effects + every : 0;
		journey_recover(r, w);
	} else
		journey_begin(r);
	rig_run(r, 3 * 3600 * 1000);
	r->crash_at = 0;
	journey_check_end(r);
	crashed = crashes > 0;
	rig_free(r);
	return crashed;
}

static void
crash_everywhere(const struct way *w, unsigned step)
{
	unsigned k = 1;

	while (journey(w, k, 0))
		k += step;
	print_message("%s: %u effects\n", w->name, k);
	assert_true(k > 80);
}

static void
crash_before_each_effect_loses_and_repeats_nothing(void **state)
{
	static const struct way ways[] = {
		{ "before, couriers stop", .memory = true, .early = true },
		{ "before, couriers finish", .memory = true, .early = true,
		    .done = true },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		crash_everywhere(&ways[i], i ? 2 : 1);
}

static void
crash_after_each_effect_loses_and_repeats_nothing(void **state)
{
	static const struct way ways[] = {
		{ "after, couriers stop", .memory = true },
		{ "after, couriers finish", .memory = true, .done = true },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		crash_everywhere(&ways[i], i ? 1 : 2);
}

static void
partner_that_takes_files_at_once_gets_none_twice(void **state)
{
	static const struct way way = { "taken at once", .memory = true,
	    .done = true, .takes = true };

	(void)state;
	crash_everywhere(&way, 3);
}

static void
one_crash_after_the_other_only_costs_time(void **state)
{
	static const struct way way = { "again and again", .memory = true,
	    .done = true };

	(void)state;
	for (unsigned every = 19; every < 60; every += 4)
		journey(&way, every, every);
}

static void
embedded_store_keeps_it_too(void **state)
{
	static const struct way way = { "embedded store", .done = true };

	(void)state;
	crash_everywhere(&way, 17);
}

/* Whatever the network, the partner and the machine do for two hours. */
static void
chaos_once(unsigned seed)
{
	const struct way way = { "chaos", .memory = true,
	    .done = seed & 1 };
	struct rig *volatile r = rig_new(true);
	struct rig_partner *p = rig_partner(r, "acme");
	volatile int64_t end;

	p->takes = seed & 2;
	rig_pump(r);
	r->chaos = (uint64_t)seed * 0x9e3779b97f4a7c15u + 1;
	r->effects = 0;
	r->crash_at = 20 + (unsigned)rig_random(r, 40);
	journey_begin(r);
	end = r->now + 2 * 3600 * 1000;
	if (setjmp(r->crashed) != 0) {
		r->crash_at = r->effects + 20 + (unsigned)rig_random(r, 60);
		journey_recover(r, &way);
	}
	while (r->now < end) {
		rig_run(r, 10 * RIG_MINUTE);
		free(RIG_ASK(r, "partner", "resume", "acme"));
	}
	r->chaos = r->crash_at = 0;
	memset(p->fault, 0, sizeof(p->fault));
	rig_run(r, 3 * 3600 * 1000);
	free(RIG_ASK(r, "partner", "resume", "acme"));
	rig_run(r, 3 * 3600 * 1000);
	journey_check_end(r);
	rig_free(r);
}

static void
chaos_sends_nothing_twice_and_loses_nothing(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++)
		chaos_once(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    crash_before_each_effect_loses_and_repeats_nothing),
		cmocka_unit_test(
		    crash_after_each_effect_loses_and_repeats_nothing),
		cmocka_unit_test(
		    partner_that_takes_files_at_once_gets_none_twice),
		cmocka_unit_test(one_crash_after_the_other_only_costs_time),
		cmocka_unit_test(embedded_store_keeps_it_too),
		cmocka_unit_test(chaos_sends_nothing_twice_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
