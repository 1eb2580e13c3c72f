/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/money.h"
#include "edi/segment.h"

static const struct {
	const char *text;
	int64_t cents;
	const char *canonical, *decimal;
} numbers[] = {
	{ "0", 0, "0", "0.00" },
	{ "10.5", 1050, "10.5", "10.50" },
	{ "10.50", 1050, "10.5", "10.50" },
	{ "-3.07", -307, "-3.07", "-3.07" },
	{ "1200", 120000, "1200", "1200.00" },
	{ ".5", 50, "0.5", "0.50" },
	{ "5.", 500, "5", "5.00" },
	{ "0.005", 1, "0.01", "0.01" },
	{ "-0.004", 0, "0", "0.00" },
	{ "99999999.99", 9999999999, "99999999.99", "99999999.99" },
	{ "007", 700, "7", "7.00" },
	{ "-.5", -50, "-0.5", "-0.50" },
};

static void
money_is_exact_and_canonical(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		char text[MONEY_TEXT];
		int64_t cents = -1;

		assert_true(money_parse(slice_str(numbers[i].text), &cents));
		assert_int_equal(cents, numbers[i].cents);
		money_text(cents, text);
		assert_string_equal(text, numbers[i].canonical);
		money_decimal(cents, text);
		assert_string_equal(text, numbers[i].decimal);
	}
}

/* The same by looking at one character after the other. */
static bool
plainly(const char *p, int64_t *cents)
{
	int64_t whole = 0, part = 0;
	unsigned digits = 0, decimals = 0;
	bool minus = *p == '-';

	for (p += minus; *p >= '0' && *p <= '9'; p++, digits++)
		whole = whole * 10 + (*p - '0');
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, decimals++)
			part += (*p - '0') * (decimals == 0 ? 10 :
			    decimals == 1) + (decimals == 2 && *p >= '5');
	*cents = (whole * 100 + part) * (minus ? -1 : 1);
	return *p == '\0' && digits + decimals > 0;
}

/* Short numbers are read at once, long ones digit by digit: all alike. */
static void
money_is_the_same_at_every_length(void **state)
{
	static const char letters[] = "0123456789012345678990...-/:x";
	uint32_t random = 1;
	unsigned shorts = 0;

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		char text[12 + SEGMENT_SLACK];
		unsigned n = i % 11;
		int64_t want, cents, quick;
		bool is;

		for (unsigned k = 0; k < n; k++) {
			random = random * 1664525 + 1013904223;
			text[k] = letters[(random >> 16) %
			    (sizeof(letters) - 1)];
		}
		memset(text + n, '\0', sizeof(text) - n);
		is = plainly(text, &want);
		if (money_parse_short(slice(text, n), &quick)) {
			assert_true(is);
			assert_int_equal(quick, want);
			shorts++;
		}
		assert_int_equal(money_parse(slice(text, n), &cents), is);
		if (is)
			assert_int_equal(cents, want);
	}
	assert_true(shorts > 10000);
}

static void
money_refuses_what_is_no_number(void **state)
{
	static const char *const bad[] = { "", "-", ".", "-.", "1,000", "$5",
		"1e3", "+5", " 5", "5 ", "1.2.3", "--1", "12345678901234567" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t cents;

		assert_false(money_parse(slice_str(bad[i]), &cents));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money_is_exact_and_canonical),
		cmocka_unit_test(money_is_the_same_at_every_length),
		cmocka_unit_test(money_refuses_what_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
