/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_FAULTS_H
#define CLI_PAYER_FAULTS_H

/*
 * What the simulated payer does to a sound answer when it is asked for a
 * fault: it speaks of somebody else's file, it is cut, it is no X12.
 */

#include "base/buf.h"
#include "cli/payer_config.h"

/*
 * The bytes to send in place of these: themselves, or something in *room,
 * which is the caller's to begin and to free.
 */
int payer_spoil(const struct payer_config *c, enum payer_kind kind,
    struct slice bytes, struct buf *room, struct slice *to, struct err *e)
    __attribute__((warn_unused_result));

#endif
