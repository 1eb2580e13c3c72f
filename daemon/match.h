/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_MATCH_H
#define DAEMON_MATCH_H

/*
 * What an answer belongs to. A TA1 names ISA13; a 999 names GS06 and ST02 (no
 * ISA13); a 277CA echoes BHT03 and CLM01; an 835 has CLM01 alone. Partners
 * pair them wrongly, repeat them and mix them, so matching is many to many and
 * tolerant: an answer to a claim is found by CLM01 even when the rest of it is
 * wrong. What matches nothing is said to match nothing, never guessed.
 *
 * Matching only looks up; whoever asks writes the answers.
 */

#include "daemon/engine_inner.h"

/* What is told of one record, besides the answer itself. */
struct match_found {
	bool found;
	struct store_file outgoing;    /* when found */
	struct store_group group;      /* row 0: not known */
	struct store_set set;          /* row 0: not known */
};

struct match;

/* of: the fetched file. NULL: out of memory. */
struct match *match_new(struct engine *g, const struct store_file *of);
void match_free(struct match *m);

/*
 * The answer that a record is, with what it belongs to. False: the record is
 * no answer (or the store failed: engine_fail() was called).
 */
bool match_record(struct match *m, const struct index_record *r,
    struct store_answer *a, struct match_found *found);

/* A parked answer once more: fills in what it belongs to. */
bool match_again(struct engine *g, struct store_answer *a);

/* A payment that the following claims of an 835 are of, or NULL. */
const struct index_record *match_payment(const struct match *m);

/* The kind of an answer as the control socket and the inbox name it. */
const char *match_kind_text(enum answer_kind k);

#endif
