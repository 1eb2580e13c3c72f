/* SPDX-License-Identifier: ISC */
#ifndef CLI_PARTS_H
#define CLI_PARTS_H

/*
 * The files that a split makes in a directory: part-000001.x12 and on. They
 * are written under temporary names and all named at the end, when nothing
 * failed; a name that is there already is never written over. Descriptors are
 * open only while bytes are written, so there may be many parts.
 */

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct parts {
	const char *dir;
	int fd;              /* the directory */
	uint32_t count;
};

enum { PARTS_NAME = 40 };

/* The directory is made when it is not there. */
int parts_begin(struct parts *p, const char *dir, struct err *e)
    __attribute__((warn_unused_result));

/* Number n (1, 2, ..) is made by its first write: in order, empty ones too. */
int parts_write(struct parts *p, uint32_t n, uint64_t offset,
    struct slice bytes, struct err *e) __attribute__((warn_unused_result));

/* rc 0: name them; else remove them. Returns rc, or what failed at last. */
int parts_end(struct parts *p, int rc, struct err *e)
    __attribute__((warn_unused_result));

void parts_name(uint32_t n, char to[static PARTS_NAME]);

#endif
