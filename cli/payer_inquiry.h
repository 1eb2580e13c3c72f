/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_INQUIRY_H
#define CLI_PAYER_INQUIRY_H

/*
 * What the simulated payer says to who asks, record for record: to a 276 the
 * 277 with what it remembers of the claim, to a 270 the 271 of a member with
 * active coverage, or of one that it does not know (unknown_member).
 */

#include "cli/payer_config.h"
#include "cli/payer_json.h"
#include "cli/payer_state.h"

struct payer_inquiry {
	const struct payer_config *config;
	const struct payer_state *state;
	const char *date;                /* CCYYMMDD */
};

/* The answering record; nothing to a record that asks for nothing. */
void payer_status(struct payer_json *j, const struct payer_inquiry *q,
    struct slice record);
void payer_eligibility(struct payer_json *j, const struct payer_inquiry *q,
    struct slice record);

#endif
