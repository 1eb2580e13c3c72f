/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/child.h"
#include "daemon/notify.h"
#include "daemon/supervisor_inner.h"

/* ---- when a role is started again --------------------------------------- */

static void
slot_waits_longer_after_every_failure(void **state)
{
	static const int64_t want[] = { 100, 200, 400, 800, 1600, 3200, 6400,
	    12800, 25600, 30000, 30000 };
	int64_t delay = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		delay = slot_next_delay(delay, 10, false);
		assert_int_equal(delay, want[i]);
	}
}

static void
slot_forgets_failures_after_a_healthy_minute(void **state)
{
	(void)state;
	assert_int_equal(slot_next_delay(30000, SLOT_HEALTHY - 1, false),
	    30000);
	assert_int_equal(slot_next_delay(30000, SLOT_HEALTHY, false), 100);
}

static void
slot_that_was_asked_to_end_starts_at_once(void **state)
{
	(void)state;
	assert_int_equal(slot_next_delay(30000, 10, true), 0);
	assert_int_equal(slot_next_delay(0, 10, false), 100);
}

/* ---- what a process is that has entered its role ------------------------ */

/* Run in a child, for there is no way back; its exit status. */
static int
in_child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool
limited(int resource, rlim_t most)
{
	struct rlimit r;

	return getrlimit(resource, &r) == 0 && r.rlim_max <= most;
}

static bool
ignored(int signal)
{
	struct sigaction a;

	return sigaction(signal, NULL, &a) == 0 && a.sa_handler == SIG_IGN;
}

static int
enter_worker(void)
{
	char name[17] = "";
	struct err e = ERR_NONE;
	int dead = 0;

	if (role_enter(role_get(ROLE_WORKER), &e) < 0)
		return 1;
	if (prctl(PR_GET_NAME, name) < 0 || strcmp(name, "x12d-worker") != 0)
		return 2;
	if (prctl(PR_GET_PDEATHSIG, &dead) < 0 || dead != SIGKILL)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 4;
	if (!limited(RLIMIT_CORE, 0) || !limited(RLIMIT_NOFILE, 32) ||
	    !limited(RLIMIT_FSIZE, (rlim_t)4 << 30))
		return 5;
	if (!ignored(SIGPIPE) || !ignored(SIGINT) || !ignored(SIGHUP) ||
	    ignored(SIGTERM))
		return 6;
	if (umask(0) != 077)
		return 7;
#ifndef __SANITIZE_ADDRESS__
	if (prctl(PR_GET_DUMPABLE) != 0 || !limited(RLIMIT_AS, 1 << 30))
		return 8;
#endif
	return 0;
}

static void
role_is_entered_with_its_limits(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter_worker), 0);
}

static int
enter_lower(void)
{
	struct rlimit r = { 20, 20 };
	struct err e = ERR_NONE;

	if (setrlimit(RLIMIT_NOFILE, &r) < 0 ||
	    role_enter(role_get(ROLE_WORKER), &e) < 0)
		return 1;
	return limited(RLIMIT_NOFILE, 20) ? 0 : 2;
}

static void
role_keeps_a_lower_limit_of_the_operator(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter_lower), 0);
}

static void
role_titles_fit_into_the_kernels_field(void **state)
{
	static const char *const names[] = { "supervisor", "engine", "worker",
	    "courier" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct role *r = role_find(names[i]);

		assert_non_null(r);
		assert_ptr_equal(role_get(r->kind), r);
		assert_true(strlen(r->title) <= 15);
	}
	assert_null(role_find("postman"));
}

/* ---- the worker's loop, with its descriptors where they belong ---------- */

static int
run_worker(void)
{
	return role_run(role_get(ROLE_WORKER), "", 0);
}

/* The configuration of these workers, as the supervisor hands it over. */
static int
worker_snapshot(uint64_t *serial)
{
	static const char text[] = "workers: 1\n";
	const struct config_sink nobody = { NULL, NULL };
	struct err e = ERR_NONE;
	struct config *c = config_parse("x12d.yaml", slice_str(text), nobody,
	    &e);
	int fd = config_snapshot(c, &e);

	assert_true(fd >= 0);
	config_free(c);
	c = config_load_snapshot(fd, &e);
	assert_non_null(c);
	assert_int_not_equal(c->serial, 0);
	*serial = c->serial;
	config_free(c);
	return fd;
}

static uint64_t serial;

/* The worker's process with our ends of its sockets. */
static pid_t
worker_start(int *supervisor, int *engine)
{
	int sup[2], eng[2], config = worker_snapshot(&serial);
	struct err e = ERR_NONE;
	pid_t pid;

	assert_int_equal(child_pair(sup, &e), 0);
	assert_int_equal(child_pair(eng, &e), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int s = fcntl(sup[1], F_DUPFD, 100);
		int g = fcntl(eng[1], F_DUPFD, 100);
		int c = fcntl(config, F_DUPFD, 100);

		if (dup2(s, ROLE_FD_SUPERVISOR) < 0 ||
		    dup2(c, ROLE_FD_CONFIG) < 0 ||
		    dup2(g, ROLE_FD_ENGINE) < 0)
			_exit(99);
		close_range(ROLE_FD_FREE, ~0u, 0);
		_exit(run_worker());
	}
	close(sup[1]);
	close(eng[1]);
	close(config);
	*supervisor = sup[0];
	*engine = eng[0];
	return pid;
}

