/* SPDX-License-Identifier: ISC */
/* Files, listings and endings against a real sshd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/transport/sftp_rig.h"

/* ---- files -------------------------------------------------------------- */

static void
round_trip(uint64_t size)
{
	struct answer up = { .calls = 0 }, stat = up, mv = up, down = up,
	    rm = up, gone = up;
	int fd = random_file(size), back = random_file(100);

	sftp_upload(fx.s, fd, size, "trip.tmp", 0, on_done, &up);
	assert_int_equal(fault(&up), SFTP_OK);
	assert_int_equal(up.r.size, size);
	sftp_rename(fx.s, "trip.tmp", "trip", on_done, &mv);
	assert_int_equal(fault(&mv), SFTP_OK);
	sftp_stat(fx.s, "trip", on_done, &stat);
	assert_int_equal(fault(&stat), SFTP_OK);
	assert_int_equal(stat.r.size, size);
	assert_true(remote_is("trip", fd));
	sftp_download(fx.s, "trip", back, size, 0, on_done, &down);
	assert_int_equal(fault(&down), SFTP_OK);
	assert_int_equal(down.r.size, size);
	assert_true(same_bytes(fd, back));
	sftp_remove(fx.s, "trip", on_done, &rm);
	assert_int_equal(fault(&rm), SFTP_OK);
	sftp_stat(fx.s, "trip", on_done, &gone);
	assert_int_equal(fault(&gone), SFTP_MISSING);
	close(fd);
	close(back);
}

static void
files_of_every_size_come_back_the_same(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 32767, 32768, 32769,
		5 * 1024 * 1024 + 3 };

	(void)state;
	log_in();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		round_trip(sizes[i]);
}

static void
upload_overwrites_what_an_earlier_try_left(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = random_file(1000);

	(void)state;
	remote_write("left.tmp", "longer by far than what comes now? no");
	log_in();
	sftp_upload(fx.s, fd, 1000, "left.tmp", 0, on_done, &a);
	assert_int_equal(fault(&a), SFTP_OK);
	assert_true(remote_is("left.tmp", fd));
	close(fd);
}

static void
upload_of_a_file_that_shrank_fails_and_leaves_nothing(void **state)
{
	struct answer a = { .calls = 0 }, b = a;
	int fd = random_file(100000);

	(void)state;
	log_in();
	sftp_upload(fx.s, fd, 200000, "short.tmp", 0, on_done, &a);
	assert_int_equal(fault(&a), SFTP_LOCAL);
	sftp_stat(fx.s, "short.tmp", on_done, &b);
	assert_int_equal(fault(&b), SFTP_MISSING);
	close(fd);
}

static void
rename_never_overwrites(void **state)
{
	struct answer a = { .calls = 0 }, b = a;
	struct stat st;

	(void)state;
	remote_write("new.tmp", "new");
	remote_write("taken", "taken");
	log_in();
	sftp_rename(fx.s, "new.tmp", "taken", on_done, &a);
	assert_int_equal(fault(&a), SFTP_EXISTS);
	assert_int_equal(stat(sshd_remote(&fx.sshd, "taken"), &st), 0);
	assert_int_equal(st.st_size, 5);
	sftp_rename(fx.s, "nowhere", "elsewhere", on_done, &b);
	assert_int_equal(fault(&b), SFTP_MISSING);
}

static void
missing_directory_is_said_without_the_files_name(void **state)
{
	struct answer up = { .calls = 0 }, list = up, down = up;
	int fd = random_file(10);

	(void)state;
	log_in();
	sftp_upload(fx.s, fd, 10, "no/where/smith.837", 0, on_done, &up);
	assert_int_equal(fault(&up), SFTP_MISSING);
	assert_non_null(strstr(up.r.text, "no/where"));
	assert_null(strstr(up.r.text, "smith"));
	sftp_list(fx.s, "no/where", 10, NULL, on_done, &list);
	assert_int_equal(fault(&list), SFTP_MISSING);
	sftp_download(fx.s, "no/smith", fd, 10, 0, on_done, &down);
	assert_int_equal(fault(&down), SFTP_MISSING);
	assert_null(strstr(down.r.text, "smith"));
	close(fd);
}

