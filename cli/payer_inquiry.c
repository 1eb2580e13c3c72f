/* SPDX-License-Identifier: ISC */
#include "cli/payer_inquiry.h"

#include "cli/payer_835.h"

#include <stdio.h>

/* Those members of an object, as they are. */
static void
copy(struct payer_json *j, struct slice object, const char *const *names)
{
	for (; *names; names++) {
		struct slice v = payer_member(object, *names);

		if (v.n == 0)
			continue;
		jsonw_key(&j->json, *names);
		jsonw_word(&j->json, v);
	}
}

static void
copy_party(struct payer_json *j, struct slice record, const char *name)
{
	static const char *const names[] = { "name", "last_name", "first_name",
		"middle_name", "suffix", "id_type", "id", "role", "names",
		NULL };
	struct slice party = payer_member(record, name);

	if (party.n == 0)
		return;
	jsonw_key(&j->json, name);
	jsonw_object(&j->json);
	copy(j, party, names);
	jsonw_object_end(&j->json);
}

static void
begin_answer(struct payer_json *j, const char *type, const char *purpose,
    struct slice record)
{
	payer_say(j, "{type:s transaction:{purpose:s reference:r}", type,
	    purpose, payer_member(payer_member(record, "transaction"),
	    "reference"));
	copy_party(j, record, "payer");
	copy_party(j, record, "submitter");
	copy_party(j, record, "provider");
}

/* ---- 276 ---------------------------------------------------------------- */

/* What became of the claim, in STC01. */
static const struct standing {
	char verdict;
	bool settled;
	const char *category, *code;
} standings[] = {
	{ 'P', true, "F1", "65" },
	{ 'D', true, "F2", "585" },
	{ 'A', false, "A2", "20" },
	{ 'R', false, "A3", "0" },
	{ 0, false, "A4", "35" },      /* not found */
};

static const struct standing *
standing_of(char verdict)
{
	const struct standing *s = standings;

	while (s->verdict && s->verdict != verdict)
		s++;
	return s;
}

static void
claim_status(struct payer_json *j, const struct payer_inquiry *q,
    const struct payer_outcome *o, const struct standing *s,
    struct slice claim)
{
	char trace[PAYER_TRACE];

	payer_say(j, "statuses:[{category:s code:s date:d", s->category,
	    s->code, q->date);
	if (s->settled) {
		payer_835_trace(o->isa_control, o->payment, trace);
		payer_say(j, "charge:m paid:m finalized:d remittance_date:d "
		    "remittance_trace:s", o->charge, o->paid, o->date, o->date,
		    trace);
	} else {
		payer_say(j, "charge:r", payer_member(claim, "charge"));
	}
	payer_say(j, "}]");
}

/* What is paid of a line is told as the 835 had it. */
static void
line_status(struct payer_json *j, const struct payer_inquiry *q,
    const struct standing *s, struct slice line)
{
	static const char *const names[] = { "procedure", "charge",
		"revenue_code", "line_control_number", "service_date", NULL };
	struct slice units = payer_member(line, "units");
	int64_t cents = 0;
	char charge[32];

	payer_member_text(line, "charge", charge, sizeof(charge));
	if (s->verdict != 'P' || !money_parse(slice_str(charge), &cents))
		cents = 0;
	payer_say(j, "{");
	copy(j, line, names);
	payer_say(j, "paid:m units:r statuses:[{category:s code:s date:d}]}",
	    cents / 100 * q->config->pay_percent +
	    cents % 100 * q->config->pay_percent / 100,
	    units.n > 0 ? units : SLICE_LIT("1"), s->category, s->code,
	    q->date);
}

void
payer_status(struct payer_json *j, const struct payer_inquiry *q,
    struct slice record)
{
	static const char *const names[] = { "trace", "id", "bill_type",
		"prescription_number", "clearinghouse_trace", "service_date",
		NULL };
	struct slice claim = payer_member(record, "claim"), item;
	struct slice lines = payer_member(claim, "lines");
	struct payer_outcome o = { .verdict = 0 };
	char id[64], number[PAYER_CLAIM_NUMBER] = "";
	const struct standing *s;

