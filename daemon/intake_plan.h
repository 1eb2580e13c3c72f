/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_INTAKE_PLAN_H
#define DAEMON_INTAKE_PLAN_H

/*
 * What is to become of a dropped file: read from the manifest of its
 * inspection, kept while its interchanges are put into their envelopes, one
 * after the other, and recorded all at once when the last one is there. It
 * belongs to the job and dies with it: a restart makes it again.
 */

#include "daemon/engine_inner.h"

enum { PLAN_INTERCHANGES = 1000, PLAN_FINDINGS = 4 };

struct plan_interchange {
	uint64_t offset, length;   /* in the dropped file */
	uint32_t groups, sets;
	/* once it is enveloped: */
	struct store_id id;
	uint8_t variant;           /* of its id */
	bool kept_before;          /* its bytes are there since a crash */
	off_t manifest;            /* where its manifest stands in plan->kept */
	off_t manifest_length;
	struct manifest_end end;
};

struct plan {
	const struct config_partner *partner;  /* while it is read */
	const struct config *config;           /* its numbers are for */
	struct manifest_end end;
	struct plan_interchange *at;
	uint32_t count, cap, next;
	uint32_t groups, sets;
	char type[8];
	struct manifest_finding own[PLAN_FINDINGS];
	unsigned own_count;
	uint32_t own_seen;         /* one bit a kind: each is said once */
	bool no_memory;
	uint64_t isa_first, gs_first, st_first, bht_first;
	char date[9], time[7];     /* of the new envelopes */
	int kept;                  /* the manifests of the envelopes, or -1 */
};

/* From the manifest of a job. NULL: *e filled. */
struct plan *plan_read(const struct job *j,
    const struct config_partner *partner, struct err *e);
void plan_free(void *plan);

/* Put it aside with a report: it cannot go on. outcome is loggable. */
void intake_reject(struct engine *g, struct job *j, const char *outcome,
    const char *advice);

/* ---- intake_envelope.c -------------------------------------------------- */

/* Numbers, envelopes, rows. The job is in hand and goes on with the plan. */
void intake_reserve(struct engine *g, struct job *j);

#endif
