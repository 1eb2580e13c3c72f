/* SPDX-License-Identifier: ISC */
#include "cli/payer_judge.h"

#include "edi/money.h"

#include <inttypes.h>
#include <stdio.h>

#define ACK(...) { __VA_ARGS__ }
static const struct finding_def duplicate_def = { "payer_duplicate", 7,
	SEVERITY_REJECT, ACK(.ta105 = "025"),
	"this interchange was received before", NULL };
static const struct finding_def set_def = { "payer_refuses_set", 7,
	SEVERITY_REJECT, ACK(.ik502 = "5"),
	"the simulated payer was told to refuse this set", NULL };
static const struct finding_def claim_def = { "payer_refuses_claim", 7,
	SEVERITY_REJECT, ACK(.ik403 = "7", .ik502 = "5"),
	"the simulated payer was told to refuse this amount", NULL };

static uint64_t
key_of(const struct scan_interchange *i)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "%s|%s|%s|%s|%" PRIu64,
	    i->sender_qualifier, i->sender, i->receiver_qualifier, i->receiver,
	    i->control);

	return payer_key(PAYER_KEY, text, (unsigned)n);
}

/* A further pass finds the same interchanges new as the first one did. */
static bool
recall(struct payer_judge *j, uint64_t key)
{
	bool duplicate = j->known == j->seen->count ||
	    j->seen->key[j->known] != key;

	j->known += !duplicate;
	return duplicate;
}

static bool
remember(struct payer_judge *j, uint64_t key)
{
	struct payer_seen *seen = j->seen;
	bool duplicate = payer_state_is_seen(j->state, key);

	for (unsigned k = 0; k < seen->count && !duplicate; k++)
		duplicate = seen->key[k] == key;
	if (!duplicate && seen->count < PAYER_INTERCHANGES_MAX)
		seen->key[seen->count++] = key;
	return duplicate;
}

bool
payer_judge_interchange(struct payer_judge *j,
    const struct scan_interchange *i)
{
	struct finding_def refuse = { "payer_refuses_interchange", 7,
		SEVERITY_REJECT, ACK(.ta105 = ""),
		"the simulated payer was told to refuse", NULL };
	bool duplicate = j->again ? recall(j, key_of(i)) :
	    remember(j, key_of(i));

	j->now.interchanges++;
	memcpy(refuse.ack.ta105, j->config->reject_ta1_note,
	    sizeof(refuse.ack.ta105));
	if (duplicate)
		scan_report(j->scan, &duplicate_def, NULL);
	else if (payer_rule_strikes(&j->config->reject_ta1,
	    j->before.interchanges + j->now.interchanges, 0))
		scan_report(j->scan, &refuse, NULL);
	return duplicate;
}

void
payer_judge_set(struct payer_judge *j)
{
	j->now.sets++;
	if (payer_rule_strikes(&j->config->reject_999,
	    j->before.sets + j->now.sets, INT64_MIN))
		scan_report(j->scan, &set_def, NULL);
}

bool
payer_judge_segment(struct payer_judge *j, const struct segment *s,
    uint32_t ordinal)
{
	struct finding f = { .element = 2, .element_number = 782,
		.loop = "2300", .value = segment_element(s, 2) };
	struct payer_rule r = j->config->reject_999;
	int64_t amount;

	if (s->tag != TAG_CLM || ordinal == 0)
		return false;
	r.every = 0;
	if (money_parse(f.value, &amount) && payer_rule_strikes(&r, 0, amount))
		scan_report(j->scan, &claim_def, &f);
	return true;
}
