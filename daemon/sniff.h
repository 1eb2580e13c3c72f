/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_SNIFF_H
#define DAEMON_SNIFF_H

/*
 * What a file that is not X12 looks like, so that a clerk reads "a PDF file"
 * and not a list of findings. Only the first bytes are looked at; the answer
 * is a hint for people and decides nothing.
 */

#include "base/slice.h"

enum { SNIFF_BYTES = 512 };

struct sniff {
	const char *what;   /* "a zip archive"; "" when it may be X12 */
	bool packed;        /* X12 may be inside: to be unpacked first */
};

/* head: the first SNIFF_BYTES of the file, or all of it when it is shorter. */
struct sniff sniff_file(struct slice head);

#endif
