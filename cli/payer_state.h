/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_STATE_H
#define CLI_PAYER_STATE_H

/*
 * What the simulated payer must not forget: its control numbers, the
 * interchanges it has answered, the files it is done with, what became of each
 * claim. An append-only
 * journal in the state directory, fsynced before anything is answered; a line
 * that was cut by a crash counts for nothing. One payer at a time: the journal
 * is locked.
 *
 * The journal holds keys (hashes) and numbers, no names and nothing of a
 * patient.
 */

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum payer_number { PAYER_ISA13, PAYER_GS06, PAYER_CLAIM, PAYER_NUMBERS };

/* What became of a claim, for who asks (276). */
struct payer_outcome {
	uint64_t claim;          /* payer_key() of its CLM01 */
	char verdict;            /* A accepted, R refused, P paid, D denied */
	int64_t charge, paid;    /* cents */
	uint64_t number;         /* which one since the state began */
	uint64_t isa_control;    /* of its 835 */
	unsigned payment;        /* which one there */
	char date[9];
};

/* Counted since the state began, for "every nth". */
struct payer_counts {
	uint64_t interchanges, sets, claims;
};

struct payer_state;

/* -EBUSY: another payer has it. */
int payer_state_open(struct payer_state **s, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
void payer_state_close(struct payer_state *s);

/* A number that was never given before: gaps are legal, repeats are not. */
int payer_state_number(struct payer_state *s, enum payer_number which,
    uint64_t *to, struct err *e) __attribute__((warn_unused_result));

bool payer_state_is_done(const struct payer_state *s, uint64_t file);
bool payer_state_is_seen(const struct payer_state *s, uint64_t interchange);
struct payer_counts payer_state_counts(const struct payer_state *s);

/* What became of it last; false: it is not known. */
bool payer_state_claim(const struct payer_state *s, uint64_t claim,
    struct payer_outcome *to);

struct payer_done {
	uint64_t file;
	const uint64_t *interchanges;
	unsigned count;
	const struct payer_outcome *outcomes;
	size_t outcome_count;
	struct payer_counts counts;      /* after the file */
};

/*
 * The file is answered: remember it, its interchanges and claims, and the
 * counts, durably. Its answers must be durable before.
 */
int payer_state_record(struct payer_state *s, const struct payer_done *done,
    struct err *e) __attribute__((warn_unused_result));

/* A key: FNV-1a, to be begun with PAYER_KEY and continued. */
#define PAYER_KEY UINT64_C(14695981039346656037)
uint64_t payer_key(uint64_t key, const void *p, unsigned n);

#endif
