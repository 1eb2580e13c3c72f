/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_COURIER_RIG_H
#define TESTS_DAEMON_COURIER_RIG_H

/* A courier that a test asks one thing after the other. */

#include "base/clock.h"
#include "daemon/courier.h"
#include "tests/support/sshd.h"
#include "transport/sftp.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RIG_REPLIES = 1024 };

struct rig {
	struct sshd sshd;
	struct event_base *base;
	struct config_partner partner;
	struct courier *c;
	struct courier_reply replies[RIG_REPLIES];
	unsigned count;
	uint64_t job;
};

static struct rig rig;

static inline void
rig_on_reply(void *ctx, const struct courier_reply *m)
{
	(void)ctx;
	assert_in_range(rig.count, 0, RIG_REPLIES - 1);
	rig.replies[rig.count++] = *m;
}

static inline void
rig_on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Until nothing is pending, or far too late. */
static inline void
rig_await(void)
{
	struct event *tick = event_new(rig.base, -1, EV_PERSIST, rig_on_tick,
	    NULL);
	int64_t end = clock_monotonic() + 60000;
	struct timeval tv = { 0, 100000 };

	event_add(tick, &tv);
	while (courier_pending(rig.c) > 0 && clock_monotonic() < end)
		event_base_loop(rig.base, EVLOOP_ONCE);
	event_free(tick);
	assert_int_equal(courier_pending(rig.c), 0);
}

static inline struct courier_request
rig_request(enum courier_kind kind, const char *dir, const char *name,
    const char *temp, uint64_t size)
{
	struct courier_request m = { .kind = kind, .job = ++rig.job,
		.size = size };

	slice_copy(slice_str(dir), m.directory, sizeof(m.directory));
	slice_copy(slice_str(name), m.name, sizeof(m.name));
	slice_copy(slice_str(temp), m.temp, sizeof(m.temp));
	return m;
}

/* Ask and wait: the last reply, which must be this job's only one but LIST. */
static inline const struct courier_reply *
rig_ask(enum courier_kind kind, const char *dir, const char *name,
    const char *temp, uint64_t size, int fd)
{
	struct courier_request m = rig_request(kind, dir, name, temp, size);
	const struct courier_reply *r;

	rig.count = 0;
	courier_do(rig.c, &m, fd);
	assert_int_equal(rig.count, 0);
	rig_await();
	assert_in_range(rig.count, 1, RIG_REPLIES);
	r = &rig.replies[rig.count - 1];
	assert_int_equal(r->job, m.job);
	if (kind != COURIER_LIST)
		assert_int_equal(rig.count, 1);
	/* A failure has a fault and says something. */
	if (r->outcome == OUTCOME_FAILED || r->outcome == OUTCOME_DOUBT) {
		assert_int_not_equal(r->fault, SFTP_OK);
		assert_int_not_equal(r->fault, SFTP_CLOSED);
		assert_true(strlen(r->text) > 10);
	}
	return r;
}

/* What was asked before is forgotten; the next request logs in anew. */
static inline void
rig_restart(void)
{
	struct err e = ERR_NONE;

	courier_free(rig.c);
	rig.c = courier_new(rig.base, &rig.partner, NULL, rig_on_reply, NULL,
	    &e);
	assert_non_null(rig.c);
}

static inline void
rig_start(void)
{
	struct config_sftp *s = &rig.partner.sftp;

	rig.base = event_base_new();
	rig.partner = (struct config_partner){ .name = "acme" };
	s->host = (char *)"127.0.0.1";
	s->user = rig.sshd.user;
	s->port = rig.sshd.port;
	s->identity_file = strdup(sshd_file(&rig.sshd, "id"));
	s->known_hosts = strdup(sshd_file(&rig.sshd, "known_hosts"));
	s->upload_dir = (char *)"in";
	s->move_dir = (char *)"done";
	s->connect_timeout = 30000;
	s->idle_timeout = 20000;
	s->job_timeout = 60000;
	rig.c = NULL;
	rig_restart();
}

/* The loop ends by itself: nothing is left behind, ssh is reaped. */
static inline void
rig_stop(void)
{
	courier_free(rig.c);
	rig.c = NULL;
	event_base_dispatch(rig.base);
	event_base_free(rig.base);
	free(rig.partner.sftp.identity_file);
	free(rig.partner.sftp.known_hosts);
}

/* A descriptor with n bytes, for the courier to own. */
static inline int
rig_bytes(size_t n)
{
	int fd = memfd_create("x12d-test", MFD_CLOEXEC);
	char *p = malloc(n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 251);
	assert_int_equal(write(fd, p, n), n);
	free(p);
	return fd;
}

static inline bool
rig_there(const char *name)
{
	return access(sshd_remote(&rig.sshd, name), F_OK) == 0;
}

/* The remote file has the n bytes of rig_bytes(). */
static inline bool
rig_whole(const char *name, size_t n)
{
	FILE *f = fopen(sshd_remote(&rig.sshd, name), "r");
	size_t i = 0;
	int c;

	if (!f)
		return false;
	while ((c = fgetc(f)) != EOF && i < n &&
	    (char)c == (char)(i * 7 + i / 251))
		i++;
	fclose(f);
	return c == EOF && i == n;
}

static inline void
rig_put(const char *name, const char *text)
{
	FILE *f = fopen(sshd_remote(&rig.sshd, name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

#endif
