/* SPDX-License-Identifier: ISC */
#include "edi/record/out.h"

#include <inttypes.h>
#include <stdlib.h>

#include "edi/record/fill.h"
#include "edi/record/print.h"

enum {
	LEVEL_MEMORY = 64 << 20,   /* values of one level */
	LINE_MAX_BYTES = 128 << 20,
};

/* The set, or a loop that leads to claims, or a claim. */
struct level {
	struct arena arena;
	struct record_value *root;    /* of the record's shape */
	struct buf text;              /* its members, as JSON */
	uint32_t segment;             /* ordinal of its first */
	bool printed;                 /* text is of now */
	bool fresh;                   /* says what no record has said */
};

/* The object that a loop's segments go to. */
struct place {
	struct record_value *object;
	const struct record_field *field;
	unsigned level;
	bool again;        /* a second instance of what may come once */
	bool inside;       /* a loop came between LS and LE */
	struct record_value *opening;   /* an LS in `other`, before one came */
};

struct record_out {
	const struct scan *scan;
	struct record_kinds *kinds;
	record_out_line *on_line;
	record_out_whole *on_tree;     /* in its place */
	void *ctx;
	struct arena trees;           /* the levels' values as one */
	const struct record_kind *kind;
	const char *const *only;      /* NULL: all kinds */
	struct level levels[RECORD_LEVELS];
	unsigned top;                 /* the innermost level */
	struct place places[WALK_DEPTH + 1];
	struct buf line;
	struct record_out_counts counts;
	struct err error;
};

/* ---- errors ------------------------------------------------------------- */

static void
too_large(struct record_out *o)
{
	if (o->error.code == 0)
		err_set(&o->error, -EFBIG, "one claim, or what stands above "
		    "it, is too large for a record");
}

static bool
working(const struct record_out *o)
{
	return o->kind && o->error.code == 0;
}

/* ---- a record ----------------------------------------------------------- */

static void
print_level(struct record_out *o, struct level *l)
{
	if (l->printed)
		return;
	buf_reset(&l->text);
	record_print_members(&l->text, o->kind->root, l->root,
	    o->kind->root->first, true);
	l->printed = true;
}

static void
print_place(struct record_out *o, const char *name, uint64_t number,
    const char *then)
{
	buf_add_str(&o->line, name);
	buf_add_u64(&o->line, number);
	buf_add_str(&o->line, then);
}

/* Where it came from: numbers that may be logged, and the claim's place. */
static void
print_source(struct record_out *o)
{
	const struct scan_interchange *i = scan_interchange(o->scan);
	const struct scan_group *g = scan_group(o->scan);
	const struct scan_set *s = scan_set(o->scan);

	buf_add_str(&o->line, "{\"type\":\"");
	buf_add_str(&o->line, o->kind->name);
	buf_add_str(&o->line, "\",\"source\":{");
	if (i && g && s) {
		print_place(o, "\"interchange\":", i->control, ",");
		print_place(o, "\"group\":", g->control, ",");
		print_place(o, "\"set\":", s->ordinal, ",");
	}
	print_place(o, "\"segment\":", o->levels[o->top].segment, "}");
}

static void
print_others(struct record_out *o)
{
	const struct record_field *f = o->kind->root->first;
	bool some = false;

	for (unsigned i = 0; i <= o->top; i++) {
		const struct record_value *v = o->levels[i].root->cell[0];

		if (!v)
			continue;
		if (!some)
			buf_add_str(&o->line, ",\"other\":[");
		record_print_items(&o->line, f, v, some);
		some = true;
	}
	if (some)
		buf_add_char(&o->line, ']');
}

/* One object of the members that stand in several levels. */
static void
hand_out_tree(struct record_out *o)
{
	const struct scan_interchange *i = scan_interchange(o->scan);
	const struct scan_group *g = scan_group(o->scan);
	const struct scan_set *s = scan_set(o->scan);
	struct record_value *root;

	arena_reset(&o->trees);
	root = record_object(&o->trees, o->kind->root);
	if (!root) {
		too_large(o);
		return;
	}
	for (unsigned n = 0; n <= o->top; n++) {
		for (unsigned c = 0; c < o->kind->root->count; c++)
			if (o->levels[n].root->cell[c])
				root->cell[c] = o->levels[n].root->cell[c];
		o->levels[n].fresh = false;
	}
	o->counts.records++;
	o->on_tree(o->ctx, &(struct record_whole){ o->kind, root,
		i ? i->control : 0, g ? g->control : 0, s ? s->ordinal : 0,
		o->levels[o->top].segment }, &o->error);
}

