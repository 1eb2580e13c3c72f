/* SPDX-License-Identifier: ISC */
/* x12 merge: the sets of several files in one group of one interchange. */
#include "base/io.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/patch.h"
#include "edi/levels.h"
#include "edi/writer.h"

#include <inttypes.h>

enum { MERGE_FLUSH = 64 * 1024, MERGE_SETS = 999999, MERGE_AUTH = 4 };

struct merge {
	struct output out;
	struct buf text;
	struct writer writer;
	struct levels levels;            /* of the present file */
	struct scan *scan;
	/* of the first set: all others must be alike */
	struct scan_interchange interchange;
	struct scan_group group;
	char auth[MERGE_AUTH][16];       /* ISA01 to ISA04 */
	char now[MERGE_AUTH][16];        /* of the present interchange */
	char isa13[LEVELS_CONTROL], gs06[LEVELS_CONTROL];
	uint32_t sets, answers;          /* answers: TA1s, left out */
	int failed;
	struct err error;
};

static void
merge_flush(struct merge *x)
{
	if (x->failed == 0)
		x->failed = io_write(x->out.fd, x->text.p, x->text.n,
		    "the output", &x->error);
	buf_reset(&x->text);
}

/* ---- is it alike? -------------------------------------------------------- */

/* What differs from the first set's envelope, or NULL. */
static const char *
merge_differs(const struct merge *x)
{
	const struct scan_interchange *i = scan_interchange(x->scan);
	const struct scan_group *g = scan_group(x->scan);
	const struct {
		const char *what, *first, *now;
	} rows[] = {
		{ "sender (ISA05)", x->interchange.sender_qualifier,
		    i->sender_qualifier },
		{ "sender (ISA06)", x->interchange.sender, i->sender },
		{ "receiver (ISA07)", x->interchange.receiver_qualifier,
		    i->receiver_qualifier },
		{ "receiver (ISA08)", x->interchange.receiver, i->receiver },
		{ "version (ISA12)", x->interchange.version, i->version },
		{ "kind (GS01)", x->group.functional_id, g->functional_id },
		{ "sender (GS02)", x->group.sender, g->sender },
		{ "receiver (GS03)", x->group.receiver, g->receiver },
		{ "guide (GS08)", x->group.version, g->version },
		{ "authorization (ISA01)", x->auth[0], x->now[0] },
		{ "authorization (ISA02)", x->auth[1], x->now[1] },
		{ "security (ISA03)", x->auth[2], x->now[2] },
		{ "security (ISA04)", x->auth[3], x->now[3] },
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		if (strcmp(rows[k].first, rows[k].now) != 0)
			return rows[k].what;
	return i->usage != x->interchange.usage ? "usage (ISA15)" : NULL;
}

/* The first set brings the envelope. */
static void
merge_open(struct merge *x)
{
	const struct levels *l = &x->levels;

	x->interchange = *scan_interchange(x->scan);
	x->group = *scan_group(x->scan);
	memcpy(x->auth, x->now, sizeof(x->auth));
	memcpy(x->isa13, l->level[LEVEL_INTERCHANGE].number,
	    sizeof(x->isa13));
	memcpy(x->gs06, l->level[LEVEL_GROUP].number, sizeof(x->gs06));
	writer_init(&x->writer, &x->text, l->delimiters,
	    l->suffix[0] == '\0' ? "" : l->suffix[0] == '\n' ? "\n" :
	    "\r\n");
	buf_add_slice(&x->text, buf_slice(&l->level[LEVEL_INTERCHANGE].text));
	buf_add_str(&x->text, x->writer.suffix);
	buf_add_slice(&x->text, buf_slice(&l->level[LEVEL_GROUP].text));
}

static void
merge_trailer(struct merge *x, const char *id, uint32_t count,
    const char *control)
{
	writer_begin(&x->writer, id);
	writer_uint(&x->writer, count);
	writer_str(&x->writer, control);
	writer_end(&x->writer);
}

/* ---- the sets ------------------------------------------------------------ */

static int
merge_on_st(struct merge *x, const struct segment *s)
{
	char id[8], control[16], version[64];
	const char *differs;

	if (x->sets == 0)
		merge_open(x);
	differs = merge_differs(x);
	if (differs)
		return err_set(&x->error, -EILSEQ, "byte %" PRIu64 ": another "
		    "%s than the first set has; merge only what goes from one "
		    "to one under one guide", s->offset, differs);
	if (x->sets == MERGE_SETS)
		return err_set(&x->error, -EILSEQ, "more than %d sets do not "
		    "go into one group", MERGE_SETS);
	slice_copy(segment_element(s, 1), id, sizeof(id));
	slice_copy(segment_element(s, 3), version, sizeof(version));
	snprintf(control, sizeof(control), "%04" PRIu32, ++x->sets);
	writer_st(&x->writer, id, control, version);
	return 0;
}

static int
merge_in_set(struct merge *x, const struct segment *s, uint32_t ordinal)
{
	if (ordinal == 1)
		return merge_on_st(x, s);
	if (s->tag == TAG_SE)
		writer_se(&x->writer);
	else
		writer_copy(&x->writer, s);
	if (writer_error(&x->writer) != WRITER_OK)
		return err_set(&x->error, -EILSEQ, "byte %" PRIu64 ": the "
		    "data holds a delimiter of the first file; give all the "
		    "same delimiters with `x12 fmt`", s->offset);
	if (x->text.n >= MERGE_FLUSH)
		merge_flush(x);
	return x->failed;
}

static void
merge_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct merge *x = ctx;
	int event;

	if (x->failed)
		return;
	if (s->tag == TAG_ISA)
		for (unsigned i = 0; i < MERGE_AUTH; i++)
			slice_copy(segment_element(s, i + 1), x->now[i],
			    sizeof(x->now[i]));
	x->answers += s->tag == TAG_TA1;
	event = levels_on_segment(&x->levels, x->scan, s, ordinal,
	    &x->error);
	if (event == LEVELS_OTHER)
		event = merge_in_set(x, s, ordinal);
	if (event < 0)
		x->failed = event;
}

