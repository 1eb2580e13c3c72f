/* SPDX-License-Identifier: ISC */
/* Rules listen to a walk: values in, findings out. */
#include "edi/rule/inner.h"

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

static void
checker_set_day(struct rule_checker *k, uint32_t day)
{
	struct rule_book *b = &k->book;

	k->set_date = day;
	b->set_date_known = day != 0;
	b->set_date = (int64_t)day * 100;
	b->today = (int64_t)(k->today ? k->today : day) * 100;
	b->today_known = b->today != 0;
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
		checker_set_day(k, (uint32_t)v);
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
	if (slot && rule_holds(slot->there)) {
		to->segment = rule_since(slot->there)->segment;
		to->offset = rule_since(slot->there)->offset;
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

		if (!rule_holds(slot->there) || p->segment.n == 0)
			continue;
		to->segment = rule_since(slot->there)->segment;
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

static bool
checker_gates_open(const struct rule_bound *r)
{
	for (unsigned i = 0; i < r->gate_count; i++)
		if (!rule_gate_open(&r->gates[i]))
			return false;
	return true;
}

/* What is not plainly so; what a rule needs or forbids was looked at. */
static void __attribute__((noinline))
checker_look_closely(struct rule_checker *k, struct rule_bound *r,
    const struct walk_frame *f)
{
	const struct rule *rule = r->rule;
	struct rule_scene scene = { .bound = r, .today = k->today,
		.set_date = k->set_date };

	if (!r->gates_all && !rule_true(&scene, rule->when))
		return;
	r->judged++;
	if (rule->need ? !rule_holds(r->slots[rule->need->index]->there) :
	    rule->forbid || !rule_true(&scene, rule->check))
		if (!scene.overflow)
			checker_report(k, r, f);
}

static void
checker_judge(struct rule_checker *k, struct rule_bound *r,
    const struct walk_frame *f)
{
	if (!checker_gates_open(r) ||
	    (!r->always && !checker_in_force(k, &r->rule->info)))
		return;
	if (r->gates_all && rule_quick_holds(&r->quick))
		r->judged++;
	else
		checker_look_closely(k, r, f);
}

/* ---- events of the walk ------------------------------------------------- */

static void
checker_begin(struct rule_checker *k, const struct walk_frame *f)
{
	struct rule_book *b = &k->book;
	uint16_t i = f->loop->index;

	b->open[i] = true;
	b->scope_open[b->same[i]->index] = true;
	for (struct rule_listener *l = b->by_loop[i]; l; l = l->next)
		if (!l->check_scope || b->scope_open[l->slot->scope->index])
			rule_loop_take(l->slot, f);
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
checker_clear(struct rule_book *b, uint16_t scope)
{
	for (struct rule_facts *f = b->facts[scope]; f; f = f->next)
		rule_forget(f);
}

static void
checker_end(struct rule_checker *k, const struct walk_frame *f)
{
	struct rule_book *b = &k->book;
	const uint16_t i = f->loop->index, scope = b->same[i]->index;
	const struct rule_dues *dues = &b->dues[i];
	const uint64_t word = *dues->word;

	for (const struct rule_due *d = dues->row; d->bound; d++) {
		struct rule_bound *r = d->bound;

		if ((word & d->mask) != d->want || !rule_looks_so(&d->other))
			continue;
		if (r->plain && rule_quick_holds(&r->quick))
			r->judged++;
		else if (!r->shared || checker_is_here(k, r))
			checker_judge(k, r, f);
	}
	b->open[i] = b->scope_open[scope] = false;
	checker_clear(b, scope);
}

/* A set that broke off leaves loops open. */
static void
checker_clear_all(struct rule_checker *k, const struct guide *g)
{
	for (unsigned i = 0; i < g->loop_count; i++)
		checker_clear(&k->book, (uint16_t)i);
	memset(k->book.open, 0, g->loop_count * sizeof(*k->book.open));
	memset(k->book.scope_open, 0,
	    g->loop_count * sizeof(*k->book.scope_open));
}

static void
checker_on_set(void *ctx, const struct guide *g)
{
	struct rule_checker *k = ctx;

	if (g && g != k->book.guide) {
		rule_book_free(&k->book);
		k->usable = rule_book_make(&k->book, k->rules, g,
		    k->snips, k->e.code ? NULL : &k->e) == 0;
	}
	k->active = g && k->usable;
	if (!k->active)
		return;
	checker_set_day(k, 0);
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

static bool
checker_minds(void *ctx, const struct guide_segment *node)
{
	const struct rule_checker *k = ctx;

	return k->active && (!rule_row_empty(&k->book.rows[node->index]) ||
	    node->tag == TAG_ST ||
	    node->tag == SEGMENT_TAG('B', 'H', 'T') ||
	    node->tag == SEGMENT_TAG('B', 'P', 'R'));
}

static unsigned
checker_minds_loop(void *ctx, const struct guide_loop *loop)
{
	const struct rule_checker *k = ctx;

	return k->active ? k->book.minds[loop->index] : 0;
}

/* The first segments, too, say where the set begins and what "now" was. */
static void __attribute__((noinline))
checker_on_heading(struct rule_checker *k, const struct walk_segment *s,
    const struct rule_row *row)
{
	/* A TA1 is of the envelope's guide. */
	if (s->ordinal == 0)
		return;
	if (s->ordinal == 1)
		k->root.offset = s->segment->offset;
	checker_set_date(k, s->segment);
	rule_row_take(row, s, k->book.scope_open);
}

static void
checker_on_segment(void *ctx, const struct walk_segment *s)
{
	struct rule_checker *k = ctx;
	const struct rule_row *row;

	if (!k->active || !s->node)
		return;
	row = s->by_id ? k->book.rows_by_id : k->book.rows;
	row += s->node->index;
	if (s->ordinal <= CHECKER_HEADING)
		checker_on_heading(k, s, row);
	else
		rule_row_take(row, s, k->book.scope_open);
}

static void
checker_on_loop_end(void *ctx, const struct walk_frame *f)
{
	struct rule_checker *k = ctx;

	if (k->active)
		checker_end(k, f);
}

static void
checker_count(struct rule_book *b)
{
	for (unsigned i = 0; i < b->guide->loop_count; i++)
		for (struct rule_bound *r = b->by_at[i]; r; r = r->next_here) {
			r->rule->info.judged += r->judged;
			r->judged = 0;
		}
}

static void
checker_on_set_end(void *ctx)
{
	struct rule_checker *k = ctx;

	if (k->active) {
		checker_end(k, &k->root);
		checker_count(&k->book);
	}
	k->active = false;
}

static const struct walk_ops checker_ops = {
	.minds = checker_minds,
	.minds_loop = checker_minds_loop,
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
