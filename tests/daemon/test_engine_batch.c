/* SPDX-License-Identifier: ISC */
/* Claim records are dropped, inspected, and wait. */
#include "tests/daemon/engine_batch.h"

#include <glob.h>

/* ---- intake ------------------------------------------------------------- */

static void
records_wait_and_leave_together(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	rig_drop_records(r, "acme", "smith.ndjson", "MON", 2);
	rig_run(r, 20 * SECONDS);
	rig_drop_records(r, "acme", "b.ndjson", "TUE", 3);
	rig_run(r, 60 * SECONDS);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_int_equal(dropped(r, STATE_UNPACKED), 2);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    &f), 2);
	assert_int_equal(f.claims, 3);
	assert_int_equal(f.charge, 37500);
	assert_string_equal(f.type, "837P");
	assert_int_equal(sent(r), 0);
	rig_run(r, 300 * SECONDS);         /* five minutes: the default */
	assert_int_equal(sent(r), 1);
	assert_int_equal(dropped(r, STATE_BATCHED), 2);
	assert_int_equal(dropped(r, STATE_WAITING), 0);
	assert_int_equal(dropped(r, STATE_ENVELOPED), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*MON-1*"), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*TUE-3*"), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 5);
	/* One billing provider, one subscriber above all of them. */
	assert_int_equal(rig_sent(r, "acme", "NM1*85*"), 1);
	assert_int_equal(rig_sent(r, "acme", "NM1*IL*"), 1);
}

/* As a damaged disk does it. */
static void
lose_bytes(struct rig *r, const struct store_id *id)
{
	char text[STORE_ID_TEXT], path[200];
	glob_t found;

	store_id_text(id, text);
	snprintf(path, sizeof(path), "%s/bytes/*/%s*", r->store_dir, text);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	assert_int_equal(unlink(found.gl_pathv[0]), 0);
	globfree(&found);
}

static void
records_that_the_store_has_lost_do_not_stop_the_others(void **state)
{
	struct rig *r = rig_new(false);
	struct store_file f;

	(void)state;
	rig_use_worker(r);
	rig_pump(r);
	rig_drop_records(r, "acme", "a.ndjson", "MON", 1);
	rig_run(r, 20 * SECONDS);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    &f), 1);
	lose_bytes(r, &f.id);
	rig_drop_records(r, "acme", "b.ndjson", "TUE", 2);
	rig_drop_claims(r, "best", "c.837", "C");
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*TUE-2*"), 1);
	assert_int_equal(rig_partner(r, "best")->commits, 1);
	/* It is told, is not called sent, and nobody's intake stops. */
	assert_int_equal(dropped(r, STATE_WAITING), 1);
	assert_has(rig_log(r), "event=bytes_unreadable");
	assert_null(strstr(rig_log(r), "intake_stopped"));
	rig_free(r);
}

static void
every_form_of_json_is_taken(void **state)
{
	struct rig *r = *state;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_str(&b, "[\n  ");
	rig_record(&b, "LIST-1", "125.00");
	buf_add_str(&b, ",\n  ");
	rig_record(&b, "LIST-2", "125.00");
	buf_add_str(&b, "\n]\n");
	rig_drop(r, "acme", "list.json", b.p, b.n);
	buf_reset(&b);
	rig_record(&b, "ONE-1", "125.00");
	rig_drop(r, "acme", "ONE.JSON", b.p, b.n);
	rig_drop(r, "acme", "last-line.ndjson", b.p, b.n);
	buf_free(&b);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*LIST-2*"), 1);
	/* The same bytes under two names: one of them is a duplicate. */
	assert_int_equal(dropped(r, STATE_DUPLICATE), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*ONE-1*"), 1);
	assert_int_equal(sent(r), 1);
}

static void
a_file_that_grows_is_left_until_it_rests(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	for (unsigned i = 1; i <= 6; i++) {
		rig_drop_records(r, "acme", "slow.ndjson", "MON", i);
		rig_run(r, 5 * SECONDS);
		assert_int_equal(rig_files(r, "outbox", "acme", ""), 1);
	}
	rig_run(r, 6 * SECONDS);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    &f), 1);
	assert_int_equal(f.claims, 6);
}

