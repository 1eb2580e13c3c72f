/* SPDX-License-Identifier: ISC */
/*
 * A rule meets a guide: each path gets a slot, filled within one instance of
 * the nearest loop that holds both the rule's own loop and the path's.
 */
#include "edi/rule/inner.h"
#include "edi/transaction.h"

#include <stdlib.h>

enum { RULE_BOOK_ARENA = 16 << 20, RULE_SLOT_TEXT = 256 * 1024 };

struct rule_binder {
	struct rule_book *book;
	struct rule *rule;
	const struct guide_loop *chain[WALK_DEPTH];  /* root .. the rule's */
	unsigned depth;
	struct err *e;
};

/* ---- slots -------------------------------------------------------------- */

static bool
rule_listener_add(struct rule_binder *b, struct rule_listener **at,
    struct rule_slot *slot, bool check_code)
{
	struct rule_listener *one = arena_alloc(&b->book->arena, sizeof(*one));

	if (!one)
		return false;
	*one = (struct rule_listener){ .slot = slot, .next = *at,
		.check_code = check_code };
	*at = one;
	return true;
}

/* The loop that a path speaks of: of itself, the scope. */
static struct slice
rule_path_loop(const struct rule_path *p, const struct guide_loop *scope)
{
	return p->loop.n > 0 ? p->loop : slice_str(scope->id);
}

/* The same values in the scope, however the paths are written. */
static bool
rule_path_same(const struct rule_path *a, const struct rule_path *b,
    const struct guide_loop *scope)
{
	return slice_eq(a->segment, b->segment) && slice_eq(a->code, b->code) &&
	    a->element == b->element && a->last_element == b->last_element &&
	    a->component == b->component &&
	    a->last_component == b->last_component &&
	    slice_eq(rule_path_loop(a, scope), rule_path_loop(b, scope));
}

/* The same path in the same scope is one slot, whatever rules ask for it. */
static struct rule_slot *
rule_slot_find(struct rule_binder *b, const struct rule_path *path,
    const struct guide_loop *scope)
{
	for (unsigned i = 0; i < b->book->slot_count; i++) {
		struct rule_slot *s = b->book->slots[i];

		if (s->scope == scope && rule_path_same(s->path, path, scope))
			return s;
	}
	return NULL;
}

static bool
rule_slot_fact(struct rule_book *k, const struct rule_slot *s,
    struct rule_fact *to)
{
	return rule_fact_new(&k->facts[s->scope->index], &k->arena, to);
}

static struct rule_slot *
rule_slot_new(struct rule_binder *b, const struct rule_path *path,
    const struct guide_loop *scope)
{
	struct rule_book *k = b->book;
	struct rule_slot *s = k->slot_count < RULE_SLOTS ?
	    arena_alloc(&k->arena, sizeof(*s)) : NULL;

	if (s) {
		s->path = path;
		s->scope = scope;
	}
	if (!s || !rule_slot_fact(k, s, &s->there)) {
		err_set(b->e, -ENOMEM, "too many rules for one guide");
		return NULL;
	}
	buf_init(&s->text, RULE_SLOT_TEXT);
	k->slots[k->slot_count++] = s;
	return s;
}

/* ---- finding a path's place --------------------------------------------- */

/* Where a guide tells no siblings apart, a bracket means the first element. */
static const struct guide_element *
rule_key_element(const struct guide_segment *g, unsigned i)
{
	unsigned key = i == 0 && g->key[0] == 0 ? 1 : g->key[i];
	const struct guide_element *e = key > 0 && key <= g->count ?
	    &g->elements[key - 1] : NULL;

	return e && g->key_component[i] ?
	    &e->components[g->key_component[i] - 1] : e;
}

/* How many of these codes the bracket names. */
static uint32_t
rule_codes_named(const struct guide_element *e, const struct rule_path *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; e && e->codes && i < e->codes->count; i++)
		n += rule_path_code(p, e->codes->text[i]);
	return n;
}

/* Does the guide's segment have the elements, and a code of the bracket? */
static bool
rule_segment_has(const struct guide_segment *g, const struct rule_path *p)
{
	if (!slice_is(p->segment, g->id) || p->last_element > g->count)
		return false;
	for (unsigned i = p->element; p->component && i <= p->last_element;
	    i++)
		if (p->last_component > g->elements[i - 1].component_count)
			return false;
	return p->code.n == 0 ||
	    rule_codes_named(rule_key_element(g, 0), p) > 0 ||
	    rule_codes_named(rule_key_element(g, 1), p) > 0;
}

