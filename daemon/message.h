/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_MESSAGE_H
#define DAEMON_MESSAGE_H

/*
 * What the processes say to one another: one fixed struct a datagram over a
 * SOCK_SEQPACKET socketpair, with up to MESSAGE_FDS descriptors beside it.
 * Bulk never travels in a message: it stands in a passed descriptor.
 *
 * All processes are the same binary, so structs are sent as they are. Still,
 * a worker reads hostile bytes: what comes from it is checked for size, kind
 * and NUL-ended strings before use (message_valid()).
 *
 *	engine  -> worker   work_request   (in, manifest [, out ..])
 *	worker  -> engine   work_reply
 *	engine  -> courier  courier_request ([bytes])
 *	courier -> engine   courier_reply
 *	supervisor -> any   the configuration snapshot at start (role.h)
 */

#include "base/slice.h"
#include "config/config.h"
#include "spool/store.h"

enum { MESSAGE_FDS = 6, MESSAGE_NAME = 256, MESSAGE_TEXT = 400,
    WORK_DEFAULTS = 4096 };

/* ---- work --------------------------------------------------------------- */

enum work_kind {
	WORK_INSPECT = 1,  /* fds: in, manifest */
	WORK_ENVELOPE,     /* fds: in, manifest, out */
	WORK_CARVE,        /* fds: in, manifest and bytes of the rest,
	                      manifest and bytes of the bad claims, list of
	                      duplicates (or in) */
	WORK_ANSWER,       /* fds: in, manifest, out, bad claims (or in) */
	WORK_RECORDS,      /* fds: in, manifest, the good records, manifest
	                      and records of the bad ones, list of
	                      duplicates (or in) */
	WORK_BATCH,        /* fds: in, manifest, out */
};

/* What a file says it is, by the end of its name. */
enum work_form { FORM_X12, FORM_JSON, FORM_NDJSON, FORM_CSV, WORK_FORMS };

/* What a partner takes of records, as edi/record/batch.h has it. */
struct work_limits {
	uint32_t set_claims, patient_claims, claim_lines;
	uint8_t basic, replace;
};

/* The envelope that one interchange of a file is to get. */
struct work_envelope {
	uint32_t interchange;             /* ordinal in the file: 1, 2, .. */
	uint64_t offset, length;          /* its bytes, as inspected */
	struct config_identity sender, receiver;
	char gs_sender[CONFIG_ID], gs_receiver[CONFIG_ID];
	uint8_t ack_requested;
	char usage;
	char date[9], time[7];            /* of ISA and GS */
	uint64_t isa_control;
	uint64_t gs_first, st_first, bht_first;
	char bht_template[32];            /* "{bht}", at most 30 once filled */
	char partner[CONFIG_NAME];
};

/* What a file is answered with: TA1, 999, 997, 277CA. */
struct work_answer {
	uint8_t ta1, functional;          /* enum ack_when */
	uint8_t claims;                   /* a 277CA too */
	uint8_t fate;                     /* enum ack_fate */
	uint8_t clerk;                    /* we answer for ourselves, to a
	                                     clerk: identities are the file's */
	uint8_t bad;                      /* ACK_APART: there are bad claims */
	char usage;                       /* 0: the file's */
	char ta105[4];                    /* "": as the findings say */
	struct config_identity self, partner;
	char gs_self[CONFIG_ID], gs_partner[CONFIG_ID];
	char date[9], time[7];
	uint64_t isa_first, gs_first;
	uint32_t isa_count, gs_count;     /* so many may be used */
};

struct work_request {
	uint32_t kind;
	uint64_t job;
	uint64_t max_bytes;
	uint64_t serial;           /* of the configuration that is meant */
	char partner[CONFIG_NAME]; /* whose kit: guides, rules, codes */
	uint8_t checks;            /* INSPECT: 1: all that is known (guides,
	                              rules, codes); 0: the envelope only */
	uint32_t duplicates;       /* CARVE, RECORDS: so many are in the
	                              list */
	uint8_t form;              /* enum work_form: INSPECT, RECORDS */
	char defaults[WORK_DEFAULTS];  /* of records: lines, as
	                              edi/record/batch.h has them */
	struct work_limits limits; /* of them */
	struct work_envelope envelope; /* RECORDS, BATCH: identities, date,
	                              time and usage of it */
	struct work_answer answer;
};

