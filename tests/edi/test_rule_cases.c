/* SPDX-License-Identifier: ISC */
/*
 * tests/data/rules/cases.txt, made into files: each case is found, and nothing
 * else is; the files they are made from have no finding at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "edi/inspection.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BASES = 8, CASES = 400, CODES = 64, WORDS = 12, TODAY = 20261121,
	AS_OF = 20251001, TEXT_MAX_BYTES = 1 << 20 };

static const char table[] = "tests/data/rules/cases.txt";

struct base {
	char name[8], file[120];
	char *edits;
};

struct test_case {
	char name[80], base[8];
	char *edits;
	bool seen;
};

static struct base bases[BASES];
static struct test_case cases[CASES];
static char *code_lines[CODES];
static unsigned base_count, case_count, code_count;
static char *table_text;
static char dir[] = "/tmp/rule-casesXXXXXX";
static struct guides *guides;
static struct rules *rules;
static struct codes *codes;

/* ---- the table ---------------------------------------------------------- */

/* Two blanks divide the head of a line from its edits. */
static void
read_line(char *line)
{
	char *edits = strstr(line, "  ");

	if (edits) {
		*edits = '\0';
		edits += 2;
	}
	if (strncmp(line, "code ", 5) == 0) {
		assert_true(code_count < CODES);
		code_lines[code_count++] = line + 5;
	} else if (strncmp(line, "base ", 5) == 0) {
		struct base *b = &bases[base_count++];

		assert_true(base_count <= BASES);
		assert_int_equal(sscanf(line + 5, "%7s %119s", b->name,
		    b->file), 2);
		b->edits = edits;
	} else {
		struct test_case *c = &cases[case_count++];

		assert_true(case_count <= CASES);
		assert_int_equal(sscanf(line, "%79s %7s", c->name, c->base),
		    2);
		c->edits = edits;
	}
}

static void
read_table(void)
{
	struct err e = ERR_NONE;
	char *save = NULL;
	size_t n;

	if (io_slurp(table, TEXT_MAX_BYTES, &table_text, &n, &e) < 0)
		fail_msg("%s", e.text);
	for (char *line = strtok_r(table_text, "\n", &save); line;
	    line = strtok_r(NULL, "\n", &save))
		if (*line != '#')
			read_line(line);
}

/* ---- the code list ------------------------------------------------------ */

