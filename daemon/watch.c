/* SPDX-License-Identifier: ISC */
#include "daemon/watch.h"

#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

/*
 * A file that is written in place, or renamed into place; and what tells that
 * the directory is not the one that we watch any more.
 */
#define WATCH_MASK (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | \
    IN_MOVE_SELF | IN_ONLYDIR)

struct watched {
	int wd;                     /* -1: not watched */
	char partner[CONFIG_NAME];
};

struct watch {
	int fd;
	struct event *readable;
	watch_on_change *on;
	void *ctx;
	struct watched *all;
	unsigned count;
};

/* The same directory may stand under two names: tell all of them. */
static void
watch_tell(struct watch *w, const struct inotify_event *v)
{
	if (v->mask & IN_Q_OVERFLOW) {
		w->on(w->ctx, NULL);
		return;
	}
	for (unsigned i = 0; i < w->count; i++) {
		if (w->all[i].wd != v->wd)
			continue;
		if (v->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF))
			w->all[i].wd = -1;
		w->on(w->ctx, w->all[i].partner);
	}
	/* Moved away: it is no outbox any more, whatever happens in it. */
	if (v->mask & IN_MOVE_SELF)
		inotify_rm_watch(w->fd, v->wd);
}

static void
watch_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *w = ctx;
	union {
		struct inotify_event align;
		char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
	} events;
	ssize_t n = read(fd, events.bytes, sizeof(events.bytes));

	(void)what;
	for (ssize_t at = 0; at < n;) {
		struct inotify_event v;

		memcpy(&v, events.bytes + at, sizeof(v));
		watch_tell(w, &v);
		at += (ssize_t)(sizeof(v) + v.len);
	}
}

struct watch *
watch_new(struct event_base *base, watch_on_change *on, void *ctx,
    struct err *e)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(e, -ENOMEM, "out of memory to watch directories");
		return NULL;
	}
	w->on = on;
	w->ctx = ctx;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		err_sys(e, "cannot watch directories");
		goto fail;
	}
	w->readable = event_new(base, w->fd, EV_READ | EV_PERSIST,
	    watch_on_readable, w);
	if (!w->readable || event_add(w->readable, NULL) < 0) {
		err_set(e, -ENOMEM, "out of memory to watch directories");
		goto fail;
	}
	return w;
fail:
	watch_free(w);
	return NULL;
}

void
watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->readable)
		event_free(w->readable);
	if (w->fd >= 0)
		close(w->fd);
	free(w->all);
	free(w);
}

static const struct watched *
watch_find(const struct watch *w, const char *partner)
{
	for (unsigned i = 0; i < w->count; i++)
		if (strcmp(w->all[i].partner, partner) == 0)
			return &w->all[i];
	return NULL;
}

/* Stop watching what is no partner's any more. */
static void
watch_drop(struct watch *w, const struct config *config)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->all[i].wd >= 0 &&
		    !config_partner(config, w->all[i].partner))
			inotify_rm_watch(w->fd, w->all[i].wd);
}

unsigned
watch_set(struct watch *w, const struct config *config)
{
	struct watched *all = calloc(config->partner_count + 1, sizeof(*all));
	unsigned missing = 0;

	if (!all)
		return config->partner_count;
	for (unsigned i = 0; i < config->partner_count; i++) {
		const char *name = config->partners[i].name;
		const struct watched *had = watch_find(w, name);
		char path[PATH_MAX];

		slice_copy(slice_str(name), all[i].partner,
		    sizeof(all[i].partner));
		all[i].wd = had ? had->wd : -1;
		if (all[i].wd >= 0)
			continue;
		if (snprintf(path, sizeof(path), "%s/outbox/%s",
		    config->spool_dir, name) < (int)sizeof(path))
			all[i].wd = inotify_add_watch(w->fd, path,
			    WATCH_MASK);
		if (all[i].wd >= 0)
			w->on(w->ctx, all[i].partner);
		else
			missing++;
	}
	watch_drop(w, config);
	free(w->all);
	w->all = all;
	w->count = config->partner_count;
	return missing;
}
