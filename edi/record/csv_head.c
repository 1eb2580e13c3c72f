/* SPDX-License-Identifier: ISC */
/* The heading of a table: which member each of its columns is. */
#include "edi/record/csv_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/nearest.h"
#include "edi/record/alias.h"
#include "edi/record/segment.h"

struct heading {
	struct record_head *h;
	struct err *e;
	uint64_t row;
	unsigned known;       /* columns that are members */
};

struct slice
record_cell_trim(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice(s.p + 1, s.n - 1);
	return slice_rtrim(s);
}

/* "Claim ID" is claim_id. False: too long for any. */
static bool
plain_name(struct slice cell, char to[static RECORD_MEMBER_NAME])
{
	cell = record_cell_trim(cell);
	if (!slice_copy(cell, to, RECORD_MEMBER_NAME))
		return false;
	for (char *p = to; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (*p == ' ')
			*p = '_';
	}
	return true;
}

int
record_head_type(const struct slice *names, unsigned count)
{
	char name[RECORD_MEMBER_NAME];

	for (unsigned i = 0; i < count; i++)
		if (plain_name(names[i], name) && strcmp(name, "type") == 0)
			return (int)i;
	return -1;
}

/* How many cells are names: a table without a heading has none. */
static unsigned
known_names(const struct record_kind *k, const struct slice *names,
    unsigned count)
{
	struct record_member_fault ignored;
	struct record_member m;
	char name[RECORD_MEMBER_NAME];
	unsigned known = 0, number;

	for (unsigned i = 0; i < count; i++)
		known += plain_name(names[i], name) &&
		    (record_alias_find(slice_str(name), &number) ||
		    record_member_find(k, slice_str(name), &m, &ignored));
	return known;
}

/* ---- faults -------------------------------------------------------------- */

/* A heading that is none may be data: only what is a name is shown. */
static bool
may_be_shown(const struct heading *x, const char *name)
{
	return x->known > 0 && name[0] >= 'a' && name[0] <= 'z' &&
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.[]")] ==
	    '\0';
}

static int
wrong_column(const struct heading *x, int cell, const char *name,
    const char *text)
{
	if (!may_be_shown(x, name))
		return err_set(x->e, -EILSEQ, "row %" PRIu64 ", column %d: "
		    "%s", x->row, cell + 1, text);
	return err_set(x->e, -EILSEQ, "row %" PRIu64 ", column %d, %s: %s",
	    x->row, cell + 1, name, text);
}

/* The short names may be nearer than the members of the record. */
static void
try_aliases(const char *name, struct record_member_fault *fault)
{
	const struct record_alias *a;
	char names[128][RECORD_ALIAS_NAME];
	struct nearest near;

	if (strchr(name, '.'))
		return;
	nearest_init(&near, name);
	for (unsigned i = 0; i < 128 && (a = record_alias(i)); i++) {
		record_alias_text(a->name, a->first, names[i]);
		nearest_try(&near, names[i]);
	}
	if (nearest_found(&near))
		snprintf(fault->text, sizeof(fault->text), "no such column; "
		    "did you mean %s?", nearest_found(&near));
}

/* ---- columns ------------------------------------------------------------- */

/* The list whose items the rows are; -1: no such list in it; -2: two. */
static int
own_list(const struct record_member *m)
{
	int found = -1;

	for (unsigned i = 0; i < m->depth; i++) {
		const struct record_step *s = &m->steps[i];

		if (!s->field->list || s->index >= 0)
			continue;
		if (s->index == RECORD_INDEX_ALL)
			return i + 1 == m->depth &&
			    s->field->type != RECORD_OBJECT ? found : -2;
		if (found >= 0 || s->field->type != RECORD_OBJECT)
			return -2;
		found = (int)i;
	}
	return found;
}

