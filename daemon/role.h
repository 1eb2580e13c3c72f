/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

/*
 * The processes of x12d: one binary that starts itself again once a role
 * (/proc/self/exe -R ROLE), with fixed descriptors and nothing else open. What
 * a role sees and may use up is one row of a table; it is entered as the first
 * thing of the new process, before a hostile byte was read.
 *
 *	fd 3  the supervisor   end of file: it is gone, so exit
 *	fd 4  the configuration snapshot
 *	fd 5  the engine (worker, courier), else /dev/null
 *	fd 6  and on: code lists, in the configuration's order (worker)
 */

#include "daemon/log.h"
#include "daemon/message.h"

#include <sys/resource.h>
#include <sys/types.h>

enum {
	ROLE_FD_SUPERVISOR = 3,
	ROLE_FD_CONFIG = 4,
	ROLE_FD_ENGINE = 5,
	ROLE_FD_FREE = 6,
};

enum role_kind {
	ROLE_SUPERVISOR = 1, ROLE_ENGINE, ROLE_WORKER, ROLE_COURIER,
};

/* How a role ends, for the supervisor to judge by. */
enum role_exit {
	ROLE_EXIT_DONE = 0,     /* asked to, or a peer is gone: start again */
	ROLE_EXIT_FAILED = 1,   /* start again, later and later */
	ROLE_EXIT_CANNOT = 2,   /* the engine before it was ready: give up */
};

struct role_context {
	const struct role *role;
	struct log log;
	const char *partner;    /* of a courier, else "" */
	unsigned index;         /* of a worker */
};

struct role_limit {
	int resource;           /* RLIMIT_.. */
	rlim_t most;            /* 0: the row is not used */
	const char *name;
};

enum { ROLE_LIMITS = 6 };

struct role {
	enum role_kind kind;
	const char *name;       /* "worker" */
	const char *title;      /* "x12d-worker", at most 15 characters */
	const char *sees;       /* in words, for `x12ctl status` and docs */
	int (*main)(struct role_context *c);
	int death_signal;       /* from the kernel when the supervisor dies */
	mode_t mask;            /* umask */
	struct role_limit limits[ROLE_LIMITS];
	/* Landlock and seccomp rules get their columns here. */
};

const struct role *role_find(const char *name);
const struct role *role_get(enum role_kind kind);

/*
 * Become the role: title, no core, not dumpable, no new privileges, umask,
 * signals, limits, a process group of its own. Negative: e says what failed.
 */
int role_enter(const struct role *r, struct err *e)
    __attribute__((warn_unused_result));

/* Enter and run; the exit status of the process. */
int role_run(const struct role *r, const char *partner, unsigned index);

int role_engine_main(struct role_context *c);
int role_worker_main(struct role_context *c);
int role_courier_main(struct role_context *c);

/* ---- what the supervisor and the engine say to one another -------------- */

enum role_word {
	/* supervisor to engine */
	ROLE_PEER = 1,      /* fd: the new end of a worker's or courier's */
	ROLE_CONFIG,        /* fd: another snapshot; take it */
	ROLE_RELOADED,      /* rc; fd: what to tell who asked, JSON lines */
	/* engine to supervisor */
	ROLE_READY,         /* store open, control socket there */
	ROLE_RELOAD,        /* x12ctl asks to */
	ROLE_STUCK,         /* kill this worker or courier */
};

struct role_message {
	uint32_t word;              /* enum role_word */
	uint32_t kind;              /* enum role_kind of the peer */
	uint32_t index;             /* of a worker */
	int32_t pid;
	int32_t rc;
	char partner[CONFIG_NAME];  /* of a courier */
};

bool role_message_valid(const struct role_message *m);

#endif
