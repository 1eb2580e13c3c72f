/* SPDX-License-Identifier: ISC */
#include "edi/record/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "edi/money.h"
#include "edi/record/group.h"

enum {
	BATCH_OUT = 512 << 20,        /* sets of one batch, as bytes */
	BATCH_MEMORY = 1 << 30,
	LINE_MEMORY = 64 << 20,
};

/* Members of a claim that are told of, or counted; NULL: there is none. */
struct facts {
	const struct record_field *claim, *id, *charge, *date, *lines;
	const struct record_field *line_date;
};

struct record_batch {
	struct record_kinds *kinds;
	const struct inspection_settings *checks;
	const struct record_batch_options *o;
	const struct record_batch_ops *ops;
	void *ctx;
	struct record_form form;
	struct record_defaults *defaults;
	const struct record_kind *kind;   /* of the batch */
	struct facts facts;
	struct arena lines, parts, nodes;
	struct record_item *items;
	uint32_t count;
	struct record_limits limits;
	uint32_t lines_max;
	struct buf sets, out, owners, check;
	struct writer w;                  /* the envelope */
	bool interchange, group;
	uint64_t group_number;
	uint32_t set_number, sets_made;
	uint64_t sets_before;             /* in the interchange */
	uint64_t written, refused;
	/* while a set is inspected */
	struct record_node *set;
	bool clean;
};

/* ---- refusals ----------------------------------------------------------- */

static void
tell(struct record_batch *b, uint64_t line, const struct record_fault *fault)
{
	b->refused++;
	b->ops->on_refused(b->ctx, line, fault);
}

static const struct record_owner *
owner_of(const struct record_batch *b, uint32_t segment)
{
	const struct record_owner *o = (const void *)b->owners.p;

	if (segment == 0 || segment > b->owners.n / sizeof(*o))
		return NULL;
	return &o[segment - 1];
}

/* The claim by its ordinal in the set; NULL: there is none. */
static struct record_node *
claim_of(const struct record_batch *b, uint32_t claim)
{
	const struct record_owner *o = (const void *)b->owners.p;
	const struct record_node *before = NULL;
	uint32_t n = 0;

	for (size_t i = 0; claim > 0 && i < b->owners.n / sizeof(*o); i++) {
		struct record_node *at = o[i].node;

		if (at != before && at->part->loop->is_claim && ++n == claim)
			return at;
		before = at;
	}
	return NULL;
}

/* What is missing is noticed at the segment after the place. */
static bool
is_missing(const struct finding *f)
{
	return f->def == &finding_defs[FINDING_SEGMENT_MISSING] ||
	    f->def == &finding_defs[FINDING_LOOP_MISSING];
}

static void
fault_text(struct record_fault *to, const struct finding *f)
{
	char where[16] = "";

	if (!is_missing(f))
		finding_element_text(f, where, sizeof(where));
	snprintf(to->text, sizeof(to->text), "%s%s%s%s%s%s%s%s", f->def->text,
	    f->detail[0] ? " (" : "", f->detail, f->detail[0] ? ")" : "",
	    f->loop[0] ? "; loop " : "", f->loop, where[0] ? "; " : "",
	    where);
}

static const struct guide_loop *
find_loop(const struct guide_loop *loop, const char *id)
{
	const struct guide_loop *found = NULL;

	if (strcmp(loop->id, id) == 0)
		return loop;
	for (unsigned i = 0; i < loop->body->count && !found; i++)
		if (loop->body->children[i].loop)
			found = find_loop(loop->body->children[i].loop, id);
	return found;
}

/* A loop that the record itself names: submitter. */
static void
missing_member(const struct record_kind *k, const struct finding *f,
    char to[static RECORD_FAULT_FIELD])
{
	const struct guide_loop *loop = find_loop(k->guide->root, f->loop);
	const struct record_loop *l = loop ? &k->loops[loop->index] : NULL;

	if (l && l->from_root && l->path.count == 1)
		snprintf(to, RECORD_FAULT_FIELD, "%s", l->path.field->name);
}

/* Whose fault a finding is: a claim's, a level's with all below, the set's. */
static void
batch_on_finding(void *ctx, const struct finding *f)
{
	struct record_batch *b = ctx;
	const struct record_owner *o = owner_of(b, is_missing(f) &&
	    f->segment > 1 ? f->segment - 1 : f->segment);
	struct record_node *n = claim_of(b, f->claim);
	struct record_fault fault = { "", "", f->def->name };

	if (f->severity != SEVERITY_REJECT)
		return;
	b->clean = false;
	fault_text(&fault, f);
	if (o && o->origin && is_missing(f))
		snprintf(fault.field, sizeof(fault.field), "%s",
		    o->origin->trail);
	else if (o && o->origin)
		record_origin_field(o->origin, f->element, f->component,
		    fault.field);
	if (f->def == &finding_defs[FINDING_LOOP_MISSING])
		missing_member(b->kind, f, fault.field);
	if (!n)
		n = o ? o->node : b->set;
	record_group_refuse(n, &fault);
}

