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

	/* Whatever happened: no canary in the log. */
	assert_null(strstr(rig_log(r), "CANARY"));
	assert_null(strstr(rig_log(r), "MEM0000"));
	assert_null(strstr(rig_log(r), "smith"));
	rig_free(r);
	return 0;
}

static void
good_file_becomes_sent(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	struct store_file f;

	rig_drop_claims(r, "acme", "smith.837", "A");
	rig_pump(r);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 0);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &f), 1);
	assert_string_equal(f.name, "smith.837");
	assert_int_equal(f.claims, 1);
	assert_string_equal(f.type, "837P");
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    1);
	assert_int_equal(f.isa_control, 1);
	assert_int_equal(p->commits, 1);
	assert_int_equal(rig_count(p, "/in"), 1);
	assert_true(strstr(p->files[0].bytes, "CLM*A-1*125") != NULL);
	assert_true(strstr(p->files[0].bytes, "*ZZ*US             *") != NULL);
	assert_true(strstr(p->files[0].name, "837P_000000001_") != NULL);
}


static void
drop_text(struct rig *r, const char *name, const char *text)
{
	rig_drop(r, "acme", name, text, strlen(text));
}

/* The report beside a file, for assertions; the caller's to free. */
static char *
report_of(struct rig *r, const char *which)
{
	return rig_read_all(r, which, "acme", ".report.txt");
}

static void
each_interchange_becomes_a_file_with_numbers_of_its_own(void **state)
{
	struct rig *r = *state;
	struct rig_partner *p = rig_partner(r, "acme");
	char *bytes, one[64], two[64], id[64];
	struct store_file f;
	struct err e;
	size_t n;

	assert_int_equal(io_slurp("tests/data/claims/two_interchanges.837",
	    1 << 20, &bytes, &n, &e), 0);
	rig_drop(r, "acme", "both.837", bytes, n);
	free(bytes);
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT, &f),
	    2);
	assert_int_equal(p->commits, 2);
	for (unsigned i = 0; i < 2; i++) {
		rig_element(p->files[i].bytes, "ISA", 13, id);
		assert_string_equal(id, i ? "000000002" : "000000001");
	}
	rig_element(p->files[0].bytes, "BHT", 3, one);
	rig_element(p->files[1].bytes, "BHT", 3, two);
	assert_string_not_equal(one, two);
	rig_element(p->files[0].bytes, "GS", 6, one);
	rig_element(p->files[1].bytes, "GS", 6, two);
	assert_string_not_equal(one, two);
}

static void
incomplete_file_waits_and_is_then_put_aside(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	struct store_file f;
	char *report;

	rig_claims(text, "A", 2, 'T');
	rig_drop(r, "acme", "smith.837", text, strlen(text) - 40);
	rig_run(r, 14 * RIG_MINUTE);
	assert_true(rig_there(r, "outbox", "acme", "smith.837"));
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, 0, NULL), 0);
	rig_run(r, 2 * RIG_MINUTE);
	assert_false(rig_there(r, "outbox", "acme", "smith.837"));
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_INCOMPLETE,
	    &f), 1);
	assert_true(rig_there(r, "incomplete", "acme", "smith.837"));
	report = report_of(r, "incomplete");
	assert_has(report, "the end is missing");
	assert_has(report, "(IEA)");
	assert_has(report, "smith.837");
	free(report);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
}

static void
file_that_grows_is_taken_when_it_is_whole(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	size_t n;

	rig_claims(text, "A", 3, 'T');
	n = strlen(text);
	for (unsigned i = 1; i < 6; i++) {
		rig_drop(r, "acme", "a.837", text, n * i / 6);
		rig_run(r, 10 * RIG_MINUTE);
		assert_true(rig_there(r, "outbox", "acme", "a.837"));
	}
	rig_drop(r, "acme", "a.837", text, n);
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_SENT,
	    NULL), 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, 0, NULL), 1);
}

