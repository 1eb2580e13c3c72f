/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "edi/validate.h"

#include <stdio.h>
#include <stdlib.h>

#define ISA "ISA*00*          *00*          *ZZ*SENDER         " \
	"*ZZ*RECEIVER       *260131*1805*^*00501*000000001*0*T*:~"
#define GS "GS*HC*SENDER*RECEIVER*20260131*1805*1*X*005010X222A1~"
#define ST "ST*837*0001*005010X222A1~"
#define HEAD ISA GS ST "BHT*0019*00*B1*20260131*1805*CH~" \
	"NM1*41*2*SUBMITTER*****46*S1~PER*IC*DESK*TE*2175550100~" \
	"NM1*40*2*RECEIVER*****46*R1~"
#define PROVIDER "HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~" \
	"N3*1 MAIN ST~N4*SPRINGFIELD*IL*627011234~REF*EI*123456789~"
#define SUBSCRIBER(n) "HL*" n "*1*22*0~SBR*P*18*******CI~" \
	"NM1*IL*1*SAMPLE*SALLY****MI*A" n "~" \
	"NM1*PR*2*PAYER*****PI*12345~"
#define CLAIM(id) "CLM*" id "*180***11:B:1*Y*A*Y*Y~" LINES
#define LINES "HI*ABK:R51~LX*1~SV1*HC:99213*180*UN*1***1~" \
	"DTP*472*D8*20260105~"
#define END "SE*1*0001~GE*1*1~IEA*1*000000001~"

struct seen {
	struct walk *walk;
	struct buf *to;
	bool segments, findings;
};

static void
on_set(void *ctx, const struct scan_set *set)
{
	walk_on_set(((struct seen *)ctx)->walk, set);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct seen *)ctx)->walk, s, ordinal);
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	walk_on_set_end(((struct seen *)ctx)->walk, set);
}

static void
on_finding(void *ctx, const struct finding *f)
{
	struct seen *s = ctx;

	/* SE01 is never right here, for the sake of short tests. */
	if (s->findings && f->def != &finding_defs[FINDING_SE_COUNT])
		buf_addf(s->to, "!%s%s@%u/%s/%s#%u ", f->def->name,
		    f->severity == SEVERITY_WARNING ? "?" : "", f->segment,
		    f->id, f->loop, f->claim);
}

static void
see_set(void *ctx, const struct guide *g)
{
	struct seen *s = ctx;

	buf_addf(s->to, "{%s ", g ? g->id : "unknown");
}

static void
see_set_end(void *ctx)
{
	buf_add_str(((struct seen *)ctx)->to, "} ");
}

static void
see_loop_begin(void *ctx, const struct walk_frame *f)
{
	struct seen *s = ctx;

	buf_addf(s->to, "%s.%u(", f->loop->id, f->instance);
	assert_ptr_equal(walk_frame(s->walk, -1), f);
	assert_ptr_equal(walk_frame(s->walk, f->depth), f);
}

static void
see_loop_end(void *ctx, const struct walk_frame *f)
{
	struct seen *s = ctx;

	buf_addf(s->to, "%u)%s ", walk_claim(s->walk), f->loop->id);
}

static void
see_segment(void *ctx, const struct walk_segment *ws)
{
	struct seen *s = ctx;
	struct slice id = segment_id(ws->segment);

	if (!s->segments)
		return;
	buf_addf(s->to, "%.*s", SLICE_ARG(id));
	if (!ws->node)
		buf_add_str(s->to, "?");
	else if (ws->node->max > 1)
		buf_addf(s->to, ".%u", ws->instance);
	buf_add_char(s->to, ' ');
}

/* What the walk says of a stream, as one line. */
static const char *
walk_line(struct guides *g, struct seen *s, const char *text, unsigned snip,
    bool validate)
{
	static const struct scan_ops ops = {
		.on_set = on_set, .on_segment = on_segment,
		.on_set_end = on_set_end, .on_finding = on_finding,
	};
	static const struct walk_ops see = {
		.on_set = see_set, .on_loop_begin = see_loop_begin,
		.on_segment = see_segment, .on_loop_end = see_loop_end,
		.on_set_end = see_set_end,
	};
	const struct walk_settings settings = { .snip = snip };
	struct scan *scan = scan_new(&ops, s);
	struct validator *v = NULL;

	assert_non_null(scan);
	s->walk = walk_new(scan, g, &settings);
	assert_non_null(s->walk);
	if (validate)
		v = validator_new(s->walk);
	walk_add(s->walk, &see, s);
	buf_reset(s->to);
	scan_feed(scan, text, strlen(text));
	scan_finish(scan);
	validator_free(v);
	walk_free(s->walk);
	scan_free(scan);
	return buf_str(s->to);
}

