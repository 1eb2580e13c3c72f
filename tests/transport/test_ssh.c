/* SPDX-License-Identifier: ISC */
/* The command line of ssh, what it complains of, and its process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "transport/askpass.h"
#include "transport/ssh_child.h"
#include "transport/ssh_command.h"
#include "transport/ssh_error.h"

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the command -------------------------------------------------------- */

static char dir[64], key[100], hosts[100], secret[100];
static struct sftp_settings good;

static void
put(char *path, const char *name)
{
	int fd;

	snprintf(path, 100, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x\n", 2), 2);
	close(fd);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/ssh.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	put(key, "key");
	put(hosts, "hosts");
	put(secret, "secret");
	good = (struct sftp_settings){ .host = "sftp.payer.example",
		.user = "acme", .port = 2222, .identity_file = key,
		.known_hosts = hosts };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(key);
	unlink(hosts);
	unlink(secret);
	return rmdir(dir);
}

static bool
has_word(char **words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

/* Its place among the words; -1: not there. */
static int
place(char **words, const char *start)
{
	for (int i = 0; words[i]; i++)
		if (strncmp(words[i], start, strlen(start)) == 0)
			return i;
	return -1;
}

static int
build(const struct sftp_settings *s, struct err *e)
{
	struct ssh_command c;
	int rc = ssh_command_build(&c, s, e);

	ssh_command_free(&c);
	return rc;
}

static void
command_trusts_nothing_of_the_machine(void **state)
{
	static const char *const words[] = { "StrictHostKeyChecking=yes",
		"GlobalKnownHostsFile=none", "IdentityAgent=none",
		"IdentitiesOnly=yes", "ProxyCommand=none", "BatchMode=yes",
		"PreferredAuthentications=publickey", "ControlPath=none",
		"ClearAllForwardings=yes", "PermitLocalCommand=no",
		"PasswordAuthentication=no", "sftp.payer.example", "sftp",
		"2222", "acme", "--", "-s" };
	struct ssh_command c;

	(void)state;
	assert_int_equal(ssh_command_build(&c, &good, NULL), 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_true(has_word(c.argv, words[i]));
	assert_string_equal(c.argv[1], "-F");
	assert_string_equal(c.argv[2], "none");
	/* Nothing of our own environment but HOME gets through. */
	assert_int_equal(place(c.envp, "SSH_"), -1);
	assert_int_equal(place(c.envp, "X12D_"), -1);
	assert_true(place(c.envp, "LC_ALL=C") >= 0);
	ssh_command_free(&c);
}

static void
added_options_stand_behind_the_fixed_ones(void **state)
{
	static const char *const options[] = { "KexAlgorithms=+diffie-"
		"hellman-group14-sha1", "hostkeyalgorithms=+ssh-rsa" };
	struct ssh_command c;

	(void)state;
	good.ssh_options = options;
	good.ssh_option_count = 2;
	assert_int_equal(ssh_command_build(&c, &good, NULL), 0);
	assert_true(place(c.argv, "KexAlgorithms=+diffie") >
	    place(c.argv, "StrictHostKeyChecking=yes"));
	assert_true(place(c.argv, "hostkeyalgorithms=+ssh-rsa") <
	    place(c.argv, "--"));
	ssh_command_free(&c);
}

static void
password_is_asked_for_by_a_program_of_ours(void **state)
{
	struct ssh_command c;

	(void)state;
	good.identity_file = NULL;
	good.password_file = secret;
	good.askpass = "/usr/libexec/x12d";
	assert_int_equal(ssh_command_build(&c, &good, NULL), 0);
	assert_true(has_word(c.argv, "PubkeyAuthentication=no"));
	assert_true(has_word(c.argv, "NumberOfPasswordPrompts=1"));
	assert_false(has_word(c.argv, "BatchMode=yes"));
	assert_true(has_word(c.envp, "SSH_ASKPASS=/usr/libexec/x12d"));
	assert_true(has_word(c.envp, "SSH_ASKPASS_REQUIRE=force"));
	assert_true(place(c.envp, "X12D_ASKPASS_FILE=/tmp/ssh.") >= 0);
	ssh_command_free(&c);
}

static void
settings_that_ssh_would_expand_are_refused(void **state)
{
	static const char *const bad[] = { "", "-oProxyCommand=x", "a b",
		"a%h", "a;b", "a\nb", "$HOME", "~x", "a`b`", "a\"b", "a\\b" };
	static const char *const options[] = { "ProxyCommand=x",
		"StrictHostKeyChecking=no", "Ciphers", "Ciphers=",
		"Ciphers=a b", "LocalCommand=x", "Ciphers=%h", "" };
	struct err e = ERR_NONE;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sftp_settings host = good, user = good, file = good,
		    known = good;

		host.host = bad[i];
		user.user = bad[i];
		file.identity_file = bad[i];
		known.known_hosts = bad[i];
		assert_int_equal(build(&host, &e), -EINVAL);
		assert_int_equal(build(&user, &e), -EINVAL);
		assert_int_equal(build(&file, &e), -EINVAL);
		assert_int_equal(build(&known, &e), -EINVAL);
	}
	good.ssh_option_count = 1;
	/* "Ciphers=" is ssh's to refuse: it means nothing. */
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		good.ssh_options = &options[i];
		if (strcmp(options[i], "Ciphers=") != 0)
			assert_int_equal(build(&good, &e), -EINVAL);
	}
}

static void
files_are_looked_at_before_ssh_is_started(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(build(&good, &e), 0);
	chmod(key, 0640);
	assert_int_equal(build(&good, &e), -EACCES);
	chmod(key, 0600);
	assert_int_equal(truncate(hosts, 0), 0);
	assert_int_equal(build(&good, &e), -EINVAL);
	good.known_hosts = "/tmp/ssh.nowhere";
	assert_int_equal(build(&good, &e), -ENOENT);
	good.known_hosts = dir;
	assert_int_equal(build(&good, &e), -EINVAL);
	good.known_hosts = key;
	good.identity_file = NULL;
	assert_int_equal(build(&good, &e), -EINVAL);
	good.password_file = secret;
	assert_int_equal(build(&good, &e), -EINVAL);
	assert_non_null(strstr(e.text, "askpass"));
	good.port = 0;
	assert_int_equal(build(&good, &e), -EINVAL);
}

/* What this program, as ssh's askpass, says to a prompt; the exit status. */
static int
askpass(const char *prompt, char *answer, size_t cap)
{
	char self[400], command[800];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *f;
	size_t got;

	assert_true(n > 0);
	self[n] = '\0';
	snprintf(command, sizeof(command), "X12D_ASKPASS_FILE=%s %s \"%s\"",
	    secret, self, prompt);
	f = popen(command, "r");
	assert_non_null(f);
	got = fread(answer, 1, cap - 1, f);
	answer[got] = '\0';
	return WEXITSTATUS(pclose(f));
}

static void
secret_is_told_to_the_right_questions_only(void **state)
{
	char answer[100];

	(void)state;
	assert_int_equal(askpass("acme@h's password: ", answer, 100), 0);
	assert_string_equal(answer, "x\n");
	assert_int_equal(askpass("Enter passphrase for key 'k': ", answer,
	    100), 0);
	assert_int_equal(askpass("Enter acme@h's new password: ", answer,
	    100), 1);
	assert_string_equal(answer, "");
	assert_int_equal(askpass("Are you sure (yes/no)? ", answer, 100), 1);
	assert_string_equal(answer, "");
	assert_int_equal(truncate(secret, 0), 0);
	assert_int_equal(askpass("acme@h's password: ", answer, 100), 1);
	unlink(secret);
	assert_int_equal(askpass("acme@h's password: ", answer, 100), 1);
}

/* ---- complaints --------------------------------------------------------- */

static void
complaints_become_faults(void **state)
{
	static const struct {
		enum sftp_fault fault;
		const char *said;
	} rows[] = {
		{ SFTP_HOST_KEY, "@ WARNING: REMOTE HOST IDENTIFICATION HAS "
		    "CHANGED! @\nHost key verification failed.\n" },
		{ SFTP_HOST_KEY, "No ED25519 host key is known for [h]:22 and "
		    "you have requested strict checking.\n" },
		{ SFTP_AUTH, "acme@h: Permission denied (publickey).\n" },
		{ SFTP_AUTH, "Received disconnect from h: 2: Too many "
		    "authentication failures\n" },
		{ SFTP_CONFIG, "Load key \"k\": error in libcrypto\n"
		    "acme@h: Permission denied (publickey).\n" },
		{ SFTP_CONFIG, "Unable to negotiate with h port 22: no "
		    "matching host key type found. Their offer: ssh-rsa\n" },
		{ SFTP_CONFIG, "command-line: line 0: Bad SSH2 cipher spec "
		    "'x'.\n" },
		{ SFTP_CONFIG, "subsystem request failed on channel 0\n" },
		{ SFTP_RETRY, "ssh: Could not resolve hostname h: Name or "
		    "service not known\n" },
		{ SFTP_RETRY, "ssh: connect to host h port 22: Connection "
		    "refused\n" },
		{ SFTP_RETRY, "ssh: connect to host h port 22: Connection "
		    "timed out\n" },
		{ SFTP_RETRY, "kex_exchange_identification: read: Connection "
		    "reset by peer\n" },
		{ SFTP_RETRY, "" },
		{ SFTP_RETRY, "something new\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_reason r = ssh_error_reason(
		    slice_str(rows[i].said), false);

		assert_int_equal(r.fault, rows[i].fault);
		assert_true(strlen(r.text) > 10);
		/* After the login none of it is ssh's own any more. */
		assert_int_equal(ssh_error_reason(slice_str(rows[i].said),
		    true).fault, SFTP_RETRY);
	}
}

static void
last_line_is_printable(void **state)
{
	char line[20];

	(void)state;
	ssh_error_last_line(SLICE_LIT("one\ntwo\033[31m\xc3\xa9\r\n \n"),
	    line, sizeof(line));
	assert_string_equal(line, "two?[31m??");
	ssh_error_last_line(SLICE_LIT("123456789012345678901234567890"), line,
	    sizeof(line));
	assert_string_equal(line, "1234567890123456789");
	ssh_error_last_line(SLICE_LIT("\n\n"), line, sizeof(line));
	assert_string_equal(line, "");
}

/* ---- the process -------------------------------------------------------- */

static int exits, last_status;

static void
on_exit_of_child(void *ctx, int status)
{
	(void)ctx;
	exits++;
	last_status = status;
}

static struct ssh_child *
start(struct event_base *base, const char *script, int *fd)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", NULL };
	struct err e = ERR_NONE;
	struct ssh_child *c;

	exits = 0;
	c = ssh_child_start(base, argv, envp, fd, on_exit_of_child, NULL, &e);
	assert_non_null(c);
	return c;
}

