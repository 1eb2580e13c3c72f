/* SPDX-License-Identifier: ISC */
#include "transport/sftp_session.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * OPEN, FSTAT, a stream of READ, FSTAT again, CLOSE. The size that FSTAT tells
 * only says how far to ask at once; the end is where the server says EOF. The
 * second FSTAT catches a file that somebody is still writing.
 */
struct download {
	struct op op;
	int fd;
	uint64_t max;
	uint64_t next;         /* everything before it was asked for */
	uint64_t high;         /* the end of the furthest byte that came */
	uint64_t got, end;     /* bytes that came; lowest EOF */
	struct sftp_attrs before;
	bool sized, resized, eof;
};

static struct download *
download_of(struct op *o)
{
	return (struct download *)o;
}

static const struct download *
download_seen(const struct op *o)
{
	return (const struct download *)o;
}

static void
download_on_open(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	(void)q;
	reply_handle(o, p, "opening a file in");
}

static void
download_open(struct op *o)
{
	op_open_request(o, SSH_FXF_READ, download_on_open);
}

static void
download_too_large(struct download *d)
{
	op_fail(&d->op, SFTP_TOO_LARGE, "a file is larger than the %llu "
	    "bytes that may be fetched", (unsigned long long)d->max);
}

/* ---- its size ----------------------------------------------------------- */

static bool
download_size_due(const struct op *o)
{
	return o->opened && !download_seen(o)->sized &&
	    o->result.fault == SFTP_OK;
}

static void
download_on_size(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	struct download *d = download_of(o);

	(void)q;
	if (!reply_is(o, p, SSH_FXP_ATTRS, "asking for a size in"))
		return;
	d->before = p->attrs;
	if (p->attrs.has_size && p->attrs.size > d->max)
		download_too_large(d);
}

static void
download_size(struct op *o)
{
	download_of(o)->sized = true;
	op_handle_request(o, SSH_FXP_FSTAT, download_on_size);
}

/* ---- its bytes ---------------------------------------------------------- */

static void download_ask(struct op *o, uint64_t at, uint32_t n);

static void
download_keep(struct download *d, uint64_t at, struct slice bytes)
{
	size_t done = 0;

	while (done < bytes.n) {
		ssize_t w = pwrite(d->fd, bytes.p + done, bytes.n - done,
		    (off_t)(at + done));

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			op_fail(&d->op, SFTP_LOCAL,
			    "cannot write the fetched file: %s",
			    strerror(w < 0 ? errno : EIO));
			return;
		}
		done += (size_t)w;
	}
	d->got += bytes.n;
	if (at + bytes.n > d->high)
		d->high = at + bytes.n;
}

static void
download_on_data(struct download *d, const struct request *q,
    struct slice bytes)
{
	uint32_t left = q->n - (uint32_t)bytes.n;

	if (bytes.n == 0 || bytes.n > q->n) {
		session_die(d->op.s, SFTP_PROTOCOL,
		    "the server sent no or more bytes than asked for");
		return;
	}
	if (q->at + bytes.n > d->max) {
		download_too_large(d);
		return;
	}
	download_keep(d, q->at, bytes);
	/* A short answer is not the end: ask for the rest. */
	if (left > 0 && d->op.result.fault == SFTP_OK)
		download_ask(&d->op, q->at + bytes.n, left);
}

static void
download_on_read(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	struct download *d = download_of(o);

	if (o->result.fault != SFTP_OK)
		return;
	if (p->type == SSH_FXP_DATA) {
		download_on_data(d, q, p->bytes);
	} else if (p->type == SSH_FXP_STATUS && p->code == SSH_FX_EOF) {
		d->eof = true;
		if (q->at < d->end)
			d->end = q->at;
	} else {
		reply_is(o, p, SSH_FXP_DATA, "reading in");
	}
}

static void
download_ask(struct op *o, uint64_t at, uint32_t n)
{
	size_t start = request_begin(o, SSH_FXP_READ, download_on_read);

	sftp_put_string(&o->s->out, slice(o->handle, o->handle_n));
	sftp_put_u64(&o->s->out, at);
	sftp_put_u32(&o->s->out, n);
	request_end(o, start, at, n);
}

/*
 * Within the size many at once; behind it one at a time, until EOF. One byte
 * past the maximum is asked for, to see that there is none.
 */
static bool
download_read(struct op *o)
{
	struct download *d = download_of(o);
	uint64_t size = d->before.has_size ? d->before.size : 0;
	unsigned window = d->next < size ? OP_WINDOW : 1;
	uint64_t room = d->max - d->next;
	uint32_t n = room < OP_CHUNK ? (uint32_t)room + 1 : OP_CHUNK;

	if (!o->opened || !d->sized || d->eof || d->next > d->max ||
	    o->in_flight >= window)
		return false;
	/* FSTAT itself is in flight: its answer says how far. */
	if (d->next == 0 && o->in_flight > 0)
		return false;
	download_ask(o, d->next, n);
	d->next += n;
	return true;
}

/* ---- its end ------------------------------------------------------------ */

static void
download_changed(struct op *o)
{
	op_fail(o, SFTP_RETRY, "a file in %.*s has changed while it was "
	    "fetched, or the server tells wrong sizes",
	    SLICE_ARG(op_directory(o)));
}

static bool
download_check_due(const struct op *o)
{
	const struct download *d = download_seen(o);

	return o->opened && d->eof && !d->resized &&
	    o->result.fault == SFTP_OK;
}

static void
download_on_check(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	struct download *d = download_of(o);

	(void)q;
	if (!reply_is(o, p, SSH_FXP_ATTRS, "asking for a size in"))
		return;
	if (d->high > d->end || d->got != d->end ||
	    (p->attrs.has_size && p->attrs.size != d->end) ||
	    (p->attrs.has_mtime && d->before.has_mtime &&
	    p->attrs.mtime != d->before.mtime))
		download_changed(o);
	else if (ftruncate(d->fd, (off_t)d->end) < 0)
		op_fail(o, SFTP_LOCAL, "cannot cut the fetched file to its "
		    "size: %s", strerror(errno));
	o->result.size = d->end;
}

static void
download_check(struct op *o)
{
	download_of(o)->resized = true;
	op_handle_request(o, SSH_FXP_FSTAT, download_on_check);
}

static const struct op_step download_steps[] = {
	{ op_open_due, download_open },
	{ download_size_due, download_size },
	{ download_check_due, download_check },
	{ op_close_due, op_close_send },
};

static const struct op_class download_class = {
	.stream = download_read,
	.steps = download_steps,
	.step_count = sizeof(download_steps) / sizeof(download_steps[0]),
};

void
sftp_download(struct sftp *s, const char *path, int fd, uint64_t max,
    int64_t timeout, sftp_done *done, void *ctx)
{
	struct op *o = op_new(s, sizeof(struct download), &download_class,
	    path, done, ctx);

	if (!o)
		return;
	download_of(o)->fd = fd;
	/* Offsets are an off_t's; one more than the maximum is one, too. */
	download_of(o)->max = max < INT64_MAX ? max : INT64_MAX - 1;
	download_of(o)->end = UINT64_MAX;
	op_start(o, timeout);
}
