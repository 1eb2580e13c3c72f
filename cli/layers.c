/* SPDX-License-Identifier: ISC */
#include "cli/layers.h"
#include "edi/severity.h"

bool
layers_add_severity(struct layers_files *f, const char *text)
{
	if (f->severity_count == LAYERS_SEVERITIES)
		return false;
	f->severities[f->severity_count++] = text;
	return true;
}

static int
layers_severity(struct layers *l, const char *text, struct err *e)
{
	static const char *const words[] = { "off", "warning", "reject" };
	struct scan_severity *to = &l->severities[l->severity_count];
	const char *equals = strchr(text, '=');
	char name[LAYERS_NAME];
	struct nearest near;
	uint8_t i = 0;

	while (equals && i < 3 && strcmp(equals + 1, words[i]) != 0)
		i++;
	if (!equals || i == 3 || !slice_copy(slice(text,
	    (size_t)(equals - text)), name, sizeof(name)))
		return err_set(e, -EINVAL, "--severity takes NAME=off, "
		    "NAME=warning or NAME=reject");
	to->finding = severity_name(l->rules, name, &near);
	to->severity = i;
	if (!to->finding)
		return err_set(e, -EINVAL, "--severity: there is no finding "
		    "and no rule %s%s%s%s", name,
		    nearest_found(&near) ? "; did you mean " : "",
		    nearest_found(&near) ? nearest_found(&near) : "",
		    nearest_found(&near) ? "?" : "");
	l->severity_count++;
	return 0;
}

int
layers_open(struct layers *l, const struct layers_files *f, struct err *e)
{
	int rc = 0;

	*l = (struct layers){ .guides = guides_new(), .rules = rules_new() };
	if (!l->guides || !l->rules)
		return err_set(e, -ENOMEM, "out of memory");
	if (f->companion)
		rc = guides_overlay(l->guides, f->companion, e);
	if (rc == 0)
		rc = rules_load_builtin(l->rules, e);
	if (rc == 0 && f->rules)
		rc = rules_load(l->rules, f->rules, e);
	if (rc == 0 && f->rules)
		rc = rules_check(l->rules, l->guides, e);
	if (rc == 0 && f->companion)
		rc = guides_check_severities(l->guides, l->rules, e);
	if (rc == 0 && !(l->codes = codes_open(f->codes, e)))
		rc = e->code;
	for (unsigned i = 0; rc == 0 && i < f->severity_count; i++)
		rc = layers_severity(l, f->severities[i], e);
	return rc;
}

void
layers_close(struct layers *l)
{
	codes_close(l->codes);
	rules_free(l->rules);
	guides_free(l->guides);
}

struct inspection_settings
layers_settings(const struct layers *l)
{
	return (struct inspection_settings){ .guides = l->guides,
		.rules = l->rules, .codes = l->codes,
		.severities = l->severities,
		.severity_count = l->severity_count };
}
