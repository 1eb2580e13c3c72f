/* SPDX-License-Identifier: ISC */
/*
 * What partners send is acknowledged as they asked, once, and never what is an
 * acknowledgement itself; clerks are told of their files in the same forms.
 * The worker is the real one, with its guides.
 */
#include "tests/daemon/engine_answer.h"

/* ---- the partner's side ------------------------------------------------- */

static void
remittance_is_acknowledged_once(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = *state;
	const char *got;

	remittance(text, true, '0', "000000011");
	partner_puts(r, "a.835", text);
	got = partner_got(r, "999_");
	assert_non_null(got);
	assert_has(got, "*ZZ*US             *ZZ*THEM           *");
	assert_has(got, "GS*FA*US0*THEM0*");
	assert_has(got, "AK1*HP*1*005010X221A1~");
	assert_has(got, "IK5*A~");
	assert_has(got, "AK9*A*1*1*1~");
	got = partner_got(r, "TA1_");
	assert_non_null(got);
	assert_has(got, "TA1*000000011*260301*0930*A*000~");
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	/* The same bytes once more, under another name: they were told. */
	partner_puts(r, "b.835", text);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, 0, NULL), 2);
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
	/* The same payment in another interchange is another file. */
	remittance(text, true, '0', "000000012");
	partner_puts(r, "c.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 4);
}

static void
remittance_that_breaks_its_guide_is_rejected_and_delivered(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = *state;
	const char *got;

	remittance(text, false, '0', "000000011");
	partner_puts(r, "a.835", text);
	got = partner_got(r, "999_");
	assert_non_null(got);
	assert_has(got, "IK5*R*");
	assert_has(got, "AK9*R*1*1*0");
	assert_has(partner_got(r, "TA1_"), "*A*000~");
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	assert_int_equal(rig_files(r, "inbox", "acme", ".jsonl"), 1);
	assert_has(rig_log(r), "type=999 status=R");
}

