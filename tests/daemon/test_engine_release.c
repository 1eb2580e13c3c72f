/* SPDX-License-Identifier: ISC */
/* Records that wait leave as one interchange when the rule says so. */
#include "tests/daemon/engine_batch.h"

/* ---- what x12ctl tells --------------------------------------------------- */

static void
a_claim_is_found_while_it_waits_and_when_it_is_sent(void **state)
{
	struct rig *r = *state;
	char *said, *at;

	rig_configure(r, "  batch: {at: [\"10:00\"]}\n");
	rig_drop_records(r, "acme", "smith.ndjson", "MON", 2);
	rig_run(r, RIG_MINUTE);
	said = RIG_ASK(r, "claim", "MON-2");
	assert_has(said, "\"state\":\"waiting\"");
	assert_has(said, "\"amount\":12500");
	assert_has(said, "\"why\":\"it is 10:00 in UTC\"");
	assert_has(said, "\"due\":1772359200000");
	free(said);
	rig_run(r, 60 * RIG_MINUTE);
	/* Once, though the record, the batch and what was sent have it. */
	said = RIG_ASK(r, "claim", "MON-2");
	assert_has(said, "\"state\":\"sent\"");
	at = strstr(said, "\"type\":\"claim\"");
	assert_null(strstr(at + 1, "\"type\":\"claim\""));
	assert_has(said, "\"what\":\"unpacked\"");
	assert_has(said, "\"what\":\"batched\"");
	assert_has(said, "\"what\":\"sent\"");
	free(said);
}

static void
batches_are_listed_previewed_and_released(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char *said, id[STORE_ID_TEXT];

	rig_configure(r, BY_HAND);
	ASK_HAS(r, "\"rc\":0", "batch");
	ASK_HAS(r, "no records wait", "batch", "release", "acme");
	rig_drop_records(r, "acme", "a.ndjson", "MON", 2);
	rig_run(r, RIG_MINUTE);
	rig_drop_records(r, "acme", "b.ndjson", "TUE", 3);
	rig_run(r, RIG_MINUTE);
	said = RIG_ASK(r, "batch");
	assert_has(said, "\"partner\":\"acme\",\"x12\":\"837P\",\"files\":2,"
	    "\"claims\":5,\"charge\":62500,");
	assert_has(said, "\"why\":\"somebody releases it\"");
	assert_null(strstr(said, "\"due\""));
	free(said);
	said = RIG_ASK(r, "batch", "preview", "acme");
	assert_has(said, "\"name\":\"a.ndjson\"");
	assert_has(said, "2 records of 1 billing provider, charged 250.00");
	assert_null(strcasestr(said, "canary"));
	assert_null(strstr(said, "MON-"));
	free(said);
	ASK_HAS(r, "\"waiting\":2", "status");
	ASK_HAS(r, "\"state\":\"waiting\"", "queue");
	ASK_HAS(r, "no such partner", "batch", "nobody");
	ASK_HAS(r, "no records wait", "batch", "release", "acme", "837D");
	ASK_HAS(r, "\"claims\":5", "batch", "release", "acme", "837P");
	/* The word is kept, whatever happens to the engine. */
	rig_restart(r);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	rig_states(r, "acme", FILE_DROPPED, STATE_UNPACKED, &f);
	store_id_text(&f.id, id);
	said = RIG_ASK(r, "show", id);
	assert_has(said, "\"state\":\"unpacked\"");
	assert_has(said, "\"state\":\"batched\"");
	assert_has(said, "\"state\":\"enveloped\"");
	assert_has(said, "\"state\":\"sent\"");
	free(said);
}

/* ---- rules -------------------------------------------------------------- */

static void
so_many_claims_release_at_once(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	rig_configure(r, "  batch: {claims: 4, age: 1h}\n");
	rig_drop_records(r, "acme", "a.ndjson", "A", 2);
	rig_run(r, 30 * SECONDS);
	assert_int_equal(sent(r), 0);
	rig_drop_records(r, "acme", "b.ndjson", "B", 2);
	rig_run(r, 30 * SECONDS);
	rig_drop_records(r, "acme", "c.ndjson", "C", 1);
	rig_run(r, 30 * SECONDS);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    1);
	assert_int_equal(f.claims, 4);
	assert_int_equal(dropped(r, STATE_WAITING), 1);
	rig_run(r, 61 * RIG_MINUTE);
	assert_int_equal(sent(r), 2);
}

