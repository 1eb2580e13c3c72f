/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

/*
 * Start a role: fork, put its descriptors where role.h says, close all others,
 * and exec this same program again. The child stands in a process group of
 * its own, so that it and what it started can be killed together.
 */

#include "daemon/role.h"

#include <sys/types.h>

/* -1: /dev/null. They stay the caller's. */
struct child_fds {
	int supervisor, config, engine;
	const int *lists;       /* -1 after the last; NULL: none */
};

/* The child's pid, or negative. */
pid_t child_spawn(const struct role *r, const char *partner, unsigned index,
    const struct child_fds *fds, struct err *e)
    __attribute__((warn_unused_result));

/* A connected pair of SOCK_SEQPACKET sockets, close-on-exec. */
int child_pair(int pair[2], struct err *e)
    __attribute__((warn_unused_result));

int child_nonblocking(int fd, struct err *e)
    __attribute__((warn_unused_result));

#endif