static void
child_is_heard_to_its_last_word(void **state)
{
	struct event_base *base = event_base_new();
	int fd;
	struct ssh_child *c = start(base, "i=0; while [ $i -lt 2000 ]; do "
	    "echo 1234567890 >&2; i=$((i+1)); done; echo last >&2; exit 7",
	    &fd);
	struct slice said;

	(void)state;
	event_base_dispatch(base);
	assert_int_equal(exits, 1);
	assert_int_equal(WEXITSTATUS(last_status), 7);
	said = ssh_child_errors(c);
	assert_int_equal(said.n, SSH_CHILD_ERRORS);
	assert_memory_equal(said.p + said.n - 5, "last\n", 5);
	ssh_child_free(c);
	close(fd);
	event_base_free(base);
}

static void
child_that_will_not_end_is_killed(void **state)
{
	struct event_base *base = event_base_new();
	int64_t begin = clock_monotonic();
	int fd;
	struct ssh_child *c = start(base,
	    "trap '' TERM; while :; do sleep 0.1; done", &fd);

	(void)state;
	shutdown(fd, SHUT_RDWR);
	ssh_child_end(c);
	event_base_dispatch(base);
	assert_int_equal(exits, 1);
	assert_true(WIFSIGNALED(last_status));
	assert_int_equal(WTERMSIG(last_status), SIGKILL);
	assert_in_range(clock_monotonic() - begin, 3500, 15000);
	ssh_child_free(c);
	close(fd);
	event_base_free(base);
}

