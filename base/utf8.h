/* SPDX-License-Identifier: ISC */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, 4 bytes. */

#include "base/slice.h"

/* Length of the valid sequence at p, of n > 0 bytes; 0 when there is none. */
size_t utf8_length(const char *p, size_t n);

/* Write a code point, 1 to 4 bytes; returns how many. */
size_t utf8_put(uint32_t code, char to[static 4]);

#endif
