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

static void
config_refuses_what_is_no_plain_yaml(void **state)
{
	static const struct row rows[] = {
		{ "a: &x 1\n",
		    "1:4: anchors (`&`) are not supported: use `defaults`\n" },
		{ "a: *x\n",
		    "1:4: aliases (`*`) are not supported: use `defaults`\n" },
		{ "a: !!str 1\n",
		    "1:4: tags (`!`) are not supported: quote the value\n" },
		{ "---\nworkers: 1\n---\nworkers: 2\n",
		    "3:1: a second document (`---`) in one file\n" },
		{ "? [a]\n: b\n",
		    "1:3: a key must be a word, not a list\n" },
		{ "defaults:\n\tusage: T\n",
		    "2:1: a tab cannot indent in YAML: use blanks\n" },
		{ "a: b: c\n",
		    "1:5: a second `: ` in one value (quote the value), or a "
		    "wrong indentation\n" },
		{ "a: \"b\n",
		    "2:1: a quote is never closed\n" },
		{ "a: [b\nc: d\n",
		    "2:2: a list in brackets lacks `,` or `]`\n" },
		{ "workers: 1\nstore_dir\n",
		    "3:1: a key without `: `\n" },
		{ "a: @b\n",
		    "1:4: a value that begins with this character must be "
		    "quoted\n" },
		{ "title: \xc3\x28\n",
		    "1:9: a byte that is not text: the file must be UTF-8 "
		    "without control characters\n" },
		{ "workers: 1\nlog_level: \x01\n",
		    "2:12: a byte that is not text: the file must be UTF-8 "
		    "without control characters\n" },
		{ "a: [[[[[[[[[[[[1]]]]]]]]]]]]\n",
		    "1:15: nested too deep\n" },
		{ "just words\n",
		    "1:1: the file must be a mapping (`key: value`), not one "
		    "value\n" },
		{ "store_dir: \"/a\\0b\"\n",
		    "1:12: `store_dir` must be a path; for example "
		    "`/var/lib/x12d`\n" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
config_is_bounded(void **state)
{
	struct buf text, problems;
	struct err e;

	(void)state;
	buf_init(&text, 2000000);
	buf_init(&problems, 10000000);
	while (text.n < 900000)
		buf_add_str(&text, "- [a, b, c, d, e, f, g, h, i, j, k, l]\n");
	assert_null(parse(buf_str(&text), &problems));
	assert_string_equal(buf_str(&problems),
	    "1539:16: more than 20000 values in one file\n");

	buf_reset(&problems);
	while (text.n <= 1000000)
		buf_add_str(&text, "# comment\n");
	assert_null(parse(buf_str(&text), &problems));
	assert_string_equal(buf_str(&problems), "0:0: longer than 1 MB\n");

	buf_reset(&problems);
	buf_reset(&text);
	for (int i = 0; i < 1500; i++)
		buf_addf(&text, "zebra%d: 1\n", i);
	assert_null(config_parse("t", buf_slice(&text),
	    (struct config_sink){ on_problem, &problems }, &e));
	assert_non_null(strstr(buf_str(&problems),
	    "1000:1: unknown key `zebra999`"));
	assert_null(strstr(buf_str(&problems), "1001:1:"));
	assert_non_null(strstr(buf_str(&problems),
	    "0:0: 500 more problems are not shown\n"));
	buf_free(&text);
	buf_free(&problems);
}

static void
config_never_repeats_a_value(void **state)
{
	static const char *const keys[] = {
		"password", "password_file", "user", "host", "port",
		"known_hosts", "upload_dir", "after_download", "ssh_options",
		"connect_timeout", "canary",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct buf text, problems;

		buf_init(&text, 1000);
		buf_init(&problems, 100000);
		buf_addf(&text, HEAD "  connection: {%s: \"-canary value\"}\n",
		    keys[i]);
		assert_null(parse(buf_str(&text), &problems));
		assert_null(strstr(buf_str(&problems), "canary value"));
		buf_free(&text);
		buf_free(&problems);
	}
}

static void
config_fills_in_defaults(void **state)
{
	struct buf b;
	struct config *c;
	const struct config_partner *p;

	(void)state;
	buf_init(&b, 1000);
	c = parse(BLOCK, &b);
	assert_non_null(c);
	assert_in_range(c->workers, 1, 16);
	assert_int_equal(c->max_file_bytes, 500000000);
	assert_false(c->log_debug);
	assert_null(config_partner(c, "q"));
	p = config_partner(c, "p");
	assert_ptr_equal(p, &c->partners[0]);
	assert_int_equal(p->line, 2);
	assert_int_equal(p->usage, 'T');
	assert_string_equal(p->sender.qualifier, "ZZ");
	assert_string_equal(p->gs_sender, "US1");
	assert_string_equal(p->gs_receiver, "THEM");
	assert_int_equal(p->sftp.port, 22);
	assert_int_equal(p->sftp.after, CONFIG_AFTER_LEAVE);
	assert_int_equal(p->bad_claims, CONFIG_BAD_CLAIMS_SPLIT);
	assert_int_equal(p->poll_interval, 15 * 60 * 1000);
	assert_int_equal(p->acknowledge.ta1, CONFIG_ACK_REQUESTED);
	assert_int_equal(p->acknowledge.functional, CONFIG_ACK_NEVER);
	assert_null(p->acknowledge.file_name);
	assert_int_equal(p->answer_clerk_count, 0);
	assert_true(p->a999.expected && !p->ta1.expected);
	assert_int_equal(p->a999.within, 24 * 60 * 60 * 1000);
	assert_int_equal(p->ta1.within, 60 * 60 * 1000);
	assert_null(p->title);
	config_free(c);
	buf_free(&b);
}

/* ---- snapshots ---- */

static void
snapshot_that_is_damaged_is_an_error(void **state)
{
	static const char *const broken[] = {
		"", "x", "x12d-config 1\n", "x12d-config 1\nend\n",
		"x12d-config 2\n1 0\naend\n", "x12d-config 1\n1 5\naend\n",
		"x12d-config 1\n1 0\naen", "x12d-config 1\n-1 0\naend\n",
		"x12d-config 1\n1 99999999999999999999\naend\n",
		"x12d-config 1\n1 5\nazebra\nend\n",
		"x12d-config 1\n1 8\nazebra: 1end\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		FILE *f = tmpfile();
		struct err e;

		assert_non_null(f);
		fputs(broken[i], f);
		fflush(f);
		assert_null(config_load_snapshot(fileno(f), &e));
		assert_int_equal(e.code, -EBADMSG);
		fclose(f);
	}
}

static void
snapshot_cannot_be_changed_and_is_read_from_its_start(void **state)
{
	struct buf b;
	struct err e;
	struct config *c, *again;
	int fd;

	(void)state;
	buf_init(&b, 1000);
	c = parse(BLOCK, &b);
	fd = config_snapshot(c, &e);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	for (int i = 0; i < 2; i++) {
		again = config_load_snapshot(fd, &e);
		assert_non_null(again);
		assert_string_equal(again->partners[0].file, "test.yaml");
		config_free(again);
	}
	close(fd);
	config_free(c);
	buf_free(&b);
}

/* ---- files ---- */

static void
config_that_is_not_there_is_an_error(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	assert_null(config_load("/nonexistent/x12d.yaml",
	    (struct config_sink){ on_problem, &b }, &e));
	assert_int_equal(e.code, -ENOENT);
	assert_int_equal(b.n, 0);
	assert_null(config_load("/", (struct config_sink){ on_problem, &b },
	    &e));
	assert_true(e.code < 0);
	buf_free(&b);
}

static void
write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static unsigned
check_files(const char *dir, const char *key, const char *hosts,
    struct buf *said)
{
	struct buf text;
	struct config *c;
	unsigned n;

	buf_init(&text, 10000);
	buf_reset(said);
	buf_addf(&text, HEAD "  connection:\n    host: h\n    user: u\n"
	    "    upload_dir: /in\n    download_dirs: [/out]\n"
	    "    identity_file: %s/%s\n    known_hosts: %s/%s\n", dir, key,
	    dir, hosts);
	c = parse(buf_str(&text), said);
	assert_non_null(c);
	n = config_check_files(c, (struct config_sink){ on_problem, said });
	config_free(c);
	buf_free(&text);
	return n;
}

static void
check_files_finds_open_secrets(void **state)
{
	char dir[] = "/tmp/x12d-test-XXXXXX", command[100];
	struct buf said;

	(void)state;
	buf_init(&said, 10000);
	assert_non_null(mkdtemp(dir));
	write_file(dir, "key", "secret\n", 0600);
	write_file(dir, "open", "secret\n", 0604);
	write_file(dir, "empty", "", 0600);
	write_file(dir, "hosts", "h ssh-ed25519 AAAA\n", 0644);
	write_file(dir, "anybodys", "h ssh-ed25519 AAAA\n", 0666);

	assert_int_equal(check_files(dir, "key", "hosts", &said), 0);
	assert_int_equal(said.n, 0);
	assert_int_equal(check_files(dir, "open", "hosts", &said), 1);
	assert_non_null(strstr(buf_str(&said), "2:1: partner `p`: "
	    "`identity_file`: everybody on this machine may open "));
	assert_int_equal(check_files(dir, "empty", "anybodys", &said), 2);
	assert_non_null(strstr(buf_str(&said), "empty is empty"));
	assert_non_null(strstr(buf_str(&said), "may change"));
	assert_int_equal(check_files(dir, "none", ".", &said), 2);
	assert_non_null(strstr(buf_str(&said), "No such file"));
	assert_non_null(strstr(buf_str(&said), "not a regular file"));
	buf_free(&said);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* ---- names ---- */

static void
name_is_filled_or_does_not_fit(void **state)
{
	const struct config_name_values v = {
		.partner = "acme", .date = "20261121", .time = "184705",
		.type = "837P", .id = "01ABC", .isa13 = 42, .gs06 = 7,
		.bht = 123456789012,
	};
	char to[80];

	(void)state;
	assert_true(config_name("{partner}-{date}{time}.{isa13}.{gs06}.{type}."
	    "{bht}.{id}", &v, to, sizeof(to)));
	assert_string_equal(to, "acme-20261121184705.000000042.7.837P."
	    "123456789012.01ABC");
	assert_true(config_name("A{bht}", &v, to, 14));
	assert_string_equal(to, "A123456789012");
	assert_false(config_name("A{bht}", &v, to, 13));
	assert_false(config_name("{isa13", &v, to, sizeof(to)));
	assert_false(config_name("{zebra}", &v, to, sizeof(to)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_takes_what_is_right),
		cmocka_unit_test(config_names_unknown_keys_and_the_nearest),
		cmocka_unit_test(config_refuses_what_is_no_plain_yaml),
		cmocka_unit_test(config_is_bounded),
		cmocka_unit_test(config_never_repeats_a_value),
		cmocka_unit_test(config_fills_in_defaults),
		cmocka_unit_test(snapshot_that_is_damaged_is_an_error),
		cmocka_unit_test(
		    snapshot_cannot_be_changed_and_is_read_from_its_start),
		cmocka_unit_test(config_that_is_not_there_is_an_error),
		cmocka_unit_test(check_files_finds_open_secrets),
		cmocka_unit_test(name_is_filled_or_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
