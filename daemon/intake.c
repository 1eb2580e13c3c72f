/* SPDX-License-Identifier: ISC */
/*
 * The outbox: which names in it are files that are ready to be taken. A name
 * is only looked at until a worker has seen that the X12 in it is whole; then
 * it is claimed (intake_claim.c). What is never to be taken is told once.
 */
#include "daemon/engine_inner.h"

#include "daemon/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/*
 * A file that is no X12 may still be growing, and one of records too, which
 * have no end mark: it must rest that long.
 */
enum { INTAKE_SETTLE_MS = 10000 };

/* ---- names -------------------------------------------------------------- */

/* Names that programs give to files that they are still writing. */
bool
intake_ignored(const char *name)
{
	static const char *const suffixes[] = { ".tmp", ".part", ".partial",
	    ".filepart", ".writing", ".crdownload", ".lock", "~" };
	size_t n = strlen(name);

	if (name[0] == '.')
		return true;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t m = strlen(suffixes[i]);

		if (n >= m && strcasecmp(name + n - m, suffixes[i]) == 0)
			return true;
	}
	return false;
}

enum work_form
intake_form(const char *name)
{
	static const char *const ends[WORK_FORMS] = { [FORM_JSON] = ".json",
	    [FORM_NDJSON] = ".ndjson", [FORM_CSV] = ".csv" };
	size_t n = strlen(name);

	for (unsigned i = FORM_X12 + 1; i < WORK_FORMS; i++) {
		size_t m = strlen(ends[i]);

		if (n > m && strcasecmp(name + n - m, ends[i]) == 0)
			return i;
	}
	return FORM_X12;
}

/* FNV-1a: names of one directory, which only its owner can make many. */
static struct candidate **
intake_bucket(struct peer *p, const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return &p->intake.bucket[h % INTAKE_BUCKETS];
}

struct candidate *
intake_candidate(struct peer *p, const char *name)
{
	struct candidate *c = *intake_bucket(p, name);

	while (c && strcmp(c->name, name) != 0)
		c = c->next;
	return c;
}

static void
intake_drop(struct peer *p, struct candidate **at)
{
	struct candidate *c = *at;

	*at = c->next;
	free(c->name);
	free(c);
	p->intake.candidates--;
}

void
intake_forget(struct peer *p, const char *name)
{
	struct candidate **at = intake_bucket(p, name);

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at)
		intake_drop(p, at);
}

void
intake_free(struct peer *p)
{
	if (p->intake.dir)
		closedir(p->intake.dir);
	p->intake.dir = NULL;
	for (unsigned i = 0; i < INTAKE_BUCKETS; i++)
		while (p->intake.bucket[i])
			intake_drop(p, &p->intake.bucket[i]);
}

static int64_t
intake_mtime(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 +
	    st->st_mtim.tv_nsec;
}

/* NULL: no memory, or so many names wait that more are not looked at. */
static struct candidate *
intake_add(struct peer *p, const char *name)
{
	struct candidate **at = intake_bucket(p, name), *c;

	if (p->intake.candidates >= INTAKE_CANDIDATES)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c || !(c->name = strdup(name))) {
		free(c);
		return NULL;
	}
	c->next = *at;
	*at = c;
	p->intake.candidates++;
	return c;
}

/* ---- one name ----------------------------------------------------------- */

void
intake_refuse(struct engine *g, struct peer *p, struct candidate *c,
    const char *why)
{
	c->state = CANDIDATE_REFUSED;
	if (!report_refused(g, p, c, why))
		return;
	engine_event(g, NULL, p->name, "refused", "inode %llu: %s",
	    (unsigned long long)c->ino, why);
	engine_log(g, LOG_WARNING, "refused", log_partner(p),
	    log_int(LOGKEY_INODE, (int64_t)c->ino),
	    log_int(LOGKEY_SIZE, c->size), log_reason(why));
}

static const char *
intake_unfit(const struct engine *g, const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link; put the file itself here";
	if (S_ISDIR(st->st_mode))
		return "it is a directory; put files here, not folders";
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_nlink != 1)
		return "it has several hard links; put a copy here";
	if ((uint64_t)st->st_size > g->config->max_file_bytes)
		return "it is larger than max_file_bytes; split it";
	return NULL;
}

static bool
intake_same(const struct candidate *c, const struct stat *st)
{
	return c->dev == st->st_dev && c->ino == st->st_ino &&
	    c->size == st->st_size && c->mtime == intake_mtime(st);
}

static void
intake_note(struct candidate *c, const struct stat *st, int64_t now)
{
	c->dev = st->st_dev;
	c->ino = st->st_ino;
	c->size = st->st_size;
	c->mtime = intake_mtime(st);
	c->since = now;
	c->due = 0;
}

static void
intake_wait(struct engine *g, struct peer *p, struct candidate *c,
    int64_t delay)
{
	c->state = CANDIDATE_WAITING;
	c->due = c->since + delay;
	if (c->due < p->intake.next_scan)
		p->intake.next_scan = c->due > g->now ? c->due : g->now;
}

static void
intake_again(struct engine *g, struct peer *p, const char *name)
{
	intake_forget(p, name);
	if (p->intake.next_scan > g->now + ENGINE_RETRY_MS)
		p->intake.next_scan = g->now + ENGINE_RETRY_MS;
}

