/* SPDX-License-Identifier: ISC */
/*
 * The whole journey in a process that is killed at its n-th system call, again
 * and again with another n, each time followed by a new process that finds the
 * embedded store and the directories as they were left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_journey.h"
#include "tests/support/cut.h"

/*
 * A prime, so that loops are cut at other places each time they come round.
 * KILL_STRIDE=1 in the environment cuts at each and takes ten minutes.
 */
enum { KILL_STRIDE = 61 };

static void
kill_path(void *ctx)
{
	struct rig *r = ctx;

	buf_init(&r->log, 1 << 20);
	rig_open_store(r);
	rig_begin(r);
	rig_run(r, 10 * RIG_MINUTE);
}

static void
kill_resume(struct rig *r)
{
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		r->partner[i].job_count = 0;
	buf_init(&r->log, 16 << 20);
	rig_open_store(r);
	rig_begin(r);
}

static enum cut
kill_once(unsigned n)
{
	struct rig *r = rig_new(false);
	struct config *config = r->config;
	enum cut how;

	rig_pump(r);
	journey_begin(r);
	engine_free(r->g);
	store_close(r->store);
	buf_free(&r->log);
	how = cut_run(n, NULL, kill_path, r);
	r->config = config;
	kill_resume(r);
	if (how == CUT_CUT || how == CUT_DONE) {
		journey_check_always(r);
		rig_run(r, 3 * 3600 * 1000);
		journey_check_end(r);
	}
	rig_free(r);
	return how;
}

static void
kill_at_any_system_call_loses_and_repeats_nothing(void **state)
{
	const char *stride = getenv("KILL_STRIDE");
	unsigned step = stride ? (unsigned)atoi(stride) : KILL_STRIDE, n = 1;
	enum cut how;

	(void)state;
	while ((how = kill_once(n)) == CUT_CUT)
		n += step;
	if (how == CUT_IMPOSSIBLE)
		skip();
	assert_int_equal(how, CUT_DONE);
	print_message("%u system calls, every %u-th\n", n, step);
	assert_true(n > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    kill_at_any_system_call_loses_and_repeats_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
