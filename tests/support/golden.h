/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

/*
 * Golden cases are folders: a new case is files, not code.
 *
 *	tests/data/SUITE/CASE/input.x12        what is fed
 *	tests/data/SUITE/CASE/expect.NAME      what must come out
 *	tests/data/SUITE/CASE/delimiters.fixed when the case is about them
 *
 * Each input is fed whole, byte by byte, and once more in each of five other
 * sets of delimiters (unless fixed, or unless its data holds one of them): the
 * same must come out. With BLESS=1 in the environment the expectations are
 * rewritten, for review.
 *
 * To be included after cmocka.h; a test runs in the root of the tree.
 */

#include "base/buf.h"

/* Feed the bytes in pieces of `piece` and append what comes out to *to. */
typedef void golden_make(struct buf *to, const char *p, size_t n,
    size_t piece);

/* All cases of tests/data/SUITE that have an expect.NAME; at least one. */
void golden_run(const char *suite, const char *name, golden_make *make);

/* How many cases there are whose expectation holds the text. */
unsigned golden_count(const char *suite, const char *name, const char *text);

#endif
