/* SPDX-License-Identifier: ISC */
#include "transport/sftp_packet.h"

enum {
	ATTR_SIZE = 1,
	ATTR_UIDGID = 2,
	ATTR_PERMISSIONS = 4,
	ATTR_ACMODTIME = 8,
	ATTR_EXTENDED = INT32_MIN,
};

/* Two empty strings and the flags of the attributes. */
enum { NAME_AT_LEAST = 12 };

/* ---- reading: a field that is not there makes the rest bad -------------- */

struct reader {
	const uint8_t *p;
	size_t n;
	bool bad;
};

static const uint8_t *
take(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->n -= n;
	return p;
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
take_u32(struct reader *r)
{
	const uint8_t *p = take(r, 4);

	return p ? be32(p) : 0;
}

static uint64_t
take_u64(struct reader *r)
{
	uint64_t high = take_u32(r);

	return high << 32 | take_u32(r);
}

static struct slice
take_string(struct reader *r)
{
	uint32_t n = take_u32(r);
	const uint8_t *p = take(r, n);

	return slice((const char *)p, p ? n : 0);
}

static void
take_attrs(struct reader *r, struct sftp_attrs *a)
{
	uint32_t flags = take_u32(r);

	*a = (struct sftp_attrs){
		.has_size = flags & ATTR_SIZE,
		.has_mode = flags & ATTR_PERMISSIONS,
		.has_mtime = flags & ATTR_ACMODTIME,
	};
	if (a->has_size)
		a->size = take_u64(r);
	if (flags & ATTR_UIDGID)
		take(r, 8);
	if (a->has_mode)
		a->mode = take_u32(r);
	if (a->has_mtime) {
		take(r, 4);
		a->mtime = take_u32(r);
	}
	if (flags & (uint32_t)ATTR_EXTENDED) {
		/* Each pair takes bytes, so a huge count ends with them. */
		for (uint32_t n = take_u32(r); n > 0 && !r->bad; n--) {
			take_string(r);
			take_string(r);
		}
	}
}

int64_t
sftp_packet_length(struct slice stream)
{
	uint32_t n;

	if (stream.n < 4)
		return 0;
	n = be32((const uint8_t *)stream.p);
	if (n == 0 || n > SFTP_MAX_PACKET)
		return -1;
	return stream.n - 4 < n ? 0 : (int64_t)n;
}

/* ---- one function a type ------------------------------------------------ */

static void
read_version(struct reader *r, struct sftp_packet *p)
{
	p->code = take_u32(r);
	while (r->n > 0 && !r->bad) {
		struct slice name = take_string(r);
		struct slice data = take_string(r);

		if (slice_is(name, "fsync@openssh.com") && slice_is(data, "1"))
			p->fsync = true;
	}
}

/* Its text and language are the server's own words: never looked at. */
static void
read_status(struct reader *r, struct sftp_packet *p)
{
	p->id = take_u32(r);
	p->code = take_u32(r);
}

static void
read_handle(struct reader *r, struct sftp_packet *p)
{
	p->id = take_u32(r);
	p->bytes = take_string(r);
	if (p->bytes.n > SFTP_MAX_HANDLE)
		r->bad = true;
}

static void
read_data(struct reader *r, struct sftp_packet *p)
{
	p->id = take_u32(r);
	p->bytes = take_string(r);
}

static void
read_name(struct reader *r, struct sftp_packet *p)
{
	p->id = take_u32(r);
	p->names = take_u32(r);
	p->rest = slice((const char *)r->p, r->n);
	if (p->names > r->n / NAME_AT_LEAST)
		r->bad = true;
}

static void
read_attrs(struct reader *r, struct sftp_packet *p)
{
	p->id = take_u32(r);
	take_attrs(r, &p->attrs);
}

static const struct {
	uint8_t type;
	void (*read)(struct reader *r, struct sftp_packet *p);
} answers[] = {
	{ SSH_FXP_VERSION, read_version },
	{ SSH_FXP_STATUS, read_status },
	{ SSH_FXP_HANDLE, read_handle },
	{ SSH_FXP_DATA, read_data },
	{ SSH_FXP_NAME, read_name },
	{ SSH_FXP_ATTRS, read_attrs },
};

bool
sftp_packet_decode(struct slice bytes, struct sftp_packet *p)
{
	struct reader r = { (const uint8_t *)bytes.p, bytes.n, false };
	const uint8_t *type = take(&r, 1);

	*p = (struct sftp_packet){ .type = type ? *type : 0 };
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].type == p->type) {
			answers[i].read(&r, p);
			return !r.bad;
		}
	}
	return false;
}

bool
sftp_packet_name(struct sftp_packet *p, struct sftp_name *n)
{
	struct reader r = { (const uint8_t *)p->rest.p, p->rest.n, false };

	if (p->names == 0)
		return false;
	n->name = take_string(&r);
	n->longname = take_string(&r);
	take_attrs(&r, &n->attrs);
	if (r.bad)
		return false;
	p->names--;
	p->rest = slice((const char *)r.p, r.n);
	return true;
}

/* ---- writing ------------------------------------------------------------ */

static void
set_be32(char *to, uint32_t v)
{
	to[0] = (char)(v >> 24);
	to[1] = (char)(v >> 16);
	to[2] = (char)(v >> 8);
	to[3] = (char)v;
}

void
sftp_put_u32(struct buf *b, uint32_t v)
{
	char bytes[4];

	set_be32(bytes, v);
	buf_add(b, bytes, sizeof(bytes));
}

void
sftp_put_u64(struct buf *b, uint64_t v)
{
	sftp_put_u32(b, (uint32_t)(v >> 32));
	sftp_put_u32(b, (uint32_t)v);
}

void
sftp_put_string(struct buf *b, struct slice s)
{
	sftp_put_u32(b, (uint32_t)s.n);
	buf_add_slice(b, s);
}

size_t
sftp_put_begin(struct buf *b, enum sftp_type type, uint32_t id)
{
	size_t start = b->n;

	sftp_put_u32(b, 0);
	buf_add_char(b, (char)type);
	sftp_put_u32(b, id);
	return start;
}

void
sftp_put_end(struct buf *b, size_t start)
{
	if (!b->failed)
		set_be32(b->p + start, (uint32_t)(b->n - start - 4));
}
