/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_ENGINE_INNER_H
#define DAEMON_ENGINE_INNER_H

/*
 * What the parts of the engine share: engine.c (life, step), engine_round.c
 * (transactions and what follows them), engine_job.c (work for workers),
 * intake, outbound, inbound. Nobody else includes this.
 *
 * A round is one transaction of the store and what it permits. Parts write
 * through engine_add(), engine_move() and their like, which open the
 * transaction; what is to happen outside (a courier's request, a rename, a log
 * line) is queued with engine_after() and done only when the commit returned.
 * When the store fails, the round is undone, memory is thrown away, and a
 * little later everything is taken up again from the store, as at a start.
 */

#include "daemon/engine.h"
#include "daemon/log.h"
#include "daemon/manifest.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>

enum {
	ENGINE_RETRY_MS = 5000,         /* after the store or a disk failed */
	ENGINE_RETRY_MAX_MS = 60000,
	ENGINE_TELL_MS = 600000,        /* the same trouble is told again */
	ENGINE_ROUNDS = 64,             /* in one step */
};

#define ENGINE_NEVER INT64_MAX

struct peer;

/* ---- what is done once a round is committed ----------------------------- */

struct after {
	struct after *next;
	void (*run)(struct engine *g, struct after *a);
	struct peer *peer;
	struct store_id id;
	uint64_t job;
	int fd;                         /* for run, or -1 */
	bool owns_fd;                   /* it is closed afterwards */
	int priority;                   /* of a log line */
	struct courier_request request;
	char *text;                     /* a log line, a name: freed with it */
};

/* ---- work that a worker does -------------------------------------------- */

struct job;
/* rc: of the reply; the manifest stands at its start. Frees nothing. */
typedef void job_on_done(struct engine *g, struct job *j, int rc,
    const char *text);

/*
 * What a carve writes, in the order of its descriptors; what an answer reads
 * and writes, in the order of those.
 */
enum job_part { JOB_REST_MANIFEST, JOB_REST, JOB_BAD_MANIFEST, JOB_BAD,
    JOB_PARTS, JOB_ANSWER_IN = 0, JOB_ANSWER_MANIFEST, JOB_ANSWER_OUT,
    JOB_ANSWER_BAD };

struct job {
	struct job *next;
	uint64_t number;
	bool given;                     /* a worker has it */
	bool queued;
	bool parked;                    /* while duplicates are looked for */
	unsigned lost;                  /* workers that died of it */
	struct peer *peer;
	struct store_file file;
	int in, manifest, out;          /* -1: none; closed with the job */
	int part[JOB_PARTS];            /* of WORK_CARVE and WORK_ANSWER: the
	                                   same */
	struct work_request request;
	job_on_done *done;
	char *name;                     /* in the outbox; owned, may be NULL */
	void *plan;                     /* of an intake; owned by who made it */
	void (*plan_free)(void *plan);
	struct answer *answer;          /* while it is written */
	bool answered;                  /* the clerk was told, or need not be */
};

/* ---- intake ------------------------------------------------------------- */

enum candidate_state {
	CANDIDATE_LOOKED_AT,  /* a worker has it, or it is being claimed */
	CANDIDATE_WAITING,    /* not complete: until it changes, or too long */
	CANDIDATE_REFUSED,    /* told once */
};

/* A name in an outbox that is not ours yet. */
struct candidate {
	struct candidate *next;
	char *name;
	dev_t dev;
	ino_t ino;
	off_t size;
	int64_t mtime;        /* ns */
	int64_t since;        /* seen unchanged since then */
	int64_t due;          /* WAITING: long enough then */
	uint32_t scan;        /* the last one that saw it */
	uint8_t state;        /* enum candidate_state */
	bool force;           /* due: take it as it is */
};

enum { INTAKE_BUCKETS = 128, INTAKE_CANDIDATES = 10000 };

struct intake {
	DIR *dir;             /* the scan that is going on, or NULL */
	uint32_t scan;
	bool hinted;          /* something changed: scan (again) */
	bool told;            /* that it cannot be read */
	int64_t next_scan;
	struct candidate *bucket[INTAKE_BUCKETS];
	unsigned candidates;
	/* daemon/intake_duplicate.c */
	struct job *deciding; /* the one whose claims may go, or NULL */
	struct job *waiting;  /* those after it, in their order */
	uint64_t slice;       /* the last step that did some of it */
};

