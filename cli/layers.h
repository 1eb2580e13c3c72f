/* SPDX-License-Identifier: ISC */
#ifndef CLI_LAYERS_H
#define CLI_LAYERS_H

/*
 * What an inspection leans on, loaded once for all files of a command: the
 * guides (built in, and a companion guide over one of them), the rules (built
 * in, and an operator's file), the code lists.
 */

#include "edi/inspection.h"

struct layers {
	struct guides *guides;
	struct rules *rules;
	struct codes *codes;
};

/* What an operator lays over the built-in ones; each may be NULL. */
struct layers_files {
	const char *companion;   /* a companion guide's file */
	const char *rules;       /* a file of rules */
	const char *codes;       /* a directory of code lists */
};

int layers_open(struct layers *l, const struct layers_files *f, struct err *e)
    __attribute__((warn_unused_result));
/* Also after a failure. */
void layers_close(struct layers *l);

/* All SNIP types along these layers. */
struct inspection_settings layers_settings(const struct layers *l);

#endif
