/* SPDX-License-Identifier: ISC */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

/*
 * Where a command writes: standard output, or a file that is there whole or
 * not at all: a temporary name beside it, fsync, rename. The path is the
 * caller's and must outlive the output. A device, a link or a pipe of that
 * name is refused: the rename would put a file in its place.
 */

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum { OUTPUT_PATH = 4096 };

struct output {
	int fd;
	const char *path;         /* NULL: standard output */
	char temp[OUTPUT_PATH];
};

/* path NULL or "-": standard output. */
int output_begin(struct output *o, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* The file gets the permissions of this descriptor; before output_end(). */
int output_like(struct output *o, int fd, struct err *e)
    __attribute__((warn_unused_result));

/* There is nothing to write: what had the name before stays as it is. */
void output_drop(struct output *o);

/*
 * rc 0: put the file under its name; else remove what was begun. Returns rc,
 * or what failed at last. Standard output is left open.
 */
int output_end(struct output *o, int rc, struct err *e)
    __attribute__((warn_unused_result));

#endif
