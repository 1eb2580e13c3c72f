/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "edi/mirror.h"
#include "edi/reader.h"
#include "tests/support/golden.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX = 64 << 20 };

static struct guides *guides;

static int
set_up(void **state)
{
	(void)state;
	guides = guides_new();
	return guides == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	guides_free(guides);
	return 0;
}

static int
on_write(void *ctx, struct slice bytes, struct err *e)
{
	(void)e;
	assert_true(buf_add_slice(ctx, bytes));
	return 0;
}

static int
to_json(struct buf *to, struct slice x12, size_t piece, struct err *e)
{
	struct mirror *m = mirror_new(guides, on_write, to);
	enum scan_framing framing;
	int rc = 0;

	assert_non_null(m);
	for (size_t i = 0; i < x12.n && rc == 0; i += piece)
		rc = mirror_feed(m, x12.p + i,
		    x12.n - i < piece ? x12.n - i : piece, e);
	if (rc == 0)
		rc = mirror_finish(m, &framing, e);
	mirror_free(m);
	return rc;
}

static int
from_json(struct buf *to, struct slice json, size_t piece, struct err *e)
{
	struct unmirror *u = unmirror_new(guides, on_write, to);
	int rc = 0;

	assert_non_null(u);
	for (size_t i = 0; i < json.n && rc == 0; i += piece)
		rc = unmirror_feed(u, json.p + i,
		    json.n - i < piece ? json.n - i : piece, e);
	if (rc == 0)
		rc = unmirror_finish(u, e);
	unmirror_free(u);
	return rc;
}

static void
assert_same(struct slice a, struct slice b, const char *what)
{
	if (!slice_eq(a, b))
		fail_msg("%s: %zu bytes came back as %zu", what, a.n, b.n);
}

/* To JSON in pieces of two sizes, back in pieces of two sizes: the same. */
static void
round_trip(struct slice x12, size_t piece, const char *what, struct buf *json)
{
	struct buf again, back;
	struct err e = ERR_NONE;

	buf_init(json, MAX);
	buf_init(&again, MAX);
	buf_init(&back, MAX);
	if (to_json(json, x12, MAX, &e) != 0 ||
	    to_json(&again, x12, piece, &e) != 0)
		fail_msg("%s: %s", what, e.text);
	assert_same(buf_slice(json), buf_slice(&again), what);
	if (from_json(&back, buf_slice(json), MAX, &e) != 0)
		fail_msg("%s: %s", what, e.text);
	assert_same(x12, buf_slice(&back), what);
	buf_reset(&back);
	if (from_json(&back, buf_slice(json), piece, &e) != 0)
		fail_msg("%s: %s", what, e.text);
	assert_same(x12, buf_slice(&back), what);
	buf_free(&again);
	buf_free(&back);
}

/* ---- golden ----------------------------------------------------------- */

static void
make_json(struct buf *to, const char *p, size_t n, size_t piece)
{
	struct err e = ERR_NONE;

	if (to_json(to, slice(p, n), piece, &e) != 0)
		fail_msg("%s", e.text);
}

static void
mirror_shows_every_name_with_its_id(void **state)
{
	(void)state;
	golden_run("mirror", "json", make_json);
}

static bool
is_refused(const char *path)
{
	static const char *const names[] = { "/file_empty/",
		"/file_empty_blank/", "/not_x12/", "/not_x12_no_isa/",
		"/isa_unreadable/", "/file_incomplete_in_isa/" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strstr(path, names[i]))
			return true;
	return false;
}

static void
every_golden_input_comes_back_to_the_byte(void **state)
{
	glob_t g;

	(void)state;
	assert_int_equal(glob("tests/data/*/*/input.x12", 0, NULL, &g), 0);
	assert_true(g.gl_pathc > 150);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct err e = ERR_NONE;
		struct buf json;
		char *text;
		size_t n;

		assert_int_equal(io_slurp(g.gl_pathv[i], MAX, &text, &n, &e),
		    0);
		if (is_refused(g.gl_pathv[i])) {
			buf_init(&json, MAX);
			assert_int_equal(to_json(&json, slice(text, n), 7, &e),
			    -EILSEQ);
			assert_int_equal(json.n, 0);
		} else {
			round_trip(slice(text, n), 1, g.gl_pathv[i], &json);
		}
		buf_free(&json);
		free(text);
	}
	globfree(&g);
}

