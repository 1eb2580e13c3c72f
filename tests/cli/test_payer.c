/* SPDX-License-Identifier: ISC */
/*
 * The simulated payer: its configuration, what it remembers, what it answers.
 * Answers are compared whole with tests/data/payer/NAME/expect.answers; rules
 * are in NAME/payer.conf, the file is NAME/input.x12. BLESS=1 rewrites them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "cli/layers.h"
#include "cli/payer_answer.h"
#include "edi/index.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- a directory of the test's own -------------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
setup(void **state)
{
	char *dir = strdup("/tmp/x12-payer-test-XXXXXX");

	*state = dir ? mkdtemp(dir) : NULL;
	return *state ? 0 : -1;
}

static int
teardown(void **state)
{
	nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return 0;
}

/* ---- configuration ------------------------------------------------------ */

static int
load(const char *dir, const char *text, struct payer_config *c, struct err *e)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/payer.conf", dir);
	assert_int_equal(io_replace(path, slice_str(text), 0600, NULL), 0);
	return payer_config_load(c, path, e);
}

#define NEEDED "inbound: in\noutbound: out\nstate: state\n"

static void
payer_config_takes_every_kind_of_value(void **state)
{
	struct payer_config c;
	struct err e = ERR_NONE;

	assert_int_equal(load(*state, NEEDED
	    "# a comment\n\n"
	    "answers: 835, ta1   # the order counts\n"
	    "delay_999: 250\nconsume: leave\npay_percent: 50\n"
	    "plb_amount: -1.50\nreject_ta1_every: 3\n"
	    "reject_277ca_amount: 66.6\nwrong_pairing: 277ca 999\n"
	    "one_277ca_per_claim: yes\n", &c, &e), 0);
	assert_int_equal(c.answer_count, 2);
	assert_int_equal(c.answers[0], PAYER_835);
	assert_int_equal(c.answers[1], PAYER_TA1);
	assert_int_equal(c.delay[PAYER_999], 250);
	assert_int_equal(c.consume, PAYER_LEAVE);
	assert_int_equal(c.plb_amount, -150);
	assert_true(payer_rule_strikes(&c.reject_ta1, 6, 0));
	assert_false(payer_rule_strikes(&c.reject_ta1, 7, 0));
	assert_true(payer_rule_strikes(&c.reject_277ca, 1, 6660));
	assert_false(payer_rule_strikes(&c.reject_999, 1, 0));
	assert_int_equal(c.wrong_pairing, 1u << PAYER_277CA | 1u << PAYER_999);
	assert_true(c.one_277ca_per_claim);
	assert_string_equal(c.reject_277ca_status, "A7:562:85");
}

static void
payer_config_tells_mistakes_with_their_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ NEEDED "delay_998: 1\n", "payer.conf:4: there is no key "
		    "delay_998; did you mean delay_999?" },
		{ NEEDED "pay_percent: 101\n", "payer.conf:4: pay_percent "
		    "must be a number" },
		{ NEEDED "answers: 997\n", "payer.conf:4: answers must list" },
		{ NEEDED "nonsense\n", "payer.conf:4: not key: value" },
		{ NEEDED "consume: eat\n", ":4: consume must be delete" },
		{ NEEDED "consume: move\n", "archive: is missing" },
		{ NEEDED "plb_amount: ten\n", ":4: plb_amount must be an" },
		{ NEEDED "pay_percent: 60\npatient_percent: 60\n",
		    "more than 100 together" },
		{ NEEDED "tax_id: 12\n", "tax_id must be 9 digits" },
		{ "inbound: in\noutbound: out\n", "state: is missing" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct payer_config c;
		struct err e = ERR_NONE;

		assert_int_equal(load(*state, rows[i].text, &c, &e), -EINVAL);
		if (!strstr(e.text, rows[i].says))
			fail_msg("row %zu says: %s", i, e.text);
	}
}

/* ---- the journal -------------------------------------------------------- */

