/* SPDX-License-Identifier: ISC */
#include "transport/sftp_session.h"
#include "transport/ssh_child.h"
#include "transport/ssh_command.h"
#include "transport/ssh_error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECT_TIMEOUT = 30 * 1000,
	IDLE_TIMEOUT = 60 * 1000,
	JOB_TIMEOUT = 3600 * 1000,
	OUT_MAX = 2 * SESSION_READ,    /* pump fills to half of it */
	IN_MAX = SFTP_MAX_PACKET + 4 + SESSION_READ,
};

void
session_say(const struct sftp *s, struct sftp_result *r, enum sftp_fault f,
    const char *fmt, va_list ap)
{
	size_t n;

	r->fault = f;
	snprintf(r->text, sizeof(r->text), "%s: ", s->who);
	n = strlen(r->text);
	vsnprintf(r->text + n, sizeof(r->text) - n, fmt, ap);
}

/* ---- endings ------------------------------------------------------------ */

static void
session_stop_io(struct sftp *s)
{
	struct event *events[] = { s->readable, s->writable, s->tick,
		s->login_timer };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_del(events[i]);
	if (s->fd >= 0)
		shutdown(s->fd, SHUT_RDWR);
	if (s->child)
		ssh_child_end(s->child);
}

/* Everything pending ends with s->death, which has its "who" already. */
static void
session_end_all(struct sftp *s)
{
	struct op *o;

	for (unsigned i = 0; i < SESSION_REQUESTS; i++)
		s->requests[i].op = NULL;
	while ((o = TAILQ_FIRST(&s->ops))) {
		if (o->result.fault == SFTP_OK)
			o->result = s->death;
		op_end(o);
	}
}

void
session_die(struct sftp *s, enum sftp_fault f, const char *fmt, ...)
{
	va_list ap;

	if (s->state == SESSION_DEAD || s->state == SESSION_CLOSED)
		return;
	/* Its login's own callback tells of a session that never was. */
	s->lost_due = !s->login;
	s->state = SESSION_DEAD;
	va_start(ap, fmt);
	session_say(s, &s->death, f, fmt, ap);
	va_end(ap);
	session_stop_io(s);
	session_end_all(s);
}

static void
session_destroy(struct sftp *s)
{
	struct event **events[] = { &s->readable, &s->writable, &s->kick,
		&s->tick, &s->login_timer };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (*events[i])
			event_free(*events[i]);
	free(s->login);
	ssh_child_free(s->child);
	if (s->fd >= 0)
		close(s->fd);
	buf_free(&s->in);
	buf_free(&s->out);
	free(s);
}

/* ---- turns -------------------------------------------------------------- */

static void
session_tell_ended(struct sftp *s)
{
	struct op *o;

	while ((o = TAILQ_FIRST(&s->ended))) {
		struct sftp_result r = o->result;
		sftp_done *done = o->done;
		void *ctx = o->ctx;

		TAILQ_REMOVE(&s->ended, o, link);
		if (s->login == o)
			s->login = NULL;
		op_free(o);
		done(ctx, &r);
	}
}

static void
session_tell_lost(struct sftp *s)
{
	if (!s->lost_due || s->state != SESSION_DEAD)
		return;
	s->lost_due = false;
	if (s->lost)
		s->lost(s->lost_ctx, &s->death);
}

/* As much as the socket takes now; what is left waits for writable. */
static void
session_flush(struct sftp *s)
{
	ssize_t n;

	if (s->out.n == 0 || s->state > SESSION_READY)
		return;
	n = send(s->fd, s->out.p, s->out.n, MSG_NOSIGNAL);
	if (n > 0) {
		s->moved++;
		buf_drop(&s->out, (size_t)n);
	}
	/* A broken pipe shows as the end of what can be read, with a reason. */
	if (s->out.n > 0 && (n >= 0 || errno == EAGAIN || errno == EINTR))
		event_add(s->writable, NULL);
}

