/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "tests/daemon/engine_records.h"

#define SAMPLE "tests/data/carve/one_of_three/input.x12"

/* A crash leaves what the engine had in hand. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static struct rig *
guard_rig(bool memory)
{
	struct rig *r = rig_new(memory);

	rig_use_worker(r);
	rig_pump(r);
	return r;
}

static int
setup(void **state)
{
	*state = guard_rig(true);
	return 0;
}

static int
teardown(void **state)
{
	struct rig *r = *state;

	/* Neither numbers of claims nor names of files in the log. */
	assert_null(strstr(rig_log(r), "MOCK"));
	assert_null(strstr(rig_log(r), "A-1"));
	assert_null(strstr(rig_log(r), "smith"));
	rig_free(r);
	return 0;
}

/* Of equal length: counts and places stay. */
static void
change(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
}

/* Claims A-1, A-2 and A-3; the charge of A-2 is wrong unless corrected. */
static char *
batch(bool corrected)
{
	struct err e;
	char *text;
	size_t n;

	assert_int_equal(io_slurp(SAMPLE, 1 << 20, &text, &n, &e), 0);
	if (corrected)
		change(text, "CLM*A-2*126*", "CLM*A-2*125*");
	return text;
}

static void
drop(struct rig *r, const char *name, char *text)
{
	rig_drop(r, "acme", name, text, strlen(text));
	free(text);
	rig_pump(r);
}

static void
assert_sent(struct rig *r, unsigned one, unsigned two, unsigned three)
{
	assert_int_equal(rig_sent(r, "acme", "CLM*A-1*"), one);
	assert_int_equal(rig_sent(r, "acme", "CLM*A-2*"), two);
	assert_int_equal(rig_sent(r, "acme", "CLM*A-3*"), three);
}

/* What the partner got of the nth file of ours, from 0. */
static const char *
sent_bytes(struct rig *r, unsigned nth)
{
	struct rig_partner *p = rig_partner(r, "acme");

	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->files[i].dir, "/in") == 0 && nth-- == 0)
			return p->files[i].bytes;
	fail_msg("not sent");
	return NULL;
}

static void
answer(struct rig *r, const char *name, const char *text)
{
	rig_put(rig_partner(r, "acme"), r->now, "/out", name, text,
	    strlen(text));
	rig_run(r, 30 * RIG_MINUTE);
}

static void
corrected_batch_sends_only_what_was_corrected(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char *text;

	drop(r, "smith.837", batch(false));
	assert_sent(r, 1, 0, 1);
	drop(r, "smith-corrected.837", batch(true));
	assert_sent(r, 1, 1, 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &f), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 2);
	text = rig_read_all(r, "rejected", "acme",
	    "corrected.bad-claims.837");
	assert_has(text, "CLM*A-1*");
	assert_has(text, "CLM*A-3*");
	assert_null(strstr(text, "CLM*A-2*"));
	free(text);
	text = rig_read_all(r, "rejected", "acme",
	    "corrected.bad-claims.837.report.txt");
	assert_has(text, "duplicate_claim");
	assert_has(text, " in smith.837, our id ");
	assert_has(text, "2 of 3 claims");
	free(text);
	/* And what lies there is known too, as it is. */
	text = rig_read_all(r, "rejected", "acme",
	    "corrected.bad-claims.837");
	drop(r, "smith-once-more.837", text);
	assert_sent(r, 1, 1, 1);
	text = rig_read_all(r, "rejected", "acme", "more.837.report.txt");
	assert_has(text, "2 of 2 claims went to the partner before");
	free(text);
}

