/* SPDX-License-Identifier: ISC */
#include "edi/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "edi/money.h"
#include "edi/record/tree.h"

enum {
	SHEET_PATHS = 8,        /* alternatives of a column */
	SHEET_BOUND = 4,        /* lists within lists */
	SHEET_ROWS = 6,
	SHEET_CELL = 64 << 10,
	SHEET_BLOCK = 1 << 20,  /* rows that are told once */
};

/* One way to a column's value. */
struct sheet_path {
	struct record_member member;
	char part;              /* 'f': from, 't': to; '\0': all of it */
};

struct sheet_way {
	struct sheet_path paths[SHEET_PATHS];
	unsigned count;
	int reckoned;           /* in the table below, or -1 */
};

/* The item of a list that the row is of. */
struct sheet_bound {
	const struct record_field *field;
	struct record_value *value;
	unsigned ordinal;       /* from 1 */
};

enum { SHEET_CO, SHEET_PR, SHEET_PI, SHEET_OA, SHEET_GROUPS };

/* What a row comes to, in cents. */
struct sheet_amounts {
	int64_t charge, paid, groups[SHEET_GROUPS];
	bool charged;           /* has a charge at all */
};

struct sheet_maker {
	const struct sheet *sheet;
	const struct record_kind *kind;      /* that the ways are of */
	struct sheet_way *ways;              /* by column */
	struct record_member lists[SHEET_ROWS];
	bool has_list[SHEET_ROWS];
	struct buf cell, block, last[SHEET_ROWS];
	struct csv_out csv;
	uint64_t rows, unfit;
	/* the row */
	const struct record_whole *tree;
	const char *file;
	const struct sheet_rows *at;
	struct sheet_bound bound[SHEET_BOUND];
	unsigned bound_count;
	int depth;                           /* members of deeper levels are
	                                        not of this row; -1: all are */
	struct sheet_amounts amounts;
};

