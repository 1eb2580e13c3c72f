/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_NAME_H
#define CONFIG_NAME_H

/*
 * The templates of remote names and of BHT03. These look at what the operator
 * wrote; config_name() in config/config.h fills a template that passed. false:
 * why says what is wrong, as words that follow the key's name.
 */

#include "config/config.h"

bool name_check(struct slice tmpl, char *why, size_t n);
bool name_check_bht(struct slice tmpl, char *why, size_t n);

#endif
