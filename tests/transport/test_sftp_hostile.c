/* SPDX-License-Identifier: ISC */
/* A server that speaks raw packets, mostly wrong ones, over a socketpair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void
on_done(void *ctx, const struct sftp_result *r)
{
	struct answer *a = ctx;

	a->calls++;
	a->r = *r;
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static enum sftp_fault
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

static void
say(const void *p, size_t n)
{
	assert_int_equal(send(peer, p, n, MSG_NOSIGNAL), n);
}

static void
say_packet(struct buf *b, size_t start)
{
	sftp_put_end(b, start);
	assert_false(b->failed);
	say(b->p, b->n);
	buf_free(b);
}

/* Type, id, and whatever numbers follow. */
static void
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

static void
say_status(uint32_t id, uint32_t code)
{
	/* With an empty text and language. */
	say_numbers(SSH_FXP_STATUS, id, 3, (uint32_t[]){ code, 0, 0 });
}

static void
say_string(uint8_t type, uint32_t id, const void *p, size_t n)
{
	struct buf b;
	size_t start;

	buf_init(&b, 400000);
	start = sftp_put_begin(&b, type, id);
	sftp_put_string(&b, slice(p, n));
	say_packet(&b, start);
}

static void
say_size(uint32_t id, uint64_t size)
{
	say_numbers(SSH_FXP_ATTRS, id, 3, (uint32_t[]){ 1,
	    (uint32_t)(size >> 32), (uint32_t)size });
}

static void
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

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Another piece of what the client said; false when there is none. */
static bool
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
static bool
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

static uint32_t
hear_type(enum sftp_type type)
{
	assert_true(hear());
	assert_int_equal(asked.type, type);
	return asked.id;
}

/* Offset and length of a READ with the handle "h". */
static uint64_t
read_at(uint32_t *n)
{
	assert_int_equal(asked.type, SSH_FXP_READ);
	assert_int_equal(asked.n, 5 + 12);
	*n = u32(asked.fields + 13);
	return (uint64_t)u32(asked.fields + 5) << 32 | u32(asked.fields + 9);
}

/* ---- every test's beginning and end ------------------------------------- */

static int
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

static int
set_up_ready(void **state)
{
	set_up(state);
	say_numbers(SSH_FXP_VERSION, SFTP_VERSION, 0, NULL);
	return fault(&login) == SFTP_OK ? 0 : -1;
}

static int
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
static void
assert_broken(const struct answer *a)
{
	assert_int_equal(fault(a), SFTP_PROTOCOL);
	assert_non_null(strstr(a->r.text, "acme@payer.example:22"));
	turn();
	assert_int_equal(a->calls, 1);
	if (login.r.fault == SFTP_OK)
		assert_int_equal(lost.calls, 1);
}

/* ---- greeting ----------------------------------------------------------- */

static void
greeting_may_come_byte_by_byte(void **state)
{
	static const uint8_t version[] = { 0, 0, 0, 5, 2, 0, 0, 0, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(version); i++) {
		say(&version[i], 1);
		turn();
	}
	assert_int_equal(fault(&login), SFTP_OK);
}

static void
login_banner_of_a_shell_is_told(void **state)
{
	(void)state;
	say("Welcome to the clearinghouse\n", 29);
	assert_broken(&login);
	assert_non_null(strstr(login.r.text, "login script"));
	assert_int_equal(lost.calls, 0);
}

static void
another_version_is_refused(void **state)
{
	(void)state;
	say_numbers(SSH_FXP_VERSION, 2, 0, NULL);
	assert_broken(&login);
}

static void
answer_instead_of_a_greeting_is_refused(void **state)
{
	(void)state;
	say_status(3, SSH_FX_OK);
	assert_broken(&login);
}

static void
broken_extension_is_refused(void **state)
{
	(void)state;
	say_numbers(SSH_FXP_VERSION, SFTP_VERSION, 1,
	    (uint32_t[]){ 0xffffffff });
	assert_broken(&login);
}

static void
silence_instead_of_a_greeting_ends(void **state)
{
	(void)state;
	assert_int_equal(fault(&login), SFTP_RETRY);
	assert_non_null(strstr(login.r.text, "no login within 0.4 s"));
}

