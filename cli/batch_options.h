/* SPDX-License-Identifier: ISC */
#ifndef CLI_BATCH_OPTIONS_H
#define CLI_BATCH_OPTIONS_H

/* What commands that write X12 of records ask for: --sender and so on. */

#include "cli/command.h"
#include "cli/layers.h"
#include "edi/record/batch.h"

struct batch_options {
	struct record_batch_options batch;
	struct layers_files files;
	const char *output, *defaults;    /* or NULL */
	char sender[20], receiver[20], sender_qualifier[3];
	char receiver_qualifier[3], date[9], time[7];
};

/* For the table of getopt_long(); their letters are capitals. */
#define BATCH_OPTIONS \
	{ "output", required_argument, NULL, 'O' }, \
	{ "sender", required_argument, NULL, 'E' }, \
	{ "receiver", required_argument, NULL, 'R' }, \
	{ "control", required_argument, NULL, 'N' }, \
	{ "date", required_argument, NULL, 'D' }, \
	{ "time", required_argument, NULL, 'T' }, \
	{ "usage", required_argument, NULL, 'U' }, \
	{ "guide", required_argument, NULL, 'G' }, \
	{ "rules", required_argument, NULL, 'L' }, \
	{ "severity", required_argument, NULL, 'V' }, \
	{ "codes", required_argument, NULL, 'C' }, \
	{ "defaults", required_argument, NULL, 'W' }, \
	{ "set-claims", required_argument, NULL, 'S' }, \
	{ "patient-claims", required_argument, NULL, 'P' }, \
	{ "claim-lines", required_argument, NULL, 'I' }, \
	{ "characters", required_argument, NULL, 'B' }, \
	{ "unfit", required_argument, NULL, 'F' }

/* The options of a usage line. */
#define BATCH_USAGE \
	"[--control N]\n           [--date YYYYMMDD] [--time HHMM] " \
	"[--usage T|P] [--guide FILE] [--rules FILE]\n           " \
	"[--codes DIR] [--severity NAME=off|warning|reject] " \
	"[--defaults FILE]\n           [--set-claims N] " \
	"[--patient-claims N]\n" \
	"           [--claim-lines N] [--characters basic|extended] " \
	"[--unfit refuse|replace]\n           [--output FILE]"

/* Now, a test, from nobody to nobody. The options must not be moved after. */
void batch_options_init(struct batch_options *x);

/* False: that is no such value. What is no option of these is passed over. */
bool batch_options_take(struct batch_options *x, int c, const char *text);
/* What to say then: what the option takes. */
const char *batch_options_say(int c);

/* Give the batch the lines of --defaults. */
int batch_options_defaults(const struct batch_options *x,
    struct record_batch *b, struct err *e) __attribute__((warn_unused_result));

#endif
