/* SPDX-License-Identifier: ISC */
/* x12 records: the kinds of record; and x12 to-json --claims. */
#include "base/io.h"
#include "cli/cmd_records.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/patch.h"
#include "cli/progress.h"
#include "edi/record/csv.h"
#include "edi/record/out.h"
#include "edi/record/schema.h"

#include <inttypes.h>
#include <unistd.h>

enum { RECORDS_OUT = 256 * 1024, RECORDS_OUT_MAX = 256 << 20 };

/* ---- to-json --claims ---------------------------------------------------- */

struct records {
	struct guides *guides;
	struct record_kinds *kinds;
	struct input in;
	struct output to;
	struct progress progress;
	struct scan *scan;
	struct walk *walk;
	struct record_out *out;
	struct buf buf;
	uint64_t rejects;
};

static int
records_flush(struct records *r, struct err *e)
{
	int rc = io_write(r->to.fd, r->buf.p, r->buf.n, "the output", e);

	buf_reset(&r->buf);
	return rc;
}

static int
records_on_line(void *ctx, struct slice line, struct err *e)
{
	struct records *r = ctx;

	if (!buf_add_slice(&r->buf, line))
		return err_set(e, -ENOMEM, "out of memory");
	return r->buf.n >= RECORDS_OUT ? records_flush(r, e) : 0;
}

static void
records_on_set(void *ctx, const struct scan_set *s)
{
	walk_on_set(((struct records *)ctx)->walk, s);
}

static void
records_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct records *)ctx)->walk, s, ordinal);
}

static void
records_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct records *)ctx)->walk, s);
}

static void
records_on_finding(void *ctx, const struct finding *f)
{
	struct records *r = ctx;

	r->rejects += f->severity == SEVERITY_REJECT;
}

static void
records_on_bytes(void *ctx, size_t n)
{
	progress_add(&((struct records *)ctx)->progress, n);
}

static const struct scan_ops records_ops = {
	.on_set = records_on_set,
	.on_segment = records_on_segment,
	.on_set_end = records_on_set_end,
	.on_finding = records_on_finding,
	.on_bytes = records_on_bytes,
};

/* What the lines do not say by themselves. */
static int
records_say(const struct records *r, enum scan_framing framing)
{
	struct record_out_counts n = record_out_counts(r->out);
	int status = patch_say(r->in.name, framing, r->rejects) ? EXIT_DONE :
	    EXIT_REJECTED;

	if (n.skipped > 0) {
		fprintf(stderr, "%s: %" PRIu64 " transaction sets have no "
		    "kind of record and were left out (`x12 records` lists "
		    "the kinds)\n", r->in.name, n.skipped);
		status = EXIT_REJECTED;
	}
	if (n.others > 0)
		fprintf(stderr, "%s: %" PRIu64 " segments have no name in "
		    "their record and stand in \"other\"\n", r->in.name,
		    n.others);
	return status;
}

static int
records_stream(struct records *r, enum scan_framing *framing, struct err *e)
{
	int rc;

	r->scan = scan_new(&records_ops, r);
	r->walk = r->scan ? walk_new(r->scan, r->guides, NULL) : NULL;
	r->out = r->walk ? record_out_new(r->scan, r->walk, r->kinds,
	    records_on_line, r) : NULL;
	if (!r->out)
		return err_set(e, -ENOMEM, "out of memory");
	progress_begin(&r->progress, r->in.name, r->in.size);
	rc = scan_fd(r->scan, r->in.fd, r->in.name, framing, e);
	progress_end(&r->progress);
	if (rc == 0)
		rc = record_out_error(r->out, e);
	return rc == 0 ? records_flush(r, e) : rc;
}

static int
records_run(struct records *r, const char *output,
    enum scan_framing *framing, struct err *e)
{
	int rc = output_begin(&r->to, output, e);

	r->guides = guides_new();
	r->kinds = r->guides ? record_kinds_new(r->guides) : NULL;
	buf_init(&r->buf, RECORDS_OUT_MAX);
	if (rc == 0 && !r->kinds)
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = records_stream(r, framing, e);
	return output_end(&r->to, rc, e);
}

int
records_to_json(const char *file, const char *output)
{
	struct records r = { .rejects = 0 };
	enum scan_framing framing = SCAN_EMPTY;
	struct err e = ERR_NONE;
	int status;

	if (input_open(&r.in, file, &e) < 0)
		return command_trouble("to-json", &e);
	status = records_run(&r, output, &framing, &e) == 0 ?
	    records_say(&r, framing) : command_trouble("to-json", &e);
	record_out_free(r.out);
	walk_free(r.walk);
	scan_free(r.scan);
	buf_free(&r.buf);
	record_kinds_free(r.kinds);
	guides_free(r.guides);
	input_close(&r.in);
	return status;
}

/* ---- x12 records -------------------------------------------------------- */

static int
records_list(struct record_kinds *k, struct buf *to, struct err *e)
{
	for (unsigned i = 0; record_kind_name(i); i++) {
		const struct record_kind *kind = record_kind_named(k,
		    slice_str(record_kind_name(i)), e);

		if (!kind)
			return e->code;
		buf_addf(to, "%-6s %-13s %s\n", kind->name, kind->guide->id,
		    kind->title);
	}
	return 0;
}

static const struct {
	const char *what;
	void (*print)(struct buf *to, const struct record_kind *k);
} views[] = {
	{ "schema", record_schema },
	{ "table", record_table },
	{ "csv", record_csv_template },
};

/* -1: there is no such word. */
static int
records_view(const char *what)
{
	for (unsigned i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (strcmp(what, views[i].what) == 0)
			return (int)i;
	return -1;
}

static int
records_show(struct record_kinds *k, int view, const char *name,
    struct buf *to, struct err *e)
{
	const struct record_kind *kind = record_kind_named(k, slice_str(name),
	    e);

	if (!kind && e->code != 0)
		return e->code;
	if (!kind)
		return err_set(e, -EINVAL, "there is no kind of record %s "
		    "(`x12 records` lists them)", name);
	views[view].print(to, kind);
	return to->failed ? err_set(e, -ENOMEM, "out of memory") : 0;
}

int
cmd_records(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool list = argc == 1 || (argc == 2 && strcmp(argv[1], "list") == 0);
	struct guides *g;
	struct record_kinds *k;
	struct err e = ERR_NONE;
	struct buf to;
	int rc = -ENOMEM, c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		return c == 'h' ? command_help("records") :
		    command_usage("records", NULL);
	if (!list && (argc != 3 || records_view(argv[1]) < 0))
		return command_usage("records", argc == 2 &&
		    records_view(argv[1]) >= 0 ? "which kind? `x12 records` "
		    "lists them" : "list, schema, table or csv?");
	buf_init(&to, RECORDS_OUT_MAX);
	g = guides_new();
	k = g ? record_kinds_new(g) : NULL;
	if (!k)
		err_set(&e, rc, "out of memory");
	else
		rc = list ? records_list(k, &to, &e) :
		    records_show(k, records_view(argv[1]), argv[2], &to, &e);
	if (rc == 0)
		rc = io_write(STDOUT_FILENO, to.p, to.n, "the output", &e);
	record_kinds_free(k);
	guides_free(g);
	buf_free(&to);
	return rc == 0 ? command_flush("records", EXIT_DONE) :
	    command_trouble("records", &e);
}
