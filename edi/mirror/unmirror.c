/* SPDX-License-Identifier: ISC */
/* Lines of JSON to X12: what each object is; unmirror_segment.c writes it. */
#include "edi/mirror/unmirror_inner.h"

#include "edi/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FLUSH = 64 * 1024,
	MEMBERS_MAX = 4 * READER_SEGMENT_MAX,
	OUT_MAX = MIRROR_LINE_MAX + 2 * FLUSH,
	TAIL_MAX = 64,
	KEY_TEXT = 96,
};

struct unmirror *
unmirror_new(struct guides *g, mirror_write *write, void *ctx)
{
	struct unmirror *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->guides = g;
	u->write = write;
	u->ctx = ctx;
	u->fresh = true;
	buf_init(&u->line, MIRROR_LINE_MAX);
	buf_init(&u->out, OUT_MAX);
	buf_init(&u->tail, TAIL_MAX);
	u->envelope = guides_find(g, SLICE_LIT("00501"), SLICE_LIT("ISA"),
	    NULL);
	return u;
}

void
unmirror_free(struct unmirror *u)
{
	if (!u)
		return;
	buf_free(&u->line);
	buf_free(&u->out);
	buf_free(&u->tail);
	free(u->members);
	free(u);
}

/* ---- what is wrong ------------------------------------------------------- */

/* A key is shown when it looks like one: letters, digits and marks. */
static void
key_text(const struct slice *key, char to[static KEY_TEXT])
{
	static const char allowed[] = "_-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789";

	if (!key || key->n > KEY_TEXT - 3) {
		strcpy(to, key ? "a key: " : "");
		return;
	}
	for (size_t i = 0; i < key->n; i++)
		if (!memchr(allowed, key->p[i], sizeof(allowed) - 1)) {
			strcpy(to, "a key: ");
			return;
		}
	snprintf(to, KEY_TEXT, "%.*s: ", SLICE_ARG(*key));
}

bool
unmirror_bad(struct unmirror *u, const struct slice *key, const char *fmt, ...)
{
	char at[KEY_TEXT], why[200];
	va_list ap;

	if (u->error.code != 0)
		return false;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	key_text(key, at);
	err_set(&u->error, -EILSEQ, "line %" PRIu64 ": %s%s", u->number, at,
	    why);
	return false;
}

static bool
no_memory(struct unmirror *u)
{
	if (u->error.code == 0)
		err_set(&u->error, -ENOMEM, "out of memory");
	return false;
}

/* ---- objects ------------------------------------------------------------- */

bool
unmirror_push(struct unmirror *u, const struct member *m)
{
	uint32_t room = u->member_room ? 2 * u->member_room : 64;
	struct member *p = u->members;

	if (u->member_count == MEMBERS_MAX)
		return unmirror_bad(u, NULL, "a segment has too many elements");
	if (u->member_count == u->member_room) {
		p = reallocarray(p, room, sizeof(*p));
		if (!p)
			return no_memory(u);
		u->members = p;
		u->member_room = room;
	}
	p[u->member_count++] = *m;
	return true;
}

bool
unmirror_value(struct unmirror *u, struct json_read *r, struct member *m)
{
	(void)u;
	m->is_string = json_read_kind(r) == JSON_STRING;
	return m->is_string ? json_read_string(r, &m->string) :
	    json_read_skip(r, &m->raw);
}

/* The keys that are not elements, and where their values go. */
static const struct known_key {
	const char *key;
	size_t string, raw;           /* in struct item; 0: nowhere */
} known_keys[] = {
#define STRING(name) { #name, offsetof(struct item, name) + 1, 0 }
#define RAW(name) { #name, 0, offsetof(struct item, name) + 1 }
#define NOTE(name) { #name, 0, 0 }
	STRING(segment), STRING(name), STRING(before), RAW(trailing),
	STRING(type), NOTE(loop), NOTE(path), NOTE(continued), STRING(text),
	STRING(suffix), RAW(delimiters), STRING(guide), NOTE(transaction),
#undef STRING
#undef RAW
#undef NOTE
};

/* Element keys begin with a capital or a digit, names are seldom so short. */
static const struct known_key *
find_known(struct slice key)
{
	if (key.n == 0 || key.n > 12 || key.p[0] < 'a')
		return NULL;
	for (size_t i = 0; i < sizeof(known_keys) / sizeof(*known_keys); i++)
		if (slice_is(key, known_keys[i].key))
			return &known_keys[i];
	return NULL;
}

static bool
read_known(struct unmirror *u, struct json_read *r, struct item *to,
    const struct known_key *k, struct slice key)
{
	struct slice unused, *raw = &unused;

	if (k->string > 0) {
		if (json_read_kind(r) != JSON_STRING)
			return unmirror_bad(u, &key, "must be a string");
		return json_read_string(r, (struct json_string *)
		    ((char *)to + k->string - 1));
	}
	if (k->raw > 0)
		raw = (struct slice *)((char *)to + k->raw - 1);
	return json_read_skip(r, raw);
}

