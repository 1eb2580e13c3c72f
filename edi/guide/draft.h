/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_DRAFT_H
#define EDI_GUIDE_DRAFT_H

/*
 * A guide being read: the final nodes, still changeable, with the line that
 * each came from. guide/read.c fills it from text, guide/facet.c applies what
 * a line says, guide/build.c proves it sound and closes it into a struct guide.
 * Internal to the loader.
 */

#include "base/arena.h"
#include "edi/standard.h"

enum { DRAFT_DEPTH = GUIDE_DEPTH, DRAFT_WORDS = 640 };

struct guide_list {
	struct guide_list *next;
	const char *name;
	const struct guide_codes *codes;
};

struct guide_group {
	struct guide_group *next;
	const char *name;
	const struct guide_external *sets;
	uint8_t count;
};

/* A shape is read again wherever it is used. */
struct guide_shape {
	struct guide_shape *next;
	const char *name;
	uint32_t tag;
	struct guide_text text;
};

struct guide_scope {
	const struct guide_scope *up;
	struct guide_list *lists;
	struct guide_group *groups;
	struct guide_shape *shapes;
};

struct draft_node {
	struct draft_node *next;
	struct guide_segment *segment;  /* or loop */
	struct draft_loop *loop;
	uint8_t area;                   /* heading, detail, summary */
	struct guide_line line;
};

struct draft_body {
	struct draft_node *first, *last;
	uint16_t count;
	bool building;
	struct guide_body *built;
};

struct draft_loop {
	struct guide_loop *loop;
	struct draft_body *body;        /* NULL: shared, not yet resolved */
};

struct draft_shared {
	struct draft_shared *next;
	char id[8];
	bool is_claim, used;
	const char *name;
	struct draft_body *body;
	struct guide_line line;
};

/* Code lists that were made ready: equal ones have the same slots. */
struct draft_slots {
	struct draft_slots *next;
	const struct guide_codes *codes;
	const uint64_t *slots;
};

enum { DRAFT_SLOTS_BITS = 6 };

enum draft_mode { DRAFT_GUIDE, DRAFT_EDITION, DRAFT_COMPANION };

struct draft {
	struct arena *arena;
	const struct standard *standard;
	struct err *e;
	struct guide *guide;
	struct guide_scope scope;
	struct draft_loop *root;
	struct draft_shared *shared;
	enum draft_mode mode;
	bool open;
	uint8_t area;
	uint32_t unused[64];            /* tags of the line `unused` */
	unsigned unused_count;
	unsigned depth, paths;
	struct draft_slots *slots[1 << DRAFT_SLOTS_BITS];
};

/* What a line says besides its identity. */
struct facets {
	bool has_usage, has_max, has_range, has_low, has_codes, has_type;
	bool has_external, counts, once, claim, shared, key;
	uint8_t usage, doubt, type, decimals;
	uint16_t position;
	uint32_t max;
	unsigned low, high;
	const struct guide_codes *codes;
	const struct guide_external *external;
	uint8_t external_count;
	struct slice shape, name;
};

/* guide/facet.c */
int facets_read(struct draft *d, struct guide_line *l, struct facets *f);
int facets_external(struct draft *d, const struct guide_line *l,
    struct slice word, struct facets *f);
int facets_codes(struct draft *d, const struct guide_line *l,
    struct slice list, const struct guide_codes **to);
int draft_element_line(struct draft *d, struct guide_segment *s,
    struct guide_line *l, const char *subject);
int draft_element_apply(struct draft *d, const struct guide_line *l,
    struct guide_element *el, const struct facets *f, const char *subject);
int draft_usage(struct draft *d, const struct guide_line *l, uint8_t *usage,
    uint8_t *doubt, const struct facets *f);
int draft_max(struct draft *d, const struct guide_line *l, uint32_t *max,
    uint8_t *doubt, const struct facets *f);
const char *draft_name(struct draft *d, struct slice name,
    const char *subject);
int draft_no_memory(struct draft *d);
/* The components of this one element, so that they can be changed; or NULL. */
struct guide_element *draft_own_components(struct draft *d,
    struct guide_element *el);

/* guide/tree.c: loops and segments, made or found. */
int draft_children(struct draft *d, struct guide_text *t, unsigned indent,
    struct draft_loop *loop);
int draft_root_line(struct draft *d, struct guide_text *t,
    struct guide_line *l);
int draft_shared_line(struct draft *d, struct guide_text *t,
    struct guide_line *l);

/* guide/read.c */
int draft_read(struct draft *d, struct slice text, const char *what);

/* guide/check.c: what is plainly right, of the finished elements. */
int draft_checks_segment(struct draft *d, struct guide_segment *s);
int draft_checks_composite(struct draft *d, struct guide_element *el,
    const struct guide_element *before);   /* or NULL */

/* guide/match.c */
int draft_match(struct draft *d, struct guide_body *body);

/* The ways to all loops, once the bodies are built. */
int draft_paths(struct draft *d);

/* guide/build.c */
int draft_build(struct draft *d);

#endif
