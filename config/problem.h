/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_PROBLEM_H
#define CONFIG_PROBLEM_H

/*
 * The mistakes of one load, collected so that they can be told in the order
 * of the files. All memory is the arena's that problems_init() was given.
 * After PROBLEM_MAX of them the rest is only counted. Values are never
 * repeated in a text: somebody may have put a password there.
 */

#include "base/arena.h"
#include "config/config.h"

enum { PROBLEM_MAX = 1000, PROBLEM_TEXT = 400 };

enum source_kind {
	SOURCE_MAIN, SOURCE_PARTNER,
	SOURCE_TEXT,             /* a companion guide, rules: for kit/ */
	SOURCE_CODES,            /* a code list: which one, not its rows */
};

/* One text to be read: a file, or what was handed over as one. */
struct source {
	const char *name;
	struct slice text;
	enum source_kind kind;
	unsigned order;
};

struct problems {
	struct arena *arena;
	struct problem *list;    /* newest first */
	unsigned count;          /* with those that are left out */
	bool nomem;
};

void problems_init(struct problems *p, struct arena *arena);
void problem_add(struct problems *p, const struct source *at, int line,
    int column, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Hand all to the sink, in order of file, line and column. */
void problems_tell(struct problems *p, struct config_sink sink);

/*
 * The nearest to word of count names, the stride bytes apart from each other
 * (a table's rows; the name is the row's first field); NULL when none is near.
 */
const char *problem_nearest(struct slice word, const void *names,
    unsigned count, size_t stride);

#endif