static void
end_instead_of_a_greeting_ends(void **state)
{
	(void)state;
	shutdown(peer, SHUT_RDWR);
	assert_int_equal(fault(&login), SFTP_RETRY);
}

/* ---- packets ------------------------------------------------------------ */

static void
impossible_lengths_end_the_session(void **state)
{
	static const uint8_t lengths[][4] = { { 0, 0, 0, 0 },
		{ 0xff, 0xff, 0xff, 0xff }, { 0x80, 0, 0, 0 },
		{ 0, 4, 4, 1 } };

	for (size_t i = 0; i < 4; i++) {
		struct answer a = { .calls = 0 };

		sftp_stat(s, "x", on_done, &a);
		hear_type(SSH_FXP_STAT);
		say(lengths[i], 4);
		assert_broken(&a);
		tear_down(state);
		set_up_ready(state);
	}
}

static void
answer_to_nothing_ends_the_session(void **state)
{
	struct answer a = { .calls = 0 };
	uint32_t id;

	(void)state;
	sftp_stat(s, "x", on_done, &a);
	id = hear_type(SSH_FXP_STAT);
	say_status(id + SESSION_REQUESTS, SSH_FX_OK);
	assert_broken(&a);
}

static void
second_answer_ends_the_session(void **state)
{
	struct answer a = { .calls = 0 }, b = a;
	uint32_t id;

	(void)state;
	sftp_stat(s, "x", on_done, &a);
	id = hear_type(SSH_FXP_STAT);
	sftp_stat(s, "y", on_done, &b);
	hear_type(SSH_FXP_STAT);
	say_size(id, 1);
	say_size(id, 1);
	assert_broken(&b);
	assert_int_equal(a.r.fault, SFTP_OK);
}

static void
answer_of_a_wrong_type_ends_the_session(void **state)
{
	struct answer a = { .calls = 0 };

	(void)state;
	sftp_stat(s, "x", on_done, &a);
	say_string(SSH_FXP_HANDLE, hear_type(SSH_FXP_STAT), "h", 1);
	assert_broken(&a);
}

static void
done_where_a_handle_is_due_is_a_fault(void **state)
{
	struct answer a = { .calls = 0 };

	(void)state;
	sftp_list(s, "x", 10, NULL, on_done, &a);
	say_status(hear_type(SSH_FXP_OPENDIR), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_PROTOCOL);
	assert_int_equal(lost.calls, 0);
}

static void
cut_fields_end_the_session(void **state)
{
	/* ATTRS with everything in it, cut behind each of its bytes. */
	static const uint32_t whole[] = { 0x8000000f, 0, 7, 1, 2, 0100644, 3,
		4, 1, 0, 0 };
	uint8_t bytes[9 + sizeof(whole)] = { 0 };
	struct answer a;
	uint32_t id;

	for (size_t n = 1; n <= sizeof(bytes) - 4; n++) {
		a = (struct answer){ .calls = 0 };
		sftp_stat(s, "x", on_done, &a);
		id = hear_type(SSH_FXP_STAT);
		bytes[3] = (uint8_t)n;
		bytes[4] = SSH_FXP_ATTRS;
		for (size_t i = 0; i < 4; i++)
			bytes[5 + i] = (uint8_t)(id >> (24 - 8 * i));
		for (size_t i = 0; i < sizeof(whole); i++)
			bytes[9 + i] = (uint8_t)(whole[i / 4] >>
			    (24 - 8 * (i % 4)));
		say(bytes, 4 + n);
		if (n == sizeof(bytes) - 4)
			break;
		assert_broken(&a);
		tear_down(state);
		set_up_ready(state);
	}
	assert_int_equal(fault(&a), SFTP_OK);
	assert_int_equal(a.r.size, 7);
}

static void
handle_of_256_bytes_is_the_longest(void **state)
{
	struct answer a = { .calls = 0 };
	char handle[257] = { 0 };

	(void)state;
	sftp_list(s, "x", 10, NULL, on_done, &a);
	say_string(SSH_FXP_HANDLE, hear_type(SSH_FXP_OPENDIR), handle, 256);
	hear_type(SSH_FXP_READDIR);
	assert_int_equal(asked.n, 4 + 256);
	tear_down(state);
	set_up_ready(state);
	a = (struct answer){ .calls = 0 };
	sftp_list(s, "x", 10, NULL, on_done, &a);
	say_string(SSH_FXP_HANDLE, hear_type(SSH_FXP_OPENDIR), handle, 257);
	assert_broken(&a);
}

