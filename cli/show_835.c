/* SPDX-License-Identifier: ISC */
/* An 835 as a remittance: payment, claims with their lines, totals. */
#include "cli/show.h"

#include <inttypes.h>
#include <stdio.h>

struct word {
	const char *code, *text;
};

static const struct word methods[] = {
	{ "ACH", "electronic transfer (ACH)" }, { "CHK", "check" },
	{ "FWT", "wire transfer" }, { "BOP", "the payer's choice (BOP)" },
	{ "NON", "no payment" }, { NULL, NULL },
};

static const struct word statuses[] = {
	{ "1", "processed as primary" }, { "2", "processed as secondary" },
	{ "3", "processed as tertiary" }, { "4", "denied" },
	{ "19", "processed as primary, forwarded" },
	{ "20", "processed as secondary, forwarded" },
	{ "21", "processed as tertiary, forwarded" },
	{ "22", "reversal of an earlier payment" },
	{ "23", "not this payer's, forwarded" },
	{ "25", "predetermination, not a payment" }, { NULL, NULL },
};

static const struct word groups[SHOW_GROUPS] = {
	{ "CO", "contractual" }, { "PR", "patient owes" },
	{ "OA", "other" }, { "PI", "payer initiated" },
	{ "", "further groups" },
};

static const struct word reasons[] = {
	{ "WO", "overpayment taken back" }, { "FB", "balance forward" },
	{ "L6", "interest" }, { "CS", "adjustment" },
	{ "72", "refund returned" }, { "AP", "advance" },
	{ "50", "late filing" }, { "J1", "nonreimbursable" },
	{ "LE", "levy" }, { "C5", "temporary allowance" }, { NULL, NULL },
};

