/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_H
#define EDI_GUIDE_H

/*
 * The implementation guides as a program sees them: loops, segments, elements
 * and what may stand in each. They are data (edi/guides/, docs/guides.md),
 * built into the program as text and parsed when first asked for; nothing here
 * knows a transaction by name.
 *
 * A `struct guides` owns all memory of what it has loaded; what it hands out
 * lives until guides_free() and never changes. One per process or per job.
 *
 * An unknown guide is not an error: guides_find() answers NULL and e->code is
 * 0. A fault in a companion guide's file is: -EINVAL with file and line.
 */

#include "base/digits.h"
#include "base/err.h"
#include "base/slice.h"

enum usage { USAGE_NOT_USED, USAGE_SITUATIONAL, USAGE_REQUIRED };

enum guide_type {
	GUIDE_AN, GUIDE_ID, GUIDE_N, GUIDE_R, GUIDE_DT, GUIDE_TM, GUIDE_B,
	GUIDE_COMPOSITE,
};

/* A fact that sources disagree on: breaking it is a warning only. */
enum guide_doubt {
	DOUBT_USAGE = 1, DOUBT_MAX = 2, DOUBT_LENGTH = 4, DOUBT_CODES = 8,
};

enum guide_flag {
	GUIDE_KEY = 1,        /* its codes tell the segment from its siblings */
	GUIDE_MANDATORY = 2,  /* in the standard itself (SNIP 1) */
	GUIDE_COUNTS = 4,     /* 1, 2, 3 .. (LX01 of a claim, HL01 of a set) */
	GUIDE_PERIOD = 8,     /* its format is named by the element before it */
	GUIDE_ONCE = 16,      /* no code twice among the segment's repeats */
	GUIDE_AMOUNT = 32,    /* DE 782: digits and decimals of the guide */
};

enum { GUIDE_CHILDREN = 256, GUIDE_DEPTH = 24, GUIDE_REQUIRED = 32 };
#define GUIDE_UNBOUNDED UINT32_MAX

/* A list of codes, in the order of the guide. */
struct guide_codes {
	const char *name;           /* of a list that has one, or NULL */
	uint32_t count;
	const struct slice *text;
	uint32_t packed_count;      /* those of 8 characters at most */
	const uint64_t *packed;     /* ascending */
};

/* A code list kept outside X12: "icd10cm" where the qualifier is "ABF". */
struct guide_external {
	const char *set;
	const char *qualifier;      /* of the element before it; "": always */
};

/*
 * A syntax note of the standard, such as P0304. Bit i stands for element (or
 * component) i + 1.
 */
struct guide_syntax {
	char kind;                  /* P R E C L */
	uint8_t first;              /* 1 is the first */
	uint32_t all, rest;         /* with, and without, the first */
	uint32_t trigger;           /* none of these: the note holds */
};

/*
 * What is plainly right, made ready when the guide is loaded: who looks at
 * every segment asks the element itself only when this does not tell. It lies
 * close together, for the processor's cache is small.
 */
enum guide_kind {
	PLAIN_NONE,           /* not used: the masks tell */
	PLAIN_TEXT,           /* a length, no blank at either end */
	PLAIN_CODE,           /* one of a list */
	PLAIN_KEY,            /* the same, of a qualifier */
	PLAIN_NUMBER,
	PLAIN_DATE,           /* CCYYMMDD */
	PLAIN_PERIOD,         /* as the one before says: D8, DT, RD8 */
	PLAIN_COUNT,          /* GUIDE_COUNTS */
	PLAIN_COMPOSITE,
	PLAIN_OTHER,          /* ask the guide_element */
};

/* What is to be known of a kind. */
union guide_fact {
	const uint64_t *codes;      /* guide_slots_have() */
	const struct guide_parts *parts;    /* of a composite */
	uint64_t barred;            /* of a number: where in it, packed, no
	                               point may stand, a bit a character */
	uint64_t period;            /* of a day: is it a period? */
};

/* What some segments are asked beyond their notes. */
enum guide_habit {
	HABIT_NONE, HABIT_NAME, HABIT_ADDRESS, HABIT_CONTACT,
	HABIT_ADJUSTMENT,
};

/* Of a segment; bit i stands for element i + 1. */
struct guide_plan {
	/*
	 * When the elements that are there differ from the usual ones in none
	 * that are asked, then no usage, note, or habit can be broken; in none
	 * of `sound`: no usage, and no note.
	 */
	uint64_t usual, asked, sound;
	uint32_t text, codes, numbers, days, counts, composites;  /* by kind */
	uint32_t rest;              /* all but text and codes */
	uint8_t count;              /* elements of the segment */
	uint8_t habit;              /* enum guide_habit */
	const union guide_fact *facts;      /* of each element */
	int16_t lengths[];          /* min of eight, max of eight, and so on,
	                               each with its separator */
};