static int
ended(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
worker_answers_and_ends_when_the_engine_is_gone(void **state)
{
	struct work_request m = { .kind = WORK_INSPECT, .job = 77 };
	struct work_reply reply;
	struct err e = ERR_NONE;
	int supervisor, engine, fds[MESSAGE_FDS], files[2];
	unsigned nfds;
	pid_t pid = worker_start(&supervisor, &engine);

	(void)state;
	m.serial = serial;
	files[0] = open("tests/data/claims/two_claims.837", O_RDONLY);
	files[1] = open("/dev/null", O_RDWR);
	assert_true(files[0] >= 0 && files[1] >= 0);
	/* A manifest that cannot be cut: the world's fault, told as such. */
	assert_int_equal(message_send(engine, &m, sizeof(m), files, 2, &e), 0);
	assert_int_equal(message_receive(engine, &reply, sizeof(reply), fds,
	    &nfds, &e), 1);
	assert_int_equal(reply.job, 77);
	assert_true(reply.rc < 0);
	assert_true(reply.text[0] != '\0');
	m.kind = 99;
	m.job = 78;
	assert_int_equal(message_send(engine, &m, sizeof(m), NULL, 0, &e), 0);
	assert_int_equal(message_receive(engine, &reply, sizeof(reply), fds,
	    &nfds, &e), 1);
	assert_int_equal(reply.job, 78);
	assert_int_equal(reply.rc, -EBADMSG);
	close(engine);
	assert_int_equal(ended(pid), ROLE_EXIT_DONE);
	close(supervisor);
	close(files[0]);
	close(files[1]);
}

static void
worker_ends_when_the_supervisor_is_gone(void **state)
{
	int supervisor, engine;
	pid_t pid = worker_start(&supervisor, &engine);

	(void)state;
	close(supervisor);
	assert_int_equal(ended(pid), ROLE_EXIT_DONE);
	close(engine);
}

static void
worker_from_before_a_reload_gives_its_request_back(void **state)
{
	struct work_request m = { .kind = WORK_INSPECT, .job = 5 };
	struct work_reply reply;
	struct err e = ERR_NONE;
	int supervisor, engine, fds[MESSAGE_FDS], files[2];
	unsigned nfds;
	pid_t pid = worker_start(&supervisor, &engine);

	(void)state;
	m.serial = serial + 1;
	files[0] = open("tests/data/claims/two_claims.837", O_RDONLY);
	files[1] = memfd_create("manifest", MFD_CLOEXEC);
	assert_true(files[0] >= 0 && files[1] >= 0);
	assert_int_equal(message_send(engine, &m, sizeof(m), files, 2, &e), 0);
	assert_int_equal(message_receive(engine, &reply, sizeof(reply), fds,
	    &nfds, &e), 1);
	assert_int_equal(reply.job, 5);
	assert_int_equal(reply.rc, -ESTALE);
	/* What it was given before it is told to end is not lost. */
	kill(pid, SIGSTOP);
	m.serial = serial;
	m.job = 6;
	assert_int_equal(message_send(engine, &m, sizeof(m), files, 2, &e), 0);
	close(supervisor);
	kill(pid, SIGCONT);
	assert_int_equal(message_receive(engine, &reply, sizeof(reply), fds,
	    &nfds, &e), 1);
	assert_int_equal(reply.job, 6);
	assert_int_equal(reply.rc, 0);
	assert_int_equal(ended(pid), ROLE_EXIT_DONE);
	assert_int_equal(message_send(engine, &m, sizeof(m), files, 2, &e),
	    -EPIPE);
	close(engine);
	close(files[0]);
	close(files[1]);
}

/* ---- the service manager ------------------------------------------------ */

static void
notify_says_ready_and_when_it_reloads(void **state)
{
	char dir[] = "/tmp/test_notify.XXXXXX", text[1000];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct err e = ERR_NONE;
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_send(NOTIFY_READY, "", &e), 0);
	assert_non_null(mkdtemp(dir));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/n", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	assert_int_equal(notify_send(NOTIFY_READY, "2 workers", &e), 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "READY=1\nSTATUS=2 workers\n");
	assert_int_equal(notify_send(NOTIFY_RELOADING, "", &e), 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_memory_equal(text, "RELOADING=1\n", 12);
	assert_non_null(strstr(text, "\nMONOTONIC_USEC="));
	close(fd);
	unlink(at.sun_path);
	rmdir(dir);
	assert_true(notify_send(NOTIFY_STOPPING, "", &e) < 0);
	unsetenv("NOTIFY_SOCKET");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slot_waits_longer_after_every_failure),
		cmocka_unit_test(slot_forgets_failures_after_a_healthy_minute),
		cmocka_unit_test(slot_that_was_asked_to_end_starts_at_once),
		cmocka_unit_test(role_is_entered_with_its_limits),
		cmocka_unit_test(role_keeps_a_lower_limit_of_the_operator),
		cmocka_unit_test(role_titles_fit_into_the_kernels_field),
		cmocka_unit_test(
		    worker_answers_and_ends_when_the_engine_is_gone),
		cmocka_unit_test(worker_ends_when_the_supervisor_is_gone),
		cmocka_unit_test(
		    worker_from_before_a_reload_gives_its_request_back),
		cmocka_unit_test(notify_says_ready_and_when_it_reloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
