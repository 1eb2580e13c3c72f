/* SPDX-License-Identifier: ISC */
/*
 * Every segment and element of the valid examples is broken in turn: dropped,
 * repeated, exchanged, lengthened, filled, emptied, corrupted. What the guide
 * itself says must be found is found; the rest is counted; nothing crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "edi/validate.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEGMENTS_MAX = 600 };

/* A segment of the example, and what the walk said of it. */
struct place {
	struct slice text;           /* without its terminator */
	const struct guide_segment *node;
	const struct guide_loop *loop;   /* that it stands in */
	const struct guide_loop *begins; /* it is the first segment of */
	uint32_t serial, instance, total;
	uint16_t child, rank;
};

struct example {
	const char *name;
	char *text;
	size_t n;
	unsigned count;
	struct place at[SEGMENTS_MAX];
	struct buf mutant;
};

/* What came of one run: findings of the guide only, not of the envelope. */
struct outcome {
	struct walk *walk;
	struct example *learn;       /* fill it, or NULL */
	unsigned findings, named;
	enum finding_id want;
};

static struct guides *guides;

static bool
of_guide(const struct finding *f)
{
	return f->def >= &finding_defs[FINDING_GUIDE_UNKNOWN] &&
	    f->def <= &finding_defs[FINDING_ADJUSTMENT_GROUP_SPLIT];
}

static void
on_finding(void *ctx, const struct finding *f)
{
	struct outcome *o = ctx;

	o->findings += of_guide(f);
	o->named += f->def == &finding_defs[o->want];
}

static void
on_set(void *ctx, const struct scan_set *set)
{
	walk_on_set(((struct outcome *)ctx)->walk, set);
}

static void
on_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct outcome *o = ctx;
	struct example *x = o->learn;

	if (x && x->count < SEGMENTS_MAX) {
		/* The text is fed whole, so the offset is that in it. */
		struct slice t = segment_text(s);

		x->at[x->count++].text = slice(x->text + s->offset, t.n);
	}
	walk_on_segment(o->walk, s, ordinal);
}

static void
on_set_end(void *ctx, const struct scan_set *set)
{
	walk_on_set_end(((struct outcome *)ctx)->walk, set);
}

static void
learn_segment(void *ctx, const struct walk_segment *ws)
{
	struct example *x = ctx;
	struct place *p = &x->at[x->count - 1];

	p->node = ws->node;
	p->loop = ws->frame->loop;
	p->serial = ws->frame->serial;
	p->instance = ws->instance;
	p->child = ws->child;
	p->rank = p->loop->body->children[ws->child].rank;
	if (ws->child == 0 && ws->frame->depth > 0)
		p->begins = ws->frame->loop;
	for (unsigned i = 0; i < x->count; i++)
		if (x->at[i].serial == p->serial && x->at[i].node == p->node)
			x->at[i].total = p->instance;
}

static void
feed(struct outcome *o, const char *p, size_t n)
{
	static const struct scan_ops ops = {
		.on_set = on_set, .on_segment = on_segment,
		.on_set_end = on_set_end, .on_finding = on_finding,
	};
	static const struct walk_ops learn = { .on_segment = learn_segment };
	struct scan *s = scan_new(&ops, o);
	struct validator *v;

	assert_non_null(s);
	o->walk = walk_new(s, guides, NULL);
	assert_non_null(o->walk);
	v = validator_new(o->walk);
	assert_non_null(v);
	if (o->learn)
		walk_add(o->walk, &learn, o->learn);
	scan_feed(s, p, n);
	scan_finish(s);
	validator_free(v);
	walk_free(o->walk);
	scan_free(s);
}

/* ---- building mutants --------------------------------------------------- */

static void
add(struct example *x, struct slice segment)
{
	buf_add_slice(&x->mutant, segment);
	buf_add_char(&x->mutant, '~');
}

static void
copy(struct example *x, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		add(x, x->at[i].text);
}

/* Feed the mutant; how many findings of the guide, and of the one wanted. */
static struct outcome
try(struct example *x, enum finding_id want)
{
	struct outcome o = { .want = want };

	assert_false(x->mutant.failed);
	feed(&o, x->mutant.p, x->mutant.n);
	buf_reset(&x->mutant);
	return o;
}

/* Element i (1 is the first) of the text, empty when it was not written. */
static struct slice
element(struct slice text, unsigned i)
{
	const char *p = text.p, *end = text.p + text.n;

	for (; i > 0; i--) {
		p = memchr(p, '*', (size_t)(end - p));
		if (!p)
			return slice(NULL, 0);
		p++;
	}
	text = slice(p, (size_t)(end - p));
	p = memchr(text.p, '*', text.n);
	return p ? slice(text.p, (size_t)(p - text.p)) : text;
}

static unsigned
elements(struct slice text)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '*';
	return n;
}

