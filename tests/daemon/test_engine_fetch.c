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
	struct rig *r = *state;

	assert_null(strstr(rig_log(r), "CANARY"));
	assert_null(strstr(rig_log(r), "smith"));
	rig_free(r);
	return 0;
}

/* One claim of ours is at the partner; its bytes as sent. */
static const char *
send_claims(struct rig *r, const char *claim)
{
	struct rig_partner *p = rig_partner(r, "acme");
	char name[40];
	unsigned before = p->commits;

	snprintf(name, sizeof(name), "%s.837", claim);
	rig_drop_claims(r, "acme", name, claim);
	rig_pump(r);
	assert_int_equal(p->commits, before + 1);
	for (unsigned i = 0; i < p->count; i++) {
		char found[64];

		if (strcmp(p->files[i].dir, "/in") != 0)
			continue;
		rig_element(p->files[i].bytes, "CLM", 1, found);
		if (strncmp(found, claim, strlen(claim)) == 0)
			return p->files[i].bytes;
	}
	fail_msg("not sent");
	return NULL;
}

static void
answer(struct rig *r, const char *name, const char *text)
{
	rig_put(rig_partner(r, "acme"), r->now, "/out", name, text,
	    strlen(text));
}

static unsigned
fetched(struct rig *r, enum file_state state)
{
	return rig_states(r, "acme", FILE_FETCHED, state, NULL);
}

static void
all_answers_are_fetched_matched_delivered_and_settled(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	char *lines, *said;

	p->answers = true;
	send_claims(r, "A");
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(rig_count(p, "/out"), 0);
	assert_int_equal(fetched(r, STATE_DELIVERED), 4);
	assert_int_equal(fetched(r, 0), 4);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 4);
	assert_int_equal(rig_files(r, "inbox", "acme", ".jsonl"), 4);
	assert_int_equal(rig_files(r, "inbox", "acme", ""), 8);
	lines = rig_read_all(r, "inbox", "acme", ".jsonl");
	assert_has(lines, "\"type\":\"interchange_acknowledgment\"");
	assert_has(lines, "\"type\":\"set_acknowledgment\"");
	assert_has(lines, "\"type\":\"claim_status\"");
	assert_has(lines, "\"word\":\"accepted\"");
	assert_has(lines, "\"word\":\"partly paid\"");
	assert_has(lines, "\"claim\":\"A-1\"");
	assert_has(lines, "\"amount\":\"125.00\"");
	assert_has(lines, "\"paid\":\"60.00\"");
	assert_has(lines, "\"payment_date\":\"2026-03-03\"");
	assert_has(lines, "\"isa13\":1,");
	assert_null(strstr(lines, "\"matched\":false"));
	free(lines);
	said = RIG_ASK(r, "claim", "A-1");
	assert_has(said, "\"status\":\"partly paid\"");
	assert_has(said, "\"kind\":\"ta1\"");
	assert_has(said, "\"kind\":\"999_set\"");
	assert_has(said, "\"kind\":\"277_claim\"");
	assert_has(said, "\"kind\":\"835_claim\"");
	assert_has(said, "\"original_bht03\":\"CLERK-A\"");
	free(said);
}

struct named {
	struct rig *r;
	unsigned seen;
};

static bool
on_named(void *ctx, const struct store_file *f)
{
	static const char *const types[] = { "TA1", "999", "277CA", "835" };
	struct named *n = ctx;
	char id[STORE_ID_TEXT], name[100];

	store_id_text(&f->id, id);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "20260301-090010-%s-%s.x12",
		    types[i], id);
		if (!rig_there(n->r, "inbox", "acme", name))
			continue;
		n->seen |= 1u << i;
		snprintf(strrchr(name, '.'), 10, ".jsonl");
		assert_true(rig_there(n->r, "inbox", "acme", name));
	}
	return true;
}

static void
inbox_names_tell_time_type_and_id(void **state)
{
	struct rig *r = *state;
	struct store_file_filter all = { .kind = FILE_FETCHED };
	struct named n = { r, 0 };
	struct err e;

	rig_partner(r, "acme")->answers = true;
	send_claims(r, "A");
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(store_file_list(r->store, &all, on_named, &n, &e),
	    0);
	assert_int_equal(n.seen, 15);
}

