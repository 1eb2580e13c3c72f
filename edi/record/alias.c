/* SPDX-License-Identifier: ISC */
#include "edi/record/alias.h"

#include <stdio.h>
#include <stdlib.h>

static const struct record_alias aliases[] = {
	{ "claim_id", "claim.id", NULL, NULL, 0, 0,
	    "your number of the claim" },
	{ "total_charge", "claim.charge", NULL, NULL, 0, 0,
	    "of all lines" },
	{ "place_of_service", "claim.place_of_service", NULL, NULL, 0, 0,
	    "11 office, 12 home, .." },
	{ "facility_type", "claim.facility_type", NULL, NULL, 0, 0,
	    "of an institution: 11 hospital inpatient, .." },
	{ "frequency", "claim.frequency", NULL, NULL, 0, 0,
	    "1 a new claim, 7 replaces, 8 voids" },
	{ "payer_claim_number", "claim.payer_claim_number", NULL, NULL, 0, 0,
	    "of the claim that is replaced or voided" },
	{ "signature_on_file", "claim.signature_on_file", NULL, NULL, 0, 0,
	    "the provider's: Y or N" },
	{ "assignment", "claim.assignment", NULL, NULL, 0, 0,
	    "A, B or C" },
	{ "benefits_assigned", "claim.benefits_assigned", NULL, NULL, 0, 0,
	    "Y, N or W" },
	{ "release_of_information", "claim.release_of_information", NULL, NULL,
	    0, 0, "Y or I" },
	{ "prior_authorization", "claim.prior_authorization", NULL, NULL, 0, 0,
	    "the payer's number of it" },
	{ "billing_name", "billing_provider.name", NULL, NULL, 0, 0,
	    "an organization" },
	{ "billing_npi", "billing_provider.id", "billing_provider.id_type",
	    "XX", 0, 0, "" },
	{ "billing_tax_id", "billing_provider.employer_id", NULL, NULL, 0, 0,
	    "EIN" },
	{ "billing_taxonomy", "billing_provider.taxonomy", NULL, NULL, 0, 0,
	    "" },
	{ "billing_address", "billing_provider.address.line1", NULL, NULL,
	    0, 0, "" },
	{ "billing_city", "billing_provider.address.city", NULL, NULL, 0, 0,
	    "" },
	{ "billing_state", "billing_provider.address.state", NULL, NULL, 0, 0,
	    "" },
	{ "billing_zip", "billing_provider.address.postal_code", NULL, NULL,
	    0, 0, "all nine digits" },
	{ "payer_name", "payer.name", NULL, NULL, 0, 0, "" },
	{ "payer_id", "payer.id", "payer.id_type", "PI", 0, 0, "" },
	{ "payer_sequence", "subscriber.coverage.sequence", NULL, NULL, 0, 0,
	    "P, S or T: is this payer first, second or third?" },
	{ "relationship", "subscriber.coverage.relationship", NULL, NULL, 0, 0,
	    "18 when the subscriber is the patient, else empty" },
	{ "group_number", "subscriber.coverage.group_number", NULL, NULL,
	    0, 0, "" },
	{ "filing_indicator", "subscriber.coverage.filing_indicator", NULL,
	    NULL, 0, 0, "CI commercial, MB Medicare part B, MC Medicaid, .." },
	{ "subscriber_last_name", "subscriber.last_name", NULL, NULL, 0, 0,
	    "" },
	{ "subscriber_first_name", "subscriber.first_name", NULL, NULL, 0, 0,
	    "" },
	{ "member_id", "subscriber.id", "subscriber.id_type", "MI", 0, 0,
	    "" },
	{ "subscriber_address", "subscriber.address.line1", NULL, NULL, 0, 0,
	    "" },
	{ "subscriber_city", "subscriber.address.city", NULL, NULL, 0, 0,
	    "" },
	{ "subscriber_state", "subscriber.address.state", NULL, NULL, 0, 0,
	    "" },
	{ "subscriber_zip", "subscriber.address.postal_code", NULL, NULL,
	    0, 0, "" },
	{ "subscriber_birth_date", "subscriber.birth_date", NULL, NULL, 0, 0,
	    "" },
	{ "subscriber_gender", "subscriber.gender", NULL, NULL, 0, 0,
	    "F, M or U" },
	{ "patient_relationship", "patient.relationship", NULL, NULL, 0, 0,
	    "when the patient is not the subscriber: 01 spouse, 19 child, .."
	    },
	{ "patient_last_name", "patient.last_name", NULL, NULL, 0, 0, "" },
	{ "patient_first_name", "patient.first_name", NULL, NULL, 0, 0, "" },
	{ "patient_address", "patient.address.line1", NULL, NULL, 0, 0, "" },
	{ "patient_city", "patient.address.city", NULL, NULL, 0, 0, "" },
	{ "patient_state", "patient.address.state", NULL, NULL, 0, 0, "" },
	{ "patient_zip", "patient.address.postal_code", NULL, NULL, 0, 0,
	    "" },
	{ "patient_birth_date", "patient.birth_date", NULL, NULL, 0, 0, "" },
	{ "patient_gender", "patient.gender", NULL, NULL, 0, 0, "" },
	{ "rendering_last_name", "claim.rendering_provider.last_name", NULL,
	    NULL, 0, 0, "" },
	{ "rendering_first_name", "claim.rendering_provider.first_name", NULL,
	    NULL, 0, 0, "" },
	{ "rendering_npi", "claim.rendering_provider.id",
	    "claim.rendering_provider.id_type", "XX", 0, 0, "" },
	{ "attending_last_name", "claim.attending_provider.last_name", NULL,
	    NULL, 0, 0, "of an institution" },
	{ "attending_first_name", "claim.attending_provider.first_name", NULL,
	    NULL, 0, 0, "" },
	{ "attending_npi", "claim.attending_provider.id",
	    "claim.attending_provider.id_type", "XX", 0, 0, "" },
	{ "statement_period", "claim.statement_period", NULL, NULL, 0, 0,
	    "of an institution: a day, or two with a / between" },
	{ "admission_date", "claim.admission_date", NULL, NULL, 0, 0, "" },
	{ "admission_type", "claim.admission_type", NULL, NULL, 0, 0,
	    "of an institution" },
	{ "admission_source", "claim.admission_source", NULL, NULL, 0, 0,
	    "" },
	{ "patient_status", "claim.patient_status", NULL, NULL, 0, 0, "" },
	{ "principal_diagnosis", "claim.principal_diagnosis.code",
	    "claim.principal_diagnosis.type", "ABK", 0, 0,
	    "ICD-10, of an institution" },
	{ "other_diagnosis#", "claim.other_diagnoses[#].code",
	    "claim.other_diagnoses[#].type", "ABF", 1, 12,
	    "ICD-10, of an institution" },
	{ "diagnosis#", "claim.diagnoses[#].code", "claim.diagnoses[#].type",
	    "ABK", 1, 1, "ICD-10, the principal one" },
	{ "diagnosis#", "claim.diagnoses[#].code", "claim.diagnoses[#].type",
	    "ABF", 2, 12, "ICD-10, the others" },
	{ "service_date", "claim.lines.service_date", NULL, NULL, 0, 0,
	    "a day, or two with a / between" },
	{ "revenue_code", "claim.lines.revenue_code", NULL, NULL, 0, 0,
	    "of an institution" },
	{ "procedure", "claim.lines.procedure.code",
	    "claim.lines.procedure.type", "HC", 0, 0, "CPT or HCPCS" },
	{ "modifiers", "claim.lines.procedure.modifiers[]", NULL, NULL, 0, 0,
	    "with blanks between" },
	{ "line_charge", "claim.lines.charge", NULL, NULL, 0, 0, "" },
	{ "units", "claim.lines.units", "claim.lines.unit", "UN", 0, 0, "" },
	{ "diagnosis_pointers", "claim.lines.diagnosis_pointers[]", NULL, NULL,
	    0, 0, "1 is diagnosis1; with blanks between" },
	{ "line_control_number", "claim.lines.line_control_number", NULL,
	    NULL, 0, 0, "your number of the line" },
	{ "submitter_name", "submitter.name", NULL, NULL, 0, 0, "" },
	{ "submitter_id", "submitter.id", NULL, NULL, 0, 0, "" },
	{ "submitter_contact", "submitter.contacts[0].name", NULL, NULL, 0, 0,
	    "" },
	{ "submitter_phone", "submitter.contacts[0].numbers[0].value",
	    "submitter.contacts[0].numbers[0].type", "TE", 0, 0, "digits" },
	{ "receiver_name", "receiver.name", NULL, NULL, 0, 0, "" },
	{ "receiver_id", "receiver.id", NULL, NULL, 0, 0, "" },
};

