/* SPDX-License-Identifier: ISC */
/* x12 split: one file in parts, each a complete interchange. */
#include "cli/command.h"
#include "cli/parts.h"
#include "cli/patch.h"
#include "edi/piece.h"
#include "edi/transaction.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SPLIT_PARTIES = 1000, SPLIT_ISA13 = 999999999 };

enum split_by { SPLIT_SET, SPLIT_CLAIMS, SPLIT_PAYER, SPLIT_PROVIDER };

/* A part: where its bytes go, and what is said of it at the end. */
struct split_part {
	struct split *of;
	uint32_t number;
	struct piece piece;
	uint32_t interchange;        /* ordinal in the file */
	char party[LEVELS_ID];       /* whose claims it has */
	bool party_id;
};

struct split_row {
	uint32_t claims;
	char type[8], control[10];   /* of a set */
};

struct split {
	enum split_by by;
	uint64_t limit;              /* claims in a part */
	uint64_t isa13;              /* of the first part, 0: as it is */
	struct parts parts;
	struct scan *scan;
	struct levels levels;
	struct split_part *part[SPLIT_PARTIES];  /* open ones */
	uint32_t open;
	struct split_part *now;      /* the claim or set goes there */
	struct split_row *row;       /* one a part, when it is done */
	uint32_t rows;
	int failed;
	struct err error;
};

static int
split_on_bytes(void *ctx, uint64_t offset, struct slice bytes,
    struct err *e)
{
	struct split_part *part = ctx;

	return parts_write(&part->of->parts, part->number, offset, bytes, e);
}

static void
split_fail(struct split *x, int rc, const struct err *e)
{
	if (x->failed == 0) {
		x->failed = rc;
		x->error = *e;
	}
}

/* ---- parts -------------------------------------------------------------- */

static struct split_part *
split_begin(struct split *x)
{
	struct split_part *part = calloc(1, sizeof(*part));
	void *rows = reallocarray(x->row, x->rows + 1, sizeof(*x->row));
	struct err e;
	int rc;

	if (rows)
		x->row = rows;
	if (!part || !rows || x->isa13 + x->rows > SPLIT_ISA13) {
		free(part);
		split_fail(x, !part || !rows ? err_set(&e, -ENOMEM,
		    "out of memory") : err_set(&e, -ERANGE, "control numbers "
		    "end at 999999999; take another --isa13"), &e);
		return NULL;
	}
	x->row[x->rows] = (struct split_row){ .claims = 0 };
	part->of = x;
	part->number = ++x->rows;
	part->interchange = scan_interchange(x->scan)->ordinal;
	piece_init(&part->piece, split_on_bytes, part);
	if (x->isa13)
		part->piece.isa13 = (uint32_t)x->isa13 + part->number - 1;
	x->part[x->open++] = part;
	rc = parts_write(&x->parts, part->number, 0, slice("", 0), &e);
	if (rc < 0)
		split_fail(x, rc, &e);
	return part;
}

static void
split_end(struct split *x, uint32_t i)
{
	struct split_part *part = x->part[i];
	struct err e;
	int rc = piece_finish(&part->piece, &e);

	if (rc < 0)
		split_fail(x, rc, &e);
	x->row[part->number - 1].claims = part->piece.claims;
	if (x->by >= SPLIT_PAYER && rc == 0 && x->failed == 0)
		return;
	piece_free(&part->piece);
	free(part);
	x->part[i] = x->part[--x->open];
	if (x->now == part)
		x->now = NULL;
}

/* The part of this payer or provider in this interchange. */
static struct split_part *
split_of_party(struct split *x)
{
	bool payer = x->by == SPLIT_PAYER;
	const char *party = payer ? x->levels.payer : x->levels.provider;
	uint32_t interchange = scan_interchange(x->scan)->ordinal;
	struct split_part *part;
	struct err e;

	for (uint32_t i = 0; i < x->open; i++)
		if (x->part[i]->interchange == interchange &&
		    strcmp(x->part[i]->party, party) == 0)
			return x->part[i];
	if (x->open == SPLIT_PARTIES) {
		split_fail(x, err_set(&e, -EILSEQ, "there are more than %d "
		    "payers or providers; split by claims first",
		    SPLIT_PARTIES), &e);
		return NULL;
	}
	part = split_begin(x);
	if (part) {
		memcpy(part->party, party, sizeof(part->party));
		part->party_id = payer ? x->levels.payer_id :
		    x->levels.provider_id;
	}
	return part;
}

/* ---- what comes --------------------------------------------------------- */

static void
split_on_claim(struct split *x)
{
	struct split_part *now = x->now;

	if (x->by != SPLIT_CLAIMS) {
		x->now = split_of_party(x);
	} else if (!now || now->piece.claims == x->limit ||
	    now->interchange != scan_interchange(x->scan)->ordinal) {
		if (now)
			split_end(x, 0);
		x->now = split_begin(x);
	}
	if (x->now)
		piece_claim(&x->now->piece, &x->levels);
}

static void
split_in_set(struct split *x, const struct segment *s, uint32_t ordinal)
{
	const struct scan_set *set = scan_set(x->scan);
	struct err e;

	if (x->by != SPLIT_SET) {
		split_fail(x, err_set(&e, -EILSEQ, "byte %" PRIu64 ": only "
		    "claims (837) can be split by claims, payer or provider; "
		    "split this one by set", set->offset), &e);
		return;
	}
	if (ordinal == 1) {
		struct split_row *row;

		if (x->now)
			split_end(x, 0);
		x->now = split_begin(x);
		if (!x->now)
			return;
		row = &x->row[x->rows - 1];
		transaction_type(slice_str(set->id), slice_str(set->version),
		    row->type);
		memcpy(row->control, set->control, sizeof(row->control));
		piece_set(&x->now->piece, &x->levels);
	}
	if (x->now && s->tag != TAG_SE)
		piece_segment(&x->now->piece, s);
}

