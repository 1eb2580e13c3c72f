/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_INNER_H
#define EDI_RULE_INNER_H

/*
 * What the parts of the rule language share; not for others.
 *
 *	rule_text.c   file -> struct rule (fields as written)
 *	rule_parse.c  condition -> tree of struct rule_node
 *	rule_bind.c   a rule and a guide -> struct rule_bound with slots
 *	rule_slot.c   what a slot keeps of the values it is given
 *	rule_eval.c   a tree and its slots -> truth
 *	rule_check.c  a listener of a walk that fills slots and reports
 */

#include "base/arena.h"
#include "base/buf.h"
#include "edi/code_shape.h"
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

/*
 * "2400/SV102", "HI[ABK,BK]01..12-2", "CLM05-3", "2310A/": as written, and in
 * parts.
 */
struct rule_path {
	struct slice text;
	struct slice loop;       /* empty: the rule's own, or one above it */
	struct slice segment;    /* "REF"; empty: the loop itself */
	struct slice code;       /* what the bracket says, or empty */
	uint8_t element, last_element;
	uint8_t component, last_component;
};

/* Is the value one of the bracket's codes? */
bool rule_path_code(const struct rule_path *p, struct slice value);

struct rule_node {
	enum rule_op op;
	const struct rule_node *a, *b;
	int64_t number;
	struct slice word;       /* RULE_WORD, shape of RULE_MATCHES */
	const struct slice *list;
	unsigned list_count;
	struct rule_path path;
	uint16_t index;          /* of the path in its rule */
	uint8_t test;            /* 1, 2, ..: decided value by value; 0: not */
	bool numeric;            /* a literal that is a number, too */
	const struct code_matcher *shape;    /* of RULE_MATCHES, or NULL */
};

enum { RULE_PATHS = 24, RULE_TESTS = 24 };

struct rule {
	struct rule_info info;
	struct rule *next;
	const struct rule_node *when, *check;
	const struct rule_node *paths[RULE_PATHS];  /* every path it uses */
	unsigned path_count, when_paths;            /* those of `when` first */
	const struct rule_node *tests[RULE_TESTS];  /* by test - 1 */
	unsigned test_count;
	const struct rule_node *need, *forbid, *on; /* RULE_PATH each */
	const struct rule_node *near;    /* the segment of a needed element */
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
	bool numeric;
	uint64_t offset;
	int64_t cents;           /* when it is a number */
};

/*
 * A comparison of a path with what is known beforehand (PATH in 7 8, PATH = 18,
 * PATH matches ".."), decided as each value comes: none need be kept.
 */
struct rule_test {
	const struct rule_node *node;
	struct rule_test *next;
	uint32_t hit;            /* some value passed */
};

/* What the rules ask a slot to keep beside the count and the first place. */
enum rule_want {
	RULE_WANT_VALUES = 1,    /* each, and as a number */
	RULE_WANT_SUM = 2,
	RULE_WANT_EXTREMES = 4,  /* lowest and highest number */
	RULE_WANT_FIRST = 8,     /* length, first and last day of the first */
	RULE_WANT_TEXTS = 16,    /* each */
};

/* Values of one path within one instance of its scope; what is hot is first. */
struct rule_slot {
	uint32_t count;
	uint8_t wants;
	bool overflow;
	bool numbers;            /* low and high are set */
	struct rule_test *tests;
	struct rule_slot **list;              /* of its scope: to be cleared */
	struct rule_slot *touched;            /* the next one there */
	uint64_t first_offset;   /* where the first value stood */
	uint32_t first_segment, first_length;
	uint32_t value_count, value_cap;
	int64_t sum;             /* cents; what is no number counts nothing */
	int64_t low, high;
	int64_t from, to;        /* days of the first value, or -1 */
	struct rule_value *values;
	struct buf text;
	const struct guide_loop *scope;       /* cleared when it ends */
	const struct rule_path *path;
};

/* A slot that listens to a segment (or a loop's beginning). */
struct rule_link {
	struct rule_slot *slot;
	const bool *open;        /* the slot's scope is */
	struct rule_link *next;
	uint8_t element, component;
	bool range;              /* of elements or components */
	bool check_code;         /* the segment may carry another code */
};

/*
 * A rule at one placement of its loop in a guide. A body that stands in two
 * places (2300 under 2000B and 2000C) has its inner loops once; so the loops
 * around are part of the placement.
 */
struct rule_bound {
	/* Zero: `when` cannot be true, or nothing forbidden is there. */
	const uint32_t *gate;
	const struct guide_loop *const *chain;  /* root .. at; one a place */
	struct rule *rule;
	const struct guide_loop *at;
	unsigned depth;
	bool shared;                          /* chain tells which one it is */
	struct rule_slot *slots[RULE_PATHS];  /* by path index */
	struct rule_test *tests[RULE_TESTS];  /* by test - 1 */
	struct rule_bound *next_here;         /* of the same loop */
};

/* To be judged at the end of a loop, when the gate is open. */
struct rule_due {
	const uint32_t *gate;    /* never NULL */
	struct rule_bound *bound;
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
	struct rule_bound **by_at;            /* by guide_loop.index */
	/* The same in rows that end with a NULL slot or gate. */
	const struct rule_link **links;       /* by guide_segment.index */
	const struct rule_due **due;          /* by guide_loop.index */
	bool *open;                           /* loops that are open now */
	/*
	 * Placements of one body are one scope: at most one of them is open.
	 * These three are by scope: that of a loop is same[its index].
	 */
	const struct guide_loop **same;
	bool *scope_open;
	struct rule_slot **touched;           /* slots to clear at its end */
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

/* ---- slots -------------------------------------------------------------- */

void rule_slot_clear(struct rule_slot *s);
/* The days of the first value, where they are wanted. */
void rule_slot_days(struct rule_slot *s, struct slice value);
/* Tests and values, for a slot that has or wants some. */
void rule_slot_take(struct rule_slot *s, struct slice value,
    uint32_t segment, uint64_t offset);
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
/* Does one value pass a test? */
bool rule_passes(const struct rule_node *test, struct slice value);

#endif
