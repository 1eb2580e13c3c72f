/* SPDX-License-Identifier: ISC */
/* Records out of lines and documents, cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "edi/record/cut.h"

#include <stdlib.h>

struct row {
	enum record_cut_form form;
	const char *text;
	enum record_cut_end end;
	const char *records;       /* "1:{..}|2:{..}|" */
	const char *wrong;
};

#define LINES RECORD_CUT_LINES
#define DOC RECORD_CUT_DOCUMENT
#define WHOLE RECORD_CUT_COMPLETE

static const struct row rows[] = {
	{ LINES, "{\"a\":1}\n{\"b\":2}\n", WHOLE, "1:{\"a\":1}|2:{\"b\":2}|",
	    "" },
	{ LINES, "\xef\xbb\xbf{}\r\n\n \n{}", WHOLE, "1:{}\r|4:{}|", "" },
	{ LINES, "{}\nno json\n{}\n", WHOLE, "1:{}|2:no json|3:{}|", "" },
	{ LINES, "{}\n{\"a\":", RECORD_CUT_INCOMPLETE, "1:{}|", "" },
	{ LINES, "{}\n{\"a\":\"}", RECORD_CUT_INCOMPLETE, "1:{}|", "" },
	{ LINES, "", RECORD_CUT_EMPTY, "", "" },
	{ LINES, " \n\r\n", RECORD_CUT_EMPTY, "", "" },
	{ DOC, "", RECORD_CUT_EMPTY, "", "" },
	{ DOC, "\xef\xbb\xbf \n", RECORD_CUT_EMPTY, "", "" },
	{ DOC, "{}", WHOLE, "1:{}|", "" },
	{ DOC, " {\"a\": [1,\n\t{\"b\": \"}]\\\"\"}]}\n", WHOLE,
	    "1:{\"a\": [1, \t{\"b\": \"}]\\\"\"}]}|", "" },
	{ DOC, "{}{}\n{}", WHOLE, "1:{}|2:{}|3:{}|", "" },
	{ DOC, "[{},\n {\"a\":{}}]\n", WHOLE, "1:{}|2:{\"a\":{}}|", "" },
	{ DOC, "[]", WHOLE, "", "" },
	{ DOC, "[{}, {}", RECORD_CUT_INCOMPLETE, "1:{}|2:{}|", "" },
	{ DOC, "[{}, {\"a", RECORD_CUT_INCOMPLETE, "1:{}|", "" },
	{ DOC, "{\"a\": \"\\", RECORD_CUT_INCOMPLETE, "", "" },
	{ DOC, "[{},]", RECORD_CUT_BROKEN, "1:{}|",
	    "record 2 is no JSON object" },
	{ DOC, "[{}{}]", RECORD_CUT_BROKEN, "1:{}|",
	    "record 2 is no JSON object" },
	{ DOC, "[,{}]", RECORD_CUT_BROKEN, "", "record 1 is no JSON object" },
	{ DOC, "[{}] {}", RECORD_CUT_BROKEN, "1:{}|",
	    "record 2 is no JSON object" },
	{ DOC, "[1]", RECORD_CUT_BROKEN, "", "record 1 is no JSON object" },
	{ DOC, "ISA*00*", RECORD_CUT_BROKEN, "",
	    "record 1 is no JSON object" },
};

static int
on_record(void *ctx, struct slice record, uint64_t number, struct err *e)
{
	(void)e;
	buf_addf(ctx, "%d:%.*s|", (int)number, SLICE_ARG(record));
	return 0;
}

/* In two pieces, the first of n bytes; each of them byte by byte at n 0. */
static void
cut(const struct row *r, size_t n)
{
	struct err e = ERR_NONE;
	enum record_cut_end end;
	struct record_cut *c;
	struct buf got;
	size_t all = strlen(r->text);

	buf_init(&got, 1000);
	c = record_cut_new(r->form, on_record, &got);
	assert_non_null(c);
	if (n == 0)
		for (size_t i = 0; i < all; i++)
			assert_int_equal(record_cut_feed(c,
			    slice(r->text + i, 1), &e), 0);
	else {
		assert_int_equal(record_cut_feed(c, slice(r->text, n), &e),
		    0);
		assert_int_equal(record_cut_feed(c, slice(r->text + n,
		    all - n), &e), 0);
	}
	assert_int_equal(record_cut_finish(c, &end, &e), 0);
	if (end != r->end || strcmp(buf_str(&got), r->records) != 0)
		fail_msg("`%s` cut at %zu: end %d, records `%s`", r->text, n,
		    (int)end, buf_str(&got));
	assert_string_equal(record_cut_wrong(c), r->wrong);
	record_cut_free(c);
	buf_free(&got);
}

static void
records_are_the_same_wherever_the_text_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t n = 0; n <= strlen(rows[i].text); n++)
			cut(&rows[i], n);
}

static int
on_stop(void *ctx, struct slice record, uint64_t number, struct err *e)
{
	(void)record;
	(void)number;
	++*(unsigned *)ctx;
	return err_set(e, -ENOSPC, "full");
}

static void
what_the_callback_says_ends_it(void **state)
{
	struct err e = ERR_NONE;
	unsigned n = 0;
	struct record_cut *c = record_cut_new(LINES, on_stop, &n);

	(void)state;
	assert_int_equal(record_cut_feed(c, SLICE_LIT("{}\n{}\n"), &e),
	    -ENOSPC);
	assert_int_equal(n, 1);
	record_cut_free(c);
}

static void
a_record_without_end_is_not_kept(void **state)
{
	char *x = malloc(1 << 20);
	struct err e = ERR_NONE;
	enum record_cut_end end;
	struct buf got;

	(void)state;
	memset(x, 'x', 1 << 20);
	for (enum record_cut_form f = LINES; f <= DOC; f++) {
		struct record_cut *c;

		buf_init(&got, 1000);
		c = record_cut_new(f, on_record, &got);
		assert_int_equal(record_cut_feed(c, SLICE_LIT("{\""), &e),
		    0);
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(record_cut_feed(c, slice(x,
			    1 << 20), &e), 0);
		assert_int_equal(record_cut_finish(c, &end, &e), 0);
		assert_int_equal(end, RECORD_CUT_BROKEN);
		assert_non_null(strstr(record_cut_wrong(c), "4 MB"));
		record_cut_free(c);
		buf_free(&got);
	}
	free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_the_same_wherever_the_text_is_cut),
		cmocka_unit_test(what_the_callback_says_ends_it),
		cmocka_unit_test(a_record_without_end_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
