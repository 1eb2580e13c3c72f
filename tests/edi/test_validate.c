/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/validate.h"
#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct run {
	struct walk *walk;
	struct buf *to;
	unsigned findings, rejects;
};

static void
run_on_set(void *ctx, const struct scan_set *set)
{
	walk_on_set(((struct run *)ctx)->walk, set);
}

static void
run_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct run *)ctx)->walk, s, ordinal);
}

static void
run_on_set_end(void *ctx, const struct scan_set *set)
{
	walk_on_set_end(((struct run *)ctx)->walk, set);
}

static void
run_on_finding(void *ctx, const struct finding *f)
{
	struct run *r = ctx;
	char text[700];

	r->findings++;
	r->rejects += f->severity == SEVERITY_REJECT;
	finding_text(f, text, sizeof(text));
	if (r->to)
		buf_addf(r->to, "%s%s\n", text, f->claim ? " *" : "");
}

static enum scan_framing
run(struct run *r, struct guides *g, const char *p, size_t n, size_t piece)
{
	static const struct scan_ops ops = {
		.on_set = run_on_set, .on_segment = run_on_segment,
		.on_set_end = run_on_set_end, .on_finding = run_on_finding,
	};
	struct scan *s = scan_new(&ops, r);
	struct validator *v;
	enum scan_framing framing;

	assert_non_null(s);
	r->walk = walk_new(s, g, NULL);
	assert_non_null(r->walk);
	v = validator_new(r->walk);
	assert_non_null(v);
	for (size_t at = 0; at < n; at += piece)
		scan_feed(s, p + at, piece < n - at ? piece : n - at);
	framing = scan_finish(s);
	validator_free(v);
	walk_free(r->walk);
	scan_free(s);
	return framing;
}

/* ---- golden cases ------------------------------------------------------- */

static struct guides *guides;

static void
make_findings(struct buf *to, const char *p, size_t n, size_t piece)
{
	struct run r = { .to = to };

	buf_addf(to, "%s\n", scan_framing_text(run(&r, guides, p, n, piece)));
}

static void
validate_findings_are_as_expected(void **state)
{
	(void)state;
	golden_run("guides", "findings", make_findings);
}

static void
validate_every_finding_of_a_guide_has_a_case(void **state)
{
	(void)state;
	for (unsigned i = FINDING_GUIDE_UNKNOWN;
	    i <= FINDING_ADJUSTMENT_GROUP_SPLIT; i++) {
		char name[80];

		snprintf(name, sizeof(name), "[%s,", finding_defs[i].name);
		if (golden_count("guides", "findings", name) == 0)
			fail_msg("no case of %s", name);
	}
}

/* ---- one interchange after another -------------------------------------- */

static unsigned
findings_in(struct slice first, struct slice second)
{
	struct run r = { 0 };
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add(&text, first.p, first.n);
	buf_add(&text, second.p, second.n);
	assert_false(text.failed);
	run(&r, guides, text.p, text.n, text.n);
	buf_free(&text);
	return r.findings;
}

/* The same bytes are no composite when something else divides components. */
static void
validate_forgets_composites_with_their_separators(void **state)
{
	struct slice good, other, none = slice(NULL, 0);
	struct err e = { 0 };
	char *text, *copy;
	size_t n;
	unsigned alone, twice;

	(void)state;
	assert_int_equal(io_slurp("tests/data/guides/valid_837p/input.x12",
	    1 << 20, &text, &n, &e), 0);
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, text, n);
	assert_int_equal(copy[104], ':');
	copy[104] = '>';
	good = slice(text, n);
	other = slice(copy, n);
	assert_int_equal(findings_in(good, none), 0);
	alone = findings_in(other, none);
	assert_true(alone > 0);
	/* That their control numbers are the same. */
	twice = findings_in(good, good);
	assert_int_equal(findings_in(good, other), alone + twice);
	assert_int_equal(findings_in(other, good), alone + twice);
	free(copy);
	free(text);
}

/* ---- bounds ------------------------------------------------------------- */

#define HEAD "ISA*00*          *00*          *ZZ*SENDER         " \
	"*ZZ*RECEIVER       *260131*1805*^*00501*000000001*0*T*:~" \
	"GS*HC*SENDER*RECEIVER*20260131*1805*1*X*005010X222A1~" \
	"ST*837*0001*005010X222A1~" \
	"BHT*0019*00*B1*20260131*1805*CH~"

static double
seconds_for(const char *segment, unsigned times, unsigned *findings)
{
	struct run r = { 0 };
	struct timespec a, b;
	struct buf text;

	buf_init(&text, 64 << 20);
	buf_add_str(&text, HEAD);
	for (unsigned i = 0; i < times; i++)
		buf_add_str(&text, segment);
	assert_false(text.failed);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	run(&r, guides, text.p, text.n, 65536);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	buf_free(&text);
	*findings = r.findings;
	return (double)(b.tv_sec - a.tv_sec) +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Twice ten times as many take ten times as long, give or take. */
static void
validate_takes_linear_time_for_bad_segments(void **state)
{
	static const char *const segments[] = {
		"HI*XX:1*YY:2*ZZ:3~", "HL*7*7*99*1~", "NM1*??*1~", "QQQ*1~",
		"CLM*A*1***11:B:1*Y*A*Y*Y~", "REF*@@*1~", "LX*0~SV1*~",
		"N4*A::::*^^^^^^*:~", "HL*1**20*1~HL*2*1*22*0~",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++) {
		unsigned few, many;
		double small = seconds_for(segments[i], 5000, &few);
		double large = seconds_for(segments[i], 50000, &many);

		assert_true(few > 0 && few < 2 * SCAN_FINDINGS_MAX);
		assert_true(many < 2 * SCAN_FINDINGS_MAX);
		if (large > 40 * small + 0.2)
			fail_msg("%s: %f s, ten times as many %f s",
			    segments[i], small, large);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validate_findings_are_as_expected),
		cmocka_unit_test(validate_every_finding_of_a_guide_has_a_case),
		cmocka_unit_test(
		    validate_forgets_composites_with_their_separators),
		cmocka_unit_test(validate_takes_linear_time_for_bad_segments),
	};
	int rc;

	guides = guides_new();
	rc = guides ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	guides_free(guides);
	return rc;
}
