/* SPDX-License-Identifier: ISC */
#include "edi/walk/core.h"

#include <stdio.h>

static uint8_t
guide_severity(const struct guide *g, const struct finding_def *def,
    uint8_t severity)
{
	for (unsigned i = 0; g && i < g->severity_count; i++)
		if (g->severities[i].finding == def->name ||
		    strcmp(g->severities[i].finding, def->name) == 0)
			return g->severities[i].severity;
	return severity;
}

void
walk_report(struct walk *w, const struct finding_def *def,
    const struct finding *where)
{
	struct finding f = { 0 };

	if (!(w->snip & 1u << def->snip))
		return;
	if (where)
		f = *where;
	if (f.severity == 0)
		f.severity = def->severity;
	f.severity = guide_severity(w->guide, def, f.severity);
	if (f.severity == SEVERITY_OFF)
		return;
	if (f.loop[0] == '\0' && w->top >= 0)
		slice_copy(slice_str(w->frames[w->top].place.loop->id), f.loop,
		    sizeof(f.loop));
	if (f.claim == 0)
		f.claim = w->claim;
	scan_report(w->scan, def, &f);
}

/* Doubtful facts warn. */
static uint8_t
severity_of(const struct finding_def *def, bool doubt)
{
	return doubt ? SEVERITY_WARNING : def->severity;
}

void
walk_say(struct walk *w, enum finding_id id, uint8_t severity,
    const struct guide_loop *loop, unsigned element)
{
	struct finding f = { .severity = severity,
		.element = (uint8_t)element };

	if (loop)
		slice_copy(slice_str(loop->id), f.loop, sizeof(f.loop));
	if (element > 0 && w->now.segment)
		f.value = segment_element(w->now.segment, element);
	walk_report(w, &finding_defs[id], &f);
}

/* "NM1*QC, Patient Name" into a detail. */
static void
describe(const struct guide_child *c, char *to, size_t cap)
{
	const struct guide_segment *s = c->segment;
	const struct guide_element *el = guide_segment_key(s, 0);
	const char *name = c->loop ? c->loop->name : s->name;
	char code[40] = "";

	if (el && el->codes && el->codes->count <= 3)
		for (uint32_t i = 0; i < el->codes->count; i++) {
			size_t n = strlen(code);

			snprintf(code + n, sizeof(code) - n, "%s%.*s",
			    i == 0 ? "" : " or ",
			    SLICE_ARG(el->codes->text[i]));
		}
	/* The qualifier is not always the first element: HL*1**20. */
	if (code[0] && s->key[0] == 1)
		snprintf(to, cap, "%s*%s, %s", s->id, code, name);
	else
		snprintf(to, cap, "%s, %s", s->id, name);
}

void
walk_say_missing(struct walk *w, const struct guide_child *c,
    const struct gap *at)
{
	const struct finding_def *def = &finding_defs[c->loop ?
	    FINDING_LOOP_MISSING : FINDING_SEGMENT_MISSING];
	bool doubt = (c->loop ? c->loop->doubt : c->segment->doubt) &
	    DOUBT_USAGE;
	struct finding f = { .severity = severity_of(def, doubt) };

	if (c->segment->tag == TAG_SE)
		return;         /* the scan has said so */
	f.segment = at->ordinal;
	f.offset = at->offset;
	memcpy(f.id, c->segment->id, sizeof(f.id));
	if (c->loop)
		slice_copy(slice_str(c->loop->id), f.loop, sizeof(f.loop));
	describe(c, f.detail, sizeof(f.detail));
	walk_report(w, def, &f);
}

void
walk_say_unplaced(struct walk *w)
{
	uint32_t tag = w->now.segment->tag;
	enum finding_id id = FINDING_SEGMENT_UNEXPECTED;

	if (tag == 0)
		return;         /* the scan has said so */
	if (guide_leaves_out(w->guide, tag))
		id = FINDING_SEGMENT_NOT_USED;
	else if (!guides_knows_segment(w->guides, tag))
		id = FINDING_SEGMENT_UNKNOWN;
	else if (!guide_uses_segment(w->guide, tag))
		id = FINDING_SEGMENT_NOT_IN_SET;
	walk_say(w, id, 0, NULL, 0);
}

/* The qualifiers that the children of this id have, as far as they fit. */
static void
list_qualifiers(const struct guide_body *b, const struct match_group *g,
    char *to, size_t cap)
{
	size_t n = 0;

	n += (size_t)snprintf(to, cap, "one of");
	for (unsigned i = 0; i < g->code_count && n + 14 < cap; i++) {
		char code[9];
		unsigned k = 8;

		code[k] = '\0';
		for (uint64_t x = g->codes[i].code; x != 0; x >>= 8)
			code[--k] = (char)(x & 0xff);
		n += (size_t)snprintf(to + n, cap - n, " %s", code + k);
		if (i + 1 < g->code_count && n + 14 >= cap)
			snprintf(to + n, cap - n, " ..");
	}
	(void)b;
}

void
walk_say_qualifier(struct walk *w, int depth)
{
	const struct guide_body *b = w->frames[depth].body;
	const struct match_group *g = guide_match_group(b, w->now.segment->tag);
	const struct guide_segment *s = b->children[g->children[0]].segment;
	unsigned element, component;
	struct slice value = walk_key(w, w->now.segment, depth, &element,
	    &component);
	const struct guide_element *el = &s->elements[element - 1];
	enum finding_id id = FINDING_QUALIFIER_INVALID;
	struct finding f = { .element = (uint8_t)element,
		.component = (uint8_t)component, .value = value };

	if (component > 0)
		el = &el->components[component - 1];
	f.element_number = el->number;
	if (value.n == 0)
		id = FINDING_QUALIFIER_MISSING;
	else if (el->known && guide_codes_has(el->known, value))
		id = FINDING_QUALIFIER_NOT_USED;
	slice_copy(slice_str(w->frames[depth].place.loop->id), f.loop,
	    sizeof(f.loop));
	list_qualifiers(b, g, f.detail, sizeof(f.detail));
	walk_report(w, &finding_defs[id], &f);
}
