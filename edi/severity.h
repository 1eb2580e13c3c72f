/* SPDX-License-Identifier: ISC */
#ifndef EDI_SEVERITY_H
#define EDI_SEVERITY_H

/*
 * Severities as people set them: by the name of a finding or of a rule. A name
 * that is neither is the operator's mistake: -EINVAL with the nearest name.
 */

#include "base/nearest.h"
#include "edi/rule.h"

/* The name itself; NULL: there is none, `near` has the nearest. */
const char *severity_name(const struct rules *r, const char *name,
    struct nearest *near);

/* -EINVAL with "FILE:LINE: there is no finding and no rule NAME". */
int severity_unknown(const char *file, unsigned line, const char *name,
    const struct nearest *near, struct err *e);

/* The severities of companion guides that are laid over. */
int guides_check_severities(const struct guides *g, const struct rules *r,
    struct err *e) __attribute__((warn_unused_result));

#endif
