/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edi/calendar.h"
#include "edi/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct code_set *
set(const char *name)
{
	const struct code_set *s = code_set_find(slice_str(name));

	assert_non_null(s);
	return s;
}

static void
every_example_is_valid_and_every_set_is_named_once(void **state)
{
	struct codes *c = codes_open(NULL, NULL);
	const struct code_set *s;

	(void)state;
	for (size_t i = 0; (s = code_set_row(i)); i++) {
		assert_ptr_equal(code_set_find(slice_str(s->name)), s);
		assert_int_equal(codes_check(c, s, slice_str(s->example),
		    NULL), CODE_VALID);
		assert_int_equal(codes_check(c, s, slice_str("?"), NULL),
		    CODE_SHAPE);
		assert_int_equal(codes_check(c, s, slice_str(""), NULL),
		    CODE_SHAPE);
	}
	codes_close(c);
}

static const struct {
	const char *set, *code;
	enum code_verdict verdict;
} cases[] = {
	{ "npi", "1234567893", CODE_VALID },
	{ "npi", "1234567890", CODE_CHECK_DIGIT },
	{ "npi", "3234567893", CODE_CHECK_DIGIT },
	{ "npi", "123456789", CODE_SHAPE },
	{ "icd10cm", "A00", CODE_VALID },
	{ "icd10cm", "S93401A", CODE_VALID },
	{ "icd10cm", "U071", CODE_VALID },
	{ "icd10cm", "C7A1", CODE_VALID },
	{ "icd10cm", "E11.9", CODE_SHAPE },
	{ "icd10cm", "e119", CODE_SHAPE },
	{ "icd10cm", "S93401AX", CODE_SHAPE },
	{ "icd10pcs", "0DTJ4ZI", CODE_SHAPE },
	{ "icd9cm", "V700", CODE_VALID },
	{ "icd9cm", "E8120", CODE_VALID },
	{ "icd9cm", "25", CODE_SHAPE },
	{ "cpt", "99213", CODE_VALID },
	{ "cpt", "0001F", CODE_VALID },
	{ "hcpcs", "99213", CODE_SHAPE },
	{ "pos", "11", CODE_VALID },
	{ "pos", "98", CODE_UNKNOWN },
	{ "state", "IL", CODE_VALID },
	{ "state", "XX", CODE_UNKNOWN },
	{ "country", "US", CODE_VALID },
	{ "country", "UK", CODE_UNKNOWN },
	{ "zip", "62701", CODE_VALID },
	{ "zip", "62701-0001", CODE_SHAPE },
	{ "aba_routing", "071000014", CODE_CHECK_DIGIT },
	{ "rarc", "MA01", CODE_VALID },
};

static void
shapes_check_digits_and_built_in_lists(void **state)
{
	struct codes *c = codes_open(NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(codes_check(c, set(cases[i].set),
		    slice_str(cases[i].code), NULL), cases[i].verdict);
	codes_close(c);
}

static void
a_code_may_be_of_any_of_several_sets(void **state)
{
	struct codes *c = codes_open(NULL, NULL);
	const struct code_set *sets[] = { set("hcpcs"), set("cpt") };
	struct code_found found;

	(void)state;
	assert_int_equal(codes_find(c, sets, 2, slice_str("99213"), &found),
	    CODE_VALID);
	assert_int_equal(codes_find(c, sets, 2, slice_str("J1885"), &found),
	    CODE_VALID);
	assert_null(found.table);
	assert_int_equal(codes_find(c, sets, 2, slice_str("9921"), &found),
	    CODE_SHAPE);
	codes_close(c);
}

static void
steps_agree(const struct codes *c, const struct code_set *const *sets,
    unsigned n, struct slice text, bool all)
{
	struct code_step steps[CODE_STEPS];
	unsigned count = codes_steps(c, sets, n, steps);
	struct code_found found;
	bool valid = codes_find(c, sets, n, text, &found) == CODE_VALID;

	if (count > 0 && code_steps_have(steps, text))
		assert_true(valid && !found.table);
	else if (all)
		assert_false(valid);
}

/* What is asked of every segment says what codes_find() says. */
static void
what_is_plainly_a_code_is_one(void **state)
{
	static const char letters[] = "0123456789012345ABEIOVXYZSN'a:";
	struct codes *c = codes_open(NULL, NULL);
	const struct code_set *pos_or_bill[] = { set("pos"), set("nubc_tob") };
	uint32_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		const struct code_set *s = code_set_row(i / 8000);
		char text[32] = "";
		unsigned n = 1 + i % 13;

		if (!s)
			s = set("npi");
		for (unsigned k = 0; k < sizeof(text); k++) {
			random = random * 1664525 + 1013904223;
			text[k] = letters[(random >> 16) % (i % 2 == 0 ? 16 :
			    sizeof(letters) - 1)];
		}
		if (s == set("npi") && i % 3 == 0) {
			n = 10;
			text[0] = (char)('1' + i % 2);
		}
		steps_agree(c, &s, 1, slice(text, n),
		    strcmp(s->name, "aba_routing") != 0);
		steps_agree(c, pos_or_bill, 2, slice(text, n % 3 + 1), false);
	}
	codes_close(c);
}

