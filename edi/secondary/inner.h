/* SPDX-License-Identifier: ISC */
#ifndef EDI_SECONDARY_INNER_H
#define EDI_SECONDARY_INNER_H

/* What the parts of edi/secondary/build.h share while one claim is built. */

#include "edi/secondary/build.h"

enum {
	SECONDARY_WHY = 160,
	SECONDARY_REASONS = 30,     /* five CAS of six: no more can be said */
};

struct secondary_reason {
	struct slice group, reason, quantity;
	int64_t amount;
	bool written;
};

/* Adjustments of one level, each reason of a group once. */
struct secondary_reasons {
	struct secondary_reason r[SECONDARY_REASONS];
	unsigned count;
	bool too_many;
};

/* A line of the claim, and what was decided of it. */
struct secondary_line {
	struct record_at at;
	struct record_at decided;         /* its first, of the 835 */
	struct secondary_reasons reasons;
	int64_t charge, paid;
	unsigned bundled;                 /* into this line, 1, 2, ..; or 0 */
	unsigned count;                   /* decisions of it */
};

struct secondary_building {
	struct record_tree *t;
	const struct secondary_decided *d;
	struct record_at root, claim, payer;   /* payer: the one that decided */
	struct slice payer_id, date;
	struct secondary_line *lines;
	unsigned count;
	char *why;                             /* SECONDARY_WHY */
};

static inline struct record_at
secondary_next(struct record_at at)
{
	at.value = at.value->next;
	return at;
}

/* Of an object that has `adjustments`; reasons of no amount are nothing. */
void secondary_take_reasons(struct secondary_reasons *all,
    struct record_at of);
int64_t secondary_sum(const struct secondary_reasons *all, const char *group);
/* As adjustments of an object: a segment takes six reasons of a group. */
void secondary_write_reasons(struct record_tree *t,
    struct secondary_reasons *all, struct record_at to);

/* The claim's lines; false: out of memory. */
bool secondary_gather_lines(struct secondary_building *b);
/* Each decision to its line; NULL, or why it cannot be. */
const char *secondary_match_lines(struct secondary_building *b);
/* What was decided into the lines. */
void secondary_write_lines(struct secondary_building *b, bool liability);

/* Fills b->why and returns it. */
const char *secondary_wrong(struct secondary_building *b, const char *text);
const char *secondary_wrong_line(struct secondary_building *b, unsigned line,
    const char *text);

#endif
