/* SPDX-License-Identifier: ISC */
#include "edi/record/defaults.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"

enum { DEFAULTS_KINDS = 32, DEFAULTS_MEMORY = 64 << 20 };

struct record_defaults {
	struct record_kinds *kinds;
	const struct record_form *form;
	struct arena arena;
	struct {
		const struct record_kind *kind;
		struct record_value *root;
	} of[DEFAULTS_KINDS];
	unsigned count;
};

/* ---- filling ------------------------------------------------------------ */

static bool
is_claim(const struct record_field *f)
{
	return strcmp(f->name, "claim") == 0;
}

static void
fill_object(const struct record_field *f, const struct record_value *from,
    struct record_value *to)
{
	for (f = f->first; f; f = f->next)
		if (!to->cell[f->slot])
			to->cell[f->slot] = from->cell[f->slot];
}

/* whole: of another line of defaults, of which nothing is left out. */
static void
fill(const struct record_kind *k, const struct record_value *from,
    struct record_value *to, bool whole)
{
	bool claim = false;

	for (const struct record_field *f = k->root->first; f; f = f->next)
		claim |= is_claim(f) && to->cell[f->slot];
	for (const struct record_field *f = k->root->first; f; f = f->next) {
		struct record_value **cell = &to->cell[f->slot];

		if (!from->cell[f->slot])
			continue;
		if (*cell && f->type == RECORD_OBJECT && !f->list &&
		    (f->level == 0 || is_claim(f)))
			fill_object(f, from->cell[f->slot], *cell);
		else if (!*cell && (whole || f->level == 0 ||
		    (claim && !is_claim(f))))
			*cell = from->cell[f->slot];
	}
}

void
record_defaults_fill(const struct record_defaults *d,
    const struct record_kind *kind, struct record_value *root)
{
	for (unsigned i = 0; i < d->count; i++)
		if (d->of[i].kind == kind)
			fill(kind, d->of[i].root, root, false);
}

/* ---- lines -------------------------------------------------------------- */

static int
refuse(struct record_fault *fault, struct slice field, const char *text)
{
	*fault = (struct record_fault){ .name = NULL };
	slice_copy(field, fault->field, sizeof(fault->field));
	snprintf(fault->text, sizeof(fault->text), "%s", text);
	return 1;
}

static int
add(struct record_defaults *d, const struct record_kind *kind,
    struct record_value *root, struct err *e)
{
	for (unsigned i = 0; i < d->count; i++) {
		if (d->of[i].kind == kind) {
			fill(kind, root, d->of[i].root, true);
			return 0;
		}
	}
	if (d->count == DEFAULTS_KINDS)
		return err_set(e, -E2BIG, "too many kinds of record");
	d->of[d->count].kind = kind;
	d->of[d->count++].root = root;
	return 0;
}

static int
add_typed(struct record_defaults *d, struct slice line, struct slice type,
    struct record_fault *fault, struct err *e)
{
	const struct record_kind *kind = record_kind_named(d->kinds, type, e);
	struct record_value *root;

	if (!kind)
		return e->code != 0 ? e->code : refuse(fault,
		    SLICE_LIT("type"), "no kind of record (`x12 records` "
		    "lists the kinds)");
	root = record_read(&d->arena, kind, line, d->form, fault);
	return root ? add(d, kind, root, e) : 1;
}

/* Only what the set itself says: of whom a payer is, kinds differ. */
static bool
keep_set(const struct record_kind *kind, struct record_value *root)
{
	bool some = false;

	for (const struct record_field *f = kind->root->first; f;
	    f = f->next) {
		if (f->level != 0)
			root->cell[f->slot] = NULL;
		some |= root->cell[f->slot] != NULL;
	}
	return some;
}

/* Does any kind have it, of its set? */
static int
is_known(struct record_defaults *d, struct slice name, struct err *e)
{
	for (unsigned i = 0; record_kind_name(i); i++) {
		const struct record_kind *kind = record_kind_named(d->kinds,
		    slice_str(record_kind_name(i)), e);

		if (!kind)
			return e->code;
		for (const struct record_field *f = kind->root->first; f;
		    f = f->next)
			if (f->level == 0 && slice_is(name, f->name))
				return 1;
	}
	return 0;
}

static int
check_names(struct record_defaults *d, struct slice line,
    struct record_fault *fault, struct err *e)
{
	struct json_string key;
	struct json_read r;
	struct slice ignored;
	bool first;

	json_read_init(&r, line);
	if (json_read_kind(&r) != JSON_OBJECT ||
	    !json_read_open(&r, '{', &first))
		return refuse(fault, slice(NULL, 0), "must be an object: "
		    "{ .. }");
	while (json_read_member(&r, &first, &key)) {
		int known = is_known(d, key.raw, e);

		if (known <= 0)
			return known < 0 ? known : refuse(fault, key.raw,
			    "is no member of a whole set: name the kind with "
			    "a \"type\", or see `x12 records table`");
		if (!json_read_skip(&r, &ignored))
			return refuse(fault, key.raw, "is no JSON");
	}
	return 0;
}

static int
add_any(struct record_defaults *d, struct slice line,
    struct record_fault *fault, struct err *e)
{
	int rc = check_names(d, line, fault, e);

	for (unsigned i = 0; rc == 0 && record_kind_name(i); i++) {
		const struct record_kind *kind = record_kind_named(d->kinds,
		    slice_str(record_kind_name(i)), e);
		struct record_value *root;

		if (!kind)
			return e->code;
		root = record_read_loose(&d->arena, kind, line, d->form,
		    fault);
		if (!root)
			return 1;
		if (keep_set(kind, root))
			rc = add(d, kind, root, e);
	}
	return rc;
}

int
record_defaults_add(struct record_defaults *d, struct slice line,
    struct record_fault *fault, struct err *e)
{
	struct slice type = record_read_type(line);

	*e = ERR_NONE;
	for (; line.n > 0 && strchr(" \t\r", line.p[0]); line.n--)
		line.p++;
	if (line.n == 0)
		return 0;
	return type.n > 0 ? add_typed(d, line, type, fault, e) :
	    add_any(d, line, fault, e);
}

struct record_defaults *
record_defaults_new(struct record_kinds *k, const struct record_form *form)
{
	struct record_defaults *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->kinds = k;
	d->form = form;
	arena_init(&d->arena, DEFAULTS_MEMORY);
	return d;
}

void
record_defaults_free(struct record_defaults *d)
{
	if (!d)
		return;
	arena_free(&d->arena);
	free(d);
}
