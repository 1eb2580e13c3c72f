/* SPDX-License-Identifier: ISC */
#include "cli/facts.h"
#include "cli/patch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { FACTS_MAX = 1 << 20, FACTS_TEXT = 32 << 20 };

struct facts_mark {
	uint32_t count;
	size_t text;
};

struct facts_reader {
	struct scan *scan;
	struct walk *walk;
	struct facts facts;
	struct facts_mark mark[WALK_DEPTH + 1];
	struct item item;        /* the claim that is open */
	uint32_t items, unplaced;
	bool payment;            /* an 835: the rest of the set counts */
	bool inquiry;            /* or an answer to one */
	bool named, traced;      /* the item has the key of its NM1, its TRN */
	int depth;               /* of the inquiry's loop; 0: none is open */
	uint32_t count;          /* of the set's inquiries */
	uint64_t trace;          /* TRN02 of the payment */
	facts_on_item *on;
	void *ctx;
	int failed;
	struct err error;
};

void
facts_init(struct facts *f)
{
	*f = (struct facts){ .count = 0 };
	buf_init(&f->text, FACTS_TEXT);
}

void
facts_free(struct facts *f)
{
	free(f->fact);
	buf_free(&f->text);
}

/* ---- numbers for places and values --------------------------------------- */

static uint64_t
stir(uint64_t h)
{
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
	h = (h ^ h >> 27) * 0x94d049bb133111eb;
	return h ^ h >> 31;
}

static uint64_t
hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char *c = p;

	while (n-- > 0)
		h = (h ^ *c++) * 0x100000001b3;
	return stir(h + 0x9e3779b97f4a7c15);
}

static bool
loop_holds_claims(const struct guide_loop *l)
{
	bool holds = l->is_hl || l->is_claim;

	for (uint32_t i = 0; i < l->body->count && !holds; i++)
		holds = l->body->children[i].loop &&
		    l->body->children[i].loop->is_claim;
	return holds;
}

/* Which one of the loops that lead to a claim it is says nothing of it. */
static uint64_t
place_of(const struct facts_reader *x, const struct walk_segment *w)
{
	uint64_t h = 0;

	for (int d = 1; d <= w->frame->depth; d++) {
		const struct walk_frame *f = walk_frame(x->walk, d);
		uint32_t at[2] = { f->loop->index,
		    loop_holds_claims(f->loop) ? 0 : f->instance };

		h = hash(h, at, sizeof(at));
	}
	return h;
}

/* ---- facts --------------------------------------------------------------- */

static void
facts_fail(struct facts_reader *x, int code, const char *why)
{
	if (x->failed == 0)
		x->failed = err_set(&x->error, code, "%s", why);
}

enum { NUMBER_MAX = 64 };

/* 100.00 and 0100 are 100, -0.50 is -.5, 0.00 is 0. */
static struct slice
plain_number(struct slice s, char to[NUMBER_MAX])
{
	size_t sign = s.n > 0 && s.p[0] == '-';
	struct slice t = slice(s.p + sign, s.n - sign);

	while (t.n > 0 && t.p[0] == '0')
		t = slice(t.p + 1, t.n - 1);
	if (t.n > 0 && memchr(t.p, '.', t.n)) {
		while (t.n > 0 && t.p[t.n - 1] == '0')
			t.n--;
		if (t.n > 0 && t.p[t.n - 1] == '.')
			t.n--;
	}
	if (t.n == 0)
		return SLICE_LIT("0");
	if (sign + t.n > NUMBER_MAX)
		return s;
	memcpy(to, "-", sign);
	memcpy(to + sign, t.p, t.n);
	return slice(to, sign + t.n);
}

static void
facts_add(struct facts_reader *x, struct fact fact,
    const struct guide_element *el, struct slice value)
{
	struct facts *f = &x->facts;
	uint32_t at[3] = { fact.element, fact.component, fact.repeat };
	char number[NUMBER_MAX];

	if (value.n == 0 || (el && el->flags & GUIDE_COUNTS))
		return;
	if (el && el->type == GUIDE_R)
		value = plain_number(value, number);
	if (f->count == f->cap) {
		uint32_t cap = f->cap ? f->cap * 2 : 512;
		void *p = cap > FACTS_MAX ? NULL :
		    reallocarray(f->fact, cap, sizeof(*f->fact));

		if (!p) {
			facts_fail(x, -ENOMEM, "a claim is too long");
			return;
		}
		f->fact = p;
		f->cap = cap;
	}
	fact.path = hash(fact.path, at, sizeof(at));
	fact.at = (uint32_t)f->text.n;
	fact.n = (uint32_t)value.n;
	buf_add_slice(&f->text, value);
	f->fact[f->count++] = fact;
	if (f->text.failed)
		facts_fail(x, -ENOMEM, "a claim is too long");
}

