/* SPDX-License-Identifier: ISC */
#include "cli/patch.h"
#include "base/io.h"
#include "edi/reader.h"

#include <inttypes.h>
#include <unistd.h>

enum {
	PATCH_CHUNK = 64 * 1024,
	PATCH_KEEP = READER_SEGMENT_MAX + 1024,  /* no segment begins before */
	PATCH_TEXT = 4 * READER_SEGMENT_MAX,
};

int
patch_begin(struct patch *p, const char *name, bool in_place,
    const struct scan_ops *ops, void *ctx, struct err *e)
{
	int rc;

	*p = (struct patch){ .out.fd = -1 };
	buf_init(&p->held, 2 * PATCH_KEEP + PATCH_CHUNK);
	buf_init(&p->text, 2 * PATCH_TEXT);
	if (in_place && strcmp(name, "-") == 0)
		return err_set(e, -EINVAL, "standard input cannot be written "
		    "in place");
	rc = input_open(&p->in, name, e);
	if (rc == 0 && !(p->scan = scan_new(ops, ctx)))
		rc = err_set(e, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = output_begin(&p->out, in_place ? name : NULL, e);
	if (rc == 0)
		rc = output_like(&p->out, p->in.fd, e);
	progress_begin(&p->progress, name, p->in.size);
	return rc;
}

void
patch_fail(struct patch *p, const struct err *e)
{
	if (p->failed == 0) {
		p->failed = e->code;
		p->error = *e;
	}
}

static void
patch_flush(struct patch *p)
{
	struct err e = ERR_NONE;

	if (p->failed == 0 &&
	    io_write(p->out.fd, p->text.p, p->text.n, "the output", &e) < 0)
		patch_fail(p, &e);
	buf_reset(&p->text);
}

static void
patch_put(struct patch *p, const char *bytes, size_t n)
{
	if (p->text.n + n > PATCH_TEXT)
		patch_flush(p);
	if (!buf_add(&p->text, bytes, n)) {
		struct err e;

		err_set(&e, -ENOMEM, "out of memory");
		patch_fail(p, &e);
	}
}

/* Write, or leave out, what is held up to an offset in the stream. */
static void
patch_pass(struct patch *p, uint64_t to, bool write)
{
	size_t n = (size_t)(to - p->at);

	if (write)
		patch_put(p, p->held.p + p->head, n);
	p->head += n;
	p->at = to;
}

void
patch_replace(struct patch *p, const struct segment *s, struct slice text)
{
	if (p->failed)
		return;
	patch_pass(p, s->offset, true);
	patch_put(p, text.p, text.n);
	patch_pass(p, s->offset + segment_text(s).n, false);
	p->replaced++;
}

void
patch_see(struct patch *p, const struct segment *s)
{
	p->seen = s->offset + segment_text(s).n + 1;
}

/* What no segment to come can begin before. */
static void
patch_pass_old(struct patch *p)
{
	uint64_t end = p->at + p->held.n - p->head;

	if (end - p->at <= PATCH_KEEP)
		return;
	end -= PATCH_KEEP;
	if (p->strict && end > p->seen)
		end = p->seen;
	if (end > p->at)
		patch_pass(p, end, true);
}

static ssize_t
patch_chunk(struct patch *p, struct err *e)
{
	char *room;
	ssize_t n;

	buf_drop(&p->held, p->head);
	p->head = 0;
	room = buf_space(&p->held, PATCH_CHUNK);
	if (!room)
		return err_set(e, -EILSEQ, "%s: too much stands between its "
		    "segments, or memory is short", p->in.name);
	n = io_read(p->in.fd, room, PATCH_CHUNK, p->in.name, e);
	if (n <= 0)
		return n;
	p->held.n += (size_t)n;
	scan_feed(p->scan, room, (size_t)n);
	progress_add(&p->progress, (uint64_t)n);
	patch_pass_old(p);
	return n;
}

int
patch_framing(const char *name, enum scan_framing framing, struct err *e)
{
	static const char *const text[] = {
		[SCAN_EMPTY] = "is empty",
		[SCAN_NOT_X12] = "is not X12: it does not begin with an ISA",
		[SCAN_INCOMPLETE] = "ends before its IEA",
		[SCAN_BROKEN] = "cannot be followed to its end; "
		    "`x12 validate` says where",
	};

	if (framing == SCAN_COMPLETE)
		return 0;
	return err_set(e, -EILSEQ, "%s: %s", name, text[framing]);
}

bool
patch_say(const char *name, enum scan_framing framing, uint64_t rejects)
{
	bool some = framing != SCAN_EMPTY && framing != SCAN_NOT_X12;
	struct err e = ERR_NONE;

	if (patch_framing(name, framing, &e) < 0)
		fprintf(stderr, "%s%s\n", e.text,
		    some ? "; only what stands before was read" : "");
	if (some && rejects > 0)
		fprintf(stderr, "%s: %" PRIu64 " finding%s (`x12 validate` "
		    "tells)\n", name, rejects, rejects == 1 ? "" : "s");
	return framing == SCAN_COMPLETE && rejects == 0;
}

int
patch_run(struct patch *p, struct err *e)
{
	enum scan_framing framing;
	ssize_t n = 1;

	while (n > 0 && p->failed == 0)
		n = patch_chunk(p, e);
	if (n < 0)
		return (int)n;
	framing = scan_finish(p->scan);
	if (!p->strict || framing == SCAN_COMPLETE)
		patch_pass(p, p->at + p->held.n - p->head, true);
	patch_flush(p);
	if (p->failed) {
		*e = p->error;
		return p->failed;
	}
	return patch_framing(p->in.name, framing, e);
}

int
patch_end(struct patch *p, int rc, struct err *e)
{
	progress_end(&p->progress);
	rc = output_end(&p->out, rc, e);
	if (p->in.name)
		input_close(&p->in);
	scan_free(p->scan);
	buf_free(&p->held);
	buf_free(&p->text);
	return rc;
}
