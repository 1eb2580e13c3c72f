/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_WORKER_RECORDS_H
#define DAEMON_WORKER_RECORDS_H

/* What the work with records shares: worker_records.c, worker_batch.c. */

#include "daemon/manifest.h"
#include "daemon/worker.h"
#include "edi/record_batch.h"
#include "edi/record_cut.h"

enum { RECORDS_TEXT = 256 * 1024 };   /* gathered before it is written */

struct digest;

struct records_text {
	uint8_t form;                 /* enum work_form */
	int in;
	uint64_t max_bytes;           /* 0: no limit; -EFBIG */
	struct digest *digest;        /* of all bytes; or NULL */
	record_cut_on *on_record;
	void *ctx;
};

/* From the first byte on. end: framing, size and what. */
int records_read(const struct records_text *t, struct manifest_end *end,
    struct err *e) __attribute__((warn_unused_result));

/* What a request says of identities, date, time and usage. */
void records_options(const struct work_request *m,
    struct record_batch_options *o);

/* The lines of defaults that a request brings. */
int records_defaults(const struct work_request *m, struct record_batch *b,
    struct err *e) __attribute__((warn_unused_result));

/* Why a record is refused, as the manifest has it. */
void records_finding(const char *unit, uint64_t number,
    const struct record_fault *f, struct manifest_finding *to);

#endif
