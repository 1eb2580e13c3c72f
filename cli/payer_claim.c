/* SPDX-License-Identifier: ISC */
#include "cli/payer_claim.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- money -------------------------------------------------------------- */

/* What is not paid and not the patient's is written off: so it adds up. */
static struct payer_settled
settle(int64_t charge, const struct payer_terms *t)
{
	struct payer_settled s = { .charge = charge };

	if (!t->denied) {
		s.paid = charge / 100 * t->pay_percent +
		    charge % 100 * t->pay_percent / 100;
		s.patient = charge / 100 * t->patient_percent +
		    charge % 100 * t->patient_percent / 100;
	}
	s.written_off = charge - s.paid - s.patient;
	return s;
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

struct payer_settled
payer_settle(const struct ack_claim *c, const struct payer_terms *t)
{
	struct payer_settled sum = { .charge = c->charge };

	if (!lines_add_up(c))
		return settle(c->charge, t);
	for (uint32_t i = 0; i < c->line_count; i++) {
		struct payer_settled s = settle(c->lines[i].charge, t);

		sum.paid += s.paid;
		sum.patient += s.patient;
		sum.written_off += s.written_off;
	}
	return sum;
}

static void
adjustments(struct payer_json *j, const struct payer_settled *s,
    const struct payer_terms *t)
{
	static const char one[] = "{group:s reasons:[{reason:s amount:m}]}";

	if (s->written_off == 0 && s->patient == 0)
		return;
	payer_say(j, "adjustments:[");
	if (s->written_off != 0)
		payer_say(j, one, t->denied ? t->group : "CO", t->denied ?
		    t->reason : "45", s->written_off);
	if (s->patient != 0)
		payer_say(j, one, "PR", "2", s->patient);
	payer_say(j, "]");
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
person(struct payer_json *j, const char *form, const struct ack_party *who)
{
	bool id = strlen(who->id) > 1;
	bool ii = strcmp(who->qualifier, "II") == 0;

	payer_say(j, form);
	payer_say(j, "last_name:t60 first_name:t35 middle_name:t25 suffix:t10 "
	    "id_type:s id:t80}", who->last[0] ? who->last : "UNKNOWN",
	    who->first, who->middle, who->suffix, !id ? NULL : ii ? "II" :
	    "MI", id ? who->id : NULL);
}

static void
procedure(struct payer_json *j, const struct ack_line *l)
{
	if (l->procedure[0] == '\0') {
		payer_say(j, "procedure:{type:s code:t48}", "NU", l->revenue);
		return;
	}
	payer_say(j, "procedure:{type:t2 code:t48", l->qualifier,
	    l->procedure);
	if (l->modifier[0][0])
		payer_say(j, "modifiers:[t2 t2 t2 t2]", l->modifier[0],
		    l->modifier[1], l->modifier[2], l->modifier[3]);
	payer_say(j, "}");
}

static void
line(struct payer_json *j, const struct ack_line *l,
    const struct payer_terms *t)
{
	struct payer_settled s = settle(l->charge, t);

	payer_say(j, "{");
	procedure(j, l);
	payer_say(j, "charge:m paid:m revenue_code:t48 units_paid:n", s.charge,
	    s.paid, l->procedure[0] ? l->revenue : NULL, l->units);
	if (l->from[0] && strcmp(l->from, l->to) == 0)
		payer_say(j, "service:{date:d}", l->from);
	else if (l->from[0])
		payer_say(j, "service:{from:d to:d}", l->from, l->to);
	adjustments(j, &s, t);
	payer_say(j, "line_control_number:t50", l->control);
	if (s.paid + s.patient != 0)
		payer_say(j, "amounts:[{type:s amount:m}]", "B6",
		    s.paid + s.patient);
	payer_say(j, "}");
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

void
payer_claim(struct payer_json *j, const struct ack_claim *c,
    const struct payer_terms *t, const struct payer_settled *s,
    const char *received)
{
	bool by_line = lines_add_up(c);

	payer_say(j, "{id:t38 status:s charge:m paid:m", c->id, t->denied ?
	    "4" : "1", s->charge, s->paid);
	if (s->patient != 0)
		payer_say(j, "patient_responsibility:m", s->patient);
	payer_say(j, "filing_indicator:s payer_claim_number:t50 "
	    "facility_type:t2 frequency:t1", filing_code(c->filing),
	    c->payer_claim, c->facility, c->frequency);
	if (!by_line)
		adjustments(j, s, t);
	person(j, "patient:{", c->patient);
	if (c->patient != c->subscriber)
		person(j, "insured:{", c->subscriber);
	if (c->medical_record[0])
		payer_say(j, "references:[{type:s value:t50}]", "EA",
		    c->medical_record);
	if (needs_dates(c, by_line) && c->from[0])
		payer_say(j, "statement:{from:d to:d}", c->from, c->to);
	payer_say(j, "received:d", received);
	if (by_line)
		payer_say(j, "lines:[");
	for (uint32_t i = 0; by_line && i < c->line_count; i++)
		line(j, &c->lines[i], t);
	payer_say(j, by_line ? "]}" : "}");
}

void
payer_claim_number(uint64_t nth, char to[static PAYER_CLAIM_NUMBER])
{
	snprintf(to, PAYER_CLAIM_NUMBER, "SIM%012" PRIu64, nth);
}