/* A mark in usual and asked that no element answers: ask always. */
#define GUIDE_ALWAYS (UINT64_C(1) << 32)

struct guide_part {
	union guide_fact fact;
	uint16_t min, span;         /* min .. min + span characters */
	uint8_t kind;               /* enum guide_kind */
};

/* Of a composite. */
struct guide_parts {
	uint32_t whole;             /* bit n: the first n may be all that are
	                               there */
	uint32_t count;
	const struct guide_checks *checks;
	struct guide_part each[];   /* and one more, which nothing fits */
};

/* Which elements, or components, are what; bit i stands for i + 1. */
struct guide_checks {
	uint32_t required, unused, keys, composites;
	const struct guide_syntax *notes;   /* that may fail although the
	                                       usage is right */
	uint8_t note_count;
};

/* An element of a segment, or a component of a composite. */
struct guide_element {
	uint16_t number;            /* data element number; 0: a composite */
	uint8_t type;               /* enum guide_type */
	uint8_t usage;              /* enum usage */
	uint8_t doubt;              /* enum guide_doubt */
	uint8_t flags;              /* enum guide_flag */
	uint8_t decimals;           /* implied, of N2 */
	uint8_t component_count;
	uint16_t min, max;          /* characters, as the guide says */
	uint16_t standard_max;
	uint16_t repeat;            /* times it may occur */
	uint8_t external_count;
	uint8_t syntax_count;       /* notes of the composite */
	const struct guide_codes *codes;   /* of the guide; NULL: any */
	const struct guide_codes *known;   /* of the standard; may be NULL */
	const struct guide_element *components;
	const struct guide_syntax *syntax;
	const struct guide_external *external;
	struct guide_checks checks; /* of the components */
	const struct guide_parts *parts;
	const char *name;           /* "Billing Provider Identifier" */
	const char *key;            /* "billing_provider_identifier", unique
	                               in its segment or composite */
	const char *composite;      /* "C003", or NULL */
};

struct guide_segment {
	uint32_t tag;               /* as SEGMENT_TAG() packs it */
	char id[4];
	uint8_t usage, doubt;
	uint8_t count;              /* elements of the standard's segment */
	uint8_t syntax_count;
	uint8_t key[2], key_component[2];  /* positions; 0: none */
	bool once;                  /* its key is GUIDE_ONCE */
	uint16_t index;             /* 0 .. guide->segment_count - 1 */
	uint16_t position;          /* in the standard's set; 0: unknown */
	uint32_t max;
	const struct guide_plan *plan;
	struct guide_checks checks;
	const struct guide_element *elements;
	const struct guide_syntax *syntax;
	const char *name, *key_name;       /* "Payer Name", "payer_name" */
};

/*
 * A loop where it is placed. Its first child is the segment that begins it.
 * A loop that may stand in two places (2300 under 2000B and 2000C) is two
 * placements of one body.
 */
struct guide_loop {
	char id[8];
	uint8_t usage, doubt;
	bool is_hl;                 /* begun by an HL */
	bool is_claim;              /* what a clerk calls a claim */
	uint16_t index;             /* 0 .. guide->loop_count - 1 */
	uint16_t position;
	uint32_t max;
	const char *name, *key_name;
	const struct guide_body *body;
};

/* The element or component whose codes tell it from its siblings, or NULL. */
const struct guide_element *guide_segment_key(const struct guide_segment *s,
    unsigned i);

/* A child of a loop: a segment, or a loop with its first segment. */
struct guide_child {
	const struct guide_segment *segment;
	const struct guide_loop *loop;     /* NULL: a segment */
	uint16_t rank;              /* equal: any order; else ascending */
	uint32_t due;               /* its bit among body->required, or 0 */
	uint32_t before;            /* those of a lower rank */
};

struct guide_match;                 /* a table from segment to child */
struct match_path;                  /* from segment to where it may stand */

struct guide_body {
	uint16_t count, required_count;
	const struct guide_child *children;
	const uint16_t *required;   /* children with usage R, ascending */
	uint32_t due;               /* a bit for each of them */
	const struct guide_match *match;
};

struct guide_severity {
	const char *finding;        /* its name, or a rule's */
	uint8_t severity;
	unsigned line;
	const char *file;           /* where it was said */
};

