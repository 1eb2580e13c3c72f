/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/manifest.h"

struct seen {
	unsigned interchanges, groups, records, findings;
	struct index_record last;
	struct manifest_finding finding;
};

static void
seen_on_interchange(void *ctx, const struct scan_interchange *i)
{
	((struct seen *)ctx)->interchanges += i->ordinal == 1;
}

static void
seen_on_group(void *ctx, const struct manifest_group *g)
{
	((struct seen *)ctx)->groups += g->group.control == 77;
}

static void
seen_on_record(void *ctx, const struct index_record *r)
{
	struct seen *s = ctx;

	s->records++;
	s->last = *r;
}

static void
seen_on_finding(void *ctx, const struct manifest_finding *f)
{
	struct seen *s = ctx;

	s->findings++;
	s->finding = *f;
}

static int
seen_read(int fd, struct seen *s, struct manifest_end *end)
{
	struct manifest_sink sink = { seen_on_interchange, seen_on_group,
	    seen_on_record, seen_on_finding, s };
	struct err e = ERR_NONE;
	int rc = manifest_read(fd, &sink, end, &e);

	assert_true((rc < 0) == (e.code < 0));
	return rc;
}

static int
manifest_file(void)
{
	int fd = memfd_create("manifest", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* One of each, and `records` claims. */
static void
manifest_fill(int fd, unsigned records, bool ended)
{
	struct manifest_writer *w = manifest_writer_new(fd);
	struct scan_interchange i = { .ordinal = 1, .closed = true };
	struct manifest_group g = { .interchange = 1,
	    .group = { .control = 77 } };
	struct index_record r = { .kind = INDEX_CLAIM };
	struct manifest_finding f = { .name = "bad_count",
	    .severity = SEVERITY_REJECT };
	struct manifest_end end = { .framing = SCAN_COMPLETE, .size = 99,
	    .claims = records };
	struct err e = ERR_NONE;

	assert_non_null(w);
	for (r.ordinal = 1; r.ordinal <= records; r.ordinal++)
		manifest_write(w, MANIFEST_RECORD, &r);
	manifest_write(w, MANIFEST_FINDING, &f);
	manifest_write(w, MANIFEST_GROUP, &g);
	manifest_write(w, MANIFEST_INTERCHANGE, &i);
	if (ended)
		manifest_write(w, MANIFEST_END, &end);
	assert_int_equal(manifest_writer_finish(w, &e), 0);
	manifest_writer_free(w);
}

static void
manifest_gives_back_what_was_written(void **state)
{
	struct seen s = { 0 };
	struct manifest_end end = { 0 };
	int fd = manifest_file();

	(void)state;
	manifest_fill(fd, 5000, true);
	assert_int_equal(seen_read(fd, &s, &end), 0);
	assert_int_equal(s.interchanges, 1);
	assert_int_equal(s.groups, 1);
	assert_int_equal(s.records, 5000);
	assert_int_equal(s.last.ordinal, 5000);
	assert_int_equal(s.findings, 1);
	assert_string_equal(s.finding.name, "bad_count");
	assert_int_equal(end.claims, 5000);
	assert_int_equal(end.size, 99);
	close(fd);
}

static void
manifest_written_again_replaces_the_first(void **state)
{
	struct seen s = { 0 };
	struct manifest_end end = { 0 };
	int fd = manifest_file();

	(void)state;
	manifest_fill(fd, 1000, false);
	manifest_fill(fd, 3, true);
	assert_int_equal(seen_read(fd, &s, &end), 0);
	assert_int_equal(s.records, 3);
	close(fd);
}

static void
manifest_without_its_end_counts_for_nothing(void **state)
{
	struct manifest_end end;
	struct seen s = { 0 };
	int fd = manifest_file();

	(void)state;
	assert_int_equal(seen_read(fd, &s, &end), -EBADMSG);
	manifest_fill(fd, 2, false);
	assert_int_equal(seen_read(fd, &s, &end), -EBADMSG);
	close(fd);
}

static void
manifest_cut_anywhere_is_refused(void **state)
{
	struct manifest_end end;
	struct seen s = { 0 };
	struct stat st;
	int fd = manifest_file();

	(void)state;
	manifest_fill(fd, 1, true);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t n = st.st_size - 1; n >= 0; n--) {
		assert_int_equal(ftruncate(fd, n), 0);
		assert_int_equal(seen_read(fd, &s, &end), -EBADMSG);
	}
	close(fd);
}

static void
manifest_with_bytes_after_its_end_is_refused(void **state)
{
	struct manifest_end end;
	struct seen s = { 0 };
	struct stat st;
	int fd = manifest_file();

	(void)state;
	manifest_fill(fd, 1, true);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, "x", 1, st.st_size), 1);
	assert_int_equal(seen_read(fd, &s, &end), -EBADMSG);
	close(fd);
}

/* Records that would be dangerous to touch: each is refused. */
static void
manifest_damaged_record_is_refused(void **state)
{
	static const struct { size_t at; unsigned char byte; } bad[] = {
		{ 0, 0 }, { 0, 6 }, { 0, 255 },               /* kind */
		{ 4, 1 },                                     /* length */
		{ 8 + offsetof(struct index_record, kind), 0 },
		{ 8 + offsetof(struct index_record, kind), INDEX_SET + 1 },
	};
	struct manifest_end end;
	struct seen s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = manifest_file();

		manifest_fill(fd, 1, true);
		assert_int_equal(pwrite(fd, &bad[i].byte, 1,
		    (off_t)bad[i].at), 1);
		assert_int_equal(seen_read(fd, &s, &end), -EBADMSG);
		assert_int_equal(s.records, 0);
		close(fd);
	}
}

static void
manifest_string_without_an_end_is_refused(void **state)
{
	char full[INDEX_ID];
	struct manifest_end end;
	struct seen s = { 0 };
	int fd = manifest_file();

	(void)state;
	memset(full, 'x', sizeof(full));
	manifest_fill(fd, 1, true);
	assert_int_equal(pwrite(fd, full, sizeof(full),
	    8 + offsetof(struct index_record, claim)), sizeof(full));
	assert_int_equal(seen_read(fd, &s, &end), -EBADMSG);
	close(fd);
}

static void
manifest_writer_says_that_the_disk_failed(void **state)
{
	struct manifest_end end = { 0 };
	struct err e = ERR_NONE;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct manifest_writer *w = manifest_writer_new(fd);

	(void)state;
	assert_true(fd >= 0);
	assert_non_null(w);
	manifest_write(w, MANIFEST_END, &end);
	assert_int_equal(manifest_writer_finish(w, &e), -ENOSPC);
	assert_int_equal(e.code, -ENOSPC);
	manifest_writer_free(w);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_gives_back_what_was_written),
		cmocka_unit_test(manifest_written_again_replaces_the_first),
		cmocka_unit_test(manifest_without_its_end_counts_for_nothing),
		cmocka_unit_test(manifest_cut_anywhere_is_refused),
		cmocka_unit_test(manifest_with_bytes_after_its_end_is_refused),
		cmocka_unit_test(manifest_damaged_record_is_refused),
		cmocka_unit_test(manifest_string_without_an_end_is_refused),
		cmocka_unit_test(manifest_writer_says_that_the_disk_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
