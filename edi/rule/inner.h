/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_INNER_H
#define EDI_RULE_INNER_H

/*
 * What the parts of the rule language share; not for others.
 *
 *	rule/text.c   file -> struct rule (fields as written)   rule/tree.h
 *	rule/parse.c  condition -> tree of struct rule_node
 *	rule/bind.c   a rule and a guide -> struct rule_bound with slots
 *	rule/test.c   comparisons that are decided value by value
 *	rule/row.c    slots -> rows of steps, for each segment  rule/slot.h
 *	rule/take.c   a row and a segment -> facts and slots    rule/value.h
 *	rule/slot.c   what a slot keeps of the values it is given
 *	rule/quick.c  what is plainly so, told without the tree
 *	rule/due.c    which rules are to be judged when a loop ends
 *	rule/eval.c   a tree and its slots -> truth
 *	rule/check.c  a listener of a walk that fills slots and reports
 */

#include "edi/rule/slot.h"

/* ---- binding ------------------------------------------------------------ */

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
/* And what is looked at when loops end, of the bound rules. */
bool rule_dues_make(struct rule_book *k);

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