void
session_enter(struct sftp *s)
{
	s->depth++;
}

void
session_leave(struct sftp *s)
{
	if (s->depth == 1) {
		op_pump(s);
		if (s->out.failed)
			session_die(s, SFTP_LOCAL, "out of memory");
		session_flush(s);
	}
	session_tell_ended(s);
	session_tell_lost(s);
	if (--s->depth == 0 && s->freed)
		session_destroy(s);
}

static void
session_on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct sftp *s = arg;

	(void)fd;
	(void)what;
	session_enter(s);
	session_leave(s);
}

/* ---- time --------------------------------------------------------------- */

static bool
session_waits(const struct sftp *s)
{
	return s->free_count < SESSION_REQUESTS || s->out.n > 0;
}

static void
session_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct sftp *s = arg;

	(void)fd;
	(void)what;
	session_enter(s);
	if (!session_waits(s) || s->moved != s->moved_seen)
		s->quiet = 0;
	else
		s->quiet++;
	s->moved_seen = s->moved;
	if (s->quiet >= SESSION_QUIET_TICKS)
		session_die(s, SFTP_RETRY,
		    "the server has not answered for %g s",
		    (double)s->idle_timeout / 1000);
	session_leave(s);
}

/* ssh may have said already what keeps it. */
static void
session_on_login_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct sftp *s = arg;
	struct ssh_reason why = { SFTP_RETRY, "" };
	struct slice said = s->child ? ssh_child_errors(s->child) :
	    slice(NULL, 0);

	(void)fd;
	(void)what;
	session_enter(s);
	if (said.n > 0)
		why = ssh_error_reason(said, false);
	session_die(s, why.fault, "no login within %g s: %s",
	    (double)s->connect_timeout / 1000, *why.text ? why.text :
	    "host down, a firewall between, or the server overloaded");
	session_leave(s);
}

/* ---- the child's end ---------------------------------------------------- */

static void
session_explain(struct sftp *s)
{
	struct slice said = s->child ? ssh_child_errors(s->child) :
	    slice(NULL, 0);
	struct ssh_reason why = ssh_error_reason(said, !s->login);
	char line[120];

	ssh_error_last_line(said, line, sizeof(line));
	if (s->login && *line)
		session_die(s, why.fault, "%s (%s; ssh: %s)", why.text,
		    s->auth, line);
	else if (s->login)
		session_die(s, why.fault, "%s (%s)", why.text, s->auth);
	else
		session_die(s, why.fault, "%s", why.text);
}

static void
session_on_child_exit(void *ctx, int status)
{
	struct sftp *s = ctx;

	(void)status;
	session_enter(s);
	/* Answers that it left in the socket count: the end comes there. */
	s->child_gone = true;
	if (s->state == SESSION_ENDING)
		session_explain(s);
	session_leave(s);
}

/* No more bytes: the reason comes with the child's exit, if there is one. */
static void
session_end_of_input(struct sftp *s)
{
	if (!s->child || s->child_gone) {
		session_explain(s);
		return;
	}
	s->state = SESSION_ENDING;
	session_stop_io(s);
}

/* ---- bytes -------------------------------------------------------------- */

static void
session_on_version(struct sftp *s, const struct sftp_packet *p)
{
	struct timeval tv = { s->idle_timeout / 1000 / SESSION_QUIET_TICKS,
		s->idle_timeout * 1000 / SESSION_QUIET_TICKS % 1000000 };

	if (p->type != SSH_FXP_VERSION || p->code != SFTP_VERSION) {
		session_die(s, SFTP_PROTOCOL, "the server does not speak SFTP "
		    "version 3, the one that all speak; ask the partner");
		return;
	}
	s->state = SESSION_READY;
	s->fsync = p->fsync;
	event_del(s->login_timer);
	event_add(s->tick, &tv);
	op_end(s->login);
	s->login = NULL;
}

