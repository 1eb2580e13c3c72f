/* SPDX-License-Identifier: ISC */
/* x12 redact: the same file about nobody. */
#include "cli/command.h"
#include "cli/patch.h"
#include "edi/fake.h"
#include "edi/walk.h"

#include <inttypes.h>
#include <sys/random.h>

enum { REDACT_SHORT = 3 };   /* so short are codes */

enum redact_how { REDACT_KEEP, REDACT_AS_ID, REDACT_AS_TEXT, REDACT_AS_DATE };

/*
 * Which data elements tell of a person, in whatever segment they stand. All
 * others (amounts, counts, codes, times) are kept, and so is what a guide
 * takes from a list of codes.
 */
static const struct redact_row {
	uint16_t number;
	uint8_t how;             /* enum redact_how */
	const char *segment;     /* there only; NULL: everywhere */
} redact_rows[] = {
	{ 19, REDACT_AS_TEXT, NULL },     /* city */
	{ 61, REDACT_AS_TEXT, NULL },     /* free-form information */
	{ 67, REDACT_AS_ID, NULL },       /* identification code */
	{ 93, REDACT_AS_TEXT, NULL },     /* name */
	{ 116, REDACT_AS_ID, NULL },      /* postal code */
	{ 127, REDACT_KEEP, "BHT" },      /* the set's own reference */
	{ 127, REDACT_AS_ID, NULL },      /* reference identification */
	{ 166, REDACT_AS_TEXT, NULL },    /* address */
	{ 310, REDACT_AS_ID, NULL },      /* location */
	{ 350, REDACT_AS_ID, NULL },      /* assigned identification */
	{ 352, REDACT_AS_TEXT, NULL },    /* description */
	{ 364, REDACT_AS_ID, NULL },      /* telephone, e-mail */
	{ 373, REDACT_AS_DATE, NULL },    /* date */
	{ 429, REDACT_AS_ID, NULL },      /* check number */
	{ 443, REDACT_AS_TEXT, NULL },    /* contact inquiry reference */
	{ 449, REDACT_AS_TEXT, NULL },    /* fixed format information */
	{ 507, REDACT_AS_ID, NULL },      /* bank */
	{ 508, REDACT_AS_ID, NULL },      /* account */
	{ 509, REDACT_AS_ID, NULL },      /* originating company */
	{ 510, REDACT_AS_ID, NULL },      /* its supplemental code */
	{ 724, REDACT_AS_ID, NULL },      /* copy of bad data element */
	{ 933, REDACT_AS_TEXT, NULL },    /* message */
	{ 1028, REDACT_AS_ID, NULL },     /* claim number */
	{ 1035, REDACT_AS_TEXT, NULL },   /* last name or organization */
	{ 1036, REDACT_AS_TEXT, NULL },   /* first name */
	{ 1037, REDACT_AS_TEXT, NULL },   /* middle name */
	{ 1038, REDACT_AS_TEXT, NULL },   /* prefix */
	{ 1039, REDACT_AS_TEXT, NULL },   /* suffix */
	{ 1204, REDACT_AS_TEXT, NULL },   /* plan coverage description */
	{ 1251, REDACT_AS_DATE, NULL },   /* date time period */
	{ 9998, REDACT_AS_ID, NULL },     /* context reference: a CLM01 */
};

struct redact {
	struct patch patch;
	struct fake fake;
	struct guides *guides;
	struct walk *walk;
	struct buf text;
	uint64_t unplaced;       /* segments that have no place in the guide */
};

/* ---- one value ----------------------------------------------------------- */

static const struct redact_row *
redact_row(const struct guide_element *el, const char *id)
{
	for (size_t i = 0; i < sizeof(redact_rows) / sizeof(*redact_rows);
	    i++) {
		const struct redact_row *r = &redact_rows[i];

		if (r->number == el->number &&
		    (!r->segment || strcmp(r->segment, id) == 0))
			return r;
	}
	return NULL;
}

