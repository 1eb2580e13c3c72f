/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_CUT_H
#define EDI_RECORD_CUT_H

/*
 * A text of records in single records, whatever pieces it comes in. Two forms:
 *
 *	RECORD_CUT_LINES     NDJSON: an object a line; a line that is none is
 *	                     handed out as it is, for others to refuse;
 *	RECORD_CUT_DOCUMENT  JSON: one object, several of them, or a list of
 *	                     them, laid out over lines or not.
 *
 * What is handed out is one line, without its newline, and lives during the
 * call. Nothing of its inside is judged. Memory: one record, at most
 * RECORD_CUT_MAX bytes.
 */

#include "base/err.h"
#include "base/slice.h"

enum { RECORD_CUT_MAX = 4 << 20 };

enum record_cut_form { RECORD_CUT_LINES, RECORD_CUT_DOCUMENT };

enum record_cut_end {
	RECORD_CUT_EMPTY,       /* no byte but blanks */
	RECORD_CUT_INCOMPLETE,  /* the last record, or the list, has no end */
	RECORD_CUT_BROKEN,      /* no JSON; see record_cut_wrong() */
	RECORD_CUT_COMPLETE,
};

/* number: of the line, or of the record in a document; from 1. */
typedef int record_cut_on(void *ctx, struct slice record, uint64_t number,
    struct err *e);

struct record_cut;

/* NULL: out of memory. */
struct record_cut *record_cut_new(enum record_cut_form form,
    record_cut_on *on, void *ctx);
void record_cut_free(struct record_cut *c);

/* Negative: the callback's, or memory; after a break nothing is looked at. */
int record_cut_feed(struct record_cut *c, struct slice bytes, struct err *e)
    __attribute__((warn_unused_result));
int record_cut_finish(struct record_cut *c, enum record_cut_end *end,
    struct err *e) __attribute__((warn_unused_result));

/* Why it is broken, in words without a value; "" when it is not. */
const char *record_cut_wrong(const struct record_cut *c);

#endif
