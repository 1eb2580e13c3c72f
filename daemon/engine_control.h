/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ENGINE_CONTROL_H
#define DAEMON_ENGINE_CONTROL_H

/* One request of x12ctl: engine_control.c asks and changes, engine_list.c
 * and engine_claim.c look. Each answer returns the rc of its `end`. */

#include "daemon/engine_inner.h"

struct control_call {
	struct engine *g;
	int argc;
	const char *const *argv;
	uint32_t uid;
	struct buf *out;
};

int control_refuse(struct control_call *c, int rc, const char *text);
int control_store_failed(struct control_call *c, const struct err *e);
/* 0: found; otherwise it was refused with that rc. */
int control_find(struct control_call *c, const char *id,
    struct store_file *f);
int control_change(struct control_call *c);
int control_batch(struct control_call *c);
/* The batch that a waiting file goes into; false: it does not wait. */
bool batch_show_of(struct control_call *c, const struct store_file *f);

/* For lists of the store: each as a line of the reply. */
bool control_on_event(void *ctx, const struct store_event *v);
bool control_on_answer(void *ctx, const struct store_answer *a);

int control_status(struct control_call *c);
int control_queue(struct control_call *c);
int control_overdue(struct control_call *c);
int control_show(struct control_call *c);
int control_claim(struct control_call *c);
int control_unmatched(struct control_call *c);
/* only: that one, NULL: all of them. */
int control_show_partners(struct control_call *c, const struct peer *only);

#endif