/* A code of a public list, such as a taxonomy: but numbers of people not. */
static bool
redact_is_code(const struct guide_element *el, struct slice value)
{
	static const char *const people[] = { "npi", "zip", "aba_routing" };

	if (el->codes && guide_codes_has(el->codes, value))
		return true;
	for (unsigned i = 0; i < el->external_count; i++) {
		bool person = false;

		for (size_t k = 0; k < sizeof(people) / sizeof(*people); k++)
			person |= strcmp(el->external[i].set, people[k]) == 0;
		if (!person)
			return true;
	}
	return false;
}

static enum redact_how
redact_how(const struct guide_element *el, const char *id,
    struct slice value, struct slice before)
{
	const struct redact_row *row = redact_row(el, id);

	if (!row || redact_is_code(el, value))
		return REDACT_KEEP;
	/* A time of day: TM, RTM, TS. */
	if (row->how == REDACT_AS_DATE && before.n > 0 &&
	    (slice_is(before, "TM") || slice_is(before, "RTM") ||
	    slice_is(before, "TS")))
		return REDACT_KEEP;
	return row->how;
}

static void
redact_value(struct redact *x, enum redact_how how, struct slice value)
{
	if (how == REDACT_AS_ID)
		fake_id(&x->fake, value, &x->text);
	else if (how == REDACT_AS_TEXT)
		fake_text(&x->fake, value, &x->text);
	else if (how == REDACT_AS_DATE)
		fake_date(&x->fake, value, &x->text);
	else
		buf_add_slice(&x->text, value);
}

/* ---- one segment --------------------------------------------------------- */

static void
redact_composite(struct redact *x, const struct guide_element *el,
    const char *id, char separator, struct slice value)
{
	unsigned n = slice_parts(value, separator);
	struct slice before = slice(NULL, 0);

	for (unsigned i = 1; i <= n; i++) {
		struct slice part = slice_part(value, separator, i);
		const struct guide_element *c = i <= el->component_count ?
		    &el->components[i - 1] : NULL;

		if (i > 1)
			buf_add_char(&x->text, separator);
		redact_value(x, c ? redact_how(c, id, part, before) :
		    part.n > REDACT_SHORT ? REDACT_AS_ID : REDACT_KEEP, part);
		before = part;
	}
}

static void
redact_one(struct redact *x, const struct guide_element *el,
    const char *id, const struct segment *s, struct slice value,
    struct slice before)
{
	if (!el)
		redact_value(x, value.n > REDACT_SHORT ? REDACT_AS_ID :
		    REDACT_KEEP, value);
	else if (el->type == GUIDE_COMPOSITE && s->delimiters->component)
		redact_composite(x, el, id, s->delimiters->component, value);
	else
		redact_value(x, redact_how(el, id, value, before), value);
}

/* An element as often as it is repeated. */
static void
redact_element(struct redact *x, const struct walk_segment *w, unsigned i)
{
	const struct segment *s = w->segment;
	const struct guide_element *el = w->node && i <= w->node->count ?
	    &w->node->elements[i - 1] : NULL;
	struct slice value = segment_element(s, i);
	char again = s->delimiters->repetition;
	unsigned n = again ? slice_parts(value, again) : 1;

	for (unsigned r = 1; r <= n; r++) {
		if (r > 1)
			buf_add_char(&x->text, again);
		redact_one(x, el, w->node ? w->node->id : "", s,
		    n == 1 ? value : slice_part(value, again, r),
		    segment_element(s, i - 1));
	}
}

static void
redact_segment(struct redact *x, const struct walk_segment *w)
{
	const struct segment *s = w->segment;

	x->unplaced += w->node == NULL;
	buf_reset(&x->text);
	buf_add_slice(&x->text, segment_id(s));
	for (unsigned i = 1; i <= s->count; i++) {
		buf_add_char(&x->text, s->delimiters->element);
		redact_element(x, w, i);
	}
	if (!slice_eq(buf_slice(&x->text), segment_text(s)))
		patch_replace(&x->patch, s, buf_slice(&x->text));
}

static void
redact_on_segment(void *ctx, const struct walk_segment *w)
{
	if (w->ordinal > 0 && w->segment->tag != TAG_ST &&
	    w->segment->tag != TAG_SE)
		redact_segment(ctx, w);
}

