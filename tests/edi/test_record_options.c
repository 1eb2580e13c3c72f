/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/record/batch.h"

#include <stdlib.h>
#include <string.h>

/* What a caller may wish, and what a record need not say. */

static struct guides *guides;
static struct rules *rules;
static struct record_kinds *kinds;

/* A claim with two lines, without all that is the same every day. */
static const char claim[] = "{\"type\":\"837P\",\"billing_provider\":{"
	"\"name\":\"Good Clinic\",\"id\":\"1111111112\","
	"\"address\":{\"line1\":\"100 Main St\",\"city\":\"Springfield\","
	"\"state\":\"IL\",\"postal_code\":\"627011234\"},"
	"\"employer_id\":\"123456789\"},\"subscriber\":{\"coverage\":{"
	"\"sequence\":\"P\",\"relationship\":\"18\",\"filing_indicator\":"
	"\"CI\"},\"last_name\":\"GREEN\",\"first_name\":\"GRETA\",\"id_type\":"
	"\"MI\",\"id\":\"G100\",\"birth_date\":\"1970-02-03\",\"gender\":\"F\","
	"\"address\":{\"line1\":\"1 Oak St\",\"city\":\"Springfield\","
	"\"state\":\"IL\",\"postal_code\":\"627011111\"}},\"payer\":{"
	"\"name\":\"PAYER X\",\"id_type\":\"PI\",\"id\":\"12345\"},"
	"\"claim\":{\"id\":\"C1\",\"charge\":\"150.00\",\"place_of_service\":"
	"\"11\",\"frequency\":\"1\",\"signature_on_file\":true,\"assignment\":"
	"\"A\",\"benefits_assigned\":\"Y\",\"release_of_information\":\"Y\","
	"\"diagnoses\":[{\"type\":\"ABK\",\"code\":\"J0190\"}],\"lines\":[{"
	"\"procedure\":{\"type\":\"HC\",\"code\":\"99213\"},\"charge\":"
	"\"100.00\",\"unit\":\"UN\",\"units\":1,\"diagnosis_pointers\":[\"1\"],"
	"\"service_date\":\"2026-01-15\"},{\"procedure\":{\"type\":\"HC\","
	"\"code\":\"87880\"},\"charge\":\"50.00\",\"unit\":\"UN\",\"units\":1,"
	"\"diagnosis_pointers\":[\"1\"],\"service_date\":\"2026-01-12\"}]}}";

static const char defaults[] = "{\"submitter\":{\"name\":\"GOOD CLINIC\","
	"\"id\":\"CLINICA\",\"contacts\":[{\"name\":"
	"\"BILLING\",\"numbers\":[{\"type\":\"TE\",\"value\":\"2175550100\"}]}"
	"]},\"receiver\":{\"name\":\"PAYER X\",\"id\":"
	"\"PAYERX\"}}";

struct made {
	struct record_batch_options o;
	struct buf x12, refused, written;
};

static int
made_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	buf_add_slice(&((struct made *)ctx)->x12, bytes);
	return 0;
}

static void
made_on_refused(void *ctx, uint64_t line, const struct record_fault *f)
{
	buf_addf(&((struct made *)ctx)->refused, "%u: %s: %s [%s]\n",
	    (unsigned)line, f->field, f->text, f->name ? f->name : "");
}

static void
made_on_written(void *ctx, const struct record_written *w)
{
	buf_addf(&((struct made *)ctx)->written, "%u %s %u/%s/%u %.*s %lld "
	    "%s\n", (unsigned)w->line, w->type, (unsigned)w->group, w->set,
	    (unsigned)w->ordinal, SLICE_ARG(w->id), (long long)w->charge,
	    w->date);
}

static void
made_begin(struct made *m)
{
	*m = (struct made){ .o = { .isa = { .sender = "CLINICA",
		.receiver = "PAYERX", .date = "20260131", .time = "1805",
		.control = 7, .usage = 'T' }, .sender = "CLINICA",
		.receiver = "PAYERX", .time = "1805", .group = 70,
		.delimiters = writer_default_delimiters, .suffix = "\n" } };
	buf_init(&m->x12, 64 << 20);
	buf_init(&m->refused, 1 << 20);
	buf_init(&m->written, 1 << 20);
}

static void
made_end(struct made *m)
{
	buf_free(&m->x12);
	buf_free(&m->refused);
	buf_free(&m->written);
}

