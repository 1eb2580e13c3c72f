/* SPDX-License-Identifier: ISC */
#include "edi/record/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "edi/record/embed.h"
#include "edi/segment.h"

enum { KINDS = 16, KIND_MEMORY = 4 << 20 };

struct record_kinds {
	struct guides *guides;
	struct arena arena;
	struct record_kind *kinds[KINDS];
};

const char *
record_type_text(enum record_type t)
{
	static const char *const names[RECORD_TYPES] = {
		"object", "text", "code", "date", "time", "period", "money",
		"number", "bool",
	};

	return names[t];
}

bool
record_is_frame(const struct guide_segment *g)
{
	return g->tag == TAG_ST ||
	    g->tag == TAG_SE ||
	    g->tag == TAG_HL || record_is_bracket(g) ||
	    (g->tag == SEGMENT_TAG2('L', 'X') &&
	    (g->elements[0].flags & GUIDE_COUNTS));
}

/* What defaults may say, a record need not say: nothing of it. */
static void
relax(struct record_field *f, bool settable)
{
	for (f = f->first; f; f = f->next) {
		relax(f, settable || f->settable);
		f->required &= !settable && !f->settable;
	}
}

/* The first two lines, before the guide is known: record, title. */
static int
load(struct record_kinds *k, unsigned i, const struct record_file *file,
    const struct guide *g, struct err *e)
{
	struct record_kind *kind = arena_alloc(&k->arena, sizeof(*kind));
	struct record_draft d = { .kind = kind, .arena = &k->arena, .e = e };
	char what[24];
	int rc;

	if (!kind)
		return record_draft_no_memory(&d);
	snprintf(what, sizeof(what), "%s.record", file->name);
	kind->name = file->name;
	kind->title = file->title;
	kind->guide = g;
	rc = record_draft_prepare(&d, &k->arena);
	if (rc == 0)
		rc = record_draft_read(&d, record_file_common(),
		    "common.record");
	if (rc == 0)
		rc = record_draft_read(&d, file->text, what);
	if (rc == 0)
		rc = record_draft_levels(&d);
	if (rc == 0)
		rc = record_draft_complete(&d);
	if (rc < 0)
		return rc;
	relax(kind->root, false);
	k->kinds[i] = kind;
	return rc;
}

/* ---- the kinds ---------------------------------------------------------- */

struct record_kinds *
record_kinds_new(struct guides *g)
{
	struct record_kinds *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->guides = g;
	arena_init(&k->arena, KINDS * (size_t)KIND_MEMORY);
	return k;
}

void
record_kinds_free(struct record_kinds *k)
{
	if (!k)
		return;
	arena_free(&k->arena);
	free(k);
}

const char *
record_kind_name(unsigned i)
{
	struct record_file file;

	return record_file(i, &file) ? file.name : NULL;
}

static const struct record_kind *
kind_at(struct record_kinds *k, unsigned i, const struct record_file *file,
    const struct guide *g, struct err *e)
{
	*e = ERR_NONE;
	if (!k->kinds[i] && load(k, i, file, g, e) < 0)
		return NULL;
	return k->kinds[i];
}

const struct record_kind *
record_kind_of(struct record_kinds *k, const struct guide *g, struct err *e)
{
	struct record_file file;

	*e = ERR_NONE;
	for (unsigned i = 0; i < KINDS && record_file(i, &file); i++)
		if (strcmp(g->id, file.guide) == 0 &&
		    strcmp(g->set, file.set) == 0)
			return kind_at(k, i, &file, g, e);
	return NULL;
}

const struct record_kind *
record_kind_named(struct record_kinds *k, struct slice name, struct err *e)
{
	struct record_file file;

	*e = ERR_NONE;
	for (unsigned i = 0; i < KINDS && record_file(i, &file); i++) {
		const struct guide *g;

		if (!slice_is(name, file.name))
			continue;
		g = guides_find(k->guides, slice_str(file.guide),
		    slice_str(file.set), e);
		return g ? kind_at(k, i, &file, g, e) : NULL;
	}
	return NULL;
}
