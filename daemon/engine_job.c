/* SPDX-License-Identifier: ISC */
/*
 * Work for workers: a queue of jobs, each with its descriptors, kept until the
 * answer so that it can be given once more when a worker dies of it.
 */
#include "daemon/answer.h"
#include "daemon/intake_plan.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { JOB_DEATHS = 2 };

/*
 * Manifests grow with the file: they stand on the disk where a nameless file
 * can be had there, in memory otherwise.
 */
int
engine_scratch(struct engine *g, struct err *e)
{
	int fd = open(g->config->spool_dir, O_TMPFILE | O_RDWR | O_CLOEXEC,
	    0600);

	if (fd < 0)
		fd = memfd_create("x12d", MFD_CLOEXEC);
	return fd < 0 ? err_sys(e, "cannot make a scratch file") : fd;
}

static void
job_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
job_free(struct job *j)
{
	if (!j)
		return;
	duplicates_release(j);
	job_close(&j->in);
	job_close(&j->manifest);
	job_close(&j->out);
	for (unsigned i = 0; i < JOB_PARTS; i++)
		job_close(&j->part[i]);
	if (j->plan)
		j->plan_free(j->plan);
	answer_free(j->answer);
	free(j->name);
	free(j);
}

struct job *
job_new(struct engine *g, struct peer *p, int in, const struct store_file *f,
    job_on_done *done)
{
	struct err e = ERR_NONE;
	struct job *j = calloc(1, sizeof(*j));

	if (!j) {
		err_set(&e, -ENOMEM, "out of memory");
		goto fail;
	}
	j->in = in;
	j->out = -1;
	for (unsigned i = 0; i < JOB_PARTS; i++)
		j->part[i] = -1;
	j->manifest = engine_scratch(g, &e);
	if (j->manifest < 0)
		goto fail;
	j->peer = p;
	j->done = done;
	if (f)
		j->file = *f;
	j->request.kind = WORK_INSPECT;
	j->request.max_bytes = g->config->max_file_bytes;
	return j;
fail:
	engine_fail(g, &e);
	close(in);
	free(j);
	return NULL;
}

struct job *
job_of_bytes(struct engine *g, struct peer *p, const struct store_file *f,
    job_on_done *done)
{
	struct err e = ERR_NONE;
	int in = -1, rc = store_bytes_open(g->store, &f->id, &in, &e);

	if (rc == 0)
		return job_new(g, p, in, f, done);
	/* One damaged file must not stop the others. */
	engine_log(g, LOG_CRIT, "bytes_unreadable", log_file(f),
	    log_partner(p), log_err(&e));
	if (rc != -ENOENT)
		engine_later(g, &f->id, ENGINE_RETRY_MAX_MS);
	return NULL;
}

void
job_queue(struct engine *g, struct job *j)
{
	j->number = j->request.job = g->next_job++;
	j->given = false;
	j->queued = true;
	j->next = NULL;
	*g->jobs_end = j;
	g->jobs_end = &j->next;
	g->job_count++;
	g->progress = true;
}

static struct job *
job_take(struct engine *g, uint64_t number)
{
	for (struct job **at = &g->jobs; *at; at = &(*at)->next) {
		struct job *j = *at;

		if (j->number != number)
			continue;
		*at = j->next;
		if (!j->next)
			g->jobs_end = at;
		j->queued = false;
		g->job_count--;
		return j;
	}
	return NULL;
}

void
job_drop_all(struct engine *g)
{
	struct job *j;

	while ((j = g->jobs)) {
		g->jobs = j->next;
		job_free(j);
	}
	g->jobs_end = &g->jobs;
	g->job_count = 0;
}

/* What a worker says of them later is no answer to anything. */
void
job_drop_of(struct engine *g, const struct peer *p)
{
	struct job **at = &g->jobs, *j;

	while ((j = *at)) {
		if (j->peer != p) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		job_free(j);
		g->job_count--;
	}
	g->jobs_end = at;
}

bool
job_room(const struct engine *g)
{
	unsigned workers = g->config->workers ? g->config->workers : 1;

	return g->job_count < 4 * workers;
}

static unsigned
job_descriptors(const struct job *j, int fds[static MESSAGE_FDS])
{
	fds[0] = j->in;
	if (j->request.kind == WORK_ANSWER) {
		memcpy(fds, j->part, sizeof(j->part));
		return JOB_PARTS;
	}
	if (j->request.kind == WORK_CARVE) {
		memcpy(fds + 1, j->part, sizeof(j->part));
		fds[1 + JOB_PARTS] = j->request.duplicates ?
		    ((const struct plan *)j->plan)->dups.list : j->in;
		return 2 + JOB_PARTS;
	}
	fds[1] = j->manifest;
	fds[2] = j->out;
	if (j->request.kind == WORK_RECORDS) {
		fds[2] = j->part[JOB_REST];
		fds[3] = j->part[JOB_BAD_MANIFEST];
		fds[4] = j->part[JOB_BAD];
		fds[5] = j->request.duplicates ?
		    ((const struct plan *)j->plan)->dups.list : j->in;
		return 6;
	}
	return j->request.kind == WORK_INSPECT ? 2 : 3;
}

/* Whose kit, and of which configuration: a worker from before a reload has
   another one and gives the job back. */
static void
job_address(struct engine *g, struct job *j)
{
	j->request.serial = g->config->serial;
	snprintf(j->request.partner, sizeof(j->request.partner), "%s",
	    j->peer->name);
}

void
job_give(struct engine *g)
{
	for (struct job *j = g->jobs; j && !g->workers_busy; j = j->next) {
		int fds[MESSAGE_FDS];
		unsigned nfds = job_descriptors(j, fds);

		if (j->given)
			continue;
		job_address(g, j);
		j->given = g->effects.work(g->effects.ctx, &j->request, fds,
		    nfds);
		g->workers_busy = !j->given;
	}
}

bool
job_passing(int rc)
{
	static const int passing[] = { ENOSPC, EDQUOT, ENOMEM, EIO, EAGAIN,
	    EMFILE, ENFILE };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (rc == -passing[i])
			return true;
	return false;
}

int
job_manifest(const struct job *j, const struct manifest_sink *sink,
    struct manifest_end *end, struct err *e)
{
	static const struct manifest_sink none;

	return manifest_read(j->manifest, sink ? sink : &none, end, e);
}

static void
job_done(struct engine *g, struct job *j, int rc, const char *text)
{
	g->progress = true;
	j->done(g, j, rc, text);
	if (!j->queued)
		job_free(j);
}

void
engine_on_work(struct engine *g, const struct work_reply *m, int64_t now)
{
	struct job *j = job_take(g, m->job);

	g->now = now;
	g->workers_busy = false;
	if (j && m->rc == -ESTALE)
		job_queue(g, j);
	else if (j)
		job_done(g, j, m->rc > 0 ? 0 : m->rc, m->text);
}

void
engine_on_work_unread(struct engine *g, uint64_t job, int64_t now)
{
	struct work_reply back = { .job = job, .rc = -ESTALE };

	engine_on_work(g, &back, now);
}

void
engine_on_worker_lost(struct engine *g, uint64_t job, int64_t now)
{
	struct job *j = job_take(g, job);

	g->now = now;
	g->workers_busy = false;
	if (!j)
		return;
	engine_log(g, LOG_WARNING, "worker_lost", log_partner(j->peer),
	    log_int(LOGKEY_JOB, (int64_t)job));
	if (++j->lost < JOB_DEATHS)
		job_queue(g, j);
	else
		job_done(g, j, -EOWNERDEAD, "could not be processed: "
		    "the program stopped twice while reading this file");
}
