/* SPDX-License-Identifier: ISC */
#include "daemon/report.h"

#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Error texts of this file do not name what is written: clerks name files as
 * they like, after patients too.
 */
#define WHAT "a file in the spool"

int
report_dir(struct engine *g, const struct peer *p, const char *which,
    struct err *e)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", g->config->spool_dir, which,
	    p->name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && io_mkdirs(path, 0770, e) == 0)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "cannot open %s", path) : fd;
}

/* Hidden, and ignored by every intake: begins with a dot, ends in .tmp. */
static int
report_temp(int dirfd, const char *name, char *temp, size_t cap,
    struct err *e)
{
	uint32_t h = 2166136261u;
	int fd;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	snprintf(temp, cap, ".x12d-%08x.tmp", h);
	fd = openat(dirfd, temp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	return fd < 0 ? err_sys(e, "cannot make " WHAT) : fd;
}

static int
report_finish(int dirfd, int fd, int rc, const char *temp, const char *name,
    struct err *e)
{
	if (rc == 0)
		rc = io_fsync(fd, WHAT, e);
	if (rc < 0)
		close(fd);
	else
		rc = io_close(fd, WHAT, e);
	if (rc == 0 && renameat(dirfd, temp, dirfd, name) < 0)
		rc = err_sys(e, "cannot rename " WHAT);
	if (rc < 0) {
		unlinkat(dirfd, temp, 0);
		return rc;
	}
	return io_fsync_dir(dirfd, ".", e);
}

int
report_write(int dirfd, const char *name, struct slice bytes, struct err *e)
{
	char temp[32];
	int fd = report_temp(dirfd, name, temp, sizeof(temp), e);

	if (fd < 0)
		return fd;
	return report_finish(dirfd, fd,
	    io_write(fd, bytes.p, bytes.n, WHAT, e), temp, name, e);
}

int
report_copy(int dirfd, const char *name, int from, struct err *e)
{
	char temp[32];
	int fd = report_temp(dirfd, name, temp, sizeof(temp), e);
	int64_t n;

	if (fd < 0)
		return fd;
	n = lseek(from, 0, SEEK_SET) < 0 ? err_sys(e, "cannot read " WHAT) :
	    io_copy(from, fd, WHAT, e);
	return report_finish(dirfd, fd, n < 0 ? (int)n : 0, temp, name, e);
}

int
report_speaks_of(int dirfd, const char *name, const char *id)
{
	char path[NAME_MAX + 32], head[2048];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s.report.txt", name);
	fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = io_read(fd, head, sizeof(head) - 1, WHAT, NULL);
	close(fd);
	head[n > 0 ? n : 0] = '\0';
	return strstr(head, id) != NULL;
}
