/* SPDX-License-Identifier: ISC */
#include "config/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

/* A partner being checked, and how to find where it was written. */
struct check {
	const struct bind *bind;
	const struct config_partner *partner;
	const struct node *own, *connection;
};

/* Say it at the key, or at the nearest mapping around it that was written. */
static void __attribute__((format(printf, 3, 4)))
check_say(const struct check *c, const char *key, const char *fmt, ...)
{
	const struct node *at = node_get(c->connection, key);
	char text[PROBLEM_TEXT];
	va_list ap;

	if (!at)
		at = node_get(c->own, key);
	if (!at)
		at = c->connection ? c->connection : c->bind->at;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_add(c->bind->problems, c->bind->source, at ? at->line : 0,
	    at ? at->column : 0, "%s", text);
}

static void
check_login(const struct check *c)
{
	const struct config_sftp *s = &c->partner->sftp;

	if (!s->identity_file && !s->password_file)
		check_say(c, "user", "neither `identity_file` nor "
		    "`password_file` is set: there is nothing to log in with");
}

static void
check_after(const struct check *c)
{
	const struct config_sftp *s = &c->partner->sftp;

	if (s->after == CONFIG_AFTER_MOVE && !s->move_dir)
		check_say(c, "after_download", "`after_download: move` needs "
		    "`move_dir`");
	if (s->after != CONFIG_AFTER_MOVE &&
	    node_get(c->connection, "move_dir"))
		check_say(c, "move_dir", "`move_dir` needs "
		    "`after_download: move`");
}

static bool
is_dir(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void
check_dirs(const struct check *c)
{
	const struct config_sftp *s = &c->partner->sftp;

	for (unsigned i = 0; i < s->download_count; i++) {
		if (is_dir(s->download_dirs[i], s->upload_dir))
			check_say(c, "download_dirs", "`download_dirs` must "
			    "not hold `upload_dir`: x12d would fetch its own "
			    "files");
		if (s->after == CONFIG_AFTER_MOVE &&
		    is_dir(s->download_dirs[i], s->move_dir))
			check_say(c, "move_dir", "`move_dir` must not be one "
			    "of `download_dirs`: files would be fetched "
			    "again");
		for (unsigned j = 0; j < i; j++)
			if (is_dir(s->download_dirs[i], s->download_dirs[j]))
				check_say(c, "download_dirs",
				    "`download_dirs` names a directory twice");
	}
}

static void
check_expected(const struct check *c)
{
	const struct config_partner *p = c->partner;
	const struct {
		const char *key;
		bool expected;
	} all[] = {
		{ "ta1", p->ta1.expected }, { "999", p->a999.expected },
		{ "277ca", p->a277ca.expected }, { "835", p->a835.expected },
	};

	if (p->sftp.download_count > 0)
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i].expected)
			continue;
		check_say(c, "download_dirs", "`download_dirs` is empty, but "
		    "answers are expected (`expect.%s`): name the "
		    "directories, or set all of `expect` to false",
		    all[i].key);
		return;
	}
}

static void
check_retry(const struct check *c)
{
	if (c->partner->retry_first > c->partner->retry_max)
		check_say(c, "retry", "`retry.first` is longer than "
		    "`retry.max`");
}

static void
check_batch(const struct check *c)
{
	const struct config_batch *b = &c->partner->batch;

	if (b->by_hand && (b->claims || b->bytes || b->age || b->at_count))
		check_say(c, "batch", "`batch.by_hand` leaves no room for "
		    "`claims`, `bytes`, `age` and `at`");
	if (!b->at_count && (b->day_count || b->cutoff))
		check_say(c, "batch", "`batch.days` and `batch.cutoff` need "
		    "`batch.at`");
}

void
check_partner(const struct bind *b, const struct config_partner *p,
    const struct node *own, const struct node *shared)
{
	const struct node *connection = node_get(own, "connection");
	const struct check c = { b, p, own, connection };

	/* Of these it was said already that they are missing or no mapping. */
	if (connection ? connection->kind != NODE_MAPPING :
	    !node_get(shared, "connection"))
		return;
	check_login(&c);
	check_after(&c);
	check_dirs(&c);
	check_expected(&c);
	check_retry(&c);
	check_batch(&c);
}

/* ---- partners among themselves ----------------------------------------- */

static bool
same_place(const struct config_sftp *a, const struct config_sftp *b)
{
	return a->port == b->port && strcasecmp(a->host, b->host) == 0 &&
	    strcmp(a->user, b->user) == 0 &&
	    strcmp(a->upload_dir, b->upload_dir) == 0;
}

/* b comes after a and is the one that is told of. */
static bool
check_pair(struct problems *p, const struct checked *a,
    const struct checked *b)
{
	const struct node *name = node_get(b->node, "name");
	const unsigned before = p->count;

	if (!name)
		name = b->node;
	if (a->partner->name[0] &&
	    strcmp(a->partner->name, b->partner->name) == 0)
		problem_add(p, b->source, name->line, name->column,
		    "there is already a partner `%s`: %s:%d",
		    b->partner->name, a->source->name, a->partner->line);
	if (a->right && b->right && a->partner->usage != b->partner->usage &&
	    same_place(&a->partner->sftp, &b->partner->sftp))
		problem_add(p, b->source, b->node->line, b->node->column,
		    "partners `%s` (usage %c) and `%s` (usage %c) upload to "
		    "the same place: a test file must never reach "
		    "production", a->partner->name, a->partner->usage,
		    b->partner->name, b->partner->usage);
	return p->count == before;
}

void
check_partners(struct problems *p, const struct checked *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			if (!check_pair(p, &list[j], &list[i]))
				break;
}
