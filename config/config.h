/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

/*
 * What the operator wrote, checked and with defaults filled in. The only user
 * of libyaml. A configuration is read whole or not at all: every mistake is
 * reported with file, line, column and the nearest valid key, then the load
 * fails. It is immutable afterwards and owns all its strings.
 *
 * No secret is in it: keys, passwords and known hosts are named by path, and
 * only the courier (and its ssh child) opens those. Companion guides and rules
 * are texts like its own: they are read with it and travel with it. Code lists
 * are too large for that: it knows which files they are.
 *
 * A configuration is loaded from files by the supervisor and handed to the
 * other roles as a snapshot (the same texts in one descriptor), so that all of
 * them hold the same one even while an operator edits the files.
 */

#include "base/err.h"
#include "base/slice.h"

enum {
	CONFIG_NAME = 32,      /* a partner's name: [a-z0-9][a-z0-9_-]* */
	CONFIG_ID = 16,        /* ISA06: 15 characters */
	CONFIG_DIRS = 8,
	CONFIG_PATHS = 16,     /* guides, rules or code lists of a partner */
	CONFIG_SEVERITIES = 64,
	CONFIG_CODES = 64,     /* code lists of all partners */
};

/* Where something was written, for messages. */
struct config_place {
	const char *file;
	int line, column;
};

/* Files that are laid over what is built in, in this order. */
struct config_paths {
	struct {
		char *path;
		struct config_place at;
	} file[CONFIG_PATHS];
	unsigned count;
};

/* How bad a finding is for a partner; the numbers are those of edi/. */
enum config_severity {
	CONFIG_SEVERITY_OFF, CONFIG_SEVERITY_WARNING, CONFIG_SEVERITY_REJECT,
};

struct config_severities {
	struct {
		char *name;              /* of a finding or a rule */
		uint8_t severity;        /* enum config_severity */
		struct config_place at;
	} row[CONFIG_SEVERITIES];
	unsigned count;
};

/* What to do with a remote file once it is ours. */
enum config_after {
	CONFIG_AFTER_DELETE,
	CONFIG_AFTER_MOVE,
	CONFIG_AFTER_LEAVE,
};

struct config_sftp {
	char *host, *user;
	uint16_t port;
	char *identity_file;        /* private key, NULL: password */
	char *password_file;        /* also the passphrase of the key */
	char *known_hosts;
	char *upload_dir;           /* remote directory for our interchanges */
	char *download_dirs[CONFIG_DIRS];
	unsigned download_count;
	enum config_after after;
	char *move_dir;             /* with CONFIG_AFTER_MOVE */
	int64_t connect_timeout, idle_timeout, job_timeout;  /* ms */
	char *ssh_options[16];      /* extra -o values for old servers */
	unsigned ssh_option_count;
};

/* What becomes of a dropped file when some of its claims are bad. */
enum config_bad_claims {
	CONFIG_BAD_CLAIMS_REJECT,   /* nothing of the file goes */
	CONFIG_BAD_CLAIMS_SPLIT,    /* the good ones go */
};

/* When what a partner sends is acknowledged. */
enum config_ack {
	CONFIG_ACK_NEVER,
	CONFIG_ACK_REQUESTED,       /* TA1: ISA14 asks for it */
	CONFIG_ACK_ERRORS,          /* something is wrong with it */
	CONFIG_ACK_ALWAYS,
};

struct config_acknowledge {
	enum config_ack ta1, functional;   /* functional: 999, 997 */
	char *file_name;            /* template; NULL: that of the claims */
};

enum { CONFIG_ANSWERS = 3 };        /* ta1, 999, 277ca */

/* A claim that went to the partner before. */
enum config_duplicates {
	CONFIG_DUPLICATES_REJECT,   /* is a bad claim */
	CONFIG_DUPLICATES_WARN,     /* goes again, and is told */
	CONFIG_DUPLICATES_OFF,      /* is not looked for */
};

/* One kind of acknowledgement, and when it is overdue. */
struct config_expect {
	bool expected;
	int64_t within;             /* ms after sent */
};

struct config_identity {
	char qualifier[3], id[CONFIG_ID];
};

/* When records that wait leave as one interchange: any of these does. */
struct config_batch {
	uint32_t claims;            /* so many wait; 0: not set */
	uint64_t bytes;             /* .. or so much; 0: not set */
	int64_t age;                /* ms; 0: not set */
	char *at[24];               /* "16:30", the clock of zone */
	unsigned at_count;
	char *days[7];              /* "mon"; none: every day */
	unsigned day_count;
	char *zone;                 /* "America/New_York" */
	int64_t cutoff;             /* ms before `at` */
	bool by_hand;               /* only when a person says so */
};