/* The plain sum, digit by digit. */
static bool
npi_plainly(const char *p)
{
	unsigned sum = 24;

	for (unsigned i = 0; i < 10; i++) {
		unsigned d = (unsigned)(p[i] - '0') * (i % 2 == 0 ? 2 : 1);

		sum += d / 10 + d % 10;
	}
	return sum % 10 == 0 && (p[0] == '1' || p[0] == '2');
}

static void
an_npi_is_summed_at_once(void **state)
{
	unsigned good = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%010u", 900000000 + i * 10007);
		assert_int_equal(code_npi_valid(slice(text, 10)),
		    npi_plainly(text));
		good += npi_plainly(text);
	}
	assert_true(good > 1000);
}

/* ---- tables ------------------------------------------------------------- */

static void
add(struct code_builder *b, const char *code, uint32_t start, uint32_t end,
    uint8_t flags)
{
	struct code_row r = { .start = start, .end = end, .flags = flags,
		.age_max = 255 };

	assert_true(slice_copy(slice_str(code), r.code, sizeof(r.code)));
	assert_true(code_builder_add(b, &r));
}

static struct code_table *
build(struct code_builder *b, struct buf *image)
{
	struct code_table *t;

	buf_init(image, 1 << 20);
	assert_int_equal(code_builder_write(b, image, NULL), 0);
	code_builder_free(b);
	t = code_table_attach(image->p, image->n, NULL);
	assert_non_null(t);
	return t;
}

/* A directory with one table of ICD-10-CM. */
static void
write_icd(char *dir)
{
	struct code_builder *b = code_builder_new("icd10cm", 20251001);
	char path[200];
	struct buf image;
	FILE *f;

	add(b, "E11", 20151001, CODE_NO_END, CODE_HEADER);
	add(b, "E119", 20151001, CODE_NO_END, 0);
	add(b, "M545", 20151001, 20210930, 0);
	add(b, "M5450", 20211001, CODE_NO_END, 0);
	code_table_close(build(b, &image));
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/icd10cm.codes", dir);
	f = fopen(path, "w");
	assert_int_equal(fwrite(image.p, 1, image.n, f), image.n);
	assert_int_equal(fclose(f), 0);
	buf_free(&image);
}

/* What a list may know of is never plain; nor what comes after it. */
static unsigned
list_has_no_steps(const struct codes *c)
{
	const struct code_set *sets[] = { set("icd10cm"), set("icd9cm") };
	struct code_step steps[CODE_STEPS];

	assert_true(codes_have_lists(c));
	assert_true(codes_steps(c, &sets[1], 1, steps) > 0);
	return codes_steps(c, sets, 2, steps);
}

static void
a_list_knows_dates_and_categories(void **state)
{
	char dir[] = "/tmp/codesXXXXXX", path[200];
	const struct {
		const char *code;
		uint32_t date;
		enum code_verdict verdict;
	} rows[] = {
		{ "E119", 20260101, CODE_VALID },
		{ "E119", 0, CODE_VALID },
		{ "E119", 20150930, CODE_NOT_YET },
		{ "E11", 20260101, CODE_NOT_BILLABLE },
		{ "M545", 20210930, CODE_VALID },
		{ "M545", 20211001, CODE_ENDED },
		{ "M5450", 20210930, CODE_NOT_YET },
		{ "E1199", 20260101, CODE_UNKNOWN },
		{ "E1199", 20261002, CODE_STALE },
	};
	struct codes *c;

	(void)state;
	write_icd(dir);
	c = codes_open(dir, NULL);
	assert_non_null(c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct code_context x = { .date = rows[i].date, .age = -1 };

		assert_int_equal(codes_check(c, set("icd10cm"),
		    slice_str(rows[i].code), &x), rows[i].verdict);
	}
	assert_int_equal(list_has_no_steps(c), 0);
	codes_close(c);
	snprintf(path, sizeof(path), "%s/icd10cm.codes", dir);
	unlink(path);
	rmdir(dir);
}

