/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_OUT_H
#define EDI_RECORD_OUT_H

/*
 * X12 to records. It listens to a walk and hands out one record for each
 * claim, as a line of JSON: the claim, and the levels above it again in each.
 * A level that ends without a claim (a batch that was refused as a whole), or
 * that says more after its last claim (the PLB of an 835), is a record
 * without one.
 *
 * What the walk has no place for stands in `other`, so the lines of a file
 * hold all of its sets. Sets whose guide has no kind of record are counted.
 * Memory: one claim and its levels, bounded.
 */

#include "edi/record/value.h"
#include "edi/walk.h"

struct record_out_counts {
	uint64_t records;
	uint64_t others;       /* segments in `other` */
	uint64_t skipped;      /* sets that have no kind of record */
};

struct record_out;

/*
 * The line ends in a newline and lives during the call; a negative answer is
 * an error of the world's, with *e filled, and sticks. NULL: out of memory.
 * What is given must outlive it.
 */
typedef int record_out_line(void *ctx, struct slice line, struct err *e);

struct record_out *record_out_new(const struct scan *s, struct walk *w,
    struct record_kinds *k, record_out_line *on_line, void *ctx);
void record_out_free(struct record_out *o);

/* Only of these kinds, a list that ends with NULL: others are as skipped. */
void record_out_only(struct record_out *o, const char *const *kinds);

/* A record as its values, which live during the call. */
struct record_whole {
	const struct record_kind *kind;
	struct record_value *root;
	uint64_t interchange, group;   /* control numbers */
	uint32_t set, segment;         /* ordinals, as in `source` */
};

/* The same without lines: nothing is written as JSON. */
typedef int record_out_whole(void *ctx, const struct record_whole *t,
    struct err *e);

struct record_out *record_out_wholes(const struct scan *s, struct walk *w,
    struct record_kinds *k, record_out_whole *on_whole, void *ctx);

/* The first error; after it nothing more is handed out. */
int record_out_error(const struct record_out *o, struct err *e)
    __attribute__((warn_unused_result));

struct record_out_counts record_out_counts(const struct record_out *o);

#endif
