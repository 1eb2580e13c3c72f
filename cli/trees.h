/* SPDX-License-Identifier: ISC */
#ifndef CLI_TREES_H
#define CLI_TREES_H

/*
 * The records of files, one after the other, as trees: what `x12 csv` and
 * `x12 show` are made of. Guides are loaded once for all files.
 */

#include "cli/command.h"
#include "edi/record/out.h"

struct trees {
	struct guides *guides;
	struct record_kinds *kinds;
};

/* NULL guides: out of memory. */
int trees_open(struct trees *t, struct err *e)
    __attribute__((warn_unused_result));
void trees_close(struct trees *t);

struct trees_result {
	enum scan_framing framing;
	uint64_t rejects, skipped, others, records;
};

/* All records of a file; a negative answer of on_tree ends it. */
int trees_read(struct trees *t, const char *file, record_out_whole *on_tree,
    void *ctx, struct trees_result *r, struct err *e)
    __attribute__((warn_unused_result));

/* Say what a reader must know of it; an exit status. */
int trees_say(const char *file, const struct trees_result *r);

#endif
