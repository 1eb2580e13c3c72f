/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_REPORT_ANSWER_H
#define DAEMON_REPORT_ANSWER_H

/*
 * Answers in words, and as the JSON lines that stand beside the X12 in an
 * inbox. One table says what each status code of a TA1, 999, 277CA and 835
 * means for a claim.
 */

#include "daemon/match.h"

/* "accepted", "rejected", "paid", ..; "answered" for a code nobody knows. */
const char *answer_word(enum answer_kind kind, const char *status);

/* Does the answer say that what it speaks of goes no further? */
bool answer_rejects(enum answer_kind kind, const char *status);

/*
 * Where a claim stands, told as its answers are fed in order of their coming:
 * the last of those that say most decides (an 835 says more than a 277CA, that
 * more than a 999, that more than a TA1), before any the state of its file.
 */
struct claim_standing {
	enum answer_kind kind;       /* 0: no answer yet */
	char status[12];
	int64_t amount, paid;
};
void standing_add(struct claim_standing *s, const struct store_answer *a);
/* "sent", "interchange accepted", "set rejected", "claim accepted", "paid" */
const char *standing_text(const struct claim_standing *s,
    enum file_state file);

/* One line of an inbox's .jsonl; payment: of an 835, or NULL. */
void report_answer(struct buf *out, const struct store_file *of,
    const struct index_record *r, const struct store_answer *a,
    const struct match_found *found, const struct index_record *payment);

#endif
