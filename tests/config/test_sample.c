/* SPDX-License-Identifier: ISC */
/*
 * The samples in config/ are written by the table of keys: BLESS=1 rewrites
 * them. So each key stands there with its meaning and its default, and what
 * stands there is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/io.h"
#include "tests/config/dump.h"

#include <stdio.h>
#include <stdlib.h>

static const char main_file[] = "config/x12d.yaml.sample";
static const char partner_file[] = "config/partner.yaml.sample";

static const char main_head[] =
    "# x12d.yaml: the main file of x12d(8).\n"
    "#\n"
    "# What is commented out is the default, or an example where there is\n"
    "# none. A time is a number and ms, s, m, h or d; a size is a number and\n"
    "# B, kB, MB or GB. See x12d.yaml(5); `x12d --check-config` says what is\n"
    "# wrong with this file.\n";

static const char partner_head[] =
    "# One trading partner of x12d(8): copy this file to NAME.yaml in the\n"
    "# directory partners.d beside x12d.yaml.\n"
    "#\n"
    "# What is commented out is the default, or an example where there is\n"
    "# none. What many partners share can stand once under `defaults:` in\n"
    "# x12d.yaml. See x12d.yaml(5).\n";

/* ---- writing a sample ---- */

static void
write_help(struct buf *b, const char *indent, const char *help)
{
	size_t column = 0;

	while (*help) {
		size_t n = strcspn(help, " ");

		if (column == 0 || column + 1 + n > 74) {
			buf_addf(b, "%s%s# ", column ? "\n" : "", indent);
			column = strlen(indent) + 1;
		} else
			buf_add_str(b, " ");
		buf_add(b, help, n);
		column += n + 1;
		help += n + strspn(help + n, " ");
	}
	buf_add_str(b, "\n");
}

/* What YAML would not take for a plain word. */
static bool
must_quote(const char *s)
{
	return strpbrk(s, "{}[]#,") || strspn(s, "0123456789") == strlen(s);
}

static bool
is_number(const struct config_key *k)
{
	return k->type == TYPE_NUMBER;
}

static void
write_key(struct buf *b, const struct config_key *k)
{
	const char *q = strspn(k->name, "0123456789") == strlen(k->name) ?
	    "\"" : "";

	buf_addf(b, "%s%s%s:", q, k->name, q);
}

static void
write_value(struct buf *b, const struct config_key *k)
{
	const char *v = k->fallback && !k->shown ? k->fallback : k->example;
	const bool is_true = k->fallback && strcmp(k->fallback, "true") == 0;

	if (k->type == TYPE_EXPECT)
		buf_addf(b, " %s", is_true ? k->example : k->fallback);
	else if (k->type == TYPE_PARTNERS || k->type == TYPE_PATHS ||
	    k->type == TYPE_SEVERITIES)
		buf_addf(b, " %s", v);
	else if (k->list_max)
		buf_addf(b, " [\"%s\"]", v);
	else if (must_quote(v) && !is_number(k))
		buf_addf(b, " \"%s\"", v);
	else
		buf_addf(b, " %s", v);
}

static void
write_mapping(struct buf *b, const struct config_mapping *m,
    const char *indent)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct config_key *k = &m->keys[i];
		const bool open = k->type == TYPE_MAPPING ||
		    k->type == TYPE_DEFAULTS;

		buf_add_str(b, "\n");
		write_help(b, indent, k->help);
		buf_addf(b, "%s%s", indent,
		    open || k->required || k->shown ? "" : "#");
		write_key(b, k);
		if (open)
			buf_add_str(b, "\n");
		if (k->type == TYPE_MAPPING)
			write_mapping(b, k->sub, "  ");
		else if (!open) {
			write_value(b, k);
			buf_add_str(b, "\n");
		}
	}
}

/* ---- the tests ---- */

