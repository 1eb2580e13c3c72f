/* SPDX-License-Identifier: ISC */
/*
 * A day of records, with a crash of the engine at its k-th effect, and with a
 * kill at its n-th system call: no claim is lost, none is sent twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_records.h"
#include "tests/support/cut.h"

/* A crash leaves what the engine had in hand. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

#define DAY_SETTINGS "  bad_claims: split\n  batch: {claims: 4, age: 5m}\n" \
	"  records: {submitter_name: Example Billing, contact_name: desk, " \
	"contact_phone: \"5555550100\", receiver_name: Example Plan}\n"

/*
 * A prime, so that loops are cut at other places each time they come round.
 * KILL_STRIDE=1 in the environment cuts at each.
 */
enum { KILL_STRIDE = 97 };

static struct worker *worker;

static int
setup(void **state)
{
	struct err e;

	(void)state;
	worker = worker_new(&e);
	return worker ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	worker_free(worker);
	return 0;
}

static struct rig *
day_rig(bool memory)
{
	struct rig *r = rig_new(memory);

	rig_configure(r, DAY_SETTINGS);
	r->worker = worker;
	rig_pump(r);
	return r;
}

static void
day_free(struct rig *r)
{
	r->worker = NULL;
	rig_free(r);
}

/*
 * Two good claims; two good ones and a bad one; a table of two. With `twice` a
 * file that has one of the first two again.
 */
static void
day_drop(struct rig *r, bool twice)
{
	struct buf b;

	if (twice)
		rig_drop_records(r, "acme", "again.ndjson", "A", 1);
	rig_drop_records(r, "acme", "a.ndjson", "A", 2);
	buf_init(&b, 1 << 20);
	buf_add_str(&b, "[");
	rig_record(&b, "B-1", "125.00");
	buf_add_str(&b, ",\n");
	rig_record(&b, "B-2", "999.00");
	buf_add_str(&b, ",\n");
	rig_record(&b, "B-3", "125.00");
	buf_add_str(&b, "]\n");
	rig_drop(r, "acme", "b.json", b.p, b.n);
	buf_reset(&b);
	buf_add_str(&b, TABLE_HEAD);
	rig_rows(&b, "C-1", "125.00");
	rig_rows(&b, "C-2", "125.00");
	rig_drop(r, "acme", "c.csv", b.p, b.n);
	buf_free(&b);
}

/* Which of two files a claim goes with is not said: it goes once. */
static void
day_check(struct rig *r, bool twice)
{
	static const char *const claims[] = { "CLM*A-1*", "CLM*A-2*",
	    "CLM*B-1*", "CLM*B-3*", "CLM*C-1*", "CLM*C-2*" };

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		assert_int_equal(rig_sent(r, "acme", claims[i]), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 6);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    NULL), 0);
	if (twice)
		return;
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_UNPACKED,
	    NULL), 3);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_BATCHED,
	    NULL), 3);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	/* Batches, and each of them is one interchange that was sent. */
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    NULL), rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, NULL));
	assert_int_equal(rig_files(r, "rejected", "acme", ".ndjson"), 1);
	assert_null(strcasestr(rig_log(r), "canary"));
}

/* False: the crash point was past the end. */
static bool
crash_once(unsigned at, bool early, bool memory, bool twice)
{
	struct rig *volatile r = day_rig(memory);
	volatile bool crashed = false;

	r->effects = 0;
	r->crash_early = early;
	if (setjmp(r->crashed) == 0) {
		day_drop(r, twice);
		r->crash_at = at;
	} else {
		crashed = true;
		r->crash_at = 0;
		rig_restart(r);
	}
	rig_run(r, 60 * RIG_MINUTE);
	r->crash_at = 0;
	day_check(r, twice);
	day_free(r);
	return crashed;
}

static void
crash_at_any_effect_loses_and_repeats_nothing(void **state)
{
	(void)state;
	for (unsigned early = 0; early < 2; early++) {
		unsigned at = 1;

		while (crash_once(at, early, true, false))
			at++;
		print_message("%u effects\n", at);
		assert_in_range(at, 30, 200);
	}
	for (unsigned at = 1; crash_once(at, false, false, false); at += 7)
		;
	for (unsigned at = 1; crash_once(at, at & 1, true, true); at++)
		;
}

/* ---- a kill at any system call ------------------------------------------ */

static void
kill_path(void *ctx)
{
	struct rig *r = ctx;

	buf_init(&r->log, 1 << 20);
	rig_open_store(r);
	rig_begin(r);
	rig_run(r, 20 * RIG_MINUTE);
}

static enum cut
kill_once(unsigned n)
{
	struct rig *r = day_rig(false);
	struct config *config = r->config;
	enum cut how;

	day_drop(r, false);
	engine_free(r->g);
	store_close(r->store);
	buf_free(&r->log);
	how = cut_run(n, NULL, kill_path, r);
	r->config = config;
	r->worker = worker;
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		r->partner[i].job_count = 0;
	buf_init(&r->log, 16 << 20);
	rig_open_store(r);
	rig_begin(r);
	if (how == CUT_CUT || how == CUT_DONE) {
		rig_run(r, 60 * RIG_MINUTE);
		day_check(r, false);
	}
	day_free(r);
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
	assert_true(n > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    crash_at_any_effect_loses_and_repeats_nothing),
		cmocka_unit_test(
		    kill_at_any_system_call_loses_and_repeats_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
