/* SPDX-License-Identifier: ISC */
#include "edi/segment.h"

static bool
id_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

uint32_t
segment_tag(struct slice id)
{
	if (id.n < 2 || id.n > 3)
		return 0;
	for (size_t i = 0; i < id.n; i++)
		if (!id_char(id.p[i]))
			return 0;
	return SEGMENT_TAG(id.p[0], id.p[1], id.n == 3 ? id.p[2] : '\0');
}

void
segment_tag_text(uint32_t tag, char to[static 4])
{
	to[0] = (char)(tag >> 16);
	to[1] = (char)(tag >> 8);
	to[2] = (char)tag;
	to[3] = '\0';
}

struct slice
slice_part(struct slice s, char separator, unsigned i)
{
	const char *p = s.p, *end;

	if (i == 0 || s.n == 0)
		return slice(NULL, 0);
	end = p + s.n;
	for (;;) {
		const char *stop = memchr(p, separator, (size_t)(end - p));

		if (--i == 0)
			return slice(p, (size_t)((stop ? stop : end) - p));
		if (stop == NULL || stop + 1 == end)
			return slice(NULL, 0);
		p = stop + 1;
	}
}

unsigned
slice_parts(struct slice s, char separator)
{
	unsigned n = 1;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == separator;
	return n;
}

struct slice
segment_component(const struct segment *s, unsigned i, unsigned c)
{
	return slice_part(segment_element(s, i), s->delimiters->component, c);
}
