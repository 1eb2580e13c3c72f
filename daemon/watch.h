/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

/*
 * Hints from inotify that something came into a partner's outbox. A hint may
 * be lost, late or wrong: the engine also looks by itself. A directory that is
 * not there, or goes away, is looked for again at the next watch_set().
 */

#include "config/config.h"

struct event_base;
struct watch;

/* partner NULL: anything may have changed, look at all. */
typedef void watch_on_change(void *ctx, const char *partner);

struct watch *watch_new(struct event_base *base, watch_on_change *on,
    void *ctx, struct err *e);
void watch_free(struct watch *w);

/*
 * Watch the outbox of every partner, and no other; the callback tells of each
 * that was not watched before. Cheap when nothing changed: to be called again
 * now and then. How many directories are not watched.
 */
unsigned watch_set(struct watch *w, const struct config *config);

#endif