/* ---- is the set good? --------------------------------------------------- */

static const struct scan_ops batch_scan_ops = {
	.on_finding = batch_on_finding,
};

/* A set alone in an envelope of the right form. */
static bool
wrap(struct record_batch *b, struct slice set)
{
	const struct guide *g = b->kind->guide;
	struct writer_gs gs = { g->functional, b->o->sender, b->o->receiver,
		b->o->isa.date, b->o->time, 1, g->id };
	struct writer w;

	buf_reset(&b->check);
	writer_init(&w, &b->check, b->o->delimiters, "");
	writer_isa(&w, &b->o->isa);
	writer_gs(&w, &gs);
	buf_add_slice(&b->check, set);
	w.sets = 1;
	writer_ge(&w);
	writer_iea(&w);
	return writer_error(&w) == WRITER_OK && !b->check.failed;
}

static int
inspect(struct record_batch *b, struct record_node *set, struct slice bytes,
    struct err *e)
{
	struct inspection *x = inspection_new(b->checks, &batch_scan_ops, NULL,
	    b);
	int rc;

	b->set = set;
	if (!x || !wrap(b, bytes)) {
		inspection_free(x);
		return err_set(e, x ? -EINVAL : -ENOMEM, x ? "the envelope "
		    "cannot be written: an identity is too long, or holds a "
		    "delimiter" : "out of memory");
	}
	scan_feed(inspection_scan(x), b->check.p, b->check.n);
	if (scan_finish(inspection_scan(x)) != SCAN_COMPLETE)
		rc = err_set(e, -EINVAL, "what was written cannot be read");
	else
		rc = inspection_error(x, e);
	inspection_free(x);
	return rc;
}

static void
set_control(const struct record_batch *b, const struct record_node *set,
    char to[static 16])
{
	snprintf(to, 16, "%04" PRIu64, b->set_number + set->number);
}

static void
set_reference(const struct record_batch *b, const struct record_node *set,
    char to[static 64])
{
	uint64_t ordinal = b->sets_before + set->number;

	if (b->o->reference)
		snprintf(to, 64, "%.30s-%04" PRIu64, b->o->reference, ordinal);
	else
		snprintf(to, 64, "%09" PRIu64 "-%04" PRIu64,
		    b->o->isa.control, ordinal);
}

/* Write the sets into b->sets; b->clean when nothing had to be refused. */
static int
make_sets(struct record_batch *b, struct err *e)
{
	bool failed;
	struct record_node *n;
	int rc = 0;

	arena_reset(&b->nodes);
	buf_reset(&b->sets);
	b->clean = true;
	b->sets_made = 0;
	n = record_group(&b->nodes, b->items, b->count, &b->limits,
	    &failed);
	for (; n && rc == 0; n = n->next) {
		size_t at = b->sets.n;
		char control[16], reference[64];
		struct writer w;

		n->number = ++b->sets_made;
		set_control(b, n, control);
		set_reference(b, n, reference);
		writer_init(&w, &b->sets, b->o->delimiters, b->o->suffix);
		buf_reset(&b->owners);
		record_group_write(n, &w, b->kind->guide, control, reference,
		    &b->owners);
		if (writer_error(&w) != WRITER_OK || b->owners.failed)
			return err_set(e, -ENOMEM, "out of memory");
		rc = inspect(b, n, slice(b->sets.p + at, b->sets.n - at), e);
	}
	return failed ? err_set(e, -ENOMEM, "out of memory") : rc;
}

/* ---- the envelope ------------------------------------------------------- */

static int
hand_out(struct record_batch *b, struct err *e)
{
	int rc;

	if (writer_error(&b->w) != WRITER_OK)
		return err_set(e, -EINVAL, "the envelope cannot be written");
	rc = b->out.n > 0 ? b->ops->on_bytes(b->ctx, buf_slice(&b->out), e) :
	    0;
	buf_reset(&b->out);
	return rc;
}

static void
open_envelope(struct record_batch *b)
{
	const struct guide *g = b->kind->guide;
	struct writer_gs gs = { g->functional, b->o->sender, b->o->receiver,
		b->o->isa.date, b->o->time, 0, g->id };

	if (!b->interchange)
		writer_isa(&b->w, &b->o->isa);
	b->interchange = true;
	if (b->group)
		return;
	gs.control = b->group_number++;
	writer_gs(&b->w, &gs);
	b->group = true;
	b->set_number = 0;
}

