/* SPDX-License-Identifier: ISC */
#include "cli/partner_kit.h"

#include "base/nearest.h"

#include <stdio.h>

static void
partner_kit_on_problem(void *ctx, const struct config_problem *p)
{
	(void)ctx;
	if (p->line > 0)
		fprintf(stderr, "%s:%d:%d: %s\n", p->file, p->line,
		    p->column, p->text);
	else
		fprintf(stderr, "%s: %s\n", p->file, p->text);
}

static int
partner_kit_unknown(const struct config *c, const char *config,
    const char *partner, struct err *e)
{
	struct nearest near;
	const char *found;

	nearest_init(&near, partner);
	for (unsigned i = 0; i < c->partner_count; i++)
		nearest_try(&near, c->partners[i].name);
	found = nearest_found(&near);
	return err_set(e, -EINVAL, "%s: there is no partner %s%s%s%s", config,
	    partner, found ? "; did you mean " : "", found ? found : "",
	    found ? "?" : "");
}

int
partner_kit_open(struct partner_kit *k, const char *config,
    const char *partner, struct err *e)
{
	const struct config_sink sink = { partner_kit_on_problem, NULL };
	int rc;

	*k = (struct partner_kit){ .lists.fd = { -1 } };
	k->config = config_load(config, sink, e);
	if (!k->config)
		return e->code < 0 ? e->code : err_set(e, -EINVAL,
		    "%s: there are mistakes in it", config);
	if (!config_partner(k->config, partner))
		return partner_kit_unknown(k->config, config, partner, e);
	rc = kit_lists_open(k->config, &k->lists, e);
	if (rc < 0)
		return rc;
	k->kits = kits_new(k->config, &k->lists, e);
	if (k->kits)
		k->settings = kits_get(k->kits, partner, e);
	return k->settings ? 0 : e->code;
}

void
partner_kit_close(struct partner_kit *k)
{
	kits_free(k->kits);
	kit_lists_close(&k->lists);
	config_free(k->config);
}
