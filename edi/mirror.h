/* SPDX-License-Identifier: ISC */
#ifndef EDI_MIRROR_H
#define EDI_MIRROR_H

/*
 * X12 as JSON and back, to the byte. The JSON is one object a line: the
 * headers and trailers of the envelope, each claim (each HL level, each loop
 * right below a set) and each segment beside them. Names come from the guides,
 * every one with its id; what no guide knows has its id alone. docs/json.md
 * describes the lines.
 *
 * Everything of a file that begins with an ISA is in it: what is regular (a
 * terminator and the interchange's suffix after each segment) is said once,
 * what is not is said where it stands, and what cannot be read as segments is
 * kept as text. So the way back never guesses.
 *
 * Both directions stream: memory is bounded by one line. A line longer than
 * MIRROR_SPLIT is ended after the present segment, and its loops go on in the
 * next.
 *
 * A partner's fault is no error in the mirror, which shows it as it is. What
 * is no X12 at all, or no such JSON, is -EILSEQ with the reason and the place;
 * what write() returned is passed on. After an error every call returns it
 * again. What was written before it is not to be used.
 */

#include "edi/guide.h"
#include "edi/scan.h"

enum {
	MIRROR_SPLIT = 1 << 20,
	MIRROR_LINE_MAX = 8 << 20,   /* unmirror refuses longer lines */
};

/* Takes bytes, in order; negative: error, with *e filled. */
typedef int mirror_write(void *ctx, struct slice bytes, struct err *e);

/* ---- X12 to JSON --------------------------------------------------------- */

struct mirror;

/* The guides must outlive it. NULL: out of memory. */
struct mirror *mirror_new(struct guides *g, mirror_write *write, void *ctx);
void mirror_free(struct mirror *m);

int mirror_feed(struct mirror *m, const char *p, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/*
 * The end of the stream. *framing tells whether all of it could be followed:
 * with SCAN_BROKEN and SCAN_INCOMPLETE a part of it is in the JSON as text.
 */
int mirror_finish(struct mirror *m, enum scan_framing *framing,
    struct err *e) __attribute__((warn_unused_result));

/* ---- JSON to X12 --------------------------------------------------------- */

struct unmirror;

struct unmirror *unmirror_new(struct guides *g, mirror_write *write,
    void *ctx);
void unmirror_free(struct unmirror *u);

int unmirror_feed(struct unmirror *u, const char *p, size_t n,
    struct err *e) __attribute__((warn_unused_result));

/* -EILSEQ too when the line that ends a mirror has not come. */
int unmirror_finish(struct unmirror *u, struct err *e)
    __attribute__((warn_unused_result));

#endif
