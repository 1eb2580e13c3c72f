/* SPDX-License-Identifier: ISC */
#include "daemon/batch.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BATCH_DAYS = 9 };            /* a week, and a cut-off of a day */
#define BATCH_AGE INT64_C(300000)   /* where no rule would come to an end */

bool
batch_group(const struct waiting *files, size_t count, const char *type,
    struct batch_group *to)
{
	*to = (struct batch_group){ .type = NULL };
	for (size_t i = 0; i < count; i++)
		if ((!type || strcmp(files[i].type, type) > 0) &&
		    (!to->type || strcmp(files[i].type, to->type) < 0))
			to->type = files[i].type;
	for (size_t i = 0; to->type && i < count; i++) {
		const struct waiting *f = &files[i];

		if (strcmp(f->type, to->type) != 0)
			continue;
		if (to->files++ == 0 || f->created < to->oldest)
			to->oldest = f->created;
		to->claims += f->claims;
		to->bytes += f->size;
		to->charge += f->charge;
	}
	return to->type != NULL;
}

/* ---- times of the day --------------------------------------------------- */

static bool
batch_day(const struct config_batch *rule, int32_t day)
{
	static const char days[7][4] = { "thu", "fri", "sat", "sun", "mon",
	    "tue", "wed" };             /* from 1970-01-01 on */

	for (unsigned i = 0; i < rule->day_count; i++)
		if (strcmp(rule->days[i], days[((day % 7) + 7) % 7]) == 0)
			return true;
	return rule->day_count == 0;
}

static int64_t
batch_at(const struct config_batch *rule, const struct zone *zone,
    int32_t day, unsigned i)
{
	const char *t = rule->at[i];

	return zone_instant(zone, day, ((t[0] - '0') * 10 + t[1] - '0') *
	    3600 + ((t[3] - '0') * 10 + t[4] - '0') * 60);
}

int64_t
batch_last_at(const struct config_batch *rule, const struct zone *zone,
    int64_t now)
{
	int32_t today = zone_local(zone, now).day;
	int64_t last = -1;

	for (int32_t d = today + 1; d > today - BATCH_DAYS && last < 0; d--)
		for (unsigned i = 0; i < rule->at_count; i++) {
			int64_t t = batch_day(rule, d) ?
			    batch_at(rule, zone, d, i) : now + 1;

			if (t <= now && t > last)
				last = t;
		}
	return last;
}

int64_t
batch_next_at(const struct config_batch *rule, const struct zone *zone,
    int64_t now, int64_t oldest)
{
	int32_t today = zone_local(zone, now).day;
	int64_t next = ENGINE_NEVER;

	for (int32_t d = today - 1; d < today + BATCH_DAYS &&
	    next == ENGINE_NEVER; d++)
		for (unsigned i = 0; i < rule->at_count; i++) {
			int64_t t = batch_day(rule, d) ?
			    batch_at(rule, zone, d, i) : now;

			if (t > now && t - rule->cutoff >= oldest && t < next)
				next = t;
		}
	return next;
}

/* ---- the rules, the strongest first ------------------------------------- */

struct ruling {
	const struct config_batch *rule;
	const struct zone *zone;
	const struct waiting *files;
	size_t count;
	const struct batch_group *group;
	int64_t now;
};

static void
ruling_due(const struct ruling *x, struct batch_release *to, int64_t before)
{
	to->due = true;
	to->when = x->now;
	to->before = before;
}

static void
rule_by_hand(const struct ruling *x, struct batch_release *to)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->files[i].released > 0 &&
		    strcmp(x->files[i].type, x->group->type) == 0) {
			ruling_due(x, to, 0);
			to->by_hand = true;
			snprintf(to->why, sizeof(to->why),
			    "released by hand");
			return;
		}
}

static void
rule_claims(const struct ruling *x, struct batch_release *to)
{
	if (!x->rule->claims || x->group->claims < x->rule->claims)
		return;
	ruling_due(x, to, INT64_MAX);
	snprintf(to->why, sizeof(to->why), "%" PRIu32 " claims wait",
	    x->rule->claims);
}

static void
rule_bytes(const struct ruling *x, struct batch_release *to)
{
	if (!x->rule->bytes || x->group->bytes < x->rule->bytes)
		return;
	ruling_due(x, to, INT64_MAX);
	snprintf(to->why, sizeof(to->why), "%" PRIu64 " bytes wait",
	    x->rule->bytes);
}

static void
rule_age(const struct ruling *x, struct batch_release *to)
{
	int64_t age = x->rule->age;

	if (!age && !x->rule->at_count && !x->rule->by_hand)
		age = BATCH_AGE;
	if (!age || x->group->oldest + age >= to->when)
		return;
	to->when = x->group->oldest + age;
	if (to->when <= x->now)
		ruling_due(x, to, INT64_MAX);
	snprintf(to->why, sizeof(to->why), "the oldest has waited %" PRId64
	    " s", age / 1000);
}

static void
rule_at(const struct ruling *x, struct batch_release *to)
{
	const struct config_batch *r = x->rule;
	struct zone_time t;
	int64_t last, next;

	if (r->at_count == 0 || !x->zone)
		return;
	last = batch_last_at(r, x->zone, x->now);
	next = batch_next_at(r, x->zone, x->now, x->group->oldest);
	if (last >= 0 && x->group->oldest <= last - r->cutoff) {
		next = last;
		ruling_due(x, to, last - r->cutoff);
	} else if (next < to->when)
		to->when = next;
	else
		return;
	t = zone_local(x->zone, next);
	snprintf(to->why, sizeof(to->why), "it is %02d:%02d in %s",
	    t.second / 3600, t.second / 60 % 60, r->zone);
}

void
batch_rule(const struct config_batch *rule, const struct zone *zone,
    const struct waiting *files, size_t count, const struct batch_group *g,
    int64_t now, struct batch_release *to)
{
	static void (*const rules[])(const struct ruling *x,
	    struct batch_release *to) = { rule_by_hand, rule_claims,
	    rule_bytes, rule_age, rule_at };
	const struct ruling x = { rule, zone, files, count, g, now };

	*to = (struct batch_release){ .when = ENGINE_NEVER,
	    .why = "somebody releases it" };
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!to->due)
			rules[i](&x, to);
}

bool
batch_has(const struct waiting *f, const struct batch_group *g,
    const struct batch_release *r)
{
	return strcmp(f->type, g->type) == 0 &&
	    (r->by_hand ? f->released > 0 : f->created <= r->before);
}
