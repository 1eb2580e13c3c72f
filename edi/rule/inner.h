/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_INNER_H
#define EDI_RULE_INNER_H

/*
 * What the parts of the rule language share; not for others.
 *
 *	rule/text.c   file -> struct rule (fields as written)
 *	rule/parse.c  condition -> tree of struct rule_node
 *	rule/bind.c   a rule and a guide -> struct rule_bound with slots
 *	rule/take.c   what slots take of a segment
 *	rule/slot.c   what a slot keeps of the values it is given
 *	rule/quick.c  what is plainly so, told without the tree
 *	rule/eval.c   a tree and its slots -> truth
 *	rule/check.c  a listener of a walk that fills slots and reports
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
	bool numeric;
	int64_t cents;           /* when it is a number */
	uint64_t key;            /* the same for the same text */
};

/*
 * A comparison of a path with what is known beforehand (PATH in 7 8, PATH = 18,
 * PATH matches ".."), decided as each value comes: none need be kept.
 */
struct rule_test {
	struct rule_test *next;
	uint32_t *hit;           /* not zero: some value passed */
	uint64_t code;           /* packed; the first of: */
	bool plain;              /* any of these codes, or none of them: */
	bool none;
	uint8_t order;           /* RULE_LESS ..: to a number; 0: to none */
	uint16_t count;
	uint64_t *codes;
	const struct rule_node *node;
};

/* Which ways two numbers may stand to each other, of the comparison's sign. */
enum { RULE_LESS = 1, RULE_SAME = 2, RULE_MORE = 4 };
uint8_t rule_orders(enum rule_op op);

static inline bool
rule_in_order(uint8_t orders, int64_t a, int64_t b)
{
	return (orders & ((unsigned)(a < b) | (unsigned)(a == b) << 1 |
	    (unsigned)(a > b) << 2)) != 0;
}

/* What the rules ask a slot to keep beside the count and the first place. */
enum rule_want {
	RULE_WANT_VALUES = 1,    /* each, and as a number */
	RULE_WANT_SUM = 2,
	RULE_WANT_EXTREMES = 4,  /* lowest and highest number */
	RULE_WANT_FIRST = 8,     /* length, first and last day of the first */
	RULE_WANT_TEXTS = 16,    /* each */
	RULE_WANT_NUMBERS = RULE_WANT_VALUES | RULE_WANT_SUM |
	    RULE_WANT_EXTREMES,
	RULE_WANT_KEPT = RULE_WANT_VALUES | RULE_WANT_SUM | RULE_WANT_TEXTS,
};

/* What is to be made of a value before a slot takes it. */
enum rule_need { RULE_NEED_VALUE = 1, RULE_NEED_PACKED = 2,
	RULE_NEED_NUMBER = 4 };

/*
 * The counts and flags of the slots of a scope stand together, so that few
 * lines of the cache hold them and all are zero again at once when it ends.
 */
enum { RULE_WORDS = 32 };

struct rule_words {
	uint32_t word[RULE_WORDS];
	struct rule_words *next;
	uint32_t used;
};

/* n more words of the scope, 1 or 4; NULL: out of memory. */
void *rule_word(struct rule_words **list, unsigned n, struct arena *a);

/* How many values came, and where the first stood. */
struct rule_seen {
	uint32_t count, segment;
	uint64_t offset;
};

_Static_assert(sizeof(struct rule_seen) == 4 * sizeof(uint32_t),
    "rule_word() makes room for it");

/* Values of one path within one instance of its scope; what is hot is first. */
struct rule_slot {
	struct rule_seen *seen;
	uint8_t wants, needs;
	bool overflow;
	bool kept;               /* in the list of what its scope clears */
	struct rule_test *tests;
	uint32_t *numbers;       /* not zero: low and high are set */
	int64_t sum;             /* cents; what is no number counts nothing */
	int64_t low, high;
	uint32_t *from_known, *to_known;
	int64_t from, to, length;             /* of the first value */
	struct rule_slot **list, *next_kept;
	uint32_t value_count, value_cap;
	struct rule_value *values;
	struct buf text;
	const struct guide_loop *scope;       /* cleared when it ends */
	const struct rule_path *path;
};

enum rule_link_flag {
	RULE_LINK_RANGE = 1,     /* of elements or components */
	RULE_LINK_CODE = 2,      /* the segment may carry another code */
	RULE_LINK_COUNT = 4,     /* the slot only counts */
};

/* A slot that listens to a segment (or a loop's beginning). */
struct rule_link {
	struct rule_seen *seen;  /* of the slot */
	struct rule_slot *slot;
	uint32_t place;          /* the same for the same value; ascending */
	uint16_t scope;          /* of the slot: only when that is open */
	uint8_t needs;           /* of all links of the place */
	uint8_t element, last_element, component, last_component;
	uint8_t flags;           /* enum rule_link_flag */
};

/* While they are made. */
struct rule_listener {
	struct rule_link link;
	struct rule_listener *next;
};

