/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/control.h"

struct scene {
	char dir[64], path[100];
	struct event_base *base;
	struct control *control;
	bool later;                 /* do not answer at once */
	uint64_t client;
	char asked[200];
	uid_t uid;
};

static void
scene_on_request(void *ctx, uint64_t client, int argc,
    const char *const *argv, uid_t uid)
{
	struct scene *s = ctx;

	s->client = client;
	s->uid = uid;
	s->asked[0] = '\0';
	for (int i = 0; i < argc; i++) {
		strcat(s->asked, argv[i]);
		strcat(s->asked, "|");
	}
	if (!s->later)
		control_reply(s->control, client, SLICE_LIT("hello\n"));
}

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct err e = ERR_NONE;

	assert_non_null(s);
	strcpy(s->dir, "/tmp/test_control.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/control.sock", s->dir);
	s->base = event_base_new();
	assert_non_null(s->base);
	s->control = control_new(s->base, s->path, NULL, scene_on_request, s,
	    &e);
	assert_non_null(s->control);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;
	struct stat st;

	control_free(s->control);
	assert_int_equal(stat(s->path, &st), -1);
	event_base_free(s->base);
	assert_int_equal(rmdir(s->dir), 0);
	free(s);
	return 0;
}

static void
scene_turn(struct scene *s)
{
	for (int i = 0; i < 5; i++)
		assert_true(event_base_loop(s->base, EVLOOP_NONBLOCK) >= 0);
}

static int
scene_connect(const struct scene *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(at.sun_path, s->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void
say(int fd, const char *bytes, size_t n)
{
	assert_int_equal(write(fd, bytes, n), n);
}

#define SAY(fd, lit) say((fd), (lit), sizeof(lit) - 1)

/* All that the other side says until it hangs up. */
static const char *
hear(struct scene *s, int fd)
{
	static char text[1000];
	ssize_t n = 0, r;

	scene_turn(s);
	while ((r = recv(fd, text + n, sizeof(text) - 1 - (size_t)n,
	    MSG_DONTWAIT)) > 0)
		n += r;
	assert_true(r == 0 || errno == ECONNRESET);
	text[n] = '\0';
	return text;
}

static void
control_answers_a_request(void **state)
{
	struct scene *s = *state;
	int fd = scene_connect(s);

	SAY(fd, "partner\0pause\0acme\0a reason\0\0");
	assert_string_equal(hear(s, fd), "hello\n");
	assert_string_equal(s->asked, "partner|pause|acme|a reason|");
	assert_int_equal(s->uid, getuid());
	close(fd);
}

static void
control_takes_a_request_in_pieces(void **state)
{
	struct scene *s = *state;
	int fd = scene_connect(s);

	SAY(fd, "sta");
	scene_turn(s);
	SAY(fd, "tus\0");
	scene_turn(s);
	assert_string_equal(s->asked, "");
	SAY(fd, "\0");
	assert_string_equal(hear(s, fd), "hello\n");
	assert_string_equal(s->asked, "status|");
	close(fd);
}

static void
control_may_be_answered_later_or_never(void **state)
{
	struct scene *s = *state;
	int one = scene_connect(s), two;
	uint64_t first;

	s->later = true;
	SAY(one, "reload\0\0");
	scene_turn(s);
	first = s->client;
	two = scene_connect(s);
	SAY(two, "status\0\0");
	shutdown(two, SHUT_WR);
	scene_turn(s);
	assert_true(s->client != first);
	close(one);
	scene_turn(s);
	control_reply(s->control, first, SLICE_LIT("nobody hears\n"));
	control_reply(s->control, s->client, SLICE_LIT("late\n"));
	assert_string_equal(hear(s, two), "late\n");
	control_reply(s->control, s->client, SLICE_LIT("too late\n"));
	close(two);
}

static void
control_refuses_what_is_no_request(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{ "\0", 1 }, { "a\0\0b", 4 },
		{ "1\0002\0003\0004\0005\0006\0007\0008\0009\0\0", 20 },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = scene_connect(s);

		say(fd, bad[i].bytes, bad[i].n);
		assert_non_null(strstr(hear(s, fd), "\"rc\":2"));
		assert_string_equal(s->asked, "");
		close(fd);
	}
}

static void
control_refuses_a_request_without_end(void **state)
{
	struct scene *s = *state;
	char bytes[CONTROL_REQUEST];
	int fd = scene_connect(s);

	memset(bytes, 'x', sizeof(bytes));
	say(fd, bytes, sizeof(bytes));
	assert_non_null(strstr(hear(s, fd), "\"rc\":2"));
	close(fd);
}

static void
control_serves_so_many_at_once_and_others_afterwards(void **state)
{
	struct scene *s = *state;
	int fds[CONTROL_CLIENTS], more;

	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		fds[i] = scene_connect(s);
		scene_turn(s);
	}
	more = scene_connect(s);
	SAY(more, "status\0\0");
	assert_string_equal(hear(s, more), "");
	close(more);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		close(fds[i]);
	scene_turn(s);
	more = scene_connect(s);
	SAY(more, "status\0\0");
	assert_string_equal(hear(s, more), "hello\n");
	close(more);
}

