/* SPDX-License-Identifier: ISC */
#ifndef TRANSPORT_SFTP_SESSION_H
#define TRANSPORT_SFTP_SESSION_H

/*
 * The inside of a session, for the files of this folder and their tests.
 *
 * An operation (struct op) is a table of steps: each says whether it is due
 * and sends one request. When no request of the operation is in flight, the
 * first step that is due is done; when none is due, the operation has ended.
 * Reads and writes stream beside the steps, many requests at once. The first
 * fault of an operation is kept: what follows (closing, removing) tidies up.
 *
 * Operations with something to send stand in a queue and get one request each
 * in turn, as long as there is a free place in the table of requests and room
 * in the output: hundreds of operations are as bounded as one.
 *
 * Ended operations are told at the end of a turn, when nothing of the session
 * is on the stack that their callbacks could pull away.
 */

#include "base/buf.h"
#include "transport/sftp.h"
#include "transport/sftp_packet.h"

#include <event2/event.h>
#include <stdarg.h>
#include <sys/queue.h>

enum {
	SESSION_REQUESTS = 128,        /* in flight, of all operations */
	OP_WINDOW = 64,                /* in flight, of one transfer */
	OP_CHUNK = 32 * 1024,          /* every server takes as much */
	SESSION_READ = 256 * 1024,     /* bytes a callback, both ways */
	SESSION_PATH = 1024,
	SESSION_WHO = 200,
	SESSION_QUIET_TICKS = 4,       /* parts of the idle timeout */
};

struct op;
struct request;
typedef void op_on_reply(struct op *o, const struct request *q,
    struct sftp_packet *p);

struct request {
	uint32_t id;
	struct op *op;                 /* NULL: a free place */
	op_on_reply *reply;
	uint64_t at;                   /* READ: what was asked for */
	uint32_t n;
};

struct op_step {
	bool (*due)(const struct op *o);
	void (*send)(struct op *o);
};

struct op_class {
	/* Send one more request of a stream; false: none now. */
	bool (*stream)(struct op *o);
	const struct op_step *steps;
	unsigned step_count;
	bool directory;                /* op.path is a directory's */
};

struct op {
	struct sftp *s;
	const struct op_class *class;
	TAILQ_ENTRY(op) link;          /* s->ops or s->ended */
	TAILQ_ENTRY(op) turn;          /* s->turns */
	bool queued, ended, overdue;
	unsigned in_flight;
	struct event *timer;
	int64_t timeout;
	sftp_done *done;
	void *ctx;
	struct sftp_result result;
	char path[SESSION_PATH];
	char handle[SFTP_MAX_HANDLE];
	uint32_t handle_n;
	bool opened, open_tried;       /* there is a handle; was asked for */
};

TAILQ_HEAD(op_list, op);

enum session_state {
	SESSION_LOGIN,     /* waits for VERSION */
	SESSION_READY,
	SESSION_ENDING,    /* EOF: waits for what ssh has to say */
	SESSION_DEAD,
	SESSION_CLOSED,
};

struct sftp {
	struct event_base *base;
	enum session_state state;
	int fd;
	struct ssh_child *child;       /* NULL: sftp_attach() */
	struct event *readable, *writable, *kick, *tick, *login_timer;
	struct buf in, out;
	struct op_list ops, ended, turns;
	struct op *login;              /* its done is sftp_open()'s */
	struct request requests[SESSION_REQUESTS];
	uint8_t free_slots[SESSION_REQUESTS];
	unsigned free_count;
	uint32_t serial;
	bool fsync;
	unsigned depth;                /* our callbacks on the stack */
	bool freed, lost_due, listing, child_gone;
	sftp_done *lost;
	void *lost_ctx;
	struct sftp_result death;
	uint64_t moved, moved_seen;    /* progress, for the idle timeout */
	unsigned quiet;
	int64_t idle_timeout, job_timeout, connect_timeout;
	char who[SESSION_WHO];         /* user@host:port */
	const char *auth;              /* what we log in with, for texts */
};

/* A session over a connected socket, owned from now on; for tests. */
struct sftp *sftp_attach(struct event_base *base, int fd,
    const struct sftp_settings *settings, sftp_done *done, void *ctx,
    struct err *e);

/* ---- session.c: life and bytes ------------------------------------------ */

/* Fill a result: the text gets user, host and port in front. */
void session_say(const struct sftp *s, struct sftp_result *r,
    enum sftp_fault f, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));
/* The session is over: everything pending ends with this fault. */
void session_die(struct sftp *s, enum sftp_fault f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Around every event: leave sends, tells who has ended, frees if asked to. */
void session_enter(struct sftp *s);
void session_leave(struct sftp *s);

/* ---- sftp_op.c: operations and requests --------------------------------- */

/* A zeroed operation of size bytes with its path; NULL: no memory. */
struct op *op_new(struct sftp *s, size_t size, const struct op_class *class,
    const char *path, sftp_done *done, void *ctx);
/* Begin it: from now on it ends in one call of done. */
void op_start(struct op *o, int64_t timeout);
/* It may have something to send. */
void op_queue(struct op *o);
void op_end(struct op *o);
void op_free(struct op *o);
/* Only the first fault counts. */
void op_fail(struct op *o, enum sftp_fault f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Give every queued operation its turns. */
void op_pump(struct sftp *s);
/* An answer came: find whose it is. */
void op_dispatch(struct sftp *s, struct sftp_packet *p);
/* No memory for an operation: all that can be done is to say so. */
void op_no_memory(sftp_done *done, void *ctx);

/* One request: begin, put its fields into s->out, end. */
size_t request_begin(struct op *o, enum sftp_type type, op_on_reply *reply);
void request_end(struct op *o, size_t start, uint64_t at, uint32_t n);

/* The answer is of this type; if not, the operation or session has failed. */
bool reply_is(struct op *o, const struct sftp_packet *p, enum sftp_type type,
    const char *doing);
/* The answer is a STATUS that says OK. */
bool reply_ok(struct op *o, const struct sftp_packet *p, const char *doing);
/* Keep the handle of an OPEN or OPENDIR. */
void reply_handle(struct op *o, const struct sftp_packet *p,
    const char *doing);
void op_status(struct op *o, uint32_t code, const char *doing);
/* The directory of a path, for texts. */
struct slice op_directory(const struct op *o);

/* Steps that several operations have. */
bool op_open_due(const struct op *o);
bool op_close_due(const struct op *o);
void op_close_send(struct op *o);
void op_path_request(struct op *o, enum sftp_type type,
    op_on_reply *reply);
void op_open_request(struct op *o, uint32_t flags,
    op_on_reply *reply);
void op_handle_request(struct op *o, enum sftp_type type,
    op_on_reply *reply);

#endif