static void
add_code(struct code_builder *b, char *line)
{
	char *words[WORDS], *save = NULL;
	struct code_row row = { .age_max = 255 };
	unsigned n = 0;

	for (char *w = strtok_r(line, " ", &save); w && n < WORDS;
	    w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	assert_true(n >= 4);
	assert_true(slice_copy(slice_str(words[1]), row.code,
	    sizeof(row.code)));
	row.start = (uint32_t)atoi(words[2]);
	row.end = (uint32_t)atoi(words[3]);
	for (unsigned i = 4; i < n; i++) {
		if (strcmp(words[i], "header") == 0) {
			row.flags = CODE_HEADER;
		} else if (strcmp(words[i], "sex") == 0) {
			row.sex = *words[++i];
		} else {
			assert_string_equal(words[i], "age");
			row.age_min = (uint8_t)atoi(words[i + 1]);
			row.age_max = (uint8_t)atoi(words[i + 2]);
			i += 2;
		}
	}
	assert_true(code_builder_add(b, &row));
}

static void
write_codes(void)
{
	struct code_builder *b = code_builder_new("icd10cm", AS_OF);
	struct err e = ERR_NONE;
	struct buf image;
	char path[200];

	for (unsigned i = 0; i < code_count; i++)
		add_code(b, code_lines[i]);
	buf_init(&image, TEXT_MAX_BYTES);
	assert_int_equal(code_builder_write(b, &image, &e), 0);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/icd10cm.codes", dir);
	assert_int_equal(io_replace(path, buf_slice(&image), 0600, &e), 0);
	codes = codes_open(dir, &e);
	assert_non_null(codes);
	unlink(path);
	rmdir(dir);
	buf_free(&image);
	code_builder_free(b);
}

/* ---- making a file ------------------------------------------------------ */

/* The segments without line ends, NUL-ended. */
static char *
read_base(const char *file)
{
	struct err e = ERR_NONE;
	char *text, *to;
	size_t n;

	if (io_slurp(file, TEXT_MAX_BYTES, &text, &n, &e) < 0)
		fail_msg("%s", e.text);
	to = text;
	for (size_t i = 0; i < n; i++)
		if (text[i] != '\n')
			*to++ = text[i];
	*to = '\0';
	return text;
}

static char *
replace(char *text, const char *from, const char *to, const char *name)
{
	char *at = strstr(text, from), *copy;

	if (!at)
		fail_msg("%s: there is no %s", name, from);
	*at = '\0';
	assert_true(asprintf(&copy, "%s%s%s", text, to,
	    at + strlen(from)) > 0);
	free(text);
	return copy;
}

static char *
edit(char *text, const char *edits, const char *name)
{
	char *list = strdup(edits ? edits : "");

	for (char *p = list, *next; p && *p; p = next) {
		char *arrow = strstr(p, " =>");

		if (!arrow)
			fail_msg("%s: no => in %s", name, p);
		*arrow = '\0';
		arrow += arrow[3] == ' ' ? 4 : 3;
		next = strstr(arrow, "; ");
		/* " ; " after a text, "; " after nothing */
		if (next) {
			next[next > arrow && next[-1] == ' ' ? -1 : 0] = '\0';
			next += 2;
		}
		text = replace(text, p, arrow, name);
	}
	free(list);
	return text;
}

/* SE01 is the segments from ST to SE. */
static char *
count_segments(char *text)
{
	char *st = strstr(text, "~ST*"), *se = strstr(text, "~SE*"), *rest;
	unsigned count = 1;
	char *copy;

	assert_non_null(st);
	assert_non_null(se);
	for (char *p = st + 1; p <= se; p++)
		count += *p == '~';
	rest = strchr(se + 4, '*');
	*se = '\0';
	assert_true(asprintf(&copy, "%s~SE*%u%s", text, count, rest) > 0);
	free(text);
	return copy;
}

static char *
make_base(const char *name)
{
	for (unsigned i = 0; i < base_count; i++)
		if (strcmp(bases[i].name, name) == 0)
			return edit(read_base(bases[i].file), bases[i].edits,
			    name);
	fail_msg("there is no base %s", name);
	return NULL;
}

/* ---- looking ------------------------------------------------------------ */

static void
on_finding(void *ctx, const struct finding *f)
{
	struct buf *to = ctx;
	char text[1024];

	finding_text(f, text, sizeof(text));
	buf_addf(to, "%s %s\n", f->def->name, text);
}

/* What is found, a line each: name, blank, text. */
static void
look(struct buf *to, const char *text, size_t piece)
{
	static const struct scan_ops ops = { .on_finding = on_finding };
	struct inspection_settings settings = { .guides = guides,
		.rules = rules, .codes = codes, .today = TODAY };
	struct inspection *x = inspection_new(&settings, &ops, NULL, to);
	size_t n = strlen(text);

	assert_non_null(x);
	buf_reset(to);
	for (size_t at = 0; at < n; at += piece)
		scan_feed(inspection_scan(x), text + at,
		    piece < n - at ? piece : n - at);
	assert_int_equal(scan_finish(inspection_scan(x)), SCAN_COMPLETE);
	inspection_free(x);
}

/* At least one finding, and all of this name. */
static bool
is_only(struct buf *found, const char *name)
{
	const char *p = buf_str(found);
	size_t n = strlen(name);

	if (*p == '\0')
		return false;
	for (; *p; p = strchr(p, '\n') + 1)
		if (strncmp(p, name, n) != 0 || p[n] != ' ')
			return false;
	return true;
}

static void
redelimit(char *text, const char *delimiters)
{
	for (; *text; text++) {
		const char *p = strchr("*:^~", *text);

		if (p)
			*text = delimiters[p - "*:^~"];
	}
}

static void
assert_case(const struct test_case *c, char *text, struct buf *found,
    struct buf *again)
{
	/* In place of *:^~; the second keeps all but the terminator. */
	static const char *const others[] = { "|>!\n", "*:^\x1d" };

	look(found, text, strlen(text));
	if (!is_only(found, c->name))
		fail_msg("%s: found\n%s", c->name, buf_str(found));
	look(again, text, 1);
	assert_string_equal(buf_str(again), buf_str(found));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char *copy = strdup(text);

		redelimit(copy, others[i]);
		look(again, copy, strlen(copy));
		assert_string_equal(buf_str(again), buf_str(found));
		free(copy);
	}
}

