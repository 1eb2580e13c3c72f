/* SPDX-License-Identifier: ISC */
#ifndef KIT_KIT_H
#define KIT_KIT_H

/*
 * What a partner's files are checked against, as the configuration says it:
 * the built-in guides and rules with the operator's laid over them, the code
 * lists, the severities. One kit for each way in which partners differ; it is
 * made when it is first asked for, and at most KIT_MOST stand at a time, so
 * that a thousand partners cost no more than a few.
 *
 * The workers, `x12 validate --config` and `x12d --check-config` use the same
 * kits of the same configuration, so that all of them say the same.
 *
 * Ownership: the configuration must outlive its kits; what kits_get() gives is
 * good until the next call. A mistake in a file is -EINVAL with file and line.
 */

#include "config/config.h"
#include "edi/inspection.h"
#include "edi/record.h"

enum { KIT_MOST = 8 };

struct kits;

/*
 * The code lists of a configuration, opened, in its order. The descriptors are
 * the caller's; -1 after the last. Negative: one cannot be opened, and none is.
 */
struct kit_lists { int fd[CONFIG_CODES + 1]; };
int kit_lists_open(const struct config *c, struct kit_lists *l,
    struct err *e) __attribute__((warn_unused_result));
void kit_lists_close(struct kit_lists *l);

/*
 * Maps the lists; afterwards they may be closed. NULL: *e says which one is
 * damaged. No configuration: what is built in, for every name.
 */
struct kits *kits_new(const struct config *c, const struct kit_lists *l,
    struct err *e);
void kits_free(struct kits *k);

/* partner NULL or not configured: what is built in. NULL: *e is filled. */
const struct inspection_settings *kits_get(struct kits *k,
    const char *partner, struct err *e);

/*
 * Kinds of records of a kit that kits_get() gave: they are the kit's. NULL: out
 * of memory.
 */
struct record_kinds *kits_kinds(struct kits *k,
    const struct inspection_settings *of, struct err *e);

/*
 * Every mistake in what the partners of a configuration name: guides, rules,
 * code lists, severities. How many there were, or negative: the world failed.
 */
int kits_check(const struct config *c, struct config_sink sink,
    struct err *e) __attribute__((warn_unused_result));

#endif
