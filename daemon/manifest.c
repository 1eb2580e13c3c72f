/* SPDX-License-Identifier: ISC */
#include "daemon/manifest.h"

#include "base/io.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANIFEST_BLOCK = 64 * 1024 };

struct manifest_head {
	uint32_t kind, length;
};

union manifest_any {
	struct scan_interchange interchange;
	struct manifest_group group;
	struct index_record record;
	struct manifest_finding finding;
	struct manifest_end end;
};

static const uint32_t manifest_sizes[] = {
	[MANIFEST_INTERCHANGE] = sizeof(struct scan_interchange),
	[MANIFEST_GROUP] = sizeof(struct manifest_group),
	[MANIFEST_RECORD] = sizeof(struct index_record),
	[MANIFEST_FINDING] = sizeof(struct manifest_finding),
	[MANIFEST_END] = sizeof(struct manifest_end),
};

/* ---- writing ------------------------------------------------------------ */

struct manifest_writer {
	int fd, failed;          /* failed: negative errno value */
	size_t used;
	off_t at;                /* bytes of the file already written */
	struct err error;
	char block[MANIFEST_BLOCK];
};

struct manifest_writer *
manifest_writer_new(int fd)
{
	struct manifest_writer *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	w->fd = fd;
	w->failed = 0;
	w->used = 0;
	w->at = 0;
	w->error = ERR_NONE;
	return w;
}

/*
 * Always from the start of the file, whatever its position: a second try with
 * the same descriptor overwrites what a first one left.
 */
static void
manifest_flush(struct manifest_writer *w)
{
	for (size_t done = 0; done < w->used && !w->failed;) {
		ssize_t n = pwrite(w->fd, w->block + done, w->used - done,
		    w->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->failed = err_sys(&w->error,
			    "cannot write a manifest");
			return;
		}
		done += (size_t)n;
		w->at += n;
	}
	w->used = 0;
}

static void
manifest_put(struct manifest_writer *w, const void *p, size_t n)
{
	assert(n <= sizeof(w->block));
	if (w->used + n > sizeof(w->block))
		manifest_flush(w);
	if (w->failed)
		return;
	memcpy(w->block + w->used, p, n);
	w->used += n;
}

void
manifest_write(struct manifest_writer *w, enum manifest_kind k,
    const void *record)
{
	struct manifest_head head = { k, manifest_sizes[k] };

	manifest_put(w, &head, sizeof(head));
	manifest_put(w, record, head.length);
}

int
manifest_writer_finish(struct manifest_writer *w, struct err *e)
{
	manifest_flush(w);
	if (!w->failed && ftruncate(w->fd, w->at) < 0)
		w->failed = err_sys(&w->error, "cannot cut a manifest");
	if (w->failed && e)
		*e = w->error;
	return w->failed;
}

void
manifest_writer_free(struct manifest_writer *w)
{
	free(w);
}

/* ---- reading ------------------------------------------------------------ */

/* What must hold before a field may be touched. */
enum manifest_check {
	CHECK_STRING = 1,  /* a NUL is in it */
	CHECK_BOOL,        /* the byte is 0 or 1 */
};

struct manifest_field {
	uint8_t kind, check;
	uint16_t offset, size;
};

#define FIELD(k, c, s, f) \
	{ k, c, offsetof(struct s, f), sizeof(((struct s *)0)->f) }
#define INTERCHANGE(f) \
	FIELD(MANIFEST_INTERCHANGE, CHECK_STRING, scan_interchange, f)
#define GROUP(f) FIELD(MANIFEST_GROUP, CHECK_STRING, manifest_group, group.f)
#define RECORD(f) FIELD(MANIFEST_RECORD, CHECK_STRING, index_record, f)
#define FOUND(f) FIELD(MANIFEST_FINDING, CHECK_STRING, manifest_finding, f)
#define END(f) FIELD(MANIFEST_END, CHECK_STRING, manifest_end, f)

static const struct manifest_field manifest_fields[] = {
	INTERCHANGE(sender_qualifier), INTERCHANGE(sender),
	INTERCHANGE(receiver_qualifier), INTERCHANGE(receiver),
	INTERCHANGE(date), INTERCHANGE(time), INTERCHANGE(version),
	FIELD(MANIFEST_INTERCHANGE, CHECK_BOOL, scan_interchange, closed),
	FIELD(MANIFEST_INTERCHANGE, CHECK_BOOL, scan_interchange, rejected),
	GROUP(functional_id), GROUP(sender), GROUP(receiver), GROUP(date),
	GROUP(time), GROUP(agency), GROUP(version),
	FIELD(MANIFEST_GROUP, CHECK_BOOL, manifest_group, group.closed),
	FIELD(MANIFEST_GROUP, CHECK_BOOL, manifest_group, group.rejected),
	FIELD(MANIFEST_GROUP, CHECK_BOOL, manifest_group, group.implied),
	RECORD(status), RECORD(code), RECORD(functional_id), RECORD(version),
	RECORD(set_id), RECORD(set_control), RECORD(date), RECORD(time),
	RECORD(claim), RECORD(reference), RECORD(payer_claim), RECORD(trace),
	RECORD(digest),
	RECORD(more[0]), RECORD(more[1]),
	FOUND(name), FOUND(text), FOUND(example), FOUND(detail), FOUND(ack),
	FOUND(set), FOUND(id), FOUND(loop), FOUND(element), FOUND(unit),
	FOUND(field),
	END(sha256), END(what),
};

