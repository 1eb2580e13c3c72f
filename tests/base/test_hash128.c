/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash128.h"

#include <stdio.h>

static const struct {
	const char *text, *hash;
} known[] = {
	{ "", "00000000000000000000000000000000" },
	{ "hello", "cbd8a7b341bd9b025b1e906a48ae1d19" },
	{ "The quick brown fox jumps over the lazy dog",
	    "e34bbc7bbc071b6c7a433ca9c49a9347" },
};

static void
hash128_is_the_published_function(void **state)
{
	char text[HASH128_TEXT];
	struct hash128 h;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		hash128_begin(&h);
		hash128_add(&h, known[i].text, strlen(known[i].text));
		hash128_end(&h, text);
		assert_string_equal(text, known[i].hash);
	}
}

static void
hash128_is_the_same_however_it_comes(void **state)
{
	const char *text = known[2].text;
	size_t n = strlen(text);
	char got[HASH128_TEXT];

	(void)state;
	for (size_t a = 0; a <= n; a++)
		for (size_t b = a; b <= n; b++) {
			struct hash128 h;

			hash128_begin(&h);
			hash128_add(&h, text, a);
			hash128_add(&h, text + a, b - a);
			hash128_add(&h, text + b, n - b);
			hash128_end(&h, got);
			assert_string_equal(got, known[2].hash);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash128_is_the_published_function),
		cmocka_unit_test(hash128_is_the_same_however_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
