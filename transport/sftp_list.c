/* SPDX-License-Identifier: ISC */
#include "transport/sftp_session.h"

#include <sys/stat.h>

/* OPENDIR, READDIR until EOF, CLOSE. Names are checked before they go on. */
struct list {
	struct op op;
	unsigned max, count;
	bool eof;
	sftp_on_entry *on_entry;
};

static struct list *
list_of(struct op *o)
{
	return (struct list *)o;
}

static void
list_on_open(struct op *o, const struct request *q, struct sftp_packet *p)
{
	(void)q;
	reply_handle(o, p, "listing");
}

static void
list_open(struct op *o)
{
	o->open_tried = true;
	op_path_request(o, SSH_FXP_OPENDIR, list_on_open);
}

/* Without a mode, the line that `ls -l` would print says what it is. */
static bool
name_is_file(const struct sftp_name *n)
{
	if (n->attrs.has_mode && (n->attrs.mode & S_IFMT))
		return S_ISREG(n->attrs.mode);
	return n->longname.n == 0 || !memchr("dlbcps", n->longname.p[0], 6);
}

static void
list_entry(struct list *l, const struct sftp_name *n)
{
	char name[SFTP_MAX_NAME + 1];
	struct sftp_entry entry = {
		.name = name,
		.is_file = name_is_file(n),
		.has_size = n->attrs.has_size,
		.has_mtime = n->attrs.has_mtime,
		.size = n->attrs.size,
		.mtime = n->attrs.mtime,
	};

	if (slice_is(n->name, ".") || slice_is(n->name, ".."))
		return;
	if (!sftp_name_safe(n->name)) {
		l->op.result.size++;
		return;
	}
	if (l->count == l->max) {
		op_fail(&l->op, SFTP_TOO_LARGE, "more than %u entries in "
		    "%s: let fetched files be deleted or moved, or ask the "
		    "partner to tidy up", l->max, l->op.path);
		return;
	}
	l->count++;
	slice_copy(n->name, name, sizeof(name));
	l->op.s->listing = true;
	l->on_entry(l->op.ctx, &entry);
	l->op.s->listing = false;
}

static void
list_on_names(struct op *o, const struct request *q, struct sftp_packet *p)
{
	struct list *l = list_of(o);
	struct sftp_name n;

	(void)q;
	if (p->type == SSH_FXP_STATUS && p->code == SSH_FX_EOF) {
		l->eof = true;
		return;
	}
	if (!reply_is(o, p, SSH_FXP_NAME, "listing"))
		return;
	l->eof = p->names == 0;
	while (o->result.fault == SFTP_OK && sftp_packet_name(p, &n))
		list_entry(l, &n);
	if (o->result.fault == SFTP_OK && p->names > 0)
		session_die(o->s, SFTP_PROTOCOL,
		    "the server sent a broken list of names");
	/* Names that are not passed on must not go on for ever either. */
	if (o->result.size > l->max)
		op_fail(o, SFTP_TOO_LARGE, "more than %u entries in %s with "
		    "unusable names: ask the partner", l->max, o->path);
}

static bool
list_read_due(const struct op *o)
{
	return o->opened && !((const struct list *)o)->eof &&
	    o->result.fault == SFTP_OK;
}

static void
list_read(struct op *o)
{
	op_handle_request(o, SSH_FXP_READDIR, list_on_names);
}

static const struct op_step list_steps[] = {
	{ op_open_due, list_open },
	{ list_read_due, list_read },
	{ op_close_due, op_close_send },
};

static const struct op_class list_class = {
	.steps = list_steps,
	.step_count = sizeof(list_steps) / sizeof(list_steps[0]),
	.directory = true,
};

void
sftp_list(struct sftp *s, const char *dir, unsigned max_entries,
    sftp_on_entry *on_entry, sftp_done *done, void *ctx)
{
	struct op *o = op_new(s, sizeof(struct list), &list_class, dir, done,
	    ctx);

	if (!o)
		return;
	list_of(o)->max = max_entries;
	list_of(o)->on_entry = on_entry;
	op_start(o, 0);
}
