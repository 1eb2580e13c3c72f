/* SPDX-License-Identifier: ISC */
#ifndef TESTS_TRANSPORT_SFTP_RIG_H
#define TESTS_TRANSPORT_SFTP_RIG_H

/* A client and a real sshd, as the present user, on a free port. */

#include "base/clock.h"
#include "tests/support/sshd.h"
#include "transport/sftp.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what every test has ------------------------------------------------ */

struct answer {
	unsigned calls;
	struct sftp_result r;
};

struct fixture {
	struct sshd sshd;
	struct event_base *base;
	struct sftp_settings settings;
	struct sftp *s;
	struct answer login, lost;
};

static struct fixture fx;

static inline void
on_done(void *ctx, const struct sftp_result *r)
{
	struct answer *a = ctx;

	a->calls++;
	a->r = *r;
}

static inline void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Until the answer is there, or far too late. */
static inline void
await(const struct answer *a)
{
	struct event *tick = event_new(fx.base, -1, EV_PERSIST, on_tick, NULL);
	int64_t end = clock_monotonic() + 60000;
	struct timeval tv = { 0, 100000 };

	event_add(tick, &tv);
	while (a->calls == 0 && clock_monotonic() < end)
		event_base_loop(fx.base, EVLOOP_ONCE);
	event_free(tick);
	assert_int_equal(a->calls, 1);
}

static inline enum sftp_fault
fault(const struct answer *a)
{
	await(a);
	/* Every text says whom we spoke to. */
	if (a->r.fault != SFTP_OK) {
		assert_non_null(strstr(a->r.text, fx.settings.host));
		assert_non_null(strstr(a->r.text, fx.settings.user));
		assert_null(strchr(a->r.text, '\n'));
	}
	return a->r.fault;
}

static inline void
begin(void)
{
	struct err e = ERR_NONE;

	fx.login = fx.lost = (struct answer){ .calls = 0 };
	fx.s = sftp_open(fx.base, &fx.settings, on_done, &fx.login, &e);
	assert_non_null(fx.s);
	sftp_on_lost(fx.s, on_done, &fx.lost);
}

static inline void
log_in(void)
{
	begin();
	if (fault(&fx.login) != SFTP_OK)
		fail_msg("%s", fx.login.r.text);
}

/* The loop ends by itself: nothing is left behind, the child is reaped. */
static inline void
end(void)
{
	sftp_free(fx.s);
	fx.s = NULL;
	event_base_dispatch(fx.base);
}

static inline int
set_up(void **state)
{
	(void)state;
	fx.base = event_base_new();
	fx.settings = (struct sftp_settings){
		.host = "127.0.0.1",
		.user = fx.sshd.user,
		.port = fx.sshd.port,
		.identity_file = strdup(sshd_file(&fx.sshd, "id")),
		.known_hosts = strdup(sshd_file(&fx.sshd, "known_hosts")),
		.connect_timeout = 30000,
		.idle_timeout = 20000,
		.job_timeout = 60000,
	};
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	if (fx.s)
		end();
	event_base_free(fx.base);
	free((char *)fx.settings.identity_file);
	free((char *)fx.settings.known_hosts);
	return 0;
}

static inline void
use_file(const char **setting, const char *name)
{
	free((char *)*setting);
	*setting = strdup(sshd_file(&fx.sshd, name));
}

/* Reproducible bytes that do not compress. */
static inline int
random_file(uint64_t size)
{
	int fd = memfd_create("x12d-test", MFD_CLOEXEC);
	uint64_t x = 88172645463325252u, block[512];

	for (uint64_t at = 0; at < size; at += sizeof(block)) {
		size_t n = size - at < sizeof(block) ? size - at :
		    sizeof(block);

		for (size_t i = 0; i < 512; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			block[i] = x;
		}
		assert_int_equal(write(fd, block, n), n);
	}
	return fd;
}

static inline bool
same_bytes(int a, int b)
{
	static char p[65536], q[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(a, p, sizeof(p), at);

		if (n < 0 || pread(b, q, sizeof(q), at) != n)
			return false;
		if (n == 0)
			return true;
		if (memcmp(p, q, (size_t)n) != 0)
			return false;
		at += n;
	}
}

static inline bool
remote_is(const char *name, int fd)
{
	int there = open(sshd_remote(&fx.sshd, name), O_RDONLY | O_CLOEXEC);
	bool same = there >= 0 && same_bytes(there, fd);

	if (there >= 0)
		close(there);
	return same;
}

static inline void
remote_write(const char *name, const char *text)
{
	FILE *f = fopen(sshd_remote(&fx.sshd, name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static inline int
start_sshd(void **state)
{
	(void)state;
	return sshd_start(&fx.sshd) ? 0 : -1;
}

static inline int
stop_sshd(void **state)
{
	(void)state;
	sshd_free(&fx.sshd);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
