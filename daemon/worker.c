/* SPDX-License-Identifier: ISC */
#include "daemon/worker.h"

#include "daemon/inspect.h"

#include <stdlib.h>

struct worker {
	const struct config *config;     /* or NULL */
	struct kits *kits;
	const struct inspection_settings *checks;
};

struct worker *
worker_of(const struct config *c, const struct kit_lists *l, struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(e, -ENOMEM, "no memory for a worker");
		return NULL;
	}
	w->config = c;
	w->kits = kits_new(c, l, e);
	if (w->kits && worker_take(w, NULL, e) == 0)
		return w;
	worker_free(w);
	return NULL;
}

struct worker *
worker_new(struct err *e)
{
	return worker_of(NULL, NULL, e);
}

int
worker_take(struct worker *w, const char *partner, struct err *e)
{
	w->checks = kits_get(w->kits, partner, e);
	return w->checks ? 0 : e->code;
}

const struct inspection_settings *
worker_checks(const struct worker *w)
{
	static const struct inspection_settings envelope_only;

	return w ? w->checks : &envelope_only;
}

struct record_kinds *
worker_kinds(struct worker *w, struct err *e)
{
	if (w)
		return kits_kinds(w->kits, w->checks, e);
	err_set(e, -EINVAL, "a worker that knows no guides");
	return NULL;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	kits_free(w->kits);
	free(w);
}

int
worker_inspect(struct worker *w, int in, int manifest, uint64_t max_bytes,
    struct err *e)
{
	struct inspect_job job = { .in = in, .manifest = manifest,
	    .max_bytes = max_bytes, .checks = worker_checks(w) };

	return inspect_run(&job, e);
}

static int
worker_do_inspect(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
	if (m->form != FORM_X12)
		return worker_look(m->form, fds[0], fds[1], m->max_bytes, e);
	return worker_inspect(m->checks ? w : NULL, fds[0], fds[1],
	    m->max_bytes, e);
}

static int
worker_do_envelope(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
	(void)w;
	return worker_envelope(fds[0], fds[2], fds[1], &m->envelope, e);
}

static int
worker_do_carve(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
	const struct worker_part rest = { fds[1], fds[2] };
	const struct worker_part bad = { fds[3], fds[4] };
	const struct worker_list duplicates = { fds[5], m->duplicates };

	return worker_carve(w, fds[0], &rest, &bad, &duplicates,
	    m->max_bytes, e);
}

static int
worker_do_answer(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
	return worker_answer(w, fds[0], fds[1], fds[2], fds[3], &m->answer, e);
}

static int
worker_do_records(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
	const struct worker_part bad = { fds[3], fds[4] };

	const struct worker_list before = { fds[5], m->duplicates };

	return worker_records(w, m, fds[0], fds[1], fds[2], &bad, &before,
	    e);
}

static int
worker_do_batch(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
	return worker_batch(w, m, fds[0], fds[1], fds[2], e);
}

static const struct {
	unsigned nfds;
	int (*run)(struct worker *w, const struct work_request *m,
	    const int *fds, struct err *e);
} worker_jobs[] = {
	[WORK_INSPECT] = { 2, worker_do_inspect },
	[WORK_ENVELOPE] = { 3, worker_do_envelope },
	[WORK_CARVE] = { 6, worker_do_carve },
	[WORK_ANSWER] = { 4, worker_do_answer },
	[WORK_RECORDS] = { 6, worker_do_records },
	[WORK_BATCH] = { 3, worker_do_batch },
};

int
worker_do(struct worker *w, const struct work_request *m, const int *fds,
    unsigned nfds, struct err *e)
{
	if (!work_request_valid(m))
		return err_set(e, -EBADMSG, "a request that nobody knows");
	if (nfds != worker_jobs[m->kind].nfds)
		return err_set(e, -EBADMSG,
		    "a request with %u descriptors instead of %u", nfds,
		    worker_jobs[m->kind].nfds);
	if (w && w->config && m->serial != w->config->serial)
		return err_set(e, -ESTALE, "a request of another "
		    "configuration");
	if (w && worker_take(w, m->partner, e) < 0)
		return e->code;
	return worker_jobs[m->kind].run(w, m, fds, e);
}
