/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "edi/reader.h"
#include "edi/scan.h"
#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ISA_CONTROL(n) "ISA*00*          *00*          *ZZ*SENDER         " \
	"*ZZ*RECEIVER       *260131*1805*^*00501*" n "*0*T*:~"
#define ISA ISA_CONTROL("000000001")
#define GS "GS*HC*SENDER*RECEIVER*20260131*1805*1*X*005010X222A1~"
#define ST "ST*837*0001*005010X222A1~"
#define END "GE*1*1~IEA*1*000000001~"

/* ---- golden cases -------------------------------------------------------- */

static void
scan_pieces(struct scan *s, const char *p, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece)
		scan_feed(s, p + at, piece < n - at ? piece : n - at);
}

static void
add_finding(void *ctx, const struct finding *f)
{
	char text[640];

	finding_text(f, text, sizeof(text));
	buf_addf(ctx, "%s\n", text);
}

static void
make_findings(struct buf *to, const char *p, size_t n, size_t piece)
{
	const struct scan_ops ops = { .on_finding = add_finding };
	struct scan *s = scan_new(&ops, to);

	assert_non_null(s);
	scan_pieces(s, p, n, piece);
	buf_addf(to, "%s\n", scan_framing_text(scan_finish(s)));
	scan_free(s);
}

static void
envelope_findings_are_as_expected(void **state)
{
	(void)state;
	golden_run("envelope", "findings", make_findings);
}

/* These need input of a size that no file in the tree should have. */
static bool
needs_much_input(unsigned id)
{
	return id == FINDING_FINDINGS_LEFT_OUT || id == FINDING_HL_UNCHECKED ||
	    id == FINDING_UNIQUENESS_UNCHECKED ||
	    id == FINDING_SEGMENT_TOO_LONG;
}

static void
every_finding_of_the_scan_has_a_case(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= FINDING_HL_UNCHECKED; i++) {
		char name[80];

		if (needs_much_input(i))
			continue;
		snprintf(name, sizeof(name), "[%s,", finding_defs[i].name);
		if (golden_count("envelope", "findings", name) == 0)
			fail_msg("no case of %s", name);
	}
}

/* ---- order of the callbacks ---------------------------------------------- */

static void
note_interchange(void *ctx, const struct scan_interchange *i)
{
	buf_addf(ctx, "(I%u ", i->ordinal);
}

static void
note_interchange_end(void *ctx, const struct scan_interchange *i)
{
	buf_addf(ctx, "%u/%u/%llu%s%s) ", i->groups, i->sets,
	    (unsigned long long)i->length, i->closed ? "" : " open",
	    i->rejected ? " rejected" : "");
}

static void
note_group(void *ctx, const struct scan_group *g)
{
	buf_addf(ctx, "(G%u%s ", g->ordinal, g->implied ? " implied" : "");
}

static void
note_group_end(void *ctx, const struct scan_group *g)
{
	buf_addf(ctx, "%u/%llu%s%s) ", g->sets,
	    (unsigned long long)g->stated_sets, g->closed ? "" : " open",
	    g->rejected ? " rejected" : "");
}

static void
note_set(void *ctx, const struct scan_set *s)
{
	buf_addf(ctx, "(S%u %s %s ", s->ordinal, s->id, s->control);
}

static void
note_set_end(void *ctx, const struct scan_set *s)
{
	buf_addf(ctx, "%u/%llu%s%s) ", s->segments,
	    (unsigned long long)s->length, s->closed ? "" : " open",
	    s->rejected ? " rejected" : "");
}

static void
note_segment(void *ctx, const struct segment *g, uint32_t ordinal)
{
	char tag[4];

	segment_tag_text(g->tag, tag);
	buf_addf(ctx, "%s%u ", tag, ordinal);
}

static void
note_finding(void *ctx, const struct finding *f)
{
	buf_addf(ctx, "!%s ", f->def->name);
}

static const struct scan_ops note_ops = {
	.on_interchange = note_interchange,
	.on_interchange_end = note_interchange_end,
	.on_group = note_group,
	.on_group_end = note_group_end,
	.on_set = note_set,
	.on_set_end = note_set_end,
	.on_segment = note_segment,
	.on_finding = note_finding,
};

