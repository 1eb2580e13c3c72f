/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_CODES_H
#define EDI_VALIDATE_CODES_H

/*
 * SNIP type 5: the values that come from external code sets, as the guide
 * names them element by element. A listener of a walk. A code is judged for
 * the day that it speaks of: a service line's for the line's date, a claim's
 * for its statement or service date, anything else for the day of the set; and
 * for the patient's sex and age where the list knows them. Codes of a claim are
 * therefore held until its lines are known, at most CODES_PENDING of them; what
 * is beyond is judged without a day.
 */

#include "edi/codes.h"
#include "edi/walk.h"

enum { CODES_PENDING = 2048 };

struct code_checker;

/* NULL: out of memory. The codes and the walk must outlive the checker. */
struct code_checker *code_checker_new(struct walk *w, const struct codes *c);
void code_checker_free(struct code_checker *k);

/* True when some codes were not checked for want of memory. */
bool code_checker_failed(const struct code_checker *k);

#endif