static void
silence_ends_everything_in_time(void **state)
{
	struct answer a = { .calls = 0 }, b = a;
	int64_t start = clock_monotonic();

	(void)state;
	sftp_stat(s, "x", on_done, &a);
	sftp_list(s, "x", 10, NULL, on_done, &b);
	assert_int_equal(fault(&a), SFTP_RETRY);
	assert_int_equal(fault(&b), SFTP_RETRY);
	assert_non_null(strstr(a.r.text, "not answered"));
	assert_int_equal(fault(&lost), SFTP_RETRY);
	assert_in_range(clock_monotonic() - start, 350, 3000);
}

static void
idle_session_is_not_given_up(void **state)
{
	(void)state;
	for (int i = 0; i < 80; i++) {
		turn();
		usleep(10000);
	}
	assert_int_equal(lost.calls, 0);
}

/* ---- listing ------------------------------------------------------------ */

static unsigned entries;

static void
on_entry(void *ctx, const struct sftp_entry *e)
{
	(void)ctx;
	assert_string_equal(e->name, "good");
	entries++;
}

static uint32_t
begin_list(struct answer *a, unsigned max)
{
	entries = 0;
	sftp_list(s, "out", max, on_entry, on_done, a);
	say_string(SSH_FXP_HANDLE, hear_type(SSH_FXP_OPENDIR), "h", 1);
	return hear_type(SSH_FXP_READDIR);
}

static void
hostile_names_are_not_passed_on(void **state)
{
	static char long_name[256];
	const struct slice names[] = { SLICE_LIT("."), SLICE_LIT("../x"),
		SLICE_LIT("good"), SLICE_LIT("a/b"), SLICE_LIT(""),
		SLICE_LIT(".."), SLICE_LIT("nul\0"), SLICE_LIT("del\x7f"),
		slice(long_name, sizeof(long_name)), SLICE_LIT("good") };
	struct answer a = { .calls = 0 };
	uint32_t id = begin_list(&a, 10);

	(void)state;
	memset(long_name, 'x', sizeof(long_name));
	say_names(id, 10, names);
	say_status(hear_type(SSH_FXP_READDIR), SSH_FX_EOF);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_OK);
	assert_int_equal(entries, 2);
	assert_int_equal(a.r.size, 6);
}

static void
more_names_said_than_sent_end_the_session(void **state)
{
	static const uint32_t counts[] = { 0xffffffff, 0x80000000, 2 };

	for (size_t i = 0; i < 3; i++) {
		struct answer a = { .calls = 0 };
		uint32_t id = begin_list(&a, 10);

		/* One whole name, "good", which is not passed on either. */
		say_numbers(SSH_FXP_NAME, id, 5, (uint32_t[]){ counts[i],
		    4, 0x676f6f64, 0, 0 });
		assert_broken(&a);
		assert_int_equal(entries, 0);
		tear_down(state);
		set_up_ready(state);
	}
}

static void
endless_unusable_names_end_the_listing(void **state)
{
	static const struct slice names[] = { SLICE_LIT("/"), SLICE_LIT("/") };
	struct answer a = { .calls = 0 };
	uint32_t id = begin_list(&a, 5);

	(void)state;
	for (int i = 0; i < 2; i++) {
		say_names(id, 2, names);
		id = hear_type(SSH_FXP_READDIR);
	}
	say_names(id, 2, names);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_TOO_LARGE);
}

static void
empty_list_of_names_is_its_end(void **state)
{
	struct answer a = { .calls = 0 };

	(void)state;
	say_names(begin_list(&a, 5), 0, NULL);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_OK);
}

/* ---- upload ------------------------------------------------------------- */

static int
bytes(size_t n)
{
	int fd = memfd_create("x12d-test", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, (off_t)n), 0);
	return fd;
}

static int
begin_upload(struct answer *a, size_t n)
{
	int fd = bytes(n);

	sftp_upload(s, fd, n, "in/t", 0, on_done, a);
	say_string(SSH_FXP_HANDLE, hear_type(SSH_FXP_OPEN), "h", 1);
	return fd;
}

