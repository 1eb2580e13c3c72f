/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

/*
 * What no single value can get wrong: settings of one partner that contradict
 * each other, and partners that contradict each other.
 */

#include "config/bind.h"

/* own, shared: what the partner was read from; b->at is the partner. */
void check_partner(const struct bind *b, const struct config_partner *p,
    const struct node *own, const struct node *shared);

/* One partner as it was read. */
struct checked {
	const struct config_partner *partner;
	const struct source *source;
	const struct node *node;
	bool right;              /* nothing was wrong with it alone */
};
void check_partners(struct problems *p, const struct checked *list,
    unsigned count);

#endif
