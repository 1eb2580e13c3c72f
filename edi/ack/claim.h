/* SPDX-License-Identifier: ISC */
#ifndef EDI_ACK_CLAIM_H
#define EDI_ACK_CLAIM_H

/*
 * The claims of an 837 as answers need them: who sent, who bills, who is ill,
 * what each line asks for. A reader follows the segments of one transaction
 * set after the other and hands out every claim at its end; it keeps one claim
 * and the parties around it, and judges nothing. Text too long for its field
 * is cut, a field that is not there is empty.
 *
 * This holds names and member ids: nothing of it may reach a log.
 */

#include "edi/money.h"
#include "edi/segment.h"

enum {
	ACK_LINES_MAX = 1000,  /* an 837I may have 999; the rest is counted */
	ACK_STATUSES = 8,      /* STCs of one claim; more are left out */
};

struct ack_party {
	char entity[2];                      /* NM102 */
	char last[61], first[36], middle[26], suffix[11];
	char qualifier[3], id[81];           /* NM108, NM109 */
	char tax[51];                        /* REF*EI or REF*SY */
	char street[56], city[31], state[3], zip[16];
};

struct ack_line {
	uint32_t segment;                    /* ordinal of its LX */
	char number[8];                      /* LX01 */
	char control[51];                    /* REF*6R */
	char qualifier[3], procedure[49];    /* HC, 99213 */
	char modifier[4][3];
	char revenue[49];                    /* SV201 */
	char units[16];
	char from[9], to[9];                 /* DTP*472; the same for a day */
	int64_t charge;
	/* The verdict: "A7:507", or "" when there is nothing to say. */
	char status[16];
};

struct ack_claim {
	uint32_t ordinal;                    /* of the claim in its set */
	uint32_t segment, end;               /* its CLM; the first after it */
	uint32_t provider_ordinal;           /* of its 2000A in the set */
	uint32_t patient_ordinal;            /* of its HL in the set */
	const struct ack_party *submitter, *receiver, *provider, *payer;
	const struct ack_party *subscriber, *patient;  /* may be the same */
	char batch[51];                      /* BHT03 */
	char filing[3];                      /* SBR09 */
	char id[51];                         /* CLM01 */
	int64_t charge;                      /* CLM02 */
	char facility[3], frequency[2];      /* CLM05-1, CLM05-3 */
	bool institutional;                  /* its lines are SV2 */
	char trace[51];                      /* REF*D9 */
	char medical_record[51];             /* REF*EA */
	char from[9], to[9];                 /* service dates, or "" */
	struct ack_line *lines;
	uint32_t line_count, lines_left_out;

	/* The verdict of whoever answers. */
	bool rejected;
	bool left_out;                       /* not in this answer at all */
	char status[ACK_STATUSES][16];       /* "A7:562:85"; "": no more */
	char payer_claim[51];                /* REF*1K, CLP07 */
};

struct ack_claims;

/* NULL: out of memory. The claim lives, and may be changed, during the call. */
struct ack_claims *ack_claims_new(void (*on_claim)(void *ctx,
    struct ack_claim *claim), void *ctx);
void ack_claims_free(struct ack_claims *r);

/*
 * Each segment of an 837 from ST (ordinal 1) to SE. A claim ends before the
 * next CLM, HL or SE, at the latest with ack_claims_end(). False: out of
 * memory; the claim is left out and so are all that follow.
 */
bool ack_claims_segment(struct ack_claims *r, const struct segment *s,
    uint32_t ordinal);
void ack_claims_end(struct ack_claims *r);

/* The claim we are in, or NULL; its lines so far are there. */
struct ack_claim *ack_claims_present(struct ack_claims *r);
/* The parties and BHT03 outside of claims; never NULL. */
const struct ack_claim *ack_claims_header(const struct ack_claims *r);

/* Add a status that the claim lacks; it rejects unless it begins A0-A2. */
void ack_claim_say(struct ack_claim *c, const char *status);

#endif
