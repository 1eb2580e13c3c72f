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

#include "tests/daemon/engine_journey.h"

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
