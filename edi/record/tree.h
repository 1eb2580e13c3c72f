/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_TREE_H
#define EDI_RECORD_TREE_H

/*
 * Members of a record by name, such as "subscriber.coverage.sequence", for
 * what makes one record of another. Texts are as in a record: 2026-01-31,
 * 120.50. A name that the kind does not have is as one that is not there, and
 * putting something there does nothing: kinds differ in what they can say.
 *
 * Memory, of texts too, is the arena's; the first time that it does not
 * suffice is remembered, so that a caller may look once, at the end.
 */

#include "edi/record/value.h"

struct record_tree {
	struct arena *arena;
	bool failed;                      /* out of memory */
};

/* A value with its shape; value NULL: not there; field NULL: no such name. */
struct record_at {
	const struct record_field *field;
	struct record_value *value;       /* of a list: the first */
};

/* The next of the same list. */
static inline struct record_at
record_next(struct record_at at)
{
	at.value = at.value ? at.value->next : NULL;
	return at;
}

struct record_at record_get(struct record_at from, const char *name);
struct slice record_get_text(struct record_at from, const char *name);
/* Cents; false: not there, or no amount. */
bool record_get_money(struct record_at from, const char *name,
    int64_t *cents);

/* Set a value; objects on the way are made. */
void record_put(struct record_tree *t, struct record_at to, const char *name,
    struct slice text);
void record_put_money(struct record_tree *t, struct record_at to,
    const char *name, int64_t cents);

/* The object of that name, or one more in its list; value NULL: it cannot. */
struct record_at record_open(struct record_tree *t, struct record_at to,
    const char *name);

/* Take it away, with all of a list. */
void record_drop(struct record_at from, const char *name);

/*
 * What both shapes have, by name: all of it to where nothing is. Values are
 * shared, lists and objects are made anew.
 */
void record_copy(struct record_tree *t, struct record_at from,
    struct record_at to);

/* The same from one member to another; and then drop it from where it was. */
void record_move(struct record_tree *t, struct record_at from,
    const char *name, struct record_at to, const char *to_name);

/* Exactly these, count of them, are the list of that name from now on. */
void record_relist(struct record_at from, const char *name,
    struct record_value *const *items, unsigned count);

#endif