static void
denied_directory_is_said_so(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = random_file(10);

	(void)state;
	if (geteuid() == 0) {
		close(fd);
		skip();  /* nothing is denied to root */
	}
	mkdir(sshd_remote(&fx.sshd, "denied"), 0500);
	log_in();
	sftp_upload(fx.s, fd, 10, "denied/x.tmp", 0, on_done, &a);
	assert_int_equal(fault(&a), SFTP_DENIED);
	close(fd);
}

static void
download_stops_at_its_maximum(void **state)
{
	struct answer a = { .calls = 0 }, b = a;
	int fd = random_file(0);

	(void)state;
	remote_write("eleven", "12345678901");
	log_in();
	sftp_download(fx.s, "eleven", fd, 10, 0, on_done, &a);
	assert_int_equal(fault(&a), SFTP_TOO_LARGE);
	sftp_download(fx.s, "eleven", fd, 11, 0, on_done, &b);
	assert_int_equal(fault(&b), SFTP_OK);
	close(fd);
}

/* ---- listing ------------------------------------------------------------ */

struct listing {
	struct answer a;
	unsigned files, others;
	uint64_t bytes;
};

static void
on_entry(void *ctx, const struct sftp_entry *e)
{
	/* The answer comes first in a listing. */
	struct listing *l = ctx;

	assert_true(e->has_size && e->has_mtime);
	assert_null(strchr(e->name, '/'));
	assert_null(strchr(e->name, '\n'));
	if (e->is_file) {
		l->files++;
		l->bytes += e->size;
	} else {
		l->others++;
	}
}

static void
listing_has_every_file_once(void **state)
{
	struct listing l = { .files = 0 }, cut = l;
	char name[40];

	(void)state;
	mkdir(sshd_remote(&fx.sshd, "many"), 0700);
	mkdir(sshd_remote(&fx.sshd, "many/folder"), 0700);
	assert_int_equal(symlink("0", sshd_remote(&fx.sshd, "many/link")), 0);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		remote_write(name, "seven!!");
	}
	log_in();
	sftp_list(fx.s, "many", 1000, on_entry, on_done, &l);
	assert_int_equal(fault(&l.a), SFTP_OK);
	assert_int_equal(l.files, 300);
	assert_int_equal(l.others, 2);
	assert_int_equal(l.bytes, 300 * 7);
	assert_int_equal(l.a.r.size, 0);
	sftp_list(fx.s, "many", 250, on_entry, on_done, &cut);
	assert_int_equal(fault(&cut.a), SFTP_TOO_LARGE);
	assert_int_equal(cut.files + cut.others, 250);
}

static void
hostile_names_are_counted_not_passed_on(void **state)
{
	struct listing l = { .files = 0 };

	(void)state;
	mkdir(sshd_remote(&fx.sshd, "evil"), 0700);
	remote_write("evil/line\nbreak", "x");
	remote_write("evil/\033[31mred", "x");
	remote_write("evil/good", "x");
	log_in();
	sftp_list(fx.s, "evil", 10, on_entry, on_done, &l);
	assert_int_equal(fault(&l.a), SFTP_OK);
	assert_int_equal(l.files, 1);
	assert_int_equal(l.a.r.size, 2);
}

/* ---- endings ------------------------------------------------------------ */

static void
server_killed_in_mid_upload_ends_everything_once(void **state)
{
	struct answer up = { .calls = 0 }, stats[20] = { { .calls = 0 } };
	int fd = random_file(64 * 1024 * 1024);

	(void)state;
	log_in();
	sftp_upload(fx.s, fd, 64 * 1024 * 1024, "big.tmp", 0, on_done, &up);
	for (int i = 0; i < 30; i++)
		event_base_loop(fx.base, EVLOOP_ONCE);
	assert_int_equal(up.calls, 0);
	sshd_cut(&fx.sshd);
	for (int i = 0; i < 20; i++)
		sftp_stat(fx.s, "x", on_done, &stats[i]);
	assert_int_equal(fault(&up), SFTP_RETRY);
	for (int i = 0; i < 20; i++)
		assert_int_equal(fault(&stats[i]), SFTP_RETRY);
	assert_int_equal(fault(&fx.lost), SFTP_RETRY);
	end();
	assert_int_equal(up.calls, 1);
	assert_int_equal(fx.lost.calls, 1);
	close(fd);
}

