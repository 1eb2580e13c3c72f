/* SPDX-License-Identifier: ISC */
#include "spool/bytes.h"

#include "base/io.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void
bytes_path(const struct store_id *id, char to[static BYTES_PATH])
{
	char text[STORE_ID_TEXT];

	/* The end of an id is chance or a count: the shelves fill evenly. */
	store_id_text(id, text);
	snprintf(to, BYTES_PATH, "%.2s/%s", text + STORE_ID_TEXT - 3, text);
}

static int
bytes_err(const struct store_id *id, const char *what, struct err *e)
{
	char text[STORE_ID_TEXT];
	int saved = errno;

	store_id_text(id, text);
	errno = saved;
	return err_sys(e, "cannot %s the bytes of %s", what, text);
}

/* ---- the directories --------------------------------------------------- */

/* 1: made, with this mode whatever the umask; 0: it was there. */
static int
bytes_mkdir(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	return fchmodat(dirfd, name, 0700, 0) < 0 ? -errno : 1;
}

static int
bytes_dir(int storefd, const char *name, int *fd, struct err *e)
{
	int made = bytes_mkdir(storefd, name);

	if (made < 0)
		return err_set(e, made, "cannot make the store's directory "
		    "%s: %s", name, strerror(-made));
	*fd = openat(storefd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 || fchmod(*fd, 0700) < 0)
		return err_sys(e, "cannot open the store's directory %s",
		    name);
	return made > 0 ? io_fsync_dir(storefd, ".", e) : 0;
}

/* Call on every entry that is named as an id; 1: on() said to stop. */
static int
bytes_walk(int dirfd, const char *path, store_on_orphan *on, void *ctx,
    struct err *e)
{
	int fd = openat(dirfd, path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct store_id id;
	struct dirent *entry;
	int rc = 0;

	if (d == NULL) {
		rc = err_sys(e, "cannot read a directory of the store");
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL)
		if (store_id_parse(entry->d_name, &id) && !on(ctx, &id))
			rc = 1;
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "cannot read a directory of the store");
	closedir(d);
	return rc;
}

static bool
bytes_on_leftover(void *ctx, const struct store_id *id)
{
	struct bytes *b = ctx;

	/* A leftover that cannot be removed does no harm. */
	(void)bytes_discard(b, id, NULL);
	return true;
}

struct bytes *
bytes_new(int storefd, struct err *e)
{
	struct bytes *b = calloc(1, sizeof(*b));
	struct stat st;
	int rc;

	if (b == NULL) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	b->kept = b->incoming = -1;
	rc = bytes_dir(storefd, "bytes", &b->kept, e);
	if (rc == 0)
		rc = bytes_dir(storefd, "incoming", &b->incoming, e);
	if (rc == 0 && fstat(b->kept, &st) < 0)
		rc = err_sys(e, "cannot look at the store's directory bytes");
	if (rc == 0) {
		b->dev = st.st_dev;
		/* Whoever was writing there is gone. */
		rc = bytes_walk(b->incoming, ".", bytes_on_leftover, b, e);
	}
	if (rc < 0) {
		bytes_free(b);
		return NULL;
	}
	return b;
}

void
bytes_free(struct bytes *b)
{
	if (b == NULL)
		return;
	if (b->kept >= 0)
		close(b->kept);
	if (b->incoming >= 0)
		close(b->incoming);
	free(b);
}

int
bytes_shelf(struct bytes *b, const struct store_id *id, struct err *e)
{
	char path[BYTES_PATH];

	bytes_path(id, path);
	path[2] = '\0';
	int made = bytes_mkdir(b->kept, path);

	if (made > 0)
		return io_fsync_dir(b->kept, ".", e);
	errno = -made;
	return made == 0 ? 0 : bytes_err(id, "make room for", e);
}

int
bytes_sync_shelf(struct bytes *b, const struct store_id *id, struct err *e)
{
	char path[BYTES_PATH];

	bytes_path(id, path);
	path[2] = '\0';
	return io_fsync_dir(b->kept, path, e);
}

