/* SPDX-License-Identifier: ISC */
#ifndef CLI_PATCH_H
#define CLI_PATCH_H

/*
 * A copy of a stream with some segments replaced; every other byte, line ends
 * and what stands between interchanges too, stays as it is. The patch reads,
 * scans and writes; its owner's on_segment decides:
 *
 *	patch_begin(&p, name, in_place, &ops, ctx, &e)
 *	patch_run(&p, &e)                 calls ops, which call patch_replace()
 *	patch_end(&p, rc, &e)             also after a failure
 *
 * Memory: two windows, whatever the file.
 */

#include "base/buf.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "edi/scan.h"

struct patch {
	struct input in;
	struct output out;
	struct progress progress;
	struct scan *scan;
	struct buf held;      /* read, and not yet written or left out */
	struct buf text;      /* to be written */
	size_t head;          /* of held: these are done */
	uint64_t at;          /* offset in the stream of held.p[head] */
	uint64_t replaced;    /* segments */
	bool strict;          /* a setting: only what patch_see() has seen */
	uint64_t seen;        /* offset behind the last segment */
	int failed;
	struct err error;
};

/* in_place: name is written anew; else standard output. */
int patch_begin(struct patch *p, const char *name, bool in_place,
    const struct scan_ops *ops, void *ctx, struct err *e)
    __attribute__((warn_unused_result));

/* -EILSEQ: it is no X12, or not all there. */
int patch_run(struct patch *p, struct err *e)
    __attribute__((warn_unused_result));

/* 0 for SCAN_COMPLETE; else -EILSEQ, and what to do. */
int patch_framing(const char *name, enum scan_framing framing, struct err *e)
    __attribute__((warn_unused_result));

/*
 * For a command that goes on with what it could read: say on standard error
 * what is wrong with the file. False: there is something.
 */
bool patch_say(const char *name, enum scan_framing framing, uint64_t rejects);

/* rc below 0: nothing is put in place. */
int patch_end(struct patch *p, int rc, struct err *e)
    __attribute__((warn_unused_result));

/*
 * From on_segment: this text, without a terminator, stands for the segment.
 * A failure is kept and told by patch_run().
 */
void patch_replace(struct patch *p, const struct segment *s,
    struct slice text);

/* From on_segment, when strict: what comes before its end may be written. */
void patch_see(struct patch *p, const struct segment *s);

/* From a callback: it cannot go on. */
void patch_fail(struct patch *p, const struct err *e);

#endif