	if (claim.n == 0)
		return;
	payer_member_text(claim, "id", id, sizeof(id));
	payer_state_claim(q->state, payer_key(PAYER_KEY, id,
	    (unsigned)strlen(id)), &o);
	s = standing_of(o.verdict);
	if (o.verdict && o.verdict != 'R')
		payer_claim_number(o.number, number);
	begin_answer(j, "277", NULL, record);
	copy_party(j, record, "subscriber");
	copy_party(j, record, "patient");
	payer_say(j, "claim:{payer_claim_number:s", number);
	copy(j, claim, names);
	claim_status(j, q, &o, s, claim);
	if (lines.n > 0) {
		payer_say(j, "lines:[");
		while (payer_item(&lines, &item))
			line_status(j, q, s, item);
		payer_say(j, "]");
	}
	payer_say(j, "}}");
}

/* ---- 270 ---------------------------------------------------------------- */

/* The traces that were sent come back as referenced ones. */
static void
copy_traces(struct payer_json *j, struct slice from)
{
	static const char *const names[] = { "number", "originator",
		"supplement", NULL };
	struct slice traces = payer_member(from, "traces"), trace;

	if (traces.n == 0)
		return;
	payer_say(j, "traces:[");
	while (payer_item(&traces, &trace)) {
		payer_say(j, "{type:s", "2");
		copy(j, trace, names);
		payer_say(j, "}");
	}
	payer_say(j, "]");
}

/* Names, and what identifies; the member is left open. */
static void
begin_member(struct payer_json *j, const char *form, struct slice from)
{
	static const char *const names[] = { "name", "last_name", "first_name",
		"middle_name", "suffix", "id_type", "id", "birth_date",
		"gender", "address", NULL };
	char relationship[4];

	payer_say(j, form);
	copy(j, from, names);
	payer_member_text(from, "relationship", relationship,
	    sizeof(relationship));
	if (strcmp(relationship, "01") == 0 || strcmp(relationship, "19") == 0)
		payer_say(j, "relationship:s", relationship);
}

/* Active coverage for each service type that is asked for. */
static void
cover(struct payer_json *j, const struct payer_inquiry *q, struct slice who)
{
	struct slice inquiries = payer_member(who, "inquiries"), inquiry;
	char january[9];

	copy_traces(j, who);
	snprintf(january, sizeof(january), "%.4s0101", q->date);
	payer_say(j, "dates:[{type:s period:d}] benefits:[", "346", january);
	while (payer_item(&inquiries, &inquiry)) {
		struct slice types = payer_member(inquiry, "service_types");

		payer_say(j, "{information:s coverage_level:s service_types:r "
		    "plan:s}", "1", "IND", types.n > 0 ? types :
		    SLICE_LIT("[\"30\"]"), "SIMULATED PLAN");
	}
	payer_say(j, "]");
}

void
payer_eligibility(struct payer_json *j, const struct payer_inquiry *q,
    struct slice record)
{
	struct slice subscriber = payer_member(record, "subscriber");
	struct slice dependent = payer_member(record, "patient");
	const char *unknown = q->config->unknown_member;
	char id[81];

	if (subscriber.n == 0)
		return;
	payer_member_text(subscriber, "id", id, sizeof(id));
	begin_answer(j, "271", "11", record);
	begin_member(j, "subscriber:{", subscriber);
	if (unknown[0] && strcmp(id, unknown) == 0) {
		/* Not found; correct and send again. */
		copy_traces(j, dependent.n > 0 ? dependent : subscriber);
		payer_say(j, "rejections:[{valid:r reason:s follow_up:s}]}}",
		    SLICE_LIT("false"), "75", "C");
		return;
	}
	if (dependent.n > 0) {
		payer_say(j, "}");
		begin_member(j, "patient:{", dependent);
	}
	cover(j, q, dependent.n > 0 ? dependent : subscriber);
	payer_say(j, "}}");
}