static void
hand_out(struct record_out *o)
{
	if (o->on_tree) {
		hand_out_tree(o);
		return;
	}
	buf_reset(&o->line);
	print_source(o);
	for (unsigned i = 0; i <= o->top; i++) {
		print_level(o, &o->levels[i]);
		buf_add_slice(&o->line, buf_slice(&o->levels[i].text));
		o->line.failed |= o->levels[i].text.failed;
		o->levels[i].fresh = false;
	}
	print_others(o);
	buf_add_str(&o->line, "}\n");
	if (o->line.failed) {
		too_large(o);
		return;
	}
	o->counts.records++;
	o->on_line(o->ctx, buf_slice(&o->line), &o->error);
}

/* ---- levels ------------------------------------------------------------- */

static bool
begin_level(struct record_out *o, unsigned n, uint32_t segment)
{
	struct level *l = &o->levels[n];

	arena_reset(&l->arena);
	l->root = record_object(&l->arena, o->kind->root);
	l->printed = l->fresh = false;
	l->segment = segment;
	o->top = n;
	if (!l->root)
		too_large(o);
	return l->root;
}

static void
end_level(struct record_out *o)
{
	if (o->levels[o->top].fresh)
		hand_out(o);
}

/* ---- the walk ----------------------------------------------------------- */

static bool
wanted(const struct record_out *o)
{
	const char *const *name = o->only;

	while (o->kind && name && *name && strcmp(*name, o->kind->name) != 0)
		name++;
	return o->kind && (!name || *name);
}

static void
out_on_set(void *ctx, const struct guide *g)
{
	struct record_out *o = ctx;

	o->kind = NULL;
	if (o->error.code != 0)
		return;
	o->kind = g ? record_kind_of(o->kinds, g, &o->error) : NULL;
	if (!wanted(o)) {
		o->kind = NULL;
		o->counts.skipped++;
		return;
	}
	if (begin_level(o, 0, 1))
		o->places[0] = (struct place){ .object = o->levels[0].root,
			.field = o->kind->root };
}

static void
enter_object(struct record_out *o, struct place *to,
    const struct record_loop *loop, bool again)
{
	struct arena *a = &o->levels[o->top].arena;
	struct record_value **cell, *object;

	if (loop->path.count == 0) {
		to->again |= again;
		return;
	}
	cell = record_cell(a, to->object, to->field, &loop->path);
	object = cell ? *cell : NULL;
	if (object && !loop->path.field->list)
		to->again |= again;
	if (cell && (!object || loop->path.field->list)) {
		object = record_object(a, loop->path.field);
		if (object)
			record_append(cell, object);
	}
	if (!object)
		too_large(o);
	to->object = object;
	to->field = loop->path.field;
}

/* The loops that an LS announced are there: it follows from them. */
static void
enter_bracket(struct record_out *o, struct place *at)
{
	struct record_value *v = at->object->cell[0];

	at->inside = true;
	if (!at->opening)
		return;
	if (v == at->opening) {
		at->object->cell[0] = NULL;
	} else {
		while (v->next != at->opening)
			v = v->next;
		v->next = NULL;
		at->object->cell[0]->last = v;
	}
	at->opening = NULL;
	o->counts.others--;
}

static void
out_on_loop_begin(void *ctx, const struct walk_frame *f)
{
	struct record_out *o = ctx;
	const struct record_loop *loop;
	struct place *to = &o->places[f->depth];

	if (!working(o))
		return;
	loop = &o->kind->loops[f->loop->index];
	if (loop->chain && !begin_level(o, o->top + 1, f->segment))
		return;
	if (loop->bracketed)
		enter_bracket(o, to - 1);
	*to = to[-1];
	to->inside = false;
	to->opening = NULL;
	if (loop->chain || loop->from_root)
		*to = (struct place){ .object = o->levels[o->top].root,
			.field = o->kind->root, .level = o->top,
			.again = to->again && !loop->chain };
	enter_object(o, to, loop, f->instance > 1 && !loop->chain);
}

static void
out_on_loop_end(void *ctx, const struct walk_frame *f)
{
	struct record_out *o = ctx;

	if (!working(o) || !o->kind->loops[f->loop->index].chain)
		return;
	end_level(o);
	o->top--;
}

