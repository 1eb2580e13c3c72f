/* SPDX-License-Identifier: ISC */
#include "daemon/control.h"

#include "base/buf.h"
#include "base/json.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct control_client {
	struct control *c;
	struct bufferevent *stream;
	uint64_t id;                /* 0: the place is free */
	uid_t uid;
	bool asked, answered;
};

struct control {
	struct event_base *base;
	struct evconnlistener *listener;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	dev_t dev;                  /* of the socket that we made: */
	ino_t ino;                  /* another one's is not ours to remove */
	gid_t group;                /* (gid_t)-1: none */
	control_on_request *on;
	void *ctx;
	uint64_t next_id;
	struct control_client clients[CONTROL_CLIENTS];
};

/* ---- words -------------------------------------------------------------- */

int
control_words(struct slice bytes, const char *argv[static CONTROL_WORDS])
{
	const char *p = bytes.p, *end = bytes.p + bytes.n, *nul;
	int argc = 0;

	while (p < end && (nul = memchr(p, '\0', (size_t)(end - p)))) {
		if (nul == p)
			return argc > 0 && nul + 1 == end ? argc : -EBADMSG;
		if (argc == CONTROL_WORDS)
			return -E2BIG;
		argv[argc++] = p;
		p = nul + 1;
	}
	return bytes.n >= CONTROL_REQUEST ? -E2BIG : 0;
}

/* ---- clients ------------------------------------------------------------ */

static void
client_close(struct control_client *k)
{
	if (k->stream)
		bufferevent_free(k->stream);
	*k = (struct control_client){ .c = k->c };
}

/* Nothing more to say once the last byte is taken. */
static void
client_on_written(struct bufferevent *stream, void *ctx)
{
	struct control_client *k = ctx;

	(void)stream;
	if (k->answered)
		client_close(k);
}

static void
client_on_event(struct bufferevent *stream, short what, void *ctx)
{
	struct control_client *k = ctx;

	/* It may shut its writing side and still wait for the reply. */
	if ((what & BEV_EVENT_EOF) && k->asked) {
		bufferevent_disable(stream, EV_READ);
		return;
	}
	client_close(k);
}

static void
client_answer(struct control_client *k, struct slice lines)
{
	struct timeval t = { CONTROL_WRITE_S, 0 };

	k->answered = true;
	bufferevent_set_timeouts(k->stream, NULL, &t);
	if (bufferevent_write(k->stream, lines.p, lines.n) < 0)
		client_close(k);
}

static void
client_refuse(struct control_client *k, const char *why)
{
	struct buf b;
	struct json j;

	k->asked = true;
	bufferevent_disable(k->stream, EV_READ);
	buf_init(&b, 4096);
	jsonw_init(&j, &b);
	jsonw_object(&j);
	jsonw_kstr(&j, "type", "error");
	jsonw_kstr(&j, "text", why);
	jsonw_object_end(&j);
	buf_add_str(&b, "\n{\"type\":\"end\",\"rc\":2}\n");
	client_answer(k, buf_slice(&b));
	buf_free(&b);
}

static void
client_on_readable(struct bufferevent *stream, void *ctx)
{
	struct control_client *k = ctx;
	struct evbuffer *in = bufferevent_get_input(stream);
	size_t n = evbuffer_get_length(in);
	const char *argv[CONTROL_WORDS];
	char bytes[CONTROL_REQUEST];
	int argc;

	if (k->asked)
		return;
	n = n < sizeof(bytes) ? n : sizeof(bytes);
	if (evbuffer_copyout(in, bytes, n) != (ev_ssize_t)n)
		return;
	argc = control_words(slice(bytes, n), argv);
	if (argc == 0)
		return;
	if (argc < 0) {
		client_refuse(k, "this is no request; see docs/control.md");
		return;
	}
	k->asked = true;
	bufferevent_disable(stream, EV_READ);
	k->c->on(k->c->ctx, k->id, argc, argv, k->uid);
}

void
control_reply(struct control *c, uint64_t client, struct slice lines)
{
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (client != 0 && c->clients[i].id == client)
			client_answer(&c->clients[i], lines);
}

/* ---- who may ask -------------------------------------------------------- */

/* SO_PEERGROUPS (Linux 4.13): the groups that the caller had at connect(). */
static bool
control_in_group(const struct control *c, int fd, gid_t primary)
{
	gid_t groups[256];
	socklen_t n = sizeof(groups);

	if (c->group == (gid_t)-1)
		return false;
	if (primary == c->group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) < 0)
		return false;
	for (size_t i = 0; i < n / sizeof(groups[0]); i++)
		if (groups[i] == c->group)
			return true;
	return false;
}

