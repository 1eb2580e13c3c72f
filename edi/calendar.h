/* SPDX-License-Identifier: ISC */
#ifndef EDI_CALENDAR_H
#define EDI_CALENDAR_H

/*
 * Is it a date or a time of day that exists? Digits only, nothing around. A
 * day that is reckoned with is a number, CCYYMMDD, from 1900 on.
 */

#include "base/digits.h"

bool calendar_date8(struct slice s);   /* CCYYMMDD */
bool calendar_date6(struct slice s);   /* YYMMDD, any century */
bool calendar_time(struct slice s);    /* HHMM[SS[D[D]]] */

/* CCYYMMDD as a number; false, and *day as it was, when it is none. */
bool calendar_day(struct slice s, uint32_t *day);
bool calendar_valid(uint32_t day);
uint32_t calendar_before(uint32_t day);   /* the day before a valid one */

/*
 * CCYYMMDD, packed: true of all days that exist but the 29th of February,
 * which calendar_date8() knows.
 */
static inline bool
calendar_plain_day(uint64_t packed)
{
	static const unsigned char days[100] = { 0, 31, 28, 31, 30, 31, 30,
		31, 31, 30, 31, 30, 31 };
	uint32_t x = packed & 0x0f0f0f0f;

	if (!digits_only(packed, 8))
		return false;
	x = (x >> 8 & 0x00ff00ff) * 10 + (x & 0x00ff00ff);
	return (x & 0xff) - 1 < days[x >> 16];
}

#endif
