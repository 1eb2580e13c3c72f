/* SPDX-License-Identifier: ISC */
#include "cli/parts.h"
#include "base/io.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void
parts_name(uint32_t n, char to[static PARTS_NAME])
{
	snprintf(to, PARTS_NAME, "part-%06" PRIu32 ".x12", n);
}

static void
parts_temp(uint32_t n, char to[static PARTS_NAME])
{
	snprintf(to, PARTS_NAME, ".part-%06" PRIu32 ".x12.tmp", n);
}

int
parts_begin(struct parts *p, const char *dir, struct err *e)
{
	char name[PARTS_NAME];
	int rc;

	*p = (struct parts){ .dir = dir, .fd = -1 };
	rc = io_mkdirs(dir, 0777, e);
	if (rc < 0)
		return rc;
	p->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0)
		return err_sys(e, "cannot open %s", dir);
	parts_name(1, name);
	if (faccessat(p->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, -EEXIST, "%s/%s is there already; choose "
		    "an empty directory", dir, name);
	return 0;
}

static int
parts_put(int fd, uint64_t offset, struct slice bytes, const char *name,
    struct err *e)
{
	size_t done = 0;

	while (done < bytes.n) {
		ssize_t n = pwrite(fd, bytes.p + done, bytes.n - done,
		    (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write %s", name);
		done += (size_t)n;
	}
	return 0;
}

int
parts_write(struct parts *p, uint32_t n, uint64_t offset, struct slice bytes,
    struct err *e)
{
	int flags = O_WRONLY | O_CLOEXEC, fd, rc;
	char name[PARTS_NAME];

	parts_temp(n, name);
	if (n > p->count)
		flags |= O_CREAT | O_TRUNC;
	fd = openat(p->fd, name, flags, 0666);
	if (fd < 0)
		return err_sys(e, "cannot write %s/%s", p->dir, name);
	if (n > p->count)
		p->count = n;
	rc = parts_put(fd, offset, bytes, name, e);
	if (rc < 0)
		close(fd);
	else
		rc = io_close(fd, name, e);
	return rc;
}

/* Durable, then under its name, unless somebody else has that. */
static int
parts_publish(struct parts *p, uint32_t n, struct err *e)
{
	char from[PARTS_NAME], to[PARTS_NAME];
	int fd, rc;

	parts_temp(n, from);
	parts_name(n, to);
	fd = openat(p->fd, from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open %s/%s", p->dir, from);
	rc = io_fsync(fd, from, e);
	close(fd);
	if (rc < 0)
		return rc;
	if (linkat(p->fd, from, p->fd, to, 0) < 0)
		return err_sys(e, "cannot make %s/%s", p->dir, to);
	if (unlinkat(p->fd, from, 0) < 0)
		return err_sys(e, "cannot remove %s/%s", p->dir, from);
	return 0;
}

int
parts_end(struct parts *p, int rc, struct err *e)
{
	char name[PARTS_NAME];

	for (uint32_t n = 1; n <= p->count && rc == 0; n++)
		rc = parts_publish(p, n, e);
	if (rc == 0 && p->count > 0)
		rc = io_fsync_dir(p->fd, p->dir, e);
	for (uint32_t n = 1; n <= p->count && rc < 0; n++) {
		parts_temp(n, name);
		(void)unlinkat(p->fd, name, 0);
	}
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	return rc;
}
