/* SPDX-License-Identifier: ISC */
/*
 * The report of a file that was put aside: for the clerk who dropped it, and
 * the same for a program.
 */
#include "daemon/report.h"

#include "base/clock.h"
#include "base/json.h"
#include "daemon/duplicate.h"
#include "daemon/inspect.h"

#include <inttypes.h>

void
report_name(struct buf *out, const char *name)
{
	for (; *name; name++)
		buf_add_char(out, (unsigned char)*name < ' ' ||
		    *name == 0x7f ? '?' : *name);
}

/* ---- for the clerk ------------------------------------------------------ */

struct report_out {
	struct buf *out;
	struct json json;
	const char *file;
	unsigned count;
};

static const char *
report_separator(bool *any)
{
	const char *s = *any ? ", " : "";

	*any = true;
	return s;
}

/* "Claim 3 of set 0001, segment 12 (CLM), loop 2300, element CLM05-1". */
static void
report_where(struct buf *out, const struct manifest_finding *f)
{
	bool any = false;

	if (f->record)
		buf_addf(out, "%s%s %" PRIu64, report_separator(&any), f->unit,
		    f->record);
	if (f->field[0])
		buf_addf(out, "%s%s", report_separator(&any), f->field);
	if (f->interchange_ordinal > 1)
		buf_addf(out, "%sinterchange %" PRIu32,
		    report_separator(&any), f->interchange_ordinal);
	if (f->claim)
		buf_addf(out, "%sclaim %" PRIu32, report_separator(&any),
		    f->claim);
	if (f->set[0])
		buf_addf(out, "%sset %s", report_separator(&any), f->set);
	if (f->segment)
		buf_addf(out, "%ssegment %" PRIu32, report_separator(&any),
		    f->segment);
	if (f->id[0] && f->segment)
		buf_addf(out, " (%s)", f->id);
	else if (f->id[0])
		buf_addf(out, "%ssegment %s", report_separator(&any), f->id);
	if (f->loop[0])
		buf_addf(out, "%sloop %s", report_separator(&any), f->loop);
	if (f->element[0] && strcmp(f->element, f->id) != 0)
		buf_addf(out, "%selement %s", report_separator(&any),
		    f->element);
	if (!any)
		buf_add_str(out, "the file as a whole");
}

static void
report_on_text(void *ctx, const struct manifest_finding *f)
{
	struct report_out *r = ctx;

	buf_addf(r->out, "%u. %s: ", ++r->count,
	    f->severity == SEVERITY_REJECT ? "MUST BE CORRECTED" : "Warning");
	report_where(r->out, f);
	buf_addf(r->out, "\n   %s\n", f->text);
	if (f->detail[0])
		buf_addf(r->out, "   Here: %s\n", f->detail);
	if (f->example[0])
		buf_addf(r->out, "   Right form: %s\n", f->example);
	buf_addf(r->out, "   [%s, SNIP %u%s%s]\n\n", f->name, f->snip,
	    f->ack[0] ? ", " : "", f->ack);
}

/* Places in the X12 that was made of records tell a clerk nothing. */
static void
report_record(uint64_t record, struct manifest_finding *m)
{
	m->segment = m->claim = m->interchange_ordinal = 0;
	m->offset = 0;
	m->id[0] = m->loop[0] = m->element[0] = '\0';
	m->record = record;
	slice_copy(SLICE_LIT("record"), m->unit, sizeof(m->unit));
	slice_copy(SLICE_LIT("claim.id"), m->field, sizeof(m->field));
}

/* As many as are told of other findings. */
static void
report_each_duplicate(const struct report *r, struct report_out *to,
    void (*on)(void *, const struct manifest_finding *))
{
	struct manifest_finding m;
	struct duplicate d;
	struct finding f;

	for (uint32_t i = 0; i < r->duplicate_count && i < INSPECT_FINDINGS &&
	    duplicate_get(r->duplicates, i, &d, NULL) == 0; i++) {
		f = duplicate_finding(&d);
		inspect_finding(&f, &m);
		if (d.record)
			report_record(d.record, &m);
		on(to, &m);
	}
}

