/* SPDX-License-Identifier: ISC */
#include "daemon/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int
notify_text(enum notify_state state, const char *status, char *to,
    size_t cap)
{
	static const char *const words[] = {
		"READY=1", "RELOADING=1", "STOPPING=1",
	};
	struct timespec t;
	int n;

	clock_gettime(CLOCK_MONOTONIC, &t);
	n = snprintf(to, cap, "%s\nSTATUS=%.400s\n", words[state],
	    status ? status : "");
	/* Type=notify-reload wants to know which reload is meant. */
	if (state == NOTIFY_RELOADING)
		n += snprintf(to + n, cap - (size_t)n,
		    "MONOTONIC_USEC=%" PRId64 "\n",
		    (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
	return n;
}

int
notify_send(enum notify_state state, const char *status, struct err *e)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char text[600];
	int fd, n, rc = 0;
	socklen_t len;

	if (!path || !*path)
		return 0;
	if (strlen(path) >= sizeof(to.sun_path))
		return err_set(e, -ENAMETOOLONG,
		    "NOTIFY_SOCKET is too long a path");
	memcpy(to.sun_path, path, strlen(path) + 1);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = '\0';  /* an abstract name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "cannot make a socket to notify");
	n = notify_text(state, status, text, sizeof(text));
	if (sendto(fd, text, (size_t)n, MSG_NOSIGNAL,
	    (struct sockaddr *)&to, len) < 0)
		rc = err_sys(e, "cannot notify the service manager");
	close(fd);
	return rc;
}
