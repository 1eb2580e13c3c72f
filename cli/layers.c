/* SPDX-License-Identifier: ISC */
#include "cli/layers.h"

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
	if (rc == 0 && !(l->codes = codes_open(f->codes, e)))
		rc = e->code;
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
		.rules = l->rules, .codes = l->codes };
}