static void
answers_out_of_order_find_what_they_answer(void **state)
{
	struct rig *r = *state;
	static char a[RIG_TEXT], b[RIG_TEXT];
	char bht[64], *said;

	snprintf(a, sizeof(a), "%s", send_claims(r, "A"));
	snprintf(b, sizeof(b), "%s", send_claims(r, "B"));
	static char text[RIG_TEXT];

	rig_835(text, "B-1", "4", "125", "0");
	answer(r, "1.835", text);
	rig_run(r, 6 * RIG_MINUTE);
	rig_element(b, "BHT", 3, bht);
	rig_277ca(text, bht, "B-1", "A7:562:85", "125");
	answer(r, "2.277", text);
	rig_run(r, 6 * RIG_MINUTE);
	rig_999(text, b, "A");
	answer(r, "3.999", text);
	rig_999(text, a, "R");
	answer(r, "4.999", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_DELIVERED), 4);
	said = RIG_ASK(r, "claim", "A-1");
	assert_has(said, "\"status\":\"set rejected\"");
	free(said);
	said = RIG_ASK(r, "claim", "B-1", "acme");
	assert_has(said, "\"status\":\"denied\"");
	free(said);
}

static void
wrong_bht_is_forgiven_when_the_claim_is_known(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];

	send_claims(r, "A");
	rig_277ca(text, "NEVERSENT", "A-1", "A2:20:PR", "125");
	answer(r, "1.277", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	char *said = RIG_ASK(r, "unmatched");
	assert_null(strstr(said, "\"type\":\"answer\""));
	free(said);
}

static void
newest_claim_of_a_number_is_meant_unless_the_batch_says_else(void **state)
{
	struct rig *r = *state;
	static char first[RIG_TEXT], text[RIG_TEXT];
	struct store_file f1, f2;
	struct config *again;
	char bht[64], id[STORE_ID_TEXT], *said;

	snprintf(first, sizeof(first), "%s", send_claims(r, "A"));
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f1),
	    1);
	/* The same claim number again, in another file. */
	again = rig_config(r, "  duplicate_claims: warn\n");
	engine_reload(r->g, again);
	config_free(r->config);
	r->config = again;
	rig_claims(text, "A", 2, 'T');
	rig_drop(r, "acme", "again.837", text, strlen(text));
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f2),
	    2);
	rig_835(text, "A-1", "1", "125", "125");
	answer(r, "1.835", text);
	rig_run(r, 6 * RIG_MINUTE);
	store_id_text(&f2.id, id);
	said = RIG_ASK(r, "show", id);
	assert_has(said, "835_claim");
	free(said);
	rig_element(first, "BHT", 3, bht);
	rig_277ca(text, bht, "A-1", "A2:20:PR", "125");
	answer(r, "2.277", text);
	rig_run(r, 6 * RIG_MINUTE);
	store_id_text(&f1.id, id);
	said = RIG_ASK(r, "show", id);
	assert_has(said, "277_claim");
	free(said);
}

static void
what_matches_nothing_is_parked_told_and_matched_later(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	char *said;

	rig_835(text, "Z-1", "1", "125", "100");
	answer(r, "1.835", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_PARKED), 1);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	assert_int_equal(rig_count(rig_partner(r, "acme"), "/out"), 0);
	assert_has(rig_log(r), "<4>event=parked");
	said = RIG_ASK(r, "unmatched");
	assert_has(said, "\"claim\":\"Z-1\"");
	assert_has(said, "\"matched\":false");
	free(said);
	said = RIG_ASK(r, "status");
	assert_has(said, "\"unmatched\":1,\"attention\":1");
	free(said);
	send_claims(r, "Z");
	rig_run(r, 3 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_PARKED), 0);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	said = RIG_ASK(r, "unmatched");
	assert_null(strstr(said, "Z-1"));
	free(said);
	said = RIG_ASK(r, "claim", "Z-1");
	assert_has(said, "\"status\":\"partly paid\"");
	free(said);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
}

/* It spoke of the number before we used it, for a group of another kind. */
static void
parked_999_of_another_kind_of_group_is_not_matched_later(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	char gs06[64];

	rig_wrap(text, "000000902", "FA", "005010X231A1", "999",
	    "AK1*RA*1*005010X218~\nAK9*A*1*1*1~\n", 2);
	answer(r, "1.999", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_PARKED), 1);
	rig_element(send_claims(r, "A"), "GS", 6, gs06);
	assert_string_equal(gs06, "1");
	rig_run(r, 3 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_PARKED), 1);
}

