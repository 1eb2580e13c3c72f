/* SPDX-License-Identifier: ISC */
/* Every kind of request against a real sshd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon/courier_rig.h"

#define ASK(...) rig_ask(__VA_ARGS__)

static void
clear(void)
{
	char command[200];

	snprintf(command, sizeof(command), "cd %s && rm -rf root && mkdir -p "
	    "root/in root/out root/done", rig.sshd.dir);
	assert_int_equal(system(command), 0);
}

static int
set_up(void **state)
{
	(void)state;
	clear();
	rig_start();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_stop();
	return 0;
}

/* ---- sending ------------------------------------------------------------ */

static void
file_is_uploaded_then_committed(void **state)
{
	const struct courier_reply *r;

	(void)state;
	r = ASK(COURIER_UPLOAD, "", "claims.837", ".claims.1", 70000,
	    rig_bytes(70000));
	assert_int_equal(r->outcome, OUTCOME_UPLOADED);
	assert_int_equal(r->size, 70000);
	assert_true(rig_whole("in/.claims.1", 70000));
	assert_false(rig_there("in/claims.837"));
	r = ASK(COURIER_COMMIT, "", "claims.837", ".claims.1", 70000, -1);
	assert_int_equal(r->outcome, OUTCOME_SENT);
	assert_int_equal(r->size, 70000);
	assert_true(rig_whole("in/claims.837", 70000));
	assert_false(rig_there("in/.claims.1"));
}

static void
committing_twice_is_sent_once(void **state)
{
	(void)state;
	rig_put("in/t", "12345");
	assert_int_equal(ASK(COURIER_COMMIT, "", "f", "t", 5, -1)->outcome,
	    OUTCOME_SENT);
	assert_int_equal(ASK(COURIER_COMMIT, "", "f", "t", 5, -1)->outcome,
	    OUTCOME_SENT);
	assert_false(rig_there("in/t"));
}

static void
commit_never_overwrites_a_taken_name(void **state)
{
	const struct courier_reply *r;

	(void)state;
	rig_put("in/f", "other");
	rig_put("in/t", "12345");
	r = ASK(COURIER_COMMIT, "", "f", "t", 5, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_EXISTS);
	assert_true(rig_there("in/t"));
	r = ASK(COURIER_RESOLVE, "", "f", "t", 5, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_EXISTS);
	/* Of another size it is nobody's finished rename either. */
	unlink(sshd_remote(&rig.sshd, "in/t"));
	r = ASK(COURIER_COMMIT, "", "f", "t", 6, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_EXISTS);
}

static void
commit_wants_the_upload_whole(void **state)
{
	const struct courier_reply *r;

	(void)state;
	r = ASK(COURIER_COMMIT, "", "f", "t", 5, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_MISSING);
	rig_put("in/t", "123");
	r = ASK(COURIER_COMMIT, "", "f", "t", 5, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_MISSING);
	assert_false(rig_there("in/f"));
}

static void
resolve_tells_what_is_there(void **state)
{
	const struct courier_reply *r;

	(void)state;
	assert_int_equal(ASK(COURIER_RESOLVE, "", "f", "t", 5, -1)->outcome,
	    OUTCOME_NOTHING);
	rig_put("in/t", "123");
	assert_int_equal(ASK(COURIER_RESOLVE, "", "f", "t", 5, -1)->outcome,
	    OUTCOME_NOTHING);
	rig_put("in/t", "12345");
	assert_int_equal(ASK(COURIER_RESOLVE, "", "f", "t", 5, -1)->outcome,
	    OUTCOME_TEMP_THERE);
	rename(sshd_remote(&rig.sshd, "in/t"),
	    sshd_remote(&rig.sshd, "in/f"));
	r = ASK(COURIER_RESOLVE, "", "f", "t", 5, -1);
	assert_int_equal(r->outcome, OUTCOME_SENT);
	assert_int_equal(r->size, 5);
}

