/* SPDX-License-Identifier: ISC */
#ifndef TESTS_DAEMON_ENGINE_RIG_H
#define TESTS_DAEMON_ENGINE_RIG_H

/*
 * An engine with a world around it: a fake clock, real directories, the real
 * worker (called in place), and a scripted courier with the partner's
 * directories in memory. The world can be told to fail, and the engine can be
 * crashed at any of its effects and built again from the store.
 *
 * Include after cmocka.h.
 */

#include "base/io.h"
#include "daemon/engine.h"
#include "daemon/worker.h"
#include "tests/daemon/engine_partner.h"
#include "transport/sftp.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RIG_PARTNERS = 2 };
#define RIG_START INT64_C(1772355600000)    /* 2026-03-01 09:00 UTC */
#define RIG_MINUTE INT64_C(60000)

/* ---- the rig ------------------------------------------------------------ */

struct rig {
	char dir[64], spool[80], store_dir[80];
	int64_t now;
	struct config *config;
	struct store *store;
	struct engine *g;
	struct rig_partner partner[RIG_PARTNERS];
	struct { struct work_reply m; bool lost, unread; } replies[RIG_JOBS];
	unsigned reply_count;
	unsigned deaths;         /* so many workers die of their job */
	unsigned early_deaths;   /* and so many before they read it */
	uint32_t deadly;         /* and all of them of this kind of work */
	int work_rc;             /* and so do so many.. */
	unsigned work_fails;     /* ..say this */
	unsigned effects, crash_at;
	bool crash_early;        /* before the effect, not after it */
	jmp_buf crashed;
	struct buf log;
	bool memory;             /* the store */
	struct worker *worker;   /* NULL: it knows the envelope only */
	uint64_t chaos;          /* not 0: things go wrong by chance */
};

static inline struct rig_partner *
rig_partner(struct rig *r, const char *name)
{
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		if (strcmp(r->partner[i].name, name) == 0)
			return &r->partner[i];
	fail_msg("no partner %s", name);
	return NULL;
}

/* ---- the courier -------------------------------------------------------- */

static inline void
rig_crash_point(struct rig *r)
{
	if (++r->effects == r->crash_at)
		longjmp(r->crashed, 1);
}

static inline void
rig_reply(struct rig *r, struct rig_partner *p,
    const struct courier_request *m, uint32_t outcome, uint32_t fault,
    uint64_t size)
{
	struct courier_reply reply = { .outcome = outcome, .job = m->job,
	    .fault = fault, .size = size };

	if (outcome == OUTCOME_FAILED || outcome == OUTCOME_DOUBT)
		snprintf(reply.text, sizeof(reply.text), "scripted: %s",
		    sftp_fault_text(fault));
	engine_on_courier(r->g, p->name, &reply, r->now);
	rig_crash_point(r);
}

static inline uint32_t
rig_upload(struct rig *r, struct rig_partner *p,
    const struct courier_request *m, int fd)
{
	char *bytes = malloc(m->size + 1);
	struct err e;

	assert_non_null(bytes);
	assert_int_equal(io_pread(fd, bytes, m->size, 0, "upload", &e),
	    m->size);
	rig_put(p, r->now, m->directory, m->temp, bytes, m->size);
	free(bytes);
	return OUTCOME_UPLOADED;
}

static inline uint32_t
rig_commit(struct rig *r, struct rig_partner *p,
    const struct courier_request *m)
{
	struct rig_remote *f = rig_find(p, m->directory, m->temp);
	struct rig_remote *final = rig_find(p, m->directory, m->name);

	if (!f)
		return final && final->n == m->size ? OUTCOME_SENT :
		    OUTCOME_FAILED;
	assert_null(final);
	assert_int_equal(f->n, m->size);
	snprintf(f->name, sizeof(f->name), "%s", m->name);
	p->commits++;
	if (p->answers)
		rig_answer(p, r->now, f->bytes, m->name);
	f = rig_find(p, m->directory, m->name);
	if (p->takes)
		snprintf(f->dir, sizeof(f->dir), "/taken");
	return OUTCOME_SENT;
}

static inline uint32_t
rig_resolve(struct rig_partner *p, const struct courier_request *m)
{
	if (rig_find(p, m->directory, m->temp))
		return OUTCOME_TEMP_THERE;
	return rig_find(p, m->directory, m->name) ? OUTCOME_SENT :
	    OUTCOME_NOTHING;
}

