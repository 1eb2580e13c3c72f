/* SPDX-License-Identifier: ISC */
#ifndef EDI_SECONDARY_H
#define EDI_SECONDARY_H

/*
 * Claims for the next payer, of the claims that went to the one before and
 * what that one decided (835). All three are records, line by line: claims
 * first (837P, 837I, 837D), then decisions (835), then the new claims come
 * out, in the order of the first. Kept are the claims, and decisions about
 * them: SECONDARY_BYTES at most.
 *
 * A decision belongs to the claim that has its number (CLP01, CLM01), of
 * several such claims to those with its charge. A reversal (22) takes back
 * the one before with the same amounts; what is in force at the end counts.
 *
 * The next payer is what a line of payers says of the claim, or the first of
 * the claim's own other payers that has not decided yet, or what a line of
 * payers says of all claims.
 */

#include "edi/record/tree.h"

enum { SECONDARY_BYTES = 512 << 20 };

struct secondary_options {
	bool denied;       /* also when denied (CLP02 4) */
	bool forwarded;    /* also when the payer forwarded it (19, 20, 21) */
	bool settled;      /* also when nothing is left for the patient */
};

struct secondary_ops {
	/* The new claim of the claim with this ordinal: 1, 2, .. */
	int (*on_record)(void *ctx, uint32_t ordinal, struct slice record,
	    struct err *e);
	/* None, and why; refused: something is wrong with what was given. */
	void (*on_none)(void *ctx, uint32_t ordinal, bool refused,
	    const char *why);
};

struct secondary;

/* What is given must outlive it. NULL: out of memory. */
struct secondary *secondary_new(struct record_kinds *k,
    const struct secondary_options *options,
    const struct secondary_ops *ops, void *ctx);
void secondary_free(struct secondary *s);

/* A record of any kind: those that are no claims are passed over. */
int secondary_claim(struct secondary *s, struct slice record, struct err *e)
    __attribute__((warn_unused_result));
int secondary_decision(struct secondary *s, struct slice record,
    struct err *e) __attribute__((warn_unused_result));

/*
 * A line of payers: an object with the members of `claim.other_payers[]`, and
 * `claim`: the claim's number, when it is of one claim. A blank line is none.
 */
int secondary_payer(struct secondary *s, struct slice line, struct err *e)
    __attribute__((warn_unused_result));

/* Hand out the new claims; the first error of on_record ends it. */
int secondary_make(struct secondary *s, struct err *e)
    __attribute__((warn_unused_result));

#endif
