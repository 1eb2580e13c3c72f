/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

static const char *const words[] = { "poll_interval", "port", "host", "user" };

static const char *
near(const char *wanted)
{
	struct nearest n;

	nearest_init(&n, wanted);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		nearest_try(&n, words[i]);
	return nearest_found(&n);
}

static void
nearest_finds_slips_of_the_fingers(void **state)
{
	(void)state;
	assert_string_equal(near("pol_interval"), "poll_interval");
	assert_string_equal(near("prot"), "port");
	assert_string_equal(near("hsot"), "host");
	assert_string_equal(near("poll-interval"), "poll_interval");
}

static void
nearest_does_not_guess(void **state)
{
	(void)state;
	assert_null(near("certificate_authority"));
	assert_null(near("x"));
	assert_null(near(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_finds_slips_of_the_fingers),
		cmocka_unit_test(nearest_does_not_guess),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
