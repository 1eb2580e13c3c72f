/* SPDX-License-Identifier: ISC */
#include "edi/record/group.h"

#include "edi/segment.h"

#include <assert.h>

struct grouping {
	struct arena *arena;
	struct record_node **table;
	uint32_t mask;
	const struct record_limits *limits;
	struct record_node *first, *last;   /* the sets */
};

/* ---- under common levels ------------------------------------------------ */

/* FNV-1a, of the bytes and of what is above. */
static uint64_t
hash_of(const struct record_node *parent, const struct record_part *p)
{
	uint64_t h = 0xcbf29ce484222325ULL ^ (parent ? parent->hash : 0);

	for (size_t i = 0; i < p->early.n; i++)
		h = (h ^ (unsigned char)p->early.p[i]) * 0x100000001b3ULL;
	return (h ^ (uintptr_t)p->loop) * 0x100000001b3ULL;
}

static struct record_node *
find(const struct grouping *g, const struct record_node *parent,
    const struct record_part *p, uint64_t hash, uint32_t *slot)
{
	for (uint32_t i = (uint32_t)hash & g->mask;; i = (i + 1) & g->mask) {
		struct record_node *n = g->table[i];

		*slot = i;
		if (!n || (!n->full && n->hash == hash &&
		    n->parent == parent && n->part->loop == p->loop &&
		    n->part->gap == p->gap &&
		    slice_eq(n->part->early, p->early) &&
		    (p->late.n == 0 || n->late->late.n == 0 ||
		    slice_eq(n->late->late, p->late))))
			return n;
	}
}

static struct record_node *
add(struct grouping *g, struct record_node *parent,
    const struct record_part *p, uint64_t hash)
{
	struct record_node *n = arena_alloc(g->arena, sizeof(*n));
	struct record_node **first = parent ? &parent->first : &g->first;
	struct record_node **last = parent ? &parent->last : &g->last;

	if (!n)
		return NULL;
	n->parent = parent;
	n->part = n->late = p;
	n->hash = hash;
	if (*last)
		(*last)->next = n;
	else
		*first = n;
	*last = n;
	return n;
}

/* Another one begins where no more claims go below it. */
static bool
is_full(const struct grouping *g, const struct record_node *n,
    const struct record_item *item, unsigned level)
{
	const struct record_parts *p = &item->parts;
	uint32_t max = g->limits->patient_claims;

	if (!p->claim)
		return false;
	if (level == 0 && n->set_claims >= g->limits->set_claims)
		return true;
	if (level + 2 != p->count)
		return false;
	return n->claims >= p->part[p->count - 1].loop->max ||
	    (max > 0 && n->claims >= max);
}

static struct record_node *
node_for(struct grouping *g, struct record_node *parent,
    struct record_item *item, unsigned level)
{
	const struct record_part *p = &item->parts.part[level];
	uint64_t hash = hash_of(parent, p);
	struct record_node *n;
	uint32_t slot;

	if (item->parts.claim && level + 1 == item->parts.count)
		return add(g, parent, p, hash);
	n = find(g, parent, p, hash, &slot);
	if (n && is_full(g, n, item, level)) {
		n->full = true;
		n = find(g, parent, p, hash, &slot);
	}
	if (!n && (n = add(g, parent, p, hash)) != NULL)
		g->table[slot] = n;
	if (n && n->late->late.n == 0)
		n->late = p;
	return n;
}

static bool
place(struct grouping *g, struct record_item *item)
{
	struct record_node *n = NULL, *more;

	for (unsigned i = 0; i < item->parts.count; i++) {
		n = node_for(g, n, item, i);
		if (!n)
			return false;
	}
	assert(n != NULL);       /* each record has a set at least */
	for (item->set = n; item->set->parent;)
		item->set = item->set->parent;
	if (item->parts.claim) {
		n->parent->claims++;
		item->set->set_claims++;
	}
	/* Records that end at one level stand in a chain. */
	more = n->item ? arena_alloc(g->arena, sizeof(*more)) : n;
	if (!more)
		return false;
	if (more != n) {
		more->same = n->same;
		n->same = more;
	}
	more->item = item;
	return true;
}