static bool
manifest_fields_hold(uint32_t kind, const char *bytes)
{
	size_t n = sizeof(manifest_fields) / sizeof(manifest_fields[0]);

	for (size_t i = 0; i < n; i++) {
		const struct manifest_field *f = &manifest_fields[i];
		const char *at = bytes + f->offset;

		if (f->kind != kind)
			continue;
		if (f->check == CHECK_STRING && !memchr(at, '\0', f->size))
			return false;
		if (f->check == CHECK_BOOL && (unsigned char)*at > 1)
			return false;
	}
	return true;
}

/* Numbers that somebody will index or switch by. */
static bool
manifest_ranges_hold(uint32_t kind, const union manifest_any *r)
{
	switch (kind) {
	case MANIFEST_RECORD:
		return r->record.kind >= INDEX_CLAIM &&
		    r->record.kind <= INDEX_SET;
	case MANIFEST_FINDING:
		return r->finding.severity <= SEVERITY_REJECT;
	case MANIFEST_END:
		return r->end.framing <= SCAN_COMPLETE &&
		    (r->end.sha256[0] == '\0' || strlen(r->end.sha256) == 64);
	default:
		return true;
	}
}

struct manifest_reader {
	int fd;
	off_t at;
	size_t first, used;
	char block[MANIFEST_BLOCK];
};

/* n bytes, 0 at the end of the file, negative: error or cut short. */
static int
manifest_take(struct manifest_reader *r, void *to, size_t n, struct err *e)
{
	ssize_t got;

	if (r->used - r->first < n) {
		memmove(r->block, r->block + r->first, r->used - r->first);
		r->used -= r->first;
		r->first = 0;
		got = io_pread(r->fd, r->block + r->used,
		    sizeof(r->block) - r->used, r->at, "a manifest", e);
		if (got < 0)
			return (int)got;
		r->at += got;
		r->used += (size_t)got;
	}
	if (r->used - r->first == 0)
		return 0;
	if (r->used - r->first < n)
		return err_set(e, -EBADMSG, "a manifest is cut short");
	memcpy(to, r->block + r->first, n);
	r->first += n;
	return 1;
}

static void
manifest_tell(const struct manifest_sink *s, uint32_t kind,
    const union manifest_any *r)
{
	if (kind == MANIFEST_INTERCHANGE && s->on_interchange)
		s->on_interchange(s->ctx, &r->interchange);
	else if (kind == MANIFEST_GROUP && s->on_group)
		s->on_group(s->ctx, &r->group);
	else if (kind == MANIFEST_RECORD && s->on_record)
		s->on_record(s->ctx, &r->record);
	else if (kind == MANIFEST_FINDING && s->on_finding)
		s->on_finding(s->ctx, &r->finding);
}

/* The next record into *to; its kind, or negative. */
static int
manifest_next(struct manifest_reader *r, union manifest_any *to,
    struct err *e)
{
	struct manifest_head head;
	int rc = manifest_take(r, &head, sizeof(head), e);

	if (rc == 0)
		return err_set(e, -EBADMSG, "a manifest has no end");
	if (rc < 0)
		return rc;
	if (head.kind < MANIFEST_INTERCHANGE || head.kind > MANIFEST_END ||
	    head.length != manifest_sizes[head.kind])
		return err_set(e, -EBADMSG, "a manifest is damaged");
	rc = manifest_take(r, to, head.length, e);
	if (rc == 0)
		return err_set(e, -EBADMSG, "a manifest is cut short");
	if (rc < 0)
		return rc;
	if (!manifest_fields_hold(head.kind, (const char *)to) ||
	    !manifest_ranges_hold(head.kind, to))
		return err_set(e, -EBADMSG, "a manifest holds a bad record");
	return (int)head.kind;
}

struct manifest_reader *
manifest_open(int fd, struct err *e)
{
	struct manifest_reader *r = malloc(sizeof(*r));

	if (!r) {
		err_set(e, -ENOMEM, "out of memory for a manifest");
		return NULL;
	}
	r->fd = fd;
	r->at = 0;
	r->first = r->used = 0;
	return r;
}

void
manifest_close(struct manifest_reader *r)
{
	free(r);
}

int
manifest_step(struct manifest_reader *r, const struct manifest_sink *sink,
    uint32_t most, struct manifest_end *end, struct err *e)
{
	union manifest_any any;
	char more;
	int kind = 1;

	while (most-- > 0) {
		kind = manifest_next(r, &any, e);
		if (kind <= 0 || kind == MANIFEST_END)
			break;
		manifest_tell(sink, (uint32_t)kind, &any);
	}
	if (kind != MANIFEST_END)
		return kind < 0 ? kind : 1;
	*end = any.end;
	kind = manifest_take(r, &more, 1, e);
	return kind == 1 ? err_set(e, -EBADMSG,
	    "a manifest goes on after its end") : kind;
}

int
manifest_read(int fd, const struct manifest_sink *sink,
    struct manifest_end *end, struct err *e)
{
	struct manifest_reader *r = manifest_open(fd, e);
	int rc = r ? 1 : -ENOMEM;

	while (rc == 1)
		rc = manifest_step(r, sink, UINT32_MAX, end, e);
	manifest_close(r);
	return rc;
}
