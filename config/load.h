/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

/*
 * The sources of a configuration: the main text, then those of partners. They
 * are kept, for the snapshot is made of them, and with them the files that
 * partners name and that all roles are to see alike.
 */

#include "config/problem.h"

enum {
	LOAD_FILES = 1000,
	LOAD_PARTNERS = 1000,
	LOAD_BYTES = 16 * 1000 * 1000,
};

struct config_own {
	struct arena keep;
	struct source *sources;      /* LOAD_FILES of room */
	unsigned source_count;
	struct source *files;        /* what they name; LOAD_FILES of room */
	unsigned file_count;
	size_t bytes;                /* of all of them */
};

struct config *load_new(struct err *e);

/* Copy a text into the configuration. 0, or -EFBIG, -ENOMEM. */
int load_add(struct config *c, const char *name, struct slice text,
    struct err *e);

/* The same for a file that the configuration names. */
int load_add_file(struct config *c, enum source_kind kind, const char *name,
    struct slice text, struct err *e);

/*
 * Add the partner files of a directory, in order of name. What is no partner
 * file but looks like one is a problem of that name; -ENOENT without *e: no
 * such directory.
 */
int load_dir(struct config *c, const char *dir, struct problems *p,
    struct err *e);

/*
 * Make the configuration of its sources. With from_files the partners_dir is
 * read in between. NULL: *e is filled, or problems were told. Takes c.
 */
struct config *load_sources(struct config *c, bool from_files,
    struct config_sink sink, struct err *e);

#endif
