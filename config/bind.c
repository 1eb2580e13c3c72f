/* SPDX-License-Identifier: ISC */
#include "config/bind.h"

#include "config/value.h"

#include <assert.h>

#define SAY(b, n, ...) problem_add((b)->problems, (b)->source, (n)->line, \
	(n)->column, __VA_ARGS__)

/* A key with the mapping that it stands in: `sender.id`. */
#define KEY_FMT "`%s%s%s`"
#define KEY_ARG(b, key) (b)->in ? (b)->in : "", (b)->in ? "." : "", (key)->name

/* ---- which keys there are ---------------------------------------------- */

static const struct config_key *
key_find(const struct config_mapping *m, struct slice name)
{
	for (unsigned i = 0; i < m->count; i++)
		if (slice_is(name, m->keys[i].name))
			return &m->keys[i];
	return NULL;
}

/* The mapping beneath m that a misplaced key belongs to. */
static const struct config_key *
key_home(const struct config_mapping *m, struct slice name)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->keys[i].sub && key_find(m->keys[i].sub, name))
			return &m->keys[i];
	return NULL;
}

static void
bind_unknown(const struct bind *b, const struct config_mapping *m,
    const struct node *key)
{
	const struct config_key *home = key_home(m, key->text);
	const char *near, *word = key->text.p;

	if (key->text.n > 40 || strspn(word, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != key->text.n)
		word = "...";
	if (home) {
		SAY(b, key, "`%s` belongs in `%s:`", key->text.p,
		    home->name);
		return;
	}
	near = problem_nearest(key->text, m->keys, m->count,
	    sizeof(m->keys[0]));
	if (near)
		SAY(b, key, "unknown key `%s`: did you mean `%s`?", word,
		    near);
	else
		SAY(b, key, "unknown key `%s`: see x12d.yaml(5) for those "
		    "that there are", word);
}

void
bind_check_keys(const struct bind *b, const struct config_mapping *m,
    const struct node *own)
{
	const struct node *seen[64] = { NULL };

	assert(m->count <= sizeof(seen) / sizeof(seen[0]));
	if (!own || own->kind != NODE_MAPPING)
		return;
	for (const struct node *n = own->first; n; n = n->next) {
		const struct config_key *key = key_find(m, n->key->text);

		if (!key) {
			bind_unknown(b, m, n->key);
			continue;
		}
		if (seen[key - m->keys])
			SAY(b, n->key, "`%s` is already set in line %d",
			    key->name, seen[key - m->keys]->line);
		else
			seen[key - m->keys] = n->key;
	}
}

const struct node *
bind_kind(const struct bind *b, const char *key, const struct node *n,
    enum node_kind kind)
{
	if (!n || node_is_null(n))
		return NULL;
	if (n->kind == kind)
		return n;
	SAY(b, n, "`%s` must be %s, not %s", key, node_kind_text(kind),
	    node_kind_text(n->kind));
	return NULL;
}

/* ---- one value --------------------------------------------------------- */

/* What the table itself says is right. */
static void
bind_own_words(const struct bind *b, const struct config_key *key,
    const char *words, void *to)
{
	char why[VALUE_WHY];
	enum value_result rc = value_set(key, slice_str(words), to, b->keep,
	    why);

	assert(rc != VALUE_WRONG);
	if (rc == VALUE_NOMEM)
		b->problems->nomem = true;
}

/* false: it was wrong, and the table's example stands there. */
static bool
bind_scalar(const struct bind *b, const struct config_key *key,
    const struct node *n, bool quiet, void *to)
{
	enum value_result rc = VALUE_WRONG;
	char why[VALUE_WHY];

	if (n->kind == NODE_SCALAR && !node_is_null(n))
		rc = value_set(key, n->text, to, b->keep, why);
	if (rc == VALUE_NOMEM)
		b->problems->nomem = true;
	if (rc != VALUE_WRONG)
		return true;
	if (quiet)
		;
	else if (n->kind != NODE_SCALAR)
		SAY(b, n, KEY_FMT " must be one value, not %s",
		    KEY_ARG(b, key), node_kind_text(n->kind));
	else if (node_is_null(n))
		SAY(b, n, KEY_FMT " has no value: leave it out, or give one "
		    "such as `%s`", KEY_ARG(b, key), key->example);
	else
		SAY(b, n, KEY_FMT " %s; for example `%s`", KEY_ARG(b, key),
		    why, key->example);
	bind_own_words(b, key, key->example, to);
	return false;
}

static void
bind_list(const struct bind *b, const struct config_key *key,
    const struct node *n, bool quiet, void *base)
{
	char **to = (char **)(void *)((char *)base + key->offset);
	unsigned *count = (unsigned *)(void *)((char *)base + key->list_count);

	*count = 0;
	if (n->kind != NODE_LIST) {
		if (!quiet)
			SAY(b, n, KEY_FMT " must be a list; for example "
			    "`[\"%s\"]`", KEY_ARG(b, key), key->example);
		bind_own_words(b, key, key->example, &to[(*count)++]);
		return;
	}
	for (const struct node *i = n->first; i; i = i->next) {
		if (*count == key->list_max) {
			if (!quiet)
				SAY(b, i, KEY_FMT " has more than %u values",
				    KEY_ARG(b, key), key->list_max);
			return;
		}
		if (bind_scalar(b, key, i, quiet, &to[*count]) ||
		    (*count == 0 && !i->next))
			++*count;
	}
}

/* true, false, or a mapping with `within`. */
static void
bind_expect(const struct bind *b, const struct config_key *key,
    const struct node *n, bool quiet, void *base)
{
	struct config_expect *x = (void *)((char *)base + key->offset);
	struct bind in = *b;

	in.in = key->name;
	*x = (struct config_expect){ .within = key->lo };
	if (!n)
		value_bool(slice_str(key->fallback), &x->expected);
	else if (n->kind == NODE_MAPPING) {
		x->expected = true;
		if (!quiet)
			bind_check_keys(&in, &config_within_keys, n);
		bind_mapping(&in, &config_within_keys, quiet ? NULL : n, n, x);
	} else if ((n->kind != NODE_SCALAR || !value_bool(n->text,
	    &x->expected)) && !quiet)
		SAY(b, n, KEY_FMT " must be `true`, `false` or, for example, "
		    "`%s`", KEY_ARG(b, key), key->example);
}

/* ---- mappings ---------------------------------------------------------- */

static void
bind_missing(const struct bind *b, const struct config_key *key)
{
	if (b->partial || !key->required)
		return;
	problem_add(b->problems, b->source, b->at ? b->at->line : 0,
	    b->at ? b->at->column : 0, KEY_FMT " is missing%s%s%s",
	    KEY_ARG(b, key), key->example ? "; for example `" : ": ",
	    key->example ? key->example : key->help,
	    key->example ? "`" : "");
}

static void
bind_sub(const struct bind *b, const struct config_key *key,
    const struct node *own, const struct node *shared, void *to)
{
	const struct node *mapping = bind_kind(b, key->name, own,
	    NODE_MAPPING);
	struct bind in = *b;

	if (!own && !shared && key->required) {
		bind_missing(b, key);
		return;
	}
	if (own)
		in.at = own;
	if (own && !mapping && !node_is_null(own))
		in.partial = true;   /* one mistake, told by bind_kind() */
	in.in = key->name;
	bind_check_keys(&in, key->sub, mapping);
	bind_mapping(&in, key->sub, mapping, shared, to);
}

static void
bind_key(const struct bind *b, const struct config_key *key,
    const struct node *own_map, const struct node *shared_map, void *base)
{
	const struct node *own = node_get(own_map, key->name);
	const struct node *shared = node_get(shared_map, key->name);
	const struct node *n = own ? own : shared;
	void *to = (char *)base + key->offset;

	if (key->type == TYPE_MAPPING)
		bind_sub(b, key, own, shared, to);
	else if (key->type == TYPE_EXPECT)
		bind_expect(b, key, n, !own, base);
	else if (key->type == TYPE_PATHS)
		bind_paths(b, key, own, shared, to);
	else if (key->type == TYPE_SEVERITIES)
		bind_severities(b, key, own, shared, to);
	else if (key->type == TYPE_DEFAULTS || key->type == TYPE_PARTNERS)
		return;
	else if (n && key->list_max)
		bind_list(b, key, n, !own, base);
	else if (n)
		bind_scalar(b, key, n, !own, to);
	else if (key->fallback)
		bind_own_words(b, key, key->fallback, to);
	else
		bind_missing(b, key);
}

void
bind_mapping(const struct bind *b, const struct config_mapping *m,
    const struct node *own, const struct node *shared, void *base)
{
	for (unsigned i = 0; i < m->count; i++)
		bind_key(b, &m->keys[i], own, shared, base);
}
