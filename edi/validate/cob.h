/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_COB_H
#define EDI_VALIDATE_COB_H

/*
 * Coordination of benefits (SNIP type 3): what each earlier payer of a claim
 * decided must add up, exactly. This joins loops that are far apart, 2320 with
 * the 2430s of every line by the payer's number, which the rule language does
 * not; so it is code. A listener of a walk. For each payer p of a claim:
 *
 *	line:  charge = SVD02 + CAS of that 2430
 *	paid:  AMT*D of 2320 = sum of SVD02 - CAS of 2320       (RFI 524)
 *	claim: CLM02 = AMT*D + CAS of 2320 + CAS of its 2430s
 *
 * A payer without AMT*D has not decided, one with AMT*A8 does not cover the
 * claim at all: neither is balanced. At most COB_PAYERS payers are followed;
 * the guides allow ten.
 */

#include "edi/walk.h"

enum { COB_PAYERS = 16 };

struct cob_checker;

/* NULL: out of memory. The walk must outlive the checker. */
struct cob_checker *cob_checker_new(struct walk *w);
void cob_checker_free(struct cob_checker *k);

#endif