static void
a_newer_list_ends_what_it_no_longer_has(void **state)
{
	struct code_builder *b = code_builder_new("carc", 20250101);
	struct code_table *old, *new;
	const struct code_row *r;
	struct buf first, second;
	size_t n;

	(void)state;
	add(b, "1", 19950101, CODE_NO_END, 0);
	add(b, "2", 19950101, CODE_NO_END, 0);
	old = build(b, &first);
	b = code_builder_new("carc", 20260101);
	add(b, "1", 20260101, CODE_NO_END, 0);
	add(b, "3", 20260101, CODE_NO_END, 0);
	assert_true(code_builder_merge(b, old, true));
	new = build(b, &second);
	assert_int_equal(code_table_count(new), 3);
	r = code_table_find(new, slice_str("1"), &n);
	assert_int_equal(n, 1);
	assert_int_equal(r->start, 19950101);
	r = code_table_find(new, slice_str("2"), &n);
	assert_int_equal(r->end, 20251231);
	assert_null(code_table_find(new, slice_str("4"), &n));
	code_table_close(old);
	code_table_close(new);
	buf_free(&first);
	buf_free(&second);
}

static void
a_damaged_table_is_refused_wherever_the_damage_is(void **state)
{
	struct code_builder *b = code_builder_new("carc", 20250101);
	struct buf image;

	(void)state;
	add(b, "1", 19950101, CODE_NO_END, 0);
	add(b, "45", 19950101, CODE_NO_END, 0);
	code_table_close(build(b, &image));
	for (size_t i = 0; i < image.n; i++) {
		struct code_table *t;
		struct err e = ERR_NONE;

		assert_null(code_table_attach(image.p, i, &e));
		assert_int_equal(e.code, -EBADMSG);
		image.p[i] ^= 0x40;
		t = code_table_attach(image.p, image.n, &e);
		/* The set's name and date are not under the check sum. */
		if (t)
			assert_in_range(i, 8, 8 + CODE_SET_NAME + 4);
		code_table_close(t);
		image.p[i] ^= 0x40;
	}
	buf_free(&image);
}

static void
the_day_before_is_a_day(void **state)
{
	(void)state;
	assert_int_equal(calendar_before(20260101), 20251231);
	assert_int_equal(calendar_before(20240301), 20240229);
	assert_int_equal(calendar_before(20230301), 20230228);
	assert_int_equal(calendar_before(20231002), 20231001);
	assert_false(calendar_valid(20230229));
	assert_false(calendar_valid(20231301));
	assert_true(calendar_valid(20240229));
}

/* A matcher looks at eight characters at once, the shape at one by one. */
static void
a_shape_made_ready_says_the_same(void **state)
{
	static const char letters[] = "0123456789ABEIOVXYZS'aé/:@[`";
	static const char *const shapes[] = { "'P'O'X 9{1,6}",
		"9AX9AX9AA99", "HHHHHHHHHHHH", "X{0,9}", "A{1,2}9{1,3}|'S" };
	uint32_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		const struct code_set *set = code_set_row(i / 8000);
		const char *shape = set ? set->shape : shapes[i % 5];
		struct code_matcher m;
		char text[16];
		unsigned n = 1 + i % 14;

		for (unsigned k = 0; k < n; k++) {
			random = random * 1664525 + 1013904223;
			text[k] = letters[(random >> 16) % (i % 3 == 0 ? 10 :
			    sizeof(letters) - 1)];
		}
		assert_true(code_matcher_make(&m, shape));
		assert_int_equal(code_matcher_has(&m, slice(text, n)),
		    code_shape_matches(shape, slice(text, n)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_example_is_valid_and_every_set_is_named_once),
		cmocka_unit_test(shapes_check_digits_and_built_in_lists),
		cmocka_unit_test(a_code_may_be_of_any_of_several_sets),
		cmocka_unit_test(what_is_plainly_a_code_is_one),
		cmocka_unit_test(an_npi_is_summed_at_once),
		cmocka_unit_test(a_list_knows_dates_and_categories),
		cmocka_unit_test(a_newer_list_ends_what_it_no_longer_has),
		cmocka_unit_test(
		    a_damaged_table_is_refused_wherever_the_damage_is),
		cmocka_unit_test(the_day_before_is_a_day),
		cmocka_unit_test(a_shape_made_ready_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
