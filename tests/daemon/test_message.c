/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "daemon/message.h"

static unsigned
descriptors_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
pair(int s[2])
{
	assert_int_equal(socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s), 0);
}

/* What a broken peer would send: any size, any number of descriptors. */
static void
raw_send(int sock, size_t n, unsigned nfds)
{
	static char bytes[8192];
	char control[CMSG_SPACE(sizeof(int) * 32)] = { 0 };
	struct iovec v = { .iov_base = bytes, .iov_len = n };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };

	if (nfds > 0) {
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *m = CMSG_FIRSTHDR(&h);

		m->cmsg_level = SOL_SOCKET;
		m->cmsg_type = SCM_RIGHTS;
		m->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		for (unsigned i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(m) + i * sizeof(int), &sock,
			    sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &h, 0), n);
}

static void
message_carries_bytes_and_descriptors(void **state)
{
	struct work_reply out = { .job = 7, .rc = -5, .text = "why" }, in;
	struct err e = ERR_NONE;
	int s[2], p[2], fds[MESSAGE_FDS];
	unsigned nfds;
	char c;

	(void)state;
	pair(s);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(message_send(s[0], &out, sizeof(out), p, 2, &e), 0);
	assert_int_equal(message_receive(s[1], &in, sizeof(in), fds, &nfds,
	    &e), 1);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(nfds, 2);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fds[1], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(p[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	close(fds[0]);
	close(fds[1]);
	close(p[0]);
	close(p[1]);
	close(s[0]);
	close(s[1]);
}

static void
message_of_another_size_is_refused(void **state)
{
	static const size_t sizes[] = { 1, sizeof(struct work_reply) - 1,
	    sizeof(struct work_reply) + 1, 8000 };
	struct work_reply in;
	struct err e = ERR_NONE;
	int s[2], fds[MESSAGE_FDS];
	unsigned nfds, before;

	(void)state;
	pair(s);
	before = descriptors_open();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		raw_send(s[0], sizes[i], 1);
		assert_int_equal(message_receive(s[1], &in, sizeof(in), fds,
		    &nfds, &e), -EBADMSG);
		assert_int_equal(nfds, 0);
		assert_int_equal(descriptors_open(), before);
	}
	close(s[0]);
	close(s[1]);
}

static void
message_with_too_many_descriptors_is_refused_and_closed(void **state)
{
	static const unsigned counts[] = { MESSAGE_FDS + 1, 16, 32 };
	struct work_reply in;
	struct err e = ERR_NONE;
	int s[2], fds[MESSAGE_FDS];
	unsigned nfds, before;

	(void)state;
	pair(s);
	before = descriptors_open();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		raw_send(s[0], sizeof(in), counts[i]);
		assert_int_equal(message_receive(s[1], &in, sizeof(in), fds,
		    &nfds, &e), -EBADMSG);
		assert_int_equal(nfds, 0);
		assert_int_equal(descriptors_open(), before);
	}
	close(s[0]);
	close(s[1]);
}

static void
message_says_that_the_peer_is_gone(void **state)
{
	struct work_reply m = { .job = 1 };
	struct err e = ERR_NONE;
	int s[2], fds[MESSAGE_FDS];
	unsigned nfds;

	(void)state;
	pair(s);
	close(s[0]);
	assert_int_equal(message_receive(s[1], &m, sizeof(m), fds, &nfds, &e),
	    0);
	assert_int_equal(message_send(s[1], &m, sizeof(m), NULL, 0, &e),
	    -EPIPE);
	close(s[1]);
}

static void
message_never_blocks(void **state)
{
	struct courier_reply m = { .outcome = OUTCOME_LISTED };
	struct err e = ERR_NONE;
	int s[2], fds[MESSAGE_FDS], rc;
	unsigned nfds, sent = 0, got = 0;

	(void)state;
	pair(s);
	assert_int_equal(message_receive(s[1], &m, sizeof(m), fds, &nfds, &e),
	    -EAGAIN);
	while ((rc = message_send(s[0], &m, sizeof(m), NULL, 0, &e)) == 0)
		assert_true(++sent < 100000);
	assert_int_equal(rc, -EAGAIN);
	while (message_receive(s[1], &m, sizeof(m), fds, &nfds, &e) == 1)
		got++;
	assert_int_equal(got, sent);
	close(s[0]);
	close(s[1]);
}

static void
message_strings_must_end_and_kinds_be_known(void **state)
{
	struct work_request wq = { .kind = WORK_ENVELOPE };
	struct work_reply wr = { .rc = 0 };
	struct courier_request cq = { .kind = COURIER_SETTLE };
	struct courier_reply cr = { .outcome = OUTCOME_DOUBT };

	(void)state;
	assert_true(work_request_valid(&wq));
	memset(wq.envelope.sender.id, 'x', sizeof(wq.envelope.sender.id));
	assert_false(work_request_valid(&wq));
	wq = (struct work_request){ .kind = WORK_INSPECT, .form = WORK_FORMS };
	assert_false(work_request_valid(&wq));
	wq = (struct work_request){ .kind = WORK_BATCH };
	assert_true(work_request_valid(&wq));
	wq.kind = WORK_BATCH + 1;
	assert_false(work_request_valid(&wq));

	assert_true(work_reply_valid(&wr));
	wr.rc = 1;
	assert_false(work_reply_valid(&wr));
	wr.rc = -1;
	memset(wr.text, 'x', sizeof(wr.text));
	assert_false(work_reply_valid(&wr));

	assert_true(courier_request_valid(&cq));
	cq.kind = 0;
	assert_false(courier_request_valid(&cq));
	cq.kind = COURIER_CANCEL;
	memset(cq.temp, 'x', sizeof(cq.temp));
	assert_false(courier_request_valid(&cq));

	assert_true(courier_reply_valid(&cr));
	cr.outcome = OUTCOME_CANCELLED + 1;
	assert_false(courier_reply_valid(&cr));
	cr.outcome = OUTCOME_ENTRY;
	memset(cr.name, 'x', sizeof(cr.name));
	assert_false(courier_reply_valid(&cr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_carries_bytes_and_descriptors),
		cmocka_unit_test(message_of_another_size_is_refused),
		cmocka_unit_test(
		    message_with_too_many_descriptors_is_refused_and_closed),
		cmocka_unit_test(message_says_that_the_peer_is_gone),
		cmocka_unit_test(message_never_blocks),
		cmocka_unit_test(message_strings_must_end_and_kinds_be_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
