/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool/store.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1700000000000)

static void
id_text_comes_back_as_the_same_id(void **state)
{
	static const struct {
		uint8_t first, rest;
		const char *text;
	} known[] = {
		{ 0x00, 0x00, "00000000000000000000000000" },
		{ 0xff, 0xff, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ" },
		{ 0x80, 0x00, "40000000000000000000000000" },
	};
	char text[STORE_ID_TEXT];
	struct store_id id, back;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		memset(id.b, known[i].rest, sizeof(id.b));
		id.b[0] = known[i].first;
		store_id_text(&id, text);
		assert_string_equal(text, known[i].text);
		assert_true(store_id_parse(text, &back));
		assert_true(store_id_equal(&id, &back));
	}
	for (unsigned i = 0; i < 1000; i++) {
		store_id_new(&id, NOW + i * 1000);
		store_id_text(&id, text);
		assert_int_equal(strlen(text), STORE_ID_TEXT - 1);
		assert_true(store_id_parse(text, &back));
		assert_true(store_id_equal(&id, &back));
	}
}

static void
id_text_is_read_as_crockford_says(void **state)
{
	struct store_id a, b;

	(void)state;
	assert_true(store_id_parse("0123456789ABCDEFGHJKMNPQRS", &a));
	assert_true(store_id_parse("oi23456789abcdefghjkmnpqrs", &b));
	assert_true(store_id_equal(&a, &b));
	assert_true(store_id_parse("OL23456789ABCDEFGHJKMNPQRS", &b));
	assert_true(store_id_equal(&a, &b));
}

static void
id_text_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = { "", "0",
	    "0123456789ABCDEFGHJKMNPQR", "0123456789ABCDEFGHJKMNPQRST",
	    "8123456789ABCDEFGHJKMNPQRS", "U123456789ABCDEFGHJKMNPQRS",
	    "0123456789ABCDEFGHJKMNPQRU", "0123456789ABC/EFGHJKMNPQRS",
	    "0123456789ABC.EFGHJKMNPQRS" };
	struct store_id id;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(store_id_parse(wrong[i], &id));
}

static void
ids_and_their_texts_are_ordered_by_time(void **state)
{
	char before[STORE_ID_TEXT], after[STORE_ID_TEXT];
	struct store_id id, last;
	int64_t now = NOW + 10000000;

	(void)state;
	store_id_new(&last, now);
	store_id_text(&last, before);
	for (unsigned i = 0; i < 20000; i++) {
		/* The clock stands, goes, and falls back. */
		now += i % 5 == 0 ? 1 : i % 7 == 0 ? -3 : 0;
		store_id_new(&id, now);
		assert_true(memcmp(last.b, id.b, sizeof(id.b)) < 0);
		store_id_text(&id, after);
		assert_true(strcmp(before, after) < 0);
		last = id;
		memcpy(before, after, sizeof(before));
	}
}

static void
none_is_none_and_nothing_else(void **state)
{
	struct store_id none = { { 0 } }, id;

	(void)state;
	assert_true(store_id_none(&none));
	store_id_new(&id, NOW + 20000000);
	assert_false(store_id_none(&id));
	assert_false(store_id_equal(&none, &id));
}

/* Two engines that start in the same millisecond. */
static void
ids_of_two_processes_differ(void **state)
{
	struct store_id mine, theirs;
	int64_t now = NOW + 30000000;
	int pipes[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	/* The child also inherits how far its parent has counted. */
	store_id_new(&mine, now);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		store_id_new(&theirs, now);
		_exit(write(pipes[1], &theirs, sizeof(theirs)) !=
		    sizeof(theirs));
	}
	store_id_new(&mine, now);
	assert_int_equal(read(pipes[0], &theirs, sizeof(theirs)),
	    sizeof(theirs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(pipes[0]);
	close(pipes[1]);
	assert_memory_equal(mine.b, theirs.b, 6);
	assert_memory_not_equal(mine.b + 6, theirs.b + 6, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_text_comes_back_as_the_same_id),
		cmocka_unit_test(id_text_is_read_as_crockford_says),
		cmocka_unit_test(id_text_that_is_none_is_refused),
		cmocka_unit_test(ids_and_their_texts_are_ordered_by_time),
		cmocka_unit_test(none_is_none_and_nothing_else),
		cmocka_unit_test(ids_of_two_processes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