/* count times the line, with `from` in it become `into` where it is. */
static void
make(struct made *m, const char *above, const char *line, const char *from,
    const char *into, unsigned count)
{
	static const struct record_batch_ops ops = { made_on_bytes,
		made_on_refused, made_on_written };
	const struct inspection_settings checks = { .guides = guides,
		.rules = rules };
	struct record_batch *b = record_batch_new(kinds, &checks, &m->o, &ops,
	    m);
	const char *at = strstr(line, from);
	struct record_fault fault;
	struct err e = ERR_NONE;
	struct buf text;

	assert_non_null(b);
	assert_non_null(at);
	assert_int_equal(record_batch_default(b, slice_str(above), &fault,
	    &e), 0);
	buf_init(&text, 1 << 20);
	buf_add(&text, line, (size_t)(at - line));
	buf_add_str(&text, into);
	buf_add_str(&text, at + strlen(from));
	buf_reset(&m->x12);
	buf_reset(&m->refused);
	buf_reset(&m->written);
	for (unsigned i = 1; i <= count; i++)
		assert_int_equal(record_batch_line(b, buf_slice(&text), i,
		    &e), 0);
	assert_int_equal(record_batch_finish(b, &e), 0);
	buf_free(&text);
	record_batch_free(b);
}

static bool
has(struct buf *b, const char *what)
{
	return strstr(buf_str(b), what) != NULL;
}

