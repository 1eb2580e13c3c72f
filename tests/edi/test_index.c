/* SPDX-License-Identifier: ISC */
/*
 * Golden folders tests/data/index/NAME: input.x12 and expect.index, one record
 * a line. BLESS=1 in the environment rewrites the expectations for review.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "edi/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct run {
	struct scan *scan;
	struct index *index;
	struct buf text;
	bool places;         /* offsets too: not when delimiters are changed */
};

static void
dump_text(struct buf *b, const char *name, const char *value)
{
	if (value[0] != '\0')
		buf_addf(b, " %s=%s", name, value);
}

static void
dump_number(struct buf *b, const char *name, int64_t value)
{
	if (value != 0)
		buf_addf(b, " %s=%" PRId64, name, value);
}

static void
on_record(void *ctx, const struct index_record *r)
{
	static const char *const groups[] = { "co", "oa", "pi", "pr" };
	struct run *x = ctx;
	struct buf *b = &x->text;

	buf_addf(b, "%s %u/%u/%u:%u #%u", index_kind_text(r->kind),
	    r->interchange, r->group, r->set, r->segment, r->ordinal);
	if (x->places)
		buf_addf(b, " @%" PRIu64 "+%" PRIu64, r->offset, r->length);
	dump_text(b, "status", r->status);
	dump_text(b, "code", r->code);
	dump_text(b, "more", r->more[0]);
	dump_text(b, "more", r->more[1]);
	dump_number(b, "amount", r->amount);
	dump_number(b, "paid", r->paid);
	dump_number(b, "patient", r->patient);
	for (unsigned i = 0; i < INDEX_CAS; i++)
		dump_number(b, groups[i], r->adjusted[i]);
	dump_number(b, "control", (int64_t)r->control);
	dump_number(b, "included", r->included);
	dump_number(b, "received", r->received);
	dump_number(b, "accepted", r->accepted);
	dump_number(b, "refused", r->refused);
	dump_text(b, "gs01", r->functional_id);
	dump_text(b, "version", r->version);
	dump_text(b, "st01", r->set_id);
	dump_text(b, "st02", r->set_control);
	dump_text(b, "date", r->date);
	dump_text(b, "time", r->time);
	dump_text(b, "claim", r->claim);
	dump_text(b, "reference", r->reference);
	dump_text(b, "payer_claim", r->payer_claim);
	dump_text(b, "trace", r->trace);
	dump_number(b, "cut", r->cut);
	buf_add_char(b, '\n');
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct run *x = ctx;

	index_on_segment(x->index, s, ordinal);
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	struct run *x = ctx;

	index_on_set_end(x->index, set);
}

static const struct scan_ops ops = {
	.on_segment = on_segment, .on_set_end = on_set_end,
};

static void
begin(struct run *x, uint32_t kinds)
{
	buf_init(&x->text, 1 << 20);
	x->scan = scan_new(&ops, x);
	assert_non_null(x->scan);
	x->index = index_new(x->scan, (struct index_sink){ on_record, x });
	assert_non_null(x->index);
	if (kinds)
		index_want(x->index, kinds);
}

static const char *
index_text(struct run *x, struct slice input, size_t step, uint32_t kinds)
{
	begin(x, kinds);
	for (size_t at = 0; at < input.n; at += step)
		scan_feed(x->scan, input.p + at,
		    input.n - at < step ? input.n - at : step);
	scan_finish(x->scan);
	index_free(x->index);
	scan_free(x->scan);
	return buf_str(&x->text);
}

static const char *const cases[] = { "837p", "837i", "837d", "835", "277ca",
	"277", "999", "997", "ta1" };
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static struct slice
slurp(const char *name, const char *file)
{
	char path[128], *text;
	size_t n;

	snprintf(path, sizeof(path), "tests/data/index/%s/%s", name, file);
	assert_int_equal(io_slurp(path, 1 << 20, &text, &n, NULL), 0);
	return slice(text, n);
}

static void
index_finds_what_the_golden_files_say(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		struct slice input = slurp(cases[i], "input.x12"), expect;
		struct run x = { .places = true };
		const char *text = index_text(&x, input, input.n, 0);
		char path[128];

		snprintf(path, sizeof(path), "tests/data/index/%s/expect.index",
		    cases[i]);
		if (getenv("BLESS"))
			assert_int_equal(io_replace(path, slice_str(text), 0644,
			    NULL), 0);
		expect = slurp(cases[i], "expect.index");
		assert_string_equal(text, expect.p);
		free((char *)input.p);
		free((char *)expect.p);
		buf_free(&x.text);
	}
}

