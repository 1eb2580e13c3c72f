/* SPDX-License-Identifier: ISC */
/*
 * The connection is cut after every single SFTP packet of an upload and its
 * commit, with and without the server having done what it was last asked. In
 * the end the file is there, once, whole, and nothing was said that was not
 * so.
 *
 * ssh is replaced by this very program: it runs OpenSSH's own sftp-server and
 * hands on as many packets as it is told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "tests/daemon/courier_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { BYTES = 100000 };

/* ---- the other program: a relay that counts ----------------------------- */

static const char *
server_path(void)
{
	static const char *const paths[] = { "/usr/lib/openssh/sftp-server",
		"/usr/libexec/openssh/sftp-server",
		"/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* One packet from one side to the other; false: no more. */
static bool
relay(int from, int to)
{
	static char bytes[300 * 1024];
	uint32_t n;

	if (io_read(from, bytes, 4, "", NULL) != 4)
		return false;
	n = (uint32_t)(uint8_t)bytes[0] << 24 |
	    (uint32_t)(uint8_t)bytes[1] << 16 |
	    (uint32_t)(uint8_t)bytes[2] << 8 | (uint8_t)bytes[3];
	if (n > sizeof(bytes) - 4 ||
	    io_read(from, bytes + 4, n, "", NULL) != (ssize_t)n)
		return false;
	return to < 0 || io_write(to, bytes, n + 4, "", NULL) == 0;
}

static pid_t
server_start(const char *root, int *to, int *from)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(server_path(), "sftp-server", "-d", root, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return pid;
}

/* Whichever side has something, until the count is reached (0: never). */
static void
relay_all(long limit, int to, int from)
{
	for (long n = 0; limit == 0 || n < limit; n++) {
		struct pollfd p[2] = { { .fd = 0, .events = POLLIN },
			{ .fd = from, .events = POLLIN } };

		if (poll(p, 2, 60000) <= 0)
			return;
		if (p[1].revents ? !relay(from, 1) : !relay(0, to))
			return;
	}
}

/* DIR/plan: "LIMIT drain" or "LIMIT kill". */
static int
relay_main(const char *dir)
{
	char root[200], plan[200], how[10] = "";
	long limit = 0;
	int to, from;
	pid_t pid;
	FILE *f;

	snprintf(root, sizeof(root), "%s/root", dir);
	snprintf(plan, sizeof(plan), "%s/plan", dir);
	f = fopen(plan, "r");
	if (!f || fscanf(f, "%ld %9s", &limit, how) != 2)
		return 2;
	fclose(f);
	signal(SIGPIPE, SIG_IGN);
	pid = server_start(root, &to, &from);
	if (pid < 0)
		return 2;
	relay_all(limit, to, from);
	if (strcmp(how, "kill") == 0)
		kill(pid, SIGKILL);
	/* Drained: the server does what it has got, its answers are lost. */
	close(to);
	while (relay(from, -1))
		;
	waitpid(pid, NULL, 0);
	return 255;
}

/* ---- the test ----------------------------------------------------------- */

static char dir[64], old_path[4000];

static void
plan(long limit, const char *how)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/plan", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%ld %s\n", limit, how);
	assert_int_equal(fclose(f), 0);
}

static void
clear(void)
{
	char command[200];

	snprintf(command, sizeof(command),
	    "cd %s && rm -rf root && mkdir -p root/in", dir);
	assert_int_equal(system(command), 0);
}

static enum courier_outcome
ask(enum courier_kind kind)
{
	int fd = kind == COURIER_UPLOAD ? rig_bytes(BYTES) : -1;
	enum courier_outcome o;

	o = rig_ask(kind, "", "final", "temp", BYTES, fd)->outcome;
	/* Whatever was said before, this must be true now. */
	if (o == OUTCOME_SENT)
		assert_true(rig_whole("in/final", BYTES));
	if (o == OUTCOME_UPLOADED || o == OUTCOME_TEMP_THERE) {
		assert_true(rig_whole("in/temp", BYTES));
		assert_false(rig_there("in/final"));
	}
	return o;
}