bool
sheet_is_of(const struct sheet *s, const struct record_kind *k)
{
	size_t n = strlen(k->name);

	for (const char *p = s->sets; (p = strstr(p, k->name)); p += n)
		if ((p == s->sets || p[-1] == ' ') &&
		    (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

/* ---- values of the record ------------------------------------------------ */

static const struct record_value *
bound_item(const struct sheet_maker *m, const struct record_field *f)
{
	for (unsigned i = 0; i < m->bound_count; i++)
		if (m->bound[i].field == f)
			return m->bound[i].value;
	return NULL;
}

static const struct record_value *
nth(const struct record_value *v, int n)
{
	while (v && n-- > 0)
		v = v->next;
	return v;
}

/* The texts at the end of the steps, with blanks between. */
static void
gather(struct sheet_maker *m, const struct record_value *v,
    const struct record_step *s, unsigned steps)
{
	const struct record_value *at = v->cell[s->field->slot];
	bool all = s->field->list && s->index == RECORD_INDEX_ALL;

	if (s->field->list && s->index == RECORD_INDEX_NONE)
		at = bound_item(m, s->field);
	else if (s->field->list && !all)
		at = nth(at, s->index);
	for (; at; at = all ? at->next : NULL) {
		if (steps > 1) {
			gather(m, at, s + 1, steps - 1);
			continue;
		}
		if (m->cell.n > 0)
			buf_add_char(&m->cell, ' ');
		buf_add_slice(&m->cell, at->text);
	}
}

/* "2026-01-05/2026-01-12": one of its days; a day alone is `from`. */
static void
cut_period(struct buf *cell, char part)
{
	char *slash = cell->n ? memchr(cell->p, '/', cell->n) : NULL;

	if (part == 'f' && slash)
		cell->n = (size_t)(slash - cell->p);
	else if (part == 't' && slash)
		buf_drop(cell, (size_t)(slash - cell->p) + 1);
	else if (part == 't')
		cell->n = 0;
}

static void
cell_of_paths(struct sheet_maker *m, const struct sheet_way *w)
{
	for (unsigned i = 0; i < w->count && m->cell.n == 0; i++) {
		const struct record_member *path = &w->paths[i].member;

		if (m->depth >= 0 && path->steps[0].field->level > m->depth)
			continue;
		gather(m, m->tree->root, path->steps, path->depth);
		if (w->paths[i].part)
			cut_period(&m->cell, w->paths[i].part);
	}
}

/* ---- amounts ------------------------------------------------------------- */

static int64_t
cents(struct sheet_maker *m, struct slice s)
{
	int64_t n = 0;

	if (s.n > 0 && !money_parse(s, &n))
		m->unfit++;
	return n;
}

static void
add(struct sheet_maker *m, int64_t *to, int64_t n)
{
	if (__builtin_add_overflow(*to, n, to))
		m->unfit++;
}

/* The object that the row is of: a line, a provider's adjustment, the claim. */
static struct record_at
row_object(const struct sheet_maker *m)
{
	struct record_at root = { m->tree->kind->root, m->tree->root };
	const struct sheet_bound *b = m->bound + m->bound_count;

	return m->bound_count > 0 ? (struct record_at){ b[-1].field,
		b[-1].value } : record_get(root, "claim");
}

static int
group_of(struct slice s)
{
	return slice_is(s, "CO") ? SHEET_CO : slice_is(s, "PR") ? SHEET_PR :
	    slice_is(s, "PI") ? SHEET_PI : SHEET_OA;
}

static void
add_groups(struct sheet_maker *m, struct record_at object,
    struct sheet_amounts *to)
{
	struct record_at a = record_get(object, "adjustments");

	for (; a.value; a = record_next(a)) {
		struct record_at r = record_get(a, "reasons");
		int64_t *group = &to->groups[group_of(record_get_text(a,
		    "group"))];

		for (; r.value; r = record_next(r))
			add(m, group, cents(m, record_get_text(r, "amount")));
	}
}

/* What the claim says and its lines do not. */
static void
rest_amounts(struct sheet_maker *m, struct record_at claim)
{
	struct record_at l = record_get(claim, "lines");
	struct sheet_amounts *to = &m->amounts;

	to->charge = cents(m, record_get_text(claim, "charge"));
	to->paid = cents(m, record_get_text(claim, "paid"));
	for (; l.value; l = record_next(l)) {
		add(m, &to->charge, -cents(m, record_get_text(l, "charge")));
		add(m, &to->paid, -cents(m, record_get_text(l, "paid")));
	}
}

static void
reckon(struct sheet_maker *m)
{
	struct record_at object = row_object(m);
	struct sheet_amounts *to = &m->amounts;
	bool provider = strcmp(m->at->level, "provider") == 0;

	*to = (struct sheet_amounts){ .charged = !provider };
	if (provider) {
		to->paid = -cents(m, record_get_text(object, "amount"));
		return;
	}
	if (m->bound_count == 0) {
		rest_amounts(m, object);
	} else {
		to->charge = cents(m, record_get_text(object, "charge"));
		to->paid = cents(m, record_get_text(object, "paid"));
	}
	add_groups(m, object, to);
}

/* A claim's own row is for what its lines leave unsaid. */
static bool
says_something(const struct sheet_maker *m)
{
	const struct sheet_amounts *a = &m->amounts;
	bool some = a->charge != 0 || a->paid != 0;

	for (unsigned i = 0; i < SHEET_GROUPS; i++)
		some |= a->groups[i] != 0;
	return some || !record_get(row_object(m), "lines").value;
}

/* ---- what is reckoned here ----------------------------------------------- */

static void
put_number(struct sheet_maker *m, uint64_t n)
{
	buf_addf(&m->cell, "%" PRIu64, n);
}

static void
put_money(struct sheet_maker *m, int64_t n)
{
	char text[MONEY_TEXT];

	money_decimal(n, text);
	buf_add_str(&m->cell, text);
}

static void
cell_file(struct sheet_maker *m)
{
	buf_add_str(&m->cell, m->file);
}

static void
cell_interchange(struct sheet_maker *m)
{
	put_number(m, m->tree->interchange);
}

static void
cell_set(struct sheet_maker *m)
{
	put_number(m, m->tree->set);
}

static void
cell_type(struct sheet_maker *m)
{
	buf_add_str(&m->cell, m->tree->kind->name);
}

static void
cell_level(struct sheet_maker *m)
{
	buf_add_str(&m->cell, m->at->level);
}

/* The ordinal of the service line that the row is of, or in. */
static void
cell_line(struct sheet_maker *m)
{
	if (m->bound_count > 0 && strcmp(m->bound[0].field->name,
	    "lines") == 0)
		put_number(m, m->bound[0].ordinal);
}

static void
cell_lines(struct sheet_maker *m)
{
	struct record_at root = { m->tree->kind->root, m->tree->root };
	struct record_at l = record_get(root, "claim.lines");
	uint64_t n = 0;

	for (; l.value; l = record_next(l))
		n++;
	put_number(m, n);
}

static void
cell_charge(struct sheet_maker *m)
{
	if (m->amounts.charged)
		put_money(m, m->amounts.charge);
}

static void
cell_paid(struct sheet_maker *m)
{
	put_money(m, m->amounts.paid);
}

static void
cell_group(struct sheet_maker *m, unsigned group)
{
	if (m->amounts.groups[group] != 0)
		put_money(m, m->amounts.groups[group]);
}

static void
cell_co(struct sheet_maker *m)
{
	cell_group(m, SHEET_CO);
}

static void
cell_pr(struct sheet_maker *m)
{
	cell_group(m, SHEET_PR);
}

static void
cell_pi(struct sheet_maker *m)
{
	cell_group(m, SHEET_PI);
}

static void
cell_oa(struct sheet_maker *m)
{
	cell_group(m, SHEET_OA);
}

static void
cell_allowed(struct sheet_maker *m)
{
	struct record_at a = record_get(row_object(m), "amounts");

	for (; a.value && m->cell.n == 0; a = record_next(a))
		if (slice_is(record_get_text(a, "type"), "B6"))
			buf_add_slice(&m->cell, record_get_text(a, "amount"));
}

static void
put_word(struct sheet_maker *m, struct slice before, struct slice word)
{
	if (word.n == 0)
		return;
	if (m->cell.n > 0)
		buf_add_char(&m->cell, ' ');
	buf_add_slice(&m->cell, before);
	if (before.n > 0)
		buf_add_char(&m->cell, '-');
	buf_add_slice(&m->cell, word);
}

static void
cell_reasons(struct sheet_maker *m)
{
	struct record_at o = row_object(m);
	struct record_at a = record_get(o, "adjustments");

	if (!m->amounts.charged)
		put_word(m, slice(NULL, 0), record_get_text(o, "reason"));
	for (; a.value && m->amounts.charged; a = record_next(a)) {
		struct record_at r = record_get(a, "reasons");

		for (; r.value; r = record_next(r))
			put_word(m, record_get_text(a, "group"),
			    record_get_text(r, "reason"));
	}
}

/* LQ of a line, MOA and MIA of a claim. */
static void
cell_remarks(struct sheet_maker *m)
{
	static const char *const lists[] = { "remarks", "outpatient.remarks",
		"inpatient.remark", "inpatient.remarks" };
	struct record_at o = row_object(m);

	for (unsigned i = 0; i < 4; i++) {
		struct record_at r = record_get(o, lists[i]);

		for (; r.value; r = record_next(r))
			put_word(m, slice(NULL, 0),
			    r.field->type == RECORD_OBJECT ?
			    record_get_text(r, "code") : r.value->text);
	}
}

/* Of a line, or of the claim's statement. */
static void
put_service(struct sheet_maker *m, const char *of_line, const char *of_claim)
{
	struct record_at root = { m->tree->kind->root, m->tree->root };
	struct slice s = slice(NULL, 0);

	if (m->bound_count > 0)
		s = record_get_text(row_object(m), of_line);
	if (s.n == 0 && m->bound_count > 0 && of_line[8] == 'f')
		s = record_get_text(row_object(m), "service.date");
	if (s.n == 0 && (m->bound_count == 0 ||
	    !record_get(row_object(m), "service").value))
		s = record_get_text(root, of_claim);
	buf_add_slice(&m->cell, s);
}

static void
cell_service_from(struct sheet_maker *m)
{
	put_service(m, "service.from", "claim.statement.from");
}

static void
cell_service_to(struct sheet_maker *m)
{
	put_service(m, "service.to", "claim.statement.to");
}

static const struct {
	const char *name;
	void (*put)(struct sheet_maker *m);
} reckoned[] = {
	{ "file", cell_file }, { "interchange", cell_interchange },
	{ "set", cell_set }, { "type", cell_type }, { "level", cell_level },
	{ "line", cell_line }, { "lines", cell_lines },
	{ "charge", cell_charge }, { "paid", cell_paid },
	{ "CO", cell_co }, { "PR", cell_pr }, { "PI", cell_pi },
	{ "OA", cell_oa }, { "allowed", cell_allowed },
	{ "reasons", cell_reasons }, { "remarks", cell_remarks },
	{ "service_from", cell_service_from },
	{ "service_to", cell_service_to },
};

/* ---- rows ---------------------------------------------------------------- */

static void
put_row(struct sheet_maker *m)
{
	for (unsigned i = 0; i < m->sheet->column_count; i++) {
		const struct sheet_way *w = &m->ways[i];

		buf_reset(&m->cell);
		if (w->reckoned >= 0)
			reckoned[w->reckoned].put(m);
		else
			cell_of_paths(m, w);
		csv_cell(&m->csv, buf_slice(&m->cell));
	}
	csv_end_row(&m->csv);
	m->rows++;
}

/* All items of the lists on the way. */
static void
each_item(struct sheet_maker *m, const struct record_value *v,
    const struct record_step *s, unsigned steps)
{
	struct record_value *at = v->cell[s->field->slot];
	unsigned ordinal = 0;

	for (; at; at = s->field->list ? at->next : NULL) {
		if (s->field->list)
			m->bound[m->bound_count++] = (struct sheet_bound){
				s->field, at, ++ordinal };
		if (steps > 1) {
			each_item(m, at, s + 1, steps - 1);
		} else {
			if (m->sheet->amounts)
				reckon(m);
			put_row(m);
		}
		m->bound_count -= s->field->list;
	}
}

/* Rows that every claim below them brings again: the first time only. */
static void
each_item_once(struct sheet_maker *m, unsigned i)
{
	const struct record_member *list = &m->lists[i];
	struct buf *to = m->csv.to;
	uint64_t rows = m->rows;

	buf_reset(&m->block);
	m->csv.to = &m->block;
	m->depth = list->steps[0].field->level;
	each_item(m, m->tree->root, list->steps, list->depth);
	m->depth = -1;
	m->csv.to = to;
	if (slice_eq(buf_slice(&m->block), buf_slice(&m->last[i]))) {
		m->rows = rows;
		return;
	}
	buf_add_slice(to, buf_slice(&m->block));
	to->failed |= m->block.failed;
	buf_reset(&m->last[i]);
	buf_add_slice(&m->last[i], buf_slice(&m->block));
}

static void
one_row(struct sheet_maker *m)
{
	struct record_at root = { m->tree->kind->root, m->tree->root };

	if (!record_get(root, "claim").value)
		return;
	if (m->sheet->amounts) {
		reckon(m);
		if (!says_something(m))
			return;
	}
	put_row(m);
}

void
sheet_heading(struct sheet_maker *m, struct buf *to)
{
	m->csv.to = to;
	for (unsigned i = 0; i < m->sheet->column_count; i++)
		csv_cell(&m->csv, slice_str(m->sheet->columns[i].name));
	csv_end_row(&m->csv);
}

/* ---- the ways to the columns --------------------------------------------- */

static void
find_way(struct sheet_maker *m, const char *paths, struct sheet_way *w)
{
	struct record_member_fault ignored;

	w->count = 0;
	w->reckoned = -1;
	if (paths[0] == '=') {
		for (unsigned i = 0; i < sizeof(reckoned) / sizeof(*reckoned);
		    i++)
			if (strcmp(paths + 1, reckoned[i].name) == 0)
				w->reckoned = (int)i;
		return;
	}
	while (*paths && w->count < SHEET_PATHS) {
		size_t n = strcspn(paths, "|"), name = strcspn(paths, "|:");
		struct sheet_path *p = &w->paths[w->count];

		p->part = name < n ? paths[name + 1] : '\0';
		/* Each kind has some of them. */
		w->count += record_member_find(m->kind, slice(paths, name),
		    &p->member, &ignored);
		paths += n + (paths[n] == '|');
	}
}

static void
find_ways(struct sheet_maker *m, const struct record_kind *k)
{
	struct record_member_fault ignored;

	m->kind = k;
	for (unsigned i = 0; i < m->sheet->column_count; i++)
		find_way(m, m->sheet->columns[i].paths, &m->ways[i]);
	for (unsigned i = 0; i < m->sheet->row_count; i++)
		m->has_list[i] = m->sheet->rows[i].path[0] &&
		    record_member_find(k, slice_str(m->sheet->rows[i].path),
		    &m->lists[i], &ignored);
}

void
sheet_add(struct sheet_maker *m, const char *file,
    const struct record_whole *t, struct buf *to)
{
	if (!sheet_is_of(m->sheet, t->kind))
		return;
	if (m->kind != t->kind)
		find_ways(m, t->kind);
	m->tree = t;
	m->file = file;
	m->csv.to = to;
	for (unsigned i = 0; i < m->sheet->row_count; i++) {
		m->at = &m->sheet->rows[i];
		if (m->at->path[0] == '\0')
			one_row(m);
		else if (m->has_list[i] && m->at->once)
			each_item_once(m, i);
		else if (m->has_list[i])
			each_item(m, t->root, m->lists[i].steps,
			    m->lists[i].depth);
	}
}

/* ---- making -------------------------------------------------------------- */

struct sheet_maker *
sheet_maker_new(const struct sheet *s, bool raw)
{
	struct sheet_maker *m = calloc(1, sizeof(*m));

	if (!m || !(m->ways = calloc(s->column_count, sizeof(*m->ways)))) {
		free(m);
		return NULL;
	}
	m->sheet = s;
	m->csv.raw = raw;
	m->depth = -1;
	buf_init(&m->cell, SHEET_CELL);
	buf_init(&m->block, SHEET_BLOCK);
	for (unsigned i = 0; i < SHEET_ROWS; i++)
		buf_init(&m->last[i], SHEET_BLOCK);
	return m;
}

void
sheet_maker_free(struct sheet_maker *m)
{
	if (!m)
		return;
	buf_free(&m->cell);
	buf_free(&m->block);
	for (unsigned i = 0; i < SHEET_ROWS; i++)
		buf_free(&m->last[i]);
	free(m->ways);
	free(m);
}

uint64_t
sheet_row_count(const struct sheet_maker *m)
{
	return m->rows;
}

uint64_t
sheet_unfit_count(const struct sheet_maker *m)
{
	return m->unfit;
}

static void
table_paths(struct buf *to, const char *paths)
{
	bool some = false;

	while (*paths && *paths != '=') {
		size_t n = strcspn(paths, "|"), name = strcspn(paths, "|:");
		struct slice s = slice(paths, name);

		buf_add_str(to, some ? ", or `" : "`");
		buf_add_slice(to, s);
		buf_add_char(to, '`');
		some = true;
		paths += n + (paths[n] == '|');
	}
}

void
sheet_table(struct buf *to, const struct sheet *s)
{
	buf_add_str(to, "| column | what it is | member of the record |\n"
	    "|---|---|---|\n");
	for (unsigned i = 0; i < s->column_count; i++) {
		buf_addf(to, "| `%s` | %s | ", s->columns[i].name,
		    s->columns[i].help);
		table_paths(to, s->columns[i].paths);
		buf_add_str(to, " |\n");
	}
}
