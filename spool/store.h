/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_STORE_H
#define SPOOL_STORE_H

/*
 * The store: what x12d knows and keeps. Bytes are files that are written once
 * and never changed; facts are rows. Only the engine opens a store. No path
 * and no SQL leaves this folder, so that another store (an in-memory twin for
 * tests, a database server for several machines) can stand behind the header.
 *
 * Durability: what store_commit() returned 0 for survives a power cut; bytes
 * are durable when store_bytes_keep() or store_bytes_adopt() returned 0.
 * Writes between store_begin() and store_commit() happen together or not at
 * all. A write outside is a transaction of its own. When a write inside fails
 * for want of disk, memory or health, the whole transaction is lost: commit
 * then says -ECANCELED. A refusal (-ENOENT, -EEXIST, -ESTALE, -EBADMSG,
 * -ENAMETOOLONG, -EOVERFLOW) has changed nothing and spoils nothing.
 *
 * Every function returns 0, or a negative errno value with *e filled; -ENOENT
 * when what was asked for is not there, -EEXIST when it is already there.
 * Strings in the structs are NUL-ended; text that does not fit is refused
 * with -ENAMETOOLONG rather than cut.
 */

#include "base/err.h"
#include "base/slice.h"

struct buf;
struct store;

/* ---- identities: 128 bits, ordered by time, never used again ---------- */

enum { STORE_ID_TEXT = 27 };    /* 26 characters of Crockford base 32 */
struct store_id { uint8_t b[16]; };

void store_id_new(struct store_id *id, int64_t now);
bool store_id_none(const struct store_id *id);       /* all zero */
bool store_id_equal(const struct store_id *a, const struct store_id *b);
void store_id_text(const struct store_id *id, char to[static STORE_ID_TEXT]);
bool store_id_parse(const char *text, struct store_id *id);

/* ---- files and their states ------------------------------------------- */

enum file_kind {
	FILE_DROPPED = 1,  /* what a clerk put into the outbox */
	FILE_OUTGOING,     /* one interchange in the partner's envelope */
	FILE_FETCHED,      /* what a partner sent */
};

/*
 * The legal states and moves are one table, spool/state.c; docs/architecture
 * prints it. A state is left only on recorded, positive evidence.
 */
enum file_state {
	STATE_NONE,
	/* dropped */
	STATE_CLAIMING,    /* named in the store, not yet moved */
	STATE_CLAIMED,     /* ours, bytes safe */
	STATE_CHECKED,     /* valid; control numbers may be reserved */
	STATE_ENVELOPED,   /* done: its outgoing files exist */
	STATE_INCOMPLETE,  /* moved aside: the end is missing */
	STATE_REJECTED,    /* moved aside with findings */
	STATE_DUPLICATE,   /* the same bytes were there before */
	/* outgoing */
	STATE_READY,
	STATE_HELD,        /* by an operator */
	STATE_SENDING,     /* a courier may be uploading a temporary name */
	STATE_COMMITTING,  /* uploaded and verified; the rename may be done */
	STATE_SENT,        /* seen at the partner under its final name */
	STATE_UNKNOWN,     /* cannot be told; never sent again blindly */
	STATE_CANCELLED,
	/* fetched */
	STATE_FETCHING,
	STATE_FETCHED,     /* bytes safe here; still there at the partner */
	STATE_MATCHED,     /* every answer in it belongs to something of ours */
	STATE_PARKED,      /* some answer belongs to nothing: tell a person */
	STATE_DELIVERED,   /* in the inbox, and settled with the partner */
	STATE_BROKEN,      /* not X12, or cut: kept, told, in the inbox as is */
	/* dropped, of records; numbers are stored, so these stand last */
	STATE_UNPACKED,    /* done: its good records wait as a file */
	STATE_WAITING,     /* good records, until their batch leaves */
	STATE_BATCHED,     /* done: they are in a batch */
	STATE_COUNT
};

bool state_may(enum file_kind kind, enum file_state from, enum file_state to);
const char *state_text(enum file_state s);
enum file_state state_parse(const char *text);   /* STATE_NONE: unknown */
const char *file_kind_text(enum file_kind k);
/* What must be known and recorded for a move; NULL: the move is not legal. */
const char *state_evidence(enum file_kind kind, enum file_state from,
    enum file_state to);
/* The tables of states and moves, as docs/architecture.md has them. */
void state_print(struct buf *out);

enum { STORE_NAME = 256, STORE_REASON = 400, STORE_PARTNER = 32 };

