/* SPDX-License-Identifier: ISC */
#include "daemon/report_answer.h"

#include "base/json.h"
#include "edi/money.h"

/* ---- words -------------------------------------------------------------- */

struct word {
	uint8_t kind;          /* enum answer_kind */
	const char *status;    /* an end with '*' leaves the rest open */
	bool rejects;
	const char *word;      /* of the answer */
	const char *standing;  /* of a claim that it speaks of */
};

/*
 * TA104, AK901 and IK501 (X12 DE I17, 715, 717), STC01-1 (claim status
 * category codes), CLP02 (DE 1029).
 */
static const struct word words[] = {
	{ ANSWER_TA1, "A", false, "accepted", "interchange accepted" },
	{ ANSWER_TA1, "E", false, "accepted with errors",
	    "interchange accepted with errors" },
	{ ANSWER_TA1, "R", true, "rejected", "interchange rejected" },

	{ ANSWER_999_GROUP, "A", false, "accepted", "group accepted" },
	{ ANSWER_999_GROUP, "E", false, "accepted with errors",
	    "group accepted with errors" },
	{ ANSWER_999_GROUP, "P", false, "partly accepted",
	    "group partly accepted" },
	{ ANSWER_999_GROUP, "*", true, "rejected", "group rejected" },

	{ ANSWER_999_SET, "A", false, "accepted", "set accepted" },
	{ ANSWER_999_SET, "E", false, "accepted with errors",
	    "set accepted with errors" },
	{ ANSWER_999_SET, "*", true, "rejected", "set rejected" },

	{ ANSWER_277_BATCH, "A3*", true, "rejected", "batch rejected" },
	{ ANSWER_277_BATCH, "A6*", true, "rejected", "batch rejected" },
	{ ANSWER_277_BATCH, "A7*", true, "rejected", "batch rejected" },
	{ ANSWER_277_BATCH, "A8*", true, "rejected", "batch rejected" },
	{ ANSWER_277_BATCH, "A*", false, "received", "batch received" },

	{ ANSWER_277_CLAIM, "A0*", false, "forwarded", "claim forwarded" },
	{ ANSWER_277_CLAIM, "A1*", false, "received", "claim accepted" },
	{ ANSWER_277_CLAIM, "A2*", false, "accepted", "claim accepted" },
	{ ANSWER_277_CLAIM, "A3*", true, "rejected", "claim rejected" },
	{ ANSWER_277_CLAIM, "A4*", true, "not found", "claim not found" },
	{ ANSWER_277_CLAIM, "A5*", false, "split", "claim accepted and split" },
	{ ANSWER_277_CLAIM, "A6*", true, "rejected", "claim rejected" },
	{ ANSWER_277_CLAIM, "A7*", true, "rejected", "claim rejected" },
	{ ANSWER_277_CLAIM, "A8*", true, "rejected", "claim rejected" },
	{ ANSWER_277_CLAIM, "P*", false, "pending", "claim pending" },
	{ ANSWER_277_CLAIM, "F1*", false, "finalized, paid",
	    "claim finalized" },
	{ ANSWER_277_CLAIM, "F2*", false, "finalized, denied", "claim denied" },
	{ ANSWER_277_CLAIM, "F*", false, "finalized", "claim finalized" },
	{ ANSWER_277_CLAIM, "R*", false, "more information requested",
	    "more information requested" },
	{ ANSWER_277_CLAIM, "D0*", true, "not found", "claim not found" },
	{ ANSWER_277_CLAIM, "E*", true, "could not be processed",
	    "claim could not be processed" },

	{ ANSWER_835_CLAIM, "1", false, "processed as primary", "paid" },
	{ ANSWER_835_CLAIM, "2", false, "processed as secondary", "paid" },
	{ ANSWER_835_CLAIM, "3", false, "processed as tertiary", "paid" },
	{ ANSWER_835_CLAIM, "4", false, "denied", "denied" },
	{ ANSWER_835_CLAIM, "19", false, "processed as primary, forwarded",
	    "paid" },
	{ ANSWER_835_CLAIM, "20", false, "processed as secondary, forwarded",
	    "paid" },
	{ ANSWER_835_CLAIM, "21", false, "processed as tertiary, forwarded",
	    "paid" },
	{ ANSWER_835_CLAIM, "22", false, "reversed", "payment reversed" },
	{ ANSWER_835_CLAIM, "23", false, "not our claim, forwarded",
	    "forwarded to another payer" },
	{ ANSWER_835_CLAIM, "25", false, "predetermination, no payment",
	    "predetermined" },
};

static bool
word_fits(const struct word *w, enum answer_kind kind, const char *status)
{
	size_t n = strlen(w->status);

	if (w->kind != kind)
		return false;
	if (w->status[n - 1] == '*')
		return strncmp(w->status, status, n - 1) == 0;
	return strcmp(w->status, status) == 0;
}

static const struct word *
word_find(enum answer_kind kind, const char *status)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (word_fits(&words[i], kind, status))
			return &words[i];
	return NULL;
}

const char *
answer_word(enum answer_kind kind, const char *status)
{
	const struct word *w = word_find(kind, status);

	return w ? w->word : "answered";
}

bool
answer_rejects(enum answer_kind kind, const char *status)
{
	const struct word *w = word_find(kind, status);

	return w && w->rejects;
}

/* ---- where a claim stands ----------------------------------------------- */

void
standing_add(struct claim_standing *s, const struct store_answer *a)
{
	/* The kinds are in the order of how much they say. */
	if (a->kind < s->kind)
		return;
	s->kind = a->kind;
	snprintf(s->status, sizeof(s->status), "%s", a->status);
	/* Part of it, or nothing, was paid: the code alone does not say so. */
	s->amount = a->amount;
	s->paid = a->paid;
}

