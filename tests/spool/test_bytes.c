/* SPDX-License-Identifier: ISC */
/* Bytes as files: what the outbox may hold, and what is left on the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool/bytes.h"
#include "tests/spool/twins.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>

static int
adopt(struct place *p, const struct store_id *id, const char *name)
{
	return store_bytes_adopt(p->s, id, p->outbox, name, &p->e);
}

/* Refused, left where it was, and not told by its name. */
static void
assert_refused(struct place *p, const char *name, int rc)
{
	struct store_id id = id_of(NOW);

	assert_int_equal(adopt(p, &id, name), rc);
	assert_true(place_has(p, name));
	assert_false(store_bytes_exist(p->s, &id));
	assert_null(strstr(p->e.text, name));
	assert_true(p->e.text[0] != '\0');
}

static void
adopt_refuses_what_is_not_a_lone_regular_file(void **state)
{
	struct place *p = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock;

	place_drop(p, "target", "ISA");
	assert_int_equal(symlinkat("target", p->outbox, "smith-link"), 0);
	assert_refused(p, "smith-link", -ELOOP);
	assert_int_equal(symlinkat("/etc/passwd", p->outbox, "smith-far"), 0);
	assert_refused(p, "smith-far", -ELOOP);
	assert_int_equal(linkat(p->outbox, "target", p->outbox, "smith-hard",
	    0), 0);
	assert_refused(p, "smith-hard", -EMLINK);
	assert_refused(p, "target", -EMLINK);
	assert_int_equal(mkdirat(p->outbox, "smith-dir", 0700), 0);
	assert_refused(p, "smith-dir", -EISDIR);
	assert_int_equal(mkfifoat(p->outbox, "smith-fifo", 0600), 0);
	assert_refused(p, "smith-fifo", -EISDIR);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/outbox/smith-sock",
	    p->dir);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(sock, (void *)&at, sizeof(at)), 0);
	assert_refused(p, "smith-sock", -EISDIR);
	close(sock);
	assert_int_equal(unlinkat(p->outbox, "smith-hard", 0), 0);
	assert_int_equal(adopt(p, &(struct store_id){ { 1 } }, "target"), 0);
}

static void
adopt_waits_for_who_is_still_writing(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	int fd;

	place_drop(p, "c.837", "ISA");
	fd = openat(p->outbox, "c.837", O_WRONLY | O_APPEND);
	assert_refused(p, "c.837", -EBUSY);
	assert_int_equal(write(fd, "*00", 3), 3);
	close(fd);
	/* Readers are no matter. */
	fd = openat(p->outbox, "c.837", O_RDONLY);
	assert_ok(p, adopt(p, &id, "c.837"));
	close(fd);
	assert_bytes(p, &id, "ISA*00");
}

static void
adopt_takes_odd_names_and_empty_files(void **state)
{
	static const char *const names[] = { "-rf", " ", "a\nb", "\xff\xfe",
	    "%s%n", "'; DROP TABLE file; --" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct store_id id = id_of(NOW);

		place_drop(p, names[i], i % 2 ? "ISA" : "");
		assert_ok(p, adopt(p, &id, names[i]));
		assert_false(place_has(p, names[i]));
		assert_bytes(p, &id, i % 2 ? "ISA" : "");
	}
}

static void
mode_is(struct place *p, const char *path, mode_t mode)
{
	char whole[256];
	struct stat st;

	snprintf(whole, sizeof(whole), "%s/%s", p->store_dir, path);
	assert_int_equal(stat(whole, &st), 0);
	if ((st.st_mode & 07777) != mode)
		print_error("%s\n", path);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void
modes_keep_others_out_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		struct place *p = place_new(TWIN_MEMORY, "/tmp");
		struct store_id id = id_of(NOW);
		char path[BYTES_PATH], below[BYTES_PATH + 16];
		mode_t old = umask(masks[i]);
		int fd;

		store_close(p->s);
		p->twin = TWIN_SQLITE;
		place_open(p);
		place_add(p, FILE_OUTGOING, STATE_READY, "x");
		assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
		bytes_path(&id, path);
		snprintf(below, sizeof(below), "incoming/%s", path + 3);
		mode_is(p, below, 0600);
		assert_ok(p, store_bytes_keep(p->s, &id, fd, &p->e));
		close(fd);
		umask(old);
		snprintf(below, sizeof(below), "bytes/%s", path);
		mode_is(p, below, 0400);
		mode_is(p, "", 0700);
		mode_is(p, "bytes", 0700);
		mode_is(p, "incoming", 0700);
		mode_is(p, "x12d.db", 0600);
		mode_is(p, "x12d.db-wal", 0600);
		mode_is(p, "x12d.db-shm", 0600);
		mode_is(p, "lock", 0600);
		place_free(p);
	}
}

