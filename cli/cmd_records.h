/* SPDX-License-Identifier: ISC */
#ifndef CLI_CMD_RECORDS_H
#define CLI_CMD_RECORDS_H

/*
 * The --claims half of `x12 to-json`: a file of X12 as records. output NULL:
 * standard output. An exit status.
 */
int records_to_json(const char *file, const char *output);

#endif
