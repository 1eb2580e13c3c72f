/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "base/utf8.h"

static bool
is_json(const char *text, size_t n, const char **why)
{
	struct json_read r;
	struct slice raw;

	json_read_init(&r, slice(text, n));
	if (json_read_skip(&r, &raw))
		json_read_end(&r);
	*why = r.wrong;
	return !r.wrong;
}

static void
what_is_json_is_taken(void **state)
{
	static const char *const rows[] = {
		"{}", "[]", "\"\"", "0", "-0.5e+10", "1E9", "true", "false",
		"null", " [ 1 , { \"a\" : [ ] } ] \r\n\t",
		"{\"a\":{\"b\":[\"c\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\uAbCd\"]}}",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xbb\x7f\"",
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!is_json(rows[i], strlen(rows[i]), &why))
			fail_msg("%s: %s", rows[i], why);
}

static void
what_is_no_json_is_refused_at_every_cut(void **state)
{
	static const char *const rows[] = {
		"", " ", "{", "}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{a:1}",
		"{\"a\":1,}", "{\"a\":}", "01", "-", "1.", ".5", "1e", "+1",
		"tru", "nul", "'a'", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"",
		"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"",
		"1 1", "[1]]", "{} {}", "// a\n1",
	};
	static const char whole[] = "{\"a\":[true,-1.5e3,\"\\u00e9\\n\"]}";
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (is_json(rows[i], strlen(rows[i]), &why))
			fail_msg("%s was taken", rows[i]);
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_false(is_json(whole, n, &why));
	assert_true(is_json(whole, sizeof(whole) - 1, &why));
}

static void
depth_is_bounded(void **state)
{
	char text[4 * JSON_READ_DEPTH];
	const char *why;

	(void)state;
	for (size_t n = JSON_READ_DEPTH; n < JSON_READ_DEPTH + 2; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		assert_int_equal(is_json(text, 2 * n, &why),
		    n <= JSON_READ_DEPTH);
	}
	memset(text, '[', sizeof(text));
	assert_false(is_json(text, sizeof(text), &why));
	assert_string_equal(why, "nested too deeply");
}

static void
strings_are_read_code_by_code(void **state)
{
	static const char text[] =
	    "\"a\\n\\u00e9\xc3\xa9\\ud83d\\udc3b\xf0\x9f\x90\xbb\\/\"";
	static const uint32_t want[] = { 'a', '\n', 0xe9, 0xe9, 0x1f43b,
		0x1f43b, '/' };
	struct json_string s;
	struct json_read r;
	uint32_t code;
	char utf8[4];

	(void)state;
	json_read_init(&r, slice(text, sizeof(text) - 1));
	assert_true(json_read_string(&r, &s));
	assert_false(s.plain);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_true(json_read_code(&s.raw, &code));
		assert_int_equal(code, want[i]);
	}
	assert_false(json_read_code(&s.raw, &code));
	assert_int_equal(s.raw.n, 0);
	assert_int_equal(utf8_put(0x1f43b, utf8), 4);
	assert_memory_equal(utf8, "\xf0\x9f\x90\xbb", 4);
}

static void
half_a_surrogate_pair_is_no_code(void **state)
{
	static const char *const rows[] = { "\\ud83d", "\\udc3b",
		"\\ud83dA", "\\ud83d\\u0041", "\\ud83d\\ud83d" };
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice raw = slice_str(rows[i]);

		assert_false(json_read_code(&raw, &code));
		assert_true(raw.n > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_json_is_taken),
		cmocka_unit_test(what_is_no_json_is_refused_at_every_cut),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(strings_are_read_code_by_code),
		cmocka_unit_test(half_a_surrogate_pair_is_no_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
