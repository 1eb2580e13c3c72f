/* SPDX-License-Identifier: ISC */
/* x12 fix-counts: trailers that count and name what is really there. */
#include "cli/command.h"
#include "cli/patch.h"

#include <inttypes.h>

enum { FIX_CONTROL = 64 };

struct fix {
	struct patch patch;
	struct buf text;
	/* ISA13, GS06, ST02 as they are written */
	char isa[FIX_CONTROL], gs[FIX_CONTROL], st[FIX_CONTROL];
	uint32_t missing;         /* trailers that are not there */
};

/* The same number, however many zeros stand before it. */
static bool
fix_same_number(struct slice a, struct slice b)
{
	uint64_t x, y;

	return slice_u64(a, &x) && slice_u64(b, &y) && x == y;
}

/* The trailer with the first two elements as they must be. */
static void
fix_trailer(struct fix *x, const struct segment *s, uint64_t count,
    const char *control, bool number)
{
	struct slice now = segment_element(s, 2), want = slice_str(control);
	char separator = s->delimiters->element, digits[24];
	struct slice counted = segment_element(s, 1);

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	if (slice_eq(now, want) || (number && fix_same_number(now, want)))
		want = now;
	if (fix_same_number(counted, slice_str(digits))) {
		if (want.p == now.p)
			return;
	} else {
		counted = slice_str(digits);
	}
	buf_reset(&x->text);
	buf_add_slice(&x->text, segment_id(s));
	buf_add_char(&x->text, separator);
	buf_add_slice(&x->text, counted);
	buf_add_char(&x->text, separator);
	buf_add_slice(&x->text, want);
	for (unsigned i = 3; i <= s->count; i++) {
		buf_add_char(&x->text, separator);
		buf_add_slice(&x->text, segment_element(s, i));
	}
	patch_replace(&x->patch, s, buf_slice(&x->text));
}

static void
fix_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct fix *x = ctx;
	const struct scan *scan = x->patch.scan;

	switch (s->tag) {
	case TAG_ISA:
		slice_copy(segment_element(s, 13), x->isa, sizeof(x->isa));
		break;
	case TAG_GS:
		slice_copy(segment_element(s, 6), x->gs, sizeof(x->gs));
		break;
	case TAG_ST:
		slice_copy(segment_element(s, 2), x->st, sizeof(x->st));
		break;
	case TAG_SE:
		if (scan_set(scan))
			fix_trailer(x, s, ordinal, x->st, false);
		break;
	case TAG_GE:
		if (scan_group(scan))
			fix_trailer(x, s, scan_group(scan)->sets, x->gs, true);
		break;
	case TAG_IEA:
		if (scan_interchange(scan))
			fix_trailer(x, s, scan_interchange(scan)->groups,
			    x->isa, false);
		break;
	}
}

/* What no count can mend. */
static void
fix_on_finding(void *ctx, const struct finding *f)
{
	static const enum finding_id trailers[] = { FINDING_IEA_MISSING,
	    FINDING_SE_MISSING,
	    FINDING_GE_MISSING, FINDING_SE_UNEXPECTED,
	    FINDING_GE_UNEXPECTED };
	struct fix *x = ctx;

	for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++)
		if (f->def == &finding_defs[trailers[i]])
			x->missing++;
}

static int
fix_file(const char *name, bool in_place)
{
	static const struct scan_ops ops = { .on_segment = fix_on_segment,
	    .on_finding = fix_on_finding };
	struct fix x = { .missing = 0 };
	struct err e = ERR_NONE;
	int rc;

	buf_init(&x.text, 64 * 1024);
	rc = patch_begin(&x.patch, name, in_place, &ops, &x, &e);
	if (rc == 0)
		rc = patch_run(&x.patch, &e);
	if (rc == 0 && x.missing > 0)
		rc = err_set(&e, -EILSEQ, "%s: %" PRIu32 " of its trailers "
		    "(SE, GE, IEA) are missing or too many; counts cannot "
		    "mend that", name, x.missing);
	rc = patch_end(&x.patch, rc, &e);
	buf_free(&x.text);
	if (rc == 0) {
		fprintf(stderr, "%s: %" PRIu64 " trailers mended\n", name,
		    x.patch.replaced);
		return EXIT_DONE;
	}
	command_trouble("fix-counts", &e);
	return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
}

int
cmd_fix_counts(int argc, char **argv)
{
	static const struct option options[] = {
		{ "in-place", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c, status = EXIT_DONE;
	bool in_place = false;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("fix-counts");
		if (c != 'i')
			return command_usage("fix-counts", NULL);
		in_place = true;
	}
	if (optind == argc)
		return command_usage("fix-counts", "which file?");
	for (int i = optind; i < argc; i++)
		status = command_worse(status, fix_file(argv[i], in_place));
	return status;
}
