/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_MANIFEST_H
#define DAEMON_MANIFEST_H

/*
 * What a worker found in a file: typed, length-counted records in a passed
 * descriptor, an END record last. A manifest without its END was not finished
 * and counts for nothing. The engine reads it back record by record; it checks
 * every length and every string before use, for the writer read hostile bytes.
 */

#include "edi/index.h"
#include "edi/scan.h"

enum manifest_kind {
	MANIFEST_INTERCHANGE = 1,  /* struct scan_interchange, at its end */
	MANIFEST_GROUP,            /* struct manifest_group, at its end */
	MANIFEST_RECORD,           /* struct index_record */
	MANIFEST_FINDING,          /* struct manifest_finding */
	MANIFEST_END,              /* struct manifest_end */
};

struct manifest_group {
	uint32_t interchange;      /* ordinal */
	struct scan_group group;
};

/*
 * A finding without its value: this is what the clerk's report is made of. One
 * of a record has the record's number and the member's name instead of a place
 * in X12.
 */
struct manifest_finding {
	char name[48], text[400], example[120], detail[96], ack[64];
	uint8_t snip, severity;
	uint64_t offset, interchange, group;
	char set[10];
	uint32_t interchange_ordinal, segment, claim;
	char id[4], loop[8], element[16];
	uint64_t record;           /* its number; 0: not of a record */
	char unit[8];              /* that numbers: "line", "record" */
	char field[128];           /* "claim.lines[1].charge" */
};

struct manifest_end {
	uint8_t framing;           /* enum scan_framing */
	uint64_t size;             /* bytes read, or written (envelope) */
	char sha256[65];           /* of those */
	uint32_t interchanges, groups, sets, claims;
	uint32_t rejects, warnings, findings_left_out;
	uint8_t whole;             /* WORK_RECORDS: the bad ones cannot be
	                              parted from the others */
	uint32_t records;          /* .. good ones */
	uint32_t providers;        /* .. and their billing providers */
	int64_t charge;            /* .. and the sum of their claims */
	uint8_t compressed;        /* looks like zip, gzip, PDF, ..: see what */
	char what[32];             /* "a PDF file", "a zip archive", "empty" */
};

struct manifest_writer;
struct manifest_writer *manifest_writer_new(int fd);   /* NULL: memory */
void manifest_write(struct manifest_writer *w, enum manifest_kind k,
    const void *record);
/* Flush; negative when any write failed. */
int manifest_writer_finish(struct manifest_writer *w, struct err *e)
    __attribute__((warn_unused_result));
void manifest_writer_free(struct manifest_writer *w);

struct manifest_sink {
	void (*on_interchange)(void *ctx, const struct scan_interchange *);
	void (*on_group)(void *ctx, const struct manifest_group *);
	void (*on_record)(void *ctx, const struct index_record *);
	void (*on_finding)(void *ctx, const struct manifest_finding *);
	void *ctx;
};
/* The same, so many records at a time: 1: there are more; 0: end is read. */
struct manifest_reader;
struct manifest_reader *manifest_open(int fd, struct err *e);
int manifest_step(struct manifest_reader *r, const struct manifest_sink *sink,
    uint32_t most, struct manifest_end *end, struct err *e)
    __attribute__((warn_unused_result));
void manifest_close(struct manifest_reader *r);

/* -EBADMSG: damaged or without END. Callbacks may be NULL. */
int manifest_read(int fd, const struct manifest_sink *sink,
    struct manifest_end *end, struct err *e)
    __attribute__((warn_unused_result));

#endif