/* As it was, with its delimiters where they are not the usual ones. */
static void
keep_other(struct record_out *o, const struct walk_segment *s)
{
	const struct place *at = &o->places[s->frame->depth];
	struct arena *a = &o->levels[at->level].arena;
	const struct record_field *f = at->field->first;
	const struct delimiters *d = s->segment->delimiters;
	const char own[] = { d->element, d->component, d->repetition ?
		d->repetition : ' ' };
	struct slice texts[3] = { slice_str(s->frame->loop->id),
		segment_text(s->segment), { own, 3 } };
	struct record_value *v = record_object(a, f);

	if (memcmp(own, "*:^", 3) == 0)
		texts[2].n = 0;
	for (unsigned i = 0; i < 3 && v; i++) {
		struct record_value *t;

		if (i == 2 && texts[i].n == 0)
			continue;
		t = arena_alloc(a, sizeof(*t) + texts[i].n + 1);
		if (!t) {
			v = NULL;
			break;
		}
		memcpy(t->cell, texts[i].p, texts[i].n);
		t->text = slice((const char *)t->cell, texts[i].n);
		v->cell[i] = t;
	}
	o->counts.others++;
	if (v)
		record_append(&at->object->cell[0], v);
	else
		too_large(o);
}

/*
 * LS and LE follow from the loops between them. An LS is kept until such a
 * loop comes, an LE where none came.
 */
static bool
is_bracket(struct record_out *o, const struct walk_segment *s,
    struct place *at)
{
	if (s->segment->count != 1 || !slice_eq(segment_element(s->segment, 1),
	    record_constant(&s->node->elements[0])))
		return false;
	if (s->node->id[1] == 'E')
		return at->inside;
	keep_other(o, s);
	if (o->error.code == 0)
		at->opening = at->object->cell[0]->last;
	return true;
}

static void
out_on_segment(void *ctx, const struct walk_segment *s)
{
	struct record_out *o = ctx;
	enum record_filled filled = RECORD_OTHER;
	const struct record_map *m;
	struct place *at;
	struct level *l;

	if (!working(o) || s->ordinal == 0)
		return;
	at = &o->places[s->frame->depth];
	if (s->node && !s->by_id && record_is_frame(s->node) &&
	    (!record_is_bracket(s->node) || is_bracket(o, s, at)))
		return;
	l = &o->levels[at->level];
	l->fresh = true;
	l->printed = false;
	m = s->node && !s->by_id && !at->again ?
	    record_map_for(o->kind->maps[s->node->index], s->segment) : NULL;
	if (m)
		filled = record_fill(&l->arena, m, s->segment, at->object,
		    at->field);
	if (filled == RECORD_OTHER)
		keep_other(o, s);
	else if (filled == RECORD_NO_MEMORY)
		too_large(o);
}

static void
out_on_set_end(void *ctx)
{
	struct record_out *o = ctx;

	if (working(o))
		end_level(o);
	o->kind = NULL;
}

static const struct walk_ops out_ops = {
	.on_set = out_on_set,
	.on_loop_begin = out_on_loop_begin,
	.on_segment = out_on_segment,
	.on_loop_end = out_on_loop_end,
	.on_set_end = out_on_set_end,
};

/* ---- making ------------------------------------------------------------- */

struct record_out *
record_out_new(const struct scan *s, struct walk *w, struct record_kinds *k,
    record_out_line *on_line, void *ctx)
{
	struct record_out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->scan = s;
	o->kinds = k;
	o->on_line = on_line;
	o->ctx = ctx;
	buf_init(&o->line, LINE_MAX_BYTES);
	arena_init(&o->trees, LEVEL_MEMORY);
	for (unsigned i = 0; i < RECORD_LEVELS; i++) {
		arena_init(&o->levels[i].arena, LEVEL_MEMORY);
		buf_init(&o->levels[i].text, LINE_MAX_BYTES);
	}
	walk_add(w, &out_ops, o);
	return o;
}

struct record_out *
record_out_wholes(const struct scan *s, struct walk *w,
    struct record_kinds *k, record_out_whole *on_tree, void *ctx)
{
	struct record_out *o = record_out_new(s, w, k, NULL, ctx);

	if (o)
		o->on_tree = on_tree;
	return o;
}

void
record_out_only(struct record_out *o, const char *const *kinds)
{
	o->only = kinds;
}

void
record_out_free(struct record_out *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < RECORD_LEVELS; i++) {
		arena_free(&o->levels[i].arena);
		buf_free(&o->levels[i].text);
	}
	buf_free(&o->line);
	arena_free(&o->trees);
	free(o);
}

int
record_out_error(const struct record_out *o, struct err *e)
{
	if (o->error.code != 0 && e)
		*e = o->error;
	return o->error.code;
}

struct record_out_counts
record_out_counts(const struct record_out *o)
{
	return o->counts;
}
