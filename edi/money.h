/* SPDX-License-Identifier: ISC */
#ifndef EDI_MONEY_H
#define EDI_MONEY_H

/*
 * Money is integer cents, never a float. Text forms are canonical X12 R
 * numbers: no leading or trailing zeros that say nothing, no point without
 * cents: "0", "10.5", "-3.07", "1200". For people and JSON, money_decimal()
 * writes two places always: "10.50".
 */

#include "base/slice.h"

enum { MONEY_TEXT = 24 };

void money_text(int64_t cents, char to[static MONEY_TEXT]);
void money_decimal(int64_t cents, char to[static MONEY_TEXT]);

/*
 * An X12 R number as cents; digits beyond the second place are rounded half
 * away from zero. False when it is empty, no number (exponents are not), or
 * does not fit: absent differs from zero.
 */
bool money_parse(struct slice s, int64_t *cents);

#endif
