/* SPDX-License-Identifier: ISC */
#include "cli/command.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *
command_find(const char *name)
{
	const struct command *c = command_table;

	while (c->name && strcmp(c->name, name) != 0)
		c++;
	return c->name ? c : NULL;
}

static void
command_print_usage(FILE *to, const char *name)
{
	const struct command *c = command_find(name);

	if (c)
		fprintf(to, "usage: x12 %s %s\n", c->name, c->arguments);
}

int
command_usage(const char *name, const char *why, ...)
{
	va_list ap;

	if (why) {
		fprintf(stderr, "x12 %s: ", name);
		va_start(ap, why);
		vfprintf(stderr, why, ap);
		va_end(ap);
		fputc('\n', stderr);
	}
	command_print_usage(stderr, name);
	return EXIT_TROUBLE;
}

int
command_help(const char *name)
{
	const struct command *c = command_find(name);

	command_print_usage(stdout, name);
	if (c)
		printf("%s\n", c->help);
	return command_flush(name, EXIT_DONE);
}

int
command_trouble(const char *name, const struct err *e)
{
	fprintf(stderr, "x12 %s: %s\n", name, e->text);
	return EXIT_TROUBLE;
}

int
command_flush(const char *name, int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "x12 %s: cannot write the output: %s\n", name,
	    errno ? strerror(errno) : "an earlier write failed");
	return EXIT_TROUBLE;
}

static int
input_check(struct input *in, struct err *e)
{
	struct stat st;

	if (fstat(in->fd, &st) < 0)
		return err_sys(e, "cannot stat %s", in->name);
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "%s: is a directory", in->name);
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

int
input_open(struct input *in, const char *name, struct err *e)
{
	int rc;

	*in = (struct input){ .name = name, .fd = STDIN_FILENO };
	if (strcmp(name, "-") != 0) {
		in->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (in->fd < 0)
			return err_sys(e, "cannot open %s", name);
	}
	rc = input_check(in, e);
	if (rc < 0)
		input_close(in);
	return rc;
}

void
input_close(struct input *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
}
