/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_H
#define EDI_RECORD_H

/*
 * Records: what a biller calls a claim, a payment or a status, as plain JSON
 * objects, each complete in itself. A kind of record is data
 * (edi/records/KIND.record, docs/records.md): it gives places of a guide
 * names. Types, codes and what is required come from the guide. From this one
 * source come the way out (record/out.h), the way in, the JSON Schema and the
 * tables of the manual (record/schema.h).
 *
 * A record's object has one member for each part of the set: those of the
 * levels above the claim (payer, provider, subscriber) and the claim itself.
 * What has no name in the kind, and what cannot be said in its type, stands in
 * the list `other` of the nearest object, as the segment it is: nothing is
 * dropped.
 *
 * A `struct record_kinds` owns what it has loaded; it lives as long as the
 * guides it was made with.
 */

#include "base/err.h"
#include "edi/guide.h"

enum {
	RECORD_PATH = 5,       /* objects between a loop's and a value's */
	RECORD_LEVELS = 8,     /* the set, 2000A, .., the claim */
	RECORD_MEMBERS = 250,  /* of one object */
};

enum record_type {
	RECORD_OBJECT,
	RECORD_TEXT,
	RECORD_CODE,
	RECORD_DATE,      /* 2026-01-31 */
	RECORD_TIME,      /* 18:05, 18:05:30 */
	RECORD_PERIOD,    /* 2026-01-05, 2026-01-05/2026-01-12, with a time
	                     2026-01-05T13:45: the format stands before it */
	RECORD_MONEY,     /* "120.50", a text */
	RECORD_NUMBER,    /* 1.5, a JSON number */
	RECORD_BOOL,      /* Y and N */
	RECORD_TYPES
};

/* A member of an object. */
struct record_field {
	const char *name;
	struct slice key;                       /* "name":, for writing */
	const struct record_field *parent;      /* NULL: the record itself */
	struct record_field *first, *last, *next;
	const struct guide_element *element;    /* of a value; NULL: object */
	const struct guide_codes *codes;        /* that it may have */
	const char *title;                      /* the guide's name of it */
	const char *place;                      /* "2110/SVC/01-2" */
	uint8_t type;                           /* enum record_type */
	uint8_t slot;                           /* in its parent */
	uint8_t count;                          /* members of an object */
	int8_t level;                           /* below the record: of what */
	bool list, required;
	bool settable;                          /* defaults may say it */
};

/* From an object down to a member: slots. */
struct record_path {
	uint8_t count, slot[RECORD_PATH];
	const struct record_field *field;       /* where it ends */
};

enum record_row_kind {
	ROW_VALUE,       /* one element or component */
	ROW_LIST,        /* a value for each of first .. last */
	ROW_PARTS,       /* a value for each component of one element */
	ROW_GROUP,       /* an object for each stride of first .. last */
	ROW_REPEATS,     /* a value for each repetition of one element */
};

/* Where a value of a segment stands in the object of the segment. */
struct record_row {
	uint8_t kind;                           /* enum record_row_kind */
	uint8_t first, last, stride;            /* elements */
	uint8_t component, component_last;      /* 0: the element itself */
	uint8_t when;                           /* element that must be .. */
	const char *code;                       /* .. this; or NULL */
	const char *otherwise;                  /* value when absent, or NULL:
	                                           a code, or $date, $time,
	                                           $reference of the set */
	struct record_path path;
	struct record_row *sub, *next;          /* rows of a group */
};

/* What becomes of a segment, or of one with some of its qualifiers. */
struct record_map {
	const struct guide_segment *segment;
	struct slice codes[16];                 /* none: any */
	uint8_t code_count;
	bool flat;           /* repeats go into one list of values */
	bool keyed;          /* its qualifier is a value too */
	bool assumed;        /* all that is required has a value when absent */
	bool opens;          /* begins a loop that has an object of its own */
	struct record_path path;                /* from the loop's object */
	struct record_row *rows;
	struct record_map *next;                /* of the same segment */
};

struct record_loop {
	struct record_path path;
	bool from_root;      /* path counts from the record */
	bool named;          /* the kind has a line for it */
	bool chain;          /* leads to, or is, what records are about */
	bool ends;           /* a record may end here: a claim, a patient */
	bool bracketed;      /* stands between LS and LE */
	uint8_t level;       /* chain only: 1, 2, .. */
};

struct record_kind {
	const char *name;                       /* "835" */
	const char *title;
	const struct guide *guide;
	struct record_field *root;
	struct record_loop *loops;              /* by guide_loop.index */
	struct record_map **maps;               /* by guide_segment.index */
	unsigned object_max;                    /* members of the largest */
};

struct record_kinds;

/* NULL: out of memory. */
struct record_kinds *record_kinds_new(struct guides *g);
void record_kinds_free(struct record_kinds *k);

/* The kind for a guide, or by name; NULL and e->code 0: there is none. */
const struct record_kind *record_kind_of(struct record_kinds *k,
    const struct guide *g, struct err *e);
const struct record_kind *record_kind_named(struct record_kinds *k,
    struct slice name, struct err *e);

/* Names of the kinds, 0, 1, ..; NULL at the end. */
const char *record_kind_name(unsigned i);

/* Of a member: "object", "text", .. */
const char *record_type_text(enum record_type t);

/* Is the segment the frame's own business: ST, SE, HL, a counted LX? */
bool record_is_frame(const struct guide_segment *g);

/* LS and LE, which stand around the loops of one kind and say nothing more. */
static inline bool
record_is_bracket(const struct guide_segment *g)
{
	return (g->id[0] == 'L') & (g->id[1] == 'S' || g->id[1] == 'E') &
	    (g->id[2] == '\0');
}

/* The only code that a guide leaves, or empty. */
static inline struct slice
record_constant(const struct guide_element *el)
{
	return el->codes && el->codes->count == 1 && !el->component_count ?
	    el->codes->text[0] : slice(NULL, 0);
}

#endif
