/* SPDX-License-Identifier: ISC */
#include "edi/guide/draft.h"

#include "edi/finding.h"
#include "edi/segment.h"

/*
 * The statements at the margin of a guide. One that may not stand in a file of
 * this mode is an error, so that a companion guide cannot pretend to be more.
 */

enum { IN_GUIDE = 1, IN_EDITION = 2, IN_COMPANION = 4 };

static int
word_to(struct draft *d, struct guide_line *l, const char **to)
{
	struct slice word = guide_line_word(l);

	if (word.n == 0)
		return guide_line_error(l, d->e, "something is missing");
	*to = arena_copy(d->arena, guide_list_item(&word));
	return *to ? 0 : draft_no_memory(d);
}

/* guide ID ST01 GS01 */
static int
read_guide(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	int rc;

	(void)t;
	if ((rc = word_to(d, l, &d->guide->id)) < 0 ||
	    (rc = word_to(d, l, &d->guide->set)) < 0)
		return rc;
	return word_to(d, l, &d->guide->functional);
}

static int
read_name(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	(void)t;
	d->guide->name = arena_copy(d->arena, l->rest);
	return d->guide->name ? 0 : draft_no_memory(d);
}

static int
read_companion(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	(void)t;
	return word_to(d, l, &d->guide->companion);
}

/* also, like and over say which guide; guide.c has followed them. */
static int
read_nothing(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	(void)t;
	if (l->rest.n == 0)
		return guide_line_error(l, d->e, "something is missing");
	return 0;
}

static int
read_open(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	(void)t;
	(void)l;
	d->open = true;
	return 0;
}

/* amounts DIGITS DECIMALS */
static int
read_amounts(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	uint64_t digits, decimals;

	(void)t;
	if (!slice_u64(guide_line_word(l), &digits) ||
	    !slice_u64(guide_line_word(l), &decimals) || digits > 18 ||
	    decimals > 18)
		return guide_line_error(l, d->e,
		    "expected: amounts DIGITS DECIMALS");
	d->guide->amount_digits = (uint16_t)digits;
	d->guide->amount_decimals = (uint16_t)decimals;
	return 0;
}

static int
read_unused(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	const unsigned max = sizeof(d->unused) / sizeof(*d->unused);
	struct slice words[64];
	unsigned n = guide_read_words(t, l->indent, words, max);

	if (n > max)
		return guide_line_error(l, d->e, "too many segments");
	for (unsigned i = 0; i < n; i++) {
		d->unused[i] = segment_tag(words[i]);
		if (!standard_knows(d->standard, d->unused[i]))
			return guide_line_error(l, d->e,
			    "the standard has no %.*s", SLICE_ARG(words[i]));
	}
	d->unused_count = n;
	return 0;
}

static int
read_list(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	struct guide_list *list = arena_alloc(d->arena, sizeof(*list));
	struct slice words[DRAFT_WORDS];
	unsigned n;
	int rc;

	if (!list)
		return draft_no_memory(d);
	if ((rc = word_to(d, l, &list->name)) < 0)
		return rc;
	n = guide_read_words(t, l->indent, words, DRAFT_WORDS);
	if (n == 0 || n > DRAFT_WORDS)
		return guide_line_error(l, d->e, "bad list");
	list->codes = guide_codes_new(d->arena, list->name, words, n);
	if (!list->codes)
		return draft_no_memory(d);
	list->next = d->scope.lists;
	d->scope.lists = list;
	return 0;
}

/* external NAME, and its sets below */
static int
read_external(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	struct guide_group *g = arena_alloc(d->arena, sizeof(*g));
	struct guide_external *sets;
	struct slice words[16];
	unsigned n;
	int rc;

	if (!g)
		return draft_no_memory(d);
	if ((rc = word_to(d, l, &g->name)) < 0)
		return rc;
	n = guide_read_words(t, l->indent, words, 16);
	sets = arena_array(d->arena, n + 1, sizeof(*sets));
	if (!sets)
		return draft_no_memory(d);
	for (unsigned i = 0; i < n && n <= 16; i++) {
		struct facets f = { 0 };

		if ((rc = facets_external(d, l, words[i], &f)) < 0)
			return rc;
		sets[i] = f.external[0];
	}
	if (n == 0 || n > 16)
		return guide_line_error(l, d->e, "bad external set");
	g->sets = sets;
	g->count = (uint8_t)n;
	g->next = d->scope.groups;
	d->scope.groups = g;
	return 0;
}

