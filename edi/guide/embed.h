/* SPDX-License-Identifier: ISC */
#ifndef EDI_GUIDE_EMBED_H
#define EDI_GUIDE_EMBED_H

/* The files of edi/guides/, as they were when the program was built. */

#include "base/slice.h"

struct guide_file {
	const char *name;     /* "837p.guide" */
	struct slice text;
};

struct slice guide_file_standard(void);
struct slice guide_file_common(void);

/* The guides, 0, 1, ..; false at the end. */
bool guide_file(unsigned i, struct guide_file *to);

#endif
