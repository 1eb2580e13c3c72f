/* SPDX-License-Identifier: ISC */
/* All that is wrong with what partners name, told once each. */
#include "kit/kit_inner.h"

#include "edi/severity.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct kit_check {
	const struct config *config;
	struct config_sink sink;
	struct kits *kits;
	int problems;
	bool sound;                      /* all files of the present kit */
	bool failed;                     /* the world, not the operator */
	struct err *e;
};

/*
 * Errors of the notations begin with "FILE:LINE: ": told there. Others are
 * told where the file was named.
 */
static void
check_say(struct kit_check *k, const struct err *why,
    const struct config_place *at)
{
	struct config_problem p = { .file = at->file, .line = at->line,
	    .column = at->column, .text = why->text };
	const char *colon = strchr(why->text, ':');
	char file[PATH_MAX], *end = NULL;
	unsigned long line = 0;

	if (why->code == -ENOMEM) {
		k->failed = true;
		*k->e = *why;
		return;
	}
	if (colon && isdigit((unsigned char)colon[1]))
		line = strtoul(colon + 1, &end, 10);
	if (line > 0 && strncmp(end, ": ", 2) == 0 &&
	    slice_copy(slice(why->text, (size_t)(colon - why->text)), file,
	    sizeof(file))) {
		p.file = file;
		p.line = (int)line;
		if (p.line != at->line || strcmp(file, at->file) != 0)
			p.column = 1;
		p.text = end + 2;
	}
	k->problems++;
	if (k->sink.on_problem)
		k->sink.on_problem(k->sink.ctx, &p);
}

/* A file that partners share is at fault once. */
static bool
check_told(const struct kit_check *k, unsigned partner, const char *path)
{
	for (unsigned i = 0; i < partner; i++) {
		const struct config_partner *p = &k->config->partners[i];

		for (unsigned j = 0; j < p->guides.count; j++)
			if (strcmp(p->guides.file[j].path, path) == 0)
				return true;
		for (unsigned j = 0; j < p->rules.count; j++)
			if (strcmp(p->rules.file[j].path, path) == 0)
				return true;
	}
	return false;
}

static void
check_paths(struct kit_check *k, unsigned partner, struct kit *kit,
    const struct config_paths *paths,
    int (*add)(struct kit *, const struct config *, const char *,
    struct err *))
{
	for (unsigned i = 0; i < paths->count && !k->failed; i++) {
		struct err why = ERR_NONE;

		if (add(kit, k->config, paths->file[i].path, &why) == 0)
			continue;
		k->sound = false;
		if (!check_told(k, partner, paths->file[i].path))
			check_say(k, &why, &paths->file[i].at);
	}
}

static void
check_severities(struct kit_check *k, struct kit *kit,
    const struct config_severities *s)
{
	for (unsigned i = 0; i < s->count && !k->failed; i++) {
		struct err why = ERR_NONE;

		if (kit_add_severity(kit, s, i, &why) < 0)
			check_say(k, &why, &s->row[i].at);
	}
}

/* Rules that have no place in their guide, severities of no finding. */
static void
check_together(struct kit_check *k, struct kit *kit,
    const struct config_partner *p)
{
	struct config_place at = { p->file, p->line, 1 };
	struct err why = ERR_NONE;

	if (p->rules.count > 0 && rules_check(kit->rules, kit->guides,
	    &why) < 0)
		check_say(k, &why, &at);
	if (guides_check_severities(kit->guides, kit->rules, &why) < 0)
		check_say(k, &why, &at);
}

static void
check_partner(struct kit_check *k, unsigned i)
{
	const struct config_partner *p = &k->config->partners[i];
	struct err why = ERR_NONE;
	struct kit *kit;

	for (unsigned j = 0; j < i; j++)
		if (kit_same(p, &k->config->partners[j]))
			return;
	kit = kit_new();
	if (!kit || rules_load_builtin(kit->rules, &why) < 0) {
		err_set(k->e, -ENOMEM, "no memory for guides and rules");
		k->failed = true;
	} else {
		k->sound = true;
		check_paths(k, i, kit, &p->guides, kit_add_guide);
		check_paths(k, i, kit, &p->rules, kit_add_rules);
		/* Of rules that were not read nothing is known. */
		if (k->sound)
			check_together(k, kit, p);
		if (k->sound)
			check_severities(k, kit, &p->severities);
	}
	kit_free(kit);
}

static const struct config_place *
check_place_of(const struct config *c, const char *list)
{
	for (unsigned i = 0; i < c->partner_count; i++) {
		const struct config_paths *p = &c->partners[i].codes;

		for (unsigned j = 0; j < p->count; j++)
			if (config_path_holds(p->file[j].path, list))
				return &p->file[j].at;
	}
	return NULL;
}

static void
check_lists(struct kit_check *k)
{
	const char *path;

	for (unsigned i = 0; (path = config_codes(k->config, i)) &&
	    !k->failed; i++) {
		const struct config_place *at = check_place_of(k->config,
		    path);
		struct err why = ERR_NONE;
		struct code_table *t = code_table_open(path, &why);
		struct codes *codes = t ? codes_open(NULL, &why) : NULL;

		if (at && (!t || !codes || codes_add(codes, t, path,
		    &why) < 0))
			check_say(k, &why, at);
		codes_close(codes);
		code_table_close(t);
	}
}

int
kits_check(const struct config *c, struct config_sink sink, struct err *e)
{
	struct kit_check k = { .config = c, .sink = sink, .e = e };

	*e = ERR_NONE;
	check_lists(&k);
	for (unsigned i = 0; i < c->partner_count && !k.failed; i++)
		check_partner(&k, i);
	return k.failed ? e->code : k.problems;
}