static inline uint32_t
rig_download(struct rig_partner *p, const struct courier_request *m, int fd,
    uint64_t *size)
{
	struct rig_remote *f = rig_find(p, m->directory, m->name);

	if (!f)
		return OUTCOME_FAILED;
	assert_int_equal(pwrite(fd, f->bytes, f->n, 0), f->n);
	*size = f->n;
	return OUTCOME_DOWNLOADED;
}

static inline uint32_t
rig_settle(struct rig_partner *p, const struct courier_request *m)
{
	struct rig_remote *f = rig_find(p, m->directory, m->name);

	if (f && f->n == m->size)
		rig_remove(p, f);
	return OUTCOME_SETTLED;
}

static inline void
rig_list(struct rig *r, struct rig_partner *p,
    const struct courier_request *m)
{
	for (unsigned i = 0; i < p->count; i++) {
		struct courier_reply reply = { .outcome = OUTCOME_ENTRY,
		    .job = m->job, .size = p->files[i].n,
		    .mtime = p->files[i].mtime };

		if (strcmp(p->files[i].dir, m->directory) != 0)
			continue;
		snprintf(reply.name, sizeof(reply.name), "%s",
		    p->files[i].name);
		engine_on_courier(r->g, p->name, &reply, r->now);
	}
}

static inline uint32_t
rig_happen(struct rig *r, struct rig_partner *p,
    const struct courier_request *m, int fd, uint64_t *size)
{
	switch (m->kind) {
	case COURIER_UPLOAD:
		return rig_upload(r, p, m, fd);
	case COURIER_COMMIT:
		return rig_commit(r, p, m);
	case COURIER_RESOLVE:
		return rig_resolve(p, m);
	case COURIER_LIST:
		rig_list(r, p, m);
		return OUTCOME_LISTED;
	case COURIER_DOWNLOAD:
		return rig_download(p, m, fd, size);
	case COURIER_SETTLE:
		return rig_settle(p, m);
	default:
		fail_msg("a request of kind %u", m->kind);
		return 0;
	}
}

static inline uint64_t
rig_random(struct rig *r, unsigned below)
{
	r->chaos ^= r->chaos << 13;
	r->chaos ^= r->chaos >> 7;
	r->chaos ^= r->chaos << 17;
	return r->chaos % below;
}

/* One request in four goes wrong in one of the ways that there are. */
static inline void
rig_chaos(struct rig *r, struct rig_partner *p, enum courier_kind kind)
{
	static const uint32_t faults[] = { SFTP_RETRY, SFTP_RETRY, SFTP_AUTH,
	    SFTP_DENIED, SFTP_REFUSED, SFTP_PROTOCOL, SFTP_LOCAL };
	struct rig_fault *x = &p->fault[kind];

	if (x->times > 0 || rig_random(r, 4) > 0)
		return;
	*x = (struct rig_fault){ .times = 1, .outcome = OUTCOME_FAILED,
	    .fault = faults[rig_random(r, 7)] };
	x->happens = rig_random(r, 2);
	x->kills = rig_random(r, 3) == 0;
	if (kind == COURIER_COMMIT && rig_random(r, 2))
		x->outcome = OUTCOME_DOUBT;
}

static inline void
rig_do_job(struct rig *r, struct rig_partner *p)
{
	struct courier_request m = p->jobs[0].m;
	struct rig_fault *x = &p->fault[m.kind];
	uint64_t size = m.size;
	uint32_t outcome = 0, fault = SFTP_MISSING;
	int fd = p->jobs[0].fd;
	bool kills = false;

	memmove(p->jobs, p->jobs + 1, --p->job_count * sizeof(p->jobs[0]));
	p->asked[m.kind]++;
	if (r->chaos)
		rig_chaos(r, p, m.kind);
	if (x->times == 0 || x->happens)
		outcome = rig_happen(r, p, &m, fd, &size);
	if (x->times > 0) {
		x->times--;
		outcome = x->outcome;
		fault = x->fault;
		kills = x->kills;
	}
	if (fd >= 0)
		close(fd);
	if (!kills) {
		rig_reply(r, p, &m, outcome, fault, size);
		return;
	}
	while (p->job_count > 0)
		if (p->jobs[--p->job_count].fd >= 0)
			close(p->jobs[p->job_count].fd);
	engine_on_courier_lost(r->g, p->name, r->now);
	engine_on_courier_up(r->g, p->name, r->now);
	rig_crash_point(r);
}

