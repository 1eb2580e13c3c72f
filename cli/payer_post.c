/* SPDX-License-Identifier: ISC */
#include "cli/payer_post.h"

#include "base/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* DUE_SEQUENCE_FILE_NAME: sorted by name is sorted by time. */
struct waiting {
	int64_t due;
	uint64_t sequence, file;
	const char *name;
};

enum { POST_ANSWER_MAX = 512 * 1024 * 1024 };

static bool
take_name(const char *entry, struct waiting *w)
{
	int at = 0;

	if (sscanf(entry, "%13" SCNd64 "_%10" SCNu64 "_%16" SCNx64 "_%n",
	    &w->due, &w->sequence, &w->file, &at) != 3 || at != 42 ||
	    strstr(entry + at, ".tmp"))
		return false;
	w->name = entry + at;
	return true;
}

static int
not_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void
forget(const struct payer_post *p, const char *entry)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", p->pending, entry);
	unlink(path);
}

static int
list(const struct payer_post *p, struct dirent ***to, int *n, struct err *e)
{
	*n = scandir(p->pending, to, not_dots, alphasort);
	return *n < 0 ? err_sys(e, "cannot read %s", p->pending) : 0;
}

static void
free_list(struct dirent **entries, int n)
{
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

int
payer_post_open(struct payer_post *p, const char *outbound, const char *state,
    bool (*is_done)(void *ctx, uint64_t file), void *ctx, struct err *e)
{
	struct dirent **entries;
	int n, rc;

	snprintf(p->outbound, sizeof(p->outbound), "%s", outbound);
	snprintf(p->pending, sizeof(p->pending), "%s/pending", state);
	p->sequence = 0;
	rc = io_mkdirs(p->pending, 0700, e);
	if (rc == 0)
		rc = list(p, &entries, &n, e);
	if (rc < 0)
		return rc;
	for (int i = 0; i < n; i++) {
		struct waiting w;

		if (!take_name(entries[i]->d_name, &w) ||
		    !is_done(ctx, w.file))
			forget(p, entries[i]->d_name);
		else if (w.sequence >= p->sequence)
			p->sequence = w.sequence + 1;
	}
	free_list(entries, n);
	return 0;
}

int
payer_post_put(struct payer_post *p, uint64_t file, int64_t due,
    const char *name, struct slice bytes, struct err *e)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%013" PRId64 "_%010" PRIu64 "_%016"
	    PRIx64 "_%s", p->pending, due, p->sequence++, file, name);
	return io_replace(path, bytes, 0644, e);
}

/* Write it whole beside, as a dot file, then give it its name. */
static int
send(const struct payer_post *p, const char *entry, const char *name,
    struct err *e)
{
	char from[600], hidden[600], to[600], *bytes = NULL;
	size_t n = 0;
	int rc;

	snprintf(from, sizeof(from), "%s/%s", p->pending, entry);
	snprintf(hidden, sizeof(hidden), "%s/.%s", p->outbound, name);
	snprintf(to, sizeof(to), "%s/%s", p->outbound, name);
	rc = io_slurp(from, POST_ANSWER_MAX, &bytes, &n, e);
	if (rc == 0)
		rc = io_replace(hidden, slice(bytes, n), 0644, e);
	if (rc == 0 && rename(hidden, to) < 0)
		rc = err_sys(e, "cannot rename to %s", to);
	if (rc == 0)
		rc = io_fsync_dir(AT_FDCWD, p->outbound, e);
	free(bytes);
	if (rc == 0)
		forget(p, entry);
	return rc;
}

int
payer_post_send(struct payer_post *p, int64_t now, int64_t *next,
    void (*on_sent)(void *ctx, const char *name), void *ctx, struct err *e)
{
	struct dirent **entries;
	int n, rc = list(p, &entries, &n, e);

	*next = INT64_MAX;
	if (rc < 0)
		return rc;
	for (int i = 0; i < n && rc == 0; i++) {
		struct waiting w;

		if (!take_name(entries[i]->d_name, &w))
			continue;
		if (w.due > now) {
			*next = w.due;
			break;
		}
		rc = send(p, entries[i]->d_name, w.name, e);
		if (rc == 0)
			on_sent(ctx, w.name);
	}
	free_list(entries, n);
	return rc;
}
