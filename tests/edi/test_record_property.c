/* SPDX-License-Identifier: ISC */
/*
 * For every kind of record, interchanges that its guide allows, made at random
 * (tests/support/generate.h): all of their records can be written, and what
 * was written says the same. PROPERTY_RUNS: how many of each kind, 200.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/record/batch.h"
#include "edi/record/out.h"
#include "tests/support/generate.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX = 64 << 20, LINES = 4096 };

static struct guides *guides;
static struct record_kinds *kinds;

struct trip {
	struct walk *walk;
	struct buf records, x12, refused;
	struct delimiters delimiters;
};

/* ---- X12 to records ----------------------------------------------------- */

static void
on_interchange(void *ctx, const struct scan_interchange *i)
{
	((struct trip *)ctx)->delimiters = i->delimiters;
}

static void
on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct trip *)ctx)->walk, s);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct trip *)ctx)->walk, s, ordinal);
}

static void
on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct trip *)ctx)->walk, s);
}

/* Without `source`, which tells the place and not the claim. */
static int
on_line(void *ctx, struct slice line, struct err *e)
{
	struct trip *t = ctx;
	const char *from = memmem(line.p, line.n, "\"source\":{", 10);
	const char *to = (const char *)memchr(from, '}', line.n) + 2;

	(void)e;
	buf_add(&t->records, line.p, (size_t)(from - line.p));
	buf_add(&t->records, to, (size_t)(line.p + line.n - to));
	return 0;
}

static void
to_records(struct trip *t, struct slice x12)
{
	static const struct scan_ops ops = { .on_interchange = on_interchange,
		.on_set = on_set, .on_segment = on_segment,
		.on_set_end = on_set_end };
	struct scan *s = scan_new(&ops, t);
	struct record_out *o;
	struct err e = ERR_NONE;

	assert_non_null(s);
	t->walk = walk_new(s, guides, NULL);
	o = record_out_new(s, t->walk, kinds, on_line, t);
	assert_non_null(o);
	scan_feed(s, x12.p, x12.n);
	assert_int_equal(scan_finish(s), SCAN_COMPLETE);
	assert_int_equal(record_out_error(o, &e), 0);
	record_out_free(o);
	walk_free(t->walk);
	scan_free(s);
}

/* ---- and back ----------------------------------------------------------- */

static int
on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	buf_add_slice(&((struct trip *)ctx)->x12, bytes);
	return 0;
}

static void
on_refused(void *ctx, uint64_t line, const struct record_fault *f)
{
	buf_addf(&((struct trip *)ctx)->refused, "%u: %s: %s [%s]\n",
	    (unsigned)line, f->field, f->text, f->name ? f->name : "");
}

/* In the delimiters it came with: the data may hold the usual ones. */
static void
to_x12(struct trip *t)
{
	static const struct record_batch_ops ops = { .on_bytes = on_bytes,
		.on_refused = on_refused };
	const struct inspection_settings checks = { .guides = guides,
		.snip = 1 << 1 | 1 << 2 };
	const struct record_batch_options o = {
		.isa = { .sender = "CLINICA", .receiver = "PAYERX",
			.date = "20260131", .time = "1805", .control = 1,
			.usage = 'T' },
		.sender = "CLINICA", .receiver = "PAYERX", .time = "1805",
		.group = 1, .delimiters = t->delimiters, .suffix = "" };
	struct record_batch *b = record_batch_new(kinds, &checks, &o, &ops,
	    t);
	struct slice rest = buf_slice(&t->records);
	struct err e = ERR_NONE;

	assert_non_null(b);
	for (uint64_t n = 1; rest.n > 0; n++) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t len = (size_t)(end - rest.p);

		assert_int_equal(record_batch_line(b, slice(rest.p, len), n,
		    &e), 0);
		rest = slice(rest.p + len + 1, rest.n - len - 1);
	}
	assert_int_equal(record_batch_finish(b, &e), 0);
	record_batch_free(b);
}

/* ---- the same? ---------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Records that share a level come together: their order may change. */
static void
sort_lines(struct buf *b)
{
	char *line[LINES], *copy = strdup(buf_str(b)), *save;
	unsigned n = 0;

	assert_non_null(copy);
	for (char *p = strtok_r(copy, "\n", &save); p;
	    p = strtok_r(NULL, "\n", &save)) {
		assert_true(n < LINES);
		line[n++] = p;
	}
	qsort(line, n, sizeof(*line), compare);
	buf_reset(b);
	for (unsigned i = 0; i < n; i++)
		buf_addf(b, "%s\n", line[i]);
	free(copy);
}

static void
one(const struct record_kind *k, uint64_t seed)
{
	struct buf made;
	struct trip there = { .walk = NULL }, back = { .walk = NULL };
	struct trip *const trips[2] = { &there, &back };

	buf_init(&made, MAX);
	for (int i = 0; i < 2; i++) {
		buf_init(&trips[i]->records, MAX);
		buf_init(&trips[i]->x12, MAX);
		buf_init(&trips[i]->refused, MAX);
	}
	assert_true(generate(&made, k->guide, seed));
	to_records(&there, buf_slice(&made));
	to_x12(&there);
	if (there.refused.n > 0)
		fail_msg("%s %u: %s\n%s\n%s", k->name, (unsigned)seed,
		    buf_str(&there.refused), buf_str(&there.records),
		    buf_str(&made));
	to_records(&back, buf_slice(&there.x12));
	sort_lines(&there.records);
	sort_lines(&back.records);
	if (!slice_eq(buf_slice(&there.records), buf_slice(&back.records)))
		fail_msg("%s %u:\n%s\n%s\n%s", k->name, (unsigned)seed,
		    buf_str(&made), buf_str(&there.records),
		    buf_str(&back.records));
	buf_free(&made);
	for (int i = 0; i < 2; i++) {
		buf_free(&trips[i]->records);
		buf_free(&trips[i]->x12);
		buf_free(&trips[i]->refused);
	}
}

static void
what_a_guide_allows_comes_back_from_its_records(void **state)
{
	const char *runs = getenv("PROPERTY_RUNS"), *only = getenv("PROPERTY");
	unsigned n = runs ? (unsigned)atoi(runs) : 200;
	struct err e = ERR_NONE;

	(void)state;
	for (unsigned i = 0; record_kind_name(i); i++) {
		const struct record_kind *k = record_kind_named(kinds,
		    slice_str(record_kind_name(i)), &e);

		assert_non_null(k);
		if (only && strcmp(only, k->name) != 0)
			continue;
		for (unsigned seed = 1; seed <= n; seed++)
			one(k, seed);
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
		cmocka_unit_test(
		    what_a_guide_allows_comes_back_from_its_records),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
