/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_INTAKE_RECORD_H
#define DAEMON_INTAKE_RECORD_H

/*
 * The last step of an intake: everything that is known of the outgoing files
 * of a dropped one, groups, sets and claims, becomes rows in one transaction,
 * and the dropped file is done.
 */

#include "daemon/intake_plan.h"

void intake_record(struct engine *g, struct job *j);

/* Does the manifest of an envelope agree with itself? -EBADMSG: no. */
int intake_record_check(const struct job *j, const struct manifest_end *end,
    struct err *e) __attribute__((warn_unused_result));

#endif