static void
nothing_is_sent_that_was_not_asked_for(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = answer_rig(true, "");

	(void)state;
	remittance(text, false, '0', "000000011");
	partner_puts(r, "a.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
	/* ISA14 is how a partner asks for a TA1. */
	remittance(text, true, '1', "000000012");
	partner_puts(r, "b.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_non_null(partner_got(r, "TA1_"));
	/* Only what is wrong. */
	answer_config(r, "  acknowledge: {ta1: never, 999: errors, "
	    "file_name: \"ack-{id}-{type}\"}\n");
	remittance(text, true, '1', "000000013");
	partner_puts(r, "c.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	remittance(text, false, '1', "000000014");
	partner_puts(r, "d.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
	assert_non_null(partner_got(r, "ack-"));
	rig_free(r);
}

static void
acknowledgement_is_never_acknowledged(void **state)
{
	static char text[RIG_TEXT], mine[RIG_TEXT];
	struct rig *r = *state;
	char gs06[64], body[300];
	const char *got;

	rig_claims(mine, "A", 1, 'T');
	rig_ta1(text, mine, "R");
	partner_puts(r, "a.ta1", text);
	rig_999(text, mine, "R");
	partner_puts(r, "a.999", text);
	rig_277ca(text, "NOBODY", "A-1", "A7:21", "125");
	partner_puts(r, "a.277", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
	assert_int_equal(fetched(r, STATE_PARKED), 3);
	/* Our own: its TA1 and its 999 are matched, and not answered. */
	remittance(text, true, '0', "000000011");
	partner_puts(r, "a.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
	got = partner_got(r, "999_");
	rig_ta1(text, got, "A");
	partner_puts(r, "b.ta1", text);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	rig_element(got, "GS", 6, gs06);
	snprintf(body, sizeof(body), "AK1*FA*%s*005010X231A1~\n"
	    "AK2*999*0001*005010X231A1~\nIK5*A~\nAK9*A*1*1*1~\n", gs06);
	rig_wrap(text, "000000921", "FA", "005010X231A1", "999", body, 4);
	partner_puts(r, "b.999", text);
	assert_int_equal(fetched(r, STATE_DELIVERED), 2);
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
	/* Nothing is ever late that nobody waits for. */
	rig_run(r, (int64_t)90 * 24 * 60 * RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT,
	    NULL), 2);
	assert_has_not(rig_log(r), "overdue");
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
}

/* What the partner has of a kind, whose text has part. */
static unsigned
partner_has(struct rig *r, const char *begins, const char *part)
{
	struct rig_partner *p = rig_partner(r, "acme");
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += strcmp(p->files[i].dir, "/in") == 0 &&
		    strncmp(p->files[i].name, begins, strlen(begins)) == 0 &&
		    strstr(p->files[i].bytes, part) != NULL;
	return n;
}

static void
each_interchange_of_a_file_is_acknowledged(void **state)
{
	static char text[RIG_TEXT], more[RIG_TEXT];
	struct rig *r = *state;
	size_t n;

	remittance(text, true, '0', "000000011");
	remittance(more, false, '0', "000000012");
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, "%.4000s", more);
	/* An acknowledgement among them says nothing that we answer to. */
	rig_999(more, text, "A");
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, "%.4000s", more);
	partner_puts(r, "a.835", text);
	assert_int_equal(rig_partner(r, "acme")->commits, 4);
	assert_int_equal(partner_has(r, "TA1_", "TA1*000000011*"), 1);
	assert_int_equal(partner_has(r, "TA1_", "TA1*000000012*"), 1);
	assert_int_equal(partner_has(r, "999_", "AK9*A*1*1*1~"), 1);
	assert_int_equal(partner_has(r, "999_", "AK9*R*1*1*0"), 1);
	/* Each file is one interchange, whole. */
	assert_int_equal(partner_has(r, "", "ISA*"), 4);
	assert_int_equal(partner_has(r, "", "IEA*"), 4);
}

static void
cut_file_gets_a_ta1_that_says_so(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = *state;

	remittance(text, true, '0', "000000011");
	*strstr(text, "IEA*") = '\0';
	partner_puts(r, "a.835", text);
	rig_run(r, 20 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_BROKEN), 1);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_has(partner_got(r, "TA1_"), "*R*023~");
	/* What is no X12 has nobody to answer to. */
	partner_puts(r, "b.835", "hello, this is no X12 at all");
	rig_run(r, 20 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_BROKEN), 2);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
}

static void
worker_that_dies_of_it_does_not_hold_it_up(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = *state;

	r->deadly = WORK_ANSWER;
	remittance(text, true, '0', "000000011");
	partner_puts(r, "a.835", text);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
	assert_has(rig_log(r), "event=not_acknowledged");
}

static void
operator_sees_what_was_acknowledged(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = *state;
	struct store_file f;
	char *said;

	rig_partner(r, "acme")->answers = false;
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	remittance(text, false, '0', "000000011");
	partner_puts(r, "a.835", text);
	assert_int_equal(rig_states(r, "acme", FILE_FETCHED, 0, &f), 1);
	store_id_text(&f.id, text);
	said = RIG_ASK(r, "show", text);
	assert_has(said, "\"what\":\"acknowledged\"");
	assert_has(said, "\"type\":\"acknowledged\"");
	assert_has(said, "\"x12\":\"999\",\"status\":\"R\"");
	assert_has(said, "\"state\":\"sent\",\"sent\":");
	free(said);
	said = RIG_ASK(r, "claim", "A-1");
	assert_has(said, "\"x12\":\"999\",\"status\":\"R\"");
	assert_has(said, "\"x12\":\"TA1\",\"status\":\"A\"");
	free(said);
}

/* ---- the clerk's side --------------------------------------------------- */

static unsigned
count_of(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	return n;
}

static void
clerk_is_told_that_a_good_file_goes(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char name[64], *text;

	drop_sample(r, "clean", "smith.837");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	text = told(r, ".ta1", 1);
	assert_has(text, "*A*000~");
	/* The clerk's own identities, swapped. */
	assert_has(text, "*ZZ*WHOEVER        *ZZ*SAMPLECLINIC   *");
	free(text);
	text = told(r, ".999", 1);
	assert_has(text, "AK1*HC*1*005010X222A1~");
	assert_has(text, "AK9*A*1*1*1~");
	free(text);
	text = told(r, ".277ca", 1);
	assert_has(text, "STC*A1:20*");
	assert_has(text, "TRN*2*BATCH-1~");
	assert_has_not(text, "STC*A2:");
	assert_has_not(text, "STC*A7:");
	free(text);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &f), 1);
	store_id_text(&f.id, name);
	strcat(name, ".999");
	assert_true(rig_there(r, "inbox", "acme", name));
}

static void
clerk_is_told_which_claims_stay_behind(void **state)
{
	struct rig *r = answer_rig(true, CLERK AGAIN);
	char *text;

	(void)state;
	drop_sample(r, "one_of_three", "smith.837");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	text = told(r, ".999", 1);
	assert_has(text, "IK5*E*");
	assert_has(text, "CTX*CLM01:A-2~");
	assert_has(text, "AK9*E*1*1*1~");
	free(text);
	text = told(r, ".277ca", 1);
	assert_has(text, "QTY*90*2~");
	assert_has(text, "QTY*AA*1~");
	assert_has(text, "TRN*2*A-1~\nSTC*A1:20*");
	assert_has(text, "TRN*2*A-2~\nSTC*A7:178*");
	assert_has(text, "TRN*2*A-3~\nSTC*A1:20*");
	free(text);
	/* A subscriber's fault: its claims stay behind, whatever the 999. */
	drop_sample(r, "subscriber_level", "jones.837");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 2);
	text = told(r, ".277ca", 2);
	assert_int_equal(count_of(text, "STC*A1:19:AY*"), 4);
	assert_int_equal(count_of(text, "STC*A1:20*"), 4);
	free(text);
	text = told(r, ".999", 2);
	assert_has_not(text, "IK5*R");
	free(text);
	rig_free(r);
}