struct store_file {
	struct store_id id, parent;  /* parent: what an outgoing came from */
	enum file_kind kind;
	enum file_state state;
	char partner[STORE_PARTNER];
	char name[STORE_NAME];       /* the clerk's or remote: not loggable */
	char directory[STORE_NAME];  /* remote directory, for fetched files */
	char sha256[65];             /* of the bytes, "" until known */
	uint64_t size;
	int64_t remote_mtime;        /* fetched: as the server said */
	int64_t created, changed;    /* wall ms */
	int64_t next_try;            /* wall ms, 0: now */
	uint32_t attempts;
	uint32_t ordinal;            /* outgoing: interchange in its parent */
	uint64_t isa_control;        /* outgoing */
	char usage;                  /* 'T', 'P' or 0 */
	char type[8];                /* "837P", "835", "999", .. or "" */
	uint32_t claims;
	bool settled;                /* fetched: done with at the partner */
	char reason[STORE_REASON];   /* of the present state; loggable */
	struct store_id batch;       /* batched: the file that it is in */
	int64_t charge;              /* waiting: of its claims, cents */
};

/*
 * Insert a new file and its first event. f->created, changed are the
 * caller's; -EEXIST when the id is there, -ENOENT when the parent is not.
 * Asserts that a file may begin in its state.
 */
int store_file_add(struct store *s, const struct store_file *f,
    struct err *e) __attribute__((warn_unused_result));

int store_file_get(struct store *s, const struct store_id *id,
    struct store_file *f, struct err *e) __attribute__((warn_unused_result));

/*
 * Move from f->state to another state, with the evidence as its event (NULL or
 * "": the words of the table of states). Refused with -ESTALE when the file is
 * not in f->state any more; asserts state_may(). On success f->state, changed
 * and reason are the new ones. Fields other than those are written from f,
 * but for id, parent, kind and created, which never change.
 */
int store_file_move(struct store *s, struct store_file *f,
    enum file_state to, const char *evidence, int64_t now, struct err *e)
    __attribute__((warn_unused_result));

/*
 * Write the fields that may change without a change of state: all but those
 * that never change, state, changed and reason. -ESTALE as for a move.
 */
int store_file_update(struct store *s, const struct store_file *f,
    struct err *e) __attribute__((warn_unused_result));

/*
 * Remove the row of a file in CLAIMING or FETCHING of which nothing is here:
 * the clerk or the partner still has it. Its events stay, and one more tells.
 * -EEXIST: its bytes are here, so it is not to be forgotten; -ESTALE: it is
 * in another state.
 */
int store_file_forget(struct store *s, const struct store_id *id,
    const char *evidence, int64_t now, struct err *e)
    __attribute__((warn_unused_result));

struct store_file_filter {
	enum file_kind kind;         /* 0: any */
	enum file_state state;       /* 0: any */
	const char *partner;         /* NULL: any */
	const struct store_id *parent, *batch;
	const char *sha256;
	const char *name, *directory;
	int64_t due;                 /* next_try <= due; 0: any */
	bool newest_first;
	unsigned limit;              /* 0: all */
};
/* In the order of their ids, which is that of time. */
/* The callback returns false to stop. It must not write to the store. */
typedef bool store_on_file(void *ctx, const struct store_file *f);
int store_file_list(struct store *s, const struct store_file_filter *filter,
    store_on_file *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));

/* By partner, kind and state, in that order; oldest: the first was created. */
typedef void store_on_count(void *ctx, const char *partner,
    enum file_kind kind, enum file_state state, uint64_t n, int64_t oldest);
int store_file_count(struct store *s, store_on_count *on, void *ctx,
    struct err *e) __attribute__((warn_unused_result));

/* ---- bytes -------------------------------------------------------------- */

/*
 * A new, empty file for writing; it exists for others only once kept. What was
 * created before under the same id and not kept is gone. -EEXIST: was kept.
 */
int store_bytes_create(struct store *s, const struct store_id *id, int *fd,
    struct err *e) __attribute__((warn_unused_result));
/*
 * fsync, rename into place, fsync of the directory. The fd stays open, for
 * reading: the bytes are final. -ENOENT: not created; -EEXIST: was kept.
 */
int store_bytes_keep(struct store *s, const struct store_id *id, int fd,
    struct err *e) __attribute__((warn_unused_result));
/* Remove what was created and not kept; not an error when it is not there. */
int store_bytes_discard(struct store *s, const struct store_id *id,
    struct err *e) __attribute__((warn_unused_result));
int store_bytes_open(struct store *s, const struct store_id *id, int *fd,
    struct err *e) __attribute__((warn_unused_result));