static const char *
standing_paid(const struct claim_standing *s, const char *text)
{
	if (strcmp(text, "paid") != 0)
		return text;
	if (s->paid == 0)
		return "processed, nothing paid";
	return s->paid < s->amount ? "partly paid" : "paid";
}

const char *
standing_text(const struct claim_standing *s, enum file_state file)
{
	const struct word *w = s->kind ? word_find(s->kind, s->status) : NULL;

	if (!w)
		return s->kind ? "answered" : state_text(file);
	return s->kind == ANSWER_835_CLAIM ? standing_paid(s, w->standing) :
	    w->standing;
}

/* ---- one line ----------------------------------------------------------- */

static void
answer_money(struct json *j, const char *key, int64_t cents)
{
	char text[MONEY_TEXT];

	money_decimal(cents, text);
	jsonw_kstr(j, key, text);
}

/* CCYYMMDD or YYMMDD as ISO 8601; what is neither is left out. */
static void
answer_date(struct json *j, const char *key, const char *date)
{
	char iso[16];
	size_t n = strlen(date);

	if ((n != 8 && n != 6) || strspn(date, "0123456789") != n)
		return;
	snprintf(iso, sizeof(iso), "%s%.*s-%.2s-%.2s", n == 6 ? "20" : "",
	    n == 6 ? 2 : 4, date, date + n - 4, date + n - 2);
	jsonw_kstr(j, key, iso);
}

static const char *
answer_type(enum answer_kind kind)
{
	static const char *const types[] = {
		[ANSWER_TA1] = "interchange_acknowledgment",
		[ANSWER_999_GROUP] = "group_acknowledgment",
		[ANSWER_999_SET] = "set_acknowledgment",
		[ANSWER_277_BATCH] = "batch_status",
		[ANSWER_277_CLAIM] = "claim_status",
		[ANSWER_835_CLAIM] = "remittance",
	};

	return types[kind];
}

/* What of ours it speaks of, as far as it was found. */
static void
answer_ours(struct json *j, const struct match_found *f)
{
	jsonw_kbool(j, "matched", f->found);
	if (!f->found)
		return;
	jsonw_kstr(j, "outgoing", engine_id(&f->outgoing.id).text);
	jsonw_kstr(j, "dropped", engine_id(&f->outgoing.parent).text);
	jsonw_kint_opt(j, "isa13", (int64_t)f->outgoing.isa_control);
	jsonw_kint_opt(j, "gs06", (int64_t)f->group.control);
	jsonw_kstr_opt(j, "st02", f->set.control);
	jsonw_kstr_opt(j, "bht03", f->set.reference);
	jsonw_kstr_opt(j, "original_bht03", f->set.original_reference);
}

/* CAS01 and what of the charge it took away. */
static void
answer_adjustments(struct json *j, const struct index_record *r)
{
	static const char groups[INDEX_CAS][3] = { [INDEX_CO] = "CO",
	    [INDEX_OA] = "OA", [INDEX_PI] = "PI", [INDEX_PR] = "PR" };

	jsonw_key(j, "adjusted");
	jsonw_object(j);
	for (unsigned i = 0; i < INDEX_CAS; i++)
		if (r->adjusted[i] != 0)
			answer_money(j, groups[i], r->adjusted[i]);
	jsonw_object_end(j);
}

static void
answer_remittance(struct json *j, const struct store_answer *a,
    const struct index_record *r, const struct index_record *payment)
{
	answer_money(j, "paid", a->paid);
	answer_money(j, "patient", r->patient);
	answer_adjustments(j, r);
	if (!payment)
		return;
	jsonw_kstr_opt(j, "trace", payment->reference);
	jsonw_kstr_opt(j, "payer_id", payment->trace);
	answer_money(j, "payment_amount", payment->amount);
	answer_date(j, "payment_date", payment->date);
}

void
report_answer(struct buf *out, const struct store_file *of,
    const struct index_record *r, const struct store_answer *a,
    const struct match_found *found, const struct index_record *payment)
{
	struct claim_standing paid = { .kind = 0 };
	struct json j;

	standing_add(&paid, a);
	jsonw_init(&j, out);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", answer_type(a->kind));
	jsonw_kstr(&j, "file", engine_id(&of->id).text);
	jsonw_kstr(&j, "partner", of->partner);
	jsonw_kstr_opt(&j, "claim", a->claim);
	jsonw_kstr(&j, "status", a->status);
	jsonw_kstr_opt(&j, "code", a->code);
	jsonw_kstr(&j, "word", a->kind == ANSWER_835_CLAIM ?
	    standing_text(&paid, STATE_SENT) :
	    answer_word(a->kind, a->status));
	jsonw_kbool(&j, "rejected", answer_rejects(a->kind, a->status));
	if (a->kind == ANSWER_277_CLAIM || a->kind == ANSWER_835_CLAIM)
		answer_money(&j, "amount", a->amount);
	if (a->kind == ANSWER_835_CLAIM)
		answer_remittance(&j, a, r, payment);
	else
		answer_date(&j, "date", r->date);
	jsonw_kstr_opt(&j, "status_2", r->more[0]);
	jsonw_kstr_opt(&j, "status_3", r->more[1]);
	jsonw_kstr_opt(&j, "payer_claim", a->payer_claim);
	jsonw_kstr_opt(&j, "reference", a->reference);
	jsonw_kint_opt(&j, "control", (int64_t)a->control);
	jsonw_kstr_opt(&j, "set_control", a->set_control);
	jsonw_kint_opt(&j, "segment", a->segment);
	answer_ours(&j, found);
	jsonw_object_end(&j);
	buf_add_char(out, '\n');
}
