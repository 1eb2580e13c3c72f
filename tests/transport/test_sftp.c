/* SPDX-License-Identifier: ISC */
/* The client against a real sshd, as the present user, on a free port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/support/sshd.h"
#include "transport/askpass.h"
#include "transport/sftp.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what every test has ------------------------------------------------ */

struct answer {
	unsigned calls;
	struct sftp_result r;
};

struct fixture {
	struct sshd sshd;
	struct event_base *base;
	struct sftp_settings settings;
	struct sftp *s;
	struct answer login, lost;
};

static struct fixture fx;

static void
on_done(void *ctx, const struct sftp_result *r)
{
	struct answer *a = ctx;

	a->calls++;
	a->r = *r;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Until the answer is there, or far too late. */
static void
await(const struct answer *a)
{
	struct event *tick = event_new(fx.base, -1, EV_PERSIST, on_tick, NULL);
	int64_t end = clock_monotonic() + 60000;
	struct timeval tv = { 0, 100000 };

	event_add(tick, &tv);
	while (a->calls == 0 && clock_monotonic() < end)
		event_base_loop(fx.base, EVLOOP_ONCE);
	event_free(tick);
	assert_int_equal(a->calls, 1);
}

static enum sftp_fault
fault(const struct answer *a)
{
	await(a);
	/* Every text says whom we spoke to. */
	if (a->r.fault != SFTP_OK) {
		assert_non_null(strstr(a->r.text, fx.settings.host));
		assert_non_null(strstr(a->r.text, fx.settings.user));
		assert_null(strchr(a->r.text, '\n'));
	}
	return a->r.fault;
}

static void
begin(void)
{
	struct err e = ERR_NONE;

	fx.login = fx.lost = (struct answer){ .calls = 0 };
	fx.s = sftp_open(fx.base, &fx.settings, on_done, &fx.login, &e);
	assert_non_null(fx.s);
	sftp_on_lost(fx.s, on_done, &fx.lost);
}

static void
log_in(void)
{
	begin();
	if (fault(&fx.login) != SFTP_OK)
		fail_msg("%s", fx.login.r.text);
}

/* The loop ends by itself: nothing is left behind, the child is reaped. */
static void
end(void)
{
	sftp_free(fx.s);
	fx.s = NULL;
	event_base_dispatch(fx.base);
}

static int
set_up(void **state)
{
	(void)state;
	fx.base = event_base_new();
	fx.settings = (struct sftp_settings){
		.host = "127.0.0.1",
		.user = fx.sshd.user,
		.port = fx.sshd.port,
		.identity_file = strdup(sshd_file(&fx.sshd, "id")),
		.known_hosts = strdup(sshd_file(&fx.sshd, "known_hosts")),
		.connect_timeout = 30000,
		.idle_timeout = 20000,
		.job_timeout = 60000,
	};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (fx.s)
		end();
	event_base_free(fx.base);
	free((char *)fx.settings.identity_file);
	free((char *)fx.settings.known_hosts);
	return 0;
}

static void
use_file(const char **setting, const char *name)
{
	free((char *)*setting);
	*setting = strdup(sshd_file(&fx.sshd, name));
}

/* Reproducible bytes that do not compress. */
static int
random_file(uint64_t size)
{
	int fd = memfd_create("x12d-test", MFD_CLOEXEC);
	uint64_t x = 88172645463325252u, block[512];

	for (uint64_t at = 0; at < size; at += sizeof(block)) {
		size_t n = size - at < sizeof(block) ? size - at :
		    sizeof(block);

		for (size_t i = 0; i < 512; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			block[i] = x;
		}
		assert_int_equal(write(fd, block, n), n);
	}
	return fd;
}

static bool
same_bytes(int a, int b)
{
	static char p[65536], q[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(a, p, sizeof(p), at);

		if (n < 0 || pread(b, q, sizeof(q), at) != n)
			return false;
		if (n == 0)
			return true;
		if (memcmp(p, q, (size_t)n) != 0)
			return false;
		at += n;
	}
}

static bool
remote_is(const char *name, int fd)
{
	int there = open(sshd_remote(&fx.sshd, name), O_RDONLY | O_CLOEXEC);
	bool same = there >= 0 && same_bytes(there, fd);

	if (there >= 0)
		close(there);
	return same;
}

static void
remote_write(const char *name, const char *text)
{
	FILE *f = fopen(sshd_remote(&fx.sshd, name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* ---- login -------------------------------------------------------------- */

static void
login_succeeds(void **state)
{
	(void)state;
	log_in();
}

/* This program is its own askpass: see main(). */
static void
login_takes_a_key_with_a_passphrase(void **state)
{
	char self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	assert_in_range(n, 1, sizeof(self) - 2);
	self[n] = '\0';
	use_file(&fx.settings.identity_file, "id_secret");
	fx.settings.password_file = sshd_file(&fx.sshd, "passphrase");
	fx.settings.askpass = self;
	log_in();
	end();
	/* The key itself is no passphrase. */
	fx.settings.password_file = sshd_file(&fx.sshd, "id");
	begin();
	assert_int_equal(fault(&fx.login), SFTP_AUTH);
	end();
	/* Without a passphrase the key cannot be used, and nothing hangs. */
	fx.settings.password_file = NULL;
	begin();
	assert_int_equal(fault(&fx.login), SFTP_AUTH);
}

static void
changed_host_key_is_told_loudly(void **state)
{
	(void)state;
	use_file(&fx.settings.known_hosts, "known_hosts_wrong");
	begin();
	assert_int_equal(fault(&fx.login), SFTP_HOST_KEY);
	assert_non_null(strstr(fx.login.r.text, "another host key"));
}

static void
unknown_host_key_is_not_trusted(void **state)
{
	(void)state;
	use_file(&fx.settings.known_hosts, "known_hosts_other");
	begin();
	assert_int_equal(fault(&fx.login), SFTP_HOST_KEY);
	assert_non_null(strstr(fx.login.r.text, "has no key"));
}

static void
strangers_key_is_refused(void **state)
{
	(void)state;
	use_file(&fx.settings.identity_file, "id_stranger");
	begin();
	assert_int_equal(fault(&fx.login), SFTP_AUTH);
	assert_non_null(strstr(fx.login.r.text, "login refused"));
	assert_int_equal(fx.lost.calls, 0);
}

static void
missing_key_file_is_our_own_fault(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	use_file(&fx.settings.identity_file, "id_nowhere");
	assert_null(sftp_open(fx.base, &fx.settings, on_done, &fx.login, &e));
	assert_int_equal(e.code, -ENOENT);
	assert_non_null(strstr(e.text, "id_nowhere"));
}

static void
key_that_others_can_read_is_our_own_fault(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	chmod(fx.settings.identity_file, 0644);
	assert_null(sftp_open(fx.base, &fx.settings, on_done, &fx.login, &e));
	chmod(fx.settings.identity_file, 0600);
	assert_int_equal(e.code, -EACCES);
}

/* A socket that listens, or one that is bound only: connections refused. */
static int
local_socket(bool listening)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	if (listening)
		assert_int_equal(listen(fd, 5), 0);
	fx.settings.port = ntohs(in.sin_port);
	return fd;
}

static void
refused_connection_is_tried_again_later(void **state)
{
	int fd = local_socket(false);

	(void)state;
	begin();
	assert_int_equal(fault(&fx.login), SFTP_RETRY);
	assert_non_null(strstr(fx.login.r.text, "refused"));
	close(fd);
}

static void
silent_server_is_given_up_in_time(void **state)
{
	int fd = local_socket(true);
	int64_t start = clock_monotonic();

	(void)state;
	fx.settings.connect_timeout = 1000;
	begin();
	assert_int_equal(fault(&fx.login), SFTP_RETRY);
	assert_in_range(clock_monotonic() - start, 500, 5000);
	close(fd);
}

static void
operations_before_the_login_end_with_it(void **state)
{
	struct answer a = { .calls = 0 };

	(void)state;
	use_file(&fx.settings.identity_file, "id_stranger");
	begin();
	sftp_stat(fx.s, "x", on_done, &a);
	assert_int_equal(fault(&fx.login), SFTP_AUTH);
	assert_int_equal(fault(&a), SFTP_AUTH);
}

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

static int
start_sshd(void **state)
{
	(void)state;
	return sshd_start(&fx.sshd) ? 0 : -1;
}

static int
stop_sshd(void **state)
{
	(void)state;
	sshd_free(&fx.sshd);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(login_succeeds),
		TEST(login_takes_a_key_with_a_passphrase),
		TEST(changed_host_key_is_told_loudly),
		TEST(unknown_host_key_is_not_trusted),
		TEST(strangers_key_is_refused),
		TEST(missing_key_file_is_our_own_fault),
		TEST(key_that_others_can_read_is_our_own_fault),
		TEST(refused_connection_is_tried_again_later),
		TEST(silent_server_is_given_up_in_time),
		TEST(operations_before_the_login_end_with_it),
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

	int asked = askpass_run(argc, argv);

	if (asked >= 0)
		return asked;
	return cmocka_run_group_tests(tests, start_sshd, stop_sshd);
}
