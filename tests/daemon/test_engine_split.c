/* SPDX-License-Identifier: ISC */
/*
 * A dropped file with bad claims: the good ones go, the bad ones are put aside
 * and can be dropped again. The worker is the real one, with its guides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_clerk.h"
#include "tests/support/cut.h"

/* A crash leaves what the engine had in hand. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* One would visit every call; three keeps the test short. */
enum { CUT_STRIDE = 3 };

#define SAMPLE "one_of_three"

#define SPLIT_SETTING "  bad_claims: split\n"

/* As a reload would: the same partners, otherwise set. */
static void
split_config(struct rig *r, const char *more)
{
	struct config *before = r->config;

	r->config = rig_config(r, more);
	engine_reload(r->g, r->config);
	config_free(before);
}

static struct rig *
split_rig(bool memory)
{
	struct rig *r = rig_new(memory);

	split_config(r, SPLIT_SETTING);
	rig_use_worker(r);
	rig_pump(r);
	return r;
}

static int
setup(void **state)
{
	*state = split_rig(true);
	return 0;
}

static int
teardown(void **state)
{
	struct rig *r = *state;

	/* Whatever happened: nothing of the claims in the log. */
	assert_null(strstr(rig_log(r), "MOCK"));
	assert_null(strstr(rig_log(r), "A-2"));
	assert_null(strstr(rig_log(r), "smith"));
	rig_free(r);
	return 0;
}

static char *
sample(const char *name, size_t *n)
{
	char path[200], *bytes;
	struct err e;

	snprintf(path, sizeof(path), "tests/data/carve/%s/input.x12", name);
	assert_int_equal(io_slurp(path, 1 << 20, &bytes, n, &e), 0);
	return bytes;
}

static void
drop_sample(struct rig *r, const char *name, const char *as)
{
	size_t n;
	char *bytes = sample(name, &n);

	rig_drop(r, "acme", as, bytes, n);
	free(bytes);
}

/* How often text stands in what the partner got. */
static unsigned
sent_times(struct rig *r, const char *text)
{
	struct rig_partner *p = rig_partner(r, "acme");
	unsigned count = 0;

	/* A temporary name may stay behind after a crash: nobody takes it. */
	for (unsigned i = 0; i < p->count; i++)
		for (const char *at = p->files[i].bytes;
		    !strstr(p->files[i].name, ".part") &&
		    (at = strstr(at, text)); at++)
			count++;
	return count;
}

/* What must be true of one_of_three at the end, however it came there. */
static void
assert_split(struct rig *r)
{
	struct store_file f;

	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    1);
	assert_int_equal(f.claims, 2);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_int_equal(sent_times(r, "CLM*A-1*"), 1);
	assert_int_equal(sent_times(r, "CLM*A-2*"), 0);
	assert_int_equal(sent_times(r, "CLM*A-3*"), 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &f), 1);
	assert_string_equal(f.name, "smith.837");
	assert_int_equal(f.claims, 3);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 1);
	assert_string_equal(f.name, "smith.bad-claims.837");
	assert_int_equal(f.claims, 1);
	assert_int_equal(rig_files(r, "rejected", "acme", ".837"), 1);
	assert_int_equal(rig_files(r, "rejected", "acme", ".report.txt"), 1);
	assert_true(rig_there(r, "rejected", "acme", f.name));
}

static void
good_claims_go_and_the_bad_one_is_put_aside(void **state)
{
	struct rig *r = *state;
	char *text;

	drop_sample(r, SAMPLE, "smith.837");
	rig_pump(r);
	assert_split(r);
	text = rig_read_all(r, "rejected", "acme", ".bad-claims.837");
	assert_has(text, "CLM*A-2*");
	assert_null(strstr(text, "CLM*A-1*"));
	assert_null(strstr(text, "CLM*A-3*"));
	assert_has(text, "*SAMPLECLINIC ");
	free(text);
	text = rig_read_all(r, "rejected", "acme", ".report.txt");
	assert_has(text, "1 of 3 claims must be corrected; 2 went on");
	assert_has(text, "claim_total_is_sum_of_lines_837p");
	assert_has(text, "segment 19");
	free(text);
}

