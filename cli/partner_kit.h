/* SPDX-License-Identifier: ISC */
#ifndef CLI_PARTNER_KIT_H
#define CLI_PARTNER_KIT_H

/*
 * What x12d checks a partner's files against: its configuration, read as x12d
 * reads it, and the kit of one partner. Mistakes are told on standard error,
 * as `x12d --check-config` does.
 */

#include "kit/kit.h"

struct partner_kit {
	struct config *config;
	struct kit_lists lists;
	struct kits *kits;
	/* of the partner; as long as this is open */
	const struct inspection_settings *settings;
};

int partner_kit_open(struct partner_kit *k, const char *config,
    const char *partner, struct err *e) __attribute__((warn_unused_result));
/* Also after a failure. */
void partner_kit_close(struct partner_kit *k);

#endif