static void
names_of_unfinished_files_are_left_alone(void **state)
{
	static const char *const names[] = { ".a.837", "a.837~", "a.tmp",
	    "a.837.PART", "a.Partial", "a.filepart", "a.writing",
	    "a.crdownload", "a.lock" };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		rig_drop_claims(r, "acme", names[i], "A");
	rig_run(r, 60 * RIG_MINUTE);
	assert_int_equal(rig_states(r, NULL, 0, 0, NULL), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(rig_there(r, "outbox", "acme", names[i]));
}

static void
what_is_no_claim_file_gets_a_clear_answer(void **state)
{
	static char zeros[512 * 1024];
	static const struct {
		const char *name, *bytes;
		size_t n;
		const char *says;
	} rows[] = {
		{ "empty.837", "", 0, "the file is empty" },
		{ "list.pdf", "%PDF-1.4\n1 0 obj\n", 17, "a PDF file" },
		{ "a.zip", "PK\003\004\024\0\0\0\010\0", 10, "zip" },
		{ "zeros", zeros, sizeof(zeros), "not X12" },
		{ "note.txt", "hello there\n", 12, "not X12" },
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *report;

		rig_drop(r, "acme", rows[i].name, rows[i].bytes, rows[i].n);
		rig_run(r, 20 * RIG_MINUTE);
		assert_false(rig_there(r, "outbox", "acme", rows[i].name));
		assert_true(rig_there(r, "rejected", "acme", rows[i].name));
		report = report_of(r, "rejected");
		assert_has(report, rows[i].says);
		free(report);
	}
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), sizeof(rows) / sizeof(rows[0]));
}

static void
broken_file_is_rejected_with_what_to_correct(void **state)
{
	struct rig *r = *state;
	char *bytes, *report, *lines;
	struct err e;
	size_t n;

	assert_int_equal(io_slurp("tests/data/claims/wrong_count.837",
	    1 << 20, &bytes, &n, &e), 0);
	rig_drop(r, "acme", "smith.837", bytes, n);
	free(bytes);
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, 0, NULL), 0);
	report = report_of(r, "rejected");
	assert_has(report, "MUST BE CORRECTED");
	assert_has(report, "SE01");
	free(report);
	lines = rig_read_all(r, "rejected", "acme", ".report.jsonl");
	assert_has(lines, "\"type\":\"finding\"");
	assert_has(lines, "\"verdict\":\"reject\"");
	free(lines);
}

static void
test_file_never_goes_to_production_nor_back(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT];
	char *report;

	rig_claims(text, "A", 1, 'P');
	drop_text(r, "a.837", text);
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
	report = report_of(r, "rejected");
	assert_has(report, "partner_usage");
	free(report);
}

static void
a_file_of_another_submitter_is_not_sent(void **state)
{
	struct rig *r = *state;
	static char text[RIG_TEXT], other[] = "SOMEONEELSE";
	char *report;

	r->config->partners[0].submitter = other;
	rig_claims(text, "A", 1, 'T');
	drop_text(r, "a.837", text);
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	assert_int_equal(rig_partner(r, "acme")->commits, 0);
	report = report_of(r, "rejected");
	assert_has(report, "partner_submitter");
	free(report);
}

static void
acknowledgement_in_the_outbox_is_not_sent(void **state)
{
	static char text[RIG_TEXT], claims[RIG_TEXT];
	struct rig *r = *state;
	char *report;

	rig_claims(claims, "A", 1, 'T');
	rig_999(text, claims, "A");
	drop_text(r, "a.999", text);
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	report = report_of(r, "rejected");
	assert_has(report, "partner_transaction");
	free(report);
}

static void
same_bytes_again_are_a_duplicate_also_under_another_name(void **state)
{
	struct rig *r = *state;
	struct store_file first;
	char *report;

	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    &first), 1);
	rig_drop_claims(r, "acme", "b.837", "A");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_DUPLICATE,
	    NULL), 1);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_true(rig_there(r, "rejected", "acme", "b.837"));
	report = report_of(r, "rejected");
	char id[STORE_ID_TEXT];
	store_id_text(&first.id, id);
	assert_has(report, id);
	assert_has(report, "2026-03-01T09:00");
	free(report);
	/* To another partner it is another matter. */
	rig_drop_claims(r, "best", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "best")->commits, 1);
}

