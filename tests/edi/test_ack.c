/* SPDX-License-Identifier: ISC */
/*
 * Acknowledgements byte for byte: golden folders tests/data/ack/NAME with
 * input.x12 and expect.ack. BLESS=1 in the environment rewrites the
 * expectations for review. Findings come from the scan and from the rows of
 * a case: what a guide would say of a segment, claim or line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "edi/ack.h"
#include "edi/index.h"
#include "edi/inspection.h"

#include <stdio.h>
#include <stdlib.h>

#define ACK(...) { __VA_ARGS__ }

static const struct finding_def too_long = { "too_long", 1, SEVERITY_REJECT,
	ACK(.ik403 = "5", .stc = "A7:562:85"), "too long", NULL };
static const struct finding_def bad_code = { "bad_code", 2, SEVERITY_REJECT,
	ACK(.ik403 = "7", .stc = "A7:507"), "no such code", NULL };
static const struct finding_def bad_character = { "bad_character", 1,
	SEVERITY_REJECT, ACK(.ik403 = "6"), "no such character", NULL };
static const struct finding_def missing = { "missing", 2, SEVERITY_REJECT,
	ACK(.ik304 = "3"), "a segment is missing", NULL };
static const struct finding_def due = { "due", 4, SEVERITY_REJECT,
	ACK(.ik304 = "I6"), "a segment is due", NULL };
static const struct finding_def unbalanced = { "unbalanced", 3,
	SEVERITY_REJECT, ACK(.stc = "A7:400"), "does not add up", NULL };
static const struct finding_def odd = { "odd", 2, SEVERITY_WARNING,
	ACK(.ik403 = "I12"), "looks odd", NULL };

/* What is reported when the scan is at a segment, before the ack sees it. */
struct row {
	uint32_t set, at;            /* ordinals: of the set, of the segment */
	const struct finding_def *def;
	uint8_t element, component;
	uint16_t repeat, number;
	const char *loop, *value;
	uint32_t claim, segment;     /* when they are not those of `at` */
	struct finding_trigger trigger;
};

struct test {
	const char *name;
	bool claims;
	enum ack_when ta1, functional;
	enum ack_fate fate;
	uint32_t apart;              /* ACK_APART: the claims up to there go */
	const char *ta105;
	bool foreign;                /* AK101, AK201: of no set of HIPAA */
	uint32_t times;              /* report each row so often; 0: once */
	struct row rows[8];
};

struct run {
	const struct test *test;
	struct scan *scan;
	struct ack *ack;
	struct buf text;
	uint64_t numbers[2];
	uint32_t sets, findings;
};

static void
on_interchange(void *ctx, const struct scan_interchange *i)
{
	ack_on_interchange(((struct run *)ctx)->ack, i);
}

static void
on_interchange_end(void *ctx, const struct scan_interchange *i)
{
	ack_on_interchange_end(((struct run *)ctx)->ack, i);
}

static void
on_group(void *ctx, const struct scan_group *g)
{
	ack_on_group(((struct run *)ctx)->ack, g);
}

static void
on_group_end(void *ctx, const struct scan_group *g)
{
	ack_on_group_end(((struct run *)ctx)->ack, g);
}

static void
on_set(void *ctx, const struct scan_set *set)
{
	((struct run *)ctx)->sets++;
	ack_on_set(((struct run *)ctx)->ack, set);
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	ack_on_set_end(((struct run *)ctx)->ack, set);
}

static void
report(struct run *x, const struct row *r, const struct segment *s)
{
	struct finding f = { .element = r->element, .component = r->component,
		.repeat = r->repeat, .element_number = r->number,
		.claim = r->claim, .segment = r->segment,
		.trigger = r->trigger };

	if (r->segment)
		memcpy(f.id, "CLM", 4);
	else if (r->def == &missing || r->def == &due)
		memcpy(f.id, "DTP", 4), f.segment = r->at;
	snprintf(f.loop, sizeof(f.loop), "%s", r->loop ? r->loop : "");
	f.value = r->value ? slice_str(r->value) :
	    segment_element(s, r->element);
	scan_report(x->scan, r->def, &f);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct run *x = ctx;

	for (unsigned i = 0; i < 8 && x->test->rows[i].def; i++)
		if (ordinal > 0 && x->test->rows[i].set == x->sets &&
		    x->test->rows[i].at == ordinal)
			for (uint32_t n = 0; n <= x->test->times; n++)
				report(x, &x->test->rows[i], s);
	ack_on_segment(x->ack, s, ordinal);
}

