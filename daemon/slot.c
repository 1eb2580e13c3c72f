/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "daemon/child.h"
#include "daemon/supervisor_inner.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int64_t
slot_next_delay(int64_t delay, int64_t lived, bool asked)
{
	if (asked)
		return 0;
	if (delay < SLOT_DELAY_FIRST || lived >= SLOT_HEALTHY)
		return SLOT_DELAY_FIRST;
	return delay * 2 < SLOT_DELAY_MOST ? delay * 2 : SLOT_DELAY_MOST;
}

static void
slot_on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct slot *l = ctx;

	(void)fd;
	(void)what;
	if (l->pid == 0)
		slot_start(l);
	else
		slot_kill(l);   /* it was asked to end long ago */
}

struct slot *
slot_new(struct supervisor *s, const struct role *role, unsigned index,
    const char *partner, struct err *e)
{
	struct slot *l = calloc(1, sizeof(*l));

	if (l)
		l->timer = event_new(s->base, -1, 0, slot_on_timer, l);
	if (!l || !l->timer) {
		free(l);
		err_set(e, -ENOMEM, "out of memory to start processes");
		return NULL;
	}
	l->s = s;
	l->role = role;
	l->index = index;
	l->sock = -1;
	l->wanted = true;
	slice_copy(slice_str(partner), l->partner, sizeof(l->partner));
	return l;
}

static void
slot_hang_up(struct slot *l)
{
	if (l->readable)
		event_free(l->readable);
	l->readable = NULL;
	if (l->sock >= 0)
		close(l->sock);
	l->sock = -1;
}

void
slot_free(struct slot *l)
{
	if (!l)
		return;
	slot_hang_up(l);
	event_free(l->timer);
	free(l);
}

int
slot_tell(struct slot *l, const struct role_message *m, int fd,
    struct err *e)
{
	if (l->sock < 0)
		return err_set(e, -EPIPE, "the %s does not run",
		    l->role->name);
	return message_send(l->sock, m, sizeof(*m), &fd, fd >= 0 ? 1 : 0, e);
}

/* ---- starting ----------------------------------------------------------- */

/* The engine gets the other end, and so knows that the peer is there. */
static int
slot_introduce(struct slot *l, int engine_end, struct err *e)
{
	struct role_message m = { .word = ROLE_PEER, .kind = l->role->kind,
	    .index = l->index, .pid = l->pid };

	slice_copy(slice_str(l->partner), m.partner, sizeof(m.partner));
	if (child_nonblocking(engine_end, e) < 0)
		return e->code;
	return slot_tell(l->s->slots[0], &m, engine_end, e);
}

static int
slot_watch(struct slot *l, struct err *e)
{
	if (child_nonblocking(l->sock, e) < 0)
		return e->code;
	if (l->role->kind != ROLE_ENGINE)
		return 0;
	l->readable = event_new(l->s->base, l->sock, EV_READ | EV_PERSIST,
	    supervisor_on_engine, l);
	if (!l->readable || event_add(l->readable, NULL) < 0)
		return err_set(e, -ENOMEM, "cannot watch the engine");
	return 0;
}

static int
slot_spawn(struct slot *l, const int sup[2], const int peer[2],
    struct err *e)
{
	struct child_fds fds = { .supervisor = sup[1], .engine = peer[1],
	    .config = l->s->snapshot, .lists =
	    l->role->kind == ROLE_WORKER ? l->s->lists.fd : NULL };
	pid_t pid = child_spawn(l->role, l->partner, l->index, &fds, e);
	int rc;

	if (pid < 0)
		return (int)pid;
	l->pid = pid;
	l->sock = sup[0];
	rc = slot_watch(l, e);
	if (rc == 0 && peer[0] >= 0)
		rc = slot_introduce(l, peer[0], e);
	if (rc < 0)
		kill(-pid, SIGKILL);    /* SIGCHLD starts it again */
	return rc;
}

static void
slot_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
slot_start(struct slot *l)
{
	struct supervisor *s = l->s;
	int sup[2] = { -1, -1 }, peer[2] = { -1, -1 }, rc;
	struct err e = ERR_NONE;

	if (l->pid != 0 || !l->wanted || s->stopping)
		return;
	if (l->role->kind != ROLE_ENGINE && !s->engine_ready)
		return;         /* supervisor_start_peers() will */
	l->started = clock_monotonic();
	l->asked = false;
	rc = child_pair(sup, &e);
	if (rc == 0 && l->role->kind != ROLE_ENGINE)
		rc = child_pair(peer, &e);
	if (rc == 0)
		rc = slot_spawn(l, sup, peer, &e);
	slot_close(sup[1]);
	slot_close(peer[0]);
	slot_close(peer[1]);
	if (l->pid == 0)
		slot_close(sup[0]);
	if (rc == 0)
		log_event(&s->log, LOG_INFO, "role_started",
		    log_str(LOGKEY_ROLE, l->role->name),
		    log_str(LOGKEY_PARTNER, l->partner),
		    log_int(LOGKEY_INDEX, l->index),
		    log_int(LOGKEY_PID, l->pid));
	else
		log_event(&s->log, LOG_ERR, "role_not_started",
		    log_str(LOGKEY_ROLE, l->role->name),
		    log_str(LOGKEY_PARTNER, l->partner), log_err(&e));
	if (l->pid == 0)
		slot_start_later(l);
}

static void
slot_after(struct slot *l, int64_t ms)
{
	struct timeval t = { ms / 1000, (ms % 1000) * 1000 };

	if (event_add(l->timer, &t) < 0)
		log_event(&l->s->log, LOG_ERR, "timer_not_set",
		    log_str(LOGKEY_ROLE, l->role->name));
}

void
slot_start_later(struct slot *l)
{
	l->delay = slot_next_delay(l->delay,
	    clock_monotonic() - l->started, l->asked);
	slot_after(l, l->delay);
}

/* ---- ending ------------------------------------------------------------- */

void
slot_ask(struct slot *l)
{
	if (l->pid == 0)
		return;
	l->asked = true;
	/* A worker looks up between two files and sees the end of file. */
	if (l->role->kind == ROLE_WORKER && l->sock >= 0)
		shutdown(l->sock, SHUT_RDWR);
	else
		kill(l->pid, SIGTERM);
	/* One that hangs is told of by the engine. */
	slot_after(l, l->role->kind == ROLE_WORKER ? SLOT_PATIENCE_WORKER :
	    SLOT_PATIENCE);
}

void
slot_kill(struct slot *l)
{
	if (l->pid > 0)
		kill(-l->pid, SIGKILL);
}

void
slot_gone(struct slot *l, int status)
{
	bool calm = l->asked || (WIFEXITED(status) &&
	    WEXITSTATUS(status) == ROLE_EXIT_DONE);

	log_event(&l->s->log, calm ? LOG_INFO : LOG_WARNING,
	    calm ? "role_ended" : "role_died",
	    log_str(LOGKEY_ROLE, l->role->name),
	    log_str(LOGKEY_PARTNER, l->partner),
	    log_int(LOGKEY_INDEX, l->index), log_int(LOGKEY_PID, l->pid),
	    WIFSIGNALED(status) ?
	    log_int(LOGKEY_SIGNAL, WTERMSIG(status)) :
	    log_int(LOGKEY_STATUS, WEXITSTATUS(status)));
	l->pid = 0;
	event_del(l->timer);
	slot_hang_up(l);
}
