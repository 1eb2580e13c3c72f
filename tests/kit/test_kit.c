/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "kit/kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two good claims, 837P. */
#define CLAIMS "tests/data/claims/two_claims.837"

#define GUIDE "companion \"Example\"\nover 005010X222A1 837\n"
/* Every claim breaks it. */
#define RULE(name) "- rule: " name "\n  guide: 837P\n  at: 2300\n" \
	"  need: REF[G1]\n  source: a test\n" \
	"  text: this payer wants an authorization; add REF*G1\n"

struct rig {
	char dir[32];
	struct buf problems;
};

static int
setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	strcpy(r->dir, "/tmp/test_kit.XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	buf_init(&r->problems, 100000);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *r = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", r->dir);
	assert_int_equal(system(command), 0);
	buf_free(&r->problems);
	free(r);
	return 0;
}

static void
put(struct rig *r, const char *name, const char *text)
{
	char path[100];
	struct err e = ERR_NONE;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	assert_int_equal(io_replace(path, slice_str(text), 0600, &e), 0);
}

/* A list of one code of a set, as `x12 codes import` makes it. */
static void
put_codes(struct rig *r, const char *name, const char *set, const char *code)
{
	struct code_builder *b = code_builder_new(set, 20260101);
	struct code_row row = { .start = 20200101, .end = CODE_NO_END,
	    .age_max = 255 };
	struct err e = ERR_NONE;
	struct buf out;
	char path[100];

	buf_init(&out, 1 << 20);
	memcpy(row.code, code, strlen(code));
	assert_true(code_builder_add(b, &row));
	assert_int_equal(code_builder_write(b, &out, &e), 0);
	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	assert_int_equal(io_replace(path, buf_slice(&out), 0600, &e), 0);
	buf_free(&out);
	code_builder_free(b);
}

/* Partner `plain`, and `own` with these lines; DIR stands for the directory. */
static void
put_config(struct rig *r, const char *defaults, const char *own)
{
	struct buf b;

	buf_init(&b, 100000);
	buf_addf(&b, "defaults: {%s}\npartners:\n", defaults);
	for (unsigned i = 0; i < 2; i++)
		buf_addf(&b, "- name: %s\n  usage: T\n  sender: {id: US}\n"
		    "  receiver: {id: THEM}\n  connection: {host: h, "
		    "user: u, upload_dir: /in, identity_file: /k, "
		    "download_dirs: [/out]}\n%s", i ? "own" : "plain",
		    i ? own : "");
	buf_str(&b);
	for (char *at = b.p; (at = strstr(at, "DIR/")) != NULL;) {
		size_t n = strlen(r->dir), rest = b.n - (size_t)(at - b.p);
		size_t where = (size_t)(at - b.p);

		assert_true(buf_space(&b, n) != NULL);
		at = b.p + where;
		memmove(at + n, at + 3, rest - 3);
		memcpy(at, r->dir, n);
		b.n += n - 3;
		buf_str(&b);
		at = b.p + where + n;
	}
	put(r, "x12d.yaml", buf_str(&b));
	buf_free(&b);
}

static void
on_problem(void *ctx, const struct config_problem *p)
{
	struct rig *r = ctx;
	const char *file = p->file;

	if (strncmp(file, r->dir, strlen(r->dir)) == 0)
		file += strlen(r->dir) + 1;
	buf_addf(&r->problems, "%s:%d: %s\n", file, p->line, p->text);
}

static struct config *
load(struct rig *r)
{
	char path[100];
	struct err e = ERR_NONE;

	snprintf(path, sizeof(path), "%s/x12d.yaml", r->dir);
	return config_load(path, (struct config_sink){ on_problem, r }, &e);
}

/* ---- what a kit finds ---------------------------------------------------- */

struct seen {
	const char *name;
	unsigned rejects, warnings, all_rejects;
};

static void
on_finding(void *ctx, const struct finding *f)
{
	struct seen *s = ctx;

	s->all_rejects += f->severity == SEVERITY_REJECT;
	if (strcmp(f->def->name, s->name) != 0)
		return;
	s->rejects += f->severity == SEVERITY_REJECT;
	s->warnings += f->severity == SEVERITY_WARNING;
}

static struct seen
see(struct kits *k, const char *partner, const char *name)
{
	static const struct scan_ops ops = { .on_finding = on_finding };
	struct err e = ERR_NONE;
	const struct inspection_settings *settings = kits_get(k, partner,
	    &e);
	struct seen s = { .name = name };
	enum scan_framing framing;
	struct inspection *x;
	int fd = open(CLAIMS, O_RDONLY);

	if (!settings)
		fail_msg("%s", e.text);
	assert_true(fd >= 0);
	x = inspection_new(settings, &ops, NULL, &s);
	assert_non_null(x);
	assert_int_equal(scan_fd(inspection_scan(x), fd, CLAIMS, &framing,
	    &e), 0);
	assert_int_equal(inspection_error(x, &e), 0);
	inspection_free(x);
	close(fd);
	return s;
}

