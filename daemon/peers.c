/* SPDX-License-Identifier: ISC */
#include "daemon/peers.h"

#include "base/json.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

/* So many messages of one peer before the others have their turn. */
enum { PEER_ROUND = 64 };

struct peer {
	struct peers *all;
	struct peer *next;
	enum role_kind kind;
	uint32_t index;
	int32_t pid;
	char partner[CONFIG_NAME];
	int sock;
	struct event *readable;
	uint64_t job;               /* of a worker, 0: idle */
	int64_t since;              /* monotonic: when the job began */
};

struct peers {
	struct event_base *base;
	const struct peers_ops *ops;
	void *ctx;
	struct peer *first;
};

struct peers *
peers_new(struct event_base *base, const struct peers_ops *ops, void *ctx)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (p)
		*p = (struct peers){ .base = base, .ops = ops, .ctx = ctx };
	return p;
}

static void
peer_free(struct peer *r)
{
	if (r->readable)
		event_free(r->readable);
	close(r->sock);
	free(r);
}

void
peers_free(struct peers *p)
{
	struct peer *r;

	if (!p)
		return;
	while ((r = p->first) != NULL) {
		p->first = r->next;
		peer_free(r);
	}
	free(p);
}

/*
 * Gone: out of the list first, for the engine may ask for another at once.
 * unread: it died before it looked at what it was told.
 */
static void
peer_gone(struct peer *r, bool unread)
{
	struct peers *p = r->all;
	struct peer **at = &p->first;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (r->kind == ROLE_COURIER)
		p->ops->on_courier_lost(p->ctx, r->partner);
	else if (r->job != 0 && unread)
		p->ops->on_work_unread(p->ctx, r->job);
	else if (r->job != 0)
		p->ops->on_worker_lost(p->ctx, r->job);
	peer_free(r);
}

static void
peer_lost(struct peer *r)
{
	peer_gone(r, false);
}

static void
peer_broken(struct peer *r, const char *why)
{
	struct peers *p = r->all;

	p->ops->on_broken(p->ctx, r->kind, r->pid, why);
	peer_lost(r);
}

/* ---- what they say ------------------------------------------------------ */

union peer_message {
	struct work_reply work;
	struct courier_reply courier;
};

static bool
peer_take_work(struct peer *r, const struct work_reply *m)
{
	if (!work_reply_valid(m) || r->job == 0 || m->job != r->job)
		return false;
	r->job = 0;
	r->all->ops->on_work(r->all->ctx, m);
	return true;
}

static bool
peer_take_courier(struct peer *r, const struct courier_reply *m)
{
	if (!courier_reply_valid(m))
		return false;
	r->all->ops->on_courier(r->all->ctx, r->partner, m);
	return true;
}

/* true: there may be more. The peer is freed when it is false and gone. */
static bool
peer_receive(struct peer *r)
{
	union peer_message m;
	size_t n = r->kind == ROLE_WORKER ? sizeof(m.work) :
	    sizeof(m.courier);
	int fds[MESSAGE_FDS], rc;
	unsigned nfds;
	struct err e = ERR_NONE;

	rc = message_receive(r->sock, &m, n, fds, &nfds, &e);
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	if (rc == -EAGAIN)
		return false;
	if (rc == 0) {
		peer_gone(r, e.code == -ECONNRESET);
		return false;
	}
	if (rc < 0 || nfds > 0 ||
	    !(r->kind == ROLE_WORKER ? peer_take_work(r, &m.work) :
	    peer_take_courier(r, &m.courier))) {
		peer_broken(r, rc < 0 ? e.text : "a reply that makes no sense");
		return false;
	}
	return true;
}

static void
peer_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	unsigned left = PEER_ROUND;

	(void)fd;
	(void)what;
	while (left-- > 0 && peer_receive(ctx))
		;
}

/* ---- coming ------------------------------------------------------------- */

static struct peer *
peers_find(struct peers *p, const struct role_message *m)
{
	struct peer *r = p->first;

	while (r && (r->kind != m->kind || r->index != m->index ||
	    strcmp(r->partner, m->partner) != 0))
		r = r->next;
	return r;
}

int
peers_add(struct peers *p, const struct role_message *m, int sock,
    struct err *e)
{
	struct peer *r;

	/* Its successor came before its end did: its last words count. */
	for (unsigned left = PEER_ROUND; left > 0 && (r = peers_find(p, m)) &&
	    peer_receive(r); left--)
		;
	if ((r = peers_find(p, m)))
		peer_lost(r);
	r = calloc(1, sizeof(*r));
	if (!r) {
		close(sock);
		return err_set(e, -ENOMEM, "out of memory for a peer");
	}
	r->all = p;
	r->kind = m->kind;
	r->index = m->index;
	r->pid = m->pid;
	r->sock = sock;
	memcpy(r->partner, m->partner, sizeof(r->partner));
	r->readable = event_new(p->base, sock, EV_READ | EV_PERSIST,
	    peer_on_readable, r);
	if (!r->readable || event_add(r->readable, NULL) < 0) {
		peer_free(r);
		return err_set(e, -ENOMEM, "out of memory for a peer");
	}
	r->next = p->first;
	p->first = r;
	if (r->kind == ROLE_COURIER)
		p->ops->on_courier_up(p->ctx, r->partner);
	else
		p->ops->on_worker_up(p->ctx);
	return 0;
}

/* ---- what they are told ------------------------------------------------- */

bool
peers_work(struct peers *p, const struct work_request *m, const int *fds,
    unsigned nfds, int64_t now)
{
	for (struct peer *r = p->first; r; r = r->next) {
		struct err e = ERR_NONE;

		if (r->kind != ROLE_WORKER || r->job != 0)
			continue;
		if (message_send(r->sock, m, sizeof(*m), fds, nfds, &e) < 0)
			continue;       /* dying: its end of file comes */
		r->job = m->job;
		r->since = now;
		return true;
	}
	return false;
}

bool
peers_courier(struct peers *p, const char *partner,
    const struct courier_request *m, const int *fds, unsigned nfds)
{
	struct err e = ERR_NONE;
	struct peer *r = p->first;
	int rc;

	while (r && (r->kind != ROLE_COURIER ||
	    strcmp(r->partner, partner) != 0))
		r = r->next;
	if (!r)
		return false;
	rc = message_send(r->sock, m, sizeof(*m), fds, nfds, &e);
	/* The engine asks it for nothing more: without its end, and so its
	   successor, that would be for ever. */
	if (rc < 0 && rc != -EPIPE)
		p->ops->on_broken(p->ctx, r->kind, r->pid, e.text);
	return rc == 0;
}

void
peers_check(struct peers *p, int64_t since)
{
	struct peer *r = p->first;

	while (r) {
		struct peer *next = r->next;

		if (r->job != 0 && r->since < since)
			peer_broken(r, "no answer for too long");
		r = next;
	}
}

void
peers_status(const struct peers *p, struct buf *out)
{
	for (const struct peer *r = p->first; r; r = r->next) {
		struct json j;

		jsonw_init(&j, out);
		jsonw_object(&j);
		jsonw_kstr(&j, "type", "process");
		jsonw_kstr(&j, "role", role_get(r->kind)->name);
		jsonw_kstr_opt(&j, "partner", r->partner);
		jsonw_kint(&j, "pid", r->pid);
		jsonw_kstr(&j, "state", r->job ? "busy" : "up");
		jsonw_object_end(&j);
		buf_add_char(out, '\n');
	}
}
