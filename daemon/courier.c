/* SPDX-License-Identifier: ISC */
#include "daemon/courier.h"

#include "daemon/courier_job.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

TAILQ_HEAD(courier_jobs, courier_job);

struct courier {
	struct event_base *base;
	const struct config_partner *partner;
	const char *askpass;
	courier_on_reply *reply;
	void *ctx;
	struct sftp *session;          /* NULL: none */
	bool ready, freed;
	struct event *turn, *linger;
	struct courier_jobs waiting, running;
	unsigned waiting_count, running_count;
};

struct sftp *
courier_session(const struct courier *c)
{
	return c->session;
}

const struct config_sftp *
courier_settings(const struct courier *c)
{
	return &c->partner->sftp;
}

unsigned
courier_pending(const struct courier *c)
{
	return c->waiting_count + c->running_count;
}

/* ---- replies ------------------------------------------------------------ */

void
courier_say(struct courier *c, const struct courier_reply *r)
{
	if (!c->freed)
		c->reply(c->ctx, r);
}

static void
job_free(struct courier_job *j)
{
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

static void
job_unlink(struct courier_job *j)
{
	struct courier *c = j->c;

	TAILQ_REMOVE(j->begun ? &c->running : &c->waiting, j, link);
	if (j->begun)
		c->running_count--;
	else
		c->waiting_count--;
}

void
courier_job_end(struct courier_job *j, enum courier_outcome outcome,
    const struct sftp_result *r)
{
	struct courier *c = j->c;
	struct courier_reply reply = { .outcome = outcome, .job = j->m.job };

	if (r) {
		/* Closed by us: that is no fault of anybody's. */
		reply.fault = r->fault == SFTP_CLOSED ? SFTP_RETRY : r->fault;
		reply.size = r->size;
		slice_copy(slice_str(r->text), reply.text,
		    sizeof(reply.text));
	}
	job_unlink(j);
	job_free(j);
	courier_say(c, &reply);
	event_active(c->turn, 0, 0);
}

/* Nothing can begin: what waits would only try the same login again. */
static void
courier_fail_waiting(struct courier *c, const struct sftp_result *r)
{
	struct courier_jobs now = TAILQ_HEAD_INITIALIZER(now);
	struct courier_job *j;

	/* Only those that wait now: a reply may bring new ones. */
	TAILQ_CONCAT(&now, &c->waiting, link);
	while ((j = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, j, link);
		TAILQ_INSERT_TAIL(&c->waiting, j, link);
		courier_job_end(j, OUTCOME_FAILED, r);
	}
}

/* ---- the session -------------------------------------------------------- */

static void
courier_log_out(struct courier *c)
{
	c->ready = false;
	/* Jobs that hear of it may still look at the session. */
	sftp_free(c->session);
	c->session = NULL;
}

static void
courier_on_login(void *ctx, const struct sftp_result *r)
{
	struct courier *c = ctx;

	if (r->fault == SFTP_CLOSED)
		return;
	if (r->fault == SFTP_OK) {
		c->ready = true;
		event_active(c->turn, 0, 0);
		return;
	}
	courier_log_out(c);
	courier_fail_waiting(c, r);
}

/* Running jobs have been told; what waits gets a new session. */
static void
courier_on_lost(void *ctx, const struct sftp_result *r)
{
	struct courier *c = ctx;

	(void)r;
	courier_log_out(c);
	event_active(c->turn, 0, 0);
}

static void
courier_log_in(struct courier *c)
{
	const struct config_sftp *p = &c->partner->sftp;
	struct err e = ERR_NONE;
	struct sftp_settings settings = {
		.host = p->host, .user = p->user, .port = p->port,
		.identity_file = p->identity_file,
		.password_file = p->password_file,
		.known_hosts = p->known_hosts,
		.ssh_options = (const char *const *)p->ssh_options,
		.ssh_option_count = p->ssh_option_count,
		.askpass = c->askpass,
		.connect_timeout = p->connect_timeout,
		.idle_timeout = p->idle_timeout,
		.job_timeout = p->job_timeout,
	};
	struct sftp_result r = { .fault = SFTP_LOCAL };

	c->session = sftp_open(c->base, &settings, courier_on_login, c, &e);
	if (c->session) {
		sftp_on_lost(c->session, courier_on_lost, c);
		return;
	}
	if (e.code == -EINVAL || e.code == -ENOENT || e.code == -EACCES)
		r.fault = SFTP_CONFIG;
	snprintf(r.text, sizeof(r.text), "%.350s", e.text);
	courier_fail_waiting(c, &r);
}

static void
courier_on_linger(evutil_socket_t fd, short what, void *arg)
{
	struct courier *c = arg;

	(void)fd;
	(void)what;
	if (courier_pending(c) == 0 && c->session)
		courier_log_out(c);
}

/* ---- turns -------------------------------------------------------------- */

static void
job_begin(struct courier_job *j)
{
	struct courier *c = j->c;

	TAILQ_REMOVE(&c->waiting, j, link);
	c->waiting_count--;
	TAILQ_INSERT_TAIL(&c->running, j, link);
	c->running_count++;
	j->begun = true;
	courier_job_begin(j);
}

static void
courier_end_cancelled(struct courier *c)
{
	struct courier_job *j = TAILQ_FIRST(&c->waiting);

	while (j) {
		if (j->m.kind == COURIER_CANCEL) {
			courier_job_end(j, OUTCOME_CANCELLED, NULL);
			j = TAILQ_FIRST(&c->waiting);
		} else {
			j = TAILQ_NEXT(j, link);
		}
	}
}

/* One step; false: nothing can be done now. */
static bool
courier_step(struct courier *c)
{
	struct courier_job *j = TAILQ_FIRST(&c->waiting);
	struct sftp_result r = { .fault = SFTP_CONFIG };
	const char *wrong;

	if (!j)
		return false;
	wrong = courier_job_wrong(j);
	if (wrong) {
		snprintf(r.text, sizeof(r.text), "%s", wrong);
		courier_job_end(j, OUTCOME_FAILED, &r);
	} else if (courier_job_idle(j)) {
		courier_job_end(j, OUTCOME_SETTLED, NULL);
	} else if (!c->session) {
		courier_log_in(c);
	} else if (c->ready && c->running_count < COURIER_JOBS) {
		job_begin(j);
	} else {
		return false;
	}
	return true;
}

static void
courier_on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct courier *c = arg;
	struct timeval linger = { COURIER_LINGER / 1000,
		COURIER_LINGER % 1000 * 1000 };

	(void)fd;
	(void)what;
	courier_end_cancelled(c);
	while (courier_step(c))
		;
	if (courier_pending(c) > 0)
		event_del(c->linger);
	else if (c->session)
		event_add(c->linger, &linger);
}

