/* SPDX-License-Identifier: ISC */
#ifndef EDI_CALENDAR_H
#define EDI_CALENDAR_H

/* Is it a date or a time of day that exists? Digits only, nothing around. */

#include "base/slice.h"

bool calendar_date8(struct slice s);   /* CCYYMMDD */
bool calendar_date6(struct slice s);   /* YYMMDD, any century */
bool calendar_time(struct slice s);    /* HHMM[SS[D[D]]] */

#endif
