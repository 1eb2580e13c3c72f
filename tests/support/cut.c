/* SPDX-License-Identifier: ISC */
#include "tests/support/cut.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CUT_NO_TRACE = 77 };

static void
cut_child(void (*prepare)(void *ctx), void (*path)(void *ctx), void *ctx)
{
	if (prepare != NULL)
		prepare(ctx);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(CUT_NO_TRACE);
	raise(SIGSTOP);
	path(ctx);
	_exit(0);
}

static int
cut_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Signals that are not the tracer's are handed on. */
static int
cut_signal(int status)
{
	int sig = WSTOPSIG(status);

	return sig == SIGSTOP || sig == SIGTRAP || sig == (SIGTRAP | 0x80) ?
	    0 : sig;
}

static enum cut
cut_trace(pid_t pid, int status, unsigned n)
{
	bool entering = false;

	if (WIFSTOPPED(status) && ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0) {
		kill(pid, SIGKILL);
		cut_wait(pid);
		return CUT_IMPOSSIBLE;
	}
	while (WIFSTOPPED(status)) {
		/* Stops come in pairs: before a call, and after it. */
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			entering = !entering;
			if (entering && --n == 0) {
				kill(pid, SIGKILL);
				cut_wait(pid);
				return CUT_CUT;
			}
		}
		if (ptrace(PTRACE_SYSCALL, pid, NULL,
		    (void *)(long)cut_signal(status)) < 0)
			break;
		status = cut_wait(pid);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == CUT_NO_TRACE)
		return CUT_IMPOSSIBLE;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CUT_DONE :
	    CUT_FAILED;
}

enum cut
cut_run(unsigned n, void (*prepare)(void *ctx), void (*path)(void *ctx),
    void *ctx)
{
	pid_t pid = fork();

	if (pid < 0)
		return CUT_IMPOSSIBLE;
	if (pid == 0)
		cut_child(prepare, path, ctx);
	return cut_trace(pid, cut_wait(pid), n);
}
