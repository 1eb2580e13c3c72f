/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ENGINE_OVERDUE_H
#define DAEMON_ENGINE_OVERDUE_H

/* Which expected answers to a sent file are missing. */

#include "daemon/engine_inner.h"

struct overdue_look {
	unsigned missing;    /* overdue ones, a bit each: overdue_text() */
	int64_t next;        /* when the first missing one is (was) overdue */
};

struct overdue_look overdue_look(struct engine *g,
    const struct config_partner *c, const struct store_file *f, int64_t now);
/* When the first expected answer to a file sent at that time is overdue. */
int64_t overdue_deadline(const struct config_partner *c,
    const struct store_file *f, int64_t sent);
/* How many sent files miss an answer, as of the last look. */
size_t overdue_count(const struct engine *g);
/* "TA1 999" */
void overdue_text(unsigned missing, char *to, size_t cap);

#endif
