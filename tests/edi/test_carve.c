/* SPDX-License-Identifier: ISC */
/*
 * Files of claims in two, byte for byte: golden folders tests/data/carve/NAME
 * with input.x12 and expect.carve. Both parts are read back and inspected, so
 * an expectation also says that they are in order, or what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/carve.h"
#include "edi/inspection.h"
#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>

static struct inspection_settings settings;

struct run {
	struct inspection *inspection;
	struct carve *carve;
	struct buf *to;               /* segments and findings, or NULL */
	uint32_t claims, rejects;
	struct buf part[CARVE_PARTS];
	const uint32_t *take;         /* claims to go all the same */
	size_t take_count;
	uint64_t skip;                /* pass 2: leave out this segment */
};

/* ---- pass 1, and the inspection of a part ------------------------------- */

static void
run_on_interchange(void *ctx, const struct scan_interchange *i)
{
	carve_on_interchange(((struct run *)ctx)->carve, i);
}

static void
run_on_group(void *ctx, const struct scan_group *g)
{
	carve_on_group(((struct run *)ctx)->carve, g);
}

static void
run_on_set(void *ctx, const struct scan_set *set)
{
	carve_on_set(((struct run *)ctx)->carve, set);
}

static void
run_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	carve_on_segment(((struct run *)ctx)->carve, s, ordinal);
}

static void
run_on_finding(void *ctx, const struct finding *f)
{
	carve_on_finding(((struct run *)ctx)->carve, f);
}

static void
run_on_set_end(void *ctx, const struct scan_set *set)
{
	carve_on_set_end(((struct run *)ctx)->carve, set);
}

static const struct scan_ops judge_ops = {
	.on_interchange = run_on_interchange, .on_group = run_on_group,
	.on_set = run_on_set, .on_segment = run_on_segment,
	.on_finding = run_on_finding, .on_left_out = run_on_finding,
	.on_set_end = run_on_set_end,
};

static enum scan_framing
feed(struct scan *s, const char *p, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece)
		scan_feed(s, p + at, piece < n - at ? piece : n - at);
	return scan_finish(s);
}

static enum carve_verdict
judge(struct run *r, const char *p, size_t n, size_t piece)
{
	enum scan_framing framing;
	enum carve_verdict v;

	r->inspection = inspection_new(&settings, &judge_ops, NULL, r);
	assert_non_null(r->inspection);
	r->carve = carve_new(inspection_walk(r->inspection));
	assert_non_null(r->carve);
	carve_take(r->carve, r->take, r->take_count);
	framing = feed(inspection_scan(r->inspection), p, n, piece);
	v = carve_verdict(r->carve);
	inspection_free(r->inspection);
	return framing == SCAN_COMPLETE ? v : CARVE_UNSURE;
}

/* ---- pass 2 ------------------------------------------------------------- */

static void
write_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct run *r = ctx;

	if (r->skip == 0 || r->skip-- > 1)
		carve_write(r->carve, s, ordinal);
}

static int
write_on_bytes(void *ctx, enum carve_part part, struct slice bytes,
    struct err *e)
{
	struct run *r = ctx;

	(void)e;
	assert_true(buf_add_slice(&r->part[part], bytes));
	return 0;
}

static int
split(struct run *r, carve_on_bytes *on, const char *p, size_t n,
    size_t piece, struct err *e)
{
	static const struct scan_ops ops = { .on_segment = write_on_segment };
	struct scan *s = scan_new(&ops, r);
	int rc;

	assert_non_null(s);
	for (unsigned i = 0; i < CARVE_PARTS; i++)
		buf_init(&r->part[i], 64 << 20);
	carve_begin(r->carve, on, r);
	feed(s, p, n, piece);
	rc = carve_finish(r->carve, e);
	scan_free(s);
	return rc;
}

static void
run_free(struct run *r)
{
	for (unsigned i = 0; i < CARVE_PARTS; i++)
		buf_free(&r->part[i]);
	carve_free(r->carve);
}

/* ---- a part as it reads, whatever its delimiters ------------------------ */

