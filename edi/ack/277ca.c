/* SPDX-License-Identifier: ISC */
#include "edi/ack/parts.h"

#include <stdio.h>

/*
 * The 277CA (005010X214): one transaction set for each 837, levels 20 > 21 >
 * 19 > PT. The totals of a batch and of a provider stand before the claims
 * that they count, so claims are written aside and put below their provider,
 * and providers below the batch, when these end.
 */

enum { LEVEL_FIRST_PROVIDER = 3 };

static void write_claim(void *ctx, struct ack_claim *c);

bool
ack_277ca_init(struct ack *a)
{
	struct ack_277ca *b = &a->batch;

	buf_init(&b->providers, a->options.bytes_max);
	buf_init(&b->claims, a->options.bytes_max);
	if (!a->options.claims && a->options.fate != ACK_APART)
		return true;
	b->reader = ack_claims_new(write_claim, a);
	return b->reader != NULL;
}

void
ack_277ca_free(struct ack *a)
{
	ack_claims_free(a->batch.reader);
	buf_free(&a->batch.providers);
	buf_free(&a->batch.claims);
}

void
ack_277ca_set(struct ack *a)
{
	struct ack_277ca *b = &a->batch;

	buf_reset(&b->providers);
	buf_reset(&b->claims);
	writer_init(&b->pw, &b->providers, a->delimiters, a->suffix);
	writer_init(&b->cw, &b->claims, a->delimiters, a->suffix);
	b->next_level = LEVEL_FIRST_PROVIDER;
	b->provider = b->patient = 0;
	memset(&b->batch, 0, sizeof(b->batch));
	memset(&b->provider_totals, 0, sizeof(b->provider_totals));
}

/* ---- pieces ------------------------------------------------------------- */

static void
put_status(struct writer *w, const char *status)
{
	const char *p = status;
	size_t n;

	writer_composite(w);
	for (;; p += n + 1) {
		n = strcspn(p, ":");
		writer_component(w, slice(p, n));
		if (p[n] == '\0')
			break;
	}
	writer_composite_end(w);
}

/* Sums are shown, never added to money that is paid: they stop at the end. */
static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static void
write_stc(struct writer *w, const char *status, const char *date,
    const char *action, int64_t cents)
{
	writer_begin(w, "STC");
	put_status(w, status);
	writer_str(w, date);
	writer_str(w, action);
	writer_cents(w, cents);
	writer_end(w);
}

static const char *
source_entity(const struct ack *a)
{
	return a->options.source_entity ? a->options.source_entity : "PR";
}

/* Of a batch and of a provider: their claims are spoken of below. */
static void
write_receipt(struct ack *a, struct writer *w, const char *date,
    int64_t cents)
{
	char status[16];

	snprintf(status, sizeof(status), "A1:19:%s", source_entity(a));
	write_stc(w, status, date, "WQ", cents);
}

static void
write_count(struct writer *w, const char *qualifier, uint32_t n)
{
	if (n == 0)
		return;
	writer_begin(w, "QTY");
	writer_str(w, qualifier);
	writer_uint(w, n);
	writer_end(w);
}

static void
write_amount(struct writer *w, const char *qualifier, int64_t cents)
{
	writer_begin(w, "AMT");
	writer_str(w, qualifier);
	writer_cents(w, cents);
	writer_end(w);
}

static void
write_totals(struct writer *w, const struct ack_totals *t,
    const char *accepted, const char *rejected)
{
	write_count(w, accepted, t->accepted);
	write_count(w, rejected, t->rejected);
	if (t->accepted > 0)
		write_amount(w, "YU", t->accepted_cents);
	if (t->rejected > 0)
		write_amount(w, "YY", t->rejected_cents);
}

static void
write_level(struct writer *w, uint32_t id, uint32_t parent, const char *code,
    const char *child)
{
	writer_begin(w, "HL");
	writer_uint(w, id);
	if (parent > 0)
		writer_uint(w, parent);
	else
		writer_skip(w, 1);
	writer_str(w, code);
	writer_str(w, child);
	writer_end(w);
}

