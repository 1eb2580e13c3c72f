/* SPDX-License-Identifier: ISC */
/* Logging in to a real sshd, or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/transport/sftp_rig.h"
#include "transport/askpass.h"

#include <arpa/inet.h>
#include <sys/socket.h>

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
	};
	int asked = askpass_run(argc, argv);

	if (asked >= 0)
		return asked;
	return cmocka_run_group_tests(tests, start_sshd, stop_sshd);
}
