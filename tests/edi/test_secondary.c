/* SPDX-License-Identifier: ISC */
/*
 * tests/data/secondary/CASE: claims.x12, remit.x12, perhaps payers.json, and
 * what comes of them: expect.x12, checked by all rules, and expect.said.
 * BLESS=1 in the environment writes the expectations anew, for review.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/record/batch.h"
#include "edi/record/out.h"
#include "edi/secondary.h"

#include <stdio.h>
#include <stdlib.h>

static struct guides *guides;
static struct rules *rules;
static struct codes *codes;
static struct record_kinds *kinds;

struct made {
	struct secondary *secondary;
	struct record_batch *batch;
	struct walk *walk;
	bool claims;
	struct buf x12, said;
};

static int
made_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	buf_add_slice(&((struct made *)ctx)->x12, bytes);
	return 0;
}

static void
made_on_refused(void *ctx, uint64_t line, const struct record_fault *f)
{
	buf_addf(&((struct made *)ctx)->said, "%u: %s: %s [%s]\n",
	    (unsigned)line, f->field, f->text, f->name ? f->name : "");
}

static int
made_on_record(void *ctx, uint32_t ordinal, struct slice record,
    struct err *e)
{
	return record_batch_line(((struct made *)ctx)->batch, record, ordinal,
	    e);
}

static void
made_on_none(void *ctx, uint32_t ordinal, bool refused, const char *why)
{
	buf_addf(&((struct made *)ctx)->said, "%u: %s: %s\n",
	    (unsigned)ordinal, refused ? "refused" : "none", why);
}

static void
made_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct made *)ctx)->walk, s);
}

static void
made_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct made *)ctx)->walk, s, ordinal);
}

static void
made_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct made *)ctx)->walk, s);
}

static int
made_on_line(void *ctx, struct slice line, struct err *e)
{
	struct made *m = ctx;

	return m->claims ? secondary_claim(m->secondary, line, e) :
	    secondary_decision(m->secondary, line, e);
}

static void
feed(struct made *m, struct slice x12, bool claims)
{
	static const struct scan_ops ops = { .on_set = made_on_set,
		.on_segment = made_on_segment,
		.on_set_end = made_on_set_end };
	struct scan *s = scan_new(&ops, m);
	struct record_out *o;
	struct err e = ERR_NONE;

	assert_non_null(s);
	m->claims = claims;
	m->walk = walk_new(s, guides, NULL);
	o = record_out_new(s, m->walk, kinds, made_on_line, m);
	assert_non_null(o);
	scan_feed(s, x12.p, x12.n);
	assert_int_equal(scan_finish(s), SCAN_COMPLETE);
	if (record_out_error(o, &e) < 0)
		fail_msg("%s", e.text);
	record_out_free(o);
	walk_free(m->walk);
	scan_free(s);
}

/* The claims for the next payer, into m->x12 and m->said. */
static void
make(struct made *m, const struct secondary_options *o, struct slice claims,
    struct slice remit, struct slice payers)
{
	static const struct secondary_ops ops = { made_on_record,
		made_on_none };
	static const struct record_batch_ops batch_ops = { made_on_bytes,
		made_on_refused, NULL };
	static const struct inspection_settings *checks;
	const struct inspection_settings all = { .guides = guides,
		.rules = rules, .codes = codes };
	const struct record_batch_options batch = {
		.isa = { .sender = "CLINICA", .receiver = "PAYERX",
			.date = "20260301", .time = "0800", .control = 43,
			.usage = 'T' },
		.sender = "CLINICA", .receiver = "PAYERX", .time = "0800",
		.group = 43, .delimiters = writer_default_delimiters,
		.suffix = "\n", .keep_case = true };
	struct err e = ERR_NONE;

	checks = &all;
	buf_reset(&m->x12);
	buf_reset(&m->said);
	m->secondary = secondary_new(kinds, o, &ops, m);
	m->batch = record_batch_new(kinds, checks, &batch, &batch_ops, m);
	assert_non_null(m->secondary);
	assert_non_null(m->batch);
	if (payers.n > 0)
		assert_int_equal(secondary_payer(m->secondary, payers, &e),
		    0);
	feed(m, claims, true);
	feed(m, remit, false);
	assert_int_equal(secondary_make(m->secondary, &e), 0);
	assert_int_equal(record_batch_finish(m->batch, &e), 0);
	record_batch_free(m->batch);
	secondary_free(m->secondary);
}

/* ---- files --------------------------------------------------------------- */

static const char *const cases[] = { "professional", "institutional",
	"dental", "tertiary", "odd" };