static void
session_packet(struct sftp *s, struct slice bytes)
{
	struct sftp_packet p;

	s->moved++;
	if (!sftp_packet_decode(bytes, &p))
		session_die(s, SFTP_PROTOCOL,
		    "the server sent a broken SFTP packet");
	else if (s->state == SESSION_LOGIN)
		session_on_version(s, &p);
	else if (p.type == SSH_FXP_VERSION)
		session_die(s, SFTP_PROTOCOL,
		    "the server said its version twice");
	else
		op_dispatch(s, &p);
}

static void
session_too_long(struct sftp *s)
{
	if (s->state == SESSION_LOGIN)
		session_die(s, SFTP_PROTOCOL, "the server sent something else "
		    "before SFTP: often a login script that prints text; ask "
		    "the partner");
	else
		session_die(s, SFTP_PROTOCOL,
		    "the server sent an SFTP packet of impossible length");
}

static void
session_packets(struct sftp *s)
{
	size_t at = 0;

	while (s->state <= SESSION_READY) {
		struct slice rest = slice(s->in.p + at, s->in.n - at);
		int64_t n = sftp_packet_length(rest);

		if (n < 0)
			session_too_long(s);
		if (n <= 0)
			break;
		session_packet(s, slice(rest.p + 4, (size_t)n));
		at += 4 + (size_t)n;
	}
	buf_drop(&s->in, at);
}

/* At most SESSION_READ bytes, so that no other event waits long. */
static void
session_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct sftp *s = arg;
	char *to = buf_space(&s->in, SESSION_READ);
	ssize_t n;

	(void)what;
	session_enter(s);
	n = to ? recv(fd, to, SESSION_READ, 0) : -1;
	if (!to) {
		session_die(s, SFTP_LOCAL, "out of memory");
	} else if (n > 0) {
		s->in.n += (size_t)n;
		session_packets(s);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		session_end_of_input(s);
	}
	session_leave(s);
}

/* ---- beginnings --------------------------------------------------------- */

static const struct op_class login_class = { .stream = NULL };

static int64_t
or_default(int64_t ms, int64_t otherwise)
{
	return ms > 0 ? ms : otherwise;
}

static bool
session_events(struct sftp *s)
{
	struct timeval tv = { s->connect_timeout / 1000,
		s->connect_timeout % 1000 * 1000 };

	s->readable = event_new(s->base, s->fd, EV_READ | EV_PERSIST,
	    session_on_readable, s);
	s->writable = event_new(s->base, s->fd, EV_WRITE, session_on_kick, s);
	s->kick = event_new(s->base, -1, 0, session_on_kick, s);
	s->tick = event_new(s->base, -1, EV_PERSIST, session_on_tick, s);
	s->login_timer = evtimer_new(s->base, session_on_login_timeout, s);
	return s->readable && s->writable && s->kick && s->tick &&
	    s->login_timer && event_add(s->readable, NULL) == 0 &&
	    event_add(s->login_timer, &tv) == 0;
}

static bool
session_begin(struct sftp *s, sftp_done *done, void *ctx)
{
	size_t start;

	if (!session_events(s))
		return false;
	s->login = calloc(1, sizeof(*s->login));
	if (!s->login)
		return false;
	*s->login = (struct op){ .s = s, .class = &login_class, .done = done,
		.ctx = ctx };
	TAILQ_INSERT_TAIL(&s->ops, s->login, link);
	start = sftp_put_begin(&s->out, SSH_FXP_INIT, SFTP_VERSION);
	sftp_put_end(&s->out, start);
	event_active(s->kick, 0, 0);
	return !s->out.failed;
}