static int
check_lists(const struct heading *x, struct record_column *c, int cell)
{
	struct record_head *h = x->h;
	int list = own_list(&c->member);

	if (c->member.steps[c->member.depth - 1].field->type == RECORD_OBJECT)
		return wrong_column(x, cell, c->name, "no single value: name "
		    "a member of it");
	if (list == -2)
		return wrong_column(x, cell, c->name, "a list: write [0] for "
		    "its first item, or [] at the end for texts with blanks "
		    "between");
	c->row = list >= 0;
	if (list < 0)
		return 0;
	if (h->row && h->row->member.steps[h->row_depth].field !=
	    c->member.steps[list].field)
		return wrong_column(x, cell, c->name, "the rows are items of "
		    "another list already: write a number, [0] for the first");
	if (!h->row) {
		h->row = c;
		h->row_depth = (unsigned)list;
	}
	return 0;
}

static bool
same_member(const struct record_member *a, const struct record_member *b)
{
	if (a->depth != b->depth)
		return false;
	for (unsigned i = 0; i < a->depth; i++)
		if (a->steps[i].field != b->steps[i].field ||
		    a->steps[i].index != b->steps[i].index)
			return false;
	return true;
}

static int
check_twice(const struct heading *x, const struct record_column *c, int cell)
{
	for (const struct record_column *at = x->h->columns; at < c; at++)
		if (at->cell >= 0 &&
		    same_member(&at->member, &c->member))
			return wrong_column(x, cell, c->name, "another column "
			    "is the same member");
	return 0;
}

/* What goes without saying beside a column; not for every kind. */
static void
add_also(const struct heading *x, const struct record_alias *a,
    unsigned number, int cell)
{
	struct record_column *c = &x->h->columns[x->h->count];
	struct record_member_fault ignored;

	record_alias_text(a->also, number, c->name);
	if (!record_member_find(x->h->kind, slice_str(c->name), &c->member,
	    &ignored))
		return;
	c->cell = -1;
	c->when = cell;
	c->value = a->value;
	c->row = own_list(&c->member) >= 0;
	x->h->count++;
}

/* name has room for the member's in its place. */
static int
add_column(struct heading *x, char name[static RECORD_MEMBER_NAME], int cell)
{
	struct record_head *h = x->h;
	struct record_column *c = &h->columns[h->count];
	struct record_member_fault fault;
	unsigned number;
	const struct record_alias *a = record_alias_find(slice_str(name),
	    &number);
	int rc;

	if (a)
		record_alias_text(a->path, number, c->name);
	else
		memcpy(c->name, name, RECORD_MEMBER_NAME);
	if (!record_member_find(h->kind, slice_str(c->name), &c->member,
	    &fault)) {
		if (!a)
			try_aliases(name, &fault);
		return wrong_column(x, cell, name, fault.text);
	}
	c->cell = cell;
	c->when = -1;
	if ((rc = check_lists(x, c, cell)) < 0 ||
	    (rc = check_twice(x, c, cell)) < 0)
		return rc;
	if (strcmp(c->name, "claim.id") == 0)
		h->id = cell;
	h->count++;
	if (a && a->also)
		add_also(x, a, number, cell);
	return 0;
}

static int
add_cell(struct heading *x, struct slice text, int cell)
{
	char name[RECORD_MEMBER_NAME];
	struct slice s = record_cell_trim(text);

	if (cell == x->h->type)
		return 0;
	x->h->unnamed[cell] = s.n == 0;
	if (s.n == 0 || s.p[0] == '#')
		return 0;
	if (!plain_name(text, name))
		return wrong_column(x, cell, "", "no column has such a name");
	return add_column(x, name, cell);
}

/* Items of a list in their order, whatever that of the columns is. */
static int
compare(const void *left, const void *right)
{
	const struct record_column *a = left, *b = right;
	const struct record_step *s = a->member.steps, *t = b->member.steps;

	if (a->cell < 0 || b->cell < 0)
		return a->cell >= 0 ? -1 : b->cell >= 0 ? 1 :
		    a->order < b->order ? -1 : 1;
	for (unsigned i = 0; i < a->member.depth && i < b->member.depth;
	    i++, s++, t++) {
		if (s->field != t->field)
			return s->field->slot < t->field->slot ? -1 : 1;
		if (s->index != t->index)
			return s->index < t->index ? -1 : 1;
	}
	return 0;
}

