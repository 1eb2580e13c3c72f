/* SPDX-License-Identifier: ISC */
#ifndef EDI_SCAN_H
#define EDI_SCAN_H

/*
 * The one loop over a stream of X12. A scan reads segments, follows the
 * envelope (ISA, GS, ST and their trailers, TA1), checks it (SNIP type 1),
 * and calls back. Everything that works on X12, the command line, the worker,
 * the fuzzers, the acknowledgement writer, is a set of callbacks on a scan.
 *
 * The scan owns its reader; pointers handed to a callback are valid during
 * that call only. Whatever the bytes, a scan ends: with findings, never with
 * an error. Reading the file is the caller's (scan_feed), or scan_fd()'s.
 */

#include "base/err.h"
#include "edi/finding.h"
#include "edi/segment.h"

struct scan_interchange {
	uint32_t ordinal;             /* 1, 2, .. in the stream */
	uint64_t offset, length;      /* bytes; length is known at the end */
	struct delimiters delimiters;
	char sender_qualifier[3], sender[16];      /* ISA05, 06, trimmed */
	char receiver_qualifier[3], receiver[16];  /* ISA07, 08, trimmed */
	char date[7], time[5];        /* ISA09, ISA10 as written */
	char version[6];              /* ISA12 */
	uint64_t control;             /* ISA13, 0 when it is not a number */
	char ack_requested;           /* ISA14 */
	char usage;                   /* ISA15 */
	uint32_t groups;              /* seen so far */
	uint32_t sets;
	bool closed;                  /* its IEA was there */
	bool rejected;                /* a reject that a TA1 speaks of */
};

struct scan_group {
	uint32_t ordinal;             /* 1, 2, .. in the interchange */
	uint64_t offset;
	char functional_id[3];        /* GS01 */
	char sender[16], receiver[16];/* GS02, GS03 */
	char date[9], time[9];        /* GS04, GS05 as written */
	uint64_t control;             /* GS06 */
	char agency[3];               /* GS07 */
	char version[13];             /* GS08 */
	uint32_t sets;                /* STs seen so far */
	uint64_t stated_sets;         /* GE01, at the end */
	bool closed, rejected;
	bool implied;                 /* no GS: an ST stood outside a group */
};

struct scan_set {
	uint32_t ordinal;             /* 1, 2, .. in the group */
	uint64_t offset, length;      /* ST to SE; length at the end */
	char id[4];                   /* ST01 */
	char control[10];             /* ST02 */
	char version[36];             /* ST03, GS08 when there is none */
	uint32_t segments;            /* so far, ST is 1 */
	bool closed, rejected;
};

struct scan_ops {
	void (*on_interchange)(void *ctx, const struct scan_interchange *);
	void (*on_interchange_end)(void *ctx, const struct scan_interchange *);
	void (*on_group)(void *ctx, const struct scan_group *);
	void (*on_group_end)(void *ctx, const struct scan_group *);
	void (*on_set)(void *ctx, const struct scan_set *);
	void (*on_set_end)(void *ctx, const struct scan_set *);
	/*
	 * Every segment, the envelope's own included; ordinal is 1 for ST and
	 * 0 outside a set. A header's on_set comes before its on_segment, a
	 * trailer's on_set_end after it.
	 */
	void (*on_segment)(void *ctx, const struct segment *, uint32_t ordinal);
	void (*on_finding)(void *ctx, const struct finding *);
	/* Each one that is past the limit of those that are listed. */
	void (*on_left_out)(void *ctx, const struct finding *);
	/* scan_fd() read n more bytes: for progress. */
	void (*on_bytes)(void *ctx, size_t n);
};

/* How the stream ended, besides its findings: is the file all there? */
enum scan_framing {
	SCAN_EMPTY,        /* no byte but blanks */
	SCAN_NOT_X12,      /* does not begin with an ISA */
	SCAN_INCOMPLETE,   /* begins well, ends before its IEA */
	SCAN_BROKEN,       /* all there, but cannot be followed to its end */
	SCAN_COMPLETE,     /* every ISA has its IEA */
};

struct scan;

/* ops and ctx must outlive the scan; any callback may be NULL. */
struct scan *scan_new(const struct scan_ops *ops, void *ctx);
void scan_free(struct scan *s);

/* Forget the stream: as new, with the settings it has. */
void scan_reset(struct scan *s);

/* The weight that a setting gives to the findings of a name. */
struct scan_severity {
	const char *finding;
	uint8_t severity;        /* enum severity */
};

/* Before any byte; the rows must outlive the scan. */
void scan_set_severities(struct scan *s, const struct scan_severity *rows,
    unsigned count);

void scan_feed(struct scan *s, const char *p, size_t n);
enum scan_framing scan_finish(struct scan *s);

/* Read fd to its end through the reader's own window, no copy, and finish. */
int scan_fd(struct scan *s, int fd, const char *what,
    enum scan_framing *framing, struct err *e)
    __attribute__((warn_unused_result));

/* Where the scan is: NULL outside. For callbacks. */
const struct scan_interchange *scan_interchange(const struct scan *s);
const struct scan_group *scan_group(const struct scan *s);
const struct scan_set *scan_set(const struct scan *s);

/*
 * Report a finding. Control numbers and ordinals are filled in by the scan; it
 * marks the set (group, interchange) rejected and calls on_finding. Layers
 * above (guides, rules, codes) report through this, so there is one place
 * where a finding gets its position. Of where (NULL: nothing to add):
 *   segment, offset      the present segment's, unless where->segment is set:
 *                        then both are taken from where (an earlier segment
 *                        of this set);
 *   id                   the present segment's, unless it is set: so a segment
 *                        that is missing here can be named;
 *   severity             the definition's when 0;
 *   the rest             as it is.
 * Past SCAN_FINDINGS_MAX findings in one set, on_finding is called no more but
 * for the envelope's, and once with findings_left_out at the end of the set;
 * on_left_out is called for each.
 */
enum { SCAN_FINDINGS_MAX = 1000 };

void scan_report(struct scan *s, const struct finding_def *def,
    const struct finding *where);

const char *scan_framing_text(enum scan_framing f);

#endif
