/* SPDX-License-Identifier: ISC */
/* x12 from-json --claims, x12 from-csv: records to conformant X12. */
#include "base/clock.h"
#include "base/io.h"
#include "cli/cmd_records.h"
#include "cli/command.h"
#include "cli/layers.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "edi/record_batch.h"
#include "edi/record_csv.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PIECE = 256 * 1024, DEFAULTS = 1 << 20 };

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
	struct record_batch_options options;
	struct record_batch *batch;
	struct input in;
	struct output to;
	struct progress progress;
	struct buf text;               /* lines not yet taken */
	uint64_t line;
	const char *type;              /* of a table's rows */
	bool records;                  /* print them in place of X12 */
	uint64_t refused_rows;
	const char *path, *defaults;
	struct layers_files files;
	char sender[20], receiver[20], sender_qualifier[3];
	char receiver_qualifier[3], date[9], time[7];
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
		rc = record_batch_line(x->batch, slice(p, n), ++x->line, e);
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

/* ---- what records need not say ------------------------------------------- */

static int
intake_default(struct intake *x, struct slice text, uint64_t line,
    struct err *e)
{
	struct record_fault fault;
	int rc = record_batch_default(x->batch, text, &fault, e);

	return rc <= 0 ? rc : err_set(e, -EINVAL, "%s:%" PRIu64 ": %s%s%s",
	    x->defaults, line, fault.field, fault.field[0] ? ": " : "",
	    fault.text);
}

/* What records need not say: a file of lines like records. */
static int
intake_take_defaults(struct intake *x, struct err *e)
{
	char *text = NULL, *p;
	size_t left = 0, n;
	int rc = x->defaults ? io_slurp(x->defaults, DEFAULTS, &text, &left,
	    e) : 0;

	p = text;
	for (uint64_t line = 1; rc == 0 && left > 0; line++) {
		char *end = memchr(p, '\n', left);

		n = end ? (size_t)(end - p) : left;
		rc = intake_default(x, slice(p, n), line, e);
		n += end != NULL;
		p += n;
		left -= n;
	}
	free(text);
	return rc;
}

