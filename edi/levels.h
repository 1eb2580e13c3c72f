/* SPDX-License-Identifier: ISC */
#ifndef EDI_LEVELS_H
#define EDI_LEVELS_H

/*
 * What a claim of an 837 stands below: envelope, header of the set, billing
 * provider, subscriber, patient, as the bytes they were written with. Levels
 * follow a scan; a piece (edi/piece.h) takes from them what a claim needs to
 * stand elsewhere.
 *
 * Levels are told by HL03 (20, 22, 23), each below the last one above it, as
 * HL02 must say. What is not so is refused, never guessed. Every level is at
 * most LEVELS_TEXT long.
 */

#include "base/buf.h"
#include "base/err.h"
#include "edi/scan.h"

enum level_kind {
	LEVEL_INTERCHANGE, LEVEL_GROUP, LEVEL_SET,
	LEVEL_PROVIDER, LEVEL_SUBSCRIBER, LEVEL_PATIENT,
	LEVEL_KINDS,
};

enum { LEVELS_TEXT = 1 << 20, LEVELS_ID = 81, LEVELS_CONTROL = 16 };

struct level {
	struct buf text;         /* its segments; its HL is left out */
	uint32_t segments;       /* in text */
	uint32_t serial;         /* 1, 2, .. of all levels; 0: not open */
	char number[LEVELS_CONTROL];  /* ISA13, GS06, ST02, HL01 */
};

struct levels {
	struct level level[LEVEL_KINDS];
	struct delimiters delimiters;
	char suffix[3];          /* after each terminator: "", "\n", "\r\n" */
	uint32_t serials;
	uint64_t after_isa;      /* offset behind its terminator, 0: told */
	enum level_kind innermost;
	bool whole;              /* a setting: no set is looked into */
	bool is_837, in_claim;
	char payer[LEVELS_ID];   /* 2010BB NM109, else NM103 */
	char provider[LEVELS_ID];/* 2010AA NM109, else NM103 */
	bool payer_id, provider_id;   /* it is NM109 */
};

enum levels_event {
	LEVELS_NOTHING,          /* of a level, or of the envelope */
	LEVELS_CLAIM,            /* a claim begins: its CLM */
	LEVELS_IN_CLAIM,         /* goes on */
	LEVELS_OTHER,            /* of a set not looked into, ST and SE too */
};

void levels_init(struct levels *l);
void levels_free(struct levels *l);

/* From on_segment of a scan, every segment. Negative: *e is filled. */
int levels_on_segment(struct levels *l, const struct scan *scan,
    const struct segment *s, uint32_t ordinal, struct err *e)
    __attribute__((warn_unused_result));

#endif
