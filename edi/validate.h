/* SPDX-License-Identifier: ISC */
#ifndef EDI_VALIDATE_H
#define EDI_VALIDATE_H

/*
 * SNIP types 1 and 2 of what stands inside segments: usage, lengths, types,
 * codes, dates, syntax notes, composites and repeats, as the guide says them.
 * A listener of a walk, which itself finds what is wrong with the structure;
 * together they are the whole of both types.
 *
 *	walk = walk_new(scan, guides, &settings);
 *	validator = validator_new(walk);
 *	... scan_fd(scan, ..) whose callbacks call walk_on_*()
 */

#include "edi/walk.h"

struct validator;

/* NULL: out of memory. The walk must outlive the validator. */
struct validator *validator_new(struct walk *w);
void validator_free(struct validator *v);

#endif