/* Can the guide's segment carry no code that the bracket does not name? */
static bool
rule_segment_only(const struct guide_segment *g, const struct rule_path *p)
{
	const struct guide_element *e = rule_key_element(g, 0);

	return p->code.n == 0 ||
	    (e && e->codes && rule_codes_named(e, p) == e->codes->count);
}

/* Link the slot to what it listens to in this loop; how many places. */
static int
rule_listen(struct rule_binder *b, const struct guide_loop *loop,
    const struct rule_path *path, struct rule_slot *slot)
{
	int found = 0;

	if (path->segment.n == 0)
		return rule_listener_add(b, &b->book->by_loop[loop->index],
		    slot, false);
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_child *c = &loop->body->children[i];

		if (c->loop || !rule_segment_has(c->segment, path))
			continue;
		if (!rule_listener_add(b,
		    &b->book->by_segment[c->segment->index], slot,
		    !rule_segment_only(c->segment, path)))
			return -ENOMEM;
		found++;
	}
	return found;
}

static bool
rule_has_place(const struct guide_loop *loop, const struct rule_path *path)
{
	if (path->segment.n == 0)
		return true;
	for (unsigned i = 0; i < loop->body->count; i++)
		if (!loop->body->children[i].loop &&
		    rule_segment_has(loop->body->children[i].segment, path))
			return true;
	return false;
}

/*
 * The path's loops in the subtree of `loop`; with a slot, link it to them. A
 * body that stands in two places is the same segments: linked once is enough,
 * so a body already seen is passed over by the caller's order of search.
 */
static int
rule_search(struct rule_binder *b, const struct guide_loop *loop,
    const struct rule_path *path, struct rule_slot *slot,
    const struct guide_body **seen)
{
	int found = 0, rc;

	if (slice_is(path->loop, loop->id) && rule_has_place(loop, path)) {
		if (!slot)
			return 1;
		if (*seen != loop->body || path->segment.n == 0) {
			*seen = loop->body;
			rc = rule_listen(b, loop, path, slot);
			if (rc < 0)
				return rc;
		}
		found++;
	}
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_loop *child = loop->body->children[i].loop;

		if (!child)
			continue;
		rc = rule_search(b, child, path, slot, seen);
		if (rc < 0 || (rc > 0 && !slot))
			return rc;
		found += rc;
	}
	return found;
}

static struct rule_slot *
rule_slot_at(struct rule_binder *b, const struct guide_loop *scope,
    const struct rule_path *path)
{
	struct rule_slot *s = rule_slot_find(b, path, scope);
	const struct guide_body *seen = NULL;
	int rc;

	if (s)
		return s;
	s = rule_slot_new(b, path, scope);
	if (!s)
		return NULL;
	rc = path->loop.n > 0 ? rule_search(b, scope, path, s, &seen) :
	    rule_listen(b, scope, path, s);
	if (rc <= 0) {
		err_set(b->e, -ENOMEM, "too many rules for one guide");
		return NULL;
	}
	return s;
}

static struct rule_slot *
rule_slot_for(struct rule_binder *b, const struct rule_path *path)
{
	for (unsigned i = b->depth; i-- > 0;) {
		const struct guide_loop *scope =
		    b->book->same[b->chain[i]->index];
		const struct guide_body *seen = NULL;
		bool here = path->loop.n > 0 ?
		    rule_search(b, scope, path, NULL, &seen) > 0 :
		    rule_has_place(scope, path);

		if (here)
			return rule_slot_at(b, scope, path);
	}
	err_set(b->e, -EINVAL, "%s:%u: rule %s: %.*s has no place in %s",
	    b->rule->info.file, b->rule->info.line, b->rule->info.def.name,
	    SLICE_ARG(path->text), b->book->guide->id);
	return NULL;
}

/* ---- what must be kept of the values ------------------------------------ */

