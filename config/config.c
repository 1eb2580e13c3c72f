/* SPDX-License-Identifier: ISC */
#include "config/config.h"

#include "base/buf.h"
#include "base/io.h"
#include "config/attach.h"
#include "config/load.h"
#include "config/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const struct config_partner *
config_partner(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->partner_count; i++)
		if (strcmp(c->partners[i].name, name) == 0)
			return &c->partners[i];
	return NULL;
}

/* ---- from files -------------------------------------------------------- */

static int
load_file(struct config *c, const char *path, struct err *e)
{
	char *text;
	size_t n;
	int rc = io_slurp(path, TREE_BYTES, &text, &n, e);

	if (rc < 0)
		return rc;
	rc = load_add(c, path, slice(text, n), e);
	free(text);
	return rc;
}

bool
name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static int
is_partner_file(const struct dirent *d)
{
	return d->d_name[0] != '.' && (name_ends(d->d_name, ".yaml") ||
	    name_ends(d->d_name, ".yml") || name_ends(d->d_name, ".YAML"));
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A partner that is overlooked would be worse than one that is refused. */
static int
load_dir_entry(struct config *c, const char *dir, const char *name,
    struct problems *p, struct err *e)
{
	char path[PATH_MAX];
	struct source *s;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: path too long", dir);
	if (name_ends(name, ".yaml"))
		return load_file(c, path, e);
	s = arena_alloc(p->arena, sizeof(*s));
	if (!s || !(s->name = arena_copy(p->arena, slice_str(path))))
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	s->order = UINT_MAX;
	problem_add(p, s, 0, 0, "the name of a partner's file must end in "
	    "`.yaml`");
	return 0;
}

int
load_dir(struct config *c, const char *dir, struct problems *p,
    struct err *e)
{
	struct dirent **list;
	int n = scandir(dir, &list, is_partner_file, by_name);
	int rc = 0;

	if (n < 0 && errno == ENOENT)
		return -ENOENT;
	if (n < 0)
		return err_sys(e, "cannot read directory %s", dir);
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = load_dir_entry(c, dir, list[i]->d_name, p, e);
		free(list[i]);
	}
	free(list);
	return rc;
}

struct config *
config_load(const char *path, struct config_sink sink, struct err *e)
{
	struct config *c;

	*e = ERR_NONE;
	c = load_new(e);
	if (!c)
		return NULL;
	if (load_file(c, path, e) < 0) {
		config_free(c);
		return NULL;
	}
	return load_sources(c, true, sink, e);
}

struct config *
config_parse(const char *name, struct slice text, struct config_sink sink,
    struct err *e)
{
	struct config *c;

	*e = ERR_NONE;
	c = load_new(e);
	if (!c)
		return NULL;
	if (load_add(c, name, text, e) < 0) {
		config_free(c);
		return NULL;
	}
	return load_sources(c, false, sink, e);
}

/* ---- snapshots --------------------------------------------------------- */

/*
 * "x12d-config 2\n", then for each source "KIND NAME-BYTES TEXT-BYTES\n", name
 * and text; "end\n" shows that nothing was cut off.
 */
static const char snapshot_magic[] = "x12d-config 2\n";
static const char snapshot_end[] = "end\n";
enum { SNAPSHOT_MAX = LOAD_BYTES + 2 * LOAD_FILES * (PATH_MAX + 64) };

static void
snapshot_add(struct buf *b, const struct source *s)
{
	buf_addf(b, "%u %zu %zu\n", (unsigned)s->kind, strlen(s->name),
	    s->text.n);
	buf_add_str(b, s->name);
	buf_add_slice(b, s->text);
}

static bool
snapshot_build(const struct config_own *own, struct buf *b)
{
	buf_add_str(b, snapshot_magic);
	for (unsigned i = 0; i < own->source_count; i++)
		snapshot_add(b, &own->sources[i]);
	for (unsigned i = 0; i < own->file_count; i++)
		snapshot_add(b, &own->files[i]);
	return buf_add_str(b, snapshot_end);
}

