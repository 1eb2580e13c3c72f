/* SPDX-License-Identifier: ISC */
#ifndef CLI_LAYERS_H
#define CLI_LAYERS_H

/*
 * What an inspection leans on, loaded once for all files of a command: the
 * guides (built in, and a companion guide over one of them), the rules (built
 * in, and an operator's file), the code lists.
 */

#include "edi/inspection.h"

enum { LAYERS_SEVERITIES = 64, LAYERS_NAME = 80 };

struct layers {
	struct guides *guides;
	struct rules *rules;
	struct codes *codes;
	unsigned severity_count;
	struct scan_severity severities[LAYERS_SEVERITIES];
};

/* What an operator lays over the built-in ones; each may be NULL. */
struct layers_files {
	const char *companion;   /* a companion guide's file */
	const char *rules;       /* a file of rules */
	const char *codes;       /* a directory of code lists */
	/* "NAME=off", "NAME=warning", "NAME=reject": findings and rules. */
	unsigned severity_count;
	const char *severities[LAYERS_SEVERITIES];
};

/* One more of the severities; false: there are too many. */
bool layers_add_severity(struct layers_files *f, const char *text);

int layers_open(struct layers *l, const struct layers_files *f, struct err *e)
    __attribute__((warn_unused_result));
/* Also after a failure. */
void layers_close(struct layers *l);

/* All SNIP types along these layers. */
struct inspection_settings layers_settings(const struct layers *l);

#endif