static struct slice
slurp(const char *name, const char *file)
{
	struct err e = ERR_NONE;
	char path[128], *text;
	size_t n;

	snprintf(path, sizeof(path), "tests/data/secondary/%s/%s", name,
	    file);
	if (io_slurp(path, 1 << 20, &text, &n, &e) < 0)
		return slice(NULL, 0);
	return slice(text, n);
}

static void
forget(struct slice s)
{
	free((char *)(uintptr_t)s.p);
}

static void
expect(const char *name, const char *file, struct buf *is)
{
	struct slice want = slurp(name, file);
	char path[128];
	FILE *f;

	if (getenv("BLESS")) {
		snprintf(path, sizeof(path), "tests/data/secondary/%s/%s",
		    name, file);
		f = fopen(path, "w");
		assert_non_null(f);
		fwrite(is->p, 1, is->n, f);
		assert_int_equal(fclose(f), 0);
	} else if (!slice_eq(want, buf_slice(is))) {
		fail_msg("%s/%s: is now\n%s", name, file, buf_str(is));
	}
	forget(want);
}

static void
the_next_payer_gets_what_the_first_decided(void **state)
{
	const struct secondary_options o = { .denied = false };
	struct made m = { .claims = false };

	(void)state;
	buf_init(&m.x12, 1 << 20);
	buf_init(&m.said, 1 << 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice claims = slurp(cases[i], "claims.x12");
		struct slice remit = slurp(cases[i], "remit.x12");
		struct slice payers = slurp(cases[i], "payers.json");

		assert_true(claims.n > 0 && remit.n > 0);
		make(&m, &o, claims, remit, payers);
		expect(cases[i], "expect.x12", &m.x12);
		expect(cases[i], "expect.said", &m.said);
		forget(claims);
		forget(remit);
		forget(payers);
	}
	buf_free(&m.x12);
	buf_free(&m.said);
}

/* ---- what is asked for, and what is given -------------------------------- */

struct given {
	struct made m;
	struct slice claims, remit;
};

static void
given_begin(struct given *g, const char *name)
{
	*g = (struct given){ .claims = slurp(name, "claims.x12"),
		.remit = slurp(name, "remit.x12") };
	buf_init(&g->m.x12, 1 << 20);
	buf_init(&g->m.said, 1 << 20);
}

static void
given_end(struct given *g)
{
	forget(g->claims);
	forget(g->remit);
	buf_free(&g->m.x12);
	buf_free(&g->m.said);
}

static bool
says(struct buf *b, const char *what)
{
	return strstr(buf_str(b), what) != NULL;
}

static void
denied_forwarded_and_settled_claims_only_when_asked_for(void **state)
{
	const struct secondary_options o = { true, true, true };
	struct given g;

	(void)state;
	given_begin(&g, "professional");
	make(&g.m, &o, g.claims, g.remit, slice(NULL, 0));
	assert_true(says(&g.m.x12, "CLM*SEC-3*"));
	assert_true(says(&g.m.x12, "CLM*SEC-6*"));
	assert_true(says(&g.m.x12, "CLM*SEC-9*"));
	assert_false(says(&g.m.said, "--denied"));
	given_end(&g);
}

/* That of all claims is for those that name nobody; that of one is first. */
static void
payers_are_given_for_a_claim_or_for_all(void **state)
{
	static const char all[] = "{\"coverage\":{\"sequence\":\"S\","
		"\"relationship\":\"18\"},\"benefits_assigned\":\"Y\","
		"\"release_of_information\":\"Y\",\"subscriber\":{"
		"\"last_name\":\"S\",\"first_name\":\"S\",\"id_type\":"
		"\"MI\",\"id\":\"NEXT1\"},\"payer\":{\"name\":\"NEXT\","
		"\"id_type\":\"PI\",\"id\":\"99999\"}}";
	const struct secondary_options o = { .denied = false };
	struct given g;
	struct buf one;

	(void)state;
	given_begin(&g, "professional");
	make(&g.m, &o, g.claims, g.remit, slice_str(all));
	assert_true(says(&g.m.x12, "NM1*PR*2*NEXT*****PI*99999~\nCLM*SEC-4*"));
	assert_false(says(&g.m.x12, "PI*99999~\nCLM*SEC-7*"));
	buf_init(&one, 4096);
	buf_addf(&one, "{\"claim\":\"SEC-7\",%s", all + 1);
	make(&g.m, &o, g.claims, g.remit, buf_slice(&one));
	assert_true(says(&g.m.x12, "PI*99999~\nCLM*SEC-7*"));
	assert_false(says(&g.m.x12, "CLM*SEC-4*"));
	make(&g.m, &o, g.claims, g.remit, SLICE_LIT("{\"payers\":1}"));
	assert_true(says(&g.m.said, "3: refused: what is said of its next "
	    "payer: claim.other_payers[0]: has a member"));
	buf_free(&one);
	given_end(&g);
}

