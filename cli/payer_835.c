/* SPDX-License-Identifier: ISC */
#include "cli/payer_835.h"

#include "edi/ack_text.h"

#include <stdio.h>
#include <stdlib.h>

/* A point to go back to when a verdict takes claims out. */
struct mark {
	struct writer w;
	size_t n;
};

struct payer_835 {
	const struct payer_config *config;
	struct payer_835_envelope envelope;
	struct buf out, claims;        /* finished sets; the present claims */
	struct writer w, cw;
	bool open;                     /* ISA and GS are written */
	struct mark group, set;
	struct scan_interchange inbound;
	char application[16], partner[16];
	uint32_t provider;             /* of the present claims; 0: none */
	struct ack_party payee;
	int64_t paid;
	char date[9], time[7];
};

struct payer_835 *
payer_835_new(const struct payer_config *c)
{
	struct payer_835 *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->config = c;
	buf_init(&p->out, PAYER_835_MAX);
	buf_init(&p->claims, PAYER_835_MAX);
	return p;
}

void
payer_835_free(struct payer_835 *p)
{
	if (!p)
		return;
	buf_free(&p->out);
	buf_free(&p->claims);
	free(p);
}

/* ---- the envelope ------------------------------------------------------- */

static const char *
choose(const char *setting, const char *inbound)
{
	return setting[0] != '\0' ? setting : inbound;
}

void
payer_835_interchange(struct payer_835 *p, const struct scan_interchange *i,
    const struct payer_835_envelope *e)
{
	struct delimiters d = ack_delimiters(&i->delimiters);
	const char *suffix = d.terminator < ' ' ? "" : "\n";

	p->inbound = *i;
	p->envelope = *e;
	slice_copy(slice_str(e->date), p->date, sizeof(p->date));
	slice_copy(slice_str(e->time), p->time, sizeof(p->time));
	buf_reset(&p->out);
	buf_reset(&p->claims);
	writer_init(&p->w, &p->out, d, suffix);
	writer_init(&p->cw, &p->claims, d, suffix);
	p->open = false;
	p->provider = 0;
	p->paid = 0;
}

static void
clean(const struct payer_835 *p, const char *s, const char *otherwise,
    char to[static 16])
{
	if (ack_clean(&p->w.d, slice_str(s), to, 16).n < 2)
		slice_copy(slice_str(otherwise), to, 16);
}

static void
open_envelope(struct payer_835 *p)
{
	const struct payer_config *c = p->config;
	const struct scan_interchange *i = &p->inbound;
	char sender[16], receiver[16];
	struct writer_isa isa = {
		.sender_qualifier = choose(c->qualifier, i->receiver_qualifier),
		.sender = sender,
		.receiver_qualifier = i->sender_qualifier,
		.receiver = receiver,
		.date = p->date, .time = p->time,
		.control = p->envelope.isa_control,
		.usage = i->usage == 'T' ? 'T' : 'P',
	};
	struct writer_gs gs = {
		.functional_id = "HP", .sender = p->application,
		.receiver = p->partner, .date = p->date, .time = p->time,
		.control = p->envelope.gs_control, .version = "005010X221A1",
	};

	if (p->open)
		return;
	clean(p, choose(c->id, i->receiver), "UNKNOWN", sender);
	clean(p, i->sender, "UNKNOWN", receiver);
	writer_isa(&p->w, &isa);
	writer_gs(&p->w, &gs);
	p->open = true;
}

void
payer_835_group(struct payer_835 *p, const struct scan_group *g)
{
	clean(p, choose(p->config->application, g->receiver), "UNKNOWN",
	    p->application);
	clean(p, g->sender, "UNKNOWN", p->partner);
	p->group = (struct mark){ p->w, p->out.n };
}

void
payer_835_set(struct payer_835 *p)
{
	p->set = (struct mark){ p->w, p->out.n };
	p->provider = 0;
}

static void
back(struct payer_835 *p, const struct mark *m)
{
	enum writer_error failed = writer_error(&p->w);

	p->w = m->w;
	p->w.error = failed;
	p->out.n = m->n;
	p->open = m->n > 0;
}

