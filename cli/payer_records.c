/* SPDX-License-Identifier: ISC */
#include "cli/payer_records.h"

#include "edi/ack/text.h"

void
payer_lines_init(struct payer_lines *l)
{
	*l = (struct payer_lines){ .group = 0 };
	buf_init(&l->text, PAYER_LINES_MAX);
	buf_init(&l->out, PAYER_LINES_MAX);
}

void
payer_lines_free(struct payer_lines *l)
{
	buf_free(&l->text);
	buf_free(&l->out);
}

/* ---- gathering ---------------------------------------------------------- */

void
payer_lines_interchange(struct payer_lines *l,
    const struct scan_interchange *i)
{
	l->inbound = *i;
	l->delimiters = ack_delimiters(&i->delimiters);
	buf_reset(&l->text);
	buf_reset(&l->out);
	l->group = l->set = 0;
}

static const char *
choose(const char *setting, const char *inbound)
{
	return setting[0] != '\0' ? setting : inbound;
}

static void
clean(const struct payer_lines *l, const char *s, char to[static 16])
{
	if (ack_clean(&l->delimiters, slice_str(s), to, 16).n < 2)
		slice_copy(SLICE_LIT("UNKNOWN"), to, 16);
}

void
payer_lines_group(struct payer_lines *l, const struct payer_config *c,
    const struct scan_group *g)
{
	clean(l, choose(c->application, g->receiver), l->now_self);
	clean(l, g->sender, l->now_partner);
	l->group = l->text.n;
}

void
payer_lines_set(struct payer_lines *l)
{
	l->set = l->text.n;
}

void
payer_lines_set_end(struct payer_lines *l, bool accepted)
{
	if (!accepted)
		l->text.n = l->set;
}

void
payer_lines_group_end(struct payer_lines *l, bool accepted)
{
	if (!accepted)
		l->text.n = l->group;
}

struct buf *
payer_lines_begin(struct payer_lines *l)
{
	if (l->text.n == 0) {
		memcpy(l->self, l->now_self, sizeof(l->self));
		memcpy(l->partner, l->now_partner, sizeof(l->partner));
	}
	return &l->text;
}

/* ---- making ------------------------------------------------------------- */

static int
on_bytes(void *ctx, struct slice bytes, struct err *e)
{
	struct payer_lines *l = ctx;

	return buf_add_slice(&l->out, bytes) ? 0 : err_set(e, -EFBIG,
	    "an answer is larger than %d bytes", PAYER_LINES_MAX);
}

static void
on_refused(void *ctx, uint64_t line, const struct record_fault *fault)
{
	struct payer_lines *l = ctx;

	(void)line;
	if (l->refused++ == 0)
		l->fault = *fault;
}

static int
take_lines(struct payer_lines *l, struct record_batch *b, struct err *e)
{
	struct slice rest = buf_slice(&l->text);
	uint64_t number = 0;
	int rc = 0;

	while (rc == 0 && rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		rc = n == 0 ? record_batch_flush(b, e) :
		    record_batch_line(b, slice(rest.p, n), ++number, e);
		n += end != NULL;
		rest = slice(rest.p + n, rest.n - n);
	}
	return rc == 0 ? record_batch_finish(b, e) : rc;
}

int
payer_lines_make(struct payer_lines *l, const struct payer_maker *m,
    uint64_t isa_control, uint64_t gs_control, struct slice *bytes,
    struct err *e)
{
	static const struct record_batch_ops ops = { .on_bytes = on_bytes,
		.on_refused = on_refused };
	const struct payer_config *c = m->config;
	const struct scan_interchange *i = &l->inbound;
	char sender[16], receiver[16];
	const struct record_batch_options o = {
		.isa = { .sender_qualifier = choose(c->qualifier,
			i->receiver_qualifier), .sender = sender,
			.receiver_qualifier = i->sender_qualifier,
			.receiver = receiver, .date = m->date,
			.time = m->time, .control = isa_control,
			.usage = i->usage == 'T' ? 'T' : 'P' },
		.sender = l->self, .receiver = l->partner, .time = m->time,
		.group = gs_control, .delimiters = l->delimiters,
		.suffix = l->delimiters.terminator < ' ' ? "" : "\n",
		.replace = true, .keep_case = true };
	struct record_batch *b;
	int rc;

	*bytes = slice(NULL, 0);
	l->refused = 0;
	if (l->text.failed)
		return err_set(e, -EFBIG, "an answer is larger than %d bytes, "
		    "or memory is short", PAYER_LINES_MAX);
	if (l->text.n == 0)
		return 0;
	clean(l, choose(c->id, i->receiver), sender);
	clean(l, i->sender, receiver);
	b = record_batch_new(m->kinds, &m->checks, &o, &ops, l);
	if (!b)
		return err_set(e, -ENOMEM, "out of memory");
	rc = take_lines(l, b, e);
	record_batch_free(b);
	if (rc == 0)
		*bytes = buf_slice(&l->out);
	return rc;
}
