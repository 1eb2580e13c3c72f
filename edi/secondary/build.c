/* SPDX-License-Identifier: ISC */
#include "edi/secondary/inner.h"

#include <stdio.h>


enum { PAYERS = 16, REFERENCES = 64 };

/* ---- what was decided --------------------------------------------------- */

static int64_t
liability_of(struct record_at of)
{
	struct record_at a = record_get(of, "adjustments");
	int64_t sum = 0, amount;

	for (; a.value; a = secondary_next(a)) {
		struct record_at r = record_get(a, "reasons");

		if (!slice_is(record_get_text(a, "group"), "PR"))
			continue;
		for (; r.value; r = secondary_next(r))
			if (record_get_money(r, "amount", &amount))
				sum += amount;
	}
	return sum;
}

void
secondary_read_decision(struct secondary_decided *d, struct record_at root)
{
	struct record_at line;

	d->root = root;
	d->claim = record_get(root, "claim");
	d->charge = d->paid = 0;
	if (!record_get_money(d->claim, "charge", &d->charge) ||
	    !record_get_money(d->claim, "paid", &d->paid))
		d->claim.value = NULL;
	d->liability = liability_of(d->claim);
	for (line = record_get(d->claim, "lines"); line.value;
	    line = secondary_next(line))
		d->liability += liability_of(line);
}

/* ---- the order of payers ------------------------------------------------ */

static const char order[] = "PSTABCDEFGHU";

static unsigned
rank(struct slice sequence)
{
	const char *at = sequence.n == 1 ? strchr(order, sequence.p[0]) :
	    NULL;

	return at ? (unsigned)(at - order) : sizeof(order);
}

static unsigned
rank_of(const struct record_field *f, struct record_value *payer)
{
	return rank(record_get_text((struct record_at){ f, payer },
	    "coverage.sequence"));
}

struct record_value *
secondary_next_payer(struct record_at claim, struct slice sequence)
{
	struct record_at p = record_get(claim, "other_payers");
	struct record_value *found = NULL;

	for (; p.value; p = secondary_next(p)) {
		if (record_get(p, "paid").value ||
		    record_get(p, "noncovered").value ||
		    rank_of(p.field, p.value) <= rank(sequence))
			continue;
		if (!found || rank_of(p.field, p.value) <
		    rank_of(p.field, found))
			found = p.value;
	}
	return found;
}

/* ---- the payer that decided --------------------------------------------- */

static const char *const owed_numbers[] = {
	"prior_authorization", "referral_number", "predetermination",
};

/* Is the reference one that a payer gave, for its own use? */
static bool
is_payers(struct slice type)
{
	return slice_is(type, "G2") || slice_is(type, "LU");
}

static void
move_references(struct secondary_building *b, struct record_at from,
    struct record_at to, const char *name)
{
	struct record_value *kept[REFERENCES];
	struct record_at r = record_get(from, "references"), next;
	unsigned n = 0;

	for (; r.value && n < REFERENCES; r = next) {
		struct record_at at;

		next = secondary_next(r);
		if (!is_payers(record_get_text(r, "type"))) {
			kept[n++] = r.value;
			continue;
		}
		at = record_open(b->t, to, name);
		if (!record_get(at, "entity_type").value)
			record_put(b->t, at, "entity_type", record_get(from,
			    "last_name").value ? SLICE_LIT("1") :
			    SLICE_LIT("2"));
		record_copy(b->t, r, record_open(b->t, at, "references"));
	}
	record_relist(from, "references", kept, n);
}

/* Numbers that a payer gave to the claim's providers go where it goes. */
static void
trade_references(struct secondary_building *b, struct record_at next)
{
	for (const struct record_field *f = b->payer.field->first; f;
	    f = f->next) {
		struct record_at mine = record_get(b->claim, f->name);
		struct record_at its = { f, next.value->cell[f->slot] };

		if (f->list || !mine.value || !mine.field ||
		    mine.field->list || !record_get(mine, "references").field)
			continue;
		move_references(b, mine, b->payer, f->name);
		if (its.value)
			move_references(b, its, b->claim, f->name);
	}
}

/* Line numbers that are the payer's say whose they are. */
static void
name_line_numbers(struct secondary_building *b)
{
	static const char *const names[] = { "prior_authorizations",
		"referrals", "predeterminations" };

	for (unsigned i = 0; i < b->count; i++) {
		for (unsigned k = 0; k < 3; k++) {
			struct record_at at = record_get(b->lines[i].at,
			    names[k]);

			for (; at.value; at = secondary_next(at))
				if (!record_get(at, "payer").value)
					record_put(b->t, at, "payer",
					    b->payer_id);
		}
	}
}

