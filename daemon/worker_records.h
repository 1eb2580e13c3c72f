/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_WORKER_RECORDS_H
#define DAEMON_WORKER_RECORDS_H

/* What the work with records shares: worker_records.c, worker_batch.c. */

#include "daemon/manifest.h"
#include "daemon/worker.h"
#include "edi/record/batch.h"
#include "edi/record/csv.h"
#include "edi/record/cut.h"

enum { RECORDS_TEXT = 256 * 1024 };   /* gathered before it is written */

struct digest;

struct records_text {
	uint8_t form;                 /* enum work_form */
	int in;
	uint64_t max_bytes;           /* 0: no limit; -EFBIG */
	struct digest *digest;        /* of all bytes; or NULL */
	record_cut_on *on_record;
	/* Of a table: a claim that cannot even be made a record. */
	void (*on_refused)(void *ctx, uint64_t row,
	    const struct record_fault *fault);
	struct record_kinds *kinds;   /* .. NULL: only its form is looked at */
	void *ctx;
};

enum { RECORDS_WRONG = 200 };

/*
 * From the first byte on. end: framing and size; wrong: why it is broken, in
 * words that may hold the name of a column.
 */
int records_read(const struct records_text *t, struct manifest_end *end,
    char wrong[static RECORDS_WRONG], struct err *e)
    __attribute__((warn_unused_result));
/* The same of a table: worker_table.c. */
int table_read(const struct records_text *t, struct manifest_end *end,
    char wrong[static RECORDS_WRONG], struct err *e)
    __attribute__((warn_unused_result));

/*
 * The rows of some claims of a table, with its heading, onto a buffer that is
 * flushed when it is full. at[i].number: the first row; .end: the first of the
 * next claim. Afterwards .row is the first row in the new table.
 */
struct table_claim { uint64_t number, end, row; };
int table_part(int in, struct table_claim *at, uint32_t count,
    struct buf *text, int (*flush)(void *ctx, struct err *e), void *ctx,
    struct err *e) __attribute__((warn_unused_result));

/* What a request says of identities, date, time and usage. */
void records_options(const struct work_request *m,
    struct record_batch_options *o);

/* The lines of defaults that a request brings. */
int records_defaults(const struct work_request *m, struct record_batch *b,
    struct err *e) __attribute__((warn_unused_result));

/* ---- worker_place.c ----------------------------------------------------- */

/*
 * Holds the records of an index back until it is told from which record each
 * claim came: then `received` of an INDEX_CLAIM is that record's number.
 */
struct places;
struct places *places_new(struct manifest_writer *w);   /* NULL: memory */
void places_free(struct places *p);
/* False: out of memory. */
bool places_add(struct places *p, const struct index_record *r);
bool places_tell(struct places *p, struct slice claim, uint64_t record);
/* Those that are held go into the manifest. */
void places_flush(struct places *p);

/* ---- both --------------------------------------------------------------- */

/* Why a record is refused, as the manifest has it. */
void records_finding(const char *unit, uint64_t number,
    const struct record_fault *f, struct manifest_finding *to);

#endif