static void
facts_add_parts(struct facts_reader *x, struct fact fact,
    const struct guide_element *el, const struct segment *s,
    struct slice value)
{
	unsigned n = el && el->type == GUIDE_COMPOSITE &&
	    s->delimiters->component ?
	    slice_parts(value, s->delimiters->component) : 0;

	if (n == 0)
		facts_add(x, fact, el, value);
	for (unsigned c = 1; c <= n; c++) {
		fact.component = (uint8_t)c;
		facts_add(x, fact, c <= el->component_count ?
		    &el->components[c - 1] : NULL,
		    slice_part(value, s->delimiters->component, c));
	}
}

static void
facts_add_segment(struct facts_reader *x, const struct walk_segment *w)
{
	const struct segment *s = w->segment;
	uint32_t at[2] = { w->node ? w->node->index : 0x10000 | s->tag,
	    w->node ? w->instance : ++x->unplaced };
	uint64_t place = place_of(x, w);
	char again = s->delimiters->repetition;
	struct fact fact = { .path = hash(place, at, sizeof(at)),
	    .loop = w->frame->loop, .segment = w->node,
	    .instance = w->frame->instance };

	segment_tag_text(s->tag, fact.id);
	for (unsigned i = 1; i <= s->count; i++) {
		struct slice value = segment_element(s, i);
		unsigned n = again ? slice_parts(value, again) : 1;

		fact.element = (uint8_t)i;
		for (unsigned r = 1; r <= n; r++) {
			fact.repeat = (uint16_t)(n > 1 ? r : 0);
			facts_add_parts(x, fact, w->node &&
			    i <= w->node->count ? &w->node->elements[i - 1] :
			    NULL, s, n > 1 ? slice_part(value, again, r) :
			    value);
		}
	}
}

/* ---- items --------------------------------------------------------------- */

/* The facts from the first on are an item. */
static void
facts_give(struct facts_reader *x, uint32_t first)
{
	struct item *i = &x->item;
	const struct facts own = { .fact = x->facts.fact + first,
	    .count = x->facts.count - first, .text = x->facts.text };
	const struct facts *f = &own;

	if (x->failed)
		return;
	i->ordinal = ++x->items;
	i->digest[0] = i->digest[1] = 0;
	for (uint32_t k = 0; k < f->count; k++) {
		struct slice v = fact_value(f, &f->fact[k]);
		uint64_t h = hash(f->fact[k].path, v.p, v.n);

		i->digest[0] += h;
		i->digest[1] += stir(h + 1) ^ hash(~h, v.p, v.n);
	}
	x->failed = x->on(x->ctx, i, f, &x->error);
}

static void
facts_set_key(struct facts_reader *x, struct slice whose)
{
	const char *guide = walk_guide(x->walk)->id;
	uint64_t h = hash(0, guide, strlen(guide));

	x->item.key = hash(h, whose.p, whose.n);
	x->item.check = hash(~h, whose.p, whose.n);
}

static void
facts_begin_item(struct facts_reader *x, struct slice whose, uint32_t ordinal)
{
	x->item = (struct item){ .segment = ordinal,
	    .claim = walk_claim(x->walk) };
	facts_set_key(x, whose);
	memcpy(x->item.set, scan_set(x->scan)->control,
	    sizeof(x->item.set));
}

/* By the first TRN02; where there is none by the first NM1: its id or name. */
static void
facts_name_inquiry(struct facts_reader *x, const struct segment *s)
{
	if (x->depth == 0 || x->traced)
		return;
	if (s->tag == SEGMENT_TAG('T', 'R', 'N')) {
		facts_set_key(x, segment_element(s, 2));
		x->traced = true;
	} else if (s->tag == SEGMENT_TAG('N', 'M', '1') && !x->named) {
		facts_set_key(x, segment_element(s,
		    segment_element(s, 9).n > 0 ? 9 : 3));
		x->named = true;
	}
}

/* Innermost: what is given here is not given again by the levels above. */
static void
facts_end_inquiry(struct facts_reader *x, const struct walk_frame *f)
{
	if (x->depth != f->depth)
		return;
	x->item.claim = ++x->count;
	facts_give(x, x->mark[1].count);
	x->depth = 0;
}

static void
facts_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	struct facts_reader *x = ctx;

	x->mark[f->depth] = (struct facts_mark){ x->facts.count,
	    x->facts.text.n };
	if (!x->inquiry || (!f->loop->is_hl && !f->loop->is_claim))
		return;
	x->depth = f->depth;
	x->traced = x->named = false;
	facts_begin_item(x, slice(NULL, 0), f->segment);
}

static void
facts_on_loop_end(void *ctx, const struct walk_frame *f)
{
	struct facts_reader *x = ctx;

	if (f->depth == 0 || !loop_holds_claims(f->loop))
		return;
	/* In an 835, what stands above a claim sums up many. */
	if (x->inquiry)
		facts_end_inquiry(x, f);
	else if (f->loop->is_claim)
		facts_give(x, x->mark[x->payment ? f->depth : 1].count);
	x->facts.count = x->mark[f->depth].count;
	x->facts.text.n = x->mark[f->depth].text;
}

