/* SPDX-License-Identifier: ISC */
#ifndef CLI_CTL_CLIENT_H
#define CLI_CTL_CLIENT_H

/*
 * The other end of x12d's control socket: one request, its whole reply. The
 * protocol is docs/control.md.
 */

#include "base/buf.h"
#include "base/err.h"

enum { CTL_REPLY = 64 << 20 };

/*
 * Send the words and append all lines of the reply. -ECONNREFUSED, -ENOENT:
 * nobody listens; the text says how to start x12d.
 */
int ctl_ask(const char *socket, int argc, char *const *argv,
    struct buf *reply, struct err *e) __attribute__((warn_unused_result));

#endif
