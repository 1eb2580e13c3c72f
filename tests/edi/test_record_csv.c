/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/record/batch.h"
#include "edi/record/csv.h"
#include "tests/support/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct guides *guides;
static struct record_kinds *kinds;

struct out {
	struct buf records, refused;
	struct err e;
	int rc;
};

static int
on_record(void *ctx, uint64_t row, struct slice json, struct err *e)
{
	struct out *o = ctx;

	(void)e;
	buf_addf(&o->records, "%" PRIu64 " ", row);
	buf_add_slice(&o->records, json);
	buf_add_char(&o->records, '\n');
	return 0;
}

static void
on_refused(void *ctx, uint64_t row, const struct record_fault *f)
{
	struct out *o = ctx;

	buf_addf(&o->refused, "%" PRIu64 " %s: %s\n", row, f->field, f->text);
}

static void
convert(struct out *o, const char *kind, struct slice text, size_t piece)
{
	static const struct record_csv_ops ops = { on_record, on_refused };
	struct record_csv *c = record_csv_new(kinds, kind, &ops, o);

	assert_non_null(c);
	*o = (struct out){ .rc = 0 };
	buf_init(&o->records, 16 << 20);
	buf_init(&o->refused, 1 << 20);
	for (size_t i = 0; i < text.n && o->rc == 0; i += piece)
		o->rc = record_csv_feed(c, text.p + i, text.n - i < piece ?
		    text.n - i : piece, &o->e);
	if (o->rc == 0)
		o->rc = record_csv_finish(c, &o->e);
	record_csv_free(c);
}

static void
out_free(struct out *o)
{
	buf_free(&o->records);
	buf_free(&o->refused);
}

/* One table, what comes of it: records, refusals, or an error. */
static void
expect(const char *text, const char *records, const char *refused,
    const char *error)
{
	for (size_t piece = 1; piece < 1000; piece += 333) {
		struct out o;

		convert(&o, "837P", slice_str(text), piece);
		assert_string_equal(buf_str(&o.records), records);
		assert_string_equal(buf_str(&o.refused), refused);
		assert_string_equal(o.e.text, error);
		assert_int_equal(o.rc, error[0] ? -EILSEQ : 0);
		out_free(&o);
	}
}

#define RECORD(row, rest) row " {\"type\":\"837P\",\"source\":{\"row\":" row \
	"}," rest "}\n"

static void
rows_with_the_same_claim_are_its_lines(void **state)
{
	(void)state;
	expect("claim.id,claim.charge,claim.lines.charge\n"
	    "A,30.00,10\nA,30.00,\nA,,20\nB,5,5\n",
	    RECORD("2", "\"claim\":{\"id\":\"A\",\"charge\":\"30.00\",\"lines\""
	    ":[{\"charge\":\"10\"},{\"charge\":\"20\"}]}")
	    RECORD("5", "\"claim\":{\"id\":\"B\",\"charge\":\"5\",\"lines\":"
	    "[{\"charge\":\"5\"}]}"), "", "");
	/* Without columns of lines, each row is a record. */
	expect("claim.id\nA\nA\n", RECORD("2", "\"claim\":{\"id\":\"A\"}")
	    RECORD("3", "\"claim\":{\"id\":\"A\"}"), "", "");
}

static void
rows_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	expect("claim_id,total_charge,line_charge\n"
	    "A,30,10\nA,31,20\nB,5,5\n",
	    RECORD("4", "\"claim\":{\"id\":\"B\",\"charge\":\"5\",\"lines\":"
	    "[{\"charge\":\"5\"}]}"),
	    "3 claim.charge: is not what an earlier row says of the same "
	    "claim\n", "");
}

static void
columns_may_stand_in_any_order(void **state)
{
	(void)state;
	expect("diagnosis3;diagnosis1;Claim ID;diagnosis2;#mine\n"
	    "C3;C1;A;C2;note\n",
	    RECORD("2", "\"claim\":{\"id\":\"A\",\"diagnoses\":["
	    "{\"type\":\"ABK\",\"code\":\"C1\"},"
	    "{\"type\":\"ABF\",\"code\":\"C2\"},"
	    "{\"type\":\"ABF\",\"code\":\"C3\"}]}"), "", "");
	/* A hole would move what the pointers point to. */
	expect("claim_id,diagnosis1,diagnosis2,diagnosis3\nA,C1,,C3\n", "",
	    "2 claim.diagnoses[2].code: an item before it is empty\n", "");
	/* What is given stands before what goes without saying. */
	expect("claim_id,diagnosis1,claim.diagnoses[0].type\nA,C1,BK\n",
	    RECORD("2", "\"claim\":{\"id\":\"A\",\"diagnoses\":["
	    "{\"type\":\"BK\",\"code\":\"C1\"}]}"), "", "");
}