/* ---- outbound ----------------------------------------------------------- */

enum outbound_stage {
	OUT_IDLE,
	OUT_UPLOAD,           /* SENDING: asked for */
	OUT_COMMIT,           /* COMMITTING: asked for */
	OUT_DOUBT,            /* COMMITTING: must be resolved */
	OUT_RESOLVE,          /* COMMITTING: asked for */
};

struct outbound {
	enum outbound_stage stage;
	struct store_file file;
	uint64_t job;
	bool look;            /* there may be something to send */
	bool doubts;          /* there may be files in COMMITTING */
	int64_t not_before;   /* the partner failed */
	int64_t wake;         /* the next file's time */
};

/* ---- inbound ------------------------------------------------------------ */

enum inbound_stage {
	IN_IDLE,
	IN_NEXT,              /* the listing's next name is to be seen to */
	IN_LIST,
	IN_DOWNLOAD,
	IN_INSPECT,
	IN_SETTLE,
};

/* One remote file of the listing that is being worked through. */
struct remote {
	char name[STORE_NAME];
	uint64_t size;
	int64_t mtime;
	bool settle;          /* it is here: only settle it */
	bool force;           /* it was not whole for long: take it so */
	struct store_id id;   /* of the file to settle */
};

/* A remote file that is left for later: not whole, or it cannot be had. */
struct putoff {
	struct putoff *next;
	char *directory, *name;
	uint64_t size;
	int64_t mtime;
	int64_t since, due;
	bool part;            /* not whole when it was seen last */
};

/* A file that is here and still there. */
struct unsettled {
	struct unsettled *next;
	struct store_id id;
	char *directory, *name;
	uint64_t size;
	int64_t mtime;
};

enum { INBOUND_ENTRIES = 20000, INBOUND_PUTOFF = 1000 };

struct inbound {
	enum inbound_stage stage;
	unsigned directory;
	uint64_t job;
	struct remote *entries;
	size_t count, cap, next;
	bool truncated;
	struct store_file file;
	struct remote remote; /* what is being fetched or settled */
	int fd;               /* its bytes, -1: none */
	struct putoff *putoff;
	unsigned putoffs;
	struct unsettled *unsettled;
	int64_t unsettled_told;
	unsigned eager;       /* answers to something just sent: poll often */
};

/* ---- batches ------------------------------------------------------------ */

struct waiting;
struct zone;

/* Records of a partner that wait (daemon/batch.h). */
struct batching {
	struct waiting *files;  /* as the store has them, unless stale */
	size_t count;
	bool stale;
	bool busy;              /* a worker makes a batch */
	size_t limit;           /* files of the next one; 0: no limit */
	int64_t wake;           /* when the next is due */
	int64_t not_before;     /* the disk was full */
	struct zone *zone;      /* of zone_of; NULL: not opened yet */
	const char *zone_of;    /* the name in the configuration */
};

/* ---- partners ----------------------------------------------------------- */

struct peer {
	struct peer *next;
	const struct config_partner *config;  /* NULL: not configured now */
	char name[CONFIG_NAME];
	struct store_partner record;          /* as the store has it */
	bool courier_up;
	bool dirs_made;
	bool told;                            /* of the present failure */
	struct intake intake;
	struct outbound out;
	struct inbound in;
	struct batching batch;
};

/* ---- a file to take up again later -------------------------------------- */

struct later {
	struct later *next;
	struct store_id id;
	int64_t when;
};

struct overdue;

struct engine {
	struct store *store;
	const struct config *config;
	struct engine_effects effects;
	int64_t now, started;
	uint64_t next_job, random;

	struct peer *peers;
	struct peer *turn;        /* whose intake comes first */
	unsigned peer_count;

	struct job *jobs, **jobs_end;
	unsigned job_count;
	bool workers_busy;
	bool progress;            /* something was done: look again */
	uint64_t steps;

	struct later *later;

	/* the round */
	bool open, wrote, failed;
	struct err error;
	struct after *after, **after_end;
	int64_t recover_at;       /* 0: in order; else memory is empty */
	unsigned failures;
	int64_t intake_stop;      /* disk full: no intake before then */
	bool full_told;
	int64_t full_told_at;

	bool claims_added;        /* parked answers may match now */
	int64_t next_unmatched;
	int64_t next_overdue;
	struct overdue *overdue;
};

