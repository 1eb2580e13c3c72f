/* SPDX-License-Identifier: ISC */
#include "base/nearest.h"

#include <limits.h>
#include <string.h>

static unsigned
nearest_min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static unsigned
nearest_distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned rows[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= bn; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3];
		unsigned *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			row[j] = nearest_min(nearest_min(up[j], row[j - 1]) + 1,
			    up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = nearest_min(row[j], before[j - 2] + 1);
		}
	}
	return rows[an % 3][bn];
}

void
nearest_init(struct nearest *n, const char *wanted)
{
	*n = (struct nearest){ .wanted = wanted, .distance = UINT_MAX };
}

/* More slips than these make another word. */
static size_t
nearest_limit(const struct nearest *n)
{
	return 2 + strlen(n->wanted) / 4;
}

void
nearest_try(struct nearest *n, const char *candidate)
{
	size_t wn = strlen(n->wanted), cn = strlen(candidate);
	size_t apart = wn > cn ? wn - cn : cn - wn;
	unsigned d;

	/* Each character more or less is a slip of its own. */
	if (wn > NEAREST_MAX || cn > NEAREST_MAX || apart >= n->distance ||
	    apart > nearest_limit(n))
		return;
	d = nearest_distance(n->wanted, wn, candidate, cn);
	if (d < n->distance) {
		n->distance = d;
		n->best = candidate;
	}
}

const char *
nearest_found(const struct nearest *n)
{
	if (!n->best || n->distance > nearest_limit(n) ||
	    n->distance >= strlen(n->wanted))
		return NULL;
	return n->best;
}