static void
on_finding(void *ctx, const struct finding *f)
{
	struct run *x = ctx;

	x->findings++;
	ack_on_finding(x->ack, f);
}

static const struct scan_ops scan_ops = {
	.on_interchange = on_interchange,
	.on_interchange_end = on_interchange_end,
	.on_group = on_group, .on_group_end = on_group_end,
	.on_set = on_set, .on_set_end = on_set_end,
	.on_segment = on_segment, .on_finding = on_finding,
};

static uint64_t
next_number(void *ctx, enum ack_number which)
{
	return 1000 * (which + 1) + ++((struct run *)ctx)->numbers[which];
}

static void
on_ack(void *ctx, enum ack_kind kind, struct slice bytes)
{
	(void)kind;
	buf_add_slice(&((struct run *)ctx)->text, bytes);
}

static void
on_claim(void *ctx, struct ack_claim *c)
{
	const struct test *t = ((struct run *)ctx)->test;

	if (t->fate == ACK_APART && c->ordinal > t->apart)
		ack_claim_say(c, "A7:164:IL");
	if (!c->rejected)
		snprintf(c->payer_claim, sizeof(c->payer_claim), "PAYER%u",
		    c->ordinal);
}

static const struct ack_ops ack_ops = {
	.next_number = next_number, .on_ack = on_ack, .on_claim = on_claim,
};

static const char *
run(struct run *x, const struct test *t, struct slice input, size_t step,
    size_t bytes_max)
{
	struct ack_options o = { .ta1 = t->ta1, .functional = t->functional,
		.claims = t->claims, .date = "20260107", .time = "081500",
		.fate = t->fate, .ta105 = t->ta105,
		.source_entity = t->fate ? "AY" : NULL,
		.bytes_max = bytes_max, .source_name = "HERON HEALTH PLAN",
		.source_id = "HERON" };

	memset(x, 0, sizeof(*x));
	x->test = t;
	buf_init(&x->text, 1 << 22);
	x->scan = scan_new(&scan_ops, x);
	x->ack = ack_new(x->scan, &o, &ack_ops, x);
	assert_true(x->scan && x->ack);
	for (size_t at = 0; at < input.n; at += step)
		scan_feed(x->scan, input.p + at,
		    input.n - at < step ? input.n - at : step);
	scan_finish(x->scan);
	return buf_str(&x->text);
}

static void
run_end(struct run *x)
{
	ack_free(x->ack);
	scan_free(x->scan);
	buf_free(&x->text);
}

