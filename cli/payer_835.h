/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_835_H
#define CLI_PAYER_835_H

/*
 * The simulated payer's remittance, as records (835 of 005010X221A1): a
 * payment for each billing provider of a claim set. It balances: every line's
 * and claim's charge less its adjustments is what is paid, the payment is the
 * sum of what is paid less what is kept of the provider.
 */

#include "cli/payer_claim.h"
#include "cli/payer_records.h"

enum { PAYER_PAYMENT_CLAIMS = 4000, PAYER_PAYMENT_BYTES = 16 << 20 };

struct payer_835 {
	const struct payer_config *config;
	struct payer_lines lines;
	uint64_t isa_control;
	const char *date;              /* CCYYMMDD */
	struct buf claims;             /* of the payment that is open */
	uint32_t provider, count;      /* whose they are; 0: none is open */
	struct ack_party payee;
	int64_t paid;
	unsigned payments, in_group, in_set;   /* made, and before these */
};

void payer_835_init(struct payer_835 *p, const struct payer_config *c);
void payer_835_free(struct payer_835 *p);

void payer_835_interchange(struct payer_835 *p,
    const struct scan_interchange *i, uint64_t isa_control, const char *date);
void payer_835_group(struct payer_835 *p, const struct scan_group *g);
void payer_835_set(struct payer_835 *p);
/* What is paid of it; *payment gets the payment's ordinal. */
int64_t payer_835_claim(struct payer_835 *p, const struct ack_claim *c,
    const struct payer_terms *terms, unsigned *payment);
void payer_835_set_end(struct payer_835 *p, bool accepted);
void payer_835_group_end(struct payer_835 *p, bool accepted);

/* TRN02 of a payment. */
enum { PAYER_TRACE = 40 };
void payer_835_trace(uint64_t isa_control, unsigned payment,
    char to[static PAYER_TRACE]);

#endif
