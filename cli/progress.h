/* SPDX-License-Identifier: ISC */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/*
 * How far a command is, on a terminal: nothing is shown in the first second,
 * then one line on standard error that rewrites itself a few times a second
 * and is wiped at the end. When standard error is no terminal, nothing.
 */

#include "base/slice.h"

struct progress {
	const char *what;
	uint64_t done, size;      /* size 0: not known */
	int64_t begun, shown;     /* monotonic ms */
	bool on, drawn;
};

void progress_begin(struct progress *p, const char *what, uint64_t size);
void progress_add(struct progress *p, uint64_t bytes);
void progress_end(struct progress *p);

#endif