static void
what_has_no_end_or_is_none_is_put_aside(void **state)
{
	struct rig *r = *state;

	rig_drop(r, "acme", "cut.json", "[{\"type\":", 9);
	rig_drop(r, "acme", "cut.ndjson", "{}\n{\"type\":", 11);
	rig_drop(r, "acme", "empty.ndjson", "", 0);
	rig_drop(r, "acme", "none.json", "[]", 2);
	rig_drop(r, "acme", "x12.json", "ISA*00*", 7);
	rig_run(r, RIG_MINUTE);
	assert_true(rig_there(r, "rejected", "acme", "none.json"));
	assert_true(rig_there(r, "rejected", "acme", "x12.json"));
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 3);
	rig_run(r, 16 * RIG_MINUTE);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_true(rig_there(r, "incomplete", "acme", "cut.json"));
	assert_true(rig_there(r, "incomplete", "acme", "cut.ndjson"));
	assert_true(rig_there(r, "rejected", "acme", "empty.ndjson"));
	assert_int_equal(dropped(r, STATE_WAITING), 0);
}

static void
drop_one_bad_of_three(struct rig *r, const char *name)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	rig_record(&b, "MON-1", "125.00");
	buf_add_str(&b, "\n");
	rig_record(&b, "MON-2", "999.00");     /* not the sum of its lines */
	buf_add_str(&b, "\n");
	rig_record(&b, "MON-3", "125.00");
	buf_add_str(&b, "\n");
	rig_drop(r, "acme", name, b.p, b.n);
	buf_free(&b);
}

static void
a_bad_record_rejects_the_file_and_names_the_member(void **state)
{
	struct rig *r = *state;
	char *report;

	rig_configure(r, "  bad_claims: reject\n");
	drop_one_bad_of_three(r, "smith.ndjson");
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_REJECTED), 1);
	assert_int_equal(sent(r), 0);
	report = rig_read_all(r, "rejected", "acme", "smith.ndjson.report.txt");
	assert_has(report, "line 2");
	assert_has(report, "claim.charge");
	free(report);
	report = rig_read_all(r, "rejected", "acme", ".report.jsonl");
	assert_has(report, "\"record\":2");
	assert_has(report, "\"field\":\"claim.charge\"");
	free(report);
}

static void
with_split_the_good_ones_wait_and_the_bad_ones_come_back(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char *bad;

	rig_configure(r, "  bad_claims: split\n");
	drop_one_bad_of_three(r, "smith.ndjson");
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 2);
	assert_int_equal(rig_sent(r, "acme", "CLM*MON-2*"), 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 1);
	assert_string_equal(f.name, "smith.bad-claims.ndjson");
	bad = rig_read_all(r, "rejected", "acme",
	    "smith.bad-claims.ndjson.report.txt");
	assert_has(bad, "line 1, claim.charge");
	assert_has(bad, "line 2 of the dropped file");
	free(bad);
	/* Corrected, it is a file of records like any other. */
	bad = rig_read_all(r, "rejected", "acme", "bad-claims.ndjson");
	assert_has(bad, "\"MON-2\"");
	assert_null(strstr(bad, "\"MON-1\""));
	memcpy(strstr(bad, "999.00"), "125.00", 6);
	rig_drop(r, "acme", "again.ndjson", bad, strlen(bad));
	free(bad);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*MON-2*"), 1);
}

static void
the_same_records_again_are_a_duplicate_until_taken_back(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	rig_configure(r, BY_HAND);
	rig_drop_records(r, "acme", "a.ndjson", "MON", 1);
	rig_run(r, RIG_MINUTE);
	rig_drop_records(r, "acme", "b.ndjson", "MON", 1);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_DUPLICATE), 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    &f), 1);
	{
		char id[STORE_ID_TEXT];

		store_id_text(&f.id, id);
		ASK_HAS(r, "\"state\":\"cancelled\"", "cancel", id);
	}
	rig_drop_records(r, "acme", "c.ndjson", "MON", 1);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_WAITING), 1);
}

/* Submitter and receiver are the partner's settings. */
static void
what_records_do_not_say_the_settings_do(void **state)
{
	struct rig *r = *state;
	char *from, *to;
	struct buf b;

	rig_configure(r, "  submitter: OURS1\n  records: {submitter_name: "
	    "Example Billing, contact_name: desk, contact_phone: "
	    "\"5555550100\", receiver_name: Example Plan}\n");
	buf_init(&b, 1 << 20);
	rig_record(&b, "MON-1", "125.00");
	buf_str(&b);
	from = strstr(b.p, "\"submitter\"");
	to = strstr(b.p, "\"billing_provider\"");
	memmove(from, to, b.n - (size_t)(to - b.p));
	b.n -= (size_t)(to - from);
	rig_drop(r, "acme", "a.ndjson", b.p, b.n);
	buf_free(&b);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme",
	    "NM1*41*2*EXAMPLE BILLING*****46*OURS1~"), 1);
	assert_int_equal(rig_sent(r, "acme",
	    "PER*IC*DESK*TE*5555550100~"), 1);
	assert_int_equal(rig_sent(r, "acme",
	    "NM1*40*2*EXAMPLE PLAN*****46*THEM0~"), 1);
}

