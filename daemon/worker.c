/* SPDX-License-Identifier: ISC */
#include "daemon/worker.h"

#include "daemon/inspect.h"

#include <stdlib.h>

struct worker {
	struct guides *guides;
	struct rules *rules;
	struct codes *codes;
	struct inspection_settings checks;
};

struct worker *
worker_new(struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w) {
		w->guides = guides_new();
		w->rules = rules_new();
		w->codes = codes_open(NULL, e);
	}
	if (!w || !w->guides || !w->rules || !w->codes) {
		err_set(e, -ENOMEM, "no memory for guides and rules");
		worker_free(w);
		return NULL;
	}
	if (rules_load_builtin(w->rules, e) < 0) {
		worker_free(w);
		return NULL;
	}
	w->checks = (struct inspection_settings){ .guides = w->guides,
	    .rules = w->rules, .codes = w->codes };
	return w;
}

const struct inspection_settings *
worker_checks(const struct worker *w)
{
	static const struct inspection_settings envelope_only;

	return w ? &w->checks : &envelope_only;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	codes_close(w->codes);
	rules_free(w->rules);
	guides_free(w->guides);
	free(w);
}

int
worker_inspect(struct worker *w, int in, int manifest, uint64_t max_bytes,
    struct err *e)
{
	struct inspect_job job = { .in = in, .manifest = manifest,
	    .max_bytes = max_bytes, .checks = w ? &w->checks : NULL };

	return inspect_run(&job, e);
}

static int
worker_do_inspect(struct worker *w, const struct work_request *m,
    const int *fds, struct err *e)
{
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

	return worker_carve(w, fds[0], &rest, &bad, m->max_bytes, e);
}

static const struct {
	unsigned nfds;
	int (*run)(struct worker *w, const struct work_request *m,
	    const int *fds, struct err *e);
} worker_jobs[] = {
	[WORK_INSPECT] = { 2, worker_do_inspect },
	[WORK_ENVELOPE] = { 3, worker_do_envelope },
	[WORK_CARVE] = { 5, worker_do_carve },
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
	return worker_jobs[m->kind].run(w, m, fds, e);
}
