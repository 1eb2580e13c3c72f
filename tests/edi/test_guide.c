/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "edi/guide.h"
#include "edi/guide/match.h"
#include "edi/segment.h"
#include "edi/severity.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int
setup(void **state)
{
	*state = guides_new();
	return *state ? 0 : -1;
}

static int
teardown(void **state)
{
	guides_free(*state);
	return 0;
}

static const struct guide *
get(struct guides *g, const char *version, const char *set)
{
	struct err e = ERR_NONE;
	const struct guide *found = guides_find(g, slice_str(version),
	    slice_str(set), &e);

	if (!found)
		fail_msg("%s %s: %s", version, set, e.text);
	return found;
}

static const struct guide_element *
at(const struct guide *g, const char *path)
{
	struct guide_place p;
	const struct guide_element *el;

	if (!guide_find(g, path, &p) || p.element == 0)
		fail_msg("no %s", path);
	el = &p.segment->elements[p.element - 1];
	return p.component ? &el->components[p.component - 1] : el;
}

/* ---- the built-in guides ------------------------------------------------ */

static void
guide_all_built_in_ones_are_sound(void **state)
{
	struct err e = ERR_NONE;

	if (guides_check_all(*state, &e) < 0)
		fail_msg("%s", e.text);
}

static void
guide_each_loads_in_five_milliseconds(void **state)
{
	char id[16], set[4];

	(void)state;
	for (unsigned i = 0; guides_builtin(i, id, set); i++) {
		double best = 1;

		for (unsigned turn = 0; turn < 5; turn++) {
			struct guides *g = guides_new();
			struct timespec a, b;
			double took;

			assert_non_null(g);
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
			get(g, id, set);
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
			took = (double)(b.tv_sec - a.tv_sec) +
			    (double)(b.tv_nsec - a.tv_nsec) / 1e9;
			best = took < best ? took : best;
			guides_free(g);
		}
#ifdef __SANITIZE_ADDRESS__
		best /= 10;
#endif
		if (best > 0.005)
			fail_msg("%s %s: %.1f ms", id, set, best * 1e3);
	}
}

static void
guide_editions_answer_for_each_other(void **state)
{
	static const struct {
		const char *asked, *set, *found;
	} rows[] = {
		{ "005010X222A1", "837", "005010X222A1" },
		{ "005010X222A2", "837", "005010X222A1" },
		{ "005010X222", "837", "005010X222A1" },
		{ "005010X223A2", "837", "005010X223A2" },
		{ "005010X223A3", "837", "005010X223A3" },
		{ "005010X224A3", "837", "005010X224A2" },
		{ "005010X221", "835", "005010X221" },
		{ "005010X212", "276", "005010X212" },
		{ "005010X212", "277", "005010X212" },
		{ "005010X231", "999", "005010X231A1" },
		{ "005010X279A1", "271", "005010X279A1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct guide *g = get(*state, rows[i].asked,
		    rows[i].set);

		assert_string_equal(g->id, rows[i].found);
		assert_string_equal(g->set, rows[i].set);
	}
}

static void
guide_unknown_is_no_error(void **state)
{
	struct err e = { -1, "old" };

	assert_null(guides_find(*state, SLICE_LIT("005010X999"),
	    SLICE_LIT("837"), &e));
	assert_int_equal(e.code, 0);
	assert_null(guides_find(*state, SLICE_LIT("005010X222A1"),
	    SLICE_LIT("835"), &e));
	assert_int_equal(e.code, 0);
}

