/* SPDX-License-Identifier: ISC */
#include "transport/sftp_session.h"

/* STAT, REMOVE and RENAME: one request, for RENAME a second look. */

/* ---- stat --------------------------------------------------------------- */

static void
stat_on_attrs(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	if (!reply_is(o, p, SSH_FXP_ATTRS, "looking for a file in"))
		return;
	if (!p->attrs.has_size)
		op_fail(o, SFTP_PROTOCOL, "the server does not tell sizes: "
		    "nothing can be verified");
	o->result.size = p->attrs.size;
}

static void
stat_send(struct op *o)
{
	o->open_tried = true;
	op_path_request(o, SSH_FXP_STAT, stat_on_attrs);
}

static const struct op_step stat_steps[] = { { op_open_due, stat_send } };
static const struct op_class stat_class = { .steps = stat_steps,
	.step_count = 1 };

void
sftp_stat(struct sftp *s, const char *path, sftp_done *done, void *ctx)
{
	struct op *o = op_new(s, sizeof(*o), &stat_class, path, done, ctx);

	if (o)
		op_start(o, 0);
}

/* ---- remove ------------------------------------------------------------- */

static void
remove_on_done(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	reply_ok(o, p, "removing a file in");
}

static void
remove_send(struct op *o)
{
	o->open_tried = true;
	op_path_request(o, SSH_FXP_REMOVE, remove_on_done);
}

static const struct op_step remove_steps[] = { { op_open_due, remove_send } };
static const struct op_class remove_class = { .steps = remove_steps,
	.step_count = 1 };

void
sftp_remove(struct sftp *s, const char *path, sftp_done *done, void *ctx)
{
	struct op *o = op_new(s, sizeof(*o), &remove_class, path, done, ctx);

	if (o)
		op_start(o, 0);
}

/* ---- rename ------------------------------------------------------------- */

/* op.path is the new name: it is the one to look at. */
struct rename {
	struct op op;
	char from[SESSION_PATH];
	uint32_t refusal;      /* the status that may mean "taken" */
	bool looked;
};

static struct rename *
rename_of(struct op *o)
{
	return (struct rename *)o;
}

/*
 * Version 3 has no code for a taken name: most servers say FAILURE, which may
 * mean anything. So that is not yet the answer: look whether it is taken.
 */
static void
rename_on_done(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	if (p->type == SSH_FXP_STATUS && p->code == SSH_FX_FAILURE)
		rename_of(o)->refusal = p->code;
	else
		reply_ok(o, p, "renaming in");
}

static void
rename_send(struct op *o)
{
	size_t start = request_begin(o, SSH_FXP_RENAME, rename_on_done);

	o->open_tried = true;
	sftp_put_string(&o->s->out, slice_str(rename_of(o)->from));
	sftp_put_string(&o->s->out, slice_str(o->path));
	request_end(o, start, 0, 0);
}

static bool
rename_look_due(const struct op *o)
{
	const struct rename *r = (const struct rename *)o;

	return r->refusal && !r->looked && o->result.fault == SFTP_OK;
}

static void
rename_on_attrs(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	if (p->type == SSH_FXP_ATTRS)
		op_status(o, SSH_FX_FILE_ALREADY_EXISTS, "renaming in");
	else
		op_status(o, rename_of(o)->refusal, "renaming in");
}

static void
rename_look(struct op *o)
{
	rename_of(o)->looked = true;
	op_path_request(o, SSH_FXP_STAT, rename_on_attrs);
}

static const struct op_step rename_steps[] = {
	{ op_open_due, rename_send },
	{ rename_look_due, rename_look },
};
static const struct op_class rename_class = { .steps = rename_steps,
	.step_count = 2 };

void
sftp_rename(struct sftp *s, const char *from, const char *to,
    sftp_done *done, void *ctx)
{
	struct op *o = op_new(s, sizeof(struct rename), &rename_class, to,
	    done, ctx);

	if (!o)
		return;
	if (!slice_copy(slice_str(from), rename_of(o)->from, SESSION_PATH))
		op_fail(o, SFTP_CONFIG, "a remote path is longer than %d "
		    "bytes", SESSION_PATH - 1);
	op_start(o, 0);
}