static void
a_table_waits_and_leaves_like_records(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	rig_configure(r, TABLE_SETTINGS);
	drop_table(r, "smith.csv", "125.00", "");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    &f), 1);
	assert_int_equal(f.claims, 3);
	assert_int_equal(f.charge, 37500);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 3);
	assert_int_equal(rig_sent(r, "acme", "CLM*MON-2*125*"), 1);
	assert_int_equal(rig_sent(r, "acme", "LX*2~"), 3);
}

static void
bad_claims_of_a_table_come_back_as_a_table(void **state)
{
	struct rig *r = *state;
	char *bad, *at;

	rig_configure(r, TABLE_SETTINGS "  bad_claims: split\n");
	drop_table(r, "smith.csv", "999.00", "");
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 2);
	bad = rig_read_all(r, "rejected", "acme",
	    "smith.bad-claims.csv.report.txt");
	assert_has(bad, "row 2, claim.charge");
	assert_has(bad, "row 4 of the dropped file");
	free(bad);
	bad = rig_read_all(r, "rejected", "acme", "smith.bad-claims.csv");
	assert_has(bad, "type,claim_id,");
	assert_has(bad, "\"Sample Clinic, PC\"");
	assert_null(strstr(bad, "MON-1"));
	assert_null(strstr(bad, "MON-3"));
	at = strstr(bad, "999.00");
	assert_non_null(at);
	memcpy(at, "125.00", 6);
	rig_drop(r, "acme", "again.csv", bad, strlen(bad));
	free(bad);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*MON-2*"), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 3);
}

/* Which rows are of that claim is not told: nothing is parted on a guess. */
static void
a_claim_at_odds_with_itself_rejects_the_whole_table(void **state)
{
	struct rig *r = *state;
	char *report;

	rig_configure(r, TABLE_SETTINGS "  bad_claims: split\n");
	drop_table(r, "smith.csv", "125.00", "837P,MON-3,7.00"
	    ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,2026-02-25,73590,25.00,1,1\n");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_WAITING), 0);
	report = rig_read_all(r, "rejected", "acme", "smith.csv.report.txt");
	assert_has(report, "row 8");
	assert_has(report, "claim.charge");
	free(report);
}

static void
tables_without_heading_or_end_are_put_aside(void **state)
{
	struct rig *r = *state;
	char *report;
	struct buf b;

	rig_configure(r, TABLE_SETTINGS);
	buf_init(&b, 1 << 20);
	rig_rows(&b, "MON-1", "125.00");
	rig_drop(r, "acme", "head.csv", b.p, b.n);
	buf_free(&b);
	drop_table(r, "cut.csv", "125.00", "837P,MON-4,1");
	drop_table(r, "open.csv", "125.00", "\"\n");
	rig_drop(r, "acme", "blank.csv", "\r\n", 2);
	rig_run(r, RIG_MINUTE);
	assert_true(rig_there(r, "rejected", "acme", "head.csv"));
	report = rig_read_all(r, "rejected", "acme", "head.csv.report.txt");
	assert_has(report, "row 1");
	free(report);
	rig_run(r, 16 * RIG_MINUTE);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_true(rig_there(r, "incomplete", "acme", "cut.csv"));
	assert_true(rig_there(r, "incomplete", "acme", "open.csv"));
	assert_int_equal(dropped(r, STATE_WAITING), 0);
}

static void
limits_are_the_partners(void **state)
{
	struct rig *r = *state;
	struct buf b;

	rig_configure(r, "  records: {set_claims: 2, unfit: replace}\n");
	rig_drop_records(r, "acme", "a.ndjson", "MON", 5);
	buf_init(&b, 1 << 20);
	rig_record(&b, "TUE-1", "125.00");
	memcpy(strstr(buf_str(&b), "2 Madeup Lane"), "2*Madeup~Lane", 13);
	rig_drop(r, "acme", "b.ndjson", b.p, b.n);
	buf_free(&b);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	assert_int_equal(rig_sent(r, "acme", "ST*837*"), 3);
	/* With blanks it is the same subscriber as the others. */
	assert_int_equal(rig_sent(r, "acme", "N3*2 MADEUP LANE~"), 3);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 6);
	rig_configure(r, "  records: {claim_lines: 1}\n");
	rig_drop_records(r, "acme", "c.ndjson", "WED", 1);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(sent(r), 2);
}

