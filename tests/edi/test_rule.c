/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/rule.h"

#include <stdio.h>

static void
builtin_rules_load_and_every_path_has_its_place(void **state)
{
	struct rules *r = rules_new();
	struct guides *g = guides_new();
	struct err e = ERR_NONE;
	const struct rule_info *i;

	(void)state;
	if (rules_load_builtin(r, &e) < 0 || rules_check(r, g, &e) < 0)
		fail_msg("%s", e.text);
	assert_non_null(rules_row(r, 0));
	for (size_t n = 0; (i = rules_row(r, n)); n++) {
		assert_non_null(i->source);
		assert_true(i->def.snip >= 3 && i->def.snip <= 6);
		assert_true(strlen(i->def.text) > 20);
	}
	rules_free(r);
	guides_free(g);
}

/* A mistake is told with file, line, and what is wrong. */
static const struct {
	const char *text, *problem;
} mistakes[] = {
	{ "rule: x\n", "r.yaml:1: a rule begins with `- rule: its_name`" },
	{ "- rule: a\n  at: 2300\n  text: t\n",
	    "r.yaml:1: a rule says one of `need`, `forbid` and `check`" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n",
	    "r.yaml:1: a rule needs `rule`, `at` and `text`" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n  txt: t\n",
	    "r.yaml:4: there is no key txt; did you mean text?" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n  at: 2400\n",
	    "r.yaml:4: at is said twice" },
	{ "- rule: a\n  at: 2300\n  need: clm1\n  text: t\n",
	    "r.yaml:1: need: neither a path (CLM05-3, REF[F8], 2400/SV102, "
	    "2310A/) nor a number at \"clm1\"" },
	{ "- rule: a\n  at: 2300\n  check: CLM02 = \n  text: t\n",
	    "r.yaml:1: check: the condition ends too early at \"\"" },
	{ "- rule: a\n  at: 2300\n  check: (CLM02 = 1\n  text: t\n",
	    "r.yaml:1: check: ) is missing at \"\"" },
	{ "- rule: a\n  at: 2300\n  check: CLM02 in\n  text: t\n",
	    "r.yaml:1: check: codes are missing after `in` at \"\"" },
	{ "- rule: a\n  at: 2300\n  check: CLM02 1\n  text: t\n",
	    "r.yaml:1: check: `and` or `or` is missing at \"1\"" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n  text: t\n  snip: 9\n",
	    "r.yaml:1: snip is a type from 1 to 7" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n  text: t\n  ack: X=1\n",
	    "r.yaml:1: ack takes codes such as IK304=I6 or IK403=7" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n  text: t\n"
	    "  from: 20261301\n",
	    "r.yaml:1: from and until take a day as CCYYMMDD" },
	{ "- rule: a\n  at: 2300\n  need: CLM01\n  text: t\n"
	    "- rule: a\n  at: 2300\n  need: CLM01\n  text: t\n",
	    "r.yaml:5: there is a rule a already (r.yaml:1)" },
	{ "- rule: A b\n  at: 2300\n  need: CLM01\n  text: t\n",
	    "r.yaml:1: the name of a rule is small letters, digits and _" },
};

static void
every_mistake_is_told_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct rules *r = rules_new();
		struct err e = ERR_NONE;

		assert_int_equal(rules_load_text(r,
		    slice_str(mistakes[i].text), "r.yaml", &e), -EINVAL);
		assert_string_equal(e.text, mistakes[i].problem);
		assert_null(rules_row(r, 0));
		rules_free(r);
	}
}

static void
a_path_without_a_place_is_told(void **state)
{
	static const char text[] = "- rule: a\n  guide: 837P\n  at: 2300\n"
	    "  need: SV102\n  text: t\n";
	struct rules *r = rules_new();
	struct guides *g = guides_new();
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(rules_load_text(r, slice_str(text), "r.yaml", &e), 0);
	assert_int_equal(rules_check(r, g, &e), -EINVAL);
	assert_string_equal(e.text, "r.yaml:1: rule a: SV102 has no place in "
	    "005010X222A1");
	rules_free(r);
	guides_free(g);
}

static void
values_may_be_folded_and_quoted(void **state)
{
	static const char text[] =
	    "---\n# a comment\n- rule: a   # its name\n  guide: 837P\n"
	    "  at: \"2300\"\n  check: CLM02 =\n    sum(2400/SV102)\n"
	    "  text: >-\n    one\n    two\n  source: 'it''s'\n";
	struct rules *r = rules_new();
	struct err e = ERR_NONE;
	const struct rule_info *i;

	(void)state;
	if (rules_load_text(r, slice_str(text), "r.yaml", &e) < 0)
		fail_msg("%s", e.text);
	i = rules_row(r, 0);
	assert_string_equal(i->def.name, "a");
	assert_string_equal(i->at, "2300");
	assert_string_equal(i->check, "CLM02 = sum(2400/SV102)");
	assert_string_equal(i->def.text, "one two");
	assert_string_equal(i->source, "it's");
	assert_int_equal(i->def.snip, 7);
	rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    builtin_rules_load_and_every_path_has_its_place),
		cmocka_unit_test(every_mistake_is_told_with_its_line),
		cmocka_unit_test(a_path_without_a_place_is_told),
		cmocka_unit_test(values_may_be_folded_and_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