static void
upload_keeps_a_bounded_window(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_upload(&a, 8 * 1024 * 1024);
	uint32_t first = hear_type(SSH_FXP_WRITE);
	unsigned n = 1;

	(void)state;
	while (hear())
		n++;
	assert_int_equal(n, OP_WINDOW);
	say_status(first, SSH_FX_OK);
	assert_true(hear());
	assert_false(hear());
	sftp_close(s);
	assert_int_equal(fault(&a), SFTP_CLOSED);
	close(fd);
}

static void
many_uploads_keep_the_sessions_window(void **state)
{
	struct answer a[10] = { { .calls = 0 } };
	unsigned n = 0;
	int fd = bytes(1024 * 1024);

	(void)state;
	for (int i = 0; i < 10; i++)
		sftp_upload(s, fd, 1024 * 1024, "in/t", 0, on_done, &a[i]);
	while (hear()) {
		if (asked.type == SSH_FXP_OPEN)
			say_string(SSH_FXP_HANDLE, asked.id, "h", 1);
		else
			n++;
	}
	assert_int_equal(n, SESSION_REQUESTS);
	/* All of them end before their file may be closed. */
	sftp_close(s);
	for (int i = 0; i < 10; i++)
		assert_int_equal(fault(&a[i]), SFTP_CLOSED);
	close(fd);
}

static void
first_fault_is_the_one_that_is_told(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_upload(&a, 40000);

	(void)state;
	say_status(hear_type(SSH_FXP_WRITE), SSH_FX_NO_SPACE);
	say_status(hear_type(SSH_FXP_WRITE), SSH_FX_PERMISSION_DENIED);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_FAILURE);
	/* What was begun and failed is taken away. */
	say_status(hear_type(SSH_FXP_REMOVE), SSH_FX_PERMISSION_DENIED);
	assert_int_equal(fault(&a), SFTP_REFUSED);
	assert_non_null(strstr(a.r.text, "no space left"));
	assert_null(strstr(a.r.text, "in/t"));
	close(fd);
}

static void
close_that_fails_is_a_failed_upload(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_upload(&a, 5);

	(void)state;
	say_status(hear_type(SSH_FXP_WRITE), SSH_FX_OK);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_FAILURE);
	say_status(hear_type(SSH_FXP_REMOVE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_REFUSED);
	close(fd);
}

static void
upload_of_another_size_is_a_failed_upload(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_upload(&a, 5);

	(void)state;
	say_status(hear_type(SSH_FXP_WRITE), SSH_FX_OK);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	say_size(hear_type(SSH_FXP_STAT), 4);
	say_status(hear_type(SSH_FXP_REMOVE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_REFUSED);
	assert_non_null(strstr(a.r.text, "4 of 5 bytes"));
	close(fd);
}

static void
upload_of_no_known_size_is_a_failed_upload(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_upload(&a, 5);

	(void)state;
	say_status(hear_type(SSH_FXP_WRITE), SSH_FX_OK);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	say_numbers(SSH_FXP_ATTRS, hear_type(SSH_FXP_STAT), 1,
	    (uint32_t[]){ 0 });
	say_status(hear_type(SSH_FXP_REMOVE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_PROTOCOL);
	close(fd);
}

/* ---- download ----------------------------------------------------------- */

static int
begin_download(struct answer *a, uint64_t size, uint64_t max)
{
	int fd = bytes(0);

	sftp_download(s, "out/x", fd, max, 0, on_done, a);
	say_string(SSH_FXP_HANDLE, hear_type(SSH_FXP_OPEN), "h", 1);
	say_size(hear_type(SSH_FXP_FSTAT), size);
	return fd;
}

static void
end_download(struct answer *a, uint64_t size, enum sftp_fault expected)
{
	say_size(hear_type(SSH_FXP_FSTAT), size);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	assert_int_equal(fault(a), expected);
}

static void
short_answers_are_asked_for_again(void **state)
{
	static const char text[] = "0123456789";
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, 10, 100);
	char got[20] = "";

	(void)state;
	for (;;) {
		uint32_t n;
		uint64_t at;

		assert_true(hear());
		if (asked.type != SSH_FXP_READ)
			break;
		at = read_at(&n);
		if (at >= 10)
			say_status(asked.id, SSH_FX_EOF);
		else
			say_string(SSH_FXP_DATA, asked.id, text + at,
			    at == 9 ? 1 : 2);
	}
	assert_int_equal(asked.type, SSH_FXP_FSTAT);
	say_size(asked.id, 10);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_OK);
	assert_int_equal(a.r.size, 10);
	assert_int_equal(pread(fd, got, sizeof(got), 0), 10);
	assert_string_equal(got, text);
	close(fd);
}