static bool item(struct unmirror *u, struct json_read *r);

static bool
content(struct unmirror *u, struct json_read *r)
{
	bool first;

	if (!json_read_open(r, '[', &first))
		return false;
	while (json_read_item(r, &first))
		if (!item(u, r))
			return false;
	return !r->wrong;
}

static bool
read_member(struct unmirror *u, struct json_read *r, struct item *to,
    struct slice key)
{
	const struct known_key *k = find_known(key);
	struct member m = { .key = key };

	if (k)
		return read_known(u, r, to, k, key);
	if (slice_is(key, "content")) {
		if (to->content)
			return unmirror_bad(u, &key, "comes twice");
		to->content = true;
		return content(u, r);
	}
	return unmirror_value(u, r, &m) && unmirror_push(u, &m);
}

static bool
end(struct unmirror *u, const struct item *i)
{
	if (!u->begun)
		return unmirror_bad(u, NULL, "ends what was not begun");
	if (!unmirror_before(u, i))
		return false;
	u->ended = u->fresh = true;
	u->begun = false;
	return true;
}

static bool
text(struct unmirror *u, const struct item *i)
{
	if (!u->begun)
		return unmirror_bad(u, NULL, "an ISA segment must come first");
	u->fresh = true;
	return unmirror_text(u, &u->out, &i->text);
}

static bool
act(struct unmirror *u, struct item *i)
{
	bool is_segment = i->segment.raw.p != NULL;

	if (is_segment && i->content)
		return unmirror_bad(u, NULL,
		    "is a segment and has content, which only loops have");
	if (is_segment)
		return unmirror_segment(u, i);
	if (i->count > 0)
		return unmirror_bad(u, &u->members[i->first].key,
		    "there is no such key here");
	if (i->content)
		return true;
	if (i->text.raw.p)
		return text(u, i);
	if (i->type.raw.p && slice_is(i->type.raw, "end"))
		return end(u, i);
	return unmirror_bad(u, NULL,
	    "has no segment, no content and no text, and is no end");
}

static bool
item(struct unmirror *u, struct json_read *r)
{
	struct item i = { .first = u->member_count };
	struct json_string key;
	bool first, ok = true;

	if (!json_read_open(r, '{', &first))
		return false;
	while (ok && json_read_member(r, &first, &key))
		ok = read_member(u, r, &i, key.raw);
	i.count = u->member_count - i.first;
	ok = ok && !r->wrong && act(u, &i);
	u->member_count = i.first;
	return ok;
}

/* ---- lines --------------------------------------------------------------- */

static void
flush(struct unmirror *u, size_t least)
{
	if (u->error.code == 0 && u->out.failed)
		no_memory(u);
	if (u->error.code != 0 || u->out.n < least)
		return;
	if (u->write(u->ctx, buf_slice(&u->out), &u->error) < 0 &&
	    u->error.code == 0)
		err_set(&u->error, -EIO, "cannot write the output");
	buf_reset(&u->out);
}

static bool
is_blank(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
			return false;
	return true;
}

static void
line(struct unmirror *u, struct slice s)
{
	struct json_read r;

	u->number++;
	if (is_blank(s))
		return;
	u->ended = false;
	json_read_init(&r, s);
	if (item(u, &r))
		json_read_end(&r);
	if (r.wrong)
		unmirror_bad(u, NULL, "no JSON at byte %zu: %s",
		    (size_t)(r.p - s.p) + 1, r.wrong);
	flush(u, FLUSH);
}

static int
result(struct unmirror *u, struct err *e)
{
	if (u->error.code == 0)
		return 0;
	return err_set(e, u->error.code, "%s", u->error.text);
}

static void
keep(struct unmirror *u, struct slice s)
{
	if (buf_add_slice(&u->line, s))
		return;
	if (u->line.n + s.n <= MIRROR_LINE_MAX) {
		no_memory(u);
		return;
	}
	u->number++;
	unmirror_bad(u, NULL, "longer than %u bytes", MIRROR_LINE_MAX);
}

int
unmirror_feed(struct unmirror *u, const char *p, size_t n, struct err *e)
{
	while (n > 0 && u->error.code == 0) {
		const char *stop = memchr(p, '\n', n);
		struct slice s = slice(p, stop ? (size_t)(stop - p) : n);

		p += s.n + (stop != NULL);
		n -= s.n + (stop != NULL);
		if (!stop || u->line.n > 0)
			keep(u, s);
		if (!stop || u->error.code != 0)
			break;
		line(u, u->line.n > 0 ? buf_slice(&u->line) : s);
		buf_reset(&u->line);
	}
	return result(u, e);
}

int
unmirror_finish(struct unmirror *u, struct err *e)
{
	if (u->error.code == 0 && u->line.n > 0)
		line(u, buf_slice(&u->line));
	buf_reset(&u->line);
	if (u->error.code == 0 && !u->ended)
		err_set(&u->error, -EILSEQ, "the JSON ends before its line "
		    "{\"type\":\"end\"}: it is not whole");
	flush(u, 1);
	return result(u, e);
}