/* ---- pieces ------------------------------------------------------------- */

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
write_date(struct writer *w, const char *qualifier, const char *date)
{
	writer_line(w, "DTM", qualifier, date, NULL);
}

static void
write_adjustment(struct writer *w, const char *group, const char *reason,
    int64_t cents)
{
	if (cents == 0)
		return;
	writer_begin(w, "CAS");
	writer_str(w, group);
	writer_str(w, reason);
	writer_cents(w, cents);
	writer_end(w);
}

static void
write_person(struct writer *w, const char *code, const struct ack_party *p)
{
	writer_begin(w, "NM1");
	writer_str(w, code);
	writer_str(w, "1");
	ack_put(w, p->last, 60);
	ack_put(w, p->first, 35);
	ack_put(w, p->middle, 25);
	writer_skip(w, 1);
	ack_put(w, p->suffix, 10);
	if (strlen(p->id) > 1) {
		writer_str(w, strcmp(p->qualifier, "II") == 0 ? "II" : "MI");
		ack_put(w, p->id, 80);
	}
	writer_end(w);
}

/* ---- money -------------------------------------------------------------- */

struct settled {
	int64_t charge, paid, patient, written_off;
};

/* What is not paid and not the patient's is written off: so it adds up. */
static struct settled
settle(int64_t charge, const struct payer_835_terms *t)
{
	struct settled s = { .charge = charge };

	if (!t->denied) {
		s.paid = charge / 100 * t->pay_percent +
		    charge % 100 * t->pay_percent / 100;
		s.patient = charge / 100 * t->patient_percent +
		    charge % 100 * t->patient_percent / 100;
	}
	s.written_off = charge - s.paid - s.patient;
	return s;
}

static void
write_adjustments(struct payer_835 *p, const struct settled *s, bool denied)
{
	const struct payer_config *c = p->config;

	write_adjustment(&p->cw, denied ? c->deny_group : "CO",
	    denied ? c->deny_reason : "45", s->written_off);
	write_adjustment(&p->cw, "PR", "2", s->patient);
}

/* Can the lines carry the claim's money? Else the claim does it itself. */
static bool
lines_add_up(const struct ack_claim *c)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < c->line_count; i++)
		if (__builtin_add_overflow(sum, c->lines[i].charge, &sum))
			return false;
	return c->line_count > 0 && c->lines_left_out == 0 && sum == c->charge;
}

static struct settled
settle_claim(const struct ack_claim *c, const struct payer_835_terms *t,
    bool by_line)
{
	struct settled sum = { .charge = c->charge };

	if (!by_line)
		return settle(c->charge, t);
	for (uint32_t i = 0; i < c->line_count; i++) {
		struct settled s = settle(c->lines[i].charge, t);

		sum.paid += s.paid;
		sum.patient += s.patient;
		sum.written_off += s.written_off;
	}
	return sum;
}

/* ---- the claim ---------------------------------------------------------- */

static const char *
filing_code(const char *filing)
{
	static const char *const allowed[] = { "12", "13", "14", "15", "16",
		"17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF",
		"TV", "VA", "WC", "ZZ" };

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (strcmp(filing, allowed[i]) == 0)
			return filing;
	return "12";
}

static void
write_clp(struct writer *w, const struct ack_claim *c,
    const struct settled *s, bool denied)
{
	writer_begin(w, "CLP");
	ack_put(w, c->id, 38);
	writer_str(w, denied ? "4" : "1");
	writer_cents(w, s->charge);
	writer_cents(w, s->paid);
	if (s->patient != 0)
		writer_cents(w, s->patient);
	else
		writer_skip(w, 1);
	writer_str(w, filing_code(c->filing));
	ack_put(w, c->payer_claim, 50);
	ack_put(w, c->facility, 2);
	ack_put(w, c->frequency, 1);
	writer_end(w);
}

