/* SPDX-License-Identifier: ISC */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/*
 * "Did you mean": the known word nearest to one that is not known, by edit
 * distance (one insertion, deletion, change or swap of neighbours each count
 * one). Words longer than NEAREST_MAX are never near. Nothing is copied: the
 * words must outlive the search.
 */

#include <stddef.h>

enum { NEAREST_MAX = 48 };

struct nearest {
	const char *wanted, *best;
	unsigned distance;
};

void nearest_init(struct nearest *n, const char *wanted);
void nearest_try(struct nearest *n, const char *candidate);

/* NULL when nothing is near enough to be a slip of the fingers. */
const char *nearest_found(const struct nearest *n);

#endif
