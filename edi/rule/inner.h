/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_INNER_H
#define EDI_RULE_INNER_H

/*
 * What the parts of the rule language share; not for others.
 *
 *	rule/text.c   file -> struct rule (fields as written)
 *	rule/parse.c  condition -> tree of struct rule_node
 *	rule/bind.c   a rule and a guide -> struct rule_bound with slots
 *	rule/row.c    slots -> rows, which a walk runs along
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

/*
 * Something that is so or not within an instance of a scope: a bit of a word.
 * All bits of a scope are zero again when the instance ends. Nothing else is
 * cleared then: what a slot keeps counts only while the slot is there.
 */
struct rule_fact {
	struct rule_facts *of;
	uint64_t bit;
};

/* A segment since which more facts are so than before. */
struct rule_since {
	uint64_t before, offset;
	uint32_t segment;
};

enum { RULE_FACTS = 64 };

struct rule_facts {
	uint64_t word;
	uint64_t known;          /* of it, by the history, which ends here: */
	struct rule_since *now;
	struct rule_facts *next;
	unsigned used;
	struct rule_since since[RULE_FACTS];
};

static inline bool
rule_holds(struct rule_fact f)
{
	return (f.of->word & f.bit) != 0;
}

static inline void
rule_note(struct rule_fact f)
{
	f.of->word |= f.bit;
}

/* What became so, became so at this segment. */
static inline void
rule_remember(struct rule_facts *f, uint32_t segment, uint64_t offset)
{
	if (f->word == f->known)
		return;
	*f->now++ = (struct rule_since){ .before = f->known,
		.segment = segment, .offset = offset };
	f->known = f->word;
}

static inline void
rule_forget(struct rule_facts *f)
{
	f->word = f->known = 0;
	f->now = f->since;
}

/* Of a fact that is so. */
const struct rule_since *rule_since(struct rule_fact f);

/* One more fact of the scope. False: out of memory. */
bool rule_fact_new(struct rule_facts **scope, struct arena *a,
    struct rule_fact *to);

/* Texts of eight characters at most are told by their keys alone. */
enum { RULE_SHORT = 8 };

struct rule_value {
	uint64_t key;            /* the same for the same text */
	int64_t cents;           /* when it is a number */
	uint32_t at, n;          /* in the slot's text, when it is not short */
	bool numeric;
};

/* Which values have a shape: what they begin with, how long they may be. */
struct rule_shape {
	uint64_t first[4];
	uint32_t lengths;
};

/*
 * A comparison of a path with what is known beforehand (PATH in 7 8, PATH = 18,
 * PATH matches ".."), decided as each value comes: none need be kept.
 */
struct rule_test {
	struct rule_test *next;
	struct rule_fact hit;    /* some value passed */
	const struct rule_node *node;
	bool plain;              /* any of these codes, or none of them: */
	bool none;
	uint8_t order;           /* RULE_LESS ..: to a number; 0: to none */
	uint16_t count;
	uint64_t *codes;
	struct rule_shape *shape;    /* NULL: any value may have it */
};

/* Which ways two numbers may stand to each other, of the comparison's sign. */
enum { RULE_LESS = 1, RULE_SAME = 2, RULE_MORE = 4 };
uint8_t rule_orders(enum rule_op op);

static inline bool
rule_in_order(uint8_t orders, int64_t a, int64_t b)
{
	return orders >> (1 + (a > b) - (a < b)) & 1;
}

/* What the rules ask of a slot beside the first place of a value. */
enum rule_want {
	RULE_WANT_COUNT = 1,
	RULE_WANT_FIRST = 2,     /* length, first and last day of the first */
	RULE_WANT_CODES = 4,     /* tests: whether a value is a code */
	RULE_WANT_ORDERS = 8,    /* tests: how it stands to a number */
	RULE_WANT_TESTS = 16,    /* tests of other kinds */
	RULE_WANT_SUM = 32,
	RULE_WANT_EXTREMES = 64, /* lowest and highest number */
	RULE_WANT_TEXTS = 128,   /* each */
	RULE_WANT_VALUES = 256,  /* each, and as a number */
	RULE_WANT_NUMBERS = RULE_WANT_ORDERS | RULE_WANT_SUM |
	    RULE_WANT_EXTREMES | RULE_WANT_VALUES,
	RULE_WANT_KEPT = RULE_WANT_TEXTS | RULE_WANT_VALUES,
	RULE_WANT_BEGIN = RULE_WANT_COUNT | RULE_WANT_FIRST | RULE_WANT_SUM |
	    RULE_WANT_KEPT,
};

/* One code of a test. */
struct rule_code {
	uint64_t code;           /* packed */
	struct rule_fact hit;
};

/* A number passes that is not below low and at most span above it. */
struct rule_order {
	int64_t low;
	uint64_t span;
	bool none;               /* or all but these pass */
	const struct rule_node *node;
	struct rule_fact hit;
};

