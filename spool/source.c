/* SPDX-License-Identifier: ISC */
/*
 * A file of the outbox. Others may write, replace and link there at any moment:
 * what is looked at by name is looked at again by descriptor.
 */
#include "spool/bytes.h"

#include "base/io.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const char source_what[] = "a file of the outbox";

static int
source_check(const struct stat *st, struct err *e)
{
	if (S_ISLNK(st->st_mode))
		return err_set(e, -ELOOP, "%s is a symbolic link",
		    source_what);
	if (!S_ISREG(st->st_mode))
		return err_set(e, -EISDIR, "%s is not a regular file",
		    source_what);
	if (st->st_nlink > 1)
		return err_set(e, -EMLINK, "%s has another hard link",
		    source_what);
	return 0;
}

int
source_open(int dirfd, const char *name, struct stat *st, int *fd,
    struct err *e)
{
	int rc;

	*fd = -1;
	/* By name first: opening a device or a FIFO may do something. */
	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot look at %s", source_what);
	rc = source_check(st, e);
	if (rc < 0)
		return rc;
	*fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return err_sys(e, "cannot open %s", source_what);
	if (fstat(*fd, st) < 0)
		rc = err_sys(e, "cannot look at %s", source_what);
	else
		rc = source_check(st, e);
	if (rc < 0) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

/*
 * -EBUSY when somebody has the file open for writing: after a rename he would
 * write into our bytes. The kernel grants a read lease only when nobody does,
 * and only to the owner (or root): when it will not say, we go on, and the
 * hash of the bytes will tell.
 */
int
source_writers(int fd, struct err *e)
{
	bool busy;

	/* Should the lease be broken meanwhile: a signal that is ignored. */
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return 0;
	busy = fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	if (busy)
		return err_set(e, -EBUSY, "a file of the outbox is still open "
		    "for writing");
	return 0;
}

static bool
source_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
source_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
source_changed(struct err *e)
{
	return err_set(e, -EAGAIN, "%s changed while it was being taken",
	    source_what);
}

int
source_copy(int from, const struct stat *st, int to, struct err *e)
{
	struct stat now;
	int64_t n = io_copy(from, to, source_what, e);

	if (n < 0)
		return (int)n;
	if (fstat(from, &now) < 0)
		return err_sys(e, "cannot look at %s", source_what);
	if (n != st->st_size || !source_unchanged(st, &now))
		return source_changed(e);
	return 0;
}

/* A name that intake ignores, as it ignores every dot file. */
void
source_hidden(const struct store_id *id, char to[static SOURCE_HIDDEN])
{
	char text[STORE_ID_TEXT];

	store_id_text(id, text);
	snprintf(to, SOURCE_HIDDEN, ".x12d-%s", text);
}

static int
source_remove_failed(struct err *e)
{
	return err_sys(e, "cannot remove %s; x12d needs the right to write to "
	    "that directory", source_what);
}

/*
 * By way of another name, since unlink() takes whatever has the name: a file
 * that a clerk just put there would be lost. Under the hidden name it is
 * looked at in peace.
 */
int
source_remove(int dirfd, const char *name, const struct store_id *id,
    const struct stat *st, struct err *e)
{
	char hidden[SOURCE_HIDDEN];
	struct stat now;
	int rc;

	source_hidden(id, hidden);
	rc = bytes_rename(dirfd, name, dirfd, hidden);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0) {
		errno = -rc;
		return source_remove_failed(e);
	}
	if (fstatat(dirfd, hidden, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot look at %s", source_what);
	if (!source_same_file(st, &now) || !source_unchanged(st, &now)) {
		rc = bytes_rename(dirfd, hidden, dirfd, name);
		if (rc < 0)
			return err_set(e, rc, "%s stands as %s now: its name "
			    "was taken while x12d looked at it", source_what,
			    hidden);
		return source_same_file(st, &now) ? source_changed(e) : 0;
	}
	if (unlinkat(dirfd, hidden, 0) < 0)
		return source_remove_failed(e);
	return io_fsync_dir(dirfd, ".", e);
}
