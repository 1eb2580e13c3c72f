/* SPDX-License-Identifier: ISC */
#include "spool/memory.h"

#include "base/io.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct memory_bytes *
memory_bytes_find(struct memory_store *m, const struct store_id *id)
{
	for (size_t i = 0; i < m->bytes_n; i++)
		if (store_id_equal(&m->bytes[i].id, id))
			return &m->bytes[i];
	return NULL;
}

static void
memory_bytes_drop(struct memory_store *m, struct memory_bytes *b)
{
	if (b->fd >= 0)
		close(b->fd);
	free(b->p);
	*b = m->bytes[--m->bytes_n];
}

void
memory_bytes_free(struct memory_store *m)
{
	while (m->bytes_n > 0)
		memory_bytes_drop(m, &m->bytes[0]);
	free(m->bytes);
}

bool
memory_bytes_exist(struct store *s, const struct store_id *id)
{
	const struct memory_bytes *b = memory_bytes_find(memory_of(s), id);

	return b != NULL && b->fd < 0;
}

static int
memory_bytes_new(struct memory_store *m, const struct store_id *id, int fd,
    struct err *e)
{
	struct memory_bytes *b = memory_grow(m->bytes, m->bytes_n,
	    &m->bytes_cap, sizeof(*b));

	if (b == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	m->bytes = b;
	b[m->bytes_n++] = (struct memory_bytes){ .id = *id, .fd = fd };
	return 0;
}

int
memory_bytes_create(struct store *s, const struct store_id *id, int *fd,
    struct err *e)
{
	int rc, mine;

	if (memory_bytes_exist(s, id))
		return err_set(e, -EEXIST, "bytes are kept under this id");
	rc = memory_bytes_discard(s, id, e);
	if (rc < 0)
		return rc;
	mine = memfd_create("x12d", MFD_CLOEXEC);
	if (mine < 0)
		return err_sys(e, "cannot make bytes");
	*fd = fcntl(mine, F_DUPFD_CLOEXEC, 0);
	rc = *fd < 0 ? err_sys(e, "cannot make bytes") :
	    memory_bytes_new(memory_of(s), id, mine, e);
	if (rc < 0) {
		close(mine);
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
	return rc;
}

int
memory_bytes_keep(struct store *s, const struct store_id *id, int fd,
    struct err *e)
{
	struct memory_bytes *b = memory_bytes_find(memory_of(s), id);
	struct stat mine, there;
	ssize_t got;
	char *p;

	if (b == NULL)
		return err_set(e, -ENOENT, "bytes were not created");
	if (b->fd < 0)
		return err_set(e, -EEXIST, "bytes are kept under this id");
	if (fstat(fd, &mine) < 0 || fstat(b->fd, &there) < 0)
		return err_sys(e, "cannot keep bytes");
	assert(mine.st_ino == there.st_ino && mine.st_dev == there.st_dev);
	p = malloc((size_t)there.st_size + 1);
	if (p == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	got = io_pread(b->fd, p, (size_t)there.st_size, 0, "bytes", e);
	if (got < 0) {
		free(p);
		return (int)got;
	}
	close(b->fd);
	b->fd = -1;
	b->p = p;
	b->n = (size_t)got;
	return 0;
}

int
memory_bytes_discard(struct store *s, const struct store_id *id,
    struct err *e)
{
	struct memory_bytes *b = memory_bytes_find(memory_of(s), id);

	(void)e;
	if (b != NULL && b->fd >= 0)
		memory_bytes_drop(memory_of(s), b);
	return 0;
}

/* A file of its own for each reader: its position is nobody else's. */
int
memory_bytes_open(struct store *s, const struct store_id *id, int *fd,
    struct err *e)
{
	struct memory_bytes *b = memory_bytes_find(memory_of(s), id);
	char path[40];
	int mine, rc;

	if (b == NULL || b->fd >= 0)
		return err_set(e, -ENOENT, "no bytes are kept under this id");
	mine = memfd_create("x12d", MFD_CLOEXEC);
	if (mine < 0)
		return err_sys(e, "cannot open bytes");
	rc = io_write(mine, b->p, b->n, "bytes", e);
	if (rc == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", mine);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
		if (*fd < 0)
			rc = err_sys(e, "cannot open bytes");
	}
	close(mine);
	return rc;
}

static int
memory_bytes_take(struct store *s, const struct store_id *id, int dirfd,
    const char *name, int fd, const struct stat *st, struct err *e)
{
	int to, rc = memory_bytes_create(s, id, &to, e);

	if (rc < 0)
		return rc;
	rc = source_copy(fd, st, to, e);
	if (rc == 0)
		rc = memory_bytes_keep(s, id, to, e);
	close(to);
	if (rc == 0)
		rc = source_remove(dirfd, name, id, st, e);
	if (rc < 0)
		memory_bytes_drop(memory_of(s),
		    memory_bytes_find(memory_of(s), id));
	return rc;
}

int
memory_bytes_adopt(struct store *s, const struct store_id *id, int dirfd,
    const char *name, struct err *e)
{
	bool exist = memory_bytes_exist(s, id);
	struct stat st;
	int fd, rc;

	/* Nothing survives a crash here, so there is no copy to finish. */
	if (exist && faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (exist)
		return err_set(e, -EEXIST, "bytes were taken under this id "
		    "before");
	rc = source_open(dirfd, name, &st, &fd, e);
	if (rc < 0)
		return rc;
	rc = source_writers(fd, e);
	if (rc == 0)
		rc = memory_bytes_take(s, id, dirfd, name, fd, &st, e);
	close(fd);
	return rc;
}

int
memory_bytes_each(struct store *s, store_on_orphan *on, void *ctx,
    struct err *e)
{
	struct memory_store *m = memory_of(s);

	(void)e;
	for (size_t i = 0; i < m->bytes_n; i++)
		if (m->bytes[i].fd < 0 && !on(ctx, &m->bytes[i].id))
			break;
	return 0;
}