int
config_snapshot(const struct config *c, struct err *e)
{
	const char what[] = "configuration snapshot";
	struct buf b;
	int fd = -1, rc;

	buf_init(&b, SNAPSHOT_MAX);
	if (!snapshot_build(c->own, &b)) {
		rc = err_set(e, -ENOMEM, "%s: out of memory", what);
		goto out;
	}
	fd = memfd_create("x12d-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		rc = err_sys(e, "cannot make %s", what);
		goto out;
	}
	rc = io_write(fd, b.p, b.n, what, e);
	if (rc == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		rc = err_sys(e, "cannot seal %s", what);
out:
	buf_free(&b);
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

static bool
snapshot_cut(struct slice *rest, size_t n, struct slice *piece)
{
	if (n > rest->n)
		return false;
	*piece = slice(rest->p, n);
	rest->p += n;
	rest->n -= n;
	return true;
}

/* A decimal number that ends in `end`. */
static bool
snapshot_number(struct slice *rest, char end, uint64_t *to)
{
	const char *at = memchr(rest->p, end, rest->n);
	struct slice digits, skipped;

	return at && snapshot_cut(rest, (size_t)(at - rest->p), &digits) &&
	    snapshot_cut(rest, 1, &skipped) && slice_u64(digits, to);
}

static int
snapshot_source(struct config *c, struct slice *rest, struct err *e)
{
	uint64_t kind, name_bytes, text_bytes;
	struct slice name, text;
	char path[PATH_MAX];

	if (!snapshot_number(rest, ' ', &kind) || kind > SOURCE_CODES ||
	    !snapshot_number(rest, ' ', &name_bytes) ||
	    !snapshot_number(rest, '\n', &text_bytes) ||
	    !snapshot_cut(rest, name_bytes, &name) ||
	    !snapshot_cut(rest, text_bytes, &text) ||
	    !slice_copy(name, path, sizeof(path)))
		return err_set(e, -EBADMSG, "configuration snapshot: broken");
	return kind >= SOURCE_TEXT ?
	    load_add_file(c, (enum source_kind)kind, path, text, e) :
	    load_add(c, path, text, e);
}

static int
snapshot_sources(struct config *c, struct slice rest, struct err *e)
{
	const size_t magic = sizeof(snapshot_magic) - 1;
	int rc = 0;

	if (rest.n < magic || memcmp(rest.p, snapshot_magic, magic) != 0)
		return err_set(e, -EBADMSG, "configuration snapshot: not one");
	rest = slice(rest.p + magic, rest.n - magic);
	while (rc == 0 && !slice_is(rest, snapshot_end))
		rc = snapshot_source(c, &rest, e);
	if (rc == 0 && c->own->source_count == 0)
		rc = err_set(e, -EBADMSG, "configuration snapshot: empty");
	return rc;
}

static int
snapshot_read(int fd, char **bytes, size_t *n, struct err *e)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "cannot stat configuration snapshot");
	if (st.st_size < 0 || st.st_size > SNAPSHOT_MAX)
		return err_set(e, -EBADMSG, "configuration snapshot: too long");
	*bytes = malloc((size_t)st.st_size + 1);
	if (!*bytes)
		return err_set(e, -ENOMEM, "configuration: out of memory");
	got = io_pread(fd, *bytes, (size_t)st.st_size, 0,
	    "configuration snapshot", e);
	if (got < 0) {
		free(*bytes);
		return (int)got;
	}
	*n = (size_t)got;
	return 0;
}

/* FNV-1a: what differs by an edit or another code list has another serial. */
static uint64_t
snapshot_serial(struct slice bytes)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < bytes.n; i++)
		h = (h ^ (unsigned char)bytes.p[i]) * 0x100000001b3;
	return h;
}

struct config *
config_load_snapshot(int fd, struct err *e)
{
	const struct config_sink nobody = { NULL, NULL };
	struct config *c;
	char *bytes = NULL;
	size_t n = 0;

	*e = ERR_NONE;
	c = load_new(e);
	if (!c)
		return NULL;
	if (snapshot_read(fd, &bytes, &n, e) < 0 ||
	    snapshot_sources(c, slice(bytes, n), e) < 0) {
		config_free(c);
		c = NULL;
	} else {
		c = load_sources(c, false, nobody, e);
		if (!c && !e->code)
			err_set(e, -EBADMSG,
			    "configuration snapshot: it has problems");
		if (c)
			c->serial = snapshot_serial(slice(bytes, n));
	}
	free(bytes);
	return c;
}
