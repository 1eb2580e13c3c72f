/* SPDX-License-Identifier: ISC */
/*
 * A fetched file into the inbox, its JSON lines first. Done again after a
 * crash, it finds what it found before and writes under the same names; an
 * event tells that it is in the inbox, so that a program that has taken it
 * does not find it twice.
 */
#include "daemon/inbound.h"

#include "base/clock.h"
#include "base/io.h"
#include "daemon/match.h"
#include "daemon/report.h"
#include "daemon/report_answer.h"

#include <fcntl.h>
#include <unistd.h>

enum { LINES_BLOCK = 64 * 1024, LINES_MAX = 1024 * 1024 };

/* ---- names in the inbox ------------------------------------------------- */

enum { INBOX_NAME = 80 };

static void
inbox_name(const struct store_file *f, const char *suffix,
    char to[static INBOX_NAME])
{
	char date[9], time[7];

	clock_x12(f->created, date, time);
	snprintf(to, INBOX_NAME, "%s-%s-%s-%s%s", date, time,
	    f->state == STATE_BROKEN ? "BROKEN" :
	    f->type[0] ? f->type : "X12", engine_id(&f->id).text, suffix);
}

static void
inbox_temp(const struct store_file *f, char to[static INBOX_NAME])
{
	snprintf(to, INBOX_NAME, ".%s.jsonl.tmp", engine_id(&f->id).text);
}

/* ---- the lines ---------------------------------------------------------- */

struct lines {
	const struct store_file *f;
	struct match *match;
	struct buf text;
	int fd;
	uint32_t count;
	int rc;
	struct err *error;
};

static void
lines_flush(struct lines *l, size_t over)
{
	if (l->text.n <= over)
		return;
	if (l->text.failed && l->rc == 0)
		l->rc = err_set(l->error, -ENOMEM, "out of memory");
	if (l->rc == 0)
		l->rc = io_write(l->fd, l->text.p, l->text.n,
		    "a file in the inbox", l->error);
	buf_reset(&l->text);
}

static void
lines_on_record(void *ctx, const struct index_record *r)
{
	struct lines *l = ctx;
	struct match_found found;
	struct store_answer a;

	if (l->rc < 0 || !match_record(l->match, r, &a, &found))
		return;
	l->count++;
	report_answer(&l->text, l->f, r, &a, &found,
	    match_payment(l->match));
	lines_flush(l, LINES_BLOCK);
}

static int
lines_write(struct lines *l, int manifest)
{
	struct manifest_sink sink = { .on_record = lines_on_record,
	    .ctx = l };
	struct manifest_end end;
	int rc = manifest_read(manifest, &sink, &end, l->error);

	lines_flush(l, 0);
	if (rc == 0)
		rc = l->rc;
	return rc < 0 ? rc : io_fsync(l->fd, "a file in the inbox",
	    l->error);
}

/* One line an answer, under a temporary name, then renamed. */
static int
inbox_put_lines(struct engine *g, const struct store_file *f, int dirfd,
    int manifest, struct err *e)
{
	char temp[INBOX_NAME], name[INBOX_NAME];
	struct lines l = { .f = f, .match = match_new(g, f), .error = e };
	int rc;

	inbox_temp(f, temp);
	inbox_name(f, ".jsonl", name);
	l.fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0640);
	buf_init(&l.text, LINES_MAX);
	if (l.fd < 0)
		rc = err_sys(e, "cannot write to the inbox");
	else if (!l.match)
		rc = err_set(e, -ENOMEM, "out of memory");
	else
		rc = lines_write(&l, manifest);
	if (l.fd >= 0)
		close(l.fd);
	if (rc == 0 && l.count > 0 &&
	    renameat(dirfd, temp, dirfd, name) < 0)
		rc = err_sys(e, "cannot rename into the inbox");
	if (rc < 0 || l.count == 0)
		unlinkat(dirfd, temp, 0);
	buf_free(&l.text);
	match_free(l.match);
	return rc;
}

/* ---- into the inbox ----------------------------------------------------- */

static int
inbox_put_report(const struct store_file *f, int dirfd, struct err *e)
{
	char name[INBOX_NAME + 16];
	struct buf b;
	int rc;

	inbox_name(f, ".x12.report.txt", name);
	buf_init(&b, REPORT_MAX);
	buf_addf(&b, "Our id:   %s\nPartner:  %s\nFile:     ",
	    engine_id(&f->id).text, f->partner);
	report_name(&b, f->name);
	buf_addf(&b, "\nOutcome:  %s\n\nThe partner sent this file, and it "
	    "cannot be read. It is here as it came, and is kept. Ask the "
	    "partner to send it again.\n", f->reason);
	rc = report_write(dirfd, name, buf_slice(&b), e);
	buf_free(&b);
	return rc;
}

static int
inbox_put(struct engine *g, struct peer *p, const struct store_file *f,
    int manifest, struct err *e)
{
	int dirfd = report_dir(g, p, "inbox", e), fd = -1, rc;
	char name[INBOX_NAME];

	if (dirfd < 0)
		return dirfd;
	if (f->state == STATE_BROKEN)
		rc = inbox_put_report(f, dirfd, e);
	else
		rc = inbox_put_lines(g, f, dirfd, manifest, e);
	inbox_name(f, ".x12", name);
	if (rc == 0)
		rc = store_bytes_open(g->store, &f->id, &fd, e);
	if (rc == 0)
		rc = report_copy(dirfd, name, fd, e);
	if (fd >= 0)
		close(fd);
	close(dirfd);
	return rc;
}

static void
after_deliver(struct engine *g, struct after *a)
{
	struct store_file f;
	struct err e = ERR_NONE;
	char name[INBOX_NAME];

	if (!engine_get(g, &a->id, &f))
		return;
	if (inbox_put(g, a->peer, &f, a->fd, &e) < 0) {
		if (!g->failed)
			engine_disk_full(g, &e);
		engine_later(g, &f.id, ENGINE_RETRY_MS);
		return;
	}
	inbox_name(&f, ".x12", name);
	if (engine_event(g, &f.id, f.partner, "inbox", "%s", name))
		inbound_delivered(g, a->peer, &f);
}

void
inbound_deliver(struct engine *g, const struct job *j)
{
	struct after *a = engine_after(g, after_deliver, j->peer);

	if (!a)
		return;
	a->id = j->file.id;
	a->fd = fcntl(j->manifest, F_DUPFD_CLOEXEC, 3);
	a->owns_fd = true;
	if (a->fd < 0) {
		a->run = NULL;
		engine_later(g, &j->file.id, ENGINE_RETRY_MS);
	}
}

static bool
inbound_looks_at(const struct peer *p, const char *directory)
{
	const struct config_sftp *s;

	if (!p->config)
		return true;
	s = &p->config->sftp;
	for (unsigned i = 0; i < s->download_count; i++)
		if (strcmp(s->download_dirs[i], directory) == 0)
			return true;
	return false;
}

void
inbound_delivered(struct engine *g, struct peer *p, struct store_file *f)
{
	/* Of a directory that is no longer ours to look at. */
	if (!inbound_looks_at(p, f->directory)) {
		inbound_settled(g, f, "left at the partner: its directory "
		    "is not configured any more");
		return;
	}
	inbound_unsettled(g, p, f);
	if (p->in.stage == IN_INSPECT &&
	    store_id_equal(&p->in.file.id, &f->id)) {
		p->in.file = *f;
		inbound_settle(g, p);
	} else if (p->in.stage == IN_IDLE)
		p->record.next_poll = g->now;
}
