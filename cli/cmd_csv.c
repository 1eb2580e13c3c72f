/* SPDX-License-Identifier: ISC */
/* x12 csv: claims, lines, remittances, statuses as rows of a table. */
#include "base/io.h"
#include "base/nearest.h"
#include "cli/output.h"
#include "cli/trees.h"
#include "edi/sheet.h"

#include <inttypes.h>

enum { CSV_OUT = 256 * 1024, CSV_OUT_MAX = 64 << 20 };

struct csv_command {
	struct trees trees;
	const struct sheet *sheet;
	struct sheet_maker *maker;
	struct output to;
	struct buf buf;
	const char *file;
	uint64_t records;      /* of this file that the sheet is of */
	bool raw;
};

static int
csv_flush(struct csv_command *x, struct err *e)
{
	int rc = x->buf.failed ? err_set(e, -ENOMEM, "out of memory") :
	    io_write(x->to.fd, x->buf.p, x->buf.n, "the output", e);

	buf_reset(&x->buf);
	return rc;
}

static int
csv_on_tree(void *ctx, const struct record_whole *t, struct err *e)
{
	struct csv_command *x = ctx;

	x->records += sheet_is_of(x->sheet, t->kind);
	sheet_add(x->maker, x->file, t, &x->buf);
	return x->buf.n >= CSV_OUT || x->buf.failed ? csv_flush(x, e) : 0;
}

static int
csv_file(struct csv_command *x, const char *file, int *status, struct err *e)
{
	struct trees_result r;
	int rc;

	x->file = file;
	x->records = 0;
	rc = trees_read(&x->trees, file, csv_on_tree, x, &r, e);
	if (rc < 0)
		return rc;
	*status = command_worse(*status, trees_say(file, &r));
	if (x->records == 0) {
		fprintf(stderr, "%s: nothing in it for `%s`: %s\n", file,
		    x->sheet->name, x->sheet->title);
		*status = command_worse(*status, EXIT_REJECTED);
	}
	return 0;
}

static int
csv_files(struct csv_command *x, char **files, int count, int *status,
    struct err *e)
{
	int rc = trees_open(&x->trees, e);

	x->maker = sheet_maker_new(x->sheet, x->raw);
	buf_init(&x->buf, CSV_OUT_MAX);
	if (rc == 0 && !x->maker)
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc == 0)
		sheet_heading(x->maker, &x->buf);
	for (int i = 0; i < count && rc == 0; i++)
		rc = csv_file(x, files[i], status, e);
	if (rc == 0)
		rc = csv_flush(x, e);
	if (rc == 0 && sheet_unfit_count(x->maker) > 0) {
		fprintf(stderr, "x12 csv: %" PRIu64 " amounts are too large to "
		    "add up\n", sheet_unfit_count(x->maker));
		*status = command_worse(*status, EXIT_REJECTED);
	}
	return rc;
}

static int
csv_run(struct csv_command *x, const char *output, char **files, int count)
{
	struct err e = ERR_NONE;
	int status = EXIT_DONE, rc = output_begin(&x->to, output, &e);

	if (rc == 0) {
		rc = csv_files(x, files, count, &status, &e);
		rc = output_end(&x->to, rc, &e);
	}
	if (rc < 0)
		status = command_trouble("csv", &e);
	sheet_maker_free(x->maker);
	buf_free(&x->buf);
	trees_close(&x->trees);
	return status;
}

static int
csv_no_sheet(const char *name)
{
	struct nearest near;

	nearest_init(&near, name);
	for (unsigned i = 0; sheet(i); i++)
		nearest_try(&near, sheet(i)->name);
	return command_usage("csv", "there is no table %s%s%s", name,
	    nearest_found(&near) ? "; did you mean " : "",
	    nearest_found(&near) ? nearest_found(&near) : "");
}

int
cmd_csv(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "raw", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct csv_command x = { .raw = false };
	const char *output = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("csv");
		if (c == '?')
			return command_usage("csv", NULL);
		x.raw |= c == 'r';
		if (c == 'o')
			output = optarg;
	}
	if (optind + 2 > argc)
		return command_usage("csv", "which table, of which files?");
	for (unsigned i = 0; sheet(i) && !x.sheet; i++)
		if (strcmp(argv[optind], sheet(i)->name) == 0)
			x.sheet = sheet(i);
	if (!x.sheet)
		return csv_no_sheet(argv[optind]);
	return csv_run(&x, output, argv + optind + 1, argc - optind - 1);
}
