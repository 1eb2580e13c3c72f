/* SPDX-License-Identifier: ISC */
#include "base/io.h"
#include "base/nearest.h"
#include "cli/ctl_client.h"
#include "cli/ctl_show.h"
#include "cli/ctl_table.h"
#include "config/config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CTL_OK = 0, CTL_REFUSED = 1, CTL_FAILED = 2, CTL_TEXT_MAX = 128 << 20 };

static const struct ctl_command {
	const char *name, *more;  /* more: the second word, or NULL */
	int least, most;          /* words after name and more */
	ctl_show *show;
	const char *arguments, *help;
} commands[] = {
	{ "status", NULL, 0, 0, ctl_show_status, "",
	    "what runs, and how it goes with every partner" },
	{ "queue", NULL, 0, 1, ctl_show_files, "[PARTNER]",
	    "files that are not finished" },
	{ "show", NULL, 1, 1, ctl_show_file, "ID",
	    "one file, and all that happened to it" },
	{ "claim", NULL, 1, 2, ctl_show_claim, "CLM01 [PARTNER]",
	    "where a claim stands, from the drop to the money" },
	{ "unmatched", NULL, 0, 0, ctl_show_answers, "",
	    "answers that belong to nothing of ours" },
	{ "overdue", NULL, 0, 1, ctl_show_files, "[PARTNER]",
	    "sent files whose answer is overdue" },
	{ "batch", "preview", 1, 2, ctl_show_batch, "PARTNER [KIND]",
	    "the files that will leave together" },
	{ "batch", "release", 1, 2, ctl_show_batch, "PARTNER [KIND]",
	    "let the records that wait leave now" },
	{ "batch", NULL, 0, 1, ctl_show_batch, "[PARTNER]",
	    "claim records that wait, and when they will leave" },
	{ "partner", "list", 0, 1, ctl_show_partners, "[NAME]",
	    "partners and their queues" },
	{ "partner", "pause", 1, 2, ctl_show_partners, "NAME [REASON]",
	    "send nothing to a partner, fetch nothing" },
	{ "partner", "resume", 1, 1, ctl_show_partners, "NAME",
	    "go on with a paused partner" },
	{ "partner", "poll", 1, 1, ctl_show_partners, "NAME",
	    "look for answers now" },
	{ "hold", NULL, 1, 1, ctl_show_files, "ID",
	    "do not send this file for now" },
	{ "release", NULL, 1, 1, ctl_show_files, "ID",
	    "send a held file after all" },
	{ "retry", NULL, 1, 1, ctl_show_files, "ID",
	    "try again now" },
	{ "cancel", NULL, 1, 1, ctl_show_files, "ID",
	    "never send this file; take waiting records back" },
	{ "reload", NULL, 0, 0, ctl_show_reload, "",
	    "read the configuration again" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
usage(FILE *to, int status)
{
	fputs("usage: x12ctl [--socket PATH | -c FILE] [--json] COMMAND\n"
	    "\n"
	    "Ask a running x12d, or tell it.\n", to);
	for (unsigned i = 0; i < COMMANDS; i++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%s%s %s", commands[i].name,
		    commands[i].more ? " " : "",
		    commands[i].more ? commands[i].more : "",
		    commands[i].arguments);
		fprintf(to, "  %-30s %s\n", left, commands[i].help);
	}
	fputs("\n"
	    "  --socket PATH  the control socket (/run/x12d/control.sock)\n"
	    "  -c FILE        take it from this configuration of x12d\n"
	    "  --json         the reply as it comes (docs/control.md)\n"
	    "An ID may be given by its end, when that is unique.\n"
	    "Exit: 0 done, 1 refused or not there, 2 wrong use or no x12d.\n",
	    to);
	return status;
}

/* ---- which command ------------------------------------------------------ */

static int
complain(const char *word)
{
	struct nearest n;
	const char *near;

	nearest_init(&n, word);
	for (unsigned i = 0; i < COMMANDS; i++) {
		nearest_try(&n, commands[i].name);
		if (commands[i].more)
			nearest_try(&n, commands[i].more);
	}
	near = nearest_found(&n);
	fprintf(stderr, "x12ctl: unknown command `%s'%s%s%s; "
	    "see x12ctl --help\n", word, near ? "; did you mean `" : "",
	    near ? near : "", near ? "'?" : "");
	return CTL_FAILED;
}

/* `x12ctl partner` alone lists them. */
static const struct ctl_command *
find(int argc, char **argv)
{
	for (unsigned i = 0; i < COMMANDS; i++) {
		const struct ctl_command *c = &commands[i];

		if (strcmp(c->name, argv[0]) != 0)
			continue;
		if (!c->more || (argc == 1 && c->least == 0) ||
		    (argc > 1 && strcmp(c->more, argv[1]) == 0))
			return c;
	}
	return NULL;
}

static bool
fits(const struct ctl_command *c, int argc)
{
	int words = argc - 1 - (c->more && argc > 1);

	if (words >= c->least && words <= c->most)
		return true;
	fprintf(stderr, "usage: x12ctl %s%s%s %s\n", c->name,
	    c->more ? " " : "", c->more ? c->more : "", c->arguments);
	return false;
}

/* ---- the reply ---------------------------------------------------------- */

static bool
parse(struct slice text, struct ctl_reply *r)
{
	size_t room = 0;

	while (text.n > 0) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n;

		if (r->count == room) {
			json_t **more;

			room = room ? room * 2 : 64;
			more = realloc(r->lines, room * sizeof(*more));
			if (!more)
				return false;
			r->lines = more;
		}
		json_t *line = json_loadb(text.p, n, 0, NULL);

		r->lines[r->count++] = line;
		if (!json_is_object(line))
			return false;
		n += nl ? 1 : 0;
		text = slice(text.p + n, text.n - n);
	}
	return true;
}