/* Values of one path within one instance of its scope. */
struct rule_slot {
	struct rule_fact there;  /* a value came; else the rest says nothing */
	uint16_t wants;
	bool overflow;
	uint8_t order_count;
	uint16_t code_count, test_count;
	struct rule_code *codes;
	struct rule_order *orders;
	struct rule_test **others;
	uint64_t first[4];       /* what a value that passes begins with */
	int64_t count;           /* in hundredths, as all numbers */
	int64_t sum;             /* cents; what is no number counts nothing */
	struct rule_fact numbers;    /* low and high are known */
	int64_t low, high;
	struct rule_fact from_known, to_known;
	int64_t from, to, length;    /* of the first value */
	uint32_t value_count, value_cap;
	struct rule_value *values;
	struct buf text;
	struct rule_test *tests; /* all, while they are made */
	const struct guide_loop *scope;
	const struct rule_path *path;
};

/* How many values came, in hundredths; their sum. */
static inline int64_t
rule_slot_count(const struct rule_slot *s)
{
	return rule_holds(s->there) ? s->count : 0;
}

static inline int64_t
rule_slot_sum(const struct rule_slot *s)
{
	return rule_holds(s->there) ? s->sum : 0;
}

/* How many values are kept. */
static inline uint32_t
rule_slot_kept(const struct rule_slot *s)
{
	return rule_holds(s->there) ? s->value_count : 0;
}

/* Where a step has its value from. */
enum rule_find {
	RULE_FIND_HERE,          /* the segment itself */
	RULE_FIND_SAME,          /* as the step before it */
	RULE_FIND_ELEMENT,
	RULE_FIND_COMPOSITE,     /* an element of which parts are wanted, too */
	RULE_FIND_PART,          /* of that */
};

/* What a step asks before the next one, which is left out if it is not so. */
enum { RULE_ASK_CODE = 1, RULE_ASK_SCOPE = 2 };

/*
 * One step along a segment: a value, which facts are so when it is there, and
 * what one slot takes of it.
 */
struct rule_step {
	uint32_t element;        /* ascending */
	uint8_t op, find;        /* op: see rule_op() */
	uint8_t component;
	uint8_t onward;          /* parts from the one that was found last */
	uint8_t own;             /* which bit says that the slot is there */
	uint16_t same;           /* so many more steps have this value */
	uint16_t rest;           /* or are of this element */
	struct rule_facts *facts;
	uint64_t bits;           /* of facts; of a question: the code, packed */
	struct rule_slot *slot;
	unsigned asks;           /* RULE_ASK_CODE ..: of a question */
};

/* All that rules take of a segment. */
struct rule_row {
	const struct rule_step *steps;
	struct rule_facts **facts;        /* that may change; NULL ends */
};

static inline bool
rule_row_empty(const struct rule_row *row)
{
	return !row->facts || !row->facts[0];
}

/* While they are made; also of a loop's beginning. */
struct rule_listener {
	struct rule_slot *slot;
	struct rule_listener *next;
	bool check_code;         /* the segment may carry another code */
	bool check_scope;        /* or stand outside of the scope */
};

/*
 * Part of a condition that is told from two facts: whether any of them is so,
 * or that none is.
 */
struct rule_gate {
	const uint64_t *a, *b;
	uint64_t a_bit, b_bit;   /* b_bit 0: there is only one */
	bool none;
};

/* What a number is made of: counts, sums, days and literals of a rule. */
struct rule_term {
	enum { TERM_VALUE, TERM_SUM, TERM_FIRST, TERM_DISTINCT } kind;
	bool minus;
	const uint64_t *known;   /* else there is none, or a sum is zero */
	uint64_t known_bit;
	const int64_t *value;    /* of TERM_VALUE and TERM_SUM */
	const struct rule_slot *slot;
};

/* Sums whose presence is told by one word, each by its bit. */
struct rule_sums {
	const uint64_t *word;
	uint64_t mask;
	struct rule_addend {
		const int64_t *value;
		bool minus;
	} *of;                   /* of a bit; the first is of the lowest */
	unsigned lowest;
};

/* One side of a comparison of numbers: what must be there, and sums. */
struct rule_amount {
	unsigned term_count, sums_count;
	struct rule_term *terms;
	struct rule_sums *sums;
};

enum { RULE_GATES = 4, RULE_TERMS = 24 };

enum { QUICK_NOT, QUICK_GATE, QUICK_PAIR, QUICK_DIFFER, QUICK_NUMBERS };