static void
so_much_releases_at_once(void **state)
{
	struct rig *r = *state;

	rig_configure(r, "  batch: {bytes: 5kB, age: 1h}\n");
	rig_drop_records(r, "acme", "a.ndjson", "A", 1);
	rig_run(r, 30 * SECONDS);
	assert_int_equal(sent(r), 0);
	rig_drop_records(r, "acme", "b.ndjson", "B", 4);
	rig_run(r, 30 * SECONDS);
	assert_int_equal(sent(r), 1);
	assert_int_equal(dropped(r, STATE_WAITING), 0);
}

/* The rig's day begins at 09:00 UTC, 04:00 in New York, on a Sunday. */
static void
times_of_the_day_release_what_came_before_the_cutoff(void **state)
{
	struct rig *r = *state;
	struct store_file f;

	rig_configure(r, "  batch: {at: [\"05:00\", \"16:30\"], zone: "
	    "America/New_York, cutoff: 10m}\n");
	rig_drop_records(r, "acme", "early.ndjson", "A", 1);
	rig_run(r, 51 * RIG_MINUTE);       /* 09:51: after the cut-off */
	rig_drop_records(r, "acme", "late.ndjson", "B", 1);
	rig_run(r, 8 * RIG_MINUTE);
	assert_int_equal(sent(r), 0);
	rig_run(r, 2 * RIG_MINUTE);        /* 10:01 UTC, 05:01 there */
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    1);
	assert_int_equal(f.claims, 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*A-1*"), 1);
	rig_run(r, (11 * 60 + 28) * RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	rig_run(r, 2 * RIG_MINUTE);
	assert_int_equal(sent(r), 2);
	assert_int_equal(rig_sent(r, "acme", "CLM*B-1*"), 1);
}

static void
a_time_that_passed_unseen_is_made_up_for(void **state)
{
	struct rig *r = *state;

	rig_configure(r, "  batch: {at: [\"10:00\"], days: [sun]}\n");
	rig_drop_records(r, "acme", "a.ndjson", "A", 1);
	rig_run(r, RIG_MINUTE);
	r->now += 20 * 60 * RIG_MINUTE;    /* nobody was there at 10:00 */
	rig_restart(r);
	rig_drop_records(r, "acme", "b.ndjson", "B", 1);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*A-1*"), 1);
	rig_run(r, 5 * 24 * 60 * RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_WAITING), 1);
	rig_run(r, 2 * 24 * 60 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*B-1*"), 1);
}

static void
another_rule_holds_from_the_reload_on(void **state)
{
	struct rig *r = *state;

	rig_configure(r, BY_HAND);
	rig_drop_records(r, "acme", "a.ndjson", "A", 1);
	rig_run(r, 24 * 60 * RIG_MINUTE);
	assert_int_equal(sent(r), 0);
	rig_configure(r, "  batch: {age: 1h}\n");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(sent(r), 1);
}

/* What waits for a partner that was taken out of the configuration is told. */
static void
records_of_a_removed_partner_stay_and_are_told(void **state)
{
	struct rig *r = *state;
	struct config *again;

	rig_configure(r, "  batch: {age: 1h}\n");
	rig_drop_records(r, "acme", "a.ndjson", "A", 1);
	rig_run(r, RIG_MINUTE);
	again = rig_config(r, "  batch: {age: 1h}\n");
	memcpy(again->partners[0].name, "gone", 4);
	engine_reload(r->g, again);
	rig_run(r, 120 * RIG_MINUTE);
	assert_int_equal(sent(r), 0);
	ASK_HAS(r, "\"stray\":1", "status");
	ASK_HAS(r, "\"why\":\"its partner is configured again\"", "claim",
	    "A-1");
	ASK_HAS(r, "no such partner is configured", "batch", "release",
	    "acme");
	engine_reload(r->g, r->config);
	config_free(again);
	rig_run(r, RIG_MINUTE);
	assert_int_equal(sent(r), 1);
}

static void
kinds_leave_apart(void **state)
{
	struct rig *r = *state;
	char *text;
	size_t n;
	struct err e;

	rig_drop_records(r, "acme", "p.ndjson", "A", 1);
	assert_int_equal(io_slurp("tests/data/records/837d/expect.records",
	    1 << 20, &text, &n, &e), 0);
	/* Its last line is what the test of records adds. */
	n = (size_t)(strchr(strchr(text, '\n') + 1, '\n') + 1 - text);
	rig_drop(r, "acme", "d.ndjson", text, n);
	free(text);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(sent(r), 2);
	assert_int_equal(rig_sent(r, "acme", "*005010X222A1~"), 2);
}

/* ---- what cannot be any more -------------------------------------------- */

static void
records_that_settings_make_bad_are_put_aside_alone(void **state)
{
	struct rig *r = *state;
	struct store_file f;
	char *report;

	rig_configure(r, BY_HAND TABLE_SETTINGS);
	drop_table(r, "smith.csv", "125.00", "");      /* two lines a claim */
	rig_run(r, RIG_MINUTE);
	rig_drop_records(r, "acme", "b.ndjson", "TUE", 1);
	rig_run(r, RIG_MINUTE);
	rig_configure(r, BY_HAND "  records: {claim_lines: 1, "
	    "submitter_name: Example Billing, contact_name: desk, "
	    "contact_phone: \"5555550100\", receiver_name: Example Plan}\n");
	ASK_HAS(r, "\"claims\":4", "batch", "release", "acme");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(sent(r), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*TUE-1*"), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    &f), 1);
	assert_string_equal(f.reason, "rejected: 3 records cannot be written "
	    "any more");
	report = rig_read_all(r, "rejected", "acme",
	    "smith.csv.ndjson.report.txt");
	assert_has(report, "line 1");
	assert_has(report, "line 3");
	free(report);
	/* What is put aside is records, and may be dropped again as it is. */
	rig_configure(r, TABLE_SETTINGS);
	report = rig_read_all(r, "rejected", "acme", "smith.csv.ndjson");
	rig_drop(r, "acme", "again.ndjson", report, strlen(report));
	free(report);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 4);
}

static void
a_file_that_kills_workers_is_put_aside(void **state)
{
	struct rig *r = *state;
	char *report;

	rig_configure(r, BY_HAND);
	rig_drop_records(r, "acme", "smith.ndjson", "MON", 2);
	rig_run(r, RIG_MINUTE);
	r->deaths = 2;                     /* both tries of the batch */
	ASK_HAS(r, "\"due\":", "batch", "release", "acme");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_REJECTED), 1);
	assert_int_equal(dropped(r, STATE_WAITING), 0);
	report = rig_read_all(r, "rejected", "acme", ".report.txt");
	assert_has(report, "could not be processed");
	free(report);
}

