/* SPDX-License-Identifier: ISC */
#include "daemon/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

int
child_pair(int pair[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "cannot make a socket pair");
	return 0;
}

int
child_nonblocking(int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(e, "cannot make a socket non-blocking");
	return 0;
}

/* Descriptors from here on are in nobody's way. */
enum { CHILD_AWAY = ROLE_FD_FREE + CONFIG_CODES };

/*
 * First out of the way of each other, then into place: a source may stand
 * where another one is to go. dup2() clears close-on-exec.
 */
static bool
child_place(const struct child_fds *fds)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int from[CHILD_AWAY] = { null, null, -1, fds->supervisor, fds->config,
	    fds->engine };
	int n = ROLE_FD_FREE;

	if (null < 0)
		return false;
	for (const int *l = fds->lists; l && *l >= 0 && n < CHILD_AWAY; l++)
		from[n++] = *l;
	for (int i = 0; i < n; i++) {
		if (i == STDERR_FILENO)
			continue;
		from[i] = fcntl(from[i] < 0 ? null : from[i],
		    F_DUPFD_CLOEXEC, CHILD_AWAY);
		if (from[i] < 0)
			return false;
	}
	for (int i = 0; i < n; i++)
		if (i != STDERR_FILENO && dup2(from[i], i) < 0)
			return false;
	return close_range((unsigned)n, ~0u, 0) == 0;
}

/*
 * Between fork and exec: our own handlers must not run, for they would write
 * to the parent's sockets. So signals come in blocked and go out blocked; the
 * new program unblocks them in role_enter().
 */
static void __attribute__((noreturn))
child_exec(const struct role *r, char *const argv[],
    const struct child_fds *fds, pid_t parent)
{
	static const char failed[] = "x12d: cannot start a role\n";

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	setpgid(0, 0);
	/* The parent may have died before we asked to be told. */
	if (prctl(PR_SET_PDEATHSIG, r->death_signal) == 0 &&
	    getppid() == parent && child_place(fds))
		execv("/proc/self/exe", argv);
	if (write(STDERR_FILENO, failed, sizeof(failed) - 1) < 0)
		_exit(ROLE_EXIT_FAILED);
	_exit(ROLE_EXIT_FAILED);
}

pid_t
child_spawn(const struct role *r, const char *partner, unsigned index,
    const struct child_fds *fds, struct err *e)
{
	char number[16], *argv[8];
	unsigned n = 0;
	sigset_t all, old;
	pid_t parent = getpid(), pid;

	snprintf(number, sizeof(number), "%u", index);
	argv[n++] = (char *)(uintptr_t)r->title;
	argv[n++] = (char *)(uintptr_t)"-R";
	argv[n++] = (char *)(uintptr_t)r->name;
	argv[n++] = (char *)(uintptr_t)(r->kind == ROLE_COURIER ? "-P" : "-I");
	argv[n++] = r->kind == ROLE_COURIER ? (char *)(uintptr_t)partner :
	    number;
	argv[n] = NULL;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &old) < 0)
		return err_sys(e, "cannot block signals");
	pid = fork();
	if (pid == 0)
		child_exec(r, argv, fds, parent);
	if (pid < 0)
		err_sys(e, "cannot start a process");
	else
		setpgid(pid, pid);
	if (sigprocmask(SIG_SETMASK, &old, NULL) < 0 && pid > 0)
		kill(pid, SIGKILL);
	return pid < 0 ? e->code : pid;
}
