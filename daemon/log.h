/* SPDX-License-Identifier: ISC */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

/*
 * The log: one line of key=value an outcome, on standard error. Under systemd
 * (JOURNAL_STREAM is set) a line begins with its priority, "<6>"; otherwise
 * with the time, for people.
 *
 *	log_event(&log, LOG_INFO, "role_started", log_int(LOGKEY_PID, pid),
 *	    log_str(LOGKEY_ROLE, "worker"));
 *
 * What may be logged is a closed list: the keys below. None of them is a place
 * for a name, a date of birth, a member id, CLM01, an element value or a
 * clerk's file name, and a value is never a slice, for slices are payload.
 * Values are quoted when they need to be and control characters are escaped,
 * so that nobody can forge a line.
 */

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

#define LOG_KEYS(X) \
	X(ROLE, "role") X(INDEX, "index") X(PID, "pid") \
	X(PARTNER, "partner") X(FILE, "file") X(JOB, "job") \
	X(STATE, "state") X(SIGNAL, "signal") X(STATUS, "status") \
	X(RESTART_MS, "restart_ms") X(COUNT, "count") X(SIZE, "size") \
	X(MS, "ms") X(UID, "uid") X(COMMAND, "command") X(RC, "rc") \
	X(PATH, "path") X(LINE, "line") X(COLUMN, "column") \
	X(VERSION, "version") X(REASON, "reason") X(WORKERS, "workers") \
	X(PARTNERS, "partners") \
	/* the engine's */ \
	X(PARENT, "parent") X(TYPE, "type") X(CLAIMS, "claims") \
	X(ISA13, "isa13") X(GS06, "gs06") X(INODE, "inode") \
	X(ATTEMPT, "attempt") X(FAULT, "fault") X(ANSWERS, "answers") \
	X(UNMATCHED, "unmatched") X(REJECTS, "rejects") \
	X(WARNINGS, "warnings") X(EXPECTED, "expected")

enum log_key {
#define LOG_KEY(id, text) LOGKEY_##id,
	LOG_KEYS(LOG_KEY)
#undef LOG_KEY
	LOG_KEY_COUNT
};

struct log_field {
	enum log_key key;
	const char *text;     /* NULL: number */
	int64_t number;
};

struct log {
	int fd;
	bool journal, debug;
	const char *role;     /* "engine"; must outlive the log */
};

void log_init(struct log *l, const char *role);

/* An outcome with its name and fields; empty texts are left out. */
void log_write(const struct log *l, int priority, const char *event,
    const struct log_field *fields, size_t n);

/* A line that is already of key=value form. */
void log_line(const struct log *l, int priority, const char *line);

/* The line without time and priority, NUL-ended, cut to cap: for tests. */
void log_format(char *to, size_t cap, const char *event,
    const struct log_field *fields, size_t n);

static inline struct log_field
log_str(enum log_key key, const char *text)
{
	return (struct log_field){ key, text ? text : "", 0 };
}

static inline struct log_field
log_int(enum log_key key, int64_t number)
{
	return (struct log_field){ key, NULL, number };
}

static inline struct log_field
log_err(const struct err *e)
{
	return log_str(LOGKEY_REASON, e->text);
}

#define log_event(l, priority, event, ...) \
	log_write((l), (priority), (event), \
	    (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) / \
	    sizeof(struct log_field))

#endif