static void
forgotten_child_is_reaped_all_the_same(void **state)
{
	struct event_base *base = event_base_new();
	int fd;
	struct ssh_child *c = start(base, "exec cat", &fd);

	(void)state;
	ssh_child_free(c);
	close(fd);
	event_base_dispatch(base);
	assert_int_equal(exits, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	event_base_free(base);
}

static void
program_that_is_not_there_is_said(void **state)
{
	struct event_base *base = event_base_new();
	char *argv[] = { (char *)"x12d-no-such-program", NULL };
	char *envp[] = { NULL };
	struct err e = ERR_NONE;
	int fd;

	(void)state;
	assert_null(ssh_child_start(base, argv, envp, &fd, on_exit_of_child,
	    NULL, &e));
	/* EACCES: a folder of PATH is not open to this user. */
	assert_true(e.code == -ENOENT || e.code == -EACCES);
	assert_non_null(strstr(e.text, "x12d-no-such-program"));
	event_base_free(base);
}

#define COMMAND(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		COMMAND(command_trusts_nothing_of_the_machine),
		COMMAND(added_options_stand_behind_the_fixed_ones),
		COMMAND(password_is_asked_for_by_a_program_of_ours),
		COMMAND(settings_that_ssh_would_expand_are_refused),
		COMMAND(files_are_looked_at_before_ssh_is_started),
		COMMAND(secret_is_told_to_the_right_questions_only),
		cmocka_unit_test(complaints_become_faults),
		cmocka_unit_test(last_line_is_printable),
		cmocka_unit_test(child_is_heard_to_its_last_word),
		cmocka_unit_test(child_that_will_not_end_is_killed),
		cmocka_unit_test(forgotten_child_is_reaped_all_the_same),
		cmocka_unit_test(program_that_is_not_there_is_said),
	};

	int asked = askpass_run(argc, argv);

	if (asked >= 0)
		return asked;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