const struct record_alias *
record_alias(unsigned i)
{
	return i < sizeof(aliases) / sizeof(*aliases) ? &aliases[i] : NULL;
}

/* "diagnosis12" against "diagnosis#". */
static bool
fits(const struct record_alias *a, struct slice name, unsigned *number)
{
	size_t n = strcspn(a->name, "#");
	uint64_t value;

	*number = 0;
	if (a->last == 0)
		return slice_is(name, a->name);
	if (name.n <= n || memcmp(name.p, a->name, n) != 0 ||
	    name.p[n] == '0' ||
	    !slice_u64(slice(name.p + n, name.n - n), &value) ||
	    value < a->first || value > a->last)
		return false;
	*number = (unsigned)value;
	return true;
}

const struct record_alias *
record_alias_find(struct slice name, unsigned *number)
{
	const struct record_alias *a;

	for (unsigned i = 0; (a = record_alias(i)); i++)
		if (fits(a, name, number))
			return a;
	return NULL;
}

void
record_alias_text(const char *text, unsigned number,
    char to[static RECORD_ALIAS_NAME])
{
	size_t n = strcspn(text, "#");

	/* Items of a list are counted from 0, columns from 1. */
	if (n > 0 && text[n - 1] == '[')
		number--;
	if (text[n] == '\0')
		snprintf(to, RECORD_ALIAS_NAME, "%s", text);
	else
		snprintf(to, RECORD_ALIAS_NAME, "%.*s%u%s", (int)n, text,
		    number, text + n + 1);
}
