/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/engine_clerk.h"

static int
setup(void **state)
{
	struct rig *r = rig_new(true);

	rig_pump(r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static void
fault(struct rig *r, enum courier_kind kind, unsigned times,
    uint32_t outcome, uint32_t what)
{
	rig_partner(r, "acme")->fault[kind] = (struct rig_fault){
		.times = times, .outcome = outcome, .fault = what };
}

static unsigned
sent(struct rig *r)
{
	return rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, NULL);
}

static void
ask_about(struct rig *r, const char *word, const struct store_file *f,
    const char *says)
{
	char id[STORE_ID_TEXT], *said;

	store_id_text(&f->id, id);
	said = RIG_ASK(r, word, id);
	if (!strstr(said, says))
		fail_msg("\"%s\" is not in: %s", says, said);
	free(said);
}

static void
failed_upload_is_tried_again_later_and_later(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct store_file f;

	fault(r, COURIER_UPLOAD, 3, OUTCOME_FAILED, SFTP_RETRY);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(p->asked[COURIER_UPLOAD], 1);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    &f), 1);
	assert_true(f.next_try > r->now);
	rig_run(r, 45 * 1000);
	assert_int_equal(p->asked[COURIER_UPLOAD], 1);
	rig_run(r, 16 * 1000);        /* a minute, less up to a fifth */
	assert_int_equal(p->asked[COURIER_UPLOAD], 2);
	rig_run(r, 75 * 1000);
	assert_int_equal(p->asked[COURIER_UPLOAD], 2);
	rig_run(r, 46 * 1000);
	assert_int_equal(p->asked[COURIER_UPLOAD], 3);
	rig_run(r, 4 * RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	assert_int_equal(p->commits, 1);
	assert_int_equal(rig_count(p, "/in"), 1);
}

static void
each_attempt_has_its_own_temporary_name_and_one_final_name(
    void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	char first[256];

	/* The bytes arrive, the answer does not: the temporary name stays. */
	p->fault[COURIER_UPLOAD] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_RETRY,
	    .happens = true };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_count(p, "/in"), 1);
	snprintf(first, sizeof(first), "%s", p->files[0].name);
	rig_run(r, 2 * RIG_MINUTE);
	assert_int_equal(p->commits, 1);
	assert_int_equal(rig_count(p, "/in"), 2);
	assert_non_null(rig_find(p, "/in", first));
	assert_int_equal(sent(r), 1);
}

static void
refused_login_pauses_loudly_until_somebody_resumes(void **state)
{
	static const uint32_t faults[] = { SFTP_AUTH, SFTP_HOST_KEY,
	    SFTP_CONFIG };
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	for (size_t i = 0; i < 3; i++) {
		char name[20], *said;
		unsigned asked;

		fault(r, COURIER_UPLOAD, 1, OUTCOME_FAILED, faults[i]);
		snprintf(name, sizeof(name), "%zu.837", i);
		rig_drop_claims(r, "acme", name, name);
		rig_pump(r);
		assert_non_null(strstr(rig_log(r),
		    "<3>event=partner_paused partner=acme"));
		asked = p->asked[COURIER_UPLOAD];
		rig_run(r, 600 * RIG_MINUTE);
		assert_int_equal(p->asked[COURIER_UPLOAD], asked);
		/* A restart does not forget it. */
		rig_restart(r);
		rig_run(r, 60 * RIG_MINUTE);
		assert_int_equal(p->asked[COURIER_UPLOAD], asked);
		said = RIG_ASK(r, "partner", "list", "acme");
		assert_non_null(strstr(said, "\"paused\":true"));
		free(said);
		said = RIG_ASK(r, "partner", "resume", "acme");
		assert_non_null(strstr(said, "\"paused\":false"));
		free(said);
		assert_int_equal(p->commits, i + 1);
		buf_reset(&r->log);
	}
}

static void
changed_settings_resume_what_a_fault_had_paused(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct config *again;
	char other[] = "other";

	fault(r, COURIER_UPLOAD, 1, OUTCOME_FAILED, SFTP_AUTH);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	again = rig_config(r, "");
	engine_reload(r->g, again);
	config_free(r->config);
	r->config = again;
	rig_run(r, RIG_MINUTE);
	assert_int_equal(p->commits, 0);
	again = rig_config(r, "");
	again->partners[0].sftp.user = other;
	engine_reload(r->g, again);
	rig_pump(r);
	assert_int_equal(p->commits, 1);
	engine_reload(r->g, r->config);
	config_free(again);
}

