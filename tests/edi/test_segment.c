/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/segment.h"

static void
assert_slice(struct slice s, const char *expect)
{
	assert_true(slice_is(s, expect));
}

static void
tags_are_two_or_three_capitals_or_digits(void **state)
{
	char text[4];

	(void)state;
	assert_int_equal(segment_tag(slice_str("CLM")),
	    TAG_CLM);
	assert_int_equal(segment_tag(slice_str("N3")), SEGMENT_TAG2('N', '3'));
	assert_int_equal(segment_tag(slice_str("")), 0);
	assert_int_equal(segment_tag(slice_str("N")), 0);
	assert_int_equal(segment_tag(slice_str("CLMX")), 0);
	assert_int_equal(segment_tag(slice_str("clm")), 0);
	assert_int_equal(segment_tag(slice_str("N ")), 0);
	segment_tag_text(SEGMENT_TAG2('N', '3'), text);
	assert_string_equal(text, "N3");
	segment_tag_text(0, text);
	assert_string_equal(text, "");
}

static void
elements_and_components_count_from_one(void **state)
{
	static const uint32_t mark[] = { 2, 3, 9, 10 };
	const struct delimiters d = { '*', ':', '^', '~' };
	const struct segment g = { .base = "SV**A:B:C*~", .mark = mark,
		.count = 3, .delimiters = &d };

	(void)state;
	assert_slice(segment_id(&g), "SV");
	assert_slice(segment_text(&g), "SV**A:B:C*");
	assert_slice(segment_element(&g, 0), "");
	assert_slice(segment_element(&g, 1), "");
	assert_slice(segment_element(&g, 2), "A:B:C");
	assert_slice(segment_element(&g, 3), "");
	assert_slice(segment_element(&g, 4), "");
	assert_slice(segment_component(&g, 2, 1), "A");
	assert_slice(segment_component(&g, 2, 3), "C");
	assert_slice(segment_component(&g, 2, 4), "");
	assert_slice(segment_component(&g, 1, 1), "");
}

static void
parts_that_were_not_written_are_empty(void **state)
{
	(void)state;
	assert_slice(slice_part(slice_str("A::C:"), ':', 1), "A");
	assert_slice(slice_part(slice_str("A::C:"), ':', 2), "");
	assert_slice(slice_part(slice_str("A::C:"), ':', 3), "C");
	assert_slice(slice_part(slice_str("A::C:"), ':', 4), "");
	assert_slice(slice_part(slice_str("A::C:"), ':', 5), "");
	assert_slice(slice_part(slice_str("A"), ':', 0), "");
	assert_slice(slice_part(slice(NULL, 0), ':', 1), "");
	assert_int_equal(slice_parts(slice_str("A::C:"), ':'), 4);
	assert_int_equal(slice_parts(slice(NULL, 0), ':'), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_two_or_three_capitals_or_digits),
		cmocka_unit_test(elements_and_components_count_from_one),
		cmocka_unit_test(parts_that_were_not_written_are_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
