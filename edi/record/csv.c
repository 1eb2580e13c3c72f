/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "edi/record/csv_inner.h"
#include "edi/record/csv_value.h"
#include "edi/record/print.h"

enum {
	HEAD_MEMORY = 4 << 20,
	CLAIM_MEMORY = 32 << 20,
	LINE_BYTES = 4 << 20,      /* what record/batch.h takes */
};

struct record_csv {
	struct record_kinds *kinds;
	const char *kind_name;
	const struct record_csv_ops *ops;
	void *ctx;
	struct csv *csv;
	struct arena head_arena, arena;
	/* the heading; its kind may come with the second row */
	bool headed;
	struct slice *names;
	unsigned name_count;
	uint64_t name_row;
	struct record_head head;
	/* the claim */
	bool open, refused;
	uint64_t row;                 /* its first */
	struct record_value *root;
	struct record_value *item;    /* of the present row; NULL: none */
	struct slice *first;          /* by column: the first row's text */
	struct buf line;
	struct err error;
};

/* ---- the end of a claim -------------------------------------------------- */

static void
refuse(struct record_csv *c, uint64_t row, const char *column,
    const char *text)
{
	struct record_fault fault = { "", "", NULL };

	if (c->refused)
		return;
	c->refused = true;
	snprintf(fault.field, sizeof(fault.field), "%s", column);
	snprintf(fault.text, sizeof(fault.text), "%s", text);
	c->ops->on_refused(c->ctx, row, &fault);
}

static int
hand_out(struct record_csv *c)
{
	int rc = 0;

	if (c->open && !c->refused) {
		buf_reset(&c->line);
		buf_addf(&c->line, "{\"type\":\"%s\",\"source\":{\"row\":%"
		    PRIu64 "}", c->head.kind->name, c->row);
		record_print_members(&c->line, c->head.kind->root, c->root,
		    NULL, true);
		buf_add_char(&c->line, '}');
		if (c->line.failed)
			refuse(c, c->row, "", "the claim is too large");
		else
			rc = c->ops->on_record(c->ctx, c->row,
			    buf_slice(&c->line), &c->error);
	}
	c->open = false;
	return rc;
}

/* ---- a value in its place ------------------------------------------------ */

/* The item of a list; it may be the next one, but none after that. */
static struct record_value **
item_cell(struct record_value **cell, int index)
{
	struct record_value **at = cell;

	while (*at && index-- > 0)
		at = &(*at)->next;
	return *at || index == 0 ? at : NULL;
}

static struct record_value *
enter(struct record_csv *c, const struct record_step *s,
    struct record_value **cell, const char **why)
{
	struct record_value **at = cell, *v;

	if (s->field->list && s->index == RECORD_INDEX_NONE)
		return c->item;
	if (s->field->list && !(at = item_cell(cell, s->index))) {
		*why = "an item before it is empty";
		return NULL;
	}
	v = *at;
	if (!v && (v = record_object(&c->arena, s->field)))
		record_append(cell, v);
	if (!v)
		*why = "the claim is too large";
	return v;
}

static bool
put_text(struct record_csv *c, const struct record_step *s,
    struct record_value **cell, struct slice text, const char **why)
{
	struct record_value *v;

	if (s->field->list && s->index >= 0) {
		struct record_value **at = item_cell(cell, s->index);

		if (!at) {
			*why = "an item before it is empty";
			return false;
		}
		if (*at)
			return true;
	} else if (!s->field->list && *cell) {
		return true;
	}
	v = record_object(&c->arena, s->field);
	if (!v || (*why = record_csv_value(&c->arena, s->field, text,
	    &v->text))) {
		*why = v ? *why : "the claim is too large";
		return false;
	}
	record_append(cell, v);
	return true;
}

/* "25 59": each a text of its own. */
static bool
put_texts(struct record_csv *c, const struct record_step *s,
    struct record_value **cell, struct slice text, const char **why)
{
	while (text.n > 0) {
		size_t n = 0;

		while (n < text.n && !strchr(" ,:;", text.p[n]))
			n++;
		if (n > 0 && !put_text(c, s, cell, slice(text.p, n), why))
			return false;
		n += n < text.n;
		text = slice(text.p + n, text.n - n);
	}
	return true;
}

/* NULL: done, or there was something already. */
static const char *
put(struct record_csv *c, const struct record_member *m, struct slice text)
{
	struct record_value *v = c->root;
	const struct record_step *s = m->steps;
	const char *why = NULL;

	for (unsigned i = 0; i + 1 < m->depth; i++, s++)
		if (!(v = enter(c, s, &v->cell[s->field->slot], &why)))
			return why;
	if (s->index == RECORD_INDEX_ALL && !v->cell[s->field->slot])
		put_texts(c, s, &v->cell[s->field->slot], text, &why);
	else if (s->index != RECORD_INDEX_ALL)
		put_text(c, s, &v->cell[s->field->slot], text, &why);
	return why;
}

