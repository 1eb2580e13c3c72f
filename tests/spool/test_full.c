/* SPDX-License-Identifier: ISC */
/*
 * No room: a full file system (needs root, for a small one of our own) and a
 * limit on file sizes (any user). Every failure is told, what was committed
 * stays, and the store goes on as soon as there is room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/spool/twins.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SKIP = 77, MANY = 20000 };

/* The rest runs in a child, where limits and mounts are its own. */
static void
in_child(void (*path)(const char *dir))
{
	struct place *p = place_new(TWIN_MEMORY, "/tmp");
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		path(p->dir);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	place_free(p);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
		skip();
	assert_int_equal(status, 0);
}

#define CHECK(cond) do { \
	if (!(cond)) { \
		print_error("%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		_exit(1); \
	} \
} while (0)

struct tally {
	struct store *s;
	unsigned files, events;
};

static bool
on_stored(void *ctx, const struct store_file *f)
{
	struct tally *t = ctx;

	CHECK(f->state == STATE_READY || f->state == STATE_HELD);
	CHECK(strlen(f->name) == 200);
	t->files++;
	return true;
}

static bool
on_told(void *ctx, const struct store_event *v)
{
	struct tally *t = ctx;

	(void)v;
	t->events++;
	return true;
}

/* Add files, each with a move, until it fails; returns how many are in. */
static unsigned
fill_facts(struct store *s, int *rc)
{
	struct err e;

	for (unsigned n = 0; n < MANY; n++) {
		struct store_file f = file_of(FILE_OUTGOING, STATE_READY, "x");

		memset(f.name, 'n', 200);
		*rc = store_file_add(s, &f, &e);
		if (*rc < 0) {
			CHECK(e.text[0] != '\0' && e.code == *rc);
			return n;
		}
	}
	*rc = 0;
	return MANY;
}

static void
check_facts(struct store *s, unsigned files)
{
	struct tally t = { .s = s };

	CHECK(store_file_list(s, &(struct store_file_filter){ 0 }, on_stored,
	    &t, NULL) == 0);
	CHECK(t.files == files);
	/* One event each: no half of an add. */
	CHECK(store_events(s, NULL, on_told, &t, NULL) == 0);
	CHECK(t.events == files);
}

/* Inside a transaction, too: it cannot be committed, nothing of it stays. */
static void
check_transaction_fails_whole(struct store *s)
{
	struct err e;
	int rc;

	CHECK(store_begin(s, &e) == 0);
	fill_facts(s, &rc);
	if (rc == 0)
		/* It was in memory; the disk says no at the commit. */
		rc = store_commit(s, &e);
	else
		CHECK(store_commit(s, &e) == -ECANCELED);
	CHECK(rc < 0);
}

static unsigned
fill_bytes(struct store *s, int *rc, struct store_id *last)
{
	static char block[64 * 1024];
	struct err e;
	unsigned n;
	int fd;

	for (n = 0; n < MANY; n++) {
		struct store_id id = id_of(NOW);
		ssize_t wrote = -1;

		*rc = store_bytes_create(s, &id, &fd, &e);
		if (*rc < 0)
			return n;
		wrote = write(fd, block, sizeof(block));
		*rc = wrote == (ssize_t)sizeof(block) ?
		    store_bytes_keep(s, &id, fd, &e) : -ENOSPC;
		close(fd);
		if (*rc < 0) {
			CHECK(!store_bytes_exist(s, &id));
			CHECK(store_bytes_discard(s, &id, &e) == 0);
			return n;
		}
		*last = id;
	}
	return n;
}

/* ---- a limit on the size of files -------------------------------------- */

static void
limit_path(const char *dir)
{
	struct rlimit limit;
	char path[128];
	struct err e;
	struct store *s;
	unsigned n;
	int rc;

	snprintf(path, sizeof(path), "%s/limited", dir);
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	s = store_open(path, &e);
	CHECK(s != NULL);
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = 1024 * 1024;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	n = fill_facts(s, &rc);
	print_message("%u files under the limit, then: %s\n", n,
	    strerror(-rc));
	CHECK(n > 10 && n < MANY);
	CHECK(rc == -EFBIG || rc == -ENOSPC);
	check_facts(s, n);
	check_transaction_fails_whole(s);
	check_facts(s, n);
	limit.rlim_cur = limit.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(store_begin(s, &e) == 0);
	for (unsigned i = 0; i < 100; i++) {
		struct store_file f = file_of(FILE_OUTGOING, STATE_READY, "x");

		memset(f.name, 'n', 200);
		CHECK(store_file_add(s, &f, &e) == 0);
	}
	CHECK(store_commit(s, &e) == 0);
	check_facts(s, n + 100);
	store_close(s);
	s = store_open(path, &e);
	CHECK(s != NULL);
	check_facts(s, n + 100);
	store_close(s);
}

static void
limit_on_file_size_is_told_and_survived(void **state)
{
	(void)state;
	in_child(limit_path);
}

/* ---- a full file system ------------------------------------------------ */

static bool
mount_small(const char *at)
{
	return unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("x12d-test", at, "tmpfs", 0, "size=4m,mode=700") == 0;
}

static void
full_path(const char *dir)
{
	struct store_id last = { { 0 } };
	char path[128], ballast[2][160];
	struct err e;
	struct store *s;
	unsigned n, kept;
	int rc;

	snprintf(path, sizeof(path), "%s/small", dir);
	CHECK(mkdir(path, 0700) == 0);
	if (!mount_small(path)) {
		print_message("SKIPPED: cannot mount a small tmpfs (root "
		    "only)\n");
		_exit(SKIP);
	}
	for (int i = 0; i < 2; i++) {
		snprintf(ballast[i], sizeof(ballast[i]), "%s/ballast%d", path,
		    i);
		int fd = open(ballast[i], O_WRONLY | O_CREAT, 0600);

		CHECK(fd >= 0 && posix_fallocate(fd, 0, 512 * 1024) == 0);
		close(fd);
	}
	strcat(path, "/store");
	s = store_open(path, &e);
	CHECK(s != NULL);

	kept = fill_bytes(s, &rc, &last);
	CHECK(kept > 5 && kept < MANY && rc == -ENOSPC);
	CHECK(unlink(ballast[0]) == 0);
	n = fill_facts(s, &rc);
	print_message("%u bytes, %u files, then: %s\n", kept, n,
	    strerror(-rc));
	CHECK(n > 0 && n < MANY && rc == -ENOSPC);
	check_facts(s, n);
	check_transaction_fails_whole(s);
	check_facts(s, n);
	CHECK(store_bytes_exist(s, &last));

	CHECK(unlink(ballast[1]) == 0);
	CHECK(store_begin(s, &e) == 0);
	for (unsigned i = 0; i < 50; i++) {
		struct store_file f = file_of(FILE_OUTGOING, STATE_READY, "x");

		memset(f.name, 'n', 200);
		CHECK(store_file_add(s, &f, &e) == 0);
	}
	CHECK(store_commit(s, &e) == 0);
	check_facts(s, n + 50);
	store_close(s);
	s = store_open(path, &e);
	CHECK(s != NULL);
	check_facts(s, n + 50);
	store_close(s);
}

static void
full_file_system_is_told_and_survived(void **state)
{
	(void)state;
	in_child(full_path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limit_on_file_size_is_told_and_survived),
		cmocka_unit_test(full_file_system_is_told_and_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
