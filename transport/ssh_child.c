/* SPDX-License-Identifier: ISC */
#include "transport/ssh_child.h"

#include "base/buf.h"

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct ssh_child {
	struct event_base *base;
	pid_t pid;
	int pidfd, errors_fd;
	struct event *exited, *complains, *grace;
	struct buf errors;
	ssh_child_on_exit *on_exit;    /* NULL: nobody wants to know */
	void *ctx;
	bool ending, termed, done, forgotten;
};

static void
child_destroy(struct ssh_child *c)
{
	struct event *events[] = { c->exited, c->complains, c->grace };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->errors_fd >= 0)
		close(c->errors_fd);
	buf_free(&c->errors);
	free(c);
}

/* Read what is there; false at its end. The oldest bytes make room. */
static bool
child_read_errors(struct ssh_child *c)
{
	char bytes[1024];
	ssize_t n;

	while ((n = read(c->errors_fd, bytes, sizeof(bytes))) > 0) {
		size_t sum = c->errors.n + (size_t)n;

		if (sum > SSH_CHILD_ERRORS)
			buf_drop(&c->errors, sum - SSH_CHILD_ERRORS);
		buf_add(&c->errors, bytes, (size_t)n);
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void
child_on_complaint(evutil_socket_t fd, short what, void *arg)
{
	struct ssh_child *c = arg;

	(void)fd;
	(void)what;
	if (!child_read_errors(c))
		event_del(c->complains);
}

static void
child_on_exited(evutil_socket_t fd, short what, void *arg)
{
	struct ssh_child *c = arg;
	int status = 0;

	(void)fd;
	(void)what;
	if (waitpid(c->pid, &status, WNOHANG) == 0)
		return;
	child_read_errors(c);
	event_del(c->exited);
	event_del(c->complains);
	event_del(c->grace);
	c->done = true;
	if (c->forgotten)
		child_destroy(c);
	else if (c->on_exit)
		c->on_exit(c->ctx, status);
}

/* A pidfd names this very process, even when its number is another's now. */
static void
child_on_grace(evutil_socket_t fd, short what, void *arg)
{
	struct ssh_child *c = arg;
	struct timeval tv = { SSH_CHILD_GRACE / 1000, 0 };

	(void)fd;
	(void)what;
	pidfd_send_signal(c->pidfd, c->termed ? SIGKILL : SIGTERM, NULL, 0);
	if (!c->termed)
		event_add(c->grace, &tv);
	c->termed = true;
}

void
ssh_child_end(struct ssh_child *c)
{
	struct timeval tv = { SSH_CHILD_GRACE / 1000, 0 };

	if (c->ending || c->done)
		return;
	c->ending = true;
	event_add(c->grace, &tv);
}

void
ssh_child_free(struct ssh_child *c)
{
	if (!c)
		return;
	c->on_exit = NULL;
	c->forgotten = true;
	if (c->done)
		child_destroy(c);
	else
		ssh_child_end(c);
}

struct slice
ssh_child_errors(const struct ssh_child *c)
{
	return buf_slice(&c->errors);
}

/* ---- starting ----------------------------------------------------------- */

/* A clean slate: no blocked or ignored signal is inherited. */
static int
child_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawnattr_setsigmask(attr, &none) ||
	    posix_spawnattr_setsigdefault(attr, &all))
		return -EINVAL;
	/* Of its own group: an operator's Ctrl-C is for us to handle. */
	return -posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int
child_files(posix_spawn_file_actions_t *files, int io, int errors)
{
	int rc = posix_spawn_file_actions_adddup2(files, io, 0);

	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(files, io, 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(files, errors, 2);
	return -rc;
}

static int
child_spawn(pid_t *pid, char **argv, char **envp, int io, int errors,
    struct err *e)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	rc = -posix_spawn_file_actions_init(&files);
	if (rc < 0)
		return err_set(e, rc, "cannot start %s", argv[0]);
	rc = -posix_spawnattr_init(&attr);
	if (rc < 0)
		goto out;
	rc = child_attributes(&attr);
	if (rc == 0)
		rc = child_files(&files, io, errors);
	if (rc == 0)
		rc = -posix_spawnp(pid, argv[0], &files, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
out:
	posix_spawn_file_actions_destroy(&files);
	if (rc < 0)
		return err_set(e, rc, "cannot start %s: %s", argv[0],
		    strerror(-rc));
	return 0;
}

static struct ssh_child *
child_watch(struct event_base *base, pid_t pid, int errors_fd,
    struct err *e)
{
	struct ssh_child *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	c->base = base;
	c->pid = pid;
	c->errors_fd = errors_fd;
	buf_init(&c->errors, SSH_CHILD_ERRORS);
	c->pidfd = pidfd_open(pid, 0);
	if (c->pidfd < 0) {
		err_sys(e, "cannot watch the ssh process");
		goto fail;
	}
	c->exited = event_new(base, c->pidfd, EV_READ | EV_PERSIST,
	    child_on_exited, c);
	c->complains = event_new(base, errors_fd, EV_READ | EV_PERSIST,
	    child_on_complaint, c);
	c->grace = evtimer_new(base, child_on_grace, c);
	if (!c->exited || !c->complains || !c->grace ||
	    event_add(c->exited, NULL) || event_add(c->complains, NULL)) {
		err_set(e, -ENOMEM, "out of memory");
		goto fail;
	}
	return c;
fail:
	c->errors_fd = -1;
	child_destroy(c);
	return NULL;
}

/* io: ours, the child's; errors: read end, write end. */
static int
child_pipes(int io[2], int errors[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, io) < 0)
		return err_sys(e, "cannot make a socket for ssh");
	if (pipe2(errors, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe for ssh");
	/* Only our ends: ssh expects to be able to block. */
	if (fcntl(io[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(errors[0], F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, "cannot set up a pipe for ssh");
	return 0;
}

static void
close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

struct ssh_child *
ssh_child_start(struct event_base *base, char **argv, char **envp, int *fd,
    ssh_child_on_exit *on_exit, void *ctx, struct err *e)
{
	int io[2] = { -1, -1 }, errors[2] = { -1, -1 };
	struct ssh_child *c;
	pid_t pid;

	if (child_pipes(io, errors, e) < 0 ||
	    child_spawn(&pid, argv, envp, io[1], errors[1], e) < 0)
		goto fail;
	c = child_watch(base, pid, errors[0], e);
	if (!c) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		goto fail;
	}
	c->on_exit = on_exit;
	c->ctx = ctx;
	close(io[1]);
	close(errors[1]);
	*fd = io[0];
	return c;
fail:
	close_all(io, 2);
	close_all(errors, 2);
	return NULL;
}
