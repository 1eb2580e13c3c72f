/* SPDX-License-Identifier: ISC */
/* x12 secondary: claims for the next payer, of claims and remittances. */
#include "base/io.h"
#include "cli/batch_options.h"
#include "cli/output.h"
#include "cli/patch.h"
#include "edi/record/out.h"
#include "edi/secondary.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PAYERS_FILE = 64 << 20 };

struct second {
	struct batch_options options;
	struct secondary_options wishes;
	const char *claim, *remit, *payers;
	bool records;                  /* print these, not X12 */
	struct layers layers;
	struct inspection_settings checks;
	struct record_kinds *kinds;
	struct secondary *secondary;
	struct record_batch *batch;
	struct output to;
	/* while a file is read */
	struct walk *walk;
	bool claims, enveloped;
	uint64_t sets;                 /* of the id that it should hold */
	uint64_t left, refused, made;
};

/* ---- what comes out ------------------------------------------------------ */

static int
second_on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	struct second *x = ctx;

	return io_write(x->to.fd, bytes.p, bytes.n, "the output", e);
}

static void
second_on_refused(void *ctx, uint64_t claim, const struct record_fault *f)
{
	struct second *x = ctx;

	fprintf(stderr, "%s: claim %" PRIu64 ": %s%srefused: %s%s%s%s\n",
	    x->claim, claim, f->field, f->field[0] ? ": " : "", f->text,
	    f->name ? " [" : "", f->name ? f->name : "", f->name ? "]" : "");
}

static const struct record_batch_ops second_batch_ops = {
	second_on_bytes, second_on_refused, NULL,
};

static int
second_on_record(void *ctx, uint32_t claim, struct slice record,
    struct err *e)
{
	struct second *x = ctx;
	int rc;

	x->made++;
	if (!x->records)
		return record_batch_line(x->batch, record, claim, e);
	rc = second_on_bytes(x, record, e);
	return rc < 0 ? rc : second_on_bytes(x, SLICE_LIT("\n"), e);
}

static void
second_on_none(void *ctx, uint32_t claim, bool refused, const char *why)
{
	struct second *x = ctx;

	x->left++;
	x->refused += refused;
	fprintf(stderr, "%s: claim %" PRIu32 ": %s: %s\n", x->claim, claim,
	    refused ? "refused" : "none made", why);
}

static const struct secondary_ops second_ops = {
	second_on_record, second_on_none,
};

/* ---- what goes in -------------------------------------------------------- */

/* The new claims go from and to where the old ones went. */
static void
second_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct second *x = ctx;
	struct batch_options *o = &x->options;

	if (!x->claims || x->enveloped)
		return;
	x->enveloped = true;
	if (!o->sender[0]) {
		slice_copy(slice_str(i->sender), o->sender, 16);
		slice_copy(slice_str(i->sender_qualifier),
		    o->sender_qualifier, 3);
	}
	if (!o->receiver[0]) {
		slice_copy(slice_str(i->receiver), o->receiver, 16);
		slice_copy(slice_str(i->receiver_qualifier),
		    o->receiver_qualifier, 3);
	}
}

static void
second_on_set(void *ctx, const struct scan_set *s)
{
	struct second *x = ctx;

	x->sets += strcmp(s->id, x->claims ? "837" : "835") == 0;
	walk_on_set(x->walk, s);
}

static void
second_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	walk_on_segment(((struct second *)ctx)->walk, s, ordinal);
}

static void
second_on_set_end(void *ctx, const struct scan_set *s)
{
	walk_on_set_end(((struct second *)ctx)->walk, s);
}

static const struct scan_ops second_scan_ops = {
	.on_interchange = second_on_interchange,
	.on_set = second_on_set,
	.on_segment = second_on_segment,
	.on_set_end = second_on_set_end,
};

static int
second_on_line(void *ctx, struct slice line, struct err *e)
{
	struct second *x = ctx;

	return x->claims ? secondary_claim(x->secondary, line, e) :
	    secondary_decision(x->secondary, line, e);
}

static int
second_stream(struct second *x, const struct input *in, struct err *e)
{
	struct scan *scan = scan_new(&second_scan_ops, x);
	struct record_out *out = NULL;
	enum scan_framing framing = SCAN_EMPTY;
	int rc = -ENOMEM;

	x->walk = scan ? walk_new(scan, x->layers.guides, NULL) : NULL;
	if (x->walk)
		out = record_out_new(scan, x->walk, x->kinds, second_on_line,
		    x);
	if (out)
		rc = scan_fd(scan, in->fd, in->name, &framing, e);
	else
		err_set(e, rc, "out of memory");
	if (rc == 0)
		rc = record_out_error(out, e);
	if (rc == 0)
		rc = patch_framing(in->name, framing, e);
	if (rc == 0 && x->sets == 0)
		rc = err_set(e, -EILSEQ, "%s: holds no %s", in->name,
		    x->claims ? "claims (837): --claim names their file" :
		    "remittance (835): --remit names its file");
	record_out_free(out);
	walk_free(x->walk);
	scan_free(scan);
	return rc;
}