static void
sort_columns(struct record_head *h)
{
	for (unsigned i = 0; i < h->count; i++)
		h->columns[i].order = i;
	qsort(h->columns, h->count, sizeof(*h->columns), compare);
	h->row = NULL;
	for (unsigned i = h->count; i-- > 0; ) {
		if (h->columns[i].row)
			h->row = &h->columns[i];
		if (h->id >= 0 && h->columns[i].cell == h->id)
			h->id_column = i;
	}
}

int
record_head_make(struct record_head *h, struct arena *a,
    const struct record_kind *k, const struct slice *names, unsigned count,
    uint64_t row, struct err *e)
{
	struct heading x = { h, e, row, known_names(k, names, count) };
	int rc = 0;

	/* Each column may bring a constant. */
	*h = (struct record_head){ .kind = k, .cells = count, .id = -1,
		.type = record_head_type(names, count) };
	h->columns = arena_array(a, 2 * (size_t)count, sizeof(*h->columns));
	h->unnamed = arena_array(a, count, sizeof(*h->unnamed));
	if (!h->columns || !h->unnamed)
		return err_set(e, -ENOMEM, "out of memory");
	if (x.known == 0)
		return err_set(e, -EILSEQ, "row %" PRIu64 ": no heading: none "
		    "of its cells names a member of the record", row);
	for (unsigned i = 0; i < count && rc == 0; i++)
		rc = add_cell(&x, names[i], (int)i);
	if (rc == 0)
		sort_columns(h);
	return rc;
}

/* ---- the heading, for people --------------------------------------------- */

/* Where no short names are: the values of the record's objects and lines. */
static void
plain_names(struct buf *to, const struct record_field *f, unsigned depth,
    bool *some)
{
	for (f = f->first; f; f = f->next) {
		bool lines = depth == 2 && strcmp(f->name, "lines") == 0;
		char path[RECORD_MEMBER_NAME];

		if (f->type == RECORD_OBJECT && (lines || (depth < 2 &&
		    !f->list && strcmp(f->name, "transaction") != 0)))
			plain_names(to, f, depth + 1, some);
		if (f->type == RECORD_OBJECT || f->list || depth == 1)
			continue;
		record_field_path(f, NULL, path, sizeof(path));
		buf_addf(to, "%s%s", *some ? "," : "", path);
		*some = true;
	}
}

/* The short names that a claim of this kind has, a few of each number. */
static void
short_names(struct buf *to, const struct record_kind *k, bool *some)
{
	const struct record_alias *a;
	struct record_member_fault ignored;
	struct record_member m;
	char name[RECORD_ALIAS_NAME], path[RECORD_ALIAS_NAME];

	for (unsigned i = 0; (a = record_alias(i)); i++)
		for (unsigned n = a->first; n <= a->last && n < 5; n++) {
			record_alias_text(a->name, n, name);
			record_alias_text(a->path, n, path);
			if (!record_member_find(k, slice_str(path), &m,
			    &ignored))
				continue;
			buf_addf(to, "%s%s", *some ? "," : "", name);
			*some = true;
		}
}

void
record_csv_template(struct buf *to, const struct record_kind *k)
{
	bool some = false;

	if (strncmp(k->name, "837", 3) == 0)
		short_names(to, k, &some);
	else
		plain_names(to, k->root, 1, &some);
	buf_add_char(to, '\n');
}

void
record_csv_table(struct buf *to)
{
	const struct record_alias *a;

	buf_add_str(to, "| column | member | what it is |\n|---|---|---|\n");
	for (unsigned i = 0; (a = record_alias(i)); i++) {
		char name[RECORD_ALIAS_NAME], last[RECORD_ALIAS_NAME] = "";
		char path[RECORD_ALIAS_NAME], also[RECORD_ALIAS_NAME + 40];

		record_alias_text(a->name, a->first, name);
		record_alias_text(a->path, a->first, path);
		if (a->last > a->first)
			record_alias_text(a->name, a->last, last);
		also[0] = '\0';
		if (a->also)
			snprintf(also, sizeof(also), ", with type %s",
			    a->value);
		buf_addf(to, "| `%s`%s%s%s | `%s`%s | %s |\n", name,
		    last[0] ? " to `" : "", last, last[0] ? "`" : "", path,
		    also, a->help);
	}
}
