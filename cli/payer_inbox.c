/* SPDX-License-Identifier: ISC */
#include "cli/payer_inbox.h"

#include "base/io.h"
#include "cli/payer_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static int
is_candidate(const struct dirent *d)
{
	static const char *const temporary[] = { ".tmp", ".part", ".partial",
		".filepart", ".writing", "~" };
	size_t n = strlen(d->d_name);

	if (d->d_name[0] == '.')
		return 0;
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++) {
		size_t m = strlen(temporary[i]);

		if (n >= m && strcasecmp(d->d_name + n - m, temporary[i]) == 0)
			return 0;
	}
	return 1;
}

int
payer_inbox_open(struct payer_inbox *b, const char *path, struct err *e)
{
	*b = (struct payer_inbox){ .dirfd = -1, .watch = -1 };
	b->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dirfd < 0)
		return err_sys(e, "cannot open %s", path);
	/* Only a hint: without it, the rescan of every second does. */
	b->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (b->watch >= 0)
		(void)inotify_add_watch(b->watch, path,
		    IN_CLOSE_WRITE | IN_MOVED_TO);
	return 0;
}

static void
free_entries(struct payer_inbox *b)
{
	for (int i = 0; i < b->count; i++)
		free(b->entries[i]);
	free(b->entries);
	b->entries = NULL;
	b->count = b->at = 0;
}

void
payer_inbox_close(struct payer_inbox *b)
{
	free_entries(b);
	if (b->dirfd >= 0)
		close(b->dirfd);
	if (b->watch >= 0)
		close(b->watch);
}

void
payer_inbox_drain(struct payer_inbox *b)
{
	char events[4096];

	while (b->watch >= 0 && read(b->watch, events, sizeof(events)) > 0)
		;
}

int
payer_inbox_list(struct payer_inbox *b, struct err *e)
{
	free_entries(b);
	b->count = scandirat(b->dirfd, ".", &b->entries, is_candidate,
	    alphasort);
	if (b->count < 0) {
		b->count = 0;
		return err_sys(e, "cannot read the inbound directory");
	}
	return 0;
}

static uint64_t
key_of(const char *name, const struct stat *st)
{
	uint64_t numbers[] = { (uint64_t)st->st_ino, (uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec };
	uint64_t key = payer_key(PAYER_KEY, name, (unsigned)strlen(name));

	return payer_key(key, numbers, sizeof(numbers));
}

bool
payer_inbox_next(struct payer_inbox *b, struct payer_file *f)
{
	while (b->at < b->count) {
		const char *name = b->entries[b->at++]->d_name;
		struct stat st;

		f->name = name;
		f->fd = openat(b->dirfd, name, O_RDONLY | O_NOFOLLOW |
		    O_NONBLOCK | O_CLOEXEC);
		if (f->fd < 0)
			continue;
		if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_size <= PAYER_FILE_MAX) {
			f->key = key_of(name, &st);
			f->size = (size_t)st.st_size;
			return true;
		}
		close(f->fd);
	}
	return false;
}

int
payer_inbox_read(const struct payer_file *f, char **bytes, struct err *e)
{
	ssize_t n;

	*bytes = malloc(f->size + 1);
	if (!*bytes)
		return err_set(e, -ENOMEM, "out of memory");
	n = io_read(f->fd, *bytes, f->size, "an inbound file", e);
	if (n >= 0 && (size_t)n == f->size)
		return 0;
	free(*bytes);
	*bytes = NULL;
	return n < 0 ? (int)n : err_set(e, -EAGAIN, "an inbound file shrank");
}

void
payer_inbox_done(struct payer_file *f)
{
	close(f->fd);
	f->fd = -1;
}

int
payer_inbox_take(struct payer_inbox *b, const struct payer_file *f,
    const char *archive, struct err *e)
{
	char to[600];
	int rc;

	if (!archive) {
		if (unlinkat(b->dirfd, f->name, 0) < 0 && errno != ENOENT)
			return err_sys(e, "cannot delete an inbound file");
		return 0;
	}
	rc = io_mkdirs(archive, 0700, e);
	if (rc < 0)
		return rc;
	snprintf(to, sizeof(to), "%s/%016" PRIx64 ".x12", archive, f->key);
	if (renameat(b->dirfd, f->name, AT_FDCWD, to) < 0 && errno != ENOENT)
		return err_sys(e, "cannot move an inbound file to %s", to);
	return 0;
}

int
payer_inbox_framing(struct slice file, enum scan_framing *to, struct err *e)
{
	static const struct scan_ops none = { .on_finding = NULL };
	struct scan *s = scan_new(&none, NULL);

	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	scan_feed(s, file.p, file.n);
	*to = scan_finish(s);
	scan_free(s);
	return 0;
}
