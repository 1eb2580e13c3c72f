/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_SLOT_H
#define EDI_RULE_SLOT_H

/*
 * What is known of a set while it is walked: facts, and slots, which keep of
 * the values of a path what rules ask of them; and the rows of steps that fill
 * them. A book owns them all (edi/rule/inner.h).
 */

#include "edi/rule/tree.h"

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
/* The tests of a slot, those of a kind together. False: out of memory. */
bool rule_slot_tests(struct rule_slot *s, struct arena *a);
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

#endif
