/* SPDX-License-Identifier: ISC */
#include "edi/secondary/inner.h"

#include <stdio.h>
#include <strings.h>

enum { DECISIONS = 2000 };     /* of lines: twice what a claim may have */

const char *
secondary_wrong(struct secondary_building *b, const char *text)
{
	snprintf(b->why, SECONDARY_WHY, "%s", text);
	return b->why;
}

const char *
secondary_wrong_line(struct secondary_building *b, unsigned line,
    const char *text)
{
	snprintf(b->why, SECONDARY_WHY, "service line %u %s", line, text);
	return b->why;
}

bool
secondary_gather_lines(struct secondary_building *b)
{
	struct record_at first = record_get(b->claim, "lines");
	unsigned n = 0;

	for (struct record_at at = first; at.value; at = secondary_next(at))
		n++;
	b->lines = arena_array(b->t->arena, n + 1, sizeof(*b->lines));
	if (!b->lines)
		return false;
	for (struct record_at at = first; at.value; at = secondary_next(at)) {
		struct secondary_line *l = &b->lines[b->count++];

		l->at = at;
		record_get_money(at, "charge", &l->charge);
	}
	return true;
}

/* ---- which line was decided --------------------------------------------- */

static bool
same(struct record_at a, const char *name, struct record_at b,
    const char *other)
{
	struct slice x = record_get_text(a, name);
	struct slice y = record_get_text(b, other);

	return x.n > 0 && x.n == y.n && strncasecmp(x.p, y.p, x.n) == 0;
}

/* The day, or the first of several. */
static struct slice
day(struct record_at at, const char *name)
{
	struct slice s = record_get_text(at, name);

	return slice(s.p, s.n < 10 ? s.n : 10);
}

/* How well a line of the claim is the one that was decided; 0: it is not. */
static unsigned
likeness(const struct secondary_line *l, struct record_at decided)
{
	struct record_at procedure = record_get(decided,
	    "submitted_procedure");
	struct slice when = day(decided, "service.date");
	int64_t charge;
	unsigned n = 1;

	if (!procedure.value)
		procedure = record_get(decided, "procedure");
	if (!record_get_money(decided, "charge", &charge) ||
	    charge != l->charge || l->count > 0)
		return 0;
	if (!same(procedure, "code", l->at, "procedure.code") &&
	    !same(procedure, "code", l->at, "revenue_code"))
		return 0;
	if (when.n == 0)
		when = day(decided, "service.from");
	n += 4 * slice_eq(when, day(l->at, "service_date"));
	n += 2 * same(procedure, "modifiers", l->at, "procedure.modifiers");
	return n + same(decided, "revenue_code", l->at, "revenue_code");
}

/* By the number that the biller gave it, else the most like one. */
static struct secondary_line *
find_line(struct secondary_building *b, struct record_at decided)
{
	struct secondary_line *found = NULL;
	unsigned most = 0;

	for (unsigned i = 0; i < b->count; i++)
		if (same(decided, "line_control_number", b->lines[i].at,
		    "line_control_number"))
			return &b->lines[i];
	for (unsigned i = 0; i < b->count; i++) {
		unsigned n = likeness(&b->lines[i], decided);

		if (n > most) {
			found = &b->lines[i];
			most = n;
		}
	}
	return found;
}

static const char *
take_decision(struct secondary_building *b, struct record_at decided,
    unsigned n)
{
	struct secondary_line *l = find_line(b, decided);
	int64_t paid = 0;

	if (!l)
		return secondary_wrong_line(b, n, "of the decision is none of "
		    "the claim's: its number, procedure or charge differs");
	record_get_money(decided, "paid", &paid);
	if (l->count++ == 0)
		l->decided = decided;
	l->paid += paid;
	secondary_take_reasons(&l->reasons, decided);
	return l->reasons.too_many ? secondary_wrong_line(b, n, "of the "
	    "decision has more adjustments than a claim can say") : NULL;
}

/*
 * Bundled: decided under another procedure than it had, not paid, and another
 * line stands for that procedure.
 */
static void
find_bundle(const struct secondary_building *b, struct secondary_line *l)
{
	if (l->paid != 0 || !record_get(l->decided,
	    "submitted_procedure").value)
		return;
	for (unsigned i = 0; i < b->count && l->bundled == 0; i++) {
		const struct secondary_line *into = &b->lines[i];

		if (into != l && into->count > 0 && into->paid != 0 &&
		    same(l->decided, "procedure.code", into->decided,
		    "procedure.code"))
			l->bundled = i + 1;
	}
}

const char *
secondary_match_lines(struct secondary_building *b)
{
	struct record_at at = record_get(b->d->claim, "lines");
	const char *why = NULL;

	for (unsigned n = 1; at.value && !why; at = secondary_next(at), n++)
		why = n > DECISIONS ? secondary_wrong_line(b, n, "of the "
		    "decision is more than a claim can have") :
		    take_decision(b, at, n);
	for (unsigned i = 0; i < b->count && !why; i++) {
		if (b->lines[i].count == 0)
			why = secondary_wrong_line(b, i + 1, "of the claim "
			    "was not decided, but others were");
		else
			find_bundle(b, &b->lines[i]);
	}
	return why;
}

/* ---- into the lines ----------------------------------------------------- */

/*
 * The procedure as it was decided; of a line that was taken apart, and where a
 * revenue code or a drug was decided, as it was asked for.
 */
static void
write_procedure(struct secondary_building *b, const struct secondary_line *l,
    struct record_at to)
{
	struct record_at decided = record_get(l->decided, "procedure");
	struct record_at from = record_get(l->at, "procedure");
	struct slice type = record_get_text(decided, "type");
	struct slice revenue = record_get_text(l->decided, "revenue_code");
	bool procedure = !slice_is(type, "NU") && !slice_is(type, "N4");

	if (slice_is(type, "NU"))
		revenue = record_get_text(decided, "code");
	if (procedure && l->count == 1)
		from = decided;
	if (from.value) {
		struct record_at at = record_open(b->t, to, "procedure");

		record_copy(b->t, from, at);
		if (!record_get(at, "type").value)
			record_put(b->t, at, "type", procedure ? type :
			    SLICE_LIT("HC"));
	}
	record_put(b->t, to, "revenue_code", revenue.n > 0 ? revenue :
	    record_get_text(l->at, "revenue_code"));
}

static void
write_line(struct secondary_building *b, struct secondary_line *l,
    bool liability)
{
	struct record_at to = record_open(b->t, l->at, "adjudications");
	struct slice units = record_get_text(l->decided, "units_paid");
	char number[12];

	record_put(b->t, to, "payer", b->payer_id);
	record_put_money(b->t, to, "paid", l->paid);
	write_procedure(b, l, to);
	record_put(b->t, to, "units_paid", units.n > 0 ? units :
	    SLICE_LIT("1"));
	snprintf(number, sizeof(number), "%u", l->bundled);
	if (l->bundled)
		record_put(b->t, to, "bundled_line", slice_str(number));
	if (liability)
		record_put_money(b->t, to, "remaining_patient_liability",
		    secondary_sum(&l->reasons, "PR"));
	secondary_write_reasons(b->t, &l->reasons, to);
	record_put(b->t, to, "paid_date", b->date);
}

void
secondary_write_lines(struct secondary_building *b, bool liability)
{
	for (unsigned i = 0; i < b->count; i++)
		write_line(b, &b->lines[i], liability);
}