static void
index_is_the_same_byte_by_byte(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		struct slice input = slurp(cases[i], "input.x12");
		struct run whole = { .places = true }, bytes = whole;
		const char *a = index_text(&whole, input, input.n, 0);
		const char *b = index_text(&bytes, input, 1, 0);

		assert_string_equal(a, b);
		free((char *)input.p);
		buf_free(&whole.text);
		buf_free(&bytes.text);
	}
}

static void
index_is_the_same_with_other_delimiters(void **state)
{
	static const char from[] = "*:^~", to[] = "|>!\x1d";

	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		struct slice input = slurp(cases[i], "input.x12");
		struct run before = { 0 }, after = { 0 };
		const char *a = index_text(&before, input, input.n, 0), *b;

		for (size_t at = 0; at < input.n; at++) {
			const char *c = memchr(from, input.p[at], 4);

			if (c)
				((char *)input.p)[at] = to[c - from];
		}
		b = index_text(&after, input, input.n, 0);
		assert_string_equal(a, b);
		free((char *)input.p);
		buf_free(&before.text);
		buf_free(&after.text);
	}
}

static void
index_claim_bytes_are_the_claim(void **state)
{
	struct slice input = slurp("837p", "input.x12");
	struct run x = { .places = true };
	const char *text = index_text(&x, input, input.n, 1u << INDEX_CLAIM);
	unsigned long offset, length, seen = 0;

	(void)state;
	for (const char *at = text; (at = strchr(at, '@')); at++, seen++) {
		assert_int_equal(sscanf(at, "@%lu+%lu", &offset, &length), 2);
		assert_memory_equal(input.p + offset, "CLM*TOY-000", 11);
		/* A line end after the terminator is no part of the next. */
		assert_memory_equal(input.p + offset + length - 2, "~\n", 2);
		assert_int_not_equal(input.p[offset + length], '\n');
	}
	assert_int_equal(seen, 3);
	assert_null(strstr(text, "set "));
	free((char *)input.p);
	buf_free(&x.text);
}

static const char cut_set[] =
    "ISA*00*          *00*          *ZZ*A              *ZZ*B              "
    "*260105*0930*^*00501*000000001*0*T*:~GS*HC*AA*BB*20260105*0930*1*X*"
    "005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*R1*20260105*0930*CH~"
    "CLM*C1*1***11:B:1~LX*1~REF*6R*ONE~LX*2~";

static void
index_ends_what_the_file_cuts(void **state)
{
	struct run x = { 0 };
	const char *text = index_text(&x, slice_str(cut_set), 7, 0);

	(void)state;
	assert_non_null(strstr(text, "line 1/1/1:4 #1"));
	assert_non_null(strstr(text, "claim 1/1/1:3 #1"));
	assert_non_null(strstr(text, "set 1/1/1:1 #1"));
	buf_free(&x.text);
}

static void
index_marks_text_that_is_cut(void **state)
{
	struct buf b;
	struct run x = { 0 };
	const char *text;

	(void)state;
	buf_init(&b, 4096);
	buf_add(&b, cut_set, sizeof(cut_set) - 1);
	buf_add_str(&b, "CLM*");
	for (unsigned i = 0; i < 60; i++)
		buf_add_char(&b, 'X');
	buf_add_str(&b, "*1e5~SE*9*0001~");
	text = index_text(&x, buf_slice(&b), b.n, 1u << INDEX_CLAIM);
	assert_non_null(strstr(text, "#2 claim=XXXX"));
	assert_non_null(strstr(text, "reference=R1 cut=1\n"));
	buf_free(&b);
	buf_free(&x.text);
}

static void
index_bounds_the_statuses_it_holds(void **state)
{
	struct buf b;
	struct run x = { 0 };
	const char *text;
	unsigned n = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_add(&b, cut_set, 106);
	buf_add_str(&b, "GS*HN*AA*BB*20260105*0930*1*X*005010X214~"
	    "ST*277*0001*005010X214~HL*1**PT~TRN*2*C1~");
	for (unsigned i = 0; i < 1000; i++)
		buf_add_str(&b, "STC*A7:21*20260106*U*1~");
	buf_add_str(&b, "REF*1K*P1~SE*9*0001~");
	text = index_text(&x, buf_slice(&b), b.n, 1u << INDEX_277_CLAIM);
	for (const char *at = text; (at = strstr(at, "277_claim")); at++)
		n++;
	assert_int_equal(n, 1000);
	assert_non_null(strstr(text, "#1000 status=A7:21 code=U amount=100 "
	    "date=20260106 claim=C1 payer_claim=P1"));
	buf_free(&b);
	buf_free(&x.text);
}

/* ---- the same claim again ----------------------------------------------- */

struct digests {
	struct index *index;
	unsigned count;
	char of[8][HASH128_TEXT];
};

