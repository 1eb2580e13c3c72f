/* SPDX-License-Identifier: ISC */
/*
 * A server that answers one operation of every kind with any bytes: nothing
 * crashes, and each operation ends in exactly one call.
 *
 * The input is a list of answers: type, which of the open requests it answers
 * (255: none of ours), two bytes of length, the fields. Type 0: as it is.
 */
#include "transport/sftp_session.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPS = 7, IDS = 256, FIELDS_MAX = 4096, FILE_BYTES = 40000 };

struct fuzz {
	struct event_base *base;
	struct sftp *s;
	int peer, file;
	unsigned calls[OPS];
	uint32_t ids[IDS];             /* of what the client has asked */
	unsigned count;
	struct buf heard;
};

static void
on_done(void *ctx, const struct sftp_result *r)
{
	++*(unsigned *)ctx;
	if (memchr(r->text, '\0', sizeof(r->text)) == NULL)
		abort();
}

static void
on_entry(void *ctx, const struct sftp_entry *e)
{
	(void)ctx;
	if (!sftp_name_safe(slice_str(e->name)))
		abort();
}

static uint32_t
u32(const char *b)
{
	const uint8_t *p = (const uint8_t *)b;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* What the client says now: the ids that can be answered. */
static void
hear(struct fuzz *f)
{
	ssize_t n;
	char *to;
	int64_t length;

	event_base_loop(f->base, EVLOOP_NONBLOCK);
	to = buf_space(&f->heard, 256 * 1024);
	n = recv(f->peer, to, 256 * 1024, MSG_DONTWAIT);
	f->heard.n += n > 0 ? (size_t)n : 0;
	while ((length = sftp_packet_length(buf_slice(&f->heard))) > 0) {
		/* Every request of ours has a type and an id. */
		if (length < 5)
			abort();
		f->ids[f->count++ % IDS] = u32(f->heard.p + 5);
		buf_drop(&f->heard, (size_t)length + 4);
	}
	if (length < 0)
		abort();
}

static void
answer(struct fuzz *f, uint8_t type, uint8_t which, struct slice fields)
{
	unsigned known = f->count < IDS ? f->count : IDS;
	struct sftp_packet p;
	struct sftp_name name;
	struct buf b;
	size_t start;

	buf_init(&b, FIELDS_MAX + 100);
	if (type == 0) {
		buf_add_slice(&b, fields);
	} else {
		start = sftp_put_begin(&b, type,
		    which == 255 || known == 0 ? which :
		    f->ids[which % known]);
		buf_add_slice(&b, fields);
		sftp_put_end(&b, start);
		sftp_packet_decode(slice(b.p + 4, b.n - 4), &p);
		while (sftp_packet_name(&p, &name))
			;
	}
	if (b.n > 0)
		(void)!send(f->peer, b.p, b.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_free(&b);
	hear(f);
}

static void
answers(struct fuzz *f, const uint8_t *data, size_t size)
{
	while (size >= 4) {
		size_t n = ((size_t)data[2] << 8 | data[3]) % FIELDS_MAX;

		if (n > size - 4)
			n = size - 4;
		answer(f, data[0], data[1], slice((const char *)data + 4, n));
		data += 4 + n;
		size -= 4 + n;
	}
}

static void
operations(struct fuzz *f)
{
	sftp_upload(f->s, f->file, FILE_BYTES, "in/t", 0, on_done,
	    &f->calls[1]);
	sftp_download(f->s, "out/a", f->file, FILE_BYTES, 0, on_done,
	    &f->calls[2]);
	sftp_list(f->s, "out", 100, on_entry, on_done, &f->calls[3]);
	sftp_rename(f->s, "in/t", "in/f", on_done, &f->calls[4]);
	sftp_stat(f->s, "in/f", on_done, &f->calls[5]);
	sftp_remove(f->s, "out/a", on_done, &f->calls[6]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* What takes long to make is made once. */
	static struct fuzz f;
	const struct sftp_settings settings = { .host = "h", .user = "u" };
	int fds[2];

	if (!f.base) {
		f.base = event_base_new();
		f.file = memfd_create("fuzz", MFD_CLOEXEC);
		buf_init(&f.heard, 4 * 1024 * 1024);
	}
	memset(f.calls, 0, sizeof(f.calls));
	f.count = 0;
	buf_reset(&f.heard);
	if (ftruncate(f.file, FILE_BYTES) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, fds) < 0)
		abort();
	f.peer = fds[1];
	f.s = sftp_attach(f.base, fds[0], &settings, on_done, &f.calls[0],
	    NULL);
	operations(&f);
	hear(&f);
	answers(&f, data, size);
	sftp_free(f.s);
	for (unsigned i = 0; i < OPS; i++)
		if (f.calls[i] != 1)
			abort();
	close(f.peer);
	return 0;
}
