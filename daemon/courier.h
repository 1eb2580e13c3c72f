/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_COURIER_H
#define DAEMON_COURIER_H

/*
 * The courier's work, apart from its process: requests of the engine in,
 * replies out, one trading partner. It owns at most one SFTP session, opened
 * when there is work and closed when there was none for a moment: some
 * partners process files only after the logout. A few jobs run at once, they
 * begin in the order they came; what cannot begin waits, up to a limit.
 *
 * Every request but CANCEL ends in one reply (LIST: entries before it):
 *
 *	UPLOAD    UPLOADED, FAILED
 *	COMMIT    SENT, FAILED: not renamed, DOUBT: ask with RESOLVE
 *	RESOLVE   SENT, TEMP_THERE, NOTHING; FAILED: could not look, or with
 *	          SFTP_EXISTS: the final name is there and is not what we sent
 *	LIST      LISTED, size: entries told; FAILED, with SFTP_TOO_LARGE
 *	          after as many entries as are allowed
 *	DOWNLOAD  DOWNLOADED, FAILED
 *	SETTLE    SETTLED, also when the file is gone already; FAILED
 *	CANCEL    of a job that has not begun: its reply is CANCELLED;
 *	          otherwise its own reply came or will come
 *
 * An upload goes to the request's directory, or to the partner's upload_dir.
 * FAILED means that a retry is safe. COMMIT never overwrites a final name.
 * When the login fails, every waiting job fails with the same fault: it is for
 * the engine to wait before it asks again, for each try is a login.
 *
 * No process, socket or signal is handled here: daemon/role_courier.c does.
 */

#include "daemon/message.h"

struct courier;
struct event_base;

enum {
	COURIER_JOBS = 8,         /* at once, on the one session */
	COURIER_WAITING = 4096,   /* more fail with SFTP_RETRY */
	COURIER_ENTRIES = 10000,  /* of one LIST */
	COURIER_LINGER = 3000,    /* ms without work before the logout */
};

/* May call courier_do(), not courier_free(). */
typedef void courier_on_reply(void *ctx, const struct courier_reply *m);

/*
 * The partner and the path of the askpass program (see transport/askpass.h)
 * must outlive the courier. NULL: no memory.
 */
struct courier *courier_new(struct event_base *base,
    const struct config_partner *partner, const char *askpass,
    courier_on_reply *reply, void *ctx, struct err *e);

/*
 * Do what is asked, which courier_request_valid() has seen. fd is the
 * courier's from now on, -1 for none. No reply comes from inside the call, but
 * for want of memory or room.
 */
void courier_do(struct courier *c, const struct courier_request *m, int fd);

/* Jobs that have no reply yet. */
unsigned courier_pending(const struct courier *c);

/* No reply comes any more. The loop reaps the ssh child, as in sftp_free(). */
void courier_free(struct courier *c);

#endif