static void
close_group(struct record_batch *b)
{
	if (b->group)
		writer_ge(&b->w);
	b->group = false;
	b->set_number = 0;
}

/* ---- a batch ------------------------------------------------------------ */

static void
forget(struct record_batch *b)
{
	arena_reset(&b->parts);
	b->count = 0;
}

static void
tell_written(const struct record_batch *b, const struct record_item *item)
{
	struct record_written w = { .line = item->line,
		.type = b->kind->name, .group = b->group_number - 1,
		.ordinal = b->sets_before + item->set->number,
		.id = item->id, .charge = item->charge, .date = item->date };
	char control[16];

	set_control(b, item->set, control);
	slice_copy(slice_str(control), w.set, sizeof(w.set));
	b->ops->on_written(b->ctx, &w);
}

static void
count_items(struct record_batch *b)
{
	for (uint32_t i = 0; i < b->count; i++) {
		if (b->items[i].refused) {
			tell(b, b->items[i].line, &b->items[i].fault);
			continue;
		}
		b->written++;
		if (b->ops->on_written)
			tell_written(b, &b->items[i]);
	}
}

int
record_batch_flush(struct record_batch *b, struct err *e)
{
	int rc = 0;

	if (b->count == 0)
		return 0;
	do {
		rc = make_sets(b, e);
	} while (rc == 0 && !b->clean);
	if (rc == 0 && b->sets_made > 0) {
		open_envelope(b);
		rc = hand_out(b, e);
		if (rc == 0)
			rc = b->ops->on_bytes(b->ctx, buf_slice(&b->sets), e);
	}
	if (rc == 0)
		count_items(b);
	b->w.sets += b->sets_made;
	b->set_number += b->sets_made;
	b->sets_before += b->sets_made;
	forget(b);
	return rc;
}

static int
refuse_line(struct record_batch *b, uint64_t line, const char *text)
{
	struct record_fault fault = { "", "", NULL };

	snprintf(fault.text, sizeof(fault.text), "%s", text);
	tell(b, line, &fault);
	return 0;
}

