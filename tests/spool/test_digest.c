/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool/digest.h"

/* Examples of FIPS 180-4 and the NIST secure hashing site. */
static const struct {
	const char *text;
	unsigned repeat;
	const char *hex;
} vectors[] = {
	{ "", 1, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855" },
	{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1" },
	{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0" },
};

static void
digest_gives_the_published_sums(void **state)
{
	struct digest *d = digest_new();
	char hex[65];

	(void)state;
	assert_non_null(d);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		for (unsigned n = 0; n < vectors[i].repeat; n++)
			digest_add(d, vectors[i].text,
			    strlen(vectors[i].text));
		digest_end(d, hex);
		assert_string_equal(hex, vectors[i].hex);
	}
	digest_free(d);
}

static void
digest_does_not_care_how_it_is_cut(void **state)
{
	const char *text = vectors[2].text;
	size_t n = strlen(text);
	struct digest *d = digest_new();
	char hex[65];

	(void)state;
	assert_non_null(d);
	for (size_t cut = 0; cut <= n; cut++) {
		digest_add(d, text, cut);
		digest_add(d, text + cut, n - cut);
		digest_end(d, hex);
		assert_string_equal(hex, vectors[2].hex);
	}
	digest_free(d);
	digest_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_gives_the_published_sums),
		cmocka_unit_test(digest_does_not_care_how_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
