/* SPDX-License-Identifier: ISC */
#include "transport/sftp_session.h"

#include "base/io.h"

/*
 * OPEN, a stream of WRITE, fsync@openssh.com, CLOSE, STAT. "Sent" will be said
 * on the strength of this: each answer is looked at, and the size at the end.
 */
struct upload {
	struct op op;
	int fd;
	uint64_t size, next;
	bool synced, verified, removed, created;
};

static struct upload *
upload_of(struct op *o)
{
	return (struct upload *)o;
}

static const struct upload *
upload_seen(const struct op *o)
{
	return (const struct upload *)o;
}

static void
upload_on_open(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	reply_handle(o, p, "opening a file for upload in");
	upload_of(o)->created = o->opened;
}

static void
upload_open(struct op *o)
{
	op_open_request(o, SSH_FXF_WRITE | SSH_FXF_CREAT | SSH_FXF_TRUNC,
	    upload_on_open);
}

static void
upload_on_written(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	(void)q;
	reply_ok(o, p, "writing in");
}

/* The file's bytes, straight into the output; false: the file failed us. */
static bool
upload_put_bytes(struct upload *u, uint32_t n)
{
	struct buf *out = &u->op.s->out;
	struct err e = ERR_NONE;
	char *to;
	ssize_t got;

	sftp_put_u32(out, n);
	to = buf_space(out, n);
	if (!to)
		return true;  /* out->failed: the session ends of it */
	got = io_pread(u->fd, to, n, (off_t)u->next, "the file to send", &e);
	if (got == (ssize_t)n) {
		out->n += n;
		return true;
	}
	op_fail(&u->op, SFTP_LOCAL, "%s", got < 0 ? e.text :
	    "the file to send has become shorter");
	return false;
}

static bool
upload_write(struct op *o)
{
	struct upload *u = upload_of(o);
	uint64_t left = u->size - u->next;
	uint32_t n = left < OP_CHUNK ? (uint32_t)left : OP_CHUNK;
	size_t start;

	if (!o->opened || left == 0 || o->in_flight >= OP_WINDOW)
		return false;
	start = request_begin(o, SSH_FXP_WRITE, upload_on_written);
	sftp_put_string(&o->s->out, slice(o->handle, o->handle_n));
	sftp_put_u64(&o->s->out, u->next);
	if (!upload_put_bytes(u, n)) {
		o->s->out.n = start;
		return true;
	}
	request_end(o, start, u->next, n);
	u->next += n;
	return true;
}

/* Durable there, if the server knows how; one that then does not: so be it. */
static bool
upload_sync_due(const struct op *o)
{
	return o->opened && o->s->fsync && !upload_seen(o)->synced &&
	    o->result.fault == SFTP_OK;
}

static void
upload_on_synced(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	(void)q;
	if (p->type != SSH_FXP_STATUS || p->code != SSH_FX_OP_UNSUPPORTED)
		reply_ok(o, p, "making the upload durable in");
}

static void
upload_sync(struct op *o)
{
	size_t start = request_begin(o, SSH_FXP_EXTENDED, upload_on_synced);

	upload_of(o)->synced = true;
	sftp_put_string(&o->s->out, SLICE_LIT("fsync@openssh.com"));
	sftp_put_string(&o->s->out, slice(o->handle, o->handle_n));
	request_end(o, start, 0, 0);
}

static void
upload_on_closed(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	(void)q;
	reply_ok(o, p, "closing the uploaded file in");
}

static void
upload_close(struct op *o)
{
	o->opened = false;
	op_handle_request(o, SSH_FXP_CLOSE, upload_on_closed);
}

static bool
upload_verify_due(const struct op *o)
{
	return !upload_seen(o)->verified && o->result.fault == SFTP_OK;
}

static void
upload_on_stat(struct op *o, const struct request *q, struct sftp_packet *p)
{
	struct upload *u = upload_of(o);

	(void)q;
	if (!reply_is(o, p, SSH_FXP_ATTRS, "looking at the upload in"))
		return;
	if (!p->attrs.has_size)
		op_fail(o, SFTP_PROTOCOL, "the server does not tell sizes: "
		    "an upload cannot be verified");
	else if (p->attrs.size != u->size)
		op_fail(o, SFTP_REFUSED, "%llu of %llu bytes have arrived: "
		    "disk or quota full there? ask the partner",
		    (unsigned long long)p->attrs.size,
		    (unsigned long long)u->size);
	o->result.size = p->attrs.size;
}

static void
upload_verify(struct op *o)
{
	upload_of(o)->verified = true;
	op_path_request(o, SSH_FXP_STAT, upload_on_stat);
}

/* What we made and could not finish is rubbish at the partner's. */
static bool
upload_remove_due(const struct op *o)
{
	const struct upload *u = upload_seen(o);

	return u->created && !u->removed && o->result.fault != SFTP_OK;
}

static void
upload_on_removed(struct op *o, const struct request *q,
    struct sftp_packet *p)
{
	(void)q;
	reply_ok(o, p, "removing the failed upload in");
}

static void
upload_remove(struct op *o)
{
	upload_of(o)->removed = true;
	op_path_request(o, SSH_FXP_REMOVE, upload_on_removed);
}

static const struct op_step upload_steps[] = {
	{ op_open_due, upload_open },
	{ upload_sync_due, upload_sync },
	{ op_close_due, upload_close },
	{ upload_verify_due, upload_verify },
	{ upload_remove_due, upload_remove },
};

static const struct op_class upload_class = {
	.stream = upload_write,
	.steps = upload_steps,
	.step_count = sizeof(upload_steps) / sizeof(upload_steps[0]),
};

void
sftp_upload(struct sftp *s, int fd, uint64_t size, const char *path,
    int64_t timeout, sftp_done *done, void *ctx)
{
	struct op *o = op_new(s, sizeof(struct upload), &upload_class, path,
	    done, ctx);

	if (!o)
		return;
	upload_of(o)->fd = fd;
	upload_of(o)->size = size;
	op_start(o, timeout);
}
