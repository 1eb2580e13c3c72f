/* SPDX-License-Identifier: ISC */
#include "cli/output.h"
#include "base/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the rename would take away must be a file. */
static int
output_check(const char *path, struct err *e)
{
	struct stat st;

	if (path[0] == '\0')
		return err_set(e, -EINVAL, "the output's name is empty");
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "cannot write %s",
		    path);
	if (S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "cannot write %s: it is a "
		    "directory", path);
	return err_set(e, -EINVAL, "cannot write %s: it is a device, a pipe "
	    "or a link; name a file, or - for standard output", path);
}

int
output_begin(struct output *o, const char *path, struct err *e)
{
	int rc;

	*o = (struct output){ .fd = STDOUT_FILENO };
	if (!path || strcmp(path, "-") == 0)
		return 0;
	rc = output_check(path, e);
	if (rc < 0)
		return rc;
	if (snprintf(o->temp, sizeof(o->temp), "%s.tmpXXXXXX", path) >=
	    (int)sizeof(o->temp))
		return err_set(e, -ENAMETOOLONG, "path too long");
	o->path = path;
	o->fd = mkostemp(o->temp, O_CLOEXEC);
	if (o->fd < 0)
		return err_sys(e, "cannot make %s", o->temp);
	return 0;
}

int
output_like(struct output *o, int fd, struct err *e)
{
	struct stat st;

	if (o->path && (fstat(fd, &st) < 0 ||
	    fchmod(o->fd, st.st_mode & 07777) < 0))
		return err_sys(e, "cannot chmod %s", o->temp);
	return 0;
}

void
output_drop(struct output *o)
{
	if (!o->path || o->fd < 0)
		return;
	close(o->fd);
	unlink(o->temp);
	o->fd = -1;
}

int
output_end(struct output *o, int rc, struct err *e)
{
	if (!o->path || o->fd < 0)
		return rc;
	if (rc == 0)
		rc = io_fsync(o->fd, o->temp, e);
	if (rc < 0)
		close(o->fd);
	else
		rc = io_close(o->fd, o->temp, e);
	if (rc == 0 && rename(o->temp, o->path) < 0)
		rc = err_sys(e, "cannot rename to %s", o->path);
	if (rc < 0)
		unlink(o->temp);
	o->fd = -1;
	return rc;
}
