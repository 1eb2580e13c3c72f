/* SPDX-License-Identifier: ISC */
#ifndef CLI_CTL_SHOW_H
#define CLI_CTL_SHOW_H

/* Replies of x12d (docs/control.md) as text for people: one function each. */

#include "base/buf.h"

#include <jansson.h>

struct ctl_reply {
	json_t **lines;         /* objects, the "end" last */
	size_t count;
};

typedef void ctl_show(const struct ctl_reply *r, struct buf *out);

ctl_show ctl_show_status, ctl_show_files, ctl_show_file, ctl_show_claim,
    ctl_show_answers, ctl_show_batch, ctl_show_partners, ctl_show_reload;

/* Lines of one type from line `from` on, at most cap; how many. */
size_t ctl_pick(const struct ctl_reply *r, const char *type, json_t **to,
    size_t cap);

/* Events and answers between two lines, by time, one in a line. */
void ctl_show_history(const struct ctl_reply *r, size_t from, size_t to,
    struct buf *out);

#endif
