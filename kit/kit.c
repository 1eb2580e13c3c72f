/* SPDX-License-Identifier: ISC */
#include "kit/kit_inner.h"

#include "edi/severity.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- code lists --------------------------------------------------------- */

void
kit_lists_close(struct kit_lists *l)
{
	for (unsigned i = 0; l->fd[i] >= 0; i++) {
		close(l->fd[i]);
		l->fd[i] = -1;
	}
}

int
kit_lists_open(const struct config *c, struct kit_lists *l, struct err *e)
{
	const char *path;

	l->fd[0] = -1;
	for (unsigned i = 0; (path = config_codes(c, i)); i++) {
		l->fd[i + 1] = -1;
		l->fd[i] = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (l->fd[i] < 0) {
			err_sys(e, "cannot open %s", path);
			kit_lists_close(l);
			return e->code;
		}
	}
	return 0;
}

/* ---- one kit ------------------------------------------------------------ */

struct kit *
kit_new(void)
{
	struct kit *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->guides = guides_new();
	k->rules = rules_new();
	k->codes = codes_open(NULL, NULL);
	if (k->guides && k->rules && k->codes)
		return k;
	kit_free(k);
	return NULL;
}

void
kit_free(struct kit *k)
{
	if (!k)
		return;
	record_kinds_free(k->kinds);
	codes_close(k->codes);
	rules_free(k->rules);
	guides_free(k->guides);
	free(k);
}

static int
kit_text(const struct config *c, const char *path, struct slice *text,
    struct err *e)
{
	if (config_text(c, path, text))
		return 0;
	return err_set(e, -ENOENT, "%s: was not read with the configuration",
	    path);
}

int
kit_add_guide(struct kit *k, const struct config *c, const char *path,
    struct err *e)
{
	struct slice text;
	int rc = kit_text(c, path, &text, e);

	return rc < 0 ? rc : guides_overlay_text(k->guides, text, path, e);
}

int
kit_add_rules(struct kit *k, const struct config *c, const char *path,
    struct err *e)
{
	struct slice text;
	int rc = kit_text(c, path, &text, e);

	return rc < 0 ? rc : rules_load_text(k->rules, text, path, e);
}

int
kit_add_severity(struct kit *k, const struct config_severities *s,
    unsigned i, struct err *e)
{
	struct scan_severity *to = &k->severities[k->settings.severity_count];
	struct nearest near;

	to->severity = s->row[i].severity;
	to->finding = severity_name(k->rules, s->row[i].name, &near);
	if (!to->finding)
		return severity_unknown(s->row[i].at.file,
		    (unsigned)s->row[i].at.line, s->row[i].name, &near, e);
	k->settings.severity_count++;
	return 0;
}

static int
kit_add_all(struct kit *k, const struct config *c,
    const struct config_partner *p, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < p->guides.count; i++)
		rc = kit_add_guide(k, c, p->guides.file[i].path, e);
	for (unsigned i = 0; rc == 0 && i < p->rules.count; i++)
		rc = kit_add_rules(k, c, p->rules.file[i].path, e);
	for (unsigned i = 0; rc == 0 && i < p->severities.count; i++)
		rc = kit_add_severity(k, &p->severities, i, e);
	return rc;
}

/* Of two lists of one set, the one that was named later. */
static int
kit_add_codes(struct kit *k, const struct kits *all, const char *path,
    struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < CONFIG_CODES && all->lists[i];
	    i++) {
		const char *file = config_codes(all->config, i);

		if (config_path_holds(path, file))
			rc = codes_add(k->codes, all->lists[i], file, e);
	}
	return rc;
}

static struct kit *
kit_make(struct kits *all, const struct config_partner *p, struct err *e)
{
	struct kit *k = kit_new();
	int rc;

	if (!k) {
		err_set(e, -ENOMEM, "no memory for guides and rules");
		return NULL;
	}
	k->like = p;
	rc = rules_load_builtin(k->rules, e);
	if (rc == 0 && p)
		rc = kit_add_all(k, all->config, p, e);
	for (unsigned i = 0; rc == 0 && p && i < p->codes.count; i++)
		rc = kit_add_codes(k, all, p->codes.file[i].path, e);
	if (rc < 0) {
		kit_free(k);
		return NULL;
	}
	k->settings.guides = k->guides;
	k->settings.rules = k->rules;
	k->settings.codes = k->codes;
	k->settings.severities = k->severities;
	return k;
}

/* ---- which kit ---------------------------------------------------------- */

static bool
same_paths(const struct config_paths *a, const struct config_paths *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (strcmp(a->file[i].path, b->file[i].path) != 0)
			return false;
	return true;
}

static bool
same_severities(const struct config_severities *a,
    const struct config_severities *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (a->row[i].severity != b->row[i].severity ||
		    strcmp(a->row[i].name, b->row[i].name) != 0)
			return false;
	return true;
}

bool
kit_same(const struct config_partner *a, const struct config_partner *b)
{
	static const struct config_partner nothing;

	if (!a)
		a = &nothing;
	if (!b)
		b = &nothing;
	return same_paths(&a->guides, &b->guides) &&
	    same_paths(&a->rules, &b->rules) &&
	    same_paths(&a->codes, &b->codes) &&
	    same_severities(&a->severities, &b->severities);
}

/* Where it stands, or is to stand: a free place, or the least used. */
static struct kit **
kits_place(struct kits *k, const struct config_partner *p)
{
	struct kit **best = &k->kit[0];

	for (unsigned i = 0; i < KIT_MOST; i++) {
		struct kit **at = &k->kit[i];

		if (*at && kit_same((*at)->like, p))
			return at;
		if (*best && (!*at || (*at)->used < (*best)->used))
			best = at;
	}
	kit_free(*best);
	*best = NULL;
	return best;
}

const struct inspection_settings *
kits_get(struct kits *k, const char *partner, struct err *e)
{
	const struct config_partner *p = k->config && partner ?
	    config_partner(k->config, partner) : NULL;
	struct kit **at = kits_place(k, p);

	if (!*at)
		*at = kit_make(k, p, e);
	if (!*at)
		return NULL;
	(*at)->used = ++k->uses;
	return &(*at)->settings;
}

struct record_kinds *
kits_kinds(struct kits *k, const struct inspection_settings *of,
    struct err *e)
{
	for (unsigned i = 0; i < KIT_MOST; i++) {
		struct kit *at = k->kit[i];

		if (!at || &at->settings != of)
			continue;
		if (!at->kinds)
			at->kinds = record_kinds_new(at->guides);
		if (at->kinds)
			return at->kinds;
	}
	err_set(e, -ENOMEM, "no memory for kinds of records");
	return NULL;
}

struct kits *
kits_new(const struct config *c, const struct kit_lists *l, struct err *e)
{
	struct kits *k = calloc(1, sizeof(*k));

	if (!k) {
		err_set(e, -ENOMEM, "no memory for guides and rules");
		return NULL;
	}
	k->config = c;
	for (unsigned i = 0; c && l && i < CONFIG_CODES && l->fd[i] >= 0;
	    i++) {
		const char *path = config_codes(c, i);

		k->lists[i] = code_table_map(l->fd[i], path ? path :
		    "a code list", e);
		if (!k->lists[i]) {
			kits_free(k);
			return NULL;
		}
	}
	return k;
}

void
kits_free(struct kits *k)
{
	if (!k)
		return;
	for (unsigned i = 0; i < KIT_MOST; i++)
		kit_free(k->kit[i]);
	for (unsigned i = 0; i < CONFIG_CODES; i++)
		code_table_close(k->lists[i]);
	free(k);
}
