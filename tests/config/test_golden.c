/* SPDX-License-Identifier: ISC */
/*
 * tests/data/config/CASE: x12d.yaml, perhaps partners.d, and expect.problems,
 * which is empty for a configuration that loads. BLESS=1 rewrites the latter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "tests/config/dump.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char root[] = "tests/data/config";

/* Lines as x12d --check-config writes them, from inside the case. */
static void
on_problem(void *ctx, const struct config_problem *p)
{
	const char *file = strncmp(p->file, root, sizeof(root) - 1) == 0 ?
	    strchr(p->file + sizeof(root), '/') + 1 : p->file;

	buf_addf(ctx, "%s:%d:%d: %s\n", file, p->line, p->column, p->text);
}

/* What goes to other roles must be what the supervisor has. */
static void
check_snapshot(const struct config *c)
{
	struct config *again;
	struct buf one, two;
	struct err e;
	int fd = config_snapshot(c, &e);

	assert_true(fd >= 0);
	again = config_load_snapshot(fd, &e);
	if (!again)
		fail_msg("snapshot: %s", e.text);
	buf_init(&one, 10000000);
	buf_init(&two, 10000000);
	dump_config(&one, c);
	dump_config(&two, again);
	assert_string_equal(buf_str(&one), buf_str(&two));
	assert_true(one.n > 500 && !one.failed);
	buf_free(&one);
	buf_free(&two);
	config_free(again);
	close(fd);
}

static void
check_case(const char *name)
{
	char path[PATH_MAX], *expected;
	struct config *c;
	struct buf got;
	struct err e;
	size_t n;

	buf_init(&got, 1000000);
	snprintf(path, sizeof(path), "%s/%s/x12d.yaml", root, name);
	c = config_load(path, (struct config_sink){ on_problem, &got }, &e);
	if (e.code)
		buf_addf(&got, "error: %s\n", e.text);
	assert_true((c != NULL) == (got.n == 0));
	snprintf(path, sizeof(path), "%s/%s/expect.problems", root, name);
	if (getenv("BLESS"))
		assert_int_equal(io_replace(path, buf_slice(&got), 0644, &e),
		    0);
	if (io_slurp(path, 1000000, &expected, &n, &e) < 0)
		fail_msg("%s", e.text);
	if (strcmp(buf_str(&got), expected) != 0)
		print_message("case %s:\n", name);
	assert_string_equal(buf_str(&got), expected);
	if (c)
		check_snapshot(c);
	free(expected);
	buf_free(&got);
	config_free(c);
}

static void
config_folders_give_exactly_their_problems(void **state)
{
	unsigned n = 0;
	struct dirent *d;
	DIR *dir = opendir(root);

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.') {
			check_case(d->d_name);
			n++;
		}
	closedir(dir);
	assert_true(n >= 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_folders_give_exactly_their_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