static void
guide_says_what_the_published_one_says(void **state)
{
	const struct guide *p = get(*state, "005010X222A1", "837");
	struct guide_place place;

	assert_true(guide_codes_has(at(p, "2300/CLM/05-2")->codes,
	    SLICE_LIT("B")));
	assert_int_equal(at(p, "2300/CLM/05-2")->codes->count, 1);
	assert_int_equal(at(p, "2300/CLM/01")->max, 20);
	assert_int_equal(at(p, "2300/CLM/01")->standard_max, 38);
	assert_int_equal(at(p, "2010BA/NM1/09")->usage, USAGE_SITUATIONAL);
	assert_int_equal(at(p, "2010AA/NM1/06")->usage, USAGE_NOT_USED);
	assert_string_equal(at(p, "2300/CLM/02")->key,
	    "total_claim_charge_amount");
	assert_string_equal(at(p, "2010AA/N4/01")->name,
	    "Billing Provider City Name");
	assert_string_equal(at(p, "2010AA/PER/05")->key,
	    "communication_number_qualifier_2");
	assert_string_equal(at(p, "2010AA/NM1/09")->external[0].set, "npi");
	assert_string_equal(at(p, "2300/HI[ABK]/02-2")->external[0].qualifier,
	    "ABF");
	assert_int_equal(p->amount_digits, 10);

	assert_true(guide_find(p, "2300/REF[G1]", &place));
	assert_string_equal(place.segment->name, "Prior Authorization");
	assert_true(guide_find(p, "2300", &place));
	assert_true(place.loop->is_claim);
	assert_int_equal(place.loop->max, 100);
	assert_true(guide_find(p, "2400", &place));
	assert_int_equal(place.loop->max, 50);
	assert_true(guide_find(p, "2000B", &place));
	assert_true(place.loop->is_hl);
	assert_true(guide_find(p, "BHT/03", &place));
	assert_false(guide_find(p, "2300/REF[QQ]", &place));
	assert_false(guide_find(p, "9999", &place));
	assert_false(guide_find(p, "2300/CLM/21", &place));
	assert_false(guide_find(p, "2300/CLM/01-1", &place));
	assert_false(guide_find(p, "", &place));
	assert_true(guide_uses_segment(p, TAG_CLM));
	assert_false(guide_uses_segment(p, SEGMENT_TAG('C', 'L', 'P')));
	assert_true(guide_leaves_out(p, SEGMENT_TAG('C', 'L', '1')));
	assert_true(guides_knows_segment(*state, SEGMENT_TAG('C', 'L', 'P')));
	assert_false(guides_knows_segment(*state, SEGMENT_TAG('Q', 'Q', 'Q')));
}

static void
guide_shared_loop_is_one_body_in_two_places(void **state)
{
	const struct guide *p = get(*state, "005010X222A1", "837");
	const struct guide_body *first = NULL;
	struct guide_place b, c;
	unsigned n = 0;

	assert_true(guide_find(p, "2000B", &b));
	assert_true(guide_find(p, "2000C", &c));
	for (unsigned k = 0; k < 2; k++) {
		const struct guide_body *body = (k ? c : b).loop->body;

		for (unsigned i = 0; i < body->count; i++) {
			const struct guide_loop *l = body->children[i].loop;

			if (!l || strcmp(l->id, "2300") != 0)
				continue;
			assert_true(!first || first == l->body);
			first = l->body;
			n++;
		}
	}
	assert_int_equal(n, 2);
}

/* The edition whose sources disagree on SBR09 warns. */
static void
guide_editions_differ_where_they_say(void **state)
{
	const struct guide_element *a2, *a3;
	struct guide_place p;

	a2 = at(get(*state, "005010X223A2", "837"), "2000B/SBR/09");
	a3 = at(get(*state, "005010X223A3", "837"), "2000B/SBR/09");
	assert_int_equal(a2->usage, USAGE_SITUATIONAL);
	assert_int_equal(a3->usage, USAGE_REQUIRED);
	assert_true(a3->doubt & DOUBT_USAGE);
	assert_true(guide_find(get(*state, "005010X221", "835"),
	    "1000A/PER[BL]", &p));
	assert_int_equal(p.segment->usage, USAGE_SITUATIONAL);
	assert_true(guide_find(get(*state, "005010X221A1", "835"),
	    "1000A/PER[BL]", &p));
	assert_int_equal(p.segment->usage, USAGE_REQUIRED);
}

static void
guide_codes_are_found_whatever_their_length(void **state)
{
	const struct guide *g = get(*state, "005010X231A1", "999");
	const struct guide_codes *long_ones =
	    at(g, "2100/CTX[CLM01]/01-1")->codes;
	const struct guide_codes *many = at(get(*state, "005010X212", "277"),
	    "2200D/STC/01-3")->codes;

	assert_true(guide_codes_has(long_ones, SLICE_LIT("CLM01")));
	assert_true(guide_codes_has(long_ones,
	    SLICE_LIT("SUBSCRIBER NUMBER REF02")));
	assert_false(guide_codes_has(long_ones,
	    SLICE_LIT("SUBSCRIBER NUMBER REF03")));
	assert_true(many->count > 200);
	for (uint32_t i = 0; i < many->count; i++)
		assert_true(guide_codes_has(many, many->text[i]));
	assert_false(guide_codes_has(many, SLICE_LIT("@@")));
	assert_false(guide_codes_has(many, SLICE_LIT("")));
}

