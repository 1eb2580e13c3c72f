/* SPDX-License-Identifier: ISC */
/*
 * What is told quickly of elements is never more than what is true: each
 * short check is held against the plain meaning of what it stands for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/validate/plain.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 64 };

/* A value with as much behind it as a segment has. */
static const char *
in_segment(char room[static ROOM], const char *text)
{
	memset(room, '~', ROOM);
	memcpy(room, text, strlen(text));
	return room;
}

/* ---- dates and numbers --------------------------------------------------- */

static void
every_day_is_told_but_leap_days(void **state)
{
	char text[9];

	(void)state;
	for (unsigned year = 1999; year <= 2004; year++)
		for (unsigned rest = 0; rest < 10000; rest++) {
			struct slice day = slice(text, 8);

			snprintf(text, sizeof(text), "%04u%04u", year, rest);
			assert_int_equal(calendar_date8(day),
			    calendar_plain_day(digits_pack(day)) ||
			    (rest == 229 && year % 4 == 0));
		}
}

static void
a_day_is_digits_alone(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 8; at++)
		for (unsigned c = 0; c < 256; c++) {
			char text[] = "20250101";

			text[at] = (char)c;
			if (c < '0' || c > '9')
				assert_false(calendar_plain_day(
				    digits_pack(slice(text, 8))));
		}
}

/* All texts of these characters, the length in base 7. */
static void
a_number_told_is_right(void **state)
{
	static const char alphabet[] = "015.-A~";
	const uint64_t whole = 0x0101010101010101, real = whole ^ 0x010100;
	unsigned told = 0;

	(void)state;
	for (unsigned i = 1; i < 823543 * 7; i++) {
		char room[ROOM], text[9] = "";
		struct validate_number n;
		unsigned length = 0;

		for (unsigned k = i; k > 1 && length < 8; k /= 7)
			text[length++] = alphabet[k % 7];
		if (length == 0)
			continue;
		in_segment(room, text);
		n = validate_number(slice(room, length));
		if (plain_number(real, room, length)) {
			assert_true(n.valid && !n.padded && n.decimals <= 2);
			told++;
		}
		if (plain_number(whole, room, length))
			assert_true(n.valid && !n.padded && !n.point);
	}
	assert_true(told > 1000);
}