static void
check_sample(const char *path, const char *head,
    const struct config_mapping *m)
{
	struct buf b;
	struct err e;
	char *text;
	size_t n;

	buf_init(&b, 100000);
	buf_add_str(&b, head);
	write_mapping(&b, m, "");
	assert_false(b.failed);
	if (getenv("BLESS"))
		assert_int_equal(io_replace(path, buf_slice(&b), 0644, &e),
		    0);
	if (io_slurp(path, 100000, &text, &n, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(text, buf_str(&b));
	free(text);
	buf_free(&b);
}

static void
samples_have_every_key_with_its_default(void **state)
{
	(void)state;
	check_sample(main_file, main_head, &config_main_keys);
	check_sample(partner_file, partner_head, &config_partner_keys);
}

/* Take `#` off the lines that are settings; comments have a blank after it. */
static void
add_text(struct buf *b, const char *path, const char *indent, bool uncomment)
{
	char *text, *line, *rest;
	struct err e;
	size_t n;

	if (io_slurp(path, 100000, &text, &n, &e) < 0)
		fail_msg("%s", e.text);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;) {
		size_t blank = strspn(line, " ");
		const bool setting = line[blank] == '#' &&
		    line[blank + 1] != ' ' && line[blank + 1] != '\0' &&
		    !strstr(line, "#move_dir");   /* not with `leave` */

		buf_addf(b, "%s%.*s%s\n", indent, (int)blank, line,
		    line + blank + (setting && uncomment));
	}
	free(text);
}

static void
on_problem(void *ctx, const struct config_problem *p)
{
	(void)ctx;
	print_message("%d:%d: %s\n", p->line, p->column, p->text);
}

static struct config *
load_samples(bool uncomment_main, bool uncomment_partner)
{
	const struct config_sink sink = { on_problem, NULL };
	struct config *c;
	struct buf b;
	struct err e;

	buf_init(&b, 100000);
	add_text(&b, main_file, "", uncomment_main);
	if (uncomment_main) {
		/* The example of `partners` is an empty list. */
		char *end = strstr((char *)(uintptr_t)buf_str(&b),
		    "partners: []");

		assert_non_null(end);
		b.n = (size_t)(end - b.p);
	}
	buf_add_str(&b, "partners:\n-\n");
	add_text(&b, partner_file, "  ", uncomment_partner);
	c = config_parse("sample", buf_slice(&b), sink, &e);
	buf_free(&b);
	return c;
}

static void
samples_load_as_they_are(void **state)
{
	struct config *c = load_samples(false, false);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->partner_count, 1);
	assert_string_equal(c->partners[0].name, "payer");
	assert_int_equal(c->partners[0].sftp.download_count, 1);
	config_free(c);
}

static const char *
value_of(const char *dump, const char *key, char to[static 80])
{
	const char *at = strstr(dump, key);

	assert_non_null(at);
	snprintf(to, 80, "%.*s", (int)strcspn(at, "\n"), at);
	return to;
}

/*
 * Where the table has a default, the sample's comment says it: the value is
 * the same with the comment's sign and without.
 */
static void
check_same(const struct config_mapping *m, const struct buf *as_is,
    const struct buf *all)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct config_key *k = &m->keys[i];
		char name[64], one[80], two[80];

		if (k->type == TYPE_MAPPING) {
			check_same(k->sub, as_is, all);
			continue;
		}
		if (!k->fallback || k->list_max)
			continue;
		snprintf(name, sizeof(name), "\n%s: ", k->name);
		assert_string_equal(value_of(as_is->p, name, one),
		    value_of(all->p, name, two));
	}
}

static void
samples_comment_out_true_defaults(void **state)
{
	struct config *as_is = load_samples(false, false);
	struct config *all = load_samples(true, true);
	struct buf one, two;

	(void)state;
	assert_non_null(as_is);
	assert_non_null(all);
	buf_init(&one, 100000);
	buf_init(&two, 100000);
	buf_add_str(&one, "\n");
	buf_add_str(&two, "\n");
	dump_config(&one, as_is);
	dump_config(&two, all);
	buf_str(&one);
	buf_str(&two);
	check_same(&config_main_keys, &one, &two);
	check_same(&config_partner_keys, &one, &two);
	assert_string_equal(all->partners[0].title, "Example Health Plan");
	buf_free(&one);
	buf_free(&two);
	config_free(as_is);
	config_free(all);
}

/* ---- the manual page ---- */

static void
check_manual(const char *page, const struct config_mapping *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct config_key *k = &m->keys[i];
		char item[200];
		const char *at, *end;

		snprintf(item, sizeof(item), "\n.It Ic %s ", k->name);
		at = strstr(page, item);
		if (!at)
			fail_msg("x12d.yaml(5) lacks `%s`", k->name);
		end = strstr(at + 1, "\n.It Ic ");
		if (k->fallback && k->type != TYPE_EXPECT) {
			snprintf(item, sizeof(item), "\n.Pq default : Li %s",
			    k->fallback);
			at = strstr(at, item);
			if (!at || (end && at > end))
				fail_msg("x12d.yaml(5) lacks the default of "
				    "`%s`", k->name);
		}
		if (k->type == TYPE_MAPPING)
			check_manual(page, k->sub);
	}
}

static void
manual_page_has_every_key_and_default(void **state)
{
	struct err e;
	char *page;
	size_t n;

	(void)state;
	if (io_slurp("docs/man/x12d.yaml.5", 100000, &page, &n, &e) < 0)
		fail_msg("%s", e.text);
	check_manual(page, &config_main_keys);
	check_manual(page, &config_partner_keys);
	check_manual(page, &config_within_keys);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_have_every_key_with_its_default),
		cmocka_unit_test(samples_load_as_they_are),
		cmocka_unit_test(samples_comment_out_true_defaults),
		cmocka_unit_test(manual_page_has_every_key_and_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
