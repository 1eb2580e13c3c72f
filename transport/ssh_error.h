/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_SSH_ERROR_H
#define TRANSPORT_SSH_ERROR_H

/*
 * Why ssh gave up, from what it wrote to stderr: ssh has no other way to tell.
 * Before the login the words are ssh's own, apart from what a server says when
 * it disconnects; after it they may be the server's, so only what ssh says
 * about a lost connection is looked for.
 */

#include "transport/sftp.h"

struct ssh_reason {
	enum sftp_fault fault;
	const char *text;      /* what happened and what to do */
};

struct ssh_reason ssh_error_reason(struct slice errors, bool logged_in);

/* The last line, printable characters only, cut to fit; "" for none. */
void ssh_error_last_line(struct slice errors, char *to, size_t cap);

#endif