/* ---- tests -------------------------------------------------------------- */

static void
base_files_have_no_findings(void **state)
{
	struct buf found;

	(void)state;
	buf_init(&found, TEXT_MAX_BYTES);
	for (unsigned i = 0; i < base_count; i++) {
		char *text = count_segments(make_base(bases[i].name));

		look(&found, text, strlen(text));
		if (found.n > 0)
			fail_msg("%s: found\n%s", bases[i].file,
			    buf_str(&found));
		free(text);
	}
	buf_free(&found);
}

static void
every_case_violates_only_its_rule(void **state)
{
	struct buf found, again;

	(void)state;
	buf_init(&found, TEXT_MAX_BYTES);
	buf_init(&again, TEXT_MAX_BYTES);
	for (unsigned i = 0; i < case_count; i++) {
		char *text = edit(make_base(cases[i].base), cases[i].edits,
		    cases[i].name);

		text = count_segments(text);
		assert_case(&cases[i], text, &found, &again);
		free(text);
	}
	buf_free(&found);
	buf_free(&again);
}

static bool
has_case(const char *name)
{
	for (unsigned i = 0; i < case_count; i++)
		if (strcmp(cases[i].name, name) == 0)
			return true;
	return false;
}

static void
every_rule_and_code_finding_has_a_case(void **state)
{
	const struct rule_info *r;

	(void)state;
	for (size_t i = 0; (r = rules_row(rules, i)); i++)
		if (!has_case(r->def.name))
			fail_msg("no case of the rule %s", r->def.name);
	for (int v = CODE_SHAPE; v <= CODE_AGE; v++) {
		const char *name = code_verdict_finding(v)->name;

		if (!has_case(name))
			fail_msg("no case of %s", name);
	}
	for (int i = 0; i < FINDING_COUNT; i++)
		if (strncmp(finding_defs[i].name, "cob_", 4) == 0 &&
		    !has_case(finding_defs[i].name))
			fail_msg("no case of %s", finding_defs[i].name);
}

/* What is remembered of a code is where it stands, not what it was found. */
static void
a_code_is_judged_for_the_day_of_each_claim(void **state)
{
	static const struct {
		const char *edits, *name;
	} rows[] = {
		{ "ABF:R51 => ABF:T781 ; ABF:J029 => ABF:T781", "code_ended" },
		{ "ABF:R51 => ABF:T782 ; ABF:J029 => ABF:T782",
		    "code_not_yet" },
	};
	struct buf found;

	(void)state;
	buf_init(&found, TEXT_MAX_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = count_segments(edit(make_base("P"), rows[i].edits,
		    rows[i].name));

		look(&found, text, strlen(text));
		if (!is_only(&found, rows[i].name) ||
		    strchr(buf_str(&found), '\n')[1] != '\0')
			fail_msg("%s: found\n%s", rows[i].name,
			    buf_str(&found));
		free(text);
	}
	buf_free(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_files_have_no_findings),
		cmocka_unit_test(every_case_violates_only_its_rule),
		cmocka_unit_test(every_rule_and_code_finding_has_a_case),
		cmocka_unit_test(a_code_is_judged_for_the_day_of_each_claim),
	};
	struct err e = ERR_NONE;
	int rc;

	read_table();
	guides = guides_new();
	rules = rules_new();
	if (!guides || !rules || rules_load_builtin(rules, &e) < 0)
		return 1;
	write_codes();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	codes_close(codes);
	rules_free(rules);
	guides_free(guides);
	free(table_text);
	return rc;
}
