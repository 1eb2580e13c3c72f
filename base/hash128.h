/* SPDX-License-Identifier: ISC */
#ifndef BASE_HASH128_H
#define BASE_HASH128_H

/*
 * 128 bits that tell texts from one another, MurmurHash3 (x64, seed 0) over a
 * stream. Against accident, not against malice: who wants two texts of one
 * hash can make them. Where that matters there is SHA-256 in spool/digest.h.
 */

#include "base/slice.h"

enum { HASH128_TEXT = 33 };

struct hash128 {
	uint64_t a, b;
	uint64_t n;                /* bytes so far */
	unsigned char tail[16];    /* those past the last whole block */
};

void hash128_begin(struct hash128 *h);
void hash128_add(struct hash128 *h, const char *p, size_t n);
/* 32 hexadecimal digits. It may be added to no more. */
void hash128_end(struct hash128 *h, char to[static HASH128_TEXT]);

#endif