/* Patient or service, claim or procedure, .. */
static const struct page_column columns[] = {
	{ "Patient / service", 24, false },
	{ "Claim / procedure", 20, false },
	{ "Charge", 11, true },
	{ "Why", 6, false },
	{ "Adjusted", 11, true },
	{ "Patient owes", 12, true },
	{ "Paid", 10, true },
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

static const struct page_column provider_columns[] = {
	{ "Provider adjustment", 42, false },
	{ "Provider", 12, false },
	{ "Reference", 28, false },
	{ "Amount", 14, true },
};

static const char *
word(const struct word *w, struct slice code)
{
	for (; w->code; w++)
		if (slice_is(code, w->code))
			return w->text;
	return "";
}

static unsigned
group_of(struct slice code)
{
	unsigned i = 0;

	while (i < SHOW_OTHER && !slice_is(code, groups[i].code))
		i++;
	return i;
}

/* ---- the head ------------------------------------------------------------ */

static void
show_payment(struct show *s)
{
	struct record_at pay = record_get(s->root, "payment");
	struct slice method = record_get_text(pay, "method");
	const char *text = word(methods, method);

	s->payment = show_cents(pay, "amount");
	page_box(&s->page, "Payment");
	page_line(&s->page, show_money(s, s->payment));
	page_line(&s->page, text[0] ? slice_str(text) : method);
	page_line(&s->page, show_labelled(s, "of", record_get_text(pay,
	    "date")));
	page_line(&s->page, show_labelled(s, "trace", record_get_text(pay,
	    "trace.number")));
	if (slice_is(record_get_text(pay, "direction"), "D"))
		page_line(&s->page, SLICE_LIT("taken from the payee"));
	page_box_end(&s->page);
}

static void
remittance_begin(struct show *s)
{
	page_document(&s->page, "Remittance advice", show_labelled(s, "trace",
	    record_get_text(s->root, "payment.trace.number")));
	page_boxes(&s->page);
	show_party(s, "Payer", record_get(s->root, "payer"), "id");
	show_party(s, "Payee", record_get(s->root, "payee"), "id");
	show_payment(s);
	page_boxes_end(&s->page);
}

/* ---- claims -------------------------------------------------------------- */

/* "CO 45" and its amount, in rows: the first beside what it is about. */
struct reasons_at {
	struct record_at adjustment, reason;
};

static bool
next_of_all(struct reasons_at *at)
{
	if (at->reason.value) {
		at->reason = record_next(at->reason);
		if (at->reason.value)
			return true;
		at->adjustment = record_next(at->adjustment);
	}
	for (; at->adjustment.value;
	    at->adjustment = record_next(at->adjustment)) {
		at->reason = record_get(at->adjustment, "reasons");
		if (at->reason.value)
			return true;
	}
	return false;
}

static void
cells_of_reason(struct show *s, const struct reasons_at *at)
{
	struct slice group = record_get_text(at->adjustment, "group");

	buf_reset(&s->more);
	buf_add_slice(&s->more, group);
	buf_add_char(&s->more, ' ');
	buf_add_slice(&s->more, record_get_text(at->reason, "reason"));
	page_cell(&s->page, at->reason.value ? buf_slice(&s->more) :
	    slice(NULL, 0));
	page_cell(&s->page, show_amount(s, record_get_text(at->reason,
	    "amount")));
	s->groups[group_of(group)] += show_cents(at->reason, "amount");
}

static int64_t
sum_of(struct record_at object, const char *group)
{
	struct record_at a = record_get(object, "adjustments");
	int64_t sum = 0;

	for (; a.value; a = record_next(a)) {
		struct record_at r = record_get(a, "reasons");

		if (!slice_is(record_get_text(a, "group"), group))
			continue;
		for (; r.value; r = record_next(r))
			sum += show_cents(r, "amount");
	}
	return sum;
}

static void
more_reasons(struct show *s, struct reasons_at *at, enum page_row kind)
{
	while (next_of_all(at)) {
		page_row(&s->page, kind);
		for (unsigned i = 0; i < 3; i++)
			page_cell(&s->page, slice(NULL, 0));
		cells_of_reason(s, at);
		page_row_end(&s->page);
	}
}

static void
show_line(struct show *s, struct record_at line)
{
	struct reasons_at at = { record_get(line, "adjustments"), { NULL,
		NULL } };
	int64_t owes = sum_of(line, "PR");
	struct slice from = record_get_text(line, "service.date");

	next_of_all(&at);
	page_row(&s->page, PAGE_ROW);
	if (from.n == 0)
		from = record_get_text(line, "service.from");
	buf_reset(&s->more);
	buf_add_str(&s->more, "  ");
	buf_add_slice(&s->more, from);
	page_cell(&s->page, buf_slice(&s->more));
	page_cell(&s->page, show_procedure(s, line));
	page_cell(&s->page, show_amount(s, record_get_text(line, "charge")));
	cells_of_reason(s, &at);
	page_cell(&s->page, owes ? show_money(s, owes) : slice(NULL, 0));
	page_cell(&s->page, show_amount(s, record_get_text(line, "paid")));
	page_row_end(&s->page);
	more_reasons(s, &at, PAGE_ROW_MORE);
}

/* Status, the payer's number, days, remarks: what else is worth a look. */
static void
show_claim_note(struct show *s, struct record_at claim)
{
	struct slice status = record_get_text(claim, "status");
	const char *text = word(statuses, status);
	static const struct word more[] = {
		{ "payer_claim_number", " \xc2\xb7 payer's claim" },
		{ "statement.from", " \xc2\xb7 service" },
		{ "statement.to", " to" },
		{ "received", " \xc2\xb7 received" },
	};
	struct record_at r = record_get(claim, "outpatient.remarks");

	buf_reset(&s->more);
	if (text[0])
		buf_add_str(&s->more, text);
	else
		buf_addf(&s->more, "status %.*s", SLICE_ARG(status));
	for (unsigned i = 0; i < sizeof(more) / sizeof(*more); i++) {
		struct slice value = record_get_text(claim, more[i].code);

		if (value.n > 0)
			buf_addf(&s->more, "%s %.*s", more[i].text,
			    SLICE_ARG(value));
	}
	for (const char *before = " \xc2\xb7 remarks"; r.value; before = "",
	    r = record_next(r))
		buf_addf(&s->more, "%s %.*s", before,
		    SLICE_ARG(r.value->text));
	page_note(&s->page, buf_slice(&s->more));
}

static void
show_remitted(struct show *s, struct record_at claim)
{
	struct reasons_at at = { record_get(claim, "adjustments"), { NULL,
		NULL } };
	struct record_at line = record_get(claim, "lines");

	page_row(&s->page, PAGE_ROW_HEAD);
	page_cell(&s->page, show_name(s, record_get(claim, "patient")));
	page_cell(&s->page, record_get_text(claim, "id"));
	page_cell(&s->page, show_amount(s, record_get_text(claim, "charge")));
	next_of_all(&at);
	cells_of_reason(s, &at);
	page_cell(&s->page, show_amount(s, record_get_text(claim,
	    "patient_responsibility")));
	page_cell(&s->page, show_amount(s, record_get_text(claim, "paid")));
	page_row_end(&s->page);
	more_reasons(s, &at, PAGE_ROW_HEAD_MORE);
	show_claim_note(s, claim);
	for (; line.value; line = record_next(line))
		show_line(s, line);
	s->charge += show_cents(claim, "charge");
	s->paid += show_cents(claim, "paid");
	s->patient += show_cents(claim, "patient_responsibility");
	s->claims++;
}

/* ---- the end ------------------------------------------------------------- */

static void
show_total(struct show *s)
{
	int64_t adjusted = 0;

	for (unsigned i = 0; i < SHOW_GROUPS; i++)
		adjusted += s->groups[i];
	page_row(&s->page, PAGE_ROW_TOTAL);
	buf_reset(&s->more);
	buf_addf(&s->more, "%" PRIu64 " %s", s->claims, s->claims == 1 ?
	    "claim" : "claims");
	page_cell(&s->page, buf_slice(&s->more));
	page_cell(&s->page, slice(NULL, 0));
	page_cell(&s->page, show_money(s, s->charge));
	page_cell(&s->page, slice(NULL, 0));
	page_cell(&s->page, show_money(s, adjusted));
	page_cell(&s->page, show_money(s, s->patient));
	page_cell(&s->page, show_money(s, s->paid));
	page_row_end(&s->page);
}

static void
close_table(struct show *s)
{
	if (!s->table)
		return;
	show_total(s);
	page_table_end(&s->page);
	s->table = false;
}

static void
show_provider_row(struct show *s, struct record_at plb, struct record_at a)
{
	struct slice reason = record_get_text(a, "reason");
	const char *text = word(reasons, reason);

	buf_reset(&s->more);
	buf_add_slice(&s->more, reason);
	buf_addf(&s->more, "%s%s", text[0] ? "  " : "", text);
	page_row(&s->page, PAGE_ROW);
	page_cell(&s->page, buf_slice(&s->more));
	page_cell(&s->page, record_get_text(plb, "provider"));
	page_cell(&s->page, record_get_text(a, "reference"));
	page_cell(&s->page, show_amount(s, record_get_text(a, "amount")));
	page_row_end(&s->page);
	s->provider += show_cents(a, "amount");
}

static void
show_provider(struct show *s, struct record_at plb)
{
	close_table(s);
	page_heading(&s->page, "Adjustments of the provider");
	page_table(&s->page, provider_columns,
	    sizeof(provider_columns) / sizeof(*provider_columns));
	for (; plb.value; plb = record_next(plb)) {
		struct record_at a = record_get(plb, "adjustments");

		for (; a.value; a = record_next(a))
			show_provider_row(s, plb, a);
	}
	page_row(&s->page, PAGE_ROW_TOTAL);
	page_cell(&s->page, SLICE_LIT("taken off the payment"));
	page_cell(&s->page, slice(NULL, 0));
	page_cell(&s->page, slice(NULL, 0));
	page_cell(&s->page, show_money(s, s->provider));
	page_row_end(&s->page);
	page_table_end(&s->page);
	s->plb = true;
}

static void
remittance_record(struct show *s)
{
	struct record_at claim = record_get(s->root, "claim");
	struct record_at plb = record_get(s->root, "provider_adjustments");

	if (claim.value) {
		if (!s->table)
			page_table(&s->page, columns, COLUMNS);
		s->table = true;
		show_remitted(s, claim);
	} else if (plb.value && !s->plb) {
		show_provider(s, plb);
	}
}

static void
sum_line(struct show *s, const char *label, int64_t cents)
{
	buf_reset(&s->more);
	buf_add_slice(&s->more, show_money(s, cents));
	page_box(&s->page, label);
	page_line(&s->page, buf_slice(&s->more));
	page_box_end(&s->page);
}

static void
remittance_end(struct show *s)
{
	int64_t off = s->paid - s->provider - s->payment;

	close_table(s);
	page_heading(&s->page, "Adjustments of claims, by group");
	page_boxes(&s->page);
	for (unsigned i = 0; i < SHOW_GROUPS; i++) {
		char label[48];

		snprintf(label, sizeof(label), "%s %s", groups[i].code,
		    groups[i].text);
		if (s->groups[i] != 0 || i < SHOW_OTHER)
			sum_line(s, label + (i == SHOW_OTHER), s->groups[i]);
	}
	page_boxes_end(&s->page);
	buf_reset(&s->more);
	buf_add_str(&s->more, off == 0 ? "Balanced: the claims' " :
	    "Not balanced: the claims' ");
	buf_add_slice(&s->more, show_money(s, s->paid));
	if (s->provider != 0) {
		buf_add_str(&s->more, " less the provider's ");
		buf_add_slice(&s->more, show_money(s, s->provider));
	}
	buf_add_str(&s->more, off == 0 ? " is the payment, " :
	    " is not the payment, ");
	buf_add_slice(&s->more, show_money(s, s->payment));
	if (off != 0) {
		buf_add_str(&s->more, "; the difference is ");
		buf_add_slice(&s->more, show_money(s, off));
	}
	buf_add_char(&s->more, '.');
	page_verdict(&s->page, off == 0, buf_slice(&s->more));
	page_document_end(&s->page);
}

const struct show_view show_remittance = {
	"835", remittance_begin, remittance_record, remittance_end,
};
