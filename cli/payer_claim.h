/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_CLAIM_H
#define CLI_PAYER_CLAIM_H

/*
 * A claim as the simulated payer settles it, as the record of an 835: what is
 * paid, what the patient owes, what is written off, by line where the lines
 * add up.
 */

#include "cli/payer_json.h"
#include "edi/ack/claim.h"

/* How a claim is settled: in percent of the charge, or denied. */
struct payer_terms {
	bool denied;
	uint32_t pay_percent, patient_percent;
	const char *group, *reason;    /* of a denial: CAS01, CAS02 */
};

struct payer_settled {
	int64_t charge, paid, patient, written_off;
};

struct payer_settled payer_settle(const struct ack_claim *c,
    const struct payer_terms *t);

/* REF*1K, CLP07: of the nth claim. */
enum { PAYER_CLAIM_NUMBER = 32 };
void payer_claim_number(uint64_t nth, char to[static PAYER_CLAIM_NUMBER]);

/* The object of the claim; received: CCYYMMDD. */
void payer_claim(struct payer_json *j, const struct ack_claim *c,
    const struct payer_terms *t, const struct payer_settled *s,
    const char *received);

#endif