static void
same_name_with_new_bytes_is_a_new_file(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	const char *x12 = send_claims(r, "A");

	rig_999(text, x12, "A");
	answer(r, "ack", text);
	rig_run(r, 6 * RIG_MINUTE);
	rig_ta1(text, x12, "A");
	answer(r, "ack", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_DELIVERED), 2);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 2);
}

static void
same_bytes_under_a_new_name_are_told_and_not_applied_twice(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	static char text[RIG_TEXT];
	char *said;

	send_claims(r, "A");
	rig_835(text, "A-1", "1", "125", "125");
	answer(r, "one.835", text);
	rig_run(r, 6 * RIG_MINUTE);
	answer(r, "two.835", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(rig_count(p, "/out"), 0);
	assert_int_equal(fetched(r, STATE_DELIVERED), 2);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	assert_has(rig_log(r), "event=duplicate");
	said = RIG_ASK(r, "claim", "A-1");
	assert_non_null(strstr(said, "835_claim"));
	assert_null(strstr(strstr(said, "835_claim") + 1, "835_claim"));
	free(said);
}

static void
remote_file_that_grows_is_fetched_when_it_is_whole(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	struct rig_partner *p = rig_partner(r, "acme");
	size_t n;

	rig_999(text, send_claims(r, "A"), "A");
	n = strlen(text);
	for (unsigned i = 1; i < 4; i++) {
		rig_put(p, r->now, "/out", "ack", text, n * i / 4);
		rig_run(r, 11 * RIG_MINUTE);
		assert_int_equal(fetched(r, 0), 0);
		assert_int_equal(rig_count(p, "/out"), 1);
	}
	rig_put(p, r->now, "/out", "ack", text, n);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	assert_int_equal(rig_count(p, "/out"), 0);
}

static void
remote_file_that_stays_cut_is_delivered_as_broken(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	struct rig_partner *p = rig_partner(r, "acme");
	char *report;

	rig_999(text, send_claims(r, "A"), "A");
	rig_put(p, r->now, "/out", "ack", text, strlen(text) - 20);
	rig_run(r, 14 * RIG_MINUTE);
	assert_int_equal(fetched(r, 0), 0);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_BROKEN), 1);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	report = rig_read_all(r, "inbox", "acme", ".report.txt");
	assert_has(report, "Ask the partner");
	free(report);
	assert_has(rig_log(r), "<3>event=broken");
	assert_int_equal(rig_count(p, "/out"), 0);
}

static void
page_of_a_login_portal_is_no_answer(void **state)
{
	struct rig *r = *state;

	answer(r, "index.html", "<html><body>Please log in</body></html>\n");
	rig_run(r, 20 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_BROKEN), 1);
	assert_int_equal(fetched(r, 0), 1);
}

static void
nothing_is_deleted_before_it_is_recorded_here(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	struct rig_partner *p = rig_partner(r, "acme");

	rig_999(text, send_claims(r, "A"), "A");
	answer(r, "ack", text);
	p->fault[COURIER_DOWNLOAD] = (struct rig_fault){ .times = 3,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_RETRY };
	rig_run(r, 2 * RIG_MINUTE);
	assert_int_equal(p->asked[COURIER_SETTLE], 0);
	assert_int_equal(rig_count(p, "/out"), 1);
	rig_run(r, 30 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	assert_int_equal(rig_count(p, "/out"), 0);
}

static void
refused_deletion_is_tried_again_and_delivers_once(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	struct rig_partner *p = rig_partner(r, "acme");

	rig_999(text, send_claims(r, "A"), "A");
	answer(r, "ack", text);
	p->fault[COURIER_SETTLE] = (struct rig_fault){ .times = 1000,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_DENIED };
	rig_run(r, 7 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_MATCHED), 1);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	rig_restart(r);
	p->fault[COURIER_SETTLE].times = 1;
	rig_run(r, 20 * RIG_MINUTE);
	assert_int_equal(rig_count(p, "/out"), 0);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	assert_int_equal(fetched(r, 0), 1);
	assert_int_equal(rig_files(r, "inbox", "acme", ".x12"), 1);
	assert_int_equal(p->asked[COURIER_DOWNLOAD], 1);
}

