/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/finding.h"

#include <ctype.h>
#include <stdio.h>

#define EACH(def) \
	(const struct finding_def *def = finding_defs; \
	    def < finding_defs + FINDING_COUNT; def++)

static void
names_are_unique_and_snake_case(void **state)
{
	(void)state;
	for EACH (def) {
		assert_true(strlen(def->name) > 2);
		for (const char *p = def->name; *p != '\0'; p++)
			if (!islower((unsigned char)*p) &&
			    !isdigit((unsigned char)*p) && *p != '_')
				fail_msg("%s", def->name);
		for (const struct finding_def *other = finding_defs;
		    other < def; other++)
			assert_string_not_equal(other->name, def->name);
	}
}

static void
every_finding_is_found_by_its_name(void **state)
{
	(void)state;
	for EACH (def)
		assert_ptr_equal(finding_by_name(slice_str(def->name)), def);
	assert_null(finding_by_name(slice_str("no_such_finding")));
	assert_null(finding_by_name(slice_str("")));
}

static void
every_row_has_a_type_a_severity_and_a_text(void **state)
{
	(void)state;
	for EACH (def) {
		assert_in_range(def->snip, 1, 7);
		assert_in_range(def->severity, SEVERITY_WARNING,
		    SEVERITY_REJECT);
		assert_true(strlen(def->text) > 20);
		assert_true(strlen(def->text) < 300);
		/* One line that a message can end with: no stop, no value. */
		assert_null(strchr(def->text, '\n'));
		assert_true(def->text[strlen(def->text) - 1] != '.');
		assert_null(strchr(def->text, '%'));
	}
}

/*
 * What to do: a clause that asks for it, after a semicolon, or "must" that
 * says what the right form is.
 */
static void
every_text_says_what_to_do(void **state)
{
	(void)state;
	for EACH (def)
		if (!strchr(def->text, ';') && !strstr(def->text, "must") &&
		    !strstr(def->text, "write ") && !strstr(def->text, "use "))
			fail_msg("%s: %s", def->name, def->text);
}

static bool
is_code(const char *code, const char *list)
{
	char word[20];

	if (code[0] == '\0')
		return true;
	snprintf(word, sizeof(word), " %s ", code);
	return strstr(list, word) != NULL;
}

/* The code lists of X12 I18, 620, 621, 618 and 716. */
static void
every_code_is_one_that_its_element_has(void **state)
{
	(void)state;
	for EACH (def) {
		const struct finding_ack *a = &def->ack;

		if (!is_code(a->ta105, " 000 001 002 003 004 005 006 007 008 "
		    "009 010 011 012 013 014 015 016 017 018 019 020 021 022 "
		    "023 024 025 026 027 028 029 030 031 ") ||
		    !is_code(a->ik304, " 1 2 3 4 5 6 7 8 I4 I6 I7 I8 I9 ") ||
		    !is_code(a->ik403, " 1 2 3 4 5 6 7 8 9 10 12 13 I6 I9 I10 "
		    "I11 I12 I13 ") ||
		    !is_code(a->ik502, " 1 2 3 4 5 6 7 18 19 23 I5 I6 ") ||
		    !is_code(a->ak905, " 1 2 3 4 5 6 19 "))
			fail_msg("%s", def->name);
	}
}

/* A reject of what stands in a set or around it is acknowledged somehow. */
static void
every_reject_of_type_2_and_above_has_a_code(void **state)
{
	(void)state;
	for EACH (def) {
		char codes[64];

		if (def->snip < 2 || def->severity != SEVERITY_REJECT)
			continue;
		finding_ack_text(&def->ack, codes, sizeof(codes));
		if (codes[0] == '\0')
			fail_msg("%s", def->name);
	}
}

static const struct finding_def example = {
	.name = "element_example", .snip = 2, .severity = SEVERITY_REJECT,
	.ack = { .ik304 = "8", .ik403 = "7" },
	.text = "it is wrong; correct it",
};

static const struct finding_def bare = {
	.name = "bare", .snip = 7, .severity = SEVERITY_WARNING,
	.text = "it is odd; look at it",
};

static void
assert_text(const struct finding *f, const char *expect)
{
	char text[640];

	finding_text(f, text, sizeof(text));
	assert_string_equal(text, expect);
}

static void
text_is_the_line_that_scripts_depend_on(void **state)
{
	struct finding f = { .def = &example, .severity = SEVERITY_REJECT,
		.segment = 14, .id = "CLM", .loop = "2300", .element = 5,
		.component = 1 };

	(void)state;
	assert_text(&f, "14: 2300 CLM05-1: reject: it is wrong; correct it "
	    "[element_example, SNIP 2, IK304=8,IK403=7]");
	f.repeat = 2;
	strcpy(f.detail, "it says 1, counted 2");
	f.severity = SEVERITY_WARNING;
	assert_text(&f, "14: 2300 CLM05-1(2): warn: it is wrong; correct it "
	    "(it says 1, counted 2) "
	    "[element_example, SNIP 2, IK304=8,IK403=7]");
	f = (struct finding){ .def = &bare, .severity = SEVERITY_WARNING };
	assert_text(&f, "0: warn: it is odd; look at it [bare, SNIP 7]");
	strcpy(f.loop, "2300");
	assert_text(&f, "0: 2300: warn: it is odd; look at it [bare, SNIP 7]");
}

static void
text_is_cut_to_its_room(void **state)
{
	struct finding f = { .def = &example, .segment = 14 };
	char text[10];

	(void)state;
	memset(text, 'x', sizeof(text));
	finding_text(&f, text, 8);
	assert_string_equal(text, "14: war");
	assert_int_equal(text[8], 'x');
}

static void
text_never_holds_the_value(void **state)
{
	struct finding f = { .def = &example, .id = "NM1", .element = 3,
		.value = slice_str("CANARY") };
	char text[640];

	(void)state;
	finding_text(&f, text, sizeof(text));
	assert_null(strstr(text, "CANARY"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_and_snake_case),
		cmocka_unit_test(every_finding_is_found_by_its_name),
		cmocka_unit_test(every_row_has_a_type_a_severity_and_a_text),
		cmocka_unit_test(every_text_says_what_to_do),
		cmocka_unit_test(every_code_is_one_that_its_element_has),
		cmocka_unit_test(every_reject_of_type_2_and_above_has_a_code),
		cmocka_unit_test(text_is_the_line_that_scripts_depend_on),
		cmocka_unit_test(text_is_cut_to_its_room),
		cmocka_unit_test(text_never_holds_the_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
