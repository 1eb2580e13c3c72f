/* SPDX-License-Identifier: ISC */
/* x12 from-json --claims, x12 from-csv: records to conformant X12. */
#include "base/io.h"
#include "cli/batch_options.h"
#include "cli/cmd_records.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "edi/record/csv.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PIECE = 256 * 1024 };

struct intake;

/* Where the records come from. */
struct intake_source {
	const char *name;              /* of the command */
	int (*stream)(struct intake *x, struct err *e);
};

struct intake {
	const struct intake_source *source;
	struct layers layers;
	struct record_kinds *kinds;
	struct inspection_settings checks;
	struct batch_options options;
	struct record_batch *batch;
	struct input in;
	struct output to;
	struct progress progress;
	struct buf text;               /* lines not yet taken */
	uint64_t line;
	const char *type;              /* of a table's rows */
	bool records;                  /* print them in place of X12 */
	uint64_t refused_rows;
};

static int
intake_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	struct intake *x = ctx;

	return io_write(x->to.fd, bytes.p, bytes.n, "the output", e);
}

static void
intake_on_refused(void *ctx, uint64_t line, const struct record_fault *f)
{
	struct intake *x = ctx;

	fprintf(stderr, "%s:%" PRIu64 ": %s%srefused: %s%s%s%s\n", x->in.name,
	    line, f->field, f->field[0] ? ": " : "", f->text,
	    f->name ? " [" : "", f->name ? f->name : "", f->name ? "]" : "");
}

static const struct record_batch_ops intake_ops = {
	intake_on_bytes, intake_on_refused, NULL,
};

/* What is no records at all is told once, not line by line. */
static int
intake_first(const struct intake *x, struct slice line, struct err *e)
{
	static const char mirror[] = "{\"type\":\"interchange\"";
	size_t n = sizeof(mirror) - 1;

	if (line.n > 4 && memcmp(line.p, "ISA", 3) == 0)
		return err_set(e, -EILSEQ, "%s: this is X12 already; "
		    "`x12 to-json --claims` makes records of it", x->in.name);
	if (line.n > n && memcmp(line.p, mirror, n) == 0)
		return err_set(e, -EILSEQ, "%s: this is what `x12 to-json` "
		    "makes without --claims; read it without --claims",
		    x->in.name);
	return 0;
}

/* All whole lines; at the end the last one too. */
static int
intake_lines(struct intake *x, bool end, struct err *e)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < x->text.n) {
		const char *p = x->text.p + at;
		const char *nl = memchr(p, '\n', x->text.n - at);
		size_t n = nl ? (size_t)(nl - p) : x->text.n - at;

		if (!nl && !end)
			break;
		if (x->line == 0)
			rc = intake_first(x, slice(p, n), e);
		if (rc == 0)
			rc = record_batch_line(x->batch, slice(p, n),
			    ++x->line, e);
		at += n + (nl != NULL);
	}
	buf_drop(&x->text, at);
	if (rc == 0 && x->text.n > RECORD_LINE_MAX)
		rc = err_set(e, -EILSEQ, "%s:%" PRIu64 ": the line is longer "
		    "than %d MB", x->in.name, x->line + 1,
		    RECORD_LINE_MAX >> 20);
	return rc;
}

static int
intake_stream(struct intake *x, struct err *e)
{
	ssize_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0) {
		char *p = buf_space(&x->text, PIECE);

		if (!p)
			return err_set(e, -ENOMEM, "out of memory");
		n = io_read(x->in.fd, p, PIECE, x->in.name, e);
		if (n < 0)
			return (int)n;
		x->text.n += (size_t)n;
		progress_add(&x->progress, (uint64_t)n);
		rc = intake_lines(x, n == 0, e);
	}
	return rc;
}

/* ---- from a table -------------------------------------------------------- */

static int
intake_on_record(void *ctx, uint64_t row, struct slice json, struct err *e)
{
	struct intake *x = ctx;
	int rc;

	if (!x->records)
		return record_batch_line(x->batch, json, row, e);
	rc = io_write(x->to.fd, json.p, json.n, "the output", e);
	return rc == 0 ? io_write(x->to.fd, "\n", 1, "the output", e) : rc;
}

static void
intake_on_refused_row(void *ctx, uint64_t row, const struct record_fault *f)
{
	((struct intake *)ctx)->refused_rows++;
	intake_on_refused(ctx, row, f);
}

static int
intake_rows(struct intake *x, struct record_csv *c, struct err *e)
{
	ssize_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0) {
		char *p = buf_space(&x->text, PIECE);

		if (!p)
			return err_set(e, -ENOMEM, "out of memory");
		n = io_read(x->in.fd, p, PIECE, x->in.name, e);
		if (n < 0)
			return (int)n;
		progress_add(&x->progress, (uint64_t)n);
		rc = record_csv_feed(c, p, (size_t)n, e);
	}
	return rc == 0 ? record_csv_finish(c, e) : rc;
}

