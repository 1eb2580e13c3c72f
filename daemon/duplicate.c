/* SPDX-License-Identifier: ISC */
#include "daemon/duplicate.h"

#include "base/io.h"

#include <stdlib.h>

static const enum finding_id duplicate_findings[DUPLICATE_KINDS] = {
	[DUPLICATE_CLAIM] = FINDING_DUPLICATE_CLAIM,
	[DUPLICATE_NUMBER] = FINDING_CLAIM_NUMBER_USED,
};

uint8_t
duplicate_severity(const struct config_partner *c, enum duplicate_kind kind)
{
	static const uint8_t by_setting[] = {
		[CONFIG_DUPLICATES_REJECT] = SEVERITY_REJECT,
		[CONFIG_DUPLICATES_WARN] = SEVERITY_WARNING,
		[CONFIG_DUPLICATES_OFF] = SEVERITY_OFF,
	};
	const struct finding_def *def =
	    &finding_defs[duplicate_findings[kind]];
	uint8_t severity = kind == DUPLICATE_CLAIM ?
	    by_setting[c->duplicate_claims] : def->severity;

	if (c->duplicate_claims == CONFIG_DUPLICATES_OFF)
		return SEVERITY_OFF;
	for (unsigned i = 0; i < c->severities.count; i++)
		if (strcmp(c->severities.row[i].name, def->name) == 0)
			severity = c->severities.row[i].severity;
	return severity;
}

int
duplicate_get(int list, uint32_t i, struct duplicate *d, struct err *e)
{
	ssize_t n = io_pread(list, d, sizeof(*d),
	    (off_t)i * (off_t)sizeof(*d), "a list of duplicates", e);

	if (n < 0)
		return (int)n;
	if (n == 0)
		return -ENOENT;
	if (n != sizeof(*d) || d->kind >= DUPLICATE_KINDS ||
	    d->severity > SEVERITY_REJECT ||
	    !memchr(d->detail, '\0', sizeof(d->detail)))
		return err_set(e, -EBADMSG, "a list of duplicates is damaged");
	return 0;
}

struct finding
duplicate_finding(const struct duplicate *d)
{
	struct finding f = { .def = &finding_defs[duplicate_findings[d->kind]],
	    .severity = d->severity, .offset = d->offset,
	    .interchange_ordinal = d->interchange, .segment = d->segment,
	    .claim = d->ordinal, .id = "CLM", .loop = "2300" };

	memcpy(f.detail, d->detail, sizeof(f.detail));
	return f;
}

uint32_t *
duplicate_rejects(int list, uint32_t count, uint32_t *found, struct err *e)
{
	uint32_t *to = calloc((size_t)count + 1, sizeof(*to));
	struct duplicate d;
	int rc = 0;

	*found = 0;
	if (!to) {
		err_set(e, -ENOMEM, "out of memory for duplicates");
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		rc = duplicate_get(list, i, &d, e);
		if (rc == -ENOENT)
			err_set(e, rc = -EBADMSG, "a list of duplicates is "
			    "cut short");
		if (rc < 0)
			break;
		if (d.severity == SEVERITY_REJECT)
			to[(*found)++] = d.claim;
	}
	if (rc == 0)
		return to;
	free(to);
	return NULL;
}
