/* SPDX-License-Identifier: ISC */
#include "edi/severity.h"

const char *
severity_name(const struct rules *r, const char *name, struct nearest *near)
{
	const struct rule_info *rule;

	nearest_init(near, name);
	for (int i = 0; i < FINDING_COUNT; i++) {
		if (strcmp(finding_defs[i].name, name) == 0)
			return finding_defs[i].name;
		nearest_try(near, finding_defs[i].name);
	}
	for (size_t i = 0; (rule = rules_row(r, i)); i++) {
		if (strcmp(rule->def.name, name) == 0)
			return rule->def.name;
		nearest_try(near, rule->def.name);
	}
	return NULL;
}

int
severity_unknown(const char *file, unsigned line, const char *name,
    const struct nearest *near, struct err *e)
{
	const char *found = nearest_found(near);

	return err_set(e, -EINVAL, "%s:%u: there is no finding and no rule "
	    "%s%s%s%s", file, line, name, found ? "; did you mean " : "",
	    found ? found : "", found ? "?" : "");
}
