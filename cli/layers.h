/* SPDX-License-Identifier: ISC */
#ifndef CLI_LAYERS_H
#define CLI_LAYERS_H

/*
 * What an inspection leans on, loaded once for all files of a command: the
 * guides, the rules (built in, and an operator's file), the code lists.
 */

#include "edi/inspection.h"

struct layers {
	struct guides *guides;
	struct rules *rules;
	struct codes *codes;
};

/* rules: a file, codes: a directory; each may be NULL. */
int layers_open(struct layers *l, const char *rules, const char *codes,
    struct err *e) __attribute__((warn_unused_result));
/* Also after a failure. */
void layers_close(struct layers *l);

/* All SNIP types along these layers. */
struct inspection_settings layers_settings(const struct layers *l);

#endif
