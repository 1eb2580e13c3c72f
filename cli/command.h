/* SPDX-License-Identifier: ISC */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/*
 * The commands of `x12`: one row each in cli/x12.c, one file cmd_NAME.c each.
 * A command prints what was asked for to standard output and everything else
 * to standard error, and returns the contract's exit status. It never calls
 * exit(), and it owns nothing beyond its own call.
 */

#include "base/err.h"
#include "base/slice.h"

#include <getopt.h>
#include <stdio.h>

enum {
	EXIT_DONE = 0,      /* done, nothing rejected */
	EXIT_REJECTED = 1,  /* something in the input was rejected */
	EXIT_TROUBLE = 2,   /* usage, or the world's fault: said on stderr */
};

struct command {
	const char *name;
	int (*run)(int argc, char **argv);   /* argv[0] is the name */
	const char *arguments;               /* "[--json] FILE..." */
	const char *help;                    /* one line */
};

/* The table ends with a NULL name. */
extern const struct command command_table[];

int cmd_ack(int argc, char **argv);
int cmd_codes(int argc, char **argv);
int cmd_csv(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_fix_counts(int argc, char **argv);
int cmd_fmt(int argc, char **argv);
int cmd_from_csv(int argc, char **argv);
int cmd_from_json(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_payer(int argc, char **argv);
int cmd_records(int argc, char **argv);
int cmd_redact(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_secondary(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_split(int argc, char **argv);
int cmd_to_json(int argc, char **argv);
int cmd_validate(int argc, char **argv);

/*
 * Say how the command is used and return EXIT_TROUBLE; with why, say that
 * first. `--help` prints the same to standard output and returns EXIT_DONE.
 */
int command_usage(const char *name, const char *why, ...)
    __attribute__((format(printf, 2, 3)));
int command_help(const char *name);

/* "x12 NAME: text" on standard error; returns EXIT_TROUBLE. */
int command_trouble(const char *name, const struct err *e);

/* The worse of two exit statuses. */
static inline int
command_worse(int a, int b)
{
	return a > b ? a : b;
}

/*
 * Flush standard output and see whether all of it was written; a full disk or
 * a closed pipe is EXIT_TROUBLE, said on standard error. Every command that
 * prints ends with it.
 */
int command_flush(const char *name, int status);

/* ---- input files --------------------------------------------------------- */

/* "-" is standard input, named "-" in messages. */
struct input {
	const char *name;
	int fd;
	uint64_t size;      /* 0: not known */
};

/* Refuses directories; -1 and *e filled when it cannot be read. */
int input_open(struct input *in, const char *name, struct err *e)
    __attribute__((warn_unused_result));
void input_close(struct input *in);

#endif
