/* SPDX-License-Identifier: ISC */
/* The sheets: what their rows and columns are. */
#include "edi/sheet.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define WHERE \
	{ "file", "=file", "as it was named" }, \
	{ "interchange", "=interchange", "its control number (ISA13)" }, \
	{ "set", "=set", "which transaction set of its group" }, \
	{ "type", "=type", "the kind of record" }

/* ---- claims and their lines ---------------------------------------------- */

static const struct sheet_rows claims_rows[] = {
	{ "claim", "", false },
};

static const struct sheet_column claims_columns[] = {
	WHERE,
	{ "claim_id", "claim.id", "the biller's number of the claim (CLM01)" },
	{ "charge", "claim.charge", "of the whole claim" },
	{ "frequency", "claim.frequency",
	    "1 a new claim, 7 replaces, 8 voids" },
	{ "payer_claim_number", "claim.payer_claim_number",
	    "of the claim that is replaced or voided" },
	{ "place_of_service", "claim.place_of_service|claim.facility_type",
	    "or the facility type of an institution" },
	{ "service_from", "claim.statement_period:from|claim.service_date:from"
	    "|claim.lines[0].service_date:from",
	    "the statement, or the first line" },
	{ "service_to", "claim.statement_period:to|claim.service_date:to"
	    "|claim.lines[0].service_date:to", "empty: one day" },
	{ "lines", "=lines", "how many service lines" },
	{ "patient_last_name", "patient.last_name|subscriber.last_name",
	    "the subscriber when no patient stands below" },
	{ "patient_first_name", "patient.first_name|subscriber.first_name",
	    "" },
	{ "patient_birth_date", "patient.birth_date|subscriber.birth_date",
	    "" },
	{ "patient_gender", "patient.gender|subscriber.gender", "" },
	{ "relationship", "patient.relationship"
	    "|subscriber.coverage.relationship", "18: the subscriber" },
	{ "member_id", "subscriber.id", "" },
	{ "subscriber_last_name", "subscriber.last_name|subscriber.name",
	    "" },
	{ "subscriber_first_name", "subscriber.first_name", "" },
	{ "group_number", "subscriber.coverage.group_number", "" },
	{ "payer_sequence", "subscriber.coverage.sequence",
	    "P, S, T: first, second, third payer" },
	{ "payer_name", "payer.name", "" },
	{ "payer_id", "payer.id", "" },
	{ "billing_name", "billing_provider.name"
	    "|billing_provider.last_name", "" },
	{ "billing_npi", "billing_provider.id", "" },
	{ "billing_tax_id", "billing_provider.employer_id"
	    "|billing_provider.ssn", "" },
	{ "rendering_name", "claim.rendering_provider.last_name"
	    "|claim.rendering_provider.name"
	    "|claim.attending_provider.last_name", "or the attending one" },
	{ "rendering_npi", "claim.rendering_provider.id"
	    "|claim.attending_provider.id", "" },
	{ "diagnoses", "claim.diagnoses[].code"
	    "|claim.principal_diagnosis.code", "with blanks between" },
	{ "prior_authorization", "claim.prior_authorization", "" },
};

static const struct sheet_rows lines_rows[] = {
	{ "line", "claim.lines", false },
};

static const struct sheet_column lines_columns[] = {
	WHERE,
	{ "claim_id", "claim.id", "the biller's number of the claim (CLM01)" },
	{ "line", "=line", "1 is the first of the claim" },
	{ "procedure", "claim.lines.procedure.code", "" },
	{ "modifiers", "claim.lines.procedure.modifiers[]",
	    "with blanks between" },
	{ "revenue_code", "claim.lines.revenue_code", "of an institution" },
	{ "charge", "claim.lines.charge", "" },
	{ "units", "claim.lines.units", "" },
	{ "unit", "claim.lines.unit", "UN units, MJ minutes, DA days" },
	{ "service_from", "claim.lines.service_date:from", "" },
	{ "service_to", "claim.lines.service_date:to", "empty: one day" },
	{ "place_of_service", "claim.lines.place_of_service",
	    "where it is not that of the claim" },
	{ "diagnosis_pointers", "claim.lines.diagnosis_pointers[]",
	    "1 is the first diagnosis" },
	{ "drug", "claim.lines.drug.code", "the NDC" },
	{ "rendering_npi", "claim.lines.rendering_provider.id",
	    "where it is not that of the claim" },
	{ "line_control_number", "claim.lines.line_control_number",
	    "the biller's number of the line" },
	{ "patient_last_name", "patient.last_name|subscriber.last_name",
	    "" },
	{ "patient_first_name", "patient.first_name|subscriber.first_name",
	    "" },
};

/* ---- remittance ---------------------------------------------------------- */

#define PAYMENT \
	{ "payment_trace", "payment.trace.number", \
	    "of the check or transfer (TRN02)" }, \
	{ "payment_date", "payment.date", "" }, \
	{ "payer_name", "payer.name", "" }, \
	{ "payee_id", "payee.id", "the NPI, mostly" }, \
	{ "level", "=level", "what the row is of: claim, line, provider" }, \
	{ "claim_id", "claim.id", "the biller's number of the claim" }, \
	{ "payer_claim_number", "claim.payer_claim_number", "" }, \
	{ "line", "=line", "1 is the first of the claim" }, \
	{ "procedure", "claim.lines.procedure.code", "as it was paid" }

static const struct sheet_rows remittance_rows[] = {
	{ "line", "claim.lines", false },
	{ "claim", "", false },
	{ "provider", "provider_adjustments.adjustments", false },
};