bool store_bytes_exist(struct store *s, const struct store_id *id);
/*
 * Take a file of the outbox: rename, or copy, fsync and unlink across file
 * systems. Afterwards name is gone from dirfd and the bytes are durable here.
 * When it fails, name is left as it was: -EEXIST: bytes were taken under this
 * id before; -EMLINK, -ELOOP, -EISDIR: a hard link, a symlink, not a regular
 * file; -EBUSY: somebody has it open for writing (told only when the file is
 * ours, as the kernel tells nobody else); -EAGAIN: it changed meanwhile.
 *
 * After a crash, of a file in CLAIMING: when its bytes exist, adopt again: 0
 * (an interrupted copy was finished, or nothing was left to do) and -EEXIST
 * (name is another file now) both mean that it is CLAIMED. When they do not,
 * adopt again, or forget the row.
 */
int store_bytes_adopt(struct store *s, const struct store_id *id, int dirfd,
    const char *name, struct err *e) __attribute__((warn_unused_result));

/*
 * Bytes that no file knows: kept, and then the engine died before its row was
 * recorded. The callback returns false to stop. It must not write to the store.
 */
typedef bool store_on_orphan(void *ctx, const struct store_id *id);
int store_orphans(struct store *s, store_on_orphan *on, void *ctx,
    struct err *e) __attribute__((warn_unused_result));

/* ---- control numbers ---------------------------------------------------- */

enum number_kind { NUMBER_ISA13 = 1, NUMBER_GS06, NUMBER_ST02, NUMBER_BHT03 };
enum { STORE_SCOPE = 200 };      /* of a scope's text, with its NUL */

/*
 * Reserve `count` consecutive numbers for the file whose bytes hash to
 * sha256: the same (scope, kind, file) gets the same numbers again, so that a
 * restart never uses two. Scope names the identities that a number must be
 * unique for ("ZZ/US/ZZ/THEM"). ISA13, GS06 and ST02 wrap after 999999999
 * (a block never spans the wrap); BHT03 never does: -EOVERFLOW after 18
 * digits. Numbers begin at 1. Gaps are legal. -EBADMSG when the file had
 * numbers for other bytes, or another count of them. Within a transaction the
 * numbers may be used only after its commit.
 */
int store_numbers_reserve(struct store *s, const char *scope,
    enum number_kind kind, uint32_t count, const struct store_id *file,
    const char *sha256, int64_t now, uint64_t *first, struct err *e)
    __attribute__((warn_unused_result));

/* ---- what is in the files ---------------------------------------------- */

/*
 * Ids of rows: handed out by the store, 0 is none. -ENOENT when what a new row
 * belongs to (file, group, set, claim) is not there.
 */
struct store_group {
	uint64_t row;
	struct store_id file;
	uint64_t isa_control, control;          /* ISA13, GS06 */
	char functional_id[3], version[13];
	char sender[16], receiver[16];          /* GS02, GS03 */
};

struct store_set {
	uint64_t row, group;
	struct store_id file;
	char id[4], control[10];                /* ST01, ST02 */
	char reference[51];                     /* BHT03 as sent */
	char original_reference[51];            /* BHT03 as dropped */
	uint32_t claims;
};

struct store_claim {
	uint64_t row, set;
	struct store_id file;                   /* outgoing */
	char partner[STORE_PARTNER];
	char claim[51];                         /* CLM01: not loggable */
	char frequency[12];                     /* CLM05-3 */
	char trace[51];                         /* REF*D9 */
	int64_t amount;                         /* cents */
	uint32_t ordinal, segment;
	uint64_t offset, length;                /* in the outgoing bytes */
	int64_t created;
	char digest[33];                        /* of what it says; "": old */
};

int store_group_add(struct store *s, struct store_group *g, struct err *e)
    __attribute__((warn_unused_result));
int store_set_add(struct store *s, struct store_set *t, struct err *e)
    __attribute__((warn_unused_result));
int store_claim_add(struct store *s, struct store_claim *c, struct err *e)
    __attribute__((warn_unused_result));

/* ---- answers ----------------------------------------------------------- */

enum answer_kind {
	ANSWER_TA1 = 1, ANSWER_999_GROUP, ANSWER_999_SET, ANSWER_277_BATCH,
	ANSWER_277_CLAIM, ANSWER_835_CLAIM,
};

struct store_answer {
	uint64_t row;
	enum answer_kind kind;
	struct store_id file;        /* the fetched file it stands in */
	char partner[STORE_PARTNER];
	char status[12], code[4];    /* as struct index_record has them */
	int64_t amount, paid;
	char reference[51];          /* the answered BHT03, TRN02 of an 835 */
	char claim[51];
	char payer_claim[51];
	uint64_t control;            /* ISA13 or GS06 */
	char set_control[10];
	uint32_t segment;
	int64_t created;
	char functional_id[3];       /* AK101 of a 999, or "" */
	/* What it belongs to; all zero: nothing, it is parked. */
	struct store_id outgoing;
	uint64_t group, set, matched_claim;
};

