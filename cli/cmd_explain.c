/* SPDX-License-Identifier: ISC */
/* x12 explain: a finding by name, or a code of an acknowledgement. */
#include "base/nearest.h"
#include "cli/command.h"
#include "edi/ack/codes.h"
#include "edi/finding.h"

#include <strings.h>

static void
explain_finding(const struct finding_def *d)
{
	char acks[64];

	printf("%s: finding, SNIP type %u, %s\n  %s\n", d->name, d->snip,
	    d->severity == SEVERITY_REJECT ? "reject" : "warning", d->text);
	if (d->example)
		printf("  right: %s\n", d->example);
	finding_ack_text(&d->ack, acks, sizeof(acks));
	if (*acks)
		printf("  acknowledged as: %s\n", acks);
}

static void
explain_code(const struct ack_code *c)
{
	printf("%s %s: %s\n", c->element, c->code, c->meaning);
	if (*c->advice)
		printf("  %s\n", c->advice);
}

/* "IK403=7", "IK403 7" and "7" all name codes; STC takes "A7:562:85". */
static bool
explain_codes(const char *word)
{
	const char *equals = strpbrk(word, "= ");
	struct slice code = slice_str(equals ? equals + 1 : word);
	size_t element = equals ? (size_t)(equals - word) : 0;
	bool found = false;

	code.n = strcspn(code.p, ":");
	for (const struct ack_code *c = ack_codes; c->element; c++) {
		if (code.n != strlen(c->code) ||
		    strncasecmp(code.p, c->code, code.n) != 0)
			continue;
		if (element > 0 &&
		    strncasecmp(word, c->element, element) != 0)
			continue;
		explain_code(c);
		found = true;
	}
	return found;
}

static int
explain_unknown(const char *word)
{
	struct nearest near;

	nearest_init(&near, word);
	for (int i = 0; i < FINDING_COUNT; i++)
		nearest_try(&near, finding_defs[i].name);
	fprintf(stderr, "x12 explain: there is no finding and no code %s",
	    word);
	if (nearest_found(&near))
		fprintf(stderr, "; did you mean %s?", nearest_found(&near));
	fputc('\n', stderr);
	return EXIT_TROUBLE;
}

static int
explain_word(const char *word)
{
	const struct finding_def *d = finding_by_name(slice_str(word));

	if (d) {
		explain_finding(d);
		return EXIT_DONE;
	}
	return explain_codes(word) ? EXIT_DONE : explain_unknown(word);
}

int
cmd_explain(int argc, char **argv)
{
	int status = EXIT_DONE;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return command_help("explain");
	if (argc < 2)
		return command_usage("explain", "which finding or code?");
	for (int i = 1; i < argc; i++)
		status = command_worse(status, explain_word(argv[i]));
	return command_flush("explain", status);
}