static void
whole_file_is_put_aside_where_it_is_wanted(void **state)
{
	struct rig *r = *state;
	char *text;

	rig_configure(r, "  bad_claims: reject\n");
	drop(r, "smith.837", batch(true));
	text = batch(true);
	change(text, "CLM*A-2*125*", "CLM*A-9*125*");
	drop(r, "smith-again.837", text);
	assert_sent(r, 1, 1, 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*A-9*"), 0);
	text = rig_read_all(r, "rejected", "acme", "again.837.report.txt");
	assert_has(text, "2 of 3 claims went to the partner before");
	assert_has(text, "claim 3");
	free(text);
}

static void
what_the_partner_rejected_goes_again(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	char bht[64], *again;

	drop(r, "smith.837", batch(true));
	assert_sent(r, 1, 1, 1);
	rig_element(sent_bytes(r, 0), "BHT", 3, bht);
	rig_277ca(text, bht, "A-1", "A7:562:85", "125");
	answer(r, "1.277", text);
	rig_277ca(text, bht, "A-3", "A2:20:PR", "125");
	answer(r, "2.277", text);
	again = batch(true);
	change(again, "*BATCH-", "*AGAIN-");
	drop(r, "smith-again.837", again);
	assert_sent(r, 2, 1, 1);
	/* The whole set is refused: all of it may go. */
	rig_999(text, sent_bytes(r, 1), "R");
	answer(r, "3.999", text);
	again = batch(true);
	change(again, "*BATCH-", "*THIRD-");
	drop(r, "smith-third.837", again);
	assert_sent(r, 3, 1, 1);
}

static void
cancelled_claims_go_again(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char id[STORE_ID_TEXT], *text;

	rig_configure(r, "  paused: true\n");
	drop(r, "smith.837", batch(true));
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    &f), 1);
	text = batch(true);
	change(text, "*BATCH-", "*AGAIN-");
	drop(r, "smith-too-soon.837", text);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    NULL), 1);
	store_id_text(&f.id, id);
	free(RIG_ASK(r, "cancel", id));
	text = batch(true);
	change(text, "*BATCH-", "*THIRD-");
	drop(r, "smith-third.837", text);
	rig_configure(r, "");
	rig_run(r, RIG_MINUTE);
	assert_sent(r, 1, 1, 1);
}

/* A claim that replaces (7) is another one; sent once more it is the same. */
static void
replacement_goes_and_the_same_replacement_does_not(void **state)
{
	struct rig *r = *state;
	char *text;

	drop(r, "smith.837", batch(true));
	for (unsigned i = 0; i < 2; i++) {
		text = batch(true);
		change(text, "*BATCH-", i ? "*AGAIN-" : "*SEVEN-");
		change(text, ":B:1*", ":B:7*");
		change(text, "REF*D9*TRACE-A-1", "REF*F8*TRACE-A-1");
		drop(r, i ? "smith-again.837" : "smith-seven.837", text);
		assert_sent(r, 2, 1, 1);
	}
	text = rig_read_all(r, "rejected", "acme", "again.837.report.txt");
	assert_has(text, "3 of 3 claims went to the partner before");
	free(text);
}

/* Another claim of the same number goes, with a warning. */
static void
number_that_was_used_is_a_warning(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char id[STORE_ID_TEXT], *text;

	drop(r, "smith.837", batch(true));
	text = batch(true);
	for (char *at = text; (at = strstr(at, "DTP*472*D8*202")); at += 14)
		at[17] ^= 1;
	drop(r, "smith-other.837", text);
	assert_sent(r, 2, 2, 2);
	rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED, &f);
	store_id_text(&f.id, id);
	text = RIG_ASK(r, "show", id);
	assert_has(text, "\"what\":\"duplicates\"");
	assert_has(text, "0 rejects, 3 warnings");
	free(text);
	/* Weighed by its name. */
	rig_configure(r, "  severity: {claim_number_used: reject}\n");
	text = batch(true);
	for (char *at = text; (at = strstr(at, "DTP*472*D8*202")); at += 14)
		at[18] ^= 1;
	drop(r, "smith-third.837", text);
	assert_sent(r, 2, 2, 2);
}

static void
partner_may_be_warned_or_not_asked(void **state)
{
	struct rig *r = *state;
	char *text;

	drop(r, "smith.837", batch(true));
	rig_configure(r, "  duplicate_claims: warn\n");
	text = batch(true);
	change(text, "*BATCH-", "*AGAIN-");
	drop(r, "smith-again.837", text);
	assert_sent(r, 2, 2, 2);
	rig_configure(r, "  duplicate_claims: off\n");
	text = batch(true);
	change(text, "*BATCH-", "*THIRD-");
	drop(r, "smith-third.837", text);
	assert_sent(r, 3, 3, 3);
}