static struct kits *
kits_of(const struct config *c)
{
	struct kit_lists l;
	struct err e = ERR_NONE;
	struct kits *k;

	if (kit_lists_open(c, &l, &e) < 0)
		fail_msg("%s", e.text);
	k = kits_new(c, &l, &e);
	if (!k)
		fail_msg("%s", e.text);
	kit_lists_close(&l);
	return k;
}

/* What is configured reaches the role that has the snapshot alone. */
static struct config *
through_a_snapshot(struct config *c)
{
	struct err e = ERR_NONE;
	int fd = config_snapshot(c, &e);
	struct config *copy;

	assert_true(fd >= 0);
	config_free(c);
	copy = config_load_snapshot(fd, &e);
	if (!copy)
		fail_msg("%s", e.text);
	close(fd);
	return copy;
}

static void
kit_of_a_partner_has_its_guides_and_rules(void **state)
{
	struct rig *r = *state;
	struct config *c;
	struct kits *k;

	put(r, "p.guide", GUIDE "loop 2300\n  REF[G1] R\n");
	put(r, "p.yaml", RULE("wants_authorization"));
	put(r, "all.yaml", RULE("all_want_authorization"));
	put_config(r, "rules: DIR/all.yaml, "
	    "severity: {all_want_authorization: warning}",
	    "  guides: [DIR/p.guide]\n  rules: [DIR/p.yaml]\n"
	    "  severity: {segment_missing: off}\n");
	c = through_a_snapshot(load(r));
	k = kits_of(c);
	unlink("p.guide");
	assert_int_equal(see(k, "own", "wants_authorization").rejects, 2);
	assert_int_equal(see(k, "own", "all_want_authorization").warnings,
	    2);
	assert_int_equal(see(k, "plain", "wants_authorization").rejects, 0);
	assert_int_equal(see(k, "plain", "all_want_authorization").warnings,
	    2);
	assert_int_equal(see(k, "plain", "x").all_rejects, 0);
	assert_int_equal(see(k, NULL, "all_want_authorization").warnings, 0);
	kits_free(k);
	config_free(c);
}

static void
companion_guide_rejects_what_the_guide_takes(void **state)
{
	struct rig *r = *state;
	struct config *c;
	struct kits *k;

	put(r, "p.guide", GUIDE "loop 2300\n  REF[G1] R\n");
	put_config(r, "", "  guides: DIR/p.guide\n");
	c = through_a_snapshot(load(r));
	k = kits_of(c);
	assert_int_equal(see(k, "own", "x").all_rejects, 2);
	assert_int_equal(see(k, "plain", "x").all_rejects, 0);
	kits_free(k);
	config_free(c);
}

static void
code_lists_are_those_of_the_partner(void **state)
{
	struct rig *r = *state;
	struct config *c;
	struct kits *k;
	struct seen own, plain;

	put_codes(r, "icd10cm.codes", "icd10cm", "Z99");
	put_config(r, "", "  codes: [DIR/icd10cm.codes]\n");
	c = through_a_snapshot(load(r));
	assert_non_null(config_codes(c, 0));
	assert_null(config_codes(c, 1));
	k = kits_of(c);
	own = see(k, "own", "code_unknown");
	plain = see(k, "plain", "code_unknown");
	assert_true(own.rejects + own.warnings > 0);
	assert_int_equal(plain.rejects + plain.warnings, 0);
	kits_free(k);
	config_free(c);
}

/* As many partners as one likes: the kits that are over are made anew. */
static void
kits_are_bounded_and_come_back(void **state)
{
	struct rig *r = *state;
	struct config *c;
	struct kits *k;
	struct buf b;

	buf_init(&b, 100000);
	buf_add_str(&b, "partners:\n");
	for (unsigned i = 0; i < 3 * KIT_MOST; i++)
		buf_addf(&b, "- {name: p%u, usage: T, sender: {id: US}, "
		    "receiver: {id: THEM}, connection: {host: h, user: u, "
		    "upload_dir: /in, identity_file: /k, download_dirs: "
		    "[/out]}, rules: [%s/r%u.yaml]}\n", i, r->dir, i);
	put(r, "x12d.yaml", buf_str(&b));
	buf_free(&b);
	for (unsigned i = 0; i < 3 * KIT_MOST; i++) {
		char file[32], rule[300];

		snprintf(file, sizeof(file), "r%u.yaml", i);
		snprintf(rule, sizeof(rule), RULE("rule_%u"), i);
		put(r, file, rule);
	}
	c = through_a_snapshot(load(r));
	k = kits_of(c);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 3 * KIT_MOST; i++) {
			char name[16], rule[16];

			snprintf(name, sizeof(name), "p%u", i);
			snprintf(rule, sizeof(rule), "rule_%u", i);
			assert_int_equal(see(k, name, rule).rejects, 2);
		}
	kits_free(k);
	config_free(c);
}

