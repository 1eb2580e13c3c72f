/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

#define FORMAT(to, event, ...) \
	log_format((to), sizeof(to), (event), \
	    (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) / \
	    sizeof(struct log_field))

static void
log_is_key_and_value(void **state)
{
	char line[200];

	(void)state;
	FORMAT(line, "role_died", log_str(LOGKEY_ROLE, "worker"),
	    log_int(LOGKEY_PID, 77), log_str(LOGKEY_PARTNER, ""),
	    log_str(LOGKEY_REASON, "killed by hand"));
	assert_string_equal(line,
	    "event=role_died role=worker pid=77 reason=\"killed by hand\"");
}

static void
log_line_cannot_be_forged(void **state)
{
	char line[200];

	(void)state;
	FORMAT(line, "x", log_str(LOGKEY_REASON,
	    "a\nevent=sent \"b\\\x7f\t"));
	assert_string_equal(line, "event=x "
	    "reason=\"a\\x0aevent=sent \\\"b\\\\\\x7f\\x09\"");
	FORMAT(line, "x", log_str(LOGKEY_REASON, "a=b"));
	assert_string_equal(line, "event=x reason=\"a=b\"");
}

static void
log_cuts_what_is_too_long(void **state)
{
	char line[32], text[100];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	FORMAT(line, "x", log_str(LOGKEY_REASON, text));
	assert_int_equal(strlen(line), sizeof(line) - 1);
}

static size_t
log_read(int fd, char *to, size_t cap)
{
	ssize_t n = read(fd, to, cap - 1);

	assert_true(n > 0);
	to[n] = '\0';
	return (size_t)n;
}

static void
log_has_a_priority_for_the_journal_and_a_time_for_people(void **state)
{
	char line[4000], text[5000];
	struct log l;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(setenv("JOURNAL_STREAM", "8:1", 1), 0);
	log_init(&l, "engine");
	l.fd = p[1];
	log_event(&l, LOG_WARNING, "full", log_int(LOGKEY_SIZE, 3));
	log_read(p[0], line, sizeof(line));
	assert_string_equal(line, "<4>engine: event=full size=3\n");
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	log_init(&l, "engine");
	l.fd = p[1];
	log_line(&l, LOG_DEBUG, "not seen");
	log_line(&l, LOG_INFO, "event=a b=\"c\"\nevent=d");
	log_read(p[0], line, sizeof(line));
	assert_int_equal(line[10], 'T');
	assert_string_equal(line + 24,
	    " info engine: event=a b=\"c\"\\x0aevent=d\n");
	memset(text, 'z', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_line(&l, LOG_INFO, text);
	size_t n = log_read(p[0], line, sizeof(line));

	assert_true(n < 4000);
	assert_int_equal(line[n - 1], '\n');
	close(p[0]);
	close(p[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_is_key_and_value),
		cmocka_unit_test(log_line_cannot_be_forged),
		cmocka_unit_test(log_cuts_what_is_too_long),
		cmocka_unit_test(
		    log_has_a_priority_for_the_journal_and_a_time_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
