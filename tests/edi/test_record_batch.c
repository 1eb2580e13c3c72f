/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/record/batch.h"
#include "edi/record/out.h"

#include <stdio.h>
#include <stdlib.h>

static struct guides *guides;
static struct rules *rules;
static struct codes *codes;
static struct record_kinds *kinds;

/* ---- both ways ---------------------------------------------------------- */

struct both {
	struct walk *walk;
	struct buf x12, records, refused;
	bool flush, keep_case;       /* after each record; small letters */
	char sender[16], receiver[16];
};

static void
both_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct both *x = ctx;

	slice_copy(slice_str(i->sender), x->sender, sizeof(x->sender));
	slice_copy(slice_str(i->receiver), x->receiver, sizeof(x->receiver));
}

static void
both_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct both *)ctx)->walk, s);
}

static void
both_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct both *)ctx)->walk, s, ordinal);
}

static void
both_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct both *)ctx)->walk, s);
}

static int
both_on_line(void *ctx, struct slice line, struct err *e)
{
	(void)e;
	buf_add_slice(&((struct both *)ctx)->records, line);
	return 0;
}

static void
both_begin(struct both *x)
{
	*x = (struct both){ .sender = "CLINICA", .receiver = "PAYERX" };
	buf_init(&x->x12, 64 << 20);
	buf_init(&x->records, 64 << 20);
	buf_init(&x->refused, 1 << 20);
}

static void
both_end(struct both *x)
{
	buf_free(&x->x12);
	buf_free(&x->records);
	buf_free(&x->refused);
}

static void
to_records(struct both *x, struct slice x12)
{
	static const struct scan_ops ops = {
		.on_interchange = both_on_interchange,
		.on_set = both_on_set, .on_segment = both_on_segment,
		.on_set_end = both_on_set_end };
	struct scan *s = scan_new(&ops, x);
	struct record_out *o;
	struct err e = ERR_NONE;

	assert_non_null(s);
	x->walk = walk_new(s, guides, NULL);
	assert_non_null(x->walk);
	o = record_out_new(s, x->walk, kinds, both_on_line, x);
	assert_non_null(o);
	scan_feed(s, x12.p, x12.n);
	assert_int_equal(scan_finish(s), SCAN_COMPLETE);
	assert_int_equal(record_out_error(o, &e), 0);
	record_out_free(o);
	walk_free(x->walk);
	scan_free(s);
}

static int
both_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	buf_add_slice(&((struct both *)ctx)->x12, bytes);
	return 0;
}

static void
both_on_refused(void *ctx, uint64_t line, const struct record_fault *f)
{
	buf_addf(&((struct both *)ctx)->refused, "%u: %s: %s [%s]\n",
	    (unsigned)line, f->field, f->text, f->name ? f->name : "");
}

/* All lines of the text; how many records were written. */
static unsigned
to_x12(struct both *x, struct slice lines, uint32_t claims_max)
{
	static const struct record_batch_ops ops = { both_on_bytes,
		both_on_refused, NULL };
	const struct inspection_settings checks = { .guides = guides,
		.rules = rules, .codes = codes };
	const struct record_batch_options o = {
		.isa = { .sender = x->sender, .receiver = x->receiver,
			.date = "20260131", .time = "1805", .control = 1,
			.usage = 'T' },
		.sender = x->sender, .receiver = x->receiver, .time = "1805",
		.group = 1, .delimiters = writer_default_delimiters,
		.suffix = "\n", .claims_max = claims_max,
		.keep_case = x->keep_case };
	struct record_batch *b = record_batch_new(kinds, &checks, &o, &ops,
	    x);
	struct err e = ERR_NONE;
	unsigned written;

	assert_non_null(b);
	for (uint64_t n = 1; lines.n > 0; n++) {
		const char *end = memchr(lines.p, '\n', lines.n);
		size_t len = end ? (size_t)(end - lines.p) : lines.n;

		if (x->flush)
			assert_int_equal(record_batch_flush(b, &e), 0);
		assert_int_equal(record_batch_line(b, slice(lines.p, len), n,
		    &e), 0);
		lines = slice(lines.p + len + (end != NULL),
		    lines.n - len - (end != NULL));
	}
	assert_int_equal(record_batch_finish(b, &e), 0);
	written = (unsigned)record_batch_written(b);
	record_batch_free(b);
	return written;
}

