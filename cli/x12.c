/* SPDX-License-Identifier: ISC */
/* x12: everything that can be done with a file of X12, without a daemon. */
#include "cli/batch_options.h"
#include "base/nearest.h"

#include <signal.h>

const struct command command_table[] = {
	{ "info", cmd_info, "[--json] [--claims] FILE...",
	    "what is in a file: interchanges, groups, sets, claims" },
	{ "validate", cmd_validate,
	    "[--json] [--snip LIST] [--guide FILE] [--rules FILE] "
	    "[--codes DIR] [--severity NAME=off|warning|reject] "
	    "[--date YYYYMMDD] [--values]\n"
	    "           [--partner NAME [--config FILE]] FILE...",
	    "check files and say what is wrong, where, and what to do" },
	{ "fmt", cmd_fmt,
	    "[--one-line] [--delimiters CHARS] [--in-place] FILE...",
	    "one segment a line, or other delimiters" },
	{ "fix-counts", cmd_fix_counts, "[--in-place] FILE...",
	    "make the counts and control numbers of trailers right" },
	{ "split", cmd_split, "--by set|claims:N|payer|provider --out DIR "
	    "[--isa13 FIRST] FILE",
	    "one file in parts, each a complete interchange" },
	{ "extract", cmd_extract, "--claim CLM01 [--out FILE] FILE",
	    "one claim as an interchange of its own" },
	{ "redact", cmd_redact, "[--seed TEXT] [--in-place] FILE...",
	    "names, identifiers, dates replaced: the same file of nobody" },
	{ "diff", cmd_diff, "[--json] [--values] A B",
	    "claims added, removed, changed between two files" },
	{ "merge", cmd_merge, "[--out FILE] FILE...",
	    "the sets of several files in one interchange" },
	{ "ack", cmd_ack, "[--ta1 always|error|never] "
	    "[--999 always|error|never] [--277ca]\n"
	    "           [--guide FILE] [--rules FILE] [--codes DIR] "
	    "[--severity NAME=off|warning|reject]\n"
	    "           [--control N] [--date YYYYMMDD] [--time HHMM]\n"
	    "           FILE",
	    "the acknowledging interchanges of a file: TA1, 999, 277CA" },
	{ "codes", cmd_codes, "import|list|show [--dir DIR] [--set SET] "
	    "[--layout NAME] [--from YYYYMMDD] FILE|CODE...",
	    "external code sets from their official files" },
	{ "explain", cmd_explain, "NAME|CODE...",
	    "what a finding or an acknowledgement code means" },
	{ "records", cmd_records, "[list|schema KIND|table KIND|csv KIND]",
	    "the kinds of claim record: list, JSON Schema, table, heading" },
	{ "rules", cmd_rules,
	    "[--rules FILE] list|explain NAME|check FILE|test FILE...",
	    "the situational rules: list, explain and try them" },
	{ "to-json", cmd_to_json, "[--claims] [--output FILE] FILE",
	    "a file as JSON, a claim a line, nothing lost" },
	{ "from-json", cmd_from_json, "[--output FILE] FILE\n"
	    "       x12 from-json --claims --sender ID --receiver ID "
	    BATCH_USAGE " FILE",
	    "the file that the JSON came from, to the byte" },
	{ "from-csv", cmd_from_csv, "[--type KIND] --sender ID --receiver ID "
	    "[OPTION...] FILE\n"
	    "       x12 from-csv --records [--type KIND] [--output FILE] "
	    "FILE\n"
	    "Options are those of from-json --claims.",
	    "claims of a table, a service line a row, as X12" },
	{ "secondary", cmd_secondary,
	    "--claim FILE --remit FILE [--payer FILE] [--denied]\n"
	    "           [--forwarded] [--settled] [--records] [--sender ID] "
	    "[--receiver ID]\n           " BATCH_USAGE,
	    "claims for the next payer, of claims and what was decided" },
	{ "csv", cmd_csv, "[--raw] [--output FILE] "
	    "claims|lines|remittance|adjustments|statuses FILE...",
	    "claims, remittances, statuses as rows of a table" },
	{ "show", cmd_show, "[--html] [--output FILE] FILE...",
	    "remittances, claims and statuses for people to read" },
	{ "payer", cmd_payer, "--config FILE [--once]",
	    "a simulated payer that answers files in a directory" },
	{ NULL, NULL, NULL, NULL }
};

static int
x12_help(FILE *to)
{
	fputs("usage: x12 COMMAND [OPTION...] [FILE...]\n\n", to);
	for (const struct command *c = command_table; c->name; c++)
		fprintf(to, "  %-11s %s\n", c->name, c->help);
	fputs("\n`x12 COMMAND --help` shows a command's options. FILE may be -"
	    " for standard input.\n"
	    "Exit status: 0 done, 1 something was rejected, 2 trouble.\n", to);
	return to == stdout ? command_flush("--help", EXIT_DONE) :
	    EXIT_TROUBLE;
}

static int
x12_unknown(const char *name)
{
	struct nearest near;

	nearest_init(&near, name);
	for (const struct command *c = command_table; c->name; c++)
		nearest_try(&near, c->name);
	fprintf(stderr, "x12: there is no command %s", name);
	if (nearest_found(&near))
		fprintf(stderr, "; did you mean %s?", nearest_found(&near));
	fputs(" (`x12 --help` lists them)\n", stderr);
	return EXIT_TROUBLE;
}

/* getopt_long() begins its messages with argv[0]. */
static int
x12_run(const struct command *c, int argc, char **argv)
{
	char name[32];

	snprintf(name, sizeof(name), "x12 %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

int
main(int argc, char **argv)
{
	/* A closed pipe is an error of a write, which is checked. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return x12_help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return x12_help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("x12 " X12D_VERSION);
		return command_flush("--version", EXIT_DONE);
	}
	for (const struct command *c = command_table; c->name; c++)
		if (strcmp(c->name, argv[1]) == 0)
			return x12_run(c, argc - 1, argv + 1);
	return x12_unknown(argv[1]);
}