static int
intake_table(struct intake *x, struct err *e)
{
	static const struct record_csv_ops ops = { intake_on_record,
		intake_on_refused_row };
	struct record_csv *c = record_csv_new(x->kinds, x->type, &ops, x);
	int rc = c ? intake_rows(x, c, e) : err_set(e, -ENOMEM,
	    "out of memory");

	if (rc == -EILSEQ)
		err_prefix(e, "%s", x->in.name);
	record_csv_free(c);
	return rc;
}

/* ---- all of it ----------------------------------------------------------- */

static uint64_t
intake_refused(const struct intake *x)
{
	return x->refused_rows + (x->batch ?
	    record_batch_refused(x->batch) : 0);
}

static int
intake_run(struct intake *x, struct err *e)
{
	int rc = output_begin(&x->to, x->options.output, e);

	if (rc == 0)
		rc = layers_open(&x->layers, &x->options.files, e);
	if (rc == 0) {
		x->checks = layers_settings(&x->layers);
		x->kinds = record_kinds_new(x->layers.guides);
		x->batch = x->kinds ? record_batch_new(x->kinds, &x->checks,
		    &x->options.batch, &intake_ops, x) : NULL;
		rc = x->batch ? batch_options_defaults(&x->options,
		    x->batch, e) :
		    err_set(e, -ENOMEM, "out of memory");
	}
	progress_begin(&x->progress, x->in.name, x->in.size);
	if (rc == 0)
		rc = x->source->stream(x, e);
	progress_end(&x->progress);
	if (rc == 0)
		rc = record_batch_finish(x->batch, e);
	if (rc == 0 && !x->records && intake_refused(x) == 0 &&
	    record_batch_written(x->batch) == 0)
		rc = err_set(e, -EILSEQ, "%s: no record is in it, and no "
		    "interchange was made", x->in.name);
	return output_end(&x->to, rc, e);
}

static int
intake_file(struct intake *x, const char *name)
{
	struct err e = ERR_NONE;
	int status = EXIT_DONE, rc;
	uint64_t refused;

	if (input_open(&x->in, name, &e) < 0)
		return command_trouble(x->source->name, &e);
	buf_init(&x->text, RECORD_LINE_MAX + 2 * PIECE);
	rc = intake_run(x, &e);
	refused = intake_refused(x);
	if (rc < 0)
		status = command_trouble(x->source->name, &e);
	else if (refused > 0)
		status = EXIT_REJECTED;
	if (status == EXIT_REJECTED && x->records)
		fprintf(stderr, "%s: %" PRIu64 " records refused\n",
		    x->in.name, refused);
	else if (status == EXIT_REJECTED)
		fprintf(stderr, "%s: %" PRIu64 " records written, %" PRIu64
		    " refused\n", x->in.name, record_batch_written(x->batch),
		    refused);
	record_batch_free(x->batch);
	record_kinds_free(x->kinds);
	layers_close(&x->layers);
	buf_free(&x->text);
	input_close(&x->in);
	return rc == -EILSEQ ? EXIT_REJECTED : status;
}

/* ---- options ------------------------------------------------------------ */

static bool
take_option(struct intake *x, int c, const char *text)
{
	if (c == 't')
		x->type = text;
	x->records |= c == 'j';
	return batch_options_take(&x->options, c, text);
}

static int
intake_options(struct intake *x, const struct option *options, int argc,
    char **argv)
{
	const char *name = x->source->name;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(name);
		if (c == '?')
			return command_usage(name, NULL);
		if (!take_option(x, c, optarg))
			return command_usage(name, "%s",
			    batch_options_say(c));
	}
	if (!x->records && (!x->options.sender[0] ||
	    !x->options.receiver[0]))
		return command_usage(name, "--sender and --receiver are "
		    "needed");
	if (optind + 1 != argc)
		return command_usage(name, "%s", optind < argc ?
		    "one file at a time" : "which file?");
	return -1;
}

static int
intake_command(const struct intake_source *source,
    const struct option *options, int argc, char **argv)
{
	struct intake *x = calloc(1, sizeof(*x));
	int status;

	if (!x)
		return command_trouble(source->name,
		    &(struct err){ -ENOMEM, "out of memory" });
	x->source = source;
	batch_options_init(&x->options);
	status = intake_options(x, options, argc, argv);
	if (status < 0)
		status = intake_file(x, argv[optind]);
	free(x);
	return status;
}

int
records_from_json(int argc, char **argv)
{
	static const struct intake_source source = { "from-json",
		intake_stream };
	static const struct option options[] = {
		BATCH_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ "claims", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 }
	};

	return intake_command(&source, options, argc, argv);
}

int
cmd_from_csv(int argc, char **argv)
{
	static const struct intake_source source = { "from-csv",
		intake_table };
	static const struct option options[] = {
		BATCH_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ "type", required_argument, NULL, 't' },
		{ "records", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};

	return intake_command(&source, options, argc, argv);
}
