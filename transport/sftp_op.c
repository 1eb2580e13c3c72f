/* SPDX-License-Identifier: ISC */
#include "transport/sftp_session.h"

#include <assert.h>
#include <stdlib.h>

/* The low bits of an id are its place in the table, the others tell age. */
enum { SLOT_BITS = 7 };
_Static_assert(1 << SLOT_BITS == SESSION_REQUESTS, "one place an id");

/* What a status means; what is not here is a refusal. */
static const struct {
	enum sftp_fault fault;
	const char *text;
} meanings[] = {
	[SSH_FX_OK] = { SFTP_PROTOCOL,
	    "the server says \"done\" where it must answer more" },
	[SSH_FX_EOF] = { SFTP_PROTOCOL,
	    "the server speaks of an end of file where there is none" },
	[SSH_FX_NO_SUCH_FILE] = { SFTP_MISSING,
	    "no such file or directory there" },
	[SSH_FX_PERMISSION_DENIED] = { SFTP_DENIED,
	    "permission denied there; ask the partner for access" },
	[SSH_FX_FAILURE] = { SFTP_REFUSED,
	    "the server refuses without a reason (disk full, quota, or a "
	    "rule of its own); ask the partner" },
	[SSH_FX_BAD_MESSAGE] = { SFTP_PROTOCOL,
	    "the server did not understand us" },
	[SSH_FX_NO_CONNECTION] = { SFTP_RETRY,
	    "the server has lost its own storage" },
	[SSH_FX_CONNECTION_LOST] = { SFTP_RETRY,
	    "the server has lost its own storage" },
	[SSH_FX_OP_UNSUPPORTED] = { SFTP_REFUSED,
	    "the server does not support this" },
	[SSH_FX_INVALID_HANDLE] = { SFTP_PROTOCOL,
	    "the server has forgotten the open file" },
	[SSH_FX_NO_SUCH_PATH] = { SFTP_MISSING, "no such directory there" },
	[SSH_FX_FILE_ALREADY_EXISTS] = { SFTP_EXISTS,
	    "the name is taken there" },
	[SSH_FX_WRITE_PROTECT] = { SFTP_DENIED,
	    "the file system there is read-only; ask the partner" },
	[SSH_FX_NO_MEDIA] = { SFTP_RETRY, "no storage there" },
	[SSH_FX_NO_SPACE] = { SFTP_REFUSED,
	    "no space left there; ask the partner" },
	[SSH_FX_QUOTA_EXCEEDED] = { SFTP_REFUSED,
	    "our quota there is used up; ask the partner" },
};

/* ---- life --------------------------------------------------------------- */

struct op *
op_new(struct sftp *s, size_t size, const struct op_class *class,
    const char *path, sftp_done *done, void *ctx)
{
	struct op *o = calloc(1, size);

	if (!o) {
		op_no_memory(done, ctx);
		return NULL;
	}
	o->s = s;
	o->class = class;
	o->done = done;
	o->ctx = ctx;
	if (!slice_copy(slice_str(path), o->path, sizeof(o->path)) || !*path)
		op_fail(o, SFTP_CONFIG, "a remote path is empty or longer "
		    "than %d bytes", SESSION_PATH - 1);
	return o;
}

void
op_no_memory(sftp_done *done, void *ctx)
{
	struct sftp_result r = { .fault = SFTP_LOCAL,
		.text = "out of memory" };

	done(ctx, &r);
}

/*
 * Out of time: let what is in flight come home and tidy up, but only for one
 * idle timeout more; then the server is taken for dead.
 */
static void
op_on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct op *o = arg;
	struct sftp *s = o->s;
	struct timeval tv = { s->idle_timeout / 1000,
		s->idle_timeout % 1000 * 1000 };

	(void)fd;
	(void)what;
	session_enter(s);
	op_fail(o, SFTP_RETRY, "not done within %g s",
	    (double)o->timeout / 1000);
	if (s->state != SESSION_READY) {
		op_end(o);
	} else if (o->overdue) {
		session_die(s, SFTP_RETRY, "the server has stopped answering");
	} else {
		o->overdue = true;
		event_add(o->timer, &tv);
		op_queue(o);
	}
	session_leave(s);
}

