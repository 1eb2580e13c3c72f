/* SPDX-License-Identifier: ISC */
/*
 * The first pass: the levels and claims of each set, and which of them the
 * findings condemn.
 */
#include "edi/carve_core.h"

#include <stddef.h>
#include <stdlib.h>

enum {
	TAG_HL = SEGMENT_TAG2('H', 'L'),
	TAG_CLM = SEGMENT_TAG('C', 'L', 'M'),
};

struct carve *
carve_new(const struct walk *w)
{
	struct carve *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->walk = w;
	buf_init(&c->interchanges, CARVE_FLAGS);
	buf_init(&c->groups, CARVE_FLAGS);
	buf_init(&c->sets, CARVE_FLAGS);
	buf_init(&c->nodes, CARVE_FLAGS);
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		buf_init(&c->out[p].text, CARVE_FLUSH + CARVE_ROOM);
	return c;
}

void
carve_free(struct carve *c)
{
	if (!c)
		return;
	for (unsigned p = 0; p < CARVE_PARTS; p++)
		buf_free(&c->out[p].text);
	buf_free(&c->nodes);
	buf_free(&c->sets);
	buf_free(&c->groups);
	buf_free(&c->interchanges);
	free(c->node);
	free(c);
}

void
carve_take(struct carve *c, const uint32_t *ordinals, size_t n)
{
	c->take = ordinals;
	c->take_count = n;
}

static void
carve_note(struct carve *c, struct buf *flags, unsigned value)
{
	if (!buf_add_char(flags, (char)value))
		c->unsure = true;
}

void
carve_on_interchange(struct carve *c, const struct scan_interchange *i)
{
	(void)i;
	carve_note(c, &c->interchanges, 0);
}

void
carve_on_group(struct carve *c, const struct scan_group *g)
{
	/* A set without a group would have no place in either part. */
	c->unsure |= g->implied;
	carve_note(c, &c->groups, 0);
}

void
carve_on_set(struct carve *c, const struct scan_set *set)
{
	c->in_set = true;
	c->is_837 = strcmp(set->id, "837") == 0;
	c->irregular = false;
	c->count = c->set_claims = c->set_levels = c->rejects = 0;
	memset(c->open, 0, sizeof(c->open));
}

/* ---- levels and claims -------------------------------------------------- */

enum carve_kind
carve_level_kind(const struct segment *s)
{
	static const char codes[][3] = { [CARVE_PROVIDER] = "20",
	    [CARVE_SUBSCRIBER] = "22", [CARVE_PATIENT] = "23" };
	struct slice code = segment_element(s, 3);

	for (unsigned k = CARVE_PROVIDER; k < CARVE_KINDS; k++)
		if (code.n == 2 && memcmp(code.p, codes[k], 2) == 0)
			return k;
	return CARVE_CLAIM;
}

static struct carve_node *
carve_add(struct carve *c, uint32_t ordinal, enum carve_kind kind,
    uint32_t parent)
{
	if (c->count == c->cap) {
		uint32_t cap = c->cap ? c->cap * 2 : 256;
		void *p = cap <= CARVE_NODES ?
		    reallocarray(c->node, cap, sizeof(*c->node)) : NULL;

		if (!p) {
			c->irregular = c->unsure = true;
			return NULL;
		}
		c->node = p;
		c->cap = cap;
	}
	c->node[c->count] = (struct carve_node){ .segment = ordinal,
	    .parent = parent, .claims = c->set_claims,
	    .kind = (uint8_t)kind };
	return &c->node[c->count++];
}

/*
 * Billing provider, subscriber, patient, each below the last one above it and
 * numbered 1, 2, 3: everything else is not taken apart.
 */
static void
carve_on_level(struct carve *c, const struct segment *s, uint32_t ordinal)
{
	enum carve_kind kind = carve_level_kind(s);
	struct slice above = segment_element(s, 2);
	uint64_t number, parent = 0;
	bool regular = slice_u64(segment_element(s, 1), &number) &&
	    number == c->set_levels + 1 && kind != CARVE_CLAIM;

	c->set_levels++;
	if (regular && kind == CARVE_PROVIDER)
		regular = above.n == 0;
	else if (regular)
		regular = c->open[kind - 1] && slice_u64(above, &parent) &&
		    parent == c->open_number[kind - 1];
	if (!regular) {
		c->irregular = true;
		return;
	}
	if (!carve_add(c, ordinal, kind, kind == CARVE_PROVIDER ? 0 :
	    c->open[kind - 1]))
		return;
	for (unsigned k = kind; k < CARVE_KINDS; k++)
		c->open[k] = 0;
	c->open[kind] = c->count;
	c->open_number[kind] = c->set_levels;
}

