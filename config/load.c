/* SPDX-License-Identifier: ISC */
#include "config/load.h"

#include "config/attach.h"
#include "config/bind.h"
#include "config/check.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LOAD_KEEP = 64 * 1024 * 1024,
	LOAD_SCRATCH = 512 * 1024 * 1024,
	LOAD_WORKERS = 16,
};

/* A partner's mapping, found but not yet bound. */
struct found {
	const struct source *source;
	const struct node *node;
};

struct load {
	struct config *config;
	struct arena scratch;
	struct problems problems;
	struct node *root, *defaults;
	struct found *found;
	unsigned found_count;
};

struct config *
load_new(struct err *e)
{
	struct config *c = calloc(1, sizeof(*c));
	struct config_own *own = calloc(1, sizeof(*own));

	if (c && own) {
		c->own = own;
		arena_init(&own->keep, LOAD_KEEP);
		own->sources = arena_array(&own->keep, LOAD_FILES,
		    sizeof(*own->sources));
		own->files = arena_array(&own->keep, LOAD_FILES,
		    sizeof(*own->files));
		if (own->sources && own->files)
			return c;
		arena_free(&own->keep);
	}
	free(own);
	free(c);
	err_set(e, -ENOMEM, "configuration: out of memory");
	return NULL;
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	arena_free(&c->own->keep);
	free(c->own);
	free(c);
}

int
load_add(struct config *c, const char *name, struct slice text,
    struct err *e)
{
	struct config_own *own = c->own;
	struct source *s = &own->sources[own->source_count];

	if (own->source_count == LOAD_FILES)
		return err_set(e, -EFBIG, "%s: more than %d files", name,
		    LOAD_FILES);
	if (text.n > LOAD_BYTES - own->bytes)
		return err_set(e, -EFBIG, "%s: the configuration is longer "
		    "than %d bytes", name, LOAD_BYTES);
	s->name = arena_copy(&own->keep, slice_str(name));
	s->text = slice(arena_copy(&own->keep, text), text.n);
	if (!s->name || !s->text.p)
		return err_set(e, -ENOMEM, "%s: out of memory", name);
	s->kind = own->source_count > 0 ? SOURCE_PARTNER : SOURCE_MAIN;
	s->order = own->source_count++;
	own->bytes += text.n;
	return 0;
}

int
load_add_file(struct config *c, enum source_kind kind, const char *name,
    struct slice text, struct err *e)
{
	struct config_own *own = c->own;
	struct source *s = &own->files[own->file_count];

	if (own->file_count == LOAD_FILES)
		return err_set(e, -EFBIG, "%s: more than %d files", name,
		    LOAD_FILES);
	if (text.n > LOAD_BYTES - own->bytes)
		return err_set(e, -EFBIG, "%s: the configuration, guides and "
		    "rules are longer than %d bytes", name, LOAD_BYTES);
	s->kind = kind;
	s->name = arena_copy(&own->keep, slice_str(name));
	s->text = slice(arena_copy(&own->keep, text), text.n);
	if (!s->name || !s->text.p)
		return err_set(e, -ENOMEM, "%s: out of memory", name);
	own->file_count++;
	own->bytes += text.n;
	return 0;
}

/* ---- the main file ----------------------------------------------------- */

static struct bind
load_bind(struct load *l, const struct source *s, const struct node *at)
{
	return (struct bind){ .problems = &l->problems,
	    .keep = &l->config->own->keep, .source = s, .at = at,
	    .shared = &l->config->own->sources[0] };
}

static int
load_nomem(struct load *l)
{
	l->problems.nomem = true;
	return -1;
}

/* A relative partners_dir begins beside the main file. */
static int
load_place_dir(struct load *l)
{
	struct config *c = l->config;
	const char *main_name = c->own->sources[0].name;
	const char *slash = strrchr(main_name, '/');
	size_t dir = slash ? (size_t)(slash - main_name) + 1 : 0;
	size_t n = strlen(c->partners_dir);
	char *path;

	if (c->partners_dir[0] == '/' || dir == 0)
		return 0;
	path = arena_alloc(&c->own->keep, dir + n + 1);
	if (!path)
		return load_nomem(l);
	memcpy(path, main_name, dir);
	memcpy(path + dir, c->partners_dir, n);
	c->partners_dir = path;
	return 0;
}

static unsigned
load_processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ?
	    CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : n > LOAD_WORKERS ? LOAD_WORKERS : (unsigned)n;
}

/* `defaults` is checked once by itself, then used by each partner. */
static void
load_defaults(struct load *l, struct bind *b)
{
	const struct node *n = bind_kind(b, "defaults",
	    node_get(l->root, "defaults"), NODE_MAPPING);
	struct config_partner *scratch;

	if (!n)
		return;
	scratch = arena_alloc(&l->scratch, sizeof(*scratch));
	if (!scratch) {
		load_nomem(l);
		return;
	}
	b->partial = true;
	b->in = "defaults";
	bind_check_keys(b, &config_partner_keys, n);
	bind_mapping(b, &config_partner_keys, n, NULL, scratch);
	if (node_get(n, "name"))
		problem_add(b->problems, b->source, n->line, n->column,
		    "`defaults` must not set `name`: each partner has its "
		    "own");
	l->defaults = (struct node *)n;
}