static unsigned
times(struct buf *b, const char *what)
{
	unsigned n = 0;

	for (const char *p = buf_str(b); (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* ---- what a record need not say ----------------------------------------- */

static void
submitter_receiver_and_header_need_not_be_said(void **state)
{
	struct made m;

	(void)state;
	made_begin(&m);
	make(&m, defaults, claim, "", "", 1);
	assert_string_equal(buf_str(&m.refused), "");
	assert_true(has(&m.x12, "BHT*0019*00*000000007-0001*20260131*1805*"
	    "CH~\nNM1*41*2*GOOD CLINIC*****46*CLINICA~\n"));
	make(&m, "", claim, "", "", 1);
	assert_true(has(&m.refused, "1: submitter: a required loop is "
	    "missing"));
	made_end(&m);
}

/* Each set its own reference; and what a record says of it stands. */
static void
sets_have_references_of_their_own(void **state)
{
	struct made m;

	(void)state;
	made_begin(&m);
	m.o.claims_max = 2;
	m.o.reference = "DAY31";
	make(&m, defaults, claim, "", "", 5);
	assert_int_equal(times(&m.x12, "\nST*"), 3);
	assert_true(has(&m.x12, "*DAY31-0001*20260131*"));
	assert_true(has(&m.x12, "*DAY31-0003*20260131*"));
	make(&m, defaults, claim, "\"claim\":", "\"transaction\":{"
	    "\"reference\":\"MY1\",\"type\":\"RP\"},\"claim\":", 1);
	assert_true(has(&m.x12, "BHT*0019*00*MY1*20260131*1805*RP~"));
	made_end(&m);
}

static void
a_records_own_word_comes_first(void **state)
{
	struct made m;

	(void)state;
	made_begin(&m);
	make(&m, defaults, claim, "\"claim\":", "\"submitter\":{\"id\":"
	    "\"OTHER\"},\"claim\":", 1);
	assert_true(has(&m.x12, "NM1*41*2*GOOD CLINIC*****46*OTHER~"));
	make(&m, "{\"type\":\"837P\",\"submitter\":{\"name\":\"S\","
	    "\"id\":\"SS\",\"contacts\":[{\"name\":"
	    "\"C\",\"numbers\":[{\"type\":\"TE\",\"value\":\"2175550100\"}]}"
	    "]},\"receiver\":{\"name\":\"R\",\"id\":"
	    "\"RR\"},\"billing_provider\":{\"currency\":\"CAD\"},\"claim\":"
	    "{\"frequency\":\"7\",\"patient_paid\":\"5.00\"}}", claim, "", "",
	    1);
	assert_string_equal(buf_str(&m.refused), "");
	assert_true(has(&m.x12, "CLM*C1*150***11:B:1*Y*A*Y*Y~\n"
	    "AMT*F5*5~\n"));
	assert_false(has(&m.x12, "CUR*"));
	made_end(&m);
}

static void
defaults_that_are_wrong_are_told_of(void **state)
{
	static const struct {
		const char *line, *field, *text;
	} rows[] = {
		{ "{\"submiter\":{}}", "submiter", "is no member of a whole" },
		{ "{\"claim\":{}}", "claim", "is no member of a whole" },
		{ "{\"type\":\"837X\"}", "type", "no kind of record" },
		{ "{\"type\":\"837P\",\"receiver\":{\"idd\":\"\"}}",
		    "receiver", "has a member" },
		{ "{\"receiver\":7}", "receiver", "must be an object" },
		{ "17", "", "must be an object" },
	};
	struct made m;

	(void)state;
	made_begin(&m);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		static const struct record_batch_ops ops = { made_on_bytes,
			made_on_refused, NULL };
		const struct inspection_settings checks = { .guides =
			guides };
		struct record_batch *b = record_batch_new(kinds, &checks,
		    &m.o, &ops, &m);
		struct record_fault fault;
		struct err e = ERR_NONE;

		assert_int_equal(record_batch_default(b,
		    slice_str(rows[i].line), &fault, &e), 1);
		assert_string_equal(fault.field, rows[i].field);
		assert_non_null(strstr(fault.text, rows[i].text));
		record_batch_free(b);
	}
	made_end(&m);
}

/* ---- what a partner takes ----------------------------------------------- */

static void
limits_are_the_partners(void **state)
{
	struct made m;

	(void)state;
	made_begin(&m);
	m.o.patient_claims_max = 3;
	make(&m, defaults, claim, "", "", 7);
	assert_int_equal(times(&m.x12, "*22*0~"), 3);
	assert_int_equal(times(&m.x12, "CLM*"), 7);
	m.o.lines_max = 1;
	make(&m, defaults, claim, "", "", 1);
	assert_true(has(&m.refused, "1: claim.lines: are more than the 1"));
	assert_int_equal(m.x12.n, 0);
	made_end(&m);
}

static void
characters_are_the_partners(void **state)
{
	struct made m;

	(void)state;
	made_begin(&m);
	make(&m, defaults, claim, "Good Clinic", "Good_Clinic", 1);
	assert_true(has(&m.x12, "*GOOD_CLINIC*"));
	m.o.basic = true;
	make(&m, defaults, claim, "Good Clinic", "Good_Clinic", 1);
	assert_true(has(&m.refused, "1: billing_provider.name: holds a "
	    "character"));
	m.o.replace = true;
	make(&m, defaults, claim, "Good Clinic", "Good_Clinic\\u4e2d", 1);
	assert_true(has(&m.x12, "*GOOD CLINIC*"));
	m.o.basic = false;
	make(&m, defaults, claim, "100 Main St", "100*Main:St~", 1);
	assert_true(has(&m.x12, "N3*100 MAIN ST~"));
	/* A number that reads otherwise is another number. */
	make(&m, defaults, claim, "\"C1\"", "\"C*1\"", 1);
	assert_true(has(&m.refused, "1: claim.id: holds one of the delim"));
	make(&m, defaults, claim, "\"G100\"", "\"G1\\u4e2d\"", 1);
	assert_true(has(&m.refused, "1: subscriber.id: holds a character"));
	made_end(&m);
}

static void
it_is_told_where_each_record_went(void **state)
{
	struct made m;

	(void)state;
	made_begin(&m);
	m.o.claims_max = 1;
	make(&m, defaults, claim, "", "", 2);
	assert_string_equal(buf_str(&m.written),
	    "1 837P 70/0001/1 C1 15000 2026-01-12\n"
	    "2 837P 70/0002/2 C1 15000 2026-01-12\n");
	make(&m, defaults, claim, "150.00", "151.00", 1);
	assert_string_equal(buf_str(&m.written), "");
	made_end(&m);
}

static int
setup(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	guides = guides_new();
	rules = rules_new();
	kinds = guides ? record_kinds_new(guides) : NULL;
	return kinds && rules ? rules_load_builtin(rules, &e) : -1;
}

static int
teardown(void **state)
{
	(void)state;
	record_kinds_free(kinds);
	rules_free(rules);
	guides_free(guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    submitter_receiver_and_header_need_not_be_said),
		cmocka_unit_test(sets_have_references_of_their_own),
		cmocka_unit_test(a_records_own_word_comes_first),
		cmocka_unit_test(defaults_that_are_wrong_are_told_of),
		cmocka_unit_test(limits_are_the_partners),
		cmocka_unit_test(characters_are_the_partners),
		cmocka_unit_test(it_is_told_where_each_record_went),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
