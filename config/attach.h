/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_ATTACH_H
#define CONFIG_ATTACH_H

/*
 * The files that partners name and that all roles must see alike: texts of
 * companion guides and rules are read into the configuration, code lists only
 * noted, with what tells one list from its successor. A file that cannot be
 * had is a problem where it was named.
 */

#include "config/load.h"

/* 0; negative: the world failed otherwise, *e filled. */
int attach_files(struct config *c, struct problems *problems, struct err *e)
    __attribute__((warn_unused_result));

/* Does a name end so, and begin with something else? */
bool name_ends(const char *name, const char *end);

#endif
