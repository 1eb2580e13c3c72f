/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"

static void
buf_refuses_more_than_its_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_true(buf_add_str(&b, "1234"));
	assert_false(buf_add_str(&b, "5"));
	assert_false(buf_add_str(&b, ""));
	assert_int_equal(b.n, 4);
	buf_reset(&b);
	assert_true(buf_add_str(&b, "5"));
	assert_string_equal(buf_str(&b), "5");
	buf_free(&b);
}

static void
json_is_valid_whatever_the_bytes(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 1000);
	jsonw_init(&j, &b);
	jsonw_object(&j);
	jsonw_kslice(&j, "a", slice("\"\\\n\x01\xff\xc3\xa9z", 8));
	jsonw_key(&j, "b");
	jsonw_array(&j);
	jsonw_int(&j, -5);
	jsonw_bool(&j, true);
	jsonw_null(&j);
	jsonw_array_end(&j);
	jsonw_kstr_opt(&j, "c", "");
	jsonw_object_end(&j);
	assert_string_equal(buf_str(&b),
	    "{\"a\":\"\\\"\\\\\\n\\u0001\\u00ff\xc3\xa9z\","
	    "\"b\":[-5,true,null]}");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_refuses_more_than_its_maximum),
		cmocka_unit_test(json_is_valid_whatever_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
