/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/calendar.h"
#include "edi/keys.h"

static enum keys_added
add(struct keys *k, uint64_t n, uint32_t value)
{
	return keys_add(k, (struct key){ 0, n }, &value);
}

static void
keys_tell_what_comes_again(void **state)
{
	struct keys k;
	uint32_t value = 0;

	(void)state;
	keys_init(&k, 100000);
	assert_false(keys_find(&k, (struct key){ 0, 0 }, &value));
	for (uint32_t i = 0; i < 50000; i++)
		assert_int_equal(add(&k, (uint64_t)i << 17, i), KEYS_NEW);
	for (uint32_t i = 0; i < 50000; i++) {
		assert_int_equal(add(&k, (uint64_t)i << 17, 1), KEYS_AGAIN);
		assert_true(keys_find(&k, (struct key){ 0,
		    (uint64_t)i << 17 }, &value));
		assert_int_equal(value, i);
	}
	assert_false(keys_find(&k, (struct key){ 1, 0 }, &value));
	keys_clear(&k);
	assert_int_equal(add(&k, 0, 1), KEYS_NEW);
	keys_clear(&k);
	assert_int_equal(add(&k, 0, 1), KEYS_NEW);
	keys_free(&k);
}

static void
keys_say_when_they_are_full(void **state)
{
	struct keys k;

	(void)state;
	keys_init(&k, 3);
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(add(&k, i, 0), KEYS_NEW);
	assert_int_equal(add(&k, 4, 0), KEYS_FULL);
	assert_int_equal(add(&k, 2, 0), KEYS_AGAIN);
	keys_free(&k);
}

static void
keys_of_text_differ_by_every_character(void **state)
{
	const char *text[] = { "", "0", "00", "0001", "0002", "1000",
		"ABCDEFGHI", "ABCDEFGHJ" };

	(void)state;
	for (size_t i = 0; i < 8; i++)
		for (size_t k = 0; k < 8; k++) {
			struct key a = key_of_text(slice_str(text[i]));
			struct key b = key_of_text(slice_str(text[k]));

			assert_int_equal(i == k,
			    a.high == b.high && a.low == b.low);
		}
}

static void
calendar_knows_dates_and_times_that_exist(void **state)
{
	const struct {
		bool (*is)(struct slice);
		const char *yes, *no;
	} rows[] = {
		{ calendar_date8, "20240229", "20230229" },
		{ calendar_date8, "20000229", "19000229" },
		{ calendar_date8, "20261231", "20261232" },
		{ calendar_date8, "00010101", "20260001" },
		{ calendar_date8, "20260430", "20260431" },
		{ calendar_date8, "20260101", "20260100" },
		{ calendar_date8, "20260101", "2026010" },
		{ calendar_date8, "20260101", "2026010A" },
		{ calendar_date8, "20260101", "" },
		{ calendar_date6, "260228", "260229" },
		{ calendar_date6, "240229", "20240229" },
		{ calendar_time, "0000", "2400" },
		{ calendar_time, "2359", "2360" },
		{ calendar_time, "235959", "235960" },
		{ calendar_time, "2359591", "23595" },
		{ calendar_time, "23595999", "235959999" },
		{ calendar_time, "1200", "12:0" },
		{ calendar_time, "1200", "120" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(rows[i].is(slice_str(rows[i].yes)));
		assert_false(rows[i].is(slice_str(rows[i].no)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_tell_what_comes_again),
		cmocka_unit_test(keys_say_when_they_are_full),
		cmocka_unit_test(keys_of_text_differ_by_every_character),
		cmocka_unit_test(calendar_knows_dates_and_times_that_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
