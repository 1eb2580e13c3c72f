/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/csv.h"

#include <inttypes.h>
#include <stdlib.h>

/* Rows as "1[a][b]" with a newline each. */
static int
on_row(void *ctx, const struct csv_row *row, struct err *e)
{
	struct buf *to = ctx;

	(void)e;
	buf_addf(to, "%" PRIu64, row->number);
	for (unsigned i = 0; i < row->count; i++) {
		buf_add_char(to, '[');
		buf_add_slice(to, row->cells[i]);
		buf_add_char(to, ']');
	}
	buf_add_char(to, '\n');
	return 0;
}

static int
read_in_pieces(struct slice text, size_t piece, struct buf *to)
{
	struct csv *c = csv_new(on_row, to);
	struct err e = ERR_NONE;
	int rc = 0;

	assert_non_null(c);
	for (size_t i = 0; i < text.n && rc == 0; i += piece)
		rc = csv_feed(c, text.p + i, text.n - i < piece ? text.n - i :
		    piece, &e);
	if (rc == 0)
		rc = csv_finish(c, &e);
	if (rc < 0)
		buf_addf(to, "%s", e.text);
	csv_free(c);
	return rc;
}

static const struct {
	const char *text, *rows;
} cases[] = {
	{ "a,b\n1,2\n", "1[a][b]\n2[1][2]\n" },
	{ "a,b\r\n1,2\r\n", "1[a][b]\n2[1][2]\n" },
	{ "a,b\r1,2", "1[a][b]\n2[1][2]\n" },
	{ "\xef\xbb\xbf" "a;b\n1,5;2", "1[a][b]\n2[1,5][2]\n" },
	{ "a\tb\n1,5\t2;3", "1[a][b]\n2[1,5][2;3]\n" },
	{ "\"a;x\",b\n1;2,3", "1[a;x][b]\n2[1;2][3]\n" },
	{ "a\n\"say \"\"ah\"\"\"\n", "1[a]\n2[say \"ah\"]\n" },
	{ "a,b\n\"one\ntwo\r\n\",x", "1[a][b]\n2[one\ntwo\r\n][x]\n" },
	/* Blank rows count, as in a spreadsheet, but say nothing. */
	{ "a,b\n\n\r\n1,2\n\n", "1[a][b]\n4[1][2]\n" },
	{ "\n\na;b\n", "3[a][b]\n" },
	{ "a,b\n,\n\"\"\n", "1[a][b]\n2[][]\n3[]\n" },
	{ "a,b\n5\" pipe,x\"y", "1[a][b]\n2[5\" pipe][x\"y]\n" },
	{ "a,\nb,", "1[a][]\n2[b][]\n" },
	{ "\"\xef\xbb\xbf\"", "1[\xef\xbb\xbf]\n" },
	{ "\xef\xbb" "a", "1[\xef\xbb" "a]\n" },
	{ "", "" },
	{ "\xef\xbb\xbf", "" },
	{ "a,b\n\"1\"x,2\n", "1[a][b]\nrow 2, column 1: text after the closing "
	    "quote; a quote inside of quotes is doubled" },
	{ "a,b\n1,\"2\n3,4\n", "1[a][b]\nrow 2, column 2: the file ends inside "
	    "of quotes" },
};

static void
csv_reads_every_way_of_writing_a_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t piece = 1; piece < 20; piece++) {
			struct buf to;

			buf_init(&to, 1 << 20);
			read_in_pieces(slice_str(cases[i].text), piece, &to);
			assert_string_equal(buf_str(&to), cases[i].rows);
			buf_free(&to);
		}
}

static void
csv_says_what_utf16_is(void **state)
{
	static const char text[] = "a\0,\0b\0\n\0";
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	assert_int_equal(read_in_pieces(slice(text, 8), 3, &to), -EILSEQ);
	assert_non_null(strstr(buf_str(&to), "UTF-16"));
	buf_free(&to);
}

static void
csv_bounds_rows_and_columns(void **state)
{
	struct buf text, to;

	(void)state;
	buf_init(&text, 8 << 20);
	buf_init(&to, 8 << 20);
	for (unsigned i = 0; i < CSV_CELLS; i++)
		buf_add_str(&text, ",x");
	assert_int_equal(read_in_pieces(buf_slice(&text), 1000, &to),
	    -EILSEQ);
	assert_string_equal(buf_str(&to), "row 1, column 1025: more columns "
	    "than can be read (1024)");
	buf_reset(&text);
	buf_reset(&to);
	buf_add_str(&text, "a\n\"");
	for (unsigned i = 0; i < 70000; i++)
		buf_add_str(&text, "never closed, ..");
	assert_int_equal(read_in_pieces(buf_slice(&text), 1000, &to),
	    -EILSEQ);
	assert_non_null(strstr(buf_str(&to), "row 2, column 1: the row is "
	    "longer than 1 MB"));
	buf_free(&text);
	buf_free(&to);
}

static void
csv_writes_what_it_reads(void **state)
{
	static const char *const texts[] = { "plain", "", "a,b", "a \"q\"",
		"two\nlines", " blanks ", "12.50", "-12.50", "+1", "tab\there",
		"semi;colon", "" };
	struct buf text, to, want;
	struct csv_out out = { .to = &text };

	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&to, 1 << 20);
	buf_init(&want, 1 << 20);
	buf_add_str(&want, "1");
	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		csv_cell(&out, slice_str(texts[i]));
		buf_addf(&want, "[%s]", texts[i]);
	}
	csv_end_row(&out);
	buf_add_char(&want, '\n');
	assert_int_equal(read_in_pieces(buf_slice(&text), 7, &to), 0);
	assert_string_equal(buf_str(&to), buf_str(&want));
	buf_free(&text);
	buf_free(&to);
	buf_free(&want);
}

/* What comes of a partner must not run in the clerk's spreadsheet. */
static void
csv_takes_the_fuse_out_of_formulas(void **state)
{
	static const struct {
		const char *text, *cell;
	} rows[] = {
		{ "=1+2", "'=1+2\n" },
		{ "@SUM(A1)", "'@SUM(A1)\n" },
		{ "+cmd|x", "'+cmd|x\n" },
		{ "-2+3", "'-2+3\n" },
		{ "=A(\"x\")", "\"'=A(\"\"x\"\")\"\n" },
		{ "\t=1", "\"'\t=1\"\n" },
		{ "-12.50", "-12.50\n" },
		{ "+12175550100", "+12175550100\n" },
		{ "-", "'-\n" },
		{ "A=1", "A=1\n" },
	};
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct csv_out out = { .to = &to };

		buf_reset(&to);
		csv_cell(&out, slice_str(rows[i].text));
		csv_end_row(&out);
		assert_string_equal(buf_str(&to), rows[i].cell);
		out.raw = true;
		buf_reset(&to);
		csv_cell(&out, SLICE_LIT("=1"));
		assert_string_equal(buf_str(&to), "=1");
	}
	buf_free(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_reads_every_way_of_writing_a_table),
		cmocka_unit_test(csv_says_what_utf16_is),
		cmocka_unit_test(csv_bounds_rows_and_columns),
		cmocka_unit_test(csv_writes_what_it_reads),
		cmocka_unit_test(csv_takes_the_fuse_out_of_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
