/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_ANSWER_H
#define CLI_PAYER_ANSWER_H

/*
 * What the simulated payer answers to one file: TA1, 999 and 277CA by
 * edi/ack.h; 835, 277 and 271 as records (payer_835.h, payer_inquiry.h) that
 * edi/record/batch.h writes; with the faults that the configuration asks for.
 * Acknowledgements are told, and never acknowledged. Nothing is written to
 * disk here: answers are handed out as bytes, in the order of their making.
 */

#include "cli/payer_judge.h"
#include "cli/payer_records.h"
#include "edi/index.h"

struct payer_job {
	struct payer_state *state;
	struct inspection_settings checks;   /* what it holds a claim against */
	struct payer_maker maker;            /* with date and time */
	/* One answer; the number is its ISA13. */
	void (*on_answer)(void *ctx, enum payer_kind kind, uint64_t number,
	    struct slice bytes);
	/* An interchange came that was answered before. */
	void (*on_duplicate)(void *ctx, const struct scan_interchange *i);
	/* A TA1, or what a 999 says of a group. */
	void (*on_acknowledged)(void *ctx, const struct index_record *r);
	/* Records of an answer that could not be made. */
	void (*on_refused)(void *ctx, enum payer_kind kind,
	    const struct payer_lines *lines);
	void *ctx;
};

struct payer_result {
	struct payer_counts counts;          /* of this file */
	struct payer_seen seen;              /* its interchanges */
	struct buf outcomes;                 /* struct payer_outcome, each */
};

void payer_result_init(struct payer_result *r);
void payer_result_free(struct payer_result *r);

int payer_answer(const struct payer_job *job, struct slice file,
    struct payer_result *r, struct err *e) __attribute__((warn_unused_result));

#endif