static void
guide_pack_keeps_the_order_of_text(void **state)
{
	static const char *const words[] = { "", "0", "00", "A", "AA", "AAA",
		"AAAA", "AAAB", "AAAAA", "AAAAAA", "AAAAAAA", "AAAAAAAA" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		uint64_t want = 0;

		for (const char *p = words[i]; *p; p++)
			want = want << 8 | (unsigned char)*p;
		assert_true(guide_pack(slice_str(words[i])) == want);
	}
}

/* ---- companion guides --------------------------------------------------- */

static const char companion[] =
    "# Example Health wants less than the guide allows.\n"
    "companion \"Example Health\"\n"
    "over 005010X222A1 837\n"
    "severity trailing_blank reject\n"
    "list fewer\n"
    "  1 7\n"
    "loop 2010BB\n"
    "  NM1\n"
    "    09 R 5..5 =99999  Our Payer Number\n"
    "loop 2300 x20\n"
    "  REF[G1] R\n"
    "  REF[F5] N\n"
    "  CLM\n"
    "    05-3 =@fewer?\n"
    "    20 N\n";

static void
guide_companion_narrows(void **state)
{
	struct err e = ERR_NONE;
	const struct guide *plain = get(*state, "005010X222A1", "837");
	const struct guide *g;
	struct guide_place p;

	if (guides_overlay_text(*state, slice_str(companion), "acme.guide",
	    &e) < 0)
		fail_msg("%s", e.text);
	g = get(*state, "005010X222A2", "837");
	assert_ptr_not_equal(g, plain);
	assert_string_equal(g->companion, "Example Health");
	assert_string_equal(g->id, "005010X222A1");
	assert_int_equal(g->severity_count, 1);
	assert_string_equal(g->severities[0].finding, "trailing_blank");
	assert_int_equal(at(g, "2010BB/NM1/09")->min, 5);
	assert_true(guide_codes_has(at(g, "2010BB/NM1/09")->codes,
	    SLICE_LIT("99999")));
	assert_string_equal(at(g, "2010BB/NM1/09")->name, "Our Payer Number");
	assert_int_equal(at(g, "2300/CLM/05-3")->doubt, DOUBT_CODES);
	assert_int_equal(at(g, "2300/CLM/20")->usage, USAGE_NOT_USED);
	assert_true(guide_find(g, "2300/REF[G1]", &p));
	assert_int_equal(p.segment->usage, USAGE_REQUIRED);
	assert_true(guide_find(g, "2300/REF[F5]", &p));
	assert_int_equal(p.segment->usage, USAGE_NOT_USED);
	/* What was handed out before is as it was. */
	assert_true(guide_find(plain, "2300/REF[G1]", &p));
	assert_int_equal(p.segment->usage, USAGE_SITUATIONAL);
}

static void
guide_companion_reaches_every_place_of_a_shared_loop(void **state)
{
	struct err e = ERR_NONE;
	const struct guide *g;
	struct guide_place b;
	unsigned n = 0;

	assert_int_equal(guides_overlay_text(*state, slice_str(companion),
	    "acme.guide", &e), 0);
	g = get(*state, "005010X222A1", "837");
	for (unsigned k = 0; k < 2; k++) {
		assert_true(guide_find(g, k ? "2000C" : "2000B", &b));
		for (unsigned i = 0; i < b.loop->body->count; i++) {
			const struct guide_loop *l =
			    b.loop->body->children[i].loop;

			if (l && strcmp(l->id, "2300") == 0) {
				assert_int_equal(l->max, 20);
				n++;
			}
		}
	}
	assert_int_equal(n, 2);
}