static void
usual_numbers_are_told(void **state)
{
	static const char *const texts[] = { "0", "1", "10", "0.5", ".5",
		"218.76", "378.7", "1000", "99999.99", "12345678" };
	const uint64_t real = 0x0101010101000001;
	char room[ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_true(plain_number(real, in_segment(room, texts[i]),
		    strlen(texts[i])));
}

static void
a_period_is_written_as_its_format_says(void **state)
{
	static const struct {
		const char *format, *value;
		bool told;
	} rows[] = {
		{ "D8", "20250131", true }, { "D8", "20250132", false },
		{ "RD8", "20250131", false }, { "TM", "20250131", false },
		{ "DT", "202501312359", true },
		{ "DT", "202501312360", false },
		{ "DT", "202501312400", false },
		{ "D8", "202501312359", false },
		{ "RD8", "20250131-20250201", true },
		{ "RD8", "20250131-20250131", true },
		{ "RD8", "20250201-20250131", false },
		{ "RD8", "20250131-20250230", false },
		{ "RD8", "20250131:20250201", false },
		{ "D8", "20250131-20250201", false },
		{ "D8", "2025013112", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char room[ROOM];

		in_segment(room, rows[i].value);
		assert_int_equal(plain_period(slice_str(rows[i].format),
		    slice(room, strlen(rows[i].value))), rows[i].told);
	}
}

/* ---- text ---------------------------------------------------------------- */

static void
text_is_told_by_its_ends_and_separators(void **state)
{
	const struct delimiters d = { '*', ':', '^', '~' };
	struct validate_separators v = { .of = d };
	char room[2 * ROOM];

	(void)state;
	memset(v.component, d.component, sizeof(v.component));
	memset(v.repetition, d.repetition, sizeof(v.repetition));
	for (size_t n = 1; n < ROOM; n++) {
		memset(room, ':', sizeof(room));
		memset(room, 'A', n);
		assert_true(plain_text(&v, room, n));
		for (size_t at = 0; at < n; at++) {
			room[at] = ' ';
			assert_int_equal(plain_text(&v, room, n),
			    at > 0 && at < n - 1);
			room[at] = ':';
			assert_false(plain_text(&v, room, n));
			room[at] = '^';
			assert_false(plain_text(&v, room, n));
			room[at] = 'A';
		}
	}
}

/* ---- what is made of the guides ------------------------------------------ */

static void
check_codes(const uint64_t *slots, const struct guide_codes *codes)
{
	unsigned told = 0;

	for (uint32_t i = 0; i < codes->count; i++) {
		char room[ROOM], text[16];
		size_t n = codes->text[i].n;

		if (n > 8)
			continue;
		memcpy(text, codes->text[i].p, n);
		text[n] = '\0';
		in_segment(room, text);
		told += plain_code(slots, room, n);
		for (unsigned x = 0; x < 256; x++) {
			room[n - 1] = (char)x;
			if (plain_code(slots, room, n))
				assert_true(guide_codes_has(codes,
				    slice(room, n)));
		}
	}
	/* Else the usual case would be asked again and again. */
	if (codes->packed_count <= 64)
		assert_int_equal(told, codes->packed_count);
}

static void
check_usual(const struct guide_segment *s)
{
	const struct guide_checks *c = &s->checks;
	const struct guide_plan *p = s->plan;

	for (unsigned i = 0; i < 2000; i++) {
		uint64_t some = (uint64_t)rand() << 16 ^ (uint64_t)rand();
		uint32_t present = (uint32_t)((p->usual & p->sound) |
		    (some & ~p->sound));

		present &= (uint32_t)((UINT64_C(1) << s->count) - 1);
		if (p->sound & GUIDE_ALWAYS)
			present = (uint32_t)some & ~c->unused;
		present |= c->required;
		for (unsigned k = 0; k < s->syntax_count; k++) {
			bool holds = guide_note_holds(&s->syntax[k], present);
			bool kept = false;

			for (unsigned j = 0; j < c->note_count; j++)
				kept |= memcmp(&c->notes[j], &s->syntax[k],
				    sizeof(*c->notes)) == 0;
			assert_true(holds || kept);
			assert_true(holds || (p->sound & GUIDE_ALWAYS));
		}
	}
}

static void
check_parts(const struct guide_parts *parts, const struct guide_element *el)
{
	for (unsigned i = 0; i < parts->count; i++)
		if (parts->each[i].kind == PLAIN_CODE)
			check_codes(parts->each[i].fact.codes,
			    el->components[i].codes);
}

static void
check_elements(const struct guide_segment *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		if (s->plan->codes >> i & 1)
			check_codes(s->plan->facts[i].codes,
			    s->elements[i].codes);
		if (s->plan->composites >> i & 1)
			check_parts(s->plan->facts[i].parts, &s->elements[i]);
	}
}

static void
check_loop(const struct guide_loop *loop)
{
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];

		if (c->loop) {
			check_loop(c->loop);
			continue;
		}
		check_usual(c->segment);
		check_elements(c->segment);
	}
}

static void
every_guide_is_told_truly(void **state)
{
	struct guides *g = guides_new();
	char id[16], set[4];

	(void)state;
	assert_non_null(g);
	for (unsigned i = 0; guides_builtin(i, id, set); i++) {
		struct err e = { 0 };
		const struct guide *guide = guides_find(g, slice_str(id),
		    slice_str(set), &e);

		assert_non_null(guide);
		check_loop(guide->root);
	}
	guides_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_is_told_but_leap_days),
		cmocka_unit_test(a_day_is_digits_alone),
		cmocka_unit_test(a_number_told_is_right),
		cmocka_unit_test(usual_numbers_are_told),
		cmocka_unit_test(a_period_is_written_as_its_format_says),
		cmocka_unit_test(text_is_told_by_its_ends_and_separators),
		cmocka_unit_test(every_guide_is_told_truly),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