static void
two_dropped_at_once_with_the_same_bytes_go_once(void **state)
{
	struct rig *r = *state;

	rig_drop_claims(r, "acme", "a.837", "A");
	rig_drop_claims(r, "acme", "b.837", "A");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_DUPLICATE,
	    NULL), 1);
}

static void
what_was_cancelled_may_be_dropped_again(void **state)
{
	struct rig *r = *state;
	char *said = RIG_ASK(r, "partner", "pause", "acme", "test");
	struct store_file f;
	char id[STORE_ID_TEXT];

	free(said);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_OUTGOING, STATE_READY, &f),
	    1);
	store_id_text(&f.id, id);
	said = RIG_ASK(r, "cancel", id);
	assert_has(said, "\"state\":\"cancelled\"");
	free(said);
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_ENVELOPED,
	    NULL), 2);
	said = RIG_ASK(r, "partner", "resume", "acme");
	free(said);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
}

static void
links_and_other_things_are_refused_once_and_left(void **state)
{
	struct rig *r = *state;
	char target[400], link_[400], hard[400], dir[400], fifo[400];
	char *report;
	unsigned before;

	snprintf(target, sizeof(target), "%s/elsewhere", r->dir);
	close(open(target, O_WRONLY | O_CREAT, 0600));
	rig_path(r, "outbox", "acme", "smith-link.837", link_);
	rig_path(r, "outbox", "acme", "smith-hard.837", hard);
	rig_path(r, "outbox", "acme", "smith-dir", dir);
	rig_path(r, "outbox", "acme", "smith-fifo", fifo);
	assert_int_equal(symlink(target, link_), 0);
	assert_int_equal(link(target, hard), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	engine_on_outbox(r->g, "acme", r->now);
	rig_run(r, 30 * RIG_MINUTE);
	assert_int_equal(rig_files(r, "outbox", "acme", ""), 4);
	assert_int_equal(access(target, F_OK), 0);
	assert_int_equal(rig_files(r, "rejected", "acme", ".report.txt"), 4);
	report = report_of(r, "rejected");
	assert_has(report, "symbolic link");
	assert_has(report, "hard links");
	assert_has(report, "directory");
	assert_has(report, "not a regular file");
	free(report);
	/* Told once, also after a restart. */
	before = (unsigned)r->log.n;
	assert_has(rig_log(r), "event=refused");
	rig_restart(r);
	rig_run(r, 5 * RIG_MINUTE);
	assert_null(strstr(rig_log(r) + before, "event=refused"));
}

static void
file_over_the_limit_is_refused_where_it_is(void **state)
{
	static char big[1100 * 1024];
	struct rig *r = *state;

	memset(big, 'x', sizeof(big));
	memcpy(big, "ISA*", 4);
	rig_drop(r, "acme", "big.837", big, sizeof(big));
	rig_run(r, 20 * RIG_MINUTE);
	assert_true(rig_there(r, "outbox", "acme", "big.837"));
	assert_true(rig_there(r, "rejected", "acme", "big.837.report.txt"));
	assert_int_equal(rig_states(r, NULL, 0, 0, NULL), 0);
}

static void
file_that_cannot_be_read_is_refused_until_it_can(void **state)
{
	struct rig *r = *state;
	char path[400];

	if (geteuid() == 0)
		skip();       /* root can */
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_path(r, "outbox", "acme", "a.837", path);
	assert_int_equal(chmod(path, 0), 0);
	rig_run(r, 20 * RIG_MINUTE);
	assert_true(rig_there(r, "outbox", "acme", "a.837"));
	assert_true(rig_there(r, "rejected", "acme", "a.837.report.txt"));
	assert_int_equal(chmod(path, 0600), 0);
	rig_drop_claims(r, "acme", "a.837", "B");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
}

static void
names_that_collide_in_rejected_get_the_id(void **state)
{
	struct rig *r = *state;

	drop_text(r, "a.837", "no x12 at all");
	rig_run(r, RIG_MINUTE);
	drop_text(r, "a.837", "and no x12 here");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 2);
	assert_int_equal(rig_files(r, "rejected", "acme", ".report.txt"), 2);
	assert_int_equal(rig_files(r, "rejected", "acme", ""), 6);
	assert_true(rig_there(r, "rejected", "acme", "a.837"));
}

