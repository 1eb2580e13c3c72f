/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ENGINE_SHOW_H
#define DAEMON_ENGINE_SHOW_H

/*
 * The objects of docs/control.md, one line each. Amounts are cents, times are
 * milliseconds; what is empty or zero is left out.
 */

#include "daemon/engine_inner.h"

void show_file(struct buf *out, const struct store_file *f,
    const char *overdue);
void show_event(struct buf *out, const struct store_event *v);
void show_set(struct buf *out, const struct store_set *t,
    const struct store_group *g);
void show_answer(struct buf *out, const struct store_answer *a);
/* status: where the claim stands, in words. */
void show_claim(struct buf *out, const struct store_claim *c,
    const struct store_file *file, const struct store_set *t,
    const struct store_group *g, const char *status);
void show_error(struct buf *out, const char *text);
void show_end(struct buf *out, int rc);

#endif