static const struct test tests[] = {
	{ .name = "accepted", .claims = true, .ta1 = ACK_ALWAYS },
	{ .name = "partial", .claims = false, .ta1 = ACK_ALWAYS, .rows = {
	    { .set = 1, .at = 30, .def = &too_long, .element = 1,
	      .component = 2, .number = 234, .loop = "2400" },
	    { .set = 1, .at = 30, .def = &bad_code, .element = 4,
	      .repeat = 2, .number = 380, .loop = "2400", .value = "SIX" },
	    { .set = 1, .at = 30, .def = &bad_character, .element = 3,
	      .number = 355, .loop = "2400", .value = "\x01" },
	    { .set = 1, .at = 31, .def = &due, .loop = "2300",
	      .trigger = { 21, "CLM", "2300", 5, 1, 0 } },
	    { .set = 1, .at = 15, .def = &missing, .loop = "2010BA" },
	    { .set = 1, .at = 21, .def = &odd, .element = 1, .number = 1028,
	      .loop = "2300" } } },
	{ .name = "claims", .claims = true, .rows = {
	    /* Found with the CLM that ends the first claim. */
	    { .set = 1, .at = 29, .def = &unbalanced, .element = 2,
	      .number = 782, .loop = "2300", .value = "", .claim = 1,
	      .segment = 19 },
	    { .set = 1, .at = 38, .def = &bad_code, .element = 1,
	      .component = 2, .number = 234, .loop = "2400", .claim = 2 },
	    { .set = 1, .at = 52, .def = &bad_code, .element = 1,
	      .component = 1, .loop = "2300" },
	    { .set = 2, .at = 2, .def = &odd, .element = 3, .number = 127 } } },
	/* A claim's reject that comes when the claim was judged: the set's. */
	{ .name = "late", .claims = true, .rows = {
	    { .set = 1, .at = 31, .def = &unbalanced, .element = 2,
	      .number = 782, .loop = "2300", .value = "", .claim = 1,
	      .segment = 19 } } },
	{ .name = "institutional", .claims = true, .rows = {
	    { .set = 1, .at = 29, .def = &bad_code, .element = 1,
	      .number = 234, .loop = "2400", .claim = 1 } } },
	{ .name = "dental", .claims = true },
	{ .name = "ta1_rejected", .claims = true },
	{ .name = "group_rejected", .claims = true },
	{ .name = "set_rejected", .claims = true },
	{ .name = "legacy_997", .rows = {
	    { .set = 1, .at = 3, .def = &bad_code, .element = 9,
	      .component = 1, .repeat = 3, .number = 67, .loop = "1000A" },
	    { .set = 1, .at = 4, .def = &due, .loop = "1000B",
	      .trigger = { 3, "NM1", "1000A", 9, 0, 0 } } } },
	{ .name = "acknowledgements", .claims = true, .ta1 = ACK_ALWAYS },
	{ .name = "on_error", .functional = ACK_ON_ERROR, .ta1 = ACK_ON_ERROR },
	{ .name = "delimiters", .claims = true, .ta1 = ACK_ALWAYS },
	{ .name = "segment_without_id", .foreign = true },
	{ .name = "truncated", .claims = true },
	/* Nothing of the file goes, though most of it is in order. */
	{ .name = "refused_claims", .claims = true, .fate = ACK_REFUSED,
	  .ta1 = ACK_ALWAYS, .rows = {
	    { .set = 1, .at = 38, .def = &bad_code, .element = 1,
	      .component = 2, .number = 234, .loop = "2400", .claim = 2 } } },
	{ .name = "refused_sets", .fate = ACK_REFUSED, .rows = {
	    { .set = 1, .at = 38, .def = &bad_code, .element = 1,
	      .component = 2, .number = 234, .loop = "2400", .claim = 2 } } },
	/* A subscriber's fault, which takes the claims below it out. */
	{ .name = "apart_claims", .claims = true, .fate = ACK_APART,
	  .apart = 1, .rows = {
	    { .set = 1, .at = 15, .def = &missing, .loop = "2010BA" } } },
	{ .name = "apart_sets", .fate = ACK_APART, .apart = 1, .rows = {
	    { .set = 1, .at = 15, .def = &missing, .loop = "2010BA" } } },
	{ .name = "duplicate", .claims = true, .ta105 = "025",
	  .functional = ACK_NEVER, .ta1 = ACK_ON_REJECT },
	{ .name = "not_asked", .functional = ACK_ON_REJECT,
	  .ta1 = ACK_IF_ASKED },
};
enum { TESTS = sizeof(tests) / sizeof(tests[0]) };

static struct slice
slurp(const char *name, const char *file)
{
	char path[128], *text;
	size_t n;

	snprintf(path, sizeof(path), "tests/data/ack/%s/%s", name, file);
	assert_int_equal(io_slurp(path, 1 << 20, &text, &n, NULL), 0);
	return slice(text, n);
}