static void
show_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct run *r = ctx;
	const struct delimiters *d = s->delimiters;

	(void)ordinal;
	buf_add_slice(r->to, segment_id(s));
	for (unsigned i = 1; i <= s->count; i++) {
		struct slice v = segment_element(s, i);

		buf_add_char(r->to, '*');
		for (size_t k = 0; k < v.n; k++)
			buf_add_char(r->to, v.p[k] == d->component ? ':' :
			    v.p[k] == d->repetition ? '^' : v.p[k]);
	}
	buf_add_char(r->to, '\n');
}

static void
show_on_finding(void *ctx, const struct finding *f)
{
	struct run *r = ctx;
	char text[700];

	if (f->severity != SEVERITY_REJECT)
		return;
	r->rejects++;
	finding_text(f, text, sizeof(text));
	buf_addf(r->to, "! %s\n", text);
}

static void
show_on_record(void *ctx, const struct index_record *x)
{
	((struct run *)ctx)->claims += x->kind == INDEX_CLAIM;
}

static void
show(struct buf *to, const char *title, struct buf *part, uint32_t claims)
{
	static const struct scan_ops ops = {
		.on_segment = show_on_segment, .on_finding = show_on_finding };
	struct run r = { .to = to };
	enum scan_framing framing;

	buf_addf(to, "== %s: %u claims\n", title, claims);
	r.inspection = inspection_new(&settings, &ops, show_on_record, &r);
	assert_non_null(r.inspection);
	framing = feed(inspection_scan(r.inspection), part->p, part->n,
	    part->n ? part->n : 1);
	inspection_free(r.inspection);
	assert_int_equal(framing, SCAN_COMPLETE);
	assert_int_equal(r.claims, claims);
	/* The first is to go on, the second is to be corrected. */
	assert_true((r.rejects > 0) == (strcmp(title, "bad") == 0));
}

static void
make(struct buf *to, const char *p, size_t n, size_t piece)
{
	static const char *const verdicts[] = { "clean", "split", "all",
	    "unsure" };
	struct run r = { .skip = 0 };
	enum carve_verdict v = judge(&r, p, n, piece);
	struct err e = ERR_NONE;

	buf_addf(to, "%s\n", verdicts[v]);
	if (v == CARVE_SPLIT) {
		assert_int_equal(split(&r, write_on_bytes, p, n, piece, &e), 0);
		show(to, "rest", &r.part[CARVE_REST],
		    carve_claims(r.carve, CARVE_REST));
		show(to, "bad", &r.part[CARVE_BAD],
		    carve_claims(r.carve, CARVE_BAD));
	}
	run_free(&r);
}

static void
golden_cases(void **state)
{
	(void)state;
	golden_run("carve", "carve", make);
}

/* ---- what files cannot say ---------------------------------------------- */

static char *
load(const char *name, size_t *n)
{
	char path[200], *bytes;
	struct err e;

	snprintf(path, sizeof(path), "tests/data/carve/%s/input.x12", name);
	if (io_slurp(path, 1 << 20, &bytes, n, &e) < 0)
		fail_msg("%s", e.text);
	return bytes;
}

static void
other_bytes_in_the_second_pass_are_an_error(void **state)
{
	struct run r = { .skip = 1 };
	struct err e = ERR_NONE;
	size_t n;
	char *p = load("one_of_three", &n);

	(void)state;
	assert_int_equal(judge(&r, p, n, n), CARVE_SPLIT);
	assert_int_equal(split(&r, write_on_bytes, p, n, n, &e), -EBADMSG);
	assert_true(strlen(e.text) > 0);
	run_free(&r);
	free(p);
}

static int
full_on_bytes(void *ctx, enum carve_part part, struct slice bytes,
    struct err *e)
{
	struct run *r = ctx;

	assert_int_equal(r->part[part].n, 0);
	assert_true(buf_add_slice(&r->part[part], bytes));
	return err_set(e, -ENOSPC, "full");
}

static void
failure_to_write_ends_it(void **state)
{
	struct run r = { .skip = 0 };
	struct err e = ERR_NONE;
	size_t n;
	char *p = load("one_of_three", &n);

	(void)state;
	assert_int_equal(judge(&r, p, n, n), CARVE_SPLIT);
	assert_int_equal(split(&r, full_on_bytes, p, n, n, &e), -ENOSPC);
	assert_string_equal(e.text, "full");
	/* The second part was not even begun. */
	assert_true(r.part[CARVE_REST].n > 0);
	assert_int_equal(r.part[CARVE_BAD].n, 0);
	run_free(&r);
	free(p);
}

