/* SPDX-License-Identifier: ISC */
#ifndef EDI_CARVE_CORE_H
#define EDI_CARVE_CORE_H

/* What the two passes of a carve share. Nobody else includes this. */

#include "base/buf.h"
#include "edi/carve.h"

enum {
	CARVE_FLAGS = 64 << 20,
	CARVE_FLUSH = 64 * 1024,
	CARVE_ROOM = 1 << 20,          /* over it: the longest segment */
};

/* What becomes of an interchange, group, set, level or claim: one byte. */
#define CARVE_KEEP(part) (1u << (part))      /* it is in that part */
#define CARVE_CHILD(part) (4u << (part))     /* and has a level below there */
#define CARVE_WHOLE 16u                      /* a set: not looked into */
/* What is wrong with an HL, and is to be wrong in the bad part. */
#define CARVE_ODD_NUMBER 32u
#define CARVE_ODD_PARENT 64u
#define CARVE_ODD_CHILD 128u
#define CARVE_KEEP_ANY (CARVE_KEEP(CARVE_REST) | CARVE_KEEP(CARVE_BAD))

enum carve_kind { CARVE_CLAIM, CARVE_PROVIDER, CARVE_SUBSCRIBER,
    CARVE_PATIENT, CARVE_KINDS };

/* A level or a claim of the present set, in the order of the stream. */
struct carve_node {
	uint32_t segment;        /* ordinal of its HL or CLM */
	uint32_t parent;         /* its index + 1, 0: none */
	uint32_t claims;         /* begun until here, this one too */
	uint8_t kind, flags;
	uint8_t odd;             /* CARVE_ODD_*, when it is condemned */
	bool condemned, taken, has_claims;
};

/* A reject, kept until its set is there as a whole. */
struct carve_reject {
	uint32_t claim, segment;
	bool missing;            /* told where the next thing begins */
	bool hl;                 /* of the HL itself */
	bool rule;               /* that names an HL */
	uint8_t element;
};

struct carve_out {
	struct buf text;
	uint32_t groups, sets, segments, levels;
	uint32_t number[CARVE_KINDS];  /* HL01 of the open level of a kind */
};

struct carve {
	const struct walk *walk;
	/* what is decided, in the order of the stream */
	struct buf interchanges, groups, sets, nodes;
	bool unsure, condemned;
	uint32_t claims[CARVE_PARTS];
	/* asked for: ordinals of claims, the next of them, those met */
	const uint32_t *take;
	size_t take_count, take_at;
	uint32_t seen, taken;    /* claims before this set; taken alone */
	/* the present set */
	bool in_set, is_837;
	bool irregular;          /* which level is below which is not sure */
	bool whole;              /* a reject condemns all of it */
	struct carve_node *node;
	uint32_t count, cap, set_claims, set_levels;
	uint32_t open[CARVE_KINDS];    /* index + 1 of the open level */
	uint64_t open_number[CARVE_KINDS];   /* HL01 as it is said there */
	uint64_t next_number, highest_number;
	struct carve_reject *reject;
	uint32_t rejects, reject_cap;
	uint32_t last;                 /* the ordinal of its SE */
	/* pass 2 */
	carve_on_bytes *on;
	void *ctx;
	size_t interchange, group, set, at;   /* the next of each */
	unsigned in_interchange, in_group, of_set, mask;
	struct carve_out out[CARVE_PARTS];
	int failed;
	struct err error;
};

/* An array that grows by doubling up to CARVE_NODES; NULL: it cannot. */
void *carve_grow(void *array, uint32_t *cap, size_t size);

/* edi/carve/judge.c: the present set is there as a whole. */
void carve_judge(struct carve *c, const struct scan_set *set);

/* One byte more of what is decided. */
void carve_note(struct carve *c, struct buf *flags, unsigned value);

/* "20", "22", "23"; CARVE_CLAIM: none of them. */
enum carve_kind carve_level_kind(const struct segment *s);

#endif
