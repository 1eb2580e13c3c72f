/* SPDX-License-Identifier: ISC */
#ifndef EDI_INDEX_H
#define EDI_INDEX_H

/*
 * What a file is about: the claims of an 837, the payments of an 835, the
 * answers of a TA1, 999 (or 997) or 277CA (or 277), as flat records. The
 * index sits on a scan (index_on_segment() is called from its callbacks),
 * keeps one claim's worth of state, and judges nothing: a field that is not
 * there is empty, text too long for its field is cut and marked.
 *
 * Records come in the order in which the things end in the file: an INDEX_LINE
 * before the INDEX_CLAIM that it belongs to (both hold CLM01), an
 * INDEX_999_SET before its INDEX_999_GROUP, all of a set's before its
 * INDEX_SET.
 *
 * Records hold what matching needs (control numbers, CLM01, amounts, positions)
 * and no name, birth date or member id. They are plain data: they may be
 * written to a file and read back by the same build.
 */

#include "base/hash128.h"
#include "edi/money.h"
#include "edi/scan.h"

enum index_kind {
	INDEX_CLAIM = 1,     /* 837 2300 CLM */
	INDEX_LINE,          /* 837 2400 LX that has a REF*6R */
	INDEX_TA1,           /* TA1 */
	INDEX_999_GROUP,     /* 999 AK1 .. AK9 */
	INDEX_999_SET,       /* 999 AK2 .. IK5 */
	INDEX_277_BATCH,     /* 277CA 2200B: STC of the whole batch */
	INDEX_277_PROVIDER,  /* 277CA 2200C: STC of one billing provider */
	INDEX_277_CLAIM,     /* 277CA (and 277) 2200D: one STC each */
	INDEX_277_LINE,      /* 277CA (and 277) 2220D: one STC each */
	INDEX_835_PAYMENT,   /* 835 BPR, TRN */
	INDEX_835_CLAIM,     /* 835 2100 CLP */
	INDEX_835_PROVIDER,  /* 835 PLB: one adjustment each */
	INDEX_SET,           /* any set, at its end: kind, BHT03, counts */
	INDEX_KINDS,         /* not a kind: how many there are, plus one */
};

/* CAS01: contractual, other, payer initiated, patient responsibility. */
enum index_adjustment { INDEX_CO, INDEX_OA, INDEX_PI, INDEX_PR, INDEX_CAS };

enum { INDEX_ID = 51 };  /* DE 127 is at most 50 */

/*
 * In an INDEX_SET: status is BHT02:BHT06, reference BHT03, date and time
 * BHT04 and 05; included counts its claims (sets answered in a 999), received
 * its segments, accepted its service lines; amount is the sum of the claims;
 * payer_claim is the submitter of an 837 (1000A NM109).
 * In an INDEX_277_BATCH and _PROVIDER: accepted and refused are QTY*90|QA and
 * QTY*AA|QC, paid is AMT*YU.
 */
struct index_record {
	uint8_t kind;        /* enum index_kind */
	uint8_t cut;         /* a field was longer than its array */
	char status[12];     /* TA104 | AK901 | IK501 | STC01 "A1:19:PR"
	                        | CLP02 | CLM05-3 | BPR04 | PLB03-1 */
	char code[4];        /* TA105 | AK905 | IK502 | first CAS group
	                        | STC03 | BPR03 */
	char more[2][12];    /* STC10, STC11 | first two CAS reasons */
	uint32_t interchange, group, set;  /* ordinals of the scan */
	uint32_t segment;    /* ordinal in the set of the record's segment */
	uint32_t ordinal;    /* of this record among its kind in the set */
	uint64_t offset, length;  /* bytes of the claim (or set) in the file */
	int64_t amount;      /* cents: CLM02 | STC04 | CLP03 | BPR02 | PLB04
	                        | line charge */
	int64_t paid;        /* cents: CLP04 | 277 STC05 | AMT*YU */
	int64_t patient;     /* cents: CLP05 */
	int64_t adjusted[INDEX_CAS]; /* cents: CAS of a claim and its lines */
	uint64_t control;    /* TA101 | AK102 */
	uint32_t included, received, accepted;     /* AK902, 903, 904 */
	uint32_t refused;    /* QTY*AA | QTY*QC | IK3s of an INDEX_999_SET */
	char functional_id[3];    /* AK101, GS01 of an INDEX_SET */
	char version[13];         /* AK103, ST03 or GS08 of an INDEX_SET */
	char set_id[4];           /* AK201, ST01 of an INDEX_SET */
	char set_control[10];     /* AK202, ST02 of an INDEX_SET */
	char date[9], time[9];    /* TA102, 103 | BPR16 | STC02 */
	char claim[INDEX_ID];     /* CLM01 | 277CA TRN02 | 277 REF*EJ, else
	                             TRN02 | CLP01 */
	char reference[INDEX_ID]; /* BHT03 | 277 2200B TRN02 | 835 TRN02 */
	char payer_claim[INDEX_ID];  /* 277 REF*1K | CLP07 | 837 REF*F8 */
	char digest[HASH128_TEXT];   /* 837 claim: see index_want_digests() */
	char trace[INDEX_ID];     /* REF*D9 | REF*6R | REF*FJ | 835 TRN03
	                             | 277 TRN02 beside an EJ | PLB03-2 */
};

struct index;

struct index_sink {
	void (*on_record)(void *ctx, const struct index_record *r);
	void *ctx;
};

/* NULL: out of memory. The scan must outlive the index. */
struct index *index_new(const struct scan *s, struct index_sink sink);
void index_free(struct index *x);

/* Only these kinds, as bits 1 << INDEX_CLAIM: what is not wanted costs less. */
void index_want(struct index *x, uint32_t kinds);

/*
 * Hash each claim of an 837 from its CLM to the next one, so that the same
 * claim is known again in another file: delimiters do not matter, nor
 * separators at the end of a segment.
 */
void index_want_digests(struct index *x);

/* To be called from the callbacks of the scan with the same arguments. */
void index_on_segment(struct index *x, const struct segment *s,
    uint32_t ordinal);
void index_on_set_end(struct index *x, const struct scan_set *set);

/* "claim", "999_set", ..; "" when k is none. */
const char *index_kind_text(enum index_kind k);

#endif
