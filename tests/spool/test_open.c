/* SPDX-License-Identifier: ISC */
/* Opening the embedded store: one process, ours, whole, or a clear no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/spool/twins.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

/* Something in it, and closed. */
static struct store_file
fill(struct place *p)
{
	struct store_file f = place_add(p, FILE_FETCHED, STATE_FETCHING, "x");
	int fd;

	assert_ok(p, store_bytes_create(p->s, &f.id, &fd, &p->e));
	assert_int_equal(write(fd, "ISA", 3), 3);
	assert_ok(p, store_bytes_keep(p->s, &f.id, fd, &p->e));
	close(fd);
	store_close(p->s);
	p->s = NULL;
	return f;
}

/* With a text that tells where and what to do. */
static void
assert_refuses(struct place *p, int rc, const char *says)
{
	p->e = ERR_NONE;
	assert_null(store_open(p->store_dir, &p->e));
	if (p->e.code != rc || strstr(p->e.text, says) == NULL)
		print_error("%d %s\n", p->e.code, p->e.text);
	assert_int_equal(p->e.code, rc);
	assert_non_null(strstr(p->e.text, p->store_dir));
	assert_non_null(strstr(p->e.text, says));
	assert_null(strchr(p->e.text, '\n'));
}

static void
store_keeps_all_over_close_and_open(void **state)
{
	struct place *p = *state;
	struct store_file f = fill(p), got;

	place_open(p);
	assert_ok(p, store_file_get(p->s, &f.id, &got, &p->e));
	assert_bytes(p, &f.id, "ISA");
}

static void
second_engine_is_kept_out_and_told_who_is_in(void **state)
{
	struct place *p = *state;
	char who[40];

	snprintf(who, sizeof(who), "in use by process %ld;", (long)getpid());
	assert_refuses(p, -EBUSY, who);
	place_add(p, FILE_OUTGOING, STATE_READY, "x");
	place_reopen(p);
}

static void
lock_goes_with_a_killed_engine(void **state)
{
	struct place *p = *state;
	struct err e;
	int pipes[2];
	pid_t pid;
	char c;

	store_close(p->s);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		c = store_open(p->store_dir, &e) == NULL;
		if (write(pipes[1], &c, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(c, 0);
	assert_refuses(p, -EBUSY, "in use");
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(pipes[0]);
	close(pipes[1]);
	place_open(p);
}

/* ---- damage ------------------------------------------------------------ */

static void
database_path(struct place *p, char to[static 128])
{
	snprintf(to, 128, "%s/x12d.db", p->store_dir);
}

static void
lost_database_is_not_made_anew(void **state)
{
	struct place *p = *state;
	char path[128];
	int fd;

	fill(p);
	database_path(p, path);
	assert_int_equal(unlink(path), 0);
	assert_refuses(p, -EUCLEAN, "restore it from a backup");
	/* Nor one that is empty, as the refused open may have left it. */
	assert_refuses(p, -EUCLEAN, "restore it from a backup");
	fd = open(path, O_WRONLY | O_TRUNC);
	close(fd);
	assert_refuses(p, -EUCLEAN, "restore it from a backup");
	unlink(path);
	/* place_free() closes NULL. */
}

static void
patch(const char *path, off_t at, const char *with, size_t n)
{
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, with, n, at), n);
	close(fd);
}

static void
damaged_database_is_told(void **state)
{
	struct place *p = *state;
	char path[128], junk[4096];
	struct stat st;

	for (unsigned i = 0; i < 50; i++)
		place_add(p, FILE_OUTGOING, STATE_READY, "x");
	fill(p);
	database_path(p, path);
	memset(junk, 0xa5, sizeof(junk));
	/* Any page but the first, whatever is on it. */
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 20 * 4096);
	patch(path, 1 * 4096, junk, sizeof(junk));
	assert_refuses(p, -EUCLEAN, "damaged");
}

static void
truncated_database_is_told(void **state)
{
	struct place *p = *state;
	char path[128];
	struct stat st;

	for (unsigned i = 0; i < 50; i++)
		place_add(p, FILE_OUTGOING, STATE_READY, "x");
	fill(p);
	database_path(p, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 3 * 4096), 0);
	assert_refuses(p, -EUCLEAN, "damaged");
}

static void
what_is_no_database_is_told(void **state)
{
	struct place *p = *state;
	char path[128];

	fill(p);
	database_path(p, path);
	patch(path, 0, "This is not SQLite", 18);
	assert_refuses(p, -EUCLEAN, "damaged");
}

