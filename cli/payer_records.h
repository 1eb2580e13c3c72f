/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_RECORDS_H
#define CLI_PAYER_RECORDS_H

/*
 * Answers of the simulated payer that are made of records: 835, 277, 271. The
 * lines are gathered while an interchange is read; verdicts come after what
 * they speak of, so lines of a set (a group) that is rejected are taken back.
 * What is left becomes one interchange, by edi/record/batch.h: as
 * `x12 from-json --claims` would write it, checked as a whole.
 *
 * The gatherer owns its memory; bounded by PAYER_LINES_MAX.
 */

#include "cli/payer_config.h"
#include "edi/inspection.h"
#include "edi/record/batch.h"

enum { PAYER_LINES_MAX = 256 * 1024 * 1024 };

/* What all such answers of a payer share. */
struct payer_maker {
	const struct payer_config *config;
	struct record_kinds *kinds;
	struct inspection_settings checks;   /* which its answers must pass */
	const char *date, *time;             /* CCYYMMDD, HHMMSS */
};

struct payer_lines {
	struct buf text;                     /* records, one a line */
	size_t group, set;                   /* where the present ones begin */
	struct scan_interchange inbound;     /* which they answer */
	struct delimiters delimiters;        /* its own, where they will do */
	struct buf out;                      /* the interchange made of them */
	char self[16], partner[16];          /* GS02, GS03 of what is there */
	char now_self[16], now_partner[16];  /* and of the present group */
	uint64_t refused;                    /* records: not made */
	struct record_fault fault;           /* of the first of them */
};

void payer_lines_init(struct payer_lines *l);
void payer_lines_free(struct payer_lines *l);

void payer_lines_interchange(struct payer_lines *l,
    const struct scan_interchange *i);
void payer_lines_group(struct payer_lines *l, const struct payer_config *c,
    const struct scan_group *g);
void payer_lines_set(struct payer_lines *l);
void payer_lines_set_end(struct payer_lines *l, bool accepted);
void payer_lines_group_end(struct payer_lines *l, bool accepted);

/*
 * Where lines are to be appended, addressed as the present group is. After an
 * empty line others begin: what stands before it is written.
 */
struct buf *payer_lines_begin(struct payer_lines *l);

/*
 * The answering interchange; empty when there are no lines. It lives
 * until the next payer_lines_interchange(). -EFBIG: larger than the bound.
 */
int payer_lines_make(struct payer_lines *l, const struct payer_maker *m,
    uint64_t isa_control, uint64_t gs_control, struct slice *bytes,
    struct err *e)
    __attribute__((warn_unused_result));

#endif