/* The callbacks that a text makes, in order. */
static const char *
note(struct buf *b, const char *text)
{
	struct scan *s = scan_new(&note_ops, b);

	assert_non_null(s);
	buf_init(b, 1 << 20);
	scan_feed(s, text, strlen(text));
	buf_add_str(b, scan_framing_text(scan_finish(s)));
	scan_free(s);
	return buf_str(b);
}

static const struct {
	const char *text, *notes;
} orders[] = {
	{ ISA GS ST "CLM*A~SE*3*0001~" END,
	    "(I1 ISA0 (G1 GS0 (S1 837 0001 ST1 CLM2 SE3 3/41) GE0 1/1) "
	    "IEA0 1/1/223) complete" },
	{ ISA "TA1*1*260131*1805*A*000~IEA*0*000000001~",
	    "(I1 ISA0 TA10 IEA0 0/0/146) complete" },
	/* SE and GE are missing: what was open ends before what begins. */
	{ ISA GS ST "CLM*A~" ST "SE*2*0001~IEA*1*000000001~",
	    "(I1 ISA0 (G1 GS0 (S1 837 0001 ST1 CLM2 !se_missing 2/31 open "
	    "rejected) (S2 837 0001 !st_control_duplicate ST1 SE2 2/35 "
	    "rejected) !ge_missing 2/0 open rejected) IEA0 1/2/241) "
	    "complete" },
	{ ISA ST "SE*2*0001~IEA*0*000000001~",
	    "(I1 ISA0 (G1 implied !set_outside_group (S1 837 0001 ST1 SE2 "
	    "2/35) 1/0 open rejected) IEA0 0/1/157 rejected) complete" },
	{ ISA GS "CLM*A~SE*2*0001~GE*0*1~GE*0*1~IEA*1*000000001~",
	    "(I1 ISA0 (G1 GS0 !segment_outside_set CLM0 !se_unexpected SE0 "
	    "!group_empty GE0 0/0) !ge_unexpected GE0 IEA0 1/0/205 rejected) "
	    "complete" },
	{ ISA GS ST "CLM*A~SE",
	    "(I1 ISA0 (G1 GS0 (S1 837 0001 ST1 CLM2 !file_incomplete 2/31 "
	    "open rejected) 1/0 open) 1/1/190 open rejected) incomplete" },
	{ ISA GS ISA_CONTROL("000000002") "IEA*0*000000002~",
	    "(I1 ISA0 (G1 GS0 !ge_missing 0/0 open rejected) !iea_missing "
	    "1/0/159 open rejected) (I2 ISA0 !interchange_empty IEA0 0/0/122) "
	    "broken" },
	{ ISA "TA1*1*260131*1805*A*000~IEA*0*000000001~" GS "GE*0*1~",
	    "(I1 ISA0 TA10 IEA0 0/0/146) !segment_after_iea GS0 GE0 "
	    "complete" },
	{ "ST*837*0001~", "!not_x12 not_x12" },
	{ "", "!file_empty empty" },
	{ " \r\n", "!file_empty empty" },
};

static void
scan_calls_back_in_order_and_closes_what_it_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct buf b;

		assert_string_equal(note(&b, orders[i].text),
		    orders[i].notes);
		buf_free(&b);
	}
}

/* ---- findings: position, limits ------------------------------------------ */

struct seen {
	struct scan *scan;
	struct finding last;
	unsigned named, all, reported;
	const char *name;
	struct buf texts;
};

static void
see_finding(void *ctx, const struct finding *f)
{
	struct seen *seen = ctx;

	seen->all++;
	if (seen->name != NULL && strcmp(f->def->name, seen->name) == 0) {
		seen->named++;
		seen->last = *f;
	}
}

