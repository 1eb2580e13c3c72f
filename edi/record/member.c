/* SPDX-License-Identifier: ISC */
#include "edi/record/member.h"

#include <stdio.h>

#include "base/nearest.h"

static bool
wrong(struct record_member_fault *fault, const char *text)
{
	snprintf(fault->text, sizeof(fault->text), "%s", text);
	return false;
}

/* "diagnoses[1]": takes the brackets off. */
static bool
cut_index(struct slice *name, int *index)
{
	const char *open = memchr(name->p, '[', name->n);
	struct slice digits;
	uint64_t n;

	*index = RECORD_INDEX_NONE;
	if (!open)
		return true;
	digits = slice(open + 1, name->n - (size_t)(open - name->p) - 1);
	name->n = (size_t)(open - name->p);
	if (digits.n == 0 || digits.p[digits.n - 1] != ']')
		return false;
	digits.n--;
	*index = RECORD_INDEX_ALL;
	if (digits.n == 0)
		return true;
	if (!slice_u64(digits, &n) || n >= RECORD_MEMBER_ITEMS)
		return false;
	*index = (int)n;
	return true;
}

/* above: what of the whole name stood before, with its dot. */
static bool
unknown(const struct record_field *in, struct slice above, struct slice name,
    struct record_member_fault *fault)
{
	struct nearest near;
	char wanted[NEAREST_MAX + 1];

	wrong(fault, "no such member");
	if (!slice_copy(name, wanted, sizeof(wanted)))
		return false;
	nearest_init(&near, wanted);
	for (const struct record_field *f = in->first; f; f = f->next)
		nearest_try(&near, f->name);
	if (nearest_found(&near))
		snprintf(fault->text, sizeof(fault->text), "no such member; "
		    "did you mean %.*s%s?", SLICE_ARG(above),
		    nearest_found(&near));
	return false;
}

static const struct record_field *
find(const struct record_field *in, struct slice name)
{
	for (in = in->first; in; in = in->next)
		if (slice_is(name, in->name))
			return in;
	return NULL;
}

bool
record_member_find(const struct record_kind *k, struct slice path,
    struct record_member *to, struct record_member_fault *fault)
{
	const struct record_field *in = k->root;
	size_t at = 0;

	to->depth = 0;
	if (path.n == 0 || path.n >= RECORD_MEMBER_NAME)
		return wrong(fault, "no such member");
	while (at <= path.n) {
		const char *dot = memchr(path.p + at, '.', path.n - at);
		size_t end = dot ? (size_t)(dot - path.p) : path.n;
		struct slice name = slice(path.p + at, end - at);
		struct record_step *s = &to->steps[to->depth];

		if (to->depth == RECORD_MEMBER_DEPTH ||
		    in->type != RECORD_OBJECT)
			return wrong(fault, "no such member: too many dots");
		if (!cut_index(&name, &s->index))
			return wrong(fault, "no number of an item; write [0] "
			    "for the first");
		s->field = find(in, name);
		if (!s->field)
			return unknown(in, slice(path.p, at), name, fault);
		if (s->index != RECORD_INDEX_NONE && !s->field->list)
			return wrong(fault, "no list: leave the [] out");
		in = s->field;
		to->depth++;
		at = end + 1;
	}
	return true;
}