static void
carve_on_claim(struct carve *c, uint32_t ordinal)
{
	uint32_t parent = c->open[CARVE_PATIENT] ? c->open[CARVE_PATIENT] :
	    c->open[CARVE_SUBSCRIBER];

	c->set_claims++;
	/* Findings count claims as the walk does: so it must be with us. */
	if (!parent || !c->walk || walk_claim(c->walk) != c->set_claims) {
		c->irregular = true;
		return;
	}
	(void)carve_add(c, ordinal, CARVE_CLAIM, parent);
}

void
carve_on_segment(struct carve *c, const struct segment *s, uint32_t ordinal)
{
	if (!c->in_set || !c->is_837 || c->irregular)
		return;
	if (s->tag == TAG_HL)
		carve_on_level(c, s, ordinal);
	else if (s->tag == TAG_CLM)
		carve_on_claim(c, ordinal);
}

/* ---- findings ----------------------------------------------------------- */

/* The envelope's, and those of the hierarchy itself, are nobody's. */
static bool
carve_is_nobodys(const struct finding *f)
{
	static const char ids[][4] = { "ISA", "GS", "ST", "SE", "GE", "IEA",
	    "TA1", "HL" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strcmp(f->id, ids[i]) == 0)
			return true;
	return f->segment == 0 && f->claim == 0;
}

void
carve_on_finding(struct carve *c, const struct finding *f)
{
	if (f->def == &finding_defs[FINDING_FINDINGS_LEFT_OUT])
		c->unsure = true;
	if (f->severity != SEVERITY_REJECT)
		return;
	c->condemned = true;
	if (!c->in_set || !c->is_837 || carve_is_nobodys(f) ||
	    c->rejects == CARVE_FINDINGS) {
		c->unsure = true;
		return;
	}
	c->reject[c->rejects++] = (struct carve_reject){ .claim = f->claim,
	    .segment = f->segment, .at_clm = strcmp(f->id, "CLM") == 0 };
}

/* The first node of which key is at least value; c->count: none. */
static uint32_t
carve_search(const struct carve *c, size_t key, uint32_t value)
{
	uint32_t from = 0, to = c->count;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2, is;

		memcpy(&is, (const char *)&c->node[mid] + key, sizeof(is));
		if (is < value)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/*
 * Index + 1 of what a segment belongs to, 0: the header. What is missing is
 * told at the segment before which it is missing: that one opens the next
 * level or claim, and does not speak of it.
 */
static uint32_t
carve_owner(const struct carve *c, const struct carve_reject *r)
{
	uint32_t i = carve_search(c, offsetof(struct carve_node, segment),
	    r->segment);
	const struct carve_node *n;

	if (i < c->count && c->node[i].segment == r->segment && r->at_clm)
		return i + 1;
	if (i == 0)
		return 0;
	n = &c->node[i - 1];
	if (n->kind == CARVE_CLAIM && (r->segment >= c->last ||
	    (i < c->count && c->node[i].segment == r->segment)))
		return n->parent;
	return i;
}

static void
carve_condemn(struct carve *c, const struct carve_reject *r)
{
	uint32_t i;

	if (r->claim > 0) {
		i = carve_search(c, offsetof(struct carve_node, claims),
		    r->claim);
		if (i == c->count || c->node[i].claims != r->claim)
			c->unsure = true;
		else
			c->node[i].condemned = true;
		return;
	}
	i = carve_owner(c, r);
	if (i > 0)
		c->node[i - 1].condemned = true;
	for (uint32_t k = 0; i == 0 && k < c->count; k++)
		if (c->node[k].parent == 0)
			c->node[k].condemned = true;
}

/* ---- the end of a set --------------------------------------------------- */

/* Claims of this set that are asked for; true: there are some. */
static bool
carve_take_some(struct carve *c)
{
	size_t from = c->take_at;

	for (; c->take_at < c->take_count; c->take_at++) {
		uint32_t nth = c->take[c->take_at], i;

		if (nth > c->seen + c->set_claims)
			break;
		i = nth > c->seen ? carve_search(c, offsetof(struct carve_node,
		    claims), nth - c->seen) : c->count;
		if (i < c->count && !c->irregular)
			c->node[i].taken = true;
		else
			c->unsure = true;
	}
	c->seen += c->set_claims;
	return c->take_at > from;
}

/* Down: what is below something condemned is condemned too. */
static void
carve_condemn_below(struct carve *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		struct carve_node *n = &c->node[i];

		if (n->parent && c->node[n->parent - 1].condemned)
			n->condemned = true;
	}
}