struct fixture {
	struct guides *guides;
	struct buf out;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || !(f->guides = guides_new()))
		return -1;
	buf_init(&f->out, 1 << 20);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	guides_free(f->guides);
	buf_free(&f->out);
	free(f);
	return 0;
}

static const char *
loops_of(void **state, const char *text)
{
	struct fixture *f = *state;
	struct seen s = { .to = &f->out, .findings = true };

	return walk_line(f->guides, &s, text, WALK_SNIP_ALL, false);
}

static const char *
segments_of(void **state, const char *text)
{
	struct fixture *f = *state;
	struct seen s = { .to = &f->out, .segments = true, .findings = true };

	return walk_line(f->guides, &s, text, WALK_SNIP_ALL, false);
}

static const char *
findings_of(void **state, const char *text, unsigned snip)
{
	struct fixture *f = *state;
	struct seen s = { .to = &f->out, .findings = true };

	return walk_line(f->guides, &s, text, snip, true);
}

static void
walk_begins_and_ends_loops_in_order(void **state)
{
	assert_string_equal(loops_of(state, HEAD PROVIDER SUBSCRIBER("2")
	    CLAIM("A") "LX*2~SV1*HC:99213*1*UN*1***1~DTP*472*D8*20260105~"
	    CLAIM("B") END),
	    "{005010X222A1 1000A.1(0)1000A 1000B.1(0)1000B "
	    "2000A.1(2010AA.1(0)2010AA 2000B.1(2010BA.1(0)2010BA "
	    "2010BB.1(0)2010BB 2300.1(2400.1(1)2400 2400.2(1)2400 1)2300 "
	    "2300.2(2400.1(2)2400 2)2300 0)2000B 0)2000A } ");
}

static unsigned
mind_loop(void *ctx, const struct guide_loop *loop)
{
	struct buf *asked = ctx;

	buf_addf(asked, "?%s ", loop->id);
	return strcmp(loop->id, "2300") == 0 ? WALK_BEGIN :
	    strcmp(loop->id, "2400") == 0 ? WALK_END : 0;
}

static void
mind_begin(void *ctx, const struct walk_frame *f)
{
	buf_addf(ctx, "%s( ", f->loop->id);
}

static void
mind_end(void *ctx, const struct walk_frame *f)
{
	buf_addf(ctx, ")%s ", f->loop->id);
}

/* Two claims of two lines each. */
static void
walk_tells_of_the_loops_that_are_minded(void **state)
{
	static const struct scan_ops ops = {
		.on_set = on_set, .on_segment = on_segment,
		.on_set_end = on_set_end,
	};
	static const struct walk_ops mind = {
		.minds_loop = mind_loop, .on_loop_begin = mind_begin,
		.on_loop_end = mind_end,
	};
	struct fixture *f = *state;
	struct seen s = { .to = &f->out };
	struct scan *scan = scan_new(&ops, &s);
	const char *text = HEAD PROVIDER SUBSCRIBER("2") CLAIM("A") LINES
	    CLAIM("B") END;

	assert_non_null(scan);
	s.walk = walk_new(scan, f->guides, NULL);
	assert_non_null(s.walk);
	buf_reset(s.to);
	walk_add(s.walk, &mind, s.to);
	scan_feed(scan, text, strlen(text));
	scan_finish(scan);
	walk_free(s.walk);
	scan_free(scan);
	assert_string_equal(buf_str(s.to), "?1000A ?1000B ?2000A ?2010AA "
	    "?2000B ?2010BA ?2010BB ?2300 2300( ?2400 )2400 )2400 2300( "
	    ")2400 ");
}

static void
walk_gives_each_segment_its_place(void **state)
{
	assert_string_equal(segments_of(state, HEAD PROVIDER END),
	    "{005010X222A1 ST BHT 1000A.1(NM1 PER.1 0)1000A 1000B.1(NM1 "
	    "0)1000B 2000A.1(HL 2010AA.1(NM1 N3 N4 REF "
	    "!hl_child_missing@6/HL/#0 0)2010AA "
	    "!loop_missing@11/HL/2000B#0 0)2000A SE } ");
}