static void
write_procedure(struct writer *w, const struct ack_line *l)
{
	bool revenue = l->procedure[0] == '\0';

	writer_composite(w);
	ack_put_component(w, revenue ? "NU" : l->qualifier, 2);
	ack_put_component(w, revenue ? l->revenue : l->procedure, 48);
	for (unsigned i = 0; i < 4 && !revenue; i++)
		ack_put_component(w, l->modifier[i], 2);
	writer_composite_end(w);
}

static void
write_line(struct payer_835 *p, const struct ack_line *l,
    const struct payer_835_terms *t)
{
	struct settled s = settle(l->charge, t);
	struct writer *w = &p->cw;

	writer_begin(w, "SVC");
	write_procedure(w, l);
	writer_cents(w, s.charge);
	writer_cents(w, s.paid);
	ack_put(w, l->procedure[0] ? l->revenue : "", 48);
	ack_put(w, l->units, 15);
	writer_end(w);
	if (l->from[0] != '\0' && strcmp(l->from, l->to) == 0) {
		write_date(w, "472", l->from);
	} else if (l->from[0] != '\0') {
		write_date(w, "150", l->from);
		write_date(w, "151", l->to);
	}
	write_adjustments(p, &s, t->denied);
	write_reference(w, "6R", l->control);
	if (s.paid + s.patient != 0) {
		writer_begin(w, "AMT");
		writer_str(w, "B6");
		writer_cents(w, s.paid + s.patient);
		writer_end(w);
	}
}

/* A line without a date of its own is dated by its claim. */
static bool
needs_dates(const struct ack_claim *c, bool by_line)
{
	for (uint32_t i = 0; by_line && i < c->line_count; i++)
		if (c->lines[i].from[0] == '\0')
			return true;
	return !by_line;
}

static void end_provider(struct payer_835 *p);

void
payer_835_claim(struct payer_835 *p, const struct ack_claim *c,
    const struct payer_835_terms *t)
{
	bool by_line = lines_add_up(c);
	struct settled s = settle_claim(c, t, by_line);
	struct writer *w = &p->cw;

	if (p->provider != c->provider_ordinal + 1) {
		end_provider(p);
		p->provider = c->provider_ordinal + 1;
		p->payee = *c->provider;
		p->paid = 0;
	}
	/* Only hostile amounts get there; they stop at the end. */
	if (__builtin_add_overflow(p->paid, s.paid, &p->paid))
		p->paid = INT64_MAX / 2;
	write_clp(w, c, &s, t->denied);
	if (!by_line)
		write_adjustments(p, &s, t->denied);
	write_person(w, "QC", c->patient);
	if (c->patient != c->subscriber)
		write_person(w, "IL", c->subscriber);
	write_reference(w, "EA", c->medical_record);
	if (needs_dates(c, by_line) && c->from[0] != '\0') {
		write_date(w, "232", c->from);
		write_date(w, "233", c->to);
	}
	write_date(w, "050", p->date);
	for (uint32_t i = 0; by_line && i < c->line_count; i++)
		write_line(p, &c->lines[i], t);
}

/* ---- the set ------------------------------------------------------------ */

static void
write_payment(struct payer_835 *p, int64_t cents)
{
	struct writer *w = &p->w;

	writer_begin(w, "BPR");
	writer_str(w, cents > 0 ? "I" : "H");
	writer_cents(w, cents);
	writer_str(w, "C");
	writer_str(w, cents > 0 ? "CHK" : "NON");
	writer_skip(w, 11);
	writer_str(w, p->date);
	writer_end(w);
}

static void
write_payer(struct payer_835 *p)
{
	const struct payer_config *c = p->config;
	struct writer *w = &p->w;

	writer_begin(w, "N1");
	writer_str(w, "PR");
	ack_put(w, c->name, 60);
	writer_end(w);
	writer_begin(w, "N3");
	ack_put(w, c->street, 55);
	writer_end(w);
	writer_begin(w, "N4");
	ack_put(w, c->city, 30);
	ack_put(w, c->region, 2);
	ack_put(w, c->zip, 15);
	writer_end(w);
	write_reference(w, "2U", c->payer_id);
	writer_begin(w, "PER");
	writer_str(w, "BL");
	ack_put(w, c->name, 60);
	writer_str(w, "TE");
	ack_put(w, c->phone, 15);
	writer_end(w);
}

