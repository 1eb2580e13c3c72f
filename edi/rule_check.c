/* SPDX-License-Identifier: ISC */
/* Rules listen to a walk: values in, findings out. */
#include "edi/money.h"
#include "edi/rule_inner.h"

#include <stdio.h>
#include <stdlib.h>

/* BHT and BPR are among the first segments of their sets. */
enum { CHECKER_HEADING = 3 };

struct rule_checker {
	struct walk *walk;
	struct rules *rules;
	uint32_t today, set_date;
	unsigned snips;            /* bit n: rules of type n are judged */
	struct walk_frame root;    /* the set itself */
	struct rule_book book;     /* of the guide that was met last */
	struct err e;
	bool usable;               /* the rules fit the guide */
	bool active;               /* in a set of that guide */
};

/* ---- collecting --------------------------------------------------------- */

/* A bracket names one code where the guide's segment takes several. */
static bool
checker_code_fits(const struct rule_path *p, const struct walk_segment *s)
{
	if (p->code.n == 0)
		return true;
	if (s->node->key[0] == 0)
		return rule_path_code(p, segment_element(s->segment, 1));
	for (unsigned i = 0; i < 2; i++) {
		struct slice key = s->node->key_component[i] ?
		    segment_component(s->segment, s->node->key[i],
		    s->node->key_component[i]) :
		    segment_element(s->segment, s->node->key[i]);

		if (rule_path_code(p, key))
			return true;
	}
	return false;
}

/* A component of a short text: byte by byte is quickest. */
static struct slice
checker_component(struct slice s, char separator, unsigned component)
{
	const char *p = s.p, *end = s.p + s.n, *from = p;

	for (; p < end; p++) {
		if (*p != separator)
			continue;
		if (--component == 0)
			break;
		from = p + 1;
	}
	return component <= 1 ? slice(from, (size_t)(p - from)) :
	    slice(NULL, 0);
}

static inline struct slice
checker_value(const struct segment *s, unsigned element, unsigned component)
{
	struct slice value = element > 0 ? segment_element(s, element) :
	    segment_id(s);

	return component > 0 && value.n > 0 ?
	    checker_component(value, s->delimiters->component, component) :
	    value;
}

static inline void
checker_add(struct rule_slot *slot, struct slice value, uint32_t segment,
    uint64_t offset)
{
	if (slot->count++ == 0) {
		slot->touched = *slot->list;
		*slot->list = slot;
		slot->first_segment = segment;
		slot->first_offset = offset;
		slot->first_length = (uint32_t)value.n;
		if (slot->wants & RULE_WANT_FIRST)
			rule_slot_days(slot, value);
	}
	if (slot->tests || slot->wants & ~(unsigned)RULE_WANT_FIRST)
		rule_slot_take(slot, value, segment, offset);
}

/* Components from..to of an element. */
static void
checker_take_parts(struct rule_slot *slot, const struct walk_segment *s,
    struct slice value)
{
	const struct rule_path *path = slot->path;
	const char separator = s->segment->delimiters->component;
	const char *p = value.p, *end = value.p + value.n, *from = p;
	unsigned part = 1;

	for (;; p++) {
		if (p < end && *p != separator)
			continue;
		if (part >= path->component && p > from)
			checker_add(slot, slice(from, (size_t)(p - from)),
			    s->ordinal, s->segment->offset);
		if (p == end || part++ == path->last_component)
			return;
		from = p + 1;
	}
}

static void
checker_take_range(struct rule_slot *slot, const struct walk_segment *s)
{
	const struct rule_path *p = slot->path;

	for (unsigned i = p->element; i <= p->last_element &&
	    i <= s->segment->count; i++) {
		struct slice value = segment_element(s->segment, i);

		if (value.n > 0 && p->component > 0)
			checker_take_parts(slot, s, value);
		else if (value.n > 0)
			checker_add(slot, value, s->ordinal,
			    s->segment->offset);
	}
}

static void
checker_take(const struct rule_link *l, const struct walk_segment *s)
{
	struct slice value;

	if ((l->check_code || s->by_id) &&
	    !checker_code_fits(l->slot->path, s))
		return;
	if (l->range) {
		checker_take_range(l->slot, s);
		return;
	}
	value = checker_value(s->segment, l->element, l->component);
	if (value.n > 0)
		checker_add(l->slot, value, s->ordinal,
		    s->segment->offset);
}

/* BHT04, or the payment's own day: what "now" was for the set. */
static void
checker_set_date(struct rule_checker *k, const struct segment *s)
{
	struct slice day = slice(NULL, 0);
	uint64_t v;

	if (s->tag == SEGMENT_TAG('B', 'H', 'T'))
		day = segment_element(s, 4);
	else if (s->tag == SEGMENT_TAG('B', 'P', 'R'))
		day = segment_element(s, 16);
	if (day.n == 8 && slice_u64(day, &v))
		k->set_date = (uint32_t)v;
}