/* Up: a level is in each part that has something of what is below it. */
static void
carve_keep_above(struct carve *c)
{
	for (uint32_t i = c->count; i-- > 0;) {
		struct carve_node *n = &c->node[i], *up;
		enum carve_part own = n->condemned || n->taken ? CARVE_BAD :
		    CARVE_REST;

		if (n->kind == CARVE_CLAIM) {
			n->has_claims = true;
			c->claims[own]++;
			c->taken += n->taken && !n->condemned;
		}
		if (n->kind == CARVE_CLAIM || !n->has_claims)
			n->flags |= CARVE_KEEP(own);
		if (!n->parent)
			continue;
		up = &c->node[n->parent - 1];
		up->has_claims |= n->has_claims;
		up->flags |= n->flags & CARVE_KEEP_ANY;
		if (n->kind != CARVE_CLAIM)
			up->flags |= (n->flags & CARVE_KEEP_ANY) << 2;
	}
}

/* The present set's, group's and interchange's. */
static void
carve_note_set(struct carve *c, unsigned flags)
{
	struct buf *above[] = { &c->groups, &c->interchanges };

	carve_note(c, &c->sets, flags);
	for (unsigned i = 0; i < 2; i++)
		if (above[i]->n == 0)
			c->unsure = true;
		else
			above[i]->p[above[i]->n - 1] |=
			    (char)(flags & CARVE_KEEP_ANY);
}

static void
carve_decide(struct carve *c)
{
	uint32_t rest = c->claims[CARVE_REST];
	unsigned flags = 0;

	for (uint32_t i = 0; i < c->rejects; i++)
		carve_condemn(c, &c->reject[i]);
	carve_condemn_below(c);
	carve_keep_above(c);
	for (uint32_t i = 0; i < c->count; i++) {
		flags |= c->node[i].flags & CARVE_KEEP_ANY;
		carve_note(c, &c->nodes, c->node[i].flags);
	}
	/* Levels alone are nothing to send. */
	if (c->claims[CARVE_REST] == rest)
		flags &= ~CARVE_KEEP(CARVE_REST);
	carve_note_set(c, flags);
}

void
carve_on_set_end(struct carve *c, const struct scan_set *set)
{
	bool some;

	c->in_set = false;
	c->last = set->segments;
	/* A claim that begins without its CLM is one to the walk only. */
	if (c->walk && c->is_837 && walk_claims(c->walk) != c->set_claims)
		c->irregular = true;
	some = c->is_837 && carve_take_some(c);
	if (c->rejects > 0 && (c->irregular || c->set_claims == 0))
		c->unsure = true;
	if (some || c->rejects > 0 || (!c->irregular && c->set_claims > 0)) {
		carve_decide(c);
		return;
	}
	c->claims[CARVE_REST] += c->set_claims;
	carve_note_set(c, CARVE_KEEP(CARVE_REST) | CARVE_WHOLE);
}

enum carve_verdict
carve_verdict(const struct carve *c)
{
	if (c->take_at < c->take_count)
		return CARVE_UNSURE;
	if (!c->condemned && !c->unsure && c->taken == 0)
		return CARVE_CLEAN;
	/* What is condemned without any claim was perhaps to be one. */
	if (c->unsure || c->claims[CARVE_BAD] == 0)
		return CARVE_UNSURE;
	return c->claims[CARVE_REST] > 0 ? CARVE_SPLIT : CARVE_ALL;
}

uint32_t
carve_claims(const struct carve *c, enum carve_part part)
{
	return c->claims[part];
}

uint32_t
carve_taken(const struct carve *c)
{
	return c->taken;
}