static void
upload_without_its_directory_fails(void **state)
{
	const struct courier_reply *r;

	(void)state;
	r = ASK(COURIER_UPLOAD, "nowhere", "f", "t", 10, rig_bytes(10));
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_MISSING);
	assert_non_null(strstr(r->text, "nowhere"));
}

static void
names_that_lead_elsewhere_are_refused(void **state)
{
	const struct courier_reply *r;

	(void)state;
	r = ASK(COURIER_UPLOAD, "", "f", "../t", 10, rig_bytes(10));
	assert_int_equal(r->fault, SFTP_CONFIG);
	r = ASK(COURIER_COMMIT, "", "..", "t", 10, -1);
	assert_int_equal(r->fault, SFTP_CONFIG);
	r = ASK(COURIER_SETTLE, "out", "a\nb", "", 0, -1);
	assert_int_equal(r->fault, SFTP_CONFIG);
	r = ASK(COURIER_UPLOAD, "", "f", "t", 10, -1);
	assert_int_equal(r->fault, SFTP_CONFIG);
}

static void
server_gone_before_the_commit_changes_nothing(void **state)
{
	const struct courier_reply *r;

	(void)state;
	r = ASK(COURIER_UPLOAD, "", "f", "t", 5000, rig_bytes(5000));
	assert_int_equal(r->outcome, OUTCOME_UPLOADED);
	sshd_stop(&rig.sshd);
	r = ASK(COURIER_COMMIT, "", "f", "t", 5000, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_RETRY);
	r = ASK(COURIER_RESOLVE, "", "f", "t", 5000, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_RETRY);
	assert_true(sshd_again(&rig.sshd));
	r = ASK(COURIER_RESOLVE, "", "f", "t", 5000, -1);
	assert_int_equal(r->outcome, OUTCOME_TEMP_THERE);
	r = ASK(COURIER_COMMIT, "", "f", "t", 5000, -1);
	assert_int_equal(r->outcome, OUTCOME_SENT);
	assert_true(rig_whole("in/f", 5000));
}

/* ---- fetching ----------------------------------------------------------- */

static void
listing_tells_finished_files_only(void **state)
{
	static const char *const skipped[] = { "out/.hidden", "out/a.tmp",
		"out/b.PART", "out/c.filepart", "out/d~", "out/e\n999" };
	const struct courier_reply *r;

	(void)state;
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		rig_put(skipped[i], "x");
	mkdir(sshd_remote(&rig.sshd, "out/folder"), 0700);
	rig_put("out/answer.999", "1234567");
	r = ASK(COURIER_LIST, "out", "", "", 0, -1);
	assert_int_equal(r->outcome, OUTCOME_LISTED);
	assert_int_equal(r->size, 1);
	assert_non_null(strstr(r->text, "1 files"));
	assert_int_equal(rig.count, 2);
	r = &rig.replies[0];
	assert_int_equal(r->outcome, OUTCOME_ENTRY);
	assert_string_equal(r->name, "answer.999");
	assert_int_equal(r->size, 7);
	assert_in_range(r->mtime, clock_wall() / 1000 - 60,
	    clock_wall() / 1000 + 60);
	r = ASK(COURIER_LIST, "nowhere", "", "", 0, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_MISSING);
}

static void
download_fetches_all_or_says_why_not(void **state)
{
	const struct courier_reply *r;
	int fd = rig_bytes(100);
	char text[20] = "";

	(void)state;
	rig_put("out/a", "1234567");
	r = ASK(COURIER_DOWNLOAD, "out", "a", "", 7, dup(fd));
	assert_int_equal(r->outcome, OUTCOME_DOWNLOADED);
	assert_int_equal(r->size, 7);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 7);
	assert_memory_equal(text, "1234567", 7);
	r = ASK(COURIER_DOWNLOAD, "out", "a", "", 6, dup(fd));
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_TOO_LARGE);
	r = ASK(COURIER_DOWNLOAD, "out", "none", "", 6, dup(fd));
	assert_int_equal(r->fault, SFTP_MISSING);
	close(fd);
}

