/* SPDX-License-Identifier: ISC */
/*
 * Claims of an 837 in pieces: what they stand below (edi/levels.h), and an
 * interchange made of some of them (edi/piece.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/piece.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX = 8 << 20 };

#define ISA(control) \
	"ISA*00*          *00*          *ZZ*CLINICA        *ZZ*PAYERX   " \
	"      *260131*1805*^*00501*" control "*0*T*:~\n"
#define HEAD \
	ISA("000000001") \
	"GS*HC*CLINICA*PAYERX*20260131*1805*7*X*005010X222A1~\n" \
	"ST*837*0001*005010X222A1~\n" \
	"BHT*0019*00*B1*20260131*1805*CH~\n" \
	"NM1*41*2*CLEAN CLAIMS*****46*CLINICA~\n"
#define PROVIDER(hl) \
	"HL*" hl "**20*1~\n" \
	"NM1*85*2*GOOD CLINIC*****XX*1111111112~\n"
#define SUBSCRIBER(hl, above, child) \
	"HL*" hl "*" above "*22*" child "~\n" \
	"SBR*P*18*******CI~\n" \
	"NM1*IL*1*SAMPLE*SALLY****MI*M" hl "~\n" \
	"NM1*PR*2*PAYER X*****PI*12345~\n"
#define PATIENT(hl, above) \
	"HL*" hl "*" above "*23*0~\n" \
	"PAT*19~\n" \
	"NM1*QC*1*SAMPLE*SAM~\n"
#define CLAIM(id) \
	"CLM*" id "*10***11:B:1*Y*A*Y*Y~\n" \
	"LX*1~\n"
#define TAIL(segments) \
	"SE*" segments "*0001~\nGE*1*7~\nIEA*1*000000001~\n"

struct rig {
	struct scan *scan;
	struct levels levels;
	struct piece piece;
	const char *wanted;          /* letters of CLM01 that are taken */
	bool taking;
	unsigned claims, patched;
	char seen[2 * LEVELS_ID];    /* payer and provider of the last claim */
	struct buf out;
	int rc, fail_after;          /* calls of on_bytes that succeed */
	struct err e;
};

/* At its end, or one byte again at an earlier place. */
static int
on_bytes(void *ctx, uint64_t offset, struct slice bytes, struct err *e)
{
	struct rig *r = ctx;

	if (r->fail_after && --r->fail_after == 0)
		return err_set(e, -ENOSPC, "full");
	if (offset == r->out.n) {
		buf_add_slice(&r->out, bytes);
		return 0;
	}
	assert_true(offset < r->out.n);
	assert_int_equal(bytes.n, 1);
	r->out.p[offset] = bytes.p[0];
	r->patched++;
	return 0;
}

static void
on_claim(struct rig *r, const struct segment *s)
{
	struct slice id = segment_element(s, 1);

	r->claims++;
	r->taking = strchr(r->wanted, id.p[0]);
	snprintf(r->seen, sizeof(r->seen), "%s %s", r->levels.payer,
	    r->levels.provider);
	if (r->taking)
		piece_claim(&r->piece, &r->levels);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct rig *r = ctx;

	if (r->rc < 0)
		return;
	r->rc = levels_on_segment(&r->levels, r->scan, s, ordinal, &r->e);
	if (r->rc == LEVELS_CLAIM)
		on_claim(r, s);
	if ((r->rc == LEVELS_CLAIM || r->rc == LEVELS_IN_CLAIM) && r->taking)
		piece_segment(&r->piece, s);
}

static void
rig_begin(struct rig *r, const char *wanted)
{
	static const struct scan_ops ops = { .on_segment = on_segment };

	*r = (struct rig){ .wanted = wanted };
	r->scan = scan_new(&ops, r);
	assert_non_null(r->scan);
	levels_init(&r->levels);
	piece_init(&r->piece, on_bytes, r);
	buf_init(&r->out, MAX);
}

static void
rig_end(struct rig *r)
{
	levels_free(&r->levels);
	piece_free(&r->piece);
	buf_free(&r->out);
	scan_free(r->scan);
}

/* Fed in pieces of n bytes. */
static void
rig_feed(struct rig *r, const char *text, size_t n)
{
	size_t all = strlen(text);

	for (size_t at = 0; at < all; at += n)
		scan_feed(r->scan, text + at, n < all - at ? n : all - at);
	scan_finish(r->scan);
}

