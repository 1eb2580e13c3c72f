/* SPDX-License-Identifier: ISC */
#ifndef BASE_IO_H
#define BASE_IO_H

/*
 * Descriptors, whole and durable. Every function goes on after EINTR and after
 * a short read or write, and returns a negative errno value with a filled
 * struct err when the world fails. Paths appear in error texts only where the
 * caller says they are ours (`what`): a clerk's file name may name a patient.
 */

#include "base/err.h"
#include "base/slice.h"

#include <sys/types.h>

/* Bytes read, less than n only at the end of the file; negative: error. */
ssize_t io_read(int fd, void *to, size_t n, const char *what, struct err *e);
ssize_t io_pread(int fd, void *to, size_t n, off_t at, const char *what,
    struct err *e);

/* 0 when all n bytes are written. */
int io_write(int fd, const void *p, size_t n, const char *what,
    struct err *e) __attribute__((warn_unused_result));

/* From one descriptor's present position to the end; bytes copied. */
int64_t io_copy(int from, int to, const char *what, struct err *e)
    __attribute__((warn_unused_result));

int io_fsync(int fd, const char *what, struct err *e)
    __attribute__((warn_unused_result));

/* fsync of the directory that a name was made or unmade in. */
int io_fsync_dir(int dirfd, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* Close and say whether it failed: a late ENOSPC or EIO shows here. */
int io_close(int fd, const char *what, struct err *e)
    __attribute__((warn_unused_result));

/* mkdir -p with the mode for what is made; 0 also when it is there. */
int io_mkdirs(const char *path, mode_t mode, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Write path whole or not at all: a unique temporary name beside it, fsync,
 * rename, fsync of the directory.
 */
int io_replace(const char *path, struct slice bytes, mode_t mode,
    struct err *e) __attribute__((warn_unused_result));

/*
 * Read a whole file, or all that a pipe gives, of at most max bytes into a
 * malloc()ed, NUL-ended text; NULL after a failure.
 */
int io_slurp(const char *path, size_t max, char **text, size_t *n,
    struct err *e) __attribute__((warn_unused_result));

#endif
