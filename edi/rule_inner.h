/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_INNER_H
#define EDI_RULE_INNER_H

/*
 * What the parts of the rule language share; not for others.
 *
 *	rule_text.c   file -> struct rule (fields as written)
 *	rule_parse.c  condition -> tree of struct rule_node
 *	rule_bind.c   a rule and a guide -> struct rule_bound with slots
 *	rule_eval.c   a tree and its slots -> truth
 *	rule_check.c  a listener of a walk that fills slots and reports
 */

#include "base/arena.h"
#include "base/buf.h"
#include "edi/rule.h"

enum rule_op {
	RULE_AND, RULE_OR, RULE_NOT,
	RULE_EQ, RULE_NE, RULE_LT, RULE_LE, RULE_GT, RULE_GE,
	RULE_IN, RULE_NOT_IN, RULE_MATCHES,
	RULE_ADD, RULE_SUB,
	RULE_NUMBER,     /* cents */
	RULE_WORD,       /* a literal code or text */
	RULE_PATH,       /* its values; as a condition: it is there */
	RULE_SUM, RULE_COUNT, RULE_DISTINCT, RULE_LOWEST, RULE_HIGHEST,
	RULE_FROM, RULE_TO, RULE_LENGTH,
	RULE_TODAY, RULE_SET_DATE,
};

/* "2400/SV102", "REF[F8]", "CLM05-3", "2310A/": as written, and in parts. */
struct rule_path {
	struct slice text;
	struct slice loop;       /* empty: the rule's own, or one above it */
	struct slice segment;    /* "REF"; empty: the loop itself */
	struct slice code;       /* what the bracket says, or empty */
	uint8_t element, component;
};

struct rule_node {
	enum rule_op op;
	const struct rule_node *a, *b;
	int64_t number;
	struct slice word;       /* RULE_WORD, shape of RULE_MATCHES */
	const struct slice *list;
	unsigned list_count;
	struct rule_path path;
	uint16_t index;          /* of the path in its rule */
};

enum { RULE_PATHS = 24 };

struct rule {
	struct rule_info info;
	struct rule *next;
	const struct rule_node *when, *check;
	const struct rule_node *paths[RULE_PATHS];  /* every path it uses */
	unsigned path_count;
	const struct rule_node *need, *forbid, *on; /* RULE_PATH each */
};

struct rules {
	struct arena arena;
	struct rule *first, **last;
	size_t count;
};

/* ---- parsing ------------------------------------------------------------ */

/* One condition; paths are added to the rule. NULL: *e says what is wrong. */
const struct rule_node *rule_parse(struct arena *a, struct rule *r,
    struct slice text, struct err *e);
/* A text that must be one path. */
const struct rule_node *rule_parse_path(struct arena *a, struct rule *r,
    struct slice text, struct err *e);

/* ---- binding ------------------------------------------------------------ */

struct rule_value {
	uint32_t at, n;          /* in the slot's text */
	uint32_t segment;        /* where it stood */
	uint64_t offset;
};

/* Values of one path within one instance of its scope. */
struct rule_slot {
	const struct guide_loop *scope;       /* cleared when it begins */
	const struct rule_path *path;
	bool keep;               /* values are needed, not only their count */
	bool add;                /* their sum is needed */
	bool overflow;
	uint32_t count;
	int64_t sum;             /* cents; what is no number counts nothing */
	uint32_t value_count, value_cap;
	struct rule_value first; /* where the first value stood */
	struct rule_value *values;
	struct buf text;
};

/* A slot that listens to a segment (or a loop's beginning). */
struct rule_link {
	struct rule_slot *slot;
	struct rule_link *next;
};

/*
 * A rule at one placement of its loop in a guide. A body that stands in two
 * places (2300 under 2000B and 2000C) has its inner loops once; so the loops
 * around are part of the placement.
 */
struct rule_bound {
	struct rule *rule;
	const struct guide_loop *at;
	const struct guide_loop *const *chain;  /* root .. at */
	unsigned depth;
	bool shared;                          /* chain tells which one it is */
	const struct rule_slot *gate;         /* empty: `when` cannot be true */
	struct rule_slot *slots[RULE_PATHS];  /* by path index */
	struct rule_bound *next_here;         /* of the same loop */
};

enum { RULE_SLOTS = 2048 };

/* All rules bound to one guide. */
struct rule_book {
	const struct guide *guide;
	struct arena arena;
	struct rule_slot *slots[RULE_SLOTS];
	unsigned slot_count;
	struct rule_link **by_segment;        /* by guide_segment.index */
	struct rule_link **by_loop;           /* by guide_loop.index */
	struct rule_link **by_scope;          /* by guide_loop.index */
	struct rule_bound **by_at;            /* by guide_loop.index */
	bool *open;                           /* loops that are open now */
};

/* True when the rule speaks of the guide: by id, or by type ("837P"). */
bool rule_speaks_of(const struct rule *r, const struct guide *g);

/*
 * Bind all rules of these SNIP types (bit n: type n) that speak of the guide;
 * *e names a path without a place.
 */
int rule_book_make(struct rule_book *k, const struct rules *r,
    const struct guide *g, unsigned snips, struct err *e)
    __attribute__((warn_unused_result));
void rule_book_free(struct rule_book *k);

void rule_slot_clear(struct rule_slot *s);
void rule_slot_add(struct rule_slot *s, struct slice value, uint32_t segment,
    uint64_t offset);
static inline struct slice
rule_slot_value(const struct rule_slot *s, unsigned i)
{
	return slice(s->text.p + s->values[i].at, s->values[i].n);
}

/* ---- judging ------------------------------------------------------------ */

struct rule_scene {
	const struct rule_bound *bound;
	uint32_t today, set_date;
	bool overflow;           /* out: a slot had too many values */
};
bool rule_true(struct rule_scene *s, const struct rule_node *n);

#endif
