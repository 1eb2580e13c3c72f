/* SPDX-License-Identifier: ISC */
#ifndef EDI_MONEY_H
#define EDI_MONEY_H

/*
 * Money is integer cents, never a float. Text forms are canonical X12 R
 * numbers: no leading or trailing zeros that say nothing, no point without
 * cents: "0", "10.5", "-3.07", "1200". For people and JSON, money_decimal()
 * writes two places always: "10.50".
 */

#include "base/digits.h"

enum { MONEY_TEXT = 24 };

void money_text(int64_t cents, char to[static MONEY_TEXT]);
void money_decimal(int64_t cents, char to[static MONEY_TEXT]);

/*
 * An X12 R number as cents; digits beyond the second place are rounded half
 * away from zero. False when it is empty, no number (exponents are not), or
 * does not fit: absent differs from zero.
 */
bool money_parse(struct slice s, int64_t *cents);

/*
 * Nearly all: no sign, two decimals at most. Packed, and each character less
 * '0', so that those that are missing are zeros in front.
 */
static inline bool
money_digits(uint64_t x, int64_t *cents)
{
	const uint64_t point = '.' ^ '0';
	unsigned scale = 100;

	if ((x >> 16 & 0xff) == point) {
		x = x >> 24 << 16 | (x & 0xffff);
		scale = 1;
	} else if ((x >> 8 & 0xff) == point) {
		x = x >> 16 << 8 | (x & 0xff);
		scale = 10;
	}
	*cents = (int64_t)digits_value(x) * scale;
	return (((x + 0x7676767676767676) | x) & 0x8080808080808080) == 0;
}

/*
 * money_parse() of such a value in a segment (SEGMENT_SLACK). False: longer
 * than eight characters, another number, or none; *cents may be overwritten.
 */
static inline bool
money_parse_short(struct slice s, int64_t *cents)
{
	uint64_t x;

	if (s.n - 1 >= 8)
		return false;
	memcpy(&x, s.p, sizeof(x));
	x = be64toh(x) ^ 0x3030303030303030;
	return money_digits(x >> 8 * (8 - s.n), cents);
}

#endif
