/* SPDX-License-Identifier: ISC */
/*
 * The first pass: the levels and claims of each set, and what the findings say
 * of them, kept until its end.
 */
#include "edi/carve/core.h"

#include <stdlib.h>

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
	free(c->reject);
	free(c->node);
	free(c);
}

void
carve_take(struct carve *c, const uint32_t *ordinals, size_t n)
{
	c->take = ordinals;
	c->take_count = n;
}

void
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
	c->irregular = c->whole = false;
	c->count = c->set_claims = c->rejects = 0;
	c->next_number = 1;
	c->highest_number = 0;
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

void *
carve_grow(void *array, uint32_t *cap, size_t size)
{
	uint32_t more = *cap ? *cap * 2 : 256;
	void *p = more <= CARVE_NODES ? reallocarray(array, more, size) : NULL;

	if (p)
		*cap = more;
	return p;
}

static struct carve_node *
carve_add(struct carve *c, uint32_t ordinal, enum carve_kind kind,
    uint32_t parent)
{
	if (c->count == c->cap) {
		void *p = carve_grow(c->node, &c->cap, sizeof(*c->node));

		if (!p) {
			c->irregular = c->unsure = true;
			return NULL;
		}
		c->node = p;
	}
	c->node[c->count] = (struct carve_node){ .segment = ordinal,
	    .parent = parent, .claims = c->set_claims,
	    .kind = (uint8_t)kind };
	return &c->node[c->count++];
}

/* Does HL01 count on? A gap is said once, where it is, as the scan does. */
static unsigned
carve_look_number(struct carve *c, struct slice text, uint64_t *number)
{
	unsigned odd = 0;

	if (!slice_u64(text, number) || *number != c->next_number) {
		odd = CARVE_ODD_NUMBER;
		*number = *number > 0 ? *number : c->next_number;
	}
	c->next_number = *number + 1;
	return odd;
}

/* Does HL02 name the level above? One that names another one is in doubt. */
static unsigned
carve_look_parent(struct carve *c, enum carve_kind kind, struct slice text)
{
	uint64_t parent = 0;

	if (kind == CARVE_PROVIDER)
		return text.n > 0 ? CARVE_ODD_PARENT : 0;
	if (slice_u64(text, &parent) && parent == c->open_number[kind - 1])
		return 0;
	if (parent > 0 && parent <= c->highest_number)
		c->irregular = true;
	return CARVE_ODD_PARENT;
}

/*
 * Billing provider, subscriber, patient, each below the last one above it:
 * everything else is not taken apart.
 */
static void
carve_on_level(struct carve *c, const struct segment *s, uint32_t ordinal)
{
	enum carve_kind kind = carve_level_kind(s);
	struct carve_node *n;
	uint64_t number = 0;
	unsigned odd;

	if (kind == CARVE_CLAIM ||
	    (kind > CARVE_PROVIDER && !c->open[kind - 1])) {
		c->irregular = true;
		return;
	}
	odd = carve_look_parent(c, kind, segment_element(s, 2));
	odd |= carve_look_number(c, segment_element(s, 1), &number);
	n = carve_add(c, ordinal, kind, kind == CARVE_PROVIDER ? 0 :
	    c->open[kind - 1]);
	if (!n)
		return;
	n->odd = (uint8_t)odd;
	for (unsigned k = kind; k < CARVE_KINDS; k++)
		c->open[k] = 0;
	c->open[kind] = c->count;
	c->open_number[kind] = number;
	if (number > c->highest_number)
		c->highest_number = number;
}

static void
carve_on_claim(struct carve *c, uint32_t ordinal)
{
	uint32_t parent = c->open[CARVE_PATIENT] ? c->open[CARVE_PATIENT] :
	    c->open[CARVE_SUBSCRIBER];

	c->set_claims++;
	if (c->irregular)
		return;
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
	if (!c->in_set || !c->is_837)
		return;
	if (s->tag == TAG_HL && !c->irregular)
		carve_on_level(c, s, ordinal);
	else if (s->tag == TAG_CLM)
		carve_on_claim(c, ordinal);
}

/* ---- findings ----------------------------------------------------------- */

/* ISA, GS, GE, IEA and TA1 belong to no set. */
static bool
carve_is_nobodys(const struct finding *f)
{
	static const char ids[][4] = { "ISA", "GS", "GE", "IEA", "TA1" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strcmp(f->id, ids[i]) == 0)
			return true;
	return f->segment == 0 && f->claim == 0;
}

/* What is missing is told where the next thing begins. */
static bool
carve_is_missing(const struct finding *f)
{
	return f->def == &finding_defs[FINDING_SEGMENT_MISSING] ||
	    f->def == &finding_defs[FINDING_LOOP_MISSING];
}

static bool
carve_is_of_a_rule(const struct finding *f)
{
	uintptr_t def = (uintptr_t)f->def;

	return def < (uintptr_t)finding_defs ||
	    def >= (uintptr_t)(finding_defs + FINDING_COUNT);
}

static struct carve_reject *
carve_add_reject(struct carve *c)
{
	if (c->rejects == c->reject_cap) {
		void *p = carve_grow(c->reject, &c->reject_cap,
		    sizeof(*c->reject));

		if (!p) {
			c->unsure = true;
			return NULL;
		}
		c->reject = p;
	}
	return &c->reject[c->rejects++];
}

/* Many of one claim, or segment, come one after the other: one will do. */
static bool
carve_is_known(const struct carve *c, const struct carve_reject *r)
{
	const struct carve_reject *last;

	if (c->rejects == 0 || r->hl || r->rule)
		return false;
	last = &c->reject[c->rejects - 1];
	return !last->hl && last->claim == r->claim && (r->claim > 0 ||
	    (last->segment == r->segment && last->missing == r->missing));
}

void
carve_on_finding(struct carve *c, const struct finding *f)
{
	struct carve_reject r = { .claim = f->claim, .segment = f->segment,
	    .missing = carve_is_missing(f), .element = f->element }, *to;
	bool hl = strcmp(f->id, "HL") == 0 && !r.missing;

	if (f->severity != SEVERITY_REJECT)
		return;
	c->condemned = true;
	if (!c->in_set || !c->is_837 || carve_is_nobodys(f)) {
		c->unsure = true;
		return;
	}
	r.rule = hl && carve_is_of_a_rule(f);
	r.hl = hl && !r.rule;
	c->whole |= strcmp(f->id, "ST") == 0 || strcmp(f->id, "SE") == 0;
	if (!carve_is_known(c, &r) && (to = carve_add_reject(c)))
		*to = r;
}

/* ---- the end of a set --------------------------------------------------- */

void
carve_on_set_end(struct carve *c, const struct scan_set *set)
{
	c->in_set = false;
	c->last = set->segments;
	/* A claim that begins without its CLM is one to the walk only. */
	if (c->walk && c->is_837 && walk_claims(c->walk) != c->set_claims)
		c->irregular = true;
	carve_judge(c, set);
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
