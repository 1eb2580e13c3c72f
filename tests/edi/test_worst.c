/* SPDX-License-Identifier: ISC */
/*
 * Files of endless bad things, and ten times longer ones: findings and output
 * grow no more than the file, memory hardly at all. `make bench` shows that
 * time does not, either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/scan.h"
#include "tests/support/worst.h"

enum {
	FEW = 600, MANY = 10 * FEW,
	LISTED = SCAN_FINDINGS_MAX + 10,  /* those of the envelope beside */
	CONSTANT = 4 << 20,               /* of memory */
	EACH = 1024,                      /* of memory, a level or claim */
};

/* What a claim alone may take: records hold all of one claim. */
static uint64_t
memory_max(const struct worst_work *k, unsigned n)
{
	return CONSTANT + (uint64_t)n * EACH *
	    (strcmp(k->name, "records") == 0 ? 4 : 1);
}

static void
look(const struct worst_case *c, const struct worst_work *k,
    const struct worst_result *few, const struct worst_result *many)
{
	uint64_t all = few->findings + few->left_out;

	if (few->framing == SCAN_COMPLETE && strcmp(c->name, "element") != 0)
		assert_int_equal(many->framing, SCAN_COMPLETE);
	/* A limit of the guide is passed once: so a tenth more than ten. */
	assert_true(many->findings + many->left_out <= 11 * all + 10);
	assert_true(many->bytes <= 10 * few->bytes + CONSTANT);
	assert_true(many->memory <= memory_max(k, MANY));
	if (strcmp(k->name, "carve") != 0)
		assert_true(many->findings <= LISTED);
}

static void
nothing_grows_faster_than_the_file(void **state)
{
	struct worst *w = *state;

	for (const struct worst_case *c = worst_cases; c->name; c++)
		for (const struct worst_work *k = worst_works; k->name; k++) {
			struct worst_result few, many;
			struct buf x12;

			worst_make(c, FEW, &x12);
			assert_true(k->run(w, buf_slice(&x12), &few));
			buf_free(&x12);
			worst_make(c, MANY, &x12);
			assert_true(k->run(w, buf_slice(&x12), &many));
			buf_free(&x12);
			print_message("%s of %s: %llu findings, %llu more, "
			    "%llu bytes of memory\n", k->name, c->what,
			    (unsigned long long)many.findings,
			    (unsigned long long)many.left_out,
			    (unsigned long long)many.memory);
			look(c, k, &few, &many);
		}
}

/* Each bad thing is counted, though only the first of them are listed. */
static void
what_is_left_out_is_counted(void **state)
{
	static const char *const names[] = { "hi", "unknown", "lost-hl" };
	struct worst *w = *state;

	for (const struct worst_case *c = worst_cases; c->name; c++)
		for (unsigned i = 0; i < 3; i++) {
			struct worst_result r;
			struct buf x12;

			if (strcmp(c->name, names[i]) != 0)
				continue;
			worst_make(c, MANY, &x12);
			assert_true(worst_works[0].run(w, buf_slice(&x12),
			    &r));
			assert_true(r.findings + r.left_out >= MANY);
			assert_int_equal(r.claims, 1);
			buf_free(&x12);
		}
}

static void
every_other_claim_is_taken_out(void **state)
{
	struct worst *w = *state;
	const struct worst_case *c = worst_cases;
	const struct worst_work *k = worst_works;
	struct worst_result r;
	struct buf x12;

	while (strcmp(c->name, "claims") != 0)
		c++;
	while (strcmp(k->name, "carve") != 0)
		k++;
	worst_make(c, MANY, &x12);
	assert_true(k->run(w, buf_slice(&x12), &r));
	assert_int_equal(r.claims, MANY / 2);
	assert_in_range(r.bytes, x12.n, x12.n + x12.n / 4);
	buf_free(&x12);
}

static int
setup(void **state)
{
	static struct worst w;

	*state = &w;
	return worst_open(&w) ? 0 : -1;
}

static int
teardown(void **state)
{
	worst_close(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_grows_faster_than_the_file),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(every_other_claim_is_taken_out),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