/* ---- judging ------------------------------------------------------------ */

static const char *
checker_first_id(const struct guide_loop *loop)
{
	return loop->body->children[0].segment->id;
}

/* The segment that a path is about; of a loop, the one it begins with. */
static void
checker_place_id(const struct rule_checker *k, const struct rule_path *p,
    struct finding *to)
{
	struct guide_place at;
	char loop[sizeof(to->loop)];

	if (p->segment.n > 0)
		slice_copy(p->segment, to->id, sizeof(to->id));
	else if (slice_copy(p->loop, loop, sizeof(loop)) &&
	    guide_find(k->book.guide, loop, &at) && at.loop)
		slice_copy(slice_str(checker_first_id(at.loop)), to->id,
		    sizeof(to->id));
}

/* Where a finding is shown: what it is about, or the loop's beginning. */
static void
checker_place(const struct rule_checker *k, const struct rule_bound *r,
    const struct walk_frame *f, struct finding *to)
{
	const struct rule *rule = r->rule;
	const struct rule_node *on = rule->on ? rule->on : rule->forbid;
	const struct rule_node *at = on ? on : rule->near;
	const struct rule_slot *slot = at ? r->slots[at->index] : NULL;

	slice_copy(slice_str(f->loop->id), to->loop, sizeof(to->loop));
	to->segment = f->segment;
	to->offset = f->offset;
	if (slot && slot->count > 0) {
		to->segment = slot->first_segment;
		to->offset = slot->first_offset;
	}
	if (!on)
		on = rule->need;
	if (!on) {
		slice_copy(slice_str(checker_first_id(f->loop)), to->id,
		    sizeof(to->id));
		return;
	}
	if (on->path.loop.n > 0)
		slice_copy(on->path.loop, to->loop, sizeof(to->loop));
	checker_place_id(k, &on->path, to);
	to->element = on->path.element;
	to->component = on->path.component;
	if (on == rule->need)
		snprintf(to->detail, sizeof(to->detail), "%.*s is missing",
		    SLICE_ARG(on->path.text));
}

/* What in `when` made the rule due: its first path that is there. */
static void
checker_trigger(const struct rule_bound *r, struct finding_trigger *to)
{
	for (unsigned i = 0; i < r->rule->when_paths; i++) {
		const struct rule_slot *slot = r->slots[i];
		const struct rule_path *p = &r->rule->paths[i]->path;

		if (slot->count == 0 || p->segment.n == 0)
			continue;
		to->segment = slot->first_segment;
		slice_copy(p->segment, to->id, sizeof(to->id));
		slice_copy(p->loop.n > 0 ? p->loop :
		    slice_str(slot->scope->id), to->loop, sizeof(to->loop));
		to->element = p->element;
		to->component = p->component;
		return;
	}
}

static bool
checker_in_force(const struct rule_checker *k, const struct rule_info *i)
{
	return (i->from == 0 || k->set_date == 0 || k->set_date >= i->from) &&
	    (i->until == 0 || k->set_date == 0 || k->set_date <= i->until);
}

static void
checker_report(struct rule_checker *k, struct rule_bound *r,
    const struct walk_frame *f)
{
	struct finding where = { .claim = walk_claim(k->walk) };

	r->rule->info.fired++;
	checker_place(k, r, f, &where);
	checker_trigger(r, &where.trigger);
	walk_report(k->walk, &r->rule->info.def, &where);
}

static void
checker_judge(struct rule_checker *k, struct rule_bound *r,
    const struct walk_frame *f)
{
	struct rule *rule = r->rule;
	struct rule_scene scene = { .bound = r, .today = k->today,
		.set_date = k->set_date };
	bool bad;

	if (!checker_in_force(k, &rule->info) ||
	    (rule->when && !rule_true(&scene, rule->when)))
		return;
	rule->info.judged++;
	bad = rule->need ? r->slots[rule->need->index]->count == 0 :
	    rule->forbid ? r->slots[rule->forbid->index]->count > 0 :
	    !rule_true(&scene, rule->check);
	if (bad && !scene.overflow)
		checker_report(k, r, f);
}

/* ---- events of the walk ------------------------------------------------- */

static void
checker_begin(struct rule_checker *k, const struct walk_frame *f)
{
	struct rule_book *b = &k->book;
	uint16_t i = f->loop->index;

	b->open[i] = true;
	b->scope_open[b->same[i]->index] = true;
	for (struct rule_link *l = b->by_loop[i]; l; l = l->next)
		if (*l->open)
			checker_add(l->slot, slice_str(f->loop->id),
			    f->segment, f->offset);
}