static void
merge_on_set_end(void *ctx, const struct scan_set *set)
{
	struct merge *x = ctx;

	if (!set->closed && x->failed == 0)
		x->failed = err_set(&x->error, -EILSEQ, "byte %" PRIu64
		    ": the set that begins here has no SE", set->offset);
}

static int
merge_file(struct merge *x, const char *name, struct err *e)
{
	static const struct scan_ops ops = { .on_segment = merge_on_segment,
	    .on_set_end = merge_on_set_end };
	struct input in;
	enum scan_framing framing;
	int rc = input_open(&in, name, e);

	if (rc < 0)
		return rc;
	levels_init(&x->levels);
	x->levels.whole = true;
	x->scan = scan_new(&ops, x);
	rc = x->scan ? scan_fd(x->scan, in.fd, name, &framing, e) :
	    err_set(e, -ENOMEM, "out of memory");
	if (rc == 0 && x->failed) {
		*e = x->error;
		err_prefix(e, "%s", name);
		rc = x->failed;
	}
	if (rc == 0)
		rc = patch_framing(name, framing, e);
	scan_free(x->scan);
	levels_free(&x->levels);
	input_close(&in);
	return rc;
}

static int
merge_run(struct merge *x, int count, char **names, struct err *e)
{
	int rc = 0;

	for (int i = 0; i < count && rc == 0; i++)
		rc = merge_file(x, names[i], e);
	if (rc == 0 && x->sets == 0)
		rc = err_set(e, -EILSEQ, "there is no set in these files");
	if (rc < 0)
		return rc;
	merge_trailer(x, "GE", x->sets, x->gs06);
	merge_trailer(x, "IEA", 1, x->isa13);
	if (x->text.failed)
		return err_set(e, -ENOMEM, "out of memory");
	merge_flush(x);
	if (x->failed)
		*e = x->error;
	return x->failed;
}

static int
merge_files(int count, char **names, const char *path)
{
	struct merge x = { .sets = 0 };
	struct err e = ERR_NONE;
	int rc = output_begin(&x.out, path, &e);

	buf_init(&x.text, 4 * MERGE_FLUSH + LEVELS_TEXT);
	if (rc == 0)
		rc = merge_run(&x, count, names, &e);
	rc = output_end(&x.out, rc, &e);
	buf_free(&x.text);
	if (rc < 0) {
		command_trouble("merge", &e);
		return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
	}
	if (x.answers > 0)
		fprintf(stderr, "x12 merge: %" PRIu32 " TA1 left out\n",
		    x.answers);
	return EXIT_DONE;
}

int
cmd_merge(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *path = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("merge");
		if (c != 'o')
			return command_usage("merge", NULL);
		path = optarg;
	}
	if (optind == argc)
		return command_usage("merge", "which files?");
	return merge_files(argc - optind, argv + optind, path);
}