static void
edit(struct place *p, const char *sql)
{
	char path[128];
	sqlite3 *db;

	database_path(p, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
store_of_a_newer_x12d_is_left_alone(void **state)
{
	struct place *p = *state;

	fill(p);
	edit(p, "PRAGMA user_version = 999");
	assert_refuses(p, -EPROTO, "newer x12d");
	edit(p, "PRAGMA user_version = 4");
	place_open(p);
}

static void
store_of_version_1_is_brought_up_to_date(void **state)
{
	struct place *p = *state;
	struct store_file got, f = place_add(p, FILE_DROPPED, STATE_CLAIMING,
	    "acme");

	store_close(p->s);
	edit(p, "DROP INDEX file_batch; ALTER TABLE file DROP COLUMN batch; "
	    "ALTER TABLE file DROP COLUMN charge; "
	    "ALTER TABLE claim DROP COLUMN digest; "
	    "ALTER TABLE answer DROP COLUMN functional_id; "
	    "PRAGMA user_version = 1");
	place_open(p);
	assert_ok(p, store_file_get(p->s, &f.id, &got, &p->e));
	assert_true(store_id_none(&got.batch) && got.charge == 0);
	got.charge = 4200;
	got.batch = id_of(NOW);
	assert_ok(p, store_file_update(p->s, &got, &p->e));
	place_reopen(p);
	assert_ok(p, store_file_get(p->s, &f.id, &f, &p->e));
	assert_true(f.charge == 4200 && store_id_equal(&f.batch, &got.batch));
}

static void
database_of_somebody_else_is_left_alone(void **state)
{
	struct place *p = *state;

	fill(p);
	edit(p, "PRAGMA application_id = 7");
	assert_refuses(p, -EMEDIUMTYPE, "not x12d's");
	edit(p, "PRAGMA application_id = 0; PRAGMA user_version = 0");
	assert_refuses(p, -EMEDIUMTYPE, "not x12d's");
}

static void
row_that_we_never_wrote_is_an_error_not_a_guess(void **state)
{
	struct place *p = *state;
	struct store_file f = fill(p);
	struct id_list l = { 0 };

	edit(p, "UPDATE file SET partner = "
	    "'a name that is longer than any partner may have'");
	place_open(p);
	assert_int_equal(store_file_get(p->s, &f.id, &f, &p->e), -EUCLEAN);
	assert_int_equal(store_file_list(p->s,
	    &(struct store_file_filter){ 0 }, on_file, &l, &p->e), -EUCLEAN);
	assert_int_equal(l.n, 0);
}

static void
events_can_be_neither_changed_nor_removed(void **state)
{
	struct place *p = *state;
	char path[128];
	sqlite3 *db;

	fill(p);
	database_path(p, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "DELETE FROM event", NULL, NULL,
	    NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "UPDATE event SET what = ''",
	    NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* ---- places ------------------------------------------------------------ */

static void
directory_that_cannot_be_is_told(void **state)
{
	struct place *p = *state;
	char dir[160];
	struct err e = ERR_NONE;
	int fd;

	snprintf(dir, sizeof(dir), "%s/file", p->dir);
	fd = open(dir, O_WRONLY | O_CREAT, 0600);
	close(fd);
	assert_null(store_open(dir, &e));
	assert_int_equal(e.code, -ENOTDIR);
	assert_non_null(strstr(e.text, dir));
	strcat(dir, "/below");
	assert_null(store_open(dir, &e));
	assert_int_equal(e.code, -ENOTDIR);
	assert_null(store_open("", &e));
	assert_true(e.code < 0);
	assert_null(store_open("", NULL));
}

static void
open_directory_is_closed_to_others(void **state)
{
	struct place *p = *state;
	struct stat st;

	store_close(p->s);
	assert_int_equal(chmod(p->store_dir, 0755), 0);
	place_open(p);
	assert_int_equal(stat(p->store_dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_sqlite, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(store_keeps_all_over_close_and_open),
		TEST(second_engine_is_kept_out_and_told_who_is_in),
		TEST(lock_goes_with_a_killed_engine),
		TEST(lost_database_is_not_made_anew),
		TEST(damaged_database_is_told),
		TEST(truncated_database_is_told),
		TEST(what_is_no_database_is_told),
		TEST(store_of_a_newer_x12d_is_left_alone),
		TEST(store_of_version_1_is_brought_up_to_date),
		TEST(database_of_somebody_else_is_left_alone),
		TEST(row_that_we_never_wrote_is_an_error_not_a_guess),
		TEST(events_can_be_neither_changed_nor_removed),
		TEST(directory_that_cannot_be_is_told),
		TEST(open_directory_is_closed_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