static void
file_replaced_before_it_was_settled_is_fetched_too(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	struct rig_partner *p = rig_partner(r, "acme");
	const char *x12 = send_claims(r, "A");

	rig_999(text, x12, "A");
	answer(r, "ack", text);
	p->fault[COURIER_SETTLE] = (struct rig_fault){ .times = 1,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_RETRY };
	rig_run(r, RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_MATCHED), 1);
	rig_ta1(text, x12, "A");
	answer(r, "ack", text);
	rig_run(r, 10 * RIG_MINUTE);
	assert_int_equal(fetched(r, STATE_DELIVERED), 2);
	assert_int_equal(rig_count(p, "/out"), 0);
}

static void
courier_lost_while_fetching_or_settling_loses_nothing(void **state)
{
	static const enum courier_kind kinds[] = { COURIER_LIST,
	    COURIER_DOWNLOAD, COURIER_SETTLE, COURIER_SETTLE };
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");

	p->answers = true;
	for (unsigned i = 0; i < 4; i++) {
		char claim[20];

		p->fault[kinds[i]] = (struct rig_fault){ .times = 1,
		    .kills = true, .happens = i == 3 };
		snprintf(claim, sizeof(claim), "C%u", i);
		send_claims(r, claim);
		rig_run(r, 12 * RIG_MINUTE);
		assert_int_equal(fetched(r, STATE_DELIVERED), 4 * (i + 1));
		assert_int_equal(fetched(r, 0), 4 * (i + 1));
		assert_int_equal(rig_files(r, "inbox", "acme", ".x12"),
		    4 * (i + 1));
		assert_int_equal(rig_count(p, "/out"), 0);
	}
}

static void
files_left_on_purpose_are_fetched_once(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	static char text[RIG_TEXT];
	const char *x12 = send_claims(r, "A");

	r->config->partners[0].sftp.after = CONFIG_AFTER_LEAVE;
	rig_999(text, x12, "A");
	answer(r, "ack", text);
	rig_run(r, 60 * RIG_MINUTE);
	assert_int_equal(p->asked[COURIER_DOWNLOAD], 1);
	assert_int_equal(fetched(r, STATE_DELIVERED), 1);
	rig_restart(r);
	rig_run(r, 60 * RIG_MINUTE);
	assert_int_equal(p->asked[COURIER_DOWNLOAD], 1);
	assert_int_equal(p->asked[COURIER_SETTLE], 0);
	assert_int_equal(rig_count(p, "/out"), 1);
}

static void
answer_to_what_was_not_sent_holds_it(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	static char text[RIG_TEXT];
	struct store_file f;

	p->fault[COURIER_UPLOAD] = (struct rig_fault){ .times = 100,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_EXISTS };
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY,
	    &f), 1);
	snprintf(text, sizeof(text), "ISA*00*          *00*          *ZZ*THEM"
	    "           *ZZ*US             *260301*0930*^*00501*000000009*0*T"
	    "*:~\nTA1*%09u*260301*0900*A*000~\nIEA*0*000000009~\n",
	    (unsigned)f.isa_control);
	answer(r, "ta1", text);
	rig_run(r, 6 * RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_HELD,
	    NULL), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_answers_are_fetched_matched_delivered_and_settled),
		T(inbox_names_tell_time_type_and_id),
		T(answers_out_of_order_find_what_they_answer),
		T(wrong_bht_is_forgiven_when_the_claim_is_known),
		T(newest_claim_of_a_number_is_meant_unless_the_batch_says_else),
		T(what_matches_nothing_is_parked_told_and_matched_later),
		T(parked_999_of_another_kind_of_group_is_not_matched_later),
		T(same_name_with_new_bytes_is_a_new_file),
		T(same_bytes_under_a_new_name_are_told_and_not_applied_twice),
		T(remote_file_that_grows_is_fetched_when_it_is_whole),
		T(remote_file_that_stays_cut_is_delivered_as_broken),
		T(page_of_a_login_portal_is_no_answer),
		T(nothing_is_deleted_before_it_is_recorded_here),
		T(refused_deletion_is_tried_again_and_delivers_once),
		T(file_replaced_before_it_was_settled_is_fetched_too),
		T(courier_lost_while_fetching_or_settling_loses_nothing),
		T(files_left_on_purpose_are_fetched_once),
		T(answer_to_what_was_not_sent_holds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
