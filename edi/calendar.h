/* SPDX-License-Identifier: ISC */
#ifndef EDI_CALENDAR_H
#define EDI_CALENDAR_H

/*
 * Is it a date or a time of day that exists? Digits only, nothing around. A
 * day that is reckoned with is a number, CCYYMMDD, from 1900 on.
 */

#include "base/slice.h"

bool calendar_date8(struct slice s);   /* CCYYMMDD */
bool calendar_date6(struct slice s);   /* YYMMDD, any century */
bool calendar_time(struct slice s);    /* HHMM[SS[D[D]]] */

/* CCYYMMDD as a number; false, and *day as it was, when it is none. */
bool calendar_day(struct slice s, uint32_t *day);
bool calendar_valid(uint32_t day);
uint32_t calendar_before(uint32_t day);   /* the day before a valid one */

#endif
