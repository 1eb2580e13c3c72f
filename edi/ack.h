/* SPDX-License-Identifier: ISC */
#ifndef EDI_ACK_H
#define EDI_ACK_H

/*
 * Acknowledgements from findings. An ack sits on a scan: its owner calls
 * ack_on_*() from the callbacks of the scan, after the layers that report
 * findings for the same event (a walk and its listeners). At the end of every
 * interchange it hands out the acknowledging interchanges, whole, one kind
 * after the other: a TA1 of its own, the 999s (for groups of 004010 the 997s),
 * the 277CAs of its 837s.
 *
 * What is answered, and what not:
 * - A TA1 speaks of ISA and IEA only. An interchange that it rejects gets no
 *   999 and no 277CA.
 * - A group rejected as a whole (AK905) gets AK9 R without its sets, and no
 *   277CA. A set rejected in the 999 (IK5 R) gets no 277CA.
 * - With a 277CA, a finding inside a claim rejects that claim in the 277CA
 *   and is noted in the 999 (IK5 E): the set goes on without the claim.
 *   Without one, it rejects its set (IK5 R).
 * - An acknowledgement (999, 997, TA1, 277CA) is never acknowledged.
 * - A set that a scan marked rejected is never answered as accepted.
 *
 * Answers are written with the delimiters of what they answer, so that a
 * control number comes back byte for byte, unless those are not fit to write
 * with. The identities are those of the interchange, swapped, unless the
 * options say others. The library reads no clock and keeps no numbers: dates
 * and control numbers are the caller's.
 *
 * Memory is bounded by the options. An answer that would pass the bound is an
 * error of ack_error(), and nothing of it is handed out: the caller must not
 * take silence for acceptance.
 */

#include "base/err.h"
#include "edi/ack/claim.h"
#include "edi/scan.h"

enum ack_when {
	ACK_AS_ASKED,  /* TA1: when ISA14 asks or something is wrong; 999:
	                  always */
	ACK_ALWAYS,
	ACK_ON_ERROR,  /* when something is noted or rejected */
	ACK_NEVER,
	ACK_IF_ASKED,  /* TA1: when ISA14 asks, only then */
	ACK_ON_REJECT, /* when something is rejected */
};

/*
 * What becomes of the file, where its findings alone do not decide that. An
 * answer never says that something was accepted that goes no further.
 */
enum ack_fate {
	ACK_JUDGED,    /* what is accepted goes on */
	ACK_REFUSED,   /* nothing goes on: with a 277CA every claim is
	                  rejected there, without one every set is */
	ACK_APART,     /* of an 837, claim by claim, as on_claim says, which
	                  then rejects and accepts: no other finding does */
};

enum ack_kind { ACK_TA1 = 1, ACK_999, ACK_997, ACK_277CA };

/* NULL members: as the inbound has them, swapped. */
struct ack_identity {
	const char *qualifier, *id;  /* ISA05 and 06, or ISA07 and 08 */
	const char *application;     /* GS02 or GS03 */
};

struct ack_options {
	enum ack_when ta1, functional;   /* functional: 999 and 997 */
	bool claims;                     /* 277CA for 837P, I and D of 5010 */
	struct ack_identity self, partner;
	const char *date, *time;         /* CCYYMMDD, HHMM or HHMMSS */
	char usage;                      /* ISA15; 0: that of the inbound */
	const char *suffix;              /* after terminators; NULL: "\n" */
	enum ack_fate fate;
	const char *ta105;               /* rejects each interchange; or NULL */
	/* NM1 of the 277CA's information source; NULL: the 837's receiver. */
	const char *source_entity;       /* PR (NULL) or AY */
	const char *source_name, *source_qualifier, *source_id;
	uint32_t findings_max;           /* IK3s and IK4s a set; 0: 1000 */
	size_t bytes_max;                /* of one kind's answer; 0: 256 MB */
};

enum ack_number { ACK_ISA13, ACK_GS06 };

/* All but next_number and on_ack may be NULL. */
struct ack_ops {
	/* A fresh control number, 1 to 999999999; never one twice. */
	uint64_t (*next_number)(void *ctx, enum ack_number which);
	/* One whole acknowledging interchange; bytes live during the call. */
	void (*on_ack)(void *ctx, enum ack_kind kind, struct slice bytes);
	/*
	 * A claim is judged (options.claims only) and about to be written into
	 * the 277CA: the callback may change the verdict, or give it numbers.
	 */
	void (*on_claim)(void *ctx, struct ack_claim *claim);
	/* The verdicts, each after those of its parts: IK501, AK901, TA104. */
	void (*on_set)(void *ctx, const struct scan_set *set, char verdict);
	void (*on_group)(void *ctx, const struct scan_group *g, char verdict);
	void (*on_interchange)(void *ctx, const struct scan_interchange *i,
	    char verdict);
};

struct ack;

/* NULL: out of memory. scan, ops and the options' texts must outlive it. */
struct ack *ack_new(const struct scan *s, const struct ack_options *options,
    const struct ack_ops *ops, void *ctx);
void ack_free(struct ack *a);

/* To be called from the callbacks of the scan with the same arguments. */
void ack_on_interchange(struct ack *a, const struct scan_interchange *i);
void ack_on_interchange_end(struct ack *a, const struct scan_interchange *i);
void ack_on_group(struct ack *a, const struct scan_group *g);
void ack_on_group_end(struct ack *a, const struct scan_group *g);
void ack_on_set(struct ack *a, const struct scan_set *set);
void ack_on_set_end(struct ack *a, const struct scan_set *set);
/* Of a set's segments, those with a tag that ack_minds() will do. */
void ack_on_segment(struct ack *a, const struct segment *s, uint32_t ordinal);
bool ack_minds(const struct ack *a, uint32_t tag);
void ack_on_finding(struct ack *a, const struct finding *f);

/*
 * 0, -ENOMEM, or -EFBIG when an answer passed its bound; answers to other
 * interchanges were handed out all the same.
 */
int ack_error(const struct ack *a, struct err *e)
    __attribute__((warn_unused_result));

/* "TA1", "999", "997", "277CA". */
const char *ack_kind_text(enum ack_kind kind);

#endif