/* `value`: the node stands where its values are compared. */
static void
rule_want(struct rule_bound *r, const struct rule_node *n, bool value)
{
	struct rule_slot *slot;

	if (!n || n->test)
		return;
	slot = n->op == RULE_PATH ? r->slots[n->index] :
	    n->a && n->a->op == RULE_PATH ? r->slots[n->a->index] : NULL;
	switch (n->op) {
	case RULE_PATH:
		slot->wants |= value ? RULE_WANT_VALUES : 0;
		return;
	case RULE_SUM:
		slot->wants |= RULE_WANT_SUM;
		return;
	case RULE_LOWEST:
	case RULE_HIGHEST:
		slot->wants |= RULE_WANT_EXTREMES;
		return;
	case RULE_FROM:
	case RULE_TO:
	case RULE_LENGTH:
		slot->wants |= RULE_WANT_FIRST;
		return;
	case RULE_DISTINCT:
		slot->wants |= RULE_WANT_TEXTS;
		return;
	case RULE_COUNT:
		slot->wants |= RULE_WANT_COUNT;
		return;
	case RULE_AND:
	case RULE_OR:
	case RULE_NOT:
		value = false;
		break;
	default:
		value = true;
	}
	rule_want(r, n->a, value);
	rule_want(r, n->b, value);
}

/* Numbers and days may be unknown, too. False: out of memory. */
static bool
rule_slot_known(struct rule_book *k, struct rule_slot *s)
{
	if (s->wants & RULE_WANT_EXTREMES && !s->numbers.of &&
	    !rule_slot_fact(k, s, &s->numbers))
		return false;
	return !(s->wants & RULE_WANT_FIRST) || s->from_known.of ||
	    (rule_slot_fact(k, s, &s->from_known) &&
	    rule_slot_fact(k, s, &s->to_known));
}

/* ---- a rule at a loop --------------------------------------------------- */

/* A test belongs to a slot; two rules may have it in common. */
static struct rule_test *
rule_test_of(struct rule_binder *b, struct rule_slot *slot,
    const struct rule_node *node)
{
	struct rule_test *t = slot->tests;

	while (t && !rule_test_same(t->node, node))
		t = t->next;
	if (t)
		return t;
	t = arena_alloc(&b->book->arena, sizeof(*t));
	if (!t)
		return NULL;
	*t = (struct rule_test){ .node = node, .next = slot->tests };
	slot->tests = t;
	return rule_slot_fact(b->book, slot, &t->hit) &&
	    rule_test_make(t, &b->book->arena) ? t : NULL;
}

static int
rule_bind_values(struct rule_binder *b, struct rule_bound *r)
{
	const struct rule *rule = b->rule;

	for (unsigned i = 0; i < rule->path_count; i++) {
		r->slots[i] = rule_slot_for(b, &rule->paths[i]->path);
		if (!r->slots[i])
			return b->e ? b->e->code : -EINVAL;
	}
	for (unsigned i = 0; i < rule->test_count; i++) {
		const struct rule_node *node = rule->tests[i];

		r->tests[i] = rule_test_of(b, r->slots[node->a->index], node);
		if (!r->tests[i])
			return err_set(b->e, -ENOMEM, "too many rules for one "
			    "guide");
	}
	rule_want(r, rule->when, false);
	rule_want(r, rule->check, false);
	for (unsigned i = 0; i < rule->path_count; i++)
		if (!rule_slot_known(b->book, r->slots[i]))
			return err_set(b->e, -ENOMEM, "too many rules for one "
			    "guide");
	if (!rule_quick_make(b->book, r))
		return err_set(b->e, -ENOMEM, "too many rules for one guide");
	return 0;
}

/* The loops around a placement, the same array for all rules of it. */
static const struct guide_loop *const *
rule_chain(struct rule_binder *b, const struct guide_loop *at)
{
	const struct guide_loop **chain;

	for (const struct rule_bound *r = b->book->by_at[at->index]; r;
	    r = r->next_here)
		if (r->depth == b->depth && memcmp(r->chain, b->chain,
		    b->depth * sizeof(*r->chain)) == 0)
			return r->chain;
	chain = arena_array(&b->book->arena, b->depth, sizeof(*chain));
	if (chain)
		memcpy(chain, b->chain, b->depth * sizeof(*chain));
	return chain;
}

static int
rule_bind_here(struct rule_binder *b, const struct guide_loop *at)
{
	struct rule_bound *r = arena_alloc(&b->book->arena, sizeof(*r));
	struct rule_bound **here = &b->book->by_at[at->index];
	int rc;

	if (!r)
		return err_set(b->e, -ENOMEM, "too many rules for one guide");
	r->rule = b->rule;
	r->at = at;
	rc = rule_bind_values(b, r);
	if (rc < 0)
		return rc;
	for (struct rule_bound *o = *here; o; o = o->next_here) {
		if (o->rule != b->rule)
			continue;
		/* Another placement that sees the same values: one is both. */
		if (memcmp(o->slots, r->slots, sizeof(r->slots)) == 0)
			return 1;
		o->shared = r->shared = true;
	}
	r->chain = rule_chain(b, at);
	r->depth = b->depth;
	if (!r->chain)
		return err_set(b->e, -ENOMEM, "too many rules for one guide");
	r->next_here = *here;
	*here = r;
	return 1;
}