/* What a companion guide may not say, and the line that says so. */
static void
guide_companion_faults_are_told_with_file_and_line(void **state)
{
#define OVER "over 005010X222A1 837\n"
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "loop 2300\n", "say which guide" },
		{ "over 005010X999 837\n", "say which guide" },
		{ OVER "loop 9999\n", "x.guide:2: the guide has no loop 9999" },
		{ OVER "loop 2300\n  XYZ\n", "x.guide:3: the guide has no" },
		{ OVER "loop 2300\n  REF R\n", "x.guide:3: several segments" },
		{ OVER "loop 2300\n  REF[QQ] R\n", "x.guide:3: the guide has" },
		{ OVER "loop 2300\n  HI[ABK] S\n",
		    "x.guide:3: a companion guide cannot change what" },
		{ OVER "loop 2300\n  CLM\n    03 R\n",
		    "x.guide:4: a companion" },
		{ OVER "loop 2300\n  CLM\n    01 ..38\n",
		    "x.guide:4: lengths must lie within 1..20" },
		{ OVER "loop 2300\n  CLM\n    01 N\n",
		    "x.guide:4: the standard makes this element mandatory" },
		{ OVER "loop 2300\n  CLM\n    05-2 =A\n",
		    "x.guide:4: the guide does not have the code A here" },
		{ OVER "loop 2300\n  CLM\n    05-2 =TOOLONG\n",
		    "x.guide:4: the code TOOLONG does not fit" },
		{ OVER "loop 2300\n  CLM\n    05-9 R\n",
		    "x.guide:4: no such component" },
		{ OVER "loop 2300\n  CLM\n    77 R\n",
		    "x.guide:4: CLM has no element 77" },
		{ OVER "loop 2300\n  K3 x11\n",
		    "x.guide:3: a companion guide cannot allow more repeats" },
		{ OVER "loop 2300\n  CLM\n    12 =@nowhere\n",
		    "x.guide:4: no list @nowhere" },
		{ OVER "severity trailing_blank loud\n",
		    "x.guide:2: expected off, warning or reject" },
		{ OVER "heading\n", "x.guide:2: \"heading\" does not belong" },
		{ OVER "shared 2300 X\n  CLM R /1\n",
		    "x.guide:2: \"shared\" does not belong" },
		{ OVER "  CLM R\n", "x.guide:2: indented under nothing" },
		{ OVER "loop 2300\n  CLM /5\n",
		    "x.guide:3: a position cannot be changed" },
		{ OVER "claim\n", "x.guide:2: \"claim\" is not a statement" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = ERR_NONE;

		assert_int_equal(guides_overlay_text(*state,
		    slice_str(rows[i].text), "x.guide", &e), -EINVAL);
		if (!strstr(e.text, rows[i].want))
			fail_msg("wanted \"%s\", got \"%s\"", rows[i].want,
			    e.text);
	}
	/* Nothing of them is used. */
	assert_null(get(*state, "005010X222A1", "837")->companion);
}

/* One narrows, another narrows what the first has left. */
static void
guide_companions_lie_over_one_another(void **state)
{
	static const char first[] = OVER "loop 2300\n  CLM\n    01 ..15\n";
	static const char second[] = OVER "loop 2300\n  CLM\n    05-2 =A\n";
	static const char third[] = OVER "loop 2300\n  CLM\n    01 ..12\n";
	static const char wide[] = OVER "loop 2300\n  CLM\n    01 ..14\n";
	struct guide_place at;
	struct err e = ERR_NONE;

	assert_int_equal(guides_overlay_text(*state, slice_str(first), "a",
	    &e), 0);
	/* What fails is not laid over. */
	assert_int_equal(guides_overlay_text(*state, slice_str(second), "b",
	    &e), -EINVAL);
	assert_int_equal(guides_overlay_text(*state, slice_str(third), "c",
	    &e), 0);
	assert_int_equal(guides_overlay_text(*state, slice_str(wide), "d",
	    &e), -EINVAL);
	assert_true(guide_find(get(*state, "005010X222A1", "837"),
	    "2300/CLM/01", &at));
	assert_int_equal(at.segment->elements[0].max, 12);
}

