/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_REPLY_H
#define CLI_PAYER_REPLY_H

/*
 * The simulated payer's answers that are records, while a file is read: 835s
 * of claims, 277s and 271s of inquiries; and what became of each claim. What a
 * verdict rejects is taken back out of all of them.
 */

#include "cli/payer_835.h"
#include "cli/payer_state.h"

struct payer_reply {
	const struct payer_maker *maker;
	const struct payer_state *state;
	bool pays;                     /* 835s are made */
	struct payer_835 remittance;
	struct payer_lines status, eligibility;
	struct buf *outcomes;          /* struct payer_outcome, each */
	size_t in_group, in_set;       /* outcomes before these */
	uint64_t isa_control;          /* of the 835 */
};

/* What is given must outlive it. */
void payer_reply_init(struct payer_reply *r, const struct payer_maker *m,
    const struct payer_state *s, struct buf *outcomes, bool pays);
void payer_reply_free(struct payer_reply *r);

void payer_reply_interchange(struct payer_reply *r,
    const struct scan_interchange *i, uint64_t isa_control);
void payer_reply_group(struct payer_reply *r, const struct scan_group *g);
void payer_reply_set(struct payer_reply *r);
void payer_reply_set_end(struct payer_reply *r, bool accepted);
void payer_reply_group_end(struct payer_reply *r, bool accepted);

/* A claim with its verdict, the nth since the state began. */
void payer_reply_claim(struct payer_reply *r, const struct ack_claim *claim,
    uint64_t nth);

/* The record of a 276 or a 270. */
void payer_reply_inquiry(struct payer_reply *r, struct slice record);

#endif