int
bytes_rename(int fromdir, const char *from, int todir, const char *to)
{
	if (renameat2(fromdir, from, todir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* NFS and others know no such flag; a link never replaces either. */
	if (linkat(fromdir, from, todir, to, 0) < 0)
		return -errno;
	if (unlinkat(fromdir, from, 0) < 0) {
		int rc = -errno;

		(void)unlinkat(todir, to, 0);
		return rc;
	}
	return 0;
}

void
bytes_remove(struct bytes *b, const struct store_id *id)
{
	char path[BYTES_PATH];

	bytes_path(id, path);
	/* Should it stay, it is an orphan, and told as one. */
	(void)unlinkat(b->kept, path, 0);
}

/* ---- writing and reading ----------------------------------------------- */

int
bytes_create(struct bytes *b, const struct store_id *id, int *fd,
    struct err *e)
{
	char path[BYTES_PATH];
	int rc;

	bytes_path(id, path);
	if (bytes_exist(b, id)) {
		errno = EEXIST;
		return bytes_err(id, "create", e);
	}
	rc = bytes_discard(b, id, e);
	if (rc < 0)
		return rc;
	*fd = openat(b->incoming, path + 3,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return bytes_err(id, "create", e);
	if (fchmod(*fd, 0600) == 0)
		return 0;
	rc = bytes_err(id, "create", e);
	close(*fd);
	*fd = -1;
	return rc;
}

int
bytes_keep(struct bytes *b, const struct store_id *id, int fd, struct err *e)
{
	char path[BYTES_PATH];
	struct stat mine, there;
	int rc;

	bytes_path(id, path);
	if (bytes_exist(b, id)) {
		errno = EEXIST;
		return bytes_err(id, "keep", e);
	}
	if (fstatat(b->incoming, path + 3, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstat(fd, &mine) < 0)
		return bytes_err(id, "keep", e);
	/* A descriptor of something else is our fault. */
	assert(mine.st_ino == there.st_ino && mine.st_dev == there.st_dev);
	if (fchmod(fd, 0400) < 0 || fsync(fd) < 0)
		return bytes_err(id, "keep", e);
	rc = bytes_shelf(b, id, e);
	if (rc < 0)
		return rc;
	rc = bytes_rename(b->incoming, path + 3, b->kept, path);
	if (rc < 0) {
		errno = -rc;
		return bytes_err(id, "keep", e);
	}
	rc = bytes_sync_shelf(b, id, e);
	if (rc < 0)
		/* Not durable, so not kept: it may be tried again. */
		(void)bytes_rename(b->kept, path, b->incoming, path + 3);
	return rc;
}

int
bytes_discard(struct bytes *b, const struct store_id *id, struct err *e)
{
	char path[BYTES_PATH];

	bytes_path(id, path);
	if (unlinkat(b->incoming, path + 3, 0) < 0 && errno != ENOENT)
		return bytes_err(id, "discard", e);
	return 0;
}

int
bytes_open(struct bytes *b, const struct store_id *id, int *fd,
    struct err *e)
{
	char path[BYTES_PATH];

	bytes_path(id, path);
	*fd = openat(b->kept, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? bytes_err(id, "open", e) : 0;
}

bool
bytes_exist(struct bytes *b, const struct store_id *id)
{
	char path[BYTES_PATH];
	struct stat st;

	bytes_path(id, path);
	return fstatat(b->kept, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
bytes_each(struct bytes *b, store_on_orphan *on, void *ctx, struct err *e)
{
	int fd = openat(b->kept, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int rc = 0;

	if (d == NULL) {
		rc = err_sys(e, "cannot read the store's directory bytes");
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' && strlen(entry->d_name) == 2)
			rc = bytes_walk(b->kept, entry->d_name, on, ctx, e);
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "cannot read the store's directory bytes");
	closedir(d);
	return rc < 0 ? rc : 0;
}
