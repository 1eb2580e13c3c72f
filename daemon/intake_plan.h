/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_INTAKE_PLAN_H
#define DAEMON_INTAKE_PLAN_H

/*
 * What is to become of a dropped file: read from the manifest of its
 * inspection, kept while its interchanges are put into their envelopes, one
 * after the other, and recorded all at once when the last one is there. It
 * belongs to the job and dies with it: a restart makes it again.
 */

#include "daemon/duplicate.h"
#include "daemon/engine_inner.h"

enum { PLAN_INTERCHANGES = 1000, PLAN_FINDINGS = 5 };

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

/* Claims of it that went before: see daemon/duplicate.h. */
struct plan_duplicates {
	int list;                  /* -1: none was looked for */
	uint32_t count, rejects, warnings;
};

struct duplicates;

/* The claims that were taken out of the file: a file of its own. */
struct plan_bad {
	int bytes, manifest;       /* -1: there are none */
	struct manifest_end end;
	uint32_t of;               /* claims of the dropped file */
	uint32_t before;           /* of these, went before */
	struct store_file file;    /* as it will be recorded */
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
	struct plan_bad bad;       /* once claims were taken out */
	struct plan_duplicates dups;
	struct duplicates *seeking;        /* while they are looked for */
};

/* From the manifest of a job. NULL: *e filled. */
struct plan *plan_read(const struct job *j,
    const struct config_partner *partner, struct err *e);
void plan_free(void *plan);
/* What a TA1 says of what the partner's settings have against it, or NULL. */
const char *plan_ta105(const struct plan *p);

struct verdict {
	enum file_state to;
	char outcome[STORE_REASON];     /* loggable */
	char advice[600];
};

/*
 * Look for claims that went before, then decide. The job is the guard's in
 * between, also while it waits for another file of its partner.
 */
void duplicates_begin(struct engine *g, struct job *j);
void duplicates_free(struct duplicates *d);
void intake_decide(struct engine *g, struct job *j);
/* It could not be inspected: later, or never. */
void intake_not_processed(struct engine *g, struct job *j, int rc,
    const struct err *e);

/* Put it aside with its report. */
void intake_put_aside(struct engine *g, struct job *j,
    const struct verdict *v);
void verdict_findings(const struct plan *plan, struct verdict *v);
void verdict_sent_before(const struct plan *plan, struct verdict *v);
void verdict_duplicate(const struct store_file *before, struct verdict *v);
/* The same bytes to the same partner, taken and not cancelled since. */
bool intake_seen_before(struct engine *g, const struct store_file *f,
    struct store_file *before);

/* Put it aside with a report: it cannot go on. outcome is loggable. */
void intake_reject(struct engine *g, struct job *j, const char *outcome,
    const char *advice);

/* The same for what the inspection found: nothing of the file goes. */
void intake_reject_findings(struct engine *g, struct job *j);
/* It is in order, or what is left of it: CHECKED, then numbers. */
void intake_go_on(struct engine *g, struct job *j);

/* ---- intake_split.c ----------------------------------------------------- */

/*
 * Have the claims that its findings condemn taken out. The job goes on with
 * the rest as if that had been dropped; or, when they cannot be taken out
 * safely, the whole file is put aside.
 */
void intake_split(struct engine *g, struct job *j);
/* Put what was taken out aside, durably; it may be done again. */
int intake_split_aside(struct engine *g, struct job *j, struct err *e)
    __attribute__((warn_unused_result));
/* Its rows, in the transaction that records the rest. False: it failed. */
bool intake_split_record(struct engine *g, struct job *j);

/*
 * Rows for the claims of a file that has no control numbers: they are found
 * by CLM01, and match no answer. False: the round failed.
 */
bool intake_rows(struct engine *g, const struct store_file *f, int manifest,
    uint32_t sets);
/* Keep what a descriptor holds, under an id that is always the same. */
int plan_keep(struct engine *g, const struct store_id *parent,
    uint32_t ordinal, int from, struct store_id *id, struct err *e)
    __attribute__((warn_unused_result));

/* ---- intake_records.c --------------------------------------------------- */

/* A dropped file of records: what is good of it will wait. */
void intake_records(struct engine *g, struct peer *p,
    const struct store_file *f);
/* It was looked for claims that went before. */
void records_decide(struct engine *g, struct job *j);
/* Identities, usage, date and defaults for records of a partner. */
void records_request(const struct config_partner *c, int64_t when,
    struct work_request *m);

/* ---- intake_envelope.c -------------------------------------------------- */

/* Numbers, envelopes, rows. The job is in hand and goes on with the plan. */
void intake_reserve(struct engine *g, struct job *j);

/* Whom ISA13, and GS06 and ST02, must be unique for. */
void plan_scopes(const struct config_partner *c,
    char isa[static STORE_SCOPE], char gs[static STORE_SCOPE]);
/* The id of a part of a file: always the same one. */
struct store_id plan_child(const struct store_id *parent, uint32_t ordinal,
    uint8_t variant);
/* 0 when both hold the same bytes, -EEXIST when not. */
int plan_compare(int a, int b, struct err *e)
    __attribute__((warn_unused_result));

#endif