/* shape NAME SEGMENT, and its elements below, which are read when used. */
static int
read_shape(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	struct guide_shape *s = arena_alloc(d->arena, sizeof(*s));
	struct guide_line line;
	unsigned indent = l->indent;
	int rc;

	if (!s)
		return draft_no_memory(d);
	if ((rc = word_to(d, l, &s->name)) < 0)
		return rc;
	s->tag = segment_tag(guide_line_word(l));
	if (!standard_segment(d->standard, s->tag))
		return guide_line_error(l, d->e, "no such segment");
	s->text = *t;
	while (guide_text_next(t, &line))
		if (line.indent <= indent) {
			guide_text_unread(t, &line);
			break;
		}
	s->text.end = t->p;
	s->next = d->scope.shapes;
	d->scope.shapes = s;
	return 0;
}

static int
read_area(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	(void)t;
	if (d->area == 3)
		return guide_line_error(l, d->e, "too many areas");
	d->area++;
	return 0;
}

/* severity FINDING|RULE off|warning|reject */
static int
read_severity(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	static const char *const names[] = { "off", "warning", "reject" };
	struct guide_severity *rows;
	struct slice name = guide_line_word(l), word = guide_line_word(l);
	uint16_t n = d->guide->severity_count;

	(void)t;
	/* Rules are not known here: see guides_check_severities(). */
	if (d->mode != DRAFT_COMPANION && !finding_by_name(name))
		return guide_line_error(l, d->e, "no finding of that name");
	rows = arena_array(d->arena, n + 1u, sizeof(*rows));
	if (!rows)
		return draft_no_memory(d);
	if (n > 0)
		memcpy(rows, d->guide->severities, n * sizeof(*rows));
	for (uint8_t i = 0; i < 3; i++)
		if (slice_is(word, names[i])) {
			rows[n].finding = arena_copy(d->arena, name);
			rows[n].severity = i;
			rows[n].line = l->number;
			rows[n].file = l->what;
			if (!rows[n].finding)
				return draft_no_memory(d);
			d->guide->severities = rows;
			d->guide->severity_count = (uint16_t)(n + 1);
			return 0;
		}
	return guide_line_error(l, d->e, "expected off, warning or reject");
}

static const struct {
	const char *word;
	unsigned where;
	int (*read)(struct draft *d, struct guide_text *t,
	    struct guide_line *l);
} statements[] = {
	{ "guide", IN_GUIDE | IN_EDITION, read_guide },
	{ "name", IN_GUIDE | IN_EDITION, read_name },
	{ "also", IN_GUIDE | IN_EDITION, read_nothing },
	{ "like", IN_EDITION, read_nothing },
	{ "companion", IN_COMPANION, read_companion },
	{ "over", IN_COMPANION, read_nothing },
	{ "open", IN_GUIDE, read_open },
	{ "amounts", IN_GUIDE | IN_EDITION, read_amounts },
	{ "unused", IN_GUIDE, read_unused },
	{ "list", IN_GUIDE | IN_EDITION | IN_COMPANION, read_list },
	{ "external", IN_GUIDE, read_external },
	{ "shape", IN_GUIDE, read_shape },
	{ "heading", IN_GUIDE, read_area },
	{ "detail", IN_GUIDE, read_area },
	{ "summary", IN_GUIDE, read_area },
	{ "shared", IN_GUIDE, draft_shared_line },
	{ "severity", IN_EDITION | IN_COMPANION, read_severity },
};

static int
read_line(struct draft *d, struct guide_text *t, struct guide_line *l)
{
	static const unsigned modes[] = {
		[DRAFT_GUIDE] = IN_GUIDE, [DRAFT_EDITION] = IN_EDITION,
		[DRAFT_COMPANION] = IN_COMPANION,
	};
	struct slice word = guide_line_peek(l);

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		if (!slice_is(word, statements[i].word))
			continue;
		if (!(statements[i].where & modes[d->mode]))
			return guide_line_error(l, d->e,
			    "\"%s\" does not belong in a file like this",
			    statements[i].word);
		guide_line_word(l);
		return statements[i].read(d, t, l);
	}
	return draft_root_line(d, t, l);
}

int
draft_read(struct draft *d, struct slice text, const char *what)
{
	struct guide_text t;
	struct guide_line l;
	int rc = 0;

	guide_text_init(&t, text, what);
	while (rc == 0 && guide_text_next(&t, &l))
		rc = l.indent > 0 ?
		    guide_line_error(&l, d->e, "indented under nothing") :
		    read_line(d, &t, &l);
	return rc;
}