/* A layer above reports at the present segment, and at an earlier one. */
static void
report_from_above(void *ctx, const struct segment *g, uint32_t ordinal)
{
	struct seen *seen = ctx;
	struct finding now = { .element = 2, .loop = "2300" };
	struct finding before = { .segment = 1, .offset = 159, .id = "ST",
		.severity = SEVERITY_WARNING };

	if (g->tag != TAG_CLM)
		return;
	assert_int_equal(ordinal, 2);
	assert_ptr_equal(scan_set(seen->scan)->control[0], '0');
	seen->name = finding_defs[FINDING_HL_PARENT].name;
	scan_report(seen->scan, &finding_defs[FINDING_HL_PARENT], &now);
	assert_int_equal(seen->last.segment, 2);
	assert_int_equal(seen->last.offset, g->offset);
	assert_string_equal(seen->last.id, "CLM");
	assert_string_equal(seen->last.loop, "2300");
	assert_int_equal(seen->last.severity, SEVERITY_REJECT);
	assert_true(scan_set(seen->scan)->rejected);
	scan_report(seen->scan, &finding_defs[FINDING_HL_PARENT], &before);
	assert_int_equal(seen->last.segment, 1);
	assert_int_equal(seen->last.offset, 159);
	assert_string_equal(seen->last.id, "ST");
	assert_int_equal(seen->last.severity, SEVERITY_WARNING);
	assert_int_equal(seen->last.interchange, 1);
	assert_int_equal(seen->last.group, 1);
	assert_string_equal(seen->last.set, "0001");
	assert_int_equal(seen->last.set_ordinal, 1);
}

static void
findings_from_above_get_their_position(void **state)
{
	const struct scan_ops ops = { .on_segment = report_from_above,
		.on_finding = see_finding };
	const char text[] = ISA GS ST "CLM*A~SE*3*0001~" END;
	struct seen seen = { 0 };

	(void)state;
	seen.scan = scan_new(&ops, &seen);
	scan_feed(seen.scan, text, sizeof(text) - 1);
	assert_int_equal(scan_finish(seen.scan), SCAN_COMPLETE);
	assert_int_equal(seen.named, 2);
	scan_free(seen.scan);
}

typedef int line_print(char *to, size_t cap, unsigned i);

/* Feed a head, n lines numbered from 1, and a tail. */
static struct seen
see_many(const char *name, const char *head, line_print *print, unsigned n,
    const char *tail)
{
	const struct scan_ops ops = { .on_finding = see_finding };
	struct seen seen = { .name = name };
	char text[256];

	seen.scan = scan_new(&ops, &seen);
	assert_non_null(seen.scan);
	scan_feed(seen.scan, head, strlen(head));
	for (unsigned i = 1; i <= n; i++)
		scan_feed(seen.scan, text,
		    (size_t)print(text, sizeof(text), i));
	scan_feed(seen.scan, tail, strlen(tail));
	scan_finish(seen.scan);
	scan_free(seen.scan);
	return seen;
}

static int
print_trailing(char *to, size_t cap, unsigned i)
{
	return snprintf(to, cap, "N1*%u*~", i);
}

static void
findings_of_a_set_are_limited_and_the_rest_counted(void **state)
{
	struct seen seen = see_many("findings_left_out", ISA GS ST,
	    print_trailing, 5000, "SE*1*0002~" END);

	(void)state;
	assert_int_equal(seen.named, 1);
	assert_string_equal(seen.last.detail, "4000 more");
	/* The trailer's two are said all the same. */
	assert_int_equal(seen.all, SCAN_FINDINGS_MAX + 3);
}

/* Each the child of the one before. */
static int
print_nested(char *to, size_t cap, unsigned i)
{
	if (i == 1)
		return snprintf(to, cap, "HL*1**20*1~");
	return snprintf(to, cap, "HL*%u*%u*22*1~", i, i - 1);
}

/* As nested, but numbered from 1000 by twos: one finding each, no more. */
static int
print_irregular(char *to, size_t cap, unsigned i)
{
	if (i == 1)
		return snprintf(to, cap, "HL*1000**20*1~");
	return snprintf(to, cap, "HL*%u*%u*22*1~", 998 + i * 2, 996 + i * 2);
}

static int
print_flat(char *to, size_t cap, unsigned i)
{
	return snprintf(to, cap, "HL*%u**20*0~", i);
}

