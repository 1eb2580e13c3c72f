/* SPDX-License-Identifier: ISC */
#include "daemon/supervisor.h"

#include "base/buf.h"
#include "transport/askpass.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: x12d [-c FILE] [--check-config]\n"
    "       x12d --states | --version | --help\n"
    "\n"
    "Check, number, deliver and follow up X12 claims; stay in the foreground.\n"
    "  -c FILE          the configuration (/etc/x12d/x12d.yaml)\n"
    "  --check-config   say what is wrong with it, and exit: 0 nothing,\n"
    "                   1 something, 2 it cannot be read\n"
    "  --states         the states of a file, and what moves it on\n"
    "SIGHUP: read the configuration again. SIGTERM: finish and stop.\n";

enum {
	OPTION_CHECK = 256, OPTION_VERSION, OPTION_HELP, OPTION_FOREGROUND,
	OPTION_STATES,
};

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "foreground", no_argument, NULL, OPTION_FOREGROUND },
	{ "states", no_argument, NULL, OPTION_STATES },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct choices {
	const char *config, *role, *partner;
	unsigned index;
	bool check;
	int done;       /* -1: go on, else the exit status */
};

static int
say(FILE *to, const char *text, int status)
{
	fputs(text, to);
	return status;
}

/* The table of spool/state.c, as docs/architecture.md has it. */
static int
say_states(void)
{
	struct buf text;
	int status = 0;

	buf_init(&text, 1 << 20);
	state_print(&text);
	if (text.failed || fputs(buf_str(&text), stdout) == EOF ||
	    fflush(stdout) == EOF)
		status = 2;
	buf_free(&text);
	return status;
}

static void
choose(struct choices *c, int option)
{
	switch (option) {
	case 'c':
		c->config = optarg;
		break;
	case 'R':       /* our own: the supervisor starts a role */
		c->role = optarg;
		break;
	case 'P':
		c->partner = optarg;
		break;
	case 'I':
		c->index = (unsigned)strtoul(optarg, NULL, 10);
		break;
	case OPTION_CHECK:
		c->check = true;
		break;
	case OPTION_FOREGROUND:
		break;  /* it always is */
	case OPTION_STATES:
		c->done = say_states();
		break;
	case OPTION_VERSION:
		c->done = say(stdout, "x12d " X12D_VERSION "\n", 0);
		break;
	case OPTION_HELP:
		c->done = say(stdout, usage, 0);
		break;
	default:
		c->done = say(stderr, usage, 2);
	}
}

/* Descriptors 0 to 2 are there, so that no file of ours becomes one of them. */
static bool
standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int
main(int argc, char *argv[])
{
	struct choices c = { .config = "/etc/x12d/x12d.yaml", .partner = "",
	    .done = -1 };
	const struct role *role;
	int option, asked;

	if (!standard_descriptors())
		return 2;
	/* ssh may have started us, to have a secret from its file. */
	asked = askpass_run(argc, argv);
	if (asked >= 0)
		return asked;
	while (c.done < 0 && (option = getopt_long(argc, argv, "c:R:P:I:",
	    options, NULL)) != -1)
		choose(&c, option);
	if (c.done < 0 && optind < argc)
		c.done = say(stderr, usage, 2);
	if (c.done >= 0)
		return c.done;
	if (c.check)
		return supervisor_check_config(c.config);
	if (!c.role)
		return supervisor_run(c.config);
	role = role_find(c.role);
	if (!role || !role->main)
		return say(stderr, usage, 2);
	return role_run(role, c.partner, c.index);
}
