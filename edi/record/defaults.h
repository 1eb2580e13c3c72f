/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_DEFAULTS_H
#define EDI_RECORD_DEFAULTS_H

/*
 * What records need not say because it is always the same: who submits, who
 * receives. Defaults are lines like records. One with a `type` is for its
 * kind; of one without, every kind takes what it has of the set's own members.
 *
 * A record's own word comes first. What it lacks is taken: a member whole; of
 * the set's members and of `claim`, also what lacks inside, one level deep.
 * A record without a claim takes the set's members only.
 */

#include "base/err.h"
#include "edi/record/read.h"

struct record_defaults;

/* Both must outlive it. NULL: out of memory. */
struct record_defaults *record_defaults_new(struct record_kinds *k,
    const struct record_form *form);
void record_defaults_free(struct record_defaults *d);

/*
 * One line; blank ones are none. 1: nothing of it is taken, *fault says why.
 * Where two lines say the same, the first holds.
 */
int record_defaults_add(struct record_defaults *d, struct slice line,
    struct record_fault *fault, struct err *e)
    __attribute__((warn_unused_result));

/* The record may then share values with the defaults. */
void record_defaults_fill(const struct record_defaults *d,
    const struct record_kind *kind, struct record_value *root);

#endif
