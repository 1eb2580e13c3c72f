/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_835_H
#define CLI_PAYER_835_H

/*
 * The simulated payer's remittance (835 of 005010X221A1): one transaction set
 * for each billing provider of a claim set, all of an interchange's in one
 * interchange. It balances: every line's and claim's charge less its CAS is
 * what is paid, BPR02 is the sum of what is paid less the PLB.
 *
 * Verdicts come after claims, so claims of a set (a group) that is rejected
 * are taken back. The writer owns its memory; bounded by PAYER_835_MAX.
 */

#include "cli/payer_config.h"
#include "edi/ack_claim.h"
#include "edi/scan.h"

enum { PAYER_835_MAX = 64 * 1024 * 1024 };

/* How a claim is settled. */
struct payer_835_terms {
	bool denied;
	uint32_t pay_percent, patient_percent;   /* of the charge */
};

/* What the caller numbers and dates: the writer has no clock. */
struct payer_835_envelope {
	uint64_t isa_control, gs_control;
	const char *date, *time;                 /* CCYYMMDD, HHMMSS */
};

struct payer_835;

/* NULL: out of memory. The configuration must outlive it. */
struct payer_835 *payer_835_new(const struct payer_config *c);
void payer_835_free(struct payer_835 *p);

void payer_835_interchange(struct payer_835 *p,
    const struct scan_interchange *i, const struct payer_835_envelope *e);
void payer_835_group(struct payer_835 *p, const struct scan_group *g);
void payer_835_set(struct payer_835 *p);
void payer_835_claim(struct payer_835 *p, const struct ack_claim *c,
    const struct payer_835_terms *terms);
void payer_835_set_end(struct payer_835 *p, bool accepted);
void payer_835_group_end(struct payer_835 *p, bool accepted);

/*
 * The whole interchange, or empty when nothing is paid or denied in it; valid
 * until the next payer_835_interchange(). -EFBIG: larger than the bound.
 */
int payer_835_finish(struct payer_835 *p, struct slice *bytes, struct err *e)
    __attribute__((warn_unused_result));

#endif