static int
load_main(struct load *l)
{
	struct config *c = l->config;
	struct source *s = &c->own->sources[0];
	struct bind b;

	if (tree_parse(s, &l->scratch, &l->problems, &l->root) < 0)
		return -1;
	if (l->root && node_is_null(l->root))
		l->root = NULL;
	if (l->root && l->root->kind != NODE_MAPPING) {
		problem_add(&l->problems, s, l->root->line, l->root->column,
		    "the file must be a mapping (`key: value`), not %s",
		    node_kind_text(l->root->kind));
		return -1;
	}
	b = load_bind(l, s, l->root);
	bind_check_keys(&b, &config_main_keys, l->root);
	bind_mapping(&b, &config_main_keys, l->root, NULL, c);
	load_defaults(l, &b);
	if (c->workers == 0)
		c->workers = load_processors();
	return l->problems.nomem ? -1 : load_place_dir(l);
}

/* ---- partners ---------------------------------------------------------- */

static void
load_found(struct load *l, const struct source *s, const struct node *n)
{
	if (n->kind != NODE_MAPPING)
		problem_add(&l->problems, s, n->line, n->column,
		    "a partner must be a mapping (`key: value`), not %s",
		    node_kind_text(n->kind));
	else if (l->found_count == LOAD_PARTNERS)
		problem_add(&l->problems, s, n->line, n->column,
		    "more than %d partners", LOAD_PARTNERS);
	else
		l->found[l->found_count++] = (struct found){ s, n };
}

static void
load_find_partners(struct load *l)
{
	struct config_own *own = l->config->own;
	const struct bind b = load_bind(l, &own->sources[0], l->root);
	const struct node *list = bind_kind(&b, "partners",
	    node_get(l->root, "partners"), NODE_LIST);
	struct node *n;

	if (list)
		for (n = list->first; n; n = n->next)
			load_found(l, b.source, n);
	for (unsigned i = 1; i < own->source_count; i++) {
		struct source *s = &own->sources[i];

		if (tree_parse(s, &l->scratch, &l->problems, &n) < 0)
			continue;
		if (n && !node_is_null(n))
			load_found(l, s, n);
		else
			problem_add(&l->problems, s, 0, 0,
			    "the file is empty: it must hold a partner");
	}
}

static void
load_partner(struct load *l, const struct found *f, struct config_partner *p)
{
	const struct bind b = load_bind(l, f->source, f->node);

	p->file = f->source->name;
	p->line = f->node->line;
	bind_check_keys(&b, &config_partner_keys, f->node);
	bind_mapping(&b, &config_partner_keys, f->node, l->defaults, p);
	check_partner(&b, p, f->node, l->defaults);
	if (!p->gs_sender[0])
		memcpy(p->gs_sender, p->sender.id, sizeof(p->gs_sender));
	if (!p->gs_receiver[0])
		memcpy(p->gs_receiver, p->receiver.id,
		    sizeof(p->gs_receiver));
}

static int
load_partners(struct load *l)
{
	struct config *c = l->config;
	struct checked *checked;

	l->found = arena_array(&l->scratch, LOAD_PARTNERS, sizeof(*l->found));
	if (!l->found)
		return load_nomem(l);
	load_find_partners(l);
	c->partners = arena_array(&c->own->keep, l->found_count,
	    sizeof(*c->partners));
	checked = arena_array(&l->scratch, l->found_count, sizeof(*checked));
	if (!c->partners || !checked)
		return load_nomem(l);
	for (unsigned i = 0; i < l->found_count; i++) {
		const struct found *f = &l->found[i];
		const unsigned before = l->problems.count;

		load_partner(l, f, &c->partners[i]);
		checked[i] = (struct checked){ &c->partners[i], f->source,
		    f->node, l->problems.count == before };
	}
	c->partner_count = l->found_count;
	check_partners(&l->problems, checked, l->found_count);
	return 0;
}

/* ---- all of it --------------------------------------------------------- */

static int
load_files(struct load *l, struct err *e)
{
	struct config *c = l->config;
	const struct node *n = node_get(l->root, "partners_dir");
	int rc = load_dir(c, c->partners_dir, &l->problems, e);

	if (rc != -ENOENT || e->code)
		return rc;
	/* Without partners x12d has nothing to do, which is not wrong. */
	if (n)
		problem_add(&l->problems, &c->own->sources[0], n->line,
		    n->column, "`partners_dir`: there is no such directory");
	return 0;
}

struct config *
load_sources(struct config *c, bool from_files, struct config_sink sink,
    struct err *e)
{
	struct load l = { .config = c };
	int rc;

	arena_init(&l.scratch, LOAD_SCRATCH);
	problems_init(&l.problems, &l.scratch);
	rc = load_main(&l);
	if (rc == 0 && from_files)
		rc = load_files(&l, e);
	if (rc == 0)
		rc = load_partners(&l);
	if (rc == 0 && from_files)
		rc = attach_files(c, &l.problems, e);
	if (!e->code)
		problems_tell(&l.problems, sink);
	if (l.problems.nomem)
		rc = err_set(e, -ENOMEM, "configuration: out of memory");
	if (rc < 0 || l.problems.count > 0) {
		config_free(c);
		c = NULL;
	}
	arena_free(&l.scratch);
	return c;
}
