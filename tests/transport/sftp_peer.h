/* SPDX-License-Identifier: ISC */
#ifndef TESTS_TRANSPORT_SFTP_PEER_H
#define TESTS_TRANSPORT_SFTP_PEER_H

/* A server that is the test itself: raw packets over a socketpair. */

#include "base/clock.h"
#include "transport/sftp_session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct answer {
	unsigned calls;
	struct sftp_result r;
};

/* A request as it came: its fields behind type and id are the test's matter. */
struct asked {
	uint8_t type;
	uint32_t id;
	uint8_t fields[40000];
	size_t n;
};

static struct event_base *base;
static struct sftp *s;
static int peer;
static struct answer login, lost;
static struct asked asked;
static struct buf heard;

static inline void
on_done(void *ctx, const struct sftp_result *r)
{
	struct answer *a = ctx;

	a->calls++;
	a->r = *r;
}

static inline void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static inline enum sftp_fault
fault(const struct answer *a)
{
	for (int i = 0; i < 1000 && a->calls == 0; i++) {
		turn();
		usleep(a->calls == 0 ? 1000 : 0);
	}
	assert_int_equal(a->calls, 1);
	return a->r.fault;
}

/* ---- the server's part -------------------------------------------------- */

static inline void
say(const void *p, size_t n)
{
	assert_int_equal(send(peer, p, n, MSG_NOSIGNAL), n);
}

static inline void
say_packet(struct buf *b, size_t start)
{
	sftp_put_end(b, start);
	assert_false(b->failed);
	say(b->p, b->n);
	buf_free(b);
}

/* Type, id, and whatever numbers follow. */
static inline void
say_numbers(uint8_t type, uint32_t id, unsigned n, const uint32_t *numbers)
{
	struct buf b;
	size_t start;

	buf_init(&b, 100000);
	start = sftp_put_begin(&b, type, id);
	for (unsigned i = 0; i < n; i++)
		sftp_put_u32(&b, numbers[i]);
	say_packet(&b, start);
}

static inline void
say_status(uint32_t id, uint32_t code)
{
	/* With an empty text and language. */
	say_numbers(SSH_FXP_STATUS, id, 3, (uint32_t[]){ code, 0, 0 });
}

static inline void
say_string(uint8_t type, uint32_t id, const void *p, size_t n)
{
	struct buf b;
	size_t start;

	buf_init(&b, 400000);
	start = sftp_put_begin(&b, type, id);
	sftp_put_string(&b, slice(p, n));
	say_packet(&b, start);
}

static inline void
say_size(uint32_t id, uint64_t size)
{
	say_numbers(SSH_FXP_ATTRS, id, 3, (uint32_t[]){ 1,
	    (uint32_t)(size >> 32), (uint32_t)size });
}

static inline void
say_names(uint32_t id, unsigned count, const struct slice *names)
{
	struct buf b;
	size_t start;

	buf_init(&b, 100000);
	start = sftp_put_begin(&b, SSH_FXP_NAME, id);
	sftp_put_u32(&b, count);
	for (unsigned i = 0; i < count; i++) {
		sftp_put_string(&b, names[i]);
		sftp_put_string(&b, SLICE_LIT("-rw-------"));
		sftp_put_u32(&b, 0);
	}
	say_packet(&b, start);
}

static inline uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Another piece of what the client said; false when there is none. */
static inline bool
hear_bytes(void)
{
	char *to = buf_space(&heard, 65536);
	ssize_t n;

	assert_non_null(to);
	turn();
	n = recv(peer, to, 65536, MSG_DONTWAIT);
	if (n > 0)
		heard.n += (size_t)n;
	return n > 0;
}

/* The next request into `asked`; false when none comes. */
static inline bool
hear(void)
{
	int64_t n = 0;

	for (unsigned quiet = 0; quiet < 50; quiet++) {
		n = sftp_packet_length(buf_slice(&heard));
		assert_true(n >= 0);
		if (n > 0)
			break;
		if (hear_bytes())
			quiet = 0;
	}
	if (n == 0)
		return false;
	asked.n = (size_t)n - 5;
	asked.type = (uint8_t)heard.p[4];
	asked.id = u32((uint8_t *)heard.p + 5);
	assert_in_range(asked.n, 0, sizeof(asked.fields));
	memcpy(asked.fields, heard.p + 9, asked.n);
	buf_drop(&heard, (size_t)n + 4);
	return true;
}

static inline uint32_t
hear_type(enum sftp_type type)
{
	assert_true(hear());
	assert_int_equal(asked.type, type);
	return asked.id;
}

/* Offset and length of a READ with the handle "h". */
static inline uint64_t
read_at(uint32_t *n)
{
	assert_int_equal(asked.type, SSH_FXP_READ);
	assert_int_equal(asked.n, 5 + 12);
	*n = u32(asked.fields + 13);
	return (uint64_t)u32(asked.fields + 5) << 32 | u32(asked.fields + 9);
}

/* ---- every test's beginning and end ------------------------------------- */

static inline int
set_up(void **state)
{
	const struct sftp_settings settings = { .host = "payer.example",
		.user = "acme", .port = 22, .idle_timeout = 400,
		.connect_timeout = 400 };
	struct err e = ERR_NONE;
	int fds[2];

	(void)state;
	login = lost = (struct answer){ .calls = 0 };
	base = event_base_new();
	buf_init(&heard, 16 * 1024 * 1024);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	peer = fds[1];
	s = sftp_attach(base, fds[0], &settings, on_done, &login, &e);
	assert_non_null(s);
	sftp_on_lost(s, on_done, &lost);
	assert_int_equal(hear_type(SSH_FXP_INIT), SFTP_VERSION);
	return 0;
}

static inline int
set_up_ready(void **state)
{
	set_up(state);
	say_numbers(SSH_FXP_VERSION, SFTP_VERSION, 0, NULL);
	return fault(&login) == SFTP_OK ? 0 : -1;
}

static inline int
tear_down(void **state)
{
	(void)state;
	sftp_free(s);
	event_base_dispatch(base);
	event_base_free(base);
	buf_free(&heard);
	close(peer);
	return 0;
}

/* The session is lost by the peer's fault, and everybody was told once. */
static inline void
assert_broken(const struct answer *a)
{
	assert_int_equal(fault(a), SFTP_PROTOCOL);
	assert_non_null(strstr(a->r.text, "acme@payer.example:22"));
	turn();
	assert_int_equal(a->calls, 1);
	if (login.r.fault == SFTP_OK)
		assert_int_equal(lost.calls, 1);
}

#define GREETING(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define READY(f) cmocka_unit_test_setup_teardown(f, set_up_ready, tear_down)

#endif
