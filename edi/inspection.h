/* SPDX-License-Identifier: ISC */
#ifndef EDI_INSPECTION_H
#define EDI_INSPECTION_H

/*
 * Everything that is known to say about a stream, in one object: the scan of
 * the envelope (SNIP 1), the index, and, along the guide of each set, its
 * structure and elements (1 and 2), balancing (3), rules (3, 4, 6, 7) and
 * external codes (5). The command line, the worker and the fuzzers use this
 * one, so that all of them say the same of the same bytes.
 *
 * The owner's callbacks get what a scan gives, each event after the layers
 * that may report findings about it; on_record gets the index's records.
 */

#include "edi/codes.h"
#include "edi/index.h"
#include "edi/rule.h"

enum {
	INSPECTION_SNIP_ALL = 0xfe,        /* types 1 to 7 */
	INSPECTION_SNIP_RULES = 0xd8,      /* those that rules speak of */
};

struct inspection_settings {
	unsigned snip;              /* bit n: type n; 0: all */
	struct guides *guides;      /* NULL: envelope and index only */
	struct rules *rules;        /* NULL: none */
	const struct codes *codes;  /* NULL: no external codes */
	uint32_t today;             /* CCYYMMDD for rules; 0: the set's day */
	const struct scan_severity *severities;  /* by name; the last holds */
	unsigned severity_count;
};

struct inspection;

/*
 * NULL: out of memory. What the settings point to, ops and ctx must outlive
 * it. on_record NULL: no index is made, which takes its time.
 */
struct inspection *inspection_new(const struct inspection_settings *settings,
    const struct scan_ops *ops, void (*on_record)(void *ctx,
    const struct index_record *r), void *ctx);
void inspection_free(struct inspection *x);

/* For scan_feed(), scan_fd(), scan_report() and where the scan stands. */
struct scan *inspection_scan(struct inspection *x);

/*
 * 0, or why something could not be checked: then no finding is no acceptance.
 * To be asked when the stream has ended.
 */
int inspection_error(const struct inspection *x, struct err *e)
    __attribute__((warn_unused_result));

/* For index_want(). NULL without on_record. */
struct index *inspection_index(struct inspection *x);

/* NULL without guides. */
struct walk *inspection_walk(struct inspection *x);

#endif