static void
cells_are_read_as_spreadsheets_write_them(void **state)
{
	(void)state;
	expect("claim_id,signature_on_file,service_date,units,modifiers,"
	    "claim.onset_date\n"
	    "A, y ,1/5/2026,.5,25 59,20260105\n"
	    "A,,1/5/2026-1/12/2026,002,,\n"
	    "A,,2026-01-05/2026-01-12,10.50,,\n",
	    RECORD("2", "\"claim\":{\"id\":\"A\",\"signature_on_file\":true,"
	    "\"onset_date\":\"2026-01-05\",\"lines\":[{\"procedure\":"
	    "{\"modifiers\":[\"25\",\"59\"]},\"unit\":\"UN\",\"units\":0.5,"
	    "\"service_date\":\"2026-01-05\"},{\"unit\":\"UN\",\"units\":2,"
	    "\"service_date\":\"2026-01-05/2026-01-12\"},{\"unit\":\"UN\","
	    "\"units\":10.50,\"service_date\":\"2026-01-05/2026-01-12\"}]}"),
	    "", "");
	expect("claim_id,member_id\nA,1.23457E+11\nB,12345E12\nC,\"\xff\"\n",
	    RECORD("3", "\"subscriber\":{\"id_type\":\"MI\",\"id\":"
	    "\"12345E12\"},\"claim\":{\"id\":\"B\"}"),
	    "2 subscriber.id: is a number that a spreadsheet has rounded; "
	    "make the column text and enter it again\n"
	    "4 subscriber.id: is no UTF-8; save the table as CSV in UTF-8\n",
	    "");
	expect("claim_id,signature_on_file,units\nA,maybe,1\nB,Y,one\n", "",
	    "2 claim.signature_on_file: must be Y or N\n"
	    "3 claim.lines.units: is no number: write 12 or 1.5\n", "");
}

static void
rows_that_slipped_are_refused(void **state)
{
	(void)state;
	expect("claim_id,total_charge,\nA,1,\nB,1,200.00\nC,1\nD,1,,x\n,,\n",
	    RECORD("2", "\"claim\":{\"id\":\"A\",\"charge\":\"1\"}"),
	    "3 : column 3 has no heading; is a separator in a text without "
	    "quotes?\n"
	    "4 : the row has 2 cells, the heading 3\n"
	    "5 : column 4 has no heading; is a separator in a text without "
	    "quotes?\n", "");
}

static void
a_wrong_heading_spoils_the_table(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "claim_id,claim.chrage\nA,1\n", "row 1, column 2, "
		    "claim.chrage: no such member; did you mean "
		    "claim.charge?" },
		{ "clam_id,total_charge\nA,1\n", "row 1, column 1, clam_id: "
		    "no such column; did you mean claim_id?" },
		{ "claim_id,claim.lines[0].procedre.code\n", "row 1, column "
		    "2, claim.lines[0].procedre.code: no such member; did you "
		    "mean claim.lines[0].procedure?" },
		{ "claim_id,claim.id\n", "row 1, column 2, claim.id: another "
		    "column is the same member" },
		{ "claim_id,claim.diagnoses[x].code\n", "row 1, column 2, "
		    "claim.diagnoses[x].code: no number of an item; write [0] "
		    "for the first" },
		{ "claim_id,claim.lines.procedure.modifiers\n", "row 1, "
		    "column 2, claim.lines.procedure.modifiers: a list: write "
		    "[0] for its first item, or [] at the end for texts with "
		    "blanks between" },
		{ "claim_id,claim.lines.charge,claim.diagnoses.code\n",
		    "row 1, column 3, claim.diagnoses.code: the rows are items "
		    "of another list already: write a number, [0] for the "
		    "first" },
		{ "claim_id,claim\n", "row 1, column 2, claim: no single "
		    "value: name a member of it" },
		{ "claim_id,claim.charge[0]\n", "row 1, column 2, "
		    "claim.charge[0]: no list: leave the [] out" },
		{ "claim_id,claim.id.x\n", "row 1, column 2, claim.id.x: no "
		    "such member: too many dots" },
		/* Data in place of a heading is not shown. */
		{ "CANARY,SALLY,1980-02-29\n", "row 1: no heading: none of its "
		    "cells names a member of the record" },
		{ "claim_id,CANARY SALLY,x\n", "row 1, column 2, canary_sally: "
		    "no such member" },
		{ "claim_id,1980-02-29\n", "row 1, column 2: no such member" },
		{ "claim_id,type\nA,837P\nB,837D\n", "row 3, column 2: another "
		    "type than that of the rows before (837P); one kind a "
		    "table" },
		{ "claim_id\nA,\"x\n", "row 2, column 2: the file ends inside "
		    "of quotes" },
		{ "", "the table is empty: its first row names the columns" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct out o;

		convert(&o, "837P", slice_str(rows[i].text), 5);
		assert_string_equal(o.e.text, rows[i].error);
		assert_int_equal(o.rc, -EILSEQ);
		out_free(&o);
	}
}