/* Letters stay as the biller wrote them, whatever the payer made of them. */
static void
numbers_are_the_same_in_small_letters(void **state)
{
	const struct secondary_options o = { .denied = false };
	struct given g;
	char *id;

	(void)state;
	given_begin(&g, "dental");
	id = strstr(g.claims.p, "CLM*DEN-1*");
	assert_non_null(id);
	memcpy(id, "CLM*den-1*", 10);
	while ((id = strstr(g.claims.p, "REF*6R*D")) != NULL)
		memcpy(id, "REF*6R*d", 8);
	make(&g.m, &o, g.claims, g.remit, slice(NULL, 0));
	assert_true(says(&g.m.x12, "CLM*den-1*"));
	assert_true(says(&g.m.x12, "REF*6R*d1~"));
	given_end(&g);
}

/* What one payer decided and does not add up is nobody's to send. */
static void
a_decision_that_does_not_balance_is_refused(void **state)
{
	const struct secondary_options o = { .denied = false };
	struct given g;
	char *paid;

	(void)state;
	given_begin(&g, "dental");
	paid = strstr(g.remit.p, "CLP*DEN-1*1*300*200*");
	assert_non_null(paid);
	memcpy(paid, "CLP*DEN-1*1*300*201*", 20);
	make(&g.m, &o, g.claims, g.remit, slice(NULL, 0));
	assert_true(says(&g.m.said, "1: claim.other_payers[0].paid: "));
	assert_false(says(&g.m.x12, "CLM*DEN-1"));
	given_end(&g);
}

static void
a_claim_that_cannot_be_read_keeps_its_place(void **state)
{
	static const struct secondary_ops ops = { made_on_record,
		made_on_none };
	const struct secondary_options o = { .denied = false };
	struct made m = { .claims = true };
	struct err e = ERR_NONE;

	(void)state;
	buf_init(&m.said, 1 << 20);
	m.secondary = secondary_new(kinds, &o, &ops, &m);
	assert_non_null(m.secondary);
	assert_int_equal(secondary_claim(m.secondary, SLICE_LIT("{\"type\":"
	    "\"837P\",\"claim\":{\"idd\":\"A\"}}"), &e), 0);
	assert_int_equal(secondary_claim(m.secondary, SLICE_LIT("{\"type\":"
	    "\"837P\",\"claim\":{\"id\":\"A\"}}"), &e), 0);
	assert_int_equal(secondary_claim(m.secondary, SLICE_LIT("{\"type\":"
	    "\"837P\",\"submitter\":{}}"), &e), 0);
	assert_int_equal(secondary_make(m.secondary, &e), 0);
	assert_true(says(&m.said, "1: refused: it cannot be read: claim: "));
	assert_true(says(&m.said, "2: none: no decision of it is there"));
	assert_false(says(&m.said, "3:"));
	secondary_free(m.secondary);
	buf_free(&m.said);
}

static void
payers_that_are_no_objects_are_told_of(void **state)
{
	static const char *const lines[] = { "17", "{", "{\"claim\":7}",
		"{} {}" };
	const struct secondary_options o = { .denied = false };
	static const struct secondary_ops ops = { made_on_record,
		made_on_none };
	struct secondary *s = secondary_new(kinds, &o, &ops, NULL);
	struct err e = ERR_NONE;

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(secondary_payer(s, slice_str(lines[i]), &e),
		    -EINVAL);
	assert_int_equal(secondary_payer(s, SLICE_LIT(" "), &e), 0);
	secondary_free(s);
}

static int
setup(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	guides = guides_new();
	rules = rules_new();
	codes = codes_open(NULL, &e);
	kinds = guides ? record_kinds_new(guides) : NULL;
	return kinds && rules && codes ? rules_load_builtin(rules, &e) : -1;
}

static int
teardown(void **state)
{
	(void)state;
	record_kinds_free(kinds);
	rules_free(rules);
	codes_close(codes);
	guides_free(guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_payer_gets_what_the_first_decided),
		cmocka_unit_test(
		    denied_forwarded_and_settled_claims_only_when_asked_for),
		cmocka_unit_test(payers_are_given_for_a_claim_or_for_all),
		cmocka_unit_test(a_decision_that_does_not_balance_is_refused),
		cmocka_unit_test(numbers_are_the_same_in_small_letters),
		cmocka_unit_test(a_claim_that_cannot_be_read_keeps_its_place),
		cmocka_unit_test(payers_that_are_no_objects_are_told_of),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
