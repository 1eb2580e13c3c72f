/* SPDX-License-Identifier: ISC */
#ifndef EDI_ACK_SCAN_H
#define EDI_ACK_SCAN_H

/*
 * An inspection and the acknowledgements of what it finds, joined: feed its
 * scan, and the answers come out. The command line and the daemon both write
 * their acknowledgements with this, so that they say the same of the same
 * bytes.
 */

#include "edi/ack.h"
#include "edi/inspection.h"

struct ack_scan;

/*
 * NULL: out of memory. All that is pointed to must outlive it. more, and each
 * of its callbacks, may be NULL: they are called before the acknowledgements
 * see the same event.
 */
struct ack_scan *ack_scan_new(const struct inspection_settings *checks,
    const struct ack_options *options, const struct ack_ops *ops,
    const struct scan_ops *more, void *ctx);
void ack_scan_free(struct ack_scan *x);

/* For scan_feed(), scan_fd() and scan_finish(). */
struct scan *ack_scan_scan(struct ack_scan *x);

/*
 * To be asked when the stream has ended: 0, or why something could not be
 * checked or written. Then silence is no acceptance.
 */
int ack_scan_error(const struct ack_scan *x, struct err *e)
    __attribute__((warn_unused_result));

#endif
