/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/sniff.h"

#define ROW(bytes, what, packed) { { bytes, sizeof(bytes) - 1 }, what, packed }

static void
sniff_names_what_people_drop_by_mistake(void **state)
{
	static const struct {
		struct slice head;
		const char *what;
		bool packed;
	} rows[] = {
		ROW("", "empty", false),
		ROW(" \r\n\t ", "nothing but blanks", false),
		ROW("\0\0\0\0\0\0", "zero bytes, no text", false),
		ROW("ISA*00*", "", false),
		ROW("\xef\xbb\xbf\r\n ISA*00*", "", false),
		ROW("ISA", "", false),
		ROW("I\0S\0A\0*\0", "UTF-16 text", false),
		ROW("\xff\xfeI\0S\0A\0", "UTF-16 text", false),
		ROW("\0I\0S\0A\0*", "UTF-16 text", false),
		ROW("\0\0\1", "binary data, no text", false),
		ROW("I\0X\0", "binary data, no text", false),
		ROW("%PDF-1.7\n%\xe2\xe3", "a PDF file", true),
		ROW("PK\3\4\x14", "a zip archive", true),
		ROW("\x1f\x8b\x08", "a gzip file", true),
		ROW("\xc9\xe2\xc1\x5c\xf0", "EBCDIC text", false),
		ROW("<!DOCTYPE html><html>", "an HTML page", false),
		ROW("\n <HTML>", "an HTML page", false),
		ROW("<?xml version='1.0'?>", "an XML document", false),
		ROW("{ \"claims\": [] }", "a JSON document", false),
		ROW("claim,amount,date\n1,2,3\n", "a CSV table", false),
		ROW("GS*HC*A*B", "X12 without its ISA", false),
		ROW("Dear Sir or Madam,\n", "text, but not X12", false),
		ROW("UNB+UNOA:1", "EDIFACT, not X12", false),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sniff is = sniff_file(rows[i].head);

		assert_string_equal(is.what, rows[i].what);
		assert_int_equal(is.packed, rows[i].packed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sniff_names_what_people_drop_by_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
