/* SPDX-License-Identifier: ISC */
#ifndef CLI_CMD_RECORDS_H
#define CLI_CMD_RECORDS_H

/* The --claims halves of `x12 to-json` and `x12 from-json`. */

/* Files of X12 as records on standard output; an exit status. */
int records_to_json(const char *command, int count, char **files);

#endif