struct record_node *
record_group(struct arena *a, struct record_item *items, uint32_t count,
    const struct record_limits *limits, bool *failed)
{
	struct grouping g = { .arena = a, .mask = 1023, .limits = limits };

	while (g.mask < count * RECORD_LEVELS * 2)
		g.mask = g.mask * 2 + 1;
	g.table = arena_array(a, (size_t)g.mask + 1, sizeof(*g.table));
	*failed = !g.table;
	for (uint32_t i = 0; i < count && !*failed; i++)
		if (!items[i].refused)
			*failed = !place(&g, &items[i]);
	return *failed ? NULL : g.first;
}

/* ---- a set -------------------------------------------------------------- */

struct writing {
	struct writer *w;
	struct buf *owners;
	const char *reference;
	uint32_t hl;
};

static void
own(struct writing *x, struct record_node *n,
    const struct record_origin *origin)
{
	struct record_owner o = { n, origin };

	buf_add(x->owners, &o, sizeof(o));
}

static void
put_bytes(struct writing *x, struct slice bytes)
{
	if (!buf_add_slice(x->w->out, bytes) && bytes.n > 0)
		x->w->error = WRITER_FULL;
}

static void
write_bytes(struct writing *x, struct record_node *n, struct slice bytes,
    const struct record_origin *origins, uint32_t count)
{
	put_bytes(x, bytes);
	x->w->segments += count;
	for (uint32_t i = 0; i < count; i++)
		own(x, n, &origins[i]);
}

/* The reference of a set that says none, and what stands before it. */
static void
write_gap(struct writing *x, const struct record_part *p)
{
	put_bytes(x, slice(p->early.p, p->gap));
	put_bytes(x, slice_str(x->reference));
}

static bool
has_levels(const struct record_node *n)
{
	for (const struct record_node *c = n->first; c; c = c->next)
		if (c->part->loop->is_hl)
			return true;
	return false;
}

static void
write_level(struct writing *x, struct record_node *n, uint32_t above)
{
	const struct guide_segment *g =
	    n->part->loop->body->children[0].segment;

	x->hl++;
	writer_begin(x->w, "HL");
	writer_uint(x->w, x->hl);
	if (above > 0)
		writer_uint(x->w, above);
	else
		writer_skip(x->w, 1);
	writer_element(x->w, g->elements[2].codes->text[0]);
	if (g->elements[3].usage != USAGE_NOT_USED)
		writer_str(x->w, has_levels(n) ? "1" : "0");
	writer_end(x->w);
	own(x, n, NULL);
}

static void
write_node(struct writing *x, struct record_node *n, uint32_t above)
{
	const struct record_part *p = n->part;
	size_t after = p->gap > 0 ? p->gap + 1 : 0;

	if (p->loop->is_hl) {
		write_level(x, n, above);
		above = x->hl;
	}
	if (p->gap > 0)
		write_gap(x, p);
	write_bytes(x, n, slice(p->early.p + after, p->early.n - after),
	    p->origins, p->early_count);
	/* First its own claims: after an HL they would be that one's. */
	for (struct record_node *c = n->first; c; c = c->next)
		if (!c->part->loop->is_hl)
			write_node(x, c, above);
	for (struct record_node *c = n->first; c; c = c->next)
		if (c->part->loop->is_hl)
			write_node(x, c, above);
	p = n->late;
	write_bytes(x, n, p->late, p->origins + p->early_count,
	    p->count - p->early_count);
}

void
record_group_write(const struct record_node *set, struct writer *w,
    const struct guide *g, const char *control, const char *reference,
    struct buf *owners)
{
	struct writing x = { w, owners, reference, 0 };
	struct record_node *n = (struct record_node *)(uintptr_t)set;
	const struct guide_segment *st = g->root->body->children[0].segment;

	writer_st(w, g->set, control, st->elements[2].usage !=
	    USAGE_NOT_USED ? g->id : "");
	own(&x, n, NULL);
	write_node(&x, n, 0);
	writer_se(w);
	own(&x, n, NULL);
}

static void
refuse(struct record_item *item, const struct record_fault *fault)
{
	if (item && !item->refused) {
		item->refused = true;
		item->fault = *fault;
	}
}

void
record_group_refuse(struct record_node *n, const struct record_fault *fault)
{
	refuse(n->item, fault);
	for (const struct record_node *s = n->same; s; s = s->same)
		refuse(s->item, fault);
	for (struct record_node *c = n->first; c; c = c->next)
		record_group_refuse(c, fault);
}