static void
the_kind_may_stand_in_a_column(void **state)
{
	static const char *const texts[] = { "type,claim.id\n\n835,A\n835,B\n",
		"claim.id\nA\n", "type,claim.id\n999P,A\n",
		"type,claim.id,claim.lines.procedure.code\n837P,A,1\n,A,2\n" };
	static const char *const results[] = {
		"3 {\"type\":\"835\",\"source\":{\"row\":3},\"claim\":{\"id\":"
		    "\"A\"}}\n4 {\"type\":\"835\",\"source\":{\"row\":4},"
		    "\"claim\":{\"id\":\"B\"}}\n",
		"row 1: which kind of record is it? A column `type` is missing",
		"row 2: no kind of record (`x12 records` lists them)",
		RECORD("2", "\"claim\":{\"id\":\"A\",\"lines\":["
		    "{\"procedure\":{\"code\":\"1\"}},{\"procedure\":{\"code\":"
		    "\"2\"}}]}"),
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct out o;

		convert(&o, NULL, slice_str(texts[i]), 4);
		assert_string_equal(o.rc < 0 ? o.e.text : buf_str(&o.records),
		    results[i]);
		out_free(&o);
	}
}

/* ---- to X12 -------------------------------------------------------------- */

struct chain {
	struct record_batch *batch;
	struct buf x12;
	unsigned refused;
};

static int
chain_on_record(void *ctx, uint64_t row, struct slice json, struct err *e)
{
	return record_batch_line(((struct chain *)ctx)->batch, json, row, e);
}

static void
chain_on_refused(void *ctx, uint64_t row, const struct record_fault *f)
{
	((struct chain *)ctx)->refused++;
	print_message("%" PRIu64 " %s: %s\n", row, f->field, f->text);
}

static int
chain_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	buf_add_slice(&((struct chain *)ctx)->x12, bytes);
	return 0;
}

static void
a_table_becomes_x12(void **state)
{
	static const struct record_csv_ops csv_ops = { chain_on_record,
		chain_on_refused };
	static const struct record_batch_ops batch_ops = { chain_on_bytes,
		chain_on_refused, NULL };
	const struct inspection_settings checks = { .guides = guides };
	const struct record_batch_options options = { .isa = { .sender =
		"CLINICA", .receiver = "PAYERX", .date = "20260110",
		.time = "1200", .control = 1, .usage = 'T' },
		.sender = "CLINICA", .receiver = "PAYERX", .time = "1200",
		.group = 1, .delimiters = writer_default_delimiters,
		.suffix = "\n" };
	struct chain x = { .refused = 0 };
	struct record_csv *c = record_csv_new(kinds, "837P", &csv_ops, &x);
	struct err e = ERR_NONE;
	char *text, *want;
	size_t n, wanted;

	(void)state;
	buf_init(&x.x12, 1 << 20);
	x.batch = record_batch_new(kinds, &checks, &options, &batch_ops, &x);
	assert_int_equal(io_slurp("tests/data/csv/claims.csv", 1 << 20, &text,
	    &n, &e), 0);
	assert_int_equal(record_csv_feed(c, text, n, &e), 0);
	assert_int_equal(record_csv_finish(c, &e), 0);
	assert_int_equal(record_batch_finish(x.batch, &e), 0);
	assert_int_equal(x.refused, 0);
	assert_int_equal(record_batch_written(x.batch), 2);
	assert_int_equal(io_slurp("tests/data/csv/claims.x12", 1 << 20, &want,
	    &wanted, &e), 0);
	assert_int_equal(x.x12.n, wanted);
	assert_memory_equal(x.x12.p, want, wanted);
	record_batch_free(x.batch);
	record_csv_free(c);
	buf_free(&x.x12);
	free(text);
	free(want);
}

/* The heading that is shown is one that is taken. */
static void
the_template_is_taken_back(void **state)
{
	(void)state;
	for (unsigned i = 0; record_kind_name(i); i++) {
		struct err e;
		const struct record_kind *k = record_kind_named(kinds,
		    slice_str(record_kind_name(i)), &e);
		struct buf heading;
		struct out o;

		assert_non_null(k);
		buf_init(&heading, 1 << 20);
		record_csv_template(&heading, k);
		convert(&o, k->name, buf_slice(&heading), 100);
		assert_string_equal(o.e.text, "");
		out_free(&o);
		buf_free(&heading);
	}
}

static void
document_has_the_columns(void **state)
{
	struct buf table;

	(void)state;
	buf_init(&table, 1 << 20);
	record_csv_table(&table);
	document_holds("docs/csv.md", "columns", buf_slice(&table));
	buf_free(&table);
}

static int
set_up(void **state)
{
	(void)state;
	guides = guides_new();
	kinds = guides ? record_kinds_new(guides) : NULL;
	return kinds ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	record_kinds_free(kinds);
	guides_free(guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_with_the_same_claim_are_its_lines),
		cmocka_unit_test(rows_that_contradict_each_other_are_refused),
		cmocka_unit_test(columns_may_stand_in_any_order),
		cmocka_unit_test(cells_are_read_as_spreadsheets_write_them),
		cmocka_unit_test(rows_that_slipped_are_refused),
		cmocka_unit_test(a_wrong_heading_spoils_the_table),
		cmocka_unit_test(the_kind_may_stand_in_a_column),
		cmocka_unit_test(a_table_becomes_x12),
		cmocka_unit_test(the_template_is_taken_back),
		cmocka_unit_test(document_has_the_columns),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
