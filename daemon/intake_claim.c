/* SPDX-License-Identifier: ISC */
/*
 * Claiming: the row that names the file is committed, then its bytes are
 * moved into the store, then the row says so. Cut anywhere, the row tells what
 * is left to do.
 */
#include "daemon/engine_inner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int
intake_outbox(struct engine *g, struct peer *p)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/outbox/%s", g->config->spool_dir,
	    p->name);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
intake_claimed(struct engine *g, struct peer *p, struct store_file *f)
{
	intake_forget(p, f->name);
	if (!engine_move(g, f, STATE_CLAIMED, "taken from the outbox"))
		return;
	engine_log(g, LOG_INFO, "claimed", log_file(f), log_partner(p));
	g->full_told = false;
	intake_inspect(g, p, f);
}

/* Nothing of it was moved: it stays what the outbox says it is. */
static void
intake_unclaimed(struct engine *g, struct peer *p, struct store_file *f,
    int rc, const struct err *e)
{
	struct candidate *c = intake_candidate(p, f->name);

	if (!engine_forget(g, f, e->text))
		return;
	if (c && (rc == -EMLINK || rc == -ELOOP || rc == -EISDIR)) {
		intake_refuse(g, p, c, "it is not a file of its own any more: "
		    "a link or a directory");
		return;
	}
	intake_forget(p, f->name);
	if (rc != -ENOENT && rc != -EBUSY && rc != -EAGAIN)
		engine_disk_full(g, e);
	if (p->intake.next_scan > g->now + ENGINE_RETRY_MS)
		p->intake.next_scan = g->now + ENGINE_RETRY_MS;
}

/* The row is there; move the bytes. Also what a restart does. */
static void
intake_adopt(struct engine *g, struct peer *p, struct store_file *f)
{
	int dirfd = intake_outbox(g, p), rc;
	struct err e = ERR_NONE;

	if (dirfd < 0)
		rc = err_sys(&e, "cannot open the outbox");
	else {
		rc = store_bytes_adopt(g->store, &f->id, dirfd, f->name, &e);
		close(dirfd);
	}
	/* Taken before a crash; what has the name now is another file. */
	if (rc < 0 && store_bytes_exist(g->store, &f->id))
		rc = 0;
	if (rc == 0)
		intake_claimed(g, p, f);
	else
		intake_unclaimed(g, p, f, rc, &e);
}

static void
after_adopt(struct engine *g, struct after *a)
{
	struct store_file f;

	if (engine_get(g, &a->id, &f))
		intake_adopt(g, a->peer, &f);
}

void
intake_claim(struct engine *g, struct peer *p, struct candidate *c)
{
	struct store_file f = { .kind = FILE_DROPPED,
	    .size = (uint64_t)c->size };
	struct after *a;

	c->state = CANDIDATE_LOOKED_AT;
	store_id_new(&f.id, g->now);
	snprintf(f.partner, sizeof(f.partner), "%s", p->name);
	snprintf(f.name, sizeof(f.name), "%s", c->name);
	if (!engine_add(g, &f, STATE_CLAIMING))
		return;
	a = engine_after(g, after_adopt, p);
	if (a)
		a->id = f.id;
}

void
intake_take_up(struct engine *g, struct peer *p, struct store_file *f)
{
	switch (f->state) {
	case STATE_CLAIMING:
		intake_adopt(g, p, f);
		break;
	case STATE_CLAIMED:
	case STATE_CHECKED:
		intake_inspect(g, p, f);
		break;
	default:
		break;
	}
}
