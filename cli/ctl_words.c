/* SPDX-License-Identifier: ISC */
#include "cli/ctl_words.h"

#include "cli/ctl_table.h"

/* Code sets: X12 I17 (TA104), 715 and 717 (AK901, IK501), 507 (STC), 1029 (CLP02). */
struct word {
	const char *code, *text;
};

static const struct word ta1_words[] = {
	{ "A", "interchange accepted" },
	{ "E", "interchange accepted, with errors noted" },
	{ "R", "interchange rejected" },
	{ NULL, NULL },
};

static const struct word group_words[] = {
	{ "A", "group accepted" },
	{ "E", "group accepted, with errors noted" },
	{ "P", "group accepted in part" },
	{ "R", "group rejected" },
	{ NULL, NULL },
};

static const struct word set_words[] = {
	{ "A", "transaction set accepted" },
	{ "E", "transaction set accepted, with errors noted" },
	{ "M", "transaction set rejected, authentication failed" },
	{ "R", "transaction set rejected" },
	{ "W", "transaction set rejected, assurance failed" },
	{ "X", "transaction set rejected, could not be decrypted" },
	{ NULL, NULL },
};

static const struct word status_words[] = {
	{ "A0", "forwarded to another entity" },
	{ "A1", "received; not yet accepted" },
	{ "A2", "accepted for adjudication" },
	{ "A3", "returned, cannot be processed" },
	{ "A4", "not found" },
	{ "A5", "split, part of it goes on" },
	{ "A6", "rejected, information is missing" },
	{ "A7", "rejected, information is invalid" },
	{ "A8", "rejected, fields contradict each other" },
	{ "F0", "finalized" },
	{ "F1", "finalized, paid" },
	{ "F2", "finalized, denied" },
	{ "F3", "finalized, revised" },
	{ "F4", "finalized, no payment will come" },
	{ "P1", "pending, in process" },
	{ "P2", "pending, under review" },
	{ "P3", "pending, more information asked of the provider" },
	{ "P4", "pending, more information asked of the patient" },
	{ "P5", "pending, on hold at the payer" },
	{ NULL, NULL },
};

static const struct word payment_words[] = {
	{ "1", "processed as primary" },
	{ "2", "processed as secondary" },
	{ "3", "processed as tertiary" },
	{ "4", "denied" },
	{ "19", "processed as primary, forwarded" },
	{ "20", "processed as secondary, forwarded" },
	{ "21", "processed as tertiary, forwarded" },
	{ "22", "payment reversed" },
	{ "23", "not their claim, forwarded" },
	{ "25", "predetermination, no payment" },
	{ NULL, NULL },
};

static const struct kind {
	const char *kind, *name;
	const struct word *words;
	size_t significant;     /* bytes of the status; 0: all */
} kinds[] = {
	{ "ta1", "TA1", ta1_words, 0 },
	{ "999_group", "999", group_words, 0 },
	{ "999_set", "999", set_words, 0 },
	{ "277_batch", "277CA, whole batch", status_words, 2 },
	{ "277_claim", "277CA", status_words, 2 },
	{ "835_claim", "835", payment_words, 0 },
};

static const char *
word_of(const struct word *words, const char *status, size_t significant)
{
	size_t n = significant ? significant : strlen(status);

	if (strlen(status) < n)
		return NULL;
	for (; words->code; words++)
		if (strlen(words->code) == n &&
		    memcmp(words->code, status, n) == 0)
			return words->text;
	return NULL;
}

static void
answer_money(json_t *answer, struct buf *to)
{
	if (strcmp(ctl_string(answer, "kind"), "835_claim") != 0)
		return;
	buf_add_str(to, ": charged ");
	ctl_value(answer, "amount", CTL_MONEY, to);
	buf_add_str(to, ", paid ");
	if (json_object_get(answer, "paid"))
		ctl_value(answer, "paid", CTL_MONEY, to);
	else
		buf_add_str(to, "0.00");
}

void
ctl_answer_words(json_t *answer, struct buf *to)
{
	const char *kind = ctl_string(answer, "kind");
	const char *status = ctl_string(answer, "status");
	const char *code = ctl_string(answer, "code");
	const char *text = NULL, *name = kind;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0) {
			name = kinds[i].name;
			text = word_of(kinds[i].words, status,
			    kinds[i].significant);
		}
	ctl_clean(to, name);
	buf_add_str(to, ": ");
	buf_add_str(to, text ? text : "status");
	buf_add_str(to, " (");
	ctl_clean(to, status);
	if (*code && strcmp(code, "000") != 0) {
		buf_add_str(to, ", code ");
		ctl_clean(to, code);
	}
	buf_add_str(to, ")");
	answer_money(answer, to);
}
