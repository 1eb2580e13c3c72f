/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_GENERATE_H
#define TESTS_SUPPORT_GENERATE_H

/*
 * Random interchanges that a guide allows: made by walking the guide itself,
 * so that what the guide says is judged against what the walk, the validator
 * and the mirror do. The same seed makes the same bytes.
 */

#include "base/buf.h"
#include "edi/guide.h"

/*
 * Append one interchange with one set of the guide, in random delimiters, with
 * or without line ends. False: the guide cannot be followed (a required
 * element has no value that is known to fit).
 */
bool generate(struct buf *to, const struct guide *g, uint64_t seed);

#endif
