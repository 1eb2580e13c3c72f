/* SPDX-License-Identifier: ISC */
#ifndef EDI_RULE_TREE_H
#define EDI_RULE_TREE_H

/* Rules as they are written: paths, conditions as trees, the rule itself. */

#include "base/arena.h"
#include "base/buf.h"
#include "edi/codes/shape.h"
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

#endif
