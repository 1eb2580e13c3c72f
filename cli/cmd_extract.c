/* SPDX-License-Identifier: ISC */
/* x12 extract: one claim, as an interchange of its own. */
#include "base/io.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/patch.h"
#include "edi/piece.h"

#include <inttypes.h>
#include <unistd.h>

struct extract {
	const char *claim;
	FILE *file;              /* the piece: nothing half is printed */
	struct scan *scan;
	struct levels levels;
	struct piece piece;
	bool in_claim;           /* the one that is asked for */
	uint32_t payments;       /* 835: CLPs of that claim */
	int failed;
	struct err error;
};

static int
extract_on_bytes(void *ctx, uint64_t offset, struct slice bytes,
    struct err *e)
{
	struct extract *x = ctx;

	if (fseeko(x->file, (off_t)offset, SEEK_SET) < 0 ||
	    fwrite(bytes.p, 1, bytes.n, x->file) != bytes.n)
		return err_sys(e, "cannot write a temporary file");
	return 0;
}

static void
extract_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct extract *x = ctx;
	int event;

	if (x->failed)
		return;
	event = levels_on_segment(&x->levels, x->scan, s, ordinal, &x->error);
	if (event < 0)
		x->failed = event;
	if (event == LEVELS_CLAIM) {
		x->in_claim = slice_is(segment_element(s, 1), x->claim);
		if (x->in_claim)
			piece_claim(&x->piece, &x->levels);
	}
	if ((event == LEVELS_CLAIM || event == LEVELS_IN_CLAIM) &&
	    x->in_claim)
		piece_segment(&x->piece, s);
	if (event == LEVELS_OTHER && s->tag == SEGMENT_TAG('C', 'L', 'P') &&
	    slice_is(segment_element(s, 1), x->claim))
		x->payments++;
}

/* What was found, or why that is not enough. */
static int
extract_judge(const struct extract *x, const char *name, struct err *e)
{
	if (x->piece.claims > 0)
		return 0;
	if (x->payments > 0)
		return err_set(e, -EILSEQ, "%s: the claim is in a remittance "
		    "(835); that is one payment, and with one claim of it "
		    "alone it would not add up to BPR02. `x12 info --claims` "
		    "shows the claim", name);
	return err_set(e, -EILSEQ, "%s: there is no such claim", name);
}

static int
extract_stream(struct extract *x, struct input *in, struct err *e)
{
	enum scan_framing framing;
	int rc = scan_fd(x->scan, in->fd, in->name, &framing, e);

	if (rc == 0 && x->failed) {
		*e = x->error;
		err_prefix(e, "%s", in->name);
		rc = x->failed;
	}
	if (rc == 0)
		rc = patch_framing(in->name, framing, e);
	if (rc == 0)
		rc = piece_finish(&x->piece, e);
	if (rc == 0)
		rc = extract_judge(x, in->name, e);
	if (rc == 0 && fflush(x->file) != 0)
		rc = err_sys(e, "cannot write a temporary file");
	return rc;
}

/* From the temporary file to where it is to be. */
static int
extract_give(struct extract *x, const char *path, struct err *e)
{
	struct output to;
	int64_t n;
	int rc = output_begin(&to, path, e);

	if (rc < 0)
		return rc;
	if (lseek(fileno(x->file), 0, SEEK_SET) < 0)
		rc = err_sys(e, "cannot read a temporary file");
	if (rc == 0) {
		n = io_copy(fileno(x->file), to.fd, "the claim", e);
		rc = n < 0 ? (int)n : 0;
	}
	return output_end(&to, rc, e);
}

static int
extract_file(struct extract *x, const char *name, const char *path)
{
	static const struct scan_ops ops = {
	    .on_segment = extract_on_segment };
	struct input in = { .fd = -1 };
	struct err e = ERR_NONE;
	int rc;

	levels_init(&x->levels);
	piece_init(&x->piece, extract_on_bytes, x);
	x->scan = scan_new(&ops, x);
	x->file = tmpfile();
	rc = !x->scan ? err_set(&e, -ENOMEM, "out of memory") :
	    !x->file ? err_sys(&e, "cannot make a temporary file") :
	    input_open(&in, name, &e);
	if (rc == 0)
		rc = extract_stream(x, &in, &e);
	if (rc == 0)
		rc = extract_give(x, path, &e);
	if (rc == 0 && x->piece.claims > 1)
		fprintf(stderr, "%s: %" PRIu32 " claims have that number; all "
		    "are there\n", name, x->piece.claims);
	if (x->file)
		fclose(x->file);
	input_close(&in);
	scan_free(x->scan);
	piece_free(&x->piece);
	levels_free(&x->levels);
	if (rc == 0)
		return EXIT_DONE;
	command_trouble("extract", &e);
	return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
}

int
cmd_extract(int argc, char **argv)
{
	static const struct option options[] = {
		{ "claim", required_argument, NULL, 'c' },
		{ "out", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct extract x = { .claim = NULL };
	const char *path = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("extract");
		if (c == 'c')
			x.claim = optarg;
		else if (c == 'o')
			path = optarg;
		else
			return command_usage("extract", NULL);
	}
	if (!x.claim)
		return command_usage("extract", "which claim? Give its CLM01 "
		    "with --claim");
	if (optind != argc - 1)
		return command_usage("extract", "which file? One at a time");
	return extract_file(&x, argv[optind], path);
}