static void
report_each(const struct report *r, struct report_out *to,
    void (*on)(void *, const struct manifest_finding *))
{
	struct manifest_sink sink = { .on_finding = on, .ctx = to };
	struct manifest_end end;

	for (unsigned i = 0; i < r->own_count; i++)
		on(to, &r->own[i]);
	report_each_duplicate(r, to, on);
	/* It was read before: if it fails now, the report is only shorter. */
	if (r->findings)
		(void)!manifest_read(r->manifest, &sink, &end, NULL);
}

void
report_text(struct buf *out, const struct peer *p,
    const struct store_file *f, const struct report *r)
{
	struct report_out to = { .out = out };
	char when[CLOCK_TEXT];

	clock_format(f->created, when);
	buf_addf(out, "Our id:   %s\nFile:     ", engine_id(&f->id).text);
	report_name(out, f->name);
	buf_addf(out, "\nPartner:  %s%s%s%s\nTaken:    %s\n", p->name,
	    p->config->title ? " (" : "",
	    p->config->title ? p->config->title : "",
	    p->config->title ? ")" : "", when);
	buf_addf(out, "Outcome:  %s\n\n%s\n\n", r->outcome, r->advice);
	report_each(r, &to, report_on_text);
	if (r->end.findings_left_out)
		buf_addf(out, "and %" PRIu32 " more findings.\n",
		    r->end.findings_left_out);
}

/* ---- for a program: the objects of `x12 validate --json` ---------------- */

static void
report_json_acks(struct json *j, const char *acks)
{
	jsonw_key(j, "ack");
	jsonw_array(j);
	while (*acks) {
		size_t n = strcspn(acks, ",");

		jsonw_slice(j, slice(acks, n));
		acks += n + (acks[n] == ',');
	}
	jsonw_array_end(j);
}

static void
report_on_json(void *ctx, const struct manifest_finding *f)
{
	struct report_out *r = ctx;
	struct json *j = &r->json;

	jsonw_object(j);
	jsonw_kstr(j, "type", "finding");
	jsonw_kstr(j, "file", r->file);
	jsonw_kint(j, "offset", (int64_t)f->offset);
	jsonw_kint_opt(j, "interchange", (int64_t)f->interchange);
	jsonw_kint_opt(j, "group", (int64_t)f->group);
	jsonw_kstr_opt(j, "set", f->set);
	jsonw_kint_opt(j, "segment", f->segment);
	jsonw_kstr_opt(j, "id", f->id);
	jsonw_kstr_opt(j, "loop", f->loop);
	jsonw_kstr_opt(j, "element", f->element);
	jsonw_kint_opt(j, "record", (int64_t)f->record);
	jsonw_kstr_opt(j, "field", f->field);
	jsonw_kint_opt(j, "claim", f->claim);
	jsonw_kint(j, "snip", f->snip);
	jsonw_kstr(j, "severity",
	    f->severity == SEVERITY_REJECT ? "reject" : "warn");
	jsonw_kstr(j, "name", f->name);
	report_json_acks(j, f->ack);
	jsonw_kstr(j, "text", f->text);
	jsonw_kstr_opt(j, "detail", f->detail);
	jsonw_object_end(j);
	buf_add_char(r->out, '\n');
	jsonw_init(j, r->out);
}

void
report_jsonl(struct buf *out, const struct store_file *f,
    const struct report *r)
{
	struct report_out to = { .out = out, .file = f->name };
	struct json *j = &to.json;

	jsonw_init(j, out);
	report_each(r, &to, report_on_json);
	jsonw_object(j);
	jsonw_kstr(j, "type", "summary");
	jsonw_kstr(j, "file", f->name);
	jsonw_kstr(j, "id", engine_id(&f->id).text);
	if (!store_id_none(&f->parent))
		jsonw_kstr(j, "parent", engine_id(&f->parent).text);
	jsonw_kstr(j, "outcome", r->outcome);
	jsonw_kint(j, "sets", r->end.sets);
	jsonw_kint(j, "claims", r->end.claims);
	jsonw_kint(j, "rejects", r->end.rejects + r->own_count);
	jsonw_kint(j, "warnings", r->end.warnings);
	jsonw_kstr(j, "verdict", "reject");
	jsonw_object_end(j);
	buf_add_char(out, '\n');
}
