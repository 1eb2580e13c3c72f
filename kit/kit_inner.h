/* SPDX-License-Identifier: ISC */
#ifndef KIT_KIT_INNER_H
#define KIT_KIT_INNER_H

/* What the parts of a kit share. Nobody else includes this. */

#include "kit/kit.h"

/* One way of checking. */
struct kit {
	const struct config_partner *like;   /* made for; NULL: built in */
	struct guides *guides;
	struct rules *rules;
	struct codes *codes;
	struct record_kinds *kinds;          /* once asked for */
	struct scan_severity severities[CONFIG_SEVERITIES];
	struct inspection_settings settings;
	uint64_t used;                       /* when last, counted */
};

struct kits {
	const struct config *config;         /* or NULL */
	struct code_table *lists[CONFIG_CODES];
	struct kit *kit[KIT_MOST];
	uint64_t uses;
};

/* NULL like: what is built in. Always to be freed, also after a failure. */
struct kit *kit_new(void);
void kit_free(struct kit *k);

/* The steps of making one; each says what is wrong with one thing. */
int kit_add_guide(struct kit *k, const struct config *c, const char *path,
    struct err *e);
int kit_add_rules(struct kit *k, const struct config *c, const char *path,
    struct err *e);
int kit_add_severity(struct kit *k, const struct config_severities *s,
    unsigned i, struct err *e);

/* Do two partners' files need the same kit? NULL: has nothing of its own. */
bool kit_same(const struct config_partner *a, const struct config_partner *b);

#endif
