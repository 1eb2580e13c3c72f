/* SPDX-License-Identifier: ISC */
#include "base/io.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t
io_read(int fd, void *to, size_t n, const char *what, struct err *e)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(fd, (char *)to + got, n - got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(e, "cannot read %s", what);
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

ssize_t
io_pread(int fd, void *to, size_t n, off_t at, const char *what,
    struct err *e)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, (char *)to + got, n - got,
		    at + (off_t)got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(e, "cannot read %s", what);
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

int
io_write(int fd, const void *p, size_t n, const char *what, struct err *e)
{
	const char *from = p;

	while (n > 0) {
		ssize_t w = write(fd, from, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys(e, "cannot write %s", what);
		from += w;
		n -= (size_t)w;
	}
	return 0;
}

int64_t
io_copy(int from, int to, const char *what, struct err *e)
{
	char block[64 * 1024];
	int64_t sum = 0;

	for (;;) {
		ssize_t n = io_read(from, block, sizeof(block), what, e);

		if (n < 0)
			return n;
		if (n == 0)
			return sum;
		int rc = io_write(to, block, (size_t)n, what, e);

		if (rc < 0)
			return rc;
		sum += n;
	}
}

int
io_fsync(int fd, const char *what, struct err *e)
{
	return fsync(fd) < 0 ? err_sys(e, "cannot fsync %s", what) : 0;
}

int
io_fsync_dir(int dirfd, const char *path, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return err_sys(e, "cannot open directory %s", path);
	/* Some network file systems cannot sync a directory and say EINVAL. */
	if (fsync(fd) < 0 && errno != EINVAL)
		rc = err_sys(e, "cannot fsync directory %s", path);
	close(fd);
	return rc;
}

int
io_close(int fd, const char *what, struct err *e)
{
	/* Linux frees the descriptor even when close() says EINTR. */
	if (close(fd) < 0 && errno != EINTR)
		return err_sys(e, "cannot close %s", what);
	return 0;
}

int
io_mkdirs(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(part))
		return err_set(e, -ENAMETOOLONG, "%s: bad path length", path);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return err_sys(e, "cannot make directory %s", part);
	}
	return 0;
}

static int
io_write_new(const char *temp, int fd, struct slice bytes, struct err *e)
{
	int rc = io_write(fd, bytes.p, bytes.n, temp, e);

	if (rc == 0)
		rc = io_fsync(fd, temp, e);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return io_close(fd, temp, e);
}

int
io_replace(const char *path, struct slice bytes, mode_t mode, struct err *e)
{
	char temp[PATH_MAX], dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, rc;

	if (snprintf(dir, sizeof(dir), "%.*s",
	    slash ? (int)(slash - path + 1) : 2, slash ? path : "./") >=
	    (int)sizeof(dir) ||
	    snprintf(temp, sizeof(temp), "%s.tmpXXXXXX", path) >=
	    (int)sizeof(temp))
		return err_set(e, -ENAMETOOLONG, "%s: path too long", path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot make %s", temp);
	if (fchmod(fd, mode) < 0) {
		rc = err_sys(e, "cannot chmod %s", temp);
		close(fd);
	} else
		rc = io_write_new(temp, fd, bytes, e);
	if (rc == 0 && rename(temp, path) < 0)
		rc = err_sys(e, "cannot rename to %s", path);
	if (rc < 0) {
		unlink(temp);
		return rc;
	}
	return io_fsync_dir(AT_FDCWD, dir, e);
}

/* A pipe has no size: read to its end, whatever it says. */
static int
slurp_fd(int fd, const char *path, size_t room, size_t max, char **text,
    size_t *n, struct err *e)
{
	ssize_t got;

	for (*n = 0;; *n += (size_t)got) {
		if (*n == room || !*text) {
			char *more;

			room = *text ? room * 2 : room;
			more = realloc(*text, room + 1);
			if (!more)
				return err_set(e, -ENOMEM, "%s: out of memory",
				    path);
			*text = more;
		}
		got = io_read(fd, *text + *n, room - *n, path, e);
		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		if (*n + (size_t)got > max)
			return err_set(e, -EFBIG, "%s: more than %zu bytes",
			    path, max);
	}
	(*text)[*n] = '\0';
	return 0;
}

int
io_slurp(const char *path, size_t max, char **text, size_t *n, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd < 0)
		return err_sys(e, "cannot open %s", path);
	*text = NULL;
	if (fstat(fd, &st) < 0)
		rc = err_sys(e, "cannot stat %s", path);
	else if (st.st_size < 0 || (uint64_t)st.st_size > max)
		rc = err_set(e, -EFBIG, "%s: more than %zu bytes", path, max);
	else
		rc = slurp_fd(fd, path, st.st_size > 0 ?
		    (size_t)st.st_size + 1 : 4096, max, text, n, e);
	close(fd);
	if (rc < 0) {
		free(*text);
		*text = NULL;
	}
	return rc;
}
