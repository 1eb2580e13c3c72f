/* SPDX-License-Identifier: ISC */
/* x12 fmt: the same segments, laid out for reading or re-delimited. */
#include "base/io.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "edi/reader.h"
#include "edi/writer.h"

#include <inttypes.h>
#include <unistd.h>

enum { FMT_OUT = 4 * READER_SEGMENT_MAX };

struct fmt_options {
	const char *suffix;              /* after each terminator */
	bool own_delimiters, in_place;
	struct delimiters delimiters;
};

struct fmt {
	const struct fmt_options *options;
	struct input in;
	int out;
	struct progress progress;
	struct reader *reader;
	struct buf buf;
	struct writer writer;
	uint64_t segments;               /* of the file, for messages */
};

static int
fmt_flush(struct fmt *x, struct err *e)
{
	int rc = io_write(x->out, x->buf.p, x->buf.n, "the output", e);

	buf_reset(&x->buf);
	return rc;
}

/* An ISA begins with its own delimiters; ISA11 and ISA16 name them. */
static void
fmt_isa(struct fmt *x, const struct segment *s)
{
	struct delimiters d = x->options->own_delimiters ?
	    x->options->delimiters : *s->delimiters;
	unsigned n = s->count < 15 ? s->count : 15;

	writer_init(&x->writer, &x->buf, d, x->options->suffix);
	buf_add_str(&x->buf, "ISA");
	for (unsigned i = 1; i <= n; i++) {
		buf_add_char(&x->buf, d.element);
		if (i == 11 && s->delimiters->repetition && d.repetition)
			buf_add_char(&x->buf, d.repetition);
		else
			buf_add_slice(&x->buf, segment_element(s, i));
	}
	buf_add_char(&x->buf, d.element);
	buf_add_char(&x->buf, d.component);
	buf_add_char(&x->buf, d.terminator);
	buf_add_str(&x->buf, x->options->suffix);
}

/* What the writer refused, as a person may mend it. */
static int
fmt_refused(const struct fmt *x, struct err *e)
{
	static const char *const why[] = {
		[WRITER_DELIMITER_IN_DATA] =
		    "holds one of the new delimiters in its data; "
		    "choose others with --delimiters",
		[WRITER_CHARACTER] = "holds a control character in its data",
		[WRITER_FULL] = "is too long",
	};

	return err_set(e, -EILSEQ, "%s: segment %" PRIu64 " %s; nothing was "
	    "written after it", x->in.name, x->segments,
	    why[writer_error(&x->writer)]);
}

static int
fmt_segment(struct fmt *x, const struct segment *s, struct err *e)
{
	int rc = 0;

	x->segments++;
	if (s->tag == TAG_ISA)
		fmt_isa(x, s);
	else
		writer_copy(&x->writer, s);
	if (writer_error(&x->writer) != WRITER_OK)
		return fmt_refused(x, e);
	if (x->buf.n >= FMT_OUT / 2)
		rc = fmt_flush(x, e);
	return rc;
}

static int
fmt_status(const struct fmt *x, enum reader_status status, struct err *e)
{
	static const char *const why[] = {
		[READER_NOT_X12] = "this is not X12: an ISA segment must "
		    "stand here",
		[READER_BAD_ISA] = "the ISA segment is damaged",
		[READER_TOO_LONG] = "no segment terminator in sight",
		[READER_CUT] = "the file ends inside a segment",
	};

	return err_set(e, -EILSEQ, "%s: byte %" PRIu64 ": %s", x->in.name,
	    reader_offset(x->reader), why[status]);
}

/* Read once; 0 at the end of the file. */
static ssize_t
fmt_fill(struct fmt *x, struct err *e)
{
	size_t room;
	char *p;
	ssize_t n;

	reader_space(x->reader, &p, &room);
	n = io_read(x->in.fd, p, room, x->in.name, e);
	if (n < 0)
		return n;
	if (n == 0)
		reader_finish(x->reader);
	else
		reader_commit(x->reader, (size_t)n);
	progress_add(&x->progress, (uint64_t)n);
	return n;
}

static int
fmt_stream(struct fmt *x, struct err *e)
{
	for (;;) {
		struct segment s;
		enum reader_status status = reader_next(x->reader, &s);
		int rc;

		if (status == READER_SEGMENT)
			rc = fmt_segment(x, &s, e);
		else if (status == READER_MORE)
			rc = (int)fmt_fill(x, e);
		else if (status == READER_END && x->segments == 0)
			return err_set(e, -EILSEQ, "%s: is empty",
			    x->in.name);
		else if (status == READER_END)
			return fmt_flush(x, e);
		else
			return fmt_status(x, status, e);
		if (rc < 0)
			return rc;
	}
}

static int
fmt_run(struct fmt *x, struct err *e)
{
	int rc;

	buf_init(&x->buf, FMT_OUT);
	x->reader = reader_new();
	if (!x->reader)
		return err_set(e, -ENOMEM, "out of memory");
	progress_begin(&x->progress, x->in.name, x->in.size);
	rc = fmt_stream(x, e);
	progress_end(&x->progress);
	reader_free(x->reader);
	buf_free(&x->buf);
	return rc;
}

/* A temporary file beside it, then a rename: whole or not at all. */
static int
fmt_in_place(struct fmt *x, struct err *e)
{
	struct output to;
	int rc = output_begin(&to, x->in.name, e);

	if (rc < 0)
		return rc;
	x->out = to.fd;
	rc = fmt_run(x, e);
	if (rc == 0)
		rc = output_like(&to, x->in.fd, e);
	return output_end(&to, rc, e);
}

static int
fmt_file(const struct fmt_options *options, const char *name)
{
	struct fmt x = { .options = options, .out = STDOUT_FILENO };
	struct err e = ERR_NONE;
	int rc;

	if (input_open(&x.in, name, &e) < 0)
		return command_trouble("fmt", &e);
	rc = options->in_place ? fmt_in_place(&x, &e) : fmt_run(&x, &e);
	input_close(&x.in);
	if (rc == 0)
		return EXIT_DONE;
	command_trouble("fmt", &e);
	return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
}

/* Element, component, repetition, terminator: four different characters. */
static bool
fmt_delimiters(const char *text, struct delimiters *d)
{
	if (strlen(text) != 4)
		return false;
	*d = (struct delimiters){ text[0], text[1], text[2], text[3] };
	for (int i = 0; i < 4; i++) {
		char c = text[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == ' ' || c == '.' ||
		    c == '-' || strchr(text + i + 1, c))
			return false;
	}
	return true;
}

int
cmd_fmt(int argc, char **argv)
{
	static const struct option options[] = {
		{ "one-line", no_argument, NULL, 'o' },
		{ "delimiters", required_argument, NULL, 'd' },
		{ "in-place", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct fmt_options o = { .suffix = "\n" };
	int c, status = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			o.suffix = "";
			break;
		case 'd':
			o.own_delimiters = true;
			if (!fmt_delimiters(optarg, &o.delimiters))
				return command_usage("fmt", "--delimiters "
				    "takes four different characters, such as"
				    " '*:^~' (element, component, repetition,"
				    " terminator); no letters or digits");
			break;
		case 'i':
			o.in_place = true;
			break;
		case 'h':
			return command_help("fmt");
		default:
			return command_usage("fmt", NULL);
		}
	}
	if (optind == argc)
		return command_usage("fmt", "which file?");
	for (int i = optind; i < argc; i++)
		status = command_worse(status, fmt_file(&o, argv[i]));
	return status;
}
