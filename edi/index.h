/* SPDX-License-Identifier: ISC */
#ifndef EDI_INDEX_H
#define EDI_INDEX_H

/*
 * What a file is about: the claims of an 837, the payments of an 835, the
 * answers of a TA1, 999 or 277CA, as flat records in the order of the file.
 * The index sits on a scan (index_on_segment() is called from its callbacks),
 * keeps one claim's worth of state, and judges nothing: a field that is not
 * there is empty, text too long for its field is cut and marked.
 *
 * Records hold what matching needs (control numbers, CLM01, amounts, positions)
 * and no name, birth date or member id. They are plain data: they may be
 * written to a file and read back by the same build.
 */

#include "edi/scan.h"

enum index_kind {
	INDEX_CLAIM = 1,     /* 837 2300 CLM */
	INDEX_LINE,          /* 837 2400 LX that has a REF*6R */
	INDEX_TA1,           /* TA1 */
	INDEX_999_GROUP,     /* 999 AK1 .. AK9 */
	INDEX_999_SET,       /* 999 AK2 .. IK5 */
	INDEX_277_BATCH,     /* 277CA 2200B: STC of the whole batch */
	INDEX_277_CLAIM,     /* 277CA (and 277) 2200D: one STC each */
	INDEX_835_PAYMENT,   /* 835 BPR, TRN */
	INDEX_835_CLAIM,     /* 835 2100 CLP */
	INDEX_SET,           /* any set, at its end: kind, BHT03, counts */
};

enum { INDEX_ID = 51 };  /* DE 127 is at most 50 */

struct index_record {
	uint8_t kind;        /* enum index_kind */
	uint8_t cut;         /* a field was longer than its array */
	char status[12];     /* TA104 | AK901 | IK501 | STC01 "A1:19:PR"
	                        | CLP02 | CLM05-3 */
	char code[4];        /* TA105 | AK905 | IK502 | first CAS group */
	uint32_t interchange, group, set;  /* ordinals of the scan */
	uint32_t segment;    /* ordinal in the set of the record's segment */
	uint32_t ordinal;    /* of this record among its kind in the set */
	uint64_t offset, length;  /* bytes of the claim (or set) in the file */
	int64_t amount;      /* cents: CLM02 | STC04 | CLP03 | BPR02 */
	int64_t paid;        /* cents: CLP04 */
	uint64_t control;    /* TA101 | AK102 */
	uint32_t included, received, accepted;     /* AK902, 903, 904 */
	char functional_id[3];    /* AK101, GS01 of an INDEX_SET */
	char version[13];         /* AK103, ST03 or GS08 of an INDEX_SET */
	char set_id[4];           /* AK201, ST01 of an INDEX_SET */
	char set_control[10];     /* AK202, ST02 of an INDEX_SET */
	char date[9], time[9];    /* TA102, 103 | BPR16 | STC02 */
	char claim[INDEX_ID];     /* CLM01 | 277 TRN02 | CLP01 */
	char reference[INDEX_ID]; /* BHT03 | 277CA 2200B TRN02 | 835 TRN02 */
	char payer_claim[INDEX_ID];  /* REF*1K | CLP07 */
	char trace[INDEX_ID];     /* REF*D9 | REF*6R | 835 TRN03 */
};

struct index;

struct index_sink {
	void (*on_record)(void *ctx, const struct index_record *r);
	void *ctx;
};

/* NULL: out of memory. The scan must outlive the index. */
struct index *index_new(const struct scan *s, struct index_sink sink);
void index_free(struct index *x);

/* To be called from the callbacks of the scan with the same arguments. */
void index_on_segment(struct index *x, const struct segment *s,
    uint32_t ordinal);
void index_on_set_end(struct index *x, const struct scan_set *set);

/*
 * An X12 R number as cents, rounded half away from zero; false when it is not
 * one or does not fit. Empty is false, so that absent differs from zero.
 */
bool index_cents(struct slice s, int64_t *cents);

const char *index_kind_text(enum index_kind k);

#endif