/* ---- engine_peer.c ------------------------------------------------------ */

struct peer *engine_peer(struct engine *g, const char *name);
bool engine_peer_paused(const struct peer *p);
/* False: out of memory. */
bool engine_set_config(struct engine *g, const struct config *config);
bool engine_make_dirs(struct engine *g, struct peer *p);
/* Pause a partner until a person resumes it; kind: "auth", "operator". */
void engine_pause(struct engine *g, struct peer *p, const char *kind,
    const char *why);
void engine_resume(struct engine *g, struct peer *p, const char *why);

/* ---- engine.c ----------------------------------------------------------- */

/* Take up everything of a partner that was in hand. */
void engine_recover_peer(struct engine *g, struct peer *p);
/* Take up a file again as after a start, now or later. */
void engine_take_up(struct engine *g, struct store_file *f);
void engine_later(struct engine *g, const struct store_id *id, int64_t delay);
/* Throw away what is in memory of a partner; its jobs with it. */
void engine_forget_peer(struct engine *g, struct peer *p);
/* Throw away what is in memory; the store knows better. */
void engine_clear(struct engine *g);
/* first, doubled for each failure, at most max, less up to a fifth. */
int64_t engine_backoff(struct engine *g, int64_t first, int64_t max,
    unsigned failures);
void engine_courier_gone(struct engine *g, struct peer *p);
/* A disk is full: no intake for a while, told once. */
void engine_disk_full(struct engine *g, const struct err *e);

/* ---- engine_round.c ----------------------------------------------------- */

bool engine_begin(struct engine *g);
/* The store failed: the round will be undone. */
void engine_fail(struct engine *g, const struct err *e);
/* Commit and do what the round permits; false: it was undone. */
bool engine_commit(struct engine *g);
void engine_drop_after(struct engine *g);

bool engine_add(struct engine *g, struct store_file *f, enum file_state s);
/* The same of one that was created before: f->created stays. */
bool engine_add_made(struct engine *g, struct store_file *f,
    enum file_state s);
bool engine_move(struct engine *g, struct store_file *f, enum file_state to,
    const char *evidence, ...) __attribute__((format(printf, 4, 5)));
bool engine_update(struct engine *g, struct store_file *f);
bool engine_forget(struct engine *g, struct store_file *f, const char *why);
bool engine_event(struct engine *g, const struct store_id *file,
    const char *partner, const char *what, const char *evidence, ...)
    __attribute__((format(printf, 5, 6)));
bool engine_peer_save(struct engine *g, struct peer *p);
bool engine_get(struct engine *g, const struct store_id *id,
    struct store_file *f);

/* NULL: out of memory, the round has failed. */
struct after *engine_after(struct engine *g,
    void (*run)(struct engine *, struct after *), struct peer *p);
/* A line for the operator, once the round is committed. */
void engine_log_fields(struct engine *g, int priority, const char *event,
    const struct log_field *fields, size_t n);
#define engine_log(g, priority, event, ...) \
	engine_log_fields((g), (priority), (event), \
	    (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) / \
	    sizeof(struct log_field))
#define log_file(f) log_str(LOGKEY_FILE, engine_id(&(f)->id).text)
#define log_partner(p) log_str(LOGKEY_PARTNER, (p)->name)
#define log_reason(t) log_str(LOGKEY_REASON, t)
struct engine_id { char text[STORE_ID_TEXT]; };
struct engine_id engine_id(const struct store_id *id);
/*
 * Queue a request to the courier, with the bytes of a file, or a descriptor
 * that stays the caller's, or -1. The job's number, 0: the round failed.
 */
uint64_t engine_courier(struct engine *g, struct peer *p,
    const struct courier_request *m, const struct store_id *bytes, int fd);

/* All files that a filter finds, copied, so that the store may be written. */
struct files {
	struct store_file *at;
	size_t count;
};
bool engine_files(struct engine *g, const struct store_file_filter *filter,
    struct files *to);
void engine_files_free(struct files *f);

/* ---- engine_job.c ------------------------------------------------------- */

/* Takes in over, even when it fails. NULL: the round has failed. */
struct job *job_new(struct engine *g, struct peer *p, int in,
    const struct store_file *f, job_on_done *done);