static void
levels_hang_together_however_many(void **state)
{
	struct seen seen = see_many("hl_child_missing", ISA GS ST,
	    print_nested, 100000, "SE*100002*0001~" END);

	(void)state;
	assert_int_equal(seen.all, 1);
	assert_int_equal(seen.named, 1);
	assert_int_equal(seen.last.segment, 100001);
	assert_string_equal(seen.last.id, "HL");
}

static void
levels_numbered_at_will_still_find_their_parents(void **state)
{
	struct seen seen = see_many("hl_number", ISA GS ST, print_irregular,
	    500, "SE*502*0001~" END);

	(void)state;
	assert_int_equal(seen.named, 500);
	assert_int_equal(seen.all, 501);  /* and the last has no child */
}

static void
more_levels_than_are_kept_are_said_once(void **state)
{
	struct seen seen = see_many("hl_unchecked", ISA GS ST, print_flat,
	    300000, "SE*300002*0001~" END);

	(void)state;
	assert_int_equal(seen.named, 1);
	assert_int_equal(seen.all, 1);
}

static int
print_set(char *to, size_t cap, unsigned i)
{
	return snprintf(to, cap, "ST*837*%06u~SE*2*%06u~", i, i);
}

static void
more_set_numbers_than_are_kept_are_said_once(void **state)
{
	struct seen seen = see_many("uniqueness_unchecked", ISA GS, print_set,
	    140000, "GE*140000*1~IEA*1*000000001~");

	(void)state;
	assert_int_equal(seen.named, 1);
	assert_int_equal(seen.all, 1);
}

static int
print_endless(char *to, size_t cap, unsigned i)
{
	return snprintf(to, cap, "N1*%u*%u", i, i);
}

static void
a_segment_without_end_is_said(void **state)
{
	struct seen seen = see_many("segment_too_long", ISA GS ST,
	    print_endless, 20000, "");

	(void)state;
	assert_int_equal(seen.named, 1);
	assert_int_equal(seen.all, 1);
}

/* ---- the file ------------------------------------------------------------ */

static void
scan_fd_reads_a_file_to_its_end(void **state)
{
	const char text[] = ISA GS ST "CLM*A~SE*3*0001~" END;
	int fd = memfd_create("scan", 0);
	struct buf b;
	struct scan *s;
	enum scan_framing framing = SCAN_EMPTY;
	struct err e = ERR_NONE;

	(void)state;
	buf_init(&b, 1 << 20);
	s = scan_new(&note_ops, &b);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(scan_fd(s, fd, "a file", &framing, &e), 0);
	assert_int_equal(framing, SCAN_COMPLETE);
	buf_add_str(&b, "complete");
	assert_string_equal(buf_str(&b), orders[0].notes);
	scan_free(s);
	buf_free(&b);
	close(fd);
}

static void
scan_fd_says_what_cannot_be_read(void **state)
{
	struct scan *s = scan_new(&note_ops, NULL);
	enum scan_framing framing;
	struct err e = ERR_NONE;

	(void)state;
	assert_int_equal(scan_fd(s, -1, "job 7", &framing, &e), -EBADF);
	assert_non_null(strstr(e.text, "job 7"));
	scan_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelope_findings_are_as_expected),
		cmocka_unit_test(every_finding_of_the_scan_has_a_case),
		cmocka_unit_test(
		    scan_calls_back_in_order_and_closes_what_it_opened),
		cmocka_unit_test(findings_from_above_get_their_position),
		cmocka_unit_test(
		    findings_of_a_set_are_limited_and_the_rest_counted),
		cmocka_unit_test(levels_hang_together_however_many),
		cmocka_unit_test(
		    levels_numbered_at_will_still_find_their_parents),
		cmocka_unit_test(more_levels_than_are_kept_are_said_once),
		cmocka_unit_test(more_set_numbers_than_are_kept_are_said_once),
		cmocka_unit_test(a_segment_without_end_is_said),
		cmocka_unit_test(scan_fd_reads_a_file_to_its_end),
		cmocka_unit_test(scan_fd_says_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