/* ---- a row --------------------------------------------------------------- */

static struct slice
cell_of(const struct csv_row *row, int i)
{
	return i >= 0 && (unsigned)i < row->count ?
	    record_cell_trim(row->cells[i]) : slice(NULL, 0);
}

/* The columns of the claim, or those of the row's item. */
static void
put_columns(struct record_csv *c, const struct csv_row *row, bool items)
{
	for (unsigned i = 0; i < c->head.count && !c->refused; i++) {
		const struct record_column *at = &c->head.columns[i];
		struct slice text = at->cell >= 0 ? cell_of(row, at->cell) :
		    slice_str(at->value);
		const char *why;

		if (at->row != items || text.n == 0 || (at->cell < 0 &&
		    at->when >= 0 && cell_of(row, at->when).n == 0))
			continue;
		why = put(c, &at->member, text);
		if (why)
			refuse(c, row->number, at->name, why);
	}
}

static bool
has_item(const struct record_csv *c, const struct csv_row *row)
{
	for (unsigned i = 0; i < c->head.count; i++)
		if (c->head.columns[i].row && c->head.columns[i].cell >= 0 &&
		    cell_of(row, c->head.columns[i].cell).n > 0)
			return true;
	return false;
}

/* A new item at the end of the list that the rows are of. */
static void
begin_item(struct record_csv *c, const struct csv_row *row)
{
	const struct record_column *at = c->head.row;
	const struct record_step *s = at->member.steps;
	struct record_value *v = c->root;
	const char *why = NULL;

	for (unsigned i = 0; i < c->head.row_depth && v; i++, s++)
		v = enter(c, s, &v->cell[s->field->slot], &why);
	c->item = v ? record_object(&c->arena, s->field) : NULL;
	if (c->item)
		record_append(&v->cell[s->field->slot], c->item);
	else
		refuse(c, row->number, at->name, why ? why :
		    "the claim is too large");
}

static void
put_item(struct record_csv *c, const struct csv_row *row)
{
	if (c->refused || !c->head.row || !has_item(c, row))
		return;
	begin_item(c, row);
	put_columns(c, row, true);
}

static bool
keep_first(struct record_csv *c, const struct csv_row *row)
{
	c->first = arena_array(&c->arena, c->head.count + 1,
	    sizeof(*c->first));
	for (unsigned i = 0; c->first && i < c->head.count; i++) {
		const struct record_column *at = &c->head.columns[i];
		struct slice s = cell_of(row, at->cell);

		if (at->row || s.n == 0)
			continue;
		c->first[i] = slice(arena_copy(&c->arena, s), s.n);
		if (!c->first[i].p)
			return false;
	}
	return c->first;
}

static int
begin_claim(struct record_csv *c, const struct csv_row *row)
{
	if (hand_out(c) < 0)
		return c->error.code;
	arena_reset(&c->arena);
	c->open = true;
	c->refused = false;
	c->row = row->number;
	c->root = record_object(&c->arena, c->head.kind->root);
	if (!c->root || !keep_first(c, row)) {
		c->root = NULL;
		return err_set(&c->error, -ENOMEM, "out of memory");
	}
	put_columns(c, row, false);
	return 0;
}

/* Is it one more row of the claim before? */
static bool
continues(const struct record_csv *c, const struct csv_row *row)
{
	struct slice id = cell_of(row, c->head.id);

	return c->open && c->head.row && id.n > 0 &&
	    slice_eq(c->first[c->head.id_column], id);
}

/* What it says of the claim was said before, or it says nothing. */
static void
compare_row(struct record_csv *c, const struct csv_row *row)
{
	for (unsigned i = 0; i < c->head.count; i++) {
		const struct record_column *at = &c->head.columns[i];
		struct slice s = cell_of(row, at->cell);

		if (!at->row && s.n > 0 && !slice_eq(s, c->first[i]))
			refuse(c, row->number, at->name, "is not what an "
			    "earlier row says of the same claim");
	}
}

/* The number of cells, and nothing where no heading is. */
static void
check_row(struct record_csv *c, const struct csv_row *row)
{
	char text[120];

	for (unsigned i = 0; i < row->count; i++)
		if ((i >= c->head.cells || c->head.unnamed[i]) &&
		    cell_of(row, (int)i).n > 0) {
			snprintf(text, sizeof(text), "column %u has no "
			    "heading; is a separator in a text without "
			    "quotes?", i + 1);
			refuse(c, row->number, "", text);
		}
	if (row->count < c->head.cells) {
		snprintf(text, sizeof(text), "the row has %u cells, the "
		    "heading %u", row->count, c->head.cells);
		refuse(c, row->number, "", text);
	}
}

