/* SPDX-License-Identifier: ISC */
#include "daemon/intake_plan.h"

#include "daemon/inspect.h"
#include "edi/transaction.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- what a partner's settings have against it -------------------------- */

static void
plan_say(struct plan *p, enum finding_id id, uint32_t interchange,
    uint64_t control)
{
	struct finding f = { .def = &finding_defs[id],
	    .severity = SEVERITY_REJECT, .interchange = control,
	    .interchange_ordinal = interchange };
	uint32_t bit = (uint32_t)1 << (id - FINDING_PARTNER_USAGE);

	if ((p->own_seen & bit) || p->own_count == PLAN_FINDINGS)
		return;
	p->own_seen |= bit;
	inspect_finding(&f, &p->own[p->own_count++]);
}

const char *
plan_ta105(const struct plan *p)
{
	unsigned id = FINDING_PARTNER_USAGE;

	for (uint32_t seen = p->own_seen; seen != 0; seen >>= 1, id++)
		if ((seen & 1) && finding_defs[id].ack.ta105[0])
			return finding_defs[id].ack.ta105;
	return NULL;
}

static void
plan_on_interchange(void *ctx, const struct scan_interchange *i)
{
	struct plan *p = ctx;

	if (p->count == PLAN_INTERCHANGES) {
		plan_say(p, FINDING_PARTNER_SPLIT, i->ordinal, i->control);
		return;
	}
	if (p->count == p->cap) {
		uint32_t cap = p->cap ? p->cap * 2 : 4;
		void *at = reallocarray(p->at, cap, sizeof(*p->at));

		if (!at) {
			p->no_memory = true;
			return;
		}
		p->at = at;
		p->cap = cap;
	}
	p->at[p->count++] = (struct plan_interchange){ .offset = i->offset,
	    .length = i->length, .groups = i->groups, .sets = i->sets };
	p->groups += i->groups;
	p->sets += i->sets;
	/* A test file never goes to a production connection, nor back. */
	if (i->usage != p->partner->usage)
		plan_say(p, FINDING_PARTNER_USAGE, i->ordinal, i->control);
	if (i->sets == 0)
		plan_say(p, FINDING_PARTNER_NOTHING, i->ordinal, i->control);
}

static void
plan_on_group(void *ctx, const struct manifest_group *m)
{
	/* Claims, status requests, eligibility requests (837, 276, 270). */
	static const char outbound[][3] = { "HC", "HR", "HS" };
	struct plan *p = ctx;

	for (size_t i = 0; i < sizeof(outbound) / sizeof(outbound[0]); i++)
		if (strcmp(m->group.functional_id, outbound[i]) == 0)
			return;
	plan_say(p, FINDING_PARTNER_TRANSACTION, m->interchange, 0);
}

static void
plan_on_record(void *ctx, const struct index_record *r)
{
	struct plan *p = ctx;

	if (r->kind != INDEX_SET)
		return;
	if (!p->type[0])
		transaction_type(slice_str(r->set_id), slice_str(r->version),
		    p->type);
	if (p->partner->submitter && strcmp(r->set_id, "837") == 0 &&
	    strcmp(r->payer_claim, p->partner->submitter) != 0)
		plan_say(p, FINDING_PARTNER_SUBMITTER, r->interchange, 0);
}

/* ---- the plan ----------------------------------------------------------- */

struct plan *
plan_read(const struct job *j, const struct config_partner *partner,
    struct err *e)
{
	struct plan *p = calloc(1, sizeof(*p));
	struct manifest_sink sink = { .on_interchange = plan_on_interchange,
	    .on_group = plan_on_group, .on_record = plan_on_record,
	    .ctx = p };

	if (!p) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	p->partner = partner;
	p->kept = p->bad.bytes = p->bad.manifest = p->dups.list = -1;
	if (job_manifest(j, &sink, &p->end, e) < 0) {
		plan_free(p);
		return NULL;
	}
	if (p->no_memory) {
		err_set(e, -ENOMEM, "out of memory");
		plan_free(p);
		return NULL;
	}
	return p;
}

void
plan_free(void *plan)
{
	struct plan *p = plan;

	int fds[] = { p->kept, p->bad.bytes, p->bad.manifest, p->dups.list };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	duplicates_free(p->seeking);
	free(p->at);
	free(p);
}
