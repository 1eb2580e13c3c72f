/* SPDX-License-Identifier: ISC */
/* Acknowledgements, with the engine dying anywhere: none twice, none lost. */
#include "tests/daemon/engine_answer.h"
#include "tests/support/cut.h"

/* A crash leaves what the engine had in hand. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

enum { CUT_STRIDE = 5 };

/* ---- a crash at every effect -------------------------------------------- */

#define BOTH ALWAYS CLERK

static void
both_begin(struct rig *r)
{
	static char text[RIG_TEXT];
	struct rig_partner *p = rig_partner(r, "acme");

	drop_sample(r, "one_of_three", "smith.837");
	remittance(text, false, '0', "000000011");
	rig_put(p, r->now, "/out", "a.835", text, strlen(text));
	rig_999(text, text, "A");
	rig_put(p, r->now, "/out", "b.999", text, strlen(text));
}

/* What must be true at the end, however it came there. */
static void
both_check(struct rig *r)
{
	struct rig_partner *p = rig_partner(r, "acme");
	char isa13[3][64];
	char *text;
	unsigned n = 0;

	assert_int_equal(p->commits, 3);
	assert_non_null(partner_got(r, "837P_"));
	assert_has(partner_got(r, "999_"), "AK9*R*");
	assert_has(partner_got(r, "TA1_"), "TA1*000000011*");
	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->files[i].dir, "/in") == 0 &&
		    !strstr(p->files[i].name, ".part"))
			rig_element(p->files[i].bytes, "ISA", 13, isa13[n++]);
	assert_int_equal(n, 3);
	assert_string_not_equal(isa13[0], isa13[1]);
	assert_string_not_equal(isa13[0], isa13[2]);
	assert_string_not_equal(isa13[1], isa13[2]);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT,
	    NULL), 3);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 3);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 2);
	free(told(r, ".ta1", 1));
	free(told(r, ".999", 1));
	text = told(r, ".277ca", 1);
	assert_has(text, "QTY*90*2~");
	assert_has(text, "QTY*AA*1~");
	free(text);
}

/* False: the crash point was past the end. */
static bool
crash_once(unsigned at, bool early, bool memory)
{
	struct rig *r = answer_rig(memory, BOTH);
	volatile bool crashed = false;

	r->effects = 0;
	r->crash_early = early;
	if (setjmp(r->crashed) == 0) {
		both_begin(r);
		r->crash_at = at;
		rig_run(r, 30 * RIG_MINUTE);
	} else {
		crashed = true;
		r->crash_at = 0;
		rig_restart(r);
		rig_run(r, 40 * RIG_MINUTE);
	}
	r->crash_at = 0;
	both_check(r);
	rig_free(r);
	return crashed;
}

static void
crash_at_any_effect_says_nothing_twice(void **state)
{
	(void)state;
	for (unsigned early = 0; early < 2; early++) {
		unsigned at = 1;

		while (crash_once(at, early, true))
			at++;
		assert_in_range(at, 20, 200);
	}
	for (unsigned at = 2; crash_once(at, false, false); at += 7)
		;
}

/* ---- a cut at system calls ---------------------------------------------- */

static void
cut_prepare(void *ctx)
{
	struct rig *r = ctx;

	rig_open_store(r);
	rig_begin(r);
	both_begin(r);
}

/* Nothing is sent in the child: what is sent is the parent's to see. */
static void
cut_path(void *ctx)
{
	rig_run(ctx, 6 * RIG_MINUTE);
}

static enum cut
cut_once(unsigned n)
{
	struct rig *r = answer_rig(false, BOTH);
	struct buf log = r->log;
	enum cut how;

	/* The rig is shared with the child, its heap is not. */
	engine_free(r->g);
	store_close(r->store);
	how = cut_run(n, cut_prepare, cut_path, r);
	r->log = log;
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		r->partner[i].job_count = 0;
	rig_open_store(r);
	rig_begin(r);
	rig_run(r, 40 * RIG_MINUTE);
	if (how == CUT_CUT || how == CUT_DONE)
		both_check(r);
	rig_free(r);
	return how;
}

static void
cut_at_any_system_call_says_nothing_twice(void **state)
{
	enum cut how = CUT_CUT;
	unsigned n = 1;

	(void)state;
	for (; how == CUT_CUT; n += CUT_STRIDE)
		how = cut_once(n);
	if (how == CUT_IMPOSSIBLE)
		skip();
	assert_int_equal(how, CUT_DONE);
	assert_in_range(n, 100, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash_at_any_effect_says_nothing_twice),
		cmocka_unit_test(cut_at_any_system_call_says_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
