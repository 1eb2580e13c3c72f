/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "edi/calendar.h"
#include "edi/codes.h"
#include "edi/fake.h"

#include <stdio.h>
#include <string.h>

struct rig {
	struct fake fake;
	struct buf to;
};

typedef void (*fake_kind)(const struct fake *f, struct slice s,
    struct buf *to);

static const char *
make(struct rig *r, fake_kind kind, const char *s)
{
	buf_reset(&r->to);
	kind(&r->fake, slice_str(s), &r->to);
	assert_int_equal(r->to.n, strlen(s));
	return buf_str(&r->to);
}

static int
begin(void **state)
{
	static struct rig r;

	fake_init(&r.fake, SLICE_LIT("a seed"));
	buf_init(&r.to, 4096);
	*state = &r;
	return 0;
}

static int
end(void **state)
{
	struct rig *r = *state;

	buf_free(&r->to);
	return 0;
}

static void
ids_of_one_shape_are_permuted(void **state)
{
	static bool seen[100000];
	unsigned same = 0;

	for (unsigned i = 0; i < 100000; i++) {
		char text[16];
		unsigned v;

		snprintf(text, sizeof(text), "%05u", i);
		assert_int_equal(sscanf(make(*state, fake_id, text), "%u",
		    &v), 1);
		assert_in_range(v, 0, 99999);
		assert_false(seen[v]);
		seen[v] = true;
		same += v == i;
	}
	assert_in_range(same, 0, 20);
}

static void
ids_keep_their_kinds_of_characters(void **state)
{
	const char *v = make(*state, fake_id, "AB-12.cd@Z 9~\xc3");

	assert_in_range(v[0], 'A', 'Z');
	assert_int_equal(v[2], '-');
	assert_in_range(v[3], '0', '9');
	assert_in_range(v[6], 'a', 'z');
	assert_string_equal(v + 12, "~\xc3");
	assert_string_not_equal(v, "AB-12.cd@Z 9~\xc3");
	assert_string_equal(make(*state, fake_id, ""), "");
	assert_string_equal(make(*state, fake_id, "-"), "-");
}

static void
long_ids_are_replaced_to_their_end(void **state)
{
	char text[1001], copy[1001];

	memset(text, '7', 1000);
	text[1000] = '\0';
	strcpy(copy, make(*state, fake_id, text));
	for (unsigned i = 0; i < 1000; i += 100)
		assert_true(memcmp(copy + i, text, 100) != 0);
}

static void
check_digits_stay_right_and_stay_wrong(void **state)
{
	const struct code_set *bank = code_set_find(SLICE_LIT("aba_routing"));

	assert_true(code_npi_valid(slice_str(make(*state, fake_id,
	    "1234567893"))));
	for (unsigned i = 0; i < 2000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "1%08u", i * 7919);
		for (char c = '0'; c <= '9'; c++) {
			bool npi;

			strcpy(text + 9, (char[]){ c, '\0' });
			npi = code_npi_valid(slice_str(text));
			assert_int_equal(code_npi_valid(slice_str(make(*state,
			    fake_id, text))), npi);
		}
	}
	assert_true(bank->extra(slice_str(make(*state, fake_id,
	    "071000013"))));
}

static void
text_is_the_same_word_for_the_same_word(void **state)
{
	char one[64], two[64];

	strcpy(one, make(*state, fake_text, "BEAR"));
	strcpy(two, make(*state, fake_text, "TEDDY BEAR, PHD"));
	assert_memory_equal(two + 6, one, 4);
	assert_int_equal(two[10], ',');
	assert_string_not_equal(one, "BEAR");
	strcpy(two, make(*state, fake_text, "P.O. Box 17"));
	assert_memory_equal(two, "P.O. Box ", 9);
}

static long
days(const char *s)
{
	int y, m, d;

	assert_int_equal(sscanf(s, "%4d%2d%2d", &y, &m, &d), 3);
	/* The textbook's Julian day number. */
	return (1461L * (y + 4800 + (m - 14) / 12)) / 4 +
	    (367L * (m - 2 - 12 * ((m - 14) / 12))) / 12 -
	    (3L * ((y + 4900 + (m - 14) / 12) / 100)) / 4 + d;
}

static void
every_date_is_shifted_by_the_same_days(void **state)
{
	struct rig *r = *state;
	unsigned count = 0;

	assert_in_range(-r->fake.days, 7, 364);
	assert_int_equal(r->fake.days % 7, 0);
	for (unsigned y = 1899; y < 2101; y++)
		for (unsigned m = 1; m <= 12; m++)
			for (unsigned d = 1; d <= 31; d++) {
				char text[16];
				const char *to;

				snprintf(text, sizeof(text), "%04u%02u%02u",
				    y, m, d);
				if (!calendar_date8(slice_str(text)))
					continue;
				to = make(r, fake_date, text);
				assert_true(calendar_date8(slice_str(to)));
				assert_int_equal(days(to) - days(text),
				    r->fake.days);
				count++;
			}
	assert_in_range(count, 73000, 74000);
}

static void
periods_and_bad_dates_keep_their_form(void **state)
{
	char two[64];
	const char *v = make(*state, fake_date, "20260102-20260103");

	strcpy(two, v);
	assert_int_equal(two[8], '-');
	assert_int_equal(days(two + 9) - days(two), 1);
	v = make(*state, fake_date, "202601021530");
	assert_string_equal(v + 8, "1530");
	assert_true(calendar_date6(slice_str(make(*state, fake_date,
	    "260102"))));
	assert_string_equal(make(*state, fake_date, "20261301"), "99999999");
	assert_string_equal(make(*state, fake_date, "JAN 5"), "XXX 9");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_one_shape_are_permuted),
		cmocka_unit_test(ids_keep_their_kinds_of_characters),
		cmocka_unit_test(long_ids_are_replaced_to_their_end),
		cmocka_unit_test(check_digits_stay_right_and_stay_wrong),
		cmocka_unit_test(text_is_the_same_word_for_the_same_word),
		cmocka_unit_test(every_date_is_shifted_by_the_same_days),
		cmocka_unit_test(periods_and_bad_dates_keep_their_form),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