static void
answers_in_any_order_make_the_same_file(void **state)
{
	static char block[OP_CHUNK];
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, 3 * OP_CHUNK, 3 * OP_CHUNK);
	uint32_t ids[3], n;
	char c;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		ids[i] = hear_type(SSH_FXP_READ);
		assert_int_equal(read_at(&n), i * OP_CHUNK);
		assert_int_equal(n, OP_CHUNK);
	}
	assert_false(hear());
	for (unsigned i = 3; i-- > 0;) {
		memset(block, 'a' + (int)i, sizeof(block));
		say_string(SSH_FXP_DATA, ids[i], block, sizeof(block));
		turn();
	}
	say_status(hear_type(SSH_FXP_READ), SSH_FX_EOF);
	end_download(&a, 3 * OP_CHUNK, SFTP_OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pread(fd, &c, 1, i * OP_CHUNK), 1);
		assert_int_equal(c, 'a' + (int)i);
	}
	close(fd);
}

static void
more_data_than_asked_for_ends_the_session(void **state)
{
	static char block[OP_CHUNK + 1];
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, OP_CHUNK, 2 * OP_CHUNK);

	(void)state;
	say_string(SSH_FXP_DATA, hear_type(SSH_FXP_READ), block,
	    sizeof(block));
	assert_broken(&a);
	close(fd);
}

static void
no_data_at_all_ends_the_session(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, 10, 20);

	(void)state;
	say_string(SSH_FXP_DATA, hear_type(SSH_FXP_READ), "", 0);
	assert_broken(&a);
	close(fd);
}

static void
file_that_shrinks_is_fetched_again_later(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, 10, 20);

	(void)state;
	say_string(SSH_FXP_DATA, hear_type(SSH_FXP_READ), "12345", 5);
	say_status(hear_type(SSH_FXP_READ), SSH_FX_EOF);
	end_download(&a, 10, SFTP_RETRY);
	close(fd);
}

static void
file_that_grows_is_read_to_its_end(void **state)
{
	static char block[OP_CHUNK];
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, OP_CHUNK, 4 * OP_CHUNK);

	(void)state;
	say_string(SSH_FXP_DATA, hear_type(SSH_FXP_READ), block, OP_CHUNK);
	say_string(SSH_FXP_DATA, hear_type(SSH_FXP_READ), block, OP_CHUNK);
	say_status(hear_type(SSH_FXP_READ), SSH_FX_EOF);
	end_download(&a, 2 * OP_CHUNK, SFTP_OK);
	assert_int_equal(a.r.size, 2 * OP_CHUNK);
	close(fd);
}

static void
hole_before_data_is_no_file(void **state)
{
	static char block[OP_CHUNK];
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, 2 * OP_CHUNK, 4 * OP_CHUNK);
	uint32_t first = hear_type(SSH_FXP_READ);

	(void)state;
	say_string(SSH_FXP_DATA, hear_type(SSH_FXP_READ), block, OP_CHUNK);
	say_status(first, SSH_FX_EOF);
	end_download(&a, 0, SFTP_RETRY);
	close(fd);
}

static void
size_that_is_negative_or_over_the_limit_is_too_large(void **state)
{
	static const uint64_t sizes[] = { UINT64_MAX, (uint64_t)1 << 63, 21 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct answer a = { .calls = 0 };
		int fd = begin_download(&a, sizes[i],
		    i == 2 ? 20 : UINT64_MAX);

		say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
		assert_int_equal(fault(&a), SFTP_TOO_LARGE);
		close(fd);
	}
}

