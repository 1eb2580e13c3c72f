/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_JUDGE_H
#define CLI_PAYER_JUDGE_H

/*
 * The simulated payer's own reasons to refuse, reported to the scan as
 * findings, so that the acknowledgements say them: an interchange that was
 * there before, and what the configuration asks for. It counts what comes.
 */

#include "cli/payer_config.h"
#include "cli/payer_state.h"
#include "edi/scan.h"

enum { PAYER_INTERCHANGES_MAX = 4096 };  /* of one file */

/* Interchanges of a file that were new, by their keys. */
struct payer_seen {
	uint64_t key[PAYER_INTERCHANGES_MAX];
	unsigned count;
};

struct payer_judge {
	const struct payer_config *config;
	const struct payer_state *state;
	struct payer_seen *seen;
	struct scan *scan;
	struct payer_counts before;    /* counted before this file */
	struct payer_counts now;       /* in this file, up to here */
	bool again;                    /* a further pass over the same file */
	unsigned known;                /* keys met again in it */
};

/* From the callbacks of the scan, after the ack's. True: it is a duplicate. */
bool payer_judge_interchange(struct payer_judge *j,
    const struct scan_interchange *i);
void payer_judge_set(struct payer_judge *j);

/* Before the ack's. True: a claim begins; the caller counts it then. */
bool payer_judge_segment(struct payer_judge *j, const struct segment *s,
    uint32_t ordinal);

#endif
