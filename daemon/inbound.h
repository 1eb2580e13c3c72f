/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_INBOUND_H
#define DAEMON_INBOUND_H

/*
 * Fetching. A poll goes through the partner's directories: list, then for each
 * file that is new: download, inspect, keep, record, match, put into the
 * inbox, and only then settle it at the partner (delete, move or leave).
 *
 *	inbound.c          the poll: what to do with each name
 *	inbound_fetch.c    one file: download to record, and settlement
 *	inbound_decide.c   what it is; its answers are matched and recorded
 *	inbound_deliver.c  the inbox
 *
 * A file is settled only after a listing has shown it with the size and time
 * that it was fetched with: names are used again.
 */

#include "daemon/engine_inner.h"

/* ---- inbound.c ---------------------------------------------------------- */

/* Go on with the next name of the poll, or end it. */
void inbound_next(struct engine *g, struct peer *p);
/* End the poll; the next one is in delay, 0: as configured. */
void inbound_end(struct engine *g, struct peer *p, int64_t delay);

/* Remember a file that is here and still there. */
void inbound_unsettled(struct engine *g, struct peer *p,
    const struct store_file *f);
void inbound_forget_unsettled(struct peer *p, const struct store_id *id);

/*
 * Leave a remote file alone for a while, unless it changes; part: it is not
 * whole, and when the time is over it is taken as it is.
 */
void inbound_put_off(struct engine *g, struct peer *p,
    const char *directory, const struct remote *r, int64_t delay, bool part);

/* ---- inbound_fetch.c ---------------------------------------------------- */

void inbound_fetch(struct engine *g, struct peer *p);
/* Settle p->in.file, which has been seen there. */
void inbound_settle(struct engine *g, struct peer *p);
/* It is gone there, or meant to stay: the end of a fetched file. */
bool inbound_settled(struct engine *g, struct store_file *f,
    const char *evidence);
void inbound_on_fetch_reply(struct engine *g, struct peer *p,
    const struct courier_reply *m);
void inbound_drop_fetch(struct engine *g, struct peer *p, const char *why);

/* ---- inbound_decide.c --------------------------------------------------- */

/*
 * A file in FETCHED or after it, its manifest in the job (unless rc < 0):
 * decide what it is, record its answers, deliver it.
 */
void inbound_process(struct engine *g, struct job *j, int rc);

/* ---- inbound_deliver.c -------------------------------------------------- */

/*
 * Put it into the inbox once the round is committed; then
 * inbound_delivered() is called, or engine_later() tries again.
 */
void inbound_deliver(struct engine *g, const struct job *j);
/* It is in the inbox, or need not be: settle it, now or in the next poll. */
void inbound_delivered(struct engine *g, struct peer *p,
    struct store_file *f);

#endif
