/* SPDX-License-Identifier: ISC */
#include "cli/ctl_client.h"

#include "base/io.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { CTL_REQUEST = 4096, CTL_WAIT_S = 60, CTL_BLOCK = 64 * 1024 };

static int
ctl_connect_error(const char *path, struct err *e)
{
	int code = -errno;

	if (code == -ENOENT || code == -ECONNREFUSED)
		return err_set(e, code,
		    "x12d does not answer at %s; start it with "
		    "`systemctl start x12d` or `x12d -c FILE`, or name its "
		    "socket with --socket", path);
	if (code == -EACCES)
		return err_set(e, code,
		    "you may not use %s; be root or in the group that "
		    "control_group names", path);
	return err_sys(e, "cannot connect to %s", path);
}

static int
ctl_connect(const char *path, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval wait = { CTL_WAIT_S, 0 };
	int fd, rc;

	if (!slice_copy(slice_str(path), to.sun_path, sizeof(to.sun_path)))
		return err_set(e, -ENAMETOOLONG,
		    "the socket's path is too long: %s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "cannot make a socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait,
	    sizeof(wait)) == 0)
		return fd;
	rc = ctl_connect_error(path, e);
	close(fd);
	return rc;
}

static int
ctl_send(int fd, int argc, char *const *argv, struct err *e)
{
	struct buf words;
	int rc;

	buf_init(&words, CTL_REQUEST);
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] == '\0') {
			buf_free(&words);
			return err_set(e, -EINVAL, "an empty word");
		}
		buf_add(&words, argv[i], strlen(argv[i]) + 1);
	}
	buf_add_char(&words, '\0');
	rc = words.failed ? err_set(e, -E2BIG, "the request is too long") :
	    io_write(fd, words.p, words.n, "the control socket", e);
	buf_free(&words);
	return rc;
}

static int
ctl_receive(int fd, struct buf *reply, struct err *e)
{
	for (;;) {
		char *room = buf_space(reply, CTL_BLOCK);
		ssize_t n;

		if (!room)
			return err_set(e, -EFBIG, "the reply is too long");
		n = recv(fd, room, CTL_BLOCK, 0);
		if (n < 0 && errno == EINTR)
			continue;
		/* Hung up with our words unread: what came is the reply. */
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return 0;
		if (n < 0 && errno == EAGAIN)
			return err_set(e, -ETIMEDOUT,
			    "x12d gave no answer for %d seconds", CTL_WAIT_S);
		if (n < 0)
			return err_sys(e, "cannot read the reply");
		reply->n += (size_t)n;
	}
}

int
ctl_ask(const char *path, int argc, char *const *argv, struct buf *reply,
    struct err *e)
{
	int fd = ctl_connect(path, e), rc;

	if (fd < 0)
		return fd;
	rc = ctl_send(fd, argc, argv, e);
	/* Refused before it was all said: the reason is in the reply. */
	if (rc == 0 || rc == -EPIPE)
		rc = ctl_receive(fd, reply, e);
	close(fd);
	return rc;
}
