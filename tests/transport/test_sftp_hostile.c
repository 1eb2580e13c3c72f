/* SPDX-License-Identifier: ISC */
/* Greetings, packets and lists of names, mostly wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/transport/sftp_peer.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
