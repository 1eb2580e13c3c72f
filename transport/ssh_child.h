/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_SSH_CHILD_H
#define TRANSPORT_SSH_CHILD_H

/*
 * A child process with a socket for its input and output, and a bounded ear
 * for its complaints. It is reaped by the event loop (a pidfd), never waited
 * for: once told to end it has 2 s, then SIGTERM, 2 s more, then SIGKILL.
 *
 * Ownership: the socket is the caller's. The child's object lives until the
 * process is reaped, also after ssh_child_free().
 */

#include "base/err.h"
#include "base/slice.h"

struct event_base;
struct ssh_child;

enum { SSH_CHILD_ERRORS = 8 * 1024, SSH_CHILD_GRACE = 2000 };

/* It has exited; its last words can be had with ssh_child_errors(). */
typedef void ssh_child_on_exit(void *ctx, int status);

/* argv[0] is looked up in PATH. *fd: our end, non-blocking. */
struct ssh_child *ssh_child_start(struct event_base *base, char **argv,
    char **envp, int *fd, ssh_child_on_exit *on_exit, void *ctx,
    struct err *e);

/* What it wrote to stderr: the last SSH_CHILD_ERRORS bytes at most. */
struct slice ssh_child_errors(const struct ssh_child *c);

/* The caller has shut its end of the socket: the child is to go. */
void ssh_child_end(struct ssh_child *c);

/* End it and forget it: on_exit is not called any more. */
void ssh_child_free(struct ssh_child *c);

#endif
