/* SPDX-License-Identifier: ISC */
/*
 * What a partner's files are checked against: lists and names that are laid
 * over those of `defaults`, each with the place where it was written.
 */
#include "config/bind.h"

#include "config/value.h"

#define SAY(b, n, ...) problem_add((b)->problems, (b)->source, (n)->line, \
	(n)->column, __VA_ARGS__)

static struct config_place
bind_place(const struct source *s, const struct node *n)
{
	return (struct config_place){ s->name, n->line, n->column };
}

/* ---- paths -------------------------------------------------------------- */

/* One of two equal paths is enough. */
static bool
paths_have(const struct config_paths *p, const char *path)
{
	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->file[i].path, path) == 0)
			return true;
	return false;
}

static void
bind_path(const struct bind *b, const struct config_key *key,
    const struct node *n, bool quiet, struct config_paths *to)
{
	enum value_result rc = VALUE_WRONG;
	char why[VALUE_WHY] = "must be a path", *path = NULL;

	if (n->kind == NODE_SCALAR && !node_is_null(n))
		rc = value_set(&config_path_key, n->text, &path, b->keep,
		    why);
	if (rc == VALUE_NOMEM)
		b->problems->nomem = true;
	if (rc == VALUE_WRONG && !quiet)
		SAY(b, n, "`%s` %s; for example `%s`", key->name, why,
		    key->example);
	if (rc != VALUE_OK || paths_have(to, path))
		return;
	if (to->count == CONFIG_PATHS) {
		if (!quiet)
			SAY(b, n, "`%s` has more than %d files, with those of "
			    "`defaults`", key->name, CONFIG_PATHS);
		return;
	}
	to->file[to->count].path = path;
	to->file[to->count++].at = bind_place(quiet ? b->shared : b->source,
	    n);
}

static void
bind_paths_of(const struct bind *b, const struct config_key *key,
    const struct node *n, bool quiet, struct config_paths *to)
{
	if (!n || node_is_null(n))
		return;
	if (n->kind != NODE_LIST) {
		bind_path(b, key, n, quiet, to);
		return;
	}
	for (n = n->first; n; n = n->next)
		bind_path(b, key, n, quiet, to);
}

void
bind_paths(const struct bind *b, const struct config_key *key,
    const struct node *own, const struct node *shared,
    struct config_paths *to)
{
	to->count = 0;
	bind_paths_of(b, key, shared, true, to);
	bind_paths_of(b, key, own, false, to);
}

/* ---- severities --------------------------------------------------------- */

/* Findings and rules are called so; whether there is one is for kit/ to say. */
static bool
severity_name(struct slice s)
{
	enum { LONGEST = 80 };

	return s.n > 0 && s.n < LONGEST &&
	    strspn(s.p, "abcdefghijklmnopqrstuvwxyz0123456789_") == s.n;
}

static bool
severity_value(const struct node *n, uint8_t *to)
{
	const struct config_choice *c = config_severity_words;

	if (n->kind != NODE_SCALAR)
		return false;
	while (c->name && !slice_is(n->text, c->name))
		c++;
	*to = (uint8_t)c->value;
	return c->name != NULL;
}

/* The place of the name, a new one when it has none yet. */
static unsigned
severity_row(const struct config_severities *to, const char *name)
{
	unsigned i = 0;

	while (i < to->count && strcmp(to->row[i].name, name) != 0)
		i++;
	return i;
}

static void
bind_severity(const struct bind *b, const struct config_key *key,
    const struct node *n, bool quiet, struct config_severities *to)
{
	const struct node *name = n->key;
	unsigned i = severity_row(to, name->text.p);
	uint8_t severity = 0;

	if (!severity_name(name->text) || !severity_value(n, &severity)) {
		if (!quiet)
			SAY(b, n, "`%s` must name findings, each with `off`, "
			    "`warning` or `reject`; for example `%s`",
			    key->name, key->example);
		return;
	}
	if (i == CONFIG_SEVERITIES) {
		if (!quiet)
			SAY(b, n, "`%s` has more than %d names, with those of "
			    "`defaults`", key->name, CONFIG_SEVERITIES);
		return;
	}
	to->row[i].name = arena_copy(b->keep, name->text);
	to->row[i].severity = severity;
	to->row[i].at = bind_place(quiet ? b->shared : b->source, name);
	if (!to->row[i].name)
		b->problems->nomem = true;
	else if (i == to->count)
		to->count++;
}

void
bind_severities(const struct bind *b, const struct config_key *key,
    const struct node *own, const struct node *shared,
    struct config_severities *to)
{
	const struct node *n;

	to->count = 0;
	if (shared && shared->kind == NODE_MAPPING)
		for (n = shared->first; n; n = n->next)
			bind_severity(b, key, n, true, to);
	own = bind_kind(b, key->name, own, NODE_MAPPING);
	for (n = own ? own->first : NULL; n; n = n->next) {
		const struct node *before = node_get(own, n->key->text.p);

		if (before == n)
			bind_severity(b, key, n, false, to);
		else
			SAY(b, n->key, "`%s` sets a name that is already set "
			    "in line %d", key->name, before->key->line);
	}
}
