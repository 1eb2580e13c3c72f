/* SPDX-License-Identifier: ISC */
#ifndef EDI_FAKE_H
#define EDI_FAKE_H

/*
 * Values that stand for a patient's: of the same length and the same kinds of
 * characters, so that what was valid stays valid and what was wrong stays
 * wrong, and always the same for the same value under one key.
 *
 * Identifiers are permuted: two of them never become one. Who has the key can
 * undo that; a key from a short seed can be guessed.
 */

#include "base/buf.h"

struct fake {
	uint64_t key[2];
	int32_t days;           /* what dates are shifted by */
};

/* 16 random bytes, or any text, as the key. */
void fake_init(struct fake *f, struct slice seed);

/*
 * An identifier: digits become digits, letters letters, all else stays. One
 * with the check digit of an NPI or a routing number has one again.
 */
void fake_id(const struct fake *f, struct slice s, struct buf *to);

/* Names and other text: words that can be spoken; digits as they come. */
void fake_text(const struct fake *f, struct slice s, struct buf *to);

/*
 * Dates and periods (CCYYMMDD with or without a time, YYMMDD, CCYYMM, CCYY,
 * two of them with a dash) are shifted; what is no date becomes nines.
 */
void fake_date(const struct fake *f, struct slice s, struct buf *to);

#endif
