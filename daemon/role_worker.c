/* SPDX-License-Identifier: ISC */

/*
 * The worker: one request at a time, answered before the next is taken. It has
 * no timer and opens nothing. When the engine or the supervisor is gone there
 * is nobody to work for, and it exits.
 */

#include "daemon/role.h"
#include "daemon/worker.h"

#include <poll.h>
#include <unistd.h>

/* 1: a request is there; 0: nobody is there any more; negative: error. */
static int
worker_wait(struct err *e)
{
	struct pollfd p[] = {
		{ .fd = ROLE_FD_ENGINE, .events = POLLIN },
		{ .fd = ROLE_FD_SUPERVISOR, .events = POLLIN },
	};

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return err_sys(e, "cannot wait for work");
	/* The supervisor never speaks to a worker: it can only be gone. */
	return p[1].revents ? 0 : 1;
}

static int
worker_serve(struct worker *w, struct err *e)
{
	struct work_request m;
	struct work_reply reply = { 0 };
	struct err why = ERR_NONE;
	int fds[MESSAGE_FDS], rc;
	unsigned nfds;

	rc = message_receive(ROLE_FD_ENGINE, &m, sizeof(m), fds, &nfds, e);
	if (rc <= 0)
		return rc;
	reply.job = m.job;
	reply.rc = worker_do(w, &m, fds, nfds, &why);
	if (reply.rc < 0)
		slice_copy(slice_str(why.text), reply.text,
		    sizeof(reply.text));
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	rc = message_send(ROLE_FD_ENGINE, &reply, sizeof(reply), NULL, 0, e);
	return rc == -EPIPE ? 0 : rc < 0 ? rc : 1;
}

int
role_worker_main(struct role_context *c)
{
	struct err e = ERR_NONE;
	struct worker *w = worker_new(&e);
	int rc = w ? 1 : -1;

	while (rc > 0 && (rc = worker_wait(&e)) > 0)
		rc = worker_serve(w, &e);
	worker_free(w);
	if (rc == 0)
		return ROLE_EXIT_DONE;
	log_event(&c->log, LOG_ERR, "worker_failed", log_err(&e));
	return ROLE_EXIT_FAILED;
}
