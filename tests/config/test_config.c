/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every problem as a line "LINE:COLUMN: text". */
static void
on_problem(void *ctx, const struct config_problem *p)
{
	buf_addf(ctx, "%d:%d: %s\n", p->line, p->column, p->text);
}

static struct config *
parse(const char *text, struct buf *problems)
{
	struct err e;
	struct config *c = config_parse("test.yaml", slice_str(text),
	    (struct config_sink){ on_problem, problems }, &e);

	assert_int_equal(e.code, 0);
	assert_true(c != NULL || problems->n > 0);
	return c;
}

/* A partner with nothing wrong, as flow text: rows put something beside. */
#define CONNECTION "host: h, user: u, upload_dir: /in, download_dirs: [/out]," \
	" identity_file: /k"
#define PARTNER(more) "{name: p, usage: T, sender: {id: US1}, " \
	"receiver: {id: THEM}, " more "}"
#define WITH(more) "partners: [" \
	PARTNER("connection: {" CONNECTION "}, " more) "]\n"
#define CONN(more) "partners: [" \
	PARTNER("connection: {" CONNECTION more "}") "]\n"
/* Block form, for rows that look at positions. */
#define HEAD "partners:\n- name: p\n  usage: T\n  sender: {id: US1}\n" \
	"  receiver: {id: THEM}\n"
#define BLOCK HEAD "  connection: {" CONNECTION "}\n"

struct row {
	const char *text, *problems;
};

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf b;
		struct config *c;

		buf_init(&b, 1000000);
		c = parse(rows[i].text, &b);
		if (strcmp(buf_str(&b), rows[i].problems) != 0)
			print_message("row %zu: %s\n", i, rows[i].text);
		assert_string_equal(buf_str(&b), rows[i].problems);
		assert_true((c != NULL) == (rows[i].problems[0] == '\0'));
		config_free(c);
		buf_free(&b);
	}
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
config_takes_what_is_right(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "# nothing\n", "" },
		{ "---\n", "" },
		{ "defaults:\npartners:\n", "" },
		{ "\xef\xbb\xbfworkers: 2\r\nlog_level: debug\r\n", "" },
		{ BLOCK, "" },
		{ WITH("title: \"Caf\xc3\xa9\""), "" },
		{ WITH("expect: {ta1: true, \"999\": {within: 1h}, "
		    "277ca: off, 835: {within: 500ms}}"),
		    "1:231: `835.within` must be from 1s to 366d; for example "
		    "`1h`\n" },
		{ CONN(", after_download: move, move_dir: /done"), "" },
		{ CONN(", ssh_options: [\"KexAlgorithms=+"
		    "diffie-hellman-group14-sha1\"]"), "" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
config_names_unknown_keys_and_the_nearest(void **state)
{
	static const struct row rows[] = {
		{ "pol_interval: 1m\n",
		    "1:1: unknown key `pol_interval`: see x12d.yaml(5) for "
		    "those that there are\n" },
		{ BLOCK "  pol_interval: 1m\n",
		    "7:3: unknown key `pol_interval`: did you mean "
		    "`poll_interval`?\n" },
		{ BLOCK "  Poll-Interval: 1m\n",
		    "7:3: unknown key `Poll-Interval`: did you mean "
		    "`poll_interval`?\n" },
		{ BLOCK "  zebra: 1m\n",
		    "7:3: unknown key `zebra`: see x12d.yaml(5) for those "
		    "that there are\n" },
		{ BLOCK "  port: 2222\n",
		    "7:3: `port` belongs in `connection:`\n" },
		{ "poll_interval: 1m\n",
		    "1:1: `poll_interval` belongs in `defaults:`\n" },
		{ CONN(", password: canary"),
		    "1:163: unknown key `password`: did you mean "
		    "`password_file`?\n" },
		{ "defaults:\n  expect:\n    \"998\": true\n",
		    "3:5: unknown key `998`: did you mean `999`?\n" },
		{ "\"not a\\nword\": 1\n",
		    "1:1: unknown key `...`: see x12d.yaml(5) for those that "
		    "there are\n" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_takes_what_is_right),
		cmocka_unit_test(config_names_unknown_keys_and_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
