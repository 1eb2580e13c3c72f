/* SPDX-License-Identifier: ISC */
#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files that a partner names, and what each must be. */
struct files {
	const struct config_partner *partner;
	struct config_sink sink;
	unsigned count;
};

static void __attribute__((format(printf, 2, 3)))
files_say(struct files *f, const char *fmt, ...)
{
	char text[500];
	int used = snprintf(text, sizeof(text), "partner `%s`: ",
	    f->partner->name);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - (size_t)used, fmt, ap);
	va_end(ap);
	f->count++;
	if (f->sink.on_problem)
		f->sink.on_problem(f->sink.ctx, &(struct config_problem){
		    .file = f->partner->file, .line = f->partner->line,
		    .column = 1, .text = text });
}

/* false: it was said what is wrong. */
static bool
files_stat(struct files *f, const char *key, const char *path,
    struct stat *st)
{
	if (stat(path, st) < 0) {
		files_say(f, "`%s`: %s: %s", key, path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st->st_mode)) {
		files_say(f, "`%s`: %s is not a regular file", key, path);
		return false;
	}
	if (st->st_size == 0) {
		files_say(f, "`%s`: %s is empty", key, path);
		return false;
	}
	return true;
}

static void
files_secret(struct files *f, const char *key, const char *path)
{
	struct stat st;

	if (!path || !files_stat(f, key, path, &st))
		return;
	if (st.st_mode & 07)
		files_say(f, "`%s`: everybody on this machine may open %s: "
		    "chmod 600 it", key, path);
	/* ssh(1) refuses a key of its own user that others may open. */
	else if ((st.st_mode & 077) && st.st_uid == geteuid() &&
	    geteuid() != 0)
		files_say(f, "`%s`: others may open %s: chmod 600 it", key,
		    path);
}

static void
files_known_hosts(struct files *f, const char *path)
{
	struct stat st;

	if (files_stat(f, "known_hosts", path, &st) && (st.st_mode & 02))
		files_say(f, "`known_hosts`: everybody on this machine may "
		    "change %s: chmod 644 it", path);
}

unsigned
config_check_files(const struct config *c, struct config_sink sink)
{
	struct files f = { .sink = sink };

	for (unsigned i = 0; i < c->partner_count; i++) {
		const struct config_sftp *s = &c->partners[i].sftp;

		f.partner = &c->partners[i];
		files_secret(&f, "identity_file", s->identity_file);
		files_secret(&f, "password_file", s->password_file);
		files_known_hosts(&f, s->known_hosts);
	}
	return f.count;
}