/* Is it this placement, or the same body elsewhere? */
static bool
checker_is_here(const struct rule_checker *k, const struct rule_bound *r)
{
	for (unsigned i = 0; i < r->depth; i++)
		if (!k->book.open[r->chain[i]->index])
			return false;
	return true;
}

static void
checker_clear(struct rule_slot **touched)
{
	for (struct rule_slot *s = *touched; s; s = s->touched)
		rule_slot_clear(s);
	*touched = NULL;
}

static void
checker_end(struct rule_checker *k, const struct walk_frame *f)
{
	struct rule_book *b = &k->book;
	uint16_t i = f->loop->index, scope = b->same[i]->index;
	const struct guide_loop *const *chain = NULL;
	bool here = true;

	for (const struct rule_due *d = b->due[i]; d->gate; d++) {
		struct rule_bound *r = d->bound;

		if (*d->gate == 0)
			continue;
		if (r->shared && r->chain != chain) {
			chain = r->chain;
			here = checker_is_here(k, r);
		}
		if (!r->shared || here)
			checker_judge(k, r, f);
	}
	b->open[i] = b->scope_open[scope] = false;
	checker_clear(&b->touched[scope]);
}

/* A set that broke off leaves loops open. */
static void
checker_clear_all(struct rule_checker *k, const struct guide *g)
{
	for (unsigned i = 0; i < g->loop_count; i++)
		checker_clear(&k->book.touched[i]);
	memset(k->book.open, 0, g->loop_count * sizeof(*k->book.open));
	memset(k->book.scope_open, 0,
	    g->loop_count * sizeof(*k->book.scope_open));
}

static void
checker_on_set(void *ctx, const struct guide *g)
{
	struct rule_checker *k = ctx;

	k->set_date = 0;
	if (g && g != k->book.guide) {
		rule_book_free(&k->book);
		k->usable = rule_book_make(&k->book, k->rules, g,
		    k->snips, k->e.code ? NULL : &k->e) == 0;
	}
	k->active = g && k->usable;
	if (!k->active)
		return;
	checker_clear_all(k, g);
	k->root = (struct walk_frame){ .loop = g->root, .segment = 1 };
	checker_begin(k, &k->root);
}

static void
checker_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	struct rule_checker *k = ctx;

	if (k->active)
		checker_begin(k, f);
}

static void
checker_on_segment(void *ctx, const struct walk_segment *s)
{
	struct rule_checker *k = ctx;

	/* Ordinal 0 is a TA1, of the envelope's guide. */
	if (!k->active || s->ordinal == 0)
		return;
	if (s->ordinal == 1)
		k->root.offset = s->segment->offset;
	if (s->ordinal <= CHECKER_HEADING)
		checker_set_date(k, s->segment);
	if (!s->node)
		return;
	for (const struct rule_link *l = k->book.links[s->node->index];
	    l->slot; l++)
		if (*l->open)
			checker_take(l, s);
}

static void
checker_on_loop_end(void *ctx, const struct walk_frame *f)
{
	struct rule_checker *k = ctx;

	if (k->active)
		checker_end(k, f);
}

static void
checker_on_set_end(void *ctx)
{
	struct rule_checker *k = ctx;

	if (k->active)
		checker_end(k, &k->root);
	k->active = false;
}

static const struct walk_ops checker_ops = {
	.on_set = checker_on_set,
	.on_loop_begin = checker_on_loop_begin,
	.on_segment = checker_on_segment,
	.on_loop_end = checker_on_loop_end,
	.on_set_end = checker_on_set_end,
};

struct rule_checker *
rule_checker_new(struct walk *w, struct rules *r, unsigned snips,
    uint32_t today)
{
	struct rule_checker *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->walk = w;
	k->rules = r;
	k->snips = snips;
	k->today = today;
	walk_add(w, &checker_ops, k);
	return k;
}

void
rule_checker_free(struct rule_checker *k)
{
	if (k)
		rule_book_free(&k->book);
	free(k);
}

int
rule_checker_error(const struct rule_checker *k, struct err *e)
{
	return k->e.code ? err_set(e, k->e.code, "rules could not be judged: "
	    "%s", k->e.text) : 0;
}

int
rules_check(struct rules *r, struct guides *g, struct err *e)
{
	char id[16], set[4];
	int rc = 0;

	for (unsigned i = 0; rc == 0 && guides_builtin(i, id, set); i++) {
		const struct guide *guide = guides_find(g, slice_str(id),
		    slice_str(set), e);
		struct rule_book *book;

		if (!guide)
			return e && e->code ? e->code : -EINVAL;
		book = calloc(1, sizeof(*book));
		if (!book)
			return err_set(e, -ENOMEM, "out of memory");
		rc = rule_book_make(book, r, guide, ~0u, e);
		rule_book_free(book);
		free(book);
	}
	return rc;
}