/* Of the bytes that the store has of a file; NULL: told, or tried later. */
struct job *job_of_bytes(struct engine *g, struct peer *p,
    const struct store_file *f, job_on_done *done);
void job_free(struct job *j);
/* Put it in the queue: a new one, or one in hand (from its done) again. */
void job_queue(struct engine *g, struct job *j);
void job_drop_all(struct engine *g);
void job_drop_of(struct engine *g, const struct peer *p);
/* Offer queued jobs to the workers. */
void job_give(struct engine *g);
bool job_room(const struct engine *g);
/* A nameless file in the spool for what a worker writes. Negative: error. */
int engine_scratch(struct engine *g, struct err *e);
/* What the manifest of a job says; sink may be NULL. */
int job_manifest(const struct job *j, const struct manifest_sink *sink,
    struct manifest_end *end, struct err *e)
    __attribute__((warn_unused_result));
/* The world's fault, that passes: try again. */
bool job_passing(int rc);

/* ---- intake*.c ---------------------------------------------------------- */

void intake_step(struct engine *g, struct peer *p);
void intake_take_up(struct engine *g, struct peer *p, struct store_file *f);
void intake_free(struct peer *p);
struct candidate *intake_candidate(struct peer *p, const char *name);
void intake_forget(struct peer *p, const char *name);
/* Told once, with a report in rejected/; the thing itself stays. */
void intake_refuse(struct engine *g, struct peer *p, struct candidate *c,
    const char *why);
void intake_claim(struct engine *g, struct peer *p, struct candidate *c);
/* The bytes are ours: look at them once more, then decide. */
void intake_inspect(struct engine *g, struct peer *p,
    const struct store_file *f);

/* Go on looking for claims that went before. */
void duplicates_step(struct engine *g);
/* There is more to look for at once. */
bool duplicates_busy(const struct peer *p);
void duplicates_release(struct job *j);
void duplicates_clear(struct peer *p);

/* Names of files that somebody is still writing, here and there. */
bool intake_ignored(const char *name);
/* By the end of its name: X12, or records. */
enum work_form intake_form(const char *name);

/* ---- batch.c ------------------------------------------------------------ */

/* Is a dropped file a batch? What is in it was looked at when it came. */
bool batch_is(struct engine *g, const struct store_file *f);
/* Are its claims on their way: of records that wait, or in a batch that has no
   outgoing file yet? */
bool batch_waits(struct engine *g, const struct store_file *f);
void batch_step(struct engine *g, struct peer *p);
int64_t batch_wake(const struct engine *g, const struct peer *p);
void batch_free(struct peer *p);
void batch_forget_zone(struct peer *p);

/* ---- outbound.c --------------------------------------------------------- */

void outbound_step(struct engine *g, struct peer *p);
void outbound_take_up(struct engine *g, struct peer *p, struct store_file *f);
void outbound_on_reply(struct engine *g, struct peer *p,
    const struct courier_reply *m);
void outbound_on_lost(struct engine *g, struct peer *p);
int64_t outbound_wake(const struct engine *g, const struct peer *p);
void outbound_free(struct peer *p);
void outbound_hurry(struct engine *g, struct peer *p);
/* The partner answered to it: so the partner has it. */
void outbound_answered(struct engine *g, const struct store_id *id,
    const char *what);
bool fault_pauses(uint32_t fault);
void engine_partner_failed(struct engine *g, struct peer *p, uint32_t fault,
    const char *text);
void engine_partner_well(struct engine *g, struct peer *p);

/* ---- inbound*.c --------------------------------------------------------- */

void inbound_step(struct engine *g, struct peer *p);
void inbound_take_up(struct engine *g, struct peer *p, struct store_file *f);
void inbound_on_reply(struct engine *g, struct peer *p,
    const struct courier_reply *m);
void inbound_on_lost(struct engine *g, struct peer *p);
int64_t inbound_wake(const struct engine *g, const struct peer *p);
void inbound_free(struct engine *g, struct peer *p);
/* Something was sent: answers may come soon. */
void inbound_expect(struct engine *g, struct peer *p);

/* ---- match_retry.c, overdue.c ------------------------------------------- */

/* Parked answers are tried again when there are new claims. */
void match_retry(struct engine *g);
int64_t match_wake(const struct engine *g);
/* Say once of a sent file that an answer to it is overdue. */
void overdue_step(struct engine *g);
void overdue_free(struct engine *g);

#endif
