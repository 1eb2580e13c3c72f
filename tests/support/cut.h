/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_CUT_H
#define TESTS_SUPPORT_CUT_H

/*
 * Crash tests: run a path in a child and kill it (SIGKILL) just before its
 * n-th system call. Cutting with n = 1, 2, .. until the path comes to its end
 * visits every state that a crash of the process can leave behind.
 */

enum cut {
	CUT_DONE,       /* came to its end before the n-th call */
	CUT_CUT,        /* was killed */
	CUT_FAILED,     /* ended otherwise: an assertion, a status, a signal */
	CUT_IMPOSSIBLE, /* this machine does not let us trace */
};

/*
 * prepare (may be NULL) runs in the child uncounted, then path. The child ends
 * with _exit(), so nothing of the parent's is flushed or freed twice.
 */
enum cut cut_run(unsigned n, void (*prepare)(void *ctx),
    void (*path)(void *ctx), void *ctx);

#endif