/* What records need not say, and what the partner takes of them. */
struct config_records {
	char *submitter_name, *receiver_name;           /* or NULL */
	char *contact_name, *contact_phone, *contact_email;
	uint32_t set_claims, patient_claims, claim_lines;  /* 0: the guide's */
	bool basic;                 /* letters: only X12's basic ones */
	bool replace;               /* others become blanks */
};

struct config_partner {
	char name[CONFIG_NAME];
	char *title;                     /* as a person calls it, or NULL */
	struct config_identity sender, receiver;  /* ISA05/06, ISA07/08 */
	char gs_sender[CONFIG_ID], gs_receiver[CONFIG_ID];
	char *submitter;                 /* 1000A NM109 we must find, or NULL */
	char usage;                      /* ISA15: 'T' or 'P' */
	bool ack_requested;              /* ISA14 */
	struct config_sftp sftp;
	char *file_name;                 /* template of the remote name */
	enum config_bad_claims bad_claims;
	enum config_duplicates duplicate_claims;
	struct config_paths guides, rules;
	struct config_paths codes;       /* files, or directories of them */
	struct config_severities severities;
	char *bht_template;              /* of BHT03: "{bht}" */
	struct config_acknowledge acknowledge;
	char *answer_clerk[CONFIG_ANSWERS];  /* "ta1", "999", "277ca" */
	unsigned answer_clerk_count;
	struct config_batch batch;
	struct config_records records;
	int64_t poll_interval;           /* ms */
	struct config_expect ta1, a999, a277ca, a835;
	int64_t retry_first, retry_max;  /* ms */
	bool paused;                     /* as the operator wrote it */
	const char *file;                /* where it was read, for messages */
	int line;
};

struct config {
	char *store_dir;                 /* /var/lib/x12d */
	char *spool_dir;                 /* /var/spool/x12d: outbox, inbox */
	char *control_socket;            /* /run/x12d/control.sock */
	char *control_group;             /* may use it too, or NULL */
	char *partners_dir;              /* relative: beside the main file */
	unsigned workers;
	uint64_t max_file_bytes;
	int64_t rescan_interval;         /* ms */
	int64_t incomplete_after;        /* ms without a change */
	bool log_debug;
	uint64_t serial;                 /* of a snapshot: which one it is */
	struct config_partner *partners;
	unsigned partner_count;
	struct config_own *own;          /* memory and texts: config/ only */
};

/* One mistake; every one of a load is reported through the callback. */
struct config_problem {
	const char *file;
	int line, column;                /* 1, 2, ..; 0: of the whole file */
	const char *text;                /* with "did you mean `x`?" */
};

struct config_sink {
	void (*on_problem)(void *ctx, const struct config_problem *p);
	void *ctx;
};

/*
 * Load the main file and the partner files that its partners_dir holds
 * (*.yaml, in order of name). Returns NULL when the world failed (*e filled)
 * or when there was a problem (e->code 0: all were reported).
 */
struct config *config_load(const char *path, struct config_sink sink,
    struct err *e);

/* The same from bytes, for tests and fuzzing: one file, no partners_dir. */
struct config *config_parse(const char *name, struct slice text,
    struct config_sink sink, struct err *e);

/*
 * Look at the files that the configuration names, for --check-config: are they
 * there, can others read the secrets? The number of problems reported.
 */
unsigned config_check_files(const struct config *c, struct config_sink sink);

/*
 * A sealed descriptor (memfd) holding all texts that were read; negative:
 * error. Loading it reads from its beginning, moves no file position, and
 * leaves the descriptor open; what it holds was checked, so a problem in it is
 * an error, -EBADMSG.
 */
int config_snapshot(const struct config *c, struct err *e);
struct config *config_load_snapshot(int fd, struct err *e);

void config_free(struct config *c);

const struct config_partner *config_partner(const struct config *c,
    const char *name);

/*
 * The text of a companion guide or rule file that a partner names. False: it
 * was not read, for the configuration is not from files.
 */
bool config_text(const struct config *c, const char *path, struct slice *text);

/* The code lists of all partners, 0, 1, ..; NULL at the end. */
const char *config_codes(const struct config *c, unsigned i);
/* Is it the file that a partner's path names, or in that directory? */
bool config_path_holds(const char *path, const char *file);

/*
 * Fill a name template: {partner} {date} {time} {isa13} {gs06} {type} {bht}
 * {id}. Unknown names in braces are a problem at load, never here. {isa13} has
 * nine digits as in the ISA, the other numbers no leading zero. false: it does
 * not fit.
 */
struct config_name_values {
	const char *partner, *date, *time, *type, *id;
	uint64_t isa13, gs06, bht;
};
bool config_name(const char *tmpl, const struct config_name_values *v,
    char *to, size_t cap);

#endif