/* The segment with another value in element e, or in component c of it. */
static void
add_changed(struct example *x, struct slice text, unsigned e, unsigned c,
    const char *value)
{
	unsigned n = elements(text), last = n > e ? n : e;

	buf_add(&x->mutant, text.p, strcspn(text.p, "*"));
	for (unsigned i = 1; i <= last; i++) {
		struct slice old = element(text, i);
		unsigned parts;

		buf_add_char(&x->mutant, '*');
		if (i != e || c == 0) {
			if (i == e)
				buf_add_str(&x->mutant, value);
			else
				buf_add_slice(&x->mutant, old);
			continue;
		}
		parts = old.n ? slice_parts(old, ':') : 0;
		for (unsigned k = 1; k <= (parts > c ? parts : c); k++) {
			if (k > 1)
				buf_add_char(&x->mutant, ':');
			if (k == c)
				buf_add_str(&x->mutant, value);
			else
				buf_add_slice(&x->mutant,
				    slice_part(old, ':', k));
		}
	}
	buf_add_char(&x->mutant, '~');
}

static struct outcome
change(struct example *x, unsigned at, unsigned e, unsigned c,
    const char *value, enum finding_id want)
{
	copy(x, 0, at);
	add_changed(x, x->at[at].text, e, c, value);
	copy(x, at + 1, x->count);
	return try(x, want);
}

/* ---- the count ---------------------------------------------------------- */

struct tally {
	unsigned tried, found;
};

static struct tally drops, repeats, swaps, values;

static void
count(struct tally *t, const struct outcome *o)
{
	t->tried++;
	t->found += o->findings > 0;
}

#define must(o, x, i, what) \
	do { \
		if ((o).findings == 0) \
			fail_msg("%s: %s of segment %u not found: %.*s", \
			    (x)->name, what, i, \
			    SLICE_ARG((x)->at[i].text)); \
	} while (0)

/* ---- segments ----------------------------------------------------------- */

static void
drop(struct example *x, unsigned i)
{
	const struct place *p = &x->at[i];
	struct outcome o;

	copy(x, 0, i);
	copy(x, i + 1, x->count);
	o = try(x, FINDING_SEGMENT_MISSING);
	count(&drops, &o);
	if (p->begins || p->node->usage != USAGE_REQUIRED || p->total != 1)
		return;
	must(o, x, i, "dropping");
	assert_true(o.named > 0);
}

static void
repeat(struct example *x, unsigned i)
{
	const struct place *p = &x->at[i];
	struct outcome o;
	uint32_t more = p->node->max - p->total + 1;

	if (p->begins || p->node->max > 100)
		more = 1;
	copy(x, 0, i + 1);
	for (uint32_t k = 0; k < more; k++)
		add(x, p->text);
	copy(x, i + 1, x->count);
	o = try(x, FINDING_SEGMENT_OVER_MAX);
	count(&repeats, &o);
	if (p->begins || p->node->max > 100)
		return;
	must(o, x, i, "repeating");
	assert_true(o.named > 0);
}

static void
swap(struct example *x, unsigned i)
{
	const struct place *p = &x->at[i], *q = p + 1;
	struct outcome o;

	copy(x, 0, i);
	add(x, q->text);
	add(x, p->text);
	copy(x, i + 2, x->count);
	o = try(x, FINDING_SEGMENT_OUT_OF_ORDER);
	count(&swaps, &o);
	if (p->serial != q->serial || p->begins || p->rank == q->rank)
		return;
	must(o, x, i, "exchanging");
}

/* ---- elements ----------------------------------------------------------- */

static bool
numeric(const struct guide_element *el)
{
	return el->type == GUIDE_N || el->type == GUIDE_R;
}

/* A value that suits the standard: n characters. */
static void
fill(const struct guide_element *el, unsigned n, char *to)
{
	bool digits = numeric(el) || el->type == GUIDE_DT ||
	    el->type == GUIDE_TM;

	memset(to, digits ? '1' : 'X', n);
	to[n] = '\0';
}

static void
lengthen(struct example *x, unsigned i, unsigned e, unsigned c,
    const struct guide_element *el)
{
	char value[512];
	struct outcome o;

	if (el->standard_max + 1u >= sizeof(value))
		return;
	fill(el, el->standard_max + 1u, value);
	o = change(x, i, e, c, value, FINDING_ELEMENT_TOO_LONG);
	count(&values, &o);
	must(o, x, i, "lengthening");
	if (el->max == el->standard_max)
		return;
	fill(el, el->max + 1u, value);
	o = change(x, i, e, c, value, FINDING_ELEMENT_LONGER_THAN_GUIDE);
	must(o, x, i, "lengthening past the guide");
}

static void
corrupt(struct example *x, unsigned i, unsigned e, unsigned c,
    const struct guide_element *el)
{
	static const char *const bad[] = { "@@@@@@@@", "1A1A1A1A", "99999999" };
	char value[16];
	struct outcome o;
	bool number = numeric(el);

	if (!el->codes && !number && el->type != GUIDE_DT &&
	    el->type != GUIDE_TM && !(el->flags & GUIDE_PERIOD))
		return;
	for (unsigned b = 0; b < 3; b++) {
		unsigned n = el->max < 8 ? el->max : 8;

		if (number && b != 1)
			continue;
		n = n < el->min && el->min <= 8 ? el->min : n;
		n = number && n < 2 ? 2 : n;
		snprintf(value, sizeof(value), "%.*s", (int)n, bad[b]);
		if (el->codes && guide_codes_has(el->codes, slice_str(value)))
			continue;
		o = change(x, i, e, c, value, FINDING_CODE_INVALID);
		count(&values, &o);
		must(o, x, i, "corrupting");
	}
}