static void
corrected_claim_is_dropped_again_and_goes(void **state)
{
	struct rig *r = *state;
	char *text, *at;

	drop_sample(r, SAMPLE, "smith.837");
	rig_pump(r);
	text = rig_read_all(r, "rejected", "acme", ".bad-claims.837");
	/* As it is, it is refused once more, and is no duplicate. */
	rig_drop(r, "acme", "again.837", text, strlen(text));
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 2);
	at = strstr(text, "CLM*A-2*126*");
	assert_non_null(at);
	memcpy(at, "CLM*A-2*125*", 12);
	rig_drop(r, "acme", "smith.bad-claims.837", text, strlen(text));
	rig_pump(r);
	free(text);
	assert_int_equal(sent_times(r, "CLM*A-1*"), 1);
	assert_int_equal(sent_times(r, "CLM*A-2*125*"), 1);
	assert_int_equal(sent_times(r, "CLM*A-3*"), 1);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT,
	    NULL), 2);
}

static void
same_file_again_is_a_duplicate(void **state)
{
	struct rig *r = *state;

	drop_sample(r, SAMPLE, "smith.837");
	rig_pump(r);
	drop_sample(r, SAMPLE, "other.837");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_DUPLICATE,
	    NULL), 1);
	assert_int_equal(sent_times(r, "CLM*A-1*"), 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
}

static void
operator_sees_what_became_of_each_claim(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char id[STORE_ID_TEXT], *text;

	drop_sample(r, SAMPLE, "smith.837");
	rig_pump(r);
	rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED, &f);
	store_id_text(&f.id, id);
	text = RIG_ASK(r, "show", id);
	assert_has(text, "\"what\":\"split\"");
	assert_has(text, "1 of 3 claims put aside as");
	assert_has(text, "smith.bad-claims.837");
	assert_has(text, "2 claims in 1 transaction sets");
	free(text);
	text = RIG_ASK(r, "claim", "A-2");
	assert_has(text, "\"state\":\"rejected\"");
	free(text);
	text = RIG_ASK(r, "claim", "A-1");
	assert_has(text, "\"state\":\"sent\"");
	free(text);
}

/* A payer's answer to a corrected claim belongs to the one that was sent. */
static void
answers_never_belong_to_what_was_put_aside(void **state)
{
	static char payment[RIG_TEXT];
	struct rig *r = *state;
	char *text;

	drop_sample(r, SAMPLE, "smith.837");
	rig_pump(r);
	rig_835(payment, "A-2", "1", "126", "100");
	rig_put(rig_partner(r, "acme"), r->now, "/out", "1.835", payment,
	    strlen(payment));
	rig_run(r, 30 * RIG_MINUTE);
	/* It was never sent: so the answer is told, and matches nothing. */
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, STATE_PARKED,
	    NULL), 1);
	text = RIG_ASK(r, "unmatched");
	assert_has(text, "\"claim\":\"A-2\"");
	free(text);
	/* Corrected, it is sent: now the answer has something to belong to. */
	text = rig_read_all(r, "rejected", "acme", ".bad-claims.837");
	memcpy(strstr(text, "CLM*A-2*126*"), "CLM*A-2*125*", 12);
	rig_drop(r, "acme", "corrected.837", text, strlen(text));
	rig_run(r, 6 * RIG_MINUTE);
	free(text);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, STATE_DELIVERED,
	    NULL), 1);
}

static void
all_claims_bad_is_a_whole_file_rejected(void **state)
{
	static const char *const names[] = { "all_bad",
	    "count_of_segments_is_wrong", "claim_without_its_first_segment" };
	struct rig *r = *state;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct store_file f;

		drop_sample(r, names[i], names[i]);
		rig_pump(r);
		assert_int_equal(rig_states(r, "acme", FILE_DROPPED,
		    STATE_REJECTED, &f), i + 1);
		assert_string_equal(f.name, names[i]);
		assert_true(rig_there(r, "rejected", "acme", names[i]));
	}
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 0);
}

static void
partner_may_want_whole_files_rejected(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	split_config(r, "  bad_claims: reject\n");
	drop_sample(r, SAMPLE, "smith.837");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 1);
	assert_string_equal(f.name, "smith.837");
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 0);
}

static void
each_interchange_goes_on_with_its_good_claims(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	/* They have claims in common. */
	split_config(r, SPLIT_SETTING "  duplicate_claims: off\n");
	drop_sample(r, "two_sets", "smith.837");
	drop_sample(r, "two_interchanges", "jones.837");
	drop_sample(r, "two_groups", "brown.837");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    3);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 3);
	assert_int_equal(sent_times(r, "CLM*"), 5);
}

