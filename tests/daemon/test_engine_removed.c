/* SPDX-License-Identifier: ISC */
/*
 * The whole journey; after its k-th event, for every third k, a reload takes
 * the partner out of the configuration, and later another puts it back: what
 * was in hand is neither lost nor sent twice, and the engine lives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_journey.h"

/* One event; false: nothing is left to do before end. */
static bool
step(struct rig *r, int64_t end)
{
	int64_t next = engine_step(r->g, r->now);
	struct rig_partner *p = rig_partner(r, "acme");

	if (r->reply_count > 0) {
		unsigned others = r->reply_count - 1;

		/* The others are given in their turn. */
		r->reply_count = 1;
		rig_give_replies(r);
		memmove(r->replies, r->replies + 1,
		    others * sizeof(r->replies[0]));
		r->reply_count = others;
	} else if (p->job_count > 0) {
		rig_do_job(r, p);
	} else if (rig_partner(r, "best")->job_count > 0) {
		rig_do_job(r, rig_partner(r, "best"));
	} else if (next >= end) {
		return false;
	} else if (next > r->now) {
		r->now = next;
	}
	return true;
}

static void
take_away(struct rig *r, struct config *without)
{
	struct config_partner acme = without->partners[0];

	without->partners[0] = without->partners[1];
	without->partners[1] = acme;
	without->partner_count = 1;
	engine_reload(r->g, without);
	rig_drop_jobs(rig_partner(r, "acme"));
	engine_on_courier_lost(r->g, "acme", r->now);
}

/* False: the journey ended before its k-th event. */
static bool
journey(unsigned k)
{
	struct rig *r = rig_new(true);
	struct config *without = rig_config(r, "");
	int64_t end = r->now + (int64_t)3 * 3600 * 1000;
	bool more = true;

	rig_pump(r);
	journey_begin(r);
	for (unsigned i = 0; i < k && more; i++)
		more = step(r, end);
	take_away(r, without);
	rig_run(r, 10 * RIG_MINUTE);
	journey_check_always(r);
	engine_reload(r->g, r->config);
	engine_on_courier_up(r->g, "acme", r->now);
	rig_run(r, (int64_t)3 * 3600 * 1000);
	journey_check_end(r);
	rig_free(r);
	without->partner_count = RIG_PARTNERS;
	config_free(without);
	return more;
}

static void
partner_taken_away_at_any_event_and_put_back_loses_nothing(void **state)
{
	unsigned k = 0;

	(void)state;
	while (journey(k))
		k += 3;
	assert_true(k > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    partner_taken_away_at_any_event_and_put_back_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
