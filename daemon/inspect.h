/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_INSPECT_H
#define DAEMON_INSPECT_H

/*
 * One pass over a descriptor: hash, frame, index and check, into a manifest.
 * Memory is constant whatever the file; the manifest is bounded too: findings
 * past INSPECT_FINDINGS are only counted, records past INSPECT_RECORDS make
 * the file one that must be split.
 *
 * The hash is always of the whole file. The scan stops where the bytes stop
 * being X12, so that 200 MB of zeros cost no more than hashing them.
 */

#include "daemon/manifest.h"
#include "edi/inspection.h"

enum { INSPECT_FINDINGS = 1000, INSPECT_RECORDS = 1000000 };

/* The clerk's BHT03 of each set in order, where a file was enveloped anew. */
struct inspect_origin {
	const char (*reference)[INDEX_ID];
	uint32_t count;
};

/*
 * Claims that are to be told of besides: the nth claim of the stream is entry
 * `entry` of a list (daemon/duplicate.h). Ascending.
 */
struct inspect_known { uint32_t claim, entry; };
struct inspect_list {
	int fd;
	const struct inspect_known *at;
	uint32_t count;
};

struct inspect_job {
	int in, manifest;
	uint64_t max_bytes;                  /* 0: no limit */
	const struct inspect_origin *origin; /* or NULL */
	const struct inspect_list *known;    /* or NULL */
	/* NULL: the envelope and the index only. */
	const struct inspection_settings *checks;
};

/*
 * Read `in` from its first byte and write the manifest with its END. -EFBIG:
 * more than max_bytes. What is wrong with the file is in the manifest.
 */
int inspect_run(const struct inspect_job *job, struct err *e)
    __attribute__((warn_unused_result));

/* A finding as the manifest keeps it: without its value. */
void inspect_finding(const struct finding *f, struct manifest_finding *to);

#endif