static void
ack_writes_what_the_golden_files_say(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TESTS; i++) {
		struct slice input = slurp(tests[i].name, "input.x12"), expect;
		struct run x;
		const char *text = run(&x, &tests[i], input, input.n, 0);
		char path[128];

		snprintf(path, sizeof(path), "tests/data/ack/%s/expect.ack",
		    tests[i].name);
		if (getenv("BLESS"))
			assert_int_equal(io_replace(path, slice_str(text), 0644,
			    NULL), 0);
		expect = slurp(tests[i].name, "expect.ack");
		assert_string_equal(text, expect.p);
		assert_int_equal(ack_error(x.ack, NULL), 0);
		run_end(&x);
		free((char *)input.p);
		free((char *)expect.p);
	}
}

static void
ack_is_the_same_byte_by_byte(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TESTS; i++) {
		struct slice input = slurp(tests[i].name, "input.x12");
		struct run whole, bytes;
		const char *a = run(&whole, &tests[i], input, input.n, 0);
		const char *b = run(&bytes, &tests[i], input, 1, 0);

		assert_string_equal(a, b);
		run_end(&whole);
		run_end(&bytes);
		free((char *)input.p);
	}
}

/* An acknowledgement of an acknowledgement is nothing, and has no faults. */
static void
ack_scans_without_findings_and_is_not_acknowledged(void **state)
{
	static const struct test again = { .claims = true, .ta1 = ACK_ALWAYS };

	(void)state;
	for (unsigned i = 0; i < TESTS; i++) {
		struct slice input = slurp(tests[i].name, "input.x12");
		struct run x, y;
		const char *text = run(&x, &tests[i], input, input.n, 0);

		assert_string_equal(run(&y, &again, slice_str(text), 4096, 0),
		    "");
		if (text[0] != '\0')
			assert_int_equal(y.findings, 0);
		run_end(&x);
		run_end(&y);
		free((char *)input.p);
	}
}

static void
no_finding(void *ctx, const struct finding *f)
{
	(void)ctx;
	/* There is no guide of 4010. */
	if (strcmp(f->def->name, "guide_unknown") != 0)
		fail_msg("%s at %s", f->def->name, f->id);
}

static void
ack_is_valid_by_its_guide(void **state)
{
	static const struct scan_ops ops = { .on_finding = no_finding };
	struct inspection_settings s = { .guides = guides_new(),
		.rules = rules_new() };

	(void)state;
	s.codes = codes_open(NULL, NULL);
	assert_int_equal(rules_load_builtin(s.rules, NULL), 0);
	for (unsigned i = 0; i < TESTS; i++) {
		struct slice text = slurp(tests[i].name, "expect.ack");
		struct inspection *x = inspection_new(&s, &ops, NULL, NULL);

		if (text.n > 0 && !tests[i].foreign) {
			scan_feed(inspection_scan(x), text.p, text.n);
			assert_int_equal(scan_finish(inspection_scan(x)),
			    SCAN_COMPLETE);
		}
		inspection_free(x);
		free((char *)text.p);
	}
	codes_close((struct codes *)s.codes);
	rules_free(s.rules);
	guides_free(s.guides);
}

/* QTY and AMT of every level add up to its claims. */
static void
on_record(void *ctx, const struct index_record *r)
{
	struct { uint32_t accepted, refused; int64_t amount; } *sum = ctx;

	if (r->kind == INDEX_277_BATCH) {
		sum->accepted += r->accepted;
		sum->refused += r->refused;
		sum->amount += r->amount;
	} else if (strcmp(r->set_id, "277") == 0) {
		assert_int_equal(sum->accepted + sum->refused, r->included);
		assert_int_equal(sum->amount, r->amount);
		memset(sum, 0, sizeof(*sum));
	}
}

static struct index *counted;

static void
count_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	(void)ctx;
	index_on_segment(counted, s, ordinal);
}

static void
count_set_end(void *ctx, const struct scan_set *set)
{
	(void)ctx;
	index_on_set_end(counted, set);
}

