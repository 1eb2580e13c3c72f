/* SPDX-License-Identifier: ISC */
#include "daemon/message.h"

#include <assert.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* More than we accept, so that what is too much is seen and closed. */
enum { MESSAGE_FDS_SEEN = 16 };

union message_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS_SEEN)];
};

static void
message_attach(struct msghdr *h, union message_control *c, const int *fds,
    unsigned nfds)
{
	struct cmsghdr *m;

	if (nfds == 0)
		return;
	memset(c, 0, sizeof(*c));
	h->msg_control = c->bytes;
	h->msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
	m = CMSG_FIRSTHDR(h);
	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_RIGHTS;
	m->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
	memcpy(CMSG_DATA(m), fds, sizeof(int) * nfds);
}

int
message_send(int sock, const void *m, size_t n, const int *fds,
    unsigned nfds, struct err *e)
{
	struct iovec v = { .iov_base = (void *)(uintptr_t)m, .iov_len = n };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	union message_control c;
	ssize_t w;

	assert(nfds <= MESSAGE_FDS);
	message_attach(&h, &c, fds, nfds);
	do
		w = sendmsg(sock, &h, MSG_NOSIGNAL);
	while (w < 0 && errno == EINTR);
	if (w >= 0)
		return 0;       /* SEQPACKET: all or nothing */
	if (errno == ECONNRESET || errno == ENOTCONN)
		errno = EPIPE;
	/* A full queue of a socketpair shows as either of the two. */
	if (errno == EWOULDBLOCK || errno == ENOBUFS)
		errno = EAGAIN;
	return err_sys(e, "cannot send a message");
}

/* Take over what came beside the message, however much; close what is over. */
static unsigned
message_detach(struct msghdr *h, int fds[static MESSAGE_FDS])
{
	unsigned seen = 0;

	for (struct cmsghdr *m = CMSG_FIRSTHDR(h); m; m = CMSG_NXTHDR(h, m)) {
		if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; i < count; i++, seen++) {
			int fd;

			memcpy(&fd, CMSG_DATA(m) + i * sizeof(int),
			    sizeof(fd));
			if (seen < MESSAGE_FDS)
				fds[seen] = fd;
			else
				close(fd);
		}
	}
	return seen;
}

static int
message_refuse(const int *fds, unsigned nfds, struct err *e, const char *why)
{
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);
	return err_set(e, -EBADMSG, "%s", why);
}

int
message_receive(int sock, void *m, size_t n, int fds[static MESSAGE_FDS],
    unsigned *nfds, struct err *e)
{
	struct iovec v = { .iov_base = m, .iov_len = n };
	union message_control c;
	struct msghdr h = {
		.msg_iov = &v, .msg_iovlen = 1,
		.msg_control = c.bytes, .msg_controllen = sizeof(c.bytes),
	};
	ssize_t r;
	unsigned seen;

	*nfds = 0;
	do
		r = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == ECONNRESET) {
		err_set(e, -ECONNRESET, "gone, with messages unread");
		return 0;
	}
	if (r < 0)
		return err_sys(e, "cannot receive a message");
	seen = message_detach(&h, fds);
	*nfds = seen < MESSAGE_FDS ? seen : MESSAGE_FDS;
	if (r == 0 && seen == 0)
		return 0;
	if (seen > MESSAGE_FDS || (h.msg_flags & MSG_CTRUNC)) {
		unsigned close_now = *nfds;

		*nfds = 0;
		return message_refuse(fds, close_now, e,
		    "a message with too many descriptors");
	}
	if ((size_t)r != n || (h.msg_flags & MSG_TRUNC)) {
		unsigned close_now = *nfds;

		*nfds = 0;
		return message_refuse(fds, close_now, e,
		    "a message of another size");
	}
	return 1;
}

#define ENDED(array) (memchr((array), '\0', sizeof(array)) != NULL)

static bool
identity_valid(const struct config_identity *i)
{
	return ENDED(i->qualifier) && ENDED(i->id);
}

static bool
work_answer_valid(const struct work_answer *a)
{
	return identity_valid(&a->self) && identity_valid(&a->partner) &&
	    ENDED(a->gs_self) && ENDED(a->gs_partner) && ENDED(a->ta105) &&
	    ENDED(a->date) && ENDED(a->time);
}

bool
work_request_valid(const struct work_request *m)
{
	const struct work_envelope *v = &m->envelope;

	return m->kind >= WORK_INSPECT && m->kind <= WORK_BATCH &&
	    m->form < WORK_FORMS && ENDED(m->defaults) &&
	    ENDED(m->partner) && work_answer_valid(&m->answer) &&
	    identity_valid(&v->sender) && identity_valid(&v->receiver) &&
	    ENDED(v->gs_sender) && ENDED(v->gs_receiver) && ENDED(v->date) &&
	    ENDED(v->time) && ENDED(v->bht_template) && ENDED(v->partner);
}

bool
work_reply_valid(const struct work_reply *m)
{
	return m->rc <= 0 && ENDED(m->text);
}

bool
courier_request_valid(const struct courier_request *m)
{
	return m->kind >= COURIER_UPLOAD && m->kind <= COURIER_CANCEL &&
	    ENDED(m->directory) && ENDED(m->name) && ENDED(m->temp);
}

bool
courier_reply_valid(const struct courier_reply *m)
{
	return m->outcome >= OUTCOME_UPLOADED &&
	    m->outcome <= OUTCOME_CANCELLED && ENDED(m->name) &&
	    ENDED(m->text);
}
