/* SPDX-License-Identifier: ISC */
#include "edi/record/print.h"

#include "base/digits.h"
#include "base/json.h"

#define EACH(byte) ((byte) * 0x0101010101010101ULL)

/* Is any of eight bytes zero? */
static inline uint64_t
zeros(uint64_t x)
{
	return (x - EACH(1)) & ~x & EACH(0x80);
}

/* Printable ASCII that no JSON escapes, in each of eight bytes. */
static inline bool
eight_plain(uint64_t x)
{
	return (((x | ((x - EACH(0x20)) & ~x)) & EACH(0x80)) |
	    zeros(x ^ EACH('"')) | zeros(x ^ EACH('\\')) |
	    zeros(x ^ EACH(0x7f))) == 0;
}

static bool
is_plain(struct slice s)
{
	size_t i = 0;

	/* Of the bytes before the first, blanks. */
	if (s.n < 8)
		return eight_plain(digits_pack(s) | EACH(0x20) << 8 * s.n);
	for (; i + 8 < s.n; i += 8)
		if (!eight_plain(digits_pack(slice(s.p + i, 8))))
			return false;
	return eight_plain(digits_pack(slice(s.p + s.n - 8, 8)));
}

/* Most values need no escape; the rest is the JSON writer's. */
static void
print_text(struct buf *out, struct slice s)
{
	struct json j;
	char *p;

	if (!is_plain(s)) {
		jsonw_init(&j, out);
		jsonw_slice(&j, s);
		return;
	}
	p = buf_space(out, s.n + 2);
	if (!p)
		return;
	p[0] = '"';
	memcpy(p + 1, s.p, s.n);
	p[s.n + 1] = '"';
	out->n += s.n + 2;
}

static void
print_one(struct buf *out, const struct record_field *f,
    const struct record_value *v)
{
	switch (f->type) {
	case RECORD_OBJECT:
		buf_add_char(out, '{');
		record_print_members(out, f, v, NULL, false);
		buf_add_char(out, '}');
		break;
	case RECORD_NUMBER:
	case RECORD_BOOL:
		buf_add_slice(out, v->text);
		break;
	default:
		print_text(out, v->text);
	}
}

unsigned
record_print_items(struct buf *out, const struct record_field *f,
    const struct record_value *v, bool comma)
{
	unsigned n = 0;

	for (; v; v = v->next, n++) {
		if (comma)
			buf_add_char(out, ',');
		comma = true;
		print_one(out, f, v);
	}
	return n;
}

void
record_print_member(struct buf *out, const struct record_field *f,
    const struct record_value *v)
{
	buf_add_slice(out, f->key);
	if (!f->list) {
		print_one(out, f, v);
		return;
	}
	buf_add_char(out, '[');
	record_print_items(out, f, v, false);
	buf_add_char(out, ']');
}

/* The usual member, in one piece; false: it is another. */
static bool
print_plain(struct buf *out, const struct record_field *f,
    const struct record_value *v, bool comma)
{
	struct slice s = v->text;
	char *p;

	if (f->list || f->type == RECORD_OBJECT || f->type == RECORD_NUMBER ||
	    f->type == RECORD_BOOL || !is_plain(s))
		return false;
	p = buf_space(out, f->key.n + s.n + 3);
	if (!p)
		return true;
	if (comma)
		*p++ = ',';
	memcpy(p, f->key.p, f->key.n);
	p += f->key.n;
	*p++ = '"';
	memcpy(p, s.p, s.n);
	p[s.n] = '"';
	out->n += comma + f->key.n + s.n + 2;
	return true;
}

bool
record_print_members(struct buf *out, const struct record_field *f,
    const struct record_value *object, const struct record_field *leave_out,
    bool comma)
{
	bool some = false;

	for (f = f->first; f; f = f->next) {
		if (!object->cell[f->slot] || f == leave_out)
			continue;
		if (!print_plain(out, f, object->cell[f->slot], comma)) {
			if (comma)
				buf_add_char(out, ',');
			record_print_member(out, f, object->cell[f->slot]);
		}
		comma = some = true;
	}
	return some;
}
