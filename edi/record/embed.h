/* SPDX-License-Identifier: ISC */
#ifndef EDI_RECORD_EMBED_H
#define EDI_RECORD_EMBED_H

/* The files of edi/records/, as they were when the program was built. */

#include "base/slice.h"

struct record_file {
	const char *name, *guide, *set, *title;
	struct slice text;
};

struct slice record_file_common(void);

/* The kinds, 0, 1, ..; false at the end. */
bool record_file(unsigned i, struct record_file *to);

#endif