/* ---- claims that are asked for ------------------------------------------ */

static const struct take_row {
	const char *name;
	uint32_t take[3];
	size_t n;
	enum carve_verdict verdict;
	uint32_t rest, bad, taken;
} take_rows[] = {
	{ "clean", { 0 }, 0, CARVE_CLEAN, 1, 0, 0 },
	{ "clean", { 1 }, 1, CARVE_ALL, 0, 1, 1 },
	{ "clean", { 2 }, 1, CARVE_UNSURE, 1, 0, 0 },
	{ "clean", { 0 }, 1, CARVE_UNSURE, 1, 0, 0 },
	/* The second is bad by itself. */
	{ "one_of_three", { 3 }, 1, CARVE_SPLIT, 1, 2, 1 },
	{ "one_of_three", { 2 }, 1, CARVE_SPLIT, 2, 1, 0 },
	{ "one_of_three", { 1, 3 }, 2, CARVE_ALL, 0, 3, 2 },
	{ "one_of_three", { 1, 4 }, 2, CARVE_UNSURE, 1, 2, 1 },
	/* Ordinals go on from set to set, from interchange to interchange. */
	{ "two_sets", { 1, 3, 4 }, 3, CARVE_SPLIT, 1, 3, 1 },
	{ "two_interchanges", { 1 }, 1, CARVE_SPLIT, 1, 2, 0 },
	{ "two_interchanges", { 2 }, 1, CARVE_ALL, 0, 3, 1 },
	/* One that was bad goes with its set, where all of that is bad. */
	{ "level_below_another", { 1 }, 1, CARVE_SPLIT, 1, 5, 0 },
	{ "level_below_another", { 1, 6 }, 2, CARVE_ALL, 0, 6, 1 },
};

static void
claims_that_are_asked_for_go_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(take_rows) / sizeof(*take_rows); i++) {
		const struct take_row *t = &take_rows[i];
		struct run r = { .take = t->take, .take_count = t->n };
		size_t n;
		char *p = load(t->name, &n);

		print_message("row %zu, %s\n", i, t->name);
		assert_int_equal(judge(&r, p, n, n), t->verdict);
		if (t->verdict != CARVE_UNSURE) {
			assert_int_equal(carve_claims(r.carve, CARVE_REST),
			    t->rest);
			assert_int_equal(carve_claims(r.carve, CARVE_BAD),
			    t->bad);
			assert_int_equal(carve_taken(r.carve), t->taken);
		}
		run_free(&r);
		free(p);
	}
}

/* Both parts of a file without a fault are in order, and hold what they say. */
static void
asked_for_alone_is_in_order(void **state)
{
	static const uint32_t second[] = { 2 };
	struct run r = { .take = second, .take_count = 1 };
	struct err e = ERR_NONE;
	struct buf text;
	size_t n;
	char *p = load("two_good_claims", &n);

	(void)state;
	assert_int_equal(judge(&r, p, n, n), CARVE_SPLIT);
	assert_int_equal(split(&r, write_on_bytes, p, n, n, &e), 0);
	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < CARVE_PARTS; i++)
		show(&text, "rest", &r.part[i], 1);
	assert_non_null(memmem(text.p, text.n, "CLM*A-1*", 8));
	assert_non_null(memmem(text.p, text.n, "CLM*A-2*", 8));
	assert_non_null(memmem(r.part[CARVE_BAD].p, r.part[CARVE_BAD].n,
	    "CLM*A-2*", 8));
	buf_free(&text);
	run_free(&r);
	free(p);
}

/* ---- more findings than are listed -------------------------------------- */

enum { MANY = 3 * (SCAN_FINDINGS_MAX + 500) };

static void
add_claim(struct buf *b, unsigned i)
{
	unsigned charge = i % 3 == 1 ? 126 : 125;

	buf_addf(b, "HL*%u*1*22*0~SBR*P*18*******CI~", i + 1);
	buf_addf(b, "NM1*IL*1*MOCK*SAMPLE****MI*MEM%05u~N3*2 MADEUP LANE~"
	    "N4*NOWHERE*OH*440010001~DMG*D8*19640102*F~"
	    "NM1*PR*2*IMAGINARY HEALTH PLAN*****PI*99999~", i);
	buf_addf(b, "CLM*C-%u*%u***11:B:1*Y*A*Y*Y~HI*ABK:J020~LX*1~"
	    "SV1*HC:99213*125*UN*1***1~DTP*472*D8*20261102~", i, charge);
}

