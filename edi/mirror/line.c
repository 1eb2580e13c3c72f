/* SPDX-License-Identifier: ISC */
#include "edi/mirror/line.h"

#include <assert.h>

enum { FLUSH = 64 * 1024, OUT_MAX = MIRROR_LINE_MAX + FLUSH };

void
mirror_line_init(struct mirror_line *l, mirror_write *write, void *ctx)
{
	*l = (struct mirror_line){ .write = write, .ctx = ctx };
	buf_init(&l->out, OUT_MAX);
}

void
mirror_line_free(struct mirror_line *l)
{
	buf_free(&l->out);
}

/* A claim is one line: nothing in it has lines of its own. */
static bool
has_own_line(const struct mirror_line *l, const struct guide_loop *loop,
    unsigned depth)
{
	for (unsigned i = 1; i < depth; i++)
		if (l->loops[i].loop->is_claim)
			return false;
	return depth == 1 || loop->is_hl || loop->is_claim;
}

void
mirror_line_loop(struct mirror_line *l, const struct guide_loop *loop,
    unsigned depth)
{
	assert(depth == l->top + 1u && depth <= WALK_DEPTH);
	l->loops[depth].loop = loop;
	l->loops[depth].seen = false;
	l->loops[depth].own = has_own_line(l, loop, depth);
	if (l->loops[depth].own)
		mirror_line_close(l);
	l->top = (uint8_t)depth;
}

void
mirror_line_loop_end(struct mirror_line *l, unsigned depth)
{
	assert(depth == l->top);
	if (l->from > 0 && depth == l->from) {
		mirror_line_close(l);
	} else if (l->from > 0 && depth == l->opened) {
		buf_add_str(&l->out, "]}");
		l->opened--;
	}
	l->top--;
}

static void
add_path(struct mirror_line *l, unsigned depth)
{
	buf_add_str(&l->out, ",\"path\":\"");
	for (unsigned i = 1; i <= depth; i++) {
		if (i > 1)
			buf_add_char(&l->out, '/');
		buf_add_str(&l->out, l->loops[i].loop->id);
	}
	buf_add_char(&l->out, '"');
}

static void
comma(struct mirror_line *l)
{
	if (l->out.n > 0 && l->out.p[l->out.n - 1] != '[')
		buf_add_char(&l->out, ',');
}

static void
open_loop(struct mirror_line *l, unsigned depth)
{
	const struct guide_loop *loop = l->loops[depth].loop;
	struct buf *out = &l->out;

	if (depth == l->from) {
		buf_add_str(out, "{\"type\":\"loop\",\"loop\":\"");
	} else {
		comma(l);
		buf_add_str(out, "{\"loop\":\"");
	}
	buf_add_str(out, loop->id);
	buf_add_str(out, "\",\"name\":\"");
	buf_add_str(out, loop->key_name);
	buf_add_char(out, '"');
	if (depth == l->from)
		add_path(l, depth);
	if (l->loops[depth].seen)
		buf_add_str(out, ",\"continued\":true");
	buf_add_str(out, ",\"content\":[");
	l->loops[depth].seen = true;
	l->opened = (uint8_t)depth;
}

void
mirror_line_item(struct mirror_line *l)
{
	if (l->from == 0) {
		l->from = l->top;
		while (!l->loops[l->from].own)
			l->from--;
		l->opened = (uint8_t)(l->from - 1);
	}
	while (l->opened < l->top)
		open_loop(l, l->opened + 1u);
	comma(l);
}

void
mirror_line_end(struct mirror_line *l)
{
	buf_add_str(&l->out, "}\n");
	l->start = l->out.n;
}

void
mirror_line_close(struct mirror_line *l)
{
	if (l->from == 0)
		return;
	for (; l->opened > l->from; l->opened--)
		buf_add_str(&l->out, "]}");
	buf_add_char(&l->out, ']');
	mirror_line_end(l);
	l->from = l->opened = 0;
}

void
mirror_line_split(struct mirror_line *l)
{
	if (l->out.n - l->start > MIRROR_SPLIT)
		mirror_line_close(l);
}

int
mirror_line_write(struct mirror_line *l, struct err *e)
{
	int rc = l->out.failed ? 0 : l->write(l->ctx,
	    slice(l->out.p, l->start), e);

	if (rc == 0 && !l->out.failed)
		buf_drop(&l->out, l->start);
	l->start = 0;
	return rc;
}

int
mirror_line_flush(struct mirror_line *l, struct err *e)
{
	return l->start < FLUSH ? 0 : mirror_line_write(l, e);
}
