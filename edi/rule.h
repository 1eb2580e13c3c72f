/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_H
#define EDI_RULE_H

/*
 * Situational and balancing rules (SNIP types 3, 4 and 6) and a payer's own
 * edits (type 7), as data in one small language; docs/rules.md describes it.
 * The built-in rules are edi/rules/; an operator's are files of the same form.
 * A rule file is a list of flat mappings in plain YAML:
 *
 *	- rule: replacement_names_payer_claim
 *	  guide: 837P 837I 837D
 *	  at: 2300
 *	  when: CLM05-3 in 7 8
 *	  need: REF[F8]
 *	  source: RFI 1538
 *	  text: a replacement or void must name the payer's claim number
 *
 * A rule is judged at the end of every instance of the loop it is `at`, from
 * values collected while the set was walked. Memory is bounded: RULE_VALUES
 * values a path; a rule that would need more is not judged, for then the set
 * has broken its guide already.
 *
 * Ownership: struct rules owns all texts; it must outlive its checkers.
 */

#include "edi/walk.h"

enum { RULE_VALUES = 2000, RULE_DEPTH = 24 };

struct rules;

struct rules *rules_new(void);              /* NULL: out of memory */
void rules_free(struct rules *r);

/* Add the built-in rules (edi/rules/); they are right, or our own fault. */
int rules_load_builtin(struct rules *r, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Add a file. -EINVAL: a mistake, said with file and line and what would be
 * right; then nothing of that file is used. Names must be new.
 */
int rules_load(struct rules *r, const char *path, struct err *e)
    __attribute__((warn_unused_result));
int rules_load_text(struct rules *r, struct slice text, const char *what,
    struct err *e) __attribute__((warn_unused_result));

/* One rule as it was written, for `x12 rules`. */
struct rule_info {
	struct finding_def def;      /* name, snip, severity, ack, text */
	const char *guides;          /* "837P 837I", or "" for any */
	const char *at, *when, *need, *forbid, *check, *on;
	const char *source;          /* where the rule comes from */
	uint32_t from, until;        /* dates of the set, CCYYMMDD; 0: open */
	const char *file;
	unsigned line;
	uint64_t judged, fired;      /* by all checkers so far */
};
const struct rule_info *rules_row(const struct rules *r, size_t i);

/* Prove that every path of every rule has a place in each guide it names. */
int rules_check(struct rules *r, struct guides *g, struct err *e)
    __attribute__((warn_unused_result));

struct rule_checker;

/*
 * A listener of a walk, for rules of these SNIP types (bit n: type n). today:
 * CCYYMMDD, for rules about the future; 0: the set's own date stands for it.
 * NULL: out of memory.
 */
struct rule_checker *rule_checker_new(struct walk *w, struct rules *r,
    unsigned snips, uint32_t today);
void rule_checker_free(struct rule_checker *k);

/*
 * 0, or why the rules could not be judged (no memory, or more of them than fit
 * one guide): then silence is no acceptance.
 */
int rule_checker_error(const struct rule_checker *k, struct err *e)
    __attribute__((warn_unused_result));

#endif
