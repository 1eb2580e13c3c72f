/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/page.h"

static const struct page_column columns[] = {
	{ "What", 10, false }, { "How much", 10, true },
};

/* One page with the text in every place that takes one. */
static void
write_page(struct buf *to, bool html, struct slice text)
{
	struct page p;

	page_begin(&p, to, html);
	page_document(&p, "Title", text);
	page_boxes(&p);
	page_box(&p, "Label");
	page_line(&p, text);
	page_box_end(&p);
	page_boxes_end(&p);
	page_table(&p, columns, 2);
	page_row(&p, PAGE_ROW_HEAD);
	page_cell(&p, text);
	page_row_end(&p);
	page_note(&p, text);
	page_table_end(&p);
	page_verdict(&p, false, text);
	page_document_end(&p);
	page_end(&p);
	assert_false(to->failed);
}

static unsigned
count(struct buf *in, const char *what)
{
	unsigned n = 0;

	for (const char *p = buf_str(in); (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void
html_is_escaped_everywhere(void **state)
{
	static const char bad[] = "<script>&\"'\x01\xff";
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	write_page(&to, true, slice(bad, sizeof(bad) - 1));
	assert_int_equal(count(&to, "<script"), 0);
	assert_int_equal(count(&to, "&#60;script&#62;&#38;&#34;&#39;"
	    "&#xfffd;&#xfffd;"), 5);
	/* Nothing runs, nothing is fetched. */
	assert_int_equal(count(&to, "default-src 'none'"), 1);
	assert_int_equal(count(&to, "http:") + count(&to, "https:"), 0);
	buf_free(&to);
}

static void
text_cannot_steer_a_terminal(void **state)
{
	static const char bad[] = "A\x1b[2J\x07\xc2\x9b" "B\xc3\x89";
	struct buf to;

	(void)state;
	buf_init(&to, 1 << 20);
	write_page(&to, false, slice(bad, sizeof(bad) - 1));
	assert_int_equal(count(&to, "\x1b") + count(&to, "\x07") +
	    count(&to, "\xc2\x9b"), 0);
	assert_int_equal(count(&to, "A?[2J??B\xc3\x89"), 5);
	buf_free(&to);
}

static void
columns_stand_under_each_other(void **state)
{
	struct buf to;
	struct page p;

	(void)state;
	buf_init(&to, 1 << 20);
	page_begin(&p, &to, false);
	page_table(&p, columns, 2);
	page_row(&p, PAGE_ROW);
	page_cell(&p, SLICE_LIT("caf\xc3\xa9"));
	page_cell(&p, SLICE_LIT("-1.50"));
	page_row_end(&p);
	page_row(&p, PAGE_ROW);
	page_cell(&p, SLICE_LIT("too long for it"));
	page_cell(&p, SLICE_LIT("2"));
	page_row_end(&p);
	page_end(&p);
	assert_non_null(strstr(buf_str(&to),
	    "\nWhat         How much\n"));
	assert_non_null(strstr(buf_str(&to), "\ncaf\xc3\xa9            -1.50\n"
	    "too long for it          2\n"));
	buf_reset(&to);
	page_begin(&p, &to, true);
	page_table(&p, columns, 2);
	page_row(&p, PAGE_ROW);
	page_cell(&p, SLICE_LIT("-x"));
	page_cell(&p, SLICE_LIT("-1.50"));
	page_row_end(&p);
	page_end(&p);
	assert_non_null(strstr(buf_str(&to), "<td>-x</td><td class=\"r\">"
	    "\xe2\x88\x92" "1.50</td></tr>"));
	buf_free(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_escaped_everywhere),
		cmocka_unit_test(text_cannot_steer_a_terminal),
		cmocka_unit_test(columns_stand_under_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
