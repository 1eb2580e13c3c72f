/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_DUPLICATE_H
#define DAEMON_DUPLICATE_H

/*
 * Claims of a file that went before: the engine finds them (it has the store),
 * writes a list of them into a scratch file, and hands that to the worker that
 * takes them out and to the report that tells of them. A list is an array of
 * struct duplicate, ascending by claim, and travels only between processes of
 * this build.
 */

#include "config/config.h"
#include "daemon/manifest.h"

enum duplicate_kind {
	DUPLICATE_CLAIM,         /* the same claim: duplicate_claim */
	DUPLICATE_NUMBER,        /* another one of its number, frequency 1 */
	DUPLICATE_KINDS
};

struct duplicate {
	uint32_t claim;          /* 1, 2, .. over all sets of the file */
	uint32_t interchange, ordinal, segment;  /* as its index record */
	uint64_t offset;
	uint64_t record;         /* of a file of records: its number */
	uint8_t kind;            /* enum duplicate_kind */
	uint8_t severity;        /* enum severity, never off */
	char detail[96];         /* when and in which file it went */
};

/* How bad each is to a partner; SEVERITY_OFF: not looked for. */
uint8_t duplicate_severity(const struct config_partner *c,
    enum duplicate_kind kind);

/* Entry i of a list; -ENOENT: there are no more, -EBADMSG: damaged. */
int duplicate_get(int list, uint32_t i, struct duplicate *d, struct err *e)
    __attribute__((warn_unused_result));

/* As a finding of the file that it stands in. */
struct finding duplicate_finding(const struct duplicate *d);

/* The ordinals of those that reject; to be freed. NULL: *e is filled. */
uint32_t *duplicate_rejects(int list, uint32_t count, uint32_t *found,
    struct err *e);

#endif
