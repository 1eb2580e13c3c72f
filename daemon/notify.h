/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/*
 * Tell the service manager (sd_notify(3)): one datagram to the socket that
 * NOTIFY_SOCKET names. No socket is not an error: nobody asked.
 */

#include "base/err.h"

enum notify_state { NOTIFY_READY, NOTIFY_RELOADING, NOTIFY_STOPPING };

/* status: one line for `systemctl status`, or NULL. */
int notify_send(enum notify_state state, const char *status, struct err *e)
    __attribute__((warn_unused_result));

#endif