/* A worker has looked at a name in the outbox. */
static void
intake_on_seen(struct engine *g, struct job *j, int rc, const char *text)
{
	struct candidate *c = intake_candidate(j->peer, j->name);
	struct manifest_end end = { .framing = SCAN_BROKEN };
	struct err e = { 0, "" };

	if (!c || !j->peer->config)
		return;
	if (rc == 0)
		rc = job_manifest(j, NULL, &end, &e);
	else
		err_set(&e, rc, "%s", text);
	if (rc < 0 && job_passing(rc)) {
		if (rc == -ENOSPC || rc == -EDQUOT)
			engine_disk_full(g, &e);
		intake_again(g, j->peer, j->name);
	} else if (rc == -EFBIG) {
		intake_again(g, j->peer, j->name);    /* it has grown */
	} else if (rc < 0 || (end.framing == SCAN_COMPLETE &&
	    j->request.form == FORM_X12))
		intake_claim(g, j->peer, c);
	else if (end.framing == SCAN_INCOMPLETE || end.framing == SCAN_EMPTY)
		intake_wait(g, j->peer, c, g->config->incomplete_after);
	else
		intake_wait(g, j->peer, c,
		    g->config->incomplete_after < INTAKE_SETTLE_MS ?
		    g->config->incomplete_after : INTAKE_SETTLE_MS);
}

static void
intake_look(struct engine *g, struct peer *p, struct candidate *c)
{
	int fd = openat(dirfd(p->intake.dir), c->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	struct job *j;

	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		intake_refuse(g, p, c, "it cannot be read; "
		    "give x12d the permission to read it");
		return;
	}
	if (fd < 0 || fstat(fd, &st) < 0 || !intake_same(c, &st)) {
		/* It changed under our eyes: the next scan sees it anew. */
		if (fd >= 0)
			close(fd);
		intake_again(g, p, c->name);
		return;
	}
	j = job_new(g, p, fd, NULL, intake_on_seen);
	if (!j)
		return;
	j->name = strdup(c->name);
	if (!j->name) {
		job_free(j);
		intake_again(g, p, c->name);
		return;
	}
	j->request.form = intake_form(c->name);
	c->state = CANDIDATE_LOOKED_AT;
	job_queue(g, j);
}

/* True when there is something to do with the name now. */
static bool
intake_wants(struct engine *g, struct candidate *c, bool is_new,
    const struct stat *st)
{
	if (is_new || (c->state != CANDIDATE_LOOKED_AT &&
	    !intake_same(c, st))) {
		intake_note(c, st, g->now);
		return true;
	}
	return c->state == CANDIDATE_WAITING && c->due <= g->now;
}

static void
intake_entry(struct engine *g, struct peer *p, const char *name)
{
	struct candidate *c = intake_candidate(p, name);
	bool is_new = !c;
	const char *unfit;
	struct stat st;

	if (intake_ignored(name) || fstatat(dirfd(p->intake.dir), name, &st,
	    AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (is_new && !(c = intake_add(p, name)))
		return;
	c->scan = p->intake.scan;
	if (!intake_wants(g, c, is_new, &st))
		return;
	unfit = intake_unfit(g, &st);
	if (unfit)
		intake_refuse(g, p, c, unfit);
	else if (!is_new && c->due > 0 && c->due <= g->now)
		intake_claim(g, p, c);      /* it waited long enough */
	else
		intake_look(g, p, c);
}

/* ---- the scan ----------------------------------------------------------- */

static bool
intake_open(struct engine *g, struct peer *p)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/outbox/%s", g->config->spool_dir,
	    p->name);
	p->intake.dir = opendir(path);
	p->intake.hinted = false;
	p->intake.next_scan = g->now + g->config->rescan_interval;
	if (p->intake.dir) {
		p->intake.scan++;
		p->intake.told = false;
		return true;
	}
	if (!p->intake.told)
		engine_log(g, LOG_ERR, "outbox_unreadable", log_partner(p),
		    log_reason(strerror(errno)));
	p->intake.told = true;
	return false;
}

/* Names that are gone are forgotten; the next scan is when one is due. */
static void
intake_close(struct engine *g, struct peer *p)
{
	closedir(p->intake.dir);
	p->intake.dir = NULL;
	for (unsigned i = 0; i < INTAKE_BUCKETS; i++) {
		struct candidate **at = &p->intake.bucket[i];

		while (*at) {
			struct candidate *c = *at;

			if (c->scan != p->intake.scan &&
			    c->state != CANDIDATE_LOOKED_AT) {
				intake_drop(p, at);
				continue;
			}
			if (c->state == CANDIDATE_WAITING)
				intake_wait(g, p, c, c->due - c->since);
			at = &c->next;
		}
	}
}

void
intake_step(struct engine *g, struct peer *p)
{
	struct dirent *d;
	unsigned jobs = g->job_count;

	if (!p->intake.dir && !p->intake.hinted &&
	    g->now < p->intake.next_scan)
		return;
	if (!job_room(g) || (!p->intake.dir && !intake_open(g, p)))
		return;
	/* One that gives work, then it is the next partner's turn. */
	while (g->job_count == jobs && !g->failed) {
		d = readdir(p->intake.dir);
		if (!d) {
			intake_close(g, p);
			return;
		}
		intake_entry(g, p, d->d_name);
	}
}