static void
digests_on_record(void *ctx, const struct index_record *r)
{
	struct digests *d = ctx;

	assert_true(d->count < 8);
	memcpy(d->of[d->count++], r->digest, HASH128_TEXT);
}

static void
digests_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	index_on_segment(((struct digests *)ctx)->index, s, ordinal);
}

static void
digests_on_set_end(void *ctx, const struct scan_set *set)
{
	index_on_set_end(((struct digests *)ctx)->index, set);
}

static struct digests
digests_of(const char *text)
{
	static const struct scan_ops own = { .on_segment = digests_on_segment,
	    .on_set_end = digests_on_set_end };
	struct digests d = { .count = 0 };
	struct scan *s = scan_new(&own, &d);

	d.index = index_new(s, (struct index_sink){ digests_on_record, &d });
	index_want(d.index, 1u << INDEX_CLAIM);
	index_want_digests(d.index);
	scan_feed(s, text, strlen(text));
	scan_finish(s);
	index_free(d.index);
	scan_free(s);
	return d;
}

/* Each of `from` by the one of `to` that stands in its place; '-': nothing. */
static char *
translated(const char *text, const char *from, const char *to)
{
	char *copy = strdup(text), *at = copy;

	for (; *text; text++) {
		const char *f = strchr(from, *text);

		if (!f)
			*at++ = *text;
		else if (to[f - from] != '-')
			*at++ = to[f - from];
	}
	*at = '\0';
	return copy;
}

static void
index_knows_a_claim_again_by_its_digest(void **state)
{
	struct slice input = slurp("837p", "input.x12");
	char *plain = translated(input.p, "\n", "-");
	char *other = translated(plain, "*:~^", "|>\n}");
	char *changed = strdup(plain), *at;
	struct digests a = digests_of(plain), b = digests_of(other), c;

	(void)state;
	assert_true(a.count >= 2);
	assert_int_equal(a.count, b.count);
	for (unsigned i = 0; i < a.count; i++) {
		assert_int_equal(strlen(a.of[i]), HASH128_TEXT - 1);
		assert_string_equal(a.of[i], b.of[i]);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(a.of[i], a.of[k]);
	}
	/* One letter of the first claim: it is another claim, no other is. */
	at = strstr(strstr(changed, "~CLM*"), "~HI*");
	assert_non_null(at);
	at[strcspn(at, ":") + 1] ^= 1;
	c = digests_of(changed);
	assert_string_not_equal(c.of[0], a.of[0]);
	assert_string_equal(c.of[1], a.of[1]);
	free(changed);
	free(other);
	free(plain);
	free((char *)input.p);
}

/* Digests are kept: what they are made of never changes. */
static void
index_digests_segments_with_delimiters_of_its_own(void **state)
{
	static const char isa[] = "ISA*00*          *00*          *ZZ*S      "
	    "        *ZZ*R              *260105*1200*^*00501*000000001*0*T*:~"
	    "GS*HC*S*R*20260105*1200*1*X*005010X222A1~"
	    "ST*837*0001*005010X222A1~HL*1**20*1~";
	char text[1200], bytes[700], want[HASH128_TEXT], note[400];
	struct hash128 h;
	struct digests d;

	(void)state;
	memset(note, 'N', sizeof(note));
	note[sizeof(note) - 1] = '\0';
	snprintf(text, sizeof(text), "%sCLM*C1*100***11:B:1*Y**~"
	    "NTE*ADD*%s:%s~HI*ABK:R51^BF:1*~SE*5*0001~GE*1*1~"
	    "IEA*1*000000001~", isa, note, note + 200);
	snprintf(bytes, sizeof(bytes), "CLM\x1d" "C1\x1d" "100\x1d\x1d\x1d"
	    "11\x1f" "B\x1f" "1\x1dY\x1c" "NTE\x1d" "ADD\x1d%s\x1f%s\x1c"
	    "HI\x1d" "ABK\x1fR51\x1e" "BF\x1f" "1\x1c", note, note + 200);
	hash128_begin(&h);
	hash128_add(&h, bytes, strlen(bytes));
	hash128_end(&h, want);
	d = digests_of(text);
	assert_int_equal(d.count, 1);
	assert_string_equal(d.of[0], want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_finds_what_the_golden_files_say),
		cmocka_unit_test(index_is_the_same_byte_by_byte),
		cmocka_unit_test(index_is_the_same_with_other_delimiters),
		cmocka_unit_test(index_claim_bytes_are_the_claim),
		cmocka_unit_test(index_ends_what_the_file_cuts),
		cmocka_unit_test(index_marks_text_that_is_cut),
		cmocka_unit_test(index_bounds_the_statuses_it_holds),
		cmocka_unit_test(index_knows_a_claim_again_by_its_digest),
		cmocka_unit_test(
		    index_digests_segments_with_delimiters_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