static int
intake_run(struct intake *x, struct err *e)
{
	int rc = output_begin(&x->to, x->path, e);

	if (rc == 0)
		rc = layers_open(&x->layers, &x->files, e);
	if (rc == 0) {
		x->checks = layers_settings(&x->layers);
		x->kinds = record_kinds_new(x->layers.guides);
		x->batch = x->kinds ? record_batch_new(x->kinds, &x->checks,
		    &x->options, &intake_ops, x) : NULL;
		rc = x->batch ? intake_take_defaults(x, e) :
		    err_set(e, -ENOMEM, "out of memory");
	}
	progress_begin(&x->progress, x->in.name, x->in.size);
	if (rc == 0)
		rc = x->source->stream(x, e);
	progress_end(&x->progress);
	if (rc == 0)
		rc = record_batch_finish(x->batch, e);
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
	refused = x->refused_rows + (x->batch ?
	    record_batch_refused(x->batch) : 0);
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

/* "ZZ:CLINICA" or "CLINICA". */
static bool
take_identity(const char *text, char *qualifier, char *id)
{
	const char *colon = strchr(text, ':');
	struct slice q = colon ? slice(text, (size_t)(colon - text)) :
	    SLICE_LIT("ZZ");

	text = colon ? colon + 1 : text;
	return q.n == 2 && slice_copy(q, qualifier, 3) && strlen(text) >= 2 &&
	    strlen(text) <= 15 && slice_copy(slice_str(text), id, 20);
}

static bool
take_digits(const char *text, size_t shortest, size_t longest, char *to)
{
	size_t n = strspn(text, "0123456789");

	return text[n] == '\0' && n >= shortest && n <= longest &&
	    slice_copy(slice(text, n), to, longest + 1);
}

static bool
take_limit(const char *text, uint32_t *to)
{
	uint64_t n;

	if (!slice_u64(slice_str(text), &n) || n < 1 || n > UINT32_MAX)
		return false;
	*to = (uint32_t)n;
	return true;
}

/* What else the partner asks for, or the biller leaves out. */
static bool
take_wish(struct intake *x, int c, const char *text)
{
	struct record_batch_options *o = &x->options;

	switch (c) {
	case 'D':
		x->defaults = text;
		return true;
	case 'S':
		return take_limit(text, &o->claims_max);
	case 'P':
		return take_limit(text, &o->patient_claims_max);
	case 'L':
		return take_limit(text, &o->lines_max);
	case 'B':
		o->basic = strcmp(text, "basic") == 0;
		return o->basic || strcmp(text, "extended") == 0;
	case 'F':
		o->replace = strcmp(text, "replace") == 0;
		return o->replace || strcmp(text, "refuse") == 0;
	default:
		return true;
	}
}

static bool
take_option(struct intake *x, int c, const char *text)
{
	uint64_t n;

	switch (c) {
	case 'o':
		x->path = text;
		return true;
	case 't':
		x->type = text;
		return true;
	case 'j':
		x->records = true;
		return true;
	case 'R':
		x->files.rules = text;
		return true;
	case 'C':
		x->files.codes = text;
		return true;
	case 's':
		return take_identity(text, x->sender_qualifier, x->sender);
	case 'r':
		return take_identity(text, x->receiver_qualifier,
		    x->receiver);
	case 'd':
		return take_digits(text, 8, 8, x->date);
	case 'm':
		return take_digits(text, 4, 6, x->time);
	case 'n':
		if (!slice_u64(slice_str(text), &n) || n < 1 || n > 999999999)
			return false;
		x->options.isa.control = x->options.group = n;
		return true;
	case 'u':
		x->options.isa.usage = text[0];
		return strcmp(text, "T") == 0 || strcmp(text, "P") == 0;
	default:
		return take_wish(x, c, text);
	}
}

static void
intake_defaults(struct intake *x)
{
	struct record_batch_options *o = &x->options;

	clock_x12(clock_wall(), x->date, x->time);
	o->isa = (struct writer_isa){ .sender_qualifier = x->sender_qualifier,
		.sender = x->sender,
		.receiver_qualifier = x->receiver_qualifier,
		.receiver = x->receiver, .date = x->date, .time = x->time,
		.control = 1, .usage = 'T' };
	o->sender = x->sender;
	o->receiver = x->receiver;
	o->time = x->time;
	o->group = 1;
	o->delimiters = writer_default_delimiters;
	o->suffix = "\n";
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
			return command_usage(name, "--sender and "
			    "--receiver take an identity such as ZZ:CLINICA, "
			    "--control 1 to 999999999, --date CCYYMMDD, "
			    "--time HHMM, --usage T or P, limits a number, "
			    "--characters basic or extended, --unfit refuse "
			    "or replace");
	}
	if (!x->records && (!x->sender[0] || !x->receiver[0]))
		return command_usage(name, "--sender and --receiver are "
		    "needed");
	if (optind + 1 != argc)
		return command_usage(name, "one file, please");
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
	intake_defaults(x);
	status = intake_options(x, options, argc, argv);
	if (status < 0)
		status = intake_file(x, argv[optind]);
	free(x);
	return status;
}

#define INTAKE_OPTIONS \
	{ "output", required_argument, NULL, 'o' }, \
	{ "sender", required_argument, NULL, 's' }, \
	{ "receiver", required_argument, NULL, 'r' }, \
	{ "control", required_argument, NULL, 'n' }, \
	{ "date", required_argument, NULL, 'd' }, \
	{ "time", required_argument, NULL, 'm' }, \
	{ "usage", required_argument, NULL, 'u' }, \
	{ "rules", required_argument, NULL, 'R' }, \
	{ "codes", required_argument, NULL, 'C' }, \
	{ "defaults", required_argument, NULL, 'D' }, \
	{ "set-claims", required_argument, NULL, 'S' }, \
	{ "patient-claims", required_argument, NULL, 'P' }, \
	{ "claim-lines", required_argument, NULL, 'L' }, \
	{ "characters", required_argument, NULL, 'B' }, \
	{ "unfit", required_argument, NULL, 'F' }, \
	{ "help", no_argument, NULL, 'h' }

int
records_from_json(int argc, char **argv)
{
	static const struct intake_source source = { "from-json",
		intake_stream };
	static const struct option options[] = {
		INTAKE_OPTIONS,
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
		INTAKE_OPTIONS,
		{ "type", required_argument, NULL, 't' },
		{ "records", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};

	return intake_command(&source, options, argc, argv);
}