static void
assert_piece(const char *text, const char *wanted, const char *expect)
{
	const size_t sizes[] = { 1 << 20, 1 };

	for (unsigned i = 0; i < 2; i++) {
		struct rig r;

		rig_begin(&r, wanted);
		rig_feed(&r, text, sizes[i]);
		if (r.rc < 0)
			fail_msg("%s", r.e.text);
		assert_int_equal(piece_finish(&r.piece, &r.e), 0);
		assert_string_equal(buf_str(&r.out), expect);
		rig_end(&r);
	}
}

static const char two_subscribers[] = HEAD PROVIDER("1")
    SUBSCRIBER("2", "1", "0") CLAIM("A1") CLAIM("B1")
    SUBSCRIBER("3", "1", "1") PATIENT("4", "3") CLAIM("C1")
    PATIENT("5", "3") CLAIM("D1") TAIL("28");

static void
all_claims_are_the_file_again(void **state)
{
	(void)state;
	assert_piece(two_subscribers, "ABCD", two_subscribers);
}

static void
a_claim_brings_the_levels_it_stands_below(void **state)
{
	(void)state;
	assert_piece(two_subscribers, "B", HEAD PROVIDER("1")
	    "HL*2*1*22*0~\nSBR*P*18*******CI~\n"
	    "NM1*IL*1*SAMPLE*SALLY****MI*M2~\n"
	    "NM1*PR*2*PAYER X*****PI*12345~\n" CLAIM("B1") TAIL("12"));
	assert_piece(two_subscribers, "D", HEAD PROVIDER("1")
	    "HL*2*1*22*1~\nSBR*P*18*******CI~\n"
	    "NM1*IL*1*SAMPLE*SALLY****MI*M3~\n"
	    "NM1*PR*2*PAYER X*****PI*12345~\n" PATIENT("3", "2") CLAIM("D1")
	    TAIL("15"));
}

/* What is open is not written again; HL04 is 1 where a patient follows. */
static void
claims_share_the_levels_that_are_open(void **state)
{
	(void)state;
	assert_piece(two_subscribers, "AC", HEAD PROVIDER("1")
	    SUBSCRIBER("2", "1", "0") CLAIM("A1") SUBSCRIBER("3", "1", "1")
	    PATIENT("4", "3") CLAIM("C1") TAIL("21"));
	assert_piece(two_subscribers, "CD", HEAD PROVIDER("1")
	    "HL*2*1*22*1~\nSBR*P*18*******CI~\n"
	    "NM1*IL*1*SAMPLE*SALLY****MI*M3~\n"
	    "NM1*PR*2*PAYER X*****PI*12345~\n" PATIENT("3", "2") CLAIM("C1")
	    PATIENT("4", "2") CLAIM("D1") TAIL("20"));
}

static void
nothing_taken_is_nothing_written(void **state)
{
	(void)state;
	assert_piece(two_subscribers, "Z", "");
}

/* The HL04 was handed out long ago when the patient comes. */
static void
a_patient_is_told_of_where_the_bytes_are_gone(void **state)
{
	struct rig r;
	struct buf text;

	(void)state;
	buf_init(&text, MAX);
	buf_add_str(&text, HEAD PROVIDER("1") SUBSCRIBER("2", "1", "1")
	    CLAIM("A1"));
	for (unsigned i = 0; i < 2000; i++)
		buf_addf(&text, "NTE*ADD*NOTE %u~\n", i);
	buf_add_str(&text, PATIENT("3", "2") CLAIM("B1") TAIL("2017"));
	rig_begin(&r, "AB");
	rig_feed(&r, buf_str(&text), 1 << 20);
	assert_int_equal(piece_finish(&r.piece, &r.e), 0);
	assert_int_equal(r.patched, 1);
	assert_string_equal(buf_str(&r.out), buf_str(&text));
	rig_end(&r);
	buf_free(&text);
}