static int
second_read(struct second *x, const char *name, bool claims, struct err *e)
{
	struct input in;
	int rc = input_open(&in, name, e);

	if (rc < 0)
		return rc;
	x->claims = claims;
	x->sets = 0;
	rc = second_stream(x, &in, e);
	input_close(&in);
	return rc;
}

static int
second_payers(struct second *x, struct err *e)
{
	char *text = NULL, *p;
	size_t left = 0, n;
	int rc = x->payers ? io_slurp(x->payers, PAYERS_FILE, &text, &left,
	    e) : 0;

	p = text;
	for (uint64_t line = 1; rc == 0 && left > 0; line++) {
		struct err why = ERR_NONE;
		char *end = memchr(p, '\n', left);

		n = end ? (size_t)(end - p) : left;
		rc = secondary_payer(x->secondary, slice(p, n), &why);
		if (rc < 0)
			err_set(e, rc, "%s:%" PRIu64 ": %s", x->payers, line,
			    why.text);
		n += end != NULL;
		p += n;
		left -= n;
	}
	free(text);
	return rc;
}

/* ---- all of it ----------------------------------------------------------- */

static int
second_begin(struct second *x, struct err *e)
{
	int rc = layers_open(&x->layers, &x->options.files, e);

	if (rc < 0)
		return rc;
	x->checks = layers_settings(&x->layers);
	x->kinds = record_kinds_new(x->layers.guides);
	x->options.batch.keep_case = !x->options.batch.basic;
	if (x->kinds)
		x->secondary = secondary_new(x->kinds, &x->wishes,
		    &second_ops, x);
	if (x->secondary && !x->records)
		x->batch = record_batch_new(x->kinds, &x->checks,
		    &x->options.batch, &second_batch_ops, x);
	return x->secondary && (x->records || x->batch) ? 0 :
	    err_set(e, -ENOMEM, "out of memory");
}

static uint64_t
second_refused(const struct second *x)
{
	return x->batch ? record_batch_refused(x->batch) : 0;
}

static int
second_write(struct second *x, struct err *e)
{
	int rc = output_begin(&x->to, x->options.output, e);

	if (rc == 0 && x->batch)
		rc = batch_options_defaults(&x->options, x->batch, e);
	if (rc == 0)
		rc = secondary_make(x->secondary, e);
	if (rc == 0 && x->batch)
		rc = record_batch_finish(x->batch, e);
	if (rc == 0 && x->made == second_refused(x))
		output_drop(&x->to);
	return output_end(&x->to, rc, e);
}

static int
second_run(struct second *x)
{
	struct err e = ERR_NONE;
	uint64_t refused;
	int rc = second_begin(x, &e);

	if (rc == 0)
		rc = second_payers(x, &e);
	if (rc == 0)
		rc = second_read(x, x->claim, true, &e);
	if (rc == 0)
		rc = second_read(x, x->remit, false, &e);
	if (rc == 0)
		rc = second_write(x, &e);
	if (rc < 0) {
		command_trouble("secondary", &e);
		return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
	}
	refused = second_refused(x);
	fprintf(stderr, "%s: %" PRIu64 " claims for the next payer, %" PRIu64
	    " refused, of %" PRIu64 " none made\n", x->claim,
	    x->made - refused, refused + x->refused, x->left - x->refused);
	return refused + x->refused > 0 ? EXIT_REJECTED : EXIT_DONE;
}

static int
second_options(struct second *x, int argc, char **argv)
{
	static const struct option options[] = {
		{ "claim", required_argument, NULL, 'a' },
		{ "remit", required_argument, NULL, 'b' },
		{ "payer", required_argument, NULL, 'p' },
		{ "denied", no_argument, NULL, 'd' },
		{ "forwarded", no_argument, NULL, 'f' },
		{ "settled", no_argument, NULL, 's' },
		{ "records", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		BATCH_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("secondary");
		if (c == '?')
			return command_usage("secondary", NULL);
		x->claim = c == 'a' ? optarg : x->claim;
		x->remit = c == 'b' ? optarg : x->remit;
		x->payers = c == 'p' ? optarg : x->payers;
		x->wishes.denied |= c == 'd';
		x->wishes.forwarded |= c == 'f';
		x->wishes.settled |= c == 's';
		x->records |= c == 'r';
		if (!batch_options_take(&x->options, c, optarg))
			return command_usage("secondary", "%s",
			    batch_options_say(c));
	}
	if (!x->claim || !x->remit || optind < argc)
		return command_usage("secondary", "--claim and --remit name "
		    "the two files");
	return -1;
}

int
cmd_secondary(int argc, char **argv)
{
	struct second *x = calloc(1, sizeof(*x));
	int status;

	if (!x)
		return command_trouble("secondary",
		    &(struct err){ -ENOMEM, "out of memory" });
	batch_options_init(&x->options);
	status = second_options(x, argc, argv);
	if (status < 0)
		status = second_run(x);
	record_batch_free(x->batch);
	secondary_free(x->secondary);
	record_kinds_free(x->kinds);
	layers_close(&x->layers);
	free(x);
	return status;
}
