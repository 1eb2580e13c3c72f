/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_POST_H
#define CLI_PAYER_POST_H

/*
 * Where the simulated payer's answers wait until they are due, and how they
 * come into the outbound directory: under a temporary name (a dot file), then
 * renamed. The waiting room is a directory of files, so answers outlive the
 * payer; the names there say when each is due and what it is to be called.
 */

#include "base/err.h"
#include "base/slice.h"

struct payer_post {
	char outbound[256], pending[272];
	uint64_t sequence;
};

/*
 * Make the waiting room below the state directory; what a crash left there of
 * a file that is_done() does not know is removed: that file comes again.
 */
int payer_post_open(struct payer_post *p, const char *outbound,
    const char *state, bool (*is_done)(void *ctx, uint64_t file), void *ctx,
    struct err *e) __attribute__((warn_unused_result));

/* Durable when it returns. Wall time in ms; name is the final one. */
int payer_post_put(struct payer_post *p, uint64_t file, int64_t due,
    const char *name, struct slice bytes, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Put all that is due into the outbound directory, in order; *next is when
 * more is due, or INT64_MAX.
 */
int payer_post_send(struct payer_post *p, int64_t now, int64_t *next,
    void (*on_sent)(void *ctx, const char *name), void *ctx, struct err *e)
    __attribute__((warn_unused_result));

#endif