static void
every_interchange_is_one_and_may_be_numbered_anew(void **state)
{
	static const char one[] = HEAD PROVIDER("1") SUBSCRIBER("2", "1", "0")
	    CLAIM("A1") TAIL("12");
	struct rig r;
	struct buf text;

	(void)state;
	buf_init(&text, MAX);
	buf_addf(&text, "%s%s", one, one);
	rig_begin(&r, "A");
	r.piece.isa13 = 41;
	rig_feed(&r, buf_str(&text), 1 << 20);
	assert_int_equal(piece_finish(&r.piece, &r.e), 0);
	assert_int_equal(r.piece.interchanges, 2);
	assert_int_equal(r.piece.claims, 2);
	assert_non_null(strstr(buf_str(&r.out), "*00501*000000041*0*T*:~\n"));
	assert_non_null(strstr(buf_str(&r.out), "IEA*1*000000041~\nISA*"));
	assert_non_null(strstr(buf_str(&r.out), "*00501*000000042*0*T*:~\n"));
	assert_non_null(strstr(buf_str(&r.out), "IEA*1*000000042~\n"));
	rig_end(&r);
	buf_free(&text);
}

static void
levels_know_who_bills_and_who_pays(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "");
	rig_feed(&r, two_subscribers, 1 << 20);
	assert_int_equal(r.claims, 4);
	assert_string_equal(r.seen, "12345 1111111112");
	assert_true(r.levels.payer_id && r.levels.provider_id);
	rig_end(&r);
}

/* Never guessed: refused, and nothing of it is taken. */
static void
levels_that_are_not_below_each_other_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ HEAD SUBSCRIBER("1", "", "0") CLAIM("A1") TAIL("9"),
		    "the levels (HL) are not" },
		{ HEAD PROVIDER("1") SUBSCRIBER("2", "9", "0") CLAIM("A1")
		    TAIL("12"), "the levels (HL) are not" },
		{ HEAD PROVIDER("1") PATIENT("2", "1") CLAIM("A1") TAIL("11"),
		    "the levels (HL) are not" },
		{ HEAD PROVIDER("1") "HL*2*1*19*0~\n" CLAIM("A1") TAIL("9"),
		    "the levels (HL) are not" },
		{ HEAD PROVIDER("1") CLAIM("A1") TAIL("8"),
		    "below no subscriber" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rig r;

		rig_begin(&r, "A");
		rig_feed(&r, rows[i].text, 1 << 20);
		assert_int_equal(r.rc, -EILSEQ);
		if (!strstr(r.e.text, rows[i].says))
			fail_msg("row %zu says: %s", i, r.e.text);
		assert_int_equal(r.claims, 0);
		rig_end(&r);
	}
}

static void
a_level_without_end_is_refused(void **state)
{
	struct rig r;
	struct buf text;

	(void)state;
	buf_init(&text, MAX);
	buf_add_str(&text, HEAD PROVIDER("1") SUBSCRIBER("2", "1", "0"));
	while (text.n < LEVELS_TEXT + 1000)
		buf_add_str(&text, "REF*SY*000223333~\n");
	buf_add_str(&text, CLAIM("A1"));
	rig_begin(&r, "A");
	rig_feed(&r, buf_str(&text), 1 << 20);
	assert_int_equal(r.rc, -EILSEQ);
	assert_non_null(strstr(r.e.text, "too long"));
	rig_end(&r);
	buf_free(&text);
}

static void
a_failure_to_write_is_told_at_the_end(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "ABCD");
	r.fail_after = 1;
	rig_feed(&r, two_subscribers, 1 << 20);
	assert_int_equal(piece_finish(&r.piece, &r.e), -ENOSPC);
	assert_string_equal(r.e.text, "full");
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_claims_are_the_file_again),
		cmocka_unit_test(a_claim_brings_the_levels_it_stands_below),
		cmocka_unit_test(claims_share_the_levels_that_are_open),
		cmocka_unit_test(nothing_taken_is_nothing_written),
		cmocka_unit_test(a_patient_is_told_of_where_the_bytes_are_gone),
		cmocka_unit_test(
		    every_interchange_is_one_and_may_be_numbered_anew),
		cmocka_unit_test(levels_know_who_bills_and_who_pays),
		cmocka_unit_test(
		    levels_that_are_not_below_each_other_are_refused),
		cmocka_unit_test(a_level_without_end_is_refused),
		cmocka_unit_test(a_failure_to_write_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