/* A name and number that the guide requires, though the 837 had none. */
static const char *
known(const char *s)
{
	return s[0] != '\0' ? s : "UNKNOWN";
}

/* NM1; the given names of a person only. */
static void
write_name(struct writer *w, const char *code, const struct ack_party *p,
    const char *entity, const char *qualifier, const char *id)
{
	bool person = entity[0] == '1';

	writer_begin(w, "NM1");
	writer_str(w, code);
	writer_str(w, entity);
	ack_put(w, known(p->last), 60);
	ack_put(w, person ? p->first : "", 35);
	ack_put(w, person ? p->middle : "", 25);
	writer_skip(w, 1);
	ack_put(w, person ? p->suffix : "", 10);
	writer_str(w, qualifier);
	ack_put(w, strlen(id) > 1 ? id : "UNKNOWN", 80);
	writer_end(w);
}

static const char *
entity_of(const struct ack_party *p)
{
	return strcmp(p->entity, "1") == 0 ? "1" : "2";
}

/* DTP with one day or a period. */
static void
write_period(struct writer *w, const char *from, const char *to)
{
	char text[24];
	bool day = strcmp(from, to) == 0;

	snprintf(text, sizeof(text), "%s%s%s", from, day ? "" : "-",
	    day ? "" : to);
	writer_line(w, "DTP", "472", day ? "D8" : "RD8", text, NULL);
}

/* ---- the provider ------------------------------------------------------- */

static void
write_provider_name(struct writer *w, const struct ack_party *p)
{
	static const char *const allowed[] = { "XX", "FI", "SV" };
	const char *qualifier = "FI", *id = p->tax;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (p->id[0] != '\0' && strcmp(p->qualifier, allowed[i]) == 0) {
			qualifier = allowed[i];
			id = p->id;
		}
	}
	write_name(w, "85", p, entity_of(p), qualifier, id);
}

/* The provider's level, and its claims below it. */
static void
end_provider(struct ack *a)
{
	struct ack_277ca *b = &a->batch;
	struct ack_totals *t = &b->provider_totals;
	struct writer *w = &b->pw;

	if (b->provider == 0)
		return;
	write_level(w, b->provider_level, 2, "19", "1");
	write_provider_name(w, &b->present);
	writer_line(w, "TRN", "1", "0", NULL);
	write_receipt(a, w, "", plus(t->accepted_cents, t->rejected_cents));
	write_totals(w, t, "QA", "QC");
	if (!buf_add_slice(&b->providers, buf_slice(&b->claims)) ||
	    writer_error(&b->cw) != WRITER_OK)
		w->error = w->error ? w->error : WRITER_FULL;
	w->segments += b->cw.segments;
	buf_reset(&b->claims);
	b->cw.segments = 0;
	memset(t, 0, sizeof(*t));
	b->provider = b->patient = 0;
}

static void
begin_provider(struct ack *a, const struct ack_claim *c)
{
	struct ack_277ca *b = &a->batch;

	if (b->provider == c->provider_ordinal + 1)
		return;
	end_provider(a);
	b->provider = c->provider_ordinal + 1;
	b->provider_level = b->next_level++;
	b->present = *c->provider;
}

static void
begin_patient(struct ack *a, const struct ack_claim *c)
{
	struct ack_277ca *b = &a->batch;
	const struct ack_party *p = c->patient;
	const char *id = p->id[0] ? p->id : c->subscriber->id;

	if (b->patient == c->patient_ordinal + 1)
		return;
	b->patient = c->patient_ordinal + 1;
	write_level(&b->cw, b->next_level++, b->provider_level, "PT", "");
	write_name(&b->cw, "QC", p, "1", strcmp(p->id[0] ? p->qualifier :
	    c->subscriber->qualifier, "II") == 0 ? "II" : "MI", id);
}