/* The name is looked at when the rules are there, for it may be one of them. */
static void
guide_companion_severities_name_findings_and_rules(void **state)
{
	static const char good[] = OVER "severity trailing_blank off\n"
	    "severity claim_total_is_sum_of_lines_837p warning\n";
	static const char bad[] = OVER "severity trailing_blanc off\n";
	struct rules *r = rules_new();
	struct err e = ERR_NONE;

	assert_non_null(r);
	assert_int_equal(rules_load_builtin(r, &e), 0);
	assert_int_equal(guides_overlay_text(*state, slice_str(good),
	    "x.guide", &e), 0);
	assert_int_equal(guides_check_severities(*state, r, &e), 0);
	assert_int_equal(guides_overlay_text(*state, slice_str(bad),
	    "y.guide", &e), 0);
	assert_int_equal(guides_check_severities(*state, r, &e), -EINVAL);
	assert_string_equal(e.text, "y.guide:2: there is no finding and no "
	    "rule trailing_blanc; did you mean trailing_blank?");
	rules_free(r);
}

static void
guide_companion_is_read_from_a_file(void **state)
{
	char path[] = "/tmp/x12d-guide-XXXXXX";
	int fd = mkstemp(path);
	struct err e = ERR_NONE;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, companion, sizeof(companion) - 1),
	    sizeof(companion) - 1);
	close(fd);
	assert_int_equal(guides_overlay(*state, path, &e), 0);
	unlink(path);
	assert_int_equal(guides_overlay(*state, path, &e), -ENOENT);
}

/* ---- the self-check ----------------------------------------------------- */

#define GUIDE "guide 005010X000 837 HC\nheading\nST R /1\n"

static void
guide_self_check_finds_what_is_not_sound(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "it must begin with a guide line" },
		{ "guide 005010X222A1 837 HC\n", "a name that is not taken" },
		{ "guide 005010X000 837 HC\n", "the guide is empty" },
		{ GUIDE "BHT R\n", ":4: the position in the standard is" },
		{ GUIDE "BHT R /9\nREF S /8\n",
		    ":5: positions must ascend: 8 after 9" },
		{ GUIDE "REF[A1] S /2\nREF[A2,A1] S /2\n",
		    ":5: cannot be told from its sibling REF of line 4" },
		{ GUIDE "REF S /2\nREF[A2] S /2\n",
		    ":5: cannot be told from its sibling REF of line 4" },
		{ GUIDE "loop 1 R /2 One\n  NM1[41] R /2\n"
		    "loop 2 R /2 Two\n  NM1[41] R /2\n",
		    ":6: cannot be told from its sibling NM1 of line 4" },
		{ GUIDE "loop 1 R /2 One\n", ":4: a loop begins with" },
		{ GUIDE "loop 1 R /2 One\n  REF S x2 /2\n",
		    ":5: the segment that begins a loop comes once" },
		{ GUIDE "loop 1 R /2 shared\n", ":4: no shared loop 1" },
		{ GUIDE "shared 1 One\n  REF R /2\n",
		    ":4: the shared loop 1 is placed nowhere" },
		{ GUIDE "loop 1 R /2 shared\nshared 1 One\n  REF R /2\n"
		    "  loop 1 S /3 shared\n", "loops nest too deep" },
		{ GUIDE "BHT R /2\n  01 S\n",
		    ":5: the standard makes this element mandatory" },
		{ GUIDE "BHT R /2\n  01 R =TOOLONG\n",
		    ":5: the code TOOLONG does not fit 4..4 characters" },
		{ GUIDE "BHT R /2\n  03 N =A\n",
		    ":4: element 3 has codes but is not used" },
		{ GUIDE "BHT R /2\n  03 R ..99\n",
		    ":5: lengths must lie within 1..50" },
		{ GUIDE "BHT R /2\n  03 R x2\n",
		    ":5: the standard repeats this 1 times" },
		{ GUIDE "QQQ R /2\n", ":4: the standard has no such segment" },
		{ GUIDE "N3 R /2 :nowhere\n", ":4: no shape nowhere for N3" },
		{ GUIDE "BHT R /2\n  03 R %set(\n", ":5: bad external set" },
		{ GUIDE "unused\n  QQQ\n", ":4: the standard has no QQQ" },
		{ "guide 005010X000 837 HC\nlike 005010X000\n",
		    "no guide 005010X000 for 837" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = ERR_NONE;

		assert_int_equal(guides_add_text(*state,
		    slice_str(rows[i].text), "own.guide", &e), -EINVAL);
		if (!strstr(e.text, rows[i].want))
			fail_msg("wanted \"%s\", got \"%s\"", rows[i].want,
			    e.text);
	}
}