static void
payer_state_remembers_after_a_restart(void **state)
{
	struct payer_counts counts = { 1, 2, 3 };
	uint64_t seen[] = { 11, 12 }, first, next;
	const struct payer_outcome paid = { .claim = 21, .verdict = 'P',
		.charge = 10050, .paid = 8040, .number = 3, .isa_control = 4,
		.payment = 1, .date = "20260108" };
	struct payer_outcome again;
	struct payer_state *s, *other;
	struct err e = ERR_NONE;

	assert_int_equal(payer_state_open(&s, *state, &e), 0);
	assert_int_equal(payer_state_number(s, PAYER_ISA13, &first, &e), 0);
	assert_int_equal(payer_state_record(s, &(struct payer_done){ .file = 7,
	    .interchanges = seen, .count = 2, .outcomes = &paid,
	    .outcome_count = 1, .counts = counts }, &e), 0);
	/* Two payers at a time would answer twice. */
	assert_true(payer_state_open(&other, *state, &e) < 0);
	payer_state_close(s);

	assert_int_equal(payer_state_open(&s, *state, &e), 0);
	assert_true(payer_state_is_done(s, 7));
	assert_false(payer_state_is_done(s, 8));
	assert_true(payer_state_is_seen(s, 12));
	assert_false(payer_state_is_seen(s, 7));
	assert_int_equal(payer_state_counts(s).claims, 3);
	assert_true(payer_state_claim(s, 21, &again));
	assert_int_equal(again.verdict, 'P');
	assert_int_equal(again.paid, 8040);
	assert_int_equal(again.number, 3);
	assert_string_equal(again.date, "20260108");
	assert_false(payer_state_claim(s, 22, &again));
	assert_int_equal(payer_state_number(s, PAYER_ISA13, &next, &e), 0);
	assert_true(next > first);
	payer_state_close(s);
}

/* Whatever a crash left of the last line is gone; facts before it stay. */
static void
payer_state_survives_a_cut_anywhere(void **state)
{
	static const char journal[] =
	    "n 0 101\ni b\nf 7 1 2 3\ni c\nf 8 2 4 6\n";
	char path[300];

	snprintf(path, sizeof(path), "%s/journal", (char *)*state);
	for (size_t n = 0; n <= sizeof(journal) - 1; n++) {
		struct payer_counts counts = { 9, 9, 9 };
		struct payer_state *s;
		struct err e = ERR_NONE;

		assert_int_equal(io_replace(path, slice(journal, n), 0600, &e),
		    0);
		assert_int_equal(payer_state_open(&s, *state, &e), 0);
		assert_int_equal(payer_state_is_done(s, 7), n >= 22);
		assert_int_equal(payer_state_is_seen(s, 12), n >= 26);
		assert_int_equal(payer_state_is_done(s, 8), n >= 36);
		assert_int_equal(payer_state_record(s, &(struct payer_done){
		    .file = 9, .counts = counts }, &e), 0);
		payer_state_close(s);
		assert_int_equal(payer_state_open(&s, *state, &e), 0);
		assert_true(payer_state_is_done(s, 9));
		payer_state_close(s);
	}
}

static void
payer_state_holds_many_keys(void **state)
{
	struct payer_counts counts = { 0 };
	struct payer_state *s;
	uint64_t keys[4000];
	struct err e = ERR_NONE;

	for (unsigned i = 0; i < 4000; i++)
		keys[i] = payer_key(PAYER_KEY, &i, sizeof(i));
	assert_int_equal(payer_state_open(&s, *state, &e), 0);
	assert_int_equal(payer_state_record(s, &(struct payer_done){ .file = 1,
	    .interchanges = keys, .count = 4000, .counts = counts }, &e), 0);
	payer_state_close(s);
	assert_int_equal(payer_state_open(&s, *state, &e), 0);
	for (unsigned i = 0; i < 4000; i++)
		assert_true(payer_state_is_seen(s, keys[i]));
	assert_false(payer_state_is_seen(s, 5));
	payer_state_close(s);
}

/* ---- answers ------------------------------------------------------------ */

struct run {
	struct buf text;
	unsigned answers[PAYER_KINDS], duplicates;
};

