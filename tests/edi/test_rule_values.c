/* SPDX-License-Identifier: ISC */
/*
 * What a rule sees of a set: which values its paths have, that they begin anew
 * with each loop, how often it was judged, and where a finding points.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "edi/inspection.h"

#include <stdlib.h>

enum { TEXT_MAX_BYTES = 1 << 20 };

static const char base[] = "tests/data/guides/valid_837p/input.x12";

#define LONG "VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV"

/*
 * The base has two subscribers. The first is the patient, with a claim of two
 * lines; the second has a patient (2000C), with a claim of two lines.
 */
static const struct {
	const char *rule;            /* at and what is asked */
	const char *from, *to;       /* an edit of the base, or NULL */
	unsigned judged, fired;
	uint32_t segment;            /* of the first finding; 0: any */
} rows[] = {
	/* parts of an element */
	{ "at: 2400\n  forbid: SV101-6", NULL, NULL, 1, 1, 136 },
	{ "at: 2400\n  forbid: SV101-8", NULL, NULL, 0, 0, 0 },
	{ "at: 2400\n  check: count(SV101-3..6) = 0", NULL, NULL, 4, 1, 0 },
	{ "at: 2400\n  check: not count(SV101-3..6) = 3", "HC:99213:25:59:",
	    "HC:99213::59:", 4, 1, 0 },
	{ "at: 2400\n  when: SV101-3\n  need: SV101-4", "HC:99213:25:59:",
	    "HC:99213:25::", 1, 1, 136 },
	{ "at: 2400\n  check: not SV101-7 matches \"AAAAA\"\n  on: SV101-7",
	    NULL, NULL, 4, 1, 136 },
	/* an element of more than 64 characters */
	{ "at: 2400\n  when: SV101-7\n  check: length(SV101-7) < 61", ":VISIT",
	    ":" LONG, 2, 1, 0 },
	{ "at: 2400\n  check: count(SV101-3..6) < 4\n  on: SV101", ":VISIT",
	    ":" LONG, 4, 1, 136 },
	/* ranges of elements */
	{ "at: 2300\n  check: count(HI[ABK,BK]01..12) = 2", NULL, NULL, 2, 1,
	    0 },
	{ "at: 2300\n  check: not HI[ABK,BK]01..12-2 in M545\n"
	    "  on: HI[ABK,BK]01..12-2", NULL, NULL, 2, 1, 82 },
	{ "at: 2400\n  check: max(SV107-1..4) < 3", NULL, NULL, 4, 1, 0 },
	/* each loop begins anew */
	{ "at: 2300\n  check: sum(2400/SV102) = 75.5\n  on: 2400/SV102", NULL,
	    NULL, 2, 1, 136 },
	{ "at: 2300\n  check: min(2400/SV102) > 100", NULL, NULL, 2, 1, 0 },
	{ "at: 2300\n  forbid: REF[F8]", NULL, NULL, 1, 1, 232 },
	{ "at: 2300\n  check: CLM02 = sum(2400/SV102)", NULL, NULL, 2, 0, 0 },
	{ "at: 2300\n  check: CLM02 = sum(2400/SV102)", "SV1*ER:12345*25.5",
	    "SV1*ER:12345*25.51", 2, 1, 0 },
	/* a claim of the subscriber is no claim of the patient */
	{ "at: 2000C\n  check: sum(2300/CLM02) = 75.5", NULL, NULL, 1, 0, 0 },
	{ "at: 2000B\n  check: sum(2300/CLM02) = 300", NULL, NULL, 2, 1, 0 },
	{ "at: 2000B\n  need: 2000C/", NULL, NULL, 2, 1, 24 },
	{ "at: set\n  check: sum(2300/CLM02) = 375.5", NULL, NULL, 1, 0, 0 },
	/* brackets */
	{ "at: 2320\n  check: sum(CAS[PR]03) = 25", NULL, NULL, 2, 1, 0 },
	{ "at: 2320\n  check: count(CAS[CO]) + count(CAS[PR]) = count(CAS)",
	    NULL, NULL, 2, 0, 0 },
	{ "at: 2000A\n  need: PRV[BI]", NULL, NULL, 1, 0, 0 },
	{ "at: 2000A\n  need: PRV[BI]03", "PRV*BI*", "PRV*QQ*", 1, 1, 0 },
	{ "at: 2000A\n  need: PRV03", "PRV*BI*", "PRV*QQ*", 1, 0, 0 },
	/* texts, short and long */
	{ "at: 2300\n  check: count(2400/SV101-2) = distinct(2400/SV101-2)",
	    NULL, NULL, 2, 0, 0 },
	{ "at: 2300\n  check: count(2400/SV101-2) = distinct(2400/SV101-2)",
	    "HC:73590*120", "HC:99213*120", 2, 1, 0 },
	{ "at: set\n  check: distinct(2010BA/NM109) = 2", NULL, NULL, 1, 0,
	    0 },
	{ "at: set\n  check: distinct(2010BA/NM109) = 2", "MI*ZZZ999~NM1*PR",
	    "MI*ABC123456789~NM1*PR", 1, 1, 0 },
	{ "at: 2000B\n  check: not 2010BA/NM109 = 2330A/NM109", "MI*ZZZ998",
	    "MI*ZZZ999", 2, 1, 0 },
	{ "at: 2000B\n  when: SBR03\n  check: SBR03 != 2010BA/NM109",
	    "*ABC123456789", "*GRP1", 2, 1, 0 },
	/* codes and numbers */
	{ "at: 2400\n  check: SV103 not in UN", NULL, NULL, 4, 3, 0 },
	{ "at: 2400\n  check: SV101-2 matches \"99999\"", NULL, NULL, 4, 1,
	    0 },
	{ "at: 2400\n  check: SV102 >= 50", NULL, NULL, 4, 1, 0 },
	{ "at: 2400\n  check: SV102 != 50", "*50*UN", "*50.00*UN", 4, 1, 0 },
	{ "at: 2300\n  when: CLM05-1 = 11\n  forbid: CLM05-1", NULL, NULL, 1,
	    1, 40 },
	{ "at: 2000B\n  when: not SBR02\n  need: SBR02", NULL, NULL, 1, 1, 0 },
	/* days */
	{ "at: 2400\n  check: from(DTP[472]03) = to(DTP[472]03)\n"
	    "  on: DTP[472]03", NULL, NULL, 4, 1, 212 },
	{ "at: 2400\n  check: to(DTP[472]03) < set_date", "D8*20260105~DTP*471",
	    "D8*2026010X~DTP*471", 4, 1, 0 },
};