static const struct sheet_column remittance_columns[] = {
	WHERE,
	PAYMENT,
	{ "modifiers", "claim.lines.procedure.modifiers[]",
	    "with blanks between" },
	{ "revenue_code", "claim.lines.revenue_code", "" },
	{ "claim_status", "claim.status", "1, 2, 3 processed as primary, "
	    "secondary, tertiary; 4 denied; 22 reversal" },
	{ "patient_last_name", "claim.patient.last_name", "" },
	{ "patient_first_name", "claim.patient.first_name", "" },
	{ "service_from", "=service_from", "" },
	{ "service_to", "=service_to", "empty: one day" },
	{ "units", "claim.lines.units_paid", "paid" },
	{ "charge", "=charge", "a claim's row: what its lines do not say" },
	{ "paid", "=paid", "a provider's row: its adjustment, negated" },
	{ "allowed", "=allowed", "AMT B6" },
	{ "contractual", "=CO", "adjustments of the group CO" },
	{ "patient_responsibility", "=PR", "PR: what the patient owes" },
	{ "payer_initiated", "=PI", "PI" },
	{ "other_adjustments", "=OA", "OA, and groups without a column" },
	{ "reasons", "=reasons", "all of them: CO-45 PR-1" },
	{ "remarks", "=remarks", "remark codes" },
	{ "line_control_number", "claim.lines.line_control_number",
	    "the biller's number of the line" },
	{ "provider_reference", "provider_adjustments.adjustments.reference",
	    "of a provider's row" },
};

static const struct sheet_rows adjustments_rows[] = {
	{ "claim", "claim.adjustments.reasons", false },
	{ "line", "claim.lines.adjustments.reasons", false },
	{ "provider", "provider_adjustments.adjustments", false },
};

static const struct sheet_column adjustments_columns[] = {
	WHERE,
	PAYMENT,
	{ "group", "claim.lines.adjustments.group|claim.adjustments.group",
	    "CO, PR, OA, PI; empty: a provider's" },
	{ "reason", "claim.lines.adjustments.reasons.reason"
	    "|claim.adjustments.reasons.reason"
	    "|provider_adjustments.adjustments.reason",
	    "CARC, or the code of PLB" },
	{ "amount", "claim.lines.adjustments.reasons.amount"
	    "|claim.adjustments.reasons.amount"
	    "|provider_adjustments.adjustments.amount",
	    "above zero lowers the payment" },
	{ "quantity", "claim.lines.adjustments.reasons.quantity"
	    "|claim.adjustments.reasons.quantity", "" },
	{ "provider", "provider_adjustments.provider", "of a provider's row" },
	{ "fiscal_period", "provider_adjustments.fiscal_period",
	    "of a provider's row" },
	{ "reference", "provider_adjustments.adjustments.reference",
	    "of a provider's row" },
};

/* ---- statuses ------------------------------------------------------------ */

static const struct sheet_rows statuses_rows[] = {
	{ "submitter", "submitter.statuses", true },
	{ "provider", "billing_provider.statuses", true },
	{ "provider", "provider.statuses", true },
	{ "claim", "claim.statuses", false },
	{ "line", "claim.lines.statuses", false },
};

#define STATUS(column, member, help) \
	{ column, "claim.statuses." member "|claim.lines.statuses." member \
	    "|submitter.statuses." member "|billing_provider.statuses." \
	    member "|provider.statuses." member, help }

static const struct sheet_column statuses_columns[] = {
	WHERE,
	{ "level", "=level", "what the row is of: submitter, provider, claim, "
	    "line" },
	{ "payer_name", "information_source.name|payer.name", "who says it" },
	{ "batch", "submitter.batch", "the biller's number of the batch" },
	{ "claim_id", "claim.id", "the biller's number of the claim" },
	{ "payer_claim_number", "claim.payer_claim_number", "" },
	{ "line", "=line", "1 is the first of the claim" },
	{ "procedure", "claim.lines.procedure.code", "" },
	STATUS("category", "category", "A1, A2 accepted, A3, A6, A7 .. "
	    "rejected, F finalized, P pending"),
	STATUS("code", "code", "the claim status code"),
	STATUS("entity", "entity", "who it is about: PR payer, 85 billing "
	    "provider, .."),
	STATUS("more", "more[].code", "further status codes"),
	STATUS("date", "date", "of the status"),
	STATUS("action", "action", "WQ accepted, U rejected"),
	STATUS("charge", "charge", ""),
	STATUS("paid", "paid", "of a 277"),
	{ "service_from", "claim.service_date:from", "of the claim" },
	{ "patient_last_name", "patient.last_name|subscriber.last_name", "" },
	{ "patient_first_name", "patient.first_name|subscriber.first_name",
	    "" },
	STATUS("message", "message", "free text"),
};

/* -------------------------------------------------------------------------- */

#define SHEET(name, title, sets, amounts) \
	{ #name, title, sets, name##_rows, name##_columns, \
	    COUNT(name##_rows), COUNT(name##_columns), amounts }

static const struct sheet sheets[] = {
	SHEET(claims, "a row a claim of an 837", "837P 837I 837D", false),
	SHEET(lines, "a row a service line of an 837", "837P 837I 837D",
	    false),
	SHEET(remittance, "a row a line of an 835, with what was paid and why "
	    "not more", "835", true),
	SHEET(adjustments, "a row an adjustment of an 835: claims, lines, "
	    "provider", "835", false),
	SHEET(statuses, "a row a status of a 277CA or 277", "277CA 277",
	    false),
};

const struct sheet *
sheet(unsigned i)
{
	return i < COUNT(sheets) ? &sheets[i] : NULL;
}
