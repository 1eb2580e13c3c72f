/* SPDX-License-Identifier: ISC */
/* x12 codes: import external code sets from their official files; look in. */
#include "base/clock.h"
#include "base/io.h"
#include "cli/codes_import.h"
#include "cli/command.h"
#include "edi/calendar.h"
#include "edi/codes.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { CODES_IMAGE_MAX = 256 * 1024 * 1024 };

struct codes_options {
	const char *dir, *set, *layout;
	uint32_t from;
};

static uint32_t
codes_today(void)
{
	char date[9], time[7];
	uint64_t v = 0;

	clock_x12(clock_wall(), date, time);
	slice_u64(slice_str(date), &v);
	return (uint32_t)v;
}

static bool
codes_path(const struct codes_options *o, const char *set, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s.codes", o->dir, set) < PATH_MAX;
}

/* ---- import ------------------------------------------------------------- */

static int
codes_read(struct import *x, const struct import_layout *layout,
    const char *name, struct err *e)
{
	struct import_counts n;
	FILE *from = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	int rc;

	if (!from)
		return err_sys(e, "cannot open %s", name);
	rc = import_file(x, layout, from, name, &n, e);
	if (from != stdin)
		fclose(from);
	if (rc < 0)
		return rc;
	printf("%s: %" PRIu64 " lines, %" PRIu64 " codes, %" PRIu64
	    " passed over\n", name, n.lines, n.codes, n.skipped);
	/* A list with holes would reject good claims: all or nothing. */
	if (n.bad > 0)
		return err_set(e, -EBADMSG, "%s: %" PRIu64 " lines are not of "
		    "the layout %s, the first is line %" PRIu64 "; nothing was "
		    "imported", name, n.bad, layout->name, n.first_bad);
	if (n.codes == 0)
		return err_set(e, -EBADMSG, "%s: no codes in it; nothing was "
		    "imported", name);
	return 0;
}

static int
codes_save(struct import *x, const struct import_layout *layout,
    const char *path, struct err *e)
{
	struct code_table *old = NULL;
	struct buf image;
	int rc = 0;

	buf_init(&image, CODES_IMAGE_MAX);
	if (access(path, F_OK) == 0 && !(old = code_table_open(path, e)))
		return e->code;
	if (!code_builder_merge(x->builder, old, layout->full_list))
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = code_builder_write(x->builder, &image, e);
	if (rc == 0)
		rc = io_replace(path, buf_slice(&image), 0644, e);
	if (rc == 0)
		printf("%s: %zu rows\n", path,
		    code_builder_count(x->builder));
	code_table_close(old);
	buf_free(&image);
	return rc;
}

static int
codes_import(const struct codes_options *o, int files, char **names)
{
	const struct import_layout *layout = o->layout ?
	    import_layout_find(o->layout) : import_layout_of(o->set);
	struct import x = { .set = o->set,
		.from = o->from ? o->from : codes_today() };
	struct err e = ERR_NONE;
	char path[PATH_MAX];
	int rc = 0;

	if (!layout && o->layout)
		return command_usage("codes", "there is no layout %s",
		    o->layout);
	if (!layout)
		layout = import_layout_find("csv");
	if (!codes_path(o, o->set, path))
		return command_usage("codes", "%s: path too long", o->dir);
	x.builder = code_builder_new(o->set, x.from);
	if (!x.builder)
		rc = err_set(&e, -ENOMEM, "out of memory");
	for (int i = 0; rc == 0 && i < files; i++) {
		x.headed = false;
		rc = codes_read(&x, layout, names[i], &e);
	}
	if (rc == 0)
		rc = codes_save(&x, layout, path, &e);
	code_builder_free(x.builder);
	return rc < 0 ? command_trouble("codes", &e) : EXIT_DONE;
}

/* ---- list and show ------------------------------------------------------ */

