/* SPDX-License-Identifier: ISC */
#include "config/attach.h"

#include "base/io.h"
#include "config/tree.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct attach {
	struct config *config;
	struct problems *problems;
	struct err *e;
};

static const struct source *
attach_find(const struct config *c, enum source_kind kind, const char *name)
{
	const struct config_own *own = c->own;

	for (unsigned i = 0; i < own->file_count; i++)
		if (own->files[i].kind == kind &&
		    strcmp(own->files[i].name, name) == 0)
			return &own->files[i];
	return NULL;
}

/* Where it was named, as a problem is told. */
static void __attribute__((format(printf, 3, 4)))
attach_say(struct attach *a, const struct config_place *at, const char *fmt,
    ...)
{
	const struct source *s = a->config->own->sources;
	char text[PROBLEM_TEXT];
	va_list ap;

	while (s->name != at->file)     /* it is one of them */
		s++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_add(a->problems, s, at->line, at->column, "%s", text);
}

/* ---- guides and rules --------------------------------------------------- */

static int
attach_text(struct attach *a, const char *path, const struct config_place *at)
{
	struct err why = ERR_NONE;
	char *text;
	size_t n;
	int rc;

	if (attach_find(a->config, SOURCE_TEXT, path))
		return 0;
	rc = io_slurp(path, TREE_BYTES, &text, &n, &why);
	if (rc < 0) {
		attach_say(a, at, "%s", why.text);
		return rc == -ENOMEM ? err_set(a->e, rc, "%s", why.text) : 0;
	}
	rc = load_add_file(a->config, SOURCE_TEXT, path, slice(text, n),
	    a->e);
	free(text);
	return rc;
}

/* ---- code lists --------------------------------------------------------- */

/* What tells a list from the one that takes its name later. */
static int
attach_list(struct attach *a, const char *path, const struct stat *st)
{
	char what[120];

	if (attach_find(a->config, SOURCE_CODES, path))
		return 0;
	snprintf(what, sizeof(what), "%" PRIuMAX " %" PRIuMAX " %" PRIdMAX
	    " %" PRIdMAX ".%09ld", (uintmax_t)st->st_dev,
	    (uintmax_t)st->st_ino, (intmax_t)st->st_size,
	    (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	return load_add_file(a->config, SOURCE_CODES, path, slice_str(what),
	    a->e);
}

static int
is_code_list(const struct dirent *d)
{
	return d->d_name[0] != '.' && name_ends(d->d_name, ".codes");
}

static int
attach_list_in(struct attach *a, const char *dir, const char *name,
    const struct config_place *at)
{
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return err_set(a->e, -ENAMETOOLONG, "%s: path too long", dir);
	if (stat(path, &st) == 0)
		return attach_list(a, path, &st);
	attach_say(a, at, "`codes`: %s: %s", path, strerror(errno));
	return 0;
}

static int
attach_dir(struct attach *a, const char *dir, const struct config_place *at)
{
	struct dirent **list;
	int n = scandir(dir, &list, is_code_list, alphasort), rc = 0;

	if (n < 0) {
		attach_say(a, at, "`codes`: cannot read %s: %s", dir,
		    strerror(errno));
		return 0;
	}
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = attach_list_in(a, dir, list[i]->d_name, at);
		free(list[i]);
	}
	free(list);
	if (n > 0)
		return rc;
	attach_say(a, at, "`codes`: there is no code list in %s: "
	    "make one with `x12 codes import`", dir);
	return 0;
}

static int
attach_codes(struct attach *a, const char *path,
    const struct config_place *at)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		attach_say(a, at, "`codes`: %s: %s", path,
		    strerror(errno));
		return 0;
	}
	return S_ISDIR(st.st_mode) ? attach_dir(a, path, at) :
	    attach_list(a, path, &st);
}

/* ---- all partners ------------------------------------------------------- */

/* Every partner has those of `defaults`: they were seen to with the first. */
static bool
attach_seen(const struct config_paths *first, const struct config_paths *own,
    unsigned i)
{
	return own != first && i < first->count &&
	    own->file[i].at.file == first->file[i].at.file &&
	    own->file[i].at.line == first->file[i].at.line &&
	    own->file[i].at.column == first->file[i].at.column;
}

static int
attach_each(struct attach *a, const struct config_paths *first,
    const struct config_paths *own,
    int (*one)(struct attach *, const char *, const struct config_place *))
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < own->count; i++)
		if (!attach_seen(first, own, i))
			rc = one(a, own->file[i].path, &own->file[i].at);
	return rc;
}

int
attach_files(struct config *c, struct problems *problems, struct err *e)
{
	struct attach a = { c, problems, e };
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < c->partner_count; i++) {
		const struct config_partner *p0 = c->partners,
		    *own = &c->partners[i];

		rc = attach_each(&a, &p0->guides, &own->guides, attach_text);
		if (rc == 0)
			rc = attach_each(&a, &p0->rules, &own->rules,
			    attach_text);
		if (rc == 0)
			rc = attach_each(&a, &p0->codes, &own->codes,
			    attach_codes);
	}
	if (rc == 0 && config_codes(c, CONFIG_CODES))
		rc = err_set(e, -EFBIG, "`codes`: more than %d code lists",
		    CONFIG_CODES);
	return rc;
}

/* ---- what there is ------------------------------------------------------ */

bool
config_text(const struct config *c, const char *path, struct slice *text)
{
	const struct source *s = attach_find(c, SOURCE_TEXT, path);

	if (s)
		*text = s->text;
	return s != NULL;
}

const char *
config_codes(const struct config *c, unsigned i)
{
	const struct config_own *own = c->own;

	for (unsigned k = 0; k < own->file_count; k++)
		if (own->files[k].kind == SOURCE_CODES && i-- == 0)
			return own->files[k].name;
	return NULL;
}

bool
config_path_holds(const char *path, const char *file)
{
	size_t n = strlen(path);

	return strncmp(path, file, n) == 0 && (file[n] == '\0' ||
	    (file[n] == '/' && !strchr(file + n + 1, '/')));
}
