/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

/*
 * One YAML document as a small tree, made from libyaml's events. Everything is
 * bounded: bytes, depth, nodes. Anchors, aliases, tags and second documents
 * are refused: nobody needs them here, and aliases make small texts large.
 * Nodes and their texts are the arena's.
 */

#include "config/problem.h"

enum {
	TREE_BYTES = 1000 * 1000,
	TREE_DEPTH = 12,
	TREE_NODES = 20000,
};

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAPPING };

struct node {
	enum node_kind kind;
	int line, column;
	bool plain;              /* a scalar without quotes */
	struct slice text;       /* of a scalar, NUL-ended */
	struct node *key;        /* in a mapping: the scalar before it */
	struct node *first, *next;
};

/*
 * 0 with *root; NULL for a text that says nothing. -1: a problem was added, or
 * there was no memory (p->nomem).
 */
int tree_parse(const struct source *s, struct arena *arena,
    struct problems *p, struct node **root);

/* The value of a key, NULL: not there, or not a mapping (which may be NULL). */
const struct node *node_get(const struct node *mapping, const char *key);

/* `key:` with nothing after it, or ~, or null. */
bool node_is_null(const struct node *n);

const char *node_kind_text(enum node_kind k);

#endif
