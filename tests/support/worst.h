/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_WORST_H
#define TESTS_SUPPORT_WORST_H

/*
 * Files that are as hard to work on as their size allows, and the works: for
 * the test that looks at memory and findings, and for the bench that looks at
 * time. Each file is one 837P of n bad or endless things.
 */

#include "base/buf.h"
#include "edi/codes.h"
#include "edi/record.h"
#include "edi/rule.h"

enum { WORST_MAX = 256 << 20 };

struct worst_case {
	const char *name, *what;
	void (*make)(struct buf *to, unsigned n);
};
/* Ends with a name that is NULL. */
extern const struct worst_case worst_cases[];

/* The whole file: envelope, a provider, n of it, trailers. */
void worst_make(const struct worst_case *c, unsigned n, struct buf *to);

struct worst {
	struct guides *guides;
	struct rules *rules;
	struct codes *codes;
	struct record_kinds *kinds;
};

/* False: no memory. */
bool worst_open(struct worst *w);
void worst_close(struct worst *w);

/* What a work came to; memory is the most that was allocated meanwhile. */
struct worst_result {
	int framing;
	bool refused;            /* it said that this is too much for it */
	uint64_t findings, left_out, claims, bytes, memory;
};

struct worst_work {
	const char *name;
	/* False: no memory, or an error of the world's. */
	bool (*run)(struct worst *w, struct slice x12, struct worst_result *r);
};
/* validate, ack, to-json, records, carve; ends with a name that is NULL. */
extern const struct worst_work worst_works[];

#endif
