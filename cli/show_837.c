/* SPDX-License-Identifier: ISC */
/* An 837: each claim a document. */
#include "cli/show.h"

/* The third is an institution's. */
static const struct page_column institutional[] = {
	{ "Service", 26, false },
	{ "Procedure", 28, false },
	{ "Revenue", 8, false },
	{ "Units", 17, true },
	{ "Charge", 17, true },
};

static const struct page_column columns[] = {
	{ "Service", 26, false },
	{ "Procedure", 27, false },
	{ "Diagnoses", 12, false },
	{ "Place", 6, false },
	{ "Units", 12, true },
	{ "Charge", 12, true },
};

struct fact {
	const char *label, *path;
	bool period;
};

static const struct fact facts[] = {
	{ "place of service", "place_of_service", false },
	{ "facility type", "facility_type", false },
	{ "statement", "statement_period", true },
	{ "service", "service_date", true },
	{ "onset", "onset_date", false },
	{ "admitted", "admission_date", false },
	{ "authorization", "prior_authorization", false },
	{ "referral", "referral_number", false },
	{ "payer's claim", "payer_claim_number", false },
	{ "patient paid", "patient_paid", false },
};

static void
show_claim_box(struct show *s, struct record_at claim)
{
	struct slice frequency = record_get_text(claim, "frequency");

	page_box(&s->page, "Claim");
	page_line(&s->page, show_amount(s, record_get_text(claim, "charge")));
	page_line(&s->page, slice_is(frequency, "1") ? SLICE_LIT("original") :
	    slice_is(frequency, "7") ? SLICE_LIT("replacement") :
	    slice_is(frequency, "8") ? SLICE_LIT("void") :
	    show_labelled(s, "frequency", frequency));
	for (unsigned i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		struct slice value = record_get_text(claim, facts[i].path);

		buf_reset(&s->more);
		if (facts[i].period)
			value = show_period(s, value);
		buf_add_slice(&s->more, value);
		page_line(&s->page, show_labelled(s, facts[i].label,
		    buf_slice(&s->more)));
	}
	page_box_end(&s->page);
}

/* "1 S82101A  2 M545": as the lines point to them. */
static void
show_diagnoses(struct show *s, struct record_at claim)
{
	struct record_at d = record_get(claim, "diagnoses");
	struct slice principal = record_get_text(claim,
	    "principal_diagnosis.code");
	unsigned n = 0;

	if (!d.value && principal.n == 0)
		return;
	page_box(&s->page, "Diagnoses");
	if (principal.n > 0)
		page_line(&s->page, principal);
	for (; d.value; d = record_next(d)) {
		buf_reset(&s->more);
		buf_addf(&s->more, "%u  ", ++n);
		buf_add_slice(&s->more, record_get_text(d, "code"));
		page_line(&s->page, buf_slice(&s->more));
	}
	page_box_end(&s->page);
}

static void
show_provider(struct show *s, struct record_at claim, const char *path,
    const char *label)
{
	show_party(s, label, record_get(claim, path), "NPI");
}

static void
show_people(struct show *s, struct record_at claim)
{
	page_boxes(&s->page);
	show_party(s, "Billing provider", record_get(s->root,
	    "billing_provider"), "NPI");
	show_party(s, "Payer", record_get(s->root, "payer"), "id");
	show_claim_box(s, claim);
	page_boxes_end(&s->page);
	page_boxes(&s->page);
	show_party(s, "Subscriber", record_get(s->root, "subscriber"),
	    "member");
	show_party(s, "Patient", record_get(s->root, "patient"), "id");
	show_diagnoses(s, claim);
	show_provider(s, claim, "rendering_provider", "Rendering");
	show_provider(s, claim, "attending_provider", "Attending");
	show_provider(s, claim, "referring_providers", "Referring");
	show_provider(s, claim, "service_facility", "Service facility");
	page_boxes_end(&s->page);
}

static bool
is_institutional(const struct show *s)
{
	return strcmp(s->record->kind->name, "837I") == 0;
}