static bool
control_may(const struct control *c, int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		return false;
	*uid = cred.uid;
	return cred.uid == 0 || cred.uid == geteuid() ||
	    control_in_group(c, fd, cred.gid);
}

static struct control_client *
control_place(struct control *c)
{
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].id == 0)
			return &c->clients[i];
	return NULL;
}

static void
control_on_connect(struct evconnlistener *l, evutil_socket_t fd,
    struct sockaddr *from, int len, void *ctx)
{
	struct control *c = ctx;
	struct control_client *k = control_place(c);
	struct timeval t = { CONTROL_READ_S, 0 };
	uid_t uid = (uid_t)-1;
	bool may = control_may(c, fd, &uid);

	(void)l;
	(void)from;
	(void)len;
	if (!k) {
		close(fd);
		return;
	}
	k->stream = bufferevent_socket_new(c->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (!k->stream) {
		close(fd);
		return;
	}
	k->id = ++c->next_id;
	k->uid = uid;
	bufferevent_setcb(k->stream, client_on_readable, client_on_written,
	    client_on_event, k);
	bufferevent_setwatermark(k->stream, EV_READ, 0, CONTROL_REQUEST);
	bufferevent_set_timeouts(k->stream, &t, NULL);
	if (!may)
		client_refuse(k, "you may not ask; be root, the user of x12d, "
		    "or in the group of the socket (control_group)");
	else if (bufferevent_enable(k->stream, EV_READ) < 0)
		client_close(k);
}

/* ---- the socket --------------------------------------------------------- */

/* Is somebody there, or did a process die without removing it? */
static int
control_clear(const struct sockaddr_un *at, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (lstat(at->sun_path, &st) < 0)
		return errno == ENOENT ? 0 :
		    err_sys(e, "cannot look at %s", at->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, -EEXIST, "%s is there and is not a socket",
		    at->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "cannot make a socket");
	rc = connect(fd, (const struct sockaddr *)at, sizeof(*at));
	close(fd);
	if (rc == 0 || errno == EAGAIN)
		return err_set(e, -EADDRINUSE,
		    "another x12d answers at %s; stop it first", at->sun_path);
	if (unlink(at->sun_path) < 0 && errno != ENOENT)
		return err_sys(e, "cannot remove the old %s", at->sun_path);
	return 0;
}

/* Made closed to others, then opened: mode and group before listen(). */
static int
control_socket(struct control *c, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, rc;

	memcpy(at.sun_path, c->path, sizeof(at.sun_path));
	rc = control_clear(&at, e);
	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "cannot make a socket");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    (c->group != (gid_t)-1 &&
	    chown(c->path, (uid_t)-1, c->group) < 0) ||
	    chmod(c->path, 0660) < 0 || stat(c->path, &st) < 0 ||
	    listen(fd, CONTROL_CLIENTS) < 0) {
		rc = err_sys(e, "cannot make the control socket %s", c->path);
		close(fd);
		return rc;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	return fd;
}

static int
control_set_group(struct control *c, const char *name, struct err *e)
{
	struct group *g;

	c->group = (gid_t)-1;
	if (!name)
		return 0;
	errno = 0;
	g = getgrnam(name);
	if (!g)
		return err_set(e, errno ? -errno : -ENOENT,
		    "there is no group %s (control_group)", name);
	c->group = g->gr_gid;
	return 0;
}

static int
control_listen(struct control *c, const char *path, const char *group,
    struct err *e)
{
	int fd;

	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].c = c;
	if (!slice_copy(slice_str(path), c->path, sizeof(c->path)))
		return err_set(e, -ENAMETOOLONG,
		    "control_socket is longer than %zu bytes: %s",
		    sizeof(c->path) - 1, path);
	if (control_set_group(c, group, e) < 0)
		return e->code;
	fd = control_socket(c, e);
	if (fd < 0)
		return fd;
	c->listener = evconnlistener_new(c->base, control_on_connect, c,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!c->listener) {
		close(fd);
		return err_set(e, -ENOMEM, "out of memory to listen");
	}
	return 0;
}

struct control *
control_new(struct event_base *base, const char *path, const char *group,
    control_on_request *on, void *ctx, struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(e, -ENOMEM, "out of memory for the control socket");
		return NULL;
	}
	c->base = base;
	c->on = on;
	c->ctx = ctx;
	if (control_listen(c, path, group, e) == 0)
		return c;
	control_free(c);
	return NULL;
}

void
control_free(struct control *c)
{
	struct stat st;

	if (!c)
		return;
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		client_close(&c->clients[i]);
	if (c->listener)
		evconnlistener_free(c->listener);
	if (c->ino != 0 && stat(c->path, &st) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino)
		unlink(c->path);
	free(c);
}