struct guide {
	const char *id;             /* "005010X222A1" */
	const char *companion;      /* name of a companion guide, or NULL */
	const char *set;            /* ST01: "837" */
	const char *functional;     /* GS01: "HC" */
	const char *name;
	uint16_t loop_count, segment_count;
	uint16_t amount_digits;     /* HIPAA limit of DE 782; 0: none */
	uint16_t amount_decimals;
	const struct guide_loop *root;     /* the set: id "", ST to SE */
	const struct match_path *path;     /* of the root */
	const struct guide_severity *severities;
	uint16_t severity_count;
	uint16_t tag_count, unused_count;
	const uint32_t *tags;       /* of its segments, ascending */
	const uint32_t *unused;     /* of the standard's set, left out here */
};

struct guides;

/* NULL: out of memory. */
struct guides *guides_new(void);
void guides_free(struct guides *g);

/*
 * The guide for ST03 (or GS08) and ST01: of the exact name, or of the guide
 * that it is an erratum of. "ISA" as the set gives the envelope's own guide.
 */
const struct guide *guides_find(struct guides *g, struct slice version,
    struct slice set, struct err *e);

/*
 * Lay a companion guide over its guide: from now on guides_find() answers with
 * the result. A file can narrow usage, repeats, lengths and codes, and change
 * severities; widening is -EINVAL. What guides_find() gave out before stays.
 * Several over one guide are laid over one another, each over the last.
 */
int guides_overlay(struct guides *g, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* The same from memory; `what` stands for the file in errors. */
int guides_overlay_text(struct guides *g, struct slice text,
    const char *what, struct err *e) __attribute__((warn_unused_result));

/*
 * A guide of the operator's own beside the built-in ones, in the notation of
 * docs/guides.md, whole or as an edition of another.
 */
int guides_add_text(struct guides *g, struct slice text, const char *what,
    struct err *e) __attribute__((warn_unused_result));

/* Parse every built-in guide and prove it sound: for tests and `make check`. */
int guides_check_all(struct guides *g, struct err *e)
    __attribute__((warn_unused_result));

/* The built-in guides, 0, 1, ..; false at the end. */
bool guides_builtin(unsigned i, char id[static 16], char set[static 4]);

/*
 * Where something stands in a guide: "2300/CLM/02", "2300/CLM/05-3",
 * "2010AA/NM1/09", "2300/REF[G1]", "2400", "BHT/03". The bracket holds a code
 * that tells the segment from its siblings. False: there is no such place.
 */
struct guide_place {
	const struct guide_loop *loop;
	const struct guide_segment *segment;
	uint8_t element, component;
};
bool guide_find(const struct guide *g, const char *path,
    struct guide_place *to);

/* Does a note hold of the elements, or components, that are there? */
static inline bool
guide_note_holds(const struct guide_syntax *n, uint32_t present)
{
	uint32_t have = present & n->all;

	switch (n->kind) {
	case 'P':
		return have == 0 || have == n->all;
	case 'R':
		return have != 0;
	case 'E':
		return (have & (have - 1)) == 0;
	case 'C':
		return !(present & 1u << (n->first - 1)) || have == n->all;
	default:
		return !(present & 1u << (n->first - 1)) ||
		    (present & n->rest);
	}
}

/* True when the segment id is in the standard at all. */
bool guides_knows_segment(const struct guides *g, uint32_t tag);

/* True when the guide uses the segment anywhere. */
bool guide_uses_segment(const struct guide *g, uint32_t tag);

/* True when the standard's set has it and the guide leaves it out. */
bool guide_leaves_out(const struct guide *g, uint32_t tag);

/* Up to 8 characters as a number that sorts like the text. */
static inline uint64_t
guide_pack(struct slice s)
{
	return digits_pack(s);
}

/* The same for lists and values of any length; see guide_codes_has(). */
bool guide_codes_search(const struct guide_codes *codes, struct slice value);

/* True when the value is one of the codes. */
static inline bool
guide_codes_has(const struct guide_codes *codes, struct slice value)
{
	uint64_t packed;

	if (codes->packed_count > 8 || value.n > 8)
		return guide_codes_search(codes, value);
	packed = guide_pack(value);
	for (uint32_t i = 0; i < codes->packed_count; i++)
		if (codes->packed[i] == packed)
			return true;
	return false;
}

/*
 * Slots are a factor, then codes, each where its product with the factor says;
 * the lowest bits of the factor tell how far to shift. True when the value,
 * packed, stands in its slot. A code without a slot is to be searched for.
 */
static inline uint64_t
guide_slot(uint64_t factor, uint64_t packed)
{
	return 1 + (packed * factor >> (factor & 63));
}

static inline bool
guide_slots_have(const uint64_t *slots, uint64_t packed)
{
	return slots[guide_slot(slots[0], packed)] == packed;
}

#endif
