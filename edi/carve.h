/* SPDX-License-Identifier: ISC */
#ifndef EDI_CARVE_H
#define EDI_CARVE_H

/*
 * A file of claims (837) in two: the rest, which may go on, and the condemned
 * claims, as a whole interchange of their own that can be corrected and
 * dropped again. Two passes over the same bytes:
 *
 *	1. on an inspection: carve_on_*() are called from its callbacks, with
 *	   every finding; then carve_verdict() says whether it can be done;
 *	2. on a plain scan: carve_write() is called with every segment.
 *
 * A reject inside a claim condemns that claim. One in a patient's, a
 * subscriber's or a billing provider's level condemns every claim below it, and
 * so does one at the HL itself, where the levels are sure all the same: HL01
 * that does not count on, HL02 that names no level, HL04 that does not say
 * whether one is below. One in the header of a set, at its ST or SE, or at an
 * HL of which it is not sure what it stands below (HL03 is none of 20, 22, 23;
 * HL02 names another level than the one above) condemns the whole set, and the
 * set is put into the bad part as it is.
 *
 * One that is laid at nobody's door (the envelope, a set that is no 837, a set
 * without a claim or without an end) makes the whole file CARVE_UNSURE:
 * nothing is guessed.
 *
 * Both parts have the interchanges, groups and sets of the original that
 * anything is left of, with the clerk's identities, control numbers and
 * delimiters. HL01, HL02, HL04, SE01, GE01 and IEA01 are new; levels below
 * which nothing is left are left out; all other segments are copied byte for
 * byte. What was wrong with an HL is wrong in the bad part, too: its HL01 is
 * one too high, its HL02 names itself, its HL04 is as it was. Whether the rest
 * is now in order is for the caller to see: by another inspection.
 *
 * Memory: 24 bytes a level and claim of one set, 12 bytes a claim that has a
 * reject, one byte a level and claim of the file; past CARVE_NODES in one set
 * the verdict is CARVE_UNSURE.
 */

#include "base/err.h"
#include "edi/scan.h"
#include "edi/walk.h"

enum { CARVE_NODES = 1 << 20 };

enum carve_part { CARVE_REST, CARVE_BAD, CARVE_PARTS };

enum carve_verdict {
	CARVE_CLEAN,   /* nothing is condemned */
	CARVE_SPLIT,   /* there are claims in both parts */
	CARVE_ALL,     /* every claim is condemned */
	CARVE_UNSURE,  /* there is a reject that condemns the whole file */
};

struct carve;

/* The walk tells which claim is which; it must live as long as pass 1. */
struct carve *carve_new(const struct walk *w);   /* NULL: out of memory */
void carve_free(struct carve *c);

/*
 * Before pass 1, when claims are to go whatever the findings say, such as
 * those that were sent before: their ordinals in the stream, ascending. Claims
 * count 1, 2, .. over all sets, as the INDEX_CLAIM records of an index come
 * (not by index_record.ordinal, which begins anew with each set). The array
 * must live as long as pass 1. An ordinal that the stream does not have, or one
 * in a set that cannot be taken apart, is CARVE_UNSURE. A bad part that is
 * there by such a wish alone has no findings: carve_taken() tells.
 */
void carve_take(struct carve *c, const uint32_t *ordinals, size_t n);

/* ---- pass 1: from the callbacks of an inspection ------------------------ */

void carve_on_interchange(struct carve *c, const struct scan_interchange *i);
void carve_on_group(struct carve *c, const struct scan_group *g);
void carve_on_set(struct carve *c, const struct scan_set *set);
void carve_on_segment(struct carve *c, const struct segment *s,
    uint32_t ordinal);
/* From on_left_out, too: there is no limit to the claims that are condemned. */
void carve_on_finding(struct carve *c, const struct finding *f);
void carve_on_set_end(struct carve *c, const struct scan_set *set);

/* At the end of a stream that is SCAN_COMPLETE: others are not to be carved. */
enum carve_verdict carve_verdict(const struct carve *c);
uint32_t carve_claims(const struct carve *c, enum carve_part part);
/* Claims of the bad part that no finding condemns: carve_take() did. */
uint32_t carve_taken(const struct carve *c);

/* ---- pass 2: from on_segment of a scan of the same bytes ---------------- */

/* Bytes live during the call; negative (*e filled): no more is written. */
typedef int carve_on_bytes(void *ctx, enum carve_part part,
    struct slice bytes, struct err *e);

/* Only after CARVE_SPLIT. */
void carve_begin(struct carve *c, carve_on_bytes *on, void *ctx);
void carve_write(struct carve *c, const struct segment *s, uint32_t ordinal);
/* Is the last claim that was written in that part? */
bool carve_went(const struct carve *c, enum carve_part part);
/* Hand out what is left. -EBADMSG: these were not the same bytes. */
int carve_finish(struct carve *c, struct err *e)
    __attribute__((warn_unused_result));

#endif
