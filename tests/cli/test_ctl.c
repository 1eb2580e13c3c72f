/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/ctl_client.h"
#include "cli/ctl_show.h"
#include "cli/ctl_table.h"
#include "cli/ctl_words.h"

/* What a reply looks like to a person, in UTC. */
static char *
shown(ctl_show *show, const char *const *lines, size_t n)
{
	json_t *parsed[20];
	struct ctl_reply r = { parsed, n };
	struct buf out;
	char *text;

	assert_true(n <= 20);
	for (size_t i = 0; i < n; i++) {
		parsed[i] = json_loads(lines[i], 0, NULL);
		assert_non_null(parsed[i]);
	}
	buf_init(&out, 1 << 16);
	show(&r, &out);
	text = strdup(buf_str(&out));
	assert_false(out.failed);
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		json_decref(parsed[i]);
	buf_free(&out);
	return text;
}

#define SHOWN(show, ...) \
	shown((show), (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void
ctl_table_has_only_columns_that_say_something(void **state)
{
	char *text = SHOWN(ctl_show_files,
	    "{\"type\":\"file\",\"id\":\"01JABCDEFGHIJKLMNOPQRSTUVW\","
	    "\"partner\":\"acme\",\"kind\":\"outgoing\",\"state\":\"held\","
	    "\"claims\":12,\"size\":900}",
	    "{\"type\":\"file\",\"id\":\"01JZ\",\"partner\":\"longername\","
	    "\"kind\":\"dropped\",\"state\":\"incomplete\","
	    "\"reason\":\"the end is missing\"}",
	    "{\"type\":\"end\",\"rc\":0}");

	(void)state;
	assert_string_equal(text,
	    "ID        PARTNER     KIND      STATE       CLAIMS   SIZE  "
	    "REASON\n"
	    "PQRSTUVW  acme        outgoing  held            12  900 B  \n"
	    "01JZ      longername  dropped   incomplete                 "
	    "the end is missing\n");
	free(text);
}

static void
ctl_claim_is_a_time_line_in_plain_words(void **state)
{
	char *text = SHOWN(ctl_show_claim,
	    "{\"type\":\"claim\",\"claim\":\"A-1\",\"amount\":12500,"
	    "\"partner\":\"acme\",\"state\":\"sent\",\"file\":\"01JB\","
	    "\"status\":\"paid\",\"isa13\":900,\"bht03\":\"X31\","
	    "\"original_bht03\":\"C1\"}",
	    "{\"type\":\"event\",\"at\":1000,\"what\":\"claimed\","
	    "\"evidence\":\"taken from the outbox\"}",
	    "{\"type\":\"event\",\"at\":3000,\"what\":\"sent\","
	    "\"evidence\":\"seen there\"}",
	    "{\"type\":\"answer\",\"at\":2000,\"kind\":\"ta1\","
	    "\"status\":\"A\",\"code\":\"000\",\"word\":\"accepted\"}",
	    "{\"type\":\"answer\",\"at\":4000,\"kind\":\"277_claim\","
	    "\"status\":\"A2:20:PR\",\"word\":\"accepted\"}",
	    "{\"type\":\"answer\",\"at\":5000,\"kind\":\"835_claim\","
	    "\"status\":\"1\",\"word\":\"processed\",\"amount\":12500,"
	    "\"paid\":8050}",
	    "{\"type\":\"end\",\"rc\":0}");

	(void)state;
	assert_string_equal(text,
	    "claim A-1, charged 125.00, partner acme: paid\n"
	    "  goes in file    01JB, which is sent\n"
	    "  as ISA13 900, BHT03 X31 (yours: C1)\n"
	    "\n"
	    "  1970-01-01 00:00:01  claimed      taken from the outbox\n"
	    "  1970-01-01 00:00:02  TA1: accepted (A)\n"
	    "  1970-01-01 00:00:03  sent         seen there\n"
	    "  1970-01-01 00:00:04  277CA: accepted (A2:20:PR)\n"
	    "  1970-01-01 00:00:05  835: processed (1): "
	    "charged 125.00, paid 80.50\n");
	free(text);
}

static void
ctl_answer_keeps_its_codes(void **state)
{
	char *text = SHOWN(ctl_show_claim,
	    "{\"type\":\"claim\",\"claim\":\"A-1\"}",
	    "{\"type\":\"answer\",\"at\":1000,\"kind\":\"277_claim\","
	    "\"status\":\"Z9:1\",\"code\":\"42\",\"word\":\"answered\"}");

	(void)state;
	assert_non_null(strstr(text, "277CA: answered (Z9:1, code 42)\n"));
	free(text);
}

static void
ctl_shows_no_control_characters(void **state)
{
	char *text = SHOWN(ctl_show_files,
	    "{\"type\":\"file\",\"id\":\"01JA\",\"kind\":\"dropped\","
	    "\"name\":\"a\\u001b[2Jb\\nc\\u009bd\"}");

	(void)state;
	assert_non_null(strstr(text, "a?[2Jb?c?d\n"));
	free(text);
}

static void
ctl_reload_says_where_the_mistakes_are(void **state)
{
	char *text = SHOWN(ctl_show_reload,
	    "{\"type\":\"problem\",\"file\":\"x12d.yaml\",\"line\":3,"
	    "\"column\":5,\"text\":\"no such key\"}",
	    "{\"type\":\"error\",\"text\":\"the old one stays\"}",
	    "{\"type\":\"end\",\"rc\":1}");

	(void)state;
	assert_string_equal(text, "x12d.yaml:3:5: no such key\n");
	free(text);
	text = SHOWN(ctl_show_reload, "{\"type\":\"end\",\"rc\":0}");
	assert_string_equal(text, "the configuration is read again\n");
	free(text);
}

static void
ctl_shows_a_file_with_its_sets_and_history(void **state)
{
	char *text = SHOWN(ctl_show_file,
	    "{\"type\":\"file\",\"id\":\"01JA\",\"state\":\"enveloped\"}",
	    "{\"type\":\"event\",\"at\":1000,\"what\":\"claimed\"}",
	    "{\"type\":\"file\",\"id\":\"01JB\",\"parent\":\"01JA\"}",
	    "{\"type\":\"set\",\"gs06\":7,\"st01\":\"837\","
	    "\"st02\":\"0001\",\"claims\":2}",
	    "{\"type\":\"event\",\"at\":2000,\"what\":\"sent\"}");

	(void)state;
	assert_string_equal(text,
	    "id         01JA\nstate      enveloped\n\n"
	    "  1970-01-01 00:00:01  claimed      \n"
	    "\n----\n\n"
	    "id         01JB\nof file    01JA\n\n"
	    "GS06  SET  ST02  CLAIMS\n"
	    "   7  837  0001       2\n\n"
	    "  1970-01-01 00:00:02  sent         \n");
	free(text);
}

/* ---- the socket --------------------------------------------------------- */

static void
ctl_says_how_to_start_x12d_when_nobody_listens(void **state)
{
	char word[] = "status", *argv[] = { word };
	struct err e = ERR_NONE;
	struct buf reply;

	(void)state;
	buf_init(&reply, 1000);
	assert_int_equal(ctl_ask("/nonexistent/control.sock", 1, argv, &reply,
	    &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nonexistent/control.sock"));
	assert_non_null(strstr(e.text, "start it with"));
	buf_free(&reply);
}

static void
ctl_sends_words_and_takes_the_whole_reply(void **state)
{
	char one[] = "claim", two[] = "A 1", *argv[] = { one, two };
	char dir[] = "/tmp/test_ctl.XXXXXX";
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct err e = ERR_NONE;
	struct buf reply;
	int fd, status;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char got[100];
		int k = accept(fd, NULL, NULL);
		ssize_t n = read(k, got, sizeof(got));

		_exit(n == 11 && memcmp(got, "claim\0A 1\0\0", 11) == 0 &&
		    write(k, "{\"type\":", 8) == 8 && usleep(20000) == 0 &&
		    write(k, "\"end\"}\n", 7) == 7 ? 0 : 1);
	}
	buf_init(&reply, 1 << 20);
	assert_int_equal(ctl_ask(at.sun_path, 2, argv, &reply, &e), 0);
	assert_string_equal(buf_str(&reply), "{\"type\":\"end\"}\n");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	buf_free(&reply);
	close(fd);
	unlink(at.sun_path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    ctl_table_has_only_columns_that_say_something),
		cmocka_unit_test(ctl_claim_is_a_time_line_in_plain_words),
		cmocka_unit_test(ctl_answer_keeps_its_codes),
		cmocka_unit_test(ctl_shows_no_control_characters),
		cmocka_unit_test(ctl_reload_says_where_the_mistakes_are),
		cmocka_unit_test(ctl_shows_a_file_with_its_sets_and_history),
		cmocka_unit_test(
		    ctl_says_how_to_start_x12d_when_nobody_listens),
		cmocka_unit_test(ctl_sends_words_and_takes_the_whole_reply),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