struct work_reply {
	uint64_t job;
	int32_t rc;                       /* negative: the world failed */
	char text[MESSAGE_TEXT];          /* why; otherwise see the manifest */
};

/* ---- courier ------------------------------------------------------------ */

/*
 * An upload takes two requests, so that the engine can record in between:
 * UPLOAD ends with the bytes at the partner under a temporary name, verified;
 * COMMIT renames and looks. RESOLVE asks, after a crash, which of the names is
 * there. Only COMMIT and RESOLVE can end in an unknown.
 */
enum courier_kind {
	COURIER_UPLOAD = 1,   /* fd: bytes; temp, size */
	COURIER_COMMIT,       /* temp, final, size */
	COURIER_RESOLVE,      /* temp, final, size */
	COURIER_LIST,         /* directory; ENTRY replies, then LISTED */
	COURIER_DOWNLOAD,     /* fd: bytes; directory, name, size = maximum */
	COURIER_SETTLE,       /* directory, name, size as fetched (a file of
	                         another size stays; 0: any): delete, move or
	                         leave */
	COURIER_CANCEL,       /* drop the job if it has not begun */
};

struct courier_request {
	uint32_t kind;
	uint64_t job;
	uint64_t size;
	char directory[MESSAGE_NAME];
	char name[MESSAGE_NAME];      /* final remote name */
	char temp[MESSAGE_NAME];      /* temporary remote name */
};

enum courier_outcome {
	OUTCOME_UPLOADED = 1,  /* temp is there, size verified */
	OUTCOME_SENT,          /* final is there, size verified */
	OUTCOME_TEMP_THERE,    /* RESOLVE: not renamed; COMMIT again */
	OUTCOME_NOTHING,       /* RESOLVE: neither name is there */
	OUTCOME_ENTRY,         /* LIST: one remote file */
	OUTCOME_LISTED,        /* LIST: done */
	OUTCOME_DOWNLOADED,    /* size bytes are in the fd, not yet fsynced */
	OUTCOME_SETTLED,
	OUTCOME_FAILED,        /* fault and text; nothing happened there */
	OUTCOME_DOUBT,         /* COMMIT: lost the answer; RESOLVE it */
	OUTCOME_CANCELLED,
};

struct courier_reply {
	uint32_t outcome;
	uint64_t job;
	uint32_t fault;            /* enum sftp_fault */
	uint64_t size;
	int64_t mtime;             /* seconds, 0: not told */
	char name[MESSAGE_NAME];
	char text[MESSAGE_TEXT];
};

/* Strings end, kinds are known: false means that the peer is broken. */
bool work_request_valid(const struct work_request *m);
bool work_reply_valid(const struct work_reply *m);
bool courier_request_valid(const struct courier_request *m);
bool courier_reply_valid(const struct courier_reply *m);

/*
 * Send one message with its descriptors, which stay the caller's. Blocks never
 * on a non-blocking socket: -EAGAIN. -EPIPE: the peer is gone.
 */
int message_send(int sock, const void *m, size_t n, const int *fds,
    unsigned nfds, struct err *e) __attribute__((warn_unused_result));

/*
 * Receive one message of exactly n bytes. 1: received, fds[0..*nfds) are the
 * caller's to close (all close-on-exec); 0: the peer is gone, and when it left
 * messages of ours unread, *e is -ECONNRESET; negative: error, -EAGAIN among
 * them, -EBADMSG for a message of another size.
 */
int message_receive(int sock, void *m, size_t n, int fds[static MESSAGE_FDS],
    unsigned *nfds, struct err *e) __attribute__((warn_unused_result));

#endif
