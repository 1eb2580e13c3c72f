/* SPDX-License-Identifier: ISC */
#include "base/json.h"

#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>

void
jsonw_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

static void
json_before(struct json *j)
{
	uint64_t bit = (uint64_t)1 << j->depth;

	if (!j->after_key && (j->comma & bit))
		buf_add_char(j->out, ',');
	j->comma |= bit;
	j->after_key = false;
}

static void
json_open(struct json *j, char c)
{
	json_before(j);
	assert(j->depth < JSON_DEPTH);
	j->depth++;
	j->comma &= ~((uint64_t)1 << j->depth);
	buf_add_char(j->out, c);
}

static void
json_shut(struct json *j, char c)
{
	assert(j->depth > 0 && !j->after_key);
	j->depth--;
	buf_add_char(j->out, c);
}

void
jsonw_object(struct json *j)
{
	json_open(j, '{');
}

void
jsonw_object_end(struct json *j)
{
	json_shut(j, '}');
}

void
jsonw_array(struct json *j)
{
	json_open(j, '[');
}

void
jsonw_array_end(struct json *j)
{
	json_shut(j, ']');
}

/* One byte that cannot stand for itself. */
static void
json_escape(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char u[] = "\\u00xx";
	const char *at = strchr("\"\\\bb\ff\nn\rr\tt", c);

	if (c == '"' || c == '\\') {
		buf_add_char(out, '\\');
		buf_add_char(out, (char)c);
	} else if (c != 0 && c < 0x20 && at) {
		buf_add_char(out, '\\');
		buf_add_char(out, at[1]);
	} else {
		u[4] = hex[c >> 4];
		u[5] = hex[c & 15];
		buf_add(out, u, 6);
	}
}

static void
json_text(struct buf *out, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t run = 0;

	for (size_t i = 0; i < s.n;) {
		size_t len = 1;

		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' &&
		    p[i] != '\\') {
			i++;
			continue;
		}
		if (p[i] >= 0x80 && (len = utf8_length(s.p + i, s.n - i)) > 0) {
			i += len;
			continue;
		}
		buf_add(out, s.p + run, i - run);
		json_escape(out, p[i]);
		run = ++i;
	}
	if (s.n > run)
		buf_add(out, s.p + run, s.n - run);
}

void
jsonw_slice(struct json *j, struct slice s)
{
	json_before(j);
	buf_add_char(j->out, '"');
	json_text(j->out, s);
	buf_add_char(j->out, '"');
}

void
jsonw_key(struct json *j, const char *key)
{
	assert(!j->after_key);
	jsonw_slice(j, slice_str(key));
	buf_add_char(j->out, ':');
	j->after_key = true;
}

void
jsonw_str(struct json *j, const char *s)
{
	jsonw_slice(j, slice_str(s));
}

void
jsonw_word(struct json *j, struct slice word)
{
	json_before(j);
	buf_add_slice(j->out, word);
}

void
jsonw_int(struct json *j, int64_t v)
{
	json_before(j);
	buf_addf(j->out, "%" PRId64, v);
}

void
jsonw_bool(struct json *j, bool v)
{
	json_before(j);
	buf_add_str(j->out, v ? "true" : "false");
}

void
jsonw_null(struct json *j)
{
	json_before(j);
	buf_add_str(j->out, "null");
}

void
jsonw_kstr(struct json *j, const char *key, const char *s)
{
	jsonw_key(j, key);
	jsonw_str(j, s);
}

void
jsonw_kstr_opt(struct json *j, const char *key, const char *s)
{
	if (s && *s)
		jsonw_kstr(j, key, s);
}

void
jsonw_kslice(struct json *j, const char *key, struct slice s)
{
	jsonw_key(j, key);
	jsonw_slice(j, s);
}

void
jsonw_kint(struct json *j, const char *key, int64_t v)
{
	jsonw_key(j, key);
	jsonw_int(j, v);
}

void
jsonw_kint_opt(struct json *j, const char *key, int64_t v)
{
	if (v)
		jsonw_kint(j, key, v);
}

void
jsonw_kbool(struct json *j, const char *key, bool v)
{
	jsonw_key(j, key);
	jsonw_bool(j, v);
}