/* ---- the stream ---------------------------------------------------------- */

static void
redact_on_set(void *ctx, const struct scan_set *set)
{
	struct redact *x = ctx;
	struct err e;

	walk_on_set(x->walk, set);
	if (walk_guide(x->walk))
		return;
	err_set(&e, -EILSEQ, "set %s at byte %" PRIu64 " has no guide that is "
	    "known, so what in it tells of a person is not known either",
	    set->control, set->offset);
	patch_fail(&x->patch, &e);
}

static void
redact_on_scan_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	static const char ids[][4] = { "ISA", "GS", "ST", "SE", "GE", "IEA",
	    "TA1" };
	const struct walk_segment stray = { .segment = s };
	struct redact *x = ctx;
	bool envelope = false;

	if (x->patch.failed)
		return;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		envelope |= slice_is(segment_id(s), ids[i]);
	if (ordinal == 0 && !envelope)
		redact_segment(x, &stray);
	else
		walk_on_segment(x->walk, s, ordinal);
	patch_see(&x->patch, s);
}

static void
redact_on_set_end(void *ctx, const struct scan_set *set)
{
	struct redact *x = ctx;

	walk_on_set_end(x->walk, set);
}

static int
redact_run(struct redact *x, struct err *e)
{
	static const struct walk_ops ops = {
	    .on_segment = redact_on_segment };

	x->walk = walk_new(x->patch.scan, x->guides, NULL);
	if (!x->walk)
		return err_set(e, -ENOMEM, "out of memory");
	walk_add(x->walk, &ops, x);
	return patch_run(&x->patch, e);
}

static int
redact_file(struct redact *x, const char *name, bool in_place)
{
	static const struct scan_ops ops = { .on_set = redact_on_set,
	    .on_segment = redact_on_scan_segment,
	    .on_set_end = redact_on_set_end };
	struct err e = ERR_NONE;
	int rc;

	buf_init(&x->text, 64 * 1024);
	x->unplaced = 0;
	rc = patch_begin(&x->patch, name, in_place, &ops, x, &e);
	x->patch.strict = true;
	if (rc == 0)
		rc = redact_run(x, &e);
	rc = patch_end(&x->patch, rc, &e);
	walk_free(x->walk);
	x->walk = NULL;
	buf_free(&x->text);
	if (rc == 0 && x->unplaced > 0)
		fprintf(stderr, "%s: %" PRIu64 " segments have no place in "
		    "their guide; all but their short elements was replaced\n",
		    name, x->unplaced);
	if (rc == 0)
		return EXIT_DONE;
	command_trouble("redact", &e);
	return rc == -EILSEQ ? EXIT_REJECTED : EXIT_TROUBLE;
}

static int
redact_files(struct redact *x, bool in_place, int count, char **names)
{
	int status = EXIT_DONE;

	x->guides = guides_new();
	if (!x->guides) {
		struct err e;

		err_set(&e, -ENOMEM, "out of memory");
		return command_trouble("redact", &e);
	}
	for (int i = 0; i < count; i++)
		status = command_worse(status,
		    redact_file(x, names[i], in_place));
	guides_free(x->guides);
	return status;
}

int
cmd_redact(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "in-place", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct redact x = { .unplaced = 0 };
	bool in_place = false, seeded = false;
	char random[16];
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return command_help("redact");
		if (c == 's')
			fake_init(&x.fake, slice_str(optarg));
		else if (c != 'i')
			return command_usage("redact", NULL);
		in_place |= c == 'i';
		seeded |= c == 's';
	}
	if (optind == argc)
		return command_usage("redact", "which file?");
	if (!seeded && getrandom(random, sizeof(random), 0) !=
	    (ssize_t)sizeof(random)) {
		struct err e;

		err_sys(&e, "no random bytes");
		return command_trouble("redact", &e);
	}
	if (!seeded)
		fake_init(&x.fake, slice(random, sizeof(random)));
	return redact_files(&x, in_place, argc - optind, argv + optind);
}
