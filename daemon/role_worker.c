/* SPDX-License-Identifier: ISC */

/*
 * The worker: one request at a time, answered before the next is taken. It has
 * no timer and opens nothing: the configuration and the code lists are there
 * when it starts, and a reload makes another worker. When the engine or the
 * supervisor is gone there is nobody to work for, and it exits.
 */

#include "daemon/role.h"
#include "daemon/worker.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * 1: a request may be there; 0: it is to end; negative: error. A request that
 * is under way must not be lost by that, for it would count as a death.
 */
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
	/* The supervisor never speaks to a worker: it can only hang up. Then
	   no more requests come, and those that are there are the last. */
	if (p[1].revents && shutdown(ROLE_FD_ENGINE, SHUT_RD) < 0)
		return 0;
	return 1;
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

/* The code lists stand where the supervisor put them, in their order. */
static struct worker *
worker_begin(const struct config *config, struct err *e)
{
	struct kit_lists lists = { .fd = { -1 } };
	struct worker *w;

	for (unsigned i = 0; i < CONFIG_CODES && config_codes(config, i);
	    i++) {
		lists.fd[i] = ROLE_FD_FREE + (int)i;
		lists.fd[i + 1] = -1;
	}
	w = worker_of(config, &lists, e);
	kit_lists_close(&lists);
	return w;
}

int
role_worker_main(struct role_context *c)
{
	struct err e = ERR_NONE;
	struct config *config = config_load_snapshot(ROLE_FD_CONFIG, &e);
	struct worker *w = config ? worker_begin(config, &e) : NULL;
	int rc = w ? 1 : -1;

	while (rc > 0 && (rc = worker_wait(&e)) > 0)
		rc = worker_serve(w, &e);
	worker_free(w);
	config_free(config);
	if (rc == 0)
		return ROLE_EXIT_DONE;
	log_event(&c->log, LOG_ERR, "worker_failed", log_err(&e));
	return ROLE_EXIT_FAILED;
}
