/* SPDX-License-Identifier: ISC */
/* Uploads, downloads and renames, packet by packet and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/transport/sftp_peer.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