/* ---- odd bytes -------------------------------------------------------- */

#define ISA_TO(separator, component, terminator) \
	"ISA*00*          *00*          *ZZ*MAPLE          *ZZ*HERON" \
	"          *260105*0930*" separator "*00501*000000007*0*T*" \
	component terminator
#define ISA ISA_TO("^", ":", "~")
#define GS "GS*HC*MAPLE*HERON*20260105*0930*7*X*005010X222A1~"
#define ST "ST*837*0001*005010X222A1~"
#define END "SE*3*0001~GE*1*7~IEA*1*000000007~"

#define ODD(text) { SLICE_LIT(text), #text }

static void
what_is_irregular_comes_back_to_the_byte(void **state)
{
	static const struct {
		struct slice x12;
		const char *text;
	} rows[] = {
		ODD(ISA "IEA*0*000000007~"),
		ODD(ISA "IEA*0*000000007"),
		ODD(ISA "\nIEA*0*000000007\n"),
		ODD("\xef\xbb\xbf \n" ISA "IEA*0*000000007~"),
		ODD(ISA "\r\n\r\nIEA*0*000000007~\r\n\r\n"),
		ODD(ISA "\n\n\n\n\n\n" GS ST "BHT*0019~" END),
		ODD(ISA GS ST "BHT*0019*00**~N3*~N3***~N3~~~" END),
		ODD(ISA GS ST "CLM*A*1***11:B:1::*::*:A*^*A^^:B*~" END),
		ODD(ISA GS ST "nte*a*b:c^d:^~X*1~12345*1:~" END),
		ODD(ISA GS ST "12*1*2~A:B*C~*~" END),
		ODD(ISA GS ST "NTE*\"\\\x01\x1f/\x7f\t\n~" END),
		ODD(ISA GS ST "NTE*\xff\xc3\xa9\xc3~" END),
		ODD(ISA GS ST "NTE*\xee\xbe\x80*\xee\xbf\xbf~" END),
		ODD(ISA GS ST "NTE*\xee\xbd\xbf*\xef\x80\x80~" END),
		ODD(ISA GS ST "NTE*A\0B\0*\xf0\x9f\x90\xbb~" END),
		ODD(ISA GS ST "NM1*41*2*\xe2\x80\xa8\xed\xa0\x80~" END),
		ODD(ISA_TO("^", ":", "\n") "GS*HC*A~*\r\nST*837*1\n\n\r\n"),
		ODD(ISA_TO("U", ":", "~") GS ST "CLM*A^B*1***11:B~" END),
		ODD(ISA_TO("^", "", "~") "\n" GS ST "CLM*A:B*1***11:B~" END),
		ODD(ISA_TO("^", "*", "~") GS ST "CLM*A:B*1***11:B~" END),
		ODD(ISA_TO("^", "~", "~") GS ST "CLM*A:B*1***11:B~" END),
		ODD(ISA_TO("^", "\0", "~") GS ST "CLM*A\0B*1***11:B~" END),
		ODD(ISA_TO("^", ":", "\0") "GS*HC*A\0IEA*0*1\0"),
		ODD(ISA_TO("^", "\xe9", "\xff") "GS*A\xe9" "B\xffIEA*0*1\xff"),
		ODD("ISA*00**00**ZZ*A*ZZ*B*260105*0930*^*00501*7*0*T*:~IEA~"),
		ODD("ISA*~*\n*00**ZZ*A*ZZ*B*260105*0930*^*00501*7*0*T*:~"),
		ODD(ISA GS "ST*837*1~NM1*41*2*CUT"),
		ODD(ISA "IEA*0*000000007~ISA*00*damaged"),
		ODD(ISA "IEA*0*000000007~lower case text" ISA "IEA*0*1~x\n"),
		ODD(ISA ISA GS GS ST ST ISA "TA1*1~SE*1~ZZ~IEA~IEA~LX*1~"),
		ODD(ISA "ISA~" GS "ISA~" ST "ISA~N3*A~" END),
		ODD(ISA GS ST "HL*1**20*1~HL*2*1*22*0~CLM*A~LX*1~HL*3*2*23~"
		    "SBR*P~LX*1~CLM*B~REF*XX~DTP*472~NM1*82~NM1*85~" END),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf json;

		round_trip(rows[i].x12, 1, rows[i].text, &json);
		buf_free(&json);
		round_trip(rows[i].x12, 3, rows[i].text, &json);
		buf_free(&json);
	}
}

