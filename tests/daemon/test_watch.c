/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/watch.h"

struct scene {
	char dir[64];
	struct event_base *base;
	struct watch *watch;
	struct config_partner partners[2];
	struct config config;
	unsigned told[2], all;
};

static void
scene_on_change(void *ctx, const char *partner)
{
	struct scene *s = ctx;

	if (!partner)
		s->all++;
	else
		s->told[strcmp(partner, "beta") == 0]++;
}

static void
scene_path(const struct scene *s, const char *rest, char to[200])
{
	snprintf(to, 200, "%s/%s", s->dir, rest);
}

static void
scene_mkdir(const struct scene *s, const char *rest)
{
	char path[200];

	scene_path(s, rest, path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
scene_write(const struct scene *s, const char *rest)
{
	char path[200];
	int fd;

	scene_path(s, rest, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static void
scene_rename(const struct scene *s, const char *from, const char *to)
{
	char a[200], b[200];

	scene_path(s, from, a);
	scene_path(s, to, b);
	assert_int_equal(rename(a, b), 0);
}

static void
scene_look(struct scene *s)
{
	s->told[0] = s->told[1] = s->all = 0;
	assert_true(event_base_loop(s->base, EVLOOP_NONBLOCK) >= 0);
}

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct err e = ERR_NONE;

	assert_non_null(s);
	strcpy(s->dir, "/tmp/test_watch.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	strcpy(s->partners[0].name, "alpha");
	strcpy(s->partners[1].name, "beta");
	s->config.partners = s->partners;
	s->config.partner_count = 2;
	s->config.spool_dir = s->dir;
	s->base = event_base_new();
	assert_non_null(s->base);
	s->watch = watch_new(s->base, scene_on_change, s, &e);
	assert_non_null(s->watch);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;
	char command[100];

	watch_free(s->watch);
	event_base_free(s->base);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

static void
watch_tells_of_written_and_renamed_files(void **state)
{
	struct scene *s = *state;

	scene_mkdir(s, "outbox");
	scene_mkdir(s, "outbox/alpha");
	scene_mkdir(s, "outbox/beta");
	assert_int_equal(watch_set(s->watch, &s->config), 0);
	scene_write(s, "outbox/beta/one");
	scene_look(s);
	assert_int_equal(s->told[0], 0);
	assert_int_equal(s->told[1], 1);
	scene_write(s, "elsewhere");
	scene_rename(s, "elsewhere", "outbox/alpha/two");
	scene_look(s);
	assert_int_equal(s->told[0], 1);
	assert_int_equal(s->told[1], 0);
}

static void
watch_finds_a_directory_that_comes_later(void **state)
{
	struct scene *s = *state;

	scene_mkdir(s, "outbox");
	scene_mkdir(s, "outbox/alpha");
	assert_int_equal(watch_set(s->watch, &s->config), 1);
	assert_int_equal(s->told[0], 1);
	assert_int_equal(s->told[1], 0);
	scene_mkdir(s, "outbox/beta");
	assert_int_equal(watch_set(s->watch, &s->config), 0);
	assert_int_equal(s->told[0], 1);
	assert_int_equal(s->told[1], 1);
	scene_write(s, "outbox/beta/one");
	scene_look(s);
	assert_int_equal(s->told[1], 1);
}

static void
watch_notices_that_its_directory_was_replaced(void **state)
{
	struct scene *s = *state;

	scene_mkdir(s, "outbox");
	scene_mkdir(s, "outbox/alpha");
	scene_mkdir(s, "outbox/beta");
	assert_int_equal(watch_set(s->watch, &s->config), 0);
	scene_rename(s, "outbox/beta", "away");
	scene_mkdir(s, "outbox/beta");
	scene_look(s);
	assert_true(s->told[1] > 0);
	assert_int_equal(watch_set(s->watch, &s->config), 0);
	scene_look(s);
	scene_write(s, "away/old");
	scene_look(s);
	assert_int_equal(s->told[1], 0);
	scene_write(s, "outbox/beta/new");
	scene_look(s);
	assert_int_equal(s->told[1], 1);
}

static void
watch_forgets_a_partner_that_is_gone(void **state)
{
	struct scene *s = *state;

	scene_mkdir(s, "outbox");
	scene_mkdir(s, "outbox/alpha");
	scene_mkdir(s, "outbox/beta");
	assert_int_equal(watch_set(s->watch, &s->config), 0);
	s->config.partner_count = 1;
	assert_int_equal(watch_set(s->watch, &s->config), 0);
	scene_write(s, "outbox/beta/one");
	scene_look(s);
	assert_int_equal(s->told[1], 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(watch_tells_of_written_and_renamed_files),
		TEST(watch_finds_a_directory_that_comes_later),
		TEST(watch_notices_that_its_directory_was_replaced),
		TEST(watch_forgets_a_partner_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