/* ---- effects ------------------------------------------------------------ */

static inline bool
rig_on_work(void *ctx, const struct work_request *m, const int *fds,
    unsigned nfds)
{
	struct rig *r = ctx;
	struct work_reply *reply;
	struct err e = ERR_NONE;

	if (r->crash_early)
		rig_crash_point(r);
	if (r->reply_count == 4)
		return false;    /* four workers */
	reply = &r->replies[r->reply_count].m;
	*reply = (struct work_reply){ .job = m->job };
	r->replies[r->reply_count].unread = r->early_deaths > 0;
	r->early_deaths -= r->early_deaths > 0;
	r->replies[r->reply_count].lost = r->deaths > 0 ||
	    m->kind == r->deadly;
	if (r->replies[r->reply_count].unread) {
		r->replies[r->reply_count].lost = false;
	} else if (r->replies[r->reply_count].lost) {
		r->deaths -= r->deaths > 0;
	} else if (r->work_fails > 0) {
		r->work_fails--;
		reply->rc = r->work_rc;
		snprintf(reply->text, sizeof(reply->text), "scripted");
	} else {
		reply->rc = worker_do(r->worker, m, fds, nfds, &e);
		snprintf(reply->text, sizeof(reply->text), "%.300s", e.text);
	}
	r->reply_count++;
	if (!r->crash_early)
		rig_crash_point(r);
	return true;
}

static inline bool
rig_on_courier(void *ctx, const char *partner,
    const struct courier_request *m, const int *fds, unsigned nfds)
{
	struct rig *r = ctx;
	struct rig_partner *p = rig_partner(r, partner);

	assert_true(courier_request_valid(m));
	if (r->crash_early)
		rig_crash_point(r);
	assert_true(p->job_count < RIG_JOBS);
	p->jobs[p->job_count].m = *m;
	p->jobs[p->job_count++].fd = nfds ? dup(fds[0]) : -1;
	if (!r->crash_early)
		rig_crash_point(r);
	return true;
}

static inline void
rig_on_log(void *ctx, int priority, const char *line)
{
	struct rig *r = ctx;

	if (r->crash_early)
		rig_crash_point(r);
	buf_addf(&r->log, "<%d>%s\n", priority, line);
	if (!r->crash_early)
		rig_crash_point(r);
}

static inline const char *
rig_log(struct rig *r)
{
	return buf_str(&r->log);
}

/* ---- the loop ----------------------------------------------------------- */

static inline void
rig_give_replies(struct rig *r)
{
	while (r->reply_count > 0) {
		struct work_reply m = r->replies[0].m;
		bool lost = r->replies[0].lost, unread = r->replies[0].unread;

		memmove(r->replies, r->replies + 1,
		    --r->reply_count * sizeof(r->replies[0]));
		if (unread)
			engine_on_work_unread(r->g, m.job, r->now);
		else if (lost)
			engine_on_worker_lost(r->g, m.job, r->now);
		else
			engine_on_work(r->g, &m, r->now);
		rig_crash_point(r);
	}
}

/* Until nobody has anything to do now; the time of the next thing. */
static inline int64_t
rig_pump(struct rig *r)
{
	for (unsigned rounds = 0; rounds < 100000; rounds++) {
		int64_t next = engine_step(r->g, r->now);
		bool busy = r->reply_count > 0;

		rig_give_replies(r);
		for (unsigned i = 0; i < RIG_PARTNERS; i++)
			if (r->partner[i].job_count > 0) {
				busy = true;
				rig_do_job(r, &r->partner[i]);
			}
		if (!busy && next > r->now)
			return next;
	}
	fail_msg("the engine does not come to rest");
	return 0;
}

/* Let time go by, stopping wherever the engine wants to be woken. */
static inline void
rig_run(struct rig *r, int64_t ms)
{
	int64_t end = r->now + ms, next;

	while ((next = rig_pump(r)) < end)
		r->now = next;
	r->now = end;
	rig_pump(r);
}

/* ---- life --------------------------------------------------------------- */

static inline void
rig_on_problem(void *ctx, const struct config_problem *p)
{
	(void)ctx;
	print_error("%d:%d: %s\n", p->line, p->column, p->text);
}