void
op_start(struct op *o, int64_t timeout)
{
	struct sftp *s = o->s;
	struct timeval tv;

	o->timeout = timeout > 0 ? timeout : s->job_timeout;
	tv = (struct timeval){ o->timeout / 1000, o->timeout % 1000 * 1000 };
	TAILQ_INSERT_TAIL(&s->ops, o, link);
	o->timer = evtimer_new(s->base, op_on_timeout, o);
	if (!o->timer || event_add(o->timer, &tv) < 0)
		op_fail(o, SFTP_LOCAL, "out of memory");
	if (s->state == SESSION_DEAD || s->state == SESSION_CLOSED)
		o->result = s->death;
	if (o->result.fault != SFTP_OK)
		op_end(o);
	else
		op_queue(o);
	event_active(s->kick, 0, 0);
}

void
op_queue(struct op *o)
{
	if (o->queued || o->ended)
		return;
	o->queued = true;
	TAILQ_INSERT_TAIL(&o->s->turns, o, turn);
}

static void
op_unqueue(struct op *o)
{
	if (o->queued)
		TAILQ_REMOVE(&o->s->turns, o, turn);
	o->queued = false;
}

void
op_end(struct op *o)
{
	struct sftp *s = o->s;

	if (o->ended)
		return;
	op_unqueue(o);
	o->ended = true;
	if (o->timer)
		event_del(o->timer);
	TAILQ_REMOVE(&s->ops, o, link);
	TAILQ_INSERT_TAIL(&s->ended, o, link);
}

void
op_free(struct op *o)
{
	if (o->timer)
		event_free(o->timer);
	free(o);
}

void
op_fail(struct op *o, enum sftp_fault f, const char *fmt, ...)
{
	va_list ap;

	if (o->result.fault != SFTP_OK)
		return;
	va_start(ap, fmt);
	session_say(o->s, &o->result, f, fmt, ap);
	va_end(ap);
}

struct slice
op_directory(const struct op *o)
{
	const char *slash = strrchr(o->path, '/');

	if (o->class->directory)
		return slice_str(o->path);
	if (!slash)
		return slice_str("the login directory");
	return slice(o->path, slash == o->path ? 1 :
	    (size_t)(slash - o->path));
}

void
op_status(struct op *o, uint32_t code, const char *doing)
{
	struct slice dir = op_directory(o);

	if (code >= sizeof(meanings) / sizeof(meanings[0]))
		code = SSH_FX_FAILURE;
	op_fail(o, meanings[code].fault, "%s %.*s: %s", doing, SLICE_ARG(dir),
	    meanings[code].text);
}

/* ---- turns -------------------------------------------------------------- */

static const struct op_step *
op_due(const struct op *o)
{
	for (unsigned i = 0; i < o->class->step_count; i++)
		if (o->class->steps[i].due(o))
			return &o->class->steps[i];
	return NULL;
}

/* One request at most; true: it wants another turn. */
static bool
op_turn(struct op *o)
{
	const struct op_step *step;

	if (o->class->stream && o->result.fault == SFTP_OK &&
	    o->class->stream(o))
		return true;
	if (o->in_flight > 0)
		return false;
	step = op_due(o);
	if (step)
		step->send(o);
	else
		op_end(o);
	return false;
}

void
op_pump(struct sftp *s)
{
	struct op *o;

	while (s->state == SESSION_READY && s->free_count > 0 &&
	    s->out.n < SESSION_READ && (o = TAILQ_FIRST(&s->turns))) {
		op_unqueue(o);
		if (op_turn(o))
			op_queue(o);
		if (s->out.failed)
			session_die(s, SFTP_LOCAL, "out of memory");
	}
}

/* ---- requests ----------------------------------------------------------- */