static void
second_of_two_in_one_file_stays_behind(void **state)
{
	struct rig *r = *state;
	char *text = batch(true);

	change(text, "CLM*A-2*", "CLM*A-1*");
	change(text, "TRACE-A-2", "TRACE-A-1");
	change(text, "*A-2-1", "*A-1-1");
	drop(r, "smith.837", text);
	assert_sent(r, 1, 0, 1);
	text = rig_read_all(r, "rejected", "acme", ".report.txt");
	assert_has(text, "the same as claim 1 of this file");
	free(text);
}

/* Neither sees the other's rows, for neither has any when it comes. */
static void
two_files_at_once_send_a_claim_once(void **state)
{
	struct rig *r = *state;
	char *a = batch(true), *b = batch(true), *c = batch(true);

	change(b, "*BATCH-", "*OTHER-");
	change(c, "*BATCH-", "*THIRD-");
	rig_drop(r, "acme", "smith-a.837", a, strlen(a));
	rig_drop(r, "acme", "smith-b.837", b, strlen(b));
	rig_drop(r, "acme", "smith-c.837", c, strlen(c));
	rig_pump(r);
	assert_sent(r, 1, 1, 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 2);
	free(a);
	free(b);
	free(c);
}

static void
another_partner_is_another_matter(void **state)
{
	struct rig *r = *state;
	char *text = batch(true);

	rig_drop(r, "acme", "smith.837", text, strlen(text));
	rig_drop(r, "best", "smith.837", text, strlen(text));
	free(text);
	rig_pump(r);
	assert_sent(r, 1, 1, 1);
	assert_int_equal(rig_sent(r, "best", "CLM*A-1*"), 1);
}

/* ---- a crash at every effect -------------------------------------------- */

/* False: the crash point was past the end. */
static bool
crash_once(unsigned at, bool early)
{
	struct rig *r = guard_rig(false);
	volatile bool crashed = false;
	struct store_file f;

	r->crash_early = early;
	drop(r, "smith.837", batch(false));
	assert_sent(r, 1, 0, 1);
	r->effects = 0;
	if (setjmp(r->crashed) == 0) {
		char *text = batch(true), *other = batch(true);

		change(other, "*BATCH-", "*OTHER-");
		rig_drop(r, "acme", "smith-b.837", text, strlen(text));
		rig_drop(r, "acme", "smith-c.837", other, strlen(other));
		free(text);
		free(other);
		r->crash_at = at;
		rig_pump(r);
	} else {
		crashed = true;
		r->crash_at = 0;
		rig_restart(r);
		rig_run(r, 20 * RIG_MINUTE);
	}
	/* One of the two sent the corrected claim, the other nothing. */
	assert_sent(r, 1, 1, 1);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &f), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 3);
	r->crash_at = 0;
	rig_free(r);
	return crashed;
}

static void
crash_at_any_effect_changes_nothing(void **state)
{
	(void)state;
	for (unsigned early = 0; early < 2; early++) {
		unsigned at = 1;

		while (crash_once(at, early))
			at++;
		/* Both inspected twice, one carved, enveloped, sent. */
		assert_in_range(at, 9, 100);
	}
}

int
main(void)
{
#define GUARD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		GUARD(corrected_batch_sends_only_what_was_corrected),
		GUARD(whole_file_is_put_aside_where_it_is_wanted),
		GUARD(what_the_partner_rejected_goes_again),
		GUARD(cancelled_claims_go_again),
		GUARD(replacement_goes_and_the_same_replacement_does_not),
		GUARD(number_that_was_used_is_a_warning),
		GUARD(partner_may_be_warned_or_not_asked),
		GUARD(second_of_two_in_one_file_stays_behind),
		GUARD(two_files_at_once_send_a_claim_once),
		GUARD(another_partner_is_another_matter),
		cmocka_unit_test(crash_at_any_effect_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
