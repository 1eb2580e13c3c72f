/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "edi/guide.h"

static int
setup(void **state)
{
	*state = guides_new();
	return *state ? 0 : -1;
}

static int
teardown(void **state)
{
	guides_free(*state);
	return 0;
}

static void
guide_all_built_in_ones_are_sound(void **state)
{
	struct err e = ERR_NONE;

	if (guides_check_all(*state, &e) < 0)
		fail_msg("%s", e.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    guide_all_built_in_ones_are_sound, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