static void
what_is_no_x12_is_refused_and_nothing_is_written(void **state)
{
	static char blanks[1 << 20];
	const struct slice rows[] = { SLICE_LIT(""), SLICE_LIT("\n \n"),
		SLICE_LIT("hello"), SLICE_LIT("ISA*00*"),
		SLICE_LIT("GS*HC~"), slice(blanks, sizeof(blanks)) };

	(void)state;
	memset(blanks, ' ', sizeof(blanks));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = ERR_NONE;
		struct buf json;

		buf_init(&json, MAX);
		assert_int_equal(to_json(&json, rows[i], 4096, &e), -EILSEQ);
		assert_int_equal(json.n, 0);
		assert_true(e.text[0] != '\0');
		buf_free(&json);
	}
}

/* ---- memory is bounded ------------------------------------------------ */

/* Lines of the JSON: how many there are, and the longest. */
static unsigned
lines(const struct buf *json, size_t *longest)
{
	const char *p = json->p, *end = json->p + json->n;
	unsigned n = 0;

	for (*longest = 0; p < end; n++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		assert_non_null(stop);
		if ((size_t)(stop - p) > *longest)
			*longest = (size_t)(stop - p);
		p = stop + 1;
	}
	return n;
}

static void
a_claim_without_end_is_split_into_lines(void **state)
{
	struct buf x12, json;
	size_t longest;

	(void)state;
	buf_init(&x12, MAX);
	buf_add_str(&x12, ISA GS ST "HL*1**20*1~HL*2*1*22*0~CLM*TOY*1~");
	for (int i = 0; i < 30000; i++)
		buf_add_str(&x12, "LX*1~SV1*HC:99213*100*UN*1***1~");
	buf_add_str(&x12, END);
	round_trip(buf_slice(&x12), 1000, "claim", &json);
	assert_true(lines(&json, &longest) > 8);
	assert_true(longest > MIRROR_SPLIT && longest < MIRROR_SPLIT + 1000);
	assert_non_null(strstr(buf_str(&json), "\"path\":\"2000A/2000B/2300\","
	    "\"continued\":true,\"content\":[{\"loop\":\"2400\""));
	buf_free(&x12);
	buf_free(&json);
}

/* The most JSON that one segment can make. */
static void
the_worst_segment_fits_into_a_line(void **state)
{
	static const char *const parts[] = { "A*", "A^", "A:", "\x01", "*",
		":A^", "\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct buf x12, json;
		size_t longest;

		buf_init(&x12, MAX);
		buf_add_str(&x12, ISA GS ST
		    "HL*1**20*1~HL*2*1*22*0~NM1*IL*1~DMG*D8*1*M**");
		for (size_t n = 0; n + 50 < READER_SEGMENT_MAX;
		    n += strlen(parts[i]))
			buf_add_str(&x12, parts[i]);
		buf_add_str(&x12, "~" END);
		round_trip(buf_slice(&x12), 4096, parts[i], &json);
		lines(&json, &longest);
		assert_true(longest < MIRROR_LINE_MAX / 2);
		buf_free(&x12);
		buf_free(&json);
	}
}