/* A check made ready: a gate, or one number against another. */
struct rule_quick {
	uint8_t kind;            /* QUICK_NOT .. */
	bool opposite;           /* `not` stands before it */
	uint8_t order;           /* RULE_LESS ..: what makes it true */
	struct rule_gate gate;
	struct rule_term pair[2];
	struct rule_amount left, right;
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
	bool plain;                           /* due: the check decides */
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

/* These facts of a word are so, and these are not. */
struct rule_look {
	const uint64_t *word;
	uint64_t mask, want;
};

/*
 * To be judged at the end of a loop, when two words look so: one that most
 * rules of the loop look at, so that they are passed over at a glance, and one
 * of their own.
 */
struct rule_due {
	uint64_t mask, want;
	struct rule_bound *bound;    /* NULL: the end of the row */
	struct rule_look other;
};

struct rule_dues {
	const uint64_t *word;
	const struct rule_due *row;
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
	/* By guide_segment.index; of those that came by their id alone. */
	struct rule_row *rows, *rows_by_id;
	struct rule_dues *dues;               /* by guide_loop.index */
	bool *open;                           /* loops that are open now */
	/*
	 * Placements of one body are one scope: at most one of them is open.
	 * These three are by scope: that of a loop is same[its index].
	 */
	const struct guide_loop **same;
	bool *scope_open;
	struct rule_facts **facts;            /* to forget at its end */
	uint8_t *minds;                       /* by guide_loop.index */
	/* Days as the rules compare them, and whether they are known. */
	int64_t today, set_date;
	uint64_t today_known, set_date_known; /* 1 or 0 */
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

/* Make what a walk runs along of the lists. False: out of memory. */
bool rule_rows_make(struct rule_book *k);

/* ---- slots -------------------------------------------------------------- */

/* What a step does: how it finds its value, and what its slot wants of it. */
uint8_t rule_op(enum rule_find find, unsigned wants);
/* Steps that ask, that only make the value ready for others, and the end. */
extern const uint8_t rule_op_ask, rule_op_end;
uint8_t rule_op_ready(enum rule_find find);
/* How much is made of the value for that, which the steps after it may use. */
unsigned rule_makes(unsigned wants);
/* A loop that a slot listens to begins. */
void rule_loop_take(struct rule_slot *s, const struct walk_frame *f);
/* Go along a row with a segment. */
void rule_row_take(const struct rule_row *row, const struct walk_segment *s,
    const bool *scope_open);

/* How many different texts there are. */
int64_t rule_slot_distinct(const struct rule_slot *s);
/* True: all values are different, of which the slot keeps count and texts. */
bool rule_slot_differs(const struct rule_slot *s);
/* Keep it for comparisons; or the slot overflows. */
void rule_slot_keep(struct rule_slot *s, struct slice value, bool numeric,
    int64_t cents);
/* Of what kind the test is. False: out of memory. */
bool rule_test_make(struct rule_test *t, struct arena *a);
/* Several rules ask whether a code is of the same few. */
bool rule_test_same(const struct rule_node *a, const struct rule_node *b);
/* The same for texts that are the same; mostly different for others. */
uint64_t rule_key(struct slice text);

/* The text of a value that is not short. */
static inline struct slice
rule_slot_text(const struct rule_slot *s, const struct rule_value *v)
{
	return slice(s->text.p + v->at, v->n);
}

/* ---- judging ------------------------------------------------------------ */

struct rule_scene {
	const struct rule_bound *bound;
	uint32_t today, set_date;
	bool overflow;           /* out: a slot had too many values */
};
bool rule_true(struct rule_scene *s, const struct rule_node *n);

static inline bool
rule_gate_open(const struct rule_gate *g)
{
	return (((*g->a & g->a_bit) | (*g->b & g->b_bit)) == 0) == g->none;
}

static inline bool
rule_looks_so(const struct rule_look *l)
{
	return (*l->word & l->mask) == l->want;
}

/* Make a bound rule's gates and its quick check. False: out of memory. */
bool rule_quick_make(struct rule_book *k, struct rule_bound *r);
/* True: the numbers stand as the check says. False: ask rule_true(). */
bool rule_numbers_hold(const struct rule_quick *q);

/* The same of two that are there, or not. */
static inline bool
rule_pair_holds(const struct rule_quick *q)
{
	const struct rule_term *a = &q->pair[0], *b = &q->pair[1];
	const bool a_known = (*a->known & a->known_bit) != 0;
	const bool b_known = (*b->known & b->known_bit) != 0;

	if ((!a_known && a->kind == TERM_VALUE) ||
	    (!b_known && b->kind == TERM_VALUE))
		return q->opposite;
	return rule_in_order(q->order, a_known ? *a->value : 0,
	    b_known ? *b->value : 0) != q->opposite;
}

/* True: the check holds. False: ask rule_true(). */
static inline bool
rule_quick_holds(const struct rule_quick *q)
{
	switch (q->kind) {
	case QUICK_GATE:
		return rule_gate_open(&q->gate);
	case QUICK_PAIR:
		return rule_pair_holds(q);
	case QUICK_DIFFER:
		return rule_slot_differs(q->pair[0].slot);
	case QUICK_NUMBERS:
		return rule_numbers_hold(q);
	default:
		return false;
	}
}

/* Does one value pass a test? */
bool rule_passes(const struct rule_node *test, struct slice value);

#endif
