/* SPDX-License-Identifier: ISC */
#include "edi/record/tree.h"

#include "edi/money.h"

static const struct record_at nowhere = { NULL, NULL };

static const struct record_field *
member(const struct record_field *f, struct slice name)
{
	if (!f || f->type != RECORD_OBJECT)
		return NULL;
	for (f = f->first; f; f = f->next)
		if (slice_is(name, f->name))
			return f;
	return NULL;
}

/* "coverage" of "coverage.sequence"; the name goes on after it. */
static struct slice
cut(const char **name)
{
	size_t n = strcspn(*name, ".");
	struct slice first = slice(*name, n);

	*name += n + ((*name)[n] == '.');
	return first;
}

struct record_at
record_get(struct record_at from, const char *name)
{
	while (*name && from.field) {
		const struct record_field *f = member(from.field, cut(&name));

		from = f ? (struct record_at){ f, from.value ?
			from.value->cell[f->slot] : NULL } : nowhere;
	}
	return from;
}

struct slice
record_get_text(struct record_at from, const char *name)
{
	struct record_at at = record_get(from, name);

	return at.value && at.field->type != RECORD_OBJECT ? at.value->text :
	    slice(NULL, 0);
}

bool
record_get_money(struct record_at from, const char *name, int64_t *cents)
{
	return money_parse(record_get_text(from, name), cents);
}

/* ---- making ------------------------------------------------------------- */

static struct record_at
make(struct record_tree *t, struct record_at to, const struct record_field *f)
{
	struct record_value *v = record_object(t->arena, f);

	if (!v) {
		t->failed = true;
		return nowhere;
	}
	record_append(&to.value->cell[f->slot], v);
	return (struct record_at){ f, v };
}

/* The last of the list, or a new one. */
static struct record_at
enter(struct record_tree *t, struct record_at to, struct slice name)
{
	const struct record_field *f = member(to.field, name);

	if (!f || !to.value)
		return nowhere;
	if (to.value->cell[f->slot])
		return (struct record_at){ f, to.value->cell[f->slot]->last };
	return make(t, to, f);
}

void
record_put(struct record_tree *t, struct record_at to, const char *name,
    struct slice text)
{
	struct record_at at;
	const char *p;

	if (!record_get(to, name).field || !to.value || text.n == 0)
		return;
	while (*name)
		to = enter(t, to, cut(&name));
	at = to;
	if (!at.value)
		return;
	p = arena_copy(t->arena, text);
	t->failed |= !p;
	at.value->text = slice(p, p ? text.n : 0);
}

void
record_put_money(struct record_tree *t, struct record_at to, const char *name,
    int64_t cents)
{
	char text[MONEY_TEXT];

	money_decimal(cents, text);
	record_put(t, to, name, slice_str(text));
}

struct record_at
record_open(struct record_tree *t, struct record_at to, const char *name)
{
	const struct record_field *f;
	struct slice last;

	if (!record_get(to, name).field)
		return nowhere;
	while (strchr(name, '.'))
		to = enter(t, to, cut(&name));
	last = slice_str(name);
	f = member(to.field, last);
	if (!f || !to.value)
		return nowhere;
	return f->list ? make(t, to, f) : enter(t, to, last);
}

void
record_drop(struct record_at from, const char *name)
{
	while (strchr(name, '.')) {
		const struct record_field *f = member(from.field, cut(&name));

		from = (struct record_at){ f, f && from.value ?
			from.value->cell[f->slot] : NULL };
	}
	from.field = member(from.field, slice_str(name));
	if (from.field && from.value)
		from.value->cell[from.field->slot] = NULL;
}

static void
copy_member(struct record_tree *t, const struct record_field *from,
    const struct record_value *v, const struct record_field *f,
    struct record_at to)
{
	for (; v && !t->failed; v = f->list && from->list ? v->next : NULL) {
		struct record_at at = make(t, to, f);

		if (!at.value)
			return;
		at.value->text = v->text;
		if (f->type == RECORD_OBJECT)
			record_copy(t, (struct record_at){ from,
				(struct record_value *)(uintptr_t)v }, at);
	}
}

void
record_copy(struct record_tree *t, struct record_at from, struct record_at to)
{
	if (!from.value || !to.value)
		return;
	for (const struct record_field *f = to.field->first; f; f = f->next) {
		const struct record_field *g = member(from.field,
		    slice_str(f->name));

		if (g && (g->type == RECORD_OBJECT) == (f->type ==
		    RECORD_OBJECT) && !to.value->cell[f->slot])
			copy_member(t, g, from.value->cell[g->slot], f, to);
	}
}

void
record_move(struct record_tree *t, struct record_at from, const char *name,
    struct record_at to, const char *to_name)
{
	struct slice text = record_get_text(from, name);

	if (!record_get(to, to_name).field)
		return;
	record_put(t, to, to_name, text);
	record_drop(from, name);
}

void
record_relist(struct record_at from, const char *name,
    struct record_value *const *items, unsigned count)
{
	const struct record_field *f = member(from.field, slice_str(name));

	if (!f || !from.value)
		return;
	from.value->cell[f->slot] = NULL;
	for (unsigned i = 0; i < count; i++) {
		items[i]->next = NULL;
		record_append(&from.value->cell[f->slot], items[i]);
	}
}