static void
cell_of_pointers(struct show *s, struct record_at line)
{
	struct record_at p = record_get(line, "diagnosis_pointers");

	buf_reset(&s->more);
	for (; p.value; p = record_next(p)) {
		if (s->more.n > 0)
			buf_add_char(&s->more, ' ');
		buf_add_slice(&s->more, p.value->text);
	}
	page_cell(&s->page, buf_slice(&s->more));
}

static void
show_line(struct show *s, struct record_at line)
{

	page_row(&s->page, PAGE_ROW);
	page_cell(&s->page, show_period(s, record_get_text(line,
	    "service_date")));
	page_cell(&s->page, show_procedure(s, line));
	if (is_institutional(s)) {
		page_cell(&s->page, record_get_text(line, "revenue_code"));
	} else {
		cell_of_pointers(s, line);
		page_cell(&s->page, record_get_text(line,
		    "place_of_service"));
	}
	buf_reset(&s->more);
	buf_add_slice(&s->more, record_get_text(line, "units"));
	buf_add_char(&s->more, ' ');
	buf_add_slice(&s->more, record_get_text(line, "unit"));
	page_cell(&s->page, slice_rtrim(buf_slice(&s->more)));
	page_cell(&s->page, show_amount(s, record_get_text(line, "charge")));
	page_row_end(&s->page);
}

static void
show_lines(struct show *s, struct record_at claim)
{
	struct record_at line = record_get(claim, "lines");
	int64_t sum = 0;

	if (!line.value)
		return;
	if (is_institutional(s))
		page_table(&s->page, institutional,
		    sizeof(institutional) / sizeof(*institutional));
	else
		page_table(&s->page, columns,
		    sizeof(columns) / sizeof(*columns));
	for (; line.value; line = record_next(line)) {
		show_line(s, line);
		sum += show_cents(line, "charge");
	}
	page_row(&s->page, PAGE_ROW_TOTAL);
	page_cell(&s->page, SLICE_LIT("all lines"));
	for (unsigned i = is_institutional(s); i < 4; i++)
		page_cell(&s->page, slice(NULL, 0));
	page_cell(&s->page, show_money(s, sum));
	page_row_end(&s->page);
	page_table_end(&s->page);
	if (sum != show_cents(claim, "charge"))
		page_verdict(&s->page, false, SLICE_LIT("The lines do not add "
		    "up to the charge of the claim."));
}

static void
show_other_payers(struct show *s, struct record_at claim)
{
	struct record_at o = record_get(claim, "other_payers");

	if (!o.value)
		return;
	page_heading(&s->page, "Other payers");
	page_boxes(&s->page);
	for (; o.value; o = record_next(o)) {
		page_box(&s->page, "Payer");
		page_line(&s->page, show_name(s, record_get(o, "payer")));
		page_line(&s->page, show_labelled(s, "order",
		    record_get_text(o, "coverage.sequence")));
		page_line(&s->page, show_labelled(s, "paid",
		    record_get_text(o, "paid")));
		page_line(&s->page, show_labelled(s, "on", record_get_text(o,
		    "payer.paid_date")));
		page_box_end(&s->page);
	}
	page_boxes_end(&s->page);
}

static void
claim_begin(struct show *s)
{
	(void)s;
}

static void
claim_record(struct show *s)
{
	struct record_at claim = record_get(s->root, "claim");
	const char *kind = s->record->kind->name;

	if (!claim.value)
		return;
	page_document(&s->page, strcmp(kind, "837I") == 0 ?
	    "Institutional claim" : strcmp(kind, "837D") == 0 ?
	    "Dental claim" : "Professional claim", record_get_text(claim,
	    "id"));
	show_people(s, claim);
	show_lines(s, claim);
	show_other_payers(s, claim);
	page_document_end(&s->page);
}

const struct show_view show_claim = {
	"837P 837I 837D", claim_begin, claim_record, claim_begin,
};
