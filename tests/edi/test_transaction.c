/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/transaction.h"

static void
type_is(const char *set_id, const char *version, const char *type)
{
	char to[8];

	transaction_type(slice_str(set_id), slice_str(version), to);
	assert_string_equal(to, type);
}

static void
transaction_errata_letters_do_not_matter(void **state)
{
	(void)state;
	type_is("837", "005010X222", "837P");
	type_is("837", "005010X222A1", "837P");
	type_is("837", "005010X222A2", "837P");
	type_is("837", "005010X223A3", "837I");
	type_is("277", "005010X214", "277CA");
	type_is("277", "005010X212", "277");
}

static void
transaction_unknown_version_is_a_bare_set(void **state)
{
	(void)state;
	type_is("837", "", "837");
	type_is("837", "006020X323", "837");
	type_is("850", "004010", "850");
	assert_null(transaction_find(slice_str("850"), slice_str("004010")));
	assert_null(transaction_find(slice(NULL, 0), slice(NULL, 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transaction_errata_letters_do_not_matter),
		cmocka_unit_test(transaction_unknown_version_is_a_bare_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