/* HI01-1 tells the HIs apart, of the first repetition if there are more. */
static void
walk_tells_a_composite_by_its_first_repetition(void **state)
{
	static const struct {
		const char *hi, *want;
	} rows[] = {
		{ "HI*ABK:R51*ABF:Z00~HI*BP:47600~", "CLM HI HI 2400" },
		{ "HI*ABK:R51^ABF:Z00~", "CLM HI 2400" },
		{ "HI*ABK^ABF:R51~", "CLM HI 2400" },
		{ "HI*ABK~", "CLM HI 2400" },
		{ "HI*QQ:R51~HI*ABK:R51~",
		    "CLM HI !segment_over_max@17/HI/2300#1 HI 2400" },
		{ "HI*ABK:R51*BG^BG:1~HI*BG^:A1~", "CLM HI HI.1 2400" },
		{ "HI*ABK:R51~HI*LONGERTHANSIXTEENBYTES:1~",
		    "CLM HI !qualifier_invalid@17/HI/2300#1 HI? 2400" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[2048];

		snprintf(text, sizeof(text), HEAD PROVIDER SUBSCRIBER("2")
		    "CLM*A*180***11:B:1*Y*A*Y*Y~%sLX*1~"
		    "SV1*HC:99213*180*UN*1***1~DTP*472*D8*20260105~" END,
		    rows[i].hi);
		if (!strstr(segments_of(state, text), rows[i].want))
			fail_msg("%s: %s", rows[i].hi,
			    segments_of(state, text));
	}
}

static void
walk_of_an_unknown_guide_is_silent(void **state)
{
	assert_string_equal(segments_of(state, ISA
	    "GS*HC*SENDER*RECEIVER*20260131*1805*1*X*005010X999~"
	    "ST*837*0001*005010X999~XYZ*1~" END),
	    "!guide_unknown?@1/ST/#0 {unknown } ");
}

static void
walk_keeps_its_place_when_a_segment_is_late(void **state)
{
	/* A REF of the claim among the lines: the lines go on. */
	assert_string_equal(strstr(segments_of(state, HEAD PROVIDER
	    SUBSCRIBER("2") "CLM*A*1***11:B:1*Y*A*Y*Y~HI*ABK:R51~LX*1~"
	    "SV1*HC:99213*1*UN*1***1~REF*F8*X~DTP*472*D8*20260105~LX*2~"
	    "SV1*HC:99213*1*UN*1***1~DTP*472*D8*20260105~" END), "2300"),
	    "2300.1(CLM HI 2400.1(LX SV1 "
	    "!segment_out_of_order@19/REF/2300#1 REF DTP 1)2400 "
	    "2400.2(LX SV1 DTP 1)2400 1)2300 0)2000B 0)2000A SE } ");
}

static void
walk_begins_a_loop_whose_first_segment_is_missing(void **state)
{
	assert_string_equal(strstr(segments_of(state, HEAD PROVIDER
	    "HL*2*1*22*0~SBR*P*18*******CI~N3*1 ELM~N4*SPRINGFIELD*IL*62701~"
	    "NM1*PR*2*PAYER*****PI*12345~" CLAIM("A") END), "2000B"),
	    "2000B.1(HL SBR 2010BA.1(!segment_missing@13/NM1/2010BA#0 N3 N4 "
	    "0)2010BA 2010BB.1(NM1 0)2010BB 2300.1(CLM HI 2400.1(LX SV1 DTP "
	    "1)2400 1)2300 0)2000B 0)2000A SE } ");
}

static void
walk_resumes_at_the_next_level_after_nonsense(void **state)
{
	assert_string_equal(strstr(loops_of(state, HEAD PROVIDER
	    "HL*2*1*22*0~QQQ*1~SVC*1~OI*1~CLM*A*1***11:B:1*Y*A*Y*Y~HI~"
	    SUBSCRIBER("3") CLAIM("B") END), "2000B"),
	    "2000B.1(!segment_unknown@12/QQQ/2000B#0 "
	    "!segment_not_in_set@13/SVC/2000B#0 "
	    "!segment_unexpected@14/OI/2000B#0 "
	    "2300.1(!segment_empty@16/HI/#0 !loop_missing@17/LX/2400#1 "
	    "1)2300 !segment_missing@15/SBR/2000B#0 "
	    "!loop_missing@15/NM1/2010BA#0 !loop_missing@15/NM1/2010BB#0 "
	    "0)2000B 2000B.2(2010BA.1(0)2010BA 2010BB.1(0)2010BB "
	    "2300.1(2400.1(2)2400 2)2300 0)2000B 0)2000A } ");
}

static void
walk_closes_all_loops_of_a_set_that_is_cut(void **state)
{
	const char *line = loops_of(state, HEAD PROVIDER SUBSCRIBER("2")
	    "CLM*A*180***11:B:1*Y*A*Y*Y~");

	assert_string_equal(strstr(line, "2300"),
	    "2300.1(!file_incomplete@15//#0 !segment_missing@15/HI/2300#1 "
	    "!loop_missing@15/LX/2400#1 1)2300 0)2000B 0)2000A } ");
}

static void
walk_hands_out_a_ta1_by_the_guide_of_the_envelope(void **state)
{
	assert_string_equal(findings_of(state, ISA
	    "TA1*000000905*260131*1805*Q*000~TA1*1*260131*1805*A*000~"
	    "IEA*0*000000001~", WALK_SNIP_ALL),
	    "!code_invalid@0/TA1/#0 !element_too_short@0/TA1/#0 ");
}

static void
walk_reports_only_the_types_asked_for(void **state)
{
	static const char text[] = HEAD PROVIDER SUBSCRIBER("2")
	    "CLM*A*1***11:B:1*Y*A*Y*Y~LX*1~SV1*HC:99213*X*UN*1***1~"
	    "DTP*472*D8*20260105~" END;

	assert_string_equal(strchr(findings_of(state, text, 1u << 1), '!'),
	    "!element_not_number@17/SV1/2400#1 1)2400 1)2300 0)2000B "
	    "0)2000A } ");
	assert_string_equal(strchr(findings_of(state, text, 1u << 2), '!'),
	    "!segment_missing@16/HI/2300#1 1)2300 0)2000B 0)2000A } ");
	assert_null(strchr(findings_of(state, text, 1u << 3), '!'));
}

static void
walk_obeys_a_companion_guide(void **state)
{
	static const char overlay[] =
	    "over 005010X222A1 837\n"
	    "severity leading_zero reject\n"
	    "severity segment_over_max off\n"
	    "loop 2010AA\n"
	    "  REF[0B] N\n"
	    "  PER R?\n"
	    "loop 2010AC N\n";
	static const char text[] = HEAD
	    "HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~"
	    "N3*2 MAIN ST~N4*SPRINGFIELD*IL*627011234~REF*EI*123456789~"
	    "REF*0B*1~NM1*PE*2*PLAN*****PI*1234~N3*1 ELM ST~"
	    "N4*SPRINGFIELD*IL*62701~REF*EI*1~" SUBSCRIBER("2")
	    "CLM*A*01***11:B:1*Y*A*Y*Y~" LINES END;
	struct fixture *f = *state;
	struct err e = ERR_NONE;
	const char *line;

	line = findings_of(state, text, WALK_SNIP_ALL);
	assert_non_null(strstr(line, "!leading_zero?@"));
	assert_non_null(strstr(line, "!segment_over_max@"));
	assert_null(strstr(line, "!segment_not_used@"));
	if (guides_overlay_text(f->guides, slice_str(overlay), "o", &e) < 0)
		fail_msg("%s", e.text);
	line = findings_of(state, text, WALK_SNIP_ALL);
	assert_non_null(strstr(line, "!leading_zero@"));
	assert_null(strstr(line, "!segment_over_max@"));
	assert_non_null(strstr(line, "!segment_not_used@12/REF/2010AA#0"));
	assert_non_null(strstr(line, "!segment_not_used@13/NM1/2010AC#0"));
	assert_non_null(strstr(line, "!segment_missing?@13/PER/2010AA#0"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(walk_begins_and_ends_loops_in_order),
		TEST(walk_tells_of_the_loops_that_are_minded),
		TEST(walk_gives_each_segment_its_place),
		TEST(walk_tells_a_composite_by_its_first_repetition),
		TEST(walk_of_an_unknown_guide_is_silent),
		TEST(walk_keeps_its_place_when_a_segment_is_late),
		TEST(walk_begins_a_loop_whose_first_segment_is_missing),
		TEST(walk_resumes_at_the_next_level_after_nonsense),
		TEST(walk_closes_all_loops_of_a_set_that_is_cut),
		TEST(walk_hands_out_a_ta1_by_the_guide_of_the_envelope),
		TEST(walk_reports_only_the_types_asked_for),
		TEST(walk_obeys_a_companion_guide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