static void
copy_ssn(struct secondary_building *b, struct record_at from,
    struct record_at to)
{
	struct slice ssn = record_get_text(from, "ssn");

	if (ssn.n == 0)
		ssn = record_get_text(record_get(from, "ssns"), "number");
	if (ssn.n == 0)
		return;
	record_put(b->t, to, "ssn", ssn);
	if (record_get(to, "ssns").field && !record_get(to, "ssns").value)
		record_put(b->t, record_open(b->t, to, "ssns"), "number",
		    ssn);
}

/* The claim's payer, with whom it insures, among its other payers. */
static void
add_payer(struct secondary_building *b)
{
	struct record_at subscriber = record_get(b->root, "subscriber");
	struct record_at payer = record_get(b->root, "payer");
	struct record_at patient = record_get(b->root, "patient");
	struct record_tree *t = b->t;
	struct record_at to, r;

	b->payer = record_open(t, b->claim, "other_payers");
	record_copy(t, record_get(subscriber, "coverage"),
	    record_open(t, b->payer, "coverage"));
	if (patient.value)
		record_put(t, b->payer, "coverage.relationship",
		    record_get_text(patient, "relationship"));
	to = record_open(t, b->payer, "subscriber");
	record_copy(t, subscriber, to);
	copy_ssn(b, subscriber, to);
	to = record_open(t, b->payer, "payer");
	record_copy(t, payer, to);
	record_put(t, to, "claim_number", record_get_text(b->d->claim,
	    "payer_claim_number"));
	for (unsigned i = 0; i < 3; i++)
		record_move(t, b->claim, owed_numbers[i], to,
		    owed_numbers[i]);
	record_drop(b->claim, "payer_claim_number");
	if (record_get(payer, "billing_provider_references").value) {
		to = record_open(t, b->payer, "billing_provider");
		record_put(t, to, "entity_type", record_get(b->root,
		    "billing_provider.last_name").value ? SLICE_LIT("1") :
		    SLICE_LIT("2"));
		for (r = record_get(payer, "billing_provider_references");
		    r.value; r = secondary_next(r))
			record_copy(t, r, record_open(t, to, "references"));
	}
	b->payer_id = record_get_text(b->payer, "payer.id");
}

static void
copy_remarks(struct secondary_building *b, const char *name)
{
	struct record_at from = record_get(b->d->claim, name);

	if (from.value && record_get(b->payer, name).field)
		record_copy(b->t, from, record_open(b->t, b->payer, name));
}

/* What it decided: of the claim, and of the lines where it says so. */
static const char *
add_decision(struct secondary_building *b)
{
	struct secondary_reasons claim = { .count = 0 };
	struct record_at lines = record_get(b->d->claim, "lines");
	const char *why = lines.value ? secondary_match_lines(b) : NULL;
	bool of_lines;

	if (why)
		return why;
	secondary_take_reasons(&claim, b->d->claim);
	if (claim.too_many)
		return secondary_wrong(b, "the decision has more adjustments "
		    "than a claim can say");
	of_lines = lines.value && secondary_sum(&claim, "PR") == 0;
	secondary_write_reasons(b->t, &claim, b->payer);
	record_put_money(b->t, b->payer, "paid", b->d->paid);
	if (!of_lines)
		record_put_money(b->t, b->payer,
		    "remaining_patient_liability", b->d->liability);
	record_put(b->t, b->payer, "benefits_assigned",
	    record_get_text(b->claim, "benefits_assigned"));
	record_put(b->t, b->payer, "patient_signature",
	    record_get_text(b->claim, "patient_signature"));
	record_put(b->t, b->payer, "release_of_information",
	    record_get_text(b->claim, "release_of_information"));
	copy_remarks(b, "outpatient");
	copy_remarks(b, "inpatient");
	if (!lines.value)
		record_put(b->t, b->payer, "payer.paid_date", b->date);
	if (lines.value)
		secondary_write_lines(b, of_lines);
	return NULL;
}

/* ---- the payer that comes next ------------------------------------------ */

/* Who the patient is does not change; whom the plan insures may. */
static void
set_patient(struct secondary_building *b, struct record_at before,
    struct slice relationship)
{
	struct record_at patient = record_get(b->root, "patient");
	struct record_at subscriber = record_get(b->root, "subscriber");

	if (slice_is(relationship, "18")) {
		bool numbered = record_get(subscriber, "id").value;

		record_copy(b->t, patient.value ? patient : before,
		    subscriber);
		if (!numbered) {     /* it is another payer's */
			record_drop(subscriber, "id");
			record_drop(subscriber, "id_type");
		}
		record_drop(b->root, "patient");
		return;
	}
	record_drop(subscriber, "coverage.relationship");
	if (!patient.value) {
		patient = record_open(b->t, b->root, "patient");
		record_copy(b->t, before, patient);
	}
	record_put(b->t, patient, "relationship", relationship);
}

