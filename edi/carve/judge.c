/* SPDX-License-Identifier: ISC */
/*
 * The end of a set: which of its levels and claims the findings condemn, which
 * are asked for, and what is therefore in which part.
 */
#include "edi/carve/core.h"

#include <stddef.h>

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

/* The node of exactly this segment, or NULL. */
static struct carve_node *
carve_node_at(struct carve *c, uint32_t segment)
{
	uint32_t i = carve_search(c, offsetof(struct carve_node, segment),
	    segment);

	return i < c->count && c->node[i].segment == segment ? &c->node[i] :
	    NULL;
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
	bool begins = i < c->count && c->node[i].segment == r->segment;
	const struct carve_node *n;

	if (begins && !r->missing)
		return i + 1;
	if (i == 0)
		return 0;
	n = &c->node[i - 1];
	if (n->kind == CARVE_CLAIM && r->missing &&
	    (begins || r->segment >= c->last))
		return n->parent;
	return i;
}

/*
 * A reject at an HL: its subtree, when the same can be wrong in the bad part.
 * Numbers that are right and only badly written cannot: then all of the set
 * stays as it is.
 */
static void
carve_condemn_level(struct carve *c, const struct carve_reject *r)
{
	static const uint8_t odd[] = { [1] = CARVE_ODD_NUMBER,
	    [2] = CARVE_ODD_PARENT, [4] = CARVE_ODD_CHILD };
	struct carve_node *n = carve_node_at(c, r->segment);
	unsigned bit = r->element <= 4 ? odd[r->element] : 0;

	if (!n || !bit) {
		c->whole = true;
		return;
	}
	if (bit == CARVE_ODD_CHILD)
		n->odd |= CARVE_ODD_CHILD;
	if (!(n->odd & bit))
		c->whole = true;
	n->condemned = true;
}

static void
carve_condemn_claim(struct carve *c, uint32_t claim)
{
	uint32_t i = carve_search(c, offsetof(struct carve_node, claims),
	    claim);

	if (i == c->count || c->node[i].claims != claim)
		c->whole = true;
	else
		c->node[i].condemned = true;
}

static void
carve_condemn(struct carve *c, const struct carve_reject *r)
{
	uint32_t i;

	if (r->hl) {
		carve_condemn_level(c, r);
	} else if (r->claim > 0) {
		carve_condemn_claim(c, r->claim);
	} else {
		i = carve_owner(c, r);
		/* Patients that a subscriber must not have are its fault. */
		if (i > 0 && r->rule && c->node[i - 1].kind == CARVE_PATIENT)
			i = c->node[i - 1].parent;
		if (i > 0)
			c->node[i - 1].condemned = true;
		else
			c->whole = true;
	}
}

/* HL02 that is odd and not rejected: nobody says what stands below what. */
static void
carve_doubt_parents(struct carve *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if ((c->node[i].odd & CARVE_ODD_PARENT) &&
		    !c->node[i].condemned)
			c->irregular = true;
}

static void
carve_take_one(struct carve *c, uint32_t claim)
{
	uint32_t i = carve_search(c, offsetof(struct carve_node, claims),
	    claim);

	if (i == c->count || c->irregular)
		c->unsure = true;
	else
		c->node[i].taken = true;
}

/* Claims of this set that are asked for. */
static void
carve_take_some(struct carve *c)
{
	for (; c->take_at < c->take_count; c->take_at++) {
		uint32_t nth = c->take[c->take_at];

		if (nth > c->seen + c->set_claims)
			break;
		if (nth <= c->seen)
			c->unsure = true;
		else if (!c->whole)
			carve_take_one(c, nth - c->seen);
	}
	c->seen += c->set_claims;
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
		if (n->condemned)
			n->flags |= n->odd;
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

/* As it is, into one of the parts. */
static void
carve_decide_whole(struct carve *c, enum carve_part part)
{
	c->claims[part] += c->set_claims;
	carve_note_set(c, CARVE_KEEP(part) | CARVE_WHOLE);
}

void
carve_judge(struct carve *c, const struct scan_set *set)
{
	for (uint32_t i = 0; i < c->rejects; i++)
		carve_condemn(c, &c->reject[i]);
	carve_doubt_parents(c);
	c->whole |= c->irregular && c->rejects > 0;
	/* What is condemned without any claim was perhaps to be one. */
	if (c->rejects > 0 && (c->set_claims == 0 || !set->closed))
		c->unsure = true;
	if (c->is_837)
		carve_take_some(c);
	if (c->whole)
		carve_decide_whole(c, CARVE_BAD);
	else if (c->set_claims == 0 || c->irregular)
		carve_decide_whole(c, CARVE_REST);
	else
		carve_decide(c);
}
