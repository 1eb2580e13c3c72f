/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/reader.h"
#include "edi/scan.h"
#include "edi/writer.h"

static const struct writer_isa isa = {
	.sender = "CLINICA", .receiver = "PAYERX", .date = "20260131",
	.time = "180512", .control = 7, .usage = 'T',
};

static const struct writer_gs gs = {
	.functional_id = "HC", .sender = "CLINICA", .receiver = "PAYERX",
	.date = "20260131", .time = "180512", .control = 12,
	.version = "005010X222A1",
};

static void
begin(struct writer *w, struct buf *b)
{
	buf_init(b, 1 << 16);
	writer_init(w, b, writer_default_delimiters, "\n");
}

static void
writer_counts_the_envelope(void **state)
{
	struct buf b;
	struct writer w;

	(void)state;
	begin(&w, &b);
	writer_isa(&w, &isa);
	writer_gs(&w, &gs);
	for (int i = 0; i < 2; i++) {
		writer_st(&w, "837", i ? "0002" : "0001", "005010X222A1");
		writer_line(&w, "BHT", "0019", "00", NULL);
		writer_se(&w);
	}
	writer_ge(&w);
	writer_iea(&w);
	assert_int_equal(writer_error(&w), WRITER_OK);
	assert_string_equal(buf_str(&b),
	    "ISA*00*          *00*          *ZZ*CLINICA        *ZZ*PAYERX     "
	    "    *260131*1805*^*00501*000000007*0*T*:~\n"
	    "GS*HC*CLINICA*PAYERX*20260131*180512*12*X*005010X222A1~\n"
	    "ST*837*0001*005010X222A1~\nBHT*0019*00~\nSE*3*0001~\n"
	    "ST*837*0002*005010X222A1~\nBHT*0019*00~\nSE*3*0002~\n"
	    "GE*2*12~\nIEA*1*000000007~\n");
	buf_free(&b);
}

static void
fail_on_finding(void *ctx, const struct finding *f)
{
	(void)ctx;
	fail_msg("%s", f->def->name);
}

static void
what_was_written_scans_without_a_finding(void **state)
{
	const struct scan_ops ops = { .on_finding = fail_on_finding };
	const struct delimiters odd = { '|', '>', '!', '\x1d' };
	struct buf b;
	struct writer w;
	struct scan *s = scan_new(&ops, NULL);

	(void)state;
	buf_init(&b, 1 << 16);
	writer_init(&w, &b, odd, "");
	writer_isa(&w, &isa);
	writer_gs(&w, &gs);
	writer_st(&w, "837", "0001", NULL);
	writer_se(&w);
	writer_ge(&w);
	writer_iea(&w);
	scan_feed(s, b.p, b.n);
	assert_int_equal(scan_finish(s), SCAN_COMPLETE);
	scan_free(s);
	buf_free(&b);
}

static void
writer_leaves_out_what_is_empty_at_the_end(void **state)
{
	struct buf b;
	struct writer w;

	(void)state;
	begin(&w, &b);
	writer_begin(&w, "CLM");
	writer_str(&w, "A1");
	writer_cents(&w, 12050);
	writer_skip(&w, 2);
	writer_composite(&w);
	writer_component(&w, slice_str("11"));
	writer_component(&w, slice_str(""));
	writer_component(&w, slice_str("1"));
	writer_component(&w, slice_str(""));
	writer_composite_end(&w);
	writer_composite(&w);
	writer_component(&w, slice_str(""));
	writer_composite_end(&w);
	writer_str(&w, NULL);
	writer_uint(&w, 0);
	writer_skip(&w, 3);
	writer_str(&w, "");
	writer_end(&w);
	writer_line(&w, "REF", "", "", NULL);
	assert_int_equal(writer_error(&w), WRITER_OK);
	assert_string_equal(buf_str(&b),
	    "CLM*A1*120.5***11::1***0~\nREF~\n");
	buf_free(&b);
}