static void
one_poisonous_file_does_not_hold_the_others(void **state)
{
	struct rig *r = *state;

	rig_configure(r, BY_HAND);
	for (unsigned i = 0; i < 4; i++) {
		char name[20], stem[20];

		snprintf(name, sizeof(name), "%u.ndjson", i);
		snprintf(stem, sizeof(stem), "P%u", i);
		rig_drop_records(r, "acme", name, stem, 1);
		rig_run(r, RIG_MINUTE);
	}
	r->deaths = 6;                     /* all four, two, then the first */
	ASK_HAS(r, "\"due\":", "batch", "release", "acme");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(dropped(r, STATE_REJECTED), 1);
	assert_int_equal(rig_sent(r, "acme", "CLM*"), 3);
	assert_int_equal(dropped(r, STATE_WAITING), 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, \
	batch_setup, batch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_claim_is_found_while_it_waits_and_when_it_is_sent),
		TEST(batches_are_listed_previewed_and_released),
		TEST(so_many_claims_release_at_once),
		TEST(so_much_releases_at_once),
		TEST(times_of_the_day_release_what_came_before_the_cutoff),
		TEST(a_time_that_passed_unseen_is_made_up_for),
		TEST(another_rule_holds_from_the_reload_on),
		TEST(records_of_a_removed_partner_stay_and_are_told),
		TEST(kinds_leave_apart),
		TEST(records_that_settings_make_bad_are_put_aside_alone),
		TEST(a_file_that_kills_workers_is_put_aside),
		TEST(one_poisonous_file_does_not_hold_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