static void
operators_pause_survives_changed_settings(void **state)
{
	struct rig *r = *state;
	struct config *again = rig_config(r, "");
	char *said = RIG_ASK(r, "partner", "pause", "acme", "on holiday");
	uint16_t port = again->partners[0].sftp.port;

	assert_non_null(strstr(said, "on holiday"));
	free(said);
	rig_drop_claims(r, "acme", "a.837", "A");
	again->partners[0].sftp.port = 2222;
	engine_reload(r->g, again);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
	again->partners[0].sftp.port = port;
	config_free(r->config);
	r->config = again;
}

static void
lost_answer_to_the_rename_is_resolved_by_looking(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	/* It was renamed, and nobody heard of it. */
	p->fault[COURIER_COMMIT] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_DOUBT, .fault = SFTP_RETRY, .happens = true };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(p->asked[COURIER_RESOLVE], 1);
	assert_int_equal(p->commits, 1);
	assert_int_equal(sent(r), 1);
	/* It was not renamed, and nobody knew. */
	fault(r, COURIER_COMMIT, 1, OUTCOME_DOUBT, SFTP_RETRY);
	rig_drop_claims(r, "acme", "b.837", "B");
	rig_pump(r);
	assert_int_equal(p->asked[COURIER_RESOLVE], 2);
	assert_int_equal(p->commits, 2);
	assert_int_equal(sent(r), 2);
	assert_int_equal(p->asked[COURIER_UPLOAD], 2);
}

static void
courier_lost_in_the_rename_is_resolved_when_it_is_back(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	for (int happens = 0; happens < 2; happens++) {
		char name[20];

		p->fault[COURIER_COMMIT] = (struct rig_fault){ .times = 1,
		    .kills = true, .happens = happens };
		snprintf(name, sizeof(name), "%d.837", happens);
		rig_drop_claims(r, "acme", name, name);
		rig_pump(r);
		assert_int_equal(p->commits, happens + 1);
		assert_int_equal(sent(r), happens + 1);
	}
	assert_int_equal(p->asked[COURIER_UPLOAD], 2);
}

static void
what_cannot_be_told_is_unknown_and_never_sent_again_blindly(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct store_file f;

	/* Renamed, taken at once, and the answer lost. */
	p->takes = true;
	p->fault[COURIER_COMMIT] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_DOUBT, .fault = SFTP_RETRY, .happens = true };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_UNKNOWN,
	    &f), 1);
	assert_non_null(strstr(rig_log(r), "<3>event=unknown"));
	rig_run(r, 3000 * RIG_MINUTE);
	rig_restart(r);
	rig_run(r, 3000 * RIG_MINUTE);
	assert_int_equal(p->asked[COURIER_UPLOAD], 1);
	assert_int_equal(p->commits, 1);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_UNKNOWN,
	    NULL), 1);
}

static void
retry_of_an_unknown_sends_the_same_numbers(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct store_file f;

	p->takes = true;
	p->fault[COURIER_COMMIT] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_DOUBT, .fault = SFTP_RETRY, .happens = true };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_UNKNOWN,
	    &f), 1);
	ask_about(r, "release", &f, "cannot take");
	ask_about(r, "retry", &f, "\"state\":\"ready\"");
	assert_int_equal(sent(r), 1);
	assert_int_equal(p->commits, 2);
	assert_int_equal(p->files[0].n, p->files[1].n);
	assert_memory_equal(p->files[0].bytes, p->files[1].bytes,
	    p->files[0].n);
	ask_about(r, "show", &f, "by uid 1000");
	ask_about(r, "cancel", &f, "cannot take");
}

static void
answer_to_an_unknown_proves_that_it_was_sent(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	p->takes = p->answers = true;
	p->fault[COURIER_COMMIT] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_DOUBT, .fault = SFTP_RETRY, .happens = true };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_UNKNOWN,
	    NULL), 1);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_UNKNOWN,
	    NULL), 0);
	assert_int_equal(sent(r), 1);
	assert_int_equal(p->commits, 1);
}

static void
taken_final_name_is_told_and_not_overwritten(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	fault(r, COURIER_COMMIT, 1, OUTCOME_FAILED, SFTP_EXISTS);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_run(r, 60 * RIG_MINUTE);
	assert_int_equal(p->commits, 0);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_UNKNOWN,
	    NULL), 1);
	assert_non_null(strstr(rig_log(r), "another file under the name"));
}