static void
settled_file_is_deleted(void **state)
{
	(void)state;
	rig_put("out/a", "1234567");
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 7, -1)->outcome,
	    OUTCOME_SETTLED);
	assert_false(rig_there("out/a"));
	/* Again, as after a crash. */
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 7, -1)->outcome,
	    OUTCOME_SETTLED);
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 0, -1)->outcome,
	    OUTCOME_SETTLED);
}

static void
replaced_file_is_not_settled(void **state)
{
	const struct courier_reply *r;

	(void)state;
	rig_put("out/a", "newer and longer");
	r = ASK(COURIER_SETTLE, "out", "a", "", 7, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_EXISTS);
	assert_true(rig_there("out/a"));
}

static void
settled_file_is_moved_under_a_free_name(void **state)
{
	char name[60];

	(void)state;
	rig.partner.sftp.after = CONFIG_AFTER_MOVE;
	rig_put("out/a", "1");
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 1, -1)->outcome,
	    OUTCOME_SETTLED);
	assert_true(rig_there("done/a"));
	rig_put("out/a", "22");
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 2, -1)->outcome,
	    OUTCOME_SETTLED);
	assert_false(rig_there("out/a"));
	snprintf(name, sizeof(name), "done/a.%llu-1",
	    (unsigned long long)rig.job);
	assert_true(rig_there(name));
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 0, -1)->outcome,
	    OUTCOME_SETTLED);
}

static void
move_without_its_directory_is_said(void **state)
{
	const struct courier_reply *r;

	(void)state;
	rig.partner.sftp.after = CONFIG_AFTER_MOVE;
	rig.partner.sftp.move_dir = (char *)"nowhere";
	rig_put("out/a", "1");
	r = ASK(COURIER_SETTLE, "out", "a", "", 1, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_MISSING);
	assert_non_null(strstr(r->text, "move_dir"));
	assert_true(rig_there("out/a"));
}

static void
file_that_is_to_be_left_needs_no_login(void **state)
{
	(void)state;
	rig.partner.sftp.after = CONFIG_AFTER_LEAVE;
	rig.partner.sftp.host = (char *)"host.invalid";
	rig_put("out/a", "1");
	assert_int_equal(ASK(COURIER_SETTLE, "out", "a", "", 1, -1)->outcome,
	    OUTCOME_SETTLED);
	assert_true(rig_there("out/a"));
}

/* ---- queue and session -------------------------------------------------- */

static void
failed_login_ends_every_waiting_job(void **state)
{
	(void)state;
	free(rig.partner.sftp.identity_file);
	rig.partner.sftp.identity_file =
	    strdup(sshd_file(&rig.sshd, "id_stranger"));
	rig.count = 0;
	for (int i = 0; i < 20; i++) {
		struct courier_request m = rig_request(COURIER_LIST, "out",
		    "", "", 0);

		courier_do(rig.c, &m, -1);
	}
	rig_await();
	assert_int_equal(rig.count, 20);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(rig.replies[i].outcome, OUTCOME_FAILED);
		assert_int_equal(rig.replies[i].fault, SFTP_AUTH);
	}
}

static void
missing_key_is_a_fault_of_the_configuration(void **state)
{
	const struct courier_reply *r;

	(void)state;
	free(rig.partner.sftp.identity_file);
	rig.partner.sftp.identity_file =
	    strdup(sshd_file(&rig.sshd, "id_nowhere"));
	r = ASK(COURIER_LIST, "out", "", "", 0, -1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->fault, SFTP_CONFIG);
	assert_non_null(strstr(r->text, "id_nowhere"));
}

