/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_BIND_H
#define CONFIG_BIND_H

/*
 * A tree of nodes into a struct, by a table of keys.
 */

#include "config/table.h"
#include "config/tree.h"

struct bind {
	struct problems *problems;
	struct arena *keep;            /* where strings live */
	const struct source *source;   /* of the nodes */
	const struct source *shared;   /* of those of `defaults` */
	const struct node *at;         /* where to say that a key is missing */
	const char *in;                /* the mapping's own key, or NULL */
	bool partial;                  /* `defaults`: nothing is required */
};

/*
 * Fill the struct at base. `own` is the mapping as written (NULL: nothing
 * was), `shared` holds what to take for keys that it lacks; mistakes of
 * `shared` are not told again. After a wrong value the field holds a right
 * one, so that further checks do not stumble over the same mistake.
 */
void bind_mapping(const struct bind *b, const struct config_mapping *m,
    const struct node *own, const struct node *shared, void *base);

/* Unknown and repeated keys of one mapping. */
void bind_check_keys(const struct bind *b, const struct config_mapping *m,
    const struct node *own);

/* Of these two a partner's own are laid over those of `defaults`. */
void bind_paths(const struct bind *b, const struct config_key *key,
    const struct node *own, const struct node *shared,
    struct config_paths *to);
void bind_severities(const struct bind *b, const struct config_key *key,
    const struct node *own, const struct node *shared,
    struct config_severities *to);

/* A list's or mapping's node, or NULL after saying that it is not one. */
const struct node *bind_kind(const struct bind *b, const char *key,
    const struct node *n, enum node_kind kind);

#endif