static bool
has_npi(const struct ack_party *p)
{
	return strcmp(p->qualifier, "XX") == 0 && strlen(p->id) > 1;
}

static const char *
payee_id(const struct ack_party *p)
{
	const char *id = has_npi(p) ? p->id : p->tax;

	return strlen(id) > 1 ? id : "UNKNOWN";
}

static void
write_payee(struct payer_835 *p)
{
	const struct ack_party *who = &p->payee;
	struct writer *w = &p->w;
	char name[100];

	snprintf(name, sizeof(name), "%s%s%s", who->last,
	    who->first[0] ? " " : "", who->first);
	writer_begin(w, "N1");
	writer_str(w, "PE");
	ack_put(w, name[0] ? name : "UNKNOWN", 60);
	writer_str(w, has_npi(who) ? "XX" : "FI");
	ack_put(w, payee_id(who), 80);
	writer_end(w);
	if (has_npi(who))
		write_reference(w, "TJ", who->tax);
}

/* What is kept from (or added to) the payment, never more than there is. */
static int64_t
provider_adjustment(const struct payer_835 *p)
{
	if (p->paid < 0 || p->config->plb_amount > p->paid)
		return p->paid;
	return p->config->plb_amount;
}

static void
write_plb(struct payer_835 *p, int64_t cents)
{
	struct writer *w = &p->w;
	char year[9];

	if (cents == 0)
		return;
	snprintf(year, sizeof(year), "%.4s1231", p->date);
	writer_begin(w, "PLB");
	ack_put(w, payee_id(&p->payee), 50);
	writer_str(w, year);
	writer_composite(w);
	ack_put_component(w, p->paid < 0 ? "FB" : p->config->plb_reason, 2);
	writer_composite_end(w);
	writer_cents(w, cents);
	writer_end(w);
}

/* The claims of a provider become a transaction set. */
static void
end_provider(struct payer_835 *p)
{
	int64_t kept = provider_adjustment(p);
	struct writer *w = &p->w;
	char control[16], trace[40], id[16];

	if (p->provider == 0)
		return;
	open_envelope(p);
	snprintf(control, sizeof(control), "%04u", (unsigned)w->sets + 1);
	snprintf(trace, sizeof(trace), "SIM%09llu%s",
	    (unsigned long long)p->envelope.isa_control, control);
	snprintf(id, sizeof(id), "1%s", p->config->tax);
	writer_st(w, "835", control, NULL);
	write_payment(p, p->paid - kept);
	writer_line(w, "TRN", "1", trace, id, NULL);
	write_date(w, "405", p->date);
	write_payer(p);
	write_payee(p);
	writer_line(w, "LX", "1", NULL);
	if (writer_error(&p->cw) != WRITER_OK ||
	    !buf_add_slice(&p->out, buf_slice(&p->claims)))
		w->error = WRITER_FULL;
	w->segments += p->cw.segments;
	write_plb(p, kept);
	writer_se(w);
	buf_reset(&p->claims);
	p->cw.segments = 0;
	p->provider = 0;
	p->paid = 0;
}

void
payer_835_set_end(struct payer_835 *p, bool accepted)
{
	end_provider(p);
	if (!accepted)
		back(p, &p->set);
}

void
payer_835_group_end(struct payer_835 *p, bool accepted)
{
	if (!accepted)
		back(p, &p->group);
}

int
payer_835_finish(struct payer_835 *p, struct slice *bytes, struct err *e)
{
	*bytes = slice(NULL, 0);
	if (p->open) {
		writer_ge(&p->w);
		writer_iea(&p->w);
	}
	if (writer_error(&p->w) != WRITER_OK)
		return err_set(e, -EFBIG, "a remittance is larger than %d "
		    "bytes", PAYER_835_MAX);
	*bytes = buf_slice(&p->out);
	return 0;
}