static void
facts_on_segment(void *ctx, const struct walk_segment *w)
{
	static const char numbers[][4] = { "HL", "LX", "ST", "SE", "BHT" };
	struct facts_reader *x = ctx;
	const struct segment *s = w->segment;
	bool above = w->frame == NULL || w->ordinal == 0;

	if (above || x->failed)
		return;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (slice_is(segment_id(s), numbers[i]))
			return;
	if (s->tag == TAG_CLM ||
	    s->tag == SEGMENT_TAG('C', 'L', 'P'))
		facts_begin_item(x, segment_element(s, 1), w->ordinal);
	if (x->inquiry)
		facts_name_inquiry(x, s);
	if (x->payment && s->tag == SEGMENT_TAG('T', 'R', 'N') &&
	    w->frame->depth == 0) {
		struct slice trace = segment_element(s, 2);

		x->trace = hash(1, trace.p, trace.n);
	}
	facts_add_segment(x, w);
}

/* What stands above the levels of a claim is not the claim's. */
static void
facts_settle(struct facts_reader *x)
{
	const struct walk_frame *one = walk_frame(x->walk, 1);
	bool above = !one || !loop_holds_claims(one->loop);

	if (above && !x->payment) {
		x->facts.count = 0;
		buf_reset(&x->facts.text);
	}
}

static void
facts_on_walk_segment(void *ctx, const struct walk_segment *w)
{
	facts_on_segment(ctx, w);
	if (w->ordinal > 0)
		facts_settle(ctx);
}

/* ---- the scan ------------------------------------------------------------ */

static void
facts_on_set(void *ctx, const struct scan_set *set)
{
	static const char inquiries[][4] = { "270", "271", "276", "277" };
	struct facts_reader *x = ctx;

	x->payment = strcmp(set->id, "835") == 0;
	x->inquiry = false;
	for (size_t i = 0; i < 4; i++)
		x->inquiry |= strcmp(set->id, inquiries[i]) == 0;
	x->facts.count = x->unplaced = x->count = 0;
	x->depth = 0;
	x->trace = 0;
	buf_reset(&x->facts.text);
	walk_on_set(x->walk, set);
	if (!walk_guide(x->walk) || (!x->payment && !x->inquiry &&
	    strcmp(set->id, "837") != 0))
		facts_fail(x, -EILSEQ, "only claims, remittances, inquiries "
		    "and their answers (837, 835, 276, 277, 270, 271) of known "
		    "guides can be compared");
}

static void
facts_on_scan_segment(void *ctx, const struct segment *s, uint32_t ordinal)
{
	struct facts_reader *x = ctx;

	if (ordinal > 0 && x->failed == 0)
		walk_on_segment(x->walk, s, ordinal);
}

static void
facts_on_set_end(void *ctx, const struct scan_set *set)
{
	struct facts_reader *x = ctx;

	if (x->failed)
		return;
	walk_on_set_end(x->walk, set);
	if (!x->payment)
		return;
	x->item = (struct item){ .key = x->trace, .check = stir(x->trace),
	    .segment = 1 };
	memcpy(x->item.set, set->control, sizeof(x->item.set));
	facts_give(x, 0);
}

static int
facts_run(struct facts_reader *x, const struct input *in, struct err *e)
{
	enum scan_framing framing;
	int rc;

	if (lseek(in->fd, 0, SEEK_SET) < 0)
		return err_sys(e, "%s: cannot be read twice", in->name);
	rc = scan_fd(x->scan, in->fd, in->name, &framing, e);
	if (rc == 0 && x->failed) {
		*e = x->error;
		err_prefix(e, "%s", in->name);
		return x->failed;
	}
	return rc < 0 ? rc : patch_framing(in->name, framing, e);
}

int
facts_read(const struct input *in, struct guides *guides, facts_on_item *on,
    void *ctx, struct err *e)
{
	static const struct scan_ops ops = { .on_set = facts_on_set,
	    .on_segment = facts_on_scan_segment,
	    .on_set_end = facts_on_set_end };
	static const struct walk_ops events = {
	    .on_loop_begin = facts_on_loop_begin,
	    .on_segment = facts_on_walk_segment,
	    .on_loop_end = facts_on_loop_end };
	struct facts_reader x = { .on = on, .ctx = ctx };
	int rc;

	facts_init(&x.facts);
	x.scan = scan_new(&ops, &x);
	x.walk = x.scan ? walk_new(x.scan, guides, NULL) : NULL;
	if (x.walk) {
		walk_add(x.walk, &events, &x);
		rc = facts_run(&x, in, e);
	} else {
		rc = err_set(e, -ENOMEM, "out of memory");
	}
	walk_free(x.walk);
	scan_free(x.scan);
	facts_free(&x.facts);
	return rc;
}