int store_answer_add(struct store *s, struct store_answer *a, struct err *e)
    __attribute__((warn_unused_result));
/* Say what an answer belongs to, later: a parked one has found its claim. */
int store_answer_match(struct store *s, const struct store_answer *a,
    struct err *e) __attribute__((warn_unused_result));

/* Look-ups for matching; newest first; the callback returns false to stop. */
typedef bool store_on_group(void *ctx, const struct store_group *g);
typedef bool store_on_set(void *ctx, const struct store_set *t);
typedef bool store_on_claim(void *ctx, const struct store_claim *c);
typedef bool store_on_answer(void *ctx, const struct store_answer *a);

int store_find_interchange(struct store *s, const char *partner,
    uint64_t isa_control, store_on_file *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
int store_find_group(struct store *s, const char *partner, uint64_t control,
    store_on_group *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
/* Sets of a group by ST02 ("": all of them), or of a partner by BHT03. */
int store_find_set(struct store *s, uint64_t group, const char *control,
    store_on_set *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
/* Sets of an outgoing file, in their order. */
int store_file_sets(struct store *s, const struct store_id *file,
    store_on_set *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
int store_find_reference(struct store *s, const char *partner,
    const char *reference, store_on_set *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
/* By CLM01; partner NULL: any. */
int store_find_claim(struct store *s, const char *partner, const char *claim,
    store_on_claim *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
int store_get_group(struct store *s, uint64_t row, struct store_group *g,
    struct err *e) __attribute__((warn_unused_result));
int store_get_set(struct store *s, uint64_t row, struct store_set *t,
    struct err *e) __attribute__((warn_unused_result));

/*
 * Answers that speak of a claim, or of the whole of its set, group or
 * interchange, in the order of their coming.
 */
int store_claim_answers(struct store *s, const struct store_claim *c,
    store_on_answer *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
/* Answers to one outgoing file (kind 0: any), and those that match nothing. */
int store_file_answers(struct store *s, const struct store_id *outgoing,
    enum answer_kind kind, store_on_answer *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));
int store_unmatched(struct store *s, store_on_answer *on, void *ctx,
    struct err *e) __attribute__((warn_unused_result));

/* ---- events: append only ----------------------------------------------- */

struct store_event {
	uint64_t row;
	int64_t at;
	struct store_id file;        /* none: of the daemon or a partner */
	char partner[STORE_PARTNER];
	char what[32];               /* "sent", "matched", "paused", .. */
	char evidence[STORE_REASON]; /* loggable */
};
int store_event_add(struct store *s, const struct store_event *v,
    struct err *e) __attribute__((warn_unused_result));
typedef bool store_on_event(void *ctx, const struct store_event *v);
/* In order; of one file, also of a forgotten one, or (NULL) all there are. */
int store_events(struct store *s, const struct store_id *file,
    store_on_event *on, void *ctx, struct err *e)
    __attribute__((warn_unused_result));

/* ---- partners: what must survive a restart ----------------------------- */

struct store_partner {
	char name[STORE_PARTNER];
	bool paused;
	char reason[STORE_REASON];   /* why, and since when */
	int64_t since;
	int64_t last_poll, next_poll;
	uint32_t failures;           /* in a row */
};
/* Not there: 0, with all but the name zero. */
int store_partner_get(struct store *s, const char *name,
    struct store_partner *p, struct err *e)
    __attribute__((warn_unused_result));
int store_partner_put(struct store *s, const struct store_partner *p,
    struct err *e) __attribute__((warn_unused_result));

/* ---- the store itself -------------------------------------------------- */

/*
 * One process at a time: -EBUSY. A store that is damaged, or of which the facts
 * are gone while bytes are there, is -EUCLEAN and never made anew; one of a
 * newer x12d is -EPROTO, something else -EMEDIUMTYPE. NULL with *e filled.
 */
struct store *store_open(const char *dir, struct err *e);
struct store *store_open_memory(struct err *e);
void store_close(struct store *s);

/* One at a time: a second begin, a commit without one, is our fault. */
int store_begin(struct store *s, struct err *e)
    __attribute__((warn_unused_result));
int store_commit(struct store *s, struct err *e)
    __attribute__((warn_unused_result));
void store_rollback(struct store *s);

#endif