static void
on_answer(void *ctx, enum payer_kind kind, uint64_t number, struct slice bytes)
{
	struct run *x = ctx;

	x->answers[kind]++;
	buf_addf(&x->text, "== %s %u\n", payer_kind_text(kind),
	    (unsigned)number);
	buf_add_slice(&x->text, bytes);
}

static void
on_duplicate(void *ctx, const struct scan_interchange *i)
{
	(void)i;
	((struct run *)ctx)->duplicates++;
}

static void
on_acknowledged(void *ctx, const struct index_record *r)
{
	buf_addf(&((struct run *)ctx)->text, "== acknowledged by %s: %u %s\n",
	    r->kind == INDEX_TA1 ? "TA1" : "999", (unsigned)r->control,
	    r->status);
}

static void
on_refused(void *ctx, enum payer_kind kind, const struct payer_lines *l)
{
	buf_addf(&((struct run *)ctx)->text, "== refused %s: %s %s\n",
	    payer_kind_text(kind), l->fault.field, l->fault.text);
}

static struct slice
slurp(const char *name, const char *file)
{
	char path[128], *text;
	size_t n;

	snprintf(path, sizeof(path), "tests/data/payer/%s/%s", name, file);
	assert_int_equal(io_slurp(path, 1 << 20, &text, &n, NULL), 0);
	return slice(text, n);
}

static const char *
answer(struct run *x, struct payer_state *s, const char *name,
    struct payer_result *r)
{
	struct slice input = slurp(name, "input.x12");
	struct payer_config c;
	struct layers layers;
	struct err e = ERR_NONE;
	char path[128];
	struct payer_job job = { .state = s, .maker = { .config = &c,
		.date = "20260108", .time = "101500" },
		.on_answer = on_answer, .on_duplicate = on_duplicate,
		.on_acknowledged = on_acknowledged,
		.on_refused = on_refused, .ctx = x };

	snprintf(path, sizeof(path), "tests/data/payer/%s/payer.conf", name);
	assert_int_equal(payer_config_load(&c, path, &e), 0);
	payer_result_init(r);
	memset(x, 0, sizeof(*x));
	buf_init(&x->text, 1 << 20);
	assert_int_equal(layers_open(&layers,
	    &(struct layers_files){ NULL }, &e), 0);
	if (c.validate)
		job.checks = layers_settings(&layers);
	job.maker.checks = layers_settings(&layers);
	job.maker.kinds = record_kinds_new(layers.guides);
	assert_non_null(job.maker.kinds);
	assert_int_equal(payer_answer(&job, input, r, &e), 0);
	record_kinds_free(job.maker.kinds);
	layers_close(&layers);
	free((char *)input.p);
	return buf_str(&x->text);
}

static const char *const cases[] = { "plain", "denied", "refused", "faults",
	"each_claim", "institutional", "inquiries", "acknowledgements" };
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void
payer_answers_what_the_golden_files_say(void **state)
{
	for (unsigned i = 0; i < CASES; i++) {
		struct payer_result r;
		struct payer_state *s;
		struct slice expect;
		struct run x;
		char path[300];
		const char *text;

		snprintf(path, sizeof(path), "%s/%u", (char *)*state, i);
		assert_int_equal(payer_state_open(&s, path, NULL), 0);
		text = answer(&x, s, cases[i], &r);
		snprintf(path, sizeof(path), "tests/data/payer/%s/"
		    "expect.answers", cases[i]);
		if (getenv("BLESS"))
			assert_int_equal(io_replace(path, slice_str(text), 0644,
			    NULL), 0);
		expect = slurp(cases[i], "expect.answers");
		assert_string_equal(text, expect.p);
		assert_int_equal(x.duplicates, 0);
		free((char *)expect.p);
		buf_free(&x.text);
		payer_result_free(&r);
		payer_state_close(s);
	}
}

