/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_GROUP_H
#define EDI_RECORD_GROUP_H

/* Records under their common levels, and a set written of them. */

#include "edi/record/write.h"

struct record_item {
	uint64_t line;
	struct record_parts parts;
	struct record_node *set;           /* that it went to */
	struct slice id;                   /* of its claim, or empty */
	int64_t charge;                    /* cents */
	char date[11];                     /* of service, or "" */
	bool refused;
	struct record_fault fault;
};

struct record_node {
	struct record_node *parent, *first, *last, *next;
	const struct record_part *part;
	const struct record_part *late;    /* who says what comes after */
	struct record_item *item;          /* whose claim it is, or the first */
	struct record_node *same;          /* more records that end here */
	uint64_t hash;
	uint64_t number;                   /* of a set, as the caller counts */
	uint32_t claims, set_claims;
	bool full;
};

struct record_limits {
	uint32_t set_claims;
	uint32_t patient_claims;           /* 0: as the guide says */
};

/* Whose a segment is, by its ordinal in the set less one. */
struct record_owner {
	struct record_node *node;
	const struct record_origin *origin;
};

/*
 * The sets of the items that are not refused, in a list; NULL with *failed:
 * out of memory, else there are none.
 */
struct record_node *record_group(struct arena *a, struct record_item *items,
    uint32_t count, const struct record_limits *limits, bool *failed);

/*
 * ST to SE; owners gets a struct record_owner for each segment. The reference
 * is for a set whose records have none.
 */
void record_group_write(const struct record_node *set, struct writer *w,
    const struct guide *g, const char *control, const char *reference,
    struct buf *owners);

/* Refuse all records at and below a node. */
void record_group_refuse(struct record_node *n,
    const struct record_fault *fault);

#endif