static bool
is_empty(const struct csv_row *row)
{
	for (unsigned i = 0; i < row->count; i++)
		if (cell_of(row, (int)i).n > 0)
			return false;
	return true;
}

static int
take_row(struct record_csv *c, const struct csv_row *row)
{
	struct slice type = cell_of(row, c->head.type);
	bool more;
	int rc = 0;

	if (is_empty(row))
		return 0;
	if (type.n > 0 && !slice_is(type, c->head.kind->name))
		return err_set(&c->error, -EILSEQ, "row %" PRIu64 ", column "
		    "%d: another type than that of the rows before (%s); one "
		    "kind a table", row->number, c->head.type + 1,
		    c->head.kind->name);
	more = continues(c, row);
	if (!more)
		rc = begin_claim(c, row);
	if (rc == 0) {
		check_row(c, row);
		if (more)
			compare_row(c, row);
		put_item(c, row);
	}
	return rc;
}

/* ---- the heading --------------------------------------------------------- */

static int
find_kind(struct record_csv *c, struct slice name, uint64_t row)
{
	const struct record_kind *k = record_kind_named(c->kinds, name,
	    &c->error);

	if (!k)
		return c->error.code != 0 ? c->error.code :
		    err_set(&c->error, -EILSEQ, "row %" PRIu64 ": no kind of "
		    "record (`x12 records` lists them)", row);
	return record_head_make(&c->head, &c->head_arena, k, c->names,
	    c->name_count, c->name_row, &c->error);
}

static int
take_heading(struct record_csv *c, const struct csv_row *row)
{
	c->headed = true;
	c->names = arena_array(&c->head_arena, row->count, sizeof(*c->names));
	c->name_count = row->count;
	c->name_row = row->number;
	for (unsigned i = 0; c->names && i < row->count; i++) {
		const char *p = arena_copy(&c->head_arena, row->cells[i]);

		c->names[i] = slice(p, p ? row->cells[i].n : 0);
		if (!p)
			c->names = NULL;
	}
	if (!c->names)
		return err_set(&c->error, -ENOMEM, "out of memory");
	if (c->kind_name)
		return find_kind(c, slice_str(c->kind_name), row->number);
	if (record_head_type(c->names, c->name_count) < 0)
		return err_set(&c->error, -EILSEQ, "row %" PRIu64 ": which "
		    "kind of record is it? A column `type` is missing",
		    row->number);
	return 0;
}

static int
on_row(void *ctx, const struct csv_row *row, struct err *e)
{
	struct record_csv *c = ctx;
	int rc = 0;

	if (!c->headed) {
		rc = take_heading(c, row);
	} else {
		if (!c->head.kind && !is_empty(row))
			rc = find_kind(c, cell_of(row, record_head_type(
			    c->names, c->name_count)), row->number);
		if (rc == 0 && c->head.kind)
			rc = take_row(c, row);
	}
	if (rc < 0)
		*e = c->error;
	return rc;
}

/* ---- making -------------------------------------------------------------- */

struct record_csv *
record_csv_new(struct record_kinds *k, const char *kind,
    const struct record_csv_ops *ops, void *ctx)
{
	struct record_csv *c = calloc(1, sizeof(*c));

	if (!c || !(c->csv = csv_new(on_row, c))) {
		free(c);
		return NULL;
	}
	c->kinds = k;
	c->kind_name = kind;
	c->ops = ops;
	c->ctx = ctx;
	arena_init(&c->head_arena, HEAD_MEMORY);
	arena_init(&c->arena, CLAIM_MEMORY);
	buf_init(&c->line, LINE_BYTES);
	return c;
}

void
record_csv_free(struct record_csv *c)
{
	if (!c)
		return;
	csv_free(c->csv);
	arena_free(&c->head_arena);
	arena_free(&c->arena);
	buf_free(&c->line);
	free(c);
}

int
record_csv_feed(struct record_csv *c, const char *p, size_t n, struct err *e)
{
	return csv_feed(c->csv, p, n, e);
}

int
record_csv_finish(struct record_csv *c, struct err *e)
{
	int rc = csv_finish(c->csv, e);

	if (rc == 0 && !c->headed)
		rc = err_set(e, -EILSEQ, "the table is empty: its first row "
		    "names the columns");
	if (rc == 0 && (rc = hand_out(c)) < 0 && e)
		*e = c->error;
	return rc;
}