/* ST is one of them. */
static void
guide_loop_requires_so_many_children_at_most(void **state)
{
	static const char codes[] = "00 0B 0F 0K 11 14 17 18 19 1A 1B 1C 1D "
	    "1G 1H 1J 1K 1L 1S 1W 23 26 28 2F 2U 38 3H 3L 49 4A 4N 60 6M ";
	struct buf b;

	for (unsigned n = GUIDE_REQUIRED - 1; n <= GUIDE_REQUIRED; n++) {
		struct err e = ERR_NONE;
		int rc;

		buf_init(&b, 4096);
		buf_addf(&b, "guide 005010X0%u 837 HC\nheading\nST R /1\n",
		    n);
		for (unsigned i = 0; i < n; i++)
			buf_addf(&b, "REF[%.2s] R /2\n", codes + 3 * i);
		rc = guides_add_text(*state, slice_str(buf_str(&b)), "own", &e);
		buf_free(&b);
		assert_int_equal(rc, n < GUIDE_REQUIRED ? 0 : -EINVAL);
		assert_int_equal(!!strstr(e.text, "too many required"),
		    n == GUIDE_REQUIRED);
	}
}

static void
guide_of_the_operators_own_stands_beside_the_others(void **state)
{
	static const char text[] =
	    "guide 005010X298 837 HC\n"
	    "like 005010X222A1\n"
	    "loop 2300\n"
	    "  CLM\n"
	    "    01 R ..38\n";
	struct err e = ERR_NONE;

	if (guides_add_text(*state, slice_str(text), "x298.guide", &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(at(get(*state, "005010X298", "837"),
	    "2300/CLM/01")->max, 38);
	assert_int_equal(at(get(*state, "005010X222A1", "837"),
	    "2300/CLM/01")->max, 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* ---- names --------------------------------------------------------------- */

static uint64_t
hash_names(uint64_t h, const struct guide_element *el, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		for (const char *p = el[i].key; *p; p++)
			h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
		h = hash_names(h * 31, el[i].components,
		    el[i].component_count);
	}
	return h;
}

static uint64_t
hash_body(uint64_t h, const struct guide_body *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct guide_child *c = &b->children[i];

		h = c->loop ? hash_body(h, c->loop->body) :
		    hash_names(h, c->segment->elements, c->segment->count);
	}
	return h;
}

/* A guide takes nothing of the standard into its own hands. */
static void
guide_names_do_not_depend_on_those_loaded_before(void **state)
{
	struct guides *all = *state;
	char id[16], set[4];
	unsigned n = 0;

	while (guides_builtin(n, id, set))
		n++;
	for (unsigned i = n; i-- > 0 && guides_builtin(i, id, set);)
		get(all, id, set);
	for (unsigned i = 0; i < n && guides_builtin(i, id, set); i++) {
		struct guides *one = guides_new();

		assert_non_null(one);
		assert_true(hash_body(1, get(all, id, set)->root->body) ==
		    hash_body(1, get(one, id, set)->root->body));
		guides_free(one);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(guide_all_built_in_ones_are_sound),
		TEST(guide_each_loads_in_five_milliseconds),
		TEST(guide_editions_answer_for_each_other),
		TEST(guide_unknown_is_no_error),
		TEST(guide_says_what_the_published_one_says),
		TEST(guide_shared_loop_is_one_body_in_two_places),
		TEST(guide_editions_differ_where_they_say),
		TEST(guide_codes_are_found_whatever_their_length),
		TEST(guide_pack_keeps_the_order_of_text),
		TEST(guide_companion_narrows),
		TEST(guide_companion_reaches_every_place_of_a_shared_loop),
		TEST(guide_companion_faults_are_told_with_file_and_line),
		TEST(guide_companions_lie_over_one_another),
		TEST(guide_companion_severities_name_findings_and_rules),
		TEST(guide_companion_is_read_from_a_file),
		TEST(guide_self_check_finds_what_is_not_sound),
		TEST(guide_loop_requires_so_many_children_at_most),
		TEST(guide_names_do_not_depend_on_those_loaded_before),
		TEST(guide_of_the_operators_own_stands_beside_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
