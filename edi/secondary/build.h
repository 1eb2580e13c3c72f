/* SPDX-License-Identifier: ISC */
#ifndef EDI_SECONDARY_BUILD_H
#define EDI_SECONDARY_BUILD_H

/* One claim, one decision, one next payer: the claim that the latter gets. */

#include "edi/record/tree.h"

/* Of an 835: a claim's record. */
struct secondary_decided {
	struct record_at root, claim;
	int64_t charge, paid;         /* CLP03, CLP04 */
	int64_t liability;            /* of the patient: all PR */
};

/* Fills it from the record's root. */
void secondary_read_decision(struct secondary_decided *d,
    struct record_at root);

/*
 * The first of the claim's other payers that has not decided and comes after
 * the claim's own; NULL: there is none.
 */
struct record_value *secondary_next_payer(struct record_at claim,
    struct slice sequence);

/*
 * Change the claim: next is one of its other payers, and becomes its payer.
 * NULL: done, unless t->failed; else why it cannot be, in why.
 */
const char *secondary_build(struct record_tree *t, struct record_at root,
    struct record_value *next, const struct secondary_decided *d,
    char why[static 160]);

#endif