/* ---- what is wrong with one --------------------------------------------- */

static void
check_problems(struct rig *r, const char *defaults, const char *own,
    const char *want)
{
	struct err e = ERR_NONE;
	struct config *c;

	buf_reset(&r->problems);
	put_config(r, defaults, own);
	c = load(r);
	if (c)
		assert_int_equal(kits_check(c, (struct config_sink){
		    on_problem, r }, &e) > 0, *want != '\0');
	config_free(c);
	assert_string_equal(buf_str(&r->problems), want);
}

static void
mistakes_are_told_with_file_and_line(void **state)
{
	struct rig *r = *state;

	put(r, "good.guide", GUIDE "severity wants_it warning\n");
	put(r, "good.yaml", RULE("wants_it"));
	put_codes(r, "pos.codes", "pos", "11");
	check_problems(r, "", "  guides: [DIR/good.guide]\n"
	    "  rules: [DIR/good.yaml]\n  codes: [DIR/]\n"
	    "  severity: {wants_it: reject, trailing_blank: off}\n", "");
	put(r, "bad.guide", GUIDE "loop 2300\n  CLM\n    01 ..99\n");
	put(r, "bad.yaml", RULE("one") "  nonsense: 1\n");
	put(r, "place.yaml", "- rule: two\n  guide: 837P\n  at: 2300\n"
	    "  need: CLP\n  source: a test\n  text: never\n");
	put(r, "bad.codes", "not a code list at all, but long enough for one");
	check_problems(r, "", "  guides: [DIR/bad.guide]\n"
	    "  rules: [DIR/bad.yaml]\n",
	    "bad.guide:5: lengths must lie within 1..20\n"
	    "bad.yaml:7: there is no key nonsense\n");
	/* Told once, however many share it, and where it is. */
	check_problems(r, "rules: DIR/bad.yaml", "  guides: DIR/good.guide\n",
	    "bad.yaml:7: there is no key nonsense\n");
	check_problems(r, "", "  severity: {trailing_blanc: off}\n",
	    "x12d.yaml:13: there is no finding and no rule trailing_blanc; "
	    "did you mean trailing_blank?\n");
	check_problems(r, "", "  guides: DIR/good.guide\n",
	    "good.guide:3: there is no finding and no rule wants_it\n");
}

static void
files_that_cannot_be_had_are_told_where_they_are_named(void **state)
{
	struct rig *r = *state;

	check_problems(r, "rules: /nowhere/r.yaml",
	    "  guides: [/nowhere/g.guide]\n  codes: /nowhere/codes\n",
	    "x12d.yaml:1: cannot open /nowhere/r.yaml: No such file or "
	    "directory\n"
	    "x12d.yaml:13: cannot open /nowhere/g.guide: No such file or "
	    "directory\n"
	    "x12d.yaml:14: `codes`: /nowhere/codes: No such file or "
	    "directory\n");
	check_problems(r, "", "  severity: {trailing_blank: loud}\n",
	    "x12d.yaml:13: `severity` must name findings, each with `off`, "
	    "`warning` or `reject`; for example "
	    "`{code_check_digit: warning}`\n");
}

/* Another list under the same name is another configuration. */
static void
serial_tells_an_edit_from_none(void **state)
{
	struct rig *r = *state;
	struct config *a, *b;
	uint64_t before;

	put(r, "p.yaml", RULE("one"));
	put_codes(r, "pos.codes", "pos", "11");
	put_config(r, "", "  rules: DIR/p.yaml\n  codes: DIR/pos.codes\n");
	a = through_a_snapshot(load(r));
	b = through_a_snapshot(load(r));
	assert_true(a->serial == b->serial);
	before = a->serial;
	config_free(a);
	config_free(b);
	put(r, "p.yaml", RULE("two"));
	a = through_a_snapshot(load(r));
	assert_true(a->serial != before);
	before = a->serial;
	config_free(a);
	put_codes(r, "pos.codes", "pos", "12");
	a = through_a_snapshot(load(r));
	assert_true(a->serial != before);
	config_free(a);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(kit_of_a_partner_has_its_guides_and_rules),
		TEST(companion_guide_rejects_what_the_guide_takes),
		TEST(code_lists_are_those_of_the_partner),
		TEST(kits_are_bounded_and_come_back),
		TEST(mistakes_are_told_with_file_and_line),
		TEST(files_that_cannot_be_had_are_told_where_they_are_named),
		TEST(serial_tells_an_edit_from_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
