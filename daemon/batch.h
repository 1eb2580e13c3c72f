/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_BATCH_H
#define DAEMON_BATCH_H

/*
 * Records wait, and leave in batches. A batch is a file as if it had been
 * dropped: its bytes are made of waiting files by a worker, and the row that
 * says so is added in the transaction that says of each of those that it is
 * batched. Before it nothing has happened; after it everything goes the way of
 * any file. Which files are in a batch, and when, is batch_rule.c; making it
 * is batch.c; what x12ctl sees of it is batch_control.c.
 *
 * A batch is of one partner and one kind (837P, 837I, ..).
 */

#include "daemon/engine_inner.h"

#include "base/zone.h"

/* A waiting file, as far as a rule asks. In the order of their ids. */
struct waiting {
	struct store_id id;
	char type[8];
	uint32_t claims;
	uint64_t size;
	int64_t charge, created;
	int64_t released;          /* by a person, then; 0: not */
};

/* Those of one kind. */
struct batch_group {
	const char *type;
	size_t files;
	uint64_t claims, bytes;
	int64_t charge, oldest;
};

struct batch_release {
	bool due;
	int64_t when;              /* due: now; else ENGINE_NEVER: by hand */
	char why[80];              /* "it is 16:30 in America/New_York" */
	int64_t before;            /* of the files created until then */
	bool by_hand;              /* .. or of those that were released */
};

/* ---- batch_rule.c ------------------------------------------------------- */

/* Of the first group whose type comes after `type` (NULL: the first of all). */
bool batch_group(const struct waiting *files, size_t count, const char *type,
    struct batch_group *to);

/* zone: of rule->zone, NULL: UTC. */
void batch_rule(const struct config_batch *rule, const struct zone *zone,
    const struct waiting *files, size_t count, const struct batch_group *g,
    int64_t now, struct batch_release *to);

/* Is a file of the group in the batch that is due? */
bool batch_has(const struct waiting *f, const struct batch_group *g,
    const struct batch_release *r);

/*
 * The last time of `at` that is not after now (-1: there is none), and the
 * next one after it whose cut-off is not before `oldest`.
 */
int64_t batch_last_at(const struct config_batch *rule,
    const struct zone *zone, int64_t now);
int64_t batch_next_at(const struct config_batch *rule,
    const struct zone *zone, int64_t now, int64_t oldest);

/* ---- batch.c ------------------------------------------------------------ */

/* What waits is read from the store when it is stale. False: it failed. */
bool batch_load(struct engine *g, struct peer *p);
/* The zone of its rule. */
const struct zone *batch_zone(struct engine *g, struct peer *p);

#endif