static void
another_kind_in_one_file_is_refused(void **state)
{
	struct rig *r = *state;
	struct buf b;
	char *report;

	buf_init(&b, 1 << 20);
	rig_record(&b, "MON-1", "125.00");
	buf_add_str(&b, "\n{\"type\":\"837D\"}\n{\"type\":\"nonsense\"}\nx\n");
	rig_drop(r, "acme", "mixed.ndjson", b.p, b.n);
	buf_free(&b);
	rig_run(r, RIG_MINUTE);
	report = rig_read_all(r, "rejected", "acme", ".report.txt");
	assert_has(report, "line 2, type");
	assert_has(report, "a file of its own");
	assert_has(report, "line 4");
	free(report);
}

/* ---- what went before ---------------------------------------------------- */

/* MON-1 to MON-n, and TUE-1: not the bytes that were dropped before. */
static void
drop_again(struct rig *r, const char *name, unsigned n)
{
	char claim[20];
	struct buf b;

	buf_init(&b, 1 << 20);
	rig_record(&b, "TUE-1", "125.00");
	for (unsigned i = 1; i <= n; i++) {
		buf_add_char(&b, '\n');
		snprintf(claim, sizeof(claim), "MON-%u", i);
		rig_record(&b, claim, "125.00");
	}
	buf_add_char(&b, '\n');
	rig_drop(r, "acme", name, b.p, b.n);
	buf_free(&b);
}

static void
records_that_wait_or_went_are_not_taken_twice(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char *report;

	rig_configure(r, BY_HAND);
	rig_drop_records(r, "acme", "a.ndjson", "MON", 2);
	rig_run(r, RIG_MINUTE);
	drop_again(r, "smith.ndjson", 2);
	rig_run(r, RIG_MINUTE);
	/* Two files wait, of two claims and of the one that is new. */
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_WAITING,
	    &f), 2);
	assert_int_equal(f.claims, 1);
	report = rig_read_all(r, "rejected", "acme", ".report.txt");
	assert_has(report, "line 1, claim.id");
	assert_has(report, "line 2 of the dropped file");
	assert_has(report, "in a.ndjson");
	free(report);
	free(RIG_ASK(r, "batch", "release", "acme"));
	rig_run(r, RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 3);
	drop_again(r, "third.ndjson", 1);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_WAITING), 0);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 3);
}

/* The same claim as X12, while its record waits, and while its batch does. */
static void
files_of_x12_see_claims_that_wait(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	rig_configure(r, BY_HAND);
	rig_drop_records(r, "acme", "a.ndjson", "MON", 2);
	rig_run(r, RIG_MINUTE);
	rig_drop_claims(r, "acme", "same.837", "MON");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 1);
	assert_string_equal(f.name, "same.837");
	assert_has(f.reason, "1 of 1 claims went to the partner before");
	assert_int_equal(sent(r), 0);
	free(RIG_ASK(r, "batch", "release", "acme"));
	rig_run(r, RIG_MINUTE);
	/* The batch itself is not taken for its own records again. */
	assert_int_equal(sent(r), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*MON-1*"), 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, \
	batch_setup, batch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(records_wait_and_leave_together),
		cmocka_unit_test(
		    records_that_the_store_has_lost_do_not_stop_the_others),
		TEST(every_form_of_json_is_taken),
		TEST(a_file_that_grows_is_left_until_it_rests),
		TEST(what_has_no_end_or_is_none_is_put_aside),
		TEST(a_bad_record_rejects_the_file_and_names_the_member),
		TEST(with_split_the_good_ones_wait_and_the_bad_ones_come_back),
		TEST(the_same_records_again_are_a_duplicate_until_taken_back),
		TEST(what_records_do_not_say_the_settings_do),
		TEST(a_table_waits_and_leaves_like_records),
		TEST(bad_claims_of_a_table_come_back_as_a_table),
		TEST(a_claim_at_odds_with_itself_rejects_the_whole_table),
		TEST(tables_without_heading_or_end_are_put_aside),
		TEST(limits_are_the_partners),
		TEST(another_kind_in_one_file_is_refused),
		TEST(records_that_wait_or_went_are_not_taken_twice),
		TEST(files_of_x12_see_claims_that_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
