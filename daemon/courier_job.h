/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_COURIER_JOB_H
#define DAEMON_COURIER_JOB_H

/*
 * One request on its way, for the two files of the courier: courier.c has the
 * queue and the session, courier_job.c what each kind of request does.
 */

#include "daemon/courier.h"
#include "transport/sftp.h"

#include <sys/queue.h>

enum { COURIER_PATH = 2 * MESSAGE_NAME };

/* Which of the two names of an upload are there. */
struct courier_look {
	bool final, temp;
	uint64_t final_size, temp_size;
	unsigned waiting;
	struct sftp_result failed;     /* the first stat that told nothing */
};

struct courier_job {
	struct courier *c;
	TAILQ_ENTRY(courier_job) link;
	struct courier_request m;
	int fd;                        /* ours; -1: none */
	bool begun;
	struct courier_look look;
	bool renamed;                  /* the rename was tried.. */
	struct sftp_result rename;     /* ..and refused so */
	unsigned tries;                /* names tried in the move directory */
	uint64_t entries;
	char path[COURIER_PATH], other[COURIER_PATH];
};

/* NULL: it may begin; otherwise why its request makes no sense. */
const char *courier_job_wrong(const struct courier_job *j);
/* Nothing is to be done at the partner's. */
bool courier_job_idle(const struct courier_job *j);
/* Begin it: it ends in one call of courier_job_end(). */
void courier_job_begin(struct courier_job *j);

/* ---- courier.c ---------------------------------------------------------- */

/* The session, which is there while a job is running. */
struct sftp *courier_session(const struct courier *c);
const struct config_sftp *courier_settings(const struct courier *c);
void courier_say(struct courier *c, const struct courier_reply *r);
/* Reply, and forget the job. r may be NULL. */
void courier_job_end(struct courier_job *j, enum courier_outcome outcome,
    const struct sftp_result *r);

#endif