static void
control_does_not_take_the_place_of_a_living_one(void **state)
{
	struct scene *s = *state;
	struct err e = ERR_NONE;
	int fd;

	assert_null(control_new(s->base, s->path, NULL, scene_on_request, s,
	    &e));
	assert_int_equal(e.code, -EADDRINUSE);
	fd = scene_connect(s);
	SAY(fd, "status\0\0");
	assert_string_equal(hear(s, fd), "hello\n");
	close(fd);
}

static void
control_takes_the_place_of_a_dead_one(void **state)
{
	struct scene *s = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct err e = ERR_NONE;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	control_free(s->control);
	strcpy(at.sun_path, s->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_int_equal(stat(s->path, &st), 0);
	s->control = control_new(s->base, s->path, NULL, scene_on_request, s,
	    &e);
	assert_non_null(s->control);
	assert_int_equal(stat(s->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	fd = scene_connect(s);
	SAY(fd, "status\0\0");
	assert_string_equal(hear(s, fd), "hello\n");
	close(fd);
}

static void
control_never_removes_what_is_no_socket(void **state)
{
	struct scene *s = *state;
	struct err e = ERR_NONE;
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/precious", s->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_null(control_new(s->base, path, NULL, scene_on_request, s,
	    &e));
	assert_int_equal(e.code, -EEXIST);
	assert_int_equal(unlink(path), 0);
}

/* Needs root, to be somebody else: a child asks as nobody. */
static void
control_refuses_a_stranger(void **state)
{
	struct scene *s = *state;
	pid_t pid;
	int p[2], status;
	char text[1000];
	ssize_t n;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(s->dir, 0755), 0);
	assert_int_equal(chmod(s->path, 0666), 0);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(1);
		int fd = scene_connect(s);

		SAY(fd, "status\0\0");
		while ((n = read(fd, text, sizeof(text))) > 0)
			say(p[1], text, (size_t)n);
		_exit(0);
	}
	close(p[1]);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		scene_turn(s);
		usleep(1000);
	}
	n = read(p[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "you may not ask"));
	assert_string_equal(s->asked, "");
	close(p[0]);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(control_answers_a_request),
		TEST(control_takes_a_request_in_pieces),
		TEST(control_may_be_answered_later_or_never),
		TEST(control_refuses_what_is_no_request),
		TEST(control_refuses_a_request_without_end),
		TEST(control_serves_so_many_at_once_and_others_afterwards),
		TEST(control_does_not_take_the_place_of_a_living_one),
		TEST(control_takes_the_place_of_a_dead_one),
		TEST(control_never_removes_what_is_no_socket),
		TEST(control_refuses_a_stranger),
	};

	(void)signal(SIGPIPE, SIG_IGN);    /* as role_enter() does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