static void
ack_277ca_totals_add_up(void **state)
{
	static const struct scan_ops ops = { .on_segment = count_segment,
		.on_set_end = count_set_end };
	struct { uint32_t accepted, refused; int64_t amount; } sum = { 0 };

	(void)state;
	for (unsigned i = 0; i < TESTS; i++) {
		struct slice input = slurp(tests[i].name, "input.x12");
		struct run x;
		const char *text = run(&x, &tests[i], input, input.n, 0);
		struct scan *s = scan_new(&ops, NULL);

		counted = index_new(s, (struct index_sink){ on_record, &sum });
		index_want(counted, 1u << INDEX_277_BATCH | 1u << INDEX_SET);
		scan_feed(s, text, strlen(text));
		scan_finish(s);
		index_free(counted);
		scan_free(s);
		run_end(&x);
		free((char *)input.p);
	}
}

static void
ack_over_its_bound_is_an_error_and_no_answer(void **state)
{
	struct slice input = slurp("accepted", "input.x12");
	struct err e = ERR_NONE;
	struct run x;
	const char *text = run(&x, &tests[0], input, input.n, 250);

	(void)state;
	assert_null(strstr(text, "ST*999"));
	assert_null(strstr(text, "ST*277"));
	assert_int_equal(ack_error(x.ack, &e), -EFBIG);
	assert_true(e.text[0] != '\0');
	run_end(&x);
	free((char *)input.p);
}

/* More findings than are kept: the listed ones stop, the verdicts do not. */
static void
ack_keeps_the_verdict_of_findings_it_does_not_list(void **state)
{
	struct test t = { .claims = true };
	struct slice input = slurp("accepted", "input.x12");
	struct run x = { .test = &t };
	struct ack_options o = { .claims = true, .date = "20260107",
		.time = "0815", .findings_max = 1 };
	const char *text;

	(void)state;
	t.rows[0] = (struct row){ .set = 1, .at = 22, .def = &odd,
		.element = 1 };
	t.rows[1] = (struct row){ .set = 1, .at = 31, .def = &bad_code,
		.element = 1, .claim = 2 };
	buf_init(&x.text, 1 << 20);
	x.scan = scan_new(&scan_ops, &x);
	x.ack = ack_new(x.scan, &o, &ack_ops, &x);
	scan_feed(x.scan, input.p, input.n);
	scan_finish(x.scan);
	text = buf_str(&x.text);
	assert_non_null(strstr(text, "IK5*E*I5~"));
	assert_null(strstr(text, "IK403*7"));
	assert_non_null(strstr(text, "STC*A7:507*20260107*U*"));
	run_end(&x);
	free((char *)input.p);
}

/* Of warnings alone a set is accepted, be there ever so many of them. */
static void
ack_of_more_warnings_than_the_scan_lists_accepts(void **state)
{
	struct test t = { .times = SCAN_FINDINGS_MAX + 10, .rows = {
	    { .set = 1, .at = 22, .def = &odd, .element = 1 },
	    { .set = 1, .at = 31, .def = &bad_code, .element = 1,
	      .claim = 2 } } };
	struct slice input = slurp("accepted", "input.x12");

	(void)state;
	for (int rejects = 1; rejects >= 0; rejects--) {
		struct run x;
		const char *text;

		if (!rejects)
			t.rows[1].def = NULL;
		text = run(&x, &t, input, input.n, 0);
		assert_non_null(strstr(text, rejects ? "IK5*R" : "IK5*E"));
		assert_null(strstr(text, rejects ? "IK5*E" : "IK5*R"));
		run_end(&x);
	}
	free((char *)input.p);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(ack_writes_what_the_golden_files_say),
		cmocka_unit_test(ack_is_the_same_byte_by_byte),
		cmocka_unit_test(
		    ack_scans_without_findings_and_is_not_acknowledged),
		cmocka_unit_test(ack_is_valid_by_its_guide),
		cmocka_unit_test(ack_277ca_totals_add_up),
		cmocka_unit_test(ack_over_its_bound_is_an_error_and_no_answer),
		cmocka_unit_test(
		    ack_keeps_the_verdict_of_findings_it_does_not_list),
		cmocka_unit_test(
		    ack_of_more_warnings_than_the_scan_lists_accepts),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