/* What is wrong above a claim takes out what is below it, and no more. */
static void
a_level_takes_out_its_own_claims(void **state)
{
	static const struct {
		const char *name;
		unsigned sent, bad;
	} rows[] = {
		{ "patient_level", 4, 1 }, { "subscriber_level", 2, 2 },
		{ "rule_at_a_subscriber", 4, 1 },
		{ "rule_that_names_a_level", 4, 1 },
		{ "dependent_of_a_subscriber_who_is_the_patient", 1, 2 },
		{ "provider_of_several", 1, 4 },
		{ "level_is_misnumbered", 4, 1 },
		{ "level_below_none", 4, 1 }, { "child_is_unstated", 3, 2 },
		{ "child_is_missing", 4, 1 },
		{ "level_below_another", 1, 5 },
		{ "level_of_unknown_code", 1, 5 },
		{ "trailer_of_a_set", 1, 5 },
	};
	struct rig *r = *state;
	unsigned sent = 0;

	/* They have claims in common. */
	split_config(r, SPLIT_SETTING "  duplicate_claims: off\n");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct store_file f;

		print_message("%s\n", rows[i].name);
		drop_sample(r, rows[i].name, rows[i].name);
		rig_pump(r);
		assert_int_equal(rig_states(r, "acme", FILE_DROPPED,
		    STATE_REJECTED, &f), i + 1);
		assert_int_equal(f.claims, rows[i].bad);
		sent += rows[i].sent;
		assert_int_equal(sent_times(r, "CLM*"), sent);
	}
}

/* A worker that dies of it twice: nothing goes, the file is put aside. */
static void
worker_that_dies_of_it_leaves_the_file_whole(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	drop_sample(r, SAMPLE, "smith.837");
	for (unsigned i = 0; i < 2; i++) {
		engine_step(r->g, r->now);
		rig_give_replies(r);
	}
	r->deaths = 2;
	rig_pump(r);
	assert_int_equal(r->deaths, 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 1);
	assert_string_equal(f.name, "smith.837");
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 0);
}

/* ---- a crash at every effect -------------------------------------------- */

/* False: the crash point was past the end. */
static bool
crash_once(unsigned at, bool early)
{
	struct rig *r = split_rig(false);
	volatile bool crashed = false;

	r->effects = 0;
	r->crash_early = early;
	if (setjmp(r->crashed) == 0) {
		drop_sample(r, SAMPLE, "smith.837");
		r->crash_at = at;
		rig_pump(r);
	} else {
		crashed = true;
		r->crash_at = 0;
		rig_restart(r);
		rig_run(r, 20 * RIG_MINUTE);
	}
	assert_split(r);
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
		/* Inspected twice, carved, enveloped, uploaded, committed. */
		assert_in_range(at, 8, 100);
	}
}

/* ---- a cut at every system call until it is ready to be sent ------------ */

static void
cut_config(struct rig *r, const char *more)
{
	config_free(r->config);
	r->config = rig_config(r, more);
}

static void
cut_prepare(void *ctx)
{
	struct rig *r = ctx;

	rig_open_store(r);
	rig_begin(r);
	rig_pump(r);
	drop_sample(r, SAMPLE, "smith.837");
}

static void
cut_path(void *ctx)
{
	rig_pump(ctx);
}

static enum cut
cut_once(unsigned n)
{
	struct rig *r = split_rig(false);
	struct buf log = r->log;
	enum cut how;

	/* The rig is shared with the child, its heap is not. */
	engine_free(r->g);
	store_close(r->store);
	cut_config(r, SPLIT_SETTING "  paused: true\n");
	how = cut_run(n, cut_prepare, cut_path, r);
	r->log = log;
	cut_config(r, SPLIT_SETTING);
	rig_open_store(r);
	rig_begin(r);
	rig_run(r, 20 * RIG_MINUTE);
	if (how == CUT_CUT || how == CUT_DONE)
		assert_split(r);
	rig_free(r);
	return how;
}

static void
cut_at_any_system_call_changes_nothing(void **state)
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
#define SPLIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SPLIT(good_claims_go_and_the_bad_one_is_put_aside),
		SPLIT(corrected_claim_is_dropped_again_and_goes),
		SPLIT(same_file_again_is_a_duplicate),
		SPLIT(operator_sees_what_became_of_each_claim),
		SPLIT(answers_never_belong_to_what_was_put_aside),
		SPLIT(all_claims_bad_is_a_whole_file_rejected),
		SPLIT(partner_may_want_whole_files_rejected),
		SPLIT(each_interchange_goes_on_with_its_good_claims),
		SPLIT(a_level_takes_out_its_own_claims),
		SPLIT(worker_that_dies_of_it_leaves_the_file_whole),
		cmocka_unit_test(crash_at_any_effect_changes_nothing),
		cmocka_unit_test(cut_at_any_system_call_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