static struct sftp *
session_new(struct event_base *base, const struct sftp_settings *settings)
{
	struct sftp *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base = base;
	s->fd = -1;
	TAILQ_INIT(&s->ops);
	TAILQ_INIT(&s->ended);
	TAILQ_INIT(&s->turns);
	buf_init(&s->in, IN_MAX);
	buf_init(&s->out, OUT_MAX);
	while (s->free_count < SESSION_REQUESTS) {
		s->free_slots[s->free_count] = (uint8_t)s->free_count;
		s->free_count++;
	}
	s->connect_timeout = or_default(settings->connect_timeout,
	    CONNECT_TIMEOUT);
	s->idle_timeout = or_default(settings->idle_timeout, IDLE_TIMEOUT);
	s->job_timeout = or_default(settings->job_timeout, JOB_TIMEOUT);
	s->auth = !settings->identity_file ? "with our password" :
	    settings->password_file ? "with our key and its passphrase" :
	    "with our key";
	snprintf(s->who, sizeof(s->who), "%.64s@%.120s:%u", settings->user,
	    settings->host, (unsigned)settings->port);
	return s;
}

struct sftp *
sftp_attach(struct event_base *base, int fd,
    const struct sftp_settings *settings, sftp_done *done, void *ctx,
    struct err *e)
{
	struct sftp *s = session_new(base, settings);

	if (!s) {
		close(fd);
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	s->fd = fd;
	if (!session_begin(s, done, ctx)) {
		session_destroy(s);
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	return s;
}

struct sftp *
sftp_open(struct event_base *base, const struct sftp_settings *settings,
    sftp_done *done, void *ctx, struct err *e)
{
	struct ssh_command command;
	struct sftp *s = NULL;

	if (ssh_command_build(&command, settings, e) < 0)
		goto fail;
	s = session_new(base, settings);
	if (!s) {
		err_set(e, -ENOMEM, "out of memory");
		goto fail;
	}
	s->child = ssh_child_start(base, command.argv, command.envp, &s->fd,
	    session_on_child_exit, s, e);
	if (!s->child)
		goto fail;
	if (!session_begin(s, done, ctx)) {
		err_set(e, -ENOMEM, "out of memory");
		goto fail;
	}
	ssh_command_free(&command);
	return s;
fail:
	ssh_command_free(&command);
	if (s)
		session_destroy(s);
	return NULL;
}

/* ---- ends that the caller wants ----------------------------------------- */

void
sftp_close(struct sftp *s)
{
	if (s->state == SESSION_CLOSED)
		return;
	assert(!s->listing);
	session_enter(s);
	session_die(s, SFTP_CLOSED, "closed before it was done");
	s->state = SESSION_CLOSED;
	session_leave(s);
}

void
sftp_free(struct sftp *s)
{
	if (!s)
		return;
	session_enter(s);
	sftp_close(s);
	s->freed = true;
	session_leave(s);
}

void
sftp_on_lost(struct sftp *s, sftp_done *lost, void *ctx)
{
	s->lost = lost;
	s->lost_ctx = ctx;
}

/* ---- words -------------------------------------------------------------- */

const char *
sftp_fault_text(enum sftp_fault f)
{
	static const char *const text[] = {
		[SFTP_OK] = "ok",
		[SFTP_RETRY] = "retry",
		[SFTP_AUTH] = "auth",
		[SFTP_HOST_KEY] = "host-key",
		[SFTP_CONFIG] = "config",
		[SFTP_MISSING] = "missing",
		[SFTP_DENIED] = "denied",
		[SFTP_EXISTS] = "exists",
		[SFTP_REFUSED] = "refused",
		[SFTP_LOCAL] = "local",
		[SFTP_PROTOCOL] = "protocol",
		[SFTP_TOO_LARGE] = "too-large",
		[SFTP_CLOSED] = "closed",
	};

	assert((size_t)f < sizeof(text) / sizeof(text[0]));
	return text[f];
}

bool
sftp_name_safe(struct slice name)
{
	if (name.n == 0 || name.n > SFTP_MAX_NAME || slice_is(name, ".") ||
	    slice_is(name, ".."))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < ' ' || c == 0x7f || c == '/')
			return false;
	}
	return true;
}
