/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

/*
 * Acknowledgements that we write: to partners, of what they sent, and to
 * clerks, of what they dropped. A worker makes the bytes (worker_answer());
 * everything that they depend on is fixed by the file, the settings and
 * numbers that are reserved once, so that a restart comes to the same bytes.
 *
 *	answer.c          what both share: the job, its numbers, its result
 *	answer_partner.c  a fetched file: TA1 and 999, as outgoing files
 *	answer_clerk.c    a dropped file: TA1, 999, 277CA into the inbox
 *	answer_show.c     what x12ctl tells of them
 *
 * To a partner: after a fetched file is decided and before it is put into the
 * inbox, so that the event that it is there stands for both. The outgoing
 * files, whose parent is the fetched one, are recorded in one transaction: when
 * there is one, it is not answered again. What cannot be answered (workers die
 * of it) is told, and delivered all the same.
 *
 * To a clerk: before the transaction that makes a verdict final. A crash in
 * between writes the same files again, under the same names.
 */

#include "daemon/engine_inner.h"

/* An outgoing file that acknowledges: nothing is expected for it. */
bool answer_is_acknowledgement(const struct store_file *f);

/* ---- answer_partner.c --------------------------------------------------- */

/*
 * The fetched file of a job is decided: acknowledge it as its partner asked,
 * then inbound_deliver().
 */
void answer_partner(struct engine *g, struct job *j);

/* ---- answer_clerk.c ----------------------------------------------------- */

/* What has become of a dropped file, and what comes after the answer. */
struct answer_verdict {
	bool goes;               /* it is sent, or what is left of it */
	const char *ta105;       /* rejects its interchanges; NULL: nothing */
	void (*then)(struct engine *g, struct job *j, const void *arg);
	const void *arg;         /* copied */
	size_t size;
};

/*
 * True: an answer is being written, and then() is called when it is there; or
 * the file was put off. False: go on, there is nothing to write, or it is
 * written. The job has its plan.
 */
bool answer_clerk(struct engine *g, struct job *j,
    const struct answer_verdict *v);

/* ---- answer_show.c ------------------------------------------------------ */

struct control_call;

/* The acknowledgements of a fetched file, a line each. Negative: *e. */
int answer_show(struct control_call *c, const struct store_id *fetched,
    struct err *e) __attribute__((warn_unused_result));

/* ---- answer.c: for the others ------------------------------------------- */

/* One acknowledging interchange in what a worker wrote. */
struct answer_part {
	uint64_t offset, length;
	uint64_t control;        /* its ISA13 */
	uint64_t group;          /* its GS06; 0: a TA1 */
	char type[8];            /* TA1, 999, 997, 277CA */
	char status;             /* TA104, or the worst AK901; 0: a 277CA */
};

struct answer_parts {
	struct answer_part *at;
	uint32_t count, cap;
	int failed;              /* -ENOMEM, or -EFBIG: too many */
};

/* What a job that writes an answer needs until it is done. */
struct answer {
	const struct config *config;         /* its numbers are for */
	struct answer_parts parts;           /* when the job is done */
	struct answer_verdict verdict;
	char arg[];
};

/*
 * Give the worker what it needs: the bytes of the job's file, and (bad >= 0)
 * the claims that stay behind. The request's answer is filled in, but for its
 * numbers and times. Negative: *e filled, nothing was queued.
 */
int answer_start(struct engine *g, struct job *j, const char *isa_scope,
    const char *gs_scope, int bad, job_on_done *done, struct err *e)
    __attribute__((warn_unused_result));
/* Room for it in the job, with a copy of what is to come after it. */
struct answer *answer_new(struct engine *g, struct job *j,
    const struct answer_verdict *v);
/* What the worker wrote, part by part. */
int answer_read(struct job *j, struct err *e)
    __attribute__((warn_unused_result));
void answer_free(void *answer);
/* Copy a part of what was written to a descriptor. */
int answer_copy(const struct job *j, const struct answer_part *p, int to,
    struct err *e) __attribute__((warn_unused_result));

#endif