/* ---- the claim ---------------------------------------------------------- */

static void
write_reference(struct writer *w, const char *qualifier, const char *id)
{
	if (id[0] == '\0')
		return;
	writer_begin(w, "REF");
	writer_str(w, qualifier);
	ack_put(w, id, 50);
	writer_end(w);
}

static void
write_procedure(struct writer *w, const struct ack_line *l)
{
	bool revenue = l->procedure[0] == '\0';

	writer_composite(w);
	ack_put_component(w, revenue ? "NU" : l->qualifier, 2);
	ack_put_component(w, revenue ? known(l->revenue) : l->procedure, 48);
	for (unsigned i = 0; i < 4 && !revenue; i++)
		ack_put_component(w, l->modifier[i], 2);
	writer_composite_end(w);
}

static void
write_line(struct writer *w, const struct ack_line *l)
{
	writer_begin(w, "SVC");
	write_procedure(w, l);
	writer_cents(w, l->charge);
	writer_skip(w, 1);
	ack_put(w, l->procedure[0] ? l->revenue : "", 48);
	writer_skip(w, 2);
	ack_put(w, l->units, 15);
	writer_end(w);
	writer_begin(w, "STC");
	put_status(w, l->status);
	writer_skip(w, 1);
	writer_str(w, "U");
	writer_end(w);
	write_reference(w, "FJ", l->control[0] ? l->control : known(l->number));
	if (l->from[0] != '\0')
		write_period(w, l->from, l->to);
}

