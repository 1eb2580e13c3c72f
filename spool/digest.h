/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_DIGEST_H
#define SPOOL_DIGEST_H

/*
 * SHA-256, as the store names bytes. The only user of libcrypto. Feed in
 * pieces of any size; digest_end() gives 64 lower-case hex digits and NUL and
 * makes the digest ready for the next stream.
 */

#include "base/slice.h"

struct digest;

struct digest *digest_new(void);   /* NULL: out of memory */
void digest_free(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, char hex[static 65]);

#endif
