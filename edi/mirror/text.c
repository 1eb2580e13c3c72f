/* SPDX-License-Identifier: ISC */
#include "edi/mirror/inner.h"

#include "base/json_read.h"
#include "base/utf8.h"

/* A byte that does not stand for itself: control, quote, or not UTF-8. */
static char *
put_escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
	const char *at = c ? strchr(named, c) : NULL;

	*to++ = '\\';
	if (at) {
		*to++ = names[at - named];
		return to;
	}
	memcpy(to, c < 0x80 ? "u00" : "uef", 3);
	to[3] = hex[c >> 4];
	to[4] = hex[c & 15];
	return to + 5;
}

/* The code points that stand for bytes, EE BE 80 to EE BF BF. */
static bool
stands_for_byte(const char *p, size_t n)
{
	return n == 3 && memcmp(p, "\xee\xbe", 2) >= 0 &&
	    memcmp(p, "\xee\xbf\xbf", 3) <= 0;
}

static char * __attribute__((noinline))
encode_odd(char *to, const char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)p[i];
		size_t len = utf8_length(p + i, n - i);

		if (c < 0x20 || c == '"' || c == '\\' || len == 0) {
			to = put_escape(to, c);
			i++;
			continue;
		}
		if (stands_for_byte(p + i, len)) {
			for (size_t end = i + len; i < end; i++)
				to = put_escape(to, (unsigned char)p[i]);
			continue;
		}
		memcpy(to, p + i, len);
		to += len;
		i += len;
	}
	return to;
}

char *
mirror_encode(char *to, const char *p, size_t n)
{
	static const bool plain[256] = {
		[' ' ... '!'] = true, ['#' ... '['] = true,
		[']' ... 0x7f] = true,
	};
	size_t i = 0;

	for (; i < n && plain[(unsigned char)p[i]]; i++)
		to[i] = p[i];
	return i == n ? to + n : encode_odd(to + i, p + i, n - i);
}

void
mirror_add_string(struct buf *to, struct slice s)
{
	char *room = buf_space(to, MIRROR_WORST * s.n + 2), *p = room;

	if (!room)
		return;
	*p++ = '"';
	p = mirror_encode(p, s.p, s.n);
	*p++ = '"';
	to->n += (size_t)(p - room);
}

bool
mirror_decode(struct buf *to, struct slice raw)
{
	uint32_t code;

	while (json_read_code(&raw, &code)) {
		char c[4];

		if (code >= 0xef80 && code <= 0xefff)
			buf_add_char(to, (char)(code & 0xff));
		else
			buf_add(to, c, utf8_put(code, c));
	}
	return raw.n == 0 && !to->failed;
}
