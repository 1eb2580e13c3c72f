/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_BATCH_H
#define EDI_RECORD_BATCH_H

/*
 * Records to X12. Records come line by line; those that say the same of a
 * level (payment, billing provider, subscriber) come under one, in the order
 * of their first. HL and LX numbers, counts and the envelope are made here;
 * identities, dates and numbers are the caller's, and so is what records need
 * not say: record_batch_default().
 *
 * What is written has been inspected whole, as `x12 validate` does it: a
 * record with a rejecting finding is refused, with its line and member, and
 * the rest goes on. Memory: BATCH_CLAIMS claims or BATCH_BYTES, whichever
 * comes first; then sets are written, and later records begin new ones.
 */

#include "edi/inspection.h"
#include "edi/record/defaults.h"
#include "edi/writer.h"

enum {
	RECORD_BATCH_CLAIMS = 5000,        /* of a set; CLM of an 837 */
	RECORD_BATCH_BYTES = 64 << 20,
	RECORD_LINE_MAX = 4 << 20,
};

struct record_batch_options {
	struct writer_isa isa;             /* with ISA13 */
	const char *sender, *receiver;     /* GS02, GS03 */
	const char *time;                  /* GS05, HHMM or HHMMSS */
	uint64_t group;                    /* GS06 of the first group */
	struct delimiters delimiters;
	const char *suffix;                /* after terminators */
	uint32_t claims_max;               /* of a set; 0: the most */
	uint32_t patient_claims_max;       /* 0: the guide's, 100 */
	uint32_t lines_max;                /* of a claim; 0: the guide's */
	/*
	 * BHT03 of a set whose records say none: this, '-', and the ordinal of
	 * the set in the interchange. NULL: ISA13 in nine digits.
	 */
	const char *reference;
	bool basic;      /* texts in X12's basic character set only */
	bool replace;    /* other characters, delimiters too, become blanks;
	                    of a number or code the record is refused */
	bool keep_case;  /* small letters stay: an answer that echoes */
};

/* Where a record went. */
struct record_written {
	uint64_t line;
	const char *type;                  /* "837P" */
	uint64_t group;                    /* GS06 */
	char set[10];                      /* ST02 */
	uint64_t ordinal;                  /* of the set in the interchange */
	struct slice id;                   /* of its claim, or empty */
	int64_t charge;                    /* of its claim, in cents */
	const char *date;                  /* first of service, or "" */
};

struct record_batch_ops {
	int (*on_bytes)(void *ctx, struct slice bytes, struct err *e);
	void (*on_refused)(void *ctx, uint64_t line,
	    const struct record_fault *fault);
	/* After the bytes of its set; may be NULL. */
	void (*on_written)(void *ctx, const struct record_written *where);
};

struct record_batch;

/* All that is given must outlive it. NULL: out of memory. */
struct record_batch *record_batch_new(struct record_kinds *k,
    const struct inspection_settings *checks,
    const struct record_batch_options *options,
    const struct record_batch_ops *ops, void *ctx);
void record_batch_free(struct record_batch *b);

/*
 * A line of what records need not say (record/defaults.h), before the first
 * record. 1: *fault says what is wrong with it, and it is not taken.
 */
int record_batch_default(struct record_batch *b, struct slice json,
    struct record_fault *fault, struct err *e)
    __attribute__((warn_unused_result));

/* One line without its newline; line counts from 1. Blank lines are none. */
int record_batch_line(struct record_batch *b, struct slice json,
    uint64_t line, struct err *e) __attribute__((warn_unused_result));

/* Write what there is: later records begin new sets. */
int record_batch_flush(struct record_batch *b, struct err *e)
    __attribute__((warn_unused_result));

/* Write what is left and close the envelope. */
int record_batch_finish(struct record_batch *b, struct err *e)
    __attribute__((warn_unused_result));

/* Records written so far, and refused. */
uint64_t record_batch_written(const struct record_batch *b);
uint64_t record_batch_refused(const struct record_batch *b);

#endif