static void
split_on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct split *x = ctx;
	struct err e;
	int event;

	if (x->failed)
		return;
	event = levels_on_segment(&x->levels, x->scan, s, ordinal, &e);
	if (event < 0)
		split_fail(x, event, &e);
	else if (event == LEVELS_CLAIM)
		split_on_claim(x);
	else if (event == LEVELS_OTHER)
		split_in_set(x, s, ordinal);
	if ((event == LEVELS_CLAIM || event == LEVELS_IN_CLAIM) && x->now)
		piece_segment(&x->now->piece, s);
}

/* ---- the whole ---------------------------------------------------------- */

static void
split_print(const struct split *x)
{
	static const char *const party[] = { [SPLIT_PAYER] = "payer",
	    [SPLIT_PROVIDER] = "provider" };

	for (uint32_t i = 0; i < x->rows; i++) {
		const struct split_row *row = &x->row[i];
		char name[PARTS_NAME];

		parts_name(i + 1, name);
		printf("%s/%s: ", x->parts.dir, name);
		if (x->by == SPLIT_SET) {
			printf("%s %s\n", row->type, row->control);
			continue;
		}
		printf("%" PRIu32 " %s", row->claims,
		    row->claims == 1 ? "claim" : "claims");
		if (x->by >= SPLIT_PAYER)
			printf(", %s %s", party[x->by], x->part[i]->party_id ?
			    x->part[i]->party : "without an identifier");
		putchar('\n');
	}
}

static int
split_stream(struct split *x, struct input *in, struct err *e)
{
	enum scan_framing framing;
	int rc = scan_fd(x->scan, in->fd, in->name, &framing, e);

	for (uint32_t i = x->open; i-- > 0;)
		split_end(x, i);
	if (x->failed) {
		*e = x->error;
		err_prefix(e, "%s", in->name);
		return x->failed;
	}
	if (rc == 0)
		rc = patch_framing(in->name, framing, e);
	if (rc == 0 && x->rows == 0)
		rc = err_set(e, -EILSEQ, "%s: there is nothing to split",
		    in->name);
	return rc;
}

static int
split_file(struct split *x, const char *name, const char *dir)
{
	static const struct scan_ops ops = {
	    .on_segment = split_on_segment };
	struct input in = { .fd = -1 };
	struct err e = ERR_NONE;
	int rc;

	levels_init(&x->levels);
	x->levels.whole = x->by == SPLIT_SET;
	x->scan = scan_new(&ops, x);
	x->parts.fd = -1;
	rc = x->scan ? input_open(&in, name, &e) :
	    err_set(&e, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = parts_begin(&x->parts, dir, &e);
	if (rc == 0)
		rc = split_stream(x, &in, &e);
	rc = parts_end(&x->parts, rc, &e);
	if (rc == 0)
		split_print(x);
	else
		command_trouble("split", &e);
	for (uint32_t i = 0; i < x->open; i++) {
		piece_free(&x->part[i]->piece);
		free(x->part[i]);
	}
	input_close(&in);
	scan_free(x->scan);
	levels_free(&x->levels);
	free(x->row);
	return rc == 0 ? command_flush("split", EXIT_DONE) :
	    rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
}

static bool
split_how(struct split *x, const char *text)
{
	static const struct {
		const char *text;
		enum split_by by;
	} rows[] = { { "set", SPLIT_SET }, { "payer", SPLIT_PAYER },
	    { "provider", SPLIT_PROVIDER } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(text, rows[i].text) == 0) {
			x->by = rows[i].by;
			return true;
		}
	x->by = SPLIT_CLAIMS;
	return strncmp(text, "claims:", 7) == 0 &&
	    slice_u64(slice_str(text + 7), &x->limit) && x->limit > 0 &&
	    x->limit <= UINT32_MAX;
}

static int
split_option(struct split *x, int c, const char **dir, bool *how)
{
	switch (c) {
	case 'b':
		*how = split_how(x, optarg);
		return *how ? EXIT_DONE : command_usage("split", "--by takes "
		    "set, payer, provider, or claims:N");
	case 'o':
		*dir = optarg;
		return EXIT_DONE;
	case 'n':
		return slice_u64(slice_str(optarg), &x->isa13) && x->isa13 > 0
		    && x->isa13 <= SPLIT_ISA13 ? EXIT_DONE : command_usage(
		    "split", "--isa13 takes a number from 1 to 999999999");
	default:
		return command_usage("split", NULL);
	}
}

int
cmd_split(int argc, char **argv)
{
	static const struct option options[] = {
		{ "by", required_argument, NULL, 'b' },
		{ "out", required_argument, NULL, 'o' },
		{ "isa13", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	static const struct split none;
	struct split x = none;
	const char *dir = NULL;
	bool how = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int status = c == 'h' ? command_help("split") :
		    split_option(&x, c, &dir, &how);

		if (c == 'h' || status != EXIT_DONE)
			return status;
	}
	if (!how || !dir)
		return command_usage("split", "how and where to? Give --by "
		    "and --out");
	if (optind != argc - 1)
		return command_usage("split", "which file? One at a time");
	return split_file(&x, argv[optind], dir);
}