static void
close_in_mid_operation_says_closed(void **state)
{
	struct answer up = { .calls = 0 }, late = up;
	int fd = random_file(8 * 1024 * 1024);

	(void)state;
	log_in();
	sftp_upload(fx.s, fd, 8 * 1024 * 1024, "closed.tmp", 0, on_done, &up);
	for (int i = 0; i < 5; i++)
		event_base_loop(fx.base, EVLOOP_ONCE);
	sftp_close(fx.s);
	assert_int_equal(up.calls, 1);
	assert_int_equal(up.r.fault, SFTP_CLOSED);
	sftp_stat(fx.s, "x", on_done, &late);
	assert_int_equal(late.calls, 0);
	assert_int_equal(fault(&late), SFTP_CLOSED);
	assert_int_equal(fx.lost.calls, 0);
	close(fd);
}

static void
close_during_the_login_says_closed(void **state)
{
	(void)state;
	begin();
	sftp_close(fx.s);
	assert_int_equal(fx.login.calls, 1);
	assert_int_equal(fx.login.r.fault, SFTP_CLOSED);
}

/* A callback that pulls everything away. */
static void
on_done_free(void *ctx, const struct sftp_result *r)
{
	struct sftp *s = fx.s;

	on_done(ctx, r);
	fx.s = NULL;
	sftp_free(s);
}

static void
callback_may_free_the_session(void **state)
{
	struct answer a = { .calls = 0 }, b = a, c = a;

	(void)state;
	log_in();
	sftp_stat(fx.s, ".", on_done_free, &a);
	sftp_stat(fx.s, ".", on_done, &b);
	sftp_list(fx.s, ".", 10, on_entry, on_done, &c);
	assert_int_equal(fault(&a), SFTP_OK);
	event_base_dispatch(fx.base);
	assert_int_equal(b.calls, 1);
	assert_int_equal(c.calls, 1);
}

static void
operation_past_its_deadline_is_tidied_up(void **state)
{
	struct answer up = { .calls = 0 }, stat = up;
	int fd = random_file(256 * 1024 * 1024);

	(void)state;
	log_in();
	sftp_upload(fx.s, fd, 256 * 1024 * 1024, "slow.tmp", 50, on_done,
	    &up);
	assert_int_equal(fault(&up), SFTP_RETRY);
	assert_non_null(strstr(up.r.text, "not done within"));
	sftp_stat(fx.s, "slow.tmp", on_done, &stat);
	assert_int_equal(fault(&stat), SFTP_MISSING);
	assert_int_equal(fx.lost.calls, 0);
	close(fd);
}

static void
hundreds_of_operations_share_one_session(void **state)
{
	enum { MANY = 300 };
	static struct answer up[MANY], stat[MANY];
	char name[40];
	int fd = random_file(50000);

	(void)state;
	memset(up, 0, sizeof(up));
	memset(stat, 0, sizeof(stat));
	log_in();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "crowd.%d", i);
		sftp_upload(fx.s, fd, 50000, name, 0, on_done, &up[i]);
		sftp_stat(fx.s, ".", on_done, &stat[i]);
	}
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(fault(&up[i]), SFTP_OK);
		assert_int_equal(fault(&stat[i]), SFTP_OK);
	}
	snprintf(name, sizeof(name), "crowd.%d", MANY - 1);
	assert_true(remote_is(name, fd));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_of_every_size_come_back_the_same),
		TEST(upload_overwrites_what_an_earlier_try_left),
		TEST(upload_of_a_file_that_shrank_fails_and_leaves_nothing),
		TEST(rename_never_overwrites),
		TEST(missing_directory_is_said_without_the_files_name),
		TEST(denied_directory_is_said_so),
		TEST(download_stops_at_its_maximum),
		TEST(listing_has_every_file_once),
		TEST(hostile_names_are_counted_not_passed_on),
		TEST(server_killed_in_mid_upload_ends_everything_once),
		TEST(close_in_mid_operation_says_closed),
		TEST(close_during_the_login_says_closed),
		TEST(callback_may_free_the_session),
		TEST(operation_past_its_deadline_is_tidied_up),
		TEST(hundreds_of_operations_share_one_session),
	};

	return cmocka_run_group_tests(tests, start_sshd, stop_sshd);
}