static int
codes_list(const struct codes_options *o)
{
	struct err e = ERR_NONE;
	struct codes *c = codes_open(o->dir, &e);
	const struct code_set *set;

	if (!c)
		return command_trouble("codes", &e);
	for (size_t i = 0; (set = code_set_row(i)); i++) {
		const struct code_table *t = codes_table(c, set);

		if (t)
			printf("%-22s %9zu rows, as of %" PRIu32 "  %s\n",
			    set->name, code_table_count(t),
			    code_table_as_of(t), set->title);
		else
			printf("%-22s %s  %s\n", set->name, set->list ?
			    "  built-in list" : "  by shape only", set->title);
	}
	codes_close(c);
	return EXIT_DONE;
}

static void
codes_print_row(const struct code_row *r)
{
	printf("%s: from %" PRIu32, r->code, r->start);
	if (r->end != CODE_NO_END)
		printf(" to %" PRIu32, r->end);
	if (r->flags & CODE_HEADER)
		fputs(", a category, not billable", stdout);
	if (r->sex)
		printf(", sex %c", r->sex);
	if (r->age_min > 0 || r->age_max != 255)
		printf(", age %u to %u", r->age_min, r->age_max);
	putchar('\n');
}

static int
codes_show_one(const struct codes *c, const struct code_set *set,
    const char *code)
{
	const struct code_table *t = codes_table(c, set);
	enum code_verdict v = codes_check(c, set, slice_str(code), NULL);
	const struct code_row *row;
	size_t n = 0;

	row = t ? code_table_find(t, slice_str(code), &n) : NULL;
	for (size_t i = 0; i < n; i++)
		codes_print_row(&row[i]);
	if (v != CODE_VALID)
		printf("%s: %s\n", code, code_verdict_finding(v)->text);
	else if (!row)
		printf("%s: %s\n", code, set->list ? "in the built-in list" :
		    "has the right shape; no list is imported");
	return v == CODE_VALID ? EXIT_DONE : EXIT_REJECTED;
}

static int
codes_show(const struct codes_options *o, int count, char **names)
{
	const struct code_set *set = code_set_find(slice_str(o->set));
	struct err e = ERR_NONE;
	struct codes *c = codes_open(o->dir, &e);
	int status = EXIT_DONE;

	if (!c)
		return command_trouble("codes", &e);
	for (int i = 0; i < count; i++)
		status = command_worse(status,
		    codes_show_one(c, set, names[i]));
	codes_close(c);
	return status;
}

/* ---- the command -------------------------------------------------------- */

static int
codes_help(void)
{
	command_help("codes");
	puts("\nLayouts of `import` (the first that fits the set, or "
	    "--layout):");
	for (const struct import_layout *l = import_layouts; l->name; l++)
		printf("  %-12s %s\n", l->name, l->what);
	puts("--from is the day on which codes without a date of their own "
	    "begin;\ntoday unless given (ICD-10-CM 2027: 20261001).");
	return command_flush("codes", EXIT_DONE);
}

static int
codes_run(const struct codes_options *o, const char *verb, int n, char **rest)
{
	if (strcmp(verb, "list") == 0 && n == 0)
		return codes_list(o);
	if (!o->set || !code_set_find(slice_str(o->set)))
		return command_usage("codes", "--set names a code set "
		    "(`x12 codes list` shows them)");
	if (n == 0)
		return command_usage("codes", "%s what?", verb);
	if (strcmp(verb, "import") == 0)
		return codes_import(o, n, rest);
	if (strcmp(verb, "show") == 0)
		return codes_show(o, n, rest);
	return command_usage("codes", "there is no `codes %s`", verb);
}

int
cmd_codes(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "set", required_argument, NULL, 's' },
		{ "layout", required_argument, NULL, 'l' },
		{ "from", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct codes_options o = { .dir = "/var/lib/x12d/codes" };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			o.dir = optarg;
			break;
		case 's':
			o.set = optarg;
			break;
		case 'l':
			o.layout = optarg;
			break;
		case 'f':
			if (!calendar_day(slice_str(optarg), &o.from))
				return command_usage("codes", "--from takes a "
				    "day, such as 20261001");
			break;
		case 'h':
			return codes_help();
		default:
			return command_usage("codes", NULL);
		}
	}
	if (optind == argc)
		return command_usage("codes", "import, list or show?");
	return command_flush("codes", codes_run(&o, argv[optind],
	    argc - optind - 1, argv + optind + 1));
}
