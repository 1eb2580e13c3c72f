/* SPDX-License-Identifier: ISC */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

/*
 * Wall-clock time of a place: what instant is 17:00 in New York? The rules are
 * those of the system's time zone database (tzfile(5)), read once. The C
 * library knows one zone a process, in a global; this knows as many as one
 * opens, and none of them is global.
 *
 * An instant is milliseconds since 1970 UTC. A zone is owned by whoever opened
 * it, and never changes.
 */

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct zone;

/*
 * A name such as "America/New_York"; "UTC" needs no database. NULL with *e
 * filled: -ENOENT: there is no such zone, -EBADMSG: its file is damaged.
 */
struct zone *zone_open(const char *name, struct err *e);
void zone_free(struct zone *z);

/* May it be a name: relative, plain words, no `..`? */
bool zone_name(const char *name);

struct zone_time {
	int32_t day;            /* since 1970-01-01 */
	int32_t second;         /* of the day, 0 .. 86399 */
	uint8_t weekday;        /* 0: Sunday */
};

/* What the clocks there show at an instant. */
struct zone_time zone_local(const struct zone *z, int64_t instant);

/*
 * The instant at which the clocks there first show that time of that day. One
 * that they skip (in spring) is the instant at which they skip it; one that
 * they show twice (in autumn) is the first of the two.
 */
int64_t zone_instant(const struct zone *z, int32_t day, int32_t second);

#endif
