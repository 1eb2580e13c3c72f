/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

/*
 * The control socket, as docs/control.md describes it: one request of a few
 * words a connection, a reply of JSON lines. This part knows sockets,
 * credentials, limits and time-outs; what is asked and answered is its
 * owner's.
 *
 * A request may be answered at once or later; the client may be gone by then,
 * which is not an error. Ids are never used again.
 */

#include "base/err.h"
#include "base/slice.h"

#include <sys/types.h>

struct event_base;
struct control;

enum {
	CONTROL_REQUEST = 4096,      /* bytes */
	CONTROL_WORDS = 8,
	CONTROL_CLIENTS = 16,
	CONTROL_READ_S = 10,         /* to say what it wants */
	CONTROL_WRITE_S = 30,        /* without taking a byte */
};

typedef void control_on_request(void *ctx, uint64_t client, int argc,
    const char *const *argv, uid_t uid);

/*
 * Listen at path (mode 0660). A socket that a dead process left is replaced;
 * one that answers is -EADDRINUSE. group: who else may ask, or NULL.
 */
struct control *control_new(struct event_base *base, const char *path,
    const char *group, control_on_request *on, void *ctx, struct err *e);
/* Hang up on everybody and remove the socket. */
void control_free(struct control *c);

/* The whole reply; the connection is closed once it is taken. */
void control_reply(struct control *c, uint64_t client, struct slice lines);

/*
 * Words of a request, each ended by NUL, an empty one last, into argv. 0: more
 * bytes are needed; negative: this is not a request.
 */
int control_words(struct slice bytes, const char *argv[static CONTROL_WORDS]);

#endif