struct seen {
	unsigned count;
	uint32_t segment;
};

static void
on_finding(void *ctx, const struct finding *f)
{
	struct seen *seen = ctx;

	if (seen->count++ == 0)
		seen->segment = f->segment;
}

static void
make_text(struct buf *to, const char *from, const char *with)
{
	struct err e = ERR_NONE;
	char *text, *at;
	size_t n;

	if (io_slurp(base, TEXT_MAX_BYTES, &text, &n, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < n; i++)
		if (text[i] != '\n')
			buf_add_char(to, text[i]);
	free(text);
	if (!from)
		return;
	text = strdup(buf_str(to));
	at = strstr(text, from);
	if (!at)
		fail_msg("there is no %s", from);
	buf_reset(to);
	buf_add(to, text, (size_t)(at - text));
	buf_add_str(to, with);
	buf_add_str(to, at + strlen(from));
	free(text);
}

static struct rules *
make_rules(const char *rule)
{
	struct rules *r = rules_new();
	struct err e = ERR_NONE;
	struct buf text;

	buf_init(&text, TEXT_MAX_BYTES);
	buf_addf(&text, "- rule: a\n  guide: 837P\n  %s\n  text: t\n", rule);
	if (rules_load_text(r, buf_slice(&text), "r.yaml", &e) < 0)
		fail_msg("%s: %s", rule, e.text);
	buf_free(&text);
	return r;
}

static struct seen
look(struct guides *g, struct rules *r, struct slice text)
{
	static const struct scan_ops ops = { .on_finding = on_finding };
	struct inspection_settings settings = { .guides = g, .rules = r,
		.snip = 1u << 7 };
	struct seen seen = { 0, 0 };
	struct inspection *x = inspection_new(&settings, &ops, NULL, &seen);
	struct err e = ERR_NONE;

	assert_non_null(x);
	scan_feed(inspection_scan(x), text.p, text.n);
	assert_int_equal(scan_finish(inspection_scan(x)), SCAN_COMPLETE);
	assert_int_equal(inspection_error(x, &e), 0);
	inspection_free(x);
	return seen;
}

static void
a_rule_sees_the_values_of_its_loop(void **state)
{
	struct guides *g = guides_new();
	struct buf text;

	(void)state;
	buf_init(&text, TEXT_MAX_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rules *r = make_rules(rows[i].rule);
		const struct rule_info *info = rules_row(r, 0);
		struct seen seen;

		buf_reset(&text);
		make_text(&text, rows[i].from, rows[i].to);
		seen = look(g, r, buf_slice(&text));
		if (info->judged != rows[i].judged ||
		    info->fired != rows[i].fired ||
		    seen.count != rows[i].fired || (rows[i].segment &&
		    seen.segment != rows[i].segment))
			fail_msg("%s: judged %u, fired %u at %u", rows[i].rule,
			    (unsigned)info->judged, (unsigned)info->fired,
			    seen.segment);
		rules_free(r);
	}
	buf_free(&text);
	guides_free(g);
}

/* Many rules with many facts: more than one word, more than one set. */
static void
many_rules_see_the_same_as_one(void **state)
{
	enum { RULES = 200 };
	struct guides *g = guides_new();
	struct rules *r = rules_new();
	struct err e = ERR_NONE;
	struct buf rule, text;

	(void)state;
	buf_init(&rule, TEXT_MAX_BYTES);
	buf_init(&text, TEXT_MAX_BYTES);
	for (unsigned i = 0; i < RULES; i++)
		buf_addf(&rule, "- rule: a%u\n  guide: 837P\n  at: 2300\n"
		    "  when: CLM05-3 in 7 X%u and not CLM05-3 in Y%u\n"
		    "  need: REF[%s]\n  text: t\n", i, i, i,
		    i % 2 ? "F8" : "D9");
	if (rules_load_text(r, buf_slice(&rule), "r.yaml", &e) < 0)
		fail_msg("%s", e.text);
	make_text(&text, NULL, NULL);
	for (unsigned round = 1; round <= 2; round++) {
		assert_int_equal(look(g, r, buf_slice(&text)).count,
		    RULES / 2);
		for (unsigned i = 0; i < RULES; i++) {
			assert_int_equal(rules_row(r, i)->judged, round);
			assert_int_equal(rules_row(r, i)->fired,
			    i % 2 ? 0 : round);
		}
	}
	buf_free(&rule);
	buf_free(&text);
	rules_free(r);
	guides_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_sees_the_values_of_its_loop),
		cmocka_unit_test(many_rules_see_the_same_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