static void
adopted_file_is_read_only(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	char path[BYTES_PATH], below[BYTES_PATH + 16];

	place_drop(p, "c.837", "ISA");
	assert_ok(p, adopt(p, &id, "c.837"));
	bytes_path(&id, path);
	snprintf(below, sizeof(below), "bytes/%s", path);
	mode_is(p, below, 0400);
}

static void
leftovers_of_writers_are_cleared_at_open(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	char path[160];
	int fd;

	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	close(fd);
	snprintf(path, sizeof(path), "%s/incoming/notes.txt", p->store_dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	close(fd);
	place_reopen(p);
	/* What we did not make, we do not remove. */
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	snprintf(path, sizeof(path), "%s/incoming", p->store_dir);
	assert_int_equal(rmdir(path), 0);
}

/* Somebody put a link where the store's own directory should be. */
static void
planted_links_are_not_followed(void **state)
{
	struct place *p = *state;
	char link[160];

	store_close(p->s);
	snprintf(link, sizeof(link), "%s/incoming", p->store_dir);
	assert_int_equal(rmdir(link), 0);
	assert_int_equal(symlink("/tmp", link), 0);
	assert_null(store_open(p->store_dir, &p->e));
	assert_true(p->e.code == -ELOOP || p->e.code == -ENOTDIR);
	unlink(link);
	snprintf(link, sizeof(link), "%s/lock", p->store_dir);
	unlink(link);
	assert_int_equal(symlink("/tmp/elsewhere", link), 0);
	assert_null(store_open(p->store_dir, &p->e));
	assert_int_equal(p->e.code, -ELOOP);
	unlink(link);
	place_open(p);
}

/* ---- across file systems ----------------------------------------------- */

/* An outbox on another file system than the store; skips when there is none. */
static struct place *
far_outbox(struct place *p)
{
	struct stat a, b;
	struct place *far;

	if (stat("/tmp", &a) < 0 || stat("/dev/shm", &b) < 0 ||
	    a.st_dev == b.st_dev || access("/dev/shm", W_OK) < 0) {
		print_message("SKIPPED: /tmp and /dev/shm are one\n");
		skip();
	}
	far = place_new(TWIN_MEMORY, "/dev/shm");
	assert_true(dup2(far->outbox, p->outbox) >= 0);
	return far;
}

static unsigned
entries(int dirfd)
{
	DIR *d = fdopendir(openat(dirfd, ".", O_RDONLY | O_DIRECTORY));
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void
adopt_copies_across_file_systems(void **state)
{
	struct place *p = *state, *far = far_outbox(p);
	struct store_id id = id_of(NOW);
	char *big = malloc(300000);
	int fd;

	assert_non_null(big);
	memset(big, 'x', 299999);
	big[299999] = '\0';
	place_drop(p, "c.837", big);
	assert_ok(p, adopt(p, &id, "c.837"));
	assert_int_equal(entries(p->outbox), 0);
	assert_ok(p, store_bytes_open(p->s, &id, &fd, &p->e));
	assert_int_equal(lseek(fd, 0, SEEK_END), 299999);
	close(fd);
	free(big);
	place_drop(p, "smith", "ISA");
	assert_int_equal(linkat(p->outbox, "smith", p->outbox, "b", 0), 0);
	assert_refused(p, "smith", -EMLINK);
	place_free(far);
}

/* The copy is durable, the name not yet removed: kill -9 there. */
static void
interrupted_copy_is_finished(void **state)
{
	struct place *p = *state, *far = far_outbox(p);
	struct store_id id = id_of(NOW);
	int fd;

	place_drop(p, "c.837", "ISA*00");
	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	assert_int_equal(write(fd, "ISA*00", 6), 6);
	assert_ok(p, store_bytes_keep(p->s, &id, fd, &p->e));
	close(fd);
	assert_ok(p, adopt(p, &id, "c.837"));
	assert_int_equal(entries(p->outbox), 0);
	/* Other bytes under the name are another file, and stay. */
	place_drop(p, "c.837", "ISA*01");
	assert_int_equal(adopt(p, &id, "c.837"), -EEXIST);
	assert_true(place_has(p, "c.837"));
	place_free(far);
}

/* The name was hidden for its removal, and kill -9 came there. */
static void
hidden_name_is_removed_or_given_back(void **state)
{
	struct place *p = *state, *far = far_outbox(p);
	struct store_id id = id_of(NOW);
	char hidden[SOURCE_HIDDEN];
	int fd;

	assert_ok(p, store_bytes_create(p->s, &id, &fd, &p->e));
	assert_int_equal(write(fd, "ISA*00", 6), 6);
	assert_ok(p, store_bytes_keep(p->s, &id, fd, &p->e));
	close(fd);
	source_hidden(&id, hidden);
	place_drop(p, hidden, "ISA*00");
	assert_ok(p, adopt(p, &id, "c.837"));
	assert_int_equal(entries(p->outbox), 0);
	/* It was another file that a clerk had just put there. */
	place_drop(p, hidden, "ISA*77");
	assert_int_equal(adopt(p, &id, "c.837"), -EEXIST);
	assert_false(place_has(p, hidden));
	assert_true(place_has(p, "c.837"));
	place_free(far);
}

static void
removal_spares_a_file_that_took_the_name(void **state)
{
	struct place *p = *state;
	struct store_id id = id_of(NOW);
	struct stat st;
	int fd;

	place_drop(p, "c.837", "old");
	assert_ok(p, source_open(p->outbox, "c.837", &st, &fd, &p->e));
	place_drop(p, "new", "new");
	assert_int_equal(renameat(p->outbox, "new", p->outbox, "c.837"), 0);
	assert_ok(p, source_remove(p->outbox, "c.837", &id, &st, &p->e));
	assert_true(place_has(p, "c.837"));
	close(fd);
	assert_ok(p, source_open(p->outbox, "c.837", &st, &fd, &p->e));
	place_drop(p, "c.837", "written to meanwhile");
	assert_int_equal(source_remove(p->outbox, "c.837", &id, &st, &p->e),
	    -EAGAIN);
	assert_true(place_has(p, "c.837"));
	assert_int_equal(entries(p->outbox), 1);
	close(fd);
	/* Gone already is as good. */
	assert_ok(p, source_remove(p->outbox, "gone", &id, &st, &p->e));
}

static void
copy_notices_that_the_file_changed(void **state)
{
	struct place *p = *state;
	struct stat st;
	int fd, to = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	place_drop(p, "c.837", "first");
	assert_ok(p, source_open(p->outbox, "c.837", &st, &fd, &p->e));
	place_drop(p, "c.837", "first and more");
	assert_int_equal(source_copy(fd, &st, to, &p->e), -EAGAIN);
	close(fd);
	close(to);
}

/* x12d may read the outbox but not remove from it: nothing is kept then. */
static void
failed_removal_takes_the_copy_back(void **state)
{
	struct place *p = *state, *far;
	struct store_id id = id_of(NOW);

	if (geteuid() == 0) {
		print_message("SKIPPED: nothing is forbidden to root\n");
		skip();
	}
	far = far_outbox(p);
	place_drop(p, "c.837", "ISA");
	assert_int_equal(fchmod(p->outbox, 0500), 0);
	assert_refused(p, "c.837", -EACCES);
	assert_int_equal(fchmod(p->outbox, 0700), 0);
	assert_ok(p, adopt(p, &id, "c.837"));
	place_free(far);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_sqlite, teardown)
int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWINS(adopt_refuses_what_is_not_a_lone_regular_file)
		TWINS(adopt_waits_for_who_is_still_writing)
		TWINS(adopt_takes_odd_names_and_empty_files)
		cmocka_unit_test(modes_keep_others_out_whatever_the_umask),
		TEST(adopted_file_is_read_only),
		TEST(leftovers_of_writers_are_cleared_at_open),
		TEST(planted_links_are_not_followed),
		TEST(adopt_copies_across_file_systems),
		TEST(interrupted_copy_is_finished),
		TEST(hidden_name_is_removed_or_given_back),
		TEST(removal_spares_a_file_that_took_the_name),
		TEST(copy_notices_that_the_file_changed),
		TEST(failed_removal_takes_the_copy_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