/*
 * OpenSSH renames by link and unlink. Killed in between it leaves one file
 * under two names; nothing tells that from a taken name, so a person is asked.
 */
static bool
rename_half_done(void)
{
	struct stat a, b;

	if (rig.replies[0].fault != SFTP_EXISTS)
		return false;
	assert_int_equal(stat(sshd_remote(&rig.sshd, "in/temp"), &a), 0);
	assert_int_equal(stat(sshd_remote(&rig.sshd, "in/final"), &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(unlink(sshd_remote(&rig.sshd, "in/temp")), 0);
	return true;
}

/* The engine's part: go on until it is sent. true: something was cut. */
static bool
send_whatever_happens(void)
{
	bool cut = false;

	while (ask(COURIER_UPLOAD) != OUTCOME_UPLOADED) {
		assert_int_equal(rig.replies[0].fault, SFTP_RETRY);
		assert_false(rig_there("in/final"));
		plan(0, "drain");
		cut = true;
	}
	for (;;) {
		enum courier_outcome o = ask(COURIER_COMMIT);

		if (o == OUTCOME_SENT)
			return cut;
		cut = true;
		plan(0, "drain");
		if (o == OUTCOME_FAILED) {
			/* A retry is safe: nothing was renamed. */
			assert_int_equal(rig.replies[0].fault, SFTP_RETRY);
			assert_false(rig_there("in/final"));
			continue;
		}
		assert_int_equal(o, OUTCOME_DOUBT);
		o = ask(COURIER_RESOLVE);
		if (o == OUTCOME_SENT || rename_half_done())
			return cut;
		assert_int_equal(o, OUTCOME_TEMP_THERE);
	}
}

static void
cut_everywhere(const char *how)
{
	long limit = 0;
	bool cut;

	do {
		plan(++limit, how);
		clear();
		rig_restart();
		cut = send_whatever_happens();
		assert_true(rig_whole("in/final", BYTES));
		assert_false(rig_there("in/temp"));
	} while (cut);
	/* INIT, OPEN, 4 WRITE, fsync, CLOSE, STAT; 2 STAT, RENAME, STAT. */
	assert_in_range(limit, 26, 40);
}

static void
cut_after_any_packet_loses_and_doubles_nothing(void **state)
{
	(void)state;
	cut_everywhere("drain");
}

static void
killed_after_any_packet_loses_and_doubles_nothing(void **state)
{
	(void)state;
	cut_everywhere("kill");
}

/* A login that only says it: the relay is all that ssh would be. */
static int
set_up(void **state)
{
	char command[700], self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	if (n < 0 || !server_path())
		return -1;
	self[n] = '\0';
	snprintf(dir, sizeof(dir), "/tmp/courier.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(rig.sshd.dir, sizeof(rig.sshd.dir), "%s", dir);
	snprintf(rig.sshd.user, sizeof(rig.sshd.user), "tester");
	rig.sshd.port = 22;
	snprintf(command, sizeof(command), "cd %s && mkdir root bin && "
	    "echo key > id && chmod 600 id && echo hosts > known_hosts && "
	    "printf '#!/bin/sh\\nexec %s --relay %s\\n' > bin/ssh && "
	    "chmod 755 bin/ssh", dir, self, dir);
	if (system(command) != 0)
		return -1;
	snprintf(old_path, sizeof(old_path), "%s", getenv("PATH"));
	snprintf(command, sizeof(command), "%s/bin:/usr/bin:/bin", dir);
	setenv("PATH", command, 1);
	rig_start();
	return 0;
}

static int
tear_down(void **state)
{
	char command[100];

	(void)state;
	rig_stop();
	setenv("PATH", old_path, 1);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(cut_after_any_packet_loses_and_doubles_nothing),
		TEST(killed_after_any_packet_loses_and_doubles_nothing),
	};

	if (argc == 3 && strcmp(argv[1], "--relay") == 0)
		return relay_main(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
