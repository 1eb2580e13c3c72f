/* SPDX-License-Identifier: ISC */
#include "daemon/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The longest name that leaves room for what is put behind it. */
enum { REPORT_NAME = NAME_MAX - 14, REPORT_SHORT = 200 };

/*
 * The name that a file has aside: its own, unless another file is there under
 * it; then the id makes it unique. After a crash the same name comes out.
 */
static void
report_choose(int dirfd, const char *name, const char *id, char *to,
    size_t cap)
{
	struct stat st;
	int speaks;

	if (strlen(name) <= REPORT_NAME) {
		speaks = report_speaks_of(dirfd, name, id);
		if (speaks == 1 || (speaks < 0 &&
		    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)) {
			snprintf(to, cap, "%s", name);
			return;
		}
	}
	snprintf(to, cap, "%.*s.%s", REPORT_SHORT, name, id);
}

static int
report_put(int dirfd, const char *name, const char *suffix, struct buf *b,
    struct err *e)
{
	char path[NAME_MAX + 32];
	int rc;

	snprintf(path, sizeof(path), "%s%s", name, suffix);
	/* Too many findings for one report: what there is room for. */
	rc = report_write(dirfd, path, buf_slice(b), e);
	buf_reset(b);
	return rc;
}

/* The report comes first: by its id a second try knows the name for its own. */
static int
report_put_all(struct engine *g, struct peer *p, int dirfd,
    const struct store_file *f, const struct report *r, struct err *e)
{
	char name[NAME_MAX + 1];
	struct buf b;
	int fd = -1, rc;

	report_choose(dirfd, f->name, engine_id(&f->id).text, name,
	    sizeof(name));
	buf_init(&b, REPORT_MAX);
	report_text(&b, p, f, r);
	rc = report_put(dirfd, name, ".report.txt", &b, e);
	if (rc == 0) {
		report_jsonl(&b, f, r);
		rc = report_put(dirfd, name, ".report.jsonl", &b, e);
	}
	if (rc == 0)
		rc = store_bytes_open(g->store, &f->id, &fd, e);
	if (rc == 0)
		rc = report_copy(dirfd, name, fd, e);
	if (fd >= 0)
		close(fd);
	buf_free(&b);
	return rc;
}

int
report_aside(struct engine *g, struct peer *p, const struct store_file *f,
    const struct report *r, struct err *e)
{
	int dirfd = report_dir(g, p, r->directory, e), rc;

	if (dirfd < 0)
		return dirfd;
	rc = report_put_all(g, p, dirfd, f, r, e);
	close(dirfd);
	return rc;
}

bool
report_refused(struct engine *g, struct peer *p, const struct candidate *c,
    const char *why)
{
	char mark[80], name[NAME_MAX + 1];
	struct err e = ERR_NONE;
	struct buf b;
	int dirfd = report_dir(g, p, "rejected", &e), speaks;

	if (dirfd < 0)
		return true;
	snprintf(mark, sizeof(mark), "device %llu, inode %llu",
	    (unsigned long long)c->dev, (unsigned long long)c->ino);
	snprintf(name, sizeof(name), "%.*s", REPORT_SHORT, c->name);
	speaks = report_speaks_of(dirfd, name, mark);
	if (speaks == 0)
		snprintf(name, sizeof(name), "%.*s.%llu", REPORT_SHORT,
		    c->name, (unsigned long long)c->ino);
	if (speaks == 1 || (speaks == 0 &&
	    report_speaks_of(dirfd, name, mark) == 1)) {
		close(dirfd);
		return false;
	}
	buf_init(&b, REPORT_MAX);
	buf_addf(&b, "Our mark: %s\nFile:     ", mark);
	report_name(&b, c->name);
	buf_addf(&b, "\nPartner:  %s\nOutcome:  not taken: %s\n\n"
	    "It was left in the outbox as it is, and nothing was sent.\n",
	    p->name, why);
	if (report_put(dirfd, name, ".report.txt", &b, &e) < 0)
		engine_log(g, LOG_ERR, "no_report", log_partner(p),
		    log_err(&e));
	buf_free(&b);
	close(dirfd);
	return true;
}