/* Bind at every placement of the rule's loop; how many. */
static int
rule_bind_loops(struct rule_binder *b, const struct guide_loop *loop)
{
	const char *at = b->rule->info.at;
	int found = 0, rc;

	if (b->depth == WALK_DEPTH)
		return 0;
	b->chain[b->depth++] = loop;
	if (strcmp(loop->id, at) == 0 ||
	    (loop == b->book->guide->root && strcmp(at, "set") == 0)) {
		rc = rule_bind_here(b, loop);
		if (rc < 0)
			return rc;
		found += rc;
	}
	for (unsigned i = 0; i < loop->body->count; i++) {
		const struct guide_loop *child = loop->body->children[i].loop;

		rc = child ? rule_bind_loops(b, child) : 0;
		if (rc < 0)
			return rc;
		found += rc;
	}
	b->depth--;
	return found;
}

bool
rule_speaks_of(const struct rule *r, const struct guide *g)
{
	const char *p = r->info.guides;
	char type[8];

	if (*p == '\0')
		return true;
	transaction_type(slice_str(g->set), slice_str(g->id), type);
	while (*p) {
		struct slice word = slice(p, strcspn(p, " ,"));

		if (slice_is(word, type) || slice_is(word, g->id))
			return true;
		p += word.n + strspn(p + word.n, " ,");
	}
	return false;
}

/* The first loop met with a body stands for all that have it. */
static void
rule_book_same(struct rule_book *k, const struct guide_loop *loop)
{
	k->same[loop->index] = loop;
	for (unsigned i = 0; i < k->guide->loop_count; i++)
		if (k->same[i] && k->same[i]->body == loop->body) {
			k->same[loop->index] = k->same[i];
			break;
		}
	for (unsigned i = 0; i < loop->body->count; i++)
		if (loop->body->children[i].loop)
			rule_book_same(k, loop->body->children[i].loop);
}

static int
rule_book_room(struct rule_book *k, const struct guide *g, struct err *e)
{
	const uint16_t loops = g->loop_count, segments = g->segment_count;

	arena_init(&k->arena, RULE_BOOK_ARENA);
	k->guide = g;
#define ROOM(to, count) ((to) = arena_array(&k->arena, (count), sizeof(*(to))))
	if (!ROOM(k->by_segment, segments) || !ROOM(k->rows, segments) ||
	    !ROOM(k->rows_by_id, segments) ||
	    !ROOM(k->by_loop, loops) || !ROOM(k->by_at, loops) ||
	    !ROOM(k->dues, loops) || !ROOM(k->open, loops) ||
	    !ROOM(k->same, loops) || !ROOM(k->scope_open, loops) ||
	    !ROOM(k->facts, loops) || !ROOM(k->minds, loops))
		return err_set(e, -ENOMEM, "out of memory");
#undef ROOM
	rule_book_same(k, g->root);
	return 0;
}

int
rule_book_make(struct rule_book *k, const struct rules *r,
    const struct guide *g, unsigned snips, struct err *e)
{
	int rc = rule_book_room(k, g, e);

	for (struct rule *rule = r->first; rc >= 0 && rule;
	    rule = rule->next) {
		struct rule_binder b = { .book = k, .rule = rule, .e = e };

		if (!rule_speaks_of(rule, g) ||
		    !(snips & 1u << rule->info.def.snip))
			continue;
		rc = rule_bind_loops(&b, g->root);
		/* A rule for any guide need not fit them all. */
		if (rc == 0 && *rule->info.guides)
			rc = err_set(e, -EINVAL, "%s:%u: rule %s: there is no "
			    "loop %s in %s", rule->info.file, rule->info.line,
			    rule->info.def.name, rule->info.at, g->id);
	}
	if (rc >= 0 && (!rule_rows_make(k) || !rule_dues_make(k)))
		rc = err_set(e, -ENOMEM, "too many rules for one guide");
	return rc < 0 ? rc : 0;
}

void
rule_book_free(struct rule_book *k)
{
	for (unsigned i = 0; i < k->slot_count; i++) {
		free(k->slots[i]->values);
		buf_free(&k->slots[i]->text);
	}
	arena_free(&k->arena);
	memset(k, 0, sizeof(*k));
}