static void
job_that_waits_can_be_cancelled(void **state)
{
	struct courier_request a = rig_request(COURIER_UPLOAD, "", "f", "t",
	    10), b;

	(void)state;
	rig.count = 0;
	courier_do(rig.c, &a, rig_bytes(10));
	b = a;
	b.kind = COURIER_CANCEL;
	courier_do(rig.c, &b, -1);
	rig_await();
	assert_int_equal(rig.count, 1);
	assert_int_equal(rig.replies[0].job, a.job);
	assert_int_equal(rig.replies[0].outcome, OUTCOME_CANCELLED);
	assert_false(rig_there("in/t"));
	/* One that is over is not cancelled any more. */
	ASK(COURIER_LIST, "out", "", "", 0, -1);
	b.job = rig.job;
	rig.count = 0;
	courier_do(rig.c, &b, -1);
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	assert_int_equal(rig.count, 0);
}

static void
many_jobs_end_each_in_its_own_reply(void **state)
{
	enum { MANY = 200 };
	bool seen[MANY] = { false };
	uint64_t first = rig.job + 1;

	(void)state;
	rig.count = 0;
	for (int i = 0; i < MANY; i++) {
		struct courier_request m = rig_request(COURIER_UPLOAD, "",
		    "f", "", 3000);

		snprintf(m.temp, sizeof(m.temp), "t%d", i);
		courier_do(rig.c, &m, rig_bytes(3000));
	}
	rig_await();
	assert_int_equal(rig.count, MANY);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(rig.replies[i].outcome, OUTCOME_UPLOADED);
		assert_false(seen[rig.replies[i].job - first]);
		seen[rig.replies[i].job - first] = true;
	}
	assert_true(rig_whole("in/t199", 3000));
}

static void
session_is_closed_when_there_is_nothing_to_do(void **state)
{
	int64_t start;

	(void)state;
	ASK(COURIER_LIST, "out", "", "", 0, -1);
	start = clock_monotonic();
	event_base_dispatch(rig.base);
	assert_in_range(clock_monotonic() - start, COURIER_LINGER - 500,
	    COURIER_LINGER + 5000);
	/* And opened again. */
	assert_int_equal(ASK(COURIER_LIST, "out", "", "", 0, -1)->outcome,
	    OUTCOME_LISTED);
}

static void
courier_can_go_in_the_middle_of_everything(void **state)
{
	(void)state;
	rig.count = 0;
	for (int i = 0; i < 30; i++) {
		struct courier_request m = rig_request(COURIER_UPLOAD, "",
		    "f", "", 300000);

		snprintf(m.temp, sizeof(m.temp), "t%d", i);
		courier_do(rig.c, &m, rig_bytes(300000));
	}
	while (rig.count == 0)
		event_base_loop(rig.base, EVLOOP_ONCE);
	/* tear_down frees it now */
}

static int
start_sshd(void **state)
{
	(void)state;
	return sshd_start(&rig.sshd) ? 0 : -1;
}

static int
stop_sshd(void **state)
{
	(void)state;
	sshd_free(&rig.sshd);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_is_uploaded_then_committed),
		TEST(committing_twice_is_sent_once),
		TEST(commit_never_overwrites_a_taken_name),
		TEST(commit_wants_the_upload_whole),
		TEST(resolve_tells_what_is_there),
		TEST(upload_without_its_directory_fails),
		TEST(names_that_lead_elsewhere_are_refused),
		TEST(server_gone_before_the_commit_changes_nothing),
		TEST(listing_tells_finished_files_only),
		TEST(download_fetches_all_or_says_why_not),
		TEST(settled_file_is_deleted),
		TEST(replaced_file_is_not_settled),
		TEST(settled_file_is_moved_under_a_free_name),
		TEST(move_without_its_directory_is_said),
		TEST(file_that_is_to_be_left_needs_no_login),
		TEST(failed_login_ends_every_waiting_job),
		TEST(missing_key_is_a_fault_of_the_configuration),
		TEST(job_that_waits_can_be_cancelled),
		TEST(many_jobs_end_each_in_its_own_reply),
		TEST(session_is_closed_when_there_is_nothing_to_do),
		TEST(courier_can_go_in_the_middle_of_everything),
	};

	return cmocka_run_group_tests(tests, start_sshd, stop_sshd);
}