static void
writer_writes_cents_as_canonical_numbers(void **state)
{
	const struct {
		int64_t cents;
		const char *text;
	} rows[] = {
		{ 0, "A*0~\n" }, { 1, "A*0.01~\n" }, { 10, "A*0.1~\n" },
		{ 100, "A*1~\n" }, { 1050, "A*10.5~\n" },
		{ 100000, "A*1000~\n" }, { -307, "A*-3.07~\n" },
		{ -5, "A*-0.05~\n" },
		{ INT64_MIN, "A*-92233720368547758.08~\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;
		struct writer w;

		begin(&w, &b);
		writer_begin(&w, "A");
		writer_cents(&w, rows[i].cents);
		writer_end(&w);
		assert_string_equal(buf_str(&b), rows[i].text);
		buf_free(&b);
	}
}

static enum writer_error
error_of(const char *value, size_t max)
{
	struct buf b;
	struct writer w;

	buf_init(&b, max);
	writer_init(&w, &b, writer_default_delimiters, "");
	writer_line(&w, "N1", "41", value, NULL);
	writer_line(&w, "N1", "41", "FINE", NULL);
	buf_free(&b);
	return writer_error(&w);
}

static void
writer_refuses_and_remembers_the_first_failure(void **state)
{
	(void)state;
	assert_int_equal(error_of("SMITH", 100), WRITER_OK);
	assert_int_equal(error_of("CAF\xc3\x89", 100), WRITER_OK);
	assert_int_equal(error_of("A*B", 100), WRITER_DELIMITER_IN_DATA);
	assert_int_equal(error_of("A:B\n", 100), WRITER_DELIMITER_IN_DATA);
	assert_int_equal(error_of("A^B", 100), WRITER_DELIMITER_IN_DATA);
	assert_int_equal(error_of("A~B", 100), WRITER_DELIMITER_IN_DATA);
	assert_int_equal(error_of("A\nB*", 100), WRITER_CHARACTER);
	assert_int_equal(error_of("\x7f", 100), WRITER_CHARACTER);
	assert_int_equal(error_of("SMITH", 8), WRITER_FULL);
}

static void
writer_refuses_an_identity_that_is_too_long(void **state)
{
	struct writer_isa long_isa = isa;
	struct buf b;
	struct writer w;

	(void)state;
	begin(&w, &b);
	long_isa.sender = "SIXTEENLETTERSXX";
	writer_isa(&w, &long_isa);
	assert_int_equal(writer_error(&w), WRITER_CHARACTER);
	buf_free(&b);
}

static void
writer_puts_U_where_nothing_repeats(void **state)
{
	const struct delimiters none = { '*', ':', '\0', '~' };
	struct buf b;
	struct writer w;

	(void)state;
	buf_init(&b, 1000);
	writer_init(&w, &b, none, "");
	writer_isa(&w, &isa);
	assert_int_equal(b.n, 106);
	assert_int_equal(b.p[82], 'U');
	buf_free(&b);
}

/* ---- writer_copy --------------------------------------------------------- */

/* Read text, copy each segment, and hand back the writer's error. */
static enum writer_error
copy_all(struct buf *b, const char *text, struct delimiters to)
{
	struct reader *r = reader_new();
	struct writer w;
	struct segment g;
	char *p;
	size_t n;

	buf_init(b, 1 << 16);
	writer_init(&w, b, to, "");
	reader_space(r, &p, &n);
	memcpy(p, text, strlen(text));
	reader_commit(r, strlen(text));
	reader_finish(r);
	while (reader_next(r, &g) == READER_SEGMENT)
		writer_copy(&w, &g);
	reader_free(r);
	return writer_error(&w);
}

#define HEAD "ISA*00*          *00*          *ZZ*CLINICA        *ZZ*PAYERX" \
	"         *260131*1805*^*00501*000000007*0*T*:~"

static void
writer_copy_changes_delimiters_and_nothing_else(void **state)
{
	const char text[] = HEAD "HI*ABK:A*ABF:B^ABF:C**~IEA*0*000000007~";
	const struct delimiters same = { '*', ':', '^', '~' };
	const struct delimiters other = { '|', '>', '!', '\n' };
	struct buf b;

	(void)state;
	assert_int_equal(copy_all(&b, text, same), WRITER_OK);
	assert_string_equal(buf_str(&b), text);
	buf_free(&b);
	assert_int_equal(copy_all(&b, text, other), WRITER_OK);
	assert_string_equal(buf_str(&b) + 105,
	    "\nHI|ABK>A|ABF>B!ABF>C||\nIEA|0|000000007\n");
	assert_int_equal(b.p[82], '!');
	buf_free(&b);
}

static void
writer_copy_refuses_data_that_would_become_a_delimiter(void **state)
{
	const struct delimiters other = { '|', '>', '!', '\n' };
	const struct delimiters none = { '*', ':', '\0', '\n' };
	struct buf b;

	(void)state;
	assert_int_equal(copy_all(&b, HEAD "N1*A|B~", other),
	    WRITER_DELIMITER_IN_DATA);
	buf_free(&b);
	assert_int_equal(copy_all(&b, HEAD "N1*A\nB~", other),
	    WRITER_DELIMITER_IN_DATA);
	buf_free(&b);
	/* The other side has no repetition separator. */
	assert_int_equal(copy_all(&b, HEAD "N1*A^B~", none),
	    WRITER_DELIMITER_IN_DATA);
	buf_free(&b);
}

static void
writer_copy_counts_as_a_segment(void **state)
{
	static const uint32_t mark[] = { 2, 5 };
	const struct delimiters d = { '*', ':', '^', '~' };
	const struct segment g = { .base = "N1*41~", .mark = mark, .count = 1,
		.delimiters = &d };
	struct buf b;
	struct writer w;

	(void)state;
	buf_init(&b, 1000);
	writer_init(&w, &b, d, "");
	writer_st(&w, "837", "0001", "");
	writer_copy(&w, &g);
	writer_se(&w);
	assert_string_equal(buf_str(&b), "ST*837*0001~N1*41~SE*3*0001~");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writer_counts_the_envelope),
		cmocka_unit_test(what_was_written_scans_without_a_finding),
		cmocka_unit_test(writer_leaves_out_what_is_empty_at_the_end),
		cmocka_unit_test(writer_writes_cents_as_canonical_numbers),
		cmocka_unit_test(
		    writer_refuses_and_remembers_the_first_failure),
		cmocka_unit_test(writer_refuses_an_identity_that_is_too_long),
		cmocka_unit_test(writer_puts_U_where_nothing_repeats),
		cmocka_unit_test(
		    writer_copy_changes_delimiters_and_nothing_else),
		cmocka_unit_test(
		    writer_copy_refuses_data_that_would_become_a_delimiter),
		cmocka_unit_test(writer_copy_counts_as_a_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