/* Type of bill as the payer knows it: CLM05-1 and CLM05-3. */
static void
write_bill_type(struct writer *w, const struct ack_claim *c)
{
	char text[8];

	if (!c->institutional || c->facility[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%s%s", c->facility, c->frequency);
	write_reference(w, "BLT", text);
}

static void
write_statuses(struct ack *a, const struct ack_claim *c)
{
	const char *action = c->rejected ? "U" : "WQ";
	struct writer *w = &a->batch.cw;

	if (c->status[0][0] == '\0')
		write_stc(w, c->rejected ? "A7:481" : "A2:20:PR", a->date,
		    action, c->charge);
	for (unsigned i = 0; i < ACK_STATUSES && c->status[i][0]; i++)
		write_stc(w, c->status[i], a->date, action, c->charge);
}

static void
count(struct ack_totals *t, const struct ack_claim *c)
{
	uint32_t *n = c->rejected ? &t->rejected : &t->accepted;
	int64_t *cents = c->rejected ? &t->rejected_cents : &t->accepted_cents;

	++*n;
	*cents = plus(*cents, c->charge);
}

static void
write_claim(void *ctx, struct ack_claim *c)
{
	struct ack *a = ctx;
	struct writer *w = &a->batch.cw;

	/* It may be in order itself; what it came in goes no further. */
	if (a->options.fate == ACK_REFUSED && !c->rejected)
		ack_claim_say(c, "A3:481");
	if (a->ops->on_claim)
		a->ops->on_claim(a->ctx, c);
	if (c->left_out)
		return;
	begin_provider(a, c);
	begin_patient(a, c);
	count(&a->batch.batch, c);
	count(&a->batch.provider_totals, c);
	writer_begin(w, "TRN");
	writer_str(w, "2");
	ack_put(w, known(c->id), 50);
	writer_end(w);
	write_statuses(a, c);
	write_reference(w, "1K", c->payer_claim);
	write_reference(w, "D9", c->trace);
	write_bill_type(w, c);
	/* The guide requires a date; a predetermination has only ours. */
	write_period(w, c->from[0] ? c->from : a->date,
	    c->from[0] ? c->to : a->date);
	for (uint32_t i = 0; i < c->line_count; i++)
		if (c->lines[i].status[0] != '\0')
			write_line(w, &c->lines[i]);
}

void
ack_277ca_segment(struct ack *a, const struct segment *s, uint32_t ordinal)
{
	if (!ack_claims_segment(a->batch.reader, s, ordinal)) {
		a->error = a->error ? a->error : -ENOMEM;
		a->set.rejected = true;
	}
}

void
ack_277ca_reject(struct ack *a, uint32_t segment, const char *stc)
{
	struct ack_claim *c = ack_claims_present(a->batch.reader);
	struct ack_line *line = NULL;

	if (stc[0] == '\0')
		stc = "A7:481";
	for (uint32_t i = 0; i < c->line_count &&
	    c->lines[i].segment <= segment; i++)
		line = &c->lines[i];
	c->rejected = true;
	if (!line) {
		ack_claim_say(c, stc);
		return;
	}
	/* What is wrong is said at the line; the claim points there. */
	ack_claim_say(c, "A3:247");
	if (line->status[0] == '\0')
		slice_copy(slice_str(stc), line->status, sizeof(line->status));
}

/* ---- the set ------------------------------------------------------------ */

static void
write_source(struct ack *a, struct writer *w, const struct ack_party *receiver)
{
	const struct ack_options *o = &a->options;
	struct ack_party p = *receiver;
	const char *qualifier = "46";

	if (o->source_name)
		slice_copy(slice_str(o->source_name), p.last, sizeof(p.last));
	if (o->source_id) {
		slice_copy(slice_str(o->source_id), p.id, sizeof(p.id));
		qualifier = o->source_qualifier ? o->source_qualifier : "PI";
	}
	write_name(w, source_entity(a), &p, "2", qualifier, p.id);
}

static void
write_head(struct ack *a, struct writer *w, const char *trace)
{
	struct ack_277ca *b = &a->batch;
	const struct ack_claim *c = ack_claims_header(b->reader);

	writer_begin(w, "BHT");
	writer_str(w, "0085");
	writer_str(w, "08");
	writer_str(w, trace);
	writer_str(w, a->date);
	writer_str(w, a->time);
	writer_str(w, "TH");
	writer_end(w);
	write_level(w, 1, 0, "20", "1");
	write_source(a, w, c->receiver);
	writer_line(w, "TRN", "1", trace, NULL);
	writer_line(w, "DTP", "050", "D8", a->date, NULL);
	writer_line(w, "DTP", "009", "D8", a->date, NULL);
	write_level(w, 2, 1, "21", "1");
	write_name(w, "41", c->submitter, entity_of(c->submitter), "46",
	    c->submitter->id);
	writer_begin(w, "TRN");
	writer_str(w, "2");
	ack_put(w, known(c->batch), 50);
	writer_end(w);
	write_receipt(a, w, a->date, plus(b->batch.accepted_cents,
	    b->batch.rejected_cents));
	write_totals(w, &b->batch, "90", "AA");
}

void
ack_277ca_claims_end(struct ack *a)
{
	ack_claims_end(a->batch.reader);
	end_provider(a);
}

void
ack_277ca_set_end(struct ack *a, const struct scan_set *set, bool accepted)
{
	struct ack_277ca *b = &a->batch;
	struct ack_output *o = &a->claims;
	struct writer *w;
	char control[16], trace[40];

	ack_277ca_claims_end(a);
	if (!accepted || !a->group.told || strcmp(set->id, "837") != 0 ||
	    b->batch.accepted + b->batch.rejected == 0)
		return;
	w = ack_open(a, o, "HN", "005010X214");
	snprintf(control, sizeof(control), "%04u", ++o->sets);
	snprintf(trace, sizeof(trace), "%s%s%09llu%s", a->date, a->time,
	    (unsigned long long)w->gs_control, control);
	writer_st(w, "277", control, "005010X214");
	write_head(a, w, trace);
	if (writer_error(&b->pw) != WRITER_OK || writer_error(w) != WRITER_OK ||
	    !buf_add_slice(&o->bytes, buf_slice(&b->providers)))
		w->error = WRITER_FULL;
	w->segments += b->pw.segments;
	writer_se(w);
}