static void
refused_rename_is_looked_at_before_anything_else(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	/* "FAILED" and yet it happened: a server that lies. */
	p->fault[COURIER_COMMIT] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_DENIED,
	    .happens = true };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_run(r, 5 * RIG_MINUTE);
	assert_int_equal(p->commits, 1);
	assert_int_equal(p->asked[COURIER_UPLOAD], 1);
	assert_int_equal(p->asked[COURIER_RESOLVE], 1);
	assert_int_equal(sent(r), 1);
}

static void
held_file_waits_for_its_release(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct store_file f;

	fault(r, COURIER_UPLOAD, 1, OUTCOME_FAILED, SFTP_RETRY);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    &f), 1);
	ask_about(r, "hold", &f, "\"state\":\"held\"");
	rig_run(r, 60 * RIG_MINUTE);
	assert_int_equal(p->commits, 0);
	ask_about(r, "release", &f, "\"state\":\"ready\"");
	assert_int_equal(p->commits, 1);
}

static void
operators_retry_does_not_wait(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct store_file f;

	fault(r, COURIER_UPLOAD, 1, OUTCOME_FAILED, SFTP_RETRY);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(p->commits, 0);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    &f), 1);
	ask_about(r, "retry", &f, "\"state\":\"ready\"");
	assert_int_equal(p->commits, 1);
}

static void
oldest_file_goes_first_after_a_failure_too(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	fault(r, COURIER_UPLOAD, 1, OUTCOME_FAILED, SFTP_RETRY);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	rig_drop_claims(r, "acme", "b.837", "B");
	rig_drop_claims(r, "acme", "c.837", "C");
	rig_run(r, 2 * RIG_MINUTE);
	assert_int_equal(p->commits, 3);
	for (unsigned i = 0; i < 3; i++) {
		char isa13[64];

		rig_element(p->files[i].bytes, "ISA", 13, isa13);
		assert_int_equal(atoi(isa13), i + 1);
	}
}

static void
silence_is_told_once_and_shown_until_it_ends(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	static char text[RIG_TEXT];
	struct config *again = rig_config(r,
	    "  expect: {\"999\": {within: 2h}, \"277ca\": false, "
	    "\"835\": false}\n");
	const char *first;
	char *said;

	engine_reload(r->g, again);
	config_free(r->config);
	r->config = again;
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_run(r, 119 * RIG_MINUTE);
	assert_null(strstr(rig_log(r), "event=overdue"));
	said = RIG_ASK(r, "overdue");
	assert_null(strstr(said, "\"type\":\"file\""));
	free(said);
	rig_run(r, 3 * RIG_MINUTE);
	first = strstr(rig_log(r), "event=overdue");
	assert_non_null(first);
	rig_run(r, 60 * RIG_MINUTE);
	rig_restart(r);
	rig_run(r, 60 * RIG_MINUTE);
	assert_null(strstr(first + 1, "event=overdue"));
	said = RIG_ASK(r, "queue");
	assert_non_null(strstr(said, "\"overdue\":\"999\""));
	free(said);
	rig_999(text, p->files[0].bytes, "A");
	rig_put(p, r->now, "/out", "late.999", text, strlen(text));
	rig_run(r, 7 * RIG_MINUTE);
	said = RIG_ASK(r, "overdue");
	assert_null(strstr(said, "\"type\":\"file\""));
	free(said);
	said = RIG_ASK(r, "status");
	assert_null(strstr(said, "overdue"));
	free(said);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(failed_upload_is_tried_again_later_and_later),
		T(each_attempt_has_its_own_temporary_name_and_one_final_name),
		T(refused_login_pauses_loudly_until_somebody_resumes),
		T(changed_settings_resume_what_a_fault_had_paused),
		T(operators_pause_survives_changed_settings),
		T(lost_answer_to_the_rename_is_resolved_by_looking),
		T(courier_lost_in_the_rename_is_resolved_when_it_is_back),
		T(what_cannot_be_told_is_unknown_and_never_sent_again_blindly),
		T(retry_of_an_unknown_sends_the_same_numbers),
		T(answer_to_an_unknown_proves_that_it_was_sent),
		T(taken_final_name_is_told_and_not_overwritten),
		T(refused_rename_is_looked_at_before_anything_else),
		T(held_file_waits_for_its_release),
		T(operators_retry_does_not_wait),
		T(oldest_file_goes_first_after_a_failure_too),
		T(silence_is_told_once_and_shown_until_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