static inline struct config *
rig_config(struct rig *r, const char *more)
{
	struct config *c;
	struct err e;
	struct buf b;

	buf_init(&b, 16384);
	buf_addf(&b, "store_dir: %s\nspool_dir: %s\nworkers: 4\n"
	    "max_file_size: 1MB\nincomplete_after: 15m\n"
	    "rescan_interval: 1m\npartners:\n", r->store_dir, r->spool);
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		buf_addf(&b, "- name: %s\n  usage: T\n  sender: {id: US}\n"
		    "  receiver: {id: THEM}\n"
		    "  gs_sender: US%u\n  gs_receiver: THEM%u\n"
		    "  file_name: \"{type}_{isa13}_{id}.x12\"\n"
		    "  poll_interval: 5m\n"
		    "  connection: {host: h.example, user: u, "
		    "upload_dir: /in, download_dirs: [/out], "
		    "identity_file: /k, after_download: delete}\n%s",
		    r->partner[i].name, i, i, more);
	c = config_parse("rig.yaml", buf_slice(&b),
	    (struct config_sink){ rig_on_problem, NULL }, &e);
	assert_non_null(c);
	buf_free(&b);
	return c;
}

static inline void
rig_begin(struct rig *r)
{
	struct engine_effects effects = { rig_on_work, rig_on_courier,
	    rig_on_log, r };
	struct err e = ERR_NONE;

	r->reply_count = 0;
	r->g = engine_new(r->store, r->config, &effects, r->now, &e);
	assert_non_null(r->g);
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		engine_on_courier_up(r->g, r->partner[i].name, r->now);
}

static inline void
rig_open_store(struct rig *r)
{
	struct err e = ERR_NONE;

	r->store = r->memory ? store_open_memory(&e) :
	    store_open(r->store_dir, &e);
	if (!r->store)
		fail_msg("%s", e.text);
}

static inline struct rig *
rig_new(bool memory)
{
	/* Shared: what a partner has outlives a child that is killed. */
	struct rig *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_true(r != MAP_FAILED);
	/* In memory where that exists: it is about order, not fsync. */
	snprintf(r->dir, sizeof(r->dir), "%s/x12d-engine-XXXXXX",
	    getenv("RIG_DIR") ? getenv("RIG_DIR") :
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->spool, sizeof(r->spool), "%s/spool", r->dir);
	snprintf(r->store_dir, sizeof(r->store_dir), "%s/store", r->dir);
	r->now = RIG_START;
	r->memory = memory;
	snprintf(r->partner[0].name, sizeof(r->partner[0].name), "acme");
	snprintf(r->partner[1].name, sizeof(r->partner[1].name), "best");
	buf_init(&r->log, 16 << 20);
	r->config = rig_config(r, "");
	rig_open_store(r);
	rig_begin(r);
	return r;
}

static inline void
rig_drop_jobs(struct rig_partner *p)
{
	while (p->job_count > 0)
		if (p->jobs[--p->job_count].fd >= 0)
			close(p->jobs[p->job_count].fd);
}

/* A new engine process, with new couriers; the store stays what it is. */
static inline void
rig_restart(struct rig *r)
{
	engine_free(r->g);
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		rig_drop_jobs(&r->partner[i]);
	if (!r->memory) {
		store_close(r->store);
		rig_open_store(r);
	}
	rig_begin(r);
}

static inline void
assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* The real worker, with its guides and rules, instead of scripted replies. */
static inline void
rig_use_worker(struct rig *r)
{
	struct err e;

	r->worker = worker_new(&e);
	assert_non_null(r->worker);
}

static inline void
rig_remove_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *x;

	while (d && (x = readdir(d))) {
		char *child;

		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		assert_true(asprintf(&child, "%s/%s", path, x->d_name) > 0);
		if (x->d_type == DT_DIR)
			rig_remove_dir(child);
		else
			unlink(child);
		free(child);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static inline void
rig_free(struct rig *r)
{
	engine_free(r->g);
	store_close(r->store);
	config_free(r->config);
	worker_free(r->worker);
	for (unsigned i = 0; i < RIG_PARTNERS; i++)
		rig_drop_jobs(&r->partner[i]);
	rig_remove_dir(r->dir);
	buf_free(&r->log);
	munmap(r, sizeof(*r));
}

#endif