static int
end_of(const struct ctl_reply *r)
{
	json_t *last = r->count > 0 ? r->lines[r->count - 1] : NULL;

	if (!last || strcmp(ctl_string(last, "type"), "end") != 0)
		return -1;
	return (int)ctl_number(last, "rc");
}

static void
say_errors(const struct ctl_reply *r)
{
	struct buf text;

	buf_init(&text, 64 * 1024);
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(ctl_string(r->lines[i], "type"), "error") == 0) {
			buf_add_str(&text, "x12ctl: ");
			ctl_clean(&text, ctl_string(r->lines[i], "text"));
			buf_add_char(&text, '\n');
		}
	fputs(buf_str(&text), stderr);
	buf_free(&text);
}

static int
write_out(struct slice s)
{
	struct err e = ERR_NONE;

	if (io_write(STDOUT_FILENO, s.p, s.n, "the answer", &e) == 0)
		return CTL_OK;
	fprintf(stderr, "x12ctl: %s\n", e.text);
	return CTL_FAILED;
}

/* What was refused has its reason on stderr, and nothing more to show. */
static int
show(const struct ctl_command *c, const struct ctl_reply *r, int rc)
{
	struct buf text;
	int failed = CTL_OK;

	buf_init(&text, CTL_TEXT_MAX);
	if (rc == CTL_OK || c->show == ctl_show_reload)
		c->show(r, &text);
	if (text.failed) {
		fputs("x12ctl: the answer is too long to show; "
		    "use --json\n", stderr);
		failed = CTL_FAILED;
	} else if (text.n > 0)
		failed = write_out(buf_slice(&text));
	buf_free(&text);
	say_errors(r);
	return failed ? failed : rc;
}

static int
ask(const struct ctl_command *c, const char *socket, bool raw, int argc,
    char **argv)
{
	struct ctl_reply r = { NULL, 0 };
	struct err e = ERR_NONE;
	struct buf reply;
	int rc;

	buf_init(&reply, CTL_REPLY);
	if (ctl_ask(socket, argc, argv, &reply, &e) < 0) {
		fprintf(stderr, "x12ctl: %s\n", e.text);
		rc = CTL_FAILED;
	} else if (!parse(buf_slice(&reply), &r) || (rc = end_of(&r)) < 0) {
		fputs("x12ctl: the reply of x12d was cut short\n", stderr);
		rc = CTL_FAILED;
	} else if (raw)
		rc = write_out(buf_slice(&reply)) ? CTL_FAILED : rc;
	else
		rc = show(c, &r, rc);
	for (size_t i = 0; i < r.count; i++)
		json_decref(r.lines[i]);
	free(r.lines);
	buf_free(&reply);
	return rc;
}

/* ---- where x12d is ------------------------------------------------------ */

static void
on_problem(void *ctx, const struct config_problem *p)
{
	(void)ctx;
	fprintf(stderr, "%s:%d:%d: %s\n", p->file, p->line, p->column,
	    p->text);
}

static char *
socket_of(const char *file)
{
	struct err e = ERR_NONE;
	struct config *config = config_load(file,
	    (struct config_sink){ on_problem, NULL }, &e);
	char *path = config ? strdup(config->control_socket) : NULL;

	if (!config && e.code < 0)
		fprintf(stderr, "x12ctl: %s\n", e.text);
	config_free(config);
	return path;
}

static const struct option options[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "config", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct choices {
	const char *socket, *config;
	bool raw;
	int done;       /* -1: go on, else the exit status */
};

static void
choose(struct choices *c, int option)
{
	if (option == 's')
		c->socket = optarg;
	else if (option == 'c')
		c->config = optarg;
	else if (option == 'j')
		c->raw = true;
	else if (option == 'v')
		c->done = puts("x12ctl " X12D_VERSION) < 0 ? 2 : 0;
	else
		c->done = usage(option == 'h' ? stdout : stderr,
		    option == 'h' ? CTL_OK : CTL_FAILED);
}

int
main(int argc, char *argv[])
{
	char partner[] = "partner", only[] = "list";
	char *list[] = { partner, only }, *path;
	struct choices c = { .done = -1 };
	const struct ctl_command *command;
	int option, rc;

	(void)signal(SIGPIPE, SIG_IGN);
	while (c.done < 0 && (option = getopt_long(argc, argv, "s:c:jh",
	    options, NULL)) != -1)
		choose(&c, option);
	if (c.done >= 0)
		return c.done;
	argc -= optind;
	argv += optind;
	if (argc == 0)
		return usage(stderr, CTL_FAILED);
	command = find(argc, argv);
	if (!command)
		return complain(argc > 1 && strcmp(argv[0], "partner") == 0 ?
		    argv[1] : argv[0]);
	if (!fits(command, argc))
		return CTL_FAILED;
	path = c.socket ? strdup(c.socket) : c.config ?
	    socket_of(c.config) : strdup("/run/x12d/control.sock");
	if (!path)
		return CTL_FAILED;
	if (command->more && argc == 1)
		argv = list;
	argc = command->more && argc == 1 ? 2 : argc;
	rc = ask(command, path, c.raw, argc, argv);
	free(path);
	return rc;
}