static void
set_payer(struct secondary_building *b, struct record_at next)
{
	struct record_at root = b->root, before = record_get(root,
	    "subscriber"), to;
	struct slice relationship = record_get_text(next,
	    "coverage.relationship");
	struct record_tree *t = b->t;

	record_drop(root, "subscriber");
	record_drop(root, "payer");
	to = record_open(t, root, "subscriber");
	record_copy(t, record_get(next, "coverage"),
	    record_open(t, to, "coverage"));
	record_copy(t, record_get(next, "subscriber"), to);
	copy_ssn(b, record_get(next, "subscriber"), to);
	record_copy(t, record_get(next, "payer"), record_open(t, root,
	    "payer"));
	for (struct record_at r = record_get(next,
	    "billing_provider.references"); r.value; r = secondary_next(r))
		record_copy(t, r, record_open(t, root,
		    "payer.billing_provider_references"));
	for (unsigned i = 0; i < 3; i++)
		record_put(t, b->claim, owed_numbers[i], record_get_text(
		    record_get(next, "payer"), owed_numbers[i]));
	record_put(t, b->claim, "benefits_assigned", record_get_text(next,
	    "benefits_assigned"));
	record_put(t, b->claim, "release_of_information",
	    record_get_text(next, "release_of_information"));
	set_patient(b, before, relationship);
}

/* To this payer it is new, unless it has a number of this payer's. */
static void
set_frequency(struct secondary_building *b, struct record_at next)
{
	struct slice number = record_get_text(next, "payer.claim_number");
	struct slice frequency = record_get_text(b->claim, "frequency");

	if (number.n > 0)
		record_put(b->t, b->claim, "payer_claim_number", number);
	else if (slice_is(frequency, "7"))
		record_put(b->t, b->claim, "frequency", SLICE_LIT("1"));
}

/* Has it no place any more: it is next, or was in the place of what is? */
static bool
has_gone(struct record_at payer, struct record_at next)
{
	return payer.value == next.value || (!record_get(payer,
	    "paid").value && rank_of(payer.field, payer.value) ==
	    rank_of(next.field, next.value));
}

/* In the payers' order, without the one that is next. */
static void
order_payers(struct secondary_building *b, struct record_at next)
{
	struct record_at p = record_get(b->claim, "other_payers");
	struct record_value *all[PAYERS];
	unsigned n = 0;

	for (; p.value && n < PAYERS; p = secondary_next(p)) {
		unsigned i = n;

		if (has_gone(p, next))
			continue;
		for (; i > 0 && rank_of(p.field, all[i - 1]) >
		    rank_of(p.field, p.value); i--)
			all[i] = all[i - 1];
		all[i] = p.value;
		n++;
	}
	record_relist(b->claim, "other_payers", all, n);
}

/* ---- all of it ---------------------------------------------------------- */

static const char *
check(const struct secondary_building *b)
{
	struct slice frequency = record_get_text(b->claim, "frequency");
	int64_t charge;

	if (!b->d->claim.value)
		return "the decision has no charge or payment";
	if (!record_get_money(b->claim, "charge", &charge) ||
	    charge != b->d->charge)
		return "the decision is of another charge than the claim's";
	if (slice_is(frequency, "8"))
		return "the claim is a void (frequency 8)";
	if (b->date.n == 0)
		return "the decision has no day of payment";
	return NULL;
}

const char *
secondary_build(struct record_tree *t, struct record_at root,
    struct record_value *next, const struct secondary_decided *d,
    char why[static 160])
{
	struct secondary_building b = { .t = t, .d = d, .root = root,
		.why = why, .claim = record_get(root, "claim"),
		.date = record_get_text(d->root, "payment.date") };
	struct record_at payer = { NULL, next };
	const char *wrong_with = check(&b);

	if (wrong_with)
		return secondary_wrong(&b, wrong_with);
	t->failed |= !secondary_gather_lines(&b);
	if (t->failed)
		return NULL;
	payer.field = record_get(b.claim, "other_payers").field;
	add_payer(&b);
	if (t->failed || !b.payer.value)
		return secondary_wrong(&b, "it cannot be built");
	wrong_with = add_decision(&b);
	if (wrong_with)
		return wrong_with;
	name_line_numbers(&b);
	trade_references(&b, payer);
	set_payer(&b, payer);
	set_frequency(&b, payer);
	order_payers(&b, payer);
	record_drop(root, "transaction.reference");
	record_drop(root, "transaction.date");
	record_drop(root, "transaction.time");
	record_drop(root, "transaction.purpose");
	return NULL;
}