static void
payer_refuses_an_interchange_that_comes_again(void **state)
{
	struct payer_result r;
	struct payer_state *s;
	struct run x;
	const char *text;

	assert_int_equal(payer_state_open(&s, *state, NULL), 0);
	answer(&x, s, "plain", &r);
	assert_int_equal(x.duplicates, 0);
	buf_free(&x.text);
	assert_int_equal(payer_state_record(s, &(struct payer_done){ .file = 1,
	    .interchanges = r.seen.key, .count = r.seen.count,
	    .counts = r.counts }, NULL), 0);
	payer_result_free(&r);
	payer_state_close(s);
	assert_int_equal(payer_state_open(&s, *state, NULL), 0);
	text = answer(&x, s, "plain", &r);
	assert_int_equal(x.duplicates, 1);
	assert_int_equal(x.answers[PAYER_TA1], 1);
	assert_int_equal(x.answers[PAYER_999], 0);
	assert_int_equal(x.answers[PAYER_277CA], 0);
	assert_int_equal(x.answers[PAYER_835], 0);
	assert_non_null(strstr(text, "*R*025~"));
	buf_free(&x.text);
	payer_result_free(&r);
	payer_state_close(s);
}

/* ---- balance ------------------------------------------------------------ */

struct balance {
	int64_t payment, paid, provider;
	unsigned claims;
};

static void
on_record(void *ctx, const struct index_record *r)
{
	struct balance *b = ctx;
	int64_t left;

	switch (r->kind) {
	case INDEX_835_PAYMENT:
		b->payment = r->amount;
		b->paid = b->provider = 0;
		break;
	case INDEX_835_CLAIM:
		left = r->amount - r->paid;
		for (unsigned i = 0; i < INDEX_CAS; i++)
			left -= r->adjusted[i];
		assert_int_equal(left, 0);
		assert_int_equal(r->patient, r->adjusted[INDEX_PR]);
		b->paid += r->paid;
		b->claims++;
		break;
	case INDEX_835_PROVIDER:
		b->provider += r->amount;
		break;
	case INDEX_SET:
		if (strcmp(r->set_id, "835") == 0)
			assert_int_equal(b->paid - b->provider, b->payment);
		break;
	}
}

static void
no_finding(void *ctx, const struct finding *f)
{
	(void)ctx;
	fail_msg("%s: %s", f->def->name, f->detail);
}

static void
payer_answers_are_valid_and_balance(void **state)
{
	static const struct scan_ops ops = { .on_finding = no_finding };
	static const char *const sound[] = { "plain", "denied", "each_claim",
		"institutional", "inquiries" };
	struct balance b = { .claims = 0 };
	struct inspection_settings settings;
	struct layers layers;

	assert_int_equal(layers_open(&layers,
	    &(struct layers_files){ NULL }, NULL), 0);
	settings = layers_settings(&layers);
	for (unsigned i = 0; i < 5; i++) {
		struct payer_state *s;
		struct payer_result r;
		struct run x;
		char path[300];
		const char *text;

		snprintf(path, sizeof(path), "%s/%u", (char *)*state, i);
		assert_int_equal(payer_state_open(&s, path, NULL), 0);
		text = answer(&x, s, sound[i], &r);
		payer_state_close(s);
		for (const char *at = text; (at = strstr(at, "== ")); at++) {
			const char *from = strchr(at, '\n') + 1;
			const char *to = strstr(from, "== ");
			struct inspection *inspection = inspection_new(
			    &settings, &ops, on_record, &b);
			struct scan *scan = inspection_scan(inspection);

			scan_feed(scan, from, to ? (size_t)(to - from) :
			    strlen(from));
			assert_int_equal(scan_finish(scan), SCAN_COMPLETE);
			inspection_free(inspection);
		}
		buf_free(&x.text);
		payer_result_free(&r);
	}
	layers_close(&layers);
	assert_int_equal(b.claims, 3 + 6 + 3 + 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(payer_config_takes_every_kind_of_value),
		TEST(payer_config_tells_mistakes_with_their_line),
		TEST(payer_state_remembers_after_a_restart),
		TEST(payer_state_survives_a_cut_anywhere),
		TEST(payer_state_holds_many_keys),
		TEST(payer_answers_what_the_golden_files_say),
		TEST(payer_refuses_an_interchange_that_comes_again),
		TEST(payer_answers_are_valid_and_balance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
