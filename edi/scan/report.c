/* SPDX-License-Identifier: ISC */
#include "edi/scan/core.h"

#include <stdarg.h>
#include <stdio.h>

static void
find_place(const struct scan *s, struct finding *f)
{
	if (f->id[0] == '\0')
		segment_tag_text(s->now ? s->now->tag : 0, f->id);
	if (f->segment == 0) {
		f->offset = s->now ? s->now->offset : reader_offset(s->reader);
		f->segment = s->ordinal;
	}
	if (s->in_interchange) {
		f->interchange = s->interchange.control;
		f->interchange_ordinal = s->interchange.ordinal;
	}
	if (s->in_group) {
		f->group = s->group.control;
		f->group_ordinal = s->group.ordinal;
	}
	if (s->in_set) {
		memcpy(f->set, s->set.control, sizeof(f->set));
		f->set_ordinal = s->set.ordinal;
	}
}

/* Which of the three is refused, by the acknowledgement that speaks of it. */
static void
mark_rejected(struct scan *s, const struct finding_ack *ack)
{
	if (ack->ta105[0] != '\0')
		s->interchange.rejected = true;
	if (ack->ak905[0] != '\0')
		s->group.rejected = true;
	if (s->in_set)
		s->set.rejected = true;
}

void
scan_set_severities(struct scan *s, const struct scan_severity *rows,
    unsigned count)
{
	s->severities = rows;
	s->severity_count = count;
}

static uint8_t
severity_set(const struct scan *s, const char *name, uint8_t severity)
{
	for (unsigned i = 0; i < s->severity_count; i++)
		if (strcmp(s->severities[i].finding, name) == 0)
			severity = s->severities[i].severity;
	return severity;
}

static void
leave_out(struct scan *s, struct finding *f)
{
	s->left_out++;
	if (s->ops->on_left_out == NULL)
		return;
	find_place(s, f);
	s->ops->on_left_out(s->ctx, f);
}

static void
report(struct scan *s, const struct finding_def *def,
    const struct finding *where, bool always)
{
	struct finding f = { 0 };

	if (where != NULL)
		f = *where;
	f.def = def;
	if (f.severity == SEVERITY_OFF)
		f.severity = def->severity;
	f.severity = severity_set(s, def->name, f.severity);
	if (f.severity == SEVERITY_OFF)
		return;
	if (f.severity == SEVERITY_REJECT)
		mark_rejected(s, &def->ack);
	if (!always && s->listed >= SCAN_FINDINGS_MAX) {
		leave_out(s, &f);
		return;
	}
	s->listed += !always;
	find_place(s, &f);
	if (s->ops->on_finding != NULL)
		s->ops->on_finding(s->ctx, &f);
}

void
scan_report(struct scan *s, const struct finding_def *def,
    const struct finding *where)
{
	report(s, def, where, false);
}

void
scan_report_always(struct scan *s, enum finding_id id,
    const struct finding *where)
{
	report(s, &finding_defs[id], where, true);
}

/* Those of headers and trailers come once a set, so they may always come. */
void
scan_say(struct scan *s, enum finding_id id, unsigned element,
    const char *fmt, ...)
{
	struct finding f = { .element = (uint8_t)element };
	va_list ap;

	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(f.detail, sizeof(f.detail), fmt, ap);
		va_end(ap);
	}
	if (s->now != NULL)
		f.value = segment_element(s->now, element);
	report(s, &finding_defs[id], &f,
	    s->now == NULL || tag_is_envelope(s->now->tag));
}

