/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/record/out.h"
#include "edi/record/schema.h"
#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>

static struct guides *guides;
static struct record_kinds *kinds;

/* ---- golden cases -------------------------------------------------------- */

static void
out_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(*(struct walk **)ctx, s);
}

static void
out_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(*(struct walk **)ctx, s, ordinal);
}

static void
out_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(*(struct walk **)ctx, s);
}

static int
out_on_line(void *ctx, struct slice line, struct err *e)
{
	(void)e;
	buf_add_slice(ctx, line);
	return 0;
}

static void
make_records(struct buf *to, const char *p, size_t n, size_t piece)
{
	static const struct scan_ops ops = { .on_set = out_on_set,
		.on_segment = out_on_segment, .on_set_end = out_on_set_end };
	struct walk *w = NULL;
	struct scan *s = scan_new(&ops, &w);
	struct record_out *o;
	struct record_out_counts counts;
	struct err e = ERR_NONE;

	assert_non_null(s);
	w = walk_new(s, guides, NULL);
	assert_non_null(w);
	o = record_out_new(s, w, kinds, out_on_line, to);
	assert_non_null(o);
	for (size_t at = 0; at < n; at += piece)
		scan_feed(s, p + at, piece < n - at ? piece : n - at);
	buf_addf(to, "%s", scan_finish(s) == SCAN_COMPLETE ? "" : "cut\n");
	assert_int_equal(record_out_error(o, &e), 0);
	counts = record_out_counts(o);
	buf_addf(to, "records %u, others %u, skipped %u\n",
	    (unsigned)counts.records, (unsigned)counts.others,
	    (unsigned)counts.skipped);
	record_out_free(o);
	walk_free(w);
	scan_free(s);
}

static void
golden_records(void **state)
{
	(void)state;
	golden_run("records", "records", make_records);
}

/* What is valid has a name, all of it. */
static void
every_valid_set_says_all_without_other(void **state)
{
	(void)state;
	for (unsigned i = 0; record_kind_name(i); i++) {
		char path[64], *text;
		struct err e = ERR_NONE;
		struct buf to;
		size_t n;

		snprintf(path, sizeof(path), "tests/data/guides/valid_%s/"
		    "input.x12", record_kind_name(i));
		for (char *p = path; *p; p++)
			*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
		assert_int_equal(io_slurp(path, 1 << 20, &text, &n, &e), 0);
		buf_init(&to, 16 << 20);
		make_records(&to, text, n, n);
		assert_non_null(strstr(buf_str(&to), "others 0, skipped 0"));
		assert_null(strstr(buf_str(&to), "records 0"));
		free(text);
		buf_free(&to);
	}
}

/* ---- kinds -------------------------------------------------------------- */

static void
every_kind_loads_and_names_all_of_its_guide(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	assert_non_null(record_kind_name(0));
	for (unsigned i = 0; record_kind_name(i); i++) {
		const struct record_kind *k = record_kind_named(kinds,
		    slice_str(record_kind_name(i)), &e);

		if (!k)
			fail_msg("%s", e.text);
		assert_ptr_equal(record_kind_of(kinds, k->guide, &e), k);
	}
	assert_null(record_kind_named(kinds, SLICE_LIT("999"), &e));
	assert_int_equal(e.code, 0);
}

/* make schemas has been run. */
static void
assert_published(const char *folder, const char *name, const char *suffix,
    void (*make)(struct buf *to, const struct record_kind *k))
{
	struct err e = ERR_NONE;
	char path[64], *text = NULL;
	struct buf to;
	size_t n;

	snprintf(path, sizeof(path), "docs/%s/%s%s", folder, name, suffix);
	buf_init(&to, 16 << 20);
	make(&to, record_kind_named(kinds, slice_str(name), &e));
	assert_int_equal(io_slurp(path, 16 << 20, &text, &n, &e), 0);
	/* After a table comes an example, which tests/schemas checks. */
	if (n > to.n && *suffix == '.' && suffix[1] == 'm')
		n = to.n;
	if (!slice_eq(buf_slice(&to), slice(text, n)))
		fail_msg("%s is out of date: run `make schemas`", path);
	free(text);
	buf_free(&to);
}

static void
schemas_and_tables_are_published(void **state)
{
	(void)state;
	for (unsigned i = 0; record_kind_name(i); i++) {
		assert_published("schemas", record_kind_name(i),
		    ".schema.json", record_schema);
		assert_published("records", record_kind_name(i), ".md",
		    record_table);
	}
}

static int
setup(void **state)
{
	(void)state;
	guides = guides_new();
	kinds = guides ? record_kinds_new(guides) : NULL;
	return kinds ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	record_kinds_free(kinds);
	guides_free(guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_loads_and_names_all_of_its_guide),
		cmocka_unit_test(schemas_and_tables_are_published),
		cmocka_unit_test(every_valid_set_says_all_without_other),
		cmocka_unit_test(golden_records),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