static void
what_stands_between_is_kept_however_long(void **state)
{
	static const size_t lengths[] = { 1000, 1100, 98303, 98304, 98305,
		131072, 400000 };
	static const char fill[] = { ' ', '?' };

	(void)state;
	for (size_t i = 0; i < 14; i++) {
		struct buf x12, json;
		size_t longest;
		char *p;

		buf_init(&x12, MAX);
		buf_add_str(&x12, ISA "\nIEA*0*000000007~");
		p = buf_space(&x12, lengths[i / 2]);
		assert_non_null(p);
		memset(p, fill[i % 2], lengths[i / 2]);
		x12.n += lengths[i / 2];
		buf_add_str(&x12, "\n" ISA "IEA*0*000000007~");
		round_trip(buf_slice(&x12), i % 3 ? 999 : 1, "gap", &json);
		lines(&json, &longest);
		assert_true(longest < 64 * 1024);
		buf_free(&x12);
		buf_free(&json);
	}
}

/* ---- JSON that people wrote ------------------------------------------- */

#define J_ISA "{\"segment\":\"ISA\",\"delimiters\":{\"element\":\"*\"," \
	"\"component\":\":\",\"repetition\":\"^\",\"terminator\":\"~\"}," \
	"\"1\":\"00\",\"3\":\"00\",\"16\":\":\",\"11\":\"^\"}\n"
#define X_ISA "ISA*00**00********^*****:~"
#define J_ST "{\"segment\":\"ST\",\"ST01\":\"837\"," \
	"\"ST03\":\"005010X222A1\"}\n"
#define J_END "{\"type\":\"end\"}\n"