static void
file_that_kills_workers_is_put_aside_and_others_go(void **state)
{
	struct rig *r = *state;

	r->deaths = 4;    /* twice before it is claimed, twice after */
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, STATE_REJECTED,
	    NULL), 1);
	assert_has(rig_log(r), "event=worker_lost");
	rig_drop_claims(r, "acme", "b.837", "B");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
}

static void
one_death_of_a_worker_costs_nothing(void **state)
{
	struct rig *r = *state;

	r->deaths = 1;
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
}

/* Workers that cannot even start say nothing of the file. */
static void
workers_that_die_before_they_read_condemn_no_file(void **state)
{
	struct rig *r = *state;

	r->early_deaths = 20;
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_pump(r);
	assert_int_equal(r->early_deaths, 0);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_int_equal(rig_files(r, "rejected", "acme", ""), 0);
}

static void
full_disk_stops_intake_says_so_once_and_loses_nothing(void **state)
{
	struct rig *r = *state;
	const char *said;

	r->work_rc = -ENOSPC;
	r->work_fails = 5;
	rig_drop_claims(r, "acme", "a.837", "A");
	rig_run(r, RIG_MINUTE);
	said = strstr(rig_log(r), "event=intake_stopped");
	assert_non_null(said);
	assert_null(strstr(said + 1, "event=intake_stopped"));
	rig_run(r, RIG_MINUTE);
	assert_int_equal(rig_partner(r, "acme")->commits, 1);
	assert_int_equal(rig_states(r, "acme", FILE_DROPPED, 0, NULL), 1);
}

static void
partners_do_not_wait_for_each_other(void **state)
{
	struct rig *r = *state;
	struct rig_partner *a = rig_partner(r, "acme");

	a->fault[COURIER_UPLOAD] = (struct rig_fault){ .times = 100,
	    .outcome = OUTCOME_FAILED, .fault = SFTP_RETRY };
	for (unsigned i = 0; i < 20; i++) {
		char name[20];

		snprintf(name, sizeof(name), "n%u.837", i);
		rig_drop_claims(r, "acme", name, name);
		rig_drop_claims(r, "best", name, name);
	}
	rig_pump(r);
	assert_int_equal(a->commits, 0);
	assert_int_equal(rig_partner(r, "best")->commits, 20);
	assert_int_equal(a->asked[COURIER_UPLOAD], 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(good_file_becomes_sent),
		T(each_interchange_becomes_a_file_with_numbers_of_its_own),
		T(incomplete_file_waits_and_is_then_put_aside),
		T(file_that_grows_is_taken_when_it_is_whole),
		T(names_of_unfinished_files_are_left_alone),
		T(what_is_no_claim_file_gets_a_clear_answer),
		T(broken_file_is_rejected_with_what_to_correct),
		T(test_file_never_goes_to_production_nor_back),
		T(a_file_of_another_submitter_is_not_sent),
		T(acknowledgement_in_the_outbox_is_not_sent),
		T(same_bytes_again_are_a_duplicate_also_under_another_name),
		T(two_dropped_at_once_with_the_same_bytes_go_once),
		T(what_was_cancelled_may_be_dropped_again),
		T(links_and_other_things_are_refused_once_and_left),
		T(file_over_the_limit_is_refused_where_it_is),
		T(file_that_cannot_be_read_is_refused_until_it_can),
		T(names_that_collide_in_rejected_get_the_id),
		T(file_that_kills_workers_is_put_aside_and_others_go),
		T(one_death_of_a_worker_costs_nothing),
		T(workers_that_die_before_they_read_condemn_no_file),
		T(full_disk_stops_intake_says_so_once_and_loses_nothing),
		T(partners_do_not_wait_for_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