size_t
request_begin(struct op *o, enum sftp_type type, op_on_reply *reply)
{
	struct sftp *s = o->s;
	unsigned slot;

	assert(s->free_count > 0);
	slot = s->free_slots[s->free_count - 1];
	s->serial++;
	s->requests[slot].id = s->serial << SLOT_BITS | slot;
	s->requests[slot].reply = reply;
	return sftp_put_begin(&s->out, type, s->requests[slot].id);
}

void
request_end(struct op *o, size_t start, uint64_t at, uint32_t n)
{
	struct sftp *s = o->s;
	struct request *q = &s->requests[s->free_slots[--s->free_count]];

	sftp_put_end(&s->out, start);
	q->op = o;
	q->at = at;
	q->n = n;
	o->in_flight++;
}

void
op_dispatch(struct sftp *s, struct sftp_packet *p)
{
	unsigned slot = p->id & (SESSION_REQUESTS - 1);
	struct request q = s->requests[slot];

	if (!q.op || q.id != p->id) {
		session_die(s, SFTP_PROTOCOL,
		    "the server answered what we never asked");
		return;
	}
	s->requests[slot].op = NULL;
	s->free_slots[s->free_count++] = (uint8_t)slot;
	q.op->in_flight--;
	q.reply(q.op, &q, p);
	/* What has its last answer is done, whatever comes behind it. */
	if (q.op->in_flight == 0 && !op_due(q.op))
		op_end(q.op);
	else
		op_queue(q.op);
}

/* ---- answers ------------------------------------------------------------ */

bool
reply_is(struct op *o, const struct sftp_packet *p, enum sftp_type type,
    const char *doing)
{
	if (p->type == type)
		return true;
	if (p->type == SSH_FXP_STATUS)
		op_status(o, p->code, doing);
	else
		session_die(o->s, SFTP_PROTOCOL,
		    "the server answered with something else than asked for");
	return false;
}

bool
reply_ok(struct op *o, const struct sftp_packet *p, const char *doing)
{
	if (!reply_is(o, p, SSH_FXP_STATUS, doing))
		return false;
	if (p->code != SSH_FX_OK)
		op_status(o, p->code, doing);
	return p->code == SSH_FX_OK;
}

void
reply_handle(struct op *o, const struct sftp_packet *p, const char *doing)
{
	if (!reply_is(o, p, SSH_FXP_HANDLE, doing))
		return;
	memcpy(o->handle, p->bytes.p, p->bytes.n);
	o->handle_n = (uint32_t)p->bytes.n;
	o->opened = true;
}

/* ---- steps that several have -------------------------------------------- */

bool
op_open_due(const struct op *o)
{
	return !o->open_tried && o->result.fault == SFTP_OK;
}

void
op_open_request(struct op *o, uint32_t flags, op_on_reply *reply)
{
	size_t start = request_begin(o, SSH_FXP_OPEN, reply);

	o->open_tried = true;
	sftp_put_string(&o->s->out, slice_str(o->path));
	sftp_put_u32(&o->s->out, flags);
	sftp_put_u32(&o->s->out, 0);  /* no attributes: its own defaults */
	request_end(o, start, 0, 0);
}

void
op_path_request(struct op *o, enum sftp_type type, op_on_reply *reply)
{
	size_t start = request_begin(o, type, reply);

	sftp_put_string(&o->s->out, slice_str(o->path));
	request_end(o, start, 0, 0);
}

void
op_handle_request(struct op *o, enum sftp_type type, op_on_reply *reply)
{
	size_t start = request_begin(o, type, reply);

	sftp_put_string(&o->s->out, slice(o->handle, o->handle_n));
	request_end(o, start, 0, 0);
}

bool
op_close_due(const struct op *o)
{
	return o->opened;
}

/* What was only read is whole already: its close cannot spoil it. */
static void
op_on_closed(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	if (p->type != SSH_FXP_STATUS)
		reply_ok(o, p, "closing in");
}

void
op_close_send(struct op *o)
{
	o->opened = false;
	op_handle_request(o, SSH_FXP_CLOSE, op_on_closed);
}