/*
 * Part of a condition that is told from two counts: whether any of them is not
 * zero, or that none is.
 */
struct rule_gate {
	const uint32_t *a, *b;
	bool none;
};

/* What a number is made of: counts, sums, days and literals of a rule. */
struct rule_term {
	enum { TERM_VALUE, TERM_COUNT, TERM_DISTINCT, TERM_FIRST } kind;
	bool minus;
	const uint32_t *known;   /* zero: there is none */
	const int64_t *value;    /* of TERM_VALUE */
	const struct rule_slot *slot;
};

enum { RULE_GATES = 4, RULE_TERMS = 24 };

enum { QUICK_NOT, QUICK_GATE, QUICK_NUMBERS };

/* A check made ready: a gate, or one number against another. */
struct rule_quick {
	uint8_t kind;            /* QUICK_NOT .. */
	bool opposite;           /* `not` stands before it */
	uint8_t order;           /* RULE_LESS ..: what makes it true */
	uint8_t left, right;     /* how many terms each side has */
	struct rule_term *terms;
	struct rule_gate gate;
};

/*
 * A rule at one placement of its loop in a guide. A body that stands in two
 * places (2300 under 2000B and 2000C) has its inner loops once; so the loops
 * around are part of the placement.
 */
struct rule_bound {
	uint8_t gate_count;
	bool gates_all;                       /* open: `when` is true */
	bool shared;                          /* chain tells which one it is */
	bool always;                          /* in force at any date */
	const uint32_t *need;                 /* not zero: it is there */
	uint64_t judged;                      /* in this set */
	struct rule_quick quick;              /* of the check */
	/* All are open, or `when` is false, or nothing forbidden is here. */
	struct rule_gate gates[RULE_GATES];
	const struct guide_loop *const *chain;  /* root .. at; one a place */
	struct rule *rule;
	const struct guide_loop *at;
	unsigned depth;
	struct rule_slot *slots[RULE_PATHS];  /* by path index */
	struct rule_test *tests[RULE_TESTS];  /* by test - 1 */
	struct rule_bound *next_here;         /* of the same loop */
};

/*
 * To be judged at the end of a loop, unless a gate of one count is shut. Two
 * such gates stand here, so that most rules are passed over at a glance.
 */
struct rule_due {
	const uint32_t *first, *second;
	struct rule_bound *bound;    /* NULL: the end of the row */
	bool first_none, second_none;
};

enum { RULE_SLOTS = 2048 };

/* All rules bound to one guide. */
struct rule_book {
	const struct guide *guide;
	struct arena arena;
	struct rule_slot *slots[RULE_SLOTS];
	unsigned slot_count;
	struct rule_listener **by_segment;    /* by guide_segment.index */
	struct rule_listener **by_loop;       /* by guide_loop.index */
	struct rule_bound **by_at;            /* by guide_loop.index */
	/* The same in rows that end with a NULL seen or bound. */
	const struct rule_link **links;       /* by guide_segment.index */
	const struct rule_due **due;          /* by guide_loop.index */
	bool *open;                           /* loops that are open now */
	/*
	 * Placements of one body are one scope: at most one of them is open.
	 * These four are by scope: that of a loop is same[its index].
	 */
	const struct guide_loop **same;
	bool *scope_open;
	struct rule_words **words;            /* to clear at its end */
	struct rule_slot **kept;              /* the same */
	/* Days as the rules compare them, and whether they are known. */
	int64_t today, set_date;
	uint32_t today_known, set_date_known;
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
/* How many different texts there are. */
int64_t rule_slot_distinct(const struct rule_slot *s);
/* One more value. */
void rule_slot_add(struct rule_slot *s, struct slice value, uint32_t segment,
    uint64_t offset);
/* What the links of a row, which ends with a NULL seen, take of a segment. */
void rule_links_take(const struct rule_link *row,
    const struct walk_segment *s, const bool *scope_open);
/* Keep it for comparisons; or the slot overflows. */
void rule_slot_keep(struct rule_slot *s, struct slice value, bool numeric,
    int64_t cents);
/* Of what kind the test is. False: out of memory. */
bool rule_test_make(struct rule_test *t, struct arena *a);
/* Several rules ask whether a code is of the same few. */
bool rule_test_same(const struct rule_node *a, const struct rule_node *b);

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

/* The other count of a gate that has only one. */
extern const uint32_t *const rule_never;

static inline bool
rule_gate_open(const struct rule_gate *g)
{
	return ((*g->a | *g->b) == 0) == g->none;
}

/* Make a bound rule's gates and its quick check. False: out of memory. */
bool rule_quick_make(struct rule_book *k, struct rule_bound *r);
/* True: the check holds. False: ask rule_true(). */
bool rule_quick_holds(const struct rule_quick *q);
/* Does one value pass a test? */
bool rule_passes(const struct rule_node *test, struct slice value);

#endif