static void
file_larger_than_it_says_stops_at_the_limit(void **state)
{
	struct answer a = { .calls = 0 };
	int fd = begin_download(&a, 0, 10);
	uint32_t n;

	(void)state;
	hear_type(SSH_FXP_READ);
	assert_int_equal(read_at(&n), 0);
	assert_int_equal(n, 11);
	say_string(SSH_FXP_DATA, asked.id, "0123456789a", 11);
	say_status(hear_type(SSH_FXP_CLOSE), SSH_FX_OK);
	assert_int_equal(fault(&a), SFTP_TOO_LARGE);
	close(fd);
}

/* ---- rename ------------------------------------------------------------- */

static void
refusal_without_a_taken_name_stays_a_refusal(void **state)
{
	struct answer a = { .calls = 0 };

	(void)state;
	sftp_rename(s, "in/t", "in/f", on_done, &a);
	say_status(hear_type(SSH_FXP_RENAME), SSH_FX_FAILURE);
	say_status(hear_type(SSH_FXP_STAT), SSH_FX_NO_SUCH_FILE);
	assert_int_equal(fault(&a), SFTP_REFUSED);
}

static void
unknown_status_is_a_refusal(void **state)
{
	struct answer a = { .calls = 0 };

	(void)state;
	sftp_remove(s, "in/t", on_done, &a);
	say_status(hear_type(SSH_FXP_REMOVE), 0xffffffff);
	assert_int_equal(fault(&a), SFTP_REFUSED);
}

static void
path_that_is_too_long_is_our_own_fault(void **state)
{
	static char path[SESSION_PATH + 1];
	struct answer a = { .calls = 0 }, b = a, c = a;

	(void)state;
	memset(path, 'x', SESSION_PATH);
	sftp_stat(s, path, on_done, &a);
	sftp_rename(s, path, "in/f", on_done, &b);
	sftp_stat(s, "", on_done, &c);
	assert_int_equal(a.calls, 0);
	assert_int_equal(fault(&a), SFTP_CONFIG);
	assert_int_equal(fault(&b), SFTP_CONFIG);
	assert_int_equal(fault(&c), SFTP_CONFIG);
}

#define GREETING(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define READY(f) cmocka_unit_test_setup_teardown(f, set_up_ready, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GREETING(greeting_may_come_byte_by_byte),
		GREETING(login_banner_of_a_shell_is_told),
		GREETING(another_version_is_refused),
		GREETING(answer_instead_of_a_greeting_is_refused),
		GREETING(broken_extension_is_refused),
		GREETING(silence_instead_of_a_greeting_ends),
		GREETING(end_instead_of_a_greeting_ends),
		READY(impossible_lengths_end_the_session),
		READY(answer_to_nothing_ends_the_session),
		READY(second_answer_ends_the_session),
		READY(answer_of_a_wrong_type_ends_the_session),
		READY(done_where_a_handle_is_due_is_a_fault),
		READY(cut_fields_end_the_session),
		READY(handle_of_256_bytes_is_the_longest),
		READY(silence_ends_everything_in_time),
		READY(idle_session_is_not_given_up),
		READY(hostile_names_are_not_passed_on),
		READY(more_names_said_than_sent_end_the_session),
		READY(endless_unusable_names_end_the_listing),
		READY(empty_list_of_names_is_its_end),
		READY(upload_keeps_a_bounded_window),
		READY(many_uploads_keep_the_sessions_window),
		READY(first_fault_is_the_one_that_is_told),
		READY(close_that_fails_is_a_failed_upload),
		READY(upload_of_another_size_is_a_failed_upload),
		READY(upload_of_no_known_size_is_a_failed_upload),
		READY(short_answers_are_asked_for_again),
		READY(answers_in_any_order_make_the_same_file),
		READY(more_data_than_asked_for_ends_the_session),
		READY(no_data_at_all_ends_the_session),
		READY(file_that_shrinks_is_fetched_again_later),
		READY(file_that_grows_is_read_to_its_end),
		READY(hole_before_data_is_no_file),
		READY(size_that_is_negative_or_over_the_limit_is_too_large),
		READY(file_larger_than_it_says_stops_at_the_limit),
		READY(refusal_without_a_taken_name_stays_a_refusal),
		READY(unknown_status_is_a_refusal),
		READY(path_that_is_too_long_is_our_own_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
