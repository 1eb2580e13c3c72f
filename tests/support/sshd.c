/* SPDX-License-Identifier: ISC */
#include "tests/support/sshd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line of what sshd.sh prints. */
static bool
script(const char *verb, const char *dir, char *line, size_t cap)
{
	char command[160];
	FILE *f;
	bool ok;

	snprintf(command, sizeof(command), "tests/support/sshd.sh %s %s",
	    verb, dir);
	f = popen(command, "r");
	if (!f)
		return false;
	line[0] = '\0';
	ok = fgets(line, (int)cap, f) != NULL;
	line[strcspn(line, "\n")] = '\0';
	return pclose(f) == 0 && ok;
}

bool
sshd_again(struct sshd *d)
{
	char line[64];

	if (!script("start", d->dir, line, sizeof(line)))
		return false;
	d->port = (uint16_t)strtoul(line, NULL, 10);
	return true;
}

bool
sshd_start(struct sshd *d)
{
	const char *tmp = getenv("TMPDIR");

	*d = (struct sshd){ .port = 0 };
	snprintf(d->dir, sizeof(d->dir), "%.40s/sshd.XXXXXX",
	    tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	return mkdtemp(d->dir) && sshd_again(d) &&
	    script("user", "", d->user, sizeof(d->user));
}

void
sshd_stop(struct sshd *d)
{
	char line[64];

	script("stop", d->dir, line, sizeof(line));
}

void
sshd_cut(struct sshd *d)
{
	char line[64];

	script("cut", d->dir, line, sizeof(line));
}

void
sshd_free(struct sshd *d)
{
	char command[100];

	if (!*d->dir)
		return;
	sshd_stop(d);
	snprintf(command, sizeof(command), "rm -rf %s", d->dir);
	if (system(command) != 0)
		fprintf(stderr, "%s stays behind\n", d->dir);
	*d->dir = '\0';
}

static const char *
under(const struct sshd *d, const char *folder, const char *name)
{
	static char paths[8][400];
	static unsigned next;
	char *to = paths[next++ % 8];

	snprintf(to, sizeof(paths[0]), "%s/%s%s", d->dir, folder, name);
	return to;
}

const char *
sshd_file(const struct sshd *d, const char *name)
{
	return under(d, "", name);
}

const char *
sshd_remote(const struct sshd *d, const char *name)
{
	return under(d, "root/", name);
}
