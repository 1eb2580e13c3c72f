/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_DOCUMENT_H
#define TESTS_SUPPORT_DOCUMENT_H

/*
 * A part of a document that is made of the program's own tables stands between
 * <!-- NAME:begin --> and <!-- NAME:end -->. BLESS=1 in the environment writes
 * it anew. To be included after cmocka.h; a test runs in the root of the tree.
 */

#include "base/slice.h"

/* The part must be this text. */
void document_holds(const char *path, const char *name, struct slice text);

#endif