/* Emptying a component that stands alone takes its composite away. */
static void
value_mutations(struct example *x, unsigned i, unsigned e, unsigned c,
    const struct guide_element *el, bool written, bool alone)
{
	char value[512];
	struct outcome o;

	if (el->usage == USAGE_NOT_USED) {
		if (el->type == GUIDE_COMPOSITE)
			snprintf(value, sizeof(value), "X");
		else
			fill(el, el->min, value);
		o = change(x, i, e, c, value, FINDING_ELEMENT_NOT_USED);
		count(&values, &o);
		must(o, x, i, "filling an element that is not used");
		assert_true(o.named > 0);
		return;
	}
	if (!written)
		return;
	o = change(x, i, e, c, "", FINDING_ELEMENT_MISSING);
	count(&values, &o);
	if (el->usage == USAGE_REQUIRED && !alone)
		must(o, x, i, "emptying a required element");
	if (el->type == GUIDE_COMPOSITE)
		return;
	lengthen(x, i, e, c, el);
	corrupt(x, i, e, c, el);
	o = change(x, i, e, c, " ", FINDING_ELEMENT_BLANK);
	count(&values, &o);
	must(o, x, i, "blanking");
}

static void
element_mutations(struct example *x, unsigned i)
{
	const struct place *p = &x->at[i];

	for (unsigned e = 1; e <= p->node->count; e++) {
		const struct guide_element *el = &p->node->elements[e - 1];
		struct slice value = element(p->text, e);

		/* Control numbers and counts are the envelope's. */
		if (p->node->tag == TAG_ST ||
		    p->node->tag == TAG_SE)
			return;
		if (value.n > 0 && memchr(value.p, '^', value.n))
			continue;
		value_mutations(x, i, e, 0, el, value.n > 0, false);
		for (unsigned c = 1; c <= el->component_count &&
		    value.n > 0 && el->usage != USAGE_NOT_USED; c++)
			value_mutations(x, i, e, c, &el->components[c - 1],
			    slice_part(value, ':', c).n > 0,
			    el->usage != USAGE_REQUIRED &&
			    slice_part(value, ':', c).n == value.n);
	}
}

/* ---- the examples ------------------------------------------------------- */

static void
load(struct example *x, const char *name)
{
	char path[128];
	struct err e = ERR_NONE;
	struct outcome o = { .learn = x };
	size_t n = 0;

	*x = (struct example){ .name = name };
	snprintf(path, sizeof(path), "tests/data/guides/%s/input.x12", name);
	if (io_slurp(path, 1 << 20, &x->text, &x->n, &e) < 0)
		fail_msg("%s", e.text);
	/* Without line ends, so that an offset is a place in the text. */
	for (size_t i = 0; i < x->n; i++)
		if (x->text[i] != '\n')
			x->text[n++] = x->text[i];
	x->n = n;
	buf_init(&x->mutant, 1 << 20);
	feed(&o, x->text, x->n);
	assert_int_equal(o.findings, 0);
	assert_in_range(x->count, 10, SEGMENTS_MAX - 1);
}

static void
mutate(const char *name)
{
	struct example *x = malloc(sizeof(*x));

	assert_non_null(x);
	load(x, name);
	for (unsigned i = 0; i < x->count; i++) {
		uint32_t tag = x->at[i].node ? x->at[i].node->tag : 0;

		if (tag == 0)
			continue;
		element_mutations(x, i);
		if (tag == TAG_ST ||
		    tag == TAG_SE)
			continue;
		drop(x, i);
		repeat(x, i);
		if (x->at[i + 1].node &&
		    x->at[i + 1].node->tag != TAG_SE)
			swap(x, i);
	}
	buf_free(&x->mutant);
	free(x->text);
	free(x);
}

static void
mutation_of_every_valid_set_is_found(void **state)
{
	static const char *const names[] = {
		"valid_837p", "valid_837i", "valid_837d", "valid_835",
		"valid_277ca", "valid_276", "valid_277", "valid_999",
		"valid_270", "valid_271", "valid_834", "valid_820",
		"valid_278",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		mutate(names[i]);
	print_message("dropped %u/%u, repeated %u/%u, exchanged %u/%u, "
	    "values %u/%u found\n", drops.found, drops.tried, repeats.found,
	    repeats.tried, swaps.found, swaps.tried, values.found,
	    values.tried);
	/* Most mutations that no rule of the test decides are found, too. */
	assert_true(repeats.found * 10 > repeats.tried * 7);
	assert_true(values.found * 10 > values.tried * 8);
	assert_true(values.tried > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutation_of_every_valid_set_is_found),
	};
	int rc;

	guides = guides_new();
	rc = guides ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	guides_free(guides);
	return rc;
}
