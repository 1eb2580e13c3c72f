/* SPDX-License-Identifier: ISC */
#ifndef CLI_CMD_RECORDS_H
#define CLI_CMD_RECORDS_H

/*
 * The --claims halves of `x12 to-json` and `x12 from-json`: a file of X12 as
 * records. output NULL: standard output. An exit status.
 */
int records_to_json(const char *file, const char *output);

/* The other way, with options of its own: all arguments of `from-json`. */
int records_from_json(int argc, char **argv);

#endif