/* More findings than are listed: no bad claim is forgotten. */
static void
there_is_no_limit_to_bad_claims(void **state)
{
	struct run r = { .skip = 0 };
	struct err e = ERR_NONE;
	struct buf x12, text;

	(void)state;
	buf_init(&x12, 16 << 20);
	buf_init(&text, 64 << 20);
	buf_add_str(&x12, "ISA*00*          *00*          *ZZ*SAMPLECLINIC   "
	    "*ZZ*WHOEVER        *261120*0915*^*00501*000000001*0*T*:~"
	    "GS*HC*SAMPLECLINIC*WHOEVER*20261120*0915*1*X*005010X222A1~"
	    "ST*837*0001*005010X222A1~BHT*0019*00*B*20261120*0915*CH~"
	    "NM1*41*2*SAMPLE BILLING CO*****46*SUB001~"
	    "PER*IC*HELP DESK*TE*5555550100~"
	    "NM1*40*2*IMAGINARY HEALTH PLAN*****46*99999~HL*1**20*1~"
	    "NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 EXAMPLE ROAD~"
	    "N4*NOWHERE*OH*440010001~REF*EI*000000001~");
	for (unsigned i = 1; i <= MANY; i++)
		add_claim(&x12, i);
	buf_addf(&x12, "SE*%u*0001~GE*1*1~IEA*1*000000001~", MANY * 12 + 11);
	assert_false(x12.failed);
	assert_int_equal(judge(&r, x12.p, x12.n, x12.n), CARVE_SPLIT);
	assert_int_equal(carve_claims(r.carve, CARVE_BAD), MANY / 3);
	assert_int_equal(carve_claims(r.carve, CARVE_REST), MANY / 3 * 2);
	assert_int_equal(split(&r, write_on_bytes, x12.p, x12.n, x12.n, &e),
	    0);
	show(&text, "rest", &r.part[CARVE_REST], MANY / 3 * 2);
	show(&text, "bad", &r.part[CARVE_BAD], MANY / 3);
	run_free(&r);
	buf_free(&text);
	buf_free(&x12);
}

/* Without a walk nobody knows which claim a finding speaks of. */
static void
nothing_is_guessed_without_guides(void **state)
{
	struct carve *c = carve_new(NULL);
	const struct finding_def *def = &finding_defs[FINDING_CODE_INVALID];
	struct scan_set set = { .ordinal = 1, .id = "837" };

	(void)state;
	assert_non_null(c);
	carve_on_interchange(c, &(struct scan_interchange){ .ordinal = 1 });
	carve_on_group(c, &(struct scan_group){ .ordinal = 1 });
	carve_on_set(c, &set);
	carve_on_finding(c, &(struct finding){ .def = def, .claim = 1,
	    .segment = 20, .severity = SEVERITY_REJECT, .id = "CLM" });
	set.segments = 40;
	carve_on_set_end(c, &set);
	assert_int_equal(carve_verdict(c), CARVE_UNSURE);
	carve_free(c);
}

static int
setup(void **state)
{
	struct rules *rules = rules_new();
	struct err e = ERR_NONE;

	(void)state;
	settings.guides = guides_new();
	settings.codes = codes_open(NULL, &e);
	settings.rules = rules;
	return settings.guides && settings.codes && rules &&
	    rules_load_builtin(rules, &e) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	codes_close((struct codes *)(uintptr_t)settings.codes);
	rules_free(settings.rules);
	guides_free(settings.guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_cases),
		cmocka_unit_test(other_bytes_in_the_second_pass_are_an_error),
		cmocka_unit_test(failure_to_write_ends_it),
		cmocka_unit_test(claims_that_are_asked_for_go_too),
		cmocka_unit_test(asked_for_alone_is_in_order),
		cmocka_unit_test(there_is_no_limit_to_bad_claims),
		cmocka_unit_test(nothing_is_guessed_without_guides),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