/* ---- requests ----------------------------------------------------------- */

static void
courier_cancel(struct courier *c, uint64_t job)
{
	struct courier_job *j;

	TAILQ_FOREACH(j, &c->waiting, link) {
		if (j->m.job == job) {
			j->m.kind = COURIER_CANCEL;
			break;
		}
	}
}

/* No memory or no room: the one reply that comes at once. */
static void
courier_refuse(struct courier *c, const struct courier_request *m, int fd,
    enum sftp_fault fault, const char *why)
{
	struct courier_reply r = { .outcome = OUTCOME_FAILED, .job = m->job,
		.fault = fault };

	if (fd >= 0)
		close(fd);
	snprintf(r.text, sizeof(r.text), "%s", why);
	courier_say(c, &r);
}

void
courier_do(struct courier *c, const struct courier_request *m, int fd)
{
	struct courier_job *j;

	if (m->kind == COURIER_CANCEL) {
		if (fd >= 0)
			close(fd);
		courier_cancel(c, m->job);
		event_active(c->turn, 0, 0);
		return;
	}
	if (c->waiting_count >= COURIER_WAITING) {
		courier_refuse(c, m, fd, SFTP_RETRY, "too many jobs wait");
		return;
	}
	j = calloc(1, sizeof(*j));
	if (!j) {
		courier_refuse(c, m, fd, SFTP_LOCAL, "out of memory");
		return;
	}
	j->c = c;
	j->m = *m;
	j->fd = fd;
	TAILQ_INSERT_TAIL(&c->waiting, j, link);
	c->waiting_count++;
	event_active(c->turn, 0, 0);
}

/* ---- life --------------------------------------------------------------- */

struct courier *
courier_new(struct event_base *base, const struct config_partner *partner,
    const char *askpass, courier_on_reply *reply, void *ctx, struct err *e)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (!c)
		goto fail;
	c->base = base;
	c->partner = partner;
	c->askpass = askpass;
	c->reply = reply;
	c->ctx = ctx;
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->running);
	c->turn = event_new(base, -1, 0, courier_on_turn, c);
	c->linger = evtimer_new(base, courier_on_linger, c);
	if (c->turn && c->linger)
		return c;
fail:
	courier_free(c);
	err_set(e, -ENOMEM, "out of memory");
	return NULL;
}

void
courier_free(struct courier *c)
{
	struct courier_job *j;

	if (!c)
		return;
	c->freed = true;
	/* Running jobs end by it. */
	if (c->session)
		courier_log_out(c);
	while ((j = TAILQ_FIRST(&c->waiting))) {
		job_unlink(j);
		job_free(j);
	}
	assert(c->running_count == 0);
	if (c->turn)
		event_free(c->turn);
	if (c->linger)
		event_free(c->linger);
	free(c);
}