static const struct record_field *
member(const struct record_field *f, const char *name)
{
	for (f = f ? f->first : NULL; f; f = f->next)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static void
find_facts(const struct record_kind *kind, struct facts *to)
{
	to->claim = member(kind->root, "claim");
	to->id = member(to->claim, "id");
	to->charge = member(to->claim, "charge");
	to->date = member(to->claim, "service_date");
	if (!to->date)
		to->date = member(to->claim, "statement_period");
	to->lines = member(to->claim, "lines");
	to->line_date = member(to->lines, "service_date");
}

static struct slice
text_at(const struct record_value *v, const struct record_field *f)
{
	return v && f && v->cell[f->slot] ? v->cell[f->slot]->text :
	    slice(NULL, 0);
}

/* ISO dates are in order as texts are. */
static void
earlier(char to[static 11], struct slice date)
{
	if (date.n >= 10 && (!to[0] || memcmp(date.p, to, 10) < 0))
		slice_copy(slice(date.p, 10), to, 11);
}

/* What is told of a record; how many lines it has. */
static uint32_t
take_facts(struct record_batch *b, const struct record_value *root,
    struct record_item *item)
{
	const struct facts *f = &b->facts;
	const struct record_value *claim = f->claim ?
	    root->cell[f->claim->slot] : NULL;
	struct slice id = text_at(claim, f->id);
	uint32_t lines = 0;
	char room[RECORD_VALUE_TEXT];
	struct slice charge;

	item->id = slice(arena_copy(&b->parts, id), id.n);
	if (!item->id.p)
		item->id.n = 0;
	if (record_to_x12(RECORD_MONEY, text_at(claim, f->charge), room,
	    &charge, NULL) || !money_parse(charge, &item->charge))
		item->charge = 0;
	earlier(item->date, text_at(claim, f->date));
	if (!claim || !f->lines)
		return 0;
	for (const struct record_value *l = claim->cell[f->lines->slot]; l;
	    l = l->next, lines++)
		earlier(item->date, text_at(l, f->line_date));
	return lines;
}

/* A record of another kind begins another group. */
static int
change_kind(struct record_batch *b, const struct record_kind *kind,
    struct err *e)
{
	int rc;

	if (kind == b->kind)
		return 0;
	rc = record_batch_flush(b, e);
	close_group(b);
	b->kind = kind;
	find_facts(kind, &b->facts);
	return rc;
}

static int
refuse_lines(struct record_batch *b, uint64_t line)
{
	struct record_fault fault = { "claim.lines", "", NULL };

	snprintf(fault.text, sizeof(fault.text), "are more than the %" PRIu32
	    " that the partner takes in one claim", b->lines_max);
	tell(b, line, &fault);
	return 0;
}

static bool
is_blank(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r", s.p[i]))
			return false;
	return true;
}

int
record_batch_line(struct record_batch *b, struct slice json, uint64_t line,
    struct err *e)
{
	const struct record_kind *kind;
	struct record_fault fault;
	struct record_item *item;
	struct record_value *root;
	int rc;

	if (is_blank(json))
		return 0;
	kind = record_kind_named(b->kinds, record_read_type(json), e);
	if (!kind)
		return e->code != 0 ? e->code : refuse_line(b, line,
		    "no kind of record: the line must be a JSON object with "
		    "a \"type\" (`x12 records` lists the kinds)");
	rc = change_kind(b, kind, e);
	if (rc == 0 && (b->count == RECORD_BATCH_CLAIMS ||
	    b->parts.used > RECORD_BATCH_BYTES))
		rc = record_batch_flush(b, e);
	if (rc < 0)
		return rc;
	arena_reset(&b->lines);
	item = &b->items[b->count];
	*item = (struct record_item){ .line = line };
	root = record_read(&b->lines, kind, json, &b->form, &fault);
	if (root && b->defaults)
		record_defaults_fill(b->defaults, kind, root);
	if (root && take_facts(b, root, item) > b->lines_max)
		return refuse_lines(b, line);
	if (root && record_write(&b->parts, kind, root, &b->form,
	    &item->parts, &fault))
		b->count++;
	else
		tell(b, line, &fault);
	return 0;
}

int
record_batch_default(struct record_batch *b, struct slice json,
    struct record_fault *fault, struct err *e)
{
	if (!b->defaults && !(b->defaults = record_defaults_new(b->kinds,
	    &b->form)))
		return err_set(e, -ENOMEM, "out of memory");
	return record_defaults_add(b->defaults, json, fault, e);
}

int
record_batch_finish(struct record_batch *b, struct err *e)
{
	int rc = record_batch_flush(b, e);

	if (rc < 0)
		return rc;
	close_group(b);
	if (b->interchange)
		writer_iea(&b->w);
	b->interchange = false;
	return hand_out(b, e);
}

/* ---- making ------------------------------------------------------------- */

struct record_batch *
record_batch_new(struct record_kinds *k,
    const struct inspection_settings *checks,
    const struct record_batch_options *options,
    const struct record_batch_ops *ops, void *ctx)
{
	struct record_batch *b = calloc(1, sizeof(*b));

	if (!b || !(b->items = calloc(RECORD_BATCH_CLAIMS,
	    sizeof(*b->items)))) {
		free(b);
		return NULL;
	}
	b->kinds = k;
	b->checks = checks;
	b->o = options;
	b->ops = ops;
	b->ctx = ctx;
	b->group_number = options->group;
	b->form = (struct record_form){ .delimiters = options->delimiters,
		.suffix = options->suffix, .basic = options->basic,
		.replace = options->replace, .keep_case = options->keep_case,
		.date = options->isa.date, .time = options->time };
	b->limits = (struct record_limits){ options->claims_max > 0 &&
		options->claims_max < RECORD_BATCH_CLAIMS ?
		options->claims_max : RECORD_BATCH_CLAIMS,
		options->patient_claims_max };
	b->lines_max = options->lines_max > 0 ? options->lines_max :
	    UINT32_MAX;
	arena_init(&b->lines, LINE_MEMORY);
	arena_init(&b->parts, BATCH_MEMORY);
	arena_init(&b->nodes, BATCH_MEMORY);
	buf_init(&b->sets, BATCH_OUT);
	buf_init(&b->out, 4096);
	buf_init(&b->owners, BATCH_MEMORY);
	buf_init(&b->check, BATCH_OUT);
	writer_init(&b->w, &b->out, options->delimiters, options->suffix);
	return b;
}

void
record_batch_free(struct record_batch *b)
{
	if (!b)
		return;
	arena_free(&b->lines);
	arena_free(&b->parts);
	arena_free(&b->nodes);
	buf_free(&b->sets);
	buf_free(&b->out);
	buf_free(&b->owners);
	buf_free(&b->check);
	record_defaults_free(b->defaults);
	free(b->items);
	free(b);
}

uint64_t
record_batch_written(const struct record_batch *b)
{
	return b->written;
}

uint64_t
record_batch_refused(const struct record_batch *b)
{
	return b->refused;
}
