/* SPDX-License-Identifier: ISC */
/* x12 to-json, x12 from-json: the lossless mirror, as a stream. */
#include "base/io.h"
#include "cli/cmd_records.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "edi/mirror.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PIECE = 64 * 1024 };

/* One of the two directions; struct mirror or struct unmirror. */
struct direction {
	const char *name;
	void *(*begin)(struct guides *g, mirror_write *write, void *ctx);
	int (*feed)(void *m, const char *p, size_t n, struct err *e);
	int (*finish)(void *m, enum scan_framing *framing, struct err *e);
	void (*end)(void *m);
	/* --claims: records in place of the mirror; NULL: not this way. */
	int (*claims)(const char *file, const char *output);
	const char *first;     /* to say when line 1 is not understood */
};

static int
json_on_write(void *ctx, struct slice bytes, struct err *e)
{
	return io_write(((struct output *)ctx)->fd, bytes.p, bytes.n,
	    "the output", e);
}

static int
json_stream(const struct direction *d, void *m, struct input *in,
    enum scan_framing *framing, struct err *e)
{
	struct progress progress;
	char piece[PIECE];
	ssize_t n;
	int rc = 0;

	progress_begin(&progress, in->name, in->size);
	while (rc == 0 && (n = io_read(in->fd, piece, sizeof(piece), in->name,
	    e)) != 0) {
		rc = n < 0 ? (int)n : d->feed(m, piece, (size_t)n, e);
		progress_add(&progress, n > 0 ? (uint64_t)n : 0);
	}
	if (rc == 0)
		rc = d->finish(m, framing, e);
	progress_end(&progress);
	return rc;
}

static int
json_convert(const struct direction *d, struct input *in, struct output *out,
    enum scan_framing *framing, struct err *e)
{
	struct guides *guides = guides_new();
	void *m = guides ? d->begin(guides, json_on_write, out) : NULL;
	int rc = m ? json_stream(d, m, in, framing, e) :
	    err_set(e, -ENOMEM, "out of memory");

	if (m)
		d->end(m);
	guides_free(guides);
	return rc;
}

/* All of it is there, but some of it is no more than text. */
static int
json_said(const struct direction *d, const char *name,
    enum scan_framing framing)
{
	if (framing == SCAN_COMPLETE)
		return EXIT_DONE;
	fprintf(stderr, "x12 %s: %s: %s; what could not be read is in the "
	    "JSON as text (`x12 validate` says where)\n", d->name, name,
	    framing == SCAN_INCOMPLETE ? "the file ends too early" :
	    "the file cannot be followed to its end");
	return EXIT_REJECTED;
}

static int
json_file(const struct direction *d, const char *name, const char *to)
{
	enum scan_framing framing = SCAN_COMPLETE;
	struct err e = ERR_NONE;
	struct output out;
	struct input in;
	bool first;
	int rc;

	if (input_open(&in, name, &e) < 0)
		return command_trouble(d->name, &e);
	rc = output_begin(&out, to, &e);
	if (rc == 0)
		rc = json_convert(d, &in, &out, &framing, &e);
	rc = output_end(&out, rc, &e);
	input_close(&in);
	if (rc == 0)
		return json_said(d, name, framing);
	first = d->first && strncmp(e.text, "line 1:", 7) == 0;
	if (rc == -EILSEQ)
		err_prefix(&e, "%s", name);
	command_trouble(d->name, &e);
	if (first)
		fprintf(stderr, "x12 %s: %s\n", d->name, d->first);
	return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
}

static int
json_command(const struct direction *d, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "claims", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *to = NULL;
	bool claims = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(d->name);
		if (c != 'o' && (c != 'c' || !d->claims))
			return command_usage(d->name, NULL);
		claims |= c == 'c';
		if (c == 'o')
			to = optarg;
	}
	if (optind == argc)
		return command_usage(d->name, "which file?");
	if (optind + 1 < argc)
		return command_usage(d->name, "one file at a time");
	return claims ? d->claims(argv[optind], to) :
	    json_file(d, argv[optind], to);
}

static void *
to_begin(struct guides *g, mirror_write *write, void *ctx)
{
	return mirror_new(g, write, ctx);
}

static int
to_feed(void *m, const char *p, size_t n, struct err *e)
{
	return mirror_feed(m, p, n, e);
}

static int
to_finish(void *m, enum scan_framing *framing, struct err *e)
{
	return mirror_finish(m, framing, e);
}

static void
to_end(void *m)
{
	mirror_free(m);
}

int
cmd_to_json(int argc, char **argv)
{
	static const struct direction d = { "to-json", to_begin, to_feed,
		to_finish, to_end, records_to_json, NULL };

	return json_command(&d, argc, argv);
}

static void *
from_begin(struct guides *g, mirror_write *write, void *ctx)
{
	return unmirror_new(g, write, ctx);
}

static int
from_feed(void *u, const char *p, size_t n, struct err *e)
{
	return unmirror_feed(u, p, n, e);
}

static int
from_finish(void *u, enum scan_framing *framing, struct err *e)
{
	(void)framing;
	return unmirror_finish(u, e);
}

static void
from_end(void *u)
{
	unmirror_free(u);
}

int
cmd_from_json(int argc, char **argv)
{
	static const struct direction d = { "from-json", from_begin,
		from_feed, from_finish, from_end, NULL,
		"if these are claim records, they are read with --claims" };

	/* Records have options of their own: identities, numbers, dates. */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--claims") == 0)
			return records_from_json(argc, argv);
	return json_command(&d, argc, argv);
}
