/* SPDX-License-Identifier: ISC */
#include "edi/embed.h"
#include "edi/rule.h"

EMBED(rules_837, "edi/rules/837.yaml");
EMBED(rules_835, "edi/rules/835.yaml");
EMBED(rules_acknowledgements, "edi/rules/acknowledgements.yaml");

int
rules_load_builtin(struct rules *r, struct err *e)
{
	static const struct {
		const char *name, *p, *end;
	} files[] = {
		{ "837.yaml", rules_837_text, rules_837_end },
		{ "835.yaml", rules_835_text, rules_835_end },
		{ "acknowledgements.yaml", rules_acknowledgements_text,
		    rules_acknowledgements_end },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(*files); i++)
		rc = rules_load_text(r, slice(files[i].p,
		    (size_t)(files[i].end - files[i].p)), files[i].name, e);
	return rc;
}
