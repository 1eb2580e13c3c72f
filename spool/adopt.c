/* SPDX-License-Identifier: ISC */
/*
 * Taking a file of the outbox: one rename on the same file system, otherwise
 * copy, keep, remove. At every cut the bytes are in the outbox, or kept here,
 * or both; never in neither place.
 */
#include "spool/bytes.h"

#include "base/io.h"

#include <fcntl.h>
#include <unistd.h>

/* After the rename: is it what was opened, and nothing else? */
static int
adopt_verify(struct bytes *b, const char *path, const struct stat *st,
    struct err *e)
{
	struct stat now;

	if (fstatat(b->kept, path, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "cannot look at a file that was taken");
	if (now.st_dev != st->st_dev || now.st_ino != st->st_ino ||
	    now.st_nlink != 1 || now.st_size != st->st_size)
		return err_set(e, -EAGAIN, "a file of the outbox changed "
		    "while it was being taken");
	return 0;
}

static int
adopt_rename(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, int fd, const struct stat *st, struct err *e)
{
	char path[BYTES_PATH];
	int rc = source_writers(fd, e);

	if (rc == 0)
		rc = io_fsync(fd, "a file of the outbox", e);
	if (rc == 0)
		rc = bytes_shelf(b, id, e);
	if (rc < 0)
		return rc;
	bytes_path(id, path);
	rc = bytes_rename(dirfd, name, b->kept, path);
	if (rc < 0)
		return err_set(e, rc, "cannot move a file of the outbox into "
		    "the store: %s", strerror(-rc));
	rc = adopt_verify(b, path, st, e);
	if (rc == 0)
		rc = bytes_sync_shelf(b, id, e);
	if (rc == 0)
		rc = io_fsync_dir(dirfd, ".", e);
	if (rc < 0)
		(void)bytes_rename(b->kept, path, dirfd, name);
	else
		/* Another owner's file keeps its mode; the store is 0700. */
		(void)fchmod(fd, 0400);
	return rc;
}

static int
adopt_copy(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, int fd, const struct stat *st, struct err *e)
{
	int to, rc = bytes_create(b, id, &to, e);

	if (rc < 0)
		return rc;
	rc = source_copy(fd, st, to, e);
	if (rc == 0)
		rc = bytes_keep(b, id, to, e);
	if (rc < 0)
		(void)bytes_discard(b, id, NULL);
	close(to);
	if (rc < 0)
		return rc;
	rc = source_remove(dirfd, name, id, st, e);
	if (rc < 0)
		bytes_remove(b, id);
	return rc;
}

static int
adopt_compare(int a, int b, bool *same, struct err *e)
{
	char left[16 * 1024], right[sizeof(left)];
	ssize_t n, m;

	do {
		n = io_read(a, left, sizeof(left), "a file of the outbox", e);
		m = io_read(b, right, sizeof(right), "bytes of the store", e);
		if (n < 0 || m < 0)
			return n < 0 ? (int)n : (int)m;
		*same = n == m && memcmp(left, right, (size_t)n) == 0;
	} while (*same && n > 0);
	return 0;
}

/* Is it the very bytes that are kept? -ENOENT: no such name. */
static int
adopt_look(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, struct stat *st, bool *same, struct err *e)
{
	int fd, kept, rc = source_open(dirfd, name, st, &fd, e);

	*same = false;
	if (rc == -ELOOP || rc == -EISDIR || rc == -EMLINK)
		return 0;
	if (rc < 0)
		return rc;
	rc = bytes_open(b, id, &kept, e);
	if (rc == 0) {
		rc = adopt_compare(fd, kept, same, e);
		close(kept);
	}
	close(fd);
	return rc;
}

/* A removal that was cut left the hidden name: finish it, or take it back. */
static int
adopt_unhide(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, struct err *e)
{
	char hidden[SOURCE_HIDDEN];
	struct stat st;
	bool same;
	int rc;

	source_hidden(id, hidden);
	rc = adopt_look(b, id, dirfd, hidden, &st, &same, e);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (same)
		return unlinkat(dirfd, hidden, 0) < 0 ? err_sys(e, "cannot "
		    "remove a file from the outbox") : 0;
	rc = bytes_rename(dirfd, hidden, dirfd, name);
	return rc < 0 ? err_set(e, rc, "cannot give a file of the outbox its "
	    "name back: it stands there as %s", hidden) : 0;
}

/*
 * The bytes are here. Was it a copy that was cut before the name was removed?
 * On one file system a rename did it, and a name that is there is a new file.
 */
static int
adopt_again(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, struct err *e)
{
	struct stat st;
	bool same;
	int rc = adopt_unhide(b, id, dirfd, name, e);

	if (rc < 0)
		return rc;
	rc = adopt_look(b, id, dirfd, name, &st, &same, e);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	if (same && st.st_dev != b->dev)
		return source_remove(dirfd, name, id, &st, e);
	return err_set(e, -EEXIST, "bytes were taken under this id before");
}

int
bytes_adopt(struct bytes *b, const struct store_id *id, int dirfd,
    const char *name, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (bytes_exist(b, id)) {
		rc = adopt_again(b, id, dirfd, name, e);
		if (rc == 0 && e != NULL)
			*e = ERR_NONE;
		return rc;
	}
	rc = source_open(dirfd, name, &st, &fd, e);
	if (rc < 0)
		return rc;
	if (st.st_dev == b->dev)
		rc = adopt_rename(b, id, dirfd, name, fd, &st, e);
	/* A bind mount has the same device, and a link may be forbidden. */
	if (st.st_dev != b->dev || rc == -EXDEV || rc == -EPERM) {
		if (e != NULL)
			*e = ERR_NONE;
		rc = adopt_copy(b, id, dirfd, name, fd, &st, e);
	}
	close(fd);
	return rc;
}
