/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

/*
 * What people find beside their files: in rejected/ and incomplete/ the file
 * as it was dropped, NAME.report.txt for a clerk and NAME.report.jsonl for a
 * program; in inbox/ what partners sent. Reports may name files and claims:
 * they are written where the files themselves stand, never to a log.
 *
 * Everything is written under a temporary name, made durable and renamed.
 * Writing it again after a crash gives the same names: a report says the id of
 * the file that it is about.
 */

#include "daemon/engine_inner.h"

/* Why a dropped file is put aside. */
struct report {
	const char *directory;      /* "rejected", "incomplete" */
	const char *outcome;        /* one line: what happened */
	const char *advice;         /* what to do now */
	int manifest;               /* has the findings */
	const struct manifest_finding *own;  /* findings of the daemon's own */
	unsigned own_count;
	bool findings;              /* the manifest is to be read */
	int duplicates;             /* a list of them (daemon/duplicate.h) */
	uint32_t duplicate_count;   /* 0: there is no list */
	struct manifest_end end;
};

/* Copy the bytes aside, with their reports. */
int report_aside(struct engine *g, struct peer *p,
    const struct store_file *f, const struct report *r, struct err *e)
    __attribute__((warn_unused_result));

/* A name in the outbox that is not to be taken. False: was told before. */
bool report_refused(struct engine *g, struct peer *p,
    const struct candidate *c, const char *why);

/* ---- report_text.c ------------------------------------------------------ */

enum { REPORT_MAX = 4 * 1024 * 1024 };

void report_text(struct buf *out, const struct peer *p,
    const struct store_file *f, const struct report *r);
void report_jsonl(struct buf *out, const struct store_file *f,
    const struct report *r);
/* A name as a person may read it: control characters are shown as '?'. */
void report_name(struct buf *out, const char *name);

/* ---- report_file.c ------------------------------------------------------ */

/* A directory of a partner in the spool; negative: error. */
int report_dir(struct engine *g, const struct peer *p, const char *which,
    struct err *e);
/* Write name whole: temporary, fsync, rename, fsync of the directory. */
int report_write(int dirfd, const char *name, struct slice bytes,
    struct err *e) __attribute__((warn_unused_result));
/* The same with what a descriptor holds. */
int report_copy(int dirfd, const char *name, int from, struct err *e)
    __attribute__((warn_unused_result));
/* Does NAME.report.txt in there speak of that id? -1: there is none. */
int report_speaks_of(int dirfd, const char *name, const char *id);

#endif