static void
clerk_is_told_that_nothing_of_a_bad_file_goes(void **state)
{
	struct rig *r = *state;
	char *text;

	drop_sample(r, "one_of_three", "smith.837");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 0);
	text = told(r, ".277ca", 1);
	assert_has(text, "QTY*AA*3~");
	assert_has_not(text, "QTY*90*");
	assert_has(text, "TRN*2*A-1~\nSTC*A3:481*");
	assert_has(text, "TRN*2*A-2~\nSTC*A7:178*");
	assert_has(text, "TRN*2*A-3~\nSTC*A3:481*");
	assert_int_equal(count_of(text, "*WQ*"), 2);   /* the receipts */
	free(text);
	/* Without a 277CA the 999 must say it. */
	answer_config(r, "  answer_clerk: [999]\n" WHOLE);
	drop_sample(r, "two_sets", "jones.837");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 0);
	text = told(r, ".999", 2);
	assert_has(text, "AK9*R*2*2*0");
	assert_int_equal(count_of(text, "IK5*R"), 2);
	free(text);
}

static void
clerk_is_told_of_a_duplicate_and_a_cut_file(void **state)
{
	struct rig *r = *state;
	char *text;

	drop_sample(r, "clean", "smith.837");
	rig_pump(r);
	drop_sample(r, "clean", "again.837");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_DUPLICATE,
	    NULL), 1);
	text = told(r, ".ta1", 2);
	assert_has(text, "*R*025~");
	free(text);
	free(told(r, ".999", 1));
	free(told(r, ".277ca", 1));
	/* The end is missing. */
	rig_drop(r, "acme", "cut.837", "ISA*00*          *00*          "
	    "*ZZ*SAMPLECLINIC   *ZZ*WHOEVER        *261120*0915*^*00501*"
	    "000000009*0*T*:~\nGS*HC*SAMPLECLINIC*WHOEVER*20261120*0915*1*X*"
	    "005010X222A1~\n", 166);
	rig_run(r, 40 * RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_INCOMPLETE,
	    NULL), 1);
	text = told(r, ".ta1", 3);
	assert_has(text, "TA1*000000009*");
	assert_has(text, "*R*023~");
	free(text);
	/* A test partner gets no production file; X12 it is not at all. */
	rig_drop(r, "acme", "note.txt", "not x12", 7);
	rig_pump(r);
	free(told(r, ".ta1", 3));
}

static void
clerk_is_told_of_what_the_settings_forbid(void **state)
{
	static char text[RIG_TEXT];
	struct rig *r = answer_rig(true, "  answer_clerk: [999]\n");
	char *said;

	(void)state;
	rig_claims(text, "C", 1, 'P');
	rig_drop(r, "acme", "c.837", text, strlen(text));
	rig_pump(r);
	/* Not asked for; but no other form can tell it. */
	said = told(r, ".ta1", 1);
	assert_has(said, "*R*020~");
	free(said);
	free(told(r, ".999", 0));
	rig_free(r);
}

/* Who dropped records knows no ISA that a TA1 could speak of. */
static void
records_and_their_batch_are_not_answered(void **state)
{
	struct rig *r = *state;

	rig_drop_records(r, "acme", "smith.ndjson", "MON", 2);
	rig_run(r, 20 * RIG_MINUTE);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	free(told(r, ".ta1", 0));
	free(told(r, ".999", 0));
	free(told(r, ".277ca", 0));
}

static void
answer_that_cannot_be_written_does_not_hold_a_file_up(void **state)
{
	struct rig *r = *state;

	r->deadly = WORK_ANSWER;
	drop_sample(r, "clean", "smith.837");
	drop_sample(r, "one_of_three", "jones.837");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    NULL), 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	assert_has(rig_log(r), "event=not_answered");
	free(told(r, ".999", 0));
}

int
main(void)
{
#define PARTNER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define CLERKS(f) cmocka_unit_test_setup_teardown(f, setup_clerk, teardown)
	const struct CMUnitTest tests[] = {
		PARTNER(remittance_is_acknowledged_once),
		PARTNER(
		    remittance_that_breaks_its_guide_is_rejected_and_delivered),
		cmocka_unit_test(nothing_is_sent_that_was_not_asked_for),
		PARTNER(acknowledgement_is_never_acknowledged),
		PARTNER(each_interchange_of_a_file_is_acknowledged),
		PARTNER(cut_file_gets_a_ta1_that_says_so),
		PARTNER(worker_that_dies_of_it_does_not_hold_it_up),
		PARTNER(operator_sees_what_was_acknowledged),
		CLERKS(clerk_is_told_that_a_good_file_goes),
		cmocka_unit_test(clerk_is_told_which_claims_stay_behind),
		CLERKS(clerk_is_told_that_nothing_of_a_bad_file_goes),
		CLERKS(clerk_is_told_of_a_duplicate_and_a_cut_file),
		cmocka_unit_test(clerk_is_told_of_what_the_settings_forbid),
		CLERKS(records_and_their_batch_are_not_answered),
		CLERKS(answer_that_cannot_be_written_does_not_hold_a_file_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
