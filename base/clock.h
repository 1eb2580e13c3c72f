/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Time. Wall time is milliseconds since 1970 UTC and may jump: it is recorded,
 * never waited for. Monotonic time is milliseconds since some start: it is
 * waited for, never recorded. Parts that decide by time are handed `now`; only
 * main loops call these two functions, so tests need not sleep.
 */

#include <stddef.h>
#include <stdint.h>

int64_t clock_wall(void);
int64_t clock_monotonic(void);

enum { CLOCK_TEXT = 25 };

/* 2026-11-21T18:47:05.123Z */
void clock_format(int64_t wall, char to[static CLOCK_TEXT]);

/*
 * UTC date as CCYYMMDD and time as HHMMSS, each NUL-ended: the forms of GS04
 * and GS05; ISA09 is the date from its third digit, ISA10 four of the time.
 */
void clock_x12(int64_t wall, char date[static 9], char time[static 7]);

#endif
