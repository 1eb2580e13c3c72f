/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_ANSWER_H
#define CLI_PAYER_ANSWER_H

/*
 * What the simulated payer answers to one file: TA1, 999 and 277CA by
 * edi/ack.h, 835 by payer_835.h, with the faults that the configuration asks
 * for. Nothing is written to disk here: answers are handed out as bytes, in
 * the order of their making.
 */

#include "cli/payer_config.h"
#include "cli/payer_state.h"
#include "edi/inspection.h"

enum { PAYER_INTERCHANGES_MAX = 4096 };  /* of one file */

struct payer_job {
	const struct payer_config *config;
	struct payer_state *state;
	struct inspection_settings checks;   /* what it holds a claim against */
	const char *date, *time;             /* CCYYMMDD, HHMMSS */
	/* One answer; the number is its ISA13. */
	void (*on_answer)(void *ctx, enum payer_kind kind, uint64_t number,
	    struct slice bytes);
	/* An interchange came that was answered before. */
	void (*on_duplicate)(void *ctx, const struct scan_interchange *i);
	void *ctx;
};

struct payer_result {
	enum scan_framing framing;
	struct payer_counts counts;          /* of this file */
	uint64_t interchanges[PAYER_INTERCHANGES_MAX];  /* their keys */
	unsigned interchange_count;
};

/*
 * Look only: how is the file framed? Sets r->framing. A file that is not all
 * there is not answered.
 */
int payer_look(struct slice file, struct payer_result *r, struct err *e)
    __attribute__((warn_unused_result));
int payer_answer(const struct payer_job *job, struct slice file,
    struct payer_result *r, struct err *e) __attribute__((warn_unused_result));

#endif
