/* SPDX-License-Identifier: ISC */
#include "daemon/worker.h"

#include "daemon/inspect.h"

int
worker_inspect(int in, int manifest, uint64_t max_bytes, struct err *e)
{
	struct inspect_job job = { .in = in, .manifest = manifest,
	    .max_bytes = max_bytes };

	return inspect_run(&job, e);
}

static int
worker_do_inspect(const struct work_request *m, const int *fds,
    struct err *e)
{
	return worker_inspect(fds[0], fds[1], m->max_bytes, e);
}

static int
worker_do_envelope(const struct work_request *m, const int *fds,
    struct err *e)
{
	return worker_envelope(fds[0], fds[2], fds[1], &m->envelope, e);
}

static const struct {
	unsigned nfds;
	int (*run)(const struct work_request *m, const int *fds,
	    struct err *e);
} worker_jobs[] = {
	[WORK_INSPECT] = { 2, worker_do_inspect },
	[WORK_ENVELOPE] = { 3, worker_do_envelope },
};

int
worker_do(const struct work_request *m, const int *fds, unsigned nfds,
    struct err *e)
{
	if (!work_request_valid(m))
		return err_set(e, -EBADMSG, "a request that nobody knows");
	if (nfds != worker_jobs[m->kind].nfds)
		return err_set(e, -EBADMSG,
		    "a request with %u descriptors instead of %u", nfds,
		    worker_jobs[m->kind].nfds);
	return worker_jobs[m->kind].run(m, fds, e);
}