static char *
valid_x12(const char *kind, size_t *n)
{
	char path[64], *text;
	struct err e = ERR_NONE;

	snprintf(path, sizeof(path), "tests/data/records/%s/input.x12",
	    kind);
	for (char *p = path; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	assert_int_equal(io_slurp(path, 1 << 20, &text, n, &e), 0);
	return text;
}

static void
assert_same_again(const char *input)
{
	struct both x;
	size_t n;
	char *text = valid_x12(input, &n);

	both_begin(&x);
	to_records(&x, slice(text, n));
	to_x12(&x, buf_slice(&x.records), 0);
	assert_string_equal(buf_str(&x.refused), "");
	assert_string_equal(buf_str(&x.x12), text);
	both_end(&x);
	free(text);
}

/* Of every kind, the rich valid set of its guide: to the byte. */
static void
x12_to_records_to_x12_is_the_same(void **state)
{
	(void)state;
	for (unsigned i = 0; record_kind_name(i); i++)
		assert_same_again(record_kind_name(i));
}

/* LS without a loop, the same patient twice, levels that end early. */
static void
odd_but_valid_x12_is_the_same_again(void **state)
{
	(void)state;
	assert_same_again("271_odd");
}

static void
records_to_x12_to_records_are_the_same(void **state)
{
	(void)state;
	for (unsigned i = 0; record_kind_name(i); i++) {
		struct both x, y;
		size_t n;
		char *text = valid_x12(record_kind_name(i), &n);

		both_begin(&x);
		both_begin(&y);
		to_records(&x, slice(text, n));
		to_x12(&x, buf_slice(&x.records), 0);
		to_records(&y, buf_slice(&x.x12));
		assert_string_equal(buf_str(&y.records), buf_str(&x.records));
		both_end(&x);
		both_end(&y);
		free(text);
	}
}

/* ---- one claim, changed ------------------------------------------------- */

/* The last record of the valid 837P: a claim of a dependent. */
static void
one_claim(struct both *x, struct buf *to)
{
	size_t n, at;
	char *text = valid_x12("837P", &n);

	both_begin(x);
	to_records(x, slice(text, n));
	for (at = x->records.n - 1; at > 0 && x->records.p[at - 1] != '\n';)
		at--;
	buf_init(to, 64 << 20);
	buf_add(to, x->records.p + at, x->records.n - at);
	free(text);
}

static void
add_changed(struct buf *to, const char *line, const char *from,
    const char *into)
{
	const char *at = strstr(line, from);

	assert_non_null(at);
	buf_add(to, line, (size_t)(at - line));
	buf_add_str(to, into);
	buf_add_str(to, at + strlen(from));
}

static void
what_cannot_be_written_is_refused_with_its_member(void **state)
{
	static const struct {
		const char *from, *into, *refused;
	} rows[] = {
		{ "\"id\":\"PC1002\"", "\"idd\":\"PC1002\"",
		    "2: claim: has a member" },
		{ "\"75.50\",\"place", "\"75.505\",\"place",
		    "2: claim.charge: is no amount" },
		{ "\"75.50\",\"place", "\"70.00\",\"place",
		    "cob_claim_balance" },
		{ "PC1002", "PC*1002", "2: claim.id: holds one of the" },
		{ "PC1002", "PC1002PC1002PC1002PC1002",
		    "2: claim.id: the element is longer" },
		{ "1111111112", "1111111113",
		    "2: billing_provider.id: the check digit" },
		{ ",\"service_date\":\"2026-01-15\"}]", "}]",
		    "2: claim.lines[1]: a required segment is missing" },
		{ "\"2026-01-15\"", "\"2026-02-30\"",
		    "2: claim.lines[0].service_date: is no date" },
		{ "\"last_name\":\"GUARD\",", "\"last_name\":\"GUARD\","
		    "\"name\":\"GUARD\",", "contradicts" },
		{ "[\"1\",\"2\"]", "[\"1\",\"2\",\"1\",\"2\",\"1\"]",
		    "2: claim.lines[1].diagnosis_pointers: has too many" },
		{ "\"units\":2", "\"units\":\"2\"",
		    "2: claim.lines[1].units: must be a number" },
		{ "GEORGE GUARD", "\\u4e2d", "2: patient.contact.name: holds "
		    "a character" },
		{ "\"claim\":{", "\"claim\":{\"other\":[{\"loop\":\"2300\","
		    "\"segment\":\"ZZZ*1\"}],", "2: : other: the guide" },
		{ "\"837P\"", "\"838P\"", "2: : no kind of record" },
		{ "{\"type\"", "{{\"type\"", "2: : no kind of record" },
		{ "GEORGE GUARD", "GEORGE GU\xd1RD",
		    "2: patient.contact.name: is no text that JSON can hold: "
		    "letters beyond ASCII must be UTF-8" },
	};
	struct both x;
	struct buf line, lines;

	(void)state;
	one_claim(&x, &line);
	buf_init(&lines, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_reset(&lines);
		buf_reset(&x.x12);
		buf_reset(&x.refused);
		add_changed(&lines, buf_str(&line), "PC1002", "PC1");
		add_changed(&lines, buf_str(&line), rows[i].from,
		    rows[i].into);
		add_changed(&lines, buf_str(&line), "PC1002", "PC3");
		assert_int_equal(to_x12(&x, buf_slice(&lines), 0), 2);
		if (!strstr(buf_str(&x.refused), rows[i].refused))
			fail_msg("%s: %s", rows[i].refused,
			    buf_str(&x.refused));
		assert_non_null(strstr(buf_str(&x.x12), "CLM*PC1*"));
		assert_non_null(strstr(buf_str(&x.x12), "CLM*PC3*"));
	}
	buf_free(&lines);
	buf_free(&line);
	both_end(&x);
}

static void
texts_become_what_x12_can_carry(void **state)
{
	struct both x;
	struct buf line, lines;

	(void)state;
	one_claim(&x, &line);
	buf_init(&lines, 1 << 20);
	add_changed(&lines, buf_str(&line), "GEORGE GUARD",
	    "  Ren\\u00e9e O\\u2019Dell-\xc3\x9f\\n");
	add_changed(&lines, buf_str(&line), "\"id\":\"PC1002\"",
	    "\"id\":\"pc2\",\"other\":[{\"loop\":\"2300\",\"segment\":"
	    "\"REF*EA*mr1\"}],\"care_plan_oversight\":\"\","
	    "\"attachments\":null");
	assert_int_equal(to_x12(&x, buf_slice(&lines), 0), 2);
	assert_string_equal(buf_str(&x.refused), "");
	assert_non_null(strstr(buf_str(&x.x12), "*RENEE O'DELL-S*TE*"));
	assert_non_null(strstr(buf_str(&x.x12), "CLM*PC2*"));
	assert_non_null(strstr(buf_str(&x.x12), "REF*EA*mr1~"));
	buf_free(&lines);
	buf_free(&line);
	both_end(&x);
}

static unsigned
count(struct buf *b, const char *what)
{
	unsigned n = 0;

	for (const char *p = buf_str(b); (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* Records in any order: one level each for provider, subscriber, patient. */
static void
records_are_grouped_by_what_they_share(void **state)
{
	struct both x;
	struct buf line, lines;

	(void)state;
	one_claim(&x, &line);
	buf_init(&lines, 1 << 20);
	for (unsigned i = 0; i < 6; i++)
		add_changed(&lines, buf_str(&line), "1 PLAN WAY",
		    i % 2 ? "1 PLAN WAY" : "2 PLAN WAY");
	assert_int_equal(to_x12(&x, buf_slice(&lines), 0), 6);
	assert_int_equal(count(&x.x12, "\nST*"), 1);
	assert_int_equal(count(&x.x12, "*20*1~"), 2);
	assert_int_equal(count(&x.x12, "*22*1~"), 2);
	assert_int_equal(count(&x.x12, "*23*0~"), 2);
	assert_int_equal(count(&x.x12, "\nCLM*"), 6);
	assert_non_null(strstr(buf_str(&x.x12), "HL*6*5*23*0~"));
	buf_free(&lines);
	buf_free(&line);
	both_end(&x);
}

static void
a_patient_holds_100_claims_and_a_set_as_many_as_asked(void **state)
{
	struct both x;
	struct buf line, lines;

	(void)state;
	one_claim(&x, &line);
	buf_init(&lines, 64 << 20);
	for (unsigned i = 0; i < 250; i++)
		buf_add_slice(&lines, buf_slice(&line));
	assert_int_equal(to_x12(&x, buf_slice(&lines), 0), 250);
	assert_int_equal(count(&x.x12, "\nST*"), 1);
	assert_int_equal(count(&x.x12, "*23*0~"), 3);
	buf_reset(&x.x12);
	assert_int_equal(to_x12(&x, buf_slice(&lines), 60), 250);
	assert_int_equal(count(&x.x12, "\nST*"), 5);
	assert_int_equal(count(&x.x12, "\nCLM*"), 250);
	assert_non_null(strstr(buf_str(&x.x12), "GE*5*1~"));
	buf_free(&lines);
	buf_free(&line);
	both_end(&x);
}

static void
a_flush_begins_new_sets_and_small_letters_may_stay(void **state)
{
	struct both x;
	struct buf line, lines;

	(void)state;
	one_claim(&x, &line);
	buf_init(&lines, 1 << 20);
	add_changed(&lines, buf_str(&line), "PC1002", "pc-A");
	add_changed(&lines, buf_str(&line), "PC1002", "pc-B");
	x.flush = x.keep_case = true;
	assert_int_equal(to_x12(&x, buf_slice(&lines), 0), 2);
	assert_int_equal(count(&x.x12, "\nISA*"), 0);
	assert_int_equal(count(&x.x12, "\nGS*"), 1);
	assert_int_equal(count(&x.x12, "\nST*"), 2);
	assert_non_null(strstr(buf_str(&x.x12), "\nST*837*0002*"));
	assert_non_null(strstr(buf_str(&x.x12), "CLM*pc-A*"));
	buf_free(&lines);
	buf_free(&line);
	both_end(&x);
}

static int
setup(void **state)
{
	struct err e = ERR_NONE;

	(void)state;
	guides = guides_new();
	rules = rules_new();
	codes = codes_open(NULL, &e);
	kinds = guides ? record_kinds_new(guides) : NULL;
	return kinds && rules && codes ? rules_load_builtin(rules, &e) : -1;
}

static int
teardown(void **state)
{
	(void)state;
	record_kinds_free(kinds);
	rules_free(rules);
	codes_close(codes);
	guides_free(guides);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x12_to_records_to_x12_is_the_same),
		cmocka_unit_test(odd_but_valid_x12_is_the_same_again),
		cmocka_unit_test(records_to_x12_to_records_are_the_same),
		cmocka_unit_test(
		    what_cannot_be_written_is_refused_with_its_member),
		cmocka_unit_test(texts_become_what_x12_can_carry),
		cmocka_unit_test(
		    a_flush_begins_new_sets_and_small_letters_may_stay),
		cmocka_unit_test(records_are_grouped_by_what_they_share),
		cmocka_unit_test(
		    a_patient_holds_100_claims_and_a_set_as_many_as_asked),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