static void
elements_are_taken_by_id_name_or_number_in_any_order(void **state)
{
	static const struct {
		const char *json, *x12;
	} rows[] = {
		{ "\"CLM02\":\"1\",\"CLM01\":\"A\"", "A*1" },
		{ "\"2\":\"1\",\"CLM01_any_text\":\"A\"", "A*1" },
		{ "\"total_claim_charge_amount\":\"1\"", "*1" },
		{ "\"patient_control_number\":\"\\u0041\\u00e9\"",
		    "A\xc3\xa9" },
		{ "\"trailing\":2,\"CLM01\":\"\\uefe9\"", "\xe9**" },
		{ "\"CLM05\":{\"CLM05-3\":\"1\",\"1\":\"11\"}",
		    "****11::1" },
		{ "\"CLM05\":{\"claim_frequency_code\":\"1\","
		    "\"trailing\":1}", "****::1:" },
		{ "\"CLM01\":[\"A\",{\"2\":\"B\"},\"\"]", "A^:B^" },
		{ "\"CLM01\" : \"A\", \"name\":\"claim_information\","
		    "\"loop\":\"2300\",\"type\":\"x\"", "A" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = ERR_NONE;
		struct buf json, x12;
		char want[200];

		buf_init(&json, MAX);
		buf_init(&x12, MAX);
		buf_addf(&json, "%s%s{\"content\":[{\"segment\":\"CLM\",%s}]}"
		    "\r\n\n%s", J_ISA, J_ST, rows[i].json, J_END);
		if (from_json(&x12, buf_slice(&json), 5, &e) != 0)
			fail_msg("%s: %s", rows[i].json, e.text);
		snprintf(want, sizeof(want),
		    X_ISA "ST*837**005010X222A1~CLM*%s~", rows[i].x12);
		assert_string_equal(buf_str(&x12), want);
		buf_free(&json);
		buf_free(&x12);
	}
}

#define CLM "{\"segment\":\"CLM\","

static void
wrong_json_is_refused_with_line_and_key(void **state)
{
	static const struct {
		const char *json, *why;
	} rows[] = {
		{ CLM "\"CLM01\":1}", "line 3: CLM01: must be a string" },
		{ CLM "\"CLM01\":null}", "CLM01: must be a string" },
		{ CLM "\"CLM01\":\"A*CANARY\"}", "CLM01: the value holds" },
		{ CLM "\"CLM01\":\"A:CANARY\"}", "CLM01: the value holds" },
		{ CLM "\"CLM01\":\"\\u007eCANARY\"}", "CLM01: the value" },
		{ CLM "\"CLM01\":[\"A^CANARY\"]}", "CLM01: the value" },
		{ CLM "\"CLM05\":{\"CLM05-1\":\"A:B\"}}", "CLM05-1: the" },
		{ CLM "\"CLM05\":{\"CLM06-1\":\"A\"}}", "CLM06-1: there is" },
		{ CLM "\"CLM05\":{\"CLM05-1\":[]}}", "CLM05-1: must be a" },
		{ CLM "\"CLM01\":[]}", "CLM01: must not be empty" },
		{ CLM "\"CLM01\":[[\"A\"]]}", "CLM01: must be a string" },
		{ CLM "\"CLM1\":\"A\",\"CLM01\":\"B\"}", "comes twice" },
		{ CLM "\"CLM0\":\"A\"}", "CLM0: there is no such element" },
		{ CLM "\"CLM99999\":\"A\"}", "CLM99999: there is no such" },
		{ CLM "\"CLM32000\":\"A\",\"trailing\":9000}", "too long" },
		{ CLM "\"trailing\":-1}", "trailing: must be a count" },
		{ CLM "\"trailing\":\"1\"}", "trailing: must be a count" },
		{ CLM "\"CLM05\":{\"trailing\":1.5}}", "must be a count" },
		{ CLM "\"colour\":\"CANARY\"}", "colour: there is no such" },
		{ CLM "\"JOHN DOE\":\"A\"}", "a key: there is no such" },
		{ CLM "\"content\":[]}", "is a segment and has content" },
		{ CLM "\"before\":1}", "before: must be a string" },
		{ "{\"segment\":\"A*B\"}", "segment: the value holds" },
		{ "{\"segment\":\"CRC\",\"condition_indicator\":\"A\"}",
		    "condition_indicator: is the name of several elements" },
		{ "{\"segment\":\"ISA\",\"ISA01\":\"00\"}",
		    "an ISA must have" },
		{ "{\"loop\":\"2300\"}", "has no segment, no content" },
		{ "{\"content\":[],\"content\":[]}", "content: comes twice" },
		{ "{\"content\":[],\"CLM01\":\"\"}", "CLM01: there is no" },
		{ "{\"content\":{}}", "an array must stand here" },
		{ "[]", "line 3: no JSON at byte 1: an object must stand" },
		{ "{\"segment\":\"CLM\"} x", "no JSON at byte 19: something" },
		{ CLM "\"CLM01\":\"\xff\"}", "no JSON at byte 27: this is" },
		{ CLM "\"CLM01\":\"\\ud800\"}", "half of a surrogate pair" },
		{ "{\"segment\":\"CLM\"", "no JSON at byte" },
		{ J_ST "{\"type\":\"end\"}\n" J_ST, "line 5: an ISA segment" },
		{ J_ISA "{\"type\":\"text\",\"text\":\"x\"}", "not whole" },
		{ "", "the JSON ends before its line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = ERR_NONE;
		struct buf json, x12;

		buf_init(&json, MAX);
		buf_init(&x12, MAX);
		buf_addf(&json, "%s%s%s", J_ISA, J_ST, rows[i].json);
		assert_int_equal(from_json(&x12, buf_slice(&json), 7, &e),
		    -EILSEQ);
		if (!strstr(e.text, rows[i].why))
			fail_msg("%s: %s", rows[i].json, e.text);
		assert_null(strstr(e.text, "CANARY"));
		assert_null(strstr(e.text, "DOE"));
		buf_free(&json);
		buf_free(&x12);
	}
}

static void
an_isa_must_name_the_delimiters_that_are_said(void **state)
{
	static const char *const changes[][2] = {
		{ "\"16\":\":\"", "\"16\":\">\"" },
		{ "\"11\":\"^\"", "\"11\":\"!\"" },
		{ "\"11\":\"^\"", "\"12\":\"^\"" },
		{ "\"terminator\":\"~\"", "\"terminator\":\"\"" },
		{ "\"component\":\":\"", "\"component\":\"\"" },
		{ "\"repetition\":\"^\",", "" },
		{ "\"16\":\":\"", "\"16\":\":\",\"trailing\":1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		const char *at = strstr(J_ISA, changes[i][0]);
		struct err e = ERR_NONE;
		struct buf json, x12;

		buf_init(&json, MAX);
		buf_init(&x12, MAX);
		buf_add(&json, J_ISA, (size_t)(at - J_ISA));
		buf_addf(&json, "%s%s%s", changes[i][1],
		    at + strlen(changes[i][0]), J_END);
		if (from_json(&x12, buf_slice(&json), 7, &e) != -EILSEQ)
			fail_msg("%s was taken", changes[i][1]);
		assert_non_null(strstr(e.text, "line 1: "));
		buf_free(&json);
		buf_free(&x12);
	}
}

static void
mirrors_one_after_the_other_are_files_one_after_the_other(void **state)
{
	struct err e = ERR_NONE;
	struct buf x12;

	(void)state;
	buf_init(&x12, MAX);
	assert_int_equal(from_json(&x12, SLICE_LIT(J_ISA J_END J_ISA J_END),
	    3, &e), 0);
	assert_string_equal(buf_str(&x12), X_ISA X_ISA);
	buf_free(&x12);
}

static void
a_line_that_is_too_long_is_refused(void **state)
{
	struct unmirror *u = unmirror_new(guides, on_write, NULL);
	struct err e = ERR_NONE;
	static char blanks[64 * 1024];
	int rc = 0;

	(void)state;
	memset(blanks, ' ', sizeof(blanks));
	for (int i = 0; i < 200 && rc == 0; i++)
		rc = unmirror_feed(u, blanks, sizeof(blanks), &e);
	assert_int_equal(rc, -EILSEQ);
	assert_non_null(strstr(e.text, "line 1: longer than"));
	unmirror_free(u);
}

static int
on_full(void *ctx, struct slice bytes, struct err *e)
{
	(void)ctx;
	(void)bytes;
	return err_set(e, -ENOSPC, "no room");
}

static void
a_full_disk_is_passed_on(void **state)
{
	struct mirror *m = mirror_new(guides, on_full, NULL);
	struct unmirror *u = unmirror_new(guides, on_full, NULL);
	enum scan_framing framing;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(mirror_feed(m, ISA, strlen(ISA), &e), 0);
	assert_int_equal(mirror_finish(m, &framing, &e), -ENOSPC);
	assert_int_equal(mirror_feed(m, ISA, strlen(ISA), &e), -ENOSPC);
	assert_string_equal(e.text, "no room");
	mirror_free(m);
	assert_int_equal(unmirror_feed(u, J_ISA J_END, strlen(J_ISA J_END),
	    &e), 0);
	assert_int_equal(unmirror_finish(u, &e), -ENOSPC);
	assert_string_equal(e.text, "no room");
	unmirror_free(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mirror_shows_every_name_with_its_id),
		cmocka_unit_test(every_golden_input_comes_back_to_the_byte),
		cmocka_unit_test(what_is_irregular_comes_back_to_the_byte),
		cmocka_unit_test(
		    what_is_no_x12_is_refused_and_nothing_is_written),
		cmocka_unit_test(a_claim_without_end_is_split_into_lines),
		cmocka_unit_test(the_worst_segment_fits_into_a_line),
		cmocka_unit_test(what_stands_between_is_kept_however_long),
		cmocka_unit_test(
		    elements_are_taken_by_id_name_or_number_in_any_order),
		cmocka_unit_test(wrong_json_is_refused_with_line_and_key),
		cmocka_unit_test(
		    an_isa_must_name_the_delimiters_that_are_said),
		cmocka_unit_test(
		    mirrors_one_after_the_other_are_files_one_after_the_other),
		cmocka_unit_test(a_line_that_is_too_long_is_refused),
		cmocka_unit_test(a_full_disk_is_passed_on),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
