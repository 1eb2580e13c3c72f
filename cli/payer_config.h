/* SPDX-License-Identifier: ISC */
#ifndef CLI_PAYER_CONFIG_H
#define CLI_PAYER_CONFIG_H

/*
 * How the simulated payer behaves: lines of `key: value`, '#' begins a
 * comment. docs/payer.md lists the keys. Every mistake is told with its line
 * and, for a key, the nearest one that exists; the first one is the error.
 */

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum payer_kind {
	PAYER_TA1, PAYER_999, PAYER_277CA, PAYER_835, PAYER_277, PAYER_271,
	PAYER_KINDS
};

enum payer_consume { PAYER_DELETE, PAYER_MOVE, PAYER_LEAVE };

/*
 * When a fault strikes: every nth (interchange, set or claim, counted since
 * the state began; 0: none), or a claim of this amount.
 */
struct payer_rule {
	uint32_t every;
	int64_t amount;          /* cents */
	bool has_amount;
};

struct payer_config {
	char inbound[256], outbound[256], state[256], archive[256];
	enum payer_consume consume;

	/* Identities; "": as the inbound has them, swapped. */
	char qualifier[3], id[16], application[16];
	char name[61], payer_id[21], tax[10], phone[16];
	char street[56], city[31], region[3], zip[16];

	/* Which answers, in which order; delays in ms after the file came. */
	uint8_t answers[PAYER_KINDS];
	unsigned answer_count;
	uint32_t delay[PAYER_KINDS];

	bool validate;           /* by the guides, rules and code lists */

	/* What is paid of a charge; the rest is a contractual write-off. */
	uint32_t pay_percent, patient_percent;
	char plb_reason[3];
	int64_t plb_amount;      /* cents kept (positive) or added; 0: no PLB */

	char unknown_member[81]; /* NM109 of a subscriber that it denies */

	/* Faults. The bit masks have 1 << enum payer_kind. */
	struct payer_rule reject_ta1, reject_999, reject_277ca, deny;
	char reject_ta1_note[4], reject_277ca_status[16];
	char deny_group[3], deny_reason[6];
	uint32_t wrong_pairing, truncate, garbage;
	uint32_t repeat_same_bytes, repeat_same_name, repeat_delay;
	bool one_277ca_per_claim;
};

/* -EINVAL: a mistake, told in *e with file and line. */
int payer_config_load(struct payer_config *c, const char *path,
    struct err *e) __attribute__((warn_unused_result));

/* "TA1", "999", "277CA", "835", "277", "271". */
const char *payer_kind_text(enum payer_kind kind);

/* Does the rule strike the nth (1 is the first) thing, of this amount? */
bool payer_rule_strikes(const struct payer_rule *r, uint64_t nth,
    int64_t amount);

#endif
